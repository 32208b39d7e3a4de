"""A sweep or a course over time written as CHI text and read back is the same record, to the last digit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honeycell.quantities.errors import SchemaError
from honeycell.quantities.record import flags_of, make_record
from honeycell.readers import Source, read_source
from honeycell.writers.chi_series import chi_current_text, chi_potential_text, chi_voltammetry_text

if TYPE_CHECKING:
    import xarray as xr

WRITERS = {
    "voltammetry/1": chi_voltammetry_text,
    "chronoamperometry/1": chi_current_text,
    "chronopotentiometry/1": chi_potential_text,
}


def record(schema: str, columns: dict[str, tuple[np.ndarray, str]], **more: float) -> xr.Dataset:
    variables: dict = {name: ("row", values, unit) for name, (values, unit) in columns.items()}
    if "scan_rate" in more:
        variables["scan_rate"] = ((), more.pop("scan_rate"), "V/s")
    return make_record(schema, sample="cell 3", instrument="potentiostat", variables=variables, attributes=more)


def sweep(rows: int, segments: int, seed: int, time: bool = False) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    turns = [np.linspace(2.0, 4.0, rows)[:: 1 if n % 2 == 0 else -1] for n in range(segments)]
    columns = {
        "potential": (np.concatenate(turns) + 1e-6 * rng.standard_normal(rows * segments), "V"),
        "current": (1e-4 * rng.standard_normal(rows * segments), "A"),
        "segment": (np.repeat(np.arange(1.0, segments + 1.0), rows), "1"),
    }
    if time:
        columns["test_time"] = (np.cumsum(rng.random(rows * segments)), "s")
    return record("voltammetry/1", columns, scan_rate=1e-4 * (seed + 1), initial_potential_V=2.0)


def back(written: xr.Dataset) -> xr.Dataset:
    schema = written.attrs["schema"]
    found = read_source(Source("cell.txt", WRITERS[schema](written).encode()))
    assert found.attrs["format"] == "chi"
    assert found.attrs["schema"] == schema
    assert "simulated" in found.attrs["instrument"]
    return found


def assert_same(written: xr.Dataset, found: xr.Dataset) -> None:
    for name, variable in written.data_vars.items():
        assert np.array_equal(found[name].values, variable.values), name


@settings(max_examples=30)
@given(st.integers(8, 40), st.integers(2, 5), st.integers(0, 10**6), st.booleans())
def test_a_sweep(rows: int, segments: int, seed: int, time: bool) -> None:
    written = sweep(rows, segments, seed, time)
    found = back(written)
    assert_same(written, found)
    assert found.attrs["current_sign_by"] == "as the file says"
    assert not [flag for flag in flags_of(found) if flag.startswith("current_sign")]
    assert found.attrs["initial_potential_V"] == 2.0


def test_a_linear_sweep() -> None:
    written = sweep(30, 1, 4)
    assert "Linear Sweep Voltammetry" in chi_voltammetry_text(written)
    assert_same(written, back(written))


@settings(max_examples=30)
@given(st.integers(2, 60), st.integers(0, 10**6))
def test_courses_over_time(rows: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    time = (np.cumsum(rng.random(rows)), "s")
    current = record("chronoamperometry/1", {"test_time": time, "current": (rng.standard_normal(rows) * 1e-5, "A")})
    assert_same(current, back(current))
    rest = record("chronopotentiometry/1", {"test_time": time, "potential": (3.0 + rng.standard_normal(rows), "V")})
    assert_same(rest, back(rest))


def test_what_the_layout_cannot_show_is_refused() -> None:
    with pytest.raises(SchemaError, match="not voltammetry/1"):
        chi_voltammetry_text(make_record("scalars/1", sample="x", instrument="forged", variables={}))
    written = sweep(5, 2, 0)
    written["segment"] = written["segment"][::-1]
    with pytest.raises(SchemaError, match="segments"):
        chi_voltammetry_text(written)
    time = (np.arange(3.0), "s")
    flowing = {"test_time": time, "potential": (np.arange(3.0), "V"), "current": (np.ones(3), "A")}
    with pytest.raises(SchemaError, match="current flows"):
        chi_potential_text(record("chronopotentiometry/1", flowing))
    with pytest.raises(SchemaError, match="potential changes"):
        chi_current_text(record("chronoamperometry/1", flowing))
