"""Phase diagram of a ternary Flory-Huggins mixture: spinodal, critical point, tie lines, binodal.

Method. The critical point is found on the spinodal, where the third derivative of f along the
unstable direction changes sign. From there a family of tie lines is continued to the water/polymer
edge, each polished by Newton's method on the equality of the three chemical potentials; the family
is kept per mixture. A tie line is four numbers, z = ln(phi3/(1 - phi3)) and x = ln(phi2/phi1) of the
lean and of the rich phase, so that a lean phase with 1e-30 of polymer, or far less, neither
underflows nor loses digits.

Validity: one two-phase region that starts at a critical point and ends on the water/polymer edge,
that is, water and solvent mix in all proportions, so do solvent and polymer, and water and polymer
do not. Anything else raises ``InputError``. Volume fractions throughout; no units.

Source: Flory-Huggins as in ``flory_huggins``; criticality after J. W. Gibbs (determinant and
directional third derivative vanish together).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
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

# Gradient over the four numbers of a tie line
Vector: TypeAlias = tuple[float, float, float, float]

# Settings of the method, not of the physics
_TOLERANCE = 1e-10  # of the chemical potentials, kT per molecule
_ITERATIONS = 60
_FIRST_CONTRAST = 0.02  # z_rich - z_lean of the first tie line after the critical point
_EDGE = -40.0  # ln(phi2/phi1) of the lean phase where the family ends: the edge, within rounding
_SHARES = np.concatenate(  # of water in the water and solvent, where a spinodal is looked for
    [np.geomspace(1e-9, 1e-2, 60), np.linspace(1.1e-2, 0.989, 220), 1 - np.geomspace(1e-2, 1e-9, 40)]
)


@dataclass(frozen=True)
class TieLine:
    """Two phases in equilibrium.

    Attributes
    ----------
    lean, rich
        (phi1, phi2, phi3) of the polymer-lean and of the polymer-rich phase.
    share_rich
        Volume share of the rich phase in the overall composition, by the lever rule.
    log_lean_polymer
        ln phi3 of the lean phase, also where phi3 itself is too small for a float.
    """

    lean: tuple[float, float, float]
    rich: tuple[float, float, float]
    share_rich: float
    log_lean_polymer: float


@dataclass(frozen=True)
class _Phase:
    """Chemical potentials per reference volume (water, solvent, polymer) and slopes over (z, x)."""

    phi: tuple[float, float, float]
    log3: float
    mu: tuple[float, float, float]
    mu_z: tuple[float, float, float]
    mu_x: tuple[float, float, float]


@dataclass(frozen=True)
class _Family:
    """Continued tie lines: ``lines`` (k, 4), and which number (contrast or x) led each step to the next."""

    critical: tuple[float, float]
    lines: Array
    ends: Array
    by_contrast: tuple[bool, ...]


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
    sign = _stability(mixture, t * _SHARES, np.broadcast_to(rows[:, None], (rows.size, _SHARES.size))) > 0.0
    change = sign[:, 1:] != sign[:, :-1]
    first = np.argmax(change, axis=1)
    found = change.any(axis=1)
    roots = np.full(rows.shape, np.nan)
    for k in np.flatnonzero(found):
        lo, hi, r = float(_SHARES[first[k]]), float(_SHARES[first[k] + 1]), float(rows[k])
        share = _root(lambda w, r=r: float(_stability_at(mixture, w * (1.0 - r), r)), lo, hi)
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
    _at_least_two(n, "spinodal")
    low, high = _edge_spinodal(mixture)
    phi3 = _expit(np.linspace(_logit(low), _logit(high), n))
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
    _check_topology(mixture)
    low, high = _edge_spinodal(mixture)
    z = np.linspace(_logit(low), _logit(high), 122)[1:-1]
    phi3 = _expit(z)
    phi1 = spinodal_water(mixture, phi3)
    known = np.isfinite(phi1)
    z, phi3, phi1 = z[known], phi3[known], phi1[known]
    skew = _skewness(mixture, phi1, phi3)
    where = np.flatnonzero((skew[1:] > 0.0) != (skew[:-1] > 0.0))
    if where.size == 0:
        raise NotConverged("no critical point on the spinodal", "phase diagram", "Check the interaction parameters.")
    k = int(where[np.argmin(phi1[where])])

    def on_spinodal(at: float) -> float:
        p3 = float(_expit(np.asarray(at)))
        return float(_skewness(mixture, spinodal_water(mixture, p3), np.asarray(p3)))

    root = _root(on_spinodal, float(z[k]), float(z[k + 1]))
    p3 = float(_expit(np.asarray(root)))
    return float(spinodal_water(mixture, p3)), p3


def tie_line(mixture: TernaryMixture, overall: tuple[float, float]) -> TieLine | None:
    """The two phases into which an overall composition separates.

    Parameters
    ----------
    mixture
        The parameters.
    overall
        Overall volume fractions (phi1, phi3).

    Returns
    -------
    TieLine or None
        The phases, equal in the three chemical potentials to 1e-10 kT per molecule; None for a
        single phase (and within about 1e-6 of the critical point).

    Raises
    ------
    InputError
        If ``overall`` is not a composition, or the mixture is outside what this module covers.
    NotConverged
        If the tie line cannot be polished.

    Examples
    --------
    >>> m = TernaryMixture(5.335, 1250.7, 0.785, 0.665, 2.09, 0.43)
    >>> pair = tie_line(m, (0.30, 0.06))
    >>> round(pair.rich[2], 2), round(pair.share_rich, 2)
    (0.56, 0.11)
    >>> tie_line(m, (0.05, 0.06)) is None
    True
    """
    o1, o3 = float(overall[0]), float(overall[1])
    o2 = 1.0 - o1 - o3
    if not (o1 >= 0.0 and o3 >= 0.0 and o2 >= -1e-12):
        raise InputError(
            f"(phi1, phi3) = ({o1:g}, {o3:g}) is not a composition",
            "tie line",
            "Give volume fractions that are not negative and add up to at most 1.",
        )
    family = _family(mixture)
    if o2 < 1e-14:
        return _inside(_make_line(mixture, family.lines[-1], (o1, o3)))
    if o1 == 0.0 or o3 == 0.0:
        return None
    ends = family.ends
    offset = _offset(ends, o1, o3)
    for k in np.flatnonzero((offset[1:] > 0.0) != (offset[:-1] > 0.0)):
        part = float(offset[k] / (offset[k] - offset[k + 1]))
        start = family.lines[k] + part * (family.lines[k + 1] - family.lines[k])
        guess = ends[k] + part * (ends[k + 1] - ends[k])
        share = _share(guess, o1, o3)
        if not -1.0 < share < 2.0:
            continue
        solved = _solve(mixture, start, _through(o1, o3))
        if solved is None or not _between(solved, family.lines[k], family.lines[k + 1]):
            try:
                solved = _bisect(mixture, family, int(k), (o1, o3))
            except NotConverged:
                if 0.0 <= share <= 1.0:
                    raise
                continue
        line = _inside(_make_line(mixture, solved, (o1, o3)))
        if line is not None:
            return line
    # a composition on the first or on the last tie line, or between the first and the critical point
    for k, room in ((0, 1e-2), (-1, 1e-12)):
        length = (ends[k, 2] - ends[k, 0]) ** 2 + (ends[k, 3] - ends[k, 1]) ** 2
        if abs(float(offset[k])) <= room * length and -0.1 <= _share(ends[k], o1, o3) <= 1.1:
            solved = _solve(mixture, family.lines[k], _through(o1, o3))
            if solved is None and k == -1:
                solved = family.lines[k]
            if solved is not None:
                return _inside(_make_line(mixture, solved, (o1, o3)))
    return None


def binodal(mixture: TernaryMixture, n: int) -> list[TieLine]:
    """Tie lines from near the critical point to the water/polymer edge.

    Parameters
    ----------
    mixture
        The parameters.
    n
        Number of tie lines, at least 2.

    Returns
    -------
    list of TieLine
        Evenly spaced along the binodal; ``share_rich`` is one half (the middle of the tie line).

    Raises
    ------
    InputError
        If ``n`` is below 2 or the mixture is outside what this module covers.
    NotConverged
        If a tie line cannot be polished.

    Examples
    --------
    >>> m = TernaryMixture(5.335, 1250.7, 0.785, 0.665, 2.09, 0.43)
    >>> lines = binodal(m, 5)
    >>> [round(line.rich[2], 2) for line in (lines[0], lines[-1])]
    [0.05, 0.94]
    """
    _at_least_two(n, "binodal")
    family = _family(mixture)
    length: Array = np.concatenate([[0.0], np.cumsum(np.sqrt(np.sum(np.diff(family.ends, axis=0) ** 2, axis=1)))])
    # steps at the edge may have no length left; np.interp wants an increasing abscissa
    position = np.interp(np.linspace(0.0, float(length[-1]), n), length, np.arange(length.size))
    position[-1] = length.size - 1
    out: list[TieLine] = []
    for at in cast("list[float]", position.tolist()):
        k = min(int(at), length.size - 2)
        out.append(_make_line(mixture, _along(mixture, family, k, at - k), None))
    return out


def cloud_water(mixture: TernaryMixture, phi3: float) -> float:
    """Water fraction at the cloud point: where the binodal is first met as water replaces solvent.

    Parameters
    ----------
    mixture
        The parameters.
    phi3
        Polymer volume fraction, held fixed.

    Returns
    -------
    float
        The lowest phi1 on the binodal at this phi3 (to about 1e-7 next to the critical point, where the
        spinodal stands in for it); nan if the line of compositions never meets it.

    Raises
    ------
    InputError
        If ``phi3`` is not between 0 and 1, or the mixture is outside what this module covers.
    NotConverged
        If the point cannot be polished.

    Examples
    --------
    >>> m = TernaryMixture(5.335, 1250.7, 0.785, 0.665, 2.09, 0.43)
    >>> cloud_water(m, 0.2) < float(spinodal_water(m, 0.2))
    True
    """
    phi3 = float(phi3)
    if not 0.0 < phi3 < 1.0:
        raise InputError(f"phi3 = {phi3:g} is not between 0 and 1", "cloud point", "Give a volume fraction.")
    family = _family(mixture)
    z = _logit(phi3)
    if family.lines[0, 0] <= z <= family.lines[0, 2]:
        # between the ends of the first tie line binodal and spinodal touch, to second order
        return float(spinodal_water(mixture, phi3))
    found: list[float] = []
    for column, first in ((0, 0), (2, 2)):
        track = family.lines[:, column] - z
        for k in np.flatnonzero((track[1:] > 0.0) != (track[:-1] > 0.0)):
            part = float(track[k] / (track[k] - track[k + 1]))
            start = family.lines[k] + part * (family.lines[k + 1] - family.lines[k])
            solved = _solve(mixture, start, _fixed(_unit(column), z))
            if solved is None:
                raise NotConverged(
                    f"no cloud point found at phi3 = {phi3:g}", "phase diagram", "Check the interaction parameters."
                )
            found.append(float(_ends(solved)[first]))
    return min(found) if found else math.nan


# --- topology, spinodal ---------------------------------------------------------------------------


def _stability(mixture: TernaryMixture, phi1: Array, phi3: Array) -> Array:
    """f33 - f13^2/f11: has the sign of the determinant where f11 is positive; shape of the arguments."""
    f11, f13, f33 = second_derivatives(mixture, phi1, phi3)
    return f33 - f13 * f13 / f11


def _stability_at(mixture: TernaryMixture, phi1: float, phi3: float) -> float:
    """``_stability`` for floats (the arithmetic is the same, without the cost of arrays)."""
    return cast("float", _stability(mixture, cast("Array", phi1), cast("Array", phi3)))


def _skewness(mixture: TernaryMixture, phi1: Array, phi3: Array) -> Array:
    """Third derivative of f along the unstable direction (-f13/f11, 1); shape of the arguments."""
    f11, f13, _ = second_derivatives(mixture, phi1, phi3)
    f111, f113, f133, f333 = third_derivatives(mixture, phi1, phi3)
    v = -f13 / f11
    return ((f111 * v + 3.0 * f113) * v + 3.0 * f133) * v + f333


def _edge_spinodal(mixture: TernaryMixture) -> tuple[float, float]:
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


def _check_topology(mixture: TernaryMixture) -> None:
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


# --- one tie line ---------------------------------------------------------------------------------


def _phase(m: TernaryMixture, z: float, x: float) -> _Phase:
    """Potentials of one phase at z = ln(phi3/(1 - phi3)), x = ln(phi2/phi1), with analytic slopes."""
    ln_t, ln3 = -_softplus(z), -_softplus(-z)
    ln_w, ln_u = -_softplus(x), -_softplus(-x)
    t, p3, w, u = math.exp(ln_t), math.exp(ln3), math.exp(ln_w), math.exp(ln_u)
    p1, p2 = t * w, t * u
    a, b, c, chi = m.g12_constant, m.g12_slope, m.chi23 / m.r2, m.chi13
    k = m.chi123
    t1, t2, t3 = k * p2 * p3, k * p1 * p3, k * p1 * p2  # slopes of the ternary term
    e1 = p2 * (a + b * u * u) + chi * p3 + t1
    e2 = p1 * (a + b * u * (2.0 - u)) + c * p3 + t2
    e3 = chi * p1 + c * p2 + t3
    shift = p1 + p2 / m.r2 + p3 / m.r3 + (a + b * u) * p1 * p2 + chi * p1 * p3 + c * p2 * p3 + 2.0 * t1 * p1
    mu = (
        ln_t + ln_w + 1.0 + e1 - shift,
        (ln_t + ln_u + 1.0) / m.r2 + e2 - shift,
        (ln3 + 1.0) / m.r3 + e3 - shift,
    )
    a11, a12, a22 = -2.0 * b * u**3, a + b * u * u * (1.0 + 2.0 * w), 2.0 * b * w**3

    def slope(d1: float, d2: float, d3: float, l1: float, l2: float, l3: float) -> tuple[float, float, float]:
        down = d1 * (1.0 + e1 + t1) + d2 * (1.0 / m.r2 + e2 + t2) + d3 * (1.0 / m.r3 + e3 + t3)
        return (
            l1 + a11 * d1 + (a12 + k * p3) * d2 + (chi + k * p2) * d3 - down,
            l2 / m.r2 + (a12 + k * p3) * d1 + a22 * d2 + (c + k * p1) * d3 - down,
            l3 / m.r3 + (chi + k * p2) * d1 + (c + k * p1) * d2 - down,
        )

    mu_z = slope(-p3 * p1, -p3 * p2, p3 * t, -p3, -p3, t)
    mu_x = slope(-p1 * u, p1 * u, 0.0, -u, w, 0.0)
    return _Phase((p1, p2, p3), ln3, mu, mu_z, mu_x)


def _unit(column: int) -> Vector:
    """Unit vector of one of the four numbers."""
    return cast("Vector", tuple(1.0 if k == column else 0.0 for k in range(4)))


def _fixed(direction: Vector, value: float) -> Callable[[Array, _Phase, _Phase], tuple[float, Vector]]:
    """Closure: a linear combination of the four numbers has this value."""

    def closure(v: Array, lean: _Phase, rich: _Phase) -> tuple[float, Vector]:
        return float(sum(d * c for d, c in zip(direction, v.tolist(), strict=True))) - value, direction

    return closure


def _through(o1: float, o3: float) -> Callable[[Array, _Phase, _Phase], tuple[float, Vector]]:
    """Closure: the tie line passes through the overall composition."""

    def closure(v: Array, lean: _Phase, rich: _Phase) -> tuple[float, Vector]:
        (l1, l2, l3), (r1, r2, r3) = lean.phi, rich.phi
        residual = (o1 - l1) * (r3 - l3) - (o3 - l3) * (r1 - l1)
        by_l1, by_l3 = o3 - r3, r1 - o1
        by_r1, by_r3 = l3 - o3, o1 - l1
        wl, wr = l1 * l2 / (l1 + l2), r1 * r2 / (r1 + r2)
        return residual, (
            by_l3 * l3 * (1.0 - l3) - by_l1 * l3 * l1,
            -by_l1 * wl,
            by_r3 * r3 * (1.0 - r3) - by_r1 * r3 * r1,
            -by_r1 * wr,
        )

    return closure


def _solve(
    m: TernaryMixture, start: Array, closure: Callable[[Array, _Phase, _Phase], tuple[float, Vector]]
) -> Array | None:
    """Newton's method on equal potentials and a closure; (4,) or None where it does not converge."""
    v = np.array(start, dtype=float)
    polish = 0
    for _ in range(_ITERATIONS):
        lean, rich = _phase(m, float(v[0]), float(v[1])), _phase(m, float(v[2]), float(v[3]))
        value, gradient = closure(v, lean, rich)
        rest = [p - q for p, q in zip(lean.mu, rich.mu, strict=True)]
        worst = max(abs(rest[0]), m.r2 * abs(rest[1]), m.r3 * abs(rest[2]))
        rows = [[lean.mu_z[i], lean.mu_x[i], -rich.mu_z[i], -rich.mu_x[i]] for i in range(3)]
        try:
            step = np.linalg.solve(np.array([*rows, gradient]), np.array([*rest, value]))
        except np.linalg.LinAlgError:
            return None
        if not np.all(np.isfinite(step)):
            return None
        size = float(np.max(np.abs(step) / (1.0 + np.abs(v))))
        if worst < _TOLERANCE and abs(value) < _TOLERANCE:
            # quadratic from here: one or two steps more reach rounding
            polish += 1
            if size < 1e-13 or polish > 2:
                return v if v[2] - v[0] > 0.1 * _FIRST_CONTRAST else None
        limit = np.array([2.0 + 0.3 * abs(float(v[0])), 2.0, 2.0, 2.0])
        v = v - step / max(1.0, float(np.max(np.abs(step) / limit)))
    return None


def _make_line(mixture: TernaryMixture, v: Array, overall: tuple[float, float] | None) -> TieLine:
    """A ``TieLine`` of the four numbers; the share from the overall composition or one half."""
    lean, rich = _phase(mixture, float(v[0]), float(v[1])), _phase(mixture, float(v[2]), float(v[3]))
    share = 0.5
    if overall is not None:
        share = _share(np.array([lean.phi[0], lean.phi[2], rich.phi[0], rich.phi[2]]), *overall)
    return TieLine(lean.phi, rich.phi, share, lean.log3)


def _inside(line: TieLine) -> TieLine | None:
    """The line if the overall composition lies between its ends, else None."""
    return line if 0.0 <= line.share_rich <= 1.0 else None


def _between(v: Array, low: Array, high: Array) -> bool:
    """Whether x of the lean phase lies between that of two neighbours of the family, with some room."""
    room = 0.1 * abs(float(high[1] - low[1])) + 1e-9
    return bool(min(low[1], high[1]) - room <= v[1] <= max(low[1], high[1]) + room)


def _ends(v: Array) -> Array:
    """(lean phi1, lean phi3, rich phi1, rich phi3) of the four numbers; shape (4,)."""
    out: list[float] = []
    for z, x in ((float(v[0]), float(v[1])), (float(v[2]), float(v[3]))):
        # geometry only: a trace of polymer whose square would underflow is none
        out += [math.exp(-_softplus(z) - _softplus(x)), math.exp(-_softplus(-z)) if z > -300.0 else 0.0]
    return np.array(out)


def _offset(ends: Array, o1: float, o3: float) -> Array:
    """Twice the signed area between tie lines (..., 4) and the overall composition; shape (...)."""
    l1, l3, r1, r3 = np.moveaxis(ends, -1, 0)
    return (o1 - l1) * (r3 - l3) - (o3 - l3) * (r1 - l1)


def _share(ends: Array, o1: float, o3: float) -> float:
    """Lever rule: the position of the overall composition between lean (0) and rich (1)."""
    l1, l3, r1, r3 = (float(e) for e in ends)
    return ((o1 - l1) * (r1 - l1) + (o3 - l3) * (r3 - l3)) / ((r1 - l1) ** 2 + (r3 - l3) ** 2)


# --- the family of tie lines ----------------------------------------------------------------------


@lru_cache(maxsize=128)
def _family(mixture: TernaryMixture) -> _Family:
    """Continue tie lines from the critical point to the water/polymer edge."""
    p1, p3 = critical_point(mixture)
    p2 = 1.0 - p1 - p3
    f11, f13, _ = second_derivatives(mixture, cast("Array", p1), cast("Array", p3))
    d1 = -float(f13 / f11)
    slope = p3 * (1.0 - p3) * (-(d1 + 1.0) / p2 - d1 / p1)
    half = 0.5 * _FIRST_CONTRAST
    centre = np.array([_logit(p3), math.log(p2 / p1), _logit(p3), math.log(p2 / p1)])
    contrast_of = np.array([-1.0, 0.0, 1.0, 0.0])
    guess = centre + half * np.array([-1.0, -slope, 1.0, slope])
    first = _solve(mixture, guess, _fixed(cast("Vector", tuple(contrast_of.tolist())), _FIRST_CONTRAST))
    if first is None:
        raise NotConverged(
            "no tie line found next to the critical point", "phase diagram", "Check the interaction parameters."
        )
    lines = [first]
    modes: list[bool] = []
    before, last = centre, first
    by_contrast, step = True, 0.6
    while last[1] > _EDGE:
        direction = contrast_of if by_contrast else np.array([0.0, 1.0, 0.0, 0.0])
        old, now = float(direction @ before), float(direction @ last)
        target = now * math.exp(step) if by_contrast else max(now - step, _EDGE)
        guess = last + (last - before) * ((target - now) / (now - old))
        solved = _solve(mixture, guess, _fixed(cast("Vector", tuple(direction.tolist())), target))
        if solved is None or (not by_contrast and solved[1] > last[1] + 1e-9):
            step *= 0.5
            if step < 1e-3:
                if by_contrast:
                    by_contrast, step = False, 0.2
                    continue
                raise NotConverged(
                    f"the binodal is lost at phi3 = {float(_expit(last[2])):.3g} of its rich branch",
                    "phase diagram",
                    "Check the interaction parameters for a second two-phase region.",
                )
            continue
        before, last = last, solved
        lines.append(last)
        modes.append(by_contrast)
        if by_contrast:
            grown = math.log(float(contrast_of @ last) / float(contrast_of @ before))
            step = min(1.3 * step, 0.6)
            if grown < abs(float(last[1] - before[1])):
                by_contrast, step = False, min(0.5, abs(float(last[1] - before[1])))
        else:
            step = min(1.4 * step, 0.6 if last[1] > -12.0 else 10.0)
    return _Family((p1, p3), np.array(lines), np.array([_ends(v) for v in lines]), tuple(modes))


def _along(mixture: TernaryMixture, family: _Family, k: int, part: float) -> Array:
    """The tie line at a part (0 to 1) of the step from line k to line k + 1; shape (4,)."""
    low, high = family.lines[k], family.lines[k + 1]
    if part <= 0.0 or part >= 1.0:
        return low if part <= 0.0 else high
    start = low + part * (high - low)
    direction: Vector = (-1.0, 0.0, 1.0, 0.0) if family.by_contrast[k] else (0.0, 1.0, 0.0, 0.0)
    solved = _solve(mixture, start, _fixed(direction, float(np.asarray(direction) @ start)))
    if solved is None:
        raise NotConverged(
            f"no tie line found near phi3 = {float(family.ends[k, 3]):.3g} of the rich branch",
            "phase diagram",
            "Check the interaction parameters.",
        )
    return solved


def _bisect(mixture: TernaryMixture, family: _Family, k: int, overall: tuple[float, float]) -> Array:
    """The tie line through the overall composition, by a bracketed search within one step; shape (4,)."""
    part = _root(
        lambda at: float(_offset(_ends(_along(mixture, family, k, at)), *overall)),
        0.0,
        1.0,
    )
    start = _along(mixture, family, k, part)
    solved = _solve(mixture, start, _through(*overall))
    return start if solved is None else solved


# --- small things ---------------------------------------------------------------------------------


def _at_least_two(n: int, where: str) -> None:
    """Raise ``InputError`` for fewer than two points."""
    if n < 2:
        raise InputError(f"n = {n} is below 2", where, "Ask for two points or more.")


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    """Root in a bracket, to rounding."""
    solver = cast("Callable[..., float]", optimize.brentq)  # pyright: ignore[reportUnknownMemberType]
    return float(solver(function, low, high, xtol=1e-16, rtol=1e-14))


def _softplus(y: float) -> float:
    """ln(1 + exp y)."""
    return max(y, 0.0) + math.log1p(math.exp(-abs(y)))


def _logit(p: float) -> float:
    """ln(p/(1 - p))."""
    return math.log(p) - math.log1p(-p)


def _expit(z: Array) -> Array:
    """1/(1 + exp(-z)), the shape of ``z``, for z of moderate size."""
    return 1.0 / (1.0 + np.exp(-z))
