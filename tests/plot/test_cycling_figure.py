"""The figure of a charge-discharge record, for one cycle and for a thousand, for few rows and for odd numbers."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest

from honeycell.analysis import reduce
from honeycell.plot import figure_reduction, svg
from honeycell.plot.style import HJ_COLOUR
from honeycell.quantities.record import make_record
from honeycell.quantities.value import Value


def record(cycles: int, rows: int = 60, first: float = 1.0) -> Any:
    """Cycles of 98.5 to 99.5 %; the first discharge delivers ``first`` times as much as the others."""
    parts = []
    start = 0.0
    rng = np.random.default_rng(0)
    for cycle in range(cycles):
        for sign in (1.0, -1.0):
            amount = 0.36 if sign > 0 else 0.36 * rng.normal(0.99, 1e-3) * (first if cycle == 0 else 1.0)
            t = np.linspace(0.0, amount / 1e-4, rows)
            V = np.interp(t / t[-1], [0.0, 0.1, 0.5, 0.6, 0.9, 1.0], [2.5, 2.9, 3.0, 3.4, 3.5, 4.0])[:: int(sign)]
            parts.append((start + t, V, np.full(rows, sign * 1e-4), np.full(rows, cycle + 1.0), np.full(rows, sign)))
            start += t[-1]
    columns = (np.concatenate(each) for each in zip(*parts, strict=True))
    names = {"test_time": "s", "voltage": "V", "current": "A", "cycle": "1", "step": "1"}
    variables = {name: ("row", values, unit) for (name, unit), values in zip(names.items(), columns, strict=True)}
    return make_record("cycling/1", sample="HJ", instrument="x", origin="measured", variables=variables)


def drawn(made: Any, **settings: Any) -> tuple[str, Any]:
    figure = figure_reduction(made, reduce(made, {"electrode_role": Value("positive"), **settings}))
    assert figure is not None
    text = svg(figure, "cycling")
    ET.fromstring(text)
    return text, figure


def test_many_cycles_have_capacity_efficiency_curves_and_dqdv() -> None:
    text, figure = drawn(record(6), mass=Value(1e-6))
    for word in (
        "Specific capacity (mAh g⁻¹)",
        "Coulombic efficiency (%)",
        "Voltage (V)",
        "dQ/dV (mAh g⁻¹ V⁻¹)",
        "Cycle",
        "HJ",
    ):
        assert word in text, word
    assert HJ_COLOUR.lower() in text.lower()
    assert len(figure.axes) == 4


def test_one_cycle_has_no_panel_over_cycles() -> None:
    text, figure = drawn(record(1))
    assert len(figure.axes) == 2
    assert "Capacity (mAh)" in text
    assert "Coulombic efficiency (%)" not in text


@pytest.mark.parametrize("cycles", [8, 100])
def test_an_efficiency_far_off_is_marked_with_its_number_and_not_cut(cycles: int) -> None:
    text, figure = drawn(record(cycles, rows=30, first=1.3))
    twin = next(axes for axes in figure.axes if "efficiency" in axes.get_ylabel())
    assert "cycle 1: 12" in text
    assert "130" not in twin.get_yticklabels()
    low, high = twin.get_ylim()
    inside = sum(
        np.sum((line.get_ydata() >= low) & (line.get_ydata() <= high))
        for line in twin.get_lines()
        if len(line.get_ydata()) != 2
    )
    assert inside >= cycles
    assert high < 101.0


def test_few_rows_say_why_there_is_no_dqdv() -> None:
    text, _ = drawn(record(4, rows=5))
    assert "no dQ/dV" in text


def test_half_a_cycle_is_drawn() -> None:
    drawn(record(1).isel(row=slice(0, 60)))


def test_without_a_role_there_is_no_efficiency() -> None:
    made = record(5)
    figure = figure_reduction(made, reduce(made))
    assert figure is not None
    assert "electrode_role" in svg(figure, "x")
    assert len(figure.axes) == 3


@pytest.mark.slow
def test_a_thousand_cycles_are_drawn() -> None:
    text, _ = drawn(record(1000, rows=30))
    assert len(text) < 3_000_000
