"""Princeton Applied Research VersaStudio: the text files ``.par``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from honeycell.quantities.errors import ReadError
from honeycell.readers.base import TextReader
from honeycell.readers.labels import is_spectrum
from honeycell.readers.spectrum import several_spectra, spectrum_record, without_rest
from honeycell.readers.table import read_table, split_labels

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.readers.source import Source
    from honeycell.readers.table import Table

_SEGMENT = re.compile(r"<Segment\d{1,9}>")
_DEFINITION = "Definition="
_SPARE = re.compile(r"\d*")
_NUMBER = re.compile(r"[+-]?\d{0,9}\.?\d{1,20}", re.ASCII)


class VersastudioReader(TextReader):
    """Impedance actions: the sections ``<Segment1>``, ``<Segment2>``, ..., of which one holds a sweep.

    Segments without frequencies (an open-circuit delay, a conditioning step) are passed over.
    """

    name: ClassVar[str] = "versastudio"
    title: ClassVar[str] = "VersaStudio text (.par)"
    suffixes: ClassVar[tuple[str, ...]] = (".par",)

    def recognises_text(self, source: Source) -> bool:
        """By the first section and the program's name in it."""
        head = [line.strip() for line in source.lines[:40]]
        return "<Application>" in head and "Name=VersaStudio" in head

    def read(self, source: Source) -> xr.Dataset:
        """The spectrum; potential, amplitude and date where the file has them."""
        found = [each for start in _segments(source) if (each := _table(source, start)) is not None]
        if not found:
            what = "has no segment with frequencies and impedances"
            raise ReadError(what, source.name, "Of VersaStudio files only impedance is read.")
        if len(found) > 1:
            raise several_spectra(source, len(found))
        start, table, at_rest = found[0]
        header = [line.strip() for line in source.lines[:start]]
        fields = _fields(header)
        attributes: dict[str, float | str | int] = {"rows_at_rest": at_rest} if at_rest else {}
        if fields.get("Potential (V),Versus") == "vs Ref" and _NUMBER.fullmatch(fields.get("Potential (V),Value", "")):
            attributes["potential_V"] = float(fields["Potential (V),Value"])
        if _NUMBER.fullmatch(fields.get("Amplitude (mV RMS)", "")):
            attributes["amplitude_rms_V"] = float(fields["Amplitude (mV RMS)"]) * 1e-3
        if "DateAcquired" in fields:
            attributes["measured_on"] = f"{fields['DateAcquired']} {fields.get('TimeAcquired', '')}".strip()
        device = next((line.removeprefix("Type=") for line in _section(header, "<Instrument>") if "Type=" in line), "")
        return spectrum_record(
            table,
            form=self.name,
            instrument=device or "VersaStudio",
            header="\n".join(header),
            attributes=attributes,
        )


def _segments(source: Source) -> list[int]:
    return [i for i, line in enumerate(source.lines) if line.startswith("<Seg") and _SEGMENT.fullmatch(line.strip())]


def _fields(lines: list[str]) -> dict[str, str]:
    """Settings that the file gives once, or the same in all its actions."""
    pairs = {line.partition("=")[::2] for line in lines if "=" in line}
    keys = [key for key, _ in pairs]
    once = {key for key in keys if keys.count(key) == 1} if len(keys) < 2000 else set()
    return {key: value for key, value in pairs if key in once}


def _section(lines: list[str], name: str) -> list[str]:
    start = lines.index(name) + 1 if name in lines else len(lines)
    return lines[start : start + 2]


def _table(source: Source, start: int) -> tuple[int, Table, int] | None:
    """First line, rows and number of rows at rest of a segment; None where it holds no spectrum."""
    lines = source.lines
    end = next((i for i in range(start + 1, len(lines)) if lines[i].lstrip().startswith("<")), len(lines))
    named = next((i for i in range(start, end) if lines[i].startswith(_DEFINITION)), None)
    if named is None:
        return None
    labels = split_labels(lines[named].removeprefix(_DEFINITION), ",")
    while labels and _SPARE.fullmatch(labels[-1]):  # VersaStudio ends the list with a column "0" that no row has
        labels = labels[:-1]
    if not is_spectrum(labels) or not any(line.strip() for line in lines[named + 1 : end]):
        return None
    table, at_rest = without_rest(read_table(source, labels, named + 1, end, separator=","), labels)
    f = table.numbers([labels.index(label) for label in labels if label.startswith("Frequency")][:1])
    return (start, table, at_rest) if f and f[0].any() else None
