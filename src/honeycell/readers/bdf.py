"""Charge-discharge tables with Battery Data Format labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from honeycell.quantities.errors import ReadError
from honeycell.quantities.record import make_record
from honeycell.readers.base import TextReader
from honeycell.readers.heading import find_heading
from honeycell.readers.labels import meaning, meanings
from honeycell.readers.spectrum import file_attributes
from honeycell.readers.table import read_table

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.readers.source import Source

UNIT = {"time": "s", "voltage": "V", "current": "A", "cycle": "1", "step": "1"}


class BdfReader(TextReader):
    """Test time, voltage, current (charge positive) and cycle count; the step count may be absent.

    Steps are then counted anew at each change of the cycle or of the current's sign, and the attribute ``step_source`` says so.
    """

    name: ClassVar[str] = "bdf"
    title: ClassVar[str] = "Battery Data Format table (Test Time / s, Voltage / V, Current / A, Cycle Count / 1)"
    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".txt")
    schemas: ClassVar[tuple[str, ...]] = ("cycling/1",)
    rank: ClassVar[int] = 1

    def recognises_text(self, source: Source) -> bool:
        """By a line of labels with time, voltage and current."""
        return find_heading(source, _is_cycling) is not None

    def read(self, source: Source) -> xr.Dataset:
        """The charge-discharge record, rows in the order of the file."""
        heading = find_heading(source, _is_cycling)
        assert heading is not None
        columns = {quantity: found[0] for quantity, found in meanings(heading.named).items() if quantity in UNIT}
        if "cycle" not in columns:
            raise ReadError("has no column 'Cycle Count / 1'", source.at(heading.line + 1), "Export the cycle number.")
        table = read_table(source, heading.labels, heading.first)
        values: dict[str, NDArray[np.float64]] = {}
        for quantity, numbers in zip(columns, table.numbers(list(columns.values())), strict=True):
            means = meaning(heading.named[columns[quantity]])
            values[quantity] = numbers * (means.factor if means else 1.0)
        attributes = file_attributes(
            table, self.name, "\n".join(source.lines[: heading.line]), [], list(range(len(table.labels)))
        )
        del attributes["raw_columns"], attributes["raw_text_columns"]
        if "step" not in values:
            values["step"] = _steps(values["cycle"], values["current"])
            attributes["step_source"] = "counted from changes of the cycle and of the current's sign"
        names = {"time": "test_time"}
        return make_record(
            "cycling/1",
            sample=source.stem,
            instrument=self.name,
            origin="measured",
            variables={names.get(each, each): ("row", values[each], unit) for each, unit in UNIT.items()},
            attributes=attributes,
        )


def _is_cycling(labels: tuple[str, ...]) -> bool:
    return {"time", "voltage", "current"} <= set(meanings(labels))


def _steps(cycle: NDArray[np.float64], current: NDArray[np.float64]) -> NDArray[np.float64]:
    changed = (np.diff(cycle) != 0.0) | (np.diff(np.sign(current)) != 0.0)
    return np.concatenate(([1.0], 1.0 + np.cumsum(changed)))
