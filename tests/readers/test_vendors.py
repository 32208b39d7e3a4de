"""Real files of four vendors: what is known about them, and what the layouts allow besides."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from honeycell.quantities.errors import ReadError
from honeycell.readers import read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import xarray as xr

GOLDEN = [
    ("exampleDataCHInstruments.txt", "chi", 73, (99610.0, 98.91, -2.748), (0.1, 5685.0, -15860.0)),
    ("Circuit1_EIS_1.z", "zplot", 48, (50000.0, 29.036, 0.63662), (1.0, 75.803, -0.16244)),
    ("exampleDataZPlot.z", "zplot", 21, (300000.0, 147.77, -11.335), (3000.0, 613.68, -137.13)),
    (
        "exampleDataBioLogic.mpt",
        "biologic",
        43,
        (1000.3201, 65.470886, -0.38998979),
        (0.01689554, 110.97003, -2.3458567),
    ),
    ("exampleDataGamry.DTA", "gamry", 72, (200015.6, 825.8584, -1367.239), (0.0158898, 17007.49, -6635.557)),
]


def complex_impedance(record: xr.Dataset) -> np.ndarray:
    return record["real_impedance"].values + 1j * record["imaginary_impedance"].values


@pytest.mark.parametrize(("file", "form", "points", "first", "last"), GOLDEN)
def test_a_real_file_gives_its_numbers(
    data: Path, file: str, form: str, points: int, first: tuple[float, ...], last: tuple[float, ...]
) -> None:
    record = read(data / file)
    names = ("frequency", "real_impedance", "imaginary_impedance")
    assert record.attrs["format"] == form
    assert record.attrs["file_name"] == file
    assert record.attrs["origin"] == "measured"
    assert record.sizes["frequency"] == points
    for index, expected in ((0, first), (-1, last)):
        assert [float(record[name][index]) for name in names] == pytest.approx(expected, rel=1e-12)
    assert np.all(np.diff(record["frequency"].values) < 0.0)


def test_the_known_circuit_lies_under_its_file(data: Path) -> None:
    record = read(data / "Circuit1_EIS_1.z").sel(frequency=slice(1e4, None))  # above, its leads show
    z = 29.1 + 46.7 / (1.0 + 2j * np.pi * record["frequency"].values * 46.7 * 10.4e-6)
    assert np.abs(complex_impedance(record) / z - 1.0).max() < 0.01


def test_inductive_points_keep_their_sign(data: Path) -> None:
    record = read(data / "exampleDataCHInstruments.txt")
    assert (record["imaginary_impedance"].values > 0.0).sum() == 3
    assert record.attrs["instrument"] == "CHI660E"
    assert record.attrs["amplitude_V"] == 0.025
    assert record.attrs["measured_on"].startswith("Feb. 20, 2020")
    assert "High Frequency (Hz) = 2e+6" in record.attrs["header"]


def test_modulus_and_phase_of_the_instruments_agree_with_the_parts(data: Path) -> None:
    for file, columns in (("exampleDataBioLogic.mpt", ("|Z|/Ohm",)), ("exampleDataGamry.DTA", ("Zmod",))):
        record = read(data / file)
        column = json.loads(record.attrs["raw_columns"]).index(columns[0])
        modulus = record["raw"].values[:, column]
        assert np.allclose(np.abs(complex_impedance(record)), modulus, rtol=1e-5)


def test_a_declared_count_that_is_not_held_is_flagged(data: Path) -> None:
    assert "56 points and holds 21" in read(data / "exampleDataZPlot.z").attrs["flags"]
    assert "flags" not in read(data / "Circuit1_EIS_1.z").attrs


@pytest.mark.parametrize("file", [row[0] for row in GOLDEN])
@pytest.mark.parametrize("change", ["crlf", "shuffled", "renamed"])
def test_line_ends_row_order_and_name_change_nothing(
    data: Path, read_text: Callable[..., xr.Dataset], file: str, change: str
) -> None:
    content = (data / file).read_bytes()
    if change == "crlf":
        content = content.replace(b"\n", b"\r\n")
    if change == "shuffled":
        lines = content.rstrip(b"\n").split(b"\n")
        rows = read(data / file).sizes["frequency"]
        order = np.random.default_rng(3).permutation(rows)
        content = b"\n".join([*lines[:-rows], *(lines[-rows:][i] for i in order)])
    found = read_text(content, "renamed.dat" if change == "renamed" else file)
    assert found["raw"].equals(read(data / file)["raw"])


MPT = "EC-Lab ASCII FILE\nNb header lines : 4\nDevice : VMP3\n{labels}\n{rows}"


def test_biologic_columns_by_label_and_decimal_comma(read_text: Callable[..., xr.Dataset]) -> None:
    rows = "\n".join(f"{-f / 7:.4f}\t{f:.3f}\t{f / 3:.5f}".replace(".", ",") for f in (1e3, 1e2, 1e1, 1.0))
    record = read_text(MPT.format(labels="Im(Z)/Ohm\tfreq/Hz\tRe(Z)/Ohm\t", rows=rows), "x.mpt")
    assert record["frequency"].values.tolist() == [1e3, 1e2, 1e1, 1.0]
    assert float(record["imaginary_impedance"][0]) == -142.8571
    assert float(record["real_impedance"][3]) == 0.33333


def test_biologic_rows_at_rest_are_counted_and_left_out(read_text: Callable[..., xr.Dataset]) -> None:
    rows = "0\t0\t0\n0\t0\t0\n" + "\n".join(f"{f}\t5\t1" for f in (100, 10, 1))
    record = read_text(MPT.format(labels="freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm", rows=rows), "x.mpt")
    assert record.attrs["rows_at_rest"] == 2
    assert record["imaginary_impedance"].values.tolist() == [-1.0] * 3


@pytest.mark.parametrize("count", ["2", "3", "5", "99", "1000000000", "9" * 40])
def test_biologic_header_count_is_honoured(read_text: Callable[..., xr.Dataset], count: str) -> None:
    text = MPT.replace(": 4", f": {count}").format(labels="freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm", rows="3\t1\t1\n2\t1\t1")
    with pytest.raises(ReadError, match="header"):
        read_text(text, "x.mpt")


def test_biologic_cycles_are_several_spectra(read_text: Callable[..., xr.Dataset]) -> None:
    rows = "\n".join(f"{f * (1 + c / 1e4)}\t5\t1\t{c}" for c in (1, 2, 3) for f in (1000, 100, 10, 1))
    with pytest.raises(ReadError, match="3 spectra"):
        read_text(MPT.format(labels="freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm\tcycle number", rows=rows), "x.mpt")


def test_gamry_units_line_is_read(read_text: Callable[..., xr.Dataset]) -> None:
    head = "EXPLAIN\nTAG\tGALVEIS\nZCURVE\tTABLE\t3\n\tPt\tFreq\tZreal\tZimag\n\t#\tkHz\tmohm\tmohm\n"
    rows = "".join(f"\t{i}\t{f}\t2,5\t-1,5\n" for i, f in enumerate((3, 2, 1)))
    record = read_text(f"{head}{rows}EXPERIMENTABORTED\tTOGGLE\tT\n", "x.DTA")
    assert record["frequency"].values.tolist() == [3000.0, 2000.0, 1000.0]
    assert record["imaginary_impedance"].values == pytest.approx(-1.5e-3)


def test_zplot_labels_and_rows_may_be_separated_differently(read_text: Callable[..., xr.Dataset]) -> None:
    head = "ZView Calculated Data File: Version 1.1\n  Freq(Hz)  Ampl  Z''(b)  Z'(a)\nEnd Comments\n"
    record = read_text(head + "".join(f"{f:E}, 1.0E-02, -2.0E+00, 7.0E+00\n" for f in (1, 10, 100)), "x.z")
    assert record["frequency"].values.tolist() == [100.0, 10.0, 1.0]
    assert set(complex_impedance(record)) == {7.0 - 2.0j}


@pytest.mark.parametrize("first", ['"ZPlotW Data File: Version 3.2c"', '"Z60W Data File: Version 1.1"'])
def test_older_zplot_quotes_its_labels_and_ends_no_comments(read_text: Callable[..., xr.Dataset], first: str) -> None:
    head = (
        first
        + '\n""\n0,2,0,1,0.1,10000\n3\n"  Freq (Hz)    Ampl     Bias   Time(Sec)   Z\'(a)    Z\'\'(b)    GD   Err   Range"\n'
    )
    record = read_text(head + "".join(f"{f},0,0,0,0.5,-0.25,0,0,0\n" for f in (100, 10, 1)), "x.z")
    assert record["frequency"].values.tolist() == [100.0, 10.0, 1.0]
    assert set(complex_impedance(record)) == {0.5 - 0.25j}
    assert "flags" not in record.attrs


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("EXPLAIN\nTAG\tCV\nCURVE\tTABLE\t1\n\tPt\tVf\n\t#\tV\n\t0\t1\n", "ZCURVE"),
        ("EXPLAIN\nZCURVE\tTABLE", "ends at its table"),
        ("EXPLAIN\nZCURVE\tTABLE\n\tPt\tFreq\tZreal\tZimag\n\t#\tHz\tohm\tohm\n", "no rows"),
        ("ZPLOT2 ASCII\n  Data Points: 3\n", "no line with the labels"),
        ("ZPLOT2 ASCII\nEnd Comments\n1\t2\t3\n", "no line with the labels"),
        ("May 1, 2020   1:2:3\nA.C. Impedance\nInstrument Model:  CHI760E\n", "no table"),
        (
            "May 1, 2020   1:2:3\nCyclic Voltammetry\nInstrument Model:  CHI760E\n\nPotential/V, Current/A\n",
            "holds no rows",
        ),
        ("EC-Lab ASCII FILE\nNb header lines : 4\n\nmode\ttime/s\n1\t2\n", "no columns freq/Hz"),
    ],
)
def test_a_file_without_its_table_is_refused(read_text: Callable[..., xr.Dataset], text: str, match: str) -> None:
    with pytest.raises(ReadError, match=match) as caught:
        read_text(text, "x.txt")
    assert caught.value.cure
    assert "x.txt" in caught.value.where


@pytest.mark.parametrize("file", [row[0] for row in GOLDEN])
def test_a_cut_last_row_is_refused(data: Path, read_text: Callable[..., xr.Dataset], file: str) -> None:
    content = (data / file).read_bytes().rstrip()
    cut = max(content.rfind(b"\t"), content.rfind(b","))
    with pytest.raises(ReadError, match="columns where"):
        read_text(content[:cut].rstrip(), file)


@pytest.mark.parametrize("file", [row[0] for row in GOLDEN])
def test_two_sweeps_in_one_file_are_refused(data: Path, read_text: Callable[..., xr.Dataset], file: str) -> None:
    content = (data / file).read_bytes().rstrip()
    rows = content.split(b"\n")[-read(data / file).sizes["frequency"] :]
    with pytest.raises(ReadError, match="2 spectra"):
        read_text(content + b"\n" + b"\n".join(rows), file)
