"""CH Instruments texts of every technique that follows a current or a potential, forged in the layout of the 660E."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honeycell.quantities.errors import ReadError
from honeycell.quantities.record import flags_of
from honeycell.readers import Source, read_source
from honeycell.readers.polarity import loop_sense

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

E = np.concatenate([np.arange(3000, 2000, -5), np.arange(2000, 4000, 5), np.arange(4000, 1999, -5)]) / 1000.0
SEGMENT = np.repeat([1.0, 2.0, 3.0], [201, 400, 400])
RISING = np.repeat([-1.0, 1.0, -1.0], [201, 400, 400])
CURRENT = 1e-4 * RISING * (1.0 + 3.0 * np.exp(-(((E - 3.0 - 0.05 * RISING) / 0.08) ** 2)))
CV_SETTINGS = (
    "Init E (V) = 3\nHigh E (V) = 4\nLow E (V) = 2\nInit P/N = N\nScan Rate (V/s) = 0.0005\nSegment = 3\nSample Interval (V) = 0.005\n"
    "Quiet Time (sec) = 2\nSensitivity (A/V) = 0.001\n"
)
RESULTS = (
    "\nResults:\n\nChannel 1:\nSegment 1:\nEp = 2.951V\nip = -3.000e-4A\nAh = -1.234e-4C\n\nSegment 2:\n\nSegment 3:\n"
)
HEAD = "Mar. 10, 2024   12:09:40\n{technique}\nFile: c:\\x.bin\nData Source:  Experiment\nInstrument Model:  CHI660E\nHeader: \nNote: \n\n"


def rows(*columns: np.ndarray, mark: str = ", ", comma: bool = False) -> list[str]:
    forms = [".3f"] + [".4e"] * (len(columns) - 1)
    lines = [[format(cell, form) for cell, form in zip(row, forms, strict=True)] for row in zip(*columns, strict=True)]
    return [mark.join(cell.replace(".", ",") if comma else cell for cell in line) for line in lines]


def text(
    technique: str = "Cyclic Voltammetry",
    labels: str = "Potential/V, Current/A",
    body: list[str] | None = None,
    setting: str = CV_SETTINGS,
    results: str = RESULTS,
) -> str:
    lines = rows(E, CURRENT) if body is None else body
    return HEAD.format(technique=technique) + setting + results + f"\n{labels}\n\n" + "\n".join(lines) + "\n"


def read(content: str | bytes, name: str = "cell.txt", technique: str | None = None) -> xr.Dataset:
    return read_source(Source(name, content.encode() if isinstance(content, str) else content), technique)


def assert_cv(record: xr.Dataset) -> None:
    assert record.attrs["schema"] == "voltammetry/1"
    assert record.attrs["format"] == "chi"
    assert record["potential"].values == pytest.approx(E, abs=1e-9)
    assert record["current"].values == pytest.approx(CURRENT, rel=1e-3)
    assert np.array_equal(record["segment"].values, SEGMENT)
    assert float(record["scan_rate"]) == 5e-4


def test_a_cyclic_voltammogram() -> None:
    record = read(text())
    assert_cv(record)
    attributes = record.attrs
    assert (attributes["initial_potential_V"], attributes["high_potential_V"], attributes["low_potential_V"]) == (
        3.0,
        4.0,
        2.0,
    )
    assert attributes["sample_interval_V"] == 0.005
    assert attributes["instrument"] == "CHI660E"
    assert attributes["measured_on"] == "Mar. 10, 2024   12:09:40"
    assert "Ep = 2.951V" in attributes["header"]
    assert json.loads(attributes["raw_columns"]) == ["Potential/V", "Current/A"]
    assert flags_of(record) == []


VARIANTS = {
    "tabs": text(labels="Potential/V\tCurrent/A", body=rows(E, CURRENT, mark="\t")),
    "decimal commas, tabs": text(
        labels="Potential/V\tCurrent/A",
        body=rows(E, CURRENT, mark="\t", comma=True),
        setting=CV_SETTINGS.replace(".", ","),
    ),
    "decimal commas, semicolons": text(labels="Potential/V;Current/A", body=rows(E, CURRENT, mark=";", comma=True)),
    "decimal commas, commas": text(body=rows(E, CURRENT, comma=True), setting=CV_SETTINGS.replace("0.0", "0,0")),
    "without head": CV_SETTINGS + "\nPotential/V\tCurrent/A\n\n" + "\n".join(rows(E, CURRENT, mark="\t")),
    "other order": text(
        labels="Current/A, Potential/V", body=[", ".join(reversed(r.split(", "))) for r in rows(E, CURRENT)]
    ),
    "line ends": text().replace("\n", "\r\n"),
}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_variants_of_the_text(variant: str, encoding: str) -> None:
    assert_cv(read(VARIANTS[variant].encode(encoding)))


def test_segments_of_their_own_with_charge_and_time() -> None:
    charge, time = np.cumsum(CURRENT) * 10.0, np.arange(E.size) * 10.0
    lines = rows(E, CURRENT, charge, time)
    edges = [0, 201, 601, 1001]
    body = [line for n in range(3) for line in ["", f"Segment {n + 1}:", *lines[edges[n] : edges[n + 1]]]]
    record = read(text(labels="Potential/V, Current/A, Charge/C, Time/s", body=body))
    assert_cv(record)
    assert record["test_time"].values == pytest.approx(time)
    assert record["raw"].shape == (1001, 4)
    restarted = [*lines[:201], "Segment 2:", *rows(E[201:], CURRENT[201:], charge[201:], time[201:] - 2010.0)]
    record = read(text(labels="Potential/V, Current/A, Charge/C, Time/s", body=restarted))
    assert record["test_time"].values[-1] == pytest.approx(time[-1], abs=10.0)
    assert any(flag.startswith("time: begins anew") for flag in flags_of(record))
    assert any(flag.startswith("incomplete: the file declares 3 segments and holds 2") for flag in flags_of(record))


def test_cathodic_currents_positive_are_turned_and_said() -> None:
    record = read(text(body=rows(E, -CURRENT)))
    assert record["current"].values == pytest.approx(CURRENT, rel=1e-3)
    assert record.attrs["file_current_sign"] == "cathodic positive"
    assert record["raw"].values[:, 1] == pytest.approx(-CURRENT, rel=1e-3)
    assert any(
        "cathodic currents are positive in the file (by the sense of the loop)" in flag for flag in flags_of(record)
    )


def test_a_loop_that_runs_backwards_while_the_current_rises_proves_nothing() -> None:
    """Dissolution once a film has broken: the way back carries more current, and anodic currents stay anodic."""
    rising = (E - 3.0) * 1e-3
    record = read(text(body=rows(E, rising - CURRENT)))
    assert record.attrs["file_current_sign"] == "not stated"
    assert record["current"].values == pytest.approx(rising - CURRENT, rel=1e-2, abs=1e-8)
    assert any(flag.startswith("current_sign: the file does not say") for flag in flags_of(record))


@settings(max_examples=50)
@given(st.floats(1e-9, 1e3), st.floats(-5.0, 5.0), st.booleans())
def test_the_sense_of_a_loop_is_that_of_its_sign_whatever_the_units(scale: float, shift: float, turned: bool) -> None:
    sign = -1.0 if turned else 1.0
    sense = loop_sense(E + shift, sign * scale * CURRENT, SEGMENT)
    assert sense == pytest.approx(sign, abs=0.05)


def test_a_linear_sweep() -> None:
    setting = (
        "Init E (V) = 0\nFinal E (V) = -1\nScan Rate (V/s) = 0.01\nSample Interval (V) = 0.01\nQuiet Time (sec) = 2\n"
    )
    potential = np.linspace(0.0, -1.0, 101)
    record = read(text("Linear Sweep Voltammetry", body=rows(potential, 1e-3 * potential), setting=setting, results=""))
    assert record.attrs["schema"] == "voltammetry/1"
    assert np.unique(record["segment"].values).tolist() == [1.0]
    assert record.attrs["final_potential_V"] == -1.0
    assert record.attrs["current_sign_by"] == "by the current's rise with the potential"


TIME = np.arange(1, 101) * 0.1


@pytest.mark.parametrize("technique", ["Amperometric i-t Curve", "Chronoamperometry", "Multi-Potential Steps"])
def test_a_current_over_time(technique: str) -> None:
    setting = "Init E (V) = 0.01\nSample Interval (s) = 0.1\nRun Time (sec) = 10\nQuiet Time (sec) = 0\n"
    current = 1e-5 / np.sqrt(TIME)
    record = read(text(technique, "Time/sec, Current/A", rows(TIME, current), setting, ""), technique="transference")
    assert record.attrs["schema"] == "chronoamperometry/1"
    assert record["current"].values == pytest.approx(current, rel=1e-3)
    assert record["test_time"].values == pytest.approx(TIME)
    assert record.attrs["initial_potential_V"] == 0.01
    assert record.attrs["run_time_s"] == 10.0


def test_potentials_over_time() -> None:
    setting = "Run Time (sec) = 10\nSample Interval (s) = 0.1\n"
    potential = 3.0 + 0.01 * TIME
    record = read(text("Open Circuit Potential - Time", "Time/sec, Potential/V", rows(TIME, potential), setting, ""))
    assert record.attrs["schema"] == "chronopotentiometry/1"
    assert record["potential"].values == pytest.approx(potential, rel=1e-4)
    setting = (
        "Cathodic Current (A) = 0.025\nAnodic Current (A) = 0.025\nHigh E Limit (V) = 1.08\nInit P/N = N\nSegment = 2\n"
    )
    record = read(text("Chronopotentiometry", "Time/sec, Potential/V", rows(TIME, potential), setting, ""))
    assert record.attrs["schema"] == "chronopotentiometry/1"
    assert record.attrs["cathodic_current_A"] == record.attrs["anodic_current_A"] == 0.025
    assert "current" not in record
    assert any(flag.startswith("current: not in the table") for flag in flags_of(record))


REFUSED = {
    "pulse": (text("Differential Pulse Voltammetry"), "neither a sweep nor a course"),
    "other": (text("Cyclic Voltammetry", "Time/sec, Potential/V", rows(TIME, TIME)), "lack current"),
    "shuffled": (text(body=np.random.default_rng(1).permutation(rows(E, CURRENT)).tolist()), "jump to and fro"),
    "cut in a row": (text()[:-14], "columns where 2 are named"),
    "no rows": (text(body=[]), "holds no rows"),
    "no table": (text().partition("Potential/V")[0], "without a table"),
    "not a number": (text().replace("2.995, ", "2.995, nan"), "not a finite number"),
    "of another unit": (text(body=rows(E * 1e7, CURRENT)), "beyond any instrument"),
    "backwards": (
        text("Amperometric i-t Curve", "Time/sec, Current/A", rows(TIME[::-1], TIME), "Run Time (sec) = 10\n", ""),
        "after",
    ),
    "shuffled times": (
        text(
            "Amperometric i-t Curve",
            "Time/sec, Current/A",
            rows(np.random.default_rng(0).permutation(TIME), TIME),
            "",
            "",
        ),
        "must stand in the order",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused_with_place_and_cure(case: str) -> None:
    content, words = REFUSED[case]
    with pytest.raises(ReadError, match=words) as caught:
        read(content)
    assert caught.value.where.startswith("cell.txt")
    assert caught.value.cure


CHANGE = st.tuples(st.floats(0.0, 1.0), st.integers(0, 3), st.binary(min_size=1, max_size=40))


@settings(max_examples=60)
@given(st.lists(CHANGE, min_size=1, max_size=4), st.sampled_from(["tabs", "decimal commas, commas", "other order"]))
def test_damaged_texts(sound_or_refused: Callable[..., None], changes: list, variant: str) -> None:
    sound_or_refused("x.txt", VARIANTS[variant].encode(), changes)
