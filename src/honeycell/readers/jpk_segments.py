"""Segments inside a JPK archive: Java properties, and channels from raw whole numbers to metres and newtons.

A segment's header names its channels. ``channel.height.lcd-info.*=1`` says that what is common to all segments stands in
``shared-data/header.properties`` under ``lcd-info.1``: how numbers are stored (encoder), and a chain of linear conversions from slot to
slot, each by offset and multiplier of the slot before it (volts, distance, force).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honeycell.quantities.errors import ReadError
from honeycell.readers.force_record import MOST_ROWS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.readers.archive import Archive

    Floats = NDArray[np.float64]

HEADER = "segment-header.properties"
SHARED = "shared-data/header.properties"
CURE = "Save it again in the JPK program, as single calibrated force curves (.jpk-force)."
LARGEST_HEADER = 2**20  # bytes; those seen have 5 to 30 thousand
LONGEST_LINE = 8000  # characters; those seen have 200
LARGEST_HEADERS = 2**25  # bytes of all headers of a map
MOST_INCLUDED = 100  # descriptions that a segment refers to; those seen have 4 to 12
MOST_STEPS = 10  # of a chain of conversions; those seen have 2
ENCODERS = {
    "signedshort": ">i2",
    "unsignedshort": ">u2",
    "signedinteger": ">i4",
    "unsignedinteger": ">u4",
    "signedlong": ">i8",
}
FLOATS = {"float-data": ">f4", "double-data": ">f8"}
_STYLES = ("extend", "retract", "pause")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)")
_STANDS_FOR = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


@dataclass(frozen=True)
class Segment:
    """One movement: its ``folder`` in the archive, its ``channels`` that hold numbers, and its ``properties``.

    ``shared`` are pairs of the beginning of a key and the properties that stand for all keys that begin so.
    """

    archive: Archive
    folder: str
    properties: dict[str, str]
    shared: tuple[tuple[str, dict[str, str]], ...]
    channels: tuple[str, ...]

    @property
    def style(self) -> str:
        """``extend``, ``retract`` or ``pause``; empty where the header does not say."""
        head = "force-segment-header.settings."
        said = self.text(f"{head}style") or self.text(f"{head}segment-settings.style")
        return said if said in _STYLES else ""

    @property
    def duration(self) -> float | None:
        """Seconds; None where the header does not say."""
        keys = ("force-segment-header.settings.segment-settings.duration", "force-segment-header.duration")
        return next((self.number(key) for key in keys if self.text(key)), None)

    def text(self, key: str, otherwise: str = "") -> str:
        """A property, its own or a shared one."""
        if key in self.properties:
            return self.properties[key]
        for head, description in self.shared:
            if key.startswith(head) and (found := description.get(key[len(head) :])) is not None:
                return found
        return otherwise

    def number(self, key: str) -> float:
        """A number of the header.

        Raises
        ------
        ReadError : missing, or not a finite number.
        """
        text = self.text(key)
        try:
            number = float(text)
        except ValueError:
            number = np.nan
        if not np.isfinite(number):
            raise ReadError(f"has no number {key!r} in its header, but {text[:40]!r}", self._where(HEADER), CURE)
        return number

    def slots(self, channel: str) -> tuple[str, ...]:
        """Names of the conversions that a channel knows."""
        return tuple(self.text(f"channel.{channel}.conversion-set.conversions.list").split())

    def scale(self, channel: str, slot: str) -> float:
        """Multiplier of one conversion: the sensitivity [m/V] of ``distance``, the spring constant [N/m] of ``force``."""
        return self.number(f"channel.{channel}.conversion-set.conversion.{slot}.scaling.multiplier")

    def values(self, channel: str, slot: str, unit: str) -> Floats:
        """Numbers of a channel in ``unit`` after the conversions up to ``slot``.

        Raises
        ------
        ReadError : another unit, a length that is not the declared one, an unknown storage, conversions that go in a circle.
        """
        conversions = f"channel.{channel}.conversion-set."
        base = self.text(f"{conversions}conversions.base")
        chain: list[str] = []
        while slot != base:
            chain.append(slot)
            slot = self.text(f"{conversions}conversion.{slot}.base-calibration-slot")
            if not slot or len(chain) > MOST_STEPS:
                what = f"has conversions of {channel} ({' from '.join(chain[:3])} ...) that lead to no raw number"
                raise ReadError(what, self._where(HEADER), CURE)
        found = self._unit(f"{conversions}conversion.{chain[0]}" if chain else f"channel.{channel}.data.encoder")
        if found and found != unit:
            raise ReadError(f"gives {channel} in {found}, not in {unit}", self._where(HEADER), CURE)
        values = self._raw(channel)
        for step in reversed(chain):
            factor, shift = (
                self.number(f"{conversions}conversion.{step}.scaling.{each}") for each in ("multiplier", "offset")
            )
            values = factor * values + shift
        return values

    def _unit(self, place: str) -> str:
        return self.text(f"{place}.scaling.unit.unit") or self.text(f"{place}.scaling.unit")

    def _raw(self, channel: str) -> Floats:
        """Numbers in the unit of the base slot."""
        place = f"channel.{channel}"
        name = f"{self.folder}{self.text(f'{place}.data.file.name', f'channels/{channel}.dat')}"
        encoder = next(
            (each for each in (f"{place}.data.encoder", f"{place}.encoder") if self.text(f"{each}.type")), ""
        )
        stored = self.text(f"{encoder}.type" if encoder else f"{place}.type")
        kind = (ENCODERS if encoder else FLOATS).get(stored.removesuffix("-limited"))
        if kind is None:
            raise ReadError(f"stores {channel} as {stored[:40]!r}, which is not known", self._where(HEADER), CURE)
        width, size = np.dtype(kind).itemsize, self.archive.size(name)
        declared = f"{place}.data.num-points"
        points = self.number(declared) if self.text(declared) else size // width
        if points * width != size:
            what = f"declares {points:g} numbers of {channel}, its data hold {size / width:g}"
            raise ReadError(what, self._where(name.removeprefix(self.folder)), CURE)
        if points > MOST_ROWS:
            raise ReadError(f"holds {points:g} numbers of {channel}", self._where(HEADER), CURE)
        values = np.frombuffer(self.archive.read(name), kind).astype(float)
        if not encoder:
            return values
        return self.number(f"{encoder}.scaling.multiplier") * values + self.number(f"{encoder}.scaling.offset")

    def _where(self, member: str) -> str:
        return f"{self.archive.source.name}, {self.folder}{member}"


def segments_in(
    archive: Archive, folder: str, channels: dict[str, list[str]], shared: dict[str, dict[str, str]]
) -> list[Segment]:
    """Segments of the curve in ``folder`` ("" or ``index/7/``), in the order of measurement.

    Parameters
    ----------
    channels : of :func:`channels_by_folder`.
    shared : of :func:`shared_descriptions`.
    """
    found: list[Segment] = []
    while (place := f"{folder}segments/{len(found)}/") in channels:
        properties = properties_in(archive, place + HEADER)
        references = [each for each in properties if each.endswith(".*")]
        if len(references) > MOST_INCLUDED:
            raise ReadError(
                f"refers to {len(references)} descriptions", f"{archive.source.name}, {place}{HEADER}", CURE
            )
        # channel.height.lcd-info.* = 1: what stands under lcd-info.1 belongs to channel.height
        heads = [key.removesuffix(".*").rpartition(".") for key in references]
        pairs = [
            (f"{head}.", shared.get(f"{kind}.{properties[key]}", {}))
            for key, (head, _, kind) in zip(references, heads, strict=True)
        ]
        found.append(Segment(archive, place, properties, tuple(pairs), tuple(channels[place])))
    return found


def channels_by_folder(archive: Archive) -> dict[str, list[str]]:
    """Folder of each segment to the names of its channels."""
    found: dict[str, list[str]] = {}
    for name in archive.names:
        folder, _, file = name.rpartition("/")
        if file == HEADER:
            found.setdefault(f"{folder}/", [])
        elif folder.endswith("/channels") and file.endswith(".dat"):
            found.setdefault(folder.removesuffix("channels"), []).append(file.removesuffix(".dat"))
    return found


def shared_descriptions(archive: Archive) -> dict[str, dict[str, str]]:
    """``{"lcd-info.1": {"encoder.type": "signedinteger", ...}}``; empty where the archive has no shared header."""
    result: dict[str, dict[str, str]] = {}
    if SHARED in archive.names:
        for key, value in properties_in(archive, SHARED).items():
            parts = key.split(".", 2)
            if len(parts) == 3:
                result.setdefault(f"{parts[0]}.{parts[1]}", {})[parts[2]] = value
    return result


def properties_in(archive: Archive, name: str) -> dict[str, str]:
    """Keys and values of a file of Java properties.

    Raises
    ------
    ReadError : missing, damaged or larger than any such header.
    """
    if (size := archive.size(name)) > LARGEST_HEADER:
        raise ReadError(f"declares a header of {size} bytes", f"{archive.source.name}, {name}", CURE)
    result: dict[str, str] = {}
    for number, line in enumerate(archive.read(name).decode("latin-1").splitlines(), 1):
        if len(line) > LONGEST_LINE:
            where = f"{archive.source.name}, {name}, line {number}"
            raise ReadError(f"has a line of {len(line)} characters", where, CURE)
        line = line.strip()
        if not line or line[0] in "#!":
            continue
        key, _, value = line.partition("=")
        result[_plain(key.strip())] = _plain(value.strip())
    return result


def _plain(text: str) -> str:
    """Text without Java's escapes."""
    if "\\" not in text:
        return text
    # halves of a pair of UTF-16 may come as two escapes; one alone is no character
    letters = _ESCAPE.sub(lambda found: _letter(found[1]), text)
    return letters.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _letter(escape: str) -> str:
    return chr(int(escape[1:], 16)) if len(escape) == 5 else _STANDS_FOR.get(escape, escape)
