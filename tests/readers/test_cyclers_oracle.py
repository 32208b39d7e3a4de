"""Other packages read what we write, and find in cyclers' files what we find."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np
import pytest

from honeycell.quantities.record import make_record
from honeycell.readers import read
from honeycell.writers.bdf import bdf_parquet, bdf_text
from honeycell.writers.land import land_text

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]
NAMES = {"test_time": "Test Time / s", "voltage": "Voltage / V", "current": "Current / A", "cycle": "Cycle Count / 1"}


def record() -> xr.Dataset:
    time = np.arange(0.0, 600.0, 10.0)
    current = np.where(time < 300.0, 1e-3, -1e-3)
    data = {
        "test_time": (time, "s"),
        "voltage": (3.0 + 1e-3 * np.minimum(time, 600.0 - time), "V"),
        "current": (current, "A"),
        "cycle": (np.ones(time.size), "1"),
        "step": (np.where(time < 300.0, 1.0, 2.0), "1"),
        "step_capacity": (np.abs(current) * (time % 300.0), "A*s"),
    }
    variables = {name: ("row", values, unit) for name, (values, unit) in data.items()}
    return make_record("cycling/1", sample="x", instrument="forged", variables=variables)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_batterydf_takes_our_tables(tmp_path: Path, kind: str) -> None:
    bdf = import_module("bdf")
    path = tmp_path / f"x.bdf.{kind}"
    path.write_bytes(bdf_text(record()).encode() if kind == "csv" else bdf_parquet(record()))
    found = bdf.read(str(path))
    assert bdf.validate(found, report=True, raise_on_error=False)["ok"]
    for name, label in NAMES.items():
        np.testing.assert_array_equal(found[label], record()[name])


def test_pandas_reads_the_same_numbers_from_a_land_table(tmp_path: Path) -> None:
    pandas = import_module("pandas")
    path = tmp_path / "x.csv"
    path.write_text(land_text(record()), encoding="utf-8")
    ours = read(path)
    theirs = pandas.read_csv(path, skiprows=ours.attrs["header"].count("\n") + 1)
    np.testing.assert_allclose(ours["current"], theirs["Current/mA"] * 1e-3, rtol=1e-12)
    np.testing.assert_allclose(ours["step_capacity"], theirs["Capacity/mAh"] * 3.6, rtol=1e-12)
