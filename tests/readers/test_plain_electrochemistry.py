"""Labelled tables of potential, current and time: what they are is told by the labels, and by the potential where labels do not do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from honeycell.quantities.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

E = np.concatenate([np.linspace(2.0, 4.0, 101), np.linspace(4.0, 2.0, 101)[1:]])
I = np.concatenate([np.full(101, 1e-3), np.full(100, -1e-3)])
TIME = np.arange(201) * 20.0


def table(labels: str, *columns: np.ndarray, mark: str = ",", head: str = "", comma: bool = False) -> str:
    lines = [mark.join(f"{cell:.6g}" for cell in row) for row in zip(*columns, strict=True)]
    text = "\n".join(lines)
    return f"{head}{labels}\n{text.replace('.', ',') if comma else text}\n"


SWEEPS = {
    "labels of the house": table("Potential / V,Current / A", E, I),
    "milliampere, brackets": table("E (V)\tI (mA)", E, I * 1e3, mark="\t"),
    "a line of units": table("Potential;Current\nV;mA", E, I * 1e3, mark=";"),
    "decimal commas": table("Potential/V;Current/A", E, I, mark=";", comma=True),
    "blanks": table("Potential/V  Current/A", E, I, mark="  "),
    "time too": table("Time / s,Potential / V,Current / A", TIME, E, I),
    "reversed sign said": table("Potential / V,Current / A", E, -I, head="# cathodic positive\n"),
    "minus in the label": table("Potential / V,-Current / A", E, -I),
    "voltage": table("Voltage / V,Current / uA", E, I * 1e6, head="cell 4\n"),
}


@pytest.mark.parametrize("case", SWEEPS)
def test_sweeps(read_text: Callable[..., xr.Dataset], case: str) -> None:
    record = read_text(SWEEPS[case], "cv.csv")
    assert record.attrs["schema"] == "voltammetry/1"
    assert record.attrs["format"] == "plain_electrochemistry"
    assert record["potential"].values == pytest.approx(E)
    assert record["current"].values == pytest.approx(I)
    assert record["segment"].values.tolist() == [1.0] * 101 + [2.0] * 100


def test_courses_over_time(read_text: Callable[..., xr.Dataset]) -> None:
    current = 1e-3 / np.sqrt(TIME + 1.0)
    record = read_text(table("Time / s,Current / mA", TIME, current * 1e3), "it.csv")
    assert record.attrs["schema"] == "chronoamperometry/1"
    assert record["current"].values == pytest.approx(current, rel=1e-5)
    held = read_text(table("Time / min,Potential / mV,Current / A", TIME / 60.0, 10.0 + 0.0 * TIME, current), "it.csv")
    assert held.attrs["schema"] == "chronoamperometry/1"
    assert held["potential"].values == pytest.approx(0.01)
    assert held["test_time"].values == pytest.approx(TIME, rel=1e-4)
    record = read_text(table("Time / s,Potential / V", TIME, 3.0 + 1e-3 * TIME), "ocp.csv")
    assert record.attrs["schema"] == "chronopotentiometry/1"


def test_a_scan_rate_and_segments_in_columns_are_kept(read_text: Callable[..., xr.Dataset]) -> None:
    segment = np.repeat([1.0, 2.0], [50, 151])
    record = read_text(
        table("Potential / V,Current / A,Segment / 1,Scan Rate / V/s", E, I, segment, 1e-3 + 0 * E), "cv.csv"
    )
    assert np.array_equal(record["segment"].values, segment)
    assert float(record["scan_rate"]) == 1e-3


REFUSED = {
    "no unit": (table("Potential,Current / A", E, I), "without a unit"),
    "shuffled": (
        table("Potential / V,Current / A", *np.random.default_rng(0).permutation(np.array([E, I]).T).T),
        "jump",
    ),
    "times shuffled": (table("Time / s,Current / A", np.random.default_rng(0).permutation(TIME), I), "after"),
    "not told": (table("Time / s,Potential / V,Current / A", TIME, 3.0 + np.sin(TIME / 300.0), I), "held or swept"),
    "constant": (table("Potential / V,Current / A", 3.0 + 0.0 * E, I), "no sweep"),
    "few rows": (table("Potential / V,Current / A", E[:3], I[:3]), "3 rows"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(read_text: Callable[..., xr.Dataset], case: str) -> None:
    content, words = REFUSED[case]
    with pytest.raises(ReadError, match=words) as caught:
        read_text(content, "x.csv")
    assert caught.value.cure


def test_other_tables_are_left_to_their_readers(read_text: Callable[..., xr.Dataset]) -> None:
    cycler = "Test Time / s,Voltage / V,Current / A,Cycle Count / 1\n0,3,0.1,1\n1,3.1,0.1,1\n"
    assert read_text(cycler).attrs["format"] == "bdf"
    spectrum = "Frequency / Hz,Real Impedance / ohm,Imaginary Impedance / ohm,Voltage / V,Current / A\n" + "".join(
        f"{f},1,-1,3,0.1\n" for f in (100, 10, 1)
    )
    assert read_text(spectrum).attrs["format"] == "csv"
