"""Virtual micrographs of a cast film's two faces, from the quench that its depth looked up, dried as the profile says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honeycell.film.pattern import mean_chord
from honeycell.film.quench_store import load_library
from honeycell.quantities.record import Ancestry
from honeycell.structure.stack import Block, stack, wall_distance
from honeycell.structure.views import Exposure, back_view, front_view

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.data.parameters import Parameters

WIDE, DEEP = 384, 56  # voxels of a view
FINE = 12.0  # voxels per mean chord of the pores
ROUND = 1.0  # voxels over which distances to walls are smoothed, so that any share of polymer can be cut
MOST, LEAST = 0.97, 0.03  # shares of polymer between which there is a pattern to look at


def face_micrographs(
    parameters: Parameters, sample: str, film: xr.Dataset, structure: xr.Dataset, seed: int
) -> dict[str, xr.Dataset]:
    """Records ``micrograph_front`` and ``micrograph_back``; a face that has closed, or never demixed, gives none.

    The map is the library's nearest quench with its walls grown or shrunk to the dry layer's share of polymer and its lengths scaled to
    the layer's mean chord. Particles, twenty pores wide, are left out.

    Parameters
    ----------
    film, structure : records of the sample.  seed : of turn, shifts and noise.
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
        solid = dried(_nearest(float(film["polymer_profile"][i]), gel), share)
        block = Block(solid, chord / mean_chord(~solid), 0.0)
        voxels = stack([block], (DEEP, WIDE, WIDE), chord / FINE, seed)
        result[f"micrograph_{side}"] = view(voxels, Exposure(chord), sample, seed, ancestry)
    return result


def dried(rich: NDArray[np.bool_], share: float) -> NDArray[np.bool_]:
    """A periodic map of walls grown or shrunk, everywhere alike, to another share of the volume."""
    from scipy import ndimage

    field = ndimage.gaussian_filter(wall_distance(rich), ROUND, mode="wrap")
    return np.asarray(field > np.quantile(field, 1.0 - share))


def _nearest(polymer: float, gel: float) -> NDArray[np.bool_]:
    """The library's map of the longest ramp nearest to a dope and its gel, among those that set."""
    library = load_library()
    off = np.abs(np.log(library.polymer / polymer))[:, None] + np.abs(np.log(library.gel_ratio * gel / polymer))
    off[~library.arrested[:, :, -1]] = np.inf
    i, j = np.unravel_index(np.argmin(off), off.shape)
    return library.rich(int(i), int(j), len(library.ramp_time) - 1)
