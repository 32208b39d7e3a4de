"""Conductivity and liquid uptake of a swollen film from its structure.

Thickness follows from the solids cast and the porosity that drying leaves, uptake from porosity, the declared filling and what swells the
walls, conductivity from porosity and tortuosity: nothing here is adjusted to a claim about any of the three.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from honeycell.physics.electrolyte import concentration_factor, gel_obstruction, vtf_conductivity
from honeycell.physics.obstruction import hashin_shtrikman_bounds, insulating_spheres
from honeycell.properties.faces import bought_faces, cast_faces
from honeycell.properties.pore_conduction import load_conduction
from honeycell.quantities.record import Ancestry, make_record

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.data.parameters import Parameters
    from honeycell.film.own_quenches import OwnQuenches

TINY = 1e-12  # so that nothing is divided by nothing


def swollen_film(
    parameters: Parameters, sample: str, structure: xr.Dataset, own: OwnQuenches | None = None
) -> xr.Dataset:
    """Record ``properties`` of a film or separator filled with liquid.

    The layers conduct in series. Between its particles, which conduct nothing, a cast layer has the conductivity computed on the quench it
    came from (:mod:`honeycell.properties.pore_conduction`), liquid in the filled share of its pores and walls that the liquid swells: a layer
    that has closed still conducts as a gel. A bought one has porosity/tau. The swelling does not thicken the film. What its faces offer to
    the electrodes is in :mod:`honeycell.properties.faces`. ``own`` are quenches of the film's own.
    """
    p = parameters
    liquid = p.text("recipe.electrolyte.liquid")
    filling = p["recipe.film.filled_pore_share"]
    eps = structure["porosity"].values * filling
    dz = structure["layer_thickness"].values
    thickness = float(structure["thickness"])
    if p.text("recipe.film.kind") == "cast":
        polymer = p.text("recipe.film.polymer")
        uptake = p[f"{polymer}.wall_uptake"]
        walls = structure["polymer_fraction"].values
        ratio = _cast_ratio(p, structure, eps, gel_obstruction(1.0 / (1.0 + uptake)), own)
        held = uptake * walls
        faces = cast_faces(p, structure, eps, held)
        solid_density = (p[f"{p.text('recipe.film.polymer')}.density"], p[f"{p.text('recipe.film.filler')}.density"])
    else:
        material = p.text("recipe.film.material")
        ratio = eps / p[f"{material}.tortuosity_factor"]
        held, faces = np.zeros_like(eps), bought_faces(p, material, eps)
        solid_density = (p[f"{material}.density"], 0.0)
    effective = thickness / float(np.sum(dz / ratio))
    solid = float(
        np.sum(
            dz
            * (
                structure["polymer_fraction"].values * solid_density[0]
                + structure["particle_fraction"].values * solid_density[1]
            )
        )
    )
    liquid_mass = float(np.sum(dz * (eps + held))) * p[f"{liquid}.density"]
    temperature = p["recipe.cell.temperature"]
    kappa = vtf_conductivity(
        temperature,
        p[f"{liquid}.conductivity_prefactor"],
        p[f"{liquid}.conductivity_pseudo_activation"],
        p[f"{liquid}.conductivity_vanishing_temperature"],
    )
    kappa *= concentration_factor(
        p["recipe.electrolyte.salt_concentration"],
        p[f"{liquid}.reference_concentration"],
        p[f"{liquid}.conductivity_concentration_exponent"],
        p[f"{liquid}.conductivity_concentration_decay"],
    )
    area = math.pi * p["recipe.cell.disc_diameter"] ** 2 / 4.0

    def share_at(extra: float) -> float:
        mass = liquid_mass * (1.0 + extra)
        return mass / (mass + solid)

    return make_record(
        "scalars/1",
        sample=sample,
        instrument="properties",
        coordinates={"depth": ("depth", structure["depth"].values, "m", "depth from the front")},
        variables={
            "layer_thickness": (("depth",), dz, "m", "thickness of each layer"),
            "layer_liquid": (("depth",), eps + held, "1", "liquid in each layer, in pores and walls"),
            "layer_conductivity_ratio": (("depth",), ratio, "1", "conductivity of each layer, over liquid"),
            "thickness": ((), thickness, "m", "thickness"),
            "porosity": ((), float(np.sum(dz * eps)) / thickness, "1", "liquid-filled porosity"),
            "effective_conductivity_ratio": ((), effective, "1", "conductivity, film over liquid"),
            "transference_number": (
                (),
                p[f"{liquid}.transference_number"],
                "1",
                "cation transference number of the liquid",
            ),
            "liquid_conductivity": ((), kappa, "S/m", "conductivity of the liquid"),
            "conductivity": ((), kappa * effective, "S/m", "conductivity of the swollen film"),
            "resistance": ((), thickness / (kappa * effective * area), "ohm", "ohmic resistance of the film"),
            **faces,
            "areal_mass": ((), solid, "kg/m**2", "dry mass per area"),
            "liquid_areal_mass": ((), liquid_mass, "kg/m**2", "liquid per area"),
            "liquid_mass_fraction": ((), share_at(0.0), "1", "liquid in the swollen film, by mass"),
            "uptake": ((), liquid_mass / solid, "1", "liquid over dry mass"),
            "uptake_gain_with_porosity": (
                (),
                share_at(0.01) - share_at(0.0),
                "1",
                "gain in liquid share for 1 % more pore volume",
            ),
        },
        ancestry=p.ancestry([Ancestry.of([structure])]),
    )


def _cast_ratio(
    p: Parameters, structure: xr.Dataset, liquid: NDArray[np.floating], gel: float, own: OwnQuenches | None
) -> NDArray[np.floating]:
    """Conductivity of each layer over that of the liquid, which fills ``liquid`` of it; ``gel`` is that of the swollen polymer (n,)."""
    particle = structure["particle_fraction"].values
    between = 1.0 - particle
    share = liquid / between
    # walls and empty pores as one
    rest = np.clip(gel * structure["polymer_fraction"].values / np.maximum(between - liquid, TINY), TINY, 1.0 - TINY)
    table = load_conduction()
    setting = p[f"{p.text('recipe.film.polymer')}.gel_fraction"]
    sponge = table.ratio_at(structure["polymer_when_set"].values, setting, share, rest, own)
    sponge = sponge * math.exp(p["porous_medium.conduction_deviation"] * table.scatter)
    low, high = hashin_shtrikman_bounds(share, rest)
    return np.clip(sponge, low, high) * insulating_spheres(particle)
