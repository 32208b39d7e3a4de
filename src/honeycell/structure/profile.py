"""Dry structure as a profile. Collapse on drying is declared by the recipe, not computed, in this version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honeycell.quantities.record import Ancestry, make_record

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.data.parameters import Parameters


def dry_structure(parameters: Parameters, sample: str, film: xr.Dataset) -> xr.Dataset:
    """Structure of a cast film after drying: solids of each wet layer, packed to the declared porosity.

    Solids are conserved layer by layer. One porosity serves all layers, so a skin and a sponge are not told apart yet.
    """
    p = parameters
    particle = film["particle_fraction"].values
    polymer = (1.0 - particle) * float(film["polymer_fraction"])
    dz = float(film["wet_thickness"]) / len(particle)
    return _record(p, sample, film, polymer * dz, particle * dz, p["recipe.film.dry_porosity"])


def bought_structure(parameters: Parameters, sample: str) -> xr.Dataset:
    """Structure of a bought separator: uniform, as its recipe states."""
    p = parameters
    n = 10
    solid = np.full(n, p["recipe.film.thickness"] * (1.0 - p["recipe.film.porosity"]) / n)
    return _record(p, sample, None, solid, np.zeros(n), p["recipe.film.porosity"])


def _record(
    p: Parameters, sample: str, film: xr.Dataset | None, polymer: np.ndarray, particle: np.ndarray, porosity: float
) -> xr.Dataset:
    """Profile from solid volumes per area of each layer [m] and one porosity."""
    solid = polymer + particle
    thickness = solid / (1.0 - porosity)
    bottom = np.cumsum(thickness)
    depth = bottom - 0.5 * thickness
    total = float(bottom[-1])
    return make_record(
        "structure/1",
        sample=sample,
        instrument="structure",
        coordinates={"depth": ("depth", depth, "m", "depth from the front")},
        variables={
            "porosity": ("depth", np.full(len(depth), porosity), "1", "porosity"),
            "polymer_fraction": ("depth", polymer / thickness, "1", "polymer or fibre volume fraction"),
            "particle_fraction": ("depth", particle / thickness, "1", "particle volume fraction"),
            "layer_thickness": ("depth", thickness, "m", "thickness of the layer"),
            "thickness": ((), total, "m", "thickness"),
            "mean_porosity": ((), 1.0 - float(solid.sum()) / total, "1", "mean porosity"),
        },
        ancestry=p.ancestry([] if film is None else [Ancestry.of([film])]),
    )
