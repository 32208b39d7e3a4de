"""Linear Kramers-Kronig test: can any linear, stable, steady system give this spectrum?

Resistor-capacitor pairs of fixed time constants, an inductance, a capacitance and a resistance, every one of them consistent
by itself, are fitted to real and imaginary part together. What they cannot follow is noise, a stray point, or a breach of the
relations. Their freedom is set by generalised cross-validation rather than by a count of pairs. Sources: Boukamp,
J. Electrochem. Soc. 142 (1995) 1885, doi:10.1149/1.2044210 (the model); Golub, Heath & Wahba, Technometrics 21 (1979) 215,
doi:10.1080/00401706.1979.10489751 (the order).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.analysis.impedance.strays import MEDIAN, strayness, stretches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Complexes = NDArray[np.complexfloating[Any, Any]]

PAIRS_PER_DECADE = 5
BEYOND = 1.0  # decades of time constants outside the window, on either side
PENALTIES = np.geomspace(1e-13, 1e2, 61)
CAUTION = 1.2  # weight of the degrees of freedom in cross-validation, against following the noise
STRAY = 4.8  # noise deviations of a point's leverage-corrected residual from which it is an outlier
MOST_STRAYS = 0.1
END_STRAY = (
    10.0  # noise deviations, with the prediction's own, from which an end point is one: extrapolation may be biased
)
NEAR_END = math.log(10.0)  # stretch of ln omega that tells the noise at an end
LEAST_FOR_ENDS = 36
LEAST_POINTS = 16  # below which no point is called an outlier
MOST_PULL = 0.8  # leverage from which a point decides the fit there and cannot be told from it
MOST_FREEDOM = 0.7  # effective parameters over numbers measured
JUDGES = 0.55  # the same, up to which the fit can tell a stray point: a closer one bends to every point
SYSTEMATIC = 4.0  # standard deviations of the neighbours' correlation
INTOLERABLE = 0.2  # relative residual that condemns a spectrum of few points, too
LEAST_TO_CONDEMN = 8
TOLERABLE = 2e-3  # relative residual below which a pattern in it does not matter


@dataclass(frozen=True, slots=True)
class KramersKronigTest:
    """``residuals`` (n,) complex, (fit - measured)/modulus, ``fit`` (n,) [ohm], both in the order given.

    ``noise`` is the relative standard deviation of the real and of the imaginary part; ``rms`` that of the residual's modulus
    over the points that count; ``order`` the effective number of free parameters; ``correlation`` the neighbours'
    correlation in standard deviations; ``outliers`` places of stray points; ``passes`` and ``verdict`` the outcome.
    """

    residuals: Complexes
    fit: Complexes
    order: float
    noise: float
    rms: float
    correlation: float
    outliers: tuple[int, ...]
    passes: bool
    verdict: str


def kramers_kronig_test(frequency: Floats, impedance: Complexes) -> KramersKronigTest:
    """Test of one spectrum.

    Parameters
    ----------
    frequency : [Hz] (n,), positive, in any order.
    impedance : [ohm] (n,).
    """
    omega, Z = 2.0 * np.pi * np.asarray(frequency, np.float64), np.asarray(impedance, np.complex128)
    design = _design(omega) / np.abs(Z)
    target = Z / np.abs(Z)
    used = np.ones(len(Z), dtype=bool)
    allowed = int(MOST_STRAYS * len(Z)) if len(Z) >= LEAST_POINTS else 0
    strays = _ends(omega, design, target)[:allowed] if len(Z) >= LEAST_FOR_ENDS else []
    used[strays] = False
    solution, order, leverage = _solve(design, target, used)
    while len(strays) < allowed and order < JUDGES * 2 * np.count_nonzero(used):
        size = _studentised(omega, design, target, used, solution, leverage)
        worst = int(np.argmax(np.where(used, size, 0.0)))
        if size[worst] < STRAY:
            break
        strays.append(worst)
        used[worst] = False
        solution, order, leverage = _solve(design, target, used)
    if strays:
        tried = len(strays)
        strays = _readmitted(omega, design, target, used, solution, strays)
        if len(strays) < tried:
            solution, order, leverage = _solve(design, target, used)
    residuals = solution @ design - target
    cost = float(np.sum(np.abs(residuals[used]) ** 2))
    noise = math.sqrt(cost / max(2 * np.count_nonzero(used) - order, 1.0))
    rms = math.sqrt(cost / np.count_nonzero(used))
    correlation = _correlation(residuals[used][np.argsort(omega[used])])
    passes, verdict = _verdict(int(np.count_nonzero(used)), rms, correlation)
    return KramersKronigTest(
        residuals, solution @ design * np.abs(Z), order, noise, rms, correlation, tuple(sorted(strays)), passes, verdict
    )


def _verdict(count: int, rms: float, correlation: float) -> tuple[bool, str]:
    size = f"residual {100 * rms:.2g} %"
    if rms > INTOLERABLE and count >= LEAST_TO_CONDEMN:
        return False, f"not consistent with Kramers-Kronig: {size}, more than noise can be"
    if count < LEAST_POINTS:
        return True, f"Kramers-Kronig not judged: {size}, but {count} points are too few to tell a pattern from noise"
    if correlation < SYSTEMATIC:
        return True, f"consistent with Kramers-Kronig: {size}, no pattern"
    if rms < TOLERABLE:
        return True, f"consistent with Kramers-Kronig: {size}, with a pattern too small to matter"
    cause = "(drift, nonlinearity or a change while measuring)"
    return False, f"not consistent with Kramers-Kronig: {size} with a pattern over frequency {cause}"


def _ends(omega: Floats, design: Complexes, target: Complexes) -> list[int]:
    """End points that a fit without them does not come near: with them, it would bend to them."""
    found = []
    for end in (int(np.argmax(omega)), int(np.argmin(omega))):
        used = np.ones(len(omega), dtype=bool)
        used[end] = False
        solution, _, leverage = _solve(design, target, used)
        residuals = solution @ design - target
        near = used & (np.abs(np.log(omega / omega[end])) < NEAR_END)
        noise = max(np.median(np.abs(residuals[used])), np.median(np.abs(residuals[near])) if near.any() else 0.0)
        spread = max(float(noise), 1e-9) / MEDIAN * math.sqrt(1.0 + float(leverage[end]))
        if abs(residuals[end]) > END_STRAY * spread:
            found.append(end)
    return found


def _design(omega: Floats) -> Complexes:
    """Impedances of the parts (p, n): resistance, inductance, capacitance, pairs."""
    low, high = -math.log10(omega.max()) - BEYOND, -math.log10(omega.min()) + BEYOND
    tau = np.logspace(low, high, max(4, round(PAIRS_PER_DECADE * (high - low)) + 1))
    middle = math.sqrt(omega.min() * omega.max())
    parts: list[Complexes] = [np.ones_like(omega, dtype=np.complex128), 1j * omega / middle, middle / (1j * omega)]
    pairs: Complexes = 1.0 / (1.0 + 1j * omega * tau[:, None])
    return np.concatenate([np.stack(parts), pairs])


def _solve(design: Complexes, target: Complexes, used: NDArray[np.bool_]) -> tuple[Floats, float, Floats]:
    """Coefficients, effective parameters and leverage per number (n,), with the penalty of least cross-validation error."""
    A, y = np.ascontiguousarray(design[:, used]).view(float), np.ascontiguousarray(target[used]).view(float)
    size = np.sqrt(np.einsum("pn,pn->p", A, A))
    B = A / size[:, None]
    values, vectors = np.linalg.eigh(B @ B.T)
    values = np.maximum(values, 0.0)
    g = vectors.T @ (B @ y)
    count = y.size
    shrunk = 1.0 / (values + values[-1] * PENALTIES[:, None])
    left = float(y @ y) - ((2.0 - values * shrunk) * shrunk) @ g**2
    order = (values * shrunk).sum(axis=1)
    error = np.maximum(left, 1e-15 * count) / np.maximum(count - CAUTION * order, 1e-3) ** 2
    error = np.where(order < MOST_FREEDOM * count, error, np.inf)
    best = int(np.argmin(error))
    whole = np.ascontiguousarray(design).view(float) / size[:, None]
    leverage = np.einsum("p,pn->n", shrunk[best], (vectors.T @ whole) ** 2).reshape(-1, 2).mean(axis=1)
    return (vectors @ (shrunk[best] * g)) / size, float(order[best]), leverage


def _studentised(
    omega: Floats, design: Complexes, target: Complexes, used: NDArray[np.bool_], solution: Floats, leverage: Floats
) -> Floats:
    """How stray each used point is, corrected for its own pull on the fit."""
    residuals = (solution @ design - target) / np.sqrt(np.maximum(1.0 - leverage, 1.0 - MOST_PULL))
    return np.where(leverage < MOST_PULL, strayness(omega, residuals, used), 0.0)


def _readmitted(
    omega: Floats, design: Complexes, target: Complexes, used: NDArray[np.bool_], solution: Floats, strays: list[int]
) -> list[int]:
    """Strays that the fit without them does not miss, or misses as it does their neighbours, are points again."""
    size = strayness(omega, solution @ design - target, used)
    whole = stretches(omega, strays)
    kept = [i for i in strays if size[i] > STRAY and i not in whole]
    for i in set(strays) - set(kept):
        used[i] = True
    return kept


def _correlation(residuals: Complexes) -> float:
    """Correlation of neighbours, real and imaginary together, in standard deviations of what noise gives."""
    if len(residuals) < LEAST_POINTS:
        return 0.0
    parts = np.stack([residuals.real, residuals.imag])
    power = np.sum(parts**2)
    if power <= 0.0:
        return 0.0
    return float(np.sum(parts[:, 1:] * parts[:, :-1]) / power) * math.sqrt(parts.size)
