"""Where a ternary Flory-Huggins mixture turns unstable: its spinodal and critical point.

The critical point is found on the spinodal, where the third derivative of f along the unstable direction changes sign. Validity and source
as in :mod:`honeycell.physics.phase_diagram`.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np
from scipy import optimize  # pyright: ignore[reportMissingTypeStubs]

from honeycell.physics.flory_huggins import TernaryMixture, second_derivatives, third_derivatives
from honeycell.quantities.errors import InputError, NotConverged

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Array: TypeAlias = NDArray[np.float64]

_SHARES = np.concatenate(  # of water in the water and solvent, where a spinodal is looked for
    [np.geomspace(1e-9, 1e-2, 60), np.linspace(1.1e-2, 0.989, 220), 1 - np.geomspace(1e-2, 1e-9, 40)]
)


def spinodal_water(mixture: TernaryMixture, phi3: ArrayLike) -> Array:
    """Lowest water fraction on the spinodal, at fixed polymer fraction.

    Parameters
    ----------
    mixture
        The parameters.
    phi3
        Polymer volume fraction, any shape.

    Returns
    -------
    ndarray
        phi1 where the determinant of the Hessian first changes sign as water replaces solvent, the
        shape of ``phi3``; nan where it never does.

    Examples
    --------
    >>> m = TernaryMixture(5.335, 1250.7, 0.785, 0.665, 2.09, 0.43)
    >>> round(float(spinodal_water(m, 0.06)), 3)
    0.08
    """
    p3 = np.asarray(phi3, dtype=float)
    flat = p3.reshape(-1)
    out = np.full(flat.shape, np.nan)
    inside = (flat > 0.0) & (flat < 1.0)
    rows = flat[inside]
    if rows.size == 0:
        return out.reshape(p3.shape)
    t = 1.0 - rows[:, None]
    sign = stability(mixture, t * _SHARES, np.broadcast_to(rows[:, None], (rows.size, _SHARES.size))) > 0.0
    change = sign[:, 1:] != sign[:, :-1]
    first = np.argmax(change, axis=1)
    found = change.any(axis=1)
    roots = np.full(rows.shape, np.nan)
    for k in np.flatnonzero(found):
        lo, hi, r = float(_SHARES[first[k]]), float(_SHARES[first[k] + 1]), float(rows[k])
        share = root_between(lambda w, r=r: float(_stability_at(mixture, w * (1.0 - r), r)), lo, hi)
        roots[k] = share * (1.0 - r)
    out[inside] = roots
    return out.reshape(p3.shape)


def spinodal_curve(mixture: TernaryMixture, n: int) -> Array:
    """The spinodal from the water corner to the polymer-rich end, both on the water/polymer edge.

    Parameters
    ----------
    mixture
        The parameters.
    n
        Number of points, at least 2.

    Returns
    -------
    ndarray
        Shape (n, 2): phi1 and phi3, evenly spaced in ln(phi3/(1 - phi3)).

    Raises
    ------
    InputError
        If ``n`` is below 2 or the mixture is outside what this module covers.

    Examples
    --------
    >>> m = TernaryMixture(5.335, 1250.7, 0.785, 0.665, 2.09, 0.43)
    >>> spinodal_curve(m, 5).shape
    (5, 2)
    """
    at_least_two(n, "spinodal")
    low, high = edge_spinodal(mixture)
    phi3 = expit(np.linspace(logit(low), logit(high), n))
    phi3[0], phi3[-1] = low, high
    phi1 = 1.0 - phi3
    phi1[1:-1] = spinodal_water(mixture, phi3[1:-1])
    return np.stack([phi1, phi3], axis=-1)


@lru_cache(maxsize=128)
def critical_point(mixture: TernaryMixture) -> tuple[float, float]:
    """Critical point, found without a guess.

    Parameters
    ----------
    mixture
        The parameters.

    Returns
    -------
    tuple of float
        phi1 and phi3 where the determinant of the Hessian and the third derivative of f along its
        unstable direction both vanish; the one with the least water if there are several.

    Raises
    ------
    InputError
        If the mixture is outside what this module covers.
    NotConverged
        If the spinodal carries no critical point.

    Examples
    --------
    >>> m = TernaryMixture(5.335, 1250.7, 0.785, 0.665, 2.09, 0.43)
    >>> [round(p, 3) for p in critical_point(m)]
    [0.08, 0.052]
    """
    check_topology(mixture)
    low, high = edge_spinodal(mixture)
    z = np.linspace(logit(low), logit(high), 122)[1:-1]
    phi3 = expit(z)
    phi1 = spinodal_water(mixture, phi3)
    known = np.isfinite(phi1)
    z, phi3, phi1 = z[known], phi3[known], phi1[known]
    skew = _skewness(mixture, phi1, phi3)
    where = np.flatnonzero((skew[1:] > 0.0) != (skew[:-1] > 0.0))
    if where.size == 0:
        raise NotConverged("no critical point on the spinodal", "phase diagram", "Check the interaction parameters.")
    k = int(where[np.argmin(phi1[where])])

    def on_spinodal(at: float) -> float:
        p3 = float(expit(np.asarray(at)))
        return float(_skewness(mixture, spinodal_water(mixture, p3), np.asarray(p3)))

    root = root_between(on_spinodal, float(z[k]), float(z[k + 1]))
    p3 = float(expit(np.asarray(root)))
    return float(spinodal_water(mixture, p3)), p3


def check_topology(mixture: TernaryMixture) -> None:
    """Raise ``InputError`` if water and solvent, or solvent and polymer, do not mix."""
    w = np.linspace(0.0, 1.0, 402)[1:-1]
    a, b = mixture.g12_constant, mixture.g12_slope
    if np.min(1.0 / w + 1.0 / (mixture.r2 * (1.0 - w)) - 2.0 * (a + 2.0 * b) + 6.0 * b * w) <= 0.0:
        raise InputError(f"water and solvent demix at g12 = {a:g} + {b:g} u2", "phase diagram", "Take a smaller g12.")
    ratio = mixture.r3 / mixture.r2
    if mixture.chi23 >= 0.5 * (1.0 + 1.0 / math.sqrt(ratio)) ** 2:
        raise InputError(
            f"solvent and polymer demix at chi23 = {mixture.chi23:g}", "phase diagram", "Take a smaller chi23."
        )


def edge_spinodal(mixture: TernaryMixture) -> tuple[float, float]:
    """The two phi3 of the water/polymer spinodal: 1/(1 - phi3) + 1/(r3 phi3) = 2 chi13."""
    r3, chi = mixture.r3, mixture.chi13
    # 2 chi r3 phi3^2 - (2 chi r3 - r3 + 1) phi3 + 1 = 0
    b = 2.0 * chi * r3 - r3 + 1.0
    root = b * b - 8.0 * chi * r3
    if b <= 0.0 or root <= 0.0:
        raise InputError(
            f"water and polymer mix at chi13 = {chi:g}, r3 = {r3:g}",
            "phase diagram",
            "Take a larger chi13: without a gap on that edge there is no precipitation by water.",
        )
    high = (b + math.sqrt(root)) / (4.0 * chi * r3)
    return 1.0 / (2.0 * chi * r3 * high), high


def stability(mixture: TernaryMixture, phi1: Array, phi3: Array) -> Array:
    """f33 - f13^2/f11: has the sign of the determinant where f11 is positive; shape of the arguments."""
    f11, f13, f33 = second_derivatives(mixture, phi1, phi3)
    return f33 - f13 * f13 / f11


def _stability_at(mixture: TernaryMixture, phi1: float, phi3: float) -> float:
    """``stability`` for floats (the arithmetic is the same, without the cost of arrays)."""
    return cast("float", stability(mixture, cast("Array", phi1), cast("Array", phi3)))


def _skewness(mixture: TernaryMixture, phi1: Array, phi3: Array) -> Array:
    """Third derivative of f along the unstable direction (-f13/f11, 1); shape of the arguments."""
    f11, f13, _ = second_derivatives(mixture, phi1, phi3)
    f111, f113, f133, f333 = third_derivatives(mixture, phi1, phi3)
    v = -f13 / f11
    return ((f111 * v + 3.0 * f113) * v + 3.0 * f133) * v + f333


def at_least_two(n: int, where: str) -> None:
    """Raise ``InputError`` for fewer than two points."""
    if n < 2:
        raise InputError(f"n = {n} is below 2", where, "Ask for two points or more.")


def root_between(function: Callable[[float], float], low: float, high: float) -> float:
    """Root in a bracket, to rounding."""
    solver = cast("Callable[..., float]", optimize.brentq)  # pyright: ignore[reportUnknownMemberType]
    return float(solver(function, low, high, xtol=1e-16, rtol=1e-14))


def logit(p: float) -> float:
    """ln(p/(1 - p))."""
    return math.log(p) - math.log1p(-p)


def expit(z: Array) -> Array:
    """1/(1 + exp(-z)), the shape of ``z``, for z of moderate size."""
    return 1.0 / (1.0 + np.exp(-z))
