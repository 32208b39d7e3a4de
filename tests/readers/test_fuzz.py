"""Damaged files give a clean refusal or a sound record, in no time."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from honeycell.quantities.errors import InputError, ReadError
from honeycell.quantities.schema import check
from honeycell.readers import Source, read_source, source, table
from honeycell.runs.folder import RunFolder
from honeycell.writers.bdf import bdf_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import xarray as xr

FILES = ("exampleDataCHInstruments.txt", "Circuit1_EIS_1.z", "exampleDataBioLogic.mpt", "exampleDataGamry.DTA")
SNIPPETS = (
    b",",
    b"\t",
    b"\n",
    b"nan",
    b"-",
    b"1e999",
    b"\0",
    b"\xff",
    b'"',
    b";",
    b"0",
    b"End Comments",
    b"ZCURVE\tTABLE\n",
    b"<Segment1>\n",
)
SECONDS = 1.0
COST = {"land.txt": 5}  # times the seconds that another takes, and so many times fewer cases


def damaged(content: bytes, rng: np.random.Generator, many: int) -> Iterator[bytes]:
    """Bytes changed, pieces cut out, doubled, moved, or strewn with what upsets a parser."""
    for _ in range(many):
        new = bytearray(content)
        for _ in range(rng.integers(1, 6)):
            a, b = sorted(rng.integers(0, max(len(new), 1), 2).tolist())
            b = min(b, a + int(rng.integers(1, 400)))
            match int(rng.integers(6)):
                case 0:
                    new[a : a + 1] = rng.bytes(1)
                case 1:
                    del new[a:b]
                case 2:
                    new[b:b] = new[a:b]
                case 3:
                    new[a:a] = SNIPPETS[rng.integers(len(SNIPPETS))]
                case 4:
                    del new[a:]
                case _:
                    new[a : a + 1] = SNIPPETS[rng.integers(len(SNIPPETS))]
        yield bytes(new)


def assert_sound(name: str, content: bytes) -> None:
    start = time.process_time()
    try:
        record = read_source(Source(name, content), ("impedance", None)[len(content) % 2])
    except (ReadError, InputError) as error:
        assert error.what  # noqa: PT017
        assert error.cure  # noqa: PT017
    else:
        check(record)
        for name_, variable in record.variables.items():
            if variable.dtype.kind == "f" and record.attrs["schema"] == "impedance/1":
                assert np.isfinite(variable.values).all(), name_
        if record.attrs["schema"] == "impedance/1":
            f = record["frequency"].values
            assert f.size >= 3
            assert (f > 0.0).all()
            assert np.unique(f).size == f.size
    assert time.process_time() - start < SECONDS


@pytest.fixture(scope="module")
def contents(data: Path, spectrum: xr.Dataset, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("fuzz") / "run"
    with RunFolder.open(folder, {}) as run:
        run.write_record("x.nc", spectrum)
    found = {name: (data / name).read_bytes() for name in FILES}
    found["x.csv"] = bdf_text(spectrum).encode()
    found["gbk.csv"] = ("频率/Hz;实部/Ω;虚部/Ω\n" + "".join(f"{10**n};1,5;-2,5\n" for n in range(6))).encode("gbk")
    found["utf16.csv"] = bdf_text(spectrum).encode("utf-16")
    found["three.txt"] = "".join(f"{10**n} 1.5 -2.5\n" for n in range(6)).encode()
    found["cycles.csv"] = b"Test Time / s,Voltage / V,Current / A,Cycle Count / 1\n" + b"".join(
        b"%d,3,1,1\n" % second for second in range(18)
    )
    rows = "".join(f"0,{10**n},1.5,-2.5\n" for n in range(6))
    labels = "Definition=Point #, Frequency(Hz), Z Real, Z Imag, 0\n"
    found["x.par"] = f"<Application>\nName=VersaStudio\n<Segment1>\n{labels}{rows}</Segment1>\n".encode()
    labels = "Data: Frequency\tData: Z'\tData: Z''\n"
    found["relaxis.txt"] = f"RelaxIS 3.0 Spectrum export\n{labels}DC=0\n".encode() + found["three.txt"].replace(
        b" ", b"\t"
    )
    # long enough to be read column by column
    rows = "".join(f"{k}\t1\t0:{k // 60}:{k % 60:02d}\t3,{k}\t1,5\t恒流充电\r\n" for k in range(2100))
    found["land.txt"] = ("记录序号\t循环序号\t测试时间\t电压/V\t电流/mA\t工步状态\r\n" + rows).encode("gbk")
    found["x.nc"] = (folder / "x.nc").read_bytes()
    return found


TEXTS = (*FILES, "x.csv", "gbk.csv", "utf16.csv", "three.txt", "cycles.csv", "x.par", "relaxis.txt", "land.txt")


@pytest.mark.parametrize("name", TEXTS)
def test_damaged_text(contents: dict[str, bytes], name: str) -> None:
    for content in damaged(contents[name], np.random.default_rng(5), 40 // COST.get(name, 1)):
        assert_sound_or_empty(name, content)


def test_damaged_netcdf(contents: dict[str, bytes]) -> None:
    for content in damaged(contents["x.nc"], np.random.default_rng(5), 20):
        assert_sound_or_empty("x.nc", content)


def assert_sound_or_empty(name: str, content: bytes) -> None:
    """An empty file is refused before there is a source."""
    if content.strip(b"\0 \t\n\v\f\r\x1a"):
        assert_sound(name, content)
    else:
        with pytest.raises(ReadError):
            Source(name, content)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*TEXTS, "x.nc"])
def test_damaged_thousandfold(contents: dict[str, bytes], name: str) -> None:
    for content in damaged(contents[name], np.random.default_rng(11), 1500 // COST.get(name, 1)):
        assert_sound_or_empty(name, content)


@pytest.mark.parametrize(
    "content",
    [
        b"\r" * 300_000 + b"x",
        b'"' * 300_000,
        b"(" * 300_000,
        b"f/Hz" + b" " * 300_000 + b"x",
        b"/" * 300_000,
        b"a," * 150_000,
        b"f/Hz,Zre,Zim\n" + b"1" * 300_000 + b",1,1\n",
        b"Nb header lines : " + b"9" * 300_000,
        b"EC-Lab ASCII FILE\nNb header lines : " + b"9" * 300_000,
        b"ZPLOT2 ASCII\n  Data Points: "
        + b"9" * 300_000
        + b"\nFreq(Hz)\tZ'(a)\tZ''(b)\nEnd Comments\n1\t1\t1\n2\t1\t1\n3\t1\t1\n",
        b"EXPLAIN\nZCURVE\tTABLE\t" + b"9" * 300_000 + b"\n\tFreq\tZreal\tZimag\n\t1\t1\t1\n\t2\t1\t1\n\t3\t1\t1\n",
        b"A.C. Impedance\nInit E (V) = " + b"9" * 300_000 + b"\nFreq/Hz, Z'/ohm, Z\"/ohm\n1, 1, 1\n2, 1, 1\n3, 1, 1\n",
    ],
    ids=range(12),
)
def test_what_claims_or_repeats_absurdly_much(content: bytes) -> None:
    assert_sound("x.txt", content)


def export(mark: str, decimal: str, end: str, summaries: bool) -> str:
    """A small cycler's export, perhaps with a row for each cycle that has neither voltage nor current."""
    lines = [mark.join(("记录序号", "循环序号", "测试时间", "电压/V", "电流/mA", "工步状态"))]
    for k in range(24):
        numbers = (f"3{decimal}{k:02d}", f"1{decimal}5")
        lines.append(mark.join((str(k + 1), str(k // 12 + 1), f"0:00:{k:02d}", *numbers, "恒流充电")))
        if summaries and k % 12 == 11:
            lines.append(mark.join(("", str(k // 12 + 1), "", "", "", "")))
    return end.join(lines) + end


@pytest.mark.parametrize("many", [1, pytest.param(60, marks=pytest.mark.slow)])
def test_long_and_short_texts_are_read_and_refused_alike(monkeypatch: pytest.MonkeyPatch, many: int) -> None:
    """Long ones go through Arrow and have a shorter way to a refusal, whose words may differ."""

    def outcome(content: bytes, long: bool) -> object:
        monkeypatch.setattr(table, "LONG", 1 if long else 10**9)
        monkeypatch.setattr(source, "LARGE", 0 if long else 10**9)
        monkeypatch.setattr(Source, "glimpse", property(lambda whole: whole))
        try:
            record = read_source(Source("x.txt", content))
        except (ReadError, InputError):
            return None
        return {name: (each.dims, repr(each.values.tolist())) for name, each in record.variables.items()}, record.attrs

    rng = np.random.default_rng(50_000)
    marks = (("\t", "."), ("\t", ","), (",", "."), (";", ","))
    for (mark, decimal), end, summaries in itertools.product(marks, ("\n", "\r\n"), (False, True)):
        text = export(mark, decimal, end, summaries)
        for encoding in ("utf-8", "gbk", "utf-16"):
            content = text.encode(encoding)
            assert outcome(content, True) is not None
            for each in (content, *damaged(content, rng, many)):
                if each.strip(b"\0 \t\n\v\f\r\x1a"):
                    assert outcome(each, True) == outcome(each, False), each
