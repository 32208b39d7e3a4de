"""RelaxIS: the text that "Spectrum export" writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from honeycell.quantities.errors import ReadError
from honeycell.readers.base import TextReader
from honeycell.readers.labels import is_spectrum, meanings
from honeycell.readers.spectrum import several_spectra, spectrum_record
from honeycell.readers.table import read_table, split_labels

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.readers.source import Source

_HEAD = 60
_DATA = "Data: "


class RelaxisReader(TextReader):
    """Columns ``Data: Frequency``, ``Data: Z'``, ...; the line below the labels describes the spectrum in words."""

    name: ClassVar[str] = "relaxis"
    title: ClassVar[str] = "RelaxIS spectrum export (.txt)"
    suffixes: ClassVar[tuple[str, ...]] = (".txt", ".csv")

    def recognises_text(self, source: Source) -> bool:
        """By the first line."""
        return source.lines[0].startswith("RelaxIS") and "export" in source.lines[0]

    def read(self, source: Source) -> xr.Dataset:
        """The spectrum."""
        heading = next((i for i, line in enumerate(source.lines[:_HEAD]) if line.startswith(_DATA)), None)
        labels = () if heading is None else split_labels(source.lines[heading], "\t")
        named = tuple(label.removeprefix(_DATA) for label in labels)
        if heading is None or not is_spectrum(named):
            what = "has no columns Data: Frequency, Data: Z' and Data: Z''"
            raise ReadError(what, source.name, "Export the data with them, separated by tabs.")
        count = len(meanings(named)["frequency"])
        if count > 1:
            raise several_spectra(source, count)
        table = read_table(source, labels, heading + 2, separator="\t")
        header = "\n".join([*source.lines[:heading], *source.lines[heading + 1 : heading + 2]])
        return spectrum_record(table, form=self.name, instrument=self.name, header=header, labels=named)
