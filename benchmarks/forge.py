"""Forged spectra with their truth: own formulas, numpy alone, so that no fit is judged by its own model.

Noise is independent in the real and in the imaginary part, each with a standard deviation of ``noise`` times the modulus.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Complexes = NDArray[np.complexfloating]

STEP = 1e-5  # of ln p, for the central difference behind the Cramer-Rao bound
IDENTIFIABLE = 0.05
ROOM = 4.0  # of chi-square, within which two curves explain the data alike
FIRST_HZ, LAST_HZ, POINTS = 1e5, 1e-2, 60


def beside(first: Complexes, second: Complexes) -> Complexes:
    return first * second / (first + second)


def constant_phase(w: Floats, Q: float, alpha: float) -> Complexes:
    phase = complex(np.exp(-0.5j * np.pi * alpha))
    return phase * (w**-alpha / Q)


def semi_infinite(w: Floats, sigma: float) -> Complexes:
    return (1.0 - 1j) * (sigma / np.sqrt(w))


def finite_short(w: Floats, R: float, tau: float) -> Complexes:
    half = np.sqrt(0.5 * w * tau)  # real part of (j omega tau)**0.5, and its imaginary part
    return R * np.tanh(np.minimum(half, 300.0) + 1j * half) / (half * (1.0 + 1j))


def finite_open(w: Floats, R: float, tau: float) -> Complexes:
    half = np.sqrt(0.5 * w * tau)  # real part of (j omega tau)**0.5, and its imaginary part
    return R / np.tanh(np.minimum(half, 300.0) + 1j * half) / (half * (1.0 + 1j))


def arc(w: Floats, R: float, Q: float, alpha: float) -> Complexes:
    return beside(np.full(w.shape, R, dtype=complex), constant_phase(w, Q, alpha))


@dataclass(frozen=True)
class Kind:
    """A circuit. ``targets`` are the parameters a fit is judged by; all but those named ``a…`` are drawn on a logarithm."""

    name: str
    circuit: str
    parameters: tuple[str, ...]
    targets: tuple[str, ...]
    impedance: Callable[..., Complexes]


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "two arcs and Warburg",
            "R-(R CPE)-([R W] CPE)",
            ("R0", "R1", "Q1", "a1", "R2", "sigma", "Q2", "a2"),
            ("R0", "R2", "sigma"),
            lambda w, R0, R1, Q1, a1, R2, sigma, Q2, a2: (
                R0 + arc(w, R1, Q1, a1) + beside(R2 + semi_infinite(w, sigma), constant_phase(w, Q2, a2))
            ),
        ),
        Kind(
            "one arc",
            "R-(R CPE)",
            ("R0", "R1", "Q1", "a1"),
            ("R0", "R1"),
            lambda w, R0, R1, Q1, a1: R0 + arc(w, R1, Q1, a1),
        ),
        Kind(
            "three arcs",
            "R-(R CPE)-(R CPE)-(R CPE)",
            ("R0", "R1", "Q1", "a1", "R2", "Q2", "a2", "R3", "Q3", "a3"),
            ("R0", "R1", "R2", "R3"),
            lambda w, R0, R1, Q1, a1, R2, Q2, a2, R3, Q3, a3: (
                R0 + arc(w, R1, Q1, a1) + arc(w, R2, Q2, a2) + arc(w, R3, Q3, a3)
            ),
        ),
        Kind(
            "finite Warburg, short",
            "R-([R Ws] CPE)",
            ("R0", "R1", "Rd", "td", "Q1", "a1"),
            ("R0", "R1", "Rd"),
            lambda w, R0, R1, Rd, td, Q1, a1: R0 + beside(R1 + finite_short(w, Rd, td), constant_phase(w, Q1, a1)),
        ),
        Kind(
            "finite Warburg, open",
            "R-([R Wo] CPE)",
            ("R0", "R1", "Rd", "td", "Q1", "a1"),
            ("R0", "R1", "Rd"),
            lambda w, R0, R1, Rd, td, Q1, a1: R0 + beside(R1 + finite_open(w, Rd, td), constant_phase(w, Q1, a1)),
        ),
        Kind(
            "inductive tail",
            "L-R-(R CPE)-(R CPE)",
            ("L", "R0", "R1", "Q1", "a1", "R2", "Q2", "a2"),
            ("R0", "R1", "R2"),
            lambda w, L, R0, R1, Q1, a1, R2, Q2, a2: 1j * w * L + R0 + arc(w, R1, Q1, a1) + arc(w, R2, Q2, a2),
        ),
        Kind(
            "capacitive tail",
            "R-(R CPE)-CPE",
            ("R0", "R1", "Q1", "a1", "Q2", "a2"),
            ("R0", "R1"),
            lambda w, R0, R1, Q1, a1, Q2, a2: R0 + arc(w, R1, Q1, a1) + constant_phase(w, Q2, a2),
        ),
    )
}


@dataclass(frozen=True)
class Case:
    """One forged spectrum.

    ``deviation`` are the Cramer-Rao standard deviations of the targets, absolute. ``true`` (n,) is False at the forged outliers.
    ``least`` is the chi-square that a perfect fit of the true circuit has near the truth.
    """

    kind: Kind
    truth: dict[str, float]
    frequency: Floats
    impedance: Complexes
    noise: float
    deviation: dict[str, float]
    true: NDArray[np.bool_]
    least: float

    def right(self, found: dict[str, float]) -> bool:
        """True where every target lies within ten per cent, or four Cramer-Rao deviations, of the truth."""
        return all(
            abs(found.get(name, np.inf) - self.truth[name]) <= max(0.1 * self.truth[name], 4.0 * self.deviation[name])
            for name in self.kind.targets
        )

    def as_likely(self, fitted: Complexes) -> bool:
        """True where a curve explains the data as well as the truth does: who reports it can be blamed for silence only."""
        off = (fitted - self.impedance)[self.true] / np.abs(self.impedance[self.true])
        return float(np.sum(np.abs(off) ** 2)) / self.noise**2 <= self.least + ROOM


def frequencies(points: int = POINTS) -> Floats:
    return np.logspace(np.log10(FIRST_HZ), np.log10(LAST_HZ), points)


def slopes(kind: Kind, truth: dict[str, float], frequency: Floats) -> Floats:
    """d Z / d ln p over the modulus, real parts before imaginary ones (k, 2 n), by central differences."""
    w = 2.0 * np.pi * frequency
    values = np.array([truth[name] for name in kind.parameters])
    Z = kind.impedance(w, *values)
    made = []
    for i in range(len(values)):
        up, down = values.copy(), values.copy()
        up[i] *= np.exp(STEP)
        down[i] *= np.exp(-STEP)
        slope = (kind.impedance(w, *up) - kind.impedance(w, *down)) / (2.0 * STEP * np.abs(Z))
        made.append(np.concatenate([slope.real, slope.imag]))
    return np.array(made)


def deviations(kind: Kind, truth: dict[str, float], frequency: Floats, noise: float) -> dict[str, float]:
    """Least standard deviations that any unbiased fit can have, all parameters unknown."""
    J = slopes(kind, truth, frequency)
    size = np.sqrt(np.sum(J**2, axis=1))
    # by singular values of the scaled Jacobian, not of its square
    _, singular, right = np.linalg.svd((J / size[:, None]).T, full_matrices=False)
    relative = noise * np.sqrt(np.sum((right / np.maximum(singular, 1e-12)[:, None]) ** 2, axis=0)) / size
    return {name: float(relative[i] * truth[name]) for i, name in enumerate(kind.parameters) if name in kind.targets}


def least_chi_square(kind: Kind, truth: dict[str, float], frequency: Floats, error: Complexes, noise: float) -> float:
    """Chi-square left of the relative ``error`` (n,) when the true circuit's parameters have moved to take up what they can."""
    J = slopes(kind, truth, frequency)
    basis, _ = np.linalg.qr((J / np.sqrt(np.sum(J**2, axis=1))[:, None]).T)
    r = np.concatenate([error.real, error.imag])
    return float(np.sum((r - basis @ (basis.T @ r)) ** 2)) / noise**2


def forge(
    kind: Kind, truth: dict[str, float], noise: float, rng: np.random.Generator, points: int = POINTS, outliers: int = 0
) -> Case:
    """A spectrum of ``kind``; ``outliers`` points are off by 5 to 20 per cent of the modulus in some direction."""
    f = frequencies(points)
    clean = kind.impedance(2.0 * np.pi * f, *(truth[name] for name in kind.parameters))
    error = noise * (rng.standard_normal(points) + 1j * rng.standard_normal(points))
    least = least_chi_square(kind, truth, f, error, noise)
    true = np.ones(points, dtype=bool)
    if outliers:
        true[rng.choice(points, outliers, replace=False)] = False
        error[~true] += rng.uniform(0.05, 0.2, outliers) * np.exp(2j * np.pi * rng.random(outliers))
    Z = clean + np.abs(clean) * error
    return Case(kind, truth, f, Z, noise, deviations(kind, truth, f, noise), true, least)


REFERENCE = {"R0": 7.7, "R1": 3.0, "Q1": 2e-5, "a1": 0.90, "R2": 7.5, "sigma": 12.0, "Q2": 1e-3, "a2": 0.85}


def reference(count: int, noise: float, seed: int = 1) -> list[Case]:
    """The reference spectrum with ``count`` draws of the noise."""
    rng = np.random.default_rng([seed, round(1e6 * noise)])
    return [forge(KINDS["two arcs and Warburg"], REFERENCE, noise, rng) for _ in range(count)]


def drawn(
    name: str, count: int, noise: float, seed: int = 2, points: int | None = POINTS, outliers: int = 0
) -> list[Case]:
    """``count`` spectra with parameters over decades, those kept whose targets a perfect fit would find to five per cent.

    ``points`` None draws their number from 10 to 200 on a logarithm.
    """
    # a stream of its own for each kind, noise and length: adding a case elsewhere changes none here
    rng = np.random.default_rng([seed, sorted(KINDS).index(name), round(1e6 * noise), points or 0, outliers])
    source = _cases(KINDS[name], noise, rng, points, outliers)
    return [next(source) for _ in range(count)]


def _cases(kind: Kind, noise: float, rng: np.random.Generator, points: int | None, outliers: int) -> Iterator[Case]:
    while True:
        n = points or round(10.0 ** rng.uniform(1.0, np.log10(200.0)))
        truth = _truth(kind, rng)
        bounds = deviations(kind, truth, frequencies(n), noise)
        if all(bounds[name] <= IDENTIFIABLE * truth[name] for name in kind.targets):
            yield forge(kind, truth, noise, rng, n, outliers)


def _truth(kind: Kind, rng: np.random.Generator) -> dict[str, float]:
    """Arcs in order of their time constants, diffusion behind the slowest; resistances over two decades about a common size."""
    size = 10.0 ** rng.uniform(-1.0, 4.0)
    arcs = sum(name.startswith("a") for name in kind.parameters)
    # tops of the arcs between 10 kHz and 0.1 Hz, fastest first; a blocking tail takes the slowest place
    tops = np.sort(10.0 ** rng.uniform(-1.0, 4.0, arcs))[::-1]
    alphas = rng.uniform(0.7, 1.0, arcs)
    truth = {}
    for name in kind.parameters:
        if name.startswith("R"):
            truth[name] = size * 10.0 ** rng.uniform(-1.0, 1.0)
        elif name == "sigma":
            truth[name] = size * 10.0 ** rng.uniform(-1.5, 1.0)
        elif name == "td":
            truth[name] = 10.0 ** rng.uniform(-1.0, 1.5)
        elif name == "L":
            truth[name] = 0.3 * size * 10.0 ** rng.uniform(-1.0, 0.5) / (2.0 * np.pi * FIRST_HZ)
    for i in range(arcs):
        R = truth.get(f"R{i + 1}", size)
        truth[f"a{i + 1}"] = float(alphas[i])
        truth[f"Q{i + 1}"] = float((2.0 * np.pi * tops[i]) ** -alphas[i] / R)
    return truth
