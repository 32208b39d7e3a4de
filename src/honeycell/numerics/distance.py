"""Distance of every voxel of a phase to the nearest voxel outside it."""

from __future__ import annotations

import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

MOST_THREADS = 8
MOST_STEPS = 24  # either way in search of the nearest, all of a row at once; beyond, envelopes cost less
CHUNK = 512  # of a row: a few of them stay in the cache
LEAST_SLAB = 32  # slices or lines below which a thread costs more than it brings


def distance_transform(phase: ArrayLike, voxel_size: float | Sequence[float] = 1.0) -> NDArray[np.float64]:
    """Exact Euclidean distance from the centre of each voxel of ``phase`` to the nearest centre outside it.

    The edge of the image is no wall: nothing is known beyond it, and distances are to what lies inside.

    Parameters
    ----------
    phase : booleans, two or three dimensions.
    voxel_size : edge length, one for all axes or one for each.

    Returns
    -------
    Distances in the unit of ``voxel_size``, zero outside the phase.

    Raises
    ------
    ValueError : another number of dimensions, an empty image, a phase without outside, sizes that are not positive.

    Source: lower envelopes of parabolas, one axis at a time: Felzenszwalb & Huttenlocher, Theory of Computing 8 (2012) 415,
    doi:10.4086/toc.2012.v008a019.

    >>> distance_transform([[0, 0, 0], [1, 1, 0], [1, 1, 1]])[2]
    array([2.        , 1.41421356, 1.        ])
    """
    inside = np.ascontiguousarray(phase, bool)
    return np.sqrt(squared_distance(inside, spacing_of(inside, voxel_size)))


def spacing_of(phase: NDArray[np.bool_], voxel_size: float | Sequence[float]) -> tuple[float, ...]:
    """One edge length per axis; raises as :func:`distance_transform` does."""
    if phase.ndim not in (2, 3) or phase.size == 0:
        raise ValueError(f"an image of shape {phase.shape}; expected two or three dimensions")
    if phase.all():
        raise ValueError("the phase fills the image; distances to its outside are unknown")
    sizes = np.broadcast_to(np.asarray(voxel_size, float), (phase.ndim,))
    if not (np.isfinite(sizes).all() and (sizes > 0.0).all()):
        raise ValueError(f"voxel_size {voxel_size!r} is not positive")
    return tuple(sizes.tolist())


def squared_distance(phase: NDArray[np.bool_], spacing: tuple[float, ...]) -> NDArray[np.float64]:
    """Squared distances; arguments as :func:`distance_transform` has checked them."""
    result = np.empty(phase.shape)
    lines = phase.reshape(-1, phase.shape[-1])
    in_slabs(partial(_along_rows, lines, spacing[-1], result.reshape(lines.shape)), len(lines))
    for axis, step in enumerate(spacing[:-1]):
        result = _along_axis(np.ascontiguousarray(result), axis, step)
    return np.ascontiguousarray(result)


def _along_axis(squared: NDArray[np.float64], axis: int, step: float) -> NDArray[np.float64]:
    """Least of f(q) + (step (p - q))^2 over q along one axis: by search where all is near, by lower envelopes else."""
    count = squared.shape[axis]
    rows = squared.reshape(-1, count, int(np.prod(squared.shape[axis + 1 :])))
    result, near = np.empty(rows.shape), np.zeros(count, bool)
    in_slabs(partial(_nearest_rows, rows, step, result, near), count)
    if near.all():
        return result.reshape(squared.shape)
    lines = np.ascontiguousarray(np.moveaxis(squared, axis, -1))
    flat = lines.reshape(-1, count)
    in_slabs(partial(_lower_envelopes, flat, step), len(flat))
    return np.moveaxis(lines, -1, axis)


def in_slabs(work: Callable[[int, int], object], count: int) -> None:
    """``work(first, last)`` over all of ``range(count)``, one slab per core where there is enough of it to share.

    Threads, as compiled code holds no lock: they do not stall when another job takes a core, as numba's own loops do.
    """
    shares = min(os.cpu_count() or 1, MOST_THREADS, max(count // LEAST_SLAB, 1))
    if shares == 1:
        work(0, count)
        return
    edges = [count * k // shares for k in range(shares + 1)]
    with ThreadPoolExecutor(shares) as pool:
        for done in [pool.submit(work, *ends) for ends in itertools.pairwise(edges)]:
            done.result()


@njit(cache=True, nogil=True)
def _along_rows(phase, step, result, first, last):  # pragma: no cover  (compiled)
    """Squared distances within each row, infinite in a row that the phase fills."""
    n = phase.shape[1]
    for k in range(first, last):
        away = np.inf
        for p in range(n):
            away = away + step if phase[k, p] else 0.0
            result[k, p] = away
        away = np.inf
        for p in range(n - 1, -1, -1):
            away = away + step if phase[k, p] else 0.0
            result[k, p] = min(result[k, p], away) ** 2


@njit(cache=True, nogil=True)
def _nearest_rows(rows, step, result, near, first, last):  # pragma: no cover  (compiled)
    """Rows ``first`` to ``last`` of every plane from the rows beside them; ``near`` where ``MOST_STEPS`` were enough."""
    planes, count, width = rows.shape
    for plane in range(planes):
        for start in range(0, width, CHUNK):
            stop = min(start + CHUNK, width)
            for p in range(first, last):
                best = result[plane, p, start:stop]
                for q in range(stop - start):  # not as slices: a check of shapes would take the compiler seconds
                    best[q] = rows[plane, p, start + q]
                near[p] = near[p] or (plane == 0 and start == 0)
                for k in range(1, count):
                    away = (step * k) ** 2
                    if (p - k < 0 and p + k >= count) or not _any_beyond(best, away):
                        break
                    if k > MOST_STEPS:
                        near[p] = False
                        return
                    if p - k >= 0:
                        _keep_nearer(best, rows[plane, p - k, start:stop], away)
                    if p + k < count:
                        _keep_nearer(best, rows[plane, p + k, start:stop], away)


@njit(cache=True)
def _any_beyond(best, away):  # pragma: no cover  (compiled)
    for value in best:  # noqa: SIM110  any() of a generator is not compiled
        if value > away:
            return True
    return False


@njit(cache=True)
def _keep_nearer(best, beside, away):  # pragma: no cover  (compiled)
    for x in range(best.size):
        other = beside[x] + away
        best[x] = other if other < best[x] else best[x]  # as one instruction for several x, which min() is not


@njit(cache=True, nogil=True)
def _lower_envelopes(lines, step, first, last):  # pragma: no cover  (compiled)
    """Replace each line f by min over q of f(q) + (step (p - q))^2."""
    n = lines.shape[1]
    sites = np.empty(n, np.int64)
    left = np.empty(n + 1)
    line = np.empty(n)
    for k in range(first, last):
        count = 0
        for q in range(n):
            line[q] = lines[k, q]
            if line[q] == np.inf:
                continue
            # where this parabola falls below the last of the envelope, in units of the step
            height = line[q] / step**2 + q * q
            start = -np.inf
            while count > 0:
                other = sites[count - 1]
                start = (height - line[other] / step**2 - other * other) / (2.0 * (q - other))
                if start > left[count - 1]:
                    break
                count -= 1
                start = -np.inf
            sites[count] = q
            left[count] = start
            count += 1
        if count == 0:
            continue
        left[count] = np.inf
        at = 0
        for p in range(n):
            while left[at + 1] < p:
                at += 1
            away = step * (p - sites[at])
            lines[k, p] = line[sites[at]] + away * away
