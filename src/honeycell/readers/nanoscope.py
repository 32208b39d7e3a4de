r"""Force ramps of Bruker's NanoScope program: a text header of lists, then the channels as whole numbers.

What the header means, as looked up in NanoScope's public descriptions and in open readers: ``\*Ciao force image list`` opens a channel;
``\@4:Z scale: V [Sens. DeflSens] (0.000375 V/LSB) 24.6 V`` gives the volts of one count (the number in round brackets) and names the
sensitivity, ``\@Sens. DeflSens: V 40.1 nm/V``, of some other list; ``\Samps/line: 512 512`` counts the rows of approach and retract;
both are stored from the end in contact on. From version 9.2 on whole numbers have four bytes whatever ``Bytes/pixel`` says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from honeycell.quantities.errors import ReadError
from honeycell.readers.base import Reader
from honeycell.readers.force_record import Curve, force_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.readers.source import Source

    Floats = NDArray[np.float64]

_STARTS = (b"\\*Force file list", b"\\*File list", b"?\\*File list", b"?\\*Force file list")
_END = b"\\*File list end"
LONGEST_HEADER = 2**20  # bytes; those seen have 10 to 100 thousand
FORCE_LIST = "Ciao force image list"
IMAGE_LIST = "Ciao image list"
MOST_ROWS = 2**20  # of one ramp
_CURE = "Copy the file from the microscope again, or save the ramp anew."
_SCALE = re.compile(r"V?\s*\[([^\]]*)\]\s*\(([-+0-9.eE]+)\s*([^\s/)]*)/LSB\)\s*([-+0-9.eE]+)?")
_SENSITIVITY = re.compile(r"V\s*([-+0-9.eE]+)\s*([^\s/]+)/V")
_NAME = re.compile(r'S\s*\[([^\]]*)\]\s*"([^"]*)"')
_RAMP = ("@4:Ramp size Zsweep", "@4:Ramp size", "@Z scan size", "@4:Z scan size")
_LENGTHS = {"nm": 1e-9, "pm": 1e-12, "um": 1e-6, "~m": 1e-6, "µm": 1e-6, "m": 1.0, "A": 1e-10, "Å": 1e-10}
_FLAT = 0.1  # share of the rows at an end that tell whether the curve is flat there


@dataclass(frozen=True, slots=True)
class Section:
    """A list of the header: its ``name``, its ``entries``, and the ``line`` on which it begins."""

    name: str
    entries: dict[str, str]
    line: int

    def whole(self, source: Source, key: str) -> int:
        """A whole number of the header.

        Raises
        ------
        ReadError : it is missing or none.
        """
        text = self.entries.get(key, "").split()
        if not text or not text[0].lstrip("-").isdigit() or not text[0].isascii() or len(text[0]) > 15:
            what = f"has no whole number {key!r} in \\*{self.name}, but {' '.join(text)[:40]!r}"
            raise ReadError(what, source.at(self.line), _CURE)
        return int(text[0])


class NanoscopeReader(Reader):
    """One ramp: deflection, and displacement by the height sensor where it was recorded, else by the ramp's size.

    Force volumes and PeakForce captures hold many curves and are refused; images too.
    """

    name: ClassVar[str] = "nanoscope"
    title: ClassVar[str] = "Bruker NanoScope force ramp"
    suffixes: ClassVar[tuple[str, ...]] = (".spm", *(f".{number:03d}" for number in range(1000)))
    schemas: ClassVar[tuple[str, ...]] = ("force_curve/1",)

    def recognises(self, source: Source) -> bool:
        """By the first line."""
        return source.content.startswith(_STARTS)

    def read(self, source: Source) -> xr.Dataset:
        """The force curve, approach and retract in the order of measurement."""
        sections, header = _header(source)
        channels = [section for section in sections if section.name == FORCE_LIST]
        _check_extent(source, sections)
        if not channels:
            raise ReadError("is a NanoScope image and holds no force curve", source.name, "Save the force ramp itself.")
        if any(section.name == IMAGE_LIST for section in sections):
            raise ReadError("is a force volume of many curves", source.name, "Export single curves from it.")
        flags: list[str] = []
        deflections = [each for each in channels if _is_deflection(each)]
        if not deflections:
            names = ", ".join(_label(each) or "?" for each in channels)
            raise ReadError(f"has the channels {names}, among which is no deflection", source.name, _CURE)
        channel = deflections[0]
        counts, rows = _counts(source, channel, flags)
        volts, deflection, sensitivity = _scaled(source, sections, channel, counts)
        if deflection is None:
            what = f"does not state the sensitivity of the deflection ({_label(channel)})"
            raise ReadError(what, source.at(channel.line), "Calibrate the deflection and save again.")
        sensor = next((each for each in channels if "height sensor" in _label(each).lower()), None)
        # contact first in both halves; a file that is not so says it by where it is flat
        halves = [_contact_first(half) for half in (deflection[: rows[0]], deflection[rows[0] :])]
        flips = tuple(flip for _, flip in halves)
        if any(flips):
            flags.append("order: a half of the curve is stored from its far end on, as its flat part shows, and was turned round")
        heights = _heights(source, sections, sensor, rows, flips, flags) if sensor else None
        if heights is None:
            heights = _ramp(source, sections, channel, rows)
            flags.append("displacement: of the piezo as driven; the file has no height sensor")

        def in_time(values: Floats) -> Floats:
            first, second = values[: rows[0]], values[rows[0] :]
            first, second = (half[::-1] if flip else half for half, flip in zip((first, second), flips, strict=True))
            return np.concatenate((first[::-1], second))

        constant = _number(channel.entries.get("Spring Constant", ""))
        moved = np.concatenate((heights[0][::-1], heights[1]))
        segment = np.repeat([0.0, 1.0], rows)
        valid = in_time(counts) != np.iinfo(np.int16).min
        if not valid.all():
            flags.append(f"rows: {int(np.sum(~valid))} rows that the microscope left unfilled are left out")
        curve = Curve(
            moved[valid],
            segment[valid],
            "fixed end",
            deflection=in_time(deflection)[valid],
            deflection_signal=None if volts is None else in_time(volts)[valid],
            spring_constant=constant,
            deflection_sensitivity=sensitivity,
        )
        stated = _first(sections, "Tip Radius")
        attributes = {"stated_tip_radius_nm": stated} if stated else {}
        instrument = _first(sections, "Description") or _first(sections, "Microscope") or "Bruker NanoScope"
        return force_record(
            source, curve, form=self.name, instrument=instrument, header=header, flags=flags, attributes=attributes
        )


def _header(source: Source) -> tuple[list[Section], str]:
    end = source.content.find(_END, 0, LONGEST_HEADER)
    if end < 0:
        head = source.content[:LONGEST_HEADER]
        what = f"is cut off in its header, after {len(head)} bytes without the line '{_END.decode()}'"
        raise ReadError(what, source.name, _CURE)
    text = source.content[:end].decode("cp1252", "replace")
    sections: list[Section] = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip().lstrip("?")
        if line.startswith("\\*"):
            sections.append(Section(line[2:].strip(), {}, number))
        elif line.startswith("\\") and sections:
            key, value = _entry(line[1:])
            sections[-1].entries.setdefault(key, value)
    return sections, text


def _entry(line: str) -> tuple[str, str]:
    """Key and value; keys such as ``@4:Z scale`` hold a colon themselves."""
    start = 3 if re.match(r"@\d:", line) else 0
    key, _, value = line[start:].partition(":")
    return f"{line[:start]}{key}".strip(), value.strip()


def _check_extent(source: Source, sections: Sequence[Section]) -> None:
    """Refuse, before anything is allocated, a file that is shorter than its header says."""
    size = len(source.content)
    for section in sections:
        if section.name not in (FORCE_LIST, IMAGE_LIST):
            continue
        offset, length = (section.whole(source, key) for key in ("Data offset", "Data length"))
        if offset < 0 or length < 1:
            raise ReadError(f"declares {length} bytes of data from byte {offset} on", source.at(section.line), _CURE)
        if offset + length > size:
            what = f"is cut off: its header declares data of {_label(section) or 'a channel'!r} in bytes {offset} to {offset + length}"
            raise ReadError(f"{what}, the file ends at byte {size}", source.at(section.line), _CURE)


def _counts(source: Source, channel: Section, flags: list[str]) -> tuple[Floats, tuple[int, int]]:
    """The whole numbers of a channel, and how many rows its halves have."""
    offset, length = (channel.whole(source, key) for key in ("Data offset", "Data length"))
    stated = channel.whole(source, "Bytes/pixel")
    samples = [int(each) for each in re.findall(r"\d{1,9}", channel.entries.get("Samps/line", ""))]
    if not samples or min(samples) < 1 or max(samples) > MOST_ROWS:
        what = f"has Samps/line {channel.entries.get('Samps/line', '')[:40]!r}, no number of rows"
        raise ReadError(what, source.at(channel.line), _CURE)
    first, second = samples[0], samples[1] if len(samples) > 1 else samples[0]
    rows = first + second
    widths = [width for width in (stated, 2, 4) if width in (2, 4) and width * rows == length]
    if widths:
        kept = slice(None)
        width = widths[0]
        if width != stated:
            flags.append(f"bytes: the header says {stated} bytes per number, its length is that of {width}")
    else:
        # halves of equal length of which the header uses the first rows only
        width = stated
        half = length // (2 * width) if width in (2, 4) else 0
        if width not in (2, 4) or length != 2 * width * half or not max(first, second) <= half <= 2 * max(first, second):
            what = f"declares {length} bytes of data for {first} and {second} rows of {stated} bytes"
            raise ReadError(what, source.at(channel.line), "It may hold several curves: export one of them.")
        kept = np.concatenate((np.arange(first), half + np.arange(second)))
        flags.append(f"rows: the header counts {first} and {second} of {half} rows stored; the others are left out")
    values = np.frombuffer(source.content, f"<i{width}", length // width, offset)[kept]
    return values.astype(float), (first, second)


def _scaled(
    source: Source, sections: Sequence[Section], channel: Section, counts: Floats
) -> tuple[Floats | None, Floats | None, float | None]:
    """Volts, metres, and the sensitivity [m/V] of a channel; None for what the header does not tell."""
    text = channel.entries.get("@4:Z scale") or channel.entries.get("@Z scale") or ""
    found = _SCALE.search(text)
    step = _number(found[2], signed=True) if found else None
    if not found or not step:
        raise ReadError(f"has no scale that can be read ({text[:60]!r})", source.at(channel.line), _CURE)
    unit = found[3] or "V"
    if unit in _LENGTHS:
        return None, counts * step * _LENGTHS[unit], None
    if unit not in ("V", "mV"):
        return None, None, None
    volts = counts * step * (1.0 if unit == "V" else 1e-3)
    sensitivity = _sensitivity(sections, found[1].strip())
    return volts, None if sensitivity is None else volts * sensitivity, sensitivity


def _sensitivity(sections: Sequence[Section], name: str) -> float | None:
    """Sensitivity [m/V] that some list of the header gives under that name."""
    for section in sections:
        found = _SENSITIVITY.match(section.entries.get(f"@{name}", ""))
        number = _number(found[1], signed=True) if found else None
        if found and number and found[2] in _LENGTHS:
            return number * _LENGTHS[found[2]]
    return None


def _contact_first(half: Floats) -> tuple[Floats, bool]:
    """A half of the curve from its end in contact on, and whether it had to be turned: the far end is the flatter one."""
    n = max(int(_FLAT * half.size), 3)
    begin, end = (abs(float(part[: n // 2 + 1].mean() - part[-(n // 2 + 1) :].mean())) for part in (half[:n], half[-n:]))
    # a ramp that never leaves the surface, or never meets it, is taken as the format says
    turned = end > 3.0 * max(begin, float(np.std(np.diff(half[:n]))) if n > 3 else 0.0, 1e-30)
    return (half[::-1] if turned else half), turned


def _heights(
    source: Source, sections: Sequence[Section], sensor: Section, rows: tuple[int, int], flips: tuple[bool, ...], flags: list[str]
) -> tuple[Floats, Floats] | None:
    """Displacements [m] of both halves by the height sensor, from the end in contact on; None where its scale is not known."""
    counts, counted = _counts(source, sensor, [])
    _, metres, _ = _scaled(source, sections, sensor, counts)
    if metres is None or counted != rows:
        flags.append("displacement: the height sensor's scale is not known or its rows are not those of the deflection")
        return None
    halves = [half[::-1] if flip else half for half, flip in zip((metres[: rows[0]], metres[rows[0] :]), flips, strict=True)]
    # the sensor's sign differs between microscopes; the end in contact is the one farthest forward
    sign = 1.0 if halves[0][0] > halves[0][-1] else -1.0
    start = min(float((sign * half).min()) for half in halves)
    return sign * halves[0] - start, sign * halves[1] - start


def _ramp(source: Source, sections: Sequence[Section], channel: Section, rows: tuple[int, int]) -> tuple[Floats, Floats]:
    """Displacements [m] of both halves by the ramp's size, from the end in contact on."""
    for section in (channel, *(each for each in sections if each is not channel)):
        for key in _RAMP:
            found = _SCALE.search(section.entries.get(key, ""))
            size = _number(found[4]) if found and found[4] else None
            sensitivity = _sensitivity(sections, found[1].strip()) if found else None
            if size and sensitivity:
                length = size * abs(sensitivity)
                return np.linspace(length, 0.0, rows[0]), np.linspace(length, 0.0, rows[1])
    what = "states neither a ramp size with its sensitivity nor a height sensor"
    raise ReadError(what, source.at(channel.line), "Save the ramp with the channel Height Sensor.")


def _is_deflection(section: Section) -> bool:
    scale = section.entries.get("@4:Z scale", "") + section.entries.get("@Z scale", "")
    return "deflection" in _label(section).lower() or "[Sens. Defl" in scale


def _label(section: Section) -> str:
    text = section.entries.get("@4:Image Data") or section.entries.get("@2:Image Data") or ""
    found = _NAME.search(text)
    return (found[2] or found[1]) if found else ""


def _first(sections: Sequence[Section], key: str) -> str:
    return next((section.entries[key] for section in sections if section.entries.get(key)), "")


def _number(text: str, signed: bool = False) -> float | None:
    try:
        number = float(text.split()[0])
    except (ValueError, IndexError):
        return None
    return number if np.isfinite(number) and (signed or number > 0.0) else None
