"""DIFFRAC.EVA text and UXD."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honeycell.quantities.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

CHANGES = st.lists(
    st.tuples(
        st.floats(0.0, 1.0),
        st.integers(0, 3),
        st.binary(min_size=1, max_size=8) | st.sampled_from([b",", b"\n", b"nan", b"_COUNTS\n", b"-", b"1e999", b"'"]),
    ),
    min_size=1,
    max_size=4,
)
ANGLES = 10.0 + 0.02 * np.arange(20)
COUNTS = np.arange(100.0, 120.0)
LINE = '\'Id: "PBA 3" Comment: "" Operator: "me" Anode: "Cu" Scantype: "Coupled TwoTheta/Theta" TimePerStep: "96" '


def eva(head: str = LINE, mark: str = " ", comma: bool = False, errors: bool = False) -> str:
    columns = [ANGLES, COUNTS / 96.0, *([np.sqrt(COUNTS) / 96.0] if errors else [])]
    rows = [mark.join(f"{value:.6f}" for value in row) for row in zip(*columns, strict=True)]
    text = "\n".join(rows)
    return f"{head}\n{text.replace('.', ',') if comma else text}\n"


def uxd(
    block: str = "_COUNTS", drive: str = "COUPLED", start: float = 10.0, counts: np.ndarray = COUNTS, per_line: int = 7
) -> str:
    """One range; intensities alone stand several in a line."""
    angles = start + 0.02 * np.arange(counts.size)
    if block.startswith("_2THETA"):
        times = ["   2.0"] * counts.size if block.endswith("TIME") else [""] * counts.size
        rows = [f"   {x:.4f}      {y:.0f}{t}" for x, y, t in zip(angles, counts, times, strict=True)]
    else:
        cells = [f"{y:.0f}" for y in counts]
        rows = ["      " + "  ".join(cells[i : i + per_line]) for i in range(0, len(cells), per_line)]
    return "\n".join(
        [
            f"; (Data for Range number 1)\n_DRIVE='{drive}'\n_STEPTIME=4.000000\n_STEPSIZE=0.020000",
            f"_START={start:.6f}\n_THETA={start / 2:.6f}\n_2THETA={start:.6f}\n{block}",
            *rows,
            "",
        ]
    )


HEADER = (
    "; C:\\data\\pba.RAW -> pba.UXD\n_FILEVERSION=2\n_SAMPLE='PBA 3'\n_DATEMEASURED='05-Dec-2001 11:12:22'\n"
    "_WL_UNIT='A'\n_WL1=1.540600\n_WL2=1.544390\n_WL3=1.392220\n_WLRATIO=0.500000\n_ANODE='Cu'\n_KV=40\n_MA=30\n"
)


def degrees(record: xr.Dataset) -> np.ndarray:
    return np.rad2deg(record["two_theta"].values)


def flags(record: xr.Dataset) -> str:
    return " ".join(json.loads(record.attrs.get("flags", "[]")))


@pytest.mark.parametrize("mark", [" ", "\t", "; "])
@pytest.mark.parametrize("comma", [False, True])
@pytest.mark.parametrize("errors", [False, True])
def test_eva_in_any_dress(mark: str, comma: bool, errors: bool, read_text: Callable[..., xr.Dataset]) -> None:
    record = read_text(eva(mark=mark, comma=comma, errors=errors), "a.xy")
    assert record.attrs["format"] == "eva"
    assert degrees(record) == pytest.approx(ANGLES)
    assert record["intensity"].values == pytest.approx(COUNTS / 96.0, abs=1e-6)
    assert ("intensity_standard_error" in record) == errors
    if errors:
        assert record["intensity_standard_error"].values == pytest.approx(np.sqrt(COUNTS) / 96.0, abs=1e-6)
    assert record.attrs["header"] == LINE
    assert record.attrs["sample"] == "PBA 3"
    assert record.attrs["anode"] == "Cu"
    assert float(record["time_per_step"]) == 96.0
    assert record.attrs["intensity_unit"] == "unknown"
    assert "wavelength" not in record  # an anode is no wavelength


def test_eva_is_recognised_under_any_name(read_text: Callable[..., xr.Dataset]) -> None:
    assert read_text(eva(), "export.txt").attrs["format"] == "eva"


def test_stated_wavelength_and_unit(read_text: Callable[..., xr.Dataset]) -> None:
    head = LINE + 'Wavelength: "1.5406" IntensityUnit: "counts"'
    record = read_text(head + "\n10 4\n10.1 9\n10.2 0\n", "a.xy")
    assert float(record["wavelength"]) == pytest.approx(1.5406e-10)
    assert record["intensity_standard_error"].values == pytest.approx([2.0, 3.0, 1.0])
    wrong = read_text(LINE + 'Wavelength: "1540.6"\n10 4\n10.1 9\n10.2 0\n', "a.xy")
    assert "wavelength" not in wrong
    assert "wavelength" in flags(wrong)


def test_shuffled_rows_give_the_same_pattern(read_text: Callable[..., xr.Dataset]) -> None:
    head, *rows = eva().splitlines()
    shuffled = [rows[i] for i in np.random.default_rng(1).permutation(len(rows))]
    straight, mixed = read_text(eva(), "a.xy"), read_text("\n".join([head, *shuffled]), "a.xy")
    assert np.array_equal(straight["two_theta"], mixed["two_theta"])
    assert np.array_equal(straight["intensity"], mixed["intensity"])
    assert np.array_equal(straight["raw"], mixed["raw"])
    assert "order" in flags(mixed)
    assert "order" not in flags(straight)


@pytest.mark.parametrize(
    ("body", "match", "line"),
    [
        ("", "ends before", 1),
        ("10 5\n10.1 6\n10.2\n", "1 columns where 2", 4),
        ("10 5\n10.1 6\n10.2 seven\n", "'seven'", 4),
        ("10 5\n10.1 6\n10.1 7\n", "repeats the angle 10.1", 4),
        ("10 5\n10.1 nan\n10.2 7\n", "nan", 3),
        ("10 5\n190.1 6\n10.2 7\n", "190.1 degree", 3),
        ("10 5 1\n10.1 6 -1\n10.2 7 1\n", "standard error below zero", 3),
        ("a b\n10.1 6\n10.2 7\n", "two or three columns of numbers", 2),
        ("10,1 6\n10.2 7\n10,3 8\n", "decimal commas", 2),
    ],
)
def test_eva_refusals_name_the_line(body: str, match: str, line: int, read_text: Callable[..., xr.Dataset]) -> None:
    with pytest.raises(ReadError, match=match) as error:
        read_text(f"{LINE}\n{body}", "a.xy")
    assert error.value.where == f"a.xy, line {line}"
    assert error.value.cure


@pytest.mark.parametrize("block", ["_COUNTS", "_2THETACOUNTS", "_2THETACOUNTSTIME"])
def test_uxd(block: str, read_text: Callable[..., xr.Dataset]) -> None:
    record = read_text(HEADER + uxd(block), "a.uxd")
    assert degrees(record) == pytest.approx(ANGLES)
    assert record["intensity"].values.tolist() == COUNTS.tolist()
    assert record["intensity_standard_error"].values == pytest.approx(np.sqrt(COUNTS))
    assert float(record["time_per_step"]) == (2.0 if block.endswith("TIME") else 4.0)
    assert float(record["wavelength"]) == pytest.approx(1.5406e-10)
    assert record.attrs["wavelength_alpha2_m"] == pytest.approx(1.54439e-10)
    assert record.attrs["sample"] == "PBA 3"
    assert record.attrs["measured_on"] == "05-Dec-2001 11:12:22"
    assert record.attrs["generator_voltage_V"] == 40e3


def test_rates_have_no_counting_errors(read_text: Callable[..., xr.Dataset]) -> None:
    for block in ("_CPS", "_2THETACPS"):
        record = read_text(HEADER + uxd(block), "a.uxd")
        assert record.attrs["intensity_unit"] == "cps"
        assert "intensity_standard_error" not in record


def test_wavelength_in_nanometres_is_the_same(read_text: Callable[..., xr.Dataset]) -> None:
    text = (HEADER + uxd()).replace("_WL_UNIT='A'", "_WL_UNIT='nm'").replace("_WL1=1.540600", "_WL1=0.1540600")
    assert float(read_text(text, "a.uxd")["wavelength"]) == pytest.approx(1.5406e-10)


def test_several_ranges(read_text: Callable[..., xr.Dataset]) -> None:
    series = read_text(HEADER + uxd() + uxd(counts=COUNTS + 5.0), "a.uxd")
    assert series.attrs["schema"] == "diffraction_series/1"
    assert series["intensity"].values[1].tolist() == (COUNTS + 5.0).tolist()
    joined = read_text(HEADER + uxd() + uxd(start=10.4), "a.uxd")
    assert joined["intensity"].size == 40
    with pytest.raises(ReadError, match="overlap"):
        read_text(HEADER + uxd() + uxd(start=10.19), "a.uxd")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (uxd(drive="PHI"), "scan of the drive 'PHI'"),
        (uxd().partition("_COUNTS")[0], "holds no intensities"),
        (uxd().partition("_COUNTS")[0] + "_COUNTS\n", "holds no numbers"),
        (uxd("_2THETACOUNTS") + "  10.5\n", "no multiple of 2"),
        (uxd().replace("_STEPSIZE=0.020000", ""), "no _START and _STEPSIZE"),
        (uxd().replace("  103", "  1x3"), "'1x3' is no number"),
        (uxd() + uxd("_CPS"), "some ranges in counts and some in cps"),
        ("5 6 7\n" + uxd(), "before _COUNTS"),
        (uxd().replace("  103", "  -3"), "fewer than none"),
    ],
)
def test_uxd_refusals(text: str, match: str, read_text: Callable[..., xr.Dataset]) -> None:
    with pytest.raises(ReadError, match=match) as error:
        read_text(HEADER + text, "a.uxd")
    assert error.value.where.startswith("a.uxd")
    assert error.value.cure


@settings(max_examples=100)
@given(changes=CHANGES, text=st.sampled_from([eva(), eva(errors=True), HEADER + uxd(), HEADER + uxd("_2THETACPS")]))
def test_damage(changes: list[tuple[float, int, bytes]], text: str, sound_or_refused: Callable[..., None]) -> None:
    sound_or_refused("a.xy", text.encode(), changes)


@pytest.mark.slow
@settings(max_examples=3000)
@given(changes=CHANGES, text=st.sampled_from([eva(), eva(errors=True), HEADER + uxd(), HEADER + uxd("_2THETACPS")]))
def test_much_damage(changes: list[tuple[float, int, bytes]], text: str, sound_or_refused: Callable[..., None]) -> None:
    sound_or_refused("a.xy", text.encode(), changes)
