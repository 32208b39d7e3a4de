"""Knobs, and what a fit of them tells: values, spreads, correlations, and how they move with what was not fitted."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from honeycell.data.fitted_group import deviation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from honeycell.quantities.value import Value

    Floats = NDArray[np.floating]

WIDEST = 5.0  # declared spreads to either side of a value without a range
EDGE = 1e-3  # declared spreads: closer to an end of its range a knob has run into it


@dataclass(frozen=True)
class Knob:
    """A value to fit as t = ln(value/declared)/scale, ``scale`` being the declared standard deviation of its logarithm."""

    key: str
    value: Value
    scale: float

    @property
    def bounds(self) -> tuple[float, float]:
        """Ends of the declared range in units of ``scale``."""
        low, high = (
            sign * WIDEST if end is None else math.log(end / self.value.number) / self.scale
            for sign, end in ((-1.0, self.value.lo), (1.0, self.value.hi))
        )
        return low, high

    def number(self, t: float) -> float:
        """The value at ``t``."""
        return self.value.number * math.exp(t * self.scale)

    def at(self, number: float) -> float:
        """The t of a value."""
        return math.log(number / self.value.number) / self.scale


@dataclass(frozen=True)
class Fit:
    """What came out for n knobs: ``t`` (n,), all numbers there, and derivatives of the claims' residuals.

    ``jacobian`` (claims, n) by the knobs; ``rest`` (claims, others) by every other value that may be drawn, per declared spread of it;
    ``cost`` is the sum of squares, declared spreads included.
    """

    knobs: tuple[Knob, ...]
    t: Floats
    found: Mapping[str, float]
    jacobian: Floats
    cost: float
    others: tuple[tuple[str, Value], ...] = ()
    rest: Floats = field(default_factory=lambda: np.zeros((0, 0)))

    @cached_property
    def covariance(self) -> Floats:
        """Of ``t`` with everything else where it is (n, n)."""
        return np.linalg.inv(self.jacobian.T @ self.jacobian + np.eye(len(self.t)))

    @property
    def spread(self) -> Floats:
        """Standard deviations of ``t``: below one where the claims tell more than the tables (n,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def spread_with_all_free(self) -> Floats:
        """The same where every other value may move within its declared spread too (n,)."""
        whole = np.hstack([self.jacobian, self.rest]) if self.others else self.jacobian
        return np.sqrt(np.diag(np.linalg.inv(whole.T @ whole + np.eye(whole.shape[1]))))[: len(self.t)]

    @property
    def correlation(self) -> Floats:
        """(n, n)."""
        return self.covariance / np.outer(self.spread, self.spread)

    @property
    def singular_values(self) -> Floats:
        """Of the scaled Jacobian, largest first: below one a combination of knobs is known from its tables rather than from claims."""
        return np.linalg.svd(self.jacobian, compute_uv=False) if len(self.t) else np.zeros(0)

    @property
    def gain(self) -> Floats:
        """Change of the fitted ``t`` per declared spread of each other value (n, others)."""
        return -self.covariance @ self.jacobian.T @ self.rest

    def values(self) -> dict[str, float]:
        """The fitted values by key."""
        return {knob.key: knob.number(float(t)) for knob, t in zip(self.knobs, self.t, strict=True)}

    def at_edge(self, k: int) -> bool:
        """Whether knob ``k`` has run into an end of its range."""
        low, high = self.knobs[k].bounds
        return min(self.t[k] - low, high - self.t[k]) < EDGE


def spread_of(value: Value) -> float:
    """Standard deviation of a value's :func:`honeycell.data.fitted_group.deviation` as declared."""
    if value.lo is not None and value.hi is not None and value.distribution in ("uniform", "loguniform"):
        return (deviation(value, value.hi) - deviation(value, value.lo)) / math.sqrt(12.0)
    u = value.u or 0.0
    return u / value.number if value.distribution == "normal" and by_ratio(value) else u


def by_ratio(value: Value) -> bool:
    """Whether a value's deviation is the logarithm of a ratio."""
    return value.number > 0.0 and (value.lo is None or value.lo > 0.0)


def moved(value: Value, spreads: float) -> float:
    """A value moved by so many declared spreads."""
    by = spreads * spread_of(value)
    return value.number * math.exp(by) if by_ratio(value) else value.number + by
