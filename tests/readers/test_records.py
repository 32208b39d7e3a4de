"""What our writers write is read back: CHI text, Battery Data Format tables, NetCDF records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from honeycell.quantities.errors import ReadError
from honeycell.quantities.record import flags_of, make_record
from honeycell.readers import read
from honeycell.runs.folder import RunFolder
from honeycell.writers.bdf import bdf_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import xarray as xr

CYCLING = {"test_time": "s", "voltage": "V", "current": "A", "cycle": "1", "step": "1"}


def cycling() -> xr.Dataset:
    rng = np.random.default_rng(2)
    data = {name: ("row", rng.standard_normal(30), unit) for name, unit in CYCLING.items()}
    data["test_time"] = ("row", np.sort(data["test_time"][1]), "s")
    return make_record("cycling/1", sample="x", instrument="galvanostat", variables=data)


def netcdf(record: xr.Dataset, folder: Path) -> Path:
    with RunFolder.open(folder / "run", {}) as run:
        run.write_record("records/x.nc", record)
    return folder / "run" / "records" / "x.nc"


def test_impedance_table(read_text: Callable[..., xr.Dataset], spectrum: xr.Dataset) -> None:
    found = read_text(bdf_text(spectrum))
    for name in ("frequency", "real_impedance", "imaginary_impedance"):
        assert np.array_equal(found[name].values, spectrum[name].values)


def test_cycling_table(read_text: Callable[..., xr.Dataset]) -> None:
    found = read_text(bdf_text(cycling()), technique="cycling")
    assert found.attrs["schema"] == "cycling/1"
    for name in CYCLING:
        assert np.array_equal(found[name].values, cycling()[name].values)


def test_cycling_in_other_units_and_without_steps(read_text: Callable[..., xr.Dataset]) -> None:
    text = "test_time_hour;Voltage / mV;Current / mA;cycle_count\n0;3000;1;1\n1;3100;1;1\n2;2900;-1;1\n3;2800;-1;2\n"
    found = read_text(text)
    assert found["test_time"].values.tolist() == [0.0, 3600.0, 7200.0, 10800.0]
    assert found["voltage"].values == pytest.approx([3.0, 3.1, 2.9, 2.8])
    assert found["current"].values == pytest.approx([1e-3, 1e-3, -1e-3, -1e-3])
    assert found["step"].values.tolist() == [1.0, 1.0, 2.0, 3.0]
    assert [flag.partition(":")[0] for flag in flags_of(found)] == ["step"]


def test_cycling_without_a_cycle_count_is_flagged(read_text: Callable[..., xr.Dataset]) -> None:
    found = read_text("Test Time / s,Voltage / V,Current / A\n0,1,1\n1,1,-1\n")
    assert found["cycle"].values.tolist() == [1.0, 1.0]
    assert "cycle: no column counts the cycles; all rows are taken as cycle 1" in flags_of(found)


@pytest.mark.parametrize("kind", ["impedance", "cycling"])
def test_netcdf_record(tmp_path: Path, spectrum: xr.Dataset, kind: str) -> None:
    record = spectrum if kind == "impedance" else cycling()
    found = read(netcdf(record, tmp_path), kind)
    assert found.equals(record)
    assert found.attrs["origin"] == "simulated"
    assert found.attrs["format"] == "netcdf"


def test_a_record_of_a_file_survives_netcdf(tmp_path: Path, data: Path) -> None:
    record = read(data / "exampleDataGamry.DTA")
    found = read(netcdf(record, tmp_path))
    assert found.equals(record)
    assert found.attrs["header"] == record.attrs["header"]
    assert found.attrs["earlier_file_sha256"] == record.attrs["file_sha256"]


def test_a_long_header_is_cut_to_what_netcdf_holds(tmp_path: Path, read_text: Callable[..., xr.Dataset]) -> None:
    long = "µ note\n" * 20 + ("é" * 900 + "\n") * 100
    record = read_text(long + "f/Hz,Zre,Zim\n1,1,1\n2,1,1\n3,1,1\n")
    assert record.attrs["header"].startswith("µ note")
    assert "more characters" in record.attrs["header"]
    assert read(netcdf(record, tmp_path)).equals(record)


@pytest.mark.parametrize("fault", ["nan", "zero", "twice"])
def test_a_netcdf_record_with_impossible_numbers_is_refused(tmp_path: Path, spectrum: xr.Dataset, fault: str) -> None:
    f = spectrum["frequency"].values.copy()
    if fault == "nan":
        spectrum = spectrum.assign(real_impedance=spectrum["real_impedance"] * np.nan)
    else:
        f[-1] = 0.0 if fault == "zero" else f[0]
        spectrum = spectrum.assign_coords(frequency=("frequency", f, {"units": "Hz"}))
    spectrum["real_impedance"].attrs["units"] = "ohm"
    with pytest.raises(ReadError, match=r"finite|not positive"):
        read(netcdf(spectrum, tmp_path))
