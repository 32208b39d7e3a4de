"""Bruker ``.brml``: the zip archive of XML that DIFFRAC.MEASUREMENT writes.

``Experiment*/DataContainer.xml`` lists the scans, one ``RawData*.xml`` each. There a ``DataRoute`` holds one ``Datum`` of numbers per
point, and its ``DataViews`` say in which column what stands: fixed views (counting time, absorption factor), varying ones (the axes
that were moved, in the order of their ``FieldDefinitions``), recorded ones (the detector, and what else was logged). The stored
intensity already has the absorber's factor in it, so that its counting error is the root of intensity over factor, times the factor.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from honeycell.quantities.errors import ReadError
from honeycell.readers.archive import Archive, member_names
from honeycell.readers.base import Reader
from honeycell.readers.pattern import (
    COUNTS,
    UNKNOWN,
    WHOLE,
    Scan,
    Stated,
    pattern_record,
    wavelength_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.readers.source import Source

_RAW = re.compile(r"Experiment(\d+)/RawData(\d+)\.xml")
_CONTAINER = re.compile(r"Experiment\d+/DataContainer\.xml")
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
# tags, attributes, line ends and entities that are read, beyond the first ones per packed byte: points need 0.2 to 0.4
_MARKS, _MARKS_PER_BYTE = 400_000, 0.5
_MOST_ATTRIBUTES = 200_000  # of one document: instruments write some hundreds
_LARGEST_MEMBER = 64 * 2**20  # bytes of one scan: a million points
_LARGEST = 160 * 2**20  # bytes unpacked: a thousand patterns of 2500 points
_LARGEST_FACTOR, _SMALL = 200, 32 * 2**20  # unpacked over packed size, beyond the small ones: XML packs 10 to 30 times
_DAMAGED = "The file is damaged or was cut off; copy it again."
_COUNTERS = ("ScanCounter", "Counter0D")  # names of the detector's own channel
_METRE = {"mm": 1e-3, "µm": 1e-6, "um": 1e-6, "m": 1.0}


class BrmlReader(Reader):
    """Scans over 2 theta with any columns, and stills of a line detector; several as :func:`~honeycell.readers.pattern.pattern_record` says.

    Scans that were broken off are passed over where there are whole ones, which a flag says. The wavelength is K-alpha1; those of the
    other lines are attributes. ``time_per_step`` is the counting time of a point, for a line detector that of all its channels.
    """

    name: ClassVar[str] = "brml"
    title: ClassVar[str] = "Bruker DIFFRAC measurement (.brml)"
    suffixes: ClassVar[tuple[str, ...]] = (".brml",)
    schemas: ClassVar[tuple[str, ...]] = ("diffraction/1", "diffraction_series/1")

    def recognises(self, source: Source) -> bool:
        """By the names of the archive's members, or by its suffix where it is a damaged archive."""
        names = member_names(source)
        if names:
            return any(_RAW.fullmatch(name) or _CONTAINER.fullmatch(name) for name in names)
        return source.suffix == ".brml"

    def read(self, source: Source) -> xr.Dataset:
        """The pattern, or the patterns where all scans share a grid."""
        archive = Archive(source)
        declared = archive.declared()
        if declared > _SMALL and declared > _LARGEST_FACTOR * len(source.content):
            what = f"unpacks to {declared / len(source.content):.0f} times its size"
            raise ReadError(what, source.name, "No instrument writes that; copy the file again.")
        if declared > _LARGEST:
            raise ReadError(f"unpacks to more than {_LARGEST // 2**20} MB", source.name, "Export fewer scans at once.")
        reading = _Reading(archive)
        scans, aborted = [], []
        for name in _members(reading):
            root = reading.xml(name)
            try:
                measured = _measured(root, f"{source.name}, {name}")
            except (TypeError, ValueError) as error:  # whatever a damaged attribute may give
                raise ReadError(f"is damaged ({error})", f"{source.name}, {name}", _DAMAGED) from None
            (aborted if measured[0].incomplete else scans).extend(measured)
        flags: list[str] = []
        if scans and aborted:
            flags.append(f"aborted: {len(aborted)} scan(s) that were broken off are left out")
        elif aborted:
            flags += [f"incomplete: {scan.incomplete}" for scan in aborted]
            scans = aborted
        if not scans:
            raise ReadError("holds no measured scan", source.name, "Measure or export it again.")
        return pattern_record(source, [each.scan for each in scans], _stated(source, reading, scans, flags))


@dataclass(frozen=True)
class _Measured:
    """One scan and its document; ``incomplete`` says what is missing of it, in words."""

    scan: Scan
    root: ET.Element
    kind: str
    unit: str
    columns: tuple[str, ...]
    incomplete: str
    flags: tuple[str, ...]


class _Builder(ET.TreeBuilder):
    """Builds a tree, refusing what XML can be made to explode with."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self.where = where

    def doctype(self, *_: Any) -> None:
        raise ReadError("declares a document type, which no instrument does", self.where, "Do not trust this file.")


class _Reading:
    """The archive and how many tags, attributes, line ends and entities may still be read from it."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.left = _MARKS + int(_MARKS_PER_BYTE * len(archive.source.content))

    def xml(self, name: str) -> ET.Element:
        """Root of a member.

        Raises
        ------
        ReadError : missing, damaged, no XML, too large, or with a document type.
        """
        where = f"{self.archive.source.name}, {name}"
        content = self.archive.read(name)
        self.left -= sum(content.count(mark) for mark in (b"<", b"=", b"\n", b"\r", b"&"))
        if self.left < 0 or content.count(b"=") > _MOST_ATTRIBUTES or len(content) > _LARGEST_MEMBER:
            raise ReadError("holds more than a file of its size can", where, "Export the scans in several files.")
        parser = ET.XMLParser(target=_Builder(where))
        try:
            parser.feed(content)
            root = parser.close()
        except (ET.ParseError, LookupError, ValueError) as error:  # LookupError: an encoding nobody knows
            raise ReadError(f"is no readable XML ({error})", where, _DAMAGED) from None
        if not isinstance(root, ET.Element):
            raise ReadError("is empty", where, _DAMAGED)
        return root


def _members(reading: _Reading) -> list[str]:
    """Names of the scans, in the order in which they were numbered; of those listed, none may be missing."""
    names = reading.archive.names
    found = {name: (int(match[1]), int(match[2])) for name in names if (match := _RAW.fullmatch(name))}
    listed = [
        (each.text or "").strip().replace("\\", "/")
        for name in names
        if _CONTAINER.fullmatch(name)
        for each in reading.xml(name).iterfind(".//RawDataReferenceList/string")
    ]
    missing = [name for name in listed if name and name not in found]
    source = reading.archive.source
    if missing:
        raise ReadError(f"lists {missing[0][:80]!r}, which the archive lacks", source.name, _DAMAGED)
    wanted = [name for name in listed if name] or list(found)
    if not wanted:
        raise ReadError("holds no scan (Experiment*/RawData*.xml)", source.name, "Was the measurement finished?")
    return sorted(dict.fromkeys(wanted), key=lambda name: found[name])


def _measured(root: ET.Element, where: str) -> list[_Measured]:
    """The scan of a document, or the patterns that a detector at rest recorded at once."""
    route = _route(root, where)
    views = _views(route, where)
    information = route.find("ScanInformation")
    kind = (information.get("ScanName") or information.get("VisibleName") or "") if information is not None else ""
    rows = _rows(route, views, where)
    route[:] = [each for each in route if each.tag != "Datum"]  # hundreds of scans would fill the memory
    incomplete = _incomplete(root, route, rows.shape[0])
    if views.channels > 1:
        angles = _channel_angles(route, views, where)
        return [_still(root, row, angles, views, kind, incomplete, where, len(rows) == 1) for row in rows]
    if "TwoTheta" not in views.axes:
        axes = ", ".join(views.axes) or "nothing that is known"
        raise ReadError(f"is a scan over {axes}, not over 2 theta", where, "Export a coupled or detector scan.")
    flags: list[str] = []
    blank = rows[:, views.intensity] == views.blank
    if blank.any():
        flags.append(f"blank: {int(blank.sum())} points that hold no measurement are left out")
        rows = rows[~blank]
    x, y = rows[:, views.axes["TwoTheta"]], rows[:, views.intensity]
    factor = rows[:, views.factor] if views.factor is not None else np.ones(y.size)
    error, unit = _counting_error(y, factor, views.unit, flags, where)
    time = rows[:, views.time] if views.time is not None else None
    scan = Scan(x, y, where, error, time, _started(root), raw=rows)
    return [_Measured(scan, root, kind, unit, views.columns, incomplete, tuple(flags))]


def _channel_angles(route: ET.Element, views: _Views, where: str) -> NDArray[np.float64]:
    """Angles [degree] of the channels of a line detector, where the document gives them for all its positions at once."""
    axes = route.findall("ScanInformation/ScaleAxes/ScaleAxisInfo")
    if len(axes) != 1 or axes[0].get("AxisId") != "TwoTheta":
        what = f"holds frames of {views.channels} channels, not one intensity for each angle"
        raise ReadError(what, where, "Integrate them in the instrument's program and export the scan.")
    start, stop, step = (float(axes[0].findtext(name) or "nan") for name in ("Start", "Stop", "Increment"))
    angles = start + step * np.arange(views.channels, dtype=np.float64)
    if not abs(angles[-1] - stop) <= abs(step) * 1.01:  # some programs count the end of the last channel
        what = f"holds {views.channels} channels, which do not reach from {start:g} to {stop:g} degree by {step:g}"
        raise ReadError(what, where, _DAMAGED)
    return angles


def _still(
    root: ET.Element,
    row: NDArray[np.float64],
    angles: NDArray[np.float64],
    views: _Views,
    kind: str,
    incomplete: str,
    where: str,
    alone: bool,
) -> _Measured:
    """One pattern of a detector at rest; the document's start is known to be its own only where it is ``alone``."""
    flags: list[str] = []
    y = row[views.intensity : views.intensity + views.channels]
    seen = y != views.blank
    if not seen.all():
        flags.append(f"blank: {int((~seen).sum())} channels that hold no measurement are left out")
    factor = np.full(int(seen.sum()), row[views.factor] if views.factor is not None else 1.0)
    error, unit = _counting_error(y[seen], factor, views.unit, flags, where)
    time = float(row[views.time]) if views.time is not None else None
    started = _started(root) if alone else None
    scan = Scan(angles[seen], y[seen], where, error, time, started)
    return _Measured(scan, root, kind, unit, (), incomplete, tuple(flags))


def _route(root: ET.Element, where: str) -> ET.Element:
    """What was measured, and not what was later made of it."""
    routes = root.findall("DataRoutes/DataRoute")
    measured = [route for route in routes if route.get("RouteFlag") == "Measured"]
    if len(measured) == 1 or len(routes) == 1:
        return (measured or routes)[0]
    if not routes:
        raise ReadError("holds no data", where, _DAMAGED)
    raise ReadError(f"holds {len(routes)} sets of data of which not one is the measured", where, "Export it as xy.")


@dataclass(frozen=True)
class _Views:
    """In which column of a ``Datum`` what stands."""

    axes: dict[str, int]
    intensity: int
    unit: str
    blank: float
    time: int | None
    factor: int | None
    columns: tuple[str, ...]
    channels: int  # of the detector, for each point


def _views(route: ET.Element, where: str) -> _Views:
    axes: dict[str, int] = {}
    fixed: dict[str, int] = {}
    recorded: list[tuple[str, int, int, str, float]] = []
    names: dict[int, str] = {}
    for view in route.findall("DataViews/RawDataView"):
        start, length = int(view.get("Start", "")), int(view.get("Length", ""))
        if not 0 <= start < 10_000 or not 0 < length < 100_000:
            raise ReadError(f"has a column {start} of {length} values", where, _DAMAGED)
        kind = (view.get(_TYPE) or "").rpartition(":")[2]
        if kind == "VaryingRawDataView":
            for offset, each in enumerate(view.iter("FieldDefinitions")):
                axis = each.get("AxisId") or each.get("FieldName") or ""
                axes.setdefault(axis, start + offset)
                names[start + offset] = axis
        elif kind == "RecordedRawDataView":
            recording = view.find("Recording")
            name = (recording.get("LogicName") or "") if recording is not None else ""
            unit = recording.find("Unit") if recording is not None else None
            blank = recording.findtext("BlankingValue") if recording is not None else None
            base = (unit.get("Base") or "") if unit is not None else ""
            recorded.append((name, start, length, base, float(blank or "nan")))
            names[start] = f"{name} / {base}" if base else name
        elif name := view.get("LogicName"):
            fixed[name] = start
            names[start] = f"{name} / {view.get('Unit')}" if view.get("Unit") else name
    chosen = _detector(recorded, where)
    width = max([*names, chosen[1] + chosen[2] - 1]) + 1
    return _Views(
        axes,
        chosen[1],
        chosen[3],
        chosen[4],
        fixed.get("MeasuredTime"),
        fixed.get("AbsorptionFactor"),
        tuple(names.get(i, f"column {i + 1}") for i in range(width)),
        chosen[2],
    )


def _detector(recorded: Sequence[tuple[str, int, int, str, float]], where: str) -> tuple[str, int, int, str, float]:
    """The one recorded view that is the detector's, among those of thermometers and the like."""
    found = [each for each in recorded if each[0] in _COUNTERS]
    found = found or [each for each in recorded if each[3].lower() in ("counts", "count")] or list(recorded)
    if len(found) != 1:
        listed = ", ".join(each[0] for each in found) or "none"
        raise ReadError(f"has not one detector but {len(found)} ({listed[:120]})", where, "Export the scan as xy.")
    return found[0]


def _rows(route: ET.Element, views: _Views, where: str) -> NDArray[np.float64]:
    width = len(views.columns)
    texts = [datum.text or "" for datum in route.iterfind("Datum")]
    if not texts:
        raise ReadError("holds no points", where, "Was the measurement finished?")
    if sum(map(len, texts)) < len(texts) * width:  # before memory is taken for what is only declared
        what = f"has {len(texts)} points too short for the {width} numbers described"
        raise ReadError(what, where, _DAMAGED)
    rows = np.empty((len(texts), width))
    for index, text in enumerate(texts):
        cells = text.split(",")
        try:
            rows[index] = [float(cell) for cell in cells[:width]]
        except ValueError:
            what = f"has the point {text[:60]!r}, not {width} numbers"
            raise ReadError(what, f"{where}, point {index + 1}", _DAMAGED) from None
        if len(cells) < width:
            what = f"has {len(cells)} numbers where {width} are described"
            raise ReadError(what, f"{where}, point {index + 1}", _DAMAGED)
    return rows


def _counting_error(
    y: NDArray[np.float64], factor: NDArray[np.float64], unit: str, flags: list[str], where: str
) -> tuple[NDArray[np.float64] | None, str]:
    """Standard errors of intensities that hold the absorber's factor, and the unit; None where they cannot be told."""
    if not np.all((factor > 0.0) & np.isfinite(factor)):
        raise ReadError("has an absorption factor that is not positive", where, _DAMAGED)
    if unit.lower() not in ("counts", "count"):
        flags.append(f"intensity_unit: the file gives intensities in {unit or 'no unit'!r}, not in counts")
        return None, UNKNOWN
    with np.errstate(all="ignore"):
        counts = y / factor
        whole = bool(np.all(np.abs(counts - np.round(counts)) <= WHOLE * np.maximum(1.0, np.abs(counts) * WHOLE)))
    if not whole:
        flags.append("intensity_unit: intensities are no whole numbers, so that their counting errors are not known")
        return None, UNKNOWN
    if np.any(factor != 1.0):
        flags.append("absorber: intensities behind an absorber are scaled up by its factor, as in the file")
        return np.sqrt(np.maximum(counts, 1.0)) * factor, COUNTS
    return None, COUNTS


def _incomplete(root: ET.Element, route: ET.Element, points: int) -> str:
    """What is missing of the scan, in words; nothing where it is whole."""
    status = (root.findtext("MeasurementStatus") or "").strip()
    infos = route.findall("SubScans/SubScanInfo")
    planned = sum(int(info.get("Steps") or 0) for info in infos)
    if status and status not in ("Measured", "Finished"):
        return f"the scan is marked {status[:40]!r} and holds {points} points" + (f" of {planned}" if planned else "")
    return f"{points} of {planned} points are there" if planned > points else ""


def _started(root: ET.Element) -> float | None:
    text = (root.findtext("TimeStampStarted") or "").strip()
    try:
        when = datetime.fromisoformat(text)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _stated(source: Source, reading: _Reading, scans: Sequence[_Measured], flags: list[str]) -> Stated:
    root = scans[0].root
    flags += [flag for each in scans for flag in each.flags]
    units = {each.unit for each in scans}
    attributes: dict[str, Any] = {}
    lines = {"average": "Average", "alpha1": "Alpha1", "alpha2": "Alpha2", "beta": "Beta"}
    for name, label in lines.items():
        angstrom = _value(root, f"WaveLength{label}", ("Å", "A", ""))
        if angstrom is not None and (metre := wavelength_of(angstrom, flags)) is not None:
            attributes[f"wavelength_{name}_m"] = metre
    wavelength = attributes.get("wavelength_alpha1_m")
    if wavelength is None and (only := _value(root, "WaveLength", ("Å", "A", ""))) is not None:
        wavelength = wavelength_of(only, flags)
    ratio = _value(root, "WaveLengthRatio", None)
    attributes |= {"alpha2_to_alpha1": ratio} if ratio is not None and 0.0 < ratio < 1.0 else {}
    tube = next(root.iter("Tube"), root)
    for name, label, unit, factor in (("voltage_V", "Voltage", "kV", 1e3), ("current_A", "Current", "mA", 1e-3)):
        if (value := _value(next(tube.iter("Generator"), tube), label, (unit,))) is not None:
            attributes[f"generator_{name}"] = value * factor
    radius = next(root.iter("Radius"), None)
    if radius is not None and radius.get("Unit") in _METRE and (value := _number(radius.get("Value"))) is not None:
        attributes["goniometer_radius_m"] = value * _METRE[radius.get("Unit", "")]
    if anode := (root.findtext(".//TubeMaterial") or "").strip():
        attributes["anode"] = anode
    attributes["scan_type"] = ", ".join(sorted({each.kind for each in scans}))
    if started := (root.findtext("TimeStampStarted") or "").strip():
        attributes["measured_on"] = started
    planned = _number(root.findtext(".//ScanInformation/TimePerStep"))
    attributes |= {"planned_time_per_step_s": planned} if planned is not None else {}
    items = {item.get("Name", ""): item.get("Value", "") for item in root.iter("InfoItem")}
    instrument = _instrument(reading)
    header = [f"{key}: {value}" for key, value in items.items() if value]
    return Stated(
        form=BrmlReader.name,
        instrument=instrument or "Bruker diffractometer",
        sample=" ".join(items.get("SampleName", "").split()) or source.stem,
        header="\n".join(header),
        unit=units.pop() if len(units) == 1 else UNKNOWN,
        wavelength=wavelength,
        raw_columns=scans[0].columns,
        attributes=attributes,
        flags=tuple(flags),
    )


def _instrument(reading: _Reading) -> str:
    name = next((name for name in reading.archive.names if _CONTAINER.fullmatch(name)), None)
    return (reading.xml(name).findtext(".//DeviceTypeDesc") or "").strip() if name else ""


def _value(root: ET.Element, tag: str, units: Iterable[str] | None) -> float | None:
    """The number of the first element of a name whose unit is one of ``units``; None where there is none."""
    for element in root.iter(tag):
        if units is None or (element.get("Unit") or "") in units:
            return _number(element.get("Value"))
    return None


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if np.isfinite(value) else None
