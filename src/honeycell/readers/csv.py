"""Plain tables of impedances whose columns are labelled."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from honeycell.readers.base import TextReader
from honeycell.readers.heading import Heading, find_heading
from honeycell.readers.labels import is_spectrum, meanings
from honeycell.readers.spectrum import point_count_flags, spectrum_record, without_rest
from honeycell.readers.table import read_table

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.readers.source import Source


class CsvReader(TextReader):
    """Battery Data Format labels and their common aliases, in any order.

    Rows recorded at rest (frequency and impedance all zero) are passed over; the attribute ``rows_at_rest`` counts them.

    Tabs, semicolons, commas or blanks may separate the columns; a unit may stand in the label or in a line of units below it; lines
    before the labels are kept as header; lines that begin with ``#``, ``%``, ``!`` or ``//`` are comments.
    """

    name: ClassVar[str] = "csv"
    title: ClassVar[str] = "text table with labelled columns (Frequency / Hz, Real Impedance / ohm, ...)"
    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".txt", ".dat")
    rank: ClassVar[int] = 1

    def recognises_text(self, source: Source) -> bool:
        """By a line of labels among which is the frequency."""
        return _heading(source) is not None

    def read(self, source: Source) -> xr.Dataset:
        """The spectrum."""
        heading = _heading(source)
        assert heading is not None
        declared = _declared(source, heading)
        first = heading.first + (declared is not None)
        table, at_rest = without_rest(read_table(source, heading.labels, first), heading.named)
        attributes: dict[str, int | str] = {"rows_at_rest": at_rest} if at_rest else {}
        if declared is not None and declared != len(table.rows):
            attributes["flags"] = point_count_flags(declared, len(table.rows))
        return spectrum_record(
            table,
            form=self.name,
            instrument=self.name,
            header="\n".join(source.lines[: heading.line]),
            attributes=attributes,
            labels=heading.named,
        )


def _declared(source: Source, heading: Heading) -> int | None:
    """The number of rows where it stands alone on the line below the labels, as some instruments write it."""
    line = source.lines[heading.first].strip() if heading.first < len(source.lines) else ""
    return int(line) if len(heading.labels) > 1 and re.fullmatch(r"\d{1,6}", line, re.ASCII) else None


def _heading(source: Source) -> Heading | None:
    return find_heading(source, is_spectrum) or find_heading(source, _has_frequency)


def _has_frequency(labels: tuple[str, ...]) -> bool:
    """Enough to say what else is missing; a cycler's table may hold a frequency too."""
    found = set(meanings(labels))
    return "frequency" in found and len(labels) > 1 and not {"time", "voltage", "current"} <= found
