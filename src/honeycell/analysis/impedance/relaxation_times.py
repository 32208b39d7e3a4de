"""Distribution of relaxation times: how much resistance relaxes at each time constant, without a circuit.

Z = R + j omega L + 1/(j omega C) + integral of gamma(ln tau) / (1 + j omega tau) d ln tau, with gamma nowhere negative and smooth. The weight of smoothness is
chosen by generalised cross-validation on the problem without the sign, then the sign is imposed. Source: Wan, Saccoccio, Chen & Ciucci, Electrochim.
Acta 184 (2015) 483, doi:10.1016/j.electacta.2015.09.097 (regularised inversion); Lawson & Hanson, Solving Least Squares Problems (1995),
doi:10.1137/1.9781611971217 (non-negative least squares).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Complexes = NDArray[np.complex128]

TIMES_PER_DECADE = 10
BEYOND = 0.5  # decades of time constants outside the window
SMOOTHNESS = np.geomspace(1e-10, 1e1, 34)
CAUTION = 1.0  # weight of the degrees of freedom in cross-validation
SIDE_LOBE = 0.06  # of the larger neighbour: smoothing sheds lobes of that size, which belong to it


@dataclass(frozen=True, slots=True)
class Peak:
    """A peak of the distribution: its ``time_constant`` [s] and the ``resistance`` [ohm] under it."""

    time_constant: float
    resistance: float


@dataclass(frozen=True, slots=True)
class RelaxationTimes:
    """``density`` gamma [ohm] at ``time_constant`` tau [s], both (m,); ``series_resistance`` [ohm], ``inductance`` [H], ``elastance`` 1/C [1/F].

    ``peaks`` from fast to slow; ``smoothness`` the weight chosen; ``rms`` the relative residual.
    """

    time_constant: Floats
    density: Floats
    series_resistance: float
    inductance: float
    elastance: float
    peaks: tuple[Peak, ...]
    smoothness: float
    rms: float

    @property
    def resistance(self) -> float:
        """Resistance [ohm] under the whole distribution."""
        return float(self.density.sum() * _spacing(self.time_constant))


def relaxation_times(frequency: Floats, impedance: Complexes, weight: Floats | None = None) -> RelaxationTimes:
    """Distribution of one spectrum.

    Parameters
    ----------
    frequency : [Hz] (n,), in any order;  impedance : [ohm] (n,);  weight : (n,), 0 leaves a point out.

    Validity: an impedance that stays bounded at low frequency but for a capacitance in series. A Warburg tail is rendered by a row of
    peaks at its slow end that mean nothing one by one.
    """
    from scipy.optimize import nnls

    f, Z = np.asarray(frequency, float), np.asarray(impedance, complex)
    used = np.ones(len(f), dtype=bool) if weight is None else np.asarray(weight) > 0.0
    omega, Z = 2.0 * np.pi * f[used], Z[used]
    low, high = -math.log10(omega.max()) - BEYOND, -math.log10(omega.min()) + BEYOND
    tau = np.logspace(low, high, round(TIMES_PER_DECADE * (high - low)) + 1)
    step = _spacing(tau)
    middle = math.sqrt(omega.min() * omega.max())
    kernel = step / (1.0 + 1j * omega[:, None] * tau)
    others = np.stack([np.ones_like(omega), 1j * omega / middle, middle / (1j * omega)], axis=1)
    size = np.abs(Z)
    A = np.concatenate([others, kernel], axis=1) / size[:, None]
    A, y = np.concatenate([A.real, A.imag]), np.concatenate([(Z / size).real, (Z / size).imag])
    # the unit of gamma is the modulus, so that the weight of smoothness has none
    unit = float(np.exp(np.mean(np.log(size))))
    A = A * unit
    bend = np.zeros((len(tau), A.shape[1]))
    bend[:, 3:] = np.diff(np.eye(len(tau) + 2), 2, axis=0)[:, 1:-1]
    roughness = bend.T @ bend + 1e-8 * np.eye(A.shape[1])
    weight_of = _best_smoothness(A, y, roughness)
    rows = np.concatenate([A, math.sqrt(weight_of) * bend])
    solution, _ = nnls(rows, np.concatenate([y, np.zeros(len(bend))]), maxiter=50 * A.shape[1])
    residual = A @ solution - y
    gamma = solution[3:] * unit
    return RelaxationTimes(
        tau,
        gamma,
        float(solution[0] * unit),
        float(solution[1] * unit / middle),
        float(solution[2] * unit * middle),
        _peaks(tau, gamma, step),
        weight_of,
        math.sqrt(2.0 * float(residual @ residual) / len(y)),
    )


def _best_smoothness(A: Floats, y: Floats, roughness: Floats) -> float:
    """The weight of least generalised cross-validation error."""
    from scipy.linalg import eigh

    normal = A.T @ A
    # one eigenproblem serves every weight: normal v = d (roughness + small normal) v
    scale = np.trace(normal) / len(normal)
    d, V = eigh(normal, roughness + 1e-10 / scale * normal)
    d = np.maximum(d, 0.0)
    g = V.T @ (A.T @ y)
    error = []
    for weight in SMOOTHNESS:
        shrunk = 1.0 / (d + weight)
        left = float(y @ y - (g**2 * (2.0 * shrunk - d * shrunk**2)).sum())
        free = len(y) - CAUTION * float((d * shrunk).sum())
        error.append(max(left, 1e-15) / free**2 if free > 1.0 else math.inf)
    return float(SMOOTHNESS[int(np.argmin(error))])


def _peaks(tau: Floats, gamma: Floats, step: float) -> tuple[Peak, ...]:
    padded = np.concatenate([[0.0], gamma, [0.0]])
    tops = np.flatnonzero((padded[1:-1] > padded[:-2]) & (padded[1:-1] >= padded[2:]))
    edges = [0, *(a + int(np.argmin(gamma[a:b])) for a, b in zip(tops, tops[1:], strict=False)), len(gamma)]
    stretches = [(first, last) for first, last in zip(edges, edges[1:], strict=False) if gamma[first:last].sum() > 0.0]
    while len(stretches) > 1:
        areas = [float(gamma[first:last].sum()) for first, last in stretches]
        least = int(np.argmin(areas))
        beside = [i for i in (least - 1, least + 1) if 0 <= i < len(stretches)]
        larger = max(beside, key=lambda i: areas[i])
        if areas[least] > SIDE_LOBE * areas[larger]:
            break
        merged = (min(stretches[least][0], stretches[larger][0]), max(stretches[least][1], stretches[larger][1]))
        stretches[min(least, larger) : max(least, larger) + 1] = [merged]
    return tuple(
        Peak(
            math.exp(float(np.average(np.log(tau[first:last]), weights=gamma[first:last] ** 2))),
            float(gamma[first:last].sum() * step),
        )
        for first, last in stretches
    )


def _spacing(tau: Floats) -> float:
    return math.log(tau[-1] / tau[0]) / (len(tau) - 1)
