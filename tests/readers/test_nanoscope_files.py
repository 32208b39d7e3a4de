"""Force ramps in NanoScope's layout, forged with known values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from force_curves import CHANGES, SPRING, Nanoscope, flags, ramp
from hypothesis import given, settings

from honeycell.analysis import reduce
from honeycell.quantities.errors import ReadError
from honeycell.quantities.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr


@pytest.mark.parametrize(
    "curve",
    [
        Nanoscope(),
        Nanoscope(approach=200, retract=256),
        Nanoscope(width=4),
        Nanoscope(width=4, stated=2),
        Nanoscope(width=4, fine_step=False),
        Nanoscope(in_time=True),
        Nanoscope(scale="V [] (2.44140625e-3 nm/LSB) 160 nm"),
    ],
    ids=["two bytes", "halves differ", "four bytes", "wrong width", "step of two bytes", "in time", "in nm"],
)
def test_a_ramp_is_read_in_the_order_of_measurement(read_text: Callable[..., xr.Dataset], curve: Nanoscope) -> None:
    record = read_text(curve.content(), "film.spm")
    assert record.attrs["schema"] == "force_curve/1"
    assert record.attrs["format"] == "nanoscope"
    (z, d), (back, bent) = ramp(curve.approach), ramp(curve.retract)
    moved = np.concatenate((z, back[::-1]))
    assert record["displacement"].values - record["displacement"].values[0] == pytest.approx(moved, abs=0.02e-9)
    expected = np.concatenate((d, bent[::-1] - 3e-9))
    # a count of the converter is 2.4 pm
    assert record["deflection"].values == pytest.approx(expected, abs=2e-12)
    assert record["segment"].values.tolist() == [0.0] * curve.approach + [1.0] * curve.retract
    assert float(record["spring_constant"]) == SPRING
    assert record.attrs["displacement_of"] == "fixed end"
    assert ("order" in flags(record)) == curve.in_time
    assert ("bytes" in flags(record)) == bool(curve.stated)


def test_without_a_height_sensor_the_ramp_size_gives_the_displacement(read_text: Callable[..., xr.Dataset]) -> None:
    record = read_text(Nanoscope(sensor=False).content(), "film.000")
    assert np.ptp(record["displacement"].values) == pytest.approx(200e-9)
    assert record["displacement"].values[255] == pytest.approx(200e-9)
    assert "piezo as driven" in flags(record)


def test_rows_that_were_never_filled_are_left_out(read_text: Callable[..., xr.Dataset]) -> None:
    record = read_text(Nanoscope(lost=30).content(), "film.spm")
    assert record.sizes["row"] == 512 - 30
    assert "unfilled" in flags(record)
    assert float(record["deflection"].min()) > -5e-9


def test_the_header_is_kept_and_its_nominal_radius_is_named_but_not_taken(read_text: Callable[..., xr.Dataset]) -> None:
    record = read_text(Nanoscope().content(), "film.spm")
    assert "\\Description: Dimension Icon" in record.attrs["header"]
    assert record.attrs["instrument"] == "Dimension Icon"
    assert record.attrs["stated_tip_radius_nm"] == "8"
    assert "tip_radius" not in record
    with pytest.raises(Exception, match="may be the program's default"):
        reduce(record, {"tip_shape": Value("sphere"), "poisson_ratio": Value(0.3)})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (Nanoscope().content()[:3000], "its data are missing"),
        (Nanoscope().content()[:8192], "its data are missing"),
        (Nanoscope().content()[:9000], "is cut off"),
        (Nanoscope().content()[:200], "cut off in its header"),
        (Nanoscope(swap=(("Data length: 1024", "Data length: 9999999999999"),)).content(), "declares"),
        (Nanoscope(swap=(("Data length: 1024", "Data length: -1"),)).content(), "declares -1 bytes"),
        (Nanoscope(swap=(("Samps/line: 256 256", "Samps/line: 999999999 9"),)).content(), "no number of rows"),
        (Nanoscope(swap=(("Samps/line: 256 256", "Samps/line: 17 18"),)).content(), "for 18 and 17 rows"),
        (Nanoscope(swap=(("Data offset: 8192", "Data offset: x"),)).content(), "no whole number"),
        (Nanoscope(sensitivity="").content(), "sensitivity"),
        (Nanoscope(scale="V [Sens. DeflSens] 7").content(), "no scale"),
        (Nanoscope(scale="V [Sens. DeflSens] (1e295 V/LSB) 7 V").content(), "no scale"),
        (Nanoscope(scale="V [Sens. X] (0.1 Arb/LSB) 7").content(), "in 'Arb'"),
        (Nanoscope(swap=(("Deflection Error", "Phase"), ("[Sens. DeflSens]", "[Sens. Phase]"))).content(), "no deflection"),
        (Nanoscope(swap=(("Ciao force image list", "Ciao image list"),)).content(), "no force curve"),
        (Nanoscope(more="\\*Ciao image list\r\n\\Data offset: 9000\r\n\\Data length: 8").content(), "force volume"),
        (Nanoscope(sensor=False, swap=(("Ramp size", "Ramp sighs"),)).content(), "neither a ramp size"),
    ],
)  # fmt: skip
def test_a_bad_nanoscope_file_is_refused_with_place_and_cure(
    read_text: Callable[..., xr.Dataset], content: bytes, said: str
) -> None:
    with pytest.raises(ReadError) as error:
        read_text(content, "film.spm")
    assert said in error.value.what
    assert "film.spm" in error.value.where
    assert error.value.cure


@settings(max_examples=120, deadline=None)
@given(CHANGES)
def test_a_damaged_nanoscope_file_is_refused_or_sound(sound_or_refused: Callable[..., None], changes: list) -> None:
    sound_or_refused("film.spm", Nanoscope(approach=40, retract=40, offset=2048).content(), changes)
