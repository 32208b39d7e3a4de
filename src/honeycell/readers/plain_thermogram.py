"""Plain tables of mass over temperature whose columns are labelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from honeycell.readers.base import TextReader
from honeycell.readers.heading import Heading, find_heading
from honeycell.readers.table import SEPARATORS, read_table, split_labels
from honeycell.readers.thermogram import columns_of, gas_in, is_thermogram, meaning, raw_of, thermogram_record

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.readers.source import Source

_BRACKETS = "[]() "


class PlainThermogramReader(TextReader):
    """Labels such as ``Temperature / degC``, ``Time / s``, ``Mass / mg`` or ``Mass / %``, in any order.

    Tabs, semicolons, commas or blanks may separate the columns; a unit may stand in the label, or in a line of units below it, in
    brackets or not; lines before the labels are kept as header.
    """

    name: ClassVar[str] = "plain_thermogram"
    title: ClassVar[str] = "text table of mass over temperature (Temperature / degC, Mass / mg, ...)"
    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".txt", ".dat", ".asc")
    schemas: ClassVar[tuple[str, ...]] = ("thermogravimetry/1",)
    rank: ClassVar[int] = 1

    def recognises_text(self, source: Source) -> bool:
        """By a line of labels among which are a temperature and a mass."""
        return _heading(source) is not None

    def read(self, source: Source) -> xr.Dataset:
        """The thermogram."""
        heading = _heading(source)
        assert heading is not None
        labels, first = _with_units(source, heading)
        table = read_table(source, heading.labels, first)
        flags: list[str] = []
        columns = columns_of(table, labels, flags)
        header = "\n".join(source.lines[: heading.line])
        gases = [gas for line in header.split("\n") if "gas" in line.lower() and (gas := gas_in(line))]
        return thermogram_record(
            source,
            columns,
            form=self.name,
            lines=table.lines,
            header=header,
            raw=raw_of(table),
            flags=flags,
            attributes={"atmosphere": "; ".join(gases)} if gases else {},
        )


def _heading(source: Source) -> Heading | None:
    return find_heading(source, is_thermogram)


def _with_units(source: Source, heading: Heading) -> tuple[tuple[str, ...], int]:
    """Labels with the units of the next line, where it is one of units, and the first line of numbers."""
    below = source.lines[heading.line + 1] if heading.line + 1 < len(source.lines) else ""
    for mark in SEPARATORS:
        units = [cell.strip(_BRACKETS) for cell in split_labels(below.strip(), mark)]
        units += [""] * (len(heading.labels) - len(units))
        if len(units) != len(heading.labels) or not any(units):
            continue
        paired = tuple(
            f"{label} / {unit}" if unit and not _is_stated(label) else label
            for label, unit in zip(heading.labels, units, strict=True)
        )
        if paired != heading.labels and any(map(_is_stated, paired)) and not _is_number(units[0]):
            return paired, heading.line + 2
    return heading.named, heading.first


def _is_stated(label: str) -> bool:
    means = meaning(label)
    return means is not None and means.stated


def _is_number(text: str) -> bool:
    return text[:1] in "+-.0123456789" and text[-1:] in ".0123456789" if text else False
