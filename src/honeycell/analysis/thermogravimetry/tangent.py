"""The extrapolated onset and end of a step: where the tangent at its steepest meets the masses before and after it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.rounding import with_rounding
from honeycell.analysis.thermogravimetry.local import local_fit, steepest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.analysis.thermogravimetry.derivative import Span
    from honeycell.analysis.thermogravimetry.heating import Heating
    from honeycell.analysis.thermogravimetry.local import Local

    Floats = NDArray[np.float64]

CLEARANCE = 0.8  # of the way from the step's edge to its peak, kept free: rates fall off exponentially
LONGEST = 120.0  # K of plateau that are used: farther off, buoyancy and drift matter more than noise
LEAST_ROWS = 5
LEAST_SPAN = 5.0  # K
TILTED = 4.0  # standard errors of its slope from which on a plateau is taken as tilted
LEAST_TILT = 30.0  # K: a slope over less is not extrapolated
LEAST_HALF = 2.0  # K, of the window about the steepest fall
LEAST_SHARE = 0.2  # of loss over highest rate, a measure of the step's width: likewise


@dataclass(frozen=True, slots=True)
class Line:
    """m = level + slope (T - centre), its covariance, and the plateau's ends [K]; ``narrow`` where there is hardly a plateau.

    ``bend`` is half of what the means of its halves differ by about the line: no plateau is quite straight. ``rounding`` is what the digits
    leave, a 68 % half-width.
    """

    centre: float
    level: float
    slope: float
    covariance: Floats
    low: float
    high: float
    narrow: bool
    bend: float = 0.0
    rounding: float = 0.0

    def value(self, T: float) -> float:
        """Mass at ``T``."""
        return self.level + self.slope * (T - self.centre)

    @property
    def slope_error(self) -> float:
        """Standard error of the slope [1/K]."""
        return math.sqrt(float(self.covariance[1, 1]))

    def error(self, T: float) -> float:
        """Standard error of the mass at ``T``."""
        return with_rounding(self.spread(T), self.rounding)

    def spread(self, T: float) -> float:
        """The same without the digits; half of what a tilt adds beyond the plateau is in doubt."""
        row = np.array([1.0, T - self.centre])
        beyond = max(self.low - T, T - self.high, 0.0)
        return math.sqrt(max(float(row @ self.covariance @ row), 0.0) + self.bend**2 + (0.5 * self.slope * beyond) ** 2)


@dataclass(frozen=True, slots=True)
class Tangent:
    """``onset`` and ``end`` [K] with standard errors [K], ``inflection`` [K], ``slope`` [1/K], ``loss`` between the plateaus."""

    onset: float
    onset_error: float
    end: float
    end_error: float
    inflection: float
    inflection_error: float
    slope: float
    loss: float
    loss_error: float
    before: Line
    after: Line
    half: float


def tangent_of(heating: Heating, span: Span, low: tuple[float, float], high: tuple[float, float]) -> Tangent | None:
    """Extrapolated onset and end of one step.

    The mass before the step is that of the plateau between ``low`` and the step [K], likewise after it up to ``high``; a plateau is
    taken as level unless its slope exceeds four standard errors over at least 30 K. The tangent is that of a local polynomial through the
    rows about the fastest loss, at its steepest.

    Parameters
    ----------
    low, high : where the neighbouring step ends or begins, and its fastest loss [K]; twice the record's end where there is none.

    Returns
    -------
    None where the rows about the fastest loss are too few or do not fall.

    Source: ISO 11358-1:2022, starting and end temperature of a step (points A and B, extrapolated).
    """
    local = local_fit(heating, span.peak, max(LEAST_HALF, LEAST_SHARE * span.loss / span.height))
    if local is None:
        return None
    T0, T0_error = steepest(local)
    slope, _ = local.at(T0, 1)
    if not slope < 0.0:
        return None
    before = _plateau(heating, *low, span.begin, span.peak, span.begin_doubt)
    after = _plateau(heating, *high, span.end, span.peak, span.end_doubt)
    onset, onset_error = _meeting(local, T0, before)
    end, end_error = _meeting(local, T0, after)
    loss = before.value(T0) - after.value(T0)
    return Tangent(
        onset, onset_error, end, end_error, T0, T0_error, slope, loss,
        math.hypot(before.error(T0), after.error(T0)), before, after, local.half,
    )  # fmt: skip


def _meeting(local: Local, T0: float, line: Line) -> tuple[float, float]:
    """Where the tangent at ``T0`` meets a plateau's line, and its standard error."""
    m0, s = local.at(T0)[0], local.at(T0, 1)[0]
    T = T0 + (line.value(T0) - m0) / (s - line.slope)
    # at fixed T0: moving the point of contact along a tangent of inflection changes nothing to first order
    gradient = -(local.row(T0) + (T - T0) * local.row(T0, 1)) / (s - line.slope)
    from_rows = float(gradient @ local.covariance @ gradient)
    spread = math.sqrt(max(from_rows, 0.0) + (line.spread(T) / (s - line.slope)) ** 2)
    return T, with_rounding(spread, line.rounding / abs(s - line.slope))


def _plateau(heating: Heating, outer: float, beyond: float, edge: float, peak: float, doubt: float) -> Line:
    """The line through the rows between ``outer`` and the step's ``edge`` [K], kept away from both where there is room.

    Where there is little between two steps, that third is taken which lies as far from either as it can; where there is little between a step and the
    end of the record, the flattest third; where there is hardly any, the rows next to the edge. A tilt that would have to
    be followed further than it was seen, up to the step's ``peak``, is not: it may be the tail of another step. Then the flattest third is the level.

    Parameters
    ----------
    beyond : fastest loss of the step that ends at ``outer`` [K], or ``outer``.
    doubt : standard error of the mass at ``edge``, which counts where there is hardly a plateau.
    """
    T = heating.temperature
    side = 1.0 if outer > edge else -1.0
    room = abs(outer - edge)
    own, other = CLEARANCE * abs(peak - edge), CLEARANCE * abs(beyond - outer)
    if other and own + other > room - max(LEAST_SPAN, room / 3.0):
        own, other = (each * max(room - max(LEAST_SPAN, room / 3.0), 0.0) / (own + other) for each in (own, other))
    inner, outermost = edge + side * own, outer - side * other
    if room >= LEAST_SPAN and side * (outermost - inner) >= 0.999 * LEAST_SPAN:
        far = inner + side * min(abs(outermost - inner), LONGEST)
        low, high = min(inner, far), max(inner, far)
    elif room >= LEAST_SPAN:
        low, high = _flattest(heating, min(outer, edge), max(outer, edge))
    else:
        low, high = min(outer, edge), max(outer, edge)
    rows = (low <= T) & (high >= T)
    narrow = room < LEAST_SPAN or int(rows.sum()) < LEAST_ROWS
    if narrow:
        near = np.argsort(np.abs(T - edge), kind="stable")[: max(LEAST_ROWS, int(np.sum(np.abs(T - edge) < 1.0)))]
        rows = np.isin(np.arange(T.size), near)
        low, high = float(T[rows].min()), float(T[rows].max())
    line = _line(T[rows], heating.mass[rows], heating.noise, narrow)
    # where only the half next to the step tilts, that is the step beginning, not the plateau
    while not narrow and line.high - line.low >= 2.0 * LEAST_TILT:
        middle = 0.5 * (line.low + line.high)
        inside = rows & (line.low <= T) & (line.high >= T)
        far, near = inside & (side * (T - middle) >= 0.0), inside & (side * (T - middle) < 0.0)
        a, b = (_line(T[part], heating.mass[part], heating.noise, False, always=True) for part in (far, near))
        if abs(b.slope - a.slope) <= TILTED * math.hypot(a.slope_error, b.slope_error) and abs(
            b.value(middle) - a.value(middle)
        ) <= TILTED * math.hypot(a.error(middle), b.error(middle)):
            break
        line, rows = _line(T[far], heating.mass[far], heating.noise, False), far
    if not narrow:
        doubt = 0.0
    if line.slope and max(peak - line.high, line.low - peak) > line.high - line.low:
        whole = line.level
        low, high = _flattest(heating, line.low, line.high)
        rows = (low <= T) & (high >= T)
        line = _line(T[rows], heating.mass[rows], heating.noise, narrow=False, level=True)
        doubt = 0.5 * abs(line.level - whole)
    bend = 0.0 if narrow else _bend(line, T[rows], heating.mass[rows])
    return replace(line, bend=math.hypot(bend, doubt), rounding=heating.rounding(heating.mass[rows]))


def _bend(line: Line, T: Floats, mass: Floats) -> float:
    """Half the difference of the two halves' means about the line."""
    residual = mass - line.level - line.slope * (T - line.centre)
    late = line.centre <= T
    return (
        0.5 * abs(float(np.mean(residual[late])) - float(np.mean(residual[~late])))
        if late.any() and not late.all()
        else 0.0
    )


def _line(T: Floats, mass: Floats, noise: float, narrow: bool, always: bool = False, level: bool = False) -> Line:
    """The level of some rows, or the line through them where they tilt (or ``always``, or never: ``level``)."""
    n = T.size
    centre, middle = float(np.mean(T)), float(np.mean(mass))
    spread = float(np.sum((T - centre) ** 2))
    slope = float(np.sum((T - centre) * (mass - middle))) / spread if spread > 0.0 else 0.0
    residual = mass - middle - slope * (T - centre)
    width = max(float(np.sqrt(residual @ residual / max(n - 2, 1))), noise)
    slope_error = width / math.sqrt(spread) if spread > 0.0 else math.inf
    low, high = float(T.min()), float(T.max())
    if always or (not level and not narrow and high - low >= LEAST_TILT and abs(slope) > TILTED * slope_error):
        return Line(centre, middle, slope, np.diag([width**2 / n, slope_error**2]), low, high, narrow)
    # at the very edge of a step the mean of few rows is only as sure as they scatter
    error = float(np.std(mass)) if narrow else 0.0
    return Line(centre, middle, 0.0, np.diag([max(width**2 / n, error**2), 0.0]), low, high, narrow)


def _flattest(heating: Heating, low: float, high: float) -> tuple[float, float]:
    """The third of a stretch [K], or 5 K of it, over which the mass changes least."""
    width = max(LEAST_SPAN, (high - low) / 3.0)
    places = np.linspace(low, high, 31)
    order = np.argsort(heating.temperature, kind="stable")
    T, w = heating.temperature[order], heating.mass[order]
    starts = places[places <= high - width]
    changes = np.abs(np.interp(starts + width, T, w) - np.interp(starts, T, w))
    start = float(starts[np.argmin(changes)]) if starts.size else low
    return start, start + width
