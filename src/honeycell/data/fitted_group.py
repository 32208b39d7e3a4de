"""Values that were fitted together: what they stand in for, how they vary together, and what they vary with.

A fitted value stands in for a table's value, or for a recipe's assumption, that is known exactly as the one it was fitted from: the same number,
range and distribution. A recipe that states the field, or assumes it otherwise, keeps its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from honeycell.quantities.entry import read_value
from honeycell.quantities.errors import InputError, TableError
from honeycell.runs.seeds import generator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from honeycell.quantities.value import Value

OWN = frozenset(
    {"gain", "pull", "stands_for"}
)  # fields of a block that say how fitted values follow it, and what the claims tell of it
FURTHEST = 8.0  # standard deviations: beyond it a probability is one or none to the last bit


class Follow(NamedTuple):
    """A value that the fit had to take as it is: the ``value``, its :attr:`Value.spread`, the change of the logarithms of the fitted ones per
    unit of its :func:`deviation` (``gain``), and of the claims' residuals per standard deviation of it (``pull``).
    """

    value: Value
    spread: str
    gain: tuple[float, ...]
    pull: tuple[float, ...]


@dataclass(frozen=True)
class FittedGroup:
    """One file of ``data/fitted``.

    Attributes
    ----------
    name : of the group.  values : fitted values by key, in order.
    stands_for : by key, :attr:`Value.spread` of the value that was there before.
    covariance : of the natural logarithms of the values while everything else stays where it is.
    jacobian : of the claims' residuals by the fitted values' declared spreads (claims, values).
    follows : other values that the fit had to take as they are, by key. A draw takes them first, less spread than declared by what the claims
        tell of them too; the fitted values then answer as a fit to the same claims would.
    fit : the file's account of the fit, as written; ``fit["sha256"]`` says from what it was computed.
    """

    name: str
    values: Mapping[str, Value]
    stands_for: Mapping[str, str]
    covariance: tuple[tuple[float, ...], ...]
    jacobian: tuple[tuple[float, ...], ...]
    follows: Mapping[str, Follow]
    fit: Mapping[str, Any] = field(default_factory=dict)

    def replaces(self, key: str, value: Value) -> bool:
        """Whether the group has a value for ``key`` that stands in for this one."""
        return key in self.values and value.status in ("assumed", "estimated") and value.spread == self.stands_for[key]

    def holds(self, key: str, value: Value | None) -> bool:
        """Whether ``value`` is the group's own of ``key``, or known as the one that the fit took as it was."""
        if value is None or key in self.values:
            return value == self.values.get(key)
        return value.spread == self.follows[key].spread

    def draw(self, seed: int, name: str, taken: Mapping[str, float] | None = None) -> dict[str, float]:
        """One joint draw of the fitted values and of those that they follow, all within their ranges.

        ``taken`` are drawn values by key; the others are drawn as :meth:`Parameters.sample` draws them, and then moved by what the claims tell.
        """
        others = self._others(seed, name, taken or {})
        shift = np.zeros(len(self.values))
        for key, number in others.items():
            shift += deviation(self.follows[key].value, number) * np.array(self.follows[key].gain)
        variances, axes = np.linalg.eigh(np.array(self.covariance))
        normal = generator(seed, name, "fitted", self.name).standard_normal(len(shift))
        own = axes @ (np.sqrt(variances.clip(0.0)) * normal)
        result = {}
        for (key, value), change in zip(self.values.items(), shift + own, strict=True):
            low, high = (-math.inf if value.lo is None else value.lo), (math.inf if value.hi is None else value.hi)
            result[key] = float(min(max(value.number * math.exp(min(change, 700.0)), low), high))
        return others | result

    def _others(self, seed: int, name: str, taken: Mapping[str, float]) -> dict[str, float]:
        """A draw of what the fitted values follow, given the claims.

        Scores z are drawn as declared; the claims' residuals W (z - z0) + J t + e, z0 being the score of the value that the fit took, are then
        brought to nothing with the least change of z. J t + e is a draw of what the fitted values and the claims' own errors make (Matheron's
        rule, exact where all is linear and normal).

        Source: J. T. Wilson et al., J. Mach. Learn. Res. 22 (2021) 105 (from memory).
        """
        drawn = {
            key: taken.get(key, each.value.sample(generator(seed, name, key, each.spread)))
            for key, each in self.follows.items()
        }
        drawn = {key: number for key, number in drawn.items() if isinstance(number, float)}
        if not drawn:
            return {}
        z = np.array([score(self.follows[key].value, number) for key, number in drawn.items()])
        taken_as = np.array([score(self.follows[key].value, self.follows[key].value.number) for key in drawn])
        W = np.array([self.follows[key].pull for key in drawn]).T
        J = np.array(self.jacobian)
        rng = generator(seed, name, "claims", self.name)
        made = J @ rng.standard_normal(J.shape[1]) + rng.standard_normal(J.shape[0])
        whole = W @ W.T + J @ J.T + np.eye(len(J))
        z = z - W.T @ np.linalg.solve(whole, W @ (z - taken_as) + made)
        return {key: at_score(self.follows[key].value, float(each)) for key, each in zip(drawn, z, strict=True)}


def score(value: Value, number: float) -> float:
    """Standard normal quantile of ``number`` in the distribution of a sampled value."""
    from scipy.special import ndtri

    u = value.u or 0.0
    if value.distribution in ("uniform", "loguniform"):
        low, high, x = _measured(value, number)
        return float(np.clip(ndtri((x - low) / (high - low)), -FURTHEST, FURTHEST))
    if u == 0.0:
        return 0.0
    return (math.log(number / value.number) if value.distribution == "lognormal" else number - value.number) / u


def at_score(value: Value, z: float) -> float:
    """The inverse of :func:`score`, within the value's range."""
    from scipy.special import ndtr

    if value.distribution in ("uniform", "loguniform"):
        low, high, _ = _measured(value, value.number)
        x = low + (high - low) * float(ndtr(z))
        number = math.exp(x) if value.distribution == "loguniform" else x
    elif value.distribution == "lognormal":
        number = value.number * math.exp((value.u or 0.0) * z)
    else:
        number = value.number + (value.u or 0.0) * z
    low, high = (-math.inf if value.lo is None else value.lo), (math.inf if value.hi is None else value.hi)
    return float(min(max(number, low), high))


def _measured(value: Value, number: float) -> tuple[float, float, float]:
    """Ends of the range and ``number``, in logarithms where these are spread evenly."""
    if value.lo is None or value.hi is None:
        raise InputError("is spread evenly without a range", str(value))
    ends = (value.lo, value.hi, number)
    low, high, x = map(math.log, ends) if value.distribution == "loguniform" else ends
    return low, high, x


def deviation(value: Value, number: float) -> float:
    """How far ``number`` lies from a value: the logarithm of their ratio where both are positive by nature, else their difference."""
    lowest = value.number if value.lo is None else value.lo
    if value.number > 0.0 and lowest > 0.0 and number > 0.0:
        return math.log(number / value.number)
    return number - value.number


def read_group(name: str, content: Mapping[str, Any], values: Mapping[str, Value]) -> FittedGroup:
    """The group of a parsed file, its ``values`` already read.

    Raises
    ------
    TableError : a part is missing, or numbers do not fit each other.
    """
    where = f"fitted/{name}.toml"
    try:
        fit = content["fit"]
        covariance = tuple(tuple(float(x) for x in row) for row in fit["covariance"])
        follows = {
            key: Follow(
                read_value({k: v for k, v in block.items() if k not in OWN}, None, where),
                str(block["stands_for"]),
                tuple(map(float, block["gain"])),
                tuple(map(float, block["pull"])),
            )
            for key, block in fit.get("follows", {}).items()
        }
        jacobian = tuple(tuple(float(x) for x in row) for row in fit["jacobian"])
        stands_for = {key: str(fit["stands_for"][key]) for key in values}
        sizes = {len(values), len(covariance), *map(len, covariance), *map(len, jacobian)}
        sizes |= {len(each.gain) for each in follows.values()}
        if (
            len(sizes) != 1
            or {len(each.pull) for each in follows.values()} - {len(jacobian)}
            or not all(value.status == "fitted" for value in values.values())
        ):
            raise ValueError("sizes differ, or a value is not marked as fitted")
        if not np.isfinite(np.vstack([covariance, jacobian])).all() or not np.allclose(
            covariance, np.transpose(covariance)
        ):
            raise ValueError("the covariance is not symmetric")
        if not all(value.number > 0.0 for value in values.values()):
            raise ValueError("a value is not positive")
    except (KeyError, TypeError, ValueError, AttributeError, InputError) as error:
        cure = f"Calibrate again: honeycell calibrate paper --group {name}."
        raise TableError(f"cannot be used: {error}", where, cure) from None
    return FittedGroup(name, values, stands_for, covariance, jacobian, follows, fit)
