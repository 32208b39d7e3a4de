"""Local laws of a conserved field: what potential, mobility and energy a composition has.

Either an energy that is a polynomial, with a constant mobility, or tables over equally spaced compositions, between which potential and
mobility run straight. The energy of a table is the exact integral of its potential, so that energy and potential agree to round-off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

NOTHING = np.zeros(0)


class LocalLaw(NamedTuple):
    """What the kernels read; made by :func:`polynomial_law` or :func:`tabulated_law`.

    Attributes
    ----------
    low, per_knot : first composition of the table, and knots per composition.
    table : (knots, 4), potential, its rise to the next knot, mobility, its rise; empty for a polynomial.
    energy : (knots,) at the knots, or the coefficients of a polynomial, lowest first.
    potential : coefficients of the polynomial's derivative; empty for a table.
    mobility : of a polynomial law.
    """

    low: float
    per_knot: float
    table: Floats
    energy: Floats
    potential: Floats
    mobility: float


def polynomial_law(energy: Sequence[float], mobility: float = 1.0) -> LocalLaw:
    """Law of an energy density given by its coefficients, lowest first, and a constant mobility.

    Raises
    ------
    ValueError : an energy below second degree, a mobility that is not positive.

    >>> float(polynomial_law([0.0, 0.0, -0.5, 0.0, 0.25]).potential[1])
    -1.0
    """
    coefficients = np.array(energy, float)
    if coefficients.ndim != 1 or coefficients.size < 3:
        raise ValueError(f"{coefficients.size} coefficients; expected three or more")
    if not mobility > 0.0:
        raise ValueError(f"mobility is {mobility}; expected more than 0")
    slope = np.arange(1.0, coefficients.size) * coefficients[1:]
    return LocalLaw(0.0, 1.0, np.zeros((0, 4)), coefficients, slope, float(mobility))


def tabulated_law(low: float, high: float, potential: ArrayLike, mobility: ArrayLike | float = 1.0) -> LocalLaw:
    """Law between equally spaced compositions.

    Parameters
    ----------
    low, high : first and last composition; beyond them potential and mobility stay at the value there.
    potential : (knots,) at the knots.  mobility : (knots,), or one for all, not negative.

    Raises
    ------
    ValueError : fewer than two knots, shapes that differ, numbers that are not finite, a negative mobility.

    >>> tabulated_law(0.0, 1.0, [0.0, 1.0, 4.0]).energy
    array([0.  , 0.25, 1.5 ])
    """
    mu = np.array(potential, float)
    m = np.broadcast_to(np.asarray(mobility, float), mu.shape)
    if mu.ndim != 1 or mu.size < 2 or not high > low:
        raise ValueError(f"a table of shape {mu.shape} from {low} to {high}; expected two knots or more, upwards")
    if not (np.isfinite(mu).all() and np.isfinite(m).all() and (m >= 0.0).all()):
        raise ValueError("potential and mobility must be finite, the mobility not negative")
    step = (high - low) / (mu.size - 1)
    table = np.zeros((mu.size, 4))
    table[:, 0], table[:, 2] = mu, m
    table[:-1, 1], table[:-1, 3] = np.diff(mu), np.diff(m)
    energy = np.concatenate([[0.0], np.cumsum(0.5 * step * (mu[1:] + mu[:-1]))])
    return LocalLaw(float(low), 1.0 / step, table, energy, NOTHING, 1.0)


class LawTable(NamedTuple):
    """Laws at equally spaced values of a label, such as a temperature; between them they are mixed.

    Attributes
    ----------
    labels : (rows,) equally spaced.  low, high : of the composition.
    potential, mobility : (rows, knots).
    """

    labels: Floats
    low: float
    high: float
    potential: Floats
    mobility: Floats

    def at(self, label: float) -> LocalLaw:
        """The law at a label between the first and the last.

        Raises
        ------
        ValueError : a label outside.
        """
        first, last = float(self.labels[0]), float(self.labels[-1])
        if not first <= label <= last:
            raise ValueError(f"label {label:g} is not within {first:g} to {last:g}")
        place = (label - first) / (last - first) * (len(self.labels) - 1)
        i = min(int(place), len(self.labels) - 2)
        f = place - i
        potential, mobility = ((1.0 - f) * rows[i] + f * rows[i + 1] for rows in (self.potential, self.mobility))
        return tabulated_law(self.low, self.high, potential, mobility)
