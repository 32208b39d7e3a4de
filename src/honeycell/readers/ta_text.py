"""Text files of TA Instruments' Universal Analysis: a header of keys, numbered signals, and rows after ``StartOfData``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from honeycell.quantities.errors import InputError, ReadError
from honeycell.quantities.units import conversion
from honeycell.readers.base import TextReader
from honeycell.readers.table import Table, find_separator, split
from honeycell.readers.thermogram import columns_of, gas_in, is_thermogram, raw_of, thermogram_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from honeycell.readers.source import Source

START = "startofdata"
_SIGNAL = re.compile(r"Sig(\d{1,2})\s+(\S.*)", re.IGNORECASE)
# -1, -2 ... in place of a time mark events and the ends of method segments
_MARKER = re.compile(r"-\d{1,2}(?:[.,]0*)?(?:[eE][+-]?0+)?")
_SIZE = re.compile(r"([-+0-9.,eE]+)\s*([a-zA-Zµμ]+)")
_SIMULATED = "simulated"


class TaTextReader(TextReader):
    """``SigN`` lines name the columns; ``Size``, ``Sample``, ``Instrument`` and the gases are taken from the header.

    The layout was looked up in public exports of SDT, TGA and DSC modules: keys and values are separated by a tab, and the encoding is
    UTF-16 with a byte order mark or that of Windows. Rows that begin with -1, -2 and so on are the instrument's marks.
    """

    name: ClassVar[str] = "ta_text"
    title: ClassVar[str] = "TA Instruments Universal Analysis text"
    suffixes: ClassVar[tuple[str, ...]] = (".txt", ".csv", ".dat", ".001", ".002", ".003")
    schemas: ClassVar[tuple[str, ...]] = ("thermogravimetry/1",)

    def recognises_text(self, source: Source) -> bool:
        """By its numbered signals and the word before the data."""
        return ("sig1" in source.head and START in source.head) or "\nnsig" in source.head

    def read(self, source: Source) -> xr.Dataset:
        """The thermogram."""
        start = next((i for i, line in enumerate(source.lines) if line.strip().lower() == START), None)
        header = source.lines[: start if start is not None else None]
        if start is None:
            what = "has signals but no line StartOfData"
            raise ReadError(what, source.at(len(source.lines)), "The file is cut off: export it again.")
        labels = _labels(source, header)
        table, marks = _table(source, labels, start)
        flags = (
            [f"marks: {marks} rows that begin with -1, -2 ... are the instrument's and are left out"] if marks else []
        )
        if not is_thermogram(labels):
            what = f"has the signals {', '.join(labels)[:200]}, among which no temperature or no weight is"
            raise ReadError(what, source.name, "Export time, temperature and weight (mg or %).")
        keys = _keys(header)
        gases = [gas for line in keys.get("xcomment", []) if "gas" in line.lower() and (gas := gas_in(line))]
        attributes = {"atmosphere": "; ".join(gases)} if gases else {}
        simulated = any(_SIMULATED in line.lower() for line in keys.get("comment", []))
        return thermogram_record(
            source,
            columns_of(table, labels, flags),
            form=self.name,
            lines=table.lines,
            header="\n".join(header),
            instrument=next(iter(keys.get("instrument", [])), ""),
            sample=next(iter(keys.get("sample", [])), ""),
            raw=raw_of(table),
            flags=flags,
            attributes=attributes,
            stated_mass=_size(next(iter(keys.get("size", [])), ""), flags),
            origin=_SIMULATED if simulated else "measured",
        )


def _labels(source: Source, header: Sequence[str]) -> tuple[str, ...]:
    """Names of the signals by their number."""
    signals: dict[int, str] = {}
    line = 0
    for index, text in enumerate(header):
        if found := _SIGNAL.fullmatch(text.strip()):
            signals[int(found[1])] = found[2].strip()
            line = index + 1
    if sorted(signals) != list(range(1, len(signals) + 1)) or not signals:
        numbers = ", ".join(f"Sig{number}" for number in sorted(signals)) or "none"
        raise ReadError(
            f"names the signals {numbers}, not Sig1, Sig2 ... in turn", source.at(line or 1), "Export it again."
        )
    declared = next(iter(_keys(header).get("nsig", [])), "")
    if declared.isascii() and declared.isdigit() and int(declared) != len(signals):
        what = f"announces {declared} signals and names {len(signals)}"
        raise ReadError(what, source.at(line), "The header is damaged: export it again.")
    return tuple(signals[number] for number in sorted(signals))


def _table(source: Source, labels: tuple[str, ...], start: int) -> tuple[Table, int]:
    """Rows after the line ``start``, and how many marks stood among them."""
    mark = find_separator(source, len(labels), range(start + 1, len(source.lines)))
    rows: list[list[str]] = []
    numbers: list[int] = []
    marks = 0
    for index in range(start + 1, len(source.lines)):
        cells = split(source.lines[index], mark)
        if not any(cells):
            continue
        if _MARKER.fullmatch(cells[0]):
            marks += 1
            continue
        if len(cells) == len(labels) + 1 and not cells[-1]:
            cells.pop()
        if len(cells) != len(labels):
            what = f"has {len(cells)} columns where {len(labels)} signals are named"
            raise ReadError(what, source.at(index + 1), "The file may be cut off; export it again.")
        rows.append(cells)
        numbers.append(index + 1)
    if not rows:
        raise ReadError("holds no rows after StartOfData", source.at(start + 1), "Export the run again.")
    return Table(source, labels, rows, numbers, mark), marks


def _keys(header: Sequence[str]) -> dict[str, list[str]]:
    """Values of each key in lower case, in their order; a tab, or the first blank, ends the key."""
    result: dict[str, list[str]] = {}
    for line in header:
        key, tab, value = line.partition("\t")
        if not tab:
            key, _, value = line.partition(" ")
        result.setdefault(key.strip().lower(), []).append(" ".join(value.split()))
    return {key: [value for value in values if value] for key, values in result.items()}


def _size(text: str, flags: list[str]) -> float | None:
    """``5.1 mg`` in kg."""
    found = _SIZE.match(text)
    if not found:
        return None
    try:
        scale, _, unit = conversion(found[2])
        size = scale * float(found[1].replace(",", "."))
    except (ValueError, InputError):
        flags.append(f"mass: the size {text[:40]!r} of the header is not understood")
        return None
    return size if unit == "kg" and 0.0 < size < 1.0 else None
