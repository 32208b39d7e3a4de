"""Local thickness: the largest ball that covers a point and stays inside the phase."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from honeycell.numerics.ball_painting import WIDEST, largest_cover
from honeycell.numerics.distance import in_slabs, spacing_of, squared_distance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

WORD, SHIFT = 64, 6  # bits, and the power of two that they are
_ONE, _FULL = np.uint64(1), ~np.uint64(0)
_ROUND_OFF = 1.0 - 1e-12  # a ball ends just before the voxel that bounds it


def local_thickness(phase: ArrayLike, voxel_size: float | Sequence[float] = 1.0) -> NDArray[np.float64]:
    """Diameter of the largest ball inside ``phase`` that covers each voxel.

    A ball about a voxel of the phase reaches up to, not including, the nearest centre outside the phase, so that a slab of n
    voxels has the thickness n + 1 (n odd) or n (n even) voxels: resolve what matters with ten voxels or more. The edge of the
    image is no wall.

    Parameters
    ----------
    phase : booleans, two or three dimensions.
    voxel_size : edge length, one for all axes or one for each.

    Returns
    -------
    Diameters (not radii) in the unit of ``voxel_size``, zero outside the phase.

    Raises
    ------
    ValueError : as :func:`honeycell.numerics.distance.distance_transform`.

    Source: Hildebrand & Ruegsegger, J. Microsc. 185 (1997) 67, doi:10.1046/j.1365-2818.1997.1340694.x. Balls are painted in
    descending order from those centres only whose ball no neighbour's ball contains; a bit for each voxel remembers what is painted.

    >>> local_thickness([[0, 0, 0, 0, 0], [0, 1, 1, 1, 0], [0, 1, 1, 1, 0], [0, 1, 1, 1, 0], [0, 0, 0, 0, 0]])[1]
    array([0., 4., 4., 4., 0.])
    """
    inside = np.ascontiguousarray(phase, bool)
    spacing = spacing_of(inside, voxel_size)
    solid = inside[None] if inside.ndim == 2 else inside
    steps = (spacing[0], *spacing) if inside.ndim == 2 else spacing
    if len(set(steps)) == 1 and max(inside.shape) < WIDEST:  # cubes are reckoned in whole numbers of voxels
        squared = squared_distance(inside, (1.0,) * inside.ndim).reshape(solid.shape)
        cover = steps[0] ** 2 * largest_cover(squared)
    else:
        cover = _largest_cover(squared_distance(inside, spacing).reshape(solid.shape), steps)
    return 2.0 * np.sqrt(cover).reshape(inside.shape)


def _largest_cover(squared: NDArray[np.float64], steps: tuple[float, ...]) -> NDArray[np.float64]:
    """As :func:`honeycell.numerics.ball_painting.largest_cover` where the voxels are no cubes: painted row by row."""
    ridge, result = np.zeros(squared.shape, bool), np.zeros(squared.shape)
    in_slabs(partial(_ridge, np.sqrt(squared), *steps, ridge), len(squared))
    centres = np.flatnonzero(ridge)
    centres = centres[np.argsort(-squared.ravel()[centres], kind="stable")]
    in_slabs(partial(_paint, squared, centres, *steps, _bare(squared), result), len(squared))
    return result


@njit(cache=True, nogil=True)
def _ridge(radius, dz, dy, dx, ridge, first, last):  # pragma: no cover  (compiled)
    """True where no neighbour's ball surely contains the voxel's own."""
    nz, ny, nx = radius.shape
    for z in range(first, last):
        for y in range(ny):
            for x in range(nx):
                r = radius[z, y, x]
                if r == 0.0:
                    continue
                keep = True
                for c in range(max(z - 1, 0), min(z + 2, nz)):
                    for b in range(max(y - 1, 0), min(y + 2, ny)):
                        for a in range(max(x - 1, 0), min(x + 2, nx)):
                            away = np.sqrt((dz * (c - z)) ** 2 + (dy * (b - y)) ** 2 + (dx * (a - x)) ** 2)
                            if away > 0.0 and radius[c, b, a] >= r + away:
                                keep = False
                ridge[z, y, x] = keep


@njit(cache=True, nogil=True)
def _paint(squared, centres, dz, dy, dx, bare, result, first, last):  # pragma: no cover  (compiled)
    """Give each voxel the squared radius of the first ball, in the order of ``centres``, that covers it.

    Slices from ``first`` to ``last`` only: balls reach into a slice in the same order whoever paints it.
    """
    ny, nx = squared.shape[1:]
    for k in range(centres.size):
        at = centres[k]
        z, rest = at // (ny * nx), at % (ny * nx)
        y, x = rest // nx, rest % nx
        value = squared[z, y, x]
        reach = value * _ROUND_OFF
        deep = int(np.sqrt(reach) / dz)
        for c in range(max(z - deep, first), min(z + deep, last - 1) + 1):
            left_z = reach - (dz * (c - z)) ** 2
            wide = int(np.sqrt(max(left_z, 0.0)) / dy)
            for b in range(max(y - wide, 0), min(y + wide, ny - 1) + 1):
                left_y = left_z - (dy * (b - y)) ** 2
                if left_y > 0.0:
                    span = int(np.sqrt(left_y) / dx)
                    _paint_row(bare, result, c, b, max(x - span, 0), min(x + span, nx - 1), value)


@njit(cache=True)
def _bare(squared):  # pragma: no cover  (compiled)
    """A bit for each voxel of the phase, that is not painted yet: few enough to stay in the cache."""
    nz, ny, nx = squared.shape
    bare = np.zeros((nz, ny, nx // WORD + 1), np.uint64)
    for z in range(nz):
        for y in range(ny):
            for x in range(nx):
                if squared[z, y, x] > 0.0:
                    bare[z, y, x // WORD] |= np.uint64(1) << np.uint64(x % WORD)
    return bare


@njit(cache=True, inline="always")
def _paint_row(bare, result, z, y, first, last, value):  # pragma: no cover  (compiled)
    for word in range(first >> SHIFT, (last >> SHIFT) + 1):
        low, high = max(first - word * WORD, 0), min(last - word * WORD, WORD - 1)
        mask = (_FULL << np.uint64(low)) & (_FULL >> np.uint64(WORD - 1 - high))
        if bare[z, y, word] & mask:
            for a in range(low, high + 1):
                if (bare[z, y, word] >> np.uint64(a)) & _ONE:
                    result[z, y, word * WORD + a] = value
            bare[z, y, word] &= ~mask
