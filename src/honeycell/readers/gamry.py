"""Gamry Framework: the text files ``.DTA``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from honeycell.quantities.errors import ReadError
from honeycell.readers.base import TextReader
from honeycell.readers.labels import is_spectrum
from honeycell.readers.spectrum import point_count_flags, several_spectra, spectrum_record
from honeycell.readers.table import read_table, split, split_labels

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.readers.source import Source

_CURVE = re.compile(r"ZCURVE\d*\tTABLE(?:\t(\d*))?.*")
_NUMBER = re.compile(r"[+-]?\d+[.,]?\d*(?:E[+-]?\d{1,3})?", re.IGNORECASE | re.ASCII)


class GamryReader(TextReader):
    """Potentiostatic, galvanostatic and hybrid impedance; the table ZCURVE, with its line of units."""

    name: ClassVar[str] = "gamry"
    title: ClassVar[str] = "Gamry Framework text (.DTA)"
    suffixes: ClassVar[tuple[str, ...]] = (".dta",)

    def recognises_text(self, source: Source) -> bool:
        """By the first line, and the tag that follows it or the table."""
        return source.lines[0].strip() == "EXPLAIN" or ("ZCURVE" in source.text and bool(_curves(source)))

    def read(self, source: Source) -> xr.Dataset:
        """The spectrum; potential, amplitude and date where the header has them."""
        curves = _curves(source)
        if not curves:
            raise ReadError("has no table ZCURVE", source.name, "Of Gamry files only impedance is read.")
        if len(curves) > 1:
            raise several_spectra(source, len(curves))
        start, declared = curves[0]
        if start + 1 >= len(source.lines):
            raise ReadError("ends at its table ZCURVE", source.at(start + 1), "The file is cut off; copy it again.")
        end = next(
            (i for i in range(start + 1, len(source.lines)) if source.lines[i][:1] not in ("\t", "")), len(source.lines)
        )
        labels = split_labels(source.lines[start + 1], "\t")
        units = split(source.lines[start + 2], "\t") if start + 2 < end else []
        first = start + 3 if units and not any(_NUMBER.fullmatch(cell) for cell in units) else start + 2
        named = labels if first == start + 2 else _with_units(labels, units)
        if not is_spectrum(named):
            what = "names no columns Freq, Zreal and Zimag in units of frequency and resistance"
            raise ReadError(what, source.at(start + 2), "Copy the file again from the instrument.")
        table = read_table(source, labels, first, end, separator="\t")
        header = source.lines[:start]
        fields = {
            cells[0]: cells for line in header if line[:1] != "\t" and len(cells := line.split("\t")) > 2 and cells[0]
        }
        attributes = _settings(fields)
        if declared[1] and float(declared[1][:18]) != len(table.rows):
            attributes["flags"] = point_count_flags(float(declared[1][:18]), len(table.rows))
        return spectrum_record(
            table,
            form=self.name,
            instrument=" ".join(["Gamry", fields["PSTAT"][2].strip()] if "PSTAT" in fields else ["Gamry"]),
            header="\n".join(header),
            attributes=attributes,
            labels=named,
        )


def _curves(source: Source) -> list[tuple[int, re.Match[str]]]:
    named = ((i, line) for i, line in enumerate(source.lines) if line.startswith("ZCURVE"))
    return [(i, found) for i, line in named if (found := _CURVE.fullmatch(line))]


def _with_units(labels: tuple[str, ...], units: list[str]) -> tuple[str, ...]:
    """Labels with the unit that stands below them; a degree sign lost to an encoding reads as degree."""
    padded = [*units, *[""] * len(labels)]
    known = (("deg" if unit in ("°", "º", "�", "\x83", "ƒ") else unit) for unit in padded)
    return tuple(f"{label} / {unit}" if unit else label for label, unit in zip(labels, known, strict=False))


def _settings(fields: dict[str, list[str]]) -> dict[str, float | str]:
    result: dict[str, float | str] = {}
    for key, name, factor in (("VDC", "potential_V", 1.0), ("VAC", "amplitude_rms_V", 1e-3)):
        if key in fields and _NUMBER.fullmatch(fields[key][2].strip()):
            result[name] = float(fields[key][2].strip().replace(",", ".")) * factor
    if "DATE" in fields:
        result["measured_on"] = " ".join(fields[key][2].strip() for key in ("DATE", "TIME") if key in fields)
    return result
