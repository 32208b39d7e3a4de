"""The line below the peaks of a branch: capacitive and sloping current, from the straight stretches before and after them."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from honeycell.analysis.voltammetry.sweeps import Sweep

    Floats = NDArray[np.float64]

BINS = 240  # of a branch: enough for a line, and few enough to try many stretches
# of the way to the peak, where a stretch may begin: the current settles after the turn
OUTER = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3)
INNER = (0.4, 0.5, 0.6, 0.7, 0.8)  # likewise, where the outer part is nowhere straight: beyond a wall of decomposition
SHORTEST, ENOUGH = 0.03, 0.08  # of the branch: a stretch at all, and one with which the search inwards ends
LEAST = 6  # bins
BENT = (
    9.2  # chi squared with two degrees of freedom that chance exceeds once in a hundred: a cubic is better than a line
)
# of the highest peak, rms: a bend that matters to no peak; the second where nothing is as straight as the first
ALLOWED = (0.001, 0.005)
SHARED = 0.02  # likewise, for one line through the stretches on both sides
TAIL = 0.15  # of the highest peak: current left after the peaks, beyond which they have a tail and the line is that from before them
CUT = 0.5  # of the highest peak: a line that lies so far above the current after the peaks is none below them
KEPT, KEPT_ALONE = (
    0.8,
    0.5,
)  # of a stretch found, as its last part may already bend; the less where the line is extrapolated
LOWEST, HIGHEST = (
    0.5,
    5.0,
)  # heights above a line, over the prominence of the peak, at which it can be the line below it
UNSURE = 0.1  # of a peak's height, the error of a line that no straight stretch supports


@dataclass(frozen=True, slots=True)
class Line:
    """i = c0 + c1 (E - centre) with its ``covariance``; ``misfit`` [A] rms of what is not straight; ``method`` in words.

    ``extrapolated`` where it is known on one side of the peaks only.
    """

    centre: float
    coefficients: Floats
    covariance: Floats
    misfit: float
    method: str
    stretches: tuple[tuple[float, float], ...] = ()
    extrapolated: bool = False

    def at(self, potential: Floats | float) -> Floats:
        """Current on the line [A]."""
        return self.coefficients[0] + self.coefficients[1] * (np.asarray(potential, float) - self.centre)

    @property
    def slope_error(self) -> float:
        """Standard error of the slope [A/V]."""
        ends = [end for stretch in self.stretches for end in stretch]
        length = max(ends) - min(ends) if ends else 0.0
        return math.hypot(
            math.sqrt(max(float(self.covariance[1, 1]), 0.0)), self.misfit / length if length > 0.0 else 0.0
        )

    def error(self, potential: float) -> float:
        """Standard error there [A]."""
        row = np.array([1.0, potential - self.centre])
        ends = [abs(end - self.centre) for stretch in self.stretches for end in stretch]
        beyond = max(abs(potential - self.centre) / max(ends), 1.0) if ends and max(ends) > 0.0 else 1.0
        return math.hypot(math.sqrt(max(float(row @ self.covariance @ row), 0.0)), self.misfit * beyond)


@dataclass(frozen=True, slots=True)
class Maximum:
    """A maximum of the smooth course: its row, ``potential`` [V], ``current`` [A] and ``prominence`` [A]."""

    row: int
    potential: float
    current: float
    prominence: float


@dataclass(frozen=True, slots=True)
class _Reference:
    """The most prominent peak, by which a stretch is judged: the flank of a peak and a wall of decomposition have straight parts too."""

    direction: float
    potential: float
    height: float
    current: float
    range_: float

    def allows(self, x: Floats, y: Floats) -> bool:
        """True where the line through a stretch passes below the peak, and not absurdly far below."""
        if self.direction == 0.0:
            return True
        c, _ = _fit(x, y, np.ones_like(x), 1)
        above = self.direction * (self.current - c[0] - c[1] * (self.potential - float(x.mean())))
        return LOWEST * self.height <= above <= HIGHEST * self.range_


@dataclass(frozen=True, slots=True)
class _Stretch:
    x: Floats
    y: Floats
    weight: Floats
    coefficients: Floats
    squares: float


def line_below(sweep: Sweep, peaks: Sequence[Maximum], flags: list[str]) -> Line:
    """Line below ``peaks``, which stand in the order of the sweep.

    Straight stretches are sought before the first and after the last peak, from the ends of the branch inwards: one in which a cubic is no
    better than a line at the noise, or whose bend is below 0.1 % (or else 0.5 %) of the highest peak. One line goes through both where it
    fits both, or where the current comes back to within 15 % of the highest peak. Otherwise the peaks have a tail, and the line is that
    from before them; unless it cuts the current, when it is that from after them.
    """
    x, y, weight, rise = _binned(sweep)
    if not peaks:
        whole = _stretch(x, y, weight, np.arange(x.size), _Reference(0.0, 0.0, float(np.ptp(y)), 0.0, 0.0))
        if whole is not None:
            return _line([whole], "straight line through the longest straight stretch")
        return _between_ends(x, y, float(np.ptp(y)), "straight line between the ends of the branch")
    main = max(peaks, key=lambda peak: peak.prominence)
    reference = _Reference(sweep.direction, main.potential, main.prominence, main.current, float(np.ptp(y)))
    first, last = (sweep.direction * each.potential for each in (peaks[0], peaks[-1]))
    before = _stretch(x, y, weight, np.flatnonzero(rise < first), reference)
    after = _stretch(x, y, weight, np.flatnonzero(rise > last)[::-1], reference)
    if before is not None and after is not None:
        return _through_both(sweep, before, after, main, flags)
    if before is not None or after is not None:
        only = before or after
        assert only is not None
        side = "before" if before is not None else "after"
        flags.append(
            f"baseline: {sweep.branch}, only {side} the peaks is the current straight; extrapolated from there"
        )
        return _alone(only, f"straight line through the stretch {side} the peaks, extrapolated")
    flags.append(
        f"baseline: {sweep.branch}, no straight stretch beside the peaks; the line joins the lowest points beside them"
    )
    low, high = (
        rows[np.argmin(sweep.direction * y[rows])] if rows.size else edge
        for rows, edge in ((np.flatnonzero(rise < first), 0), (np.flatnonzero(rise > last), x.size - 1))
    )
    return _between_ends(
        x[[low, high]], y[[low, high]], main.prominence, "straight line between the lowest points beside the peaks"
    )


def _between_ends(x: Floats, y: Floats, height: float, method: str) -> Line:
    slope = (y[-1] - y[0]) / (x[-1] - x[0]) if x[-1] != x[0] else 0.0
    ends = ((float(x.min()), float(x.max())),)
    return Line(float(x[0]), np.array([y[0], slope]), np.zeros((2, 2)), UNSURE * height, method, ends)


def _through_both(sweep: Sweep, before: _Stretch, after: _Stretch, main: Maximum, flags: list[str]) -> Line:
    above = main.current - float(_value(before, np.array([main.potential]))[0])
    height = max(sweep.direction * above, main.prominence)
    joint = _line([before, after], "straight line through the stretches before and after the peaks")
    residual = [(part.y - joint.at(part.x), part.weight) for part in (before, after)]
    squares = sum(float(np.sum((w * r) ** 2)) for r, w in residual)
    misfit = math.sqrt(max(float(np.mean(part**2)) for part, _ in residual))
    left = sweep.direction * float(np.mean(after.y - _value(before, after.x)))
    if squares - before.squares - after.squares < BENT or misfit < SHARED * height or abs(left) < TAIL * height:
        return joint
    if left < -CUT * height:
        flags.append(
            f"baseline: {sweep.branch}, the line from before the peaks cuts the current; extrapolated from after them"
        )
        return _alone(after, "straight line through the stretch after the peaks, extrapolated")
    flags.append(
        f"baseline: {sweep.branch}, {100.0 * left / height:.0f} % of the highest peak is left after it; "
        "the line is extrapolated from before the peaks"
    )
    return _alone(before, "straight line through the stretch before the peaks, extrapolated")


def _alone(stretch: _Stretch, method: str) -> Line:
    return replace(_line([_part(stretch.x, stretch.y, stretch.weight, KEPT_ALONE / KEPT)], method), extrapolated=True)


def _stretch(x: Floats, y: Floats, weight: Floats, places: NDArray[np.intp], reference: _Reference) -> _Stretch | None:
    """A straight part of ``places``, which run towards the peak: the outermost that is 8 % of the branch, or the longest of 3 % and more."""
    best = places[:0]
    shortest = max(LEAST, round(SHORTEST * x.size))
    for begins, allowed in itertools.product((OUTER, INNER), ALLOWED):
        for share in begins:
            begin = round(share * places.size)
            if places.size - begin <= max(best.size, shortest) or best.size > ENOUGH * x.size:
                break
            for end in np.unique(np.geomspace(begin + shortest, places.size, 30).astype(int))[::-1]:
                if end - begin <= best.size:
                    break
                rows = places[begin:end]
                straight = _is_straight(x[rows], y[rows], weight[rows], allowed * reference.height)
                if straight and reference.allows(x[rows], y[rows]):
                    best = rows
                    break
        if best.size:
            break
    return _part(x[best], y[best], weight[best], KEPT) if best.size >= LEAST else None


def _part(x: Floats, y: Floats, weight: Floats, kept: float) -> _Stretch:
    """The outer share of a stretch, with its line."""
    rows = slice(0, max(round(kept * x.size), LEAST))
    c, squares = _fit(x[rows], y[rows], weight[rows], 1)
    return _Stretch(x[rows], y[rows], weight[rows], c, squares)


def _is_straight(x: Floats, y: Floats, weight: Floats, allowed: float) -> bool:
    _, straight = _fit(x, y, weight, 1)
    c, cubic = _fit(x, y, weight, 3)
    if straight - cubic < BENT:
        return True
    bend = np.polynomial.polynomial.polyval(x - x.mean(), c)
    line = np.polynomial.polynomial.polyval(x - x.mean(), _fit(x, bend, weight, 1)[0])
    return math.sqrt(float(np.mean((bend - line) ** 2))) < allowed


def _fit(x: Floats, y: Floats, weight: Floats, degree: int) -> tuple[Floats, float]:
    """Coefficients in powers of x - mean(x), and the weighted sum of squares left."""
    centred = x - x.mean()
    scale = max(float(np.abs(centred).max()), 1e-300)
    A = (centred / scale)[:, None] ** np.arange(degree + 1) * weight[:, None]
    try:
        c = np.linalg.solve(A.T @ A, A.T @ (weight * y))  # well conditioned, as x runs from -1 to 1
    except np.linalg.LinAlgError:  # too few different potentials
        c, *_ = np.linalg.lstsq(A, weight * y, rcond=None)
    return c / scale ** np.arange(degree + 1), float(np.sum((weight * y - A @ c) ** 2))


def _value(stretch: _Stretch, x: Floats) -> Floats:
    return stretch.coefficients[0] + stretch.coefficients[1] * (x - stretch.x.mean())


def _line(parts: list[_Stretch], method: str) -> Line:
    x, y, weight = (np.concatenate([getattr(part, name) for part in parts]) for name in ("x", "y", "weight"))
    centre = float(x.mean())
    A = np.stack([np.ones_like(x), x - centre], axis=1) * weight[:, None]
    c, squares = _fit(x, y, weight, 1)
    freedom = max(x.size - 2, 1)
    covariance = np.asarray(np.linalg.pinv(A.T @ A) * max(squares / freedom, 1.0), float)
    residual = y - c[0] - c[1] * (x - centre)
    # what the noise of the bins does not explain is a bend, and goes on below the peaks
    misfit = (
        math.sqrt(max(float(np.mean(residual**2)) - float(np.mean(1.0 / weight**2)), 0.0))
        if squares > 2.0 * freedom
        else 0.0
    )
    stretches = tuple((float(part.x.min()), float(part.x.max())) for part in parts)
    return Line(centre, c, covariance, misfit, method, stretches)


def _binned(sweep: Sweep) -> tuple[Floats, Floats, Floats, Floats]:
    """Means of potential and current over runs of rows, their weights, and the potential in the direction of the sweep, rising."""
    n = sweep.potential.size
    edges = np.unique(np.linspace(0, n, min(BINS, n) + 1).astype(int))
    count = np.diff(edges).astype(float)
    x = np.add.reduceat(sweep.potential, edges[:-1]) / count
    y = np.add.reduceat(sweep.current, edges[:-1]) / count
    order = np.argsort(sweep.direction * x, kind="stable")
    return x[order], y[order], np.sqrt(count[order]) / sweep.noise, sweep.direction * x[order]
