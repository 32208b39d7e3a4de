r"""Demixing with both fields, water and polymer: the check on the one-field model of ``reduced_energy``.

.. math:: J_3 = -M_p \left[\nabla (\mu_3 - K \nabla^2 \phi_3) - w \nabla \mu_1\right], \qquad
   J_1 = -M_x \nabla \mu_1 - w J_3, \qquad w = \phi_1/(1 - \phi_3)

with the exchange potentials mu1 = df/dphi1, mu3 = df/dphi3: solvents drift against the polymer at their own composition (-w J_3) and
exchange by M_x. As M_x grows, mu1 levels out and the polymer follows the one-field equation. Units as in ``quench``: b, kT per reference volume.

Source: B. Zhou & A. C. Powell, J. Membr. Sci. 268 (2006) 150 (ternary Cahn-Hilliard with Flory-Huggins energies); explicit Euler, second order
central differences, fluxes at faces.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from honeycell.numerics.conserved_kernels import OPTIONS
from honeycell.quantities.errors import InputError, NotConverged

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from honeycell.physics.flory_huggins import TernaryMixture

    Floats = NDArray[np.float64]

SAFETY = 0.8
BURST = 50  # steps between two looks at the stable step
PIECE = 512  # cells whose logarithms are taken together
# the bits of a double: where the exponent stands, its mantissa's, those of 2^52, of sqrt(1/2) and what 1 has more than sqrt(1/2)
EXPONENT, MANTISSA, MAGIC = np.uint64(52), np.uint64(0x000FFFFFFFFFFFFF), np.uint64(0x4330000000000000)
ROOT_HALF, SHIFT = np.uint64(0x3FE6A09E667F3BCD), np.uint64(0x3FF0000000000000 - 0x3FE6A09E667F3BCD)
BIAS, LN_2 = 2.0**52 + 1023.0, math.log(2.0)


@dataclass(frozen=True)
class TernaryField:
    """The equations on a periodic grid.

    Parameters
    ----------
    mixture : the free energy.
    gradient, spacing : K [b^2] and cell edge [b].
    exchange : M_x.  polymer : M_p, one number or at equally spaced phi3 from 0 to 1.
    cutoff : phi3 below which ln phi3 is continued as a straight line.
    drift : share of w with which solvents drift against the polymer; 0 leaves each field to its own potential, for comparisons.
    """

    mixture: TernaryMixture
    gradient: float
    spacing: float
    exchange: float
    polymer: float | Floats = 1.0
    cutoff: float = 1e-3
    drift: float = 1.0

    def __post_init__(self) -> None:
        if not (self.gradient >= 0.0 and min(self.spacing, self.exchange, self.cutoff) > 0.0):
            raise InputError(
                "a gradient, spacing, exchange or cut-off out of range", "ternary field", "They must be positive."
            )
        if self.mixture.chi123 != 0.0:
            raise InputError("a ternary interaction", "ternary field", "The two-field check knows pairs only.")

    @property
    def _numbers(self) -> tuple[tuple[float, ...], Floats]:
        m = self.mixture
        table = np.broadcast_to(np.asarray(self.polymer, float), (2,)) if np.ndim(self.polymer) == 0 else self.polymer
        physics = (
            m.r2,
            m.r3,
            m.g12_constant,
            m.g12_slope,
            m.chi13,
            m.chi23 / m.r2,
            self.cutoff,
            self.gradient,
            self.exchange,
            self.drift,
        )
        return physics, np.ascontiguousarray(table, float)

    def stable_step(self, water: ArrayLike, polymer: ArrayLike) -> float:
        """2 over a bound on the fastest decay, with mobilities held: the trace of mobility times curvature at the shortest wave."""
        one, three = _checked(water), _checked(polymer)
        q = 4.0 * np.ndim(polymer) / self.spacing**2
        return 2.0 / (q * float(_steepest(one, three, *self._numbers, q)))

    def evolve(
        self, water: ArrayLike, polymer: ArrayLike, duration: float, step: float | None = None
    ) -> tuple[Floats, Floats]:
        """Both fields after a while; by default steps of SAFETY times the longest stable one.

        Raises
        ------
        InputError : fields of other than two or three dimensions, or that do not fit each other.
        NotConverged : a fraction left the triangle of compositions: a step too long.
        """
        if np.shape(water) != np.shape(polymer):
            raise InputError(f"fields of {np.shape(water)} and {np.shape(polymer)}", "ternary field", "Give one shape.")
        one, three = _checked(water).copy(), _checked(polymer).copy()
        work = np.empty((4, *one.shape))
        left = duration
        while left > 1e-12 * duration:
            longest = SAFETY * self.stable_step(one, three) if step is None else step
            count = min(BURST, max(1, math.ceil(left / longest - 1e-9)))
            now = min(longest, left / count)
            _steps(one, three, work, count, now, *self._numbers, self.spacing**-2)
            left -= count * now
            if not (np.isfinite(three).all() and one.min() > 0.0 and (one + three).max() < 1.0):
                raise NotConverged(
                    "a fraction left the triangle of compositions", "ternary field", "Take shorter steps."
                )
        return one.reshape(np.shape(water)), three.reshape(np.shape(polymer))

    def free_energy(self, water: ArrayLike, polymer: ArrayLike) -> float:
        """Free energy of the box, f as the mixture's; phi3 is to be positive."""
        one, three = np.asarray(water, float), np.asarray(polymer, float)
        bend = sum(((np.roll(three, -1, axis) - three) ** 2).sum() for axis in range(three.ndim))
        local = float(self.mixture.free_energy(one, three).sum())
        return (local + 0.5 * self.gradient * float(bend) / self.spacing**2) * self.spacing**three.ndim


def _checked(field: ArrayLike) -> Floats:
    values = np.ascontiguousarray(field, float)
    if values.ndim not in (2, 3):
        raise InputError(f"a field of {values.ndim} dimensions", "ternary field", "Give two or three.")
    return values[None] if values.ndim == 2 else values


@njit(**OPTIONS)
def _curvatures(p1, p3, physics):  # pragma: no cover  (compiled)
    r2, r3, a, b, chi13, c, cutoff = physics[0], physics[1], physics[2], physics[3], physics[4], physics[5], physics[6]
    t = 1.0 - p3
    w = p1 / t
    s2 = 1.0 / (r2 * (t - p1))
    f11 = 1.0 / p1 + s2 - 2.0 * (a + 2.0 * b) + 6.0 * b * w
    f13 = s2 - (a + b) + 3.0 * b * w * w + chi13 - c
    f33 = 1.0 / (r3 * max(p3, cutoff)) + s2 + 2.0 * b * w * w * w - 2.0 * c
    return f11, f13, f33


@njit(**OPTIONS)
def _mobility(p3, table):  # pragma: no cover  (compiled)
    last = table.size - 1.0
    x = min(max(p3 * last, 0.0), last)
    q = min(int(x), table.size - 2)
    return table[q] + (x - q) * (table[q + 1] - table[q])


@njit(**OPTIONS)
def _steepest(one, three, physics, table, q):  # pragma: no cover  (compiled)
    K, exchange = physics[7], physics[8]
    most, steepest = 0.0, 0.0
    for p3 in three.ravel():
        most = max(most, _mobility(p3, table))
    a, b = one.ravel(), three.ravel()
    for k in range(a.size):
        p1, p3 = a[k], b[k]
        f11, f13, f33 = _curvatures(p1, p3, physics)
        w = p1 / (1.0 - p3)
        trace = (exchange + w * w * most) * f11 + 2.0 * w * most * abs(f13) + most * (max(f33, 0.0) + K * q)
        steepest = max(steepest, trace)
    return steepest


@njit(**OPTIONS)
def _logarithms(x, exponent, mantissa, out):  # pragma: no cover  (compiled)
    """Logarithms of positive normal numbers to 2e-15, in loops that vectorise: x = 2^e m, m about 1, ln m by its series in (m - 1)/(m + 1)."""
    bits, e, m = x.view(np.uint64), exponent.view(np.uint64), mantissa.view(np.uint64)
    for k in range(x.size):
        t = bits[k] + SHIFT
        e[k] = (t >> EXPONENT) | MAGIC
        m[k] = (t & MANTISSA) + ROOT_HALF
    for k in range(x.size):
        r = (mantissa[k] - 1.0) / (mantissa[k] + 1.0)
        q = r * r
        series = 1.0 / 17.0 + q * (1.0 / 19.0 + q * (1.0 / 21.0))
        series = 1.0 / 11.0 + q * (1.0 / 13.0 + q * (1.0 / 15.0 + q * series))
        series = 1.0 + q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * (1.0 / 7.0 + q * (1.0 / 9.0 + q * series))))
        out[k] = (exponent[k] - BIAS) * LN_2 + 2.0 * r * series


@njit(**OPTIONS)
def _local_part(one, three, mu1, mu3, share, m, physics, table, coupled):  # pragma: no cover  (compiled)
    """Potentials without the gradient's part and, where ``coupled``, drift and mobility of flat fields, in pieces that stay in the cache."""
    r2, r3, a, b, chi13, c, cutoff = physics[0], physics[1], physics[2], physics[3], physics[4], physics[5], physics[6]
    drift, log_cutoff, over2, over3 = physics[9], np.log(physics[6]), 1.0 / r2, 1.0 / r3
    buffers = np.empty((8, PIECE))
    for begin in range(0, one.size, PIECE):
        n = min(PIECE, one.size - begin)
        p1, p3, p2, cut, u = (
            one[begin : begin + n],
            three[begin : begin + n],
            buffers[0, :n],
            buffers[1, :n],
            buffers[7, :n],
        )
        for k in range(n):
            p2[k] = 1.0 - p3[k] - p1[k]
            cut[k] = max(p3[k], cutoff)
        for k in range(n):
            u[k] = p1[k] / (1.0 - p3[k])
        log1, log2, log3, e, x = buffers[2, :n], buffers[3, :n], buffers[4, :n], buffers[5, :n], buffers[6, :n]
        _logarithms(p1, e, x, log1)
        _logarithms(p2, e, x, log2)
        _logarithms(cut, e, x, log3)
        out1, out3 = mu1[begin : begin + n], mu3[begin : begin + n]
        for k in range(n):  # ln phi3, straight below the cut-off
            log3[k] = log3[k] if p3[k] > cutoff else log_cutoff + (p3[k] - cutoff) / cutoff
        # d/dphi1 and d/dphi3 of (a + b v) phi1 phi2 + chi13 phi1 phi3 + c phi2 phi3, v = phi2/(phi1 + phi2)
        for k in range(n):
            g = a + b * (1.0 - u[k])
            rest = g * (p2[k] - p1[k]) - b * u[k] * p2[k] + (chi13 - c) * p3[k]
            out1[k] = log1[k] + 1.0 - (log2[k] + 1.0) * over2 + rest
        for k in range(n):
            g = a + b * (1.0 - u[k])
            rest = (chi13 - g) * p1[k] - b * u[k] * u[k] * p2[k] + c * (p2[k] - p3[k])
            out3[k] = (log3[k] + 1.0) * over3 - (log2[k] + 1.0) * over2 + rest
        if coupled:
            w, mobility = share[begin : begin + n], m[begin : begin + n]
            for k in range(n):
                w[k] = drift * u[k]
            for k in range(n):
                mobility[k] = _mobility(p3[k], table)


@njit(**OPTIONS)
def _around(x, out):  # pragma: no cover  (compiled)
    """A row with the neighbours of its ends, as it closes on itself: cell k of ``x`` is k + 1 of ``out``."""
    n = x.size
    for k in range(n):
        out[k + 1] = x[k]
    out[0], out[n + 1] = x[n - 1], x[0]


@njit(**OPTIONS)
def _curve(x, i, j, wide, out):  # pragma: no cover  (compiled)
    """What the neighbours of row (i, j) have more than it, summed up; ``wide`` is room for a row and two."""
    n0, n1, n2 = x.shape
    _around(x[i, j], wide)
    up, down = x[i, (j + n1 - 1) % n1], x[i, (j + 1) % n1]
    for k in range(n2):
        out[k] = up[k] + down[k] + wide[k] + wide[k + 2] - 4.0 * wide[k + 1]
    if n0 > 1:
        above, below = x[(i + n0 - 1) % n0, j], x[(i + 1) % n0, j]
        for k in range(n2):
            out[k] += above[k] + below[k] - 2.0 * wide[k + 1]


@njit(**OPTIONS)
def _gain(mu1, mu3, w, m, nu1, nu3, v, n, J, into1, into3, exchange):  # pragma: no cover  (compiled)
    """Adds what flows in from neighbours with the values nu1, nu3, v, n, in units of the factor; rows of one length."""
    for k in range(J.size):
        J[k] = 0.5 * (m[k] + n[k]) * (nu3[k] - mu3[k] - 0.5 * (w[k] + v[k]) * (nu1[k] - mu1[k]))
    for k in range(J.size):
        into1[k] += exchange * (nu1[k] - mu1[k]) - 0.5 * (w[k] + v[k]) * J[k]
    for k in range(J.size):
        into3[k] += J[k]


@njit(**OPTIONS)
def _steps(one, three, work, steps, step, physics, table, factor):  # pragma: no cover  (compiled)
    """Explicit steps in place, row by row. Without drift and with one mobility each field follows its own potential's Laplacian."""
    n0, n1, n2 = one.shape
    exchange, stiff, amount = physics[8], physics[7] * factor, step * factor
    coupled = physics[9] != 0.0 or table.size != 2 or table[0] != table[1]
    Q1, Q3, QW, QM = work[0], work[1], work[2], work[3]
    wide, J, into1, into3 = np.empty((4, n2 + 2)), np.empty(n2), np.empty(n2), np.empty(n2)
    for _ in range(steps):
        _local_part(one.ravel(), three.ravel(), Q1.ravel(), Q3.ravel(), QW.ravel(), QM.ravel(), physics, table, coupled)
        for i in range(n0):
            for j in range(n1):
                mu = Q3[i, j]
                _curve(three, i, j, wide[0], J)
                for k in range(n2):
                    mu[k] -= stiff * J[k]
        for i in range(n0):
            for j in range(n1):
                a, b = one[i, j], three[i, j]
                if not coupled:
                    _curve(Q1, i, j, wide[0], into1)
                    _curve(Q3, i, j, wide[0], into3)
                    for k in range(n2):
                        a[k] += amount * exchange * into1[k]
                    for k in range(n2):
                        b[k] += amount * table[0] * into3[k]
                    continue
                mu1, mu3, w, m = Q1[i, j], Q3[i, j], QW[i, j], QM[i, j]
                for k in range(n2):
                    into1[k] = 0.0
                    into3[k] = 0.0
                for l in ((j + n1 - 1) % n1, (j + 1) % n1):
                    _gain(mu1, mu3, w, m, Q1[i, l], Q3[i, l], QW[i, l], QM[i, l], J, into1, into3, exchange)
                if n0 > 1:
                    for h in ((i + n0 - 1) % n0, (i + 1) % n0):
                        _gain(mu1, mu3, w, m, Q1[h, j], Q3[h, j], QW[h, j], QM[h, j], J, into1, into3, exchange)
                _around(mu1, wide[0])
                _around(mu3, wide[1])
                _around(w, wide[2])
                _around(m, wide[3])
                for at in (0, 2):
                    t1, t3, tw, tm = (
                        wide[0, at : at + n2],
                        wide[1, at : at + n2],
                        wide[2, at : at + n2],
                        wide[3, at : at + n2],
                    )
                    _gain(mu1, mu3, w, m, t1, t3, tw, tm, J, into1, into3, exchange)
                for k in range(n2):
                    a[k] += amount * into1[k]
                for k in range(n2):
                    b[k] += amount * into3[k]
