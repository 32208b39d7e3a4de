"""Patterns as plain tables: with labels, or two or three bare columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from honeycell.quantities.errors import ReadError
from honeycell.readers.base import TextReader
from honeycell.readers.heading import find_heading
from honeycell.readers.pattern import COUNTS, RATE, UNKNOWN, Scan, Stated, pattern_record
from honeycell.readers.table import SEPARATORS, is_comment, read_table, split
from honeycell.readers.vocabulary import Vocabulary

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.readers.heading import Heading
    from honeycell.readers.source import Source
    from honeycell.readers.table import Table

PATTERN = Vocabulary(
    names={
        "two_theta": "2theta 2-theta twotheta two-theta 2θ 2th 2tth tth 2thetaangle 2θangle ttheta 2theta(deg) pos. "
        "2theta/deg 2theta-angle 2θ(°)",
        "intensity": "intensity int i counts count cps yobs iobs y(obs) intensities 强度 signal psd",
        "standard_error": "standarderror error sigma esd s.d. sd uncertainty intensitystandarderror intensityerror "
        "σ err e.s.d.",
    },
    dimensions={"two_theta": "angle", "intensity": "intensity", "standard_error": "intensity"},
)
_NUMBER = re.compile(r"[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_HEAD = 200  # lines that may precede the numbers of a bare table
_AMBIGUOUS = 2.0 * np.pi  # below: an angle without unit may be in radian
_BARE = ("2theta / degree", "intensity", "standard error")
_RATES = ("cps", "counts/s", "count/s", "counts per second", "cts/s")
_COUNTED = ("counts", "count", "cts")


class LabelledPatternReader(TextReader):
    """Columns ``2theta / degree`` and ``Intensity / counts`` under their common names, and ``Standard Error`` where there is one.

    Intensities are counts or rates only where the label says so.
    """

    name: ClassVar[str] = "pattern_table"
    title: ClassVar[str] = "text table with labelled columns (2theta / degree, Intensity / counts)"
    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".txt", ".dat", ".xy", ".xye")
    schemas: ClassVar[tuple[str, ...]] = ("diffraction/1",)
    rank: ClassVar[int] = 1

    def recognises_text(self, source: Source) -> bool:
        """By a line of labels with angle and intensity."""
        return find_heading(source, _is_pattern) is not None

    def read(self, source: Source) -> xr.Dataset:
        """The pattern."""
        heading = find_heading(source, _is_pattern)
        assert heading is not None
        table = read_table(source, heading.labels, heading.first)
        columns = PATTERN.meanings(heading.named)
        for quantity, found in columns.items():
            if len(found) > 1:
                what = f"has {len(found)} columns for {quantity.replace('_', ' ')}"
                raise ReadError(what, source.at(heading.line + 1), "Keep one pattern, with one column each, in a file.")
        chosen = {quantity: found[0] for quantity, found in columns.items()}
        values = dict(zip(chosen, table.numbers(list(chosen.values())), strict=True))
        angle = values["two_theta"] * _degrees(table, heading, chosen["two_theta"], float(values["two_theta"].max()))
        raw, numeric, _ = table.raw()
        scan = Scan(angle, values["intensity"], source.name, values.get("standard_error"), lines=table.lines, raw=raw)
        stated = Stated(
            form=self.name,
            instrument=self.name,
            sample=source.stem,
            header="\n".join(source.lines[: heading.line]),
            unit=_unit(heading.named[chosen["intensity"]]),
            raw_columns=tuple(heading.labels[i] for i in numeric),
        )
        return pattern_record(source, [scan], stated)


class _BareReader(TextReader):
    """Two or three columns of numbers: 2 theta in degree, intensity, and its standard error."""

    schemas: ClassVar[tuple[str, ...]] = ("diffraction/1",)
    rank: ClassVar[int] = 2

    def read(self, source: Source) -> xr.Dataset:
        """The pattern."""
        first = _first_row(source)
        assert first is not None
        scan, columns = bare_scan(source, first)
        header = "\n".join(source.lines[:first])
        name = type(self).name
        return pattern_record(source, [scan], Stated(name, name, source.stem, header, UNKNOWN, raw_columns=columns))


class XyReader(_BareReader):
    """Bare columns in a file whose suffix says that they are a pattern."""

    name: ClassVar[str] = "xy"
    title: ClassVar[str] = "two or three columns without labels (2 theta, intensity, standard error; .xy, .xye)"
    suffixes: ClassVar[tuple[str, ...]] = (".xy", ".xye")

    def recognises_text(self, source: Source) -> bool:
        """By the suffix and a row of two or three numbers."""
        return source.suffix in self.suffixes and _first_row(source) is not None


class PatternColumnsReader(_BareReader):
    """Bare columns in a file of any other name, only when the user says that they are a pattern."""

    name: ClassVar[str] = "pattern_columns"
    title: ClassVar[str] = "two or three columns without labels (2 theta, intensity, standard error)"
    suffixes: ClassVar[tuple[str, ...]] = (".txt", ".dat", ".csv", ".asc")
    only_as: ClassVar[str | None] = "diffraction"

    def recognises_text(self, source: Source) -> bool:
        """By two or three numbers in the first line that is no comment: what stands below other words may be anything."""
        if source.suffix in XyReader.suffixes:
            return False
        first = next((line for line in source.lines if line.strip() and not is_comment(line)), "")
        return _form(first) is not None and _first_row(source) is not None


def bare_scan(source: Source, first: int) -> tuple[Scan, tuple[str, ...]]:
    """The scan in two or three columns from line ``first`` (counted from 0) to the end, and the labels of its raw columns.

    Raises
    ------
    ReadError : no rows, another number of columns somewhere, or a cell that is no number.
    """
    row = next(
        (i for i in range(first, len(source.lines)) if source.lines[i].strip() and not is_comment(source.lines[i])),
        None,
    )
    if row is None:
        raise ReadError("ends before its numbers", source.at(first), "The file is cut off; export it again.")
    form = _form(source.lines[row])
    if form is None:
        what = "is not followed by two or three columns of numbers"
        raise ReadError(what, source.at(row + 1), "Give angle, intensity and, if any, its standard error.")
    count, separator = form
    labels = _BARE[:count]
    table = read_table(source, labels, row, separator=separator)
    columns = table.numbers(range(count))
    error = columns[2] if count == 3 else None
    return Scan(columns[0], columns[1], source.name, error, lines=table.lines, raw=np.stack(columns, axis=1)), labels


def _form(line: str) -> tuple[int, str | None] | None:
    """How many numbers a row holds, two or three, and what separates them; None for any other row."""
    for mark in SEPARATORS:
        cells = split(line[:1000], mark)
        while cells and not cells[-1]:
            cells.pop()
        if len(cells) in (2, 3) and all(
            _NUMBER.fullmatch(cell) and not (mark == "," and "," in cell) for cell in cells
        ):
            return len(cells), mark
    return None


def _first_row(source: Source) -> int | None:
    """The line, counted from 0, of the first row of numbers, if the next rows are such too."""
    for index, line in enumerate(source.lines[:_HEAD]):
        if line.strip() and not is_comment(line) and (form := _form(line)):
            below = [each for each in source.lines[index + 1 : index + 4] if each.strip() and not is_comment(each)]
            return index if all(_form(each) == form for each in below) else None
    return None


def _is_pattern(labels: tuple[str, ...]) -> bool:
    found = PATTERN.meanings(labels)
    return "two_theta" in found and "intensity" in found


def _degrees(table: Table, heading: Heading, column: int, largest: float) -> float:
    """Degrees per unit of the angle's column."""
    label = heading.named[column]
    means: Any = PATTERN.meaning(label)
    if means.stated:
        return float(np.rad2deg(means.factor))
    if largest <= _AMBIGUOUS:
        what = f"column {label[:40]!r} may be in degree or in radian"
        raise ReadError(what, table.source.at(heading.line + 1), f"Label it '{label[:40]} / degree' or '... / rad'.")
    return 1.0


def _unit(label: str) -> str:
    """What a label of intensities says of their unit."""
    text = label.lower().replace("(", " ").replace(")", " ").replace("[", " ").replace("]", " ").strip()
    last = text.rpartition(" / ")[2].strip() if " / " in text else text
    if any(text.endswith(rate) or last == rate for rate in _RATES):
        return RATE
    return COUNTS if any(last == each or last.endswith((f" {each}", f"/{each}")) for each in _COUNTED) else UNKNOWN
