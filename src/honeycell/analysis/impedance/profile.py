"""Intervals from the profile likelihood: how far one parameter can go while the others make up for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.impedance.batch import Batch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.analysis.impedance.fit import Fit

    Floats = NDArray[np.float64]

ROUNDS = 12
CLOSE = 0.01  # of the distance
FARTHEST = 40.0  # fitted numbers; beyond, the interval is open


def profile_intervals(fit: Fit, level: float = 0.95) -> Floats:
    """Intervals (k, 2) of the physical values; open ends are 0, infinity or the bound of an exponent.

    Each end is where the least cost with that parameter held exceeds the minimum by the share t^2/(N - k), t being Student's
    quantile; where errors are linear this is the linearised interval. Source: Bates & Watts, Nonlinear Regression Analysis
    (1988), doi:10.1002/9780470316757, section 6.1.
    """
    from scipy.special import stdtrit

    k = len(fit.x)
    t = float(stdtrit(fit.freedom, 0.5 + level / 2.0))
    spread = np.sqrt(np.diag(fit.covariance))
    place = np.repeat(np.arange(k), 2)
    side = np.tile([-1.0, 1.0], k)
    # along the valley the others follow in proportion to their covariance
    direction = (fit.covariance / spread**2)[:, place].T
    distance = np.minimum(t * spread[place], 3.0)
    batch, members = Batch([fit.spectrum]), np.zeros(2 * k, dtype=np.intp)
    frozen = np.eye(k, dtype=bool)[place]
    inner, outer = np.zeros(2 * k), np.full(2 * k, np.inf)
    for _ in range(ROUNDS):
        start = fit.x + (side * distance)[:, None] * direction
        start = np.clip(start, fit.x - FARTHEST, fit.x + FARTHEST)
        start[np.arange(2 * k), place] = fit.x[place] + side * distance
        found = batch.minimise(fit.circuit, start, members, tolerance=1e-8, frozen=frozen)
        reached = np.sqrt(np.maximum(found.cost / fit.cost - 1.0, 0.0) * fit.freedom) / t
        inside = np.isfinite(reached) & (reached < 1.0)
        inner = np.where(inside, np.maximum(inner, distance), inner)
        outer = np.where(inside, outer, np.minimum(outer, distance))
        guess = distance / np.clip(np.where(np.isfinite(reached), reached, 2.0), 0.25, 4.0)
        middle = np.where(np.isfinite(outer), 0.5 * (inner + outer), 2.0 * distance)
        new = np.where((guess > inner) & (guess < outer), guess, middle)
        if np.all((np.abs(new - distance) <= CLOSE * distance) | (inner > FARTHEST)):
            break
        distance = np.minimum(new, 2.0 * FARTHEST)
    ends = np.where(inner > FARTHEST, np.inf, distance)
    x = np.tile(fit.x, (2 * k, 1))
    x[np.arange(2 * k), place] += side * np.minimum(ends, 700.0)
    with np.errstate(over="ignore"):
        values = fit.circuit.outside(x)[np.arange(2 * k), place]
    values = np.where(np.isinf(ends) & ~fit.circuit.bounded[place], np.where(side > 0.0, np.inf, 0.0), values)
    return values.reshape(k, 2)
