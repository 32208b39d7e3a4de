"""Layouts of further instruments: forged files in the form of real ones, an arc that must come out with Z'' < 0."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from honeycell.quantities.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr

F = np.geomspace(1e5, 0.1, 13)
Z = 12.0 + 30.0 / (1.0 + 2j * np.pi * F * 1e-2)
TIME = np.arange(F.size) * 1.5
ZERO = np.zeros(F.size)


def rows(*columns: Sequence[float] | np.ndarray, mark: str = ",", comma: bool = False, form: str = ".9E") -> str:
    lines = [mark.join(format(cell, form) for cell in row) for row in np.array(columns, float).T]
    text = "\n".join(lines) + "\n"
    return text.replace(".", ",") if comma else text


def assert_arc(record: xr.Dataset) -> None:
    found = record["real_impedance"].values + 1j * record["imaginary_impedance"].values
    assert record["frequency"].values == pytest.approx(F, rel=1e-8)
    assert np.abs(found / Z - 1.0).max() < 1e-6
    assert (record["imaginary_impedance"].values < 0.0).all()
    assert "disagreement" not in record.attrs.get("flags", "")


TABLES = {
    "nova": "Index;Frequency (Hz);Z' (Ω);-Z'' (Ω);Z (Ω);-Phase (°);Time (s)\n"
    + rows(range(1, 14), F, Z.real, -Z.imag, abs(Z), -np.angle(Z, deg=True), TIME, mark=";"),
    "nova, decimal commas": "Frequency (Hz)\tZ' (Ω)\t-Z'' (Ω)\tZ (Ω)\t-Phase (°)\n"
    + rows(F, Z.real, -Z.imag, abs(Z), -np.angle(Z, deg=True), mark="\t", comma=True),
    "palmsens": "Date and time:,2024-05-01 10:00:00\nNotes:\n\nEIS\n"
    "freq / Hz,neg. Phase / °,Idc / uA,Z / Ohm,Z' / Ohm,-Z'' / Ohm,Cs / F\n"
    + rows(F, -np.angle(Z, deg=True), ZERO, abs(Z), Z.real, -Z.imag, ZERO),
    "palmsens, short": "freq / Hz,Z' / Ohm,-Z'' / Ohm\n" + rows(F, Z.real, -Z.imag),
    "palmsens, in words": "Frequency,Zdash,Zdashneg,Z\n" + rows(F, Z.real, -Z.imag, abs(Z)),
    "ivium": "freq. /Hz\tZ1 /ohm\tZ2 /ohm\n" + rows(F, Z.real, Z.imag, mark="\t"),
    "zahner": "Number\tFrequency/Hz\tImpedance/Ohm\tPhase/deg\tSignificance\tTime/s\n"
    + rows(range(13), F, abs(Z), np.angle(Z, deg=True), ZERO, TIME, mark="\t"),
    "novocontrol": "Sample: pellet\nFreq. [Hz]\tZs' [Ohms]\tZs'' [Ohms]\n" + rows(F, Z.real, Z.imag, mark="\t"),
    "parstat, rows at rest": "Potential (V)\tCurrent (A)\tElapsed Time (s)\tFrequency (Hz)\tZre (ohms)\tZim (ohms)\t\n"
    + "3.49\t-0.1\t10\t0\t0\t0\t\n3.48\t-0.1\t20\t0\t0\t0\t\n"
    + "".join(
        f"3.5\t0\t{t}\t{f!r}\t{z.real!r}\t{z.imag!r}\t\n" for t, f, z in zip(TIME, F.tolist(), Z.tolist(), strict=True)
    ),
    "powersuite": "Frequency\t Zre\t Zimg\n" + rows(F[::-1], Z[::-1].real, Z[::-1].imag, mark="\t"),
    "count below the labels": "Procedure : cell\n f/Hz \t Z'/Ohm \t -Z''/Ohm \t time/s \t\n 13 \n"
    + rows(F, Z.real, -Z.imag, TIME, mark="\t"),
}


@pytest.mark.parametrize("layout", TABLES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_table_of_another_instrument(read_text: Callable[..., xr.Dataset], layout: str, encoding: str) -> None:
    text = TABLES[layout]
    if encoding == "cp1252":
        text = text.replace("Ω", "Ohm")
    assert_arc(read_text(text.encode(encoding), "export.csv"))


def test_rows_at_rest_are_counted_in_tables_too(read_text: Callable[..., xr.Dataset]) -> None:
    record = read_text(TABLES["parstat, rows at rest"], "x.txt")
    assert record.attrs["rows_at_rest"] == 2
    assert record["row"].values.tolist() == list(range(1, 14))
    with pytest.raises(ReadError, match="0 Hz"):  # at frequency zero, but not at rest
        read_text("f/Hz,Zre,Zim\n0,1,1\n3,1,1\n2,1,1\n1,1,1\n")


def test_a_count_below_the_labels_that_is_not_held_is_flagged(read_text: Callable[..., xr.Dataset]) -> None:
    record = read_text(TABLES["count below the labels"].replace(" 13 ", " 20 "), "x.P00")
    assert json.loads(record.attrs["flags"]) == ["incomplete: the file declares 20 points and holds 13"]


CHI = "May 1, 2021   10:00:00\nA.C. Impedance\nInstrument Model:  CHI{model}\n\nInit E (V) = 0.1\n\n{labels}\n\n{rows}"


@pytest.mark.parametrize("model", ["660E", "760D", "1030C", "604"])
@pytest.mark.parametrize("mark", [", ", "\t"])
def test_chi(read_text: Callable[..., xr.Dataset], model: str, mark: str) -> None:
    labels = mark.join(("Freq/Hz", "Z'/ohm", 'Z"/ohm', "Z/ohm", "Phase/deg"))
    text = rows(F, Z.real, Z.imag, abs(Z), np.angle(Z, deg=True), mark=mark)
    record = read_text(CHI.format(model=model, labels=labels, rows=text), "x.txt")
    assert_arc(record)
    assert record.attrs["format"] == "chi"
    assert record.attrs["instrument"] == f"CHI{model}"


@pytest.mark.parametrize("tag", ["EISPOT", "GALVEIS", "HYBRIDEIS"])
@pytest.mark.parametrize("comma", [False, True])
@pytest.mark.parametrize("count", ["\t13", "", "\tT"])
def test_gamry(read_text: Callable[..., xr.Dataset], tag: str, comma: bool, count: str) -> None:
    head = f"EXPLAIN\nTAG\t{tag}\nDATE\tLABEL\t5/1/2021\tDate\nZCURVE\tTABLE{count}\n"
    labels = "\tPt\tTime\tFreq\tZreal\tZimag\tZsig\tZmod\tZphz\n\t#\ts\tHz\tohm\tohm\tV\tohm\t°\n"
    phase = np.angle(Z, deg=True)
    table = rows(range(13), TIME, F, Z.real, Z.imag, ZERO, abs(Z), phase, mark="\t", comma=comma)
    text = head + labels + "".join(f"\t{line}\n" for line in table.splitlines())
    assert_arc(read_text(text.encode("cp1252"), "x.DTA"))


MPT = "EC-Lab ASCII FILE\nNb header lines : 4\n{technique}\n{labels}\n{rows}"


@pytest.mark.parametrize("technique", ["Potentio Electrochemical Impedance Spectroscopy", "Galvano Electrochemical"])
@pytest.mark.parametrize("comma", [False, True])
def test_biologic(read_text: Callable[..., xr.Dataset], technique: str, comma: bool) -> None:
    labels = "freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm\t|Z|/Ohm\tPhase(Z)/deg\tCs/µF\tcycle number\t"
    text = rows(F, Z.real, -Z.imag, abs(Z), np.angle(Z, deg=True), ZERO, ZERO + 1.0, mark="\t", comma=comma)
    content = MPT.format(technique=technique, labels=labels, rows=text).replace("\n", "\r\n").encode("cp1252")
    assert_arc(read_text(content, "x.mpt"))


def test_biologic_may_name_columns_at_the_end_that_it_does_not_write(read_text: Callable[..., xr.Dataset]) -> None:
    labels = "freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm\t|Z|/Ohm\ttime/s\tRwe/Ohm\tEwe-Ece/V"
    text = MPT.format(technique="", labels=labels, rows=rows(F, Z.real, -Z.imag, abs(Z), TIME, mark="\t"))
    record = read_text(text, "x.mpt")
    assert_arc(record)
    assert json.loads(record.attrs["flags"]) == ["columns: 7 are named and 5 held; the last are left out"]
    shifted = text.replace(labels, "freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm\tRwe/Ohm\t|Z|/Ohm\ttime/s")
    with pytest.raises(ReadError, match="columns where 6 are named"):
        read_text(shifted, "x.mpt")


PAR = (
    "<Application>\nName=VersaStudio\n</Application>\n\n<Instrument>\nType=VersaSTAT4\n</Instrument>\n\n"
    "<Experiment>\nTimeAcquired=9:40:30 AM\nDateAcquired=Thursday, July 19, 2018\n</Experiment>\n\n"
    "<Action1>\nPotential (V),Versus=vs Ref\nPotential (V),Value=0.4\nAmplitude (mV RMS)=20\n</Action1>\n\n{segments}"
)
SEGMENT = (
    "<Segment{number}>\nType=2\nDefinition=Segment #, Point #, E(V), Frequency(Hz), Z Real, Z Imag, AC Amplitude, 0\n"
    "{rows}</Segment{number}>\n\n"
)


def test_versastudio(read_text: Callable[..., xr.Dataset]) -> None:
    rest = SEGMENT.format(number=1, rows=rows(*[[0.0, 0.0, 0.0]] * 7))
    sweep = SEGMENT.format(number=2, rows=rows(ZERO, range(13), ZERO, F, Z.real, Z.imag, ZERO + 0.02))
    record = read_text(PAR.format(segments=rest + sweep), "x.par")
    assert_arc(record)
    assert record.attrs["format"] == "versastudio"
    assert record.attrs["instrument"] == "VersaSTAT4"
    assert record.attrs["potential_V"] == 0.4
    assert record.attrs["amplitude_rms_V"] == 0.02
    with pytest.raises(ReadError, match="2 spectra"):
        read_text(PAR.format(segments=sweep + sweep.replace("Segment2", "Segment3")), "x.par")
    with pytest.raises(ReadError, match="no segment"):
        read_text(PAR.format(segments=rest), "x.par")


def test_relaxis(read_text: Callable[..., xr.Dataset]) -> None:
    labels = [f"Data: {each}" for each in ("Frequency", "Z'", "Z''", "|Z|", "Theta (Z)")]
    text = rows(F, Z.real, Z.imag, abs(Z), np.angle(Z, deg=True), mark="\t")
    head = "RelaxIS 3.0 Spectrum export\nDate: 5/1/2021\n"
    record = read_text(f"{head}{chr(9).join(labels)}\nDC=0.1, TM=25\tModel: R-RC\t\t\n{text}", "x.txt")
    assert_arc(record)
    assert record.attrs["format"] == "relaxis"
    assert "DC=0.1" in record.attrs["header"]
    with pytest.raises(ReadError, match="2 spectra"):
        read_text(f"{head}{chr(9).join(labels * 2)}\nDC\n{text}", "x.txt")


@pytest.mark.parametrize(
    ("label", "values"), [("Z''/ohm", -Z.imag), ("-Z''/ohm", Z.imag), ("Z''/ohm", Z.real)], ids=range(3)
)
def test_a_sign_or_column_that_the_phase_contradicts_is_flagged(
    read_text: Callable[..., xr.Dataset], label: str, values: np.ndarray
) -> None:
    text = f"f/Hz,Z'/ohm,{label},Phase/deg\n" + rows(F, Z.real, values, np.angle(Z, deg=True))
    assert "disagreement: column 'Phase/deg'" in read_text(text).attrs["flags"]


def test_a_plain_label_next_to_the_negative_phase_that_holds_the_negative(
    read_text: Callable[..., xr.Dataset],
) -> None:
    """Some versions of PSTrace label both ``neg. Phase`` and ``Z''`` and negate both."""
    text = "freq / Hz,neg. Phase / °,Idc / uA,Z / Ohm,Z' / Ohm,Z'' / Ohm,Cs / F\n"
    negated = rows(F, -np.angle(Z, deg=True), ZERO, abs(Z), Z.real, -Z.imag, ZERO)
    record = read_text((text + negated).encode("utf-16"), "x.csv")
    assert_arc(record)
    assert json.loads(record.attrs["flags"])[0].startswith("sign: ")
    truthful = rows(F, -np.angle(Z, deg=True), ZERO, abs(Z), Z.real, Z.imag, ZERO)
    record = read_text((text + truthful).encode("utf-16"), "x.csv")
    assert_arc(record)
    assert "flags" not in record.attrs


@pytest.mark.parametrize("label", ["Z1/ohm", "Z1", "Z2 / ohm"])
def test_two_numbered_impedances_are_no_parts(read_text: Callable[..., xr.Dataset], label: str) -> None:
    with pytest.raises(ReadError):
        read_text(f"f/Hz,{label},Z2 /ohm\n" + rows(F, Z.real, Z.imag))
