"""Linear solvent exchange between a film on a plate and a bath, with a resistance on the bath side."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import root_scalar
from scipy.special import erfc, erfcx

from honeycell.quantities.errors import NotConverged

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHORT = 0.02
_TERMS = 60
SHORTEST = 1e-14


def exchanged_fraction(depth: float, time: float, thickness: float, diffusivity: float, transfer: float) -> float:
    r"""Share of the final water content reached at a depth.

    Solves :math:`\partial_t s = D \partial_z^2 s` with :math:`D \partial_z s = -k (1 - s)` at the front
    (z = 0) and no flux at the plate (z = H), s = 0 at the start.

    Parameters
    ----------
    depth : z from the bath side [m];  time : t [s];  thickness : H [m]
    diffusivity : D [m2 s-1];  transfer : k, mass-transfer coefficient of the bath [m s-1]

    Returns
    -------
    s [1], 0 to 1. Below D t/H2 = 0.02 the half-space solution, mirrored once at the plate; the
    series of eigenfunctions above. They agree to 1e-6 there.

    Source: Carslaw & Jaeger, Conduction of Heat in Solids, 2nd ed. (1959), sections 2.7 and 3.11.

    >>> f"{exchanged_fraction(0.0, 1.0, 100e-6, 5e-10, 1.0):.4f}"
    '1.0000'
    """
    z, t, H, D, k = depth, time, thickness, diffusivity, transfer
    if t <= 0.0:
        return 0.0
    if D * t / H**2 < _SHORT:
        return min(_half_space(z, t, D, k) + _half_space(2.0 * H - z, t, D, k), 1.0)
    biot = k * H / D
    beta = _eigenvalues(biot)
    # 1/cos(beta) by way of the tangent, which keeps its digits when beta is close to (n + 1/2) pi.
    secant = np.where(np.arange(len(beta)) % 2, -1.0, 1.0) * np.hypot(1.0, biot / beta)
    weight = 2.0 * biot / (beta**2 + biot**2 + biot) * secant
    return float(1.0 - np.sum(weight * np.cos(beta * (1.0 - z / H)) * np.exp(-(beta**2) * D * t / H**2)))


def _half_space(z: float, t: float, D: float, k: float) -> float:
    x, h = z / (2.0 * np.sqrt(D * t)), k * np.sqrt(t / D)
    with np.errstate(under="ignore"):
        return float(erfc(x) - np.exp(-(x**2)) * erfcx(x + h))


@lru_cache(maxsize=8)
def _eigenvalues(biot: float) -> NDArray[np.float64]:
    """Roots of beta tan(beta) = Biot, one in each ((n) pi, (n + 1/2) pi)."""
    n = np.arange(_TERMS) * np.pi
    low, high = n.copy(), n + np.pi / 2
    for _ in range(60):
        middle = 0.5 * (low + high)
        below = middle * np.sin(middle) < biot * np.cos(middle)
        positive = np.cos(n) > 0
        below = np.where(positive, below, middle * np.sin(middle) > biot * np.cos(middle))
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray(0.5 * (low + high), dtype=np.float64)


def exchange_time(fraction: float, depth: float, thickness: float, diffusivity: float, transfer: float) -> float:
    """Time [s] when :func:`exchanged_fraction` reaches ``fraction`` at ``depth``; zero but for 1e-14 of the longest time is not resolved.

    Raises
    ------
    NotConverged : ``fraction`` is not between 0 and 1, so it is never reached.

    >>> t = exchange_time(0.3, 1e-6, 100e-6, 5e-10, 5e-5)
    >>> f"{exchanged_fraction(1e-6, t, 100e-6, 5e-10, 5e-5):.6f}"
    '0.300000'
    """
    if not 0.0 < fraction < 1.0:
        raise NotConverged(
            f"a share of {fraction:g} is never reached", "solvent exchange", "It must lie between 0 and 1."
        )
    H, D, k = thickness, diffusivity, transfer

    def missing(log_time: float) -> float:
        return exchanged_fraction(depth, float(np.exp(log_time)), H, D, k) - fraction

    longest = 100.0 * (H**2 / D + H / k)
    shortest = longest * SHORTEST
    if missing(np.log(shortest)) > 0.0:
        return shortest
    return float(np.exp(root_scalar(missing, bracket=(np.log(shortest), np.log(longest)), xtol=1e-10).root))
