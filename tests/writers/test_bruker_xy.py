"""EVA text is read back to the record it was written from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from honeycell.quantities.errors import SchemaError
from honeycell.quantities.record import make_record
from honeycell.readers import Source, read_source
from honeycell.writers.bruker_xy import bruker_xy_text

if TYPE_CHECKING:
    import xarray as xr

UNITS = ("counts", "cps", "unknown")


def pattern(unit: str = "counts") -> xr.Dataset:
    """A simulated pattern, counted."""
    rng = np.random.default_rng(3)
    angle = np.deg2rad(5.0 + 0.02 * np.arange(500))
    intensity = rng.poisson(30.0, 500).astype(float) / (1.0 if unit == "counts" else 7.0)
    error = np.sqrt(np.maximum(intensity, 1.0)) if unit == "counts" else np.sqrt(intensity / 7.0)
    return make_record(
        "diffraction/1",
        sample='half-charged "PBA"',
        instrument="diffractometer",
        coordinates={"two_theta": ("two_theta", angle, "rad")},
        variables={
            "intensity": ("two_theta", intensity, "1"),
            "intensity_standard_error": ("two_theta", error, "1"),
            "wavelength": ((), 1.5406e-10, "m"),
            "time_per_step": ((), 0.3, "s"),
        },
        attributes={"intensity_unit": unit, "anode": "Cu"},
    )


@pytest.mark.parametrize("unit", UNITS)
def test_the_reader_gives_the_record_back(unit: str) -> None:
    record = pattern(unit)
    back = read_source(Source("a.xy", bruker_xy_text(record).encode()))
    for name in ("two_theta", "intensity", "intensity_standard_error", "wavelength", "time_per_step"):
        assert np.array_equal(back[name].values, record[name].values), name
    assert back.attrs["intensity_unit"] == unit
    assert back.attrs["anode"] == "Cu"
    assert back.attrs["sample"] == "half-charged 'PBA'"
    assert "flags" not in back.attrs
    again = read_source(Source("a.xy", bruker_xy_text(back).encode()))
    assert np.array_equal(again["two_theta"], back["two_theta"])


def test_any_angle_comes_back_within_one_unit_of_its_last_place() -> None:
    angle = np.sort(np.random.default_rng(1).uniform(0.1, 3.0, 2000))

    record = make_record(
        "diffraction/1",
        sample="a",
        instrument="b",
        coordinates={"two_theta": ("two_theta", angle, "rad")},
        variables={"intensity": ("two_theta", np.ones(angle.size), "1")},
    )
    back = read_source(Source("a.xy", bruker_xy_text(record).encode()))
    assert np.all(np.abs(back["two_theta"].values - angle) <= np.spacing(angle))


def test_counts_have_two_columns_and_rates_three() -> None:
    for unit, count in (("counts", 2), ("cps", 3)):
        rows = bruker_xy_text(pattern(unit)).splitlines()[1:]
        assert {len(row.split()) for row in rows} == {count}


def test_angles_are_written_as_they_were_set() -> None:
    assert [row.split()[0] for row in bruker_xy_text(pattern()).splitlines()[1:4]] == ["5", "5.02", "5.04"]


def test_a_simulated_pattern_says_so() -> None:
    first = bruker_xy_text(pattern()).splitlines()[0]
    assert first.startswith("'Id: \"half-charged 'PBA'\"")
    assert "nothing was measured" in first


def test_what_the_record_lacks_is_not_made_up() -> None:
    record = pattern().drop_vars(["wavelength", "time_per_step"])
    del record.attrs["intensity_unit"]
    back = read_source(Source("a.xy", bruker_xy_text(record).encode()))
    assert "wavelength" not in back
    assert "time_per_step" not in back
    assert back.attrs["intensity_unit"] == "unknown"
    assert json.loads(back.attrs["raw_columns"])[2] == "standard error"


def test_other_records_are_refused() -> None:
    record = make_record("scalars/1", sample="a", instrument="b", variables={})
    with pytest.raises(SchemaError, match="not a powder pattern"):
        bruker_xy_text(record)
