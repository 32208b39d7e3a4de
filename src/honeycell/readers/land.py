"""Exports of the cyclers that LAND (LANHE, Landt) makes: text or Excel, Chinese or English, one table or several."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from honeycell.quantities.errors import ReadError
from honeycell.readers.cycler_export import ExportReader
from honeycell.readers.land_labels import LAND
from honeycell.readers.workbook import is_workbook, sheets

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.readers.dialect import Dialect
    from honeycell.readers.source import Source

BINARY = (".cex", ".ccs")


class LandReader(ExportReader):
    """Exports as text and Excel; the binary files are recognised and refused with what to do instead."""

    name: ClassVar[str] = "land"
    title: ClassVar[str] = "LAND (LANHE, Landt) export (csv, txt, xls, xlsx)"
    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".txt", ".xls", ".xlsx", ".tsv", *BINARY)
    dialect: ClassVar[Dialect] = LAND

    def recognises(self, source: Source) -> bool:
        """By a row of labels that these programs write; an Excel file that cannot be opened is ours to refuse, too."""
        if super().recognises(source):
            return True
        if is_workbook(source):
            return source.suffix in self.suffixes and not _opens(source)
        return not source.is_text and source.suffix in BINARY

    def read(self, source: Source) -> xr.Dataset:
        """The charge-discharge record, rows in the order of the file."""
        if not source.is_text and not is_workbook(source):
            what = f"is a LAND binary file ({source.suffix[1:]}), whose layout is not published"
            cure = "Open it in LANDdt and export all records as text or Excel."
            raise ReadError(what, source.name, cure)
        return super().read(source)


def _opens(source: Source) -> bool:
    try:
        sheets(source)
    except ReadError:
        return False
    return True
