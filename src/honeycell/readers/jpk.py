"""Force curves of JPK microscopes: a zip archive of properties and raw segments, one curve or a map of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from honeycell.quantities.errors import ReadError
from honeycell.readers.archive import Archive, member_names
from honeycell.readers.base import Reader
from honeycell.readers.force_record import APPROACH, DWELL, MOST_ROWS, RETRACT, Curve, force_record
from honeycell.readers.jpk_segments import (
    CURE,
    LARGEST_HEADERS,
    Segment,
    channels_by_folder,
    properties_in,
    segments_in,
    shared_descriptions,
)

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.readers.source import Source

    Floats = NDArray[np.float64]

HEADER = "header.properties"
# channels by the program's versions, the better ones first, and the conversion that gives metres
MEASURED = {"measuredHeight": "nominal", "capacitiveSensorHeight": "nominal", "strainGaugeHeight": "nominal"}
DRIVEN = {"height": "calibrated", "head-height": "calibrated"}
DEFLECTION = "vDeflection"
_KINDS = {"extend": APPROACH, "retract": RETRACT, "pause": DWELL}
_LONGEST_SEGMENT = 1e6  # s


class JpkReader(Reader):
    """Force and height of all segments; the measured height is preferred to that of the piezo.

    Forces are in newton where the cantilever was calibrated; else the deflection in metres, which needs the spring constant.
    """

    name: ClassVar[str] = "jpk"
    title: ClassVar[str] = "JPK force curves (jpk-force, jpk-force-map)"
    suffixes: ClassVar[tuple[str, ...]] = (".jpk-force", ".jpk-force-map", ".jpk-qi-data")
    schemas: ClassVar[tuple[str, ...]] = ("force_curve/1",)

    def recognises(self, source: Source) -> bool:
        """By the members of the archive."""
        names = member_names(source)
        return HEADER in names and any(each.startswith(("segments/", "index/")) for each in names)

    def read(self, source: Source) -> xr.Dataset:
        """The force curve, or all those of a map; the variable ``curve`` then tells them apart."""
        archive = Archive(source)
        header = properties_in(archive, HEADER)
        declared = sum(archive.size(each) for each in archive.names if each.endswith(".properties"))
        if declared > LARGEST_HEADERS:
            raise ReadError(f"declares headers of {declared} bytes", source.name, "Export part of the map.")
        shared, channels = shared_descriptions(archive), channels_by_folder(archive)
        numbers = {each.split("/")[1] for each in archive.names if each.startswith("index/")}
        folders = [f"index/{each}/" for each in sorted((n for n in numbers if n.isdigit() and len(n) < 9), key=int)]
        flags: list[str] = []
        curves: list[Curve] = []
        rows = 0
        for folder in folders or [""]:
            curve = _curve(archive, segments_in(archive, folder, channels, shared), folder, MOST_ROWS - rows, flags)
            rows += curve.displacement.size
            curves.append(curve)
        return force_record(
            source,
            _joined(curves, source),
            form=self.name,
            instrument=header.get("force-scan-series.description.instrument") or "JPK",
            header="\n".join(f"{key}={value}" for key, value in header.items()),
            flags=flags,
        )


def _curve(archive: Archive, segments: list[Segment], folder: str, most: int, flags: list[str]) -> Curve:
    where = f"{archive.source.name}, {folder or 'segments'}"
    if not segments:
        raise ReadError("holds no segments", where, CURE)
    channels = segments[0].channels
    height, slot = _height(channels, where, flags)
    if DEFLECTION not in channels:
        raise ReadError(f"has the channels {', '.join(channels)}, among which is no deflection", where, CURE)
    calibrated = "force" in segments[0].slots(DEFLECTION)
    if not calibrated and "distance" not in segments[0].slots(DEFLECTION):
        raise ReadError("has a deflection in volts only", where, "Calibrate the cantilever and save again.")
    z: list[Floats] = []
    load: list[Floats] = []
    kinds: list[Floats] = []
    times: list[Floats] = []
    begin = 0.0
    for segment in segments:
        if not segment.style:
            flags.append("segment: a segment is neither extend, retract nor pause by its header; it counts as a pause")
        moved = segment.values(height, slot if slot in segment.slots(height) else _default(segment, height), "m")
        force = segment.values(DEFLECTION, *(("force", "N") if calibrated else ("distance", "m")))
        if moved.size != force.size:
            what = f"has {moved.size} heights and {force.size} deflections"
            raise ReadError(what, f"{archive.source.name}, {segment.folder}", CURE)
        if (most := most - moved.size) < 0:
            raise ReadError(f"holds more than {MOST_ROWS} rows of force curves", where, "Export part of the map.")
        kind = _KINDS.get(segment.style, DWELL)
        if kind != DWELL and any(each.size and each[0] == kind for each in kinds):
            flags.append("segment: the curve has several approaches or retracts; the first of each is taken")
            kind = DWELL
        duration = segment.duration
        if duration is not None and 0.0 <= duration < _LONGEST_SEGMENT:
            times.append(begin + duration * np.arange(moved.size) / max(moved.size, 1))
            begin += duration
        z.append(-moved)
        load.append(force)
        kinds.append(np.full(moved.size, float(kind)))
    joined = np.concatenate(load)
    return Curve(
        np.concatenate(z),
        np.concatenate(kinds),
        "fixed end",
        force=joined if calibrated else None,
        deflection=None if calibrated else joined,
        test_time=np.concatenate(times) if len(times) == len(segments) else None,
        spring_constant=_positive(segments[0].scale(DEFLECTION, "force")) if calibrated else None,
        deflection_sensitivity=_positive(segments[0].scale(DEFLECTION, "distance"))
        if "distance" in segments[0].slots(DEFLECTION)
        else None,
    )


def _height(channels: tuple[str, ...], where: str, flags: list[str]) -> tuple[str, str]:
    """Channel of the height and the conversion that gives it in metres."""
    for known in (MEASURED, DRIVEN):
        for name, slot in known.items():
            if name in channels:
                if known is DRIVEN:
                    flags.append("displacement: of the piezo as driven; the file has no measured height")
                return name, slot
    raise ReadError(f"has the channels {', '.join(channels)}, among which is no height", where, CURE)


def _default(segment: Segment, channel: str) -> str:
    return segment.text(f"channel.{channel}.conversion-set.conversions.default")


def _positive(number: float) -> float | None:
    return number if math.isfinite(number) and number > 0.0 else None


def _joined(curves: list[Curve], source: Source) -> Curve:
    """All curves in one, ``number`` telling them apart.

    Raises
    ------
    ReadError : some are forces, others deflections.
    """
    first = curves[0]
    if len(curves) == 1:
        return first

    def stacked(values: list[Floats | None]) -> Floats | None:
        there = [each for each in values if each is not None]
        if 0 < len(there) < len(values):
            raise ReadError("holds curves with and without calibration", source.name, CURE)
        return np.concatenate(there) if there else None

    same = all(each.spring_constant == first.spring_constant for each in curves)
    return Curve(
        np.concatenate([each.displacement for each in curves]),
        np.concatenate([each.segment for each in curves]),
        first.of,
        force=stacked([each.force for each in curves]),
        deflection=stacked([each.deflection for each in curves]),
        number=np.concatenate([np.full(each.displacement.size, float(place)) for place, each in enumerate(curves)]),
        spring_constant=first.spring_constant if same else None,
        deflection_sensitivity=first.deflection_sensitivity if same else None,
    )
