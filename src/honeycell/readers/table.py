"""Rows of numbers in text: separators, decimal commas, and line numbers for messages."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from honeycell.quantities.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from honeycell.readers.source import Source

SEPARATORS = ("\t", ";", ",", None)
COMMENT = ("#", "%", "!", "//")
SAMPLE = 1000  # cells of a column that show whether they come again and again
LONG = 2000  # rows from which converting whole columns at once pays for loading what does it
_PLAIN = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_NUMERIC = re.compile(r"[0-9+\-.eE]*")
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
        if isinstance(self.rows, RegularRows):
            return None  # these have no comma but between the cells
        if not any(mark in "".join([row[column] for row in self.rows]) for column in columns):
            return None
        found = (any(mark in cells[column] for column in columns) for cells in self.rows)
        return next(line for line, has in zip(self.lines, found, strict=True) if has)

    def _column(self, column: int) -> NDArray[np.float64]:
        result = self.values(column)
        if result is None:
            cells = self.cells(column)
            wrong = next(index for index, cell in enumerate(cells) if self._floats([cell]) is None)
            label = self.labels[column]
            raise RowError(
                f"{cells[wrong][:40]!r} in column {label[:40]!r} is not a finite number",
                self.source.at(self.lines[wrong]),
                "Delete the row or measure the point again; thousands separators are not read.",
            )
        return result

    def values(self, column: int) -> NDArray[np.float64] | None:
        """The column as finite floats; None where a cell is none."""
        if column not in self._known:
            found = self.rows.numbers(column) if isinstance(self.rows, RegularRows) else None
            self._known[column] = self._floats(self.cells(column)) if found is None else found
        return self._known[column]

    def cells(self, column: int) -> list[str]:
        """The column's cells as they stand in the file."""
        return self.rows.column(column) if isinstance(self.rows, RegularRows) else [row[column] for row in self.rows]

    def _floats(self, cells: list[str]) -> NDArray[np.float64] | None:
        """The cells as finite floats; None where one is none. ``float`` alone would take nan, inf and 1_000."""
        joined = "".join(cells)
        if self.separator != "," and "," in joined:
            cells = [cell.replace(",", ".", 1) for cell in cells]
            joined = "".join(cells)
        if not _NUMERIC.fullmatch(joined):
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
            elif any(self.cells(column)):
                text.append(column)
        return (np.stack(columns, axis=1) if columns else np.empty((len(self.rows), 0))), numeric, text


class RegularRows(Sequence[list[str]]):
    """The rows of many lines that all have the same number of separators and no quotes, split when somebody asks.

    Whole columns are converted at once, to the same numbers.
    """

    def __init__(self, lines: list[str], separator: str, columns: Any, width: int) -> None:
        self._lines, self._separator, self._columns, self._width = lines, separator, columns, width
        self._cells: dict[int, list[str]] = {}

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, index: int) -> list[str]: ...
    @overload
    def __getitem__(self, index: slice) -> list[list[str]]: ...
    def __getitem__(self, index: int | slice) -> list[str] | list[list[str]]:
        if isinstance(index, slice):
            return [self[each] for each in range(len(self))[index]]
        return split(self._lines[index], self._separator)[: self._width]

    def column(self, index: int) -> list[str]:
        """The cells of one column."""
        if index not in self._cells:
            column = self._columns[index]
            self._cells[index] = _texts(column) if column.type == "string" else [row[index] for row in self]
        return self._cells[index]

    def numbers(self, index: int) -> NDArray[np.float64] | None:
        """A column whose cells are all finite numbers; None where one is none or is written unusually."""
        from pyarrow import ArrowInvalid, compute

        column = self._columns[index]
        if column.type == "string" and not _NUMERIC.fullmatch(column[0].as_py().strip()):
            return None
        try:
            values = (compute.cast(column, "double") if column.type == "string" else column).to_numpy()
        except ArrowInvalid:
            return None
        return values if np.isfinite(values).all() else None


def _texts(column: Any) -> list[str]:
    """Cells of a column of text, stripped; each word that comes again and again once only."""
    from pyarrow import compute

    some = column.slice(0, SAMPLE)
    if 2 * len(some.unique()) > len(some):  # times and the like, where looking for repetitions is in vain
        return compute.call_function("utf8_trim_whitespace", [column]).to_pylist()
    coded = column.dictionary_encode().combine_chunks()
    words: list[str] = compute.call_function("utf8_trim_whitespace", [coded.dictionary]).to_pylist()
    return [words[index] for index in coded.indices.to_pylist()] if len(words) < len(column) else words


def _regular(lines: list[str], separator: str | None, width: int) -> RegularRows | None:
    """The rows of ``lines`` at one go; None where they are few, or anything about them asks for a closer look."""
    if len(lines) < LONG or separator is None:
        return None
    count = lines[0].count(separator) + 1
    if count not in (width, width + 1):
        return None
    text = "\n".join(lines)
    if '"' in text or (separator != "," and "," in text):
        return None
    if text.startswith(separator) or "\n" + separator in text or any(mark in text for mark in COMMENT):
        blank = separator + " \t"
        if any(is_comment(line) or not line.strip(blank) for line in lines):
            return None
    ends = zip(*(split(line, separator) for line in (lines[0], lines[-1])), strict=True)
    table = _columns(text, separator, [all(map(_PLAIN.fullmatch, cells)) for cells in ends])
    if table is None or table.num_rows != len(lines):
        return None
    if count > width and any(table.column(width).to_pylist()):
        return None
    return RegularRows(lines, separator, table.columns, width)


def _columns(text: str, separator: str, numeric: list[bool]) -> Any:
    """An Arrow table of the text, with numbers where ``numeric`` promises them and they are; None where it cannot be made, as where
    lines have other numbers of cells.
    """
    try:
        import pyarrow as pa
        from pyarrow import csv as arrow
    except ImportError:
        return None
    names = [str(index) for index in range(len(numeric))]
    types = {name: pa.float64() if number else pa.string() for name, number in zip(names, numeric, strict=True)}
    try:
        return arrow.read_csv(
            pa.BufferReader(text.encode()),
            arrow.ReadOptions(column_names=names, use_threads=False, block_size=4 * len(text)),
            arrow.ParseOptions(delimiter=separator, quote_char=False),
            arrow.ConvertOptions(column_types=types, null_values=[]),
        )
    except pa.ArrowInvalid:
        return _columns(text, separator, [False] * len(numeric)) if any(numeric) else None
    except UnicodeEncodeError:
        return None


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


def is_comment(line: str) -> bool:
    """True for a line that a plain table marks as comment."""
    return line.lstrip().startswith(COMMENT)


def find_separator(source: Source, count: int, lines: Iterable[int]) -> str | None:
    """What separates ``count`` columns in the first of ``lines`` that has any cell; lines count from 0."""
    for index in lines:
        line = source.lines[index]
        if line.strip() and not is_comment(line):
            fitting = (mark for mark in SEPARATORS if len(split_labels(line, mark)) == count)
            present = (mark for mark in SEPARATORS if mark is not None and mark in line)
            return next(fitting, next(present, None))
    return ","


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
    if regular := _regular(source.lines[first:stop], mark, len(labels)):
        return Table(source, labels, regular, range(first + 1, stop + 1), mark)
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
            cut = "The file may be cut off; export it again." if len(cells) < len(labels) else "Check the separators."
            raise RowError(f"has {len(cells)} columns where {len(labels)} are named", source.at(index + 1), cut)
        rows.append(cells)
        numbers.append(index + 1)
    if not rows:
        raise ReadError("names its columns but holds no rows", source.at(first), "Export it again.")
    return Table(source, labels, rows, numbers, mark)
