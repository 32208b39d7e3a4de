"""The two ends of a force curve: the force at the turn, and that at which the tip lets go."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.force_curve.curve import CLEAR, SURE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.analysis.force_curve.curve import Baseline, Branch

    Floats = NDArray[np.float64]

WINDOW = 15  # rows of a local polynomial
WINDOWS = (10, 6)  # the first within which the rows are a cubic is taken
BENT = 1.5  # scatter about a cubic over noise from which on they are none
UNIFORM = 0.34  # half of the middle 68 % of a uniform distribution of unit width


def pull_off(retract: Branch, baseline: Baseline, noise: float) -> tuple[float, float, int]:
    """Lowest force [N] of the retract above its baseline, its standard error, and the last row in contact.

    Of a polynomial: through the rows before the tip jumps free, where it does, else about the lowest force. A jump falls between two
    rows, so that the force it happened at is known to the share of a step only.
    """
    force = retract.force - np.asarray(baseline.at(retract.z), float)
    smooth = np.convolve(np.pad(force, 2, mode="edge"), np.ones(5) / 5.0, mode="valid")
    low = int(np.argmin(smooth))
    begin = max(low - WINDOW, 0)
    steps = np.diff(force[begin : low + WINDOW])
    jump = begin + int(np.argmax(steps)) if steps.size else low
    if steps.size and jump >= 3 and force[jump + 1] - force[jump] > 2.0 * CLEAR * noise:
        local = _polynomial_at(force, jump, jump, noise)
        at = local.lowest()
        value, error = local.value(at)
        slope = float(local.coefficients[1])
        if at == 0.0 and slope < -SURE * math.sqrt(float(local.covariance[1, 1])):
            half = np.array([1.0, 0.5, 0.0, 0.0])
            spread = math.sqrt(float(half @ local.covariance @ half))
            value, error = value + 0.5 * slope, math.hypot(spread, UNIFORM * slope)
        return value, error, jump
    local = _polynomial_at(force, low, min(low + WINDOW, force.size - 1), noise)
    return *local.value(local.lowest()), low


def force_at_turn(approach: Branch, noise: float) -> tuple[float, float]:
    """Force [N] at the end of the approach by a polynomial through its last rows, and its standard error."""
    last = approach.force.size - 1
    return _polynomial_at(approach.force, last, last, noise).value(0.0)


@dataclass(frozen=True, slots=True)
class _Local:
    """Cubic through some rows, counted from one of them: coefficients, covariance, and the ends of the rows."""

    coefficients: Floats
    covariance: Floats
    begin: float
    end: float

    def value(self, x: float) -> tuple[float, float]:
        """Force [N] at a row, and its standard error."""
        row = np.array([1.0, x, x**2, x**3])
        return float(row @ self.coefficients), math.sqrt(max(float(row @ self.covariance @ row), 0.0))

    def lowest(self) -> float:
        """Row of the minimum where it lies within the rows and surely below the force at row 0; else 0.

        To take the lower of two that differ by noise only would make all adhesion too large.
        """
        c0, b, c, d = (float(each) for each in self.coefficients)
        turns = c * c - 3.0 * b * d
        if turns < 0.0 or d == 0.0:
            return 0.0
        x = (-c + math.sqrt(turns)) / (3.0 * d)
        inside = self.begin <= x <= self.end
        return x if inside and c0 - self.value(x)[0] > SURE * self.value(0.0)[1] else 0.0


def _polynomial_at(force: Floats, row: int, end: int, noise: float) -> _Local:
    """Cubic through the rows about ``row`` up to ``end``, as many as it describes within noise."""
    window, *shorter = WINDOWS
    x, A, c, width = _cubic(force, row, end, window)
    while shorter and width >= BENT * noise:
        window, *shorter = shorter
        x, A, c, width = _cubic(force, row, end, window)
    scatter = noise if width < BENT * noise else width
    return _Local(c, np.asarray(scatter**2 * np.linalg.pinv(A.T @ A), float), float(x[0]), float(x[-1]))


def _cubic(force: Floats, row: int, end: int, window: int) -> tuple[Floats, Floats, Floats, float]:
    rows = np.arange(max(row - window, 0), min(end, row + window) + 1)
    x = (rows - row).astype(float)
    A = np.stack([x**k for k in range(4)], axis=1)
    c = np.asarray(np.linalg.lstsq(A, force[rows], rcond=None)[0], float)
    residual = force[rows] - A @ c
    return x, A, c, math.sqrt(float(residual @ residual) / max(rows.size - 4, 1))
