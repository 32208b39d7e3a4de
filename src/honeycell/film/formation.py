"""From dope to inverted film: settling while it stands, exchange with the bath, settling until each depth has set."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from honeycell.film.checks import check_bath, check_dope, check_exchange
from honeycell.film.dope import Dope, dope_viscosity, lone_speed, mutual_diffusivity, ternary_mixture
from honeycell.film.equilibrium import local_equilibrium
from honeycell.film.inversion import Immersion, Inversion, immerse
from honeycell.film.local_pattern import local_patterns
from honeycell.film.path import diagram, way
from honeycell.film.quench_store import load_library
from honeycell.film.settling import CELLS as SETTLING_CELLS
from honeycell.film.settling import settle
from honeycell.quantities.record import Ancestry, make_record

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.data.parameters import Parameters
    from honeycell.film.own_quenches import OwnQuenches

    Floats = NDArray[np.float64]

LAYERS = 50
FRONT = 1e-6  # m: the depth that stands for the front, about what a micrograph of that face looks into
KEPT_TIMES = 160


def form_film(
    parameters: Parameters, sample: str, diagrams: bool = True, own: OwnQuenches | None = None
) -> dict[str, xr.Dataset]:
    """Record ``film`` of a cast film and, when ``diagrams`` is set, ``ternary`` and ``exchange``.

    Parameters
    ----------
    parameters : a view with the recipe's values.
    sample : name of the sample.
    diagrams : also tabulate the phase diagram and the course of the exchange; left out when only numbers are wanted.
    own : quenches run for depths beyond the library; without them the library's edge stands in.

    Raises
    ------
    RunError : the bath does not demix the dope.
    InputError : a recipe that makes no film (:mod:`honeycell.film.checks`), more particles than fit, no phase as rich as the gel, or a bath that
        never sets the dope.
    NotConverged : the phase diagram or the exchange could not be solved.
    """
    p = parameters
    dope = Dope(p)
    where = f"film of {sample}"
    check_dope(p, dope, where)
    check_bath(p, dope, where)
    mixture = ternary_mixture(p, dope)
    phi3, gel = dope.phi_polymer, p[f"{dope.polymer}.gel_fraction"]
    wet = p["recipe.film.blade_gap"] * p["recipe.film.gap_transfer"]
    area = p["recipe.film.plate_length"] * p["recipe.film.plate_width"]
    depth_of_bath = p["recipe.film.bath_volume"] / area
    fresh = 1.0 - p["recipe.film.bath_solvent_fraction"]
    solvent_out = wet * dope.solvent_volume / dope.volume
    bath_water = fresh * depth_of_bath / (depth_of_bath + solvent_out)
    path, end = way(mixture, phi3, bath_water, gel, sample)

    hold = p["recipe.film.hold_time"]
    jam, power = p[f"{dope.filler}.jamming_fraction"], p["suspension.hindrance_exponent"]
    lone = lone_speed(p, dope)
    even = np.full(SETTLING_CELLS, dope.phi_filler)
    stood = settle(even, wet, lone * hold, power, jam)
    immersion = Immersion(
        wet,
        phi3,
        lambda edges: averages(stood, wet, edges),
        mutual_diffusivity(p, dope),
        p[f"{dope.solvent}__{dope.polymer}.network_permeability"],
        p["recipe.film.bath_mass_transfer"],
        depth_of_bath,
        fresh,
        gel,
    )
    equilibrium = local_equilibrium(mixture)
    exchange = immerse(immersion, equilibrium)
    grid = (np.arange(SETTLING_CELLS) + 0.5) * wet / SETTLING_CELLS
    inversion = float(exchange.gel_time[-1])
    check_exchange(p, inversion, where)
    until = between(exchange.depth, exchange.gel_time, grid, wet) / inversion
    settled, at_once = (settle(each, wet, lone * inversion, power, jam, until) for each in (stood, even))
    edges = np.linspace(0.0, wet, LAYERS + 1)
    depth = 0.5 * (edges[1:] + edges[:-1])
    profile, still = averages(settled, wet, edges), averages(at_once, wet, edges)
    binodal_time, spinodal_time, gelation_time, polymer = (
        between(exchange.depth, each, depth, wet)
        for each in (exchange.binodal_time, exchange.spinodal_time, exchange.gel_time, exchange.polymer[-1])
    )
    patterns = local_patterns(
        load_library(),
        mixture,
        polymer,
        gel,
        gelation_time - binodal_time,
        p[f"{dope.polymer}.segment_length"],
        p[f"{dope.solvent}__{dope.polymer}.cooperative_diffusivity"],
        p["porous_medium.coarsening_deviation"],
        own,
    )
    clear, sediment = _clear_layer(settled, wet), _sediment(settled, wet, jam)
    speed = lone * (1.0 - dope.phi_filler) ** power
    # Without filler nothing is stacked: the void is then what the polymer alone leaves, which this bound cannot tell.
    stacked = 1.0 - jam * (1.0 + dope.polymer_volume / dope.filler_volume) if dope.filler_volume > 0.0 else float("nan")
    front_gap, back_gap = (
        float(between(exchange.depth, exchange.gel_time - exchange.binodal_time, np.array(z), wet))
        for z in (FRONT, wet)
    )

    def scalar(value: float, unit: str, name: str) -> tuple[tuple[()], float, str, str]:
        return (), float(value), unit, name

    front = slice(0, LAYERS // 3)
    back = slice(LAYERS - LAYERS // 3, LAYERS)
    ancestry = p.ancestry()
    film = make_record(
        "film/1",
        sample=sample,
        instrument="film formation",
        coordinates={"depth": ("depth", depth, "m", "depth from the front")},
        variables={
            "particle_fraction": ("depth", profile, "1", "particle volume fraction"),
            "binodal_time": ("depth", binodal_time, "s", "time to the binodal"),
            "spinodal_time": ("depth", spinodal_time, "s", "time to the spinodal"),
            "gelation_time": ("depth", gelation_time, "s", "time until the rich phase sets"),
            "polymer_profile": ("depth", polymer, "1", "polymer in the liquid when the film has set"),
            "rich_share": ("depth", patterns.share, "1", "polymer-rich phase when it sets, by volume"),
            "pore_chord": ("depth", patterns.pore, "m", "mean chord of the pores when the film has set"),
            "wall_chord": ("depth", patterns.wall, "m", "mean chord of the walls when the film has set"),
            "pore_diameter": ("depth", patterns.diameter, "m", "mean diameter of the largest balls within the pores"),
            "connected_polymer": ("depth", patterns.connected, "1", "share of the walls in one piece"),
            "connected_pores": ("depth", patterns.open_pores, "1", "share of the pores in one piece"),
            "pore_error": ("depth", patterns.error, "1", "relative standard error of the lengths, from growing them"),
            "within_library": (
                "depth",
                patterns.within,
                "1",
                "1 where a quench was computed, 0 where the nearest was taken",
            ),
            "ramp_time": ("depth", patterns.ramp, "1", "ramp time of the quench, in segments squared over mobility"),
            "polymer_mass_fraction": scalar(
                dope.polymer_mass / (dope.polymer_mass + dope.solvent_mass), "1", "polymer in the solution, by mass"
            ),
            "polymer_fraction": scalar(phi3, "1", "polymer in the solution, by volume"),
            "particle_fraction_mean": scalar(dope.phi_filler, "1", "particles in the dope, by volume"),
            "filler_mass_fraction": scalar(
                dope.filler_mass / (dope.filler_mass + dope.polymer_mass), "1", "filler in the dry film, by mass"
            ),
            "wet_thickness": scalar(wet, "m", "thickness as cast"),
            "solids_thickness": scalar(
                wet * (dope.polymer_volume + dope.filler_volume) / dope.volume, "m", "pore-free thickness"
            ),
            "viscosity": scalar(dope_viscosity(p, dope), "Pa*s", "viscosity of the polymer solution"),
            "settling_speed": scalar(speed, "m/s", "hindered settling speed"),
            "clear_layer": scalar(clear, "m", "particle-free layer at the front"),
            "sediment": scalar(sediment, "m", "jammed layer at the back"),
            "travel_during_inversion": scalar(
                speed * inversion / p["recipe.film.filler_diameter"],
                "1",
                "fall during inversion, in particle diameters",
            ),
            "particle_excess_at_back": scalar(
                profile[back].mean() - profile[front].mean(), "1", "particle fraction, back third minus front third"
            ),
            "particle_excess_without_hold": scalar(
                still[back].mean() - still[front].mean(), "1", "the same had the film been immersed at once"
            ),
            "layer_visible": scalar(
                float(clear > p["recipe.film.filler_diameter"]), "1", "clear layer thicker than one particle"
            ),
            "layer_visible_without_hold": scalar(
                float(_clear_layer(at_once, wet) > p["recipe.film.filler_diameter"]),
                "1",
                "the same had the film been immersed at once",
            ),
            "demixing_water": scalar(path[1, 0], "1", "water fraction at the binodal"),
            "gelation_water": scalar(path[2, 0], "1", "water fraction at vitrification"),
            "path_in_order": scalar(float(np.all(np.diff(path[:, 0]) > 0.0)), "1", "water rises a to b to c to d"),
            "membrane_share": scalar(end.share_rich, "1", "polymer-rich share at d, by volume"),
            "two_phases_at_end": scalar(float(0.0 < end.share_rich < 1.0), "1", "membrane and pores coexist at d"),
            "front_binodal_time": scalar(binodal_time[0], "s", "time to the binodal at the front layer"),
            "back_binodal_time": scalar(binodal_time[-1], "s", "time to the binodal at the back layer"),
            "delay_back_to_front": scalar(
                np.log10(binodal_time[-1] / binodal_time[0]), "1", "decades between demixing at back and front"
            ),
            "bath_solvent_fraction": scalar(1.0 - bath_water, "1", "solvent in the bath in the end, by volume"),
            "front_demixing_time": scalar(front_gap, "s", "from the binodal until it sets, 1 um below the front"),
            "back_demixing_time": scalar(back_gap, "s", "from the binodal until it sets, at the plate"),
            "front_polymer_gain": scalar(
                polymer[front].mean() / phi3 - 1.0, "1", "polymer gathered in the front third, over that of the dope"
            ),
            "thickness_change": scalar(
                exchange.heights[-1].sum() / wet - 1.0, "1", "change of thickness until the film has set"
            ),
            "exchange_imbalance": scalar(exchange.imbalance, "1", "liquid gone astray in the calculation"),
            "residue": scalar(
                dope.filler_mass
                * (1.0 - p[f"{dope.filler}.volatile_fraction"])
                / (dope.filler_mass + dope.polymer_mass),
                "1",
                "mineral left when the polymer is burnt, by mass of dry film",
            ),
            "stacking_leaves_pores": scalar(
                float(stacked > 0.0), "1", "jammed filler with polymer in its gaps stays porous"
            ),
            "stacking_porosity": scalar(stacked, "1", "void left when filler is jammed and polymer sits in its gaps"),
        },
        ancestry=ancestry,
        attributes={"flags": json.dumps(own.flags)} if own and own.flags else {},
    )
    records = {"film": film}
    if diagrams:
        records["ternary"] = diagram(mixture, path, sample, ancestry)
        records["exchange"] = _course(exchange, sample, ancestry)
    return records


def between(cells: Floats, values: Floats, depth: Floats, thickness: float) -> Floats:
    """``values`` of the ``cells``' middles at any ``depth``: straight lines in (H - z)2, as nothing passes the plate at z = H."""
    known, wanted = (thickness - cells)[::-1] ** 2, (thickness - depth) ** 2
    rising = values[::-1]
    at_plate = rising[0] - known[0] * (rising[1] - rising[0]) / (known[1] - known[0])
    return np.interp(wanted, np.concatenate([[0.0], known]), np.concatenate([[at_plate], rising]))


def averages(fraction: Floats, thickness: float, edges: Floats) -> Floats:
    """Means of ``fraction``, given in equal cells over ``thickness``, between ``edges`` (n + 1,); the amount is conserved."""
    amount = np.concatenate([[0.0], np.cumsum(fraction)]) * thickness / fraction.size
    return np.diff(np.interp(edges, np.linspace(0.0, thickness, fraction.size + 1), amount)) / np.diff(edges)


def _clear_layer(fraction: Floats, thickness: float) -> float:
    """Depth down to which the particles are fewer than half of what there was on average; 0 without particles."""
    if fraction.max() <= 0.0:
        return 0.0
    first = int(np.argmax(fraction > 0.5 * fraction.mean()))
    if first == 0:
        return 0.0
    low, high = fraction[first - 1], fraction[first]
    return float((first - 0.5 + (0.5 * fraction.mean() - low) / (high - low)) * thickness / fraction.size)


def _sediment(fraction: Floats, thickness: float, jam: float) -> float:
    """Height of the jammed bed: cells at nine tenths of jamming or more."""
    return float(np.count_nonzero(fraction >= 0.9 * jam) * thickness / fraction.size) if fraction.max() > 0.0 else 0.0


def _course(exchange: Inversion, sample: str, ancestry: Ancestry) -> xr.Dataset:
    """Record ``exchange/1``: compositions at every depth over time, at steps even in the logarithm of time."""
    first = max(int(np.searchsorted(exchange.time, 0.1 * exchange.binodal_time[0])), 1)
    wanted = np.geomspace(exchange.time[first], exchange.time[-1], KEPT_TIMES)
    kept = np.unique(np.searchsorted(exchange.time, wanted).clip(0, exchange.time.size - 1))
    water = exchange.shares[kept] * (1.0 - exchange.polymer[kept])
    return make_record(
        "exchange/1",
        sample=sample,
        instrument="film formation",
        coordinates={
            "time": ("time", exchange.time[kept], "s", "time in the bath"),
            "depth": ("depth", exchange.depth, "m", "depth from the front"),
        },
        variables={
            "water_fraction": (("time", "depth"), water, "1", "non-solvent in the liquid"),
            "polymer_fraction": (("time", "depth"), exchange.polymer[kept], "1", "polymer in the liquid"),
            "bath_water": ("time", exchange.bath[kept], "1", "non-solvent in the bath"),
        },
        ancestry=ancestry,
    )
