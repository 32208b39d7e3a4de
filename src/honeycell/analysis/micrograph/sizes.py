"""Statistics of sizes: means with their errors, the better of two distributions, the mode."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DRAWS = 200  # of the bootstrap
GRID = 400  # diameters at which a density is looked up
LIMITS_95 = (2.5, 97.5)  # percentiles


@dataclass(frozen=True, slots=True)
class Moments:
    """Weighted ``mean`` and ``sd`` with their standard errors; ``count`` is that of equal weights that would tell as much."""

    mean: float
    mean_error: float
    sd: float
    sd_error: float
    count: float


def moments(sizes: Floats, weights: Floats) -> Moments:
    """Mean and standard deviation of at least three ``sizes`` under ``weights``.

    The error of the mean is sd / sqrt(n); that of the sd comes from the variance of a variance, 2/(n-1) + kurtosis/n,
    with the unbiased kurtosis, so that no normal distribution is assumed (Kendall & Stuart, The Advanced Theory of Statistics, vol. 1,
    ch. 10 and 12).
    """
    share = weights / weights.sum()
    n = float(1.0 / np.sum(share**2))
    mean = float(share @ sizes)
    away = sizes - mean
    raw = float(share @ away**2)
    sd = math.sqrt(raw * n / (n - 1.0))
    sd_error = 0.0
    if sd > 0.0:
        excess = float(share @ away**4) / raw**2 - 3.0
        if n > 3.0:
            excess = (n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * excess + 6.0)
        sd_error = 0.5 * sd * math.sqrt(max(2.0 / (n - 1.0) + excess / n, 0.0))
    # n is effective; the weights stray with the sizes, which this form of the error takes along
    mean_error = math.sqrt(float(np.sum(share**2 * away**2)) * n / (n - 1.0))
    return Moments(mean, mean_error, sd, sd_error, n)


def better_distribution(sizes: Floats, weights: Floats) -> tuple[str, dict[str, float]]:
    """``"normal"`` or ``"lognormal"``, by likelihood at two parameters each, and the logarithm of the likelihood ratio."""
    share = weights / weights.sum()
    logs = np.log(sizes)
    n = 1.0 / np.sum(share**2)

    def spread(x: Floats) -> float:
        return float(np.sqrt(share @ (x - share @ x) ** 2))

    normal, lognormal = (
        -math.log(max(spread(sizes), 1e-300)),
        -math.log(max(spread(logs), 1e-300)) - float(share @ logs),
    )
    ratio = float(n * (normal - lognormal))
    return ("normal" if ratio >= 0.0 else "lognormal"), {"log_likelihood_ratio_normal_over_lognormal": ratio}


def mode_of(sizes: Floats, weights: Floats, seed: int = 0) -> tuple[float, float, tuple[float, float]]:
    """Most frequent size: the maximum of a Gaussian kernel density of log sizes, taken back to sizes.

    Returns
    -------
    The mode, its standard error and 95 % interval from a smoothed bootstrap of 200 draws; the kernel is as wide as Silverman's rule
    says (Density Estimation, 1986, eq. 3.31).
    """
    logs, share = np.log(sizes), weights / weights.sum()
    width = _width(logs, share)
    mode = _mode(logs, share, width)
    rng = np.random.default_rng(seed)
    drawn = np.empty(DRAWS)
    for k in range(DRAWS):
        chosen = rng.choice(logs.size, logs.size, p=share)
        again = logs[chosen] + 0.5 * width * rng.standard_normal(logs.size)
        flat = np.full(logs.size, 1.0 / logs.size)
        drawn[k] = _mode(again, flat, _width(again, flat))
    low, high = (float(end) for end in np.percentile(drawn, LIMITS_95))
    return mode, float(drawn.std(ddof=1)), (low, high)


def _width(logs: Floats, share: Floats) -> float:
    order = np.argsort(logs)
    quarters = np.interp([0.25, 0.75], np.cumsum(share[order]), logs[order])
    sd = float(np.sqrt(share @ (logs - share @ logs) ** 2))
    spread = min(sd, float(np.ptp(quarters)) / 1.349) or sd
    return max(0.9 * spread * float(np.sum(share**2)) ** 0.2, 1e-6)


def _mode(logs: Floats, share: Floats, width: float) -> float:
    """Where the density over sizes, not over their logarithms, is largest."""
    grid = np.linspace(logs.min() - width, logs.max() + width, GRID)
    counts, _ = np.histogram(
        logs, np.append(grid, 2.0 * grid[-1] - grid[-2]) - 0.5 * (grid[1] - grid[0]), weights=share
    )
    reach = np.arange(-GRID, GRID + 1) * (grid[1] - grid[0])
    density = np.convolve(counts, np.exp(-0.5 * (reach / width) ** 2))[GRID : 2 * GRID]
    # back to sizes: d(log x) = dx / x; the power makes up for the kernel, which would shift the mode of a lognormal density
    spread = float(share @ (logs - share @ logs) ** 2)
    density = density * np.exp(-grid * spread / (spread + width**2))
    at = int(np.argmax(density))
    if 0 < at < GRID - 1:  # parabola through the summit
        a, b, c = density[at - 1 : at + 2]
        at_fraction = 0.5 * (a - c) / (a - 2.0 * b + c) if a - 2.0 * b + c < 0.0 else 0.0
        return float(math.exp(grid[at] + at_fraction * (grid[1] - grid[0])))
    return float(math.exp(grid[at]))
