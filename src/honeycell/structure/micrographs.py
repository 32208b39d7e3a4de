"""What a microscope and a count of pores show of a cast film: quenches that its depths looked up, dried as the profile says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from honeycell.quantities.record import Ancestry
from honeycell.structure.layers import LEAST, MOST, block_of, film_layers, nearest_map, wall_field
from honeycell.structure.pore_sizes import pore_sizes
from honeycell.structure.section import cubes, section_micrograph, width_of_section
from honeycell.structure.stack import stack
from honeycell.structure.views import Exposure, back_view, front_view

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.data.parameters import Parameters
    from honeycell.film.own_quenches import OwnQuenches

WIDE, DEEP = 384, 56  # voxels of a view
FINE = 12.0  # voxels per mean chord of the pores


def face_micrographs(
    parameters: Parameters,
    sample: str,
    film: xr.Dataset,
    structure: xr.Dataset,
    seed: int,
    own: OwnQuenches | None = None,
) -> dict[str, xr.Dataset]:
    """Records ``micrograph_front`` and ``micrograph_back``; a face that has closed, or never demixed, gives none.

    The map is that of the nearest quench with its walls grown or shrunk to the dry layer's share of polymer and its lengths scaled to
    the layer's mean chord. Particles, twenty pores wide, are left out.

    Parameters
    ----------
    film, structure : records of the sample.  seed : of turn, shifts and noise.  own : quenches of the film's own.
    """
    p = parameters
    if "pore_chord" not in structure:
        return {}
    gel = p[f"{p.text('recipe.film.polymer')}.gel_fraction"]
    ancestry = p.ancestry([Ancestry.of([film, structure])])
    result = {}
    for side, i, view in (("front", 0, front_view), ("back", -1, back_view)):
        chord = float(structure["pore_chord"][i])
        polymer = float(structure["polymer_fraction"][i])
        share = polymer / (polymer + float(structure["porosity"][i]))
        if not (np.isfinite(chord) and chord > 0.0 and LEAST < share < MOST):
            continue
        _, rich = nearest_map(float(film["polymer_profile"][i]), gel, own)
        block = block_of(wall_field(rich), share, chord, 0.0)
        voxels = stack([block], (DEEP, WIDE, WIDE), chord / FINE, seed)
        result[f"micrograph_{side}"] = view(voxels, Exposure(chord), sample, seed, ancestry)
    return result


def film_pictures(
    parameters: Parameters,
    sample: str,
    film: xr.Dataset,
    structure: xr.Dataset,
    seed: int,
    own: OwnQuenches | None = None,
) -> dict[str, xr.Dataset]:
    """Records ``micrograph_section`` of the whole thickness, ``cube_front``, ``cube_back`` and ``pore_sizes``; none without a pattern.

    Parameters
    ----------
    film, structure : records of the sample.  seed : of turn, shifts, particles and noise.  own : quenches of the film's own.

    Notes
    -----
    Where particles cannot be placed, as in a film thinner than one of them, they are left out and the records are flagged.
    """
    p = parameters
    thickness = float(structure["thickness"])
    width = width_of_section(thickness, p["recipe.film.filler_diameter"])
    layers = film_layers(p, film, structure, (0.0, width), seed, own)
    if layers is None:
        return {}
    ancestry = p.ancestry([Ancestry.of([film, structure])])
    chords, thick = structure["pore_chord"].values, structure["layer_thickness"].values
    mean = float(np.average(chords[layers.pattern], weights=thick[layers.pattern]))
    cut = cubes(layers, structure["depth"].values[layers.pattern], chords[layers.pattern], sample, ancestry)
    if layers.flags:
        cut = {name: record.assign_attrs(flags=json.dumps(layers.flags)) for name, record in cut.items()}
    section = section_micrograph(layers, mean, sample, seed, ancestry)
    return {"pore_sizes": pore_sizes(layers.stack, sample, ancestry), "micrograph_section": section, **cut}
