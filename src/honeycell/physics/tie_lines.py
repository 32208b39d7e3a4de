"""One tie line: two phases with equal chemical potentials, found by Newton's method.

A tie line is four numbers, z = ln(phi3/(1 - phi3)) and x = ln(phi2/phi1) of the lean and of the rich phase, so that a lean phase with 1e-30 of
polymer, or far less, neither underflows nor loses digits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from honeycell.physics.flory_huggins import TernaryMixture

    Array: TypeAlias = NDArray[np.float64]

# Gradient over the four numbers of a tie line
Vector: TypeAlias = tuple[float, float, float, float]

# Settings of the method, not of the physics
_TOLERANCE = 1e-10  # of the chemical potentials, kT per molecule
_ITERATIONS = 60
FIRST_CONTRAST = 0.02  # z_rich - z_lean of the first tie line after the critical point


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
class Phase:
    """Chemical potentials per reference volume (water, solvent, polymer) and slopes over (z, x)."""

    phi: tuple[float, float, float]
    log3: float
    mu: tuple[float, float, float]
    mu_z: tuple[float, float, float]
    mu_x: tuple[float, float, float]


def phase_at(m: TernaryMixture, z: float, x: float) -> Phase:
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
    return Phase((p1, p2, p3), ln3, mu, mu_z, mu_x)


def unit_vector(column: int) -> Vector:
    """Unit vector of one of the four numbers."""
    return cast("Vector", tuple(1.0 if k == column else 0.0 for k in range(4)))


def fixed(direction: Vector, value: float) -> Callable[[Array, Phase, Phase], tuple[float, Vector]]:
    """Closure: a linear combination of the four numbers has this value."""

    def closure(v: Array, lean: Phase, rich: Phase) -> tuple[float, Vector]:
        return float(sum(d * c for d, c in zip(direction, v.tolist(), strict=True))) - value, direction

    return closure


def through(o1: float, o3: float) -> Callable[[Array, Phase, Phase], tuple[float, Vector]]:
    """Closure: the tie line passes through the overall composition."""

    def closure(v: Array, lean: Phase, rich: Phase) -> tuple[float, Vector]:
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


def solve(
    m: TernaryMixture, start: Array, closure: Callable[[Array, Phase, Phase], tuple[float, Vector]]
) -> Array | None:
    """Newton's method on equal potentials and a closure; (4,) or None where it does not converge."""
    v = np.array(start, dtype=float)
    polish = 0
    for _ in range(_ITERATIONS):
        lean, rich = phase_at(m, float(v[0]), float(v[1])), phase_at(m, float(v[2]), float(v[3]))
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
                return v if v[2] - v[0] > 0.1 * FIRST_CONTRAST else None
        limit = np.array([2.0 + 0.3 * abs(float(v[0])), 2.0, 2.0, 2.0])
        v = v - step / max(1.0, float(np.max(np.abs(step) / limit)))
    return None


def make_line(mixture: TernaryMixture, v: Array, overall: tuple[float, float] | None) -> TieLine:
    """A ``TieLine`` of the four numbers; the share from the overall composition or one half."""
    lean, rich = phase_at(mixture, float(v[0]), float(v[1])), phase_at(mixture, float(v[2]), float(v[3]))
    share = 0.5
    if overall is not None:
        share = share_of(np.array([lean.phi[0], lean.phi[2], rich.phi[0], rich.phi[2]]), *overall)
    return TieLine(lean.phi, rich.phi, share, lean.log3)


def inside(line: TieLine) -> TieLine | None:
    """The line if the overall composition lies between its ends, else None."""
    return line if 0.0 <= line.share_rich <= 1.0 else None


def lies_between(v: Array, low: Array, high: Array) -> bool:
    """Whether x of the lean phase lies between that of two neighbours of the family, with some room."""
    room = 0.1 * abs(float(high[1] - low[1])) + 1e-9
    return bool(min(low[1], high[1]) - room <= v[1] <= max(low[1], high[1]) + room)


def ends_of(v: Array) -> Array:
    """(lean phi1, lean phi3, rich phi1, rich phi3) of the four numbers; shape (4,)."""
    out: list[float] = []
    for z, x in ((float(v[0]), float(v[1])), (float(v[2]), float(v[3]))):
        # geometry only: a trace of polymer whose square would underflow is none
        out += [math.exp(-_softplus(z) - _softplus(x)), math.exp(-_softplus(-z)) if z > -300.0 else 0.0]
    return np.array(out)


def offset_of(ends: Array, o1: float, o3: float) -> Array:
    """Twice the signed area between tie lines (..., 4) and the overall composition; shape (...)."""
    l1, l3, r1, r3 = np.moveaxis(ends, -1, 0)
    return (o1 - l1) * (r3 - l3) - (o3 - l3) * (r1 - l1)


def share_of(ends: Array, o1: float, o3: float) -> float:
    """Lever rule: the position of the overall composition between lean (0) and rich (1)."""
    l1, l3, r1, r3 = (float(e) for e in ends)
    return ((o1 - l1) * (r1 - l1) + (o3 - l3) * (r3 - l3)) / ((r1 - l1) ** 2 + (r3 - l3) ** 2)


def _softplus(y: float) -> float:
    """ln(1 + exp y)."""
    return max(y, 0.0) + math.log1p(math.exp(-abs(y)))
