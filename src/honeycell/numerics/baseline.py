"""A smooth line below the peaks of a signal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

ITERATIONS = 60
UNSOLVED = 1e-6  # least weight: a stretch without any keeps the system solvable
SETTLED = 1e-3  # relative change of the weights at which they no longer matter to the line
ROUNDING = 1e-9  # of the range of the signal: smaller deviations are not noise
CLOSEST = (
    0.1  # of the median step: points closer than this are smoothed as if so far apart, or the system has no digits left
)
STEEPEST = 40.0  # of the exponent: beyond, a weight is 0 or 1 to rounding


def baseline(x: ArrayLike, y: ArrayLike, period: float, noise: ArrayLike = 1.0) -> Floats:
    """Asymmetrically reweighted penalised least squares (arPLS).

    Minimises the weighted squares of y - z plus (period/2 pi)^4 times the integral of z''^2: waves shorter than ``period`` are smoothed away.
    Points above the line by more than the noise below it lose their weight. A straight line is reproduced.

    Parameters
    ----------
    x : (n,) rising, steps may differ by a factor of ten;  y : (n,), n >= 3
    period : in the unit of x, longer than the peaks are wide
    noise : standard error of y, scalar or (n,)

    Returns
    -------
    z (n,).

    Source: Baek, Park, Ahn & Choo, Analyst 140 (2015) 250, doi:10.1039/C4AN01061B; Whittaker's penalty on a grid of unequal steps.
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    penalty = _penalty(x, (period / (2.0 * np.pi)) ** 4)
    cell = np.gradient(x)
    noise = np.broadcast_to(np.asarray(noise, float), y.shape)
    weight = np.ones_like(y)
    line = y
    for _ in range(ITERATIONS):
        line = _solved(penalty, weight * cell, y)
        apart = (y - line) / noise
        below = apart[apart < 0.0]
        spread = float(below.std()) if below.size > 1 else 0.0
        if spread <= ROUNDING * float(np.ptp(y / noise)):
            break
        exponent = 2.0 * (apart - (2.0 * spread - float(below.mean()))) / spread
        new = 1.0 / (1.0 + np.exp(np.clip(exponent, -STEEPEST, STEEPEST)))
        new = np.maximum(new, UNSOLVED)
        change = float(np.linalg.norm(new - weight) / np.linalg.norm(weight))
        weight = new
        if change < SETTLED:
            break
    return line


def smooth(x: ArrayLike, y: ArrayLike, period: float, noise: ArrayLike) -> Floats:
    """Whittaker's smooth line through all points, weighted by 1/noise^2; waves shorter than ``period`` are smoothed away.

    Parameters and units as for :func:`baseline`; the weights are relative to the median of them.
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    weight = 1.0 / np.broadcast_to(np.asarray(noise, float), y.shape) ** 2
    weight = np.clip(weight / np.median(weight), UNSOLVED, 1.0 / UNSOLVED)
    return _solved(_penalty(x, (period / (2.0 * np.pi)) ** 4), weight * np.gradient(x), y)


def _solved(penalty: Floats, weight: Floats, y: Floats) -> Floats:
    from scipy.linalg import solveh_banded

    bands = penalty.copy()
    bands[2] += weight
    return solveh_banded(bands, weight * y)


def _penalty(x: Floats, strength: float) -> Floats:
    """Upper bands (3, n) of the matrix of the penalty on the second derivative."""
    steps = np.diff(x)
    steps = np.maximum(steps, CLOSEST * float(np.median(steps)))
    before, after = steps[:-1], steps[1:]
    middle = 0.5 * (before + after)
    rows = np.stack(
        [1.0 / (before * middle), -1.0 / (before * middle) - 1.0 / (after * middle), 1.0 / (after * middle)]
    )
    scaled = strength * middle * rows
    bands = np.zeros((3, x.size))
    for i in range(3):
        bands[2, i : x.size - 2 + i] += scaled[i] * rows[i]
    for i in range(2):
        bands[1, i + 1 : x.size - 1 + i] += scaled[i] * rows[i + 1]
    bands[0, 2:] += scaled[0] * rows[2]
    return bands
