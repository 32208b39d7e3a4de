"""Local thickness: the largest ball that covers a point and stays inside the phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from honeycell.numerics.distance import spacing_of, squared_distance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

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
    descending order from those centres only whose ball no neighbour's ball contains; each row remembers what is painted.

    >>> local_thickness([[0, 0, 0, 0, 0], [0, 1, 1, 1, 0], [0, 1, 1, 1, 0], [0, 1, 1, 1, 0], [0, 0, 0, 0, 0]])[1]
    array([0., 4., 4., 4., 0.])
    """
    inside = np.ascontiguousarray(phase, bool)
    spacing = spacing_of(inside, voxel_size)
    solid = inside[None] if inside.ndim == 2 else inside
    steps = (spacing[0], *spacing) if inside.ndim == 2 else spacing
    equal = len(set(steps)) == 1
    unit = steps[0] if equal else 1.0  # cubes are reckoned in whole numbers of voxels
    steps = tuple(step / unit for step in steps)
    squared = squared_distance(solid if inside.ndim == 3 else inside, steps[-inside.ndim :]).reshape(solid.shape)
    ridge = _ridge_of_cubes(squared, _tables(int(squared.max()))) if equal else _ridge(np.sqrt(squared), *steps)
    centres = np.flatnonzero(ridge)
    order = np.argsort(-squared.ravel()[centres], kind="stable")
    result = np.zeros(squared.shape)
    _paint(np.sqrt(squared), centres[order], result, *steps)
    return 2.0 * unit * result.reshape(inside.shape)


@njit(cache=True)
def _ridge(radius, dz, dy, dx):  # pragma: no cover  (compiled)
    """True where no neighbour's ball surely contains the voxel's own."""
    nz, ny, nx = radius.shape
    ridge = np.zeros(radius.shape, np.bool_)
    for z in range(nz):
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
    return ridge


@njit(cache=True)
def _tables(largest):  # pragma: no cover  (compiled)
    """``tables[k, s]``: the squared radius from which a ball holds every voxel of the one of squared radius s beside it.

    k + 1 counts the axes along which the two centres are one voxel apart (Dougherty & Kunzelmann, Microsc. Microanal. 13 (2007)
    1678, doi:10.1017/S1431927607074430).
    """
    tables = np.zeros((3, largest + 1), np.int64)
    reach = int(np.sqrt(largest)) + 1
    for z in range(reach + 1):  # the far side, where the ball sticks out first
        for y in range(z + 1):
            for x in range(y + 1):
                size = z * z + y * y + x * x
                if size < largest:
                    tables[0, size + 1] = max(tables[0, size + 1], size + 2 * z + 1)
                    tables[1, size + 1] = max(tables[1, size + 1], size + 2 * (z + y) + 2)
                    tables[2, size + 1] = max(tables[2, size + 1], size + 2 * (z + y + x) + 3)
    for k in range(3):
        for s in range(1, largest + 1):
            tables[k, s] = max(tables[k, s], tables[k, s - 1])
    return tables + 1


@njit(cache=True)
def _ridge_of_cubes(squared, tables):  # pragma: no cover  (compiled)
    """True where no neighbour's ball contains all voxels of the voxel's own."""
    nz, ny, nx = squared.shape
    ridge = np.zeros(squared.shape, np.bool_)
    for z in range(nz):
        for y in range(ny):
            for x in range(nx):
                own = int(squared[z, y, x])
                if own == 0:
                    continue
                keep = True
                for c in range(max(z - 1, 0), min(z + 2, nz)):
                    for b in range(max(y - 1, 0), min(y + 2, ny)):
                        for a in range(max(x - 1, 0), min(x + 2, nx)):
                            apart = abs(c - z) + abs(b - y) + abs(a - x)
                            if apart and squared[c, b, a] >= tables[apart - 1, own]:
                                keep = False
                ridge[z, y, x] = keep
    return ridge


@njit(cache=True)
def _paint(radius, centres, result, dz, dy, dx):  # pragma: no cover  (compiled)
    """Give each voxel the radius of the first ball, in the order of ``centres``, that covers it."""
    nz, ny, nx = radius.shape
    following = np.empty((nz, ny, nx + 1), np.int32)  # the next voxel of the row that is not painted yet
    for z in range(nz):
        for y in range(ny):
            for x in range(nx + 1):
                following[z, y, x] = x
    for k in range(centres.size):
        at = centres[k]
        z, rest = at // (ny * nx), at % (ny * nx)
        y, x = rest // nx, rest % nx
        r = radius[z, y, x]
        reach = r * r * _ROUND_OFF
        deep = int(r / dz)
        for c in range(max(z - deep, 0), min(z + deep, nz - 1) + 1):
            left_z = reach - (dz * (c - z)) ** 2
            if left_z <= 0.0:
                continue
            wide = int(np.sqrt(left_z) / dy)
            for b in range(max(y - wide, 0), min(y + wide, ny - 1) + 1):
                left_y = left_z - (dy * (b - y)) ** 2
                if left_y <= 0.0:
                    continue
                span = int(np.sqrt(left_y) / dx)
                last = min(x + span, nx - 1)
                row = following[c, b]
                a = max(x - span, 0)
                if row[a] > last:  # all painted, which is the rule
                    continue
                a = _next(row, a)
                while a <= last:
                    result[c, b, a] = r
                    row[a] = a + 1
                    a = _next(row, a)


@njit(cache=True)
def _next(row, a):  # pragma: no cover  (compiled)
    """The first unpainted voxel from ``a`` on; shortens the way for those who ask after."""
    end = a
    while row[end] != end:
        end = row[end]
    while row[a] != end:
        a, row[a] = row[a], end
    return end
