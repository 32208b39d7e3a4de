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
        work = np.empty((6, *one.shape))
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
def _local_part(one, three, mu1, mu3, share, m, physics, table):  # pragma: no cover  (compiled)
    """Potentials without the gradient's part, drift and mobility of flat fields, in pieces that stay in the cache."""
    r2, r3, a, b, chi13, c, cutoff = physics[0], physics[1], physics[2], physics[3], physics[4], physics[5], physics[6]
    drift, log_cutoff, even = physics[9], np.log(physics[6]), table.size == 2 and table[0] == table[1]
    buffers = np.empty((7, PIECE))
    for begin in range(0, one.size, PIECE):
        n = min(PIECE, one.size - begin)
        p1, p3, p2, cut = one[begin : begin + n], three[begin : begin + n], buffers[0, :n], buffers[1, :n]
        for k in range(n):
            p2[k] = 1.0 - p3[k] - p1[k]
            cut[k] = max(p3[k], cutoff)
        log1, log2, log3, e, x = buffers[2, :n], buffers[3, :n], buffers[4, :n], buffers[5, :n], buffers[6, :n]
        _logarithms(p1, e, x, log1)
        _logarithms(p2, e, x, log2)
        _logarithms(cut, e, x, log3)
        out1, out3, w, mobility = (
            mu1[begin : begin + n],
            mu3[begin : begin + n],
            share[begin : begin + n],
            m[begin : begin + n],
        )
        for k in range(n):  # ln phi3, straight below the cut-off
            log3[k] = log3[k] if p3[k] > cutoff else log_cutoff + (p3[k] - cutoff) / cutoff
        # d/dphi1 and d/dphi3 of (a + b v) phi1 phi2 + chi13 phi1 phi3 + c phi2 phi3, v = phi2/(phi1 + phi2)
        for k in range(n):
            u = p1[k] / (1.0 - p3[k])
            g = a + b * (1.0 - u)
            out1[k] = log1[k] + 1.0 - (log2[k] + 1.0) / r2 + g * (p2[k] - p1[k]) - b * u * p2[k] + (chi13 - c) * p3[k]
        for k in range(n):
            u = p1[k] / (1.0 - p3[k])
            g = a + b * (1.0 - u)
            rest = (chi13 - g) * p1[k] - b * u * u * p2[k] + c * (p2[k] - p3[k])
            out3[k] = (log3[k] + 1.0) / r3 - (log2[k] + 1.0) / r2 + rest
        for k in range(n):
            w[k] = drift * p1[k] / (1.0 - p3[k])
        if even:
            for k in range(n):
                mobility[k] = table[0]
        else:
            for k in range(n):
                mobility[k] = _mobility(p3[k], table)


@njit(**OPTIONS)
def _gain(mu1, mu3, w, m, nu1, nu3, v, n, J, into1, into3, factor, exchange):  # pragma: no cover  (compiled)
    """Adds what flows in from neighbours with the values nu1, nu3, v, n; all flat and of one length."""
    half = 0.5 * factor
    for k in range(J.size):
        J[k] = half * (m[k] + n[k]) * (nu3[k] - mu3[k] - 0.5 * (w[k] + v[k]) * (nu1[k] - mu1[k]))
    for k in range(J.size):
        into1[k] += factor * exchange * (nu1[k] - mu1[k]) - 0.5 * (w[k] + v[k]) * J[k]
    for k in range(J.size):
        into3[k] += J[k]


@njit(**OPTIONS)
def _steps(one, three, work, steps, step, physics, table, factor):  # pragma: no cover  (compiled)
    """Explicit steps in place. Fields are seen as n0 planes of n1 n2 cells: neighbours are the same plane shifted, ends put right apart."""
    n0, n1, n2 = one.shape
    n = n1 * n2
    K, exchange = physics[7], physics[8]
    stiff = K * factor
    y3, Q = three.reshape(n0, n), work.reshape(6, n0, n)
    J, turned = np.empty(n), np.empty((5, n))
    for _ in range(steps):
        Q1, Q3, QW, QM = Q[0], Q[1], Q[2], Q[3]
        _local_part(one.ravel(), three.ravel(), Q1.ravel(), Q3.ravel(), QW.ravel(), QM.ravel(), physics, table)
        for i in range(n0):
            c, mu = y3[i], Q3[i]
            for k in range(n):
                mu[k] += stiff * (6.0 if n0 > 1 else 4.0) * c[k]
            if n0 > 1:
                a, b = y3[(i + n0 - 1) % n0], y3[(i + 1) % n0]
                for k in range(n):
                    mu[k] -= stiff * (a[k] + b[k])
            for axis in (1, 2):
                for side in (-1, 1):
                    _turn(c, turned[4], n1, n2, axis, side)
                    beside = turned[4]
                    for k in range(n):
                        mu[k] -= stiff * beside[k]
        for i in range(n0):
            into1, into3 = Q[4, i], Q[5, i]
            into1[:] = 0.0
            into3[:] = 0.0
            mu1, mu3, w, m = Q1[i], Q3[i], QW[i], QM[i]
            if n0 > 1:
                for o in ((i + n0 - 1) % n0, (i + 1) % n0):
                    _gain(mu1, mu3, w, m, Q1[o], Q3[o], QW[o], QM[o], J, into1, into3, factor, exchange)
            for axis in (1, 2):
                for side in (-1, 1):
                    t1, t3, tw, tm = turned[0], turned[1], turned[2], turned[3]
                    _turn(mu1, t1, n1, n2, axis, side)
                    _turn(mu3, t3, n1, n2, axis, side)
                    _turn(w, tw, n1, n2, axis, side)
                    _turn(m, tm, n1, n2, axis, side)
                    _gain(mu1, mu3, w, m, t1, t3, tw, tm, J, into1, into3, factor, exchange)
        a, b, d, e = one.ravel(), three.ravel(), Q[4].ravel(), Q[5].ravel()
        for k in range(a.size):
            a[k] += step * d[k]
        for k in range(a.size):
            b[k] += step * e[k]


@njit(**OPTIONS)
def _turn(x, out, n1, n2, axis, side):  # pragma: no cover  (compiled)
    """A flat plane of n1 rows of n2 cells turned by one cell along its rows (axis 2) or across them, as it closes on itself."""
    # in loops: an assignment of slices takes the compiler seconds for a check of shapes
    n = n1 * n2
    if axis == 1:
        cut = n2 if side > 0 else n - n2
        for k in range(n - cut):
            out[k] = x[k + cut]
        for k in range(cut):
            out[k + n - cut] = x[k]
    elif side > 0:
        for k in range(n - 1):
            out[k] = x[k + 1]
        for j in range(n1):
            out[j * n2 + n2 - 1] = x[j * n2]
    else:
        for k in range(1, n):
            out[k] = x[k - 1]
        for j in range(n1):
            out[j * n2] = x[j * n2 + n2 - 1]
