"""Many rows that all have the same number of separators and no quotes: Arrow converts their columns at once, to the same numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from honeycell.readers.cells import TextColumn
from honeycell.readers.lines import Lines

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Split = Callable[[str, str | None], list[str]]

COMMENT = ("#", "%", "!", "//")
BLOCK = 2**20  # bytes that Arrow looks at in one go: larger ones do not stay in the processor's cache
_PLAIN = re.compile(r"-?[0-9]+(?:[.,][0-9]+)?")
NUMERIC = re.compile(r"[0-9+\-.eE]*")
_COLUMN = re.compile(r"In CSV column #([0-9]+): ")
_FIRST_OF_COMMENT = tuple(ord(mark[0]) for mark in COMMENT)
_FIRST_OF_BLANK = (0xC2, 0xE1, 0xE2, 0xE3)  # of blanks beyond ASCII, in UTF-8


class RegularRows(Sequence[list[str]]):
    """Such rows, split when somebody asks. ``decimal`` is the mark that stands between their cells' whole part and fraction.

    Parameters
    ----------
    lines : of which these rows are all, from ``first`` on.
    """

    def __init__(
        self, lines: Sequence[str], rows: range, split: Split, separator: str, columns: list[Any], decimal: str
    ) -> None:
        self._lines, self._rows, self._split, self._separator = lines, rows, split, separator
        self._columns, self.decimal = columns, decimal
        self._numeric = [column.type != "string" for column in columns]
        self._cells: dict[int, Sequence[str]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> list[str]: ...
    @overload
    def __getitem__(self, index: slice) -> list[list[str]]: ...
    def __getitem__(self, index: int | slice) -> list[str] | list[list[str]]:
        if isinstance(index, slice):
            return [self[each] for each in range(len(self))[index]]
        return self._split(self._lines[self._rows[index]], self._separator)[: len(self._columns)]

    def column(self, index: int) -> Sequence[str]:
        """The cells of one column."""
        if index not in self._cells:
            numeric = self._numeric[index]
            self._cells[index] = [row[index] for row in self] if numeric else TextColumn(self._columns[index])
        return self._cells[index]

    def one_mark(self, columns: Sequence[int]) -> bool:
        """True where these columns cannot have decimal commas next to decimal points."""
        return self.decimal == "." or all(self._numeric[column] for column in columns)

    def may_have(self, mark: str, index: int) -> bool:
        """False for a column of numbers that are written with another decimal mark."""
        return mark == self.decimal or not self._numeric[index]

    def wordy(self, index: int) -> bool:
        """True where the column's first cell has a character that no number has."""
        if self._numeric[index]:
            return False
        return not NUMERIC.fullmatch(self._columns[index][0].as_py().strip().replace(self.decimal, ".", 1))

    def numbers(self, index: int) -> Floats | None:
        """A column whose cells are all finite numbers; None where one is none or is written unusually. To be asked once."""
        from pyarrow import ArrowInvalid, compute

        column = self._columns[index]
        if self._numeric[index]:
            self._columns[index] = None  # there are two of each column else
            values = column.to_numpy()
            return values if np.isfinite(values).all() else None
        if self.wordy(index):
            return None
        if self.decimal != ".":
            options = compute.ReplaceSubstringOptions(self.decimal, ".", max_replacements=1)
            column = compute.call_function("replace_substring", [column], options)
        try:
            values = compute.cast(column, "double").to_numpy()
        except ArrowInvalid:
            return None
        return values if np.isfinite(values).all() else None


def regular_rows(
    lines: Sequence[str], first: int, stop: int, split: Split, separator: str, width: int
) -> RegularRows | None:
    """The rows ``lines[first:stop]`` of ``width`` columns, the last of them not blank; None where anything about them asks for a closer look.

    Parameters
    ----------
    split : of a line and a separator, its cells.
    """
    count = lines[first].count(separator) + 1
    if count not in (width, width + 1) or lines[stop - 1].count(separator) + 1 != count:
        return None
    whole, rows = (
        (lines, range(first, stop))
        if isinstance(lines, Lines)
        else (Lines("\n".join(lines[first:stop]).encode()), range(stop - first))
    )
    begin, end = whole.span(rows.start, rows.stop)
    if whole.has('"', rows.start, rows.stop) or _may_be_passed_over(whole, rows, separator):
        return None
    decimal = "," if separator != "," and whole.has(",", rows.start, rows.stop) else "."
    ends = zip(*(split(whole[row], separator) for row in (rows[0], rows[-1])), strict=True)
    numeric = [
        all(_PLAIN.fullmatch(cell) and cell.count("." if decimal == "," else ",") == 0 for cell in cells)
        for cells in ends
    ]
    numeric[width:] = [False] * (count - width)
    table = _columns(memoryview(whole.text)[begin:end], separator, numeric, decimal)
    if table is None or table.num_rows != len(rows):
        return None
    columns = list(table.columns)
    if count > width and TextColumn(columns.pop()).filled():
        return None
    return RegularRows(whole, rows, split, separator, columns, decimal)


def odd_rows(lines: Lines, first: int, stop: int, separator: str, width: int) -> Iterator[int]:
    """Which of ``lines[first:stop]`` have another number of cells than ``width``, in order; comments and blank lines are none.

    Only for lines without quotes.
    """
    counts = lines.counts(separator, first, stop) + 1
    closed = (counts == width + 1) & (lines.trailing(first, stop) == ord(separator))
    for row in (np.flatnonzero((counts != width) & ~closed) + first).tolist():
        line = lines[row]
        blank_end = counts[row - first] == width + 1 and not line.rpartition(separator)[2].strip()
        if not blank_end and any(map(str.strip, line.split(separator))) and not is_comment(line):
            yield row


def is_comment(line: str) -> bool:
    """True for a line that a plain table marks as comment."""
    return line.lstrip().startswith(COMMENT)


def _may_be_passed_over(lines: Lines, rows: range, separator: str) -> bool:
    """True where one of the rows is a comment or blank."""
    leading = lines.leading(rows.start, rows.stop)
    suspect = (leading <= ord(" ")) | np.isin(leading, (*_FIRST_OF_COMMENT, *_FIRST_OF_BLANK, ord(separator)))
    blank = separator + " \t"
    return any(
        is_comment(line) or not line.strip(blank)
        for line in (lines[rows.start + k] for k in np.flatnonzero(suspect).tolist())
    )


def _columns(text: memoryview, separator: str, numeric: list[bool], decimal: str, tried: bool = False) -> Any:
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
            pa.BufferReader(pa.py_buffer(text)),
            arrow.ReadOptions(column_names=names, use_threads=False, block_size=BLOCK),
            arrow.ParseOptions(delimiter=separator, quote_char=False),
            arrow.ConvertOptions(column_types=types, null_values=[], decimal_point=decimal),
        )
    except pa.ArrowInvalid as error:
        if str(error).startswith("CSV parse error") or not any(numeric):
            return None
        # once for a column that it names, then as text throughout
        named = _COLUMN.match(str(error))
        again = [each and named is not None and k != int(named[1]) and not tried for k, each in enumerate(numeric)]
        return _columns(text, separator, again, decimal, tried=True)
