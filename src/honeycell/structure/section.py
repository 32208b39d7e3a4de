"""The whole dried film in section as a virtual micrograph, and cubes of it at both faces."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from honeycell.structure.views import LOOK, Exposure, section_view

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.quantities.record import Ancestry
    from honeycell.structure.layers import FilmLayers

MOST_VOXELS = 12e6  # of a section: 12 MB, and about a second
FINE = 10.0  # voxels per mean chord of the pores, where the film is thin enough for it
WIDEST = 150e-6  # m: thicker films are shown as a strip
NARROWEST = 3.0  # particle diameters
SHOWN = 4.0  # pixels per mean chord below which pores are not told apart
CUBE = 200  # voxels along the edge of a cube
CUBE_CHORDS, CUBE_PARTICLES = 16.0, 2.0  # edge of a cube: mean chords of the back's pores, at least particle diameters


def width_of_section(thickness: float, particle: float) -> float:
    """Width [m] at which a film is shown: as wide as thick, within limits."""
    return max(min(thickness, WIDEST), NARROWEST * particle)


def section_micrograph(
    layers: FilmLayers, chord: float, sample: str, seed: int, ancestry: Ancestry | None = None
) -> xr.Dataset:
    """Record ``micrograph/1`` of a break through the film, front on top, its particles whole or gone.

    Parameters
    ----------
    chord : mean chord of its pores [m], which is the depth of field. Where a pixel would be coarser than a tenth of it to keep to
        :data:`MOST_VOXELS`, it is.
    """
    thickness, width = layers.thickness, layers.spheres.width[1]
    depth = LOOK * chord
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


def cubes(layers: FilmLayers, chord: float, sample: str, ancestry: Ancestry | None = None) -> dict[str, xr.Dataset]:
    """Records ``voxels/1`` of a cube at the front and one at the back, of one size, as they lie behind the section.

    Parameters
    ----------
    chord : mean chord of the back's pores [m].
    """
    particle = float(layers.spheres.diameter.max()) if layers.spheres.diameter.size else 0.0
    edge = max(CUBE_CHORDS * chord, CUBE_PARTICLES * particle)
    edge = min(edge, layers.thickness, *layers.spheres.width)
    found = {}
    for face, top in (("front", 0.0), ("back", layers.thickness - edge)):
        record = layers.piece((CUBE, CUBE, CUBE), edge / CUBE, top).to_record(sample, ancestry, {"face": face})
        found[f"cube_{face}"] = record
    return found
