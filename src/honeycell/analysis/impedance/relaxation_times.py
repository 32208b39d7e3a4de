"""Distribution of relaxation times: how much resistance relaxes at each time constant, without a circuit.

Z = R + j omega L + 1/(j omega C) + integral of gamma(ln tau) / (1 + j omega tau) d ln tau, with gamma nowhere negative and
smooth. It is as smooth as the data allow: its misfit exceeds that of the roughest non-negative distribution by as much as
that one has fitted away of the noise, and no more (discrepancy principle). Sources: Wan, Saccoccio, Chen & Ciucci,
Electrochim. Acta 184 (2015) 483, doi:10.1016/j.electacta.2015.09.097 (regularised inversion); Lawson & Hanson, Solving
Least Squares Problems (1995), doi:10.1137/1.9781611971217 (non-negative least squares); Hansen, Rank-Deficient and
Discrete Ill-Posed Problems (1998), doi:10.1137/1.9780898719697 (discrepancy principle).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Complexes = NDArray[np.complexfloating[Any, Any]]

TIMES_PER_DECADE = 10
BEYOND = 0.5  # decades of time constants outside the window
ROUGHEST, SMOOTHEST = 1e-9, 1e3
HALVINGS = 12  # of the range between them, on the logarithm
TAKEN_UP = 24.0  # noise variances that the roughest distribution fits away; with less, arcs split more often
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
    f, Z = np.asarray(frequency, float), np.asarray(impedance, complex)
    used = np.ones(len(f), dtype=bool) if weight is None else np.asarray(weight) > 0.0
    order = np.argsort(f[used])
    omega, Z = 2.0 * np.pi * f[used][order], Z[used][order]
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
    solution, weight_of = _smoothest(A, y, bend)
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


def _smoothest(A: Floats, y: Floats, bend: Floats) -> tuple[Floats, float]:
    """The smoothest solution whose misfit the noise explains, and its weight of smoothness."""
    from scipy.optimize import nnls

    # the triangle of A stands for all its rows
    triangle: Floats = np.asarray(np.linalg.qr(np.column_stack([A, y]), mode="r"))
    target = np.concatenate([triangle[:, -1], np.zeros(len(bend))])

    def solved(weight: float) -> tuple[Floats, float]:
        rows = np.concatenate([triangle[:, :-1], math.sqrt(weight) * bend])
        x, _ = nnls(rows, target, maxiter=50 * A.shape[1])
        return x, float(np.sum((A @ x - y) ** 2))

    best, least = solved(ROUGHEST)
    allowed = least * (1.0 + TAKEN_UP / len(y))
    low, high = math.log(ROUGHEST), math.log(SMOOTHEST)
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        x, misfit = solved(math.exp(middle))
        if misfit <= allowed:
            low, best = middle, x
        else:
            high = middle
    return best, math.exp(low)


def _peaks(tau: Floats, gamma: Floats, step: float) -> tuple[Peak, ...]:
    padded = np.concatenate([[0.0], gamma, [0.0]])
    tops = np.flatnonzero((padded[1:-1] > padded[:-2]) & (padded[1:-1] >= padded[2:]))
    edges = [0, *(a + int(np.argmin(gamma[a:b])) for a, b in pairwise(tops)), len(gamma)]
    stretches = [(first, last) for first, last in pairwise(edges) if gamma[first:last].sum() > 0.0]
    while len(stretches) > 1:
        areas = [float(gamma[first:last].sum()) for first, last in stretches]
        larger = [max(areas[max(i - 1, 0) : i] + areas[i + 1 : i + 2]) for i in range(len(areas))]
        # the least beside its neighbour, not the least of all, which may lie beside another lobe
        lobe = min(range(len(areas)), key=lambda i: areas[i] / larger[i])
        if areas[lobe] > SIDE_LOBE * larger[lobe]:
            break
        left = lobe - 1 if lobe > 0 and areas[lobe - 1] == larger[lobe] else lobe
        stretches[left : left + 2] = [(stretches[left][0], stretches[left + 1][1])]
    return tuple(
        Peak(
            math.exp(float(np.average(np.log(tau[first:last]), weights=gamma[first:last] ** 2))),
            float(gamma[first:last].sum() * step),
        )
        for first, last in stretches
    )


def _spacing(tau: Floats) -> float:
    return math.log(tau[-1] / tau[0]) / (len(tau) - 1)
