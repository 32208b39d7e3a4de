"""Bruker RAW, forged field by field as the manuals list them; the reader goes by offsets."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
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
    st.tuples(st.floats(0.0, 1.0), st.integers(0, 3), st.binary(min_size=1, max_size=8)), min_size=1, max_size=4
)


@dataclass(frozen=True)
class Range:
    """One range to forge."""

    start: float = 10.0
    step: float = 0.02
    counts: tuple[float, ...] = tuple(float(n) for n in range(40, 90))
    time: float = 1.0
    kind: int = 0
    varying: int = 0
    values: tuple[tuple[float, ...], ...] = field(default=())  # one tuple of doubles per point
    extra: int = 0
    drives: tuple[tuple[int, str, float], ...] = ()
    scan: str = "Locked Coupled"
    stride: int = 4


def padded(text: str, size: int) -> bytes:
    return text.encode("cp1252").ljust(size, b"\0")


def version_1(ranges: list[Range], repeat_mark: bool = True) -> bytes:
    content = b""
    for number, each in enumerate(ranges):
        content += b"RAW " if number == 0 or repeat_mark else b""
        content += struct.pack("<Iff", len(each.counts), each.time, each.step)
        content += struct.pack("<IIf", 0, 0, each.start)  # scan mode, unused, 2 theta
        content += struct.pack("<fff", -1e6, -1e6, -1e6)  # theta, chi, phi
        content += padded("PBA", 32) + struct.pack("<ff", 1.5406, 1.54439) + bytes(72)
        content += struct.pack("<I", len(ranges) - 1 - number)
        content += struct.pack(f"<{len(each.counts)}f", *each.counts)
    return content


def version_2(ranges: list[Range]) -> bytes:
    content = b"RAW2" + struct.pack("<H", len(ranges)) + bytes(162)
    content += padded("05-Dec-2001 11:12:22", 20) + b"Cu" + struct.pack("<fff", 1.5406, 1.54439, 0.5)
    content += bytes(4) + struct.pack("<f", 1.39222) + struct.pack("<f", 3600.0) + bytes(42)
    for each in ranges:
        content += struct.pack("<HH4x", 60, len(each.counts)) + struct.pack("<fff", each.time, each.step, each.start)
        content += bytes(26) + struct.pack("<H", 298) + bytes(12)
        content += struct.pack(f"<{len(each.counts)}f", *each.counts)
    return content


def version_3(ranges: list[Range], status: int = 1) -> bytes:
    content = b"RAW1.01\0" + struct.pack("<II", status, len(ranges))
    content += padded("06/05/08", 10) + padded("11:45:35", 10) + padded("me", 72) + padded("lab", 218)
    content += padded("PBA", 60) + padded("no comment", 162)
    content += struct.pack("<4I", 0, 0, 0, 0) + struct.pack("<f", 217.5) + bytes(40) + padded("Cu", 4) + bytes(4)
    content += struct.pack("<5d", 1.54184, 1.5406, 1.54439, 1.39222, 0.5) + bytes(56)
    assert len(content) == 712
    for each in ranges:
        size = 4 + 8 * each.varying.bit_count()
        head = struct.pack("<IIdd", 304, len(each.counts), each.start / 2, each.start) + bytes(72)
        head += struct.pack("<I4f", 1, 700.0, 80.0, 0.4, 1.7) + bytes(60)
        head += struct.pack("<dd", each.step, 0.0) + struct.pack("<fI", each.time, each.kind) + bytes(24)
        head += struct.pack("<IIII", 40, 30, 0, 0) + struct.pack("<dIII", 1.5406, each.varying, size, each.extra)
        content += head.ljust(304, b"\0") + bytes(each.extra)
        for number, count in enumerate(each.counts):
            content += struct.pack("<f", count)
            content += struct.pack(f"<{each.varying.bit_count()}d", *(each.values[number] if each.values else ()))
    return content


def segment(kind: int, body: bytes) -> bytes:
    return struct.pack("<II", kind, 8 + len(body)) + body


def version_4(ranges: list[Range]) -> bytes:
    content = b"RAW4.00".ljust(12, b"\0") + padded("10/19/2025", 12) + padded("18:40:31", 10) + bytes(27)
    content += segment(10, struct.pack("<I", 0) + padded("SAMPLEID", 24) + b"PBA\0")
    content += segment(
        30, bytes(64) + struct.pack("<5d", 1.54184, 1.5406, 1.54439, 1.39222, 0.5) + bytes(4) + padded("Cu", 4)
    )
    content += segment(60, bytes(100)) + segment(77, b"unknown")
    for each in ranges:
        drives = b"".join(
            segment(50, struct.pack("<I", flag) + padded(name, 24) + bytes(20) + struct.pack("<d", at) + bytes(16))
            for flag, name, at in each.drives
        )
        content += struct.pack("<I", 160) + bytes(28) + padded(each.scan, 24) + bytes(16)
        content += struct.pack("<ddIf", each.start, each.step, len(each.counts), each.time) + bytes(4)
        content += struct.pack("<fff", 40.0, 30.0, 0.0) + struct.pack("<d", 1.5406) + bytes(16)
        content += struct.pack("<II", each.stride, len(drives)) + bytes(16) + drives
        for count in each.counts:
            content += struct.pack("<f", count) + struct.pack("<i", 1)[: each.stride - 4]
    return content


VERSIONS = {1: version_1, 2: version_2, 3: version_3, 4: version_4}


@pytest.fixture(params=VERSIONS)
def forge(request: pytest.FixtureRequest) -> Callable[[list[Range]], bytes]:
    return VERSIONS[request.param]


def degrees(record: xr.Dataset) -> np.ndarray:
    return np.rad2deg(record["two_theta"].values)


def flags(record: xr.Dataset) -> str:
    return " ".join(json.loads(record.attrs.get("flags", "[]")))


def test_what_was_written_is_read(forge: Callable[[list[Range]], bytes], read_text: Callable[..., xr.Dataset]) -> None:
    truth = Range()
    record = read_text(forge([truth]), "a.raw")
    assert record.attrs["schema"] == "diffraction/1"
    assert degrees(record) == pytest.approx(10.0 + 0.02 * np.arange(50), abs=1e-9)
    assert record["intensity"].values.tolist() == list(truth.counts)
    assert record["intensity_standard_error"].values == pytest.approx(np.sqrt(truth.counts))
    assert record.attrs["intensity_unit"] == "counts"
    assert float(record["wavelength"]) == pytest.approx(1.5406e-10, rel=1e-12)
    assert record.attrs["wavelength_alpha2_m"] == pytest.approx(1.54439e-10)


def test_the_standard_error_holds_the_mean_as_often_as_it_says(read_text: Callable[..., xr.Dataset]) -> None:
    """Counts of mean 100: root N holds it in 68 % of 5000 points, give or take 1."""
    counts = tuple(np.random.default_rng(2).poisson(100.0, 5000).astype(float).tolist())
    record = read_text(version_3([Range(counts=counts)]), "a.raw")
    held = np.abs(record["intensity"].values - 100.0) <= record["intensity_standard_error"].values
    assert 0.65 < held.mean() < 0.71


def test_what_the_header_says(read_text: Callable[..., xr.Dataset]) -> None:
    for version in (3, 4):
        record = read_text(VERSIONS[version]([Range()]), "a.raw")
        assert record.attrs["sample"] == "PBA"
        assert record.attrs["anode"] == "Cu"
        assert record.attrs["alpha2_to_alpha1"] == 0.5
        assert record.attrs["generator_voltage_V"] == 40e3
        assert record.attrs["generator_current_A"] == pytest.approx(0.03)
        assert record.attrs["measured_on"]
    assert float(read_text(version_3([Range(time=0.5)]), "a.raw")["time_per_step"]) == 0.5
    stated = read_text(version_4([Range(time=124.8)]), "a.raw")
    assert "time_per_step" not in stated  # its unit is not known
    assert stated.attrs["time_per_step_as_stated"] == 124.8


def test_ranges_on_one_grid_are_a_series(
    forge: Callable[[list[Range]], bytes], read_text: Callable[..., xr.Dataset]
) -> None:
    record = read_text(forge([Range(), Range(counts=tuple(range(50)))]), "a.raw")
    assert record.attrs["schema"] == "diffraction_series/1"
    assert record["intensity"].shape == (2, 50)
    assert record["intensity"].values[1].tolist() == list(range(50))
    assert "pattern_time" in flags(record)


def test_ranges_that_follow_are_joined(
    forge: Callable[[list[Range]], bytes], read_text: Callable[..., xr.Dataset]
) -> None:
    whole = tuple(float(n) for n in range(60))
    parts = [Range(start=10.4, counts=whole[20:]), Range(counts=whole[:20])]
    record = read_text(forge(parts), "a.raw")
    assert degrees(record) == pytest.approx(10.0 + 0.02 * np.arange(60), abs=1e-6)
    assert record["intensity"].values.tolist() == list(whole)
    assert record["range"].values.tolist() == [2] * 20 + [1] * 40
    assert "joined" in flags(record)
    assert "gap" not in flags(record)


def test_a_gap_between_ranges_is_flagged(read_text: Callable[..., xr.Dataset]) -> None:
    record = read_text(version_3([Range(), Range(start=20.0, step=0.1)]), "a.raw")
    assert "gap: nothing was measured between 10.98 and 20 degree" in flags(record)


def test_the_point_that_two_ranges_share_is_taken_once(read_text: Callable[..., xr.Dataset]) -> None:
    record = read_text(version_3([Range(), Range(start=10.98)]), "a.raw")
    assert degrees(record).size == 99
    assert np.all(np.diff(degrees(record)) > 0.0)
    assert "two ranges" in flags(record)


def test_ranges_of_other_counting_times_are_scaled_with_their_errors(read_text: Callable[..., xr.Dataset]) -> None:
    record = read_text(
        version_3([Range(counts=(100.0,) * 5), Range(start=10.1, time=4.0, counts=(400.0,) * 5)]), "a.raw"
    )
    assert record["intensity"].values == pytest.approx(100.0)
    assert record["intensity_standard_error"].values[[0, -1]] == pytest.approx([10.0, 5.0])
    assert record.attrs["intensity_unit"] == "unknown"


def test_ranges_that_overlap_are_refused_with_their_list(
    forge: Callable[[list[Range]], bytes], read_text: Callable[..., xr.Dataset]
) -> None:
    with pytest.raises(ReadError, match=r"overlap.*10 to 10\.98, 10\.5 to 12") as error:
        read_text(forge([Range(), Range(start=10.5, step=0.03, counts=(1.0,) * 51)]), "a.raw")
    assert "file of its own" in error.value.cure


def test_later_ranges_of_version_1_may_lack_the_mark(read_text: Callable[..., xr.Dataset]) -> None:
    both = [Range(), Range(start=11.0)]
    with_mark, without = (read_text(version_1(both, repeat_mark=mark), "a.raw") for mark in (True, False))
    assert np.array_equal(with_mark["intensity"], without["intensity"])
    assert np.array_equal(with_mark["two_theta"], without["two_theta"])


def test_measured_angles_and_times_of_version_3(read_text: Callable[..., xr.Dataset]) -> None:
    """Bits of the mask: 1 two theta, 2 theta, 1024 counting time."""
    angles = (10.0, 10.03, 10.05, 10.1)
    values = tuple((angle, angle / 2, time) for angle, time in zip(angles, (1.0, 1.0, 2.0, 4.0), strict=True))
    forged = Range(counts=(100.0, 100.0, 200.0, 400.0), varying=1 | 2 | 1024, values=values)
    record = read_text(version_3([forged]), "a.raw")
    assert degrees(record) == pytest.approx(angles)
    assert record["intensity"].values == pytest.approx(100.0)
    assert record["intensity_standard_error"].values == pytest.approx([10.0, 10.0, 200**0.5 / 2.0, 5.0])
    assert record.attrs["intensity_unit"] == "cps"
    assert "counting_time" in flags(record)


def test_a_supplement_before_the_points_is_passed_over(read_text: Callable[..., xr.Dataset]) -> None:
    record = read_text(version_3([Range(extra=40), Range(start=20.0, extra=7)]), "a.raw")
    assert record["intensity"].values.tolist() == list(Range().counts) * 2


def test_points_of_version_4_may_be_wider_than_their_intensity(read_text: Callable[..., xr.Dataset]) -> None:
    record = read_text(version_4([Range(stride=8)]), "a.raw")
    assert record["intensity"].values.tolist() == list(Range().counts)


def test_the_moved_drive_of_version_4_decides_the_axis(read_text: Callable[..., xr.Dataset]) -> None:
    moved = ((0, "Theta", 5.0), (1, "2Theta", 10.0), (0, "Chi", 0.0))
    assert read_text(version_4([Range(drives=moved, scan="whatever")]), "a.raw")["intensity"].size == 50
    rocking = ((1, "Theta", 10.0), (0, "2Theta", 20.0))
    with pytest.raises(ReadError, match=r"scan of 'Theta'"):
        read_text(version_4([Range(drives=rocking)]), "a.raw")
    with pytest.raises(ReadError, match="Rocking Curve"):
        read_text(version_4([Range(scan="Rocking Curve")]), "a.raw")


def test_other_scans_of_version_3_are_refused(read_text: Callable[..., xr.Dataset]) -> None:
    with pytest.raises(ReadError, match="rocking curve"):
        read_text(version_3([Range(kind=3)]), "a.raw")


def test_an_interrupted_measurement_is_flagged(read_text: Callable[..., xr.Dataset]) -> None:
    assert "interrupted" in flags(read_text(version_3([Range()], status=4), "a.raw"))


@pytest.mark.parametrize("version", [1, 2, 3])
def test_what_follows_the_last_range_is_flagged(version: int, read_text: Callable[..., xr.Dataset]) -> None:
    content = VERSIONS[version]([Range()])
    assert "rest: 9 bytes" in flags(read_text(content + b"something", "a.raw"))
    assert "rest" not in flags(read_text(content + bytes(9), "a.raw"))


def test_rates_are_told_by_arithmetic(read_text: Callable[..., xr.Dataset]) -> None:
    assert read_text(version_3([Range(time=4.0, counts=(1.25, 2.5, 3.0))]), "a.raw").attrs["intensity_unit"] == "cps"
    unknown = read_text(version_3([Range(time=4.0, counts=(1.1, 2.3, 3.7))]), "a.raw")
    assert unknown.attrs["intensity_unit"] == "unknown"
    assert "intensity_standard_error" not in unknown


def test_descending_scans_are_sorted(read_text: Callable[..., xr.Dataset]) -> None:
    down = read_text(version_3([Range(start=10.98, step=-0.02)]), "a.raw")
    assert down["intensity"].values.tolist() == list(Range().counts)[::-1]
    assert "order" in flags(down)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_cut_is_refused(version: int, read_text: Callable[..., xr.Dataset]) -> None:
    content = VERSIONS[version]([Range(counts=(5.0,) * 10), Range(start=11.0, counts=(5.0,) * 10)])
    whole = len(content)
    header = {1: 0, 2: 0, 3: 0, 4: whole - 2 * (160 + 40)}[version]
    for size in range(8, whole, 7):
        if version == 4 and size in (header, header + 200):
            continue  # version 4 does not say how many ranges it has
        if version == 1 and b"\0" not in content[: min(size, 156)]:
            continue
        with pytest.raises(ReadError) as error:
            read_text(content[:size], "a.raw")
        assert error.value.cure
        assert "a.raw" in error.value.where


@pytest.mark.parametrize("version", VERSIONS)
def test_huge_declared_counts_take_no_memory(version: int, read_text: Callable[..., xr.Dataset]) -> None:
    content = bytearray(VERSIONS[version]([Range()]))
    at = {1: 4, 2: 258, 3: 716, 4: len(content) - 200 - 160 + 88}[version]
    content[at : at + (2 if version == 2 else 4)] = b"\xff\xff\xff\x7f"[: 2 if version == 2 else 4]
    with pytest.raises(ReadError, match="points of range 1"):
        read_text(bytes(content), "a.raw")


def test_endless_segments_are_refused(read_text: Callable[..., xr.Dataset]) -> None:
    content = version_4([])[:61] + segment(5, b"") * 300_000
    with pytest.raises(ReadError, match="segments"):
        read_text(content, "a.raw")


def test_text_that_begins_with_the_word_is_none(read_text: Callable[..., xr.Dataset]) -> None:
    with pytest.raises(ReadError, match="none of the formats"):
        read_text(b"RAW data of yesterday\n" * 20, "a.txt")


@settings(max_examples=50)
@given(changes=CHANGES, version=st.sampled_from(sorted(VERSIONS)))
def test_damage(changes: list[tuple[float, int, bytes]], version: int, sound_or_refused: Callable[..., None]) -> None:
    sound_or_refused("a.raw", VERSIONS[version]([Range(), Range(start=11.0)]), changes)


@pytest.mark.slow
@settings(max_examples=3000)
@given(changes=CHANGES, version=st.sampled_from(sorted(VERSIONS)))
def test_much_damage(
    changes: list[tuple[float, int, bytes]], version: int, sound_or_refused: Callable[..., None]
) -> None:
    sound_or_refused("a.raw", VERSIONS[version]([Range(), Range(start=11.0)]), changes)
