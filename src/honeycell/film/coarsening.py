r"""From the time a box can be followed to the time a film takes: lengths grow as a power of the ramp time, measured on quenches.

.. math:: L(t) = L_0 (t/t_0)^m

Validity: self-similar patterns that go on coarsening in the same way; the exponent is fitted over little more than one decade, and carried over
as many as the caller asks for: the scatter of the exponent from dope to dope, which is larger than its standard error, is part of the result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True)
class CoarseningLaw:
    """The exponent m common to all series, its standard error, the standard deviation of the series' own exponents, the number of lengths."""

    exponent: float
    standard_error: float
    scatter: float
    count: int

    def factor(self, ratio: float) -> float:
        """By how much lengths grow when the ramp time grows ``ratio`` times."""
        if not ratio > 0.0:
            raise InputError(f"a ratio of times of {ratio:g}", "coarsening", "It must be positive.")
        return float(ratio**self.exponent)

    def relative_error(self, ratio: float) -> float:
        """Standard error of :meth:`factor` for a series of its own exponent, relative."""
        return float(abs(np.log(ratio)) * np.hypot(self.standard_error, self.scatter))


def coarsening_law(times: ArrayLike, lengths: ArrayLike) -> CoarseningLaw:
    """Common exponent of several series of lengths, each with a prefactor of its own.

    Parameters
    ----------
    times : (n,), the same for all.  lengths : (series, n) in any one unit; nan is left out, as are series of fewer than two.

    Raises
    ------
    InputError : fewer than three lengths in usable series.

    >>> round(coarsening_law([1.0, 8.0, 64.0], [[1.0, 2.0, 4.0], [3.0, 6.0, 12.0]]).exponent, 12)
    0.333333333333
    """
    t, L = np.log(np.asarray(times, float)), np.log(np.atleast_2d(np.asarray(lengths, float)))
    good = np.isfinite(L)
    good[good.sum(axis=1) < 2] = False
    series = int(good.any(axis=1).sum())
    count = int(good.sum())
    if count - series < 2:
        raise InputError(
            f"{count} lengths in {series} series", "coarsening", "Give three times of one pattern or more."
        )
    weight = np.maximum(good.sum(axis=1, keepdims=True), 1)
    x, y = np.where(good, t, 0.0), np.where(good, L, 0.0)
    x, y = (np.where(good, z - z.sum(axis=1, keepdims=True) / weight, 0.0) for z in (x, y))
    m = float((x * y).sum() / (x * x).sum())
    spread = float(((y - m * x) ** 2).sum()) / (count - series - 1)
    own = (x * y).sum(axis=1)[good.any(axis=1)] / (x * x).sum(axis=1)[good.any(axis=1)]
    scatter = float(np.std(own, ddof=1)) if series > 1 else 0.0
    return CoarseningLaw(m, float(np.sqrt(spread / (x * x).sum())), scatter, count)


def reduced_time(seconds: float, segment: float, diffusivity: float) -> float:
    """Time in b^2/M: ``seconds`` times ``diffusivity`` over the square of the ``segment`` b [m].

    Parameters
    ----------
    diffusivity : M at the reference composition [m2/s per kT and reference volume], the polymer's cooperative diffusivity there over the
        second derivative of its free energy.

    >>> reduced_time(1.0, 1e-9, 1e-18)
    1.0
    """
    return seconds * diffusivity / segment**2
