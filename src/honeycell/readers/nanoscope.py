r"""Force ramps of Bruker's NanoScope program: a text header of lists, then the channels as whole numbers.

Each ``\*Ciao force image list`` opens a channel. ``\Samps/line: 512 480`` counts the rows of retract and approach, in that order;
stored is the approach first, both from the end in contact on. From version 9.2 on whole numbers may have four bytes whatever
``Bytes/pixel`` says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from honeycell.quantities.errors import ReadError
from honeycell.readers.base import Reader
from honeycell.readers.force_record import Curve, force_record
from honeycell.readers.nanoscope_header import (
    CURE,
    FORCE_LIST,
    IMAGE_LIST,
    STARTS,
    Section,
    first_of,
    length_of,
    number,
    scale_in,
    sections_of,
    sensitivity_of,
    step_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.readers.source import Source

    Floats = NDArray[np.float64]

MOST_ROWS = 2**20  # of one ramp
_RAMPS = ("@4:ramp size zsweep", "@4:ramp size", "@z scan size", "@4:z scan size")
_FLAT = 0.1  # share of the rows at an end that tell whether the curve is flat there
_STEEPER = 3.0  # the end in contact rises more than the other by at least this factor


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
        return source.content.startswith(STARTS)

    def read(self, source: Source) -> xr.Dataset:
        """The force curve, approach and retract in the order of measurement."""
        sections, header = sections_of(source)
        channels = [section for section in sections if section.name == FORCE_LIST]
        _check_extent(source, sections)
        if not channels:
            raise ReadError("is a NanoScope image and holds no force curve", source.name, "Save the force ramp itself.")
        if any(section.name == IMAGE_LIST for section in sections):
            raise ReadError("is a force volume of many curves", source.name, "Export single curves from it.")
        flags: list[str] = []
        channel = _deflection(source, channels)
        counts, (approach, retract) = _counts(source, channel, flags)
        volts, deflection, sensitivity = _scaled(source, sections, channel, counts)
        # contact first in both halves; a file that is not so says it by where it is flat
        turned = tuple(not _contact_first(half) for half in (deflection[:approach], deflection[approach:]))
        if any(turned):
            flags.append("order: a half is stored from its far end on, as its flat part shows, and was turned round")

        def in_time(values: NDArray[Any]) -> NDArray[Any]:
            """Approach from the far end to contact, retract from contact to the far end."""
            first, second = values[:approach], values[approach:]
            return np.concatenate((first if turned[0] else first[::-1], second[::-1] if turned[1] else second))

        moved = _sensor(source, sections, channels, (approach, retract), flags)
        if moved is not None:
            moved = in_time(moved)
            # the sensor's sign differs between microscopes; the approach goes towards the specimen
            moved = moved if moved[0] < moved[approach - 1] else -moved
        else:
            length = _ramp(source, sections, channel)
            moved = np.concatenate((np.linspace(0.0, length, approach), np.linspace(length, 0.0, retract)))
            flags.append("displacement: of the piezo as driven; the file has no height sensor that can be used")
        filled = in_time(counts) != np.iinfo(counts.dtype).min
        if not filled.all():
            flags.append(f"rows: {int(np.sum(~filled))} rows that the microscope left unfilled are left out")
        curve = Curve(
            moved[filled],
            np.repeat([0.0, 1.0], (approach, retract))[filled],
            "fixed end",
            deflection=in_time(deflection)[filled],
            deflection_signal=None if volts is None else in_time(volts)[filled],
            spring_constant=number(channel.entries.get("spring constant") or first_of(sections, "Spring Constant")),
            deflection_sensitivity=sensitivity,
        )
        stated = first_of(sections, "Tip Radius")
        return force_record(
            source,
            curve,
            form=self.name,
            instrument=first_of(sections, "Description") or first_of(sections, "Microscope") or "Bruker NanoScope",
            header=header,
            flags=flags,
            attributes={"stated_tip_radius_nm": stated} if stated else {},
        )


def _check_extent(source: Source, sections: Sequence[Section]) -> None:
    """Refuse, before anything is allocated, a file that is shorter than its header says."""
    size, header = len(source.content), 0
    for section in sections:
        if section.name not in (FORCE_LIST, IMAGE_LIST):
            continue
        offset, length = (section.whole(source, key) for key in ("Data offset", "Data length"))
        if offset < 0 or length < 1:
            raise ReadError(f"declares {length} bytes of data from byte {offset} on", source.at(section.line), CURE)
        header = header or offset
        if offset + length > size:
            kind = "force curve" if section.name == FORCE_LIST else "image"
            what = f"declares the {kind} {section.label or 'without a name'!r} in bytes {offset} to {offset + length}"
            missing = "holds the header only: its data are missing" if size <= header else "is cut off"
            raise ReadError(f"{missing}; it {what}, but ends at byte {size}", source.at(section.line), CURE)


def _deflection(source: Source, channels: Sequence[Section]) -> Section:
    for each in channels:
        if "deflection" in each.label.lower() or (each.scale and each.scale.sensitivity.startswith("Sens. Defl")):
            return each
    names = ", ".join(each.label or "?" for each in channels)
    raise ReadError(f"has the channels {names}, among which is no deflection", source.name, CURE)


def _counts(source: Source, channel: Section, flags: list[str]) -> tuple[NDArray[np.int32], tuple[int, int]]:
    """Whole numbers of a channel, approach first, and how many rows approach and retract have."""
    offset, length = (channel.whole(source, key) for key in ("Data offset", "Data length"))
    stated = channel.whole(source, "Bytes/pixel")
    text = channel.entries.get("samps/line", "")
    samples = [int(each) for each in re.findall(r"\d{1,9}", text)]
    if not samples or min(samples) < 1 or max(samples) > MOST_ROWS:
        raise ReadError(f"has Samps/line {text[:40]!r}, no number of rows", source.at(channel.line), CURE)
    retract, approach = samples[0], samples[1] if len(samples) > 1 else samples[0]
    rows, longest = retract + approach, max(retract, approach)
    kept: slice | NDArray[np.int_] = slice(None)
    width = next((each for each in (stated, 2, 4) if each in (2, 4) and each * rows == length), 0)
    if width and width != stated:
        flags.append(f"bytes: the header says {stated} bytes per number, its length is that of {width}")
    if not width:
        # halves of equal length of which the header uses the first rows only
        width, half = stated, length // (2 * stated) if stated in (2, 4) else 0
        if not half or length != 2 * width * half or not longest <= half <= 2 * longest:
            what = f"declares {length} bytes of data for {approach} and {retract} rows of {stated} bytes"
            raise ReadError(what, source.at(channel.line), "It may hold several curves: export one of them.")
        kept = np.concatenate((np.arange(approach), half + np.arange(retract)))
        flags.append(f"rows: the header counts {approach} and {retract} of {half} rows stored; the others are left out")
    return np.frombuffer(source.content, f"<i{width}", length // width, offset)[kept], (approach, retract)


def _scaled(
    source: Source, sections: Sequence[Section], channel: Section, counts: NDArray[np.int32]
) -> tuple[Floats | None, Floats, float | None]:
    """Volts, metres, and the sensitivity [m/V] of a channel.

    Raises
    ------
    ReadError : no scale, a unit that is neither volts nor metres, no sensitivity.
    """
    scale = channel.scale
    if scale is None:
        raise ReadError(f"has no scale of {channel.label!r} that can be read", source.at(channel.line), CURE)
    values = counts.astype(float)
    values *= step_of(scale, counts.dtype.itemsize, float(np.abs(values).max()))
    metres = length_of(scale.unit)
    if metres is not None:
        return None, values * metres, None
    if scale.unit not in ("V", "mV"):
        raise ReadError(f"gives {channel.label!r} in {scale.unit[:20]!r}", source.at(channel.line), CURE)
    values *= 1.0 if scale.unit == "V" else 1e-3
    sensitivity = sensitivity_of(sections, scale.sensitivity)
    if sensitivity is None:
        what = f"does not state the sensitivity {scale.sensitivity!r} of {channel.label!r}"
        raise ReadError(what, source.at(channel.line), "Calibrate the deflection and save again.")
    return values, values * sensitivity, sensitivity


def _contact_first(half: Floats) -> bool:
    """False where the end of the rows rises clearly more than their beginning: the far end is the flatter one."""
    n = max(int(_FLAT * half.size), 3)
    begin, end = (
        abs(float(part[: n // 2 + 1].mean() - part[-(n // 2 + 1) :].mean())) for part in (half[:n], half[-n:])
    )
    # a ramp that never leaves the surface, or never meets it, is taken as the format says
    noise = float(np.std(np.diff(half[:n])))
    return end <= _STEEPER * max(begin, noise) or end == 0.0


def _sensor(
    source: Source, sections: Sequence[Section], channels: Sequence[Section], rows: tuple[int, int], flags: list[str]
) -> Floats | None:
    """Heights [m] by the height sensor as stored; None where there is none or its scale is not known."""
    channel = next((each for each in channels if "height sensor" in each.label.lower()), None)
    if channel is None:
        return None
    try:
        counts, counted = _counts(source, channel, [])
        metres = _scaled(source, sections, channel, counts)[1]
    except ReadError as error:
        flags.append(f"displacement: the height sensor cannot be used, since the file {error.what}")
        return None
    if counted != rows:
        flags.append("displacement: the height sensor cannot be used, since its rows are not those of the deflection")
        return None
    return metres


def _ramp(source: Source, sections: Sequence[Section], channel: Section) -> float:
    """Length [m] of the ramp."""
    for section in (channel, *(each for each in sections if each is not channel)):
        for key in _RAMPS:
            scale = scale_in(section.entries.get(key, ""))
            sensitivity = sensitivity_of(sections, scale.sensitivity) if scale else None
            if scale and scale.full and sensitivity:
                return scale.full * abs(sensitivity)
    what = "states neither a ramp size with its sensitivity nor a height sensor"
    raise ReadError(what, source.at(channel.line), "Save the ramp with the channel Height Sensor.")
