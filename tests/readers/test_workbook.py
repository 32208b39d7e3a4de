"""Excel files: their cells as text, and what they declare is not believed."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from honeycell.quantities.errors import ReadError
from honeycell.readers import Source, read_source
from honeycell.readers.workbook import is_workbook, sheets

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def xlsx(rows: Sequence[Sequence[Any]], title: str = "Record") -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = title
    for row in rows:
        book.active.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def changed(content: bytes, member: str, change: Callable[[bytes], bytes]) -> bytes:
    """The archive with one member changed."""
    old, new = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as file:
        for name in {**dict.fromkeys(old.namelist()), member: None}:
            content = old.read(name) if name in old.namelist() else b""
            file.writestr(name, change(content) if name == member else content)
    return new.getvalue()


def xls(rows: Sequence[Sequence[str | float]], title: str = "Record") -> bytes:
    """BIFF5 in a compound document, as [MS-XLS] and [MS-CFB] have it: one stream of 512-byte sectors, no small ones."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    def start(kind: int) -> bytes:
        return record(0x0809, struct.pack("<HHHH", 0x0500, kind, 0x0DBB, 1996))

    name = title.encode("gbk")
    codepage, end = record(0x0042, struct.pack("<H", 936)), record(0x000A, b"")
    place = len(start(5) + codepage) + 4 + 7 + len(name) + len(end)
    book = start(5) + codepage + record(0x0085, struct.pack("<IHB", place, 0, len(name)) + name) + end + start(16)
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            where = struct.pack("<HHH", row, column, 0)
            if isinstance(cell, str):
                text = cell.encode("gbk")
                book += record(0x0204, where + struct.pack("<H", len(text)) + text)
            else:
                book += record(0x0203, where + struct.pack("<d", cell))
    book += end
    book += b"\0" * max(4096 - len(book), -len(book) % 512)
    sectors = len(book) // 512
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, sectors + 2), 0xFFFFFFFE]
    assert len(chain) <= 128
    table = struct.pack("<128I", *chain, *[0xFFFFFFFF] * (128 - len(chain)))

    def entry(name: str, kind: int, first: int, size: int, child: int) -> bytes:
        text = (name + "\0").encode("utf-16-le") if name else b""
        links = struct.pack("<HBB3I", len(text), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        return text.ljust(64, b"\0") + links + b"\0" * 36 + struct.pack("<III", first, size, 0)

    directory = entry("Root Entry", 5, 0xFFFFFFFE, 0, 1) + entry("Book", 2, 2, len(book), 0xFFFFFFFF)
    directory += entry("", 0, 0, 0, 0xFFFFFFFF) * 2
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 62, 3, 0xFFFE, 9, 6) + b"\0" * 10
    header += struct.pack("<IIIIIIII", 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    return header + table + directory + book


def only(content: bytes, name: str = "x.xlsx") -> list[list[str]]:
    (sheet,) = sheets(Source(name, content))
    return sheet.rows


def test_cells_keep_their_digits_and_places() -> None:
    rows = only(xlsx([["电压/V", None, "b"], [3.7, 7, True], [], ["late"]]))
    assert rows == [["电压/V", "", "b"], ["3.7", "7", "1"], ["late"]]
    (sheet,) = sheets(Source("x.xlsx", xlsx([["a"], [], ["b"]])))
    assert sheet.numbers == [1, 3]
    assert sheet.at(3) == "x.xlsx, sheet 'Record', row 3"


def test_times_and_dates_as_they_are_shown() -> None:
    rows = only(xlsx([[timedelta(hours=30, seconds=1.5), datetime(2024, 4, 30, 14, 33, 19, 500000)]]))
    assert rows == [["30:00:01.5", "2024-04-30 14:33:19.500"]]


def test_dates_counted_from_1904() -> None:
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    assert book.active is not None
    book.active.append([datetime(2024, 4, 30)])
    file = io.BytesIO()
    book.save(file)
    assert only(file.getvalue()) == [["2024-04-30 00:00:00.000"]]


@pytest.mark.parametrize(
    ("code", "shown"),
    [("0.00", "0.5"), ("[h]:mm:ss", "12:00:00"), ('0.0" days"', "0.5"), ("[Red]0.0", "0.5"), ("General", "0.5")],
)
def test_only_formats_of_time_make_times(code: str, shown: str) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append([0.5])
    book.active["A1"].number_format = code
    file = io.BytesIO()
    book.save(file)
    assert only(file.getvalue()) == [[shown]]


def test_old_excel() -> None:
    content = xls([["电压/V", "a"], [3.25, 7.0]])
    assert is_workbook(Source("x.xls", content))
    assert only(content, "x.xls") == [["电压/V", "a"], ["3.25", "7"]]


def test_an_old_excel_file_of_a_cycler() -> None:
    rows: list[Sequence[str | float]] = [["Record", "TestTime/Sec", "Voltage/V", "Current/mA", "Capacity/mAh"]]
    rows += [[1.0 * n, 10.0 * n, 3.0 + 0.1 * n, 1.0, n / 360.0] for n in range(1, 20)]
    record = read_source(Source("x.xls", xls(rows)))
    assert record.attrs["format"] == "land"
    assert record["voltage"].values.tolist() == [3.0 + 0.1 * n for n in range(1, 20)]


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("member", "change", "match"),
    [
        (SHEET, lambda xml: xml[:-40], "no readable XML"),
        (SHEET, lambda xml: b"", "no readable XML"),
        (SHEET, lambda xml: xml.replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"'), "declares cells from"),
        (SHEET, lambda xml: xml.replace(b'r="B1"', b'r="XFD1"'), "a cell in column XFD"),
        (SHEET, lambda xml: xml.replace(b'r="B1"', b'r="ZZZZ9"'), "a cell at"),
        (SHEET, lambda xml: shared(xml, 99999), "shared text"),
        (SHEET, lambda xml: b'<!DOCTYPE a [<!ENTITY b "c">]>' + xml, "document type"),
        (SHEET, lambda xml: xml.replace(b"<sheetData>", b"<sheetData>" + b"<row/>" * 5_000_000), "unpacks to"),
        ("xl/workbook.xml", lambda xml: xml.replace(b"sheet ", b"shoe "), "without sheets|no readable XML"),
        ("xl/workbook.xml", lambda xml: b"\xff" * 99, "no readable XML"),
    ],
)
def test_damaged_and_hostile_files_are_refused_at_once(
    member: str, change: Callable[[bytes], bytes], match: str
) -> None:
    content = changed(xlsx([["a", "b"], [1, 2]]), member, change)
    start = time.process_time()
    with pytest.raises(ReadError, match=match) as caught:
        sheets(Source("x.xlsx", content))
    assert time.process_time() - start < 2.0
    assert caught.value.cure
    with pytest.raises(ReadError):
        read_source(Source("x.xlsx", content))


def shared(xml: bytes, index: int) -> bytes:
    """The first cell as a number of the shared strings, as Excel itself writes text."""
    return xml.replace(b't="inlineStr"><is><t>a</t></is>', b't="s"><v>%d</v>' % index)


def test_shared_strings_without_their_pronunciation() -> None:
    content = changed(xlsx([["a", "b"], [1, 2]]), SHEET, lambda xml: shared(xml, 1))
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    strings = (
        f'<sst xmlns="{space}"><si><t>x</t></si><si><r><t>电</t></r><r><t>压</t></r><rPh><t>dian</t></rPh></si></sst>'
    )
    assert only(changed(content, "xl/sharedStrings.xml", lambda _: strings.encode()))[0] == ["电压", "b"]


def test_a_missing_member_is_named() -> None:
    content = xlsx([["a"]])
    new = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(new, "w") as file:
        for name in old.namelist():
            if name != SHEET:
                file.writestr(name, old.read(name))
    with pytest.raises(ReadError, match="missing in the archive") as caught:
        sheets(Source("x.xlsx", new.getvalue()))
    assert caught.value.where == f"x.xlsx, {SHEET}"


def test_a_workbook_of_something_else_is_in_no_format() -> None:
    with pytest.raises(ReadError):
        read_source(Source("x.xlsx", xlsx([["name", "wages"], ["a", 1]])))


CONTENTS = {
    "x.xlsx": xlsx([["Record", "TestTime/Sec", "Voltage/V", "Current/mA"], *([n, n, 3.0, 1.0] for n in range(1, 9))]),
    "x.xls": xls(
        [["Record", "TestTime/Sec", "Voltage/V", "Current/mA"], *([n, n, 3.0, 1.0] for n in map(float, range(1, 9)))]
    ),
}
CHANGES = st.lists(st.tuples(st.floats(0.0, 1.0), st.integers(0, 3), st.binary(max_size=8)), min_size=1, max_size=5)


def test_errors_of_a_foreign_decompressor_are_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    class Foreign(Exception):
        pass

    def fails(*_: object) -> bytes:
        raise Foreign("invalid distance")

    monkeypatch.setattr("zipfile.ZipExtFile.read", fails)
    with pytest.raises(ReadError, match="invalid distance"):
        read_source(Source("x.xlsx", CONTENTS["x.xlsx"]))


@pytest.mark.parametrize("name", CONTENTS)
@settings(max_examples=60, deadline=None)
@given(changes=CHANGES)
def test_mutilated_bytes(
    name: str, sound_or_refused: Callable[..., None], changes: list[tuple[float, int, bytes]]
) -> None:
    if all(how < 3 or where > 0.01 for where, how, _ in changes):
        sound_or_refused(name, CONTENTS[name], changes)


@settings(max_examples=60, deadline=None)
@given(changes=CHANGES, member=st.sampled_from([SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml"]))
def test_mutilated_members(
    sound_or_refused: Callable[..., None], changes: list[tuple[float, int, bytes]], member: str
) -> None:
    def change(xml: bytes) -> bytes:
        new = bytearray(xml)
        for where, how, piece in changes:
            at = int(where * len(new))
            new[at : at if how == 1 else at + len(piece)] = b"" if how > 1 else piece
        return bytes(new)

    sound_or_refused("x.xlsx", changed(CONTENTS["x.xlsx"], member, change))
