"""Which points of a spectrum stand alone: off the curve, and off their neighbours too."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Complexes = NDArray[np.complexfloating[Any, Any]]

LEAST_POINTS = 8
STRETCH = 11  # points over which the noise may differ from that of the rest
RUN, GAP = 3, 2
ROUNDING = 1e-9
# the median of a Rayleigh variable over its parts' deviation
MEDIAN = math.sqrt(2.0 * math.log(2.0))
# weights of so many neighbours below and above that predict the point between them: a cubic, a parabola, at the ends a line
NEIGHBOURS = {
    (2, 2): np.array([-1.0, 4.0, 4.0, -1.0]) / 6.0,
    (1, 2): np.array([1.0, 3.0, -1.0]) / 3.0,
    (2, 1): np.array([-1.0, 3.0, 1.0]) / 3.0,
    (0, 2): np.array([2.0, -1.0]),
    (2, 0): np.array([-1.0, 2.0]),
}


def strayness(frequency: Floats, residuals: Complexes, used: NDArray[np.bool_]) -> Floats:
    """How far each point (n,) lies off, in standard deviations of the noise about it.

    The smaller of two distances counts: from the fit, and from the smooth curve of its neighbours' residuals, so that a model that misses a whole
    stretch, or a point beside a stray one, is not held against the point. Points not used are judged, but nothing is judged by them. The
    noise is the larger of the median of all and that of the points around.
    """
    order = np.argsort(frequency)
    r, kept = residuals[order], used[order]
    size = np.abs(r)
    places = np.flatnonzero(kept)
    if len(places) < LEAST_POINTS:
        return np.zeros(len(r))
    # each point with two used neighbours on either side, or as many as there are
    left = np.searchsorted(places, np.arange(len(r)))
    right = left + kept
    below, above = np.minimum(left, 2), np.minimum(len(places) - right, 2)
    for pattern, weights in NEIGHBOURS.items():
        here = np.flatnonzero((below == pattern[0]) & (above == pattern[1]))
        if here.size:
            steps = np.concatenate(
                [left[here, None] - np.arange(pattern[0], 0, -1), right[here, None] + np.arange(pattern[1])], 1
            )
            apart = np.abs(r[here] - r[places[steps]] @ weights)
            # white noise keeps its size
            size[here] = np.minimum(size[here], apart / math.sqrt(1.0 + weights @ weights))
    result = np.empty(len(r))
    result[order] = size / _noise(size, places)
    return result


def stretches(frequency: Floats, strays: Sequence[int]) -> set[int]:
    """Those of ``strays`` that lie in runs of three or more, one gap allowed: a stretch that a model misses, not stray points."""
    rank = np.argsort(np.argsort(frequency))
    ordered = sorted(strays, key=lambda i: rank[i])
    runs: list[list[int]] = []
    for i in ordered:
        if runs and rank[i] - rank[runs[-1][-1]] <= GAP:
            runs[-1].append(i)
        else:
            runs.append([i])
    return {i for run in runs if len(run) >= RUN for i in run}


def _noise(size: Floats, places: NDArray[np.intp]) -> Floats:
    """Standard deviation of one part around each point."""
    own = size[places]
    width = min(STRETCH, len(own))
    windows = _median(np.lib.stride_tricks.sliding_window_view(own, width))
    around = windows[np.clip(np.arange(len(own)) - width // 2, 0, len(windows) - 1)]
    local = np.interp(np.arange(len(size)), places, around)
    return np.maximum(np.maximum(local, _median(own)) / MEDIAN, ROUNDING)


def _median(values: Floats) -> Floats:
    """Over the last axis; for few numbers a sort is several times as fast as ``numpy.median``."""
    ordered = np.sort(values, axis=-1)
    n = values.shape[-1]
    return 0.5 * (ordered[..., (n - 1) // 2] + ordered[..., n // 2])
