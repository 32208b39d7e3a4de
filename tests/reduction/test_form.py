"""Results keep their meaning on the way to JSON."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeycell.analysis.result import Estimate
from honeycell.plot.wording import SCALES, display_unit, rounded, rounded_interval, shown_as
from honeycell.quantities.units import conversion
from honeycell.reduction.form import json_line, plain, printable, quantity_object

IMPEDANCE = {
    "series_resistance": ("ohm", "ohm", 1.0),
    "arc_1_resistance": ("ohm", "ohm", 1.0),
    "arc_1_capacitance": ("F", "F", 1.0),
    "arc_1_exponent": ("1", "1", 1.0),
    "arc_1_time_constant": ("s", "s", 1.0),
    "arc_2_resistance": ("ohm", "ohm", 1.0),
    "arc_12_resistance": ("ohm", "ohm", 1.0),
    "warburg_coefficient": ("ohm/s**0.5", "ohm s^-1/2", 1.0),
    "conductivity": ("S/m", "S/cm", 0.01),
    "kramers_kronig_residual": ("1", "%", 100.0),
}


@pytest.mark.parametrize("name", IMPEDANCE)
def test_every_quantity_of_a_spectrum_has_its_unit(name: str) -> None:
    si, unit, factor = IMPEDANCE[name]
    found = quantity_object(Estimate(name, 2.0, si, 0.1, (1.8, 2.2), "m", ("f",)))
    assert set(found) == {"name", "value", "unit", "standard_error", "interval_95", "method", "flags"}
    assert found["unit"] == unit
    assert found["value"] == pytest.approx(2.0 * factor)
    assert found["standard_error"] == pytest.approx(0.1 * factor)
    assert found["interval_95"] == pytest.approx([1.8 * factor, 2.2 * factor])
    assert (found["name"], found["method"], found["flags"]) == (name, "m", ["f"])


@pytest.mark.parametrize("unit", [unit for unit in SCALES if unit != "ohm s^-1/2"])
def test_the_written_factors_are_those_of_the_unit_registry(unit: str) -> None:
    si, scale, offset = SCALES[unit]
    true_scale, true_offset, dimension = conversion(unit)
    si_scale, _, si_dimension = conversion(si)
    assert (scale * si_scale, offset) == pytest.approx((true_scale, true_offset))
    assert dimension == si_dimension


def test_the_warburg_coefficient_is_written_as_the_field_does() -> None:
    for written in ("ohm*s**-0.5", "ohm/s**0.5"):
        assert shown_as(Estimate("warburg_coefficient", 12.0, written))[:2] == (12.0, "ohm s^-1/2")


@given(st.floats(-1e9, 1e9), st.sampled_from(("degC", "K")))
def test_an_offset_moves_the_value_but_not_its_error(value: float, unit: str) -> None:
    found, shown, error, _ = shown_as(Estimate("onset_temperature", value, unit, 2.0))
    assert shown == "degC"
    assert found == pytest.approx(value - (273.15 if unit == "K" else 0.0), abs=1e-6)
    assert error == pytest.approx(2.0)


def test_a_unit_of_another_dimension_is_never_relabelled() -> None:
    for unit in ("s**0.9/ohm", "V", "no unit at all"):
        assert shown_as(Estimate("series_resistance", 3.0, unit))[:2] == (3.0, unit)
    assert display_unit("anything_else", "mbar") == "mbar"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner),
    max_leaves=12,
)


@given(VALUES)
def test_anything_becomes_plain_finite_json_on_one_line(content: object) -> None:
    line = json_line({"content": plain(content)})
    assert line.splitlines() == [line]
    assert line.encode("utf-8")
    assert json.loads(line)["content"] == plain(content)


def test_arrays_and_missing_numbers_become_lists_and_null() -> None:
    assert plain({"a": np.array([1.0, np.nan]), "b": np.float64(2.0), "c": math.inf, "d": np.int64(3), 5: True}) == {
        "a": [1.0, None],
        "b": 2.0,
        "c": None,
        "d": 3,
        "5": True,
    }


def test_a_name_that_is_not_text_can_be_printed() -> None:
    for name in ("caf\udce9.txt", "\ud800"):
        assert printable(name).encode("utf-8")
        assert json_line({"file": name}).encode("utf-8")
    assert json.loads(json_line({"a": "x\u2028y"})) == {"a": "x\u2028y"}
    assert printable("Zürich Ω.txt") == "Zürich Ω.txt"


@given(st.floats(1e-12, 1e12), st.floats(1e-5, 0.5))
def test_the_shown_digits_lie_well_inside_the_interval(value: float, relative: float) -> None:
    interval = (value * (1.0 - relative), value * (1.0 + relative))
    assert float(rounded(value, interval)) == pytest.approx(value, abs=0.1 * relative * value)
    low, high = (float(end) for end in rounded_interval(interval, value).split(" to "))
    assert (low, high) == pytest.approx(interval, abs=0.1 * relative * value)
