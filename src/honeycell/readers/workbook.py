"""Sheets of an Excel file (xlsx, xls) as rows of text, read without trusting what the file declares.

Cells keep the digits that stand in the file; those that Excel shows as a time or a date become ``h:m:s`` or ``2024-04-30 14:33:19``.
Layouts: ECMA-376 part 1, SpreadsheetML (xlsx); xlrd reads xls.
"""

from __future__ import annotations

import io
import posixpath
import re
import weakref
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from honeycell.quantities.errors import ReadError
from honeycell.readers.archive import Archive, member_names
from honeycell.readers.clock import DAY, clock_text
from honeycell.readers.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

OLD = b"\xd0\xcf\x11\xe0"  # the compound document that holds an xls
MOST_BYTES = 250 * 2**20  # unpacked: some four million cells
SWOLLEN = 40.0  # times: tables of numbers shrink tenfold when packed, bombs a thousandfold
SUSPECT = 8 * 2**20  # bytes: what unpacks to less is read within a second or two, whatever it is
MOST_CELLS = 6_000_000
MOST_COLUMNS = 2000  # instruments write some tens, or some tens for each cycle
MOST_DECLARED = 20_000_000
_LONGEST_SPAN = 366.0  # days: what is shown as a time and is less is an elapsed time, not a date of 1900
_WORKBOOK = "xl/workbook.xml"
_CURE = "The file is damaged or was cut off; export it again, or save the sheet as csv."
_BOMB = "Export less of the test, or save the sheet as csv."
_NUMBER_OF_DAYS_BETWEEN_EPOCHS = 1462  # 1 January 1904 in the calendar from 1900, ECMA-376 part 1, 18.17.4.1
_SHOWN_AS_TIME = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])  # ECMA-376 part 1, 18.8.30
_NOT_CODE = re.compile(r'"[^"]*"|\\.|_.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)
_TIME_CODE = re.compile(r"[hmsyd]", re.IGNORECASE)
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


class Sheet(Source):
    """One sheet of a file: ``rows`` of text cells, and the ``numbers`` by which Excel counts them, from 1."""

    def __init__(self, source: Source, title: str, rows: list[list[str]], numbers: list[int]) -> None:
        self.name, self.content = source.name, source.content
        self.title, self.rows, self.numbers = title, rows, numbers

    def at(self, line: int) -> str:
        """Place for a message."""
        return f"{self.name}, sheet {self.title[:40]!r}, row {line}"


_READ: weakref.WeakKeyDictionary[Source, tuple[Sheet, ...] | ReadError] = weakref.WeakKeyDictionary()


def is_workbook(source: Source) -> bool:
    """True for an Excel file, damaged or not."""
    return source.content.startswith(OLD) or _WORKBOOK in member_names(source)


def sheets(source: Source) -> tuple[Sheet, ...]:
    """The sheets of a workbook that hold cells, in its order; they are read once for each source.

    Raises
    ------
    ReadError : damaged, protected, or larger unpacked than any table of an instrument.
    """
    if source not in _READ:
        try:
            _READ[source] = _old_sheets(source) if source.content.startswith(OLD) else _new_sheets(source)
        except ReadError as error:
            _READ[source] = ReadError(
                error.what, error.where, error.cure
            )  # anew: a traceback would keep the source alive
    found = _READ[source]
    if isinstance(found, ReadError):
        raise ReadError(found.what, found.where, found.cure)
    return found


def _old_sheets(source: Source) -> tuple[Sheet, ...]:
    import xlrd

    found: list[Sheet] = []
    try:
        book: Any = xlrd.open_workbook(
            file_contents=source.content, logfile=io.StringIO(), on_demand=True, ragged_rows=True
        )
        for title in book.sheet_names():
            sheet = book.sheet_by_name(title)
            rows = [[_old_cell(cell, book.datemode) for cell in sheet.row(index)] for index in range(sheet.nrows)]
            book.unload_sheet(title)
            kept = [index for index, row in enumerate(rows) if any(row)]
            if kept:
                found.append(Sheet(source, title, [rows[index] for index in kept], [index + 1 for index in kept]))
    except Exception as error:  # xlrd raises whatever its parsing of damaged bytes runs into
        what = f"is a damaged or protected Excel file ({type(error).__name__}: {str(error)[:100]})"
        raise ReadError(what, source.name, _CURE) from None
    return tuple(found)


def _old_cell(cell: Any, datemode: int) -> str:
    import xlrd

    if cell.ctype == xlrd.XL_CELL_DATE:
        return _shown_time(float(cell.value), bool(datemode))
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return "#error"
    if isinstance(cell.value, float):
        return str(int(cell.value)) if cell.value.is_integer() else repr(cell.value)
    return str(cell.value).strip()


def _new_sheets(source: Source) -> tuple[Sheet, ...]:
    archive = Archive(source)
    declared = archive.declared()
    if declared > MOST_BYTES or declared > max(SUSPECT, SWOLLEN * len(source.content)):
        raise ReadError(f"unpacks to {declared / 2**20:.0f} MB, more than a table of its size can", source.name, _BOMB)
    book = _Book(archive)
    reading = _Cells(book)
    found = []
    for title, member in book.sheets:
        rows, numbers = reading.read(member)
        if rows:
            found.append(Sheet(source, title, rows, numbers))
    return tuple(found)


def _parse(
    archive: Archive, name: str, start: Callable[..., None], end: Callable[..., None], text: Callable[..., None]
) -> None:
    """Feeds a member to the handlers; document types are refused, for what entities can be made to explode into."""
    where = f"{archive.source.name}, {name}"

    def refuse(*_: Any) -> None:
        raise ReadError("declares a document type, which Excel never does", where, "Do not trust this file.")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = refuse
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    try:
        parser.Parse(archive.read(name), True)
    except (expat.ExpatError, ValueError, LookupError) as error:  # LookupError: an encoding nobody knows
        raise ReadError(f"is no readable XML ({error})", where, _CURE) from None


def _nothing(*_: Any) -> None:
    return


class _Book:
    """What a workbook says of its sheets: titles and members, shared strings, and which styles show times."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.from_1904 = False
        self._named: list[tuple[str, str]] = []
        self._targets: dict[str, str] = {}
        self._codes: dict[int, str] = {}
        self._formats: list[int] = []
        self._in_cell_formats = False
        _parse(archive, _WORKBOOK, self._workbook, _nothing, _nothing)
        _parse(archive, "xl/_rels/workbook.xml.rels", self._relation, _nothing, _nothing)
        self.strings = self._shared("xl/sharedStrings.xml") if "xl/sharedStrings.xml" in archive.names else []
        if "xl/styles.xml" in archive.names:
            _parse(archive, "xl/styles.xml", self._style_start, self._style_end, _nothing)
        self.time_styles = {str(index) for index, each in enumerate(self._formats) if self._is_time(each)}
        self.sheets = [(title, self._targets[key]) for title, key in self._named if key in self._targets]
        if not self.sheets:
            raise ReadError("is a workbook without sheets", archive.source.name, _CURE)

    def _workbook(self, tag: str, given: Mapping[str, str]) -> None:
        if tag.endswith(" sheet"):
            key = next((value for name, value in given.items() if name.endswith(" id")), "")
            self._named.append((given.get("name", ""), key))
        elif tag.endswith(" workbookPr"):
            self.from_1904 = given.get("date1904") in ("1", "true")

    def _relation(self, tag: str, given: Mapping[str, str]) -> None:
        if tag.endswith(" Relationship") and given.get("Type", "").endswith("/worksheet"):
            self._targets[given.get("Id", "")] = posixpath.normpath(posixpath.join("/xl", given.get("Target", "")))[1:]

    def _style_start(self, tag: str, given: Mapping[str, str]) -> None:
        if tag.endswith(" numFmt"):
            self._codes[_whole(given.get("numFmtId"))] = given.get("formatCode", "")
        elif tag.endswith(" cellXfs"):
            self._in_cell_formats = True
        elif tag.endswith(" xf") and self._in_cell_formats:
            self._formats.append(_whole(given.get("numFmtId")))

    def _style_end(self, tag: str) -> None:
        if tag.endswith(" cellXfs"):
            self._in_cell_formats = False

    def _is_time(self, number: int) -> bool:
        code = self._codes.get(number)
        if code is None or code.lower() == "general":
            return code is None and number in _SHOWN_AS_TIME
        return bool(_TIME_CODE.search(_NOT_CODE.sub("", code)))

    def _shared(self, name: str) -> list[str]:
        strings: list[str] = []
        parts: list[str] = []
        inside = {"t": 0, "rPh": 0}

        def start(tag: str, _: Any) -> None:
            kind = tag.rpartition(" ")[2]
            if kind == "si":
                parts.clear()
            elif kind in inside:
                inside[kind] += 1

        def end(tag: str) -> None:
            kind = tag.rpartition(" ")[2]
            if kind == "si":
                strings.append("".join(parts).strip())
            elif kind in inside:
                inside[kind] -= 1

        def text(piece: str) -> None:
            if inside["t"] and not inside["rPh"]:
                parts.append(piece)

        _parse(self.archive, name, start, end, text)
        return strings


class _Cells:
    """Reads the rows of sheet after sheet, up to a number of cells for all together."""

    def __init__(self, book: _Book) -> None:
        self.book = book
        self.left = MOST_CELLS
        self._columns: dict[str, int] = {}

    def read(self, member: str) -> tuple[list[list[str]], list[int]]:
        """Rows that hold anything, and their numbers."""
        self.rows: list[list[str]] = []
        self.numbers: list[int] = []
        self.row: list[str] = []
        self.number = 0
        self.member = member
        self.pieces: list[str] | None = None
        self.kind = self.style = ""
        self.column = 0
        _parse(self.book.archive, member, self._start, self._end, self._text)
        return self.rows, self.numbers

    def _start(self, tag: str, given: Mapping[str, str]) -> None:
        kind = tag[tag.rfind(" ") + 1 :]
        if kind == "c":
            self.left -= 1
            if self.left < 0:
                self._refuse(f"holds more than {MOST_CELLS} cells")
            self.kind, self.style = given.get("t", ""), given.get("s", "")
            self.column = self._index(given["r"]) if "r" in given else len(self.row)
        elif kind in ("v", "t"):
            self.pieces = [] if self.pieces is None else self.pieces
        elif kind == "row":
            self.row = []
            self.number = _whole(given.get("r")) or self.number + 1
        elif kind == "dimension":
            self._declared(given.get("ref", ""))

    def _text(self, piece: str) -> None:
        if self.pieces is not None:
            self.pieces.append(piece)

    def _end(self, tag: str) -> None:
        kind = tag[tag.rfind(" ") + 1 :]
        if kind == "c":
            if self.pieces is not None:
                cell = self._cell("".join(self.pieces))
                missing = self.column - len(self.row)
                if missing >= 0:
                    self.row += [""] * missing
                    self.row.append(cell)
                else:
                    self.row[self.column] = cell
                self.pieces = None
        elif kind == "row" and any(self.row):
            self.rows.append(self.row)
            self.numbers.append(self.number)

    def _cell(self, text: str) -> str:
        if self.kind == "s":
            index = _whole(text)
            if not 0 <= index < len(self.book.strings):
                self._refuse(f"names shared text {text[:20]!r}, which the file lacks")
            return self.book.strings[index]
        if self.kind in ("", "n") and self.style in self.book.time_styles:
            try:
                return _shown_time(float(text), self.book.from_1904)
            except ValueError:
                return text.strip()
        return text.strip()

    def _index(self, place: str) -> int:
        letters = place.rstrip("0123456789")
        if letters not in self._columns:
            if not _PLACE.fullmatch(place):
                self._refuse(f"has a cell at {place[:20]!r}")
            index = 0
            for letter in letters:
                index = 26 * index + ord(letter) - 64
            if index > MOST_COLUMNS:
                self._refuse(f"has a cell in column {letters}")
            self._columns[letters] = index - 1
        return self._columns[letters]

    def _declared(self, reference: str) -> None:
        ends = [_PLACE.fullmatch(end) for end in reference.split(":")]
        if len(ends) == 2 and ends[1]:
            width = 0
            for letter in ends[1][1]:
                width = 26 * width + ord(letter) - 64
            if width * int(ends[1][2]) > MOST_DECLARED:
                self._refuse(f"declares cells from {reference[:30]}")

    def _refuse(self, what: str) -> None:
        where = f"{self.book.archive.source.name}, {self.member}, row {self.number}"
        raise ReadError(what, where, "Copy the table into a new workbook, or save the sheet as csv.")


def _whole(text: str | None) -> int:
    """A count written in digits; -1 for anything else, 0 for nothing."""
    if text is None:
        return 0
    return int(text) if text.isascii() and text.strip().isdigit() and len(text) < 12 else -1


def _shown_time(days: float, from_1904: bool) -> str:
    if not 0.0 <= days < 2_958_466.0:  # Excel's calendar ends with the year 9999
        return repr(days)
    if days < _LONGEST_SPAN:
        return clock_text(days * DAY)
    start = datetime(1899, 12, 30) + timedelta(days=_NUMBER_OF_DAYS_BETWEEN_EPOCHS if from_1904 else 0)
    try:
        moment = start + timedelta(milliseconds=round(days * DAY * 1e3))
    except OverflowError:
        return repr(days)
    return moment.isoformat(sep=" ", timespec="milliseconds")
