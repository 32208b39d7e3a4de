"""Structure of the dry film as a profile: what demixing left, pressed together by the menisci of its drying."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from honeycell.film.checks import check_drying
from honeycell.physics.drying import collapsed_share, water_surface_tension
from honeycell.quantities.errors import InputError
from honeycell.quantities.record import Ancestry, flags_of, make_record

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.data.parameters import Parameters

    Floats = NDArray[np.float64]

FACE = 1  # layers at either side, which stand for its face: about what a micrograph looks into
IN_ONE = 0.5  # share of a phase in its largest part above which it hangs together
OUTSIDE = "depths lie outside the range of the quench library, and the nearest of its quenches stands in for them"
WHEN_SET = "polymer in the liquid when the layer had set"
NO_PORES = 1e-3  # porosity below which a layer counts as closed


def dry_structure(parameters: Parameters, sample: str, film: xr.Dataset) -> xr.Dataset:
    """Structure of a cast film after drying. Solids are conserved layer by layer.

    The bath draws the solvent out of the walls, which thin where they stand; then each layer shrinks until its struts bear the capillary
    pressure (:mod:`honeycell.physics.drying`). Particles keep a layer from shrinking below their random packing. A recipe that states a
    measured ``dry_porosity`` has it in all layers instead.

    Raises
    ------
    InputError : a drying temperature at which the bath's liquid has no surface tension or is frozen, or at which the polymer melts.

    Validity: no stress passes from layer to layer; pores shrink alike in all directions. Layers without a pattern come out closed.
    """
    p = parameters
    particle = film["particle_fraction"].values
    dz = float(film["wet_thickness"]) / len(particle)
    polymer = (1.0 - particle) * float(film["polymer_fraction"])
    if "recipe.film.dry_porosity" in p:
        known = np.full(len(particle), p["recipe.film.dry_porosity"])
        return _record(p, sample, film, polymer * dz, particle * dz, known, {})
    name, filler = p.text("recipe.film.polymer"), p.text("recipe.film.filler")
    rich, chord = film["rich_share"].values, film["pore_chord"].values
    wet = np.minimum(polymer / (1.0 - particle) / p[f"{name}.dried_rich_fraction"], rich)
    thinned = ((1.0 - wet) / (1.0 - rich)) ** (1.0 / 3.0)
    water = p.text("recipe.film.non_solvent")
    temperature, critical = p["recipe.film.drying_temperature"], p[f"{water}.critical_temperature"]
    if not temperature < critical:
        raise InputError(
            f"the film dries at {temperature:.0f} K, where no meniscus is left (critical at {critical:.0f} K)",
            f"structure of {sample}",
            "Lower the drying temperature.",
        )
    check_drying(p, f"structure of {sample}")
    tension = water_surface_tension(
        temperature,
        critical,
        p[f"{water}.surface_tension_scale"],
        p[f"{water}.surface_tension_exponent"],
        p[f"{water}.surface_tension_correction"],
    )
    share = collapsed_share(
        wet,
        chord * thinned,
        tension * p[f"{water}__{name}.wetting"],
        p[f"{name}.yield_strength"],
        p["porous_medium.crushing_prefactor"],
        p["porous_medium.crushing_exponent"],
    )
    share = np.where(np.isnan(share), 1.0, share)
    # polymer with its pores, and particles among it: no thinner than the particles packed at random
    jam = p[f"{filler}.jamming_fraction"]
    layer = np.maximum(polymer / share + particle, particle / jam)
    porosity = 1.0 - (polymer + particle) / layer
    held = (layer - particle - polymer) / polymer  # pore volume per polymer, also where particles hold the layer up
    with np.errstate(invalid="ignore"):
        shrunk = thinned * (held / ((1.0 - wet) / wet)) ** (1.0 / 3.0)
    lengths = {
        "pore_chord": chord * shrunk,
        "pore_diameter": film["pore_diameter"].values * shrunk,
        "connected_polymer": film["connected_polymer"].values,
        "connected_pores": np.where(porosity > NO_PORES, film["connected_pores"].values, 0.0),
    }
    return _record(p, sample, film, polymer * dz, particle * dz, porosity, lengths)


def bought_structure(parameters: Parameters, sample: str) -> xr.Dataset:
    """Structure of a bought separator: uniform, as its recipe states."""
    p = parameters
    n = 10
    solid = np.full(n, p["recipe.film.thickness"] * (1.0 - p["recipe.film.porosity"]) / n)
    return _record(p, sample, None, solid, np.zeros(n), np.full(n, p["recipe.film.porosity"]), {})


def _record(
    p: Parameters,
    sample: str,
    film: xr.Dataset | None,
    polymer: Floats,
    particle: Floats,
    porosity: Floats,
    patterns: dict[str, Floats],
) -> xr.Dataset:
    """Profile from solid volumes per area of each layer [m], its porosity, and what is known of its pattern."""
    solid = polymer + particle
    thickness = solid / (1.0 - porosity)
    bottom = np.cumsum(thickness)
    depth = bottom - 0.5 * thickness
    total = float(bottom[-1])
    words = {
        "pore_chord": ("m", "mean chord of the pores"),
        "pore_diameter": ("m", "mean diameter of the largest balls within the pores"),
        "connected_polymer": ("1", "share of the walls in one piece"),
        "connected_pores": ("1", "share of the pores in one piece"),
    }
    count = FACE
    front, inner, back = slice(0, count), slice(count, len(depth) - count), slice(len(depth) - count, None)

    def mean(values: Floats, part: slice) -> float:
        return float(np.average(values[part], weights=thickness[part]))

    sponge = polymer / (thickness - particle)
    loaded = 0.0 if film is None else float(film["filler_mass_fraction"])
    loading = loaded / (1.0 - loaded)
    faces = {
        f"{side}_{name}": ((), mean(values, part), unit, f"{said}, {side}")
        for name, values, unit, said in [
            ("porosity", porosity, "1", "porosity"),
            ("particle_fraction", particle / thickness, "1", "particle volume fraction"),
            *((name, values, *words[name]) for name, values in patterns.items()),
        ]
        for side, part in (("front", front), ("back", back))
    }
    if patterns:
        faces |= {
            "front_denser": (
                (),
                float(mean(sponge, front) > mean(sponge, inner)),
                "1",
                "between the particles, the front holds more polymer than the inside",
            ),
            "pores_grow_inwards": (
                (),
                float(mean(patterns["pore_diameter"], back) > mean(patterns["pore_diameter"], front)),
                "1",
                "pores at the back are wider than at the front",
            ),
            "dense_front_hard_back": (
                (),
                float(
                    mean(sponge, front) > mean(sponge, inner)
                    and mean(particle / thickness, back) > mean(particle / thickness, inner)
                ),
                "1",
                "the front is denser than the inside, and the back holds more particles than the inside",
            ),
            "sponge": (
                (),
                float(
                    min(np.min(patterns["connected_polymer"]), np.min(patterns["connected_pores"])) > IN_ONE
                    and mean(porosity, inner) > mean(polymer / thickness, inner)
                ),
                "1",
                "walls and pores both hang together at every depth, and inside there is more pore than polymer",
            ),
            "back_walls_thin": (
                (),
                float(mean(polymer / thickness, back) < mean(porosity, back)),
                "1",
                "walls at the back are thinner than its pores are wide",
            ),
            "loading_in_one_piece": (
                (),
                loading if np.min(patterns["connected_polymer"]) > IN_ONE else 0.0,
                "1",
                "filler per polymer by mass that the walls hold together; 0 where they fall apart",
            ),
            "front_solid": ((), mean(1.0 - porosity, front), "1", "polymer and particles, front"),
            "one_piece": ((), float(np.min(patterns["connected_polymer"])), "1", "least share of the walls in one piece"),
            "open_throughout": ((), float(np.min(patterns["connected_pores"])), "1", "least share of the pores in one piece"),
        }  # fmt: skip
    outside = np.count_nonzero(film["within_library"].values == 0.0) if film is not None and patterns else 0
    flags = [f"outside_library: {outside} of {len(depth)} {OUTSIDE}"] if outside else []
    flags += [] if film is None else flags_of(film)
    return make_record(
        "structure/1",
        sample=sample,
        instrument="structure",
        coordinates={"depth": ("depth", depth, "m", "depth from the front")},
        variables={
            "porosity": ("depth", porosity, "1", "porosity"),
            "polymer_fraction": ("depth", polymer / thickness, "1", "polymer or fibre volume fraction"),
            "particle_fraction": ("depth", particle / thickness, "1", "particle volume fraction"),
            "layer_thickness": ("depth", thickness, "m", "thickness of the layer"),
            **({} if film is None else {"polymer_when_set": ("depth", film["polymer_profile"].values, "1", WHEN_SET)}),
            **{name: ("depth", values, *words[name]) for name, values in patterns.items()},
            "thickness": ((), total, "m", "thickness"),
            "mean_porosity": ((), 1.0 - float(solid.sum()) / total, "1", "mean porosity"),
            **faces,
        },
        ancestry=p.ancestry([] if film is None else [Ancestry.of([film])]),
        attributes={"flags": json.dumps(flags)} if flags else {},
    )
