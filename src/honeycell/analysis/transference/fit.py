"""A current transient fitted: the current before the salt moves and the one that lasts, with their covariance."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.transference.models import (
    CHANGING,
    CONSTANT,
    DIFFUSION,
    Model,
    film_share,
    value_and_slopes,
    within_bounds,
)
from honeycell.analysis.transference.noise import RedNoise, red_noise
from honeycell.analysis.transference.relaxation import eigenvalues, relaxation
from honeycell.numerics.least_squares import levenberg_marquardt

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from honeycell.analysis.transference.transient import Transient

    Floats = NDArray[np.float64]

POINTS = 120  # means that are fitted, evenly spaced in the logarithm of time where rows are many
SPIKE_SHARE = 0.05  # of the record, the most that the charging of the double layer may take
PASSED = 0.6  # of the salt's fall, likewise
CANDIDATES = 9  # moments from which on the rows might count
FIRST_ROWS = 2  # that may also lie below the curve
PRICE = 6.0  # squared noise deviations that leaving out a row must save
MARGIN = 2.0  # times the moment from which on the curve fits, so that nothing of the spike's tail is left
WORTH = 10.0  # difference of the information criterion from which on a larger model is taken
CHANCE = 3.0  # excess of the mean squared residual, in units of one over the root of their number, that noise may bring
FLOOR = 2e-4  # relative: no current is more linear, and no cell more symmetric
LENGTHS = (0.005, 0.03, 0.2, 1.0)  # tau over the record's length to start from
OPEN = 1e-14  # relative curvature: rounding leaves as much
ROUGH, FINE = (1e-3, 25), (1e-7, 80)  # tolerance and steps


@dataclass(frozen=True, slots=True)
class Currents:
    """What a transient tells.

    ``initial`` I0 and ``steady`` Is [A] with ``covariance`` (2, 2) [A2]; ``relaxation_time`` [s], the slowest of the salt's, with its
    standard error, None where the current does not fall; ``first`` [s], when the rows begin to count, ``left_out`` rows before it;
    ``passed``, the share of the salt's fall that is over by then; ``remaining``, what is left of it at the end over Is; ``drift``, the
    change that the interfaces cause in the last tenth of the record over Is; ``misfit``, residuals over noise; ``model`` in words;
    ``curve(time)`` the fitted current [A].
    """

    initial: float
    steady: float
    covariance: Floats
    relaxation_time: float | None
    relaxation_error: float
    first: float
    left_out: int
    passed: float
    remaining: float
    drift: float
    misfit: float
    model: str
    curve: Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True)
class _Data:
    """Means of rows: ``time`` and ``current`` (m,), both scaled, ``weight``, the number of rows and the first row of each, and
    the time they span. The weight is their number, or what amounts to it where their noise is not each its own.
    """

    time: Floats
    current: Floats
    weight: Floats
    count: Floats
    row: NDArray[np.intp]
    width: Floats


@dataclass(frozen=True, slots=True)
class _Found:
    """A fit of the means from ``first`` on; ``criterion`` is Schwarz's."""

    model: Model
    first: int
    x: Floats
    covariance: Floats
    cost: float
    criterion: float


def fit_transient(transient: Transient) -> Currents:
    """I0 and Is of a transient.

    The current is I0 times :func:`~honeycell.analysis.transference.relaxation.relaxation`, less, where the data ask for it, what the
    growth of the interfaces takes. I0 is the value at t = 0; Is has the salt settled, and the interfaces as they are at the end of the
    record, when the second spectrum is measured. The first rows, which hold the charging of the double layer, are left out up to twice the
    moment from which on the curve fits.

    Errors are those of the residuals about the curve; where these are alike from row to row, by :mod:`~honeycell.analysis.transference.noise`.

    Source of the criterion by which models are compared: Schwarz, Ann. Statist. 6 (1978) 461, doi:10.1214/aos/1176344136.
    """
    length, unit = float(transient.time[-1]), float(np.median(transient.current))
    time, current = transient.time / length, transient.current / unit
    data = _means(time, current)
    noise = max(transient.noise / unit, FLOOR)
    first = _first(data, noise)
    (found,) = _choose(data, noise, [first], FINE)
    if (
        red := red_noise(time[data.row[first] :], _residuals(found, time, current)[data.row[first] :], noise)
    ) is not None:
        data = replace(data, weight=noise**2 / red.variance(data.count, data.width))
        (found,) = _choose(data, noise, [first], FINE)
        found = _sandwich(found, data, red)
    x, model = found.x, found.model
    steady, gradients, slowest = _results(found)
    joint = gradients @ found.covariance @ gradients.T
    if (
        model is CONSTANT
    ):  # a fall that noise hides: first and last tenth of the record are each as sure as their own rows
        tenth = float(data.weight[first:].sum()) / max(
            float(data.weight[first : first + max(data.time.size // 10, 1)].sum()), 1.0
        )
        joint[:2, :2] = np.diag([found.covariance[0, 0] * tenth, found.covariance[0, 0] * 10.0])
    passed = _passed(found, data)
    last = _salt(x, 1.0) / _salt(x, math.inf) - 1.0 if model is not CONSTANT else 0.0
    earlier = float(film_share(x[4:5], np.array([0.9]))[0]) if model is CHANGING else 1.0
    freedom = max(data.time.size - first - x.size, 1)
    return Currents(
        initial=float(x[0]) * unit,
        steady=steady * unit,
        covariance=joint[:2, :2] * unit**2,
        relaxation_time=None if slowest is None else slowest * length,
        relaxation_error=math.sqrt(max(float(joint[2, 2]), 0.0)) * length,
        first=float(data.time[first]) * length,
        left_out=int(data.row[first]),
        passed=passed,
        remaining=last,
        drift=1.0 - (1.0 + float(x[3])) / (1.0 + float(x[3]) * earlier) if model is CHANGING else 0.0,
        misfit=math.sqrt(found.cost / freedom) / noise,
        model=model.words,
        curve=lambda t: unit * value_and_slopes(model, x[None, :], np.asarray(t, float) / length)[0][0],
    )


def _results(found: _Found) -> tuple[float, Floats, float | None]:
    """Is, the slopes of I0, Is and the relaxation time in the fitted numbers (3, k), and that time; all scaled."""
    x, model = found.x, found.model
    gradients = np.zeros((3, x.size))
    gradients[0, 0] = 1.0
    if model is CONSTANT:
        gradients[1, 0] = 1.0
        return float(x[0]), gradients, None
    N = math.exp(x[1])
    gradients[1, :2] = 1.0 / (1.0 + N), -x[0] * N / (1.0 + N) ** 2
    steady = float(x[0]) / (1.0 + N)
    if model is CHANGING:
        steady /= 1.0 + float(x[3])
        gradients[1, :2] /= 1.0 + x[3]
        gradients[1, 3] = -steady / (1.0 + x[3])
    square = float(eigenvalues(np.array(N))[0] ** 2)
    slowest = math.exp(x[2]) / square
    gradients[2, 1:3] = -2.0 * slowest * N / (square + N**2 + N), slowest
    return steady, gradients, slowest


def _residuals(found: _Found, time: Floats, current: Floats) -> Floats:
    return current - value_and_slopes(found.model, found.x[None, :], time)[0][0]


def _sandwich(found: _Found, data: _Data, red: RedNoise) -> _Found:
    """The same fit with the covariance that noise which wanders gives it."""
    part = slice(found.first, None)
    _, slopes = value_and_slopes(found.model, found.x[None, :], data.time[part])
    weighted = slopes[0] * data.weight[part]
    inverse = _inverse(weighted @ slopes[0].T)
    noise = red.covariance(data.time[part], data.count[part], data.width[part])
    return replace(found, covariance=inverse @ (weighted @ noise @ weighted.T) @ inverse)


def _inverse(curvature: Floats) -> Floats:
    """Inverse of a curvature; what the data leave open gets a large but finite variance."""
    size = np.sqrt(np.maximum(np.diag(curvature), OPEN))
    values, vectors = np.linalg.eigh(curvature / np.outer(size, size))
    return (vectors / np.maximum(values, OPEN)) @ vectors.T / np.outer(size, size)


def _salt(x: Floats, time: float) -> float:
    return float(relaxation(np.array([[time / math.exp(x[2])]]), np.array([[math.exp(x[1])]]))[0, 0])


def _passed(found: _Found, data: _Data, first: int | None = None) -> float:
    """Share of the salt's fall that is over at the first mean that counts."""
    if found.model is CONSTANT:
        return 0.0
    begun = _salt(found.x, float(data.time[found.first if first is None else first]))
    whole = 1.0 - _salt(found.x, math.inf)
    return (1.0 - begun) / whole if whole > 0.0 else 0.0


def _first(data: _Data, noise: float) -> int:
    """The mean from which on the curve fits: leaving out each row before must be worth its price."""
    most = min(int(np.searchsorted(data.time, SPIKE_SHARE)), data.time.size // 3)
    places = np.unique(np.concatenate(([0], np.geomspace(1, max(most, 1), CANDIDATES).astype(int))))
    found = _choose(data, noise, places.tolist(), ROUGH)
    least = min(each.cost / max(data.time.size - each.first - each.x.size, 1) for each in found)
    worth = [each.cost / max(noise**2, least) + PRICE * data.row[each.first] for each in found]
    able = [_passed(each, data) <= PASSED and _in_excess(each, data) for each in found]
    order = sorted(range(len(found)), key=lambda i: (not able[i], worth[i]))
    best = found[order[0]]
    if best.first == 0:
        return 0
    wished = min(int(np.searchsorted(data.time, MARGIN * data.time[best.first])), data.time.size // 2)
    while wished > best.first and _passed(best, data, wished) > PASSED:
        wished -= 1
    return wished


def _in_excess(found: _Found, data: _Data) -> bool:
    """Whether what is left out lies above the curve, as charging does; of a row or two, an amplifier may make less."""
    before = slice(0, found.first)
    missed = data.current[before] - value_and_slopes(found.model, found.x[None, :], data.time[before])[0][0]
    return found.first <= FIRST_ROWS or float(missed @ data.weight[before]) > 0.0


def _means(time: Floats, current: Floats) -> _Data:
    """Means of rows over stretches evenly spaced in ln t; single rows where they are few."""
    if time.size <= POINTS:
        return _Data(time, current, np.ones(time.size), np.ones(time.size), np.arange(time.size), np.gradient(time))
    start = max(float(time[0]), 0.5 * float(time[1]), float(np.finfo(float).tiny))
    edges = np.geomspace(start, float(time[-1]), POINTS)
    place = np.searchsorted(edges, time, side="right")
    count = np.bincount(place, minlength=POINTS + 1).astype(float)
    some = count > 0.0
    sums = [np.bincount(place, weights=each, minlength=POINTS + 1)[some] for each in (time, current)]
    begins = np.concatenate(([0], np.cumsum(count[some])[:-1])).astype(np.intp)
    width = count[some] * np.gradient(time)[begins]
    return _Data(sums[0] / count[some], sums[1] / count[some], count[some], count[some], begins, width)


def _choose(data: _Data, noise: float, firsts: list[int], effort: tuple[float, int]) -> list[_Found]:
    """For each first mean, the smallest model that the data do not clearly ask to be larger."""
    tail = float(data.current[-max(data.time.size // 10, 3) :].mean())
    level = [np.array([float(np.average(data.current[i:], weights=data.weight[i:]))]) for i in firsts]
    best = _fit(data, CONSTANT, firsts, [[x] for x in level], effort)
    if data.time.size - max(firsts) <= DIFFUSION.size:
        return best
    starts: list[list[Floats]] = []
    for i in firsts:
        high = float(data.current[i])
        fall = math.log(max(high / tail - 1.0, 0.02)) if tail > 0.0 else 0.0
        starts.append([np.array([high, fall, math.log(tau)]) for tau in LENGTHS])
    simple = _fit(data, DIFFUSION, firsts, starts, effort)
    best = [b if b.criterion <= s.criterion + WORTH else s for b, s in zip(best, simple, strict=True)]
    rows = data.time.size - max(firsts)
    enough = all(
        each.cost <= noise**2 * (data.time.size - each.first) * (1.0 + CHANCE / math.sqrt(rows)) for each in best
    )
    if enough or rows <= 2 * CHANGING.size:
        return best
    more = [
        [np.concatenate((x, [0.0, rate])) for x, rate in ((s.x, -2.0), (s.x, 0.5), (own[0], -2.0), (own[1], -2.0))]
        for s, own in zip(simple, starts, strict=True)
    ]
    changing = _fit(data, CHANGING, firsts, more, effort)
    return [b if b.criterion <= c.criterion + WORTH else c for b, c in zip(best, changing, strict=True)]


def _fit(
    data: _Data, model: Model, firsts: list[int], starts: list[list[Floats]], effort: tuple[float, int]
) -> list[_Found]:
    """The best fit from each first mean, all at once."""
    owner = np.repeat(np.arange(len(firsts)), [len(each) for each in starts])
    counts = np.arange(data.time.size) >= np.asarray(firsts)[:, None]
    root = np.sqrt(data.weight) * counts

    def evaluate(x: Floats, rows: NDArray[np.intp]) -> tuple[Floats, Floats]:
        value, slopes = value_and_slopes(model, x, data.time)
        weight = root[owner[rows]]
        return (value - data.current) * weight, slopes * weight[:, None, :]

    begin = np.stack([x for each in starts for x in each])
    tolerance, steps = effort
    minima = levenberg_marquardt(evaluate, begin, tolerance=tolerance, steps=steps, reach=1.0)
    found: list[_Found] = []
    for i, first in enumerate(firsts):
        mine = np.flatnonzero(owner == i)
        best = int(mine[np.argmin(minima.cost[mine])])
        n = data.time.size - first
        cost = float(minima.cost[best]) + n * FLOOR**2
        covariance = _inverse(minima.curvature[best]) * cost / max(n - model.size, 1)
        criterion = n * math.log(cost / n) + model.size * math.log(n)
        found.append(_Found(model, first, within_bounds(minima.x[best]), covariance, cost, criterion))
    return found
