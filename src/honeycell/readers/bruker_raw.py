"""Siemens and Bruker ``.raw``: the binary files of DIFFRAC-AT, DIFFRACplus and DIFFRAC.SUITE, versions 1 to 4.

Layouts as described in the comments of xylib's ``bruker_raw.cpp`` (versions 1 to 4), of GSAS-II's ``G2pwd_BrukerRAW.py`` (2 to 4) and
of geddes' ``bruker.rs`` (3 and 4), and by the DIFFRACplus XCH manual 2002, appendix A, that xylib cites. Everything is little-endian.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from honeycell.quantities.errors import ReadError
from honeycell.readers.base import Reader
from honeycell.readers.pattern import ANGSTROM, Scan, Stated, pattern_record, unit_of_counts, wavelength_of

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.readers.source import Source

_MAGIC = {b"RAW ": 1, b"RAW2": 2, b"RAW1.01": 3, b"RAW4.00": 4}
_MOST_RANGES = 10_000  # a pole figure has hundreds
_MOST_SEGMENTS = 200_000  # of all headers together
_UNKNOWN_ANGLE = -1e6  # what version 1 writes for a drive it does not have
_CUT = "The file is cut off or damaged; copy it again."
# of version 3: scans in which the detector moves, so that the axis is 2 theta
_SCANS = {
    0: "locked coupled",
    1: "unlocked coupled",
    2: "detector scan",
    20: "unlocked coupled HRXRD",
    129: "PSD fixed",
    130: "PSD fast",
}
_OTHER_SCANS = {3: "rocking curve", 4: "chi scan", 5: "phi scan", 6: "x scan", 7: "y scan", 8: "z scan", 12: "psi scan"}
_STATES = {2: "active", 3: "aborted", 4: "interrupted"}
_TWO_THETA_BIT, _TIME_BIT = 1, 1 << 10  # of the mask of what varies from point to point
_DETECTOR_SCANS = ("lockedcoupled", "unlockedcoupled", "detectorscan", "psdfast", "psdfixed", "twotheta", "2theta")


@dataclass(frozen=True)
class _Bytes:
    """The content, read by offset; every place beyond its end is a :class:`ReadError`."""

    content: bytes
    name: str

    def need(self, at: int, size: int, what: str) -> None:
        if at < 0 or size < 0 or at + size > len(self.content):
            raise ReadError(
                f"ends within {what}: {size} bytes are due at byte {at}, of {len(self.content)}", self.name, _CUT
            )

    def unpack(self, form: str, at: int, what: str = "a header") -> Any:
        """One number of struct format ``form``."""
        self.need(at, struct.calcsize(form), what)
        return struct.unpack_from(f"<{form}", self.content, at)[0]

    def text(self, at: int, size: int, what: str = "a header") -> str:
        """A field of fixed width up to its first null."""
        self.need(at, size, what)
        return " ".join(self.content[at : at + size].split(b"\0")[0].decode("cp1252", "replace").split())

    def points(self, at: int, count: int, stride: int, what: str) -> NDArray[np.uint8]:
        """``count`` rows of ``stride`` bytes."""
        if count <= 0:
            raise ReadError(f"declares {count} points in {what}", self.name, _CUT)
        self.need(at, count * stride, f"the {count} points of {what}")
        return np.frombuffer(self.content, np.uint8, count * stride, at).reshape(count, stride)


@dataclass
class _Found:
    """What one version's walk through the file collects."""

    scans: list[Scan]
    fields: dict[str, str]
    attributes: dict[str, Any]
    flags: list[str]
    wavelength: float | None = None
    seconds: bool = True
    segments: int = 0

    def add_wavelengths(self, **angstrom: float) -> None:
        """Attributes of those that can be wavelengths."""
        for name, value in angstrom.items():
            metre = wavelength_of(value, self.flags)
            if metre is not None:
                self.attributes[f"wavelength_{name}_m"] = metre


class BrukerRawReader(Reader):
    """All four versions; several ranges as :func:`~honeycell.readers.pattern.pattern_record` says.

    The wavelength is the one that the range was measured with where the file says so, else K-alpha1; the others are attributes.
    """

    name: ClassVar[str] = "bruker_raw"
    title: ClassVar[str] = "Siemens/Bruker diffractometer binary (.raw, versions 1 to 4)"
    suffixes: ClassVar[tuple[str, ...]] = (".raw",)
    schemas: ClassVar[tuple[str, ...]] = ("diffraction/1", "diffraction_series/1")

    def recognises(self, source: Source) -> bool:
        """By its first bytes; version 1, which begins with a plain word, also by the zeros of a binary file."""
        return _version(source.content) > 0

    def read(self, source: Source) -> xr.Dataset:
        """The pattern, or the patterns where all ranges share a grid."""
        version = _version(source.content)
        walk = {1: _version_1, 2: _version_2, 3: _version_3, 4: _version_4}[version]
        found = _Found([], {}, {"raw_version": version}, [])
        walk(_Bytes(source.content, source.name), found)
        for scan in found.scans:
            if scan.counting_time is not None and not np.all(np.isfinite(scan.counting_time)):
                raise ReadError("has a counting time that is no number", scan.place, _CUT)
        unit, flags = unit_of_counts(found.scans)
        stated = Stated(
            form=self.name,
            instrument="Bruker diffractometer",
            sample=found.fields.get("sample") or source.stem,
            header="\n".join(f"{key}: {value}" for key, value in found.fields.items() if value),
            unit=unit,
            wavelength=found.wavelength,
            seconds=found.seconds,
            attributes=found.attributes,
            flags=(*found.flags, *flags),
        )
        return pattern_record(source, found.scans, stated)


def _version(content: bytes) -> int:
    version = next((number for magic, number in _MAGIC.items() if content.startswith(magic)), 0)
    return 0 if version == 1 and b"\0" not in content[:156] else version


def _angles(data: _Bytes, place: str, start: float, step: float, count: int) -> NDArray[np.float64]:
    if not (np.isfinite(start) and np.isfinite(step) and abs(start) < 1e3 and 0.0 < abs(step) < 1e3):
        raise ReadError(f"steps by {step:g} degree from {start:g}", f"{data.name}, {place}", _CUT)
    return start + step * np.arange(count, dtype=np.float64)


def _floats(rows: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The 32-bit float that begins each row."""
    with np.errstate(invalid="ignore"):
        return np.ascontiguousarray(rows[:, :4]).view("<f4")[:, 0].astype(float)


def _place(data: _Bytes, number: int) -> str:
    return f"{data.name}, range {number}"


def _version_1(data: _Bytes, found: _Found) -> None:
    """Ranges of a 156-byte header each, told from the end by its last field; later ones may lack the mark ``RAW ``."""
    at, number = 0, 0
    while number == 0 or at < len(data.content):
        number += 1
        what = f"the header of range {number}"
        if number > _MOST_RANGES:
            raise ReadError(f"holds more than {_MOST_RANGES} ranges", data.name, _CUT)
        head = at if data.content[at : at + 4] == b"RAW " else at - 4
        count, time, step, start = (
            data.unpack(form, head + place, what) for form, place in (("I", 4), ("f", 8), ("f", 12), ("f", 24))
        )
        data.need(head, 156, what)
        rows = data.points(head + 156, count, 4, f"range {number}")
        angles = _angles(data, f"range {number}", _short(start), _short(step), count)
        found.scans.append(Scan(angles, _floats(rows), _place(data, number), counting_time=time))
        if number == 1:
            found.fields["sample"] = data.text(head + 40, 32)
            alpha1, alpha2 = (_short(data.unpack("f", head + place)) for place in (72, 76))
            found.add_wavelengths(alpha1=alpha1, alpha2=alpha2)
            found.wavelength = found.attributes.get("wavelength_alpha1_m")
        following = data.unpack("I", head + 152, what)
        at = head + 156 + 4 * count
        if not following:
            break
        data.need(at, 4, f"the header of range {number + 1}")
    _flag_rest(data, found, at)


def _short(value: float) -> float:
    """A 32-bit float as the decimal it was made from: 0.02, not 0.01999999955."""
    return float(str(np.float32(value)))


def _version_2(data: _Bytes, found: _Found) -> None:
    """A 256-byte header, then ranges whose headers say how long they are."""
    data.need(0, 256, "the file header")
    count = data.unpack("H", 4)
    found.fields["measured on"] = data.text(168, 20)
    found.attributes |= {"measured_on": data.text(168, 20), "anode": data.text(188, 2)}
    alpha1, alpha2, ratio, beta = (_short(data.unpack("f", at)) for at in (190, 194, 198, 206))
    found.add_wavelengths(alpha1=alpha1, alpha2=alpha2, beta=beta)
    found.attributes |= {"alpha2_to_alpha1": ratio} if 0.0 < ratio < 1.0 else {}
    found.wavelength = found.attributes.get("wavelength_alpha1_m")
    at = 256
    for number in range(1, _range_count(data, count) + 1):
        what = f"the header of range {number}"
        length, points = data.unpack("H", at, what), data.unpack("H", at + 2, what)
        time, step, start = (data.unpack("f", at + place, what) for place in (8, 12, 16))
        if length < 48:
            raise ReadError(f"declares a header of {length} bytes", _place(data, number), _CUT)
        rows = data.points(at + length, points, 4, f"range {number}")
        angles = _angles(data, f"range {number}", _short(start), _short(step), points)
        found.scans.append(Scan(angles, _floats(rows), _place(data, number), counting_time=time))
        at += length + 4 * points
    _flag_rest(data, found, at)


def _flag_rest(data: _Bytes, found: _Found, at: int) -> None:
    """A flag where something follows the last range; zeros are padding."""
    rest = data.content[at:]
    if rest.strip(b"\0"):
        found.flags.append(f"rest: {len(rest)} bytes behind the last range are not understood and left out")


def _range_count(data: _Bytes, count: int) -> int:
    if not 0 < count <= _MOST_RANGES:
        raise ReadError(f"declares {count} ranges", data.name, _CUT)
    return count


def _version_3(data: _Bytes, found: _Found) -> None:
    """A 712-byte header; each range a header, a supplement, and points with what varies from point to point."""
    data.need(0, 712, "the file header")
    status, count = data.unpack("I", 8), data.unpack("I", 12)
    if status in _STATES:
        found.flags.append(f"incomplete: the measurement was {_STATES[status]} when the file was written")
    found.fields |= {
        "measured on": f"{data.text(16, 10)} {data.text(26, 10)}".strip(),
        "user": data.text(36, 72),
        "site": data.text(108, 218),
        "sample": data.text(326, 60),
        "comment": data.text(386, 160),
    }
    found.attributes |= {"measured_on": found.fields["measured on"], "anode": data.text(608, 4)}
    average, alpha1, alpha2, beta, ratio = (data.unpack("d", at) for at in (616, 624, 632, 640, 648))
    found.add_wavelengths(average=average, alpha1=alpha1, alpha2=alpha2, beta=beta)
    found.attributes |= {"alpha2_to_alpha1": ratio} if 0.0 < ratio < 1.0 else {}
    radius = data.unpack("f", 564)
    found.attributes |= {"goniometer_radius_m": _short(radius) * 1e-3} if 0.0 < radius < 1e4 else {}
    at, kinds, used = 712, set(), set()
    for number in range(1, _range_count(data, count) + 1):
        at = _range_3(data, found, at, number, kinds, used)
    _flag_rest(data, found, at)
    found.attributes["scan_type"] = ", ".join(sorted(kinds))
    _choose_wavelength(found, used)


def _range_3(data: _Bytes, found: _Found, at: int, number: int, kinds: set[str], used: set[float]) -> int:
    """Add the range whose header begins ``at``; returns where the next one does."""
    what, place = f"the header of range {number}", _place(data, number)
    length, points = data.unpack("I", at, what), data.unpack("I", at + 4, what)
    if not 260 <= length <= 4096:
        raise ReadError(f"declares a header of {length} bytes", place, _CUT)
    data.need(at, length, what)
    start, step = data.unpack("d", at + 16), data.unpack("d", at + 176)
    time, kind = data.unpack("f", at + 192), data.unpack("I", at + 196)
    if kind not in _SCANS:
        named = _OTHER_SCANS.get(kind, f"scan of kind {kind}")
        raise ReadError(f"is a {named}, not a scan over 2 theta", place, "Export a coupled or detector scan.")
    kinds.add(_SCANS[kind])
    varying, stride, extra = (data.unpack("I", at + each) for each in (248, 252, 256))
    if varying >= 1 << 16 or stride != 4 + 8 * varying.bit_count():
        what = f"declares points of {stride} bytes, though {varying.bit_count()} values vary besides the intensity"
        raise ReadError(what, place, _CUT)
    rows = data.points(at + length + extra, points, stride, f"range {number}")
    angles = _angles(data, f"range {number}", start, step, points)
    times: float | NDArray[np.float64] = _short(time)
    if varying & _TWO_THETA_BIT:
        angles = _doubles(rows, varying, _TWO_THETA_BIT)
    if varying & _TIME_BIT:
        times = _doubles(rows, varying, _TIME_BIT)
    found.scans.append(Scan(angles, _floats(rows), place, counting_time=times))
    used.add(data.unpack("d", at + 240))
    if number == 1:
        voltage, current = data.unpack("I", at + 224), data.unpack("I", at + 228)
        found.attributes |= {"generator_voltage_V": voltage * 1e3, "generator_current_A": current * 1e-3}
    return at + length + extra + stride * points


def _doubles(rows: NDArray[np.uint8], varying: int, bit: int) -> NDArray[np.float64]:
    """The values of one varying quantity, which stand behind the intensity by rising bit."""
    at = 4 + 8 * (varying & (bit - 1)).bit_count()
    return np.ascontiguousarray(rows[:, at : at + 8]).view("<f8")[:, 0].astype(float)


def _choose_wavelength(found: _Found, used: set[float]) -> None:
    """The one wavelength that all ranges were measured with, else K-alpha1."""
    known = {value for value in used if wavelength_of(value, []) is not None}
    if len(known) > 1:
        listed = ", ".join(f"{value:g}" for value in sorted(known))
        found.flags.append(f"wavelength: the ranges name several ({listed} angstrom), and none is taken")
    elif known:
        found.wavelength = known.pop() * ANGSTROM
    else:
        found.wavelength = found.attributes.get("wavelength_alpha1_m")


def _version_4(data: _Bytes, found: _Found) -> None:
    """A 61-byte header, then a chain of segments (kind, length) in which kinds 0 and 160 begin a range."""
    data.need(0, 61, "the file header")
    found.fields["measured on"] = f"{data.text(12, 12)} {data.text(24, 10)}".strip()
    found.attributes["measured_on"] = found.fields["measured on"]
    found.seconds = False  # described as milliseconds by some and as seconds by others
    at, number, kinds, used = 61, 0, set(), set()
    while at < len(data.content):
        kind = data.unpack("I", at, "a segment")
        if kind in (0, 160):
            if not data.content[at : at + 160].strip(b"\0") and not data.content[at:].strip(b"\0"):
                break  # padding
            number += 1
            if number > _MOST_RANGES:
                raise ReadError(f"holds more than {_MOST_RANGES} ranges", data.name, _CUT)
            at = _range_4(data, found, at, number, kinds, used)
            continue
        length = _segment(data, found, at, len(data.content))
        if kind == 10 and length >= 36:
            key = data.text(at + 12, 24).lower()
            found.fields[{"sampleid": "sample"}.get(key, key)] = data.text(at + 36, length - 36)
        elif kind == 30 and length >= 120:
            average, alpha1, alpha2, beta, ratio = (data.unpack("d", at + each) for each in (72, 80, 88, 96, 104))
            found.add_wavelengths(average=average, alpha1=alpha1, alpha2=alpha2, beta=beta)
            found.attributes |= {"alpha2_to_alpha1": ratio} if 0.0 < ratio < 1.0 else {}
            found.attributes["anode"] = data.text(at + 116, 4)
        at += length
    found.attributes["scan_type"] = ", ".join(sorted(kinds))
    _choose_wavelength(found, used)


def _segment(data: _Bytes, found: _Found, at: int, end: int) -> int:
    """Length of the segment ``at``, which must lie before ``end``."""
    found.segments += 1
    if found.segments > _MOST_SEGMENTS:
        raise ReadError(f"holds more than {_MOST_SEGMENTS} segments", data.name, _CUT)
    length = data.unpack("I", at + 4, "a segment")
    if length < 8 or at + length > end:
        raise ReadError(f"declares a segment of {length} bytes at byte {at}", data.name, _CUT)
    return length


def _range_4(data: _Bytes, found: _Found, at: int, number: int, kinds: set[str], used: set[float]) -> int:
    """Add the range whose header begins ``at``; returns where it ends."""
    place = _place(data, number)
    data.need(at, 160, f"the header of range {number}")
    kind = data.text(at + 32, 24)
    start, step, points = data.unpack("d", at + 72), data.unpack("d", at + 80), data.unpack("I", at + 88)
    time, wavelength = data.unpack("f", at + 92), data.unpack("d", at + 112)
    stride, size = data.unpack("I", at + 136), data.unpack("I", at + 140)
    if not 4 <= stride <= 4096:
        raise ReadError(f"declares points of {stride} bytes", place, _CUT)
    data.need(at + 160, size, f"the drives of range {number}")
    drives = _drives(data, found, at + 160, at + 160 + size, start)
    axis = "".join(drives[0].lower().split()) if len(drives) == 1 else "".join(kind.lower().split())
    if not axis.startswith(_DETECTOR_SCANS):
        named = drives[0] if len(drives) == 1 else kind
        raise ReadError(f"is a scan of {named!r}, not over 2 theta", place, "Export a coupled or detector scan.")
    rows = data.points(at + 160 + size, points, stride, f"range {number}")
    angles = _angles(data, f"range {number}", start, step, points)
    found.scans.append(Scan(angles, _floats(rows), place, counting_time=_short(time) if time > 0.0 else None))
    kinds.add(kind)
    used.add(wavelength)
    if number == 1:
        voltage, current = data.unpack("f", at + 100), data.unpack("f", at + 104)
        if np.isfinite(voltage) and np.isfinite(current):
            found.attributes |= {
                "generator_voltage_V": _short(voltage) * 1e3,
                "generator_current_A": _short(current) * 1e-3,
            }
    return at + 160 + size + stride * points


def _drives(data: _Bytes, found: _Found, at: int, end: int, start: float) -> list[str]:
    """Names of the drives that the range says it moved: those flagged, that stand where it starts."""
    names: list[str] = []
    while at < end:
        if end - at < 8:
            raise ReadError(f"holds drives that do not fill their {end - at} bytes", data.name, _CUT)
        length = _segment(data, found, at, end)
        if data.unpack("I", at) == 50 and length >= 64:
            moved, position = data.unpack("I", at + 8), data.unpack("d", at + 56)
            if moved and abs(position - start) <= 1e-6 + 1e-5 * abs(start):
                names.append(data.text(at + 12, 24))
        at += length
    return names
