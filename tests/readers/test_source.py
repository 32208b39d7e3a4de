"""Files that are no text, or no files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeycell import readers
from honeycell.quantities.errors import InputError, ReadError
from honeycell.readers import Source, formats, read, read_source
from honeycell.readers import source as source_module
from honeycell.readers.base import Reader
from honeycell.readers.source import LARGE

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"\0" * 5000, "empty"),
        (b"PK\x03\x04 x", "zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1", "old Excel"),
        (b"\x89HDF\r\n\x1a\nrest", "damaged"),
        (b"CDF\x01 x", "NetCDF 3"),
        (b"BIO-LOGIC MODULAR FILE\x1a\0", "EC-Lab binary"),
        (b"".join(bytes([n % 7, 0]) for n in range(999)) + b"\n\0", "binary"),
        (("f/Hz,Zre,Zim\n" + "1,1,1\n" * 99).encode("utf-16-le") + b"\0", "cannot be decoded as utf-16-le"),
        (b"\xff\xfeF\0r", "cannot be decoded"),
        (b"\xef\xbb\xbfF\xff", "cannot be decoded"),
        (b"f\0Hz,1", "binary"),
        (bytes(range(256)) * 4, "binary"),
        (b"\x01\x02\x03\x04\x05 text", "binary"),
    ],
)
def test_what_is_no_text_is_named(tmp_path: Path, content: bytes, match: str) -> None:
    path = tmp_path / "given.dat"
    path.write_bytes(content)
    with pytest.raises(ReadError, match=match) as caught:
        read(path)
    assert caught.value.where == str(path)
    assert caught.value.cure


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gbk"])
@pytest.mark.parametrize("label", ["f/Hz,Zre/ohm,Zim/ohm", "频率/Hz,实部/Ω,虚部/Ω"])
def test_the_encodings_of_laboratories_are_read(label: str, encoding: str) -> None:
    text = label + "\n" + "".join(f"{10**n},{n + 1},-2\n" for n in range(6))
    record = read_source(Source("x.csv", text.encode(encoding)))
    assert record["real_impedance"].values.tolist() == [6.0, 5.0, 4.0, 3.0, 2.0, 1.0]


def test_missing_folder_pipe_and_odd_names(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    given = {
        "does not exist": tmp_path / "none.z",
        "is a folder": tmp_path,
        "not a regular file": tmp_path / "pipe",
        "not a file name": "a\0b",
        "cannot be read": tmp_path / ("x" * 300),
    }
    for what, path in given.items():
        with pytest.raises(ReadError, match=what):
            read(path)


def test_a_file_too_large_is_not_loaded(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(300 * 2**20)
    with pytest.raises(ReadError, match="300 MB large"):
        read(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_large_text_of_no_known_format_is_not_split_into_lines(end: str, encoding: str) -> None:
    """It would take many times its size; its beginning says enough."""
    source = Source("notes.txt", (f"foo;bar;baz{end}" * (LARGE // 12 + 9000)).encode(encoding))
    with pytest.raises(ReadError, match="none of the formats"):
        read_source(source)
    assert not {"lines", "text"} & set(vars(source))


def test_a_large_text_that_only_looks_like_a_table_is_refused_by_its_first_rows() -> None:
    source = Source("notes.csv", b"f/Hz,Zre/ohm,Zim/ohm\n" + b"so much for that,1,1\n" * (LARGE // 20))
    with pytest.raises(ReadError, match=r"notes.csv, line 2"):
        read_source(source)
    assert not {"lines", "text"} & set(vars(source))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_a_large_table_is_read_whole(encoding: str) -> None:
    count = LARGE // 40
    rows = "".join(f"{float(f)!r:<19},5.00000000000000000,-1.0\n" for f in range(count, 0, -1))
    record = read_source(Source("a.csv", f"f/Hz,Zre/ohm,Zim/ohm\n{rows}".encode(encoding)), "impedance")
    assert record["frequency"].size == count


@given(st.binary(max_size=60).map(lambda raw: raw.translate(bytes(b"ab\r\n"[byte % 4] for byte in range(256)))))
def test_the_longest_line_is_found_piece_by_piece(content: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source_module, "_CHUNK", 7)
        assert source_module._longest_line(content) == max(map(len, content.replace(b"\r", b"\n").split(b"\n")))


def test_the_record_names_the_file_but_not_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "Zelle 5.csv"
    path.write_text("f/Hz,Zre,Zim\n1,1,1\n2,1,1\n3,1,1\n")
    record = read(path)
    assert record.attrs["sample"] == "Zelle 5"
    assert record.attrs["file_name"] == "Zelle 5.csv"
    assert not any(str(tmp_path) in str(value) for value in record.attrs.values())


def test_every_format_has_a_name_and_a_title() -> None:
    assert {"chi", "zplot", "biologic", "gamry", "csv", "bdf", "columns", "netcdf"} <= set(formats())
    assert all(formats().values())


class Loud(Reader):
    name = "loud"
    title = "a format of another package"

    def recognises(self, source: Source) -> bool:
        return source.content.startswith(b"LOUD")

    def read(self, source: Source) -> xr.Dataset:
        raise ReadError("is loud", source.name, "Whisper.")


class Entry:
    name, value = "loud", "elsewhere:Loud"

    def __init__(self, loaded: object) -> None:
        self.loaded = loaded

    def load(self) -> object:
        if isinstance(self.loaded, Exception):
            raise self.loaded
        return self.loaded


def test_other_packages_bring_formats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "_readers", readers._readers.__wrapped__)
    monkeypatch.setattr(readers.metadata, "entry_points", lambda group: [Entry(Loud)])
    with pytest.raises(ReadError, match="is loud"):
        read_source(Source("x", b"LOUD"))
    monkeypatch.setattr(readers.metadata, "entry_points", lambda group: [Entry(ImportError("no"))])
    with pytest.raises(InputError, match=r"reader 'loud'.*cannot be loaded"):
        formats()


def test_two_readers_that_both_recognise_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    class Quiet(Loud):
        name = "quiet"
        suffixes = (".q",)

        def read(self, source: Source) -> xr.Dataset:
            raise ReadError("is quiet", source.name, "Shout.")

    monkeypatch.setattr(readers, "_readers", lambda: (Loud(), Quiet()))
    with pytest.raises(ReadError, match="loud and quiet at once"):
        read_source(Source("x.txt", b"LOUD"))
    with pytest.raises(ReadError, match="is quiet"):
        read_source(Source("x.q", b"LOUD"))
