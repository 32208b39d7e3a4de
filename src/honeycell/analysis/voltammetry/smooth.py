"""A branch as smooth as its noise permits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SHORTEST, LONGEST = 0.004, 0.5  # of the branch: no wave shorter than the first is taken for a course of the current
MOST = 1000  # rows that are smoothed; where there are more, means over runs of them
STRONGEST = 1e12  # strength of the penalty at which rounding begins to tell
HALVINGS = 24


def smoothed(current: Floats, noise: float) -> Floats:
    """Whittaker's smoother with a penalty on third differences, its strength by the discrepancy principle.

    The smoothest curve whose mean squared distance from the rows is that of the noise (Morozov). Rows of a sweep are evenly spaced in time.

    Parameters
    ----------
    current : (n,), n >= 8;  noise : standard deviation of a row.

    Source: Eilers, Anal. Chem. 75 (2003) 3631, doi:10.1021/ac034173t.
    """
    if current.size > MOST:
        edges = np.linspace(0, current.size, MOST + 1).astype(int)
        count = np.diff(edges)
        means = np.add.reduceat(current, edges[:-1]) / count
        middles = edges[:-1] + 0.5 * (count - 1.0)
        return np.interp(np.arange(current.size), middles, smoothed(means, noise / math.sqrt(float(count.mean()))))
    n = current.size
    low = 6.0 * math.log(SHORTEST * n / math.tau)
    high = min(6.0 * math.log(LONGEST * n / math.tau), math.log(STRONGEST))
    target = noise * noise * (1.0 + 1.0 / math.sqrt(n))
    best = _whittaker(current, math.exp(low))
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        trial = _whittaker(current, math.exp(middle))
        if float(np.mean((current - trial) ** 2)) <= target:
            low, best = middle, trial
        else:
            high = middle
    return best


def _whittaker(y: Floats, strength: float) -> Floats:
    from scipy.linalg import solveh_banded

    n = y.size
    bands = np.zeros((4, n))
    coefficients = (-1.0, 3.0, -3.0, 1.0)
    for i in range(4):
        for j in range(i, 4):
            bands[3 - (j - i), j : n - 3 + j] += strength * coefficients[i] * coefficients[j]
    bands[3] += 1.0
    return solveh_banded(bands, y)
