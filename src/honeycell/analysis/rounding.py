"""How finely a column was written, and what its rounding does to a sum over it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DIGITS = 6  # numbers with more digits are taken as not rounded
LEVELS = 20  # different numbers that tell 2 or 5 from a unit of 1
SAMPLE = 2000  # rows that are tried before all are
HELD = 0.34  # of a unit: +- this holds 68 % of an error that is uniform over the unit (its standard deviation is 0.29)
WITHIN = math.erf(math.sqrt(0.5))  # share of a normal error that lies within one standard deviation
BOTH_ENDS = 1.27  # times that for a difference of two rounded numbers, whose error is triangular


def written_unit(values: Floats) -> float:
    """What ``values`` were rounded to when they were written, a power of ten or 2 or 5 times that; 0 where they have more than six digits.

    >>> written_unit(np.array([0.1, 2.3, 0.0])), written_unit(np.array([0.12345678, 3.0]))
    (0.1, 0.0)
    """
    largest = float(np.abs(values).max(initial=0.0))
    if largest == 0.0:
        return 0.0
    some = values[:: max(values.size // SAMPLE, 1)]
    for exponent in range(3, -16, -1):
        unit = 10.0**exponent
        if largest / unit > 10.0**DIGITS:
            return 0.0
        if largest >= unit and _whole(some, exponent) and _whole(values, exponent):
            return unit * _multiple(some / unit)
    return 0.0


def _multiple(steps: Floats) -> float:
    """5 or 2 where numbers of many sizes are all multiples of it."""
    levels = np.unique(np.rint(steps))
    if levels.size < LEVELS:
        return 1.0
    return next((each for each in (5.0, 2.0) if not np.any(levels % each)), 1.0)


def _whole(values: Floats, exponent: int) -> bool:
    steps = values * 10.0**-exponent
    return bool((np.abs(steps - np.rint(steps)) <= 1e-6 + 1e-9 * np.abs(steps)).all())


def remaining_bias(unit: float, variance: Floats) -> Floats:
    """What rounding may shift the mean of many numbers by, as a 68 % half-width, of numbers that scatter with ``variance``.

    Numbers that do not scatter are all shifted alike, by up to half a ``unit``; scatter averages the shift away as
    exp(-2 (pi s / unit)^2), s their standard deviation before rounding.
    Source: B. Widrow, I. Kollar, Quantization Noise (2008), first term of the series of the mean's error.
    """
    if unit == 0.0:
        return np.zeros_like(variance)
    true = np.maximum(variance - unit**2 / 12.0, 0.0)
    return HELD * unit * np.exp(-2.0 * np.pi**2 * true / unit**2)


def two_rounded(first: Floats, second: Floats) -> Floats:
    """68 % half-width of the sum of two errors that are uniform, of which ``first`` and ``second`` are the 68 % half-widths.

    Their sum has a trapezoid for its distribution; the root of the sum of squares would hold 73 % of it where they are alike.

    >>> two_rounded(np.array([1.0, 1.0]), np.array([0.0, 1.0])).round(3)
    array([1.   , 1.279])
    """
    wide, narrow = np.maximum(first, second) / WITHIN, np.minimum(first, second) / WITHIN
    flanks = wide + narrow - 2.0 * np.sqrt((1.0 - WITHIN) * wide * narrow)
    return np.where(WITHIN * wide <= wide - narrow, WITHIN * wide, flanks)


def with_rounding(spread: float, held: float) -> float:
    """68 % half-width of a normal error of standard deviation ``spread`` plus one that is uniform, of 68 % half-width ``held``.

    The normal one moves as much over the ends of the uniform one as back, so that a small one adds nothing; the root of the sum of
    squares would hold up to 72 %.

    >>> round(with_rounding(1.0, 0.0), 3), round(with_rounding(0.0, 1.0), 3), round(with_rounding(1.0, 1.0), 3)
    (1.0, 1.0, 1.338)
    """
    half = held / WITHIN
    if spread <= 1e-6 * half:
        return held
    if half <= 1e-6 * spread:
        return spread

    def integral(x: float) -> float:  # of the normal distribution's share below x
        z = x / spread
        return 0.5 * x * (1.0 + math.erf(z / math.sqrt(2.0))) + spread * math.exp(-0.5 * z * z) / math.sqrt(
            2.0 * math.pi
        )

    low, high = 0.0, half + spread
    for _ in range(50):
        k = 0.5 * (low + high)
        inside = (integral(k + half) - integral(k - half)) / half - 1.0
        low, high = (k, high) if inside < WITHIN else (low, k)
    return 0.5 * (low + high)
