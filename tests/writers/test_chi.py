"""A spectrum written as CHI text and read back is the same spectrum, to the last digit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honeycell.quantities.errors import SchemaError
from honeycell.quantities.record import make_record
from honeycell.readers import Source, read_source
from honeycell.writers.chi import chi_impedance_text

if TYPE_CHECKING:
    import xarray as xr

NAMES = ("frequency", "real_impedance", "imaginary_impedance")


def record(f: list[float], real: list[float], imaginary: list[float], **given: str) -> xr.Dataset:
    return make_record(
        "impedance/1",
        sample=given.get("sample", "cell 3"),
        instrument=given.get("instrument", "impedance_analyser"),
        origin=given.get("origin", "simulated"),
        coordinates={"frequency": ("frequency", f, "Hz")},
        variables={
            "real_impedance": ("frequency", real, "ohm"),
            "imaginary_impedance": ("frequency", imaginary, "ohm"),
        },
        attributes={"amplitude_V": 0.005},
    )


def back(written: xr.Dataset) -> xr.Dataset:
    found = read_source(Source("cell.txt", chi_impedance_text(written).encode()))
    assert found.attrs["format"] == "chi"
    return found


numbers = st.floats(-1e12, 1e12, allow_subnormal=False)
positive = st.floats(1e-9, 1e12)  # an impedance of zero is refused


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(1e-6, 1e9), min_size=3, max_size=12, unique=True).flatmap(
        lambda f: st.tuples(
            st.just(f), *(st.lists(part, min_size=len(f), max_size=len(f)) for part in (positive, numbers))
        )
    )
)
def test_read_back_it_is_the_same(columns: tuple[list[float], list[float], list[float]]) -> None:
    written = record(*columns)
    found = back(written)
    order = np.argsort(-written["frequency"].values)
    for name in NAMES:
        assert np.array_equal(found[name].values, written[name].values[order])
    assert found.attrs["amplitude_V"] == 0.005


def test_it_says_that_it_is_simulated_only_when_it_is() -> None:
    columns = ([3.0, 2.0, 1.0], [1.0] * 3, [-1.0] * 3)
    text = chi_impedance_text(record(*columns))
    assert "Data Source:  Simulation, not an experiment" in text
    assert "simulated" in back(record(*columns)).attrs["instrument"]
    text = chi_impedance_text(record(*columns, origin="measured", instrument="CHI660E"))
    assert "simul" not in text.lower()
    assert "Instrument Model:  CHI660E\n" in text


def test_a_name_with_line_breaks_cannot_break_the_layout() -> None:
    found = back(record([3.0, 2.0, 1.0], [1.0] * 3, [-1.0] * 3, sample="x\nFreq/Hz, Z'/ohm, Z\"/ohm\n1, 2, 3"))
    assert found.sizes["frequency"] == 3


def test_another_record_is_refused() -> None:
    with pytest.raises(SchemaError, match="not an impedance spectrum"):
        chi_impedance_text(make_record("scalars/1", sample="x", instrument="forged", variables={}))
