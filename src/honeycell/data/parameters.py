"""A view on all values that remembers which of them were read.

Keys are ``"<table>.<name>"`` (``"pvdf_hfp.density"``, ``"water__nmp.interaction_constant"``) and ``"recipe.<section>.<field>"``. A stage
asks its :class:`Parameters` for a view, reads from it, and puts the view's ancestry on its record; from that the
ledger computes whether a result was calibrated or predicted.

Reads that belong to no stage cannot be told apart, so they count for every stage of the process: a number kept aside at
import time is an ancestor of every record made afterwards, and never hides.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from honeycell.quantities.errors import InputError
from honeycell.quantities.record import Ancestry
from honeycell.runs.seeds import generator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from honeycell.data.fitted_group import FittedGroup
    from honeycell.quantities.value import Value

_read_outside_stages: set[str] = set()


class Parameters:
    """Read-only values by key. ``parameters[key]`` is an SI float (or text, or a tuple of floats) and is remembered.

    Make one with :func:`honeycell.data.tables.load_parameters`; call :meth:`view` at the start of a stage.
    """

    def __init__(
        self, values: Mapping[str, Value], *, fitted: tuple[FittedGroup, ...] = (), _log: set[str] | None = None
    ) -> None:
        self._values = values
        self._fitted = fitted
        self._log = _read_outside_stages if _log is None else _log

    def view(self) -> Parameters:
        """The same values with an empty memory of its own, for one stage."""
        return Parameters(self._values, fitted=self._fitted, _log=set())

    def __getitem__(self, key: str) -> float:
        """The number of ``key``; use :meth:`text` and :meth:`numbers` for the rest."""
        found = self._read(key).value
        if not isinstance(found, float):
            raise InputError(f"{key} is {found!r}, expected one number", "parameters")
        return found

    def text(self, key: str) -> str:
        """Text value of ``key``."""
        return str(self._read(key).value)

    def numbers(self, key: str) -> tuple[float, ...]:
        """Tuple of numbers of ``key``."""
        found = self._read(key).value
        if not isinstance(found, tuple):
            raise InputError(f"{key} is {found!r}, expected a list of numbers", "parameters")
        return found

    def _read(self, key: str) -> Value:
        self._log.add(key)
        try:
            return self._values[key]
        except KeyError:
            near = ", ".join(sorted(k for k in self._values if k.split(".")[0] == key.split(".")[0])[:8])
            raise InputError(f"no value {key!r}", "parameters", f"There are: {near}." if near else "") from None

    def __contains__(self, key: str) -> bool:
        self._log.add(key)
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._values))

    def describe(self, key: str) -> Value:
        """What is known of ``key``, for reports and the ledger. Not remembered: a description is not a use."""
        return self._values[key]

    def ancestry(self, consumed: Iterable[Ancestry] = (), introduced_for: Iterable[str] = ()) -> Ancestry:
        """What this view has read, with everything ``consumed`` and all reads outside stages."""
        result = Ancestry(frozenset(self._log | _read_outside_stages), frozenset(introduced_for))
        for other in consumed:
            result |= other
        return result

    def with_values(self, values: Mapping[str, Value]) -> Parameters:
        """A copy where ``values`` replace or extend the present ones; memory starts as for a new root.

        Where a fitted value stands in for one of ``values`` it is taken instead (:mod:`honeycell.data.fitted_group`).
        """
        laid = dict(values)
        for group in self._fitted:
            laid |= {
                key: found for key, found in group.values.items() if key in values and group.replaces(key, values[key])
            }
        return Parameters({**self._values, **laid}, fitted=self._fitted)

    def replace(self, numbers: Mapping[str, float]) -> Parameters:
        """A copy with other numbers at existing keys, their descriptions kept."""
        return self.with_values({key: replace(self._values[key], value=number) for key, number in numbers.items()})

    def sample(self, seed: int, name: str, keep: Iterable[str] = ()) -> Parameters:
        """One draw of every value that is neither given nor measured; ``keep`` stays.

        Each key and spread has a random stream of its own: samples that share both share the draw, others do not. Values fitted together
        are drawn together, and what their fit took as it was is drawn with what the claims tell of it.
        """
        kept = set(keep)
        together: dict[str, float] = {}
        for group in self._fitted:
            drawn = group.draw(seed, name, together)
            together |= {key: number for key, number in drawn.items() if group.holds(key, self._values.get(key))}
        draws = {
            key: replace(
                value,
                value=together[key] if key in together else value.sample(generator(seed, name, key, value.spread)),
            )
            for key, value in self._values.items()
            if value.sampled and key not in kept
        }
        return Parameters({**self._values, **draws}, fitted=self._fitted)
