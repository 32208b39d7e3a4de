"""The rate of loss over temperature: a smooth curve by penalised least squares, its derivative, and the steps in it."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.rounding import HELD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from honeycell.analysis.thermogravimetry.heating import Heating

    Floats = NDArray[np.float64]

GRID = 0.5  # K between points of the smooth curve
LENGTHS = (4.0, 6.0, 9.0, 14.0, 20.0, 30.0)  # K: smoothing lengths that are tried, shortest first
ENOUGH = 0.01  # noise of the rate over its highest value at which a smoothing length will do
STEP = 0.003  # of the initial mass: smaller losses are not called steps
HEIGHT = 0.004  # of the highest rate: lower peaks are not called steps
CLEAR = 8.0  # standard errors of the rate that a peak must stand out; the valley beside it errs as well
DEPTH = 0.2  # of a peak's height that the valley beside it must lie below it; else it is a shoulder
TOLD = 2.0  # standard errors by which rates differ that are told apart
EDGE = 0.01  # of a step's highest rate at which it begins and ends


@dataclass(frozen=True, slots=True)
class Smooth:
    """``temperature`` [K] (grid,), relative ``mass`` and ``rate`` = -dm/dT [1/K] on it; ``rate_error``; ``length`` [K] of smoothing."""

    temperature: Floats
    mass: Floats
    rate: Floats
    rate_error: float
    length: float


@dataclass(frozen=True, slots=True)
class Span:
    """A step between ``begin`` and ``end`` [K] with its fastest loss ``height`` [1/K] at ``peak`` [K].

    ``begin_doubt`` and ``end_doubt`` are the standard errors of the mass there where that is a valley beside another step, which
    noise in the rate moves to and fro.
    """

    begin: float
    peak: float
    end: float
    height: float
    loss: float
    begin_doubt: float = 0.0
    end_doubt: float = 0.0


def smooth_curves(heating: Heating) -> list[Smooth]:
    """The curve at rising smoothing lengths, from the shortest whose noise in the rate is at most one per cent of its highest value.

    The curve minimises sum w (m - z)^2 + lambda sum (third difference of z)^2 on a grid of 0.5 K, with lambda = (L / 2 pi h)^6: waves
    shorter than the length L are damped to less than half.

    Source: Whittaker, Proc. Edinb. Math. Soc. 41 (1923) 63, doi:10.1017/S0013091500077853; Eilers, Anal. Chem. 75 (2003) 3631,
    doi:10.1021/ac034173t.
    """
    T, count, mean = _binned(heating)
    curves = [_smooth(heating, T, count, mean, length) for length in LENGTHS]
    enough = [curve.rate_error <= ENOUGH * float(np.max(np.abs(curve.rate))) for curve in curves]
    return curves[enough.index(True) if any(enough) else len(curves) - 1 :]


def _smooth(heating: Heating, T: Floats, count: Floats, mean: Floats, length: float) -> Smooth:
    z, spread = _whittaker(count, mean, length)
    # a mass that is rounded falls in stairs, which a length shorter than they are shows as peaks of this size
    stairs = 0.5 * heating.digit / length
    return Smooth(T, z, -np.gradient(z, GRID), math.hypot(spread * heating.noise, stairs), length)


def steps_of(curves: Sequence[Smooth]) -> tuple[list[Span], int]:
    """Steps by rising temperature, and how many shoulders were not told apart from their neighbours.

    A small step that is broad stands out of the noise only where it is smoothed more: one that a longer length shows, away from
    those found before, is a step too, when the mass by the shorter length falls in it.
    """
    spans, shoulders = _steps(curves[0])
    for curve in curves[1:]:
        more, _ = _steps(curve)
        for span in more:
            apart = all(
                span.peak < other.begin - curve.length or span.peak > other.end + curve.length for other in spans
            )
            fallen = np.interp([span.begin, span.end], curves[0].temperature, curves[0].mass)
            if apart and fallen[0] - fallen[1] >= STEP:
                spans.append(_between(span, spans))
    return sorted(spans, key=lambda span: span.peak), shoulders


def _between(span: Span, others: Sequence[Span]) -> Span:
    """``span`` cut where its neighbours begin."""
    low = max((other.end for other in others if other.peak < span.peak), default=span.begin)
    high = min((other.begin for other in others if other.peak > span.peak), default=span.end)
    return replace(span, begin=max(span.begin, low), end=min(span.end, high))


def _steps(smooth: Smooth) -> tuple[list[Span], int]:
    from scipy.signal import find_peaks

    g = smooth.rate
    least = max(CLEAR * smooth.rate_error, HEIGHT * float(g.max(initial=0.0)))
    padded = np.concatenate(([0.0], g, [0.0]))  # a step may begin before the record does
    places, found = find_peaks(padded, height=least, prominence=least)
    if places.size == 0:
        return [], 0
    heights, depths = padded[places], found["prominences"]
    own = depths >= DEPTH * heights
    shoulders = int(np.sum(~own))
    peaks = places[own] - 1
    valleys = [0, *(int(a + np.argmin(g[a : b + 1])) for a, b in itertools.pairwise(peaks)), g.size - 1]
    spans = [_span(smooth, int(p), low, high) for p, low, high in zip(peaks, valleys[:-1], valleys[1:], strict=True)]
    return [span for span in spans if span.loss >= STEP], shoulders


def _span(smooth: Smooth, peak: int, low: int, high: int) -> Span:
    g, T = smooth.rate, smooth.temperature
    edge = max(EDGE * g[peak], 2.0 * smooth.rate_error)
    before = np.flatnonzero(g[low:peak] < edge)
    after = np.flatnonzero(g[peak : high + 1] < edge)
    begin = low + int(before[-1]) if before.size else low
    end = peak + int(after[0]) if after.size else high
    loss = float(smooth.mass[begin] - smooth.mass[end])
    doubts = _doubt(smooth, begin), _doubt(smooth, end)
    return Span(float(T[begin]), float(T[peak]), float(T[end]), float(g[peak]), loss, *doubts)


def _doubt(smooth: Smooth, place: int) -> float:
    """Standard error of the mass at a valley of the rate: it may lie wherever noise does not tell the rate from that at ``place``."""
    apart = TOLD * math.sqrt(2.0) * smooth.rate_error
    higher = smooth.rate > smooth.rate[place] + apart
    before, after = np.flatnonzero(higher[:place]), np.flatnonzero(higher[place:])
    low = int(before[-1]) + 1 if before.size else 0
    high = place + int(after[0]) - 1 if after.size else smooth.rate.size - 1
    return float(HELD * abs(smooth.mass[low] - smooth.mass[high]))


def _binned(heating: Heating) -> tuple[Floats, Floats, Floats]:
    """Grid of temperatures, number of rows about each point, and their mean mass (0 where there is none)."""
    T = heating.temperature
    low, high = float(T.min()), float(T.max())
    size = int((high - low) / GRID) + 1
    place = np.clip(np.rint((T - low) / GRID).astype(int), 0, size - 1)
    count = np.bincount(place, minlength=size).astype(float)
    total = np.bincount(place, weights=heating.mass, minlength=size)
    return low + GRID * np.arange(size, dtype=float), count, np.asarray(total / np.maximum(count, 1.0), float)


def _whittaker(count: Floats, mean: Floats, length: float) -> tuple[Floats, float]:
    """The smooth curve, and the standard error of its derivative [1/K] for unit noise of one row, at the median over the grid."""
    from scipy.linalg import cho_solve_banded, cholesky_banded

    n = count.size
    strength = (length / (2.0 * math.pi * GRID)) ** 6
    difference = np.array([-1.0, 3.0, -3.0, 1.0])
    bands = np.zeros((4, n))  # upper form of the penalty D'D
    for k in range(4):
        for i in range(4 - k):
            bands[3 - k, i + k : n - 3 + i + k] += difference[i] * difference[i + k]
    bands *= strength
    # grid points without rows are carried by the penalty; the least weight keeps the matrix regular
    bands[3] += np.maximum(count, 1e-6)
    factor = (cholesky_banded(bands), False)
    z = cho_solve_banded(factor, count * mean)
    places = np.linspace(n // 8, n - 1 - n // 8, 15).astype(int)
    units = np.zeros((n, places.size))
    units[places + 1, np.arange(places.size)] = 0.5 / GRID
    units[places - 1, np.arange(places.size)] = -0.5 / GRID
    response = cho_solve_banded(factor, units)
    return z, float(np.median(np.sqrt(np.sum(response**2 * count[:, None], axis=0))))
