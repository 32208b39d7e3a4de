"""The whole dried film in section as a virtual micrograph, and cubes of it at both faces."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from honeycell.structure.views import Exposure, section_view

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.quantities.record import Ancestry
    from honeycell.structure.layers import FilmLayers

    Floats = NDArray[np.float64]

MOST_VOXELS = 20e6  # of a section: 20 MB, and about two seconds
FINE = 16.0  # voxels per mean chord of the pores, where the film is thin enough for it
DEEP = 2.2  # mean chords behind the break that are looked into
WIDE, WIDEST = 0.5, 100e-6  # width over thickness, and at most [m]: thick films are shown as a strip
NARROWEST = 3.0  # particle diameters
SHOWN = 4.0  # pixels per mean chord below which pores are not told apart
CUBE = 224  # voxels along the edge of a cube
CUBE_CHORDS = 14.0  # of the pores in it


def width_of_section(thickness: float, particle: float) -> float:
    """Width [m] at which a film is shown."""
    return max(min(WIDE * thickness, WIDEST), NARROWEST * particle)


def section_micrograph(
    layers: FilmLayers, chord: float, sample: str, seed: int, ancestry: Ancestry | None = None
) -> xr.Dataset:
    """Record ``micrograph/1`` of a break through the film, front on top, its particles whole or gone.

    Parameters
    ----------
    chord : mean chord of its pores [m], which is the depth of field. Pixels are as fine as :data:`MOST_VOXELS` allow.
    """
    thickness, width = layers.thickness, layers.spheres.width[1]
    depth = DEEP * chord
    size = max(chord / FINE, (thickness * width * depth / MOST_VOXELS) ** (1.0 / 3.0))
    shape = (max(int(thickness / size), 1), max(int(np.ceil(depth / size)), 2), max(int(width / size), 1))
    size = thickness / shape[0]
    view = section_view(layers.piece(shape, size), Exposure(chord), sample, seed, ancestry, spheres=layers.spheres)
    flags = [*layers.flags]
    if chord < SHOWN * size:
        flags.append(
            f"coarse: pores of {chord * 1e9:.0f} nm are grey at {size * 1e9:.0f} nm a pixel; dark is where particles were"
        )
    return view.assign_attrs(flags=json.dumps(flags)) if flags else view


def cubes(
    layers: FilmLayers, depth: Floats, chord: Floats, sample: str, ancestry: Ancestry | None = None
) -> dict[str, xr.Dataset]:
    """Records ``voxels/1`` of a cube at the front and one at the back, each so many pores wide.

    Parameters
    ----------
    depth, chord : (n,) mean chords of the pores [m] at some depths [m].
    """
    found = {}
    for face in ("front", "back"):
        away = depth if face == "front" else layers.thickness - depth[::-1]
        own = chord if face == "front" else chord[::-1]
        # the mean from the face inwards, and how deep so many of it reach
        mean = np.cumsum(own) / np.arange(1, len(own) + 1)
        edge = CUBE_CHORDS * float(np.interp(0.0, away - CUBE_CHORDS * mean, mean))
        edge = min(edge, layers.thickness, *layers.spheres.width)
        top = 0.0 if face == "front" else layers.thickness - edge
        piece = layers.piece((CUBE, CUBE, CUBE), edge / CUBE, top, layers.usual_place(edge, top))
        found[f"cube_{face}"] = piece.to_record(sample, ancestry, {"face": face})
    return found
