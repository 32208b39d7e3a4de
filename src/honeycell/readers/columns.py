"""Three bare columns of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from honeycell.readers.base import TextReader
from honeycell.readers.spectrum import spectrum_record
from honeycell.readers.table import SEPARATORS, is_comment, read_table, split_labels

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.readers.source import Source

LABELS = ("Frequency / Hz", "Real Impedance / ohm", "Imaginary Impedance / ohm")


class ColumnsReader(TextReader):
    """Frequency [Hz], real and imaginary part [ohm; negative for a capacitor], only when the user says it is impedance."""

    name: ClassVar[str] = "columns"
    title: ClassVar[str] = "three columns without labels (frequency, real, imaginary)"
    suffixes: ClassVar[tuple[str, ...]] = (".txt", ".csv", ".dat")
    rank: ClassVar[int] = 2
    only_as: ClassVar[str | None] = "impedance"

    def recognises_text(self, source: Source) -> bool:
        """By a first row of three cells that begin as numbers do."""
        row = next((line for line in source.lines if line.strip() and not is_comment(line)), "")
        for mark in SEPARATORS:
            cells = split_labels(row[:1000], mark)
            if len(cells) == 3:
                return all(cell[:1] in "+-.0123456789" and cell[-1:] in ".0123456789" for cell in cells if cell)
        return False

    def read(self, source: Source) -> xr.Dataset:
        """The spectrum."""
        first = next(i for i, line in enumerate(source.lines) if line.strip() and not is_comment(line))
        table = read_table(source, LABELS, first)
        return spectrum_record(table, form=self.name, instrument=self.name, header="\n".join(source.lines[:first]))
