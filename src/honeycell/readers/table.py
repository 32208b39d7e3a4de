"""Rows of numbers in text: separators, decimal commas, and line numbers for messages."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from honeycell.quantities.errors import ReadError
from honeycell.readers.cells import is_filled, unlike
from honeycell.readers.lines import Lines
from honeycell.readers.regular import COMMENT, NUMERIC, RegularRows, is_comment, odd_rows, regular_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from honeycell.readers.source import Source

__all__ = [
    "COMMENT",
    "SEPARATORS",
    "RowError",
    "Table",
    "find_separator",
    "is_comment",
    "read_table",
    "split",
    "split_labels",
    "wrong_width",
]

SEPARATORS = ("\t", ";", ",", None)
# what is a finite number whatever stands about it; there are others
SURE = r"[+-]?(?:[0-9]{1,200}[.,]?[0-9]{0,99}|[.,][0-9]{1,99})(?:[eE][+-]?[0-9]{1,2})?"
LONG = 2000  # rows from which converting whole columns at once pays for loading what does it
_QUOTED = re.compile(r'(?:^|[\t;,])\s*"')


class RowError(ReadError):
    """A row that no more text behind it would put right."""


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as they stand in the file; ``lines`` gives each row's line. None as separator means blanks."""

    source: Source
    labels: tuple[str, ...]
    rows: Sequence[list[str]]
    lines: Sequence[int]
    separator: str | None
    _known: dict[int, NDArray[np.float64] | None] = field(default_factory=dict, repr=False, compare=False)

    def select(self, keep: NDArray[np.bool_]) -> Table:
        """The rows where ``keep`` holds."""
        indices = np.flatnonzero(keep).tolist()
        rows, lines = [self.rows[i] for i in indices], [self.lines[i] for i in indices]
        return Table(self.source, self.labels, rows, lines, self.separator)

    def numbers(self, columns: Sequence[int]) -> list[NDArray[np.float64]]:
        """The named columns as finite floats.

        A comma is a decimal comma where commas do not separate columns.

        Raises
        ------
        ReadError : a cell that is not a finite number, or decimal commas next to decimal points.
        """
        comma, point = (self._first_with(mark, columns) for mark in ",.")
        if comma is not None and point is not None and self.separator != ",":
            raise ReadError(
                f"has decimal commas here and decimal points in line {point}",
                self.source.at(comma),
                "Use one of them throughout, and no thousands separators.",
            )
        return [self._column(column) for column in columns]

    def _first_with(self, mark: str, columns: Sequence[int]) -> int | None:
        """The first line that has ``mark`` in one of the columns."""
        if isinstance(self.rows, RegularRows):
            columns = [] if self.rows.one_mark(columns) else [k for k in columns if self.rows.may_have(mark, k)]
        rows = [row for k in columns for row in unlike(self.cells(k), f"[^{mark}]*")[:1]]
        return self.lines[min(rows)] if rows else None

    def _column(self, column: int) -> NDArray[np.float64]:
        result = self.values(column)
        if result is None:
            cells = self.cells(column)
            wrong = self._wrong(column)[0]
            label = self.labels[column]
            raise RowError(
                f"{cells[wrong][:40]!r} in column {label[:40]!r} is not a finite number",
                self.source.at(self.lines[wrong]),
                "Delete the row or measure the point again; thousands separators are not read.",
            )
        return result

    def _wrong(self, column: int) -> list[int]:
        """The first row whose cell is no finite number, or none."""
        cells = self.cells(column)
        return list(islice((k for k in unlike(cells, SURE) if self._floats([cells[k]]) is None), 1))

    def values(self, column: int) -> NDArray[np.float64] | None:
        """The column as finite floats; None where a cell is none."""
        if column not in self._known:
            quick = self.rows if isinstance(self.rows, RegularRows) else None
            found = quick.numbers(column) if quick else None
            if found is None and not (quick and (quick.wordy(column) or self._wrong(column))):
                found = self._floats(self.cells(column))
            self._known[column] = found
        return self._known[column]

    def cells(self, column: int) -> Sequence[str]:
        """The column's cells as they stand in the file."""
        return self.rows.column(column) if isinstance(self.rows, RegularRows) else [row[column] for row in self.rows]

    def filled(self, column: int) -> bool:
        """True where any cell of the column is not empty."""
        return self.values(column) is not None or is_filled(self.cells(column))

    def _floats(self, cells: Sequence[str]) -> NDArray[np.float64] | None:
        """The cells as finite floats; None where one is none. ``float`` alone would take nan, inf and 1_000."""
        joined = "".join(cells)
        if self.separator != "," and "," in joined:
            cells = [cell.replace(",", ".", 1) for cell in cells]
            joined = "".join(cells)
        if not NUMERIC.fullmatch(joined):
            return None
        try:
            result = np.array([*map(float, cells)])
        except ValueError:
            return None
        return result if np.isfinite(result).all() else None

    def raw(self) -> tuple[NDArray[np.float64], list[int], list[int]]:
        """All columns that hold finite numbers only, as an array (row, column); their indices; those of the others."""
        numeric: list[int] = []
        columns: list[NDArray[np.float64]] = []
        text: list[int] = []
        for column in range(len(self.labels)):
            values = self.values(column)
            if values is not None:
                numeric.append(column)
                columns.append(values)
            elif self.filled(column):
                text.append(column)
        return (np.stack(columns, axis=1) if columns else np.empty((len(self.rows), 0))), numeric, text


def split(line: str, separator: str | None) -> list[str]:
    """Cells of a line, stripped and unquoted."""
    if separator is None:
        return line.split()
    if '"' in line and _QUOTED.search(line):
        try:
            return [cell.strip() for cell in next(csv.reader([line], delimiter=separator, skipinitialspace=True))]
        except (csv.Error, StopIteration):
            pass
    return [cell.strip() for cell in line.split(separator)]


def split_labels(line: str, separator: str | None) -> tuple[str, ...]:
    """Labels of a heading, without the empty ones that a separator at the end leaves."""
    labels = split(line, separator)
    while labels and not labels[-1]:
        labels.pop()
    return tuple(labels)


def find_separator(source: Source, count: int, lines: Iterable[int]) -> str | None:
    """What separates ``count`` columns in the first of ``lines`` that has any cell; lines count from 0."""
    for index in lines:
        line = source.lines[index]
        if line.strip() and not is_comment(line):
            fitting = (mark for mark in SEPARATORS if len(split_labels(line, mark)) == count)
            present = (mark for mark in SEPARATORS if mark is not None and mark in line)
            return next(fitting, next(present, None))
    return ","


def wrong_width(source: Source, index: int, found: int, named: int) -> RowError:
    """The refusal of a row with another number of cells than there are labels."""
    cure = "The file may be cut off; export it again." if found < named else "Check the separators."
    return RowError(f"has {found} columns where {named} are named", source.at(index + 1), cure)


def read_table(
    source: Source, labels: tuple[str, ...], first: int, last: int | None = None, *, separator: str | bool | None = True
) -> Table:
    """Rows of ``source.lines[first:last]``; blank lines and comments are passed over.

    Parameters
    ----------
    separator : True finds it in the first row.

    Raises
    ------
    ReadError : no rows, or a row whose cells are not as many as the labels.
    """
    end = len(source.lines) if last is None else min(last, len(source.lines))
    mark = find_separator(source, len(labels), range(first, end)) if separator is True else separator or None
    stop = end
    while stop > first and not source.lines[stop - 1].strip():
        stop -= 1
    long = stop - first >= LONG
    if mark and long and (regular := regular_rows(source.lines, first, stop, split, mark, len(labels))):
        return Table(source, labels, regular, range(first + 1, stop + 1), mark)
    if mark and isinstance(source.lines, Lines) and not source.lines.has('"', first, stop):
        for index in islice(odd_rows(source.lines, first, stop, mark, len(labels)), 1):
            raise wrong_width(source, index, len(split(source.lines[index], mark)), len(labels))
    rows: list[list[str]] = []
    numbers: list[int] = []
    for index in range(first, end):
        line = source.lines[index]
        cells = split(line, mark)
        if not any(cells) or is_comment(line):
            continue
        if len(cells) == len(labels) + 1 and not cells[-1]:
            cells.pop()
        if len(cells) != len(labels):
            raise wrong_width(source, index, len(cells), len(labels))
        rows.append(cells)
        numbers.append(index + 1)
    if not rows:
        raise ReadError("names its columns but holds no rows", source.at(first), "Export it again.")
    return Table(source, labels, rows, numbers, mark)
