"""How a cell ages: mean efficiency and fade over cycles, with errors that know that neighbouring cycles err alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FEWEST = 4  # cycles from which a mean or a slope has an error
BENT = 4.0  # standard errors of the curvature from which a fade is no line
KNOWN = 0.95  # correlation of neighbours beyond which a record is too short to tell its mean


@dataclass(frozen=True, slots=True)
class Line:
    """``value`` with its ``standard_error`` and the ``degrees`` of freedom left to it; ``bent`` where no line describes the points."""

    value: float
    standard_error: float | None
    degrees: float
    bent: bool = False


def mean_of(values: Floats) -> Line:
    """Mean of consecutive cycles; standard error by their scatter and the correlation of neighbours."""
    n = values.size
    if n < FEWEST:
        return Line(float(values.mean()), None, n - 1.0)
    rest = values - values.mean()
    inflation = _inflation(rest, 1)
    error = float(np.sqrt(np.sum(rest**2) / (n - 1) / n * inflation))
    return Line(float(values.mean()), error, _degrees(n, 1, inflation))


def slope_of(cycle: Floats, values: Floats) -> Line:
    """Slope by least squares over the cycles' numbers; standard error as in :func:`mean_of`."""
    n = values.size
    x = cycle - cycle.mean()
    size = float(np.sum(x**2))
    slope = float(np.sum(x * values)) / size
    if n < FEWEST:
        return Line(slope, None, n - 2.0)
    rest = values - values.mean() - slope * x
    inflation = _inflation(rest, 2)
    error = float(np.sqrt(np.sum(rest**2) / (n - 2) / size * inflation))
    return Line(slope, error, _degrees(n, 2, inflation), _bent(x, values))


def _degrees(n: int, fitted: int, inflation: float) -> float:
    """Degrees of freedom of as many independent values as the correlated ones are worth."""
    return max(n / inflation - fitted, 1.0)


def _inflation(rest: Floats, fitted: int) -> float:
    """(1 + r) / (1 - r), r the correlation of neighbouring residuals, its bias of about -(1 + 3 r) / n taken off; at least 1.

    Source: G. V. Bayley, J. M. Hammersley, J. R. Stat. Soc. Suppl. 8 (1946) 184; bias: F. H. C. Marriott, J. A. Pope, Biometrika 41 (1954) 390.
    """
    n = rest.size
    square = float(np.sum(rest**2))
    if square == 0.0:
        return 1.0
    r = float(np.sum(rest[1:] * rest[:-1])) / square
    r = (n * r + fitted) / max(n - 3.0, 1.0)
    # what chance alone gives is no correlation
    if r * np.sqrt(n) < 1.0:
        return 1.0
    r = min(r, KNOWN)
    return (1.0 + r) / (1.0 - r)


def _bent(x: Floats, values: Floats) -> bool:
    """True where a parabola's curvature is many standard errors."""
    if values.size < 2 * FEWEST:
        return False
    scaled = x / np.abs(x).max()
    design = np.stack((np.ones_like(scaled), scaled, scaled**2), axis=1)
    found, *_ = np.linalg.lstsq(design, values, rcond=None)
    rest = values - design @ found
    variance = float(np.sum(rest**2)) / (values.size - 3) * _inflation(rest, 3)
    error = float(np.sqrt(variance * np.linalg.inv(design.T @ design)[2, 2]))
    return bool(abs(found[2]) > BENT * error) if error > 0.0 else False
