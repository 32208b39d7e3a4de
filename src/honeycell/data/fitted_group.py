"""Values that were fitted together: what they stand in for, how they vary together, and what they vary with.

A fitted value stands in for a table's value, or for a recipe's assumption, that is known exactly as the one it was fitted from: the same number,
range and distribution. A recipe that states the field, or assumes it otherwise, keeps its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.quantities.entry import read_value
from honeycell.quantities.errors import InputError, TableError
from honeycell.runs.seeds import generator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from honeycell.quantities.value import Value

OWN = frozenset({"gain", "stands_for"})  # fields of a block that say how fitted values follow it


@dataclass(frozen=True)
class FittedGroup:
    """One file of ``data/fitted``.

    Attributes
    ----------
    name : of the group.  values : fitted values by key, in order.
    stands_for : by key, :attr:`Value.spread` of the value that was there before.
    covariance : of the natural logarithms of the values while everything else stays where it is.
    follows : other values that the fit had to take as they are, by key: the value, its :attr:`Value.spread`, and the change of the logarithms
        of the fitted ones per unit of its :func:`deviation`. A draw takes the others first; the fitted values then answer as a fit to the
        same claims would.
    fit : the file's account of the fit, as written; ``fit["sha256"]`` says from what it was computed.
    """

    name: str
    values: Mapping[str, Value]
    stands_for: Mapping[str, str]
    covariance: tuple[tuple[float, ...], ...]
    follows: Mapping[str, tuple[Value, str, tuple[float, ...]]]
    fit: Mapping[str, Any] = field(default_factory=dict)

    def replaces(self, key: str, value: Value) -> bool:
        """Whether the group has a value for ``key`` that stands in for this one."""
        return key in self.values and value.status in ("assumed", "estimated") and value.spread == self.stands_for[key]

    def draw(self, seed: int, name: str) -> dict[str, float]:
        """One joint draw of all values, within their ranges; the others are drawn as :meth:`Parameters.sample` draws them."""
        shift = np.zeros(len(self.values))
        for key, (value, spread, gain) in self.follows.items():
            drawn = value.sample(generator(seed, name, key, spread))
            if isinstance(drawn, float):
                shift += deviation(value, drawn) * np.array(gain)
        variances, axes = np.linalg.eigh(np.array(self.covariance))
        normal = generator(seed, name, "fitted", self.name).standard_normal(len(shift))
        own = axes @ (np.sqrt(variances.clip(0.0)) * normal)
        result = {}
        for (key, value), change in zip(self.values.items(), shift + own, strict=True):
            low, high = (-math.inf if value.lo is None else value.lo), (math.inf if value.hi is None else value.hi)
            result[key] = float(min(max(value.number * math.exp(min(change, 700.0)), low), high))
        return result


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
            key: (
                read_value({k: v for k, v in block.items() if k not in OWN}, None, where),
                str(block["stands_for"]),
                tuple(map(float, block["gain"])),
            )
            for key, block in fit.get("follows", {}).items()
        }
        stands_for = {key: str(fit["stands_for"][key]) for key in values}
        sizes = {len(values), len(covariance), *map(len, covariance), *(len(gain) for *_, gain in follows.values())}
        if len(sizes) != 1 or not all(value.status == "fitted" for value in values.values()):
            raise ValueError("sizes differ, or a value is not marked as fitted")
        if not np.isfinite(covariance).all() or not np.allclose(covariance, np.transpose(covariance)):
            raise ValueError("the covariance is not symmetric")
        if not all(value.number > 0.0 for value in values.values()):
            raise ValueError("a value is not positive")
    except (KeyError, TypeError, ValueError, AttributeError, InputError) as error:
        cure = f"Calibrate again: honeycell calibrate paper --group {name}."
        raise TableError(f"cannot be used: {error}", where, cure) from None
    return FittedGroup(name, values, stands_for, covariance, follows, fit)
