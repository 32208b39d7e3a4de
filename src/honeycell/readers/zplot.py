"""Scribner ZPlot and ZView: the text files ``.z``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from honeycell.quantities.errors import ReadError
from honeycell.readers.base import TextReader
from honeycell.readers.labels import is_spectrum
from honeycell.readers.source import HEAD_LINES
from honeycell.readers.spectrum import point_count_flags, several_spectra, spectrum_record
from honeycell.readers.table import read_table

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.readers.source import Source

END = "end comments"
_FIRST = re.compile(r'"?\s*(ZPLOT|ZView|Z60W|Z60 )', re.IGNORECASE)
_BLANKS = re.compile(r"[\t,; ]+")


class ZplotReader(TextReader):
    """Measured and calculated data of all versions: labels, ``End Comments`` in the newer ones, rows; columns in any order."""

    name: ClassVar[str] = "zplot"
    title: ClassVar[str] = "ZPlot / ZView data (.z)"
    suffixes: ClassVar[tuple[str, ...]] = (".z",)

    def recognises_text(self, source: Source) -> bool:
        """By the first line, or by the line that ends the header."""
        return bool(_FIRST.match(source.lines[0])) or (
            END in source.head and any(_is_end(line) for line in source.lines[:HEAD_LINES])
        )

    def read(self, source: Source) -> xr.Dataset:
        """The spectrum; potential, amplitude and date where the header has them."""
        heads = [index for index, line in enumerate(source.lines) if "req" in line and is_spectrum(_labels(line))]
        if not heads or heads[0] >= HEAD_LINES:
            raise ReadError(
                "has no line with the labels Freq(Hz), Z'(a) and Z''(b)",
                source.name,
                "The file may be cut off; save it again.",
            )
        if len(heads) > 1:
            raise several_spectra(source, len(heads))
        first = heads[0] + 1
        header = source.lines[: heads[0]]
        if first < len(source.lines) and _is_end(source.lines[first]):
            first += 1
        table = read_table(source, _labels(source.lines[heads[0]]), first)
        pairs = (line.partition(":")[::2] for line in header if ":" in line)
        fields = {key.strip(' "'): value.strip(' "') for key, value in pairs if value.strip(' "')}
        attributes: dict[str, float | str] = {}
        if "Control Current" not in fields.get("Experiment Type", ""):
            if (potential := _number(fields.get("Potential-DC", ""))) is not None:
                attributes["potential_V"] = potential
            if (amplitude := _number(fields.get("Potential-AC", ""))) is not None:
                attributes["amplitude_V"] = amplitude * 1e-3
        declared = _number(fields.get("Data Points") or (header[-1].strip() if header else ""))
        if declared is not None and declared != len(table.rows):
            attributes["flags"] = point_count_flags(declared, len(table.rows))
        if "Date" in fields:
            attributes["measured_on"] = f"{fields['Date']} {fields.get('Time', '')}".strip()
        return spectrum_record(
            table, form=self.name, instrument="ZPlot", header="\n".join(header), attributes=attributes
        )


def _is_end(line: str) -> bool:
    return line.strip(' \t"').lower() == END


def _labels(line: str) -> tuple[str, ...]:
    """Labels of a line, which may be quoted as one.

    No label but ``Freq (Hz)`` holds a blank, so that blanks, tabs or commas may stand between them.
    """
    return tuple(_BLANKS.split(line.strip(' \t"').replace(" (", "(")))


def _number(text: str) -> float | None:
    return float(text.replace(",", ".")) if re.fullmatch(r"[+-]?\d{1,9}([.,]\d{1,20})?", text, re.ASCII) else None
