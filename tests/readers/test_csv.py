"""Labelled tables: one spectrum, written in every way people write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honeycell.quantities.errors import InputError, ReadError
from honeycell.readers import Source, read_source
from honeycell.readers.labels import meaning

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

F = np.array([1000.0, 100.0, 10.0, 1.0])
Z = np.array([5.0 - 1.0j, 6.0 - 3.0j, 8.0 - 2.0j, 9.0 - 4.0j])
BDF = "Frequency / Hz,Real Impedance / ohm,Imaginary Impedance / ohm\n"


def table(labels: tuple[str, ...], columns: tuple[np.ndarray, ...], separator: str = ",", comma: bool = False) -> str:
    rows = [separator.join(repr(float(x)).replace(".", "," if comma else ".") for x in row) for row in zip(*columns)]  # noqa: B905
    return "\n".join([separator.join(labels), *rows]) + "\n"


def assert_the_spectrum(record: xr.Dataset) -> None:
    assert record["frequency"].values == pytest.approx(F, rel=1e-12)
    assert record["real_impedance"].values == pytest.approx(Z.real, rel=1e-9)
    assert record["imaginary_impedance"].values == pytest.approx(Z.imag, rel=1e-9)


@pytest.mark.parametrize(
    ("labels", "factors"),
    [
        (("Frequency / Hz", "Real Impedance / ohm", "Imaginary Impedance / ohm"), (1, 1, 1)),
        (("frequency_hertz", "real_impedance_ohm", "imaginary_impedance_ohm"), (1, 1, 1)),
        (("Freq/Hz", "Zre", "Zim"), (1, 1, 1)),
        (("freq", "Z'", "Z''"), (1, 1, 1)),
        (("Freq/Hz", "Z'/ohm", 'Z"/ohm'), (1, 1, 1)),
        (("f (kHz)", "Re(Z) [mohm]", "-Im(Z) (kΩ)"), (1e-3, 1e3, -1e-3)),
        (("Frequency (mHz)", "Z′ (Ω)", "−Z″ (Ω)"), (1e3, 1, -1)),
        (("Frequency [MHz]", "Zreal [Mohm]", "-Zimag [μΩ]"), (1e-6, 1e-6, -1e6)),
        (("freq/Hz", "Re(Z)/Ohm", "-Im(Z)/Ohm"), (1, 1, -1)),
        (("频率/Hz", "实部/Ω", "虚部/Ω"), (1, 1, 1)),
        (("Frequency", "Zre", "Zimg"), (1, 1, 1)),
    ],
)
@pytest.mark.parametrize(
    ("separator", "comma"), [(",", False), (";", True), ("\t", True), ("\t", False), ("   ", True)]
)
def test_labels_units_and_separators(
    read_text: Callable[..., xr.Dataset],
    labels: tuple[str, ...],
    factors: tuple[float, ...],
    separator: str,
    comma: bool,
) -> None:
    columns = tuple(c * k for c, k in zip((F, Z.real, Z.imag), factors, strict=True))
    assert_the_spectrum(read_text(table(labels, columns, separator, comma)))
    assert_the_spectrum(read_text(table(labels[::-1], columns[::-1], separator, comma)))


@pytest.mark.parametrize(
    ("modulus", "phase", "angle"),
    [
        ("|Z|/ohm", "Phase/deg", np.angle(Z, deg=True)),
        ("Zmod", "Phase(Z) [rad]", np.angle(Z)),
        ("|Z| (ohm)", "-Phase (°)", -np.angle(Z, deg=True)),
        ("|Z|", "phase", np.angle(Z, deg=True)),
    ],
)
def test_modulus_and_phase(read_text: Callable[..., xr.Dataset], modulus: str, phase: str, angle: np.ndarray) -> None:
    assert_the_spectrum(read_text(table(("Freq/Hz", modulus, phase), (F, np.abs(Z), angle))))


def test_a_phase_that_may_be_radians_is_refused(read_text: Callable[..., xr.Dataset]) -> None:
    with pytest.raises(ReadError, match="degrees or in radians"):
        read_text(table(("Freq/Hz", "|Z|", "phase"), (F, np.abs(Z), np.angle(Z))))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "gbk"])
def test_encodings(read_text: Callable[..., xr.Dataset], encoding: str) -> None:
    text = table(("频率/Hz", "实部/Ω", "虚部/Ω"), (F, Z.real, Z.imag))
    assert_the_spectrum(read_text(text.encode(encoding)))


def test_windows_1252_is_not_taken_for_chinese(read_text: Callable[..., xr.Dataset]) -> None:
    text = "Zelle bei 25 °C, Fläche 1 cm²\n" + table(("f / Hz", "Z'", "-Z''"), (F, Z.real, -Z.imag))
    record = read_text(text.encode("cp1252"))
    assert_the_spectrum(record)
    assert record.attrs["header"] == "Zelle bei 25 °C, Fläche 1 cm²"


@pytest.mark.parametrize("before", ["# made by hand\n# ", "#", "note: x\noperator: y, z\n\n", "% "])
def test_comments_before_and_among_the_rows(read_text: Callable[..., xr.Dataset], before: str) -> None:
    lines = table(("f / Hz", "Z' / ohm", "Z'' / ohm"), (F, Z.real, Z.imag)).split("\n")
    assert_the_spectrum(read_text(before + "\n".join([*lines[:3], "# paused", "", *lines[3:]])))


def test_a_line_of_units(read_text: Callable[..., xr.Dataset]) -> None:
    lines = table(("Freq", "Zre", "-Zim"), (F / 1e3, Z.real, -Z.imag)).split("\n")
    assert_the_spectrum(read_text("\n".join([lines[0], "kHz,ohm,ohm", *lines[1:]])))


def test_further_columns_are_kept_as_they_are(read_text: Callable[..., xr.Dataset]) -> None:
    rows = "".join(f"{x},{z.real},{z.imag},{n},A{n}\n" for n, (x, z) in enumerate(zip(F, Z, strict=True)))
    record = read_text("f/Hz,Zre,Zim,Temperature / degC,Range\n" + rows)
    assert record["raw"].values[:, 3].tolist() == [0.0, 1.0, 2.0, 3.0]
    assert record["raw_text"].values[:, 0].tolist() == ["A0", "A1", "A2", "A3"]


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(25)))
def test_row_order_does_not_matter(order: list[int]) -> None:
    f = np.geomspace(1e5, 1e-2, 25)
    text = BDF + "".join(f"{float(f[i])!r},{i},-1\n" for i in order)
    record = read_source(Source("x.csv", text.encode()))
    assert np.array_equal(record["frequency"].values, f)
    assert np.array_equal(record["real_impedance"].values, range(25))
    assert np.array_equal(record["row"].values - 1, np.argsort(order))


@pytest.mark.parametrize(
    ("text", "match", "line"),
    [
        ("", "empty", ""),
        ("\n \n", "empty", ""),
        (BDF, "no rows", ""),
        (BDF + "3,1,1\n2,1\n1,1,1\n", "2 columns where 3", "line 3"),
        (BDF + "3,1,1\n2,1,1\n1,1", "2 columns where 3", "line 4"),
        (BDF + "3,1,1\n0,1,1\n1,1,1\n", "not positive", "line 3"),
        (BDF + "3,1,1\n-2,1,1\n1,1,1\n", "not positive", "line 3"),
        (BDF + "3,1,1\n2,nan,1\n1,1,1\n", "'nan'", "line 3"),
        (BDF + "3,1,1\n2,1,inf\n1,1,1\n", "'inf'", "line 3"),
        (BDF + "3,1,1\n2,1,1e999\n1,1,1\n", "'1e999'", "line 3"),
        (BDF + "3,1,1\n2,1_0,1\n1,1,1\n", "'1_0'", "line 3"),
        (BDF + "3,1,1\n2,x,1\n1,1,1\n", "'x'", "line 3"),
        (BDF + "3,1,1\n2,,1\n1,1,1\n", "''", "line 3"),
        (BDF + "4,1,1\n3,1,1\n2,1,1\n4,2,2\n1,1,1\n", "repeats the frequency 4 Hz of line 2", "line 5"),
        (BDF + "2,1,1\n1,1,1\n", "2 points", ""),
        (BDF + "1,1,1\n", "1 point;", ""),
        (BDF + "3,1,1\n2,1,1\n1,1,1\n" * 1 + "3,1,1\n2,1,1\n1,1,1\n", "2 spectra", ""),
        ("f/Hz\tZre\tZim\n1,000.5\t1\t1\n2\t1\t1\n3\t1\t1\n", "'1,000.5'|decimal", "line 2"),
        ("f/Hz;Zre;Zim\n1,5;1.5;1\n2;1;1\n3;1;1\n", "decimal commas", "line 2"),
        ("f/Hz,Zre,temperature\n1,1,1\n2,1,1\n3,1,1\n", "no column for", ""),
        ("f/Hz,Zre / ohm cm2,Zim / ohm cm2\n1,1,1\n2,1,1\n3,1,1\n", "no column for", ""),
        ("f/mhz,Zre,Zim\n1,1,1\n2,1,1\n3,1,1\n", "none of the formats", ""),
        ("f/Hz,Zre,Zim,Zre\n1,1,1,5\n2,1,1,5\n3,1,1,5\n", "two columns for real", ""),
        ("1,2,3\n4,5,6\n7,8,9\n", "--as impedance", ""),
        ("a letter to a friend\n", "none of the formats", ""),
    ],
)
def test_refusals_say_where_and_what_would_do(
    read_text: Callable[..., xr.Dataset], text: str, match: str, line: str
) -> None:
    with pytest.raises(ReadError, match=match) as caught:
        read_text(text, "my file.csv")
    assert "my file.csv" in caught.value.where
    assert line in caught.value.where
    assert caught.value.cure


def test_two_sweeps_with_frequencies_that_differ_slightly(read_text: Callable[..., xr.Dataset]) -> None:
    f = np.geomspace(1e5, 1.0, 20)
    text = BDF + "".join(f"{float(x)!r},1,-1\n" for x in (*f, *f * 1.001))
    with pytest.raises(ReadError, match="2 spectra"):
        read_text(text)


def test_bare_columns_need_the_user_s_word(read_text: Callable[..., xr.Dataset]) -> None:
    text = "# 25 C\n" + "".join(f"{x} {z.real} {z.imag}\n" for x, z in zip(F, Z, strict=True))
    assert_the_spectrum(read_text(text, "x.txt", "impedance"))
    for technique in (None, "cycling"):
        with pytest.raises(ReadError, match="--as impedance"):
            read_text(text, "x.txt", technique)


def test_a_technique_that_is_not_the_file_s(read_text: Callable[..., xr.Dataset]) -> None:
    text = table(("f / Hz", "Zre", "Zim"), (F, Z.real, Z.imag))
    assert_the_spectrum(read_text(text, "x.csv", "impedance"))
    with pytest.raises(InputError, match="is impedance, not cycling"):
        read_text(text, "x.csv", "cycling")
    with pytest.raises(InputError, match="unknown technique 'eis'") as caught:
        read_text(text, "x.csv", "eis")
    assert "impedance" in caught.value.cure


@pytest.mark.parametrize("label", ["Zre / ohm cm2", "Z / V", "frequency / ohm", "-Zre", "time", "", "/", "-", "|Z"])
def test_what_has_no_meaning_gets_none(label: str) -> None:
    assert meaning(label) is None
