"""Noise that wanders: rows that err together are not averaged away, and a fit that takes them for independent is too sure of itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CLEAR = 4.0  # standard errors of a correlation
LEAST = 100  # rows: of fewer it cannot be told
UNEVEN = 0.5  # of the spacing: times that differ by more have no lags in common


@dataclass(frozen=True, slots=True)
class RedNoise:
    """Two parts: one that each row has alone, of variance ``alone``, and one of variance ``together`` that fades as exp(-lag / memory)."""

    alone: float
    together: float
    memory: float

    def variance(self, count: Floats, width: Floats) -> Floats:
        """Variance of the mean of ``count`` rows that span ``width`` of time."""
        return self.alone / count + self.together * _kept(width / self.memory)

    def covariance(self, time: Floats, count: Floats, width: Floats) -> Floats:
        """Covariance (m, m) of such means about the times ``time``."""
        root = np.sqrt(self.together * _kept(width / self.memory))
        gap = np.abs(time[:, None] - time) - 0.5 * (width[:, None] + width)
        fading = np.exp(-np.clip(gap / self.memory, 0.0, 500.0))
        result = root[:, None] * root * fading
        result[np.diag_indices_from(result)] = self.variance(count, width)
        return result


def red_noise(time: Floats, residual: Floats, least: float) -> RedNoise | None:
    """The noise of evenly spaced rows, from how alike their residuals are at lags that double; None where they are not alike.

    ``least`` is the standard deviation that a row has alone at the least, as from its digits.

    Notes
    -----
    An autoregressive process of first order seen through white noise, as in Box, Jenkins & Reinsel, Time Series Analysis,
    4th ed. (2008), section 4.
    """
    n = residual.size
    if n < LEAST:
        return None
    steps = np.diff(time)
    spacing = float(np.median(steps))
    if not spacing > 0.0 or np.percentile(np.abs(steps - spacing), 90.0) > UNEVEN * spacing:
        return None
    whole = float(np.mean(residual**2))
    lags = 2 ** np.arange(int(math.log2(n / 8)) + 1)
    alike = np.array([float(np.mean(residual[:-lag] * residual[lag:])) for lag in lags])
    if not alike[0] > CLEAR * whole / math.sqrt(n):
        return None
    below = np.flatnonzero(alike < alike[0] / math.e)
    if below.size == 0:
        memory = float(lags[-1])
    else:
        k = int(below[0])
        # straight between the two lags, over their logarithm
        share = (alike[k - 1] - alike[0] / math.e) / (alike[k - 1] - alike[k])
        memory = float(lags[k - 1]) * 2.0 ** float(share)
    together = min(float(alike[0]) * math.exp(1.0 / memory), whole)
    return RedNoise(max(whole - together, least**2), together, memory * spacing)


def _kept(x: Floats) -> Floats:
    """Share of its variance that a fading part keeps in a mean over ``x`` memories."""
    x = np.maximum(x, 1e-4)
    return 2.0 * (x - 1.0 + np.exp(-np.minimum(x, 500.0))) / x**2
