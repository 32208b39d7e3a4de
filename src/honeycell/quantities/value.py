"""A number with what is known of it: unit, spread, status, source and what it was fitted to."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from numpy.random import Generator

Status = Literal["given", "measured", "literature", "estimated", "assumed", "fitted"]
Distribution = Literal["exact", "normal", "lognormal", "uniform", "loguniform"]
STATUSES: tuple[str, ...] = get_args(Status)
DISTRIBUTIONS: tuple[str, ...] = get_args(Distribution)


@dataclass(frozen=True, slots=True)
class Value:
    """One value, SI inside.

    ``value`` is a float, a tuple of floats or text; only floats carry a spread. ``u`` is the standard
    uncertainty (relative, for ``lognormal``: the standard deviation of the logarithm); ``lo`` and
    ``hi`` bound a (log)uniform range and clip the others. ``status`` says how the
    value is known: *given* is a recipe's own choice, *measured* a measurement on this very sample, *literature*
    read in the named source, *estimated* from memory or a rule, *assumed* chosen because nobody
    said, *fitted* adjusted to ``fitted_to``. ``taken_from`` names claims whose measured value this is.
    """

    value: float | str | tuple[float, ...]
    unit: str = "1"
    status: Status = "given"
    u: float | None = None
    lo: float | None = None
    hi: float | None = None
    distribution: Distribution = "exact"
    source: str = ""
    where: str = ""
    reason: str = ""
    given_as: str = ""
    fitted_to: tuple[str, ...] = ()
    taken_from: tuple[str, ...] = ()

    @property
    def number(self) -> float:
        """The value where it is one number.

        Raises
        ------
        InputError : text, or a list of numbers.
        """
        if not isinstance(self.value, float):
            raise InputError(f"got {self.given_as or self.value!r}, expected one number", self.where)
        return self.value

    @property
    def sampled(self) -> bool:
        """True where a spread is declared and the value was neither given nor measured here."""
        return self.distribution != "exact" and self.status not in ("given", "measured")

    @property
    def spread(self) -> str:
        """Value and distribution in words, equal for two values that are known in the same way."""
        return f"{self.value!r} {self.distribution} {self.u!r} {self.lo!r} {self.hi!r}"

    def sample(self, rng: Generator) -> float | str | tuple[float, ...]:
        """One draw from the declared distribution; the value itself where none is declared."""
        if not self.sampled or not isinstance(self.value, float):
            return self.value
        lo = -math.inf if self.lo is None else self.lo
        hi = math.inf if self.hi is None else self.hi
        if self.distribution == "uniform":
            return float(rng.uniform(lo, hi))
        if self.distribution == "loguniform":
            return float(min(max(math.exp(rng.uniform(math.log(lo), math.log(hi))), lo), hi))
        u = self.u or 0.0
        if self.distribution == "lognormal":
            return float(min(max(self.value * math.exp(u * rng.standard_normal()), lo), hi))
        return float(min(max(self.value + u * rng.standard_normal(), lo), hi))
