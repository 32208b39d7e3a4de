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


@njit(inline="always")
def _curvatures(p1, p3, physics):  # pragma: no cover  (compiled)
    r2, r3, a, b, chi13, c, cutoff = physics[0], physics[1], physics[2], physics[3], physics[4], physics[5], physics[6]
    t = 1.0 - p3
    w = p1 / t
    s2 = 1.0 / (r2 * (t - p1))
    f11 = 1.0 / p1 + s2 - 2.0 * (a + 2.0 * b) + 6.0 * b * w
    f13 = s2 - (a + b) + 3.0 * b * w * w + chi13 - c
    f33 = 1.0 / (r3 * max(p3, cutoff)) + s2 + 2.0 * b * w * w * w - 2.0 * c
    return f11, f13, f33


@njit(inline="always")
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
def _steps(one, three, work, steps, step, physics, table, factor):  # pragma: no cover  (compiled)
    n0, n1, n2 = one.shape
    mu1, mu3, share, m = work[0], work[1], work[2], work[3]
    r2, r3, a, b, chi13, c, cutoff = physics[0], physics[1], physics[2], physics[3], physics[4], physics[5], physics[6]
    K, exchange, drift = physics[7], physics[8], physics[9]
    stiff, log_cutoff, half = K * factor, np.log(cutoff), 0.5 * factor
    deep = n0 > 1
    for _ in range(steps):
        for i in range(n0):
            iu, id_ = (i + n0 - 1) % n0, (i + 1) % n0
            for j in range(n1):
                ju, jd = (j + n1 - 1) % n1, (j + 1) % n1
                for k in range(n2):
                    p1, p3 = one[i, j, k], three[i, j, k]
                    t = 1.0 - p3
                    p2 = t - p1
                    w = p1 / t
                    v = 1.0 - w
                    cut = max(p3, cutoff)
                    # ln phi3, straight below the cut-off
                    log3 = np.log(cut) if p3 > cutoff else log_cutoff + (p3 - cutoff) / cutoff
                    log2 = (np.log(p2) + 1.0) / r2
                    g = a + b * v
                    # d/dphi1 and d/dphi3 of (a + b v) phi1 phi2 + chi13 phi1 phi3 + c phi2 phi3, v = phi2/(phi1 + phi2)
                    mu1[i, j, k] = np.log(p1) + 1.0 - log2 + g * (p2 - p1) - b * w * p2 + chi13 * p3 - c * p3
                    mu = (log3 + 1.0) / r3 - log2 - g * p1 - b * w * w * p2 + chi13 * p1 + c * (p2 - p3)
                    mu3[i, j, k] = mu
                    share[i, j, k] = drift * w
                    m[i, j, k] = _mobility(p3, table)
                for k in range(n2):
                    p3 = three[i, j, k]
                    ku, kd = k - 1 if k > 0 else n2 - 1, k + 1 if k < n2 - 1 else 0
                    bend = three[i, ju, k] + three[i, jd, k] + three[i, j, ku] + three[i, j, kd] - 4.0 * p3
                    if deep:
                        bend += three[iu, j, k] + three[id_, j, k] - 2.0 * p3
                    mu3[i, j, k] -= stiff * bend
        for axis in range(3 if deep else 2):
            for i in range(n0):
                for j in range(n1):
                    for k in range(n2):
                        # the face to the next cell; what leaves here enters there
                        x, y, z = i, j, k
                        if axis == 0:
                            z = k + 1 if k < n2 - 1 else 0
                        elif axis == 1:
                            y = j + 1 if j < n1 - 1 else 0
                        else:
                            x = i + 1 if i < n0 - 1 else 0
                        w = 0.5 * (share[i, j, k] + share[x, y, z])
                        d1 = mu1[x, y, z] - mu1[i, j, k]
                        J3 = half * (m[i, j, k] + m[x, y, z]) * (mu3[x, y, z] - mu3[i, j, k] - w * d1)
                        J1 = factor * exchange * d1 - w * J3
                        one[i, j, k] += step * J1
                        one[x, y, z] -= step * J1
                        three[i, j, k] += step * J3
                        three[x, y, z] -= step * J3
