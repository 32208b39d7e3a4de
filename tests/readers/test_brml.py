"""Bruker archives, forged element by element."""

from __future__ import annotations

import io
import json
import time
import zipfile
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honeycell.quantities.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import xarray as xr

CHANGES = st.lists(
    st.tuples(st.floats(0.0, 1.0), st.integers(0, 3), st.binary(min_size=1, max_size=8)), min_size=1, max_size=4
)
COUNTS = tuple(float(n) for n in range(400, 440))


@dataclass(frozen=True)
class Forged:
    """One scan to forge; ``columns`` are the views in the order of their columns."""

    counts: tuple[float, ...] = COUNTS
    start: float = 10.0
    step: float = 0.02
    times: tuple[float, ...] = ()
    factors: tuple[float, ...] = ()
    columns: tuple[str, ...] = ("time", "factor", "TwoTheta Theta", "detector")
    began: str = "2025-02-26T10:47:52.8708798+00:00"
    status: str = "Measured"
    planned: int = 0
    axis: str = "TwoTheta"
    channels: int = 1
    route: str = "Measured"
    more_routes: str = ""
    unit: str = "Counts"
    scale: tuple[str, float, float, float] | None = None  # axis of the channels, its start, stop, increment
    prologue: str = '<?xml version="1.0"?>'

    def values(self, view: str, index: int) -> list[float]:
        angle = self.start + self.step * index
        return {
            "time": [self.times[index] if self.times else 124.8],
            "factor": [self.factors[index] if self.factors else 1.0],
            "TwoTheta Theta": [angle, angle / 2],
            "Theta TwoTheta": [angle / 2, angle],
            "TwoTheta": [angle],
            "thermometer": [298.0],
            "detector": [self.counts[index] + channel for channel in range(self.channels)],
        }[view]

    def xml(self) -> str:
        views, at = "", 0
        for view in self.columns:
            length = len(self.values(view, 0))
            place = f'Start="{at}" Length="{length}"'
            at += length
            if view in ("time", "factor"):
                name = {"time": "MeasuredTime", "factor": "AbsorptionFactor"}[view]
                views += f'<RawDataView xsi:type="FixedRawDataView" {place} LogicName="{name}" />'
            elif "Theta" in view:
                names = [self.axis if each == "TwoTheta" else each for each in view.split()]
                fields = "".join(f'<FieldDefinitions FieldName="{each}" AxisId="{each}" />' for each in names)
                views += f'<RawDataView xsi:type="VaryingRawDataView" {place}><Varying>{fields}</Varying></RawDataView>'
            else:
                name, unit = {"detector": ("ScanCounter", self.unit)}.get(view, ("modeActualTemp", "Kelvin"))
                views += (
                    f'<RawDataView xsi:type="RecordedRawDataView" {place}><Recording LogicName="{name}">'
                    f'<Unit Base="{unit}" /><BlankingValue>-9999</BlankingValue></Recording></RawDataView>'
                )
        scale = ""
        if self.scale is not None:
            axis, *numbers = self.scale
            tags = "".join(f"<{t}>{v}</{t}>" for t, v in zip(("Start", "Stop", "Increment"), numbers, strict=True))
            scale = f'<ScaleAxes><ScaleAxisInfo AxisId="{axis}">{tags}</ScaleAxisInfo></ScaleAxes>'
        rows = [[v for view in self.columns for v in self.values(view, i)] for i in range(len(self.counts))]
        data = "".join(f"<Datum>{','.join(f'{v:.12g}' for v in row)}</Datum>\n" for row in rows)
        return f"""{self.prologue}
<RawData xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<MeasurementStatus>{self.status}</MeasurementStatus><TimeStampStarted>{self.began}</TimeStampStarted>
<DataRoutes><DataRoute RouteFlag="{self.route}"><ScanInformation ScanName="LockedCoupled">{scale}</ScanInformation>
<SubScans><SubScanInfo Steps="{self.planned or len(self.counts)}" MeasuredSteps="{len(self.counts)}" /></SubScans>
{data}<DataViews>{views}</DataViews></DataRoute>{self.more_routes}</DataRoutes>
<InfoItem Name="SampleName" Value="PBA 3" /><Tube><WaveLengthAlpha1 Unit="\u00c5" Value="1.5406" />
<WaveLengthAlpha2 Unit="\u00c5" Value="1.54439" /><WaveLengthRatio Unit="" Value="0.5" /><TubeMaterial>Cu</TubeMaterial>
<Generator><Voltage Unit="kV" Value="40" /><Current Unit="mA" Value="30" /></Generator></Tube></RawData>"""


def packed(members: Mapping[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def brml(*scans: Forged) -> bytes:
    names = [f"Experiment0/RawData{index}.xml" for index in range(len(scans))]
    listed = "".join(f"<string>{name}</string>" for name in names)
    container = (
        f"<DataContainer><RawDataReferenceList>{listed}</RawDataReferenceList>"
        "<DeviceTypeDesc>Bruker D8</DeviceTypeDesc></DataContainer>"
    )
    return packed(
        {"Experiment0/DataContainer.xml": container} | dict(zip(names, (scan.xml() for scan in scans), strict=True))
    )


def flags(record: xr.Dataset) -> str:
    return " ".join(json.loads(record.attrs.get("flags", "[]")))


@pytest.mark.parametrize(
    "columns",
    [
        ("time", "factor", "TwoTheta Theta", "detector"),
        ("time", "factor", "Theta TwoTheta", "thermometer", "detector"),
        ("detector", "TwoTheta", "time"),
    ],
)
def test_columns_are_found_wherever_they_stand(columns: tuple[str, ...], read_text: Callable[..., xr.Dataset]) -> None:
    record = read_text(brml(Forged(columns=columns)), "a.brml")
    assert np.rad2deg(record["two_theta"].values) == pytest.approx(10.0 + 0.02 * np.arange(40), abs=1e-10)
    assert record["intensity"].values.tolist() == list(COUNTS)
    assert record["intensity_standard_error"].values == pytest.approx(np.sqrt(COUNTS))
    assert float(record["time_per_step"]) == 124.8
    assert len(json.loads(record.attrs["raw_columns"])) == record.sizes["column"]


def test_what_the_header_says(read_text: Callable[..., xr.Dataset]) -> None:
    record = read_text(brml(Forged()), "a.brml")
    assert float(record["wavelength"]) == pytest.approx(1.5406e-10)
    assert record.attrs["wavelength_alpha2_m"] == pytest.approx(1.54439e-10)
    assert record.attrs["alpha2_to_alpha1"] == 0.5
    assert record.attrs["anode"] == "Cu"
    assert record.attrs["sample"] == "PBA 3"
    assert record.attrs["instrument"] == "Bruker D8"
    assert record.attrs["generator_voltage_V"] == 40e3
    assert record.attrs["generator_current_A"] == pytest.approx(0.03)
    assert "flags" not in record.attrs


def test_a_scan_again_and_again_is_a_series_in_time(read_text: Callable[..., xr.Dataset]) -> None:
    """The scans come in another order than their starts; the tenth must not stand before the second."""
    scans = [Forged(began=f"2025-02-26T10:{50 - i}:00+00:00", counts=tuple(c + i for c in COUNTS)) for i in range(11)]
    record = read_text(brml(*scans), "a.brml")
    assert record.attrs["schema"] == "diffraction_series/1"
    assert record["pattern_time"].values == pytest.approx(60.0 * np.arange(11))
    assert record["intensity"].values[:, 0].tolist() == [410.0 - i for i in range(11)]
    assert "order" in flags(record)


def test_broken_off_scans_are_left_out_of_a_series(read_text: Callable[..., xr.Dataset]) -> None:
    record = read_text(brml(Forged(), Forged(), Forged(counts=COUNTS[:7], planned=40, status="Aborted")), "a.brml")
    assert record["intensity"].shape == (2, 40)
    assert "aborted: 1 scan" in flags(record)


def test_a_broken_off_scan_alone_is_read_and_flagged(read_text: Callable[..., xr.Dataset]) -> None:
    record = read_text(brml(Forged(counts=COUNTS[:7], planned=40)), "a.brml")
    assert record["intensity"].size == 7
    assert "incomplete: 7 of 40" in flags(record)


@pytest.mark.parametrize("stop", [11.98, 12.0])
def test_stills_of_a_line_detector_are_patterns(stop: float, read_text: Callable[..., xr.Dataset]) -> None:
    """One row of a hundred channels; the axis may end with the last channel's angle or with its far edge."""
    still = Forged(
        counts=(50.0,),
        columns=("time", "factor", "thermometer", "detector"),
        channels=100,
        scale=("TwoTheta", 10.0, stop, 0.02),
    )
    record = read_text(brml(still), "a.brml")
    assert np.rad2deg(record["two_theta"].values) == pytest.approx(10.0 + 0.02 * np.arange(100))
    assert record["intensity"].values.tolist() == [50.0 + channel for channel in range(100)]
    later = replace(still, counts=(60.0,), began="2025-02-26T10:57:52+00:00")
    series = read_text(brml(still, later), "a.brml")
    assert series["intensity"].values[:, 0].tolist() == [50.0, 60.0]
    assert series["pattern_time"].values == pytest.approx([0.0, 599.13], abs=0.01)
    rows = read_text(brml(replace(still, counts=(50.0, 60.0))), "a.brml")
    assert rows["intensity"].shape == (2, 100)
    assert "pattern_time" in flags(rows)


def test_variable_counting_time_gives_rates(read_text: Callable[..., xr.Dataset]) -> None:
    times = tuple(float(i) for i in range(1, 41))
    record = read_text(brml(Forged(times=times, counts=tuple(100.0 * t for t in times))), "a.brml")
    assert record["intensity"].values == pytest.approx(100.0)
    assert record["intensity_standard_error"].values == pytest.approx(10.0 / np.sqrt(times))
    assert record.attrs["intensity_unit"] == "cps"
    assert "counting_time" in flags(record)


def test_behind_an_absorber_counts_are_fewer(read_text: Callable[..., xr.Dataset]) -> None:
    """The stored intensity is counts times factor: 40 counts behind a factor of 10 are 400, plus or minus 63, not 20."""
    record = read_text(brml(Forged(factors=(10.0,) * 40, counts=(400.0,) * 40)), "a.brml")
    assert record["intensity"].values == pytest.approx(400.0)
    assert record["intensity_standard_error"].values == pytest.approx(40.0**0.5 * 10.0)
    assert "absorber" in flags(record)


def test_points_that_hold_nothing_are_left_out(read_text: Callable[..., xr.Dataset]) -> None:
    record = read_text(brml(Forged(counts=(*COUNTS[:38], -9999.0, -9999.0))), "a.brml")
    assert record["intensity"].size == 38
    assert "blank: 2 points" in flags(record)


def test_intensities_that_are_no_counts_have_no_errors(read_text: Callable[..., xr.Dataset]) -> None:
    for forged in (Forged(counts=tuple(c + 0.3 for c in COUNTS)), Forged(unit="CountsPerSecond")):
        record = read_text(brml(forged), "a.brml")
        assert record.attrs["intensity_unit"] == "unknown"
        assert "intensity_standard_error" not in record
        assert "intensity_unit" in flags(record)


def test_the_measured_data_are_taken_and_not_what_was_made_of_them(read_text: Callable[..., xr.Dataset]) -> None:
    other = '<DataRoute RouteFlag="Final"><Datum>1,1,1,1,1</Datum></DataRoute>'
    record = read_text(brml(Forged(more_routes=other)), "a.brml")
    assert record["intensity"].values.tolist() == list(COUNTS)
    with pytest.raises(ReadError, match="2 sets of data"):
        read_text(brml(Forged(route="Raw", more_routes=other)), "a.brml")


@pytest.mark.parametrize(
    ("scan", "match"),
    [
        (Forged(axis="Chi"), "scan over Chi, Theta, not over 2 theta"),
        (Forged(channels=192), "frames of 192 channels"),
        (Forged(channels=192, scale=("TwoTheta_Relative", 0.0, 3.82, 0.02)), "frames of 192 channels"),
        (Forged(channels=192, scale=("TwoTheta", 10.0, 20.0, 0.02)), "do not reach from 10 to 20 degree"),
        (Forged(counts=COUNTS[:2]), "2 points; a pattern has at least 3"),
        (Forged(step=0.0), "repeats the angle"),
        (Forged(start=200.0), "outside -20 to 180"),
        (Forged(counts=(*COUNTS, float("nan"))), "no number"),
        (Forged(counts=(*COUNTS, -3.0)), "fewer than none"),
        (Forged(factors=(0.0,) * 40), "absorption factor"),
        (Forged(times=(-1.0,) * 40), "counting time"),
        (Forged(columns=("time", "TwoTheta")), "not one detector but 0"),
        (Forged(columns=("detector", "TwoTheta", "detector")), "not one detector but 2"),
    ],
)
def test_refusals(scan: Forged, match: str, read_text: Callable[..., xr.Dataset]) -> None:
    with pytest.raises(ReadError, match=match) as error:
        read_text(brml(scan), "a.brml")
    assert error.value.cure
    assert "RawData0.xml" in error.value.where


def test_damaged_archives(read_text: Callable[..., xr.Dataset]) -> None:
    whole = brml(Forged())
    xml = Forged().xml()
    for content, match in (
        (whole[: len(whole) // 2], "damaged zip"),
        (packed({"Experiment0/RawData0.xml": xml[:2000]}), "no readable XML"),
        (packed({"Experiment0/RawData0.xml": ""}), "no readable XML"),
        (packed({"Experiment0/RawData0.xml": xml.replace('Start="2"', 'Start="two"')}), "damaged"),
        (packed({"Experiment0/RawData0.xml": xml.replace("<Datum>124.8,1,10,", "<Datum>124.8,x,10,")}), "point 1"),
        (packed({"Experiment0/RawData0.xml": xml.replace("<Datum>124.8,1,10,", "<Datum>10,")}), "point 1"),
        (packed({"Experiment0/DataContainer.xml": "<DataContainer />"}), "holds no scan"),
        (
            packed(
                {
                    "Experiment0/DataContainer.xml": "<D><RawDataReferenceList><string>Experiment0/RawData4.xml</string>"
                    "</RawDataReferenceList></D>"
                }
            ),
            "the archive lacks",
        ),
    ):
        with pytest.raises(ReadError, match=match) as error:
            read_text(content, "a.brml")
        assert error.value.cure


def test_entities_are_refused(read_text: Callable[..., xr.Dataset]) -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    with pytest.raises(ReadError, match="document type"):
        read_text(brml(Forged(prologue=bomb)), "a.brml")


@pytest.mark.parametrize(
    "text",
    [
        "<x>" + " " * 120_000_000 + "</x>",
        "<x>" + "\n" * 20_000_000 + "</x>",
        "<x>" + "<a/>" * 5_000_000 + "</x>",
        "<a>" * 3_000_000,
    ],
    ids=["blanks", "lines", "elements", "depth"],
)
def test_bombs_are_refused_in_no_time(text: str, read_text: Callable[..., xr.Dataset]) -> None:
    content = packed({"Experiment0/RawData0.xml": text})
    start = time.process_time()
    with pytest.raises(ReadError) as error:
        read_text(content, "a.brml")
    assert error.value.cure
    assert time.process_time() - start < 2.0


@settings(max_examples=50)
@given(changes=CHANGES, inside=st.booleans())
def test_damage(changes: list[tuple[float, int, bytes]], inside: bool, sound_or_refused: Callable[..., None]) -> None:
    attempt_damage(changes, inside, sound_or_refused)


@pytest.mark.slow
@settings(max_examples=3000, deadline=None)
@given(changes=CHANGES, inside=st.booleans())
def test_much_damage(
    changes: list[tuple[float, int, bytes]], inside: bool, sound_or_refused: Callable[..., None]
) -> None:
    attempt_damage(changes, inside, sound_or_refused)


def attempt_damage(
    changes: list[tuple[float, int, bytes]], inside: bool, sound_or_refused: Callable[..., None]
) -> None:
    """To the archive, or to the document before it is packed."""
    if not inside:
        sound_or_refused("a.brml", brml(Forged(), Forged()), changes)
        return
    text = Forged().xml()
    for where, how, piece in changes:
        at = int(where * len(text))
        new = piece.decode("latin-1") if how < 2 else ""
        text = text[:at] + new + text[at if how == 1 else len(text) if how == 3 else at + len(piece) :]
    sound_or_refused("a.brml", packed({"Experiment0/RawData0.xml": text}))
