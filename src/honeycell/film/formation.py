"""From dope to inverted film, first version: closed forms for settling and exchange, statics from Flory-Huggins.

The polymer is taken as immobile while solvent is swapped for water volume by volume, so the composition moves along constant polymer
fraction: a (dope), b (binodal), c (rich phase vitrifies), d (equilibrium with the bath).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import root_scalar

from honeycell.physics.exchange import exchange_time
from honeycell.physics.flory_huggins import TernaryMixture
from honeycell.physics.phase_diagram import binodal, cloud_water, critical_point, spinodal_curve, tie_line
from honeycell.physics.suspension import hindered_settling_speed, martin_viscosity, settled_layers
from honeycell.quantities.errors import RunError
from honeycell.quantities.record import Ancestry, make_record

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.data.parameters import Parameters
    from honeycell.physics.phase_diagram import TieLine

LAYERS = 50
TIE_LINES = 40
SPINODAL_POINTS = 80
COMPONENTS = ["water", "solvent", "polymer"]


class Dope:
    """Volumes and fractions of the cast suspension, additive volumes. Masses in kg, volumes in m3."""

    def __init__(self, p: Parameters) -> None:
        self.polymer, self.solvent, self.filler = (
            p.text(f"recipe.film.{part}") for part in ("polymer", "solvent", "filler")
        )
        self.polymer_mass = p["recipe.film.polymer_mass"]
        self.filler_mass = p["recipe.film.filler_mass"]
        self.solvent_mass = p["recipe.film.solvent_mass"] + p["recipe.film.extra_solvent_mass"]
        self.filler_density = p[f"{self.filler}.density"]
        self.polymer_volume = self.polymer_mass / p[f"{self.polymer}.density"]
        self.solvent_volume = self.solvent_mass / p[f"{self.solvent}.density"]
        self.filler_volume = self.filler_mass / self.filler_density
        self.liquid_volume = self.polymer_volume + self.solvent_volume
        self.volume = self.liquid_volume + self.filler_volume
        self.liquid_density = (self.polymer_mass + self.solvent_mass) / self.liquid_volume
        self.phi_polymer = self.polymer_volume / self.liquid_volume
        self.phi_filler = self.filler_volume / self.volume


def form_film(parameters: Parameters, sample: str, ternary: bool = True) -> dict[str, xr.Dataset]:
    """Records ``film`` and, when ``ternary`` is set, ``ternary`` of a cast film.

    Parameters
    ----------
    parameters : a view with the recipe's values.
    sample : name of the sample.
    ternary : also tabulate the whole phase diagram; left out when only numbers are wanted.

    Raises
    ------
    RunError : the dope is already demixed, or the bath does not demix it.
    NotConverged : the phase diagram could not be solved.
    """
    p = parameters
    dope = Dope(p)
    mixture = ternary_mixture(p, dope)
    phi3 = dope.phi_polymer
    wet = p["recipe.film.blade_gap"] * p["recipe.film.gap_transfer"]
    area = p["recipe.film.plate_length"] * p["recipe.film.plate_width"]

    solvent_out = wet * area * dope.solvent_volume / dope.volume
    bath_water = 1.0 - solvent_out / (p["recipe.film.bath_volume"] + solvent_out)
    path, end = _path(mixture, phi3, bath_water, p[f"{dope.polymer}.gel_fraction"], sample)

    solvent_pair = f"{p.text('recipe.film.non_solvent')}__{dope.solvent}"
    diffusivity, transfer = p[f"{solvent_pair}.mutual_diffusivity"], p["recipe.film.bath_mass_transfer"]
    edges = np.linspace(0.0, wet, LAYERS + 1)
    depth = 0.5 * (edges[1:] + edges[:-1])

    def times(water: float) -> np.ndarray:
        share = water / (1.0 - phi3) / bath_water
        return np.array([exchange_time(share, float(z), wet, diffusivity, transfer) for z in depth])

    binodal_time, gelation_time = times(path[1, 0]), times(path[2, 0])

    viscosity = _dope_viscosity(p, dope)
    speed = hindered_settling_speed(
        p["recipe.film.filler_diameter"],
        dope.filler_density - dope.liquid_density,
        viscosity,
        dope.phi_filler,
        p["acceleration.standard_gravity"],
        p["suspension.hindrance_exponent"],
    )
    hold = p["recipe.film.hold_time"]
    inversion = float(gelation_time[-1])
    profile, clear, sediment = _particles(edges, wet, speed * (hold + inversion), dope, p)
    still, _, _ = _particles(edges, wet, speed * inversion, dope, p)
    jam = p[f"{dope.filler}.jamming_fraction"]
    # Without filler nothing is stacked: the void is then what the polymer alone leaves, which this bound cannot tell.
    stacked = 1.0 - jam * (1.0 + dope.polymer_volume / dope.filler_volume) if dope.filler_volume > 0.0 else float("nan")

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
            "gelation_time": ("depth", gelation_time, "s", "time to vitrification"),
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
            "viscosity": scalar(viscosity, "Pa*s", "viscosity of the polymer solution"),
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
                float(speed * inversion > p["recipe.film.filler_diameter"]),
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
    )
    records = {"film": film}
    if ternary:
        records["ternary"] = _ternary_record(mixture, path, sample, ancestry)
    return records


def ternary_mixture(p: Parameters, dope: Dope) -> TernaryMixture:
    """Flory-Huggins parameters of non-solvent, solvent and polymer, reference volume that of the non-solvent."""
    water = p.text("recipe.film.non_solvent")
    v1 = p[f"{water}.molar_mass"] / p[f"{water}.density"]
    v2 = p[f"{dope.solvent}.molar_mass"] / p[f"{dope.solvent}.density"]
    v3 = p["recipe.film.polymer_molar_mass"] / p[f"{dope.polymer}.density"]
    return TernaryMixture(
        v2 / v1,
        v3 / v1,
        p[f"{water}__{dope.solvent}.interaction_constant"],
        p[f"{water}__{dope.solvent}.interaction_slope"],
        p[f"{water}__{dope.polymer}.interaction_constant"],
        p[f"{dope.solvent}__{dope.polymer}.interaction_constant"],
    )


def _path(
    mixture: TernaryMixture, phi3: float, bath_water: float, gel: float, sample: str
) -> tuple[np.ndarray, TieLine]:
    """Points a, b, c, d as (water, solvent, polymer) and the tie line at d."""
    b = cloud_water(mixture, phi3)
    d = (1.0 - phi3) * bath_water
    end = tie_line(mixture, (d, phi3))
    if not 0.0 < b < d or end is None:
        raise RunError(
            "the bath does not demix this dope", f"film of {sample}", "Check the polymer share and the bath."
        )

    def missing(phi1: float) -> float:
        line = tie_line(mixture, (phi1, phi3))
        return (phi3 if line is None else line.rich[2]) - gel

    low = b + 1e-6
    c = (
        low
        if missing(low) >= 0.0
        else d
        if missing(d) <= 0.0
        else root_scalar(missing, bracket=(low, d), xtol=1e-5).root
    )
    return np.array([[w, 1.0 - phi3 - w, phi3] for w in (0.0, b, c, d)]), end


def _dope_viscosity(p: Parameters, dope: Dope) -> float:
    ratio = p["recipe.film.polymer_molar_mass"] / p[f"{dope.polymer}.intrinsic_viscosity_molar_mass"]
    intrinsic = p[f"{dope.polymer}.intrinsic_viscosity_reference"] * ratio ** p[f"{dope.polymer}.mark_houwink_exponent"]
    return martin_viscosity(
        p[f"{dope.solvent}.viscosity"],
        intrinsic,
        dope.polymer_mass / dope.liquid_volume,
        p[f"{dope.polymer}.martin_constant"],
    )


def _particles(
    edges: np.ndarray, wet: float, travel: float, dope: Dope, p: Parameters
) -> tuple[np.ndarray, float, float]:
    """Cell averages of the particle fraction, clear layer and sediment; particles conserved to round-off."""
    phi, jam = dope.phi_filler, p[f"{dope.filler}.jamming_fraction"]
    clear, sediment = settled_layers(wet, travel, phi, jam)
    if phi <= 0.0:
        return np.zeros(len(edges) - 1), 0.0, 0.0
    middle = wet - clear - sediment
    amount = np.interp(edges, [0.0, clear, clear + middle, wet], np.cumsum([0.0, 0.0, middle * phi, sediment * jam]))
    return np.diff(amount) / np.diff(edges), clear, sediment


def _whole(water: float, polymer: float) -> np.ndarray:
    return np.array([water, 1.0 - water - polymer, polymer])


def _ternary_record(mixture: TernaryMixture, path: np.ndarray, sample: str, ancestry: Ancestry) -> xr.Dataset:
    lines = binodal(mixture, TIE_LINES)
    critical = critical_point(mixture)
    spinodal = np.array([_whole(*point) for point in spinodal_curve(mixture, SPINODAL_POINTS)])
    return make_record(
        "ternary/1",
        sample=sample,
        instrument="phase diagram",
        coordinates={
            "component": ("component", COMPONENTS, "1"),
            "path_point": ("path_point", list("abcd"), "1"),
        },
        variables={
            "binodal_lean": (("tie_line", "component"), np.array([line.lean for line in lines]), "1"),
            "binodal_rich": (("tie_line", "component"), np.array([line.rich for line in lines]), "1"),
            "spinodal": (("spinodal_point", "component"), spinodal, "1"),
            "critical_point": ("component", _whole(*critical), "1"),
            "path": (("path_point", "component"), path, "1"),
        },
        ancestry=ancestry,
    )
