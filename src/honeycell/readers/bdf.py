"""Charge-discharge tables with the labels or machine names of the Battery Data Format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from honeycell.quantities.battery_data_format import TERMS, VERSION
from honeycell.quantities.errors import ReadError
from honeycell.readers.base import TextReader
from honeycell.readers.bdf_labels import chosen, is_bdf, is_known
from honeycell.readers.cycler import cycling_record
from honeycell.readers.cycler_checks import check_counters
from honeycell.readers.cycler_export import raw_columns
from honeycell.readers.heading import find_heading
from honeycell.readers.table import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.readers.source import Source

    Floats = NDArray[np.float64]


class BdfReader(TextReader):
    """Test time, voltage and current (charge positive); counts, counters and a temperature where the table has them.

    Of several counters that a record could take, those of the whole test come before those of a cycle and of a step. A table that
    counts no cycles is taken as one cycle, one that counts no steps gets them from the changes of cycle and sign; flags say so.
    """

    name: ClassVar[str] = "bdf"
    title: ClassVar[str] = "Battery Data Format table (Test Time / s, Voltage / V, Current / A, Cycle Count / 1)"
    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".bdf", ".tsv", ".txt")
    schemas: ClassVar[tuple[str, ...]] = ("cycling/1",)
    rank: ClassVar[int] = 1

    def recognises_text(self, source: Source) -> bool:
        """By a line of labels with time, voltage and current."""
        return find_heading(source, is_bdf) is not None

    def read(self, source: Source) -> xr.Dataset:
        """The charge-discharge record, rows in the order of the file."""
        heading = find_heading(source, is_bdf)
        assert heading is not None
        table = read_table(source, heading.labels, heading.first)
        header = "\n".join(source.lines[: heading.line])
        with np.errstate(all="ignore"):  # what overflows is refused when the record is made
            return bdf_record(
                source,
                heading.named,
                lambda index: table.numbers([index])[0],
                form=self.name,
                header=header,
                raw=raw_columns(table),
                lines=table.lines,
            )


def bdf_record(
    source: Source,
    labels: tuple[str, ...],
    numbers: Callable[[int], Floats],
    *,
    form: str,
    raw: Mapping[str, NDArray[Any]],
    header: str = "",
    lines: Sequence[int] | None = None,
) -> xr.Dataset:
    """Record ``cycling/1`` of a table with these labels; ``numbers`` gives a column, or raises ReadError.

    Raises
    ------
    ReadError : time, voltage or current are missing, or their labels have no unit; what
        :func:`~honeycell.readers.cycler.cycling_record` refuses.
    """
    flags = [
        f"unknown_columns: {label[:40]!r} is kept as it stands only"
        for label in labels
        if label and not is_known(label)
    ][:20]
    columns: dict[str, Floats] = {}
    found = chosen(labels)
    for term in TERMS[:3]:
        if term.variable not in found:
            what = f"has no column {term.label!r} ({term.machine}), which the Battery Data Format requires"
            raise ReadError(what, source.name, "Export it with the others, current positive on charge.")
    for variable, (index, means, term) in found.items():
        if not means.stated and variable not in ("cycle", "step"):
            what = f"has a column {labels[index][:40]!r} without a unit"
            raise ReadError(what, source.at(lines[0]) if lines else source.name, f"Label it {term.label!r}.")
        try:
            values = numbers(index)
        except ReadError:
            if variable in ("test_time", "voltage", "current", "cycle"):
                raise
            flags.append(
                f"columns: {labels[index][:40]!r} holds cells that are not numbers and is kept as it stands only"
            )
            continue
        values = values * means.factor + means.offset
        columns[variable] = np.abs(values) if term.signed else values
        if term.machine == "ambient_temperature_celsius":
            flags.append("temperature: that of the surroundings is taken, for want of one of the cell")
    check_counters(columns, flags)
    return cycling_record(
        source,
        columns,
        form=form,
        instrument=form,
        header=header,
        raw=raw,
        flags=flags,
        attributes={"bdf_version": VERSION},
        lines=lines,
    )
