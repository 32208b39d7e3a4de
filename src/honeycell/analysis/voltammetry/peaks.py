"""Peaks of one branch: found on the smooth course, measured by polynomials through the rows about each apex."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.voltammetry.feet import Line, Maximum, line_below
from honeycell.analysis.voltammetry.smooth import smoothed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.analysis.voltammetry.sweeps import Loop, Sweep

    Floats = NDArray[np.float64]

PROMINENT = 0.03  # of the most prominent peak of the branch: less is a ripple
WALL = 0.004  # of the range of currents, which decomposition at the ends of the window may widen
CERTAIN = 3.0  # times the noise of a row: less is noise on the smooth course
DEGREE = 4  # of the polynomial by which a window is chosen: an apex is even to first order, skew to second
FINER = 5  # of the one that is read in it: what the first misses by less than the noise would still shift a skew apex
LEAST = 11  # rows of a window
FIRST = 0.01  # of the branch, half a window to begin with
NARROWER = 0.7  # of the widest window that fits: so that what it misses is small beside the noise
LADDER = 1.2
OVERLAP = 0.5  # of the smaller of two peaks, at the valley between: beyond, each holds a part of the other


@dataclass(frozen=True, slots=True)
class Peak:
    """``potential`` [V] and ``current`` [A, above the line, anodic positive], their standard errors, ``width`` at half height [V]."""

    potential: float
    potential_error: float
    current: float
    current_error: float
    width: float | None
    branch: str
    overlaps: bool


@dataclass(frozen=True, slots=True)
class Branch:
    """A sweep with its ``line``, its ``peaks`` by rising potential, and its ``smooth`` course [A]."""

    sweep: Sweep
    line: Line
    peaks: tuple[Peak, ...]
    smooth: Floats


def branch_of(sweep: Sweep, loop: Loop, flags: list[str]) -> Branch:
    """The peaks of one sweep.

    A peak is a maximum of the smooth course above the line that stands out by 3 % of the most prominent at least. Its potential is where a
    polynomial of degree 5 through the rows about it, less the line, is level; its height the polynomial there less the line. The window
    is 0.7 of the widest in which the rows scatter about a polynomial of degree 4 by no more than their noise. Where the line is known on
    one side only, the potential is where the polynomial itself is level.
    """
    smooth = smoothed(sweep.current, sweep.noise)
    # a peak on a steep slope is a maximum only above it
    first = _maxima(sweep, smooth, smooth) or _maxima(sweep, smooth, smooth - _chord(sweep, smooth))
    line = line_below(sweep, first, flags)
    above = smooth - line.at(sweep.potential)
    found = _maxima(sweep, smooth, above)
    ends = [0, *(each.row for each in found), above.size - 1]
    y = sweep.direction * above
    valleys = [a + int(np.argmin(y[a : b + 1])) for a, b in itertools.pairwise(ends)]
    measured = [
        _measured(sweep, line, y, each.row, low, high, loop)
        for each, low, high in zip(found, valleys, valleys[1:], strict=False)
    ]
    highest = max((abs(peak.current) for peak in measured if peak is not None), default=0.0)
    peaks = [peak for peak in measured if peak is not None and abs(peak.current) >= PROMINENT * highest]
    peaks.sort(key=lambda peak: peak.potential)
    if len(peaks) < len(found):
        flags.append(
            f"peaks: {len(found) - len(peaks)} {sweep.branch} maxima do not rise 3 % of the highest above the baseline"
        )
    return Branch(sweep, line, tuple(peaks), smooth)


def _chord(sweep: Sweep, smooth: Floats) -> Floats:
    ends = sweep.potential[[0, -1]]
    order = np.argsort(ends)
    return np.interp(sweep.potential, ends[order], smooth[[0, -1]][order])


def _maxima(sweep: Sweep, smooth: Floats, above: Floats) -> list[Maximum]:
    """Maxima of ``above`` in the direction of the sweep, in its order."""
    from scipy.signal import find_peaks

    least = max(WALL * float(np.ptp(smooth)), CERTAIN * sweep.noise)
    places, found = find_peaks(sweep.direction * above, prominence=least)
    prominences = found["prominences"]
    highest = float(prominences.max(initial=0.0))
    return [
        Maximum(int(row), float(sweep.potential[row]), float(smooth[row]), float(prominence))
        for row, prominence in zip(places, prominences, strict=True)
        if prominence >= PROMINENT * highest
    ]


def _measured(sweep: Sweep, line: Line, above: Floats, place: int, low: int, high: int, loop: Loop) -> Peak | None:
    E0 = float(sweep.potential[place])
    widest = max(min(place - low, high - place), LEAST // 2 + 1)
    fit = _apex_fit(sweep, place, widest)
    if fit is None:
        return None
    half, c, covariance, factor = fit
    powers = np.arange(FINER + 1)
    # an extrapolated line is too unsure to tilt a peak by, where the current itself has a maximum
    apex, slope_error = _level(sweep, half, c, 0.0), 0.0
    if not line.extrapolated or apex is None:
        apex, slope_error = _level(sweep, half, c, float(line.coefficients[1])), line.slope_error
    if apex is None:
        return None
    x, bend = apex
    E = E0 + half * x
    level = powers * np.concatenate([[0.0], x ** (powers[1:] - 1)]) / half
    slope_error = math.hypot(math.sqrt(float(level @ covariance @ level)) * factor, slope_error)
    row = x**powers
    current = float(row @ c) - float(line.at(E))
    error = math.hypot(math.sqrt(float(row @ covariance @ row)) * factor, line.error(E))
    total = float(row @ c)
    if sweep.direction * current <= 0.0:
        return None
    potential_error = math.hypot(
        min(slope_error / abs(bend), half / math.sqrt(3.0)), loop.resistance_error * abs(total)
    )
    valley = float(np.max(above[[low, high]]))
    return Peak(
        E,
        potential_error,
        current,
        error,
        _width(sweep, above, place),
        sweep.branch,
        valley > OVERLAP * abs(current),
    )


def _level(sweep: Sweep, half: float, c: Floats, slope: float) -> tuple[float, float] | None:
    """Where the polynomial has the ``slope`` and bends the right way, in half windows from its centre, and its second derivative there."""
    powers = np.arange(FINER + 1)
    derivative = powers[1:] * c[1:] / half
    derivative[0] -= slope
    roots = np.roots(derivative[::-1])
    real = roots[np.abs(roots.imag) < 1e-9].real
    bends = [float(np.sum(powers[2:] * powers[1:-1] * c[2:] * x ** (powers[2:] - 2))) / half**2 for x in real]
    fitting = [
        (abs(float(x)), float(x), bend)
        for x, bend in zip(real, bends, strict=True)
        if sweep.direction * bend < 0.0 and abs(x) < 1.0
    ]
    return min(fitting)[1:] if fitting else None


def _apex_fit(sweep: Sweep, place: int, widest: int) -> tuple[float, Floats, Floats, float] | None:
    """Half window [V], coefficients in ((E - E_place) / half)^k, covariance, and the factor by which correlated noise widens errors."""
    n = sweep.potential.size
    first = max(LEAST // 2 + 1, round(FIRST * n))
    rungs = max(int(math.log(max(widest / first, 1.0)) / math.log(LADDER)), 0)
    wider = [min(round(first * LADDER**k), widest) for k in range(rungs + 1, -1, -1)]
    # from the widest down, since noise alone refuses a narrow window now and then
    found = first
    for half in wider:
        trial = _polynomial(sweep, place, half, DEGREE)
        if trial is not None and trial[3] <= sweep.noise * (1.0 + 1.0 / math.sqrt(2.0 * trial[4])):
            found = half
            break
    fit = _polynomial(sweep, place, max(round(NARROWER * found), LEAST // 2 + 1), FINER)
    return None if fit is None else (fit[0], fit[1], fit[2], fit[5])


def _polynomial(
    sweep: Sweep, place: int, rows: int, degree: int
) -> tuple[float, Floats, Floats, float, int, float] | None:
    part = slice(max(place - rows, 0), min(place + rows + 1, sweep.potential.size))
    E, current = sweep.potential[part], sweep.current[part]
    half = float(np.abs(E - sweep.potential[place]).max())
    freedom = E.size - degree - 1
    if half <= 0.0 or freedom < 2 or np.unique(E).size <= degree + 1:
        return None
    A = ((E - sweep.potential[place]) / half)[:, None] ** np.arange(degree + 1)
    c, *_ = np.linalg.lstsq(A, current, rcond=None)
    residual = current - A @ c
    spread = math.sqrt(float(residual @ residual) / freedom)
    # the noise is known from the whole branch; a larger scatter here is taken as it is
    covariance = max(spread, sweep.noise) ** 2 * np.linalg.pinv(A.T @ A)
    return half, np.asarray(c, float), np.asarray(covariance, float), spread, freedom, _correlated(residual)


def _correlated(residual: Floats) -> float:
    """How much wider errors are because neighbouring rows err together; 1 where that cannot be told from chance."""
    whole = float(residual @ residual)
    lag = float(residual[1:] @ residual[:-1]) / whole if whole > 0.0 else 0.0
    if lag <= 2.0 / math.sqrt(residual.size):
        return 1.0
    lag = min(lag, 0.95)
    return math.sqrt((1.0 + lag) / (1.0 - lag))


def _width(sweep: Sweep, above: Floats, place: int) -> float | None:
    """Width at half height; None where the current does not fall so far on both sides."""
    half = 0.5 * above[place]
    left, right = np.flatnonzero(above[:place] < half), np.flatnonzero(above[place:] < half)
    if left.size == 0 or right.size == 0:
        return None
    i, j = int(left[-1]), place + int(right[0])
    edges = [
        float(np.interp(half, [above[a], above[b]], [sweep.potential[a], sweep.potential[b]]))
        for a, b in ((i, i + 1), (j, j - 1))
    ]
    return abs(edges[1] - edges[0])
