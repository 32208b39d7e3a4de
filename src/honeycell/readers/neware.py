"""Exports of Neware's cyclers by BTSDA: csv, txt and Excel; every record a line, or below its step and its cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from honeycell.readers.cycler_export import ExportReader
from honeycell.readers.neware_labels import NEWARE

if TYPE_CHECKING:
    from honeycell.readers.dialect import Dialect
    from honeycell.readers.source import Source


class NewareReader(ExportReader):
    """English and Chinese headings; the time is the total one where there is one, else that of the steps, summed up."""

    name: ClassVar[str] = "neware"
    title: ClassVar[str] = "Neware export (csv, txt, xls, xlsx)"
    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".txt", ".xls", ".xlsx", ".tsv")
    dialect: ClassVar[Dialect] = NEWARE

    def recognises(self, source: Source) -> bool:
        """By a row of labels that BTSDA writes."""
        return super().recognises(source)
