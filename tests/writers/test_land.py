"""LAND text that the reader takes back."""

from __future__ import annotations

import numpy as np
import pytest

from honeycell.quantities.errors import SchemaError
from honeycell.quantities.record import flags_of, make_record
from honeycell.readers import Source, read_source
from honeycell.writers.land import CHINESE, ENGLISH, Layout, land_text

NAMES = ("test_time", "voltage", "current", "cycle", "step")
COUNTERS = (
    "step_capacity",
    "charge_capacity",
    "discharge_capacity",
    "step_energy",
    "charge_energy",
    "discharge_energy",
)


@pytest.fixture
def variables() -> dict[str, tuple]:
    """Rest, charge and discharge at 0.37 mA, long enough for the hours to pass 24."""
    n, half = 300, 100
    time = np.arange(n) * 431.25
    current = np.repeat([0.0, 3.7e-4, -3.7e-4], half)
    counted = np.abs(current) * 431.25
    charge, discharge = (np.cumsum(np.where(sign * current > 0.0, counted, 0.0)) for sign in (1.0, -1.0))
    voltage = 3.0 + 0.4 * np.sin(time / 3e4)
    step_capacity = np.concatenate([np.cumsum(counted[k : k + half]) for k in (0, half, 2 * half)])
    return {
        "test_time": ("row", time, "s"),
        "voltage": ("row", voltage, "V"),
        "current": ("row", current, "A"),
        "cycle": ("row", np.repeat([1.0, 1.0, 2.0], half), "1"),
        "step": ("row", np.repeat([1.0, 2.0, 3.0], half), "1"),
        "step_capacity": ("row", step_capacity, "A*s"),
        "charge_capacity": ("row", charge, "A*s"),
        "discharge_capacity": ("row", discharge, "A*s"),
        "step_energy": ("row", step_capacity * 3.2, "J"),
        "charge_energy": ("row", charge * 3.2, "J"),
        "discharge_energy": ("row", discharge * 3.2, "J"),
        "active_mass": ((), 2.31e-6, "kg"),
    }


@pytest.mark.parametrize(("layout", "encoding"), [(ENGLISH, "utf-8"), (CHINESE, "utf-8"), (CHINESE, "gbk")])
def test_read_back_is_the_same(variables: dict[str, tuple], layout: Layout, encoding: str) -> None:
    record = make_record("cycling/1", sample="cell, 7\nb", instrument="cycler", variables=variables)
    again = read_source(Source("cell.csv", land_text(record, layout).encode(encoding)))
    assert again.attrs["format"] == "land"
    for name in (*NAMES, *COUNTERS, "active_mass"):
        np.testing.assert_allclose(again[name], record[name], rtol=1e-12, err_msg=name)
    assert [flag.partition(":")[0] for flag in flags_of(again)] == ["mass"]
    assert "nothing was measured" in again.attrs["header"]


def test_the_least_record(variables: dict[str, tuple]) -> None:
    least = {name: variables[name] for name in NAMES}
    record = make_record("cycling/1", sample="a", instrument="cycler", variables=least, origin="measured")
    text = land_text(record)
    assert "simulated" not in text
    again = read_source(Source("cell.csv", text.encode()))
    for name in NAMES:
        np.testing.assert_allclose(again[name], record[name], rtol=1e-12)
    assert "active_mass" not in again
    assert flags_of(again) == []


def test_other_records_are_refused() -> None:
    record = make_record("scalars/1", sample="a", instrument="b", variables={})
    with pytest.raises(SchemaError, match="not a cycling record"):
        land_text(record)
