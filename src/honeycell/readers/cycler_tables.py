"""Where the records stand in a cycler's export: one table, several sheets, cycles side by side, or below their cycle and step."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from honeycell.quantities.errors import ReadError
from honeycell.readers.cells import unlike
from honeycell.readers.heading import find_heading
from honeycell.readers.lines import Lines
from honeycell.readers.table import SEPARATORS, RowError, Table, find_separator, read_table, split
from honeycell.readers.vocabulary import UNITS
from honeycell.readers.workbook import Sheet, sheets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from honeycell.readers.dialect import Dialect
    from honeycell.readers.heading import Heading
    from honeycell.readers.source import Source

SEARCHED = 300  # rows looked through for the labels
_DIGITS = re.compile(r"[0-9]{1,6}")
_NUMBER = r"[+-]?[0-9]*[.,]?[0-9]+(?:[eE][+-]?[0-9]+)?"


@dataclass(frozen=True)
class Part:
    """A table and what its columns are; ``cycle`` where only its heading or its sheet says which cycle it is."""

    table: Table
    named: tuple[str, ...]
    cycle: float | None = None


def text_parts(source: Source, dialect: Dialect, flags: list[str]) -> tuple[list[Part], str]:
    """The tables of a text, and what stands before them.

    Raises
    ------
    ReadError : no rows, or rows that are not as the labels promise.
    """
    heading = find_heading(source, dialect.is_heading)
    trouble: ReadError | None = None
    if heading is not None and _repeats(heading.labels, dialect) is None:
        table = None
        try:
            table = read_table(source, heading.labels, heading.first)
            if _bad_row(table, heading.named, dialect) is None:
                return [Part(table, heading.named)], "\n".join(source.lines[: heading.line])
        except ReadError as error:
            trouble = error
        if damage := _damage(source, heading, dialect, table, trouble):
            raise damage
    sheet = nested_heading(source, dialect) or _as_sheet(
        source, _separator(source.lines[heading.line if heading else 0])
    )
    noted: list[str] = []
    parts = _parts(sheet, dialect, noted)
    if parts and (trouble is None or noted or len(parts) > 1):
        flags += noted
        first = parts[0].table.lines[0] if len(parts[0].table.lines) else 1
        return parts, "\n".join(source.lines[: max(first - 2, 0)])
    raise trouble or ReadError("names its columns but holds no rows", source.name, "Export it again.")


def _damage(
    source: Source, heading: Heading, dialect: Dialect, whole: Table | None, trouble: ReadError | None
) -> ReadError | None:
    """What is wrong with a long text that is one plain table but for damaged rows, each with a voltage or current in it or cut off as the last.

    No other layout explains those: it would pass over rows as summaries, which have neither. And to try them on a hundred megabytes
    takes a minute and gigabytes.
    """
    lines, labels, first = source.lines, heading.labels, heading.first
    end = len(lines)
    while end > first and not lines[end - 1].strip():
        end -= 1
    mark = find_separator(source, len(labels), range(first, end))
    if not isinstance(lines, Lines) or not mark or not labels[0] or lines.has('"', first, end):
        return None
    needed = [
        k for k, each in enumerate(heading.named) if dialect.means(each, "voltage") or dialect.means(each, "current")
    ]
    last = end - 1 if trouble else end
    for row in lines.without_digit(mark, needed, first, last):
        cells = split(lines[row], mark)
        if any(cells) and not any(_DIGITS.search(cells[k]) for k in needed if k < len(cells)):
            return None
    if whole is not None:
        try:
            whole.numbers(needed)
        except RowError as error:
            return error
        except ReadError:
            return None
    return trouble


def workbook_parts(source: Source, dialect: Dialect, flags: list[str]) -> tuple[list[Part], str]:
    """The tables of a workbook in the order of the cycles, and what stands on its other sheets.

    Raises
    ------
    ReadError : damaged, or no rows.
    """
    parts: list[Part] = []
    kept: list[str] = []
    for sheet in sheets(source):
        if heading_row(sheet, dialect) is None and parts and _continues(sheet, parts[-1], dialect):
            rows = [_fitted(row, len(parts[-1].named)) for row in sheet.rows]
            parts.append(Part(Table(sheet, parts[-1].table.labels, rows, sheet.numbers, "\t"), parts[-1].named))
        elif heading_row(sheet, dialect) is not None:
            parts += _parts(sheet, dialect, flags, one_of_several=True)
        else:
            kept += ["\t".join(row) for row in sheet.rows[:SEARCHED]]
    if not parts:
        raise ReadError("names its columns but holds no rows", source.name, "Export it again.")
    cycles = [part.cycle for part in parts]
    if len(parts) > 1 and all(cycle is not None for cycle in cycles):
        parts.sort(key=lambda part: part.cycle or 0.0)
    return parts, "\n".join(kept)


def _separator(line: str) -> str:
    return max((mark for mark in SEPARATORS if mark), key=line.count)


def _as_sheet(source: Source, mark: str) -> Sheet:
    filled = [(number, line) for number, line in enumerate(source.lines, 1) if line.strip(mark + " \t")]
    return TextSheet(source, "", [split(line, mark) for _, line in filled], [number for number, _ in filled])


class TextSheet(Sheet):
    """Lines of a text, split."""

    def at(self, line: int) -> str:
        """Place for a message."""
        return f"{self.name}, line {line}"


def nested_heading(source: Source, dialect: Dialect) -> Sheet | None:
    """The text as a sheet, where the labels of the records stand to the right of those of cycles and steps."""
    for line in source.lines[:SEARCHED]:
        if line[:1] in ("\t", ",", ";"):
            mark = line[0]
            labels = tuple(cell for cell in split(line, mark) if cell)
            if dialect.is_heading(labels):
                return _as_sheet(source, mark)
    return None


def heading_row(sheet: Sheet, dialect: Dialect) -> int | None:
    """Index of the row of labels; None where there is none."""
    for index, row in enumerate(sheet.rows[:SEARCHED]):
        if sum(map(bool, row)) >= 3 and dialect.is_heading(_named(sheet, index)[0]):
            return index
    return None


def _named(sheet: Sheet, index: int) -> tuple[tuple[str, ...], int]:
    """Labels of a row with the units of the next row, where that holds nothing else, and where the rows begin."""
    labels = [cell.strip() for cell in sheet.rows[index]]
    while labels and not labels[-1]:
        labels.pop()
    below = [cell.strip("[]() ") for cell in sheet.rows[index + 1]] if index + 1 < len(sheet.rows) else []
    if any(below) and all(not unit or (unit in UNITS and not unit.isdigit()) for unit in below):
        below += [""] * len(labels)
        paired = zip(labels, below, strict=False)
        return tuple(f"{label} / {unit}" if unit else label for label, unit in paired), index + 2
    return tuple(labels), index + 1


def _fitted(row: list[str], width: int) -> list[str]:
    return row[:width] + [""] * (width - len(row))


def _continues(sheet: Sheet, part: Part, dialect: Dialect) -> bool:
    """A sheet that begins with a row of numbers where the part before has voltage and current: Excel's rows were used up."""
    row = _fitted(sheet.rows[0], len(part.named))
    needed = [
        index
        for index, label in enumerate(part.named)
        if dialect.means(label, "voltage") or dialect.means(label, "current")
    ]
    return all(re.fullmatch(_NUMBER, row[index]) for index in needed)


def _parts(sheet: Sheet, dialect: Dialect, flags: list[str], *, one_of_several: bool = False) -> list[Part]:
    """The tables of a sheet: one, or one for each cycle side by side; what sums up cycles and steps between the rows is left out."""
    start = heading_row(sheet, dialect)
    if start is None:
        return []
    named, first = _named(sheet, start)
    labels = tuple(cell.strip() for cell in _fitted(sheet.rows[start], len(named)))
    period = _repeats(named, dialect)
    if period is None:
        rows, numbers, levels = _rows(sheet, first, labels, dialect, flags)
        lead = next(index for index, label in enumerate(labels) if label)
        names, counted = _levels(sheet, start, lead, named, dialect)
        cells = [
            _fitted(row, len(labels))[lead:]
            + [given[level][place] if level in given else "" for level, place in counted]
            for row, given in zip(rows, levels, strict=True)
        ]
        cycle = (
            _cycle_in(sheet.title)
            if one_of_several and not any(dialect.means(each, "cycle") for each in named)
            else None
        )
        table = Table(sheet, (*labels[lead:], *names), cells, numbers, "\t")
        return [Part(table, (*named[lead:], *names), cycle)] if cells else []
    above = _fitted(sheet.rows[start - 1], len(named)) if start else [""] * len(named)
    edges = [*period, len(named)]
    parts = []
    for order, (left, right) in enumerate(pairwise(edges), 1):
        inner = [row[left:right] for row in sheet.rows[first:]]
        block = type(sheet)(sheet, sheet.title, inner, sheet.numbers[first:])
        rows, numbers, _ = _rows(block, 0, labels[left:right], dialect, flags)
        width = max((index for index in range(left, right) if labels[index]), default=left) + 1 - left
        if rows:
            table = Table(sheet, labels[left : left + width], [_fitted(row, width) for row in rows], numbers, "\t")
            cycle = (
                None
                if any(dialect.means(each, "cycle") for each in named[left:right])
                else _cycle_in(above[left]) or float(order)
            )
            parts.append(Part(table, named[left : left + width], cycle))
    flags.append(f"layout: the records of {len(parts)} cycles stand side by side and are put one after the other")
    return parts


def _cycle_in(text: str) -> float | None:
    found = _DIGITS.findall(text)
    return float(found[0]) if len(found) == 1 else None


def _repeats(labels: tuple[str, ...], dialect: Dialect) -> list[int] | None:
    """Where the blocks begin, if the labels come again and again; None for one table."""
    voltages = [index for index, label in enumerate(labels) if dialect.means(label, "voltage")]
    first = next((label for label in labels if label), "")
    starts = [index for index, label in enumerate(labels) if label == first]
    return starts if len(starts) > 1 and len(starts) == len(voltages) else None


def _rows(
    sheet: Sheet, first: int, labels: tuple[str, ...], dialect: Dialect, flags: list[str]
) -> tuple[list[list[str]], list[int], list[dict[int, list[str]]]]:
    """Rows of records, their numbers, and for each the rows of higher level above it, by the column in which those begin."""
    needed = [
        index
        for index, label in enumerate(labels)
        if dialect.means(label, "voltage") or dialect.means(label, "current")
    ]
    lead = next(index for index, label in enumerate(labels) if label)
    rows: list[list[str]] = []
    numbers: list[int] = []
    levels: list[dict[int, list[str]]] = []
    level: dict[int, list[str]] = {}
    summaries: list[int] = []
    for row, number in zip(sheet.rows[first:], sheet.numbers[first:], strict=True):
        cells = _fitted(row, len(labels))
        at = next((index for index, cell in enumerate(cells) if cell), None)
        if at is None or all(cells[index] == labels[index] for index in needed):
            continue
        if at < lead:
            level = {**{key: value for key, value in level.items() if key < at}, at: cells}
            summaries.append(number)
        elif not any(_DIGITS.search(cells[index]) for index in needed):
            if sum(map(bool, cells)) > 1:  # a lone number of a record that was not made is no summary
                summaries.append(number)
        else:
            rows.append(row)
            numbers.append(number)
            levels.append(level)
    if summaries and len(summaries) == 1 and summaries[0] == sheet.numbers[-1]:
        cure = "The file may be cut off: export it again, or delete the row if it is a sum."
        raise ReadError("has neither voltage nor current", sheet.at(summaries[0]), cure)
    if summaries:
        where = sheet.at(summaries[0]).removeprefix(f"{sheet.name}, ")
        flags.append(
            f"rows: {len(summaries)} without voltage and current, the first in {where}, are passed over as summaries"
        )
    return rows, numbers, levels


def _levels(
    sheet: Sheet, start: int, lead: int, named: tuple[str, ...], dialect: Dialect
) -> tuple[list[str], list[tuple[int, int]]]:
    """Labels of what the rows above the records say of these, and where: the column in which such a row begins, and the cell's own."""
    names: list[str] = []
    counted: list[tuple[int, int]] = []
    for row in sheet.rows[max(start - 4, 0) : start]:
        at = next((index for index, cell in enumerate(row) if cell), lead)
        for quantity in ("cycle", "step", "state"):
            if at >= lead or any(dialect.means(label, quantity) for label in (*named, *names)):
                continue
            places = [at] if quantity != "state" else range(at, len(row))
            place = next((each for each in places if dialect.means(row[each], quantity)), None)
            if place is not None and place < len(named):
                names.append(row[place])
                counted.append((at, place))
    return names, counted


def _bad_row(table: Table, named: tuple[str, ...], dialect: Dialect) -> int | None:
    """A row in which voltage and current hold no number, in case the table is not as plain as it looks."""
    for quantity in ("voltage", "current"):
        column = next((index for index, label in enumerate(named) if dialect.means(label, quantity)), None)
        if column is not None:
            try:
                table.numbers([column])
            except ReadError:
                return next(iter(unlike(table.cells(column), _NUMBER)), None)
    return None


class Place(Sheet):
    """Several tables as one: ``at`` counts their rows from 0."""

    def __init__(self, source: Source, parts: Sequence[Part]) -> None:
        super().__init__(source, "", [], [])
        self._parts = parts

    def at(self, line: int) -> str:
        """Place of a row."""
        for part in self._parts:
            if line < len(part.table.rows):
                return part.table.source.at(part.table.lines[line])
            line -= len(part.table.rows)
        return self.name
