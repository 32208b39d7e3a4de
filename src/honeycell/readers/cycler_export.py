"""A cycler's export, text or Excel, into a record: any maker's, by its dialect."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from honeycell.quantities.errors import ReadError
from honeycell.readers.base import Reader
from honeycell.readers.cells import as_array, mapped, unlike
from honeycell.readers.clock import CLOCK, moments, seconds
from honeycell.readers.cycler import cycling_record
from honeycell.readers.cycler_checks import check_counters, gaps, put_sign, put_time, stated_mass
from honeycell.readers.cycler_tables import (
    SEARCHED,
    Part,
    Place,
    heading_row,
    nested_heading,
    text_parts,
    workbook_parts,
)
from honeycell.readers.dialect import BARE, CLOCKS, DIMENSIONS, KEPT, Dialect, direction
from honeycell.readers.heading import find_heading
from honeycell.readers.workbook import is_workbook, sheets

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.readers.source import Source
    from honeycell.readers.table import Table
    from honeycell.readers.vocabulary import Meaning

COUNTERS = (
    "step_capacity",
    "charge_capacity",
    "discharge_capacity",
    "step_energy",
    "charge_energy",
    "discharge_energy",
)


class ExportReader(Reader):
    """Test or step time, voltage, current and counters of every record; summaries of cycles and steps are passed over.

    The current is taken as it stands where some of it is negative, and else gets its sign from the state. A mass is taken only
    where the file states one, as such or as capacity next to specific capacity.
    """

    schemas: ClassVar[tuple[str, ...]] = ("cycling/1",)
    dialect: ClassVar[Dialect]

    @abstractmethod
    def recognises(self, source: Source) -> bool:
        """By a row of labels that the maker's programs write."""
        if source.is_text:
            head = "\n".join(source.lines[:SEARCHED]).lower()
            if not any(word in head for word in self.dialect.needed):
                return False
            found = find_heading(source, self.dialect.is_heading)
            return found is not None or nested_heading(source, self.dialect) is not None
        if is_workbook(source):
            try:
                return any(heading_row(sheet, self.dialect) is not None for sheet in sheets(source))
            except ReadError:
                return False
        return False

    def read(self, source: Source) -> xr.Dataset:
        """The charge-discharge record, rows in the order of the file."""
        with np.errstate(all="ignore"):  # what overflows is refused when the record is made
            return self._record(source)

    def _record(self, source: Source) -> xr.Dataset:
        flags: list[str] = []
        parts, header = (text_parts if source.is_text else workbook_parts)(source, self.dialect, flags)
        found, raw, place = merged(source, self.dialect, parts, flags)
        gaps(found, flags)
        mass = stated_mass(found, header, flags)
        put_time(place, found, flags)
        put_sign(found, flags)
        columns = {name: found[name] for name in ("test_time", "voltage", "current", "cycle", "step") if name in found}
        columns |= {name: np.abs(found[name]) for name in COUNTERS if name in found}
        if "temperature" in found:
            columns["cell_temperature"] = found["temperature"]
        check_counters(columns, flags)
        return cycling_record(
            place,
            columns,
            form=self.name,
            instrument=f"{self.dialect.maker} cycler",
            header=header,
            raw=raw,
            flags=flags,
            active_mass=mass,
            lines=range(columns["voltage"].size) if "voltage" in columns else None,
        )


def merged(
    source: Source, dialect: Dialect, parts: list[Part], flags: list[str]
) -> tuple[dict[str, Any], dict[str, NDArray[Any]], Place]:
    """Quantities in SI units and the raw columns, of all parts one after the other."""
    noted: list[list[str]] = []
    each: list[dict[str, Any]] = []
    raws: list[dict[str, NDArray[Any]]] = []
    for part in parts:
        noted.append([])
        each.append(_quantities(part, dialect, noted[-1]))
        raws.append(raw_columns(part.table))
    flags += dict.fromkeys(flag for some in noted for flag in some)
    if len(parts) == 1:
        return each[0], raws[0], Place(source, parts)
    common = [name for name in each[0] if all(name in other for other in each)]
    lost = sorted({name for some in each for name in some} - set(common))
    if lost:
        flags.append(f"columns: {', '.join(lost)} are not in every table of the file and are left out")
    labels = [label for label in raws[0] if all(label in other for other in raws)]
    raw = {
        label: np.concatenate([some[label] for some in raws])
        if all(some[label].dtype.kind == raws[0][label].dtype.kind for some in raws)
        else np.concatenate([some[label].astype(str) for some in raws])
        for label in labels
    }
    return {name: np.concatenate([some[name] for some in each]) for name in common}, raw, Place(source, parts)


def raw_columns(table: Table) -> dict[str, NDArray[Any]]:
    """The columns of a table by label, as numbers where all cells are numbers, else as text; empty ones are left out."""
    result: dict[int, NDArray[Any]] = {}
    for index in range(len(table.labels)):
        numbers = table.values(index)
        if numbers is not None:
            result[index] = numbers
        elif table.filled(index):
            result[index] = as_array(table.cells(index))
    labels: dict[str, NDArray[Any]] = {}
    for index in sorted(result):
        label = table.labels[index]
        while label in labels:
            label += " again"
        labels[label] = result[index]
    return labels


def _quantities(part: Part, dialect: Dialect, flags: list[str]) -> dict[str, Any]:
    table, columns, unknown = part.table, {}, []
    for index, label in enumerate(part.named):
        means = dialect.meaning(label)
        if means is not None and means.quantity not in columns:
            columns[means.quantity] = (index, means)
        elif label and not KEPT.search(label) and table.filled(index):
            unknown.append(label)
    if unknown:
        flags.append(
            f"unknown_columns: {', '.join(repr(label[:40]) for label in unknown[:20])} are kept as they stand only"
        )
    result: dict[str, Any] = {}
    for better, *worse in (("test_time", "step_time", "moment"), ("step_time", "moment")):
        columns = {name: each for name, each in columns.items() if better not in columns or name not in worse}
    for quantity, (index, means) in columns.items():
        values = _column(part, quantity, index, means, flags)
        if values is not None:
            result[quantity] = values
    if part.cycle is not None and "cycle" not in result:
        result["cycle"] = np.full(len(table.rows), part.cycle)
    return result


def _column(part: Part, quantity: str, index: int, means: Meaning, flags: list[str]) -> Any:
    """One column in SI units; None where it holds nothing to use."""
    table, label = part.table, part.named[index]
    if quantity == "state":
        return mapped(table.cells(index), direction)
    if quantity == "moment":
        return moments(table.cells(index))
    if quantity in CLOCKS and not means.stated:
        times = seconds(table.cells(index))
        if times is None:
            cells = table.cells(index)
            wrong = next(iter(unlike(cells, CLOCK)), 0)
            what = f"{cells[wrong][:40]!r} in column {label[:40]!r} is no time h:m:s, and its label has no unit"
            cure = "Export times as h:m:s or in seconds, or write the unit into the label: TestTime/Sec."
            raise ReadError(what, table.source.at(table.lines[wrong]), cure)
        return times
    if quantity in CLOCKS and seconds([table.rows[0][index]]) is not None:
        times = seconds(table.cells(index))
        return times if times is not None else table.numbers([index])[0] * means.factor
    if not means.stated and quantity not in BARE:
        what = f"has a column {label[:40]!r} without a unit"
        cure = f"Write it into the label, such as {label[:20]}/{_example(quantity)}."
        raise ReadError(what, table.source.at(table.lines[0]), cure)
    if quantity in ("voltage", "current", *CLOCKS):
        return table.numbers([index])[0] * means.factor
    try:
        values = table.numbers([index])[0]
    except ReadError:
        filled = table.filled(index)
        if filled and quantity == "cycle":
            raise
        if filled:
            flags.append(f"columns: {label[:40]!r} holds cells that are not numbers and is kept as it stands only")
        return None
    if quantity == "temperature" and not values.any():
        flags.append(f"temperature: {label[:40]!r} is zero throughout, which no sensor reads; it is not taken")
        return None
    return values * means.factor + means.offset


def _example(quantity: str) -> str:
    examples = {"voltage": "V", "current": "mA", "temperature": "degC"}
    return examples.get(quantity) or {"charge": "mAh", "energy": "mWh"}.get(DIMENSIONS[quantity], "mAh/g")
