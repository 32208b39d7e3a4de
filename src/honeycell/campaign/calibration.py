r"""Fits a group's knobs to its claims and keeps what the claims determine.

Each knob is the logarithm of its value in units of its declared spread, :math:`t = \ln(\theta/\theta_0)/s`, within the declared range. Minimised is

.. math:: \sum_c \left(\frac{y_c(t) - c}{\sigma_c}\right)^2 + \sum_k t_k^2

with the claim's tolerance (half its width for a range; a bound pulls only while it is not met) for :math:`\sigma_c`. The second sum is the
declared spread taken as a weak prior: a knob that no claim feels comes out with a standard deviation of one, and is given back to its table. So are
those beyond one fewer than the claims that are fitted to.

All other values of the chain that are not measured stay where they are. How the fit would move with each of them is found by differences, so that a
draw of them takes the fitted values along.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from honeycell.campaign.evidence import numbers
from honeycell.campaign.fit import Fit, Knob, by_ratio, moved, spread_of
from honeycell.campaign.group import Group, load_group
from honeycell.campaign.inputs import inputs_hash
from honeycell.campaign.sampling import recipe_of
from honeycell.campaign.target import Target, targets_of
from honeycell.data.tables import load_parameters
from honeycell.quantities.errors import HoneycellError, InputError, RunError
from honeycell.quantities.record import Ancestry
from honeycell.recipe.library import load
from honeycell.runs.progress import progress, workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from honeycell.data.parameters import Parameters
    from honeycell.quantities.value import Value
    from honeycell.recipe.models import Recipe

    Floats = NDArray[np.floating]
    Numbers = Mapping[str, float]

DETERMINED = 0.5  # standard deviation over the declared one up to which a knob counts as determined by the claims
STEP = 0.05  # of finite differences, in declared spreads: above the solvers' noise
WIDE_STEP = 0.25  # to both sides, of those that the covariance comes from: the claims hold over a range, not at a point
OTHER_STEP = 0.5  # the same for values that are not fitted, whose whole spread matters
MOST_ROUNDS = 30
FAILED = 1e3  # residual where the chain cannot make the sample, so that the search turns back


@dataclass(frozen=True)
class Calibration:
    """The outcome: ``fit`` of the knobs that are determined, ``first`` of all of them, why each of the others was ``dropped``.

    ``reads`` are all keys that were read, ``before`` all numbers as declared, ``sha256`` the hash of inputs and code as the fit began.
    """

    group: Group
    targets: tuple[Target, ...]
    reads: tuple[str, ...]
    before: Mapping[str, float]
    first: Fit
    fit: Fit
    dropped: Mapping[str, str]
    sha256: str


def calibrate(group: Group, jobs: int = 1, show: bool = True) -> Calibration:
    """Fit a group.

    Raises
    ------
    InputError : a knob or claim that cannot be used.
    RunError : the samples cannot be made with the declared values.
    """
    targets = targets_of(group)
    knobs = tuple(_knob(group, key) for key in group.knobs)
    reads = reads_of(group)
    sha256 = inputs_hash(group, reads)  # now: what is edited while the fit runs makes it stale
    most = len(targets) - 1
    dropped: dict[str, str] = {}
    with workers(jobs) if jobs > 1 else contextlib.nullcontext() as pool:
        chain = _Chain(group, targets, pool, show)
        before = chain.run([{}])[0]
        if before is None:
            raise RunError("the samples cannot be made as declared", f"group {group.name}", "Check recipes and tables.")
        first = fit = chain.fitted(knobs, before, [{}, *chain.tried(knobs, group.tries)])
        while fit.knobs:
            worst = int(np.argmax(fit.spread))
            if fit.spread[worst] > DETERMINED:
                dropped[fit.knobs[worst].key] = (
                    f"not determined: {fit.spread[worst]:.2f} of the declared spread is left"
                )
            elif len(fit.knobs) > most:
                dropped[fit.knobs[worst].key] = (
                    f"{len(targets)} claims hold {most} knobs at most, and this is the least determined"
                )
            else:
                break
            kept = tuple(knob for knob in fit.knobs if knob.key not in dropped)
            fit = chain.fitted(kept, before, [{}, fit.values(), *chain.tried(kept, group.tries)])
        same = first is fit
        fit = chain.with_rest(fit, reads)
        first = fit if same else chain.with_rest(first, reads)
    return Calibration(group, targets, reads, before, first, fit, dropped, sha256)


def evaluate(group: str, changes: Mapping[str, float]) -> dict[str, float]:
    """All numbers of a group's samples with some values changed, in samples that know them as the first does. Runs in a worker."""
    return _evaluated(load_group(group), changes)


def _evaluated(group: Group, changes: Mapping[str, float]) -> dict[str, float]:
    declared = {key: _declared(group, key).spread for key in changes}
    result: dict[str, float] = {}
    for recipe, p in _samples(group.name, group.samples):
        changed = p.replace({k: x for k, x in changes.items() if k in p and p.describe(k).spread == declared[k]})
        result |= numbers({recipe.name: group.measure(recipe_of(recipe, changed), changed)})
    return result


def reads_of(group: Group) -> tuple[str, ...]:
    """Keys that the group's samples read with everything as declared, sorted."""
    found: set[str] = set()
    for recipe, p in _samples(group.name, group.samples):
        found |= {key for key in Ancestry.of(group.measure(recipe, p).values()).keys if key in p}
    return tuple(sorted(found))


@dataclass(frozen=True)
class _Chain:
    """The way from knobs to residuals, several points at once where there is a pool."""

    group: Group
    targets: tuple[Target, ...]
    pool: Executor | None
    show: bool

    def run(self, points: Sequence[Numbers], advance: Callable[..., None] | None = None) -> list[Numbers | None]:
        """Numbers at each point; None where a sample cannot be made."""
        pool = self.pool if len(points) > 1 else None
        futures = [pool.submit(evaluate, self.group.name, point) for point in points] if pool else []
        result: list[Numbers | None] = []
        for n, point in enumerate(points):
            try:
                result.append(futures[n].result() if futures else _evaluated(self.group, point))
            except HoneycellError:
                result.append(None)
            if advance:
                advance()
        return result

    def residuals(self, found: Numbers | None) -> Floats:
        """Of all claims (claims,)."""
        if found is None:
            return np.full(len(self.targets), FAILED)
        result = np.array([target.residual(found) for target in self.targets])
        return np.where(np.isfinite(result), result, FAILED)

    def tried(self, knobs: tuple[Knob, ...], count: int) -> list[Numbers]:
        """The best two of points spread evenly over the knobs' ranges."""
        if not (count and knobs):
            return []
        from scipy.stats import qmc

        low, high = np.array([knob.bounds for knob in knobs]).T
        ts = low + (high - low) * qmc.Halton(len(knobs), scramble=False).random(count)
        points = [{knob.key: knob.number(float(x)) for knob, x in zip(knobs, t, strict=True)} for t in ts]
        with progress(count, "points tried", self.show) as advance:
            found = self.run(points, advance)
        costs = [np.sum(self.residuals(each) ** 2) + np.sum(t**2) for each, t in zip(found, ts, strict=True)]
        return [points[n] for n in np.argsort(costs)[:2].tolist()]

    def fitted(self, knobs: tuple[Knob, ...], before: Numbers, starts: Sequence[Numbers] = ({},)) -> Fit:
        """Best fit of some knobs from several starts, each by key, as declared where it does not say; ``rest`` is still empty."""
        from scipy.optimize import least_squares

        if not knobs:
            empty = np.zeros((len(self.targets), 0))
            return Fit((), np.zeros(0), before, empty, float(np.sum(self.residuals(before) ** 2)))
        low, high = np.array([knob.bounds for knob in knobs]).T
        seen: dict[bytes, Numbers | None] = {}

        def point(t: Floats) -> Numbers:
            return {knob.key: knob.number(float(x)) for knob, x in zip(knobs, t, strict=True)}

        def at(t: Floats) -> Floats:
            if t.tobytes() not in seen:
                seen[t.tobytes()] = self.run([point(t)])[0]
            return np.concatenate([self.residuals(seen[t.tobytes()]), t])

        def slopes(t: Floats, step: float = STEP) -> Floats:
            ups, downs = np.minimum(t + step, high), np.maximum(t - (step > STEP) * step, low)
            downs = np.where(ups - downs < 0.5 * step, t - step, downs)  # at an end of the range
            ends = [np.where(np.eye(len(t), dtype=bool)[k], x[k], t) for k in range(len(t)) for x in (downs, ups)]
            base, found = at(t)[: len(self.targets)], self.run([point(each) for each in ends])
            rows = np.array([base if each is None else self.residuals(each) for each in found])
            # a side where nothing can be made tells nothing: the slope is then that of the other
            made = np.array([t[n // 2] if each is None else ends[n][n // 2] for n, each in enumerate(found)])
            apart = np.diff(made.reshape(-1, 2), axis=1)
            data = np.diff(rows.reshape(len(t), 2, -1), axis=1)[:, 0] / np.where(apart == 0.0, np.inf, apart)
            return np.vstack([data.T, np.eye(len(t))])

        best = None
        for start in starts:
            t = np.array([knob.at(start.get(knob.key, knob.value.number)) for knob in knobs])
            t = np.clip(t, low + STEP, high - STEP)
            found = least_squares(
                at, t, slopes, bounds=(low, high), xtol=1e-3, ftol=1e-4, max_nfev=MOST_ROUNDS,  # pyright: ignore[reportArgumentType]
            )  # fmt: skip
            best = found if best is None or found.cost < best.cost else best
        if best is None or (end := seen[best.x.tobytes()]) is None:
            raise RunError("no fit was found", f"group {self.group.name}", "Narrow the ranges of its knobs.")
        return Fit(knobs, best.x, end, slopes(best.x, WIDE_STEP)[: len(self.targets)], 2.0 * float(best.cost))

    def with_rest(self, fit: Fit, reads: Sequence[str]) -> Fit:
        """The same fit with the change of each residual per declared spread of every other value; 0 where no step can be made."""
        base, at = self.residuals(fit.found), fit.values()
        others = tuple(_others(self.group, reads, at))
        result = np.zeros((len(self.targets), len(others)))
        waiting = {n: _sides(value) for n, (_, value) in enumerate(others)}
        with progress(len(waiting), "what the fit takes as it is", self.show) as advance:
            while waiting:
                asked = {n: sides[0] for n, sides in waiting.items()}
                points = [{**at, others[n][0]: moved(others[n][1], side)} for n, side in asked.items()]
                for (n, side), found in zip(asked.items(), self.run(points), strict=True):
                    waiting[n] = waiting[n][1:]
                    if found is not None:
                        result[:, n] = (self.residuals(found) - base) / side
                    if found is not None or not waiting[n]:
                        del waiting[n]
                        advance()
        return replace(fit, others=others, rest=result)


@lru_cache(maxsize=2)
def _samples(group: str, names: tuple[str, ...]) -> tuple[tuple[Recipe, Parameters], ...]:
    """Each sample's recipe and all its values as declared, without those that the group has fitted before."""
    tables = load_parameters(without=group)
    recipes = [load(name) for name in names]
    # views: to ask whether a value is there is no read of any stage
    return tuple((recipe, tables.with_values(recipe.values()).view()) for recipe in recipes)


def _declared(group: Group, key: str) -> Value:
    """The value of a key as declared for the first of the group's samples that has it."""
    for _, p in _samples(group.name, group.samples):
        if key in p:
            return p.describe(key)
    raise InputError(f"no value {key!r}", f"group {group.name}")


def _knob(group: Group, key: str) -> Knob:
    value = _declared(group, key)
    if value.status not in ("assumed", "estimated") or not value.sampled:
        cure = "Knobs are assumed or estimated values with a range or u."
        raise InputError(f"{key} is {value.status} without a spread to fit in", f"group {group.name}", cure)
    if not by_ratio(value):
        raise InputError(f"{key} is not positive over its range", f"group {group.name}")
    return Knob(key, value, spread_of(value))


def _others(group: Group, reads: Sequence[str], fitted: Numbers) -> Iterator[tuple[str, Value]]:
    """What the samples read besides what is fitted, and is neither given, measured, nor fitted elsewhere."""
    for key in reads:
        value = _declared(group, key)
        if value.sampled and key not in fitted and value.status != "fitted":
            yield key, value


def _sides(value: Value) -> list[float]:
    """Steps in declared spreads that stay within the range, the better first."""
    low, high = (-np.inf if value.lo is None else value.lo), (np.inf if value.hi is None else value.hi)
    inside = [side for side in (OTHER_STEP, -OTHER_STEP) if low <= moved(value, side) <= high]
    return inside or [0.1 * OTHER_STEP, -0.1 * OTHER_STEP]
