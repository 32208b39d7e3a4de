"""Local polynomials through the rows of a thermogram: where it crosses a mass, and its tangent where it falls fastest."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.analysis.thermogravimetry.heating import Heating

    Floats = NDArray[np.float64]

DEGREE = 5  # a step is odd about its steepest fall: a cubic makes it too flat there
POWERS = np.arange(DEGREE + 1)
LEAST = 12  # rows for the polynomial and a spread
WIDEST = 60.0  # K, half a window
CHANCE = 2.5  # standard deviations by which residuals may exceed the noise: a window that is refused by chance leaves a far narrower one
NARROWER = 0.55  # of the widest window that it fits: so that what it misses is small beside the noise
LADDER = 1.25


@dataclass(frozen=True, slots=True)
class Local:
    """m = sum c_k x^k with x = (T - centre) / half; ``covariance`` of c; ``half`` [K]; ``spread`` of one row about it."""

    centre: float
    half: float
    coefficients: Floats
    covariance: Floats
    spread: float

    def row(self, T: float, order: int = 0) -> Floats:
        """d^order m / dT^order = row . c at ``T``."""
        x = (T - self.centre) / self.half
        factor = np.array([math.prod(range(k - order + 1, k + 1)) for k in POWERS], float)
        return factor * x ** np.maximum(POWERS - order, 0) / self.half**order

    def at(self, T: float, order: int = 0) -> tuple[float, float]:
        """Mass at ``T``, or a derivative of it, and its standard error."""
        row = self.row(T, order)
        return float(row @ self.coefficients), math.sqrt(max(float(row @ self.covariance @ row), 0.0))


def local_fit(heating: Heating, centre: float, least: float) -> Local | None:
    """The polynomial about ``centre`` [K] in the widest window whose residuals are no larger than the noise, made somewhat narrower.

    Parameters
    ----------
    least : half width [K] to begin with.

    Returns
    -------
    None where too few rows are near.
    """
    half = least
    while half < WIDEST and int(np.sum(_rows(heating, centre, half))) < LEAST:
        half *= LADDER
    steps = max(int(math.log(WIDEST / half) / math.log(LADDER)), 0)
    wider = (half * LADDER**k for k in range(steps, 0, -1))
    # from the widest down, since noise alone refuses a narrow window now and then
    fitting = next((each for each in wider if (local := _fit(heating, centre, each)) and _fits(local, heating)), half)
    return _fit(heating, centre, max(NARROWER * fitting, half)) or _fit(heating, centre, half)


def _rows(heating: Heating, centre: float, half: float) -> NDArray[np.bool_]:
    return np.abs(heating.temperature - centre) <= half


def _fits(local: Local, heating: Heating) -> bool:
    """Residuals no larger than the noise by more than chance."""
    n = int(np.sum(_rows(heating, local.centre, local.half)))
    return local.spread <= heating.noise * (1.0 + CHANCE / math.sqrt(2.0 * max(n - DEGREE - 1, 1)))


def _fit(heating: Heating, centre: float, half: float) -> Local | None:
    rows = _rows(heating, centre, half)
    n = int(rows.sum())
    if n < LEAST:
        return None
    x = (heating.temperature[rows] - centre) / half
    if np.unique(np.round(x, 9)).size <= DEGREE + 1:
        return None
    A = x[:, None] ** POWERS
    coefficients, *_ = np.linalg.lstsq(A, heating.mass[rows], rcond=None)
    residual = heating.mass[rows] - A @ coefficients
    spread = math.sqrt(float(residual @ residual) / (n - DEGREE - 1))
    # the noise is known from the whole record; a larger scatter here is taken as it is
    width = max(spread, heating.noise)
    covariance = width**2 * np.linalg.pinv(A.T @ A)
    return Local(centre, half, np.asarray(coefficients, float), np.asarray(covariance, float), spread)


def crossing(local: Local, level: float, near: float) -> tuple[float, float] | None:
    """Temperature [K] at which the polynomial falls to ``level``, the one nearest to ``near``, and its standard error from the rows.

    Returns
    -------
    None where it does not cross within the window.
    """
    inside = _roots(local, local.coefficients - level * (POWERS == 0))
    if inside.size == 0:
        return None
    T = float(inside[np.argmin(np.abs(inside - near))])
    slope, _ = local.at(T, 1)
    return (T, local.at(T)[1] / -slope) if slope < 0.0 else None


def steepest(local: Local) -> tuple[float, float]:
    """Temperature [K] of the steepest fall within the middle of the window, and its standard error."""
    second = POWERS[1:-1] * POWERS[2:] * local.coefficients[2:]
    inside = [float(T) for T in _roots(local, second) if local.at(float(T), 3)[0] > 0.0]
    blind = local.half / math.sqrt(3.0)
    if not inside:
        return local.centre, blind
    T = min(inside, key=lambda each: abs(each - local.centre))
    return T, min(local.at(T, 2)[1] / local.at(T, 3)[0], blind)


def _roots(local: Local, coefficients: Floats) -> Floats:
    """Real roots within the window [K] of a polynomial in x, coefficients by rising power."""
    roots = np.roots(coefficients[::-1])
    real = roots[np.abs(roots.imag) < 1e-9].real
    return np.asarray(real[np.abs(real) <= 1.0] * local.half + local.centre, float)
