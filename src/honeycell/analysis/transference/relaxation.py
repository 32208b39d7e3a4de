"""The current through a symmetric cell after a potential step while the salt settles into its steady gradient."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SHORT = 0.05  # of t/tau: before, neither electrode knows of the other (to exp(-1/SHORT) = 2e-9)
TERMS = 8  # the next is below 1e-13 of the first at SHORT
NEWTON = 5
MANY = 500.0  # of t/tau: everything has settled; keeps the exponentials from underflowing


def relaxation(time: Floats, polarisation: Floats) -> Floats:
    r"""Current over its initial value.

    With u the excess of salt, odd about the middle, and lengths in half thicknesses: u_t = u_xx, u_x = i at the electrode, where
    the potential left for the current is i = 1 - N u. The current is then

    .. math:: i = \frac{1}{1+N} + \sum_n \frac{2 N}{\beta_n^2 + N^2 + N} e^{-\beta_n^2 \theta}, \qquad \beta_n \cot \beta_n = -N

    and for short times, to the same accuracy, that of a half space, exp(N^2 theta) erfc(N sqrt(theta)).

    Parameters
    ----------
    time : theta = 4 D t / L^2, (b, m), not negative [1];  polarisation : N, (b, 1), positive: the initial over the steady current
        less one, where the interfaces stay as they are [1]

    Returns
    -------
    (b, m), from 1 to 1/(1 + N) [1].

    Source: the boundary condition is that of Carslaw & Jaeger, Conduction of Heat in Solids, 2nd ed. (1959), section 3.11.

    >>> relaxation(np.array([[0.0, 1e-4, 0.05, 0.05001, 99.0]]), np.array([[1.5]])).round(4)
    array([[1.    , 0.9833, 0.7109, 0.7109, 0.4   ]])
    """
    return relaxation_and_slopes(time, polarisation)[0]


def relaxation_and_slopes(time: Floats, polarisation: Floats) -> tuple[Floats, Floats, Floats]:
    """:func:`relaxation`, and its slopes over the logarithms of time and of N; time (b, m), polarisation (b, 1)."""
    from scipy.special import erfcx

    theta, N = np.asarray(time, float), np.asarray(polarisation, float)
    result, over_time, over_N = (np.empty(theta.shape) for _ in range(3))
    early = theta < SHORT
    owner, _ = np.nonzero(early)
    z = N[owner, 0] * np.sqrt(theta[early])
    result[early] = erfcx(z)
    over_time[early] = z * (z * result[early] - 1.0 / math.sqrt(math.pi))
    over_N[early] = 2.0 * over_time[early]
    late = ~early
    owner, _ = np.nonzero(late)
    square = eigenvalues(N[:, 0]) ** 2
    whole = square + N**2 + N
    # d ln beta / d ln N = N / whole
    weight, change = 2.0 * N / whole, 1.0 - (2.0 * square * N / whole + 2.0 * N**2 + N) / whole
    exponent = np.minimum(square[owner] * np.minimum(theta[late], MANY)[:, None], MANY)
    parts = weight[owner] * np.exp(-exponent)
    n = N[owner, 0]
    result[late] = 1.0 / (1.0 + n) + parts.sum(axis=1)
    over_time[late] = -(parts * exponent).sum(axis=1)
    over_N[late] = -n / (1.0 + n) ** 2 + (parts * (change[owner] - 2.0 * exponent * (N / whole)[owner])).sum(axis=1)
    return result, over_time, over_N


def eigenvalues(polarisation: Floats) -> Floats:
    """The first roots of beta cot(beta) = -N, one between each (n - 1/2) pi and n pi; (..., TERMS).

    >>> eigenvalues(np.array(1e-9))[:2] / np.pi
    array([0.5, 1.5])
    """
    N = np.asarray(polarisation, float)[..., None]
    whole = math.pi * np.arange(1, TERMS + 1)
    beta = whole - np.arctan((whole - 0.25 * math.pi) / N)
    for _ in range(NEWTON):
        beta = beta - (beta - whole + np.arctan(beta / N)) / (1.0 + N / (N**2 + beta**2))
    return np.asarray(beta, float)
