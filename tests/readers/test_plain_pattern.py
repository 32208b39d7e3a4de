"""Patterns as plain tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honeycell.quantities.errors import InputError, ReadError

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

CHANGES = st.lists(
    st.tuples(
        st.floats(0.0, 1.0),
        st.integers(0, 3),
        st.binary(min_size=1, max_size=8) | st.sampled_from([b",", b"\n", b"nan", b"2theta,I\n", b"-", b"1e999", b"'"]),
    ),
    min_size=1,
    max_size=4,
)
ROWS = "10.0,4\n10.1,9\n10.2,16\n10.3,25\n"


def degrees(record: xr.Dataset) -> np.ndarray:
    return np.rad2deg(record["two_theta"].values)


@pytest.mark.parametrize(
    ("labels", "unit"),
    [
        ("2theta / degree,Intensity / counts", "counts"),
        ("2Theta (deg),Counts", "counts"),
        ("2\u03b8 [\u00b0],Intensity (cps)", "cps"),
        ("2-Theta / deg,Intensity / a.u.", "unknown"),
        ("two_theta_deg,intensity", "unknown"),
        ("2theta,I", "unknown"),
        ("TwoTheta (degrees),Intensity (counts/s)", "cps"),
    ],
)
def test_labels(labels: str, unit: str, read_text: Callable[..., xr.Dataset]) -> None:
    record = read_text(f"{labels}\n{ROWS}")
    assert record.attrs["format"] == "pattern_table"
    assert degrees(record) == pytest.approx([10.0, 10.1, 10.2, 10.3])
    assert record["intensity"].values.tolist() == [4.0, 9.0, 16.0, 25.0]
    assert record.attrs["intensity_unit"] == unit
    if unit == "counts":
        assert record["intensity_standard_error"].values.tolist() == [2.0, 3.0, 4.0, 5.0]
    else:
        assert "intensity_standard_error" not in record


def test_radians_are_the_same_angles(read_text: Callable[..., xr.Dataset]) -> None:
    rows = "".join(f"{float(np.deg2rad(x))!r},{y}\n" for x, y in ((10.0, 4), (10.1, 9), (10.2, 16)))
    record = read_text(f"2theta / rad,Intensity\n{rows}")
    assert degrees(record) == pytest.approx([10.0, 10.1, 10.2])


def test_small_angles_without_unit_are_refused(read_text: Callable[..., xr.Dataset]) -> None:
    with pytest.raises(ReadError, match="degree or in radian"):
        read_text("2theta,Intensity\n0.1,1\n0.2,2\n0.3,3\n")
    assert degrees(read_text("2theta / degree,Intensity\n0.1,1\n0.2,2\n0.3,3\n")) == pytest.approx([0.1, 0.2, 0.3])


def test_other_columns_are_kept_raw(read_text: Callable[..., xr.Dataset]) -> None:
    text = "Intensity;d;2theta / degree;Sigma\n4;8,8;10,0;2,5\n9;8,7;10,1;3,5\n16;8,6;10,2;4,5\n"
    record = read_text(text)
    assert record["intensity"].values.tolist() == [4.0, 9.0, 16.0]
    assert record["intensity_standard_error"].values.tolist() == [2.5, 3.5, 4.5]
    assert json.loads(record.attrs["raw_columns"]) == ["Intensity", "d", "2theta / degree", "Sigma"]
    assert record["raw"].values[:, 1].tolist() == [8.8, 8.7, 8.6]


def test_two_patterns_in_one_table_are_refused(read_text: Callable[..., xr.Dataset]) -> None:
    with pytest.raises(ReadError, match="2 columns for intensity"):
        read_text("2theta,Intensity,Counts\n10,1,2\n11,2,3\n12,3,4\n")


@pytest.mark.parametrize("name", ["a.xy", "a.XYE"])
@pytest.mark.parametrize("head", ["", "# made by hand\n", "XYDATA\nsome words\n"])
def test_bare_columns_by_suffix(name: str, head: str, read_text: Callable[..., xr.Dataset]) -> None:
    record = read_text(head + ROWS.replace(",", " "), name)
    assert record.attrs["format"] == "xy"
    assert degrees(record) == pytest.approx([10.0, 10.1, 10.2, 10.3])
    assert record.attrs["header"] == head.rstrip("\n")
    assert "intensity_standard_error" not in record


def test_a_third_bare_column_is_the_standard_error(read_text: Callable[..., xr.Dataset]) -> None:
    record = read_text("10 4 2.5\n10.1 9 3.5\n10.2 16 4.5\n", "a.xye")
    assert record["intensity_standard_error"].values.tolist() == [2.5, 3.5, 4.5]


def test_bare_columns_of_other_names_need_to_be_told(read_text: Callable[..., xr.Dataset]) -> None:
    with pytest.raises(ReadError, match="does not say what was measured") as error:
        read_text(ROWS, "a.txt")
    assert "--as diffraction" in error.value.cure
    assert read_text(ROWS, "a.txt", "diffraction")["intensity"].size == 4
    three = "1e5,1,-2\n1e4,2,-3\n1e3,3,-4\n"
    assert read_text(three, "a.txt", "impedance").attrs["schema"] == "impedance/1"


def test_columns_under_other_labels_are_no_pattern(read_text: Callable[..., xr.Dataset]) -> None:
    with pytest.raises(ReadError, match="none of the formats"):
        read_text("temperature,length\n" + ROWS, "a.csv", "diffraction")


def test_a_pattern_is_no_spectrum(read_text: Callable[..., xr.Dataset]) -> None:
    with pytest.raises(InputError, match="is diffraction, not impedance"):
        read_text("2theta / degree,Intensity\n" + ROWS, "a.csv", "impedance")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(encoding: str, read_text: Callable[..., xr.Dataset]) -> None:
    text = "2theta / \u00b0;Intensity / counts\n10,0;4\n10,1;9\n10,2;16\n"
    assert degrees(read_text(text.encode(encoding))) == pytest.approx([10.0, 10.1, 10.2])


@settings(max_examples=100)
@given(
    changes=CHANGES,
    text=st.sampled_from(["2theta / degree,Intensity / counts\n" + ROWS, ROWS, ROWS.replace(",", " ")]),
    name=st.sampled_from(["a.csv", "a.xy"]),
)
def test_damage(
    changes: list[tuple[float, int, bytes]], text: str, name: str, sound_or_refused: Callable[..., None]
) -> None:
    sound_or_refused(name, text.encode(), changes, "diffraction")


@pytest.mark.slow
@settings(max_examples=3000)
@given(
    changes=CHANGES,
    text=st.sampled_from(["2theta / degree,Intensity / counts\n" + ROWS, ROWS, ROWS.replace(",", " ")]),
    name=st.sampled_from(["a.csv", "a.xy"]),
)
def test_much_damage(
    changes: list[tuple[float, int, bytes]], text: str, name: str, sound_or_refused: Callable[..., None]
) -> None:
    sound_or_refused(name, text.encode(), changes, "diffraction")
