"""Force curves in JPK's archives, forged with known values; also damaged and overgrown ones."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
from force_curves import CHANGES, SENSITIVITY, SPRING, Nanoscope, flags, ramp
from hypothesis import given, settings
from hypothesis import strategies as st

from honeycell.analysis import reduce
from honeycell.quantities.errors import ReadError
from honeycell.quantities.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import xarray as xr


@dataclass(frozen=True)
class Jpk:
    """One curve, or several, to forge."""

    curves: int = 1
    encoder: str = "signedinteger"
    height: str = "measuredHeight"
    styles: tuple[str, ...] = ("extend", "retract")
    slots: str = "distance force"
    base_of_force: str = "distance"
    shared: bool = True
    points: int = 0  # declared, where not the true number
    drop: tuple[str, ...] = ()

    def segment(self, place: int, number: int) -> tuple[str, np.ndarray, np.ndarray]:
        """Header, heights and deflections [m]."""
        z, d = ramp(100)
        if self.styles[place] == "retract":
            z, d = z[::-1], d[::-1] - 3e-9
        elif self.styles[place] == "pause":
            z, d = np.full(100, z[-1]), np.full(100, d[-1])
        d = d * (1.0 + 0.05 * number)
        head = [
            "#Wed Jun 15 15:56:51 CEST 2016", f"force-segment-header.settings.style={self.styles[place]}",
            "force-segment-header.settings.segment-settings.duration=0.5", "force-segment-header.time-stamp=2016-06-15 15\\:56\\:49",
        ]  # fmt: skip
        for index, name in enumerate((self.height, "vDeflection")):
            head.append(f"channel.{name}.data.file.name=channels/{name}.dat")
            head.append(f"channel.{name}.data.num-points={self.points or 100}")
            if self.shared:
                head.append(f"channel.{name}.lcd-info.*={index}")
            else:
                head += [f"channel.{name}.{line}" for line in self.description(index)]
        return "\n".join(head), -z, d

    def description(self, index: int) -> list[str]:
        if index == 0:
            slot = "nominal" if self.height == "measuredHeight" else "calibrated"
            chain, base, numbers = [(slot, "absolute", 1.0, 1e-4, "m")], "absolute", (1e-13, 5e-6)
        else:
            chain = [("distance", "volts", SENSITIVITY, 0.0, "m"), ("force", self.base_of_force, SPRING, 0.0, "N")]
            chain, base, numbers = [each for each in chain if each[0] in self.slots], "volts", (1e-6, -5e-4)
        lines = [
            f"encoder.type={self.encoder}", f"encoder.scaling.multiplier={numbers[0]}", f"encoder.scaling.offset={numbers[1]}",
            f"conversion-set.conversions.base={base}", f"conversion-set.conversions.list={' '.join(each[0] for each in chain)}",
            f"conversion-set.conversions.default={chain[-1][0] if chain else base}",
        ]  # fmt: skip
        for name, before, factor, shift, unit in chain:
            head = f"conversion-set.conversion.{name}"
            lines += [
                f"{head}.base-calibration-slot={before}", f"{head}.scaling.multiplier={factor}", f"{head}.scaling.offset={shift}",
                f"{head}.scaling.unit.unit={unit}", f"{head}.name={name}",
            ]  # fmt: skip
        return lines

    def members(self) -> dict[str, bytes]:
        found = {
            "header.properties": b"jpk-data-file=spm-forcefile\nforce-scan-series.description.instrument=CellHesion \\u00b5\n"
        }
        if self.shared:
            lines = [f"lcd-info.{index}.{line}" for index in (0, 1) for line in self.description(index)]
            found["shared-data/header.properties"] = "\n".join(lines).encode()
        for number in range(self.curves):
            folder = f"index/{number}/" if self.curves > 1 else ""
            for place in range(len(self.styles)):
                header, heights, deflections = self.segment(place, number)
                where = f"{folder}segments/{place}/"
                found[f"{where}segment-header.properties"] = header.encode()
                raw = np.round((heights - 1e-4 - 5e-6) / 1e-13).astype(">i8" if self.encoder == "signedlong" else ">i4")
                volts = np.round((deflections / SENSITIVITY + 5e-4) / 1e-6).astype(raw.dtype)
                found[f"{where}channels/{self.height}.dat"] = raw.tobytes()
                found[f"{where}channels/vDeflection.dat"] = volts.tobytes()
        return {name: content for name, content in found.items() if not any(word in name for word in self.drop)}

    def content(self) -> bytes:
        return zipped(self.members())


def zipped(members: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


@pytest.mark.parametrize(
    "curve",
    [Jpk(), Jpk(shared=False), Jpk(encoder="signedlong"), Jpk(encoder="signedinteger-limited"), Jpk(height="height")],
    ids=["shared header", "all in the segment", "eight bytes", "limited", "piezo"],
)
def test_a_jpk_curve_is_read(read_text: Callable[..., xr.Dataset], curve: Jpk) -> None:
    record = read_text(curve.content(), "film.jpk-force")
    assert record.attrs["format"] == "jpk"
    z, d = ramp(100)
    expected = np.concatenate((z, z[::-1]))
    assert record["displacement"].values - record["displacement"].values[0] == pytest.approx(expected, abs=1e-12)
    assert record["force"].values == pytest.approx(SPRING * np.concatenate((d, d[::-1] - 3e-9)), abs=2e-14)
    assert record["segment"].values.tolist() == [0.0] * 100 + [1.0] * 100
    assert float(record["spring_constant"]) == SPRING
    assert float(record["deflection_sensitivity"]) == SENSITIVITY
    assert record["test_time"].values[[0, 100]].tolist() == [0.0, 0.5]
    assert record.attrs["instrument"] == "CellHesion µ"
    assert ("piezo as driven" in flags(record)) == (curve.height == "height")


def test_a_pause_is_neither_approach_nor_retract(read_text: Callable[..., xr.Dataset]) -> None:
    record = read_text(Jpk(styles=("extend", "pause", "retract")).content(), "film.jpk-force")
    assert np.unique(record["segment"].values[100:200]).tolist() == [2.0]
    twice = read_text(Jpk(styles=("extend", "retract", "extend", "retract")).content(), "film.jpk-force")
    assert np.unique(twice["segment"].values[200:]).tolist() == [2.0]
    assert "several approaches" in flags(twice)


def test_without_a_spring_constant_there_are_deflections(read_text: Callable[..., xr.Dataset]) -> None:
    record = read_text(Jpk(slots="distance").content(), "film.jpk-force")
    assert "force" not in record
    assert float(record["deflection"].max()) == pytest.approx(ramp(100)[1].max(), abs=1e-12)


def test_a_map_is_read_and_reduced_curve_by_curve(read_text: Callable[..., xr.Dataset]) -> None:
    record = read_text(Jpk(curves=12).content(), "film.jpk-force-map")
    assert record["curve"].values[[0, -1]].tolist() == [0.0, 11.0]
    tip = {"tip_shape": Value("flat"), "tip_radius": Value(1e-6, "m"), "poisson_ratio": Value(0.3)}
    found = reduce(record, tip)
    rows = found.tables["curves"]
    assert [row["curve"] for row in rows] == list(range(12))
    values = np.array([row["elastic_modulus / Pa"] for row in rows])
    assert found["elastic_modulus"].value == pytest.approx(values.mean())
    assert found["elastic_modulus_sd"].value == pytest.approx(values.std(ddof=1))
    assert found["elastic_modulus"].standard_error == pytest.approx(values.std(ddof=1) / np.sqrt(12))
    one = reduce(record, tip | {"tip_radius": Value(1e-6, "m", u=0.1e-6)})["elastic_modulus"]
    shared = np.sqrt((one.standard_error or 0.0) ** 2 - values.var(ddof=1) / 12) / one.value
    assert shared == pytest.approx(0.1, rel=0.02)  # E goes with 1 / R of a flat punch


def test_a_curve_of_a_map_that_shows_nothing_is_left_out_and_said(read_text: Callable[..., xr.Dataset]) -> None:
    record = read_text(Jpk(curves=3).content(), "film.jpk-force-map")
    force = record["force"].values.copy()
    force[record["curve"].values == 1.0] = 1e-12 * np.random.default_rng(0).standard_normal(200)
    found = reduce(record.assign(force=record["force"].copy(data=force)))
    assert "no contact" in found.tables["curves"][1]["failed"]
    assert any(flag.startswith("curves: 1 of 3") for flag in found.flags)


@pytest.mark.oracle
def test_afmformats_reads_the_same(read_text: Callable[..., xr.Dataset], tmp_path) -> None:
    import afmformats

    members = Jpk().members()
    folders = {"segments/": b"", "segments/0/": b"", "segments/1/": b""}
    for place in (0, 1):  # what it asks for and we do not
        members[f"segments/{place}/segment-header.properties"] += (
            b"\nforce-segment-header.num-points=100\nforce-segment-header.settings.segment-settings.z-start=0"
            b"\nforce-segment-header.settings.segment-settings.z-end=1e-6\nforce-segment-header.duration=0.5"
            b"\nforce-segment-header.time-stamp=2016-06-15 15\\:56\\:49.959 +0200"
            b"\nforce-segment-header.approach-id=1"
        )
    members["header.properties"] += b"force-scan-series.header.position-index=1\n"
    path = tmp_path / "film.jpk-force"
    path.write_bytes(zipped(folders | members))
    theirs, ours = afmformats.load_data(path)[0], read_text(path.read_bytes(), path.name)
    assert ours["force"].values == pytest.approx(np.array(theirs["force"]), abs=1e-20)
    assert -ours["displacement"].values == pytest.approx(np.array(theirs["height (measured)"]), abs=1e-18)


def replaced(old: bytes, new: bytes, where: str = "shared-data/header.properties") -> bytes:
    members = Jpk().members()
    return zipped(members | {where: members[where].replace(old, new)})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (Jpk(points=10**12).content(), "declares 1e+12 numbers"),
        (Jpk(points=99).content(), "declares 99 numbers"),
        (Jpk(base_of_force="force").content(), "lead to no raw number"),
        (Jpk(slots="").content(), "in volts only"),
        (Jpk(encoder="complex").content(), "not known"),
        (Jpk(drop=("vDeflection",)).content(), "no deflection"),
        (Jpk(drop=("measuredHeight",)).content(), "no height"),
        (Jpk(drop=("segment-header",)).content(), "missing in the archive"),
        (replaced(b"unit.unit=N", b"unit.unit=V"), "not in N"),
        (replaced(b"scaling.multiplier=0.4", b"scaling.multiplier=much"), "no number"),
        (replaced(b"scaling.multiplier=0.4", b"scaling.multiplier=1e300"), "no such instrument"),
        (replaced(b"scaling.multiplier=0.4", b"scaling.multiplier=0"), "one force in all rows"),
        (Jpk().content()[:-30], "damaged zip archive"),
    ],
)
def test_a_bad_jpk_file_is_refused_with_place_and_cure(
    read_text: Callable[..., xr.Dataset], content: bytes, said: str
) -> None:
    with pytest.raises(ReadError) as error:
        read_text(content, "film.jpk-force")
    if said != "damaged zip archive":
        assert said in error.value.what
    assert "film.jpk-force" in error.value.where
    assert error.value.cure


def overgrown(kind: str) -> bytes:
    """Files that are small or regular to look at and ask for more memory or time than there is."""
    members = Jpk().members()
    header, data = "segments/0/segment-header.properties", "segments/0/channels/vDeflection.dat"
    if kind == "header":
        return zipped(members | {"header.properties": bytes(64 * 2**20)})
    if kind == "channel":
        return zipped(members | {data: bytes(64 * 2**20)})
    if kind == "rows":
        many = members[header].replace(b"num-points=100", b"num-points=16777216")
        return zipped(
            members
            | {header: many, data: bytes(64 * 2**20), data.replace("vDeflection", "measuredHeight"): bytes(64 * 2**20)}
        )
    if kind == "members":
        return zipped(members | {f"index/{k}/header.properties": b"" for k in range(19_000)})
    if kind == "references":
        return zipped(members | {header: b"\n".join(b"channel.x%d.lcd-info.*=1" % k for k in range(30_000))})
    if kind == "escapes":
        return zipped(members | {"header.properties": b"a=" + b"\\" * 10**6})
    if kind == "lists":
        lists = "\\*Ciao scan list\r\n\\@Z scan size: V [Sens. Q] (1 V/LSB) 3 V\r\n" * 15_000
        return Nanoscope(more=lists, offset=2**20).content()
    return Nanoscope(scale="V " + "[" * 900_000, offset=2**20).content()


OVERGROWN = ("header", "channel", "rows", "members", "references", "escapes", "lists", "brackets")
_MEASURE = """
import pathlib, re, sys, time
from honeycell.quantities.errors import ReadError
from honeycell.readers import read
for path in sys.argv[1:]:
    start = time.process_time()
    try:
        read(path)
    except ReadError as error:
        assert error.cure
    else:
        raise SystemExit(f"{path} was read")
    peak = re.search(r"VmHWM:\\s+(\\d+) kB", pathlib.Path("/proc/self/status").read_text())  # rusage would count the parent's, too
    print(time.process_time() - start, int(peak[1]) * 1024)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is measured in another unit elsewhere")
def test_overgrown_files_are_refused_within_two_seconds_and_500_mb(tmp_path) -> None:
    paths = []
    for kind in OVERGROWN:
        path = tmp_path / f"{kind}{'.spm' if kind in ('lists', 'brackets') else '.jpk-force'}"
        path.write_bytes(overgrown(kind))
        paths.append(str(path))
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, paths[0], *paths], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    _, *measured = [
        [float(each) for each in line.split()] for line in done.stdout.splitlines()
    ]  # the first loads packages
    assert len(measured) == len(OVERGROWN)
    assert max(seconds for seconds, _ in measured) < 2.0, measured
    assert max(peak for _, peak in measured) < 500e6, measured


@settings(max_examples=120, deadline=None)
@given(CHANGES)
def test_a_damaged_jpk_file_is_refused_or_sound(sound_or_refused: Callable[..., None], changes: list) -> None:
    sound_or_refused("film.jpk-force", Jpk().content(), changes)


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(sorted(Jpk().members())), CHANGES)
def test_a_damaged_member_of_a_jpk_file_is_refused_or_sound(
    sound_or_refused: Callable[..., None], name: str, changes: list
) -> None:
    members = Jpk().members()
    new = bytearray(members[name])
    for where, how, piece in changes:
        at = int(where * len(new))
        end = at if how == 1 else len(new) if how == 3 else at + len(piece)
        new[at:end] = b"" if how > 1 else piece
    sound_or_refused("film.jpk-force", zipped(members | {name: bytes(new)}))
