"""The least-squares solver against the certified results of NIST's nonlinear regression problems (StRD), data in tests/data/nist."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from honeycell.numerics.least_squares import levenberg_marquardt

if TYPE_CHECKING:
    from collections.abc import Callable

    from honeycell.numerics.least_squares import Minima

    Array = np.ndarray
    Model = Callable[..., Array]

FILES = Path(__file__).parents[1] / "data" / "nist"
STEPS = 3000
DIGITS = 7.0
# Starting points from which no path downhill leads to the certified minimum for this solver. BoxBOD: the first step runs out onto a
# plateau where exp(-b2 x) is nought, and the slope too; lmfit 1.3.4 (MINPACK) ends there as well. MGH10: a curved valley
# along which b1 exp(b2 / b3) stays put; MINPACK's trust region gets through, damping does not within thousands of steps.
LOST = {("BoxBOD", 0), ("MGH10", 0)}
TINY = 1e-100  # complex step: no difference is taken, so it may be as small as it likes


def exponential(b: Array, x: Array) -> Array:
    return b[0] * (1.0 - np.exp(-b[1] * x))


def decay_over_line(b: Array, x: Array) -> Array:
    return np.exp(-b[0] * x) / (b[1] + b[2] * x)


def three_decays(b: Array, x: Array) -> Array:
    return b[0] * np.exp(-b[1] * x) + b[2] * np.exp(-b[3] * x) + b[4] * np.exp(-b[5] * x)


def two_peaks(b: Array, x: Array) -> Array:
    first = b[2] * np.exp(-(((x - b[3]) / b[4]) ** 2))
    return b[0] * np.exp(-b[1] * x) + first + b[5] * np.exp(-(((x - b[6]) / b[7]) ** 2))


def cubic_over_cubic(b: Array, x: Array) -> Array:
    return (b[0] + x * (b[1] + x * (b[2] + x * b[3]))) / (1.0 + x * (b[4] + x * (b[5] + x * b[6])))


def seasons(b: Array, x: Array) -> Array:
    def wave(period: Array | float, cosine: Array, sine: Array) -> Array:
        phase = 2.0 * np.pi * x / period
        return cosine * np.cos(phase) + sine * np.sin(phase)

    return b[0] + wave(12.0, b[1], b[2]) + wave(b[3], b[4], b[5]) + wave(b[6], b[7], b[8])


MODELS: dict[str, Model] = {
    "Misra1a": exponential,
    "Misra1b": lambda b, x: b[0] * (1.0 - (1.0 + b[1] * x / 2.0) ** -2),
    "Misra1c": lambda b, x: b[0] * (1.0 - (1.0 + 2.0 * b[1] * x) ** -0.5),
    "Misra1d": lambda b, x: b[0] * b[1] * x / (1.0 + b[1] * x),
    "Chwirut1": decay_over_line,
    "Chwirut2": decay_over_line,
    "Lanczos1": three_decays,
    "Lanczos2": three_decays,
    "Lanczos3": three_decays,
    "Gauss1": two_peaks,
    "Gauss2": two_peaks,
    "Gauss3": two_peaks,
    "DanWood": lambda b, x: b[0] * x ** b[1],
    "Kirby2": lambda b, x: (b[0] + x * (b[1] + x * b[2])) / (1.0 + x * (b[3] + x * b[4])),
    "Hahn1": cubic_over_cubic,
    "Thurber": cubic_over_cubic,
    "Nelson": lambda b, x, z: b[0] - b[1] * x * np.exp(-b[2] * z),
    "MGH17": lambda b, x: b[0] + b[1] * np.exp(-x * b[3]) + b[2] * np.exp(-x * b[4]),
    "Roszman1": lambda b, x: b[0] - b[1] * x - np.arctan(b[2] / (x - b[3])) / np.pi,
    "ENSO": seasons,
    "MGH09": lambda b, x: b[0] * x * (x + b[1]) / (x * (x + b[2]) + b[3]),
    "BoxBOD": exponential,
    "Rat42": lambda b, x: b[0] / (1.0 + np.exp(b[1] - b[2] * x)),
    "Rat43": lambda b, x: b[0] / (1.0 + np.exp(b[1] - b[2] * x)) ** (1.0 / b[3]),
    "Eckerle4": lambda b, x: b[0] / b[1] * np.exp(-0.5 * ((x - b[2]) / b[1]) ** 2),
    "MGH10": lambda b, x: b[0] * np.exp(b[1] / (x + b[2])),
    "Bennett5": lambda b, x: b[0] * (b[1] + x) ** (-1.0 / b[2]),
}


@dataclass(frozen=True)
class Problem:
    """``starts`` (2, k), ``certified`` and ``deviation`` (k,), ``squares`` the residual sum; ``y`` (m,), ``x`` (predictors, m)."""

    name: str
    starts: Array
    certified: Array
    deviation: Array
    squares: float
    y: Array
    x: Array

    def evaluate(self, b: Array, rows: Array) -> tuple[Array, Array]:
        """Residual (B, m) and Jacobian (B, k, m), the latter by complex step."""
        model, k = MODELS[self.name], b.shape[1]
        with np.errstate(all="ignore"):
            residual = model(b.T[:, :, None], *self.x) - self.y
            shifted = b[:, None, :] + 1j * TINY * np.eye(k)
            slopes = np.imag(model(np.moveaxis(shifted, 2, 0)[..., None], *self.x)) / TINY
        # a real power of a negative number is not a number, its complex continuation is: keep the two alike
        return residual, np.where(np.isfinite(residual)[:, None, :], slopes, np.nan)


def read_problem(name: str) -> Problem:
    lines = (FILES / f"{name}.dat").read_text(encoding="ascii").splitlines()
    table = [line.split("=")[1].split() for line in lines if re.match(r"\s*b\d+ =", line)]
    numbers = np.array(table, dtype=float)
    squares = next(line for line in lines if line.startswith("Residual Sum of Squares"))
    # the heading of the numbers is the last line that begins with "Data:"
    head = max(i for i, line in enumerate(lines) if line.startswith("Data:"))
    data = np.array([line.split() for line in lines[head + 1 :] if line.strip()], dtype=float).T
    y = np.log(data[0]) if name == "Nelson" else data[0]
    return Problem(name, numbers[:, :2].T, numbers[:, 2], numbers[:, 3], float(squares.split(":")[1]), y, data[1:])


def digits(found: Array | float, certified: Array | float) -> float:
    """Fewest significant digits in common, at most 11: that is how many are certified."""
    error = np.abs(np.asarray(found) - certified) / np.abs(certified)
    return float(np.clip(-np.log10(np.maximum(error, 1e-11)), 0.0, 11.0).min()) if np.isfinite(error).all() else 0.0


def deviations(problem: Problem, minima: Minima, row: int) -> Array:
    freedom = len(problem.y) - len(problem.certified)
    size = np.sqrt(np.diag(minima.curvature[row]))
    inverse = np.linalg.inv(minima.curvature[row] / np.outer(size, size))
    return np.sqrt(minima.cost[row] / freedom * np.diag(inverse)) / size


def solve(problem: Problem) -> Minima:
    return levenberg_marquardt(problem.evaluate, problem.starts, tolerance=1e-14, steps=STEPS, polish=12)


@pytest.fixture(scope="module", params=sorted(MODELS))
def solved(request: pytest.FixtureRequest) -> tuple[Problem, Minima]:
    problem = read_problem(request.param)
    return problem, solve(problem)


def test_every_problem_is_there() -> None:
    assert {path.stem for path in FILES.glob("*.dat")} == set(MODELS)
    assert len(MODELS) == 27


def test_model_and_data_give_the_certified_sum(solved: tuple[Problem, Minima]) -> None:
    # guards the reading and the models, apart from the solver
    problem, _ = solved
    residual, jacobian = problem.evaluate(problem.certified[None], np.array([0]))
    assert jacobian.shape == (1, len(problem.certified), len(problem.y))
    if problem.name == "Lanczos1":  # its certified sum, 1e-25, is below what eleven digits of the parameters give
        assert residual[0] @ residual[0] < 1e-18
    else:
        assert digits(float(residual[0] @ residual[0]), problem.squares) > 9.0


@pytest.mark.parametrize("start", [0, 1], ids=["start1", "start2"])
def test_parameters_errors_and_sum_are_the_certified_ones(solved: tuple[Problem, Minima], start: int) -> None:
    problem, minima = solved
    if (problem.name, start) in LOST:
        # whoever starts from several places can tell: the other minimum is far worse
        assert minima.cost[start] > 2.0 * problem.squares
        return
    assert minima.converged[start]
    assert digits(minima.x[start], problem.certified) > DIGITS
    # Lanczos1's residuals are the last decimals of its data, so their sum is good to a few digits only
    exact = problem.name == "Lanczos1"
    assert digits(float(minima.cost[start]), problem.squares) > (2.0 if exact else 9.0)
    # the normal equations lose as many digits again as the problem is ill-conditioned: worst for Bennett5
    assert digits(deviations(problem, minima, start), problem.deviation) > (2.0 if exact else 5.0)


def test_the_better_of_two_starts_is_the_certified_minimum(solved: tuple[Problem, Minima]) -> None:
    problem, minima = solved
    best = int(np.argmin(minima.cost))
    assert digits(minima.x[best], problem.certified) > DIGITS
