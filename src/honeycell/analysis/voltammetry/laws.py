"""Peak currents over scan rates: the power law, and the square-root law through the origin, with honest intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAST = 2  # different rates
FLOOR = 1e-4  # relative: no peak current is known better, and a zero error would weigh without bound
SIGNIFICANT = 0.05  # of the test whether a line misses the origin
NORMAL_95 = 1.96


@dataclass(frozen=True, slots=True)
class Slope:
    """``value`` with its ``error`` and 95 % ``interval``; ``second`` is the other parameter; ``freedom`` points less parameters."""

    value: float
    error: float
    interval: tuple[float, float]
    second: float
    freedom: int


def power_law(rate: Floats, current: Floats, error: Floats) -> Slope:
    """B and ln a of i_p = a v^b, by weighted least squares in logarithms.

    The error is that of the scatter about the line, and no smaller than what the errors of the peaks make of it; the interval is Student's
    for the scatter.

    Parameters
    ----------
    rate : v, two different ones at least;  current, error : i_p and its standard error, positive, in one unit.

    Source: Lindström et al., J. Phys. Chem. B 101 (1997) 7717, doi:10.1021/jp970490q: b = 0.5 for diffusion, 1 for storage at a surface.
    """
    x, y = np.log(rate), np.log(current)
    w = 1.0 / np.maximum(error / current, FLOOR)
    return _fit(np.stack([x, np.ones_like(x)], axis=1), y, w)


def root_law(rate: Floats, current: Floats, error: Floats) -> Slope:
    """K of i_p = k v^1/2, a line through the origin; errors as in :func:`power_law`."""
    return _fit(np.sqrt(rate)[:, None], current, 1.0 / np.maximum(error, FLOOR * current))


def misses_origin(rate: Floats, current: Floats, error: Floats) -> tuple[bool, float]:
    """Whether the line of i_p over v^1/2 misses the origin by more than chance (5 %), and its intercept over the largest current.

    Three rates at least; with fewer nothing is found.
    """
    if np.unique(rate).size < LEAST + 1:
        return False, 0.0
    A = np.stack([np.ones_like(rate), np.sqrt(rate)], axis=1)
    found = _fit(A, current, 1.0 / np.maximum(error, FLOOR * current))
    low, high = found.interval
    return not low <= 0.0 <= high, found.value / float(np.max(current))


def _fit(A: Floats, y: Floats, w: Floats) -> Slope:
    """The first parameter of a linear model."""
    from scipy.stats import t

    scale = np.linalg.norm(A * w[:, None], axis=0)
    B = A * w[:, None] / scale
    solution, *_ = np.linalg.lstsq(B, w * y, rcond=None)
    inverse = np.linalg.pinv(B.T @ B)
    freedom = y.size - A.shape[1]
    propagated = math.sqrt(float(inverse[0, 0])) / float(scale[0])
    squares = float(np.sum((w * y - B @ solution) ** 2))
    scattered = propagated * math.sqrt(squares / freedom) if freedom > 0 else 0.0
    half = max(NORMAL_95 * propagated, float(t.ppf(0.975, freedom)) * scattered if freedom > 0 else 0.0)
    value = float(solution[0] / scale[0])
    second = float(solution[1] / scale[1]) if A.shape[1] > 1 else 0.0
    return Slope(value, max(propagated, scattered), (value - half, value + half), second, freedom)
