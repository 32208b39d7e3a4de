"""Balls about the voxels of an image of cubes: which of them matter, and what they cover, in whole squared distances."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from honeycell.numerics.distance import in_slabs

if TYPE_CHECKING:
    from numpy.typing import NDArray

IN_SPACE, IN_PLANE = (2, 2, 2), (0, 3, 3)  # powers of two: blocks of 4 x 4 x 4 or 8 x 8 voxels, a bit each in one word
KEPT = 13  # power of two: shapes of a ball within a block that are remembered, few enough to stay in the cache
AXIS = 13  # bits of a key for the place along an axis, either way from the centre of a ball
WIDEST = 1 << (AXIS - 1)  # voxels of an image along its longest axis
_MIDDLE, _SCATTER = WIDEST, np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden mean (Knuth, vol. 3, 6.4)
_NONE, _ONE, _FULL = np.uint64(0), np.uint64(1), ~np.uint64(0)


def largest_cover(squared: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared radius of the largest ball that covers each voxel.

    Parameters
    ----------
    squared : z, y, x; squared distances to the outside in voxels, whole numbers, zero outside; less than ``WIDEST``
        along each axis.

    Balls are painted in descending order. A word holds a bit for each voxel of a block that is not painted yet, so that
    a ball passes over blocks that are done, and takes from the others in one step what it covers.
    """
    largest = int(squared.max())
    ridge, result = np.zeros(squared.shape, bool), np.zeros(squared.shape)
    in_slabs(partial(_ridge, squared, _tables(largest), ridge), len(squared))
    centres, values = _descending(squared.ravel(), ridge.ravel(), largest)
    powers = IN_PLANE if len(squared) == 1 else IN_SPACE
    bare = _bare(squared, *powers)
    in_slabs(partial(_paint, centres, values, _spans(largest), bare, *powers, result), len(squared))
    return result


@njit(cache=True)
def _tables(largest):  # pragma: no cover  (compiled)
    """``tables[n, s]``: the squared radius from which a ball holds every voxel of the one of squared radius s beside it.

    n counts the axes along which the two centres are one voxel apart (Dougherty & Kunzelmann, Microsc. Microanal. 13 (2007)
    1678, doi:10.1017/S1431927607074430).
    """
    tables = np.zeros((4, largest + 1))
    reach = int(np.sqrt(largest)) + 1
    for z in range(reach + 1):  # the far side, where the ball sticks out first
        for y in range(z + 1):
            for x in range(y + 1):
                size = z * z + y * y + x * x
                if size < largest:
                    tables[1, size + 1] = max(tables[1, size + 1], size + 2 * z + 1)
                    tables[2, size + 1] = max(tables[2, size + 1], size + 2 * (z + y) + 2)
                    tables[3, size + 1] = max(tables[3, size + 1], size + 2 * (z + y + x) + 3)
    for n in range(1, 4):
        for s in range(1, largest + 1):
            tables[n, s] = max(tables[n, s], tables[n, s - 1])
    return tables + 1.0


@njit(cache=True, nogil=True)
def _ridge(squared, tables, ridge, first, last):  # pragma: no cover  (compiled)
    """True where no neighbour's ball contains all voxels of the voxel's own; to look further spares hardly a ball more."""
    nz, ny, nx = squared.shape
    most = np.zeros((4, nx + 2))  # largest neighbour by the number of axes along which it is apart
    for z in range(first, last):
        for y in range(ny):
            most[:] = 0.0
            for c in range(max(z - 1, 0), min(z + 2, nz)):
                for b in range(max(y - 1, 0), min(y + 2, ny)):
                    row, apart = squared[c, b], abs(c - z) + abs(b - y)
                    _keep_larger(most[apart, 1:], row)
                    _keep_larger(most[apart + 1], row)
                    _keep_larger(most[apart + 1, 2:], row)
            for x in range(nx):
                own = int(squared[z, y, x])
                if own:
                    ridge[z, y, x] = (
                        most[1, x + 1] < tables[1, own]
                        and most[2, x + 1] < tables[2, own]
                        and most[3, x + 1] < tables[3, own]
                    )


@njit(cache=True)
def _keep_larger(most, row):  # pragma: no cover  (compiled)
    for x in range(row.size):
        most[x] = row[x] if row[x] > most[x] else most[x]  # as one instruction for several x, which max() is not


@njit(cache=True)
def _descending(squared, chosen, largest):  # pragma: no cover  (compiled)
    """Places chosen and their squared radii, the largest first, in the order of the image where they are equal."""
    starts = np.zeros(largest + 2, np.int64)
    for k in range(squared.size):
        if chosen[k]:
            starts[largest - int(squared[k]) + 1] += 1
    starts = np.cumsum(starts)
    centres, values = np.empty(starts[-1], np.int64), np.empty(starts[-1], np.int64)
    for k in range(squared.size):
        if chosen[k]:
            value = int(squared[k])
            at = starts[largest - value]
            centres[at], values[at] = k, value
            starts[largest - value] += 1
    return centres, values


@njit(cache=True)
def _spans(largest):  # pragma: no cover  (compiled)
    """For each squared distance, how many whole steps stay below it."""
    spans = np.full(largest + 1, -1, np.int64)
    for s in range(1, largest + 1):
        step = spans[s - 1] + 1
        spans[s] = step if step * step < s else step - 1
    return spans


@njit(cache=True)
def _bare(squared, kz, ky, kx):  # pragma: no cover  (compiled)
    """A word for each block, a bit for each voxel of the phase in it."""
    nz, ny, nx = squared.shape
    bare = np.zeros(((nz >> kz) + 1, (ny >> ky) + 1, (nx >> kx) + 1), np.uint64)
    for z in range(nz):
        for y in range(ny):
            row = (((z & ((1 << kz) - 1)) << ky) + (y & ((1 << ky) - 1))) << kx
            for x in range(nx):
                if squared[z, y, x] > 0.0:
                    bare[z >> kz, y >> ky, x >> kx] |= _ONE << np.uint64(row + (x & ((1 << kx) - 1)))
    return bare


@njit(cache=True, nogil=True)
def _paint(centres, values, spans, bare, kz, ky, kx, result, first, last):  # pragma: no cover  (compiled)
    """Give each voxel the squared radius of the first ball, in the order of ``centres``, that covers it.

    Blocks that begin in the slices from ``first`` to ``last`` only: balls reach into a block in the same order whoever paints it.
    """
    ny, nx = result.shape[1:]
    first, last = (first + (1 << kz) - 1) >> kz, (last - 1) >> kz
    keys, shapes = np.zeros(1 << KEPT, np.uint64), np.zeros(1 << KEPT, np.uint64)
    for k in range(centres.size):
        value, at = values[k], centres[k]
        z, rest = at // (ny * nx), at % (ny * nx)
        y, x = rest // nx, rest % nx
        deep = spans[value]
        for c in range(max((z - deep) >> kz, first), min((z + deep) >> kz, last) + 1):
            left_z = value - _near(z, c, kz)
            wide = spans[left_z]
            for b in range(max(y - wide, 0) >> ky, (min(y + wide, ny - 1) >> ky) + 1):
                span = spans[left_z - _near(y, b, ky)]
                for a in range(max(x - span, 0) >> kx, (min(x + span, nx - 1) >> kx) + 1):
                    left = bare[c, b, a]
                    if not left:
                        continue
                    dz, dy, dx = (c << kz) - z, (b << ky) - y, (a << kx) - x
                    key = np.uint64(
                        (((((value << AXIS) + dz + _MIDDLE) << AXIS) + dy + _MIDDLE) << AXIS) + dx + _MIDDLE
                    )
                    slot = (key * _SCATTER) >> np.uint64(64 - KEPT)
                    if keys[slot] != key:
                        keys[slot], shapes[slot] = key, _shape(value, dz, dy, dx, spans, kz, ky, kx)
                    taken = left & shapes[slot]
                    if taken:
                        bare[c, b, a] = left & ~taken
                        _colour(taken, result, c << kz, b << ky, a << kx, ky, kx, value)


@njit(cache=True, inline="always")
def _near(place, block, power):  # pragma: no cover  (compiled)
    """Squared steps from a place to the nearest voxel of a block, along one axis."""
    begin = block << power
    away = max(begin - place, place - begin - (1 << power) + 1, 0)
    return away * away


@njit(cache=True)
def _shape(value, dz, dy, dx, spans, kz, ky, kx):  # pragma: no cover  (compiled)
    """The bits of a block that a ball covers, the block beginning dz, dy, dx from the ball's centre."""
    width = 1 << kx
    shape = _NONE
    for i in range(1 << kz):
        for j in range(1 << ky):
            left = value - (dz + i) ** 2 - (dy + j) ** 2
            if left > 0:
                low, high = max(-spans[left] - dx, 0), min(spans[left] - dx, width - 1)
                if low <= high:
                    bits = _FULL >> np.uint64(63 - high + low)
                    shape |= bits << np.uint64((((i << ky) + j) << kx) + low)
    return shape


@njit(cache=True)
def _colour(taken, result, z, y, x, ky, kx, value):  # pragma: no cover  (compiled)
    bit = 0
    while taken:
        if taken & _ONE:
            row = bit >> kx
            result[z + (row >> ky), y + (row & ((1 << ky) - 1)), x + (bit & ((1 << kx) - 1))] = value
        taken >>= _ONE
        bit += 1
