"""What a reduction returns: numbers with unit, uncertainty, method and flags, never a bare float."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from honeycell.quantities.value import Value

    Settings = Mapping[str, Value]
    """What a file lacks and its user states: thickness, area, circuit ... by name."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """One number found in a record.

    ``value``, ``standard_error`` and ``interval_95`` are in ``unit``, an SI unit; the last two are None where the
    data cannot tell. ``method`` says how it was found, ``flags`` what a reader must know before using it.
    """

    name: str
    value: float
    unit: str
    standard_error: float | None = None
    interval_95: tuple[float, float] | None = None
    method: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reduction:
    """Everything that one record yields.

    ``tables`` maps a name to rows, each a mapping of column to number or text; a column's unit follows its name after a slash
    (``"frequency / Hz"``). ``flags`` are sentences that concern the whole record; ``alternatives`` are other readings
    that fit about as well.
    """

    technique: str
    quantities: tuple[Estimate, ...]
    tables: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    alternatives: tuple[dict[str, Any], ...] = ()

    def __getitem__(self, name: str) -> Estimate:
        """The quantity called ``name``; KeyError where there is none."""
        for quantity in self.quantities:
            if quantity.name == name:
                return quantity
        raise KeyError(name)

    def __contains__(self, name: str) -> bool:
        return any(quantity.name == name for quantity in self.quantities)
