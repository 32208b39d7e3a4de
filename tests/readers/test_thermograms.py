"""Thermograms of every layout: units and clocks are the file's, and what is doubtful is refused or said."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeycell.quantities.errors import InputError, ReadError
from honeycell.quantities.schema import check
from honeycell.readers import Source, read_source

MINUTES = np.linspace(0.05, 60.0, 40)
CELSIUS = 25.0 + 10.0 * MINUTES
MASS = 5.1 - 4.0 / (1.0 + np.exp(-(CELSIUS - 400.0) / 15.0))


def read(text: str | bytes, name: str = "run.txt", technique: str | None = None):
    return read_source(Source(name, text.encode() if isinstance(text, str) else text), technique)


def flags(record) -> list[str]:
    return [flag.partition(":")[0] for flag in json.loads(record.attrs["flags"])]


def ta(marks: bool = True, end: str = "\n", size: str = "Size\t5.1000\tmg", signals: int = 3) -> str:
    """The grammar of Universal Analysis: keys, signals, data, marks among them."""
    names = ["Time (min)", "Temperature (°C)", "Weight (mg)", "Deriv. Weight (%/°C)"][:signals]
    head = ["CLOSED", "Version\t2.0", "Run\t7", "Instrument\tSDT Q600 V20.9 Build 20", "Operator\tA. N.", "Sample\tfilm 3", size,
            "Xcomment\tPan: Platinum", "Xcomment\tGas1: Nitrogen 100.0 ml/min", "Text", f"Nsig\t{signals}"]  # fmt: skip
    head += [f"Sig{number}\t{label}" for number, label in enumerate(names, 1)]
    head += ["OrgMethod\t1: Ramp 10.00 °C/min to 625.00 °C", "StartOfData"]
    extra = ["0.0"] * (signals - 3)
    rows = [
        "\t".join([f"{a:.5f}", f"{b:.5f}", f"{c:.6f}", *extra]) for a, b, c in zip(MINUTES, CELSIUS, MASS, strict=True)
    ]
    if marks:
        width = ["0.0000000"] * (signals - 1)
        rows = [*rows[:10], "\t".join(["-1.000000", *width]), *rows[10:], "\t".join(["-2", *width])]
    return end.join([*head, *rows]) + end


def mettler(unit: str = "mg", decimal: str = ".") -> str:
    rows = [
        f"{i:>15}{60 * a:>15.6g}{b:>15.6g}{b + 2:>15.6g}{c if unit == 'mg' else 100 * c / MASS[0]:>15.6g}"
        for i, (a, b, c) in enumerate(zip(MINUTES, CELSIUS, MASS, strict=True))
    ]
    table = "\r\n".join(rows).replace(".", decimal)
    return (
        "Title   1.1.2022 15:28\r\n____\r\n\r\nCurve Name:\r\n  film 3, 1.1.2022 14:59\r\n  Sample Weight\r\nCurve Values:\r\n"
        "          Index              t             Ts             Tr          Value\r\n"
        f"                           [s]           [°C]           [°C]           [{unit}]\r\n{table}\r\n\r\n\r\n"
        "Results:\r\nSample:\r\n  film 3, 5.1000 mg\r\n\r\n____\r\nNot signed       STARe SW 13.00"
    )


def plain(head: str, separator: str = ",", columns=(60.0 * MINUTES, CELSIUS, MASS), comma: bool = False) -> str:
    rows = "\n".join(separator.join(f"{x:.6f}" for x in row) for row in zip(*columns, strict=True))
    return f"{head}\n{rows.replace('.', ',') if comma else rows}\n"


def assert_truth(record, *, mass: bool = True, clock: bool = True) -> None:
    assert record.attrs["schema"] == "thermogravimetry/1"
    assert np.allclose(record["temperature"], CELSIUS + 273.15, atol=2e-3)
    assert np.allclose(record["relative_mass"], MASS / MASS[0], atol=1e-5)
    assert ("mass" in record) is mass
    if mass:
        assert np.allclose(record["mass"], 1e-6 * MASS, rtol=1e-5)
    if clock:
        assert np.allclose(record["test_time"], 60.0 * MINUTES, rtol=1e-4)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_universal_analysis_is_read_in_every_encoding(encoding: str, end: str) -> None:
    record = read(ta(end=end).encode(encoding))
    assert_truth(record)
    assert record.attrs["format"] == "ta_text"
    assert record.attrs["sample"] == "film 3"
    assert record.attrs["instrument"].startswith("SDT Q600")
    assert record.attrs["atmosphere"] == "Nitrogen 100.0 ml/min"
    assert record.attrs["stated_mass_kg"] == pytest.approx(5.1e-6)
    assert flags(record) == ["marks"]


def test_signals_may_stand_in_any_number_and_unknown_ones_stay_raw() -> None:
    record = read(ta(signals=4))
    assert_truth(record)
    assert json.loads(record.attrs["raw_columns"])[-1] == "Deriv. Weight (%/°C)"
    assert record["raw"].shape == (40, 4)


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_universal_analysis_with_decimal_commas(encoding: str) -> None:
    record = read(ta().replace(".", ",").encode(encoding))
    assert_truth(record)
    assert record.attrs["stated_mass_kg"] == pytest.approx(5.1e-6)
    assert record.attrs["atmosphere"] == "Nitrogen 100,0 ml/min"


@pytest.mark.parametrize(("more", "sign"), [("", ""), ("Exotherm\tUp\n", "Exotherm\tUp")])
def test_many_signals_and_the_sign_of_the_heat(more: str, sign: str) -> None:
    """Eight signals, of which two are of the mass; which way heat counts is the file's to say."""
    names = ["Time (min)", "Temperature (°C)", "Weight (mg)", "Heat Flow (mW)", "Temperature Difference (µV)",
             "Deriv. Weight (%/°C)", "Sample Purge Flow (mL/min)", "Weight (%)"]  # fmt: skip
    head = ["CLOSED", "Version\t2.0", "Sample\tfilm", f"{more}Nsig\t{len(names)}"]
    head += [f"Sig{number}\t{label}" for number, label in enumerate(names, 1)]
    rows = [
        "\t".join(f"{x:.7g}" for x in (a, b, c, -1.5, 0.1, 0.2, 100.0, 100.0 * c / MASS[0]))
        for a, b, c in zip(MINUTES, CELSIUS, MASS, strict=True)
    ]
    record = read("\n".join([*head, "StartOfData", *rows]).encode("utf-16"))
    assert_truth(record)
    assert np.allclose(record["heat_flow"], -1.5e-3)
    assert record["raw"].shape == (40, 8)
    assert record.attrs.get("heat_flow_sign", "") == sign
    assert ("heat_flow" in flags(record)) is not bool(sign)


def test_a_header_that_states_another_mass_is_flagged() -> None:
    assert "mass" in flags(read(ta(size="Size\t8.0\tmg")))


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_stare_takes_the_sample_temperature_and_says_so(encoding: str) -> None:
    record = read(mettler().encode(encoding))
    assert_truth(record)
    assert record.attrs["sample"] == "film 3"
    assert np.allclose(record["programmed_temperature"] - record["temperature"], 2.0, atol=2e-3)
    assert "temperature" in flags(record)


def test_stare_in_per_cent_and_with_decimal_commas() -> None:
    record = read(mettler("%", ","))
    assert_truth(record, mass=False)
    assert "mass" in flags(record)


@pytest.mark.parametrize(
    "head",
    [
        "Test Time / s,Temperature / degC,Mass / mg",
        "Time (s),Temp. (°C),Weight (mg)",
        "time [s],T [C],m [mg]",
        "Time,Temperature,Mass,\n[s],[°C],[mg],",
        "Time,Temperature,Mass\ns,degC,mg",
        "# exported yesterday\nzeit etc.\n\nt [s],T [°C],TG [mg]",
        "时间/s,温度/°C,质量/mg",
    ],
)
def test_labels_and_units_in_the_forms_people_use(head: str) -> None:
    record = read(plain(head), "run.csv")
    assert_truth(record)
    assert record.attrs["format"] == "plain_thermogram"


@pytest.mark.parametrize("separator", [";", "\t"])
def test_decimal_commas(separator: str) -> None:
    head = separator.join(["Time / s", "Temperature / degC", "Mass / mg"])
    assert_truth(read(plain(head, separator, comma=True)))


def test_degree_signs_of_windows() -> None:
    assert_truth(read(plain("Time (s);Temperature (°C);Weight (mg)", ";").encode("cp1252")))


def test_kelvin_minutes_and_grams_are_the_same_record() -> None:
    record = read(
        plain("t [min],T [K],m [g]", columns=(MINUTES, CELSIUS + 273.15, MASS * 1e-3 * 1e3)).replace("[g]", "[mg]")
    )
    assert_truth(record)


@pytest.mark.parametrize("head", ["T / K,TG / %", "T,TG\nK,%", "Temperature / K,Mass,\n[K],[%],"])
def test_per_cent_without_a_clock(head: str) -> None:
    record = read(plain(head, columns=(CELSIUS + 273.15, 100.0 * MASS / MASS[0])), technique="thermogravimetry")
    assert_truth(record, mass=False, clock=False)
    assert {"mass", "time"} <= set(flags(record))


def test_a_clock_that_runs_backwards_is_refused_with_its_line() -> None:
    lines = plain("Time / s,Temperature / degC,Mass / mg").splitlines()
    lines[10], lines[11] = lines[11], lines[10]
    with pytest.raises(ReadError, match="unsorted") as caught:
        read("\n".join(lines))
    assert caught.value.where.endswith("line 12")


def test_shuffled_rows_without_a_clock_are_refused() -> None:
    order = np.random.default_rng(1).permutation(40)
    with pytest.raises(ReadError, match="no time to order"):
        read(plain("T / K,TG / %", columns=(CELSIUS[order] + 273.15, MASS[order])))


def test_cooling_without_a_clock_is_said() -> None:
    there_and_back = np.concatenate((CELSIUS, CELSIUS[::-1]))
    record = read(plain("T / degC,TG / %", columns=(there_and_back, np.concatenate((MASS, MASS)))))
    assert "order" in flags(record)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (plain("Time,Temperature,Mass"), "without a unit"),
        (plain("Time / s,Temperature / degC,Mass / mg").replace("3.000000", "nan", 1), "finite"),
        (plain("T / K,m / mg", columns=(CELSIUS - 25.0, MASS)), "outside"),
        (plain("T / degC,m / mg", columns=(CELSIUS, -MASS)), "not positive"),
        (plain("T / degC,m / mg", columns=(CELSIUS[:3], MASS[:3])), "at least"),
        ("T / degC,m / mg\n", "no rows"),
        (ta()[:900].rsplit("\t", 1)[0], "columns"),
        (ta().split("StartOfData")[0], "cut off"),
        (ta().split("StartOfData")[0] + "StartOfData\n", "no rows"),
        (ta().replace("Nsig\t3", "Nsig\t5"), "announces"),
        (ta().replace("Sig2", "Sig7"), "in turn"),
        (ta().replace("Weight (mg)", "Heat Flow (mW)"), "no weight"),
        (mettler().split("[s]")[0], "units"),
        (mettler().split("Curve Values:")[0] + "Curve Values:\n", "ends after"),
        (mettler()[:1200].rsplit(" ", 1)[0].rstrip(), "columns"),
        (mettler("mW"), "no curve of a mass"),
    ],
)
def test_damaged_files_are_refused_with_place_and_cure(text: str, what: str) -> None:
    with pytest.raises(ReadError, match=what) as caught:
        read(text)
    assert caught.value.where.startswith("run.txt")
    assert caught.value.cure


SEEDS = (
    ta().encode("utf-16"),
    ta().encode("latin-1"),
    mettler().encode("latin-1"),
    plain("t / s,T / K,m / mg").encode(),
)
PIECES = (
    b"\t",
    b"\n",
    b",",
    b"-1",
    b"nan",
    b"1e999",
    b"\0",
    b"\xff",
    b"StartOfData\n",
    b"Sig9\tTime (min)\n",
    b"[%]",
    b"Curve Values:\n",
)


@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 60), st.sampled_from(PIECES)), max_size=6),
)
def test_mutated_bytes_are_refused_or_sound(content: bytes, changes: list[tuple[int, int, bytes]]) -> None:
    for place, cut, piece in changes:
        place %= max(len(content), 1)
        content = content[:place] + piece + content[place + cut :]
    start = time.process_time()
    try:
        record = read(content)
    except (ReadError, InputError) as error:
        assert error.what  # noqa: PT017
        assert error.cure  # noqa: PT017
    else:
        check(record)
        assert all(np.isfinite(record[name]).all() for name in ("temperature", "relative_mass"))
    assert time.process_time() - start < 2.0
