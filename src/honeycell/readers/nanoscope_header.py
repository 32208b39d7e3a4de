r"""Header of Bruker's NanoScope files: lists of ``\key: value`` lines, and the chain from whole numbers to volts and metres.

``\@4:Z scale: V [Sens. DeflSens] (0.000375 V/LSB) 24.6 V`` gives the volts of one count (in round brackets) and names the sensitivity,
``\@Sens. DeflSens: V 40.1 nm/V``, that stands in some other list. NanoScope's User Guide, 8.10, describes the grammar.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from honeycell.quantities.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from honeycell.readers.source import Source

STARTS = (b"\\*Force file list", b"\\*File list", b"\\?*File list", b"\\?*Force file list", b"\\?Force file list")
CURE = "Copy the file from the microscope again, or save the ramp anew."
LONGEST_HEADER = 2**20  # bytes; those seen have 10 to 100 thousand
LONGEST_ENTRY = 300  # characters of a scale or a name
MOST_SECTIONS = 500  # those seen have 10 to 30
ABSURD = 1e30  # no number of such a header, in whatever unit
FORCE_LIST = "ciao force image list"
IMAGE_LIST = "ciao image list"
_ENDS = (b"\\*File list end", b"\\*Force file list end")
_SCALE = re.compile(r"V?\s*\[([^\]]*)\]\s*\(([-+0-9.eE]+)\s*([^\s/)]*)/LSB\)\s*([-+0-9.eE]+)?")
_SENSITIVITY = re.compile(r"V\s*([-+0-9.eE]+)\s*([^\s/]+)/V")
_NAME = re.compile(r'S\s*\[([^\]]*)\]\s*"([^"]*)"')
_GROUP = re.compile(r"@(?:\d+:)?")
_LENGTHS = {"nm": 1e-9, "pm": 1e-12, "um": 1e-6, "~m": 1e-6, "µm": 1e-6, "m": 1.0, "A": 1e-10, "Å": 1e-10}
_SHORT = 2**16  # values of two bytes
_EQUAL = 0.01  # relative difference of numbers that the header rounds


@dataclass(frozen=True, slots=True)
class Scale:
    """One count is ``step`` ``unit``, ``full`` the whole range (None where not said), ``sensitivity`` the name of what turns it into metres."""

    step: float
    unit: str
    full: float | None
    sensitivity: str


@dataclass(frozen=True, slots=True)
class Section:
    """A list of the header: its ``name``, its ``entries`` by key in lower case, and the ``line`` on which it begins."""

    name: str
    entries: dict[str, str]
    line: int

    @property
    def label(self) -> str:
        """What the channel is called."""
        found = _NAME.search(self._grouped("image data")[:LONGEST_ENTRY])
        return (found[2] or found[1]) if found else ""

    @property
    def scale(self) -> Scale | None:
        """Scale of the channel's numbers; None where there is none that can be read."""
        return scale_in(self._grouped("z scale") or self._grouped("fv scale"))

    def whole(self, source: Source, key: str) -> int:
        """A whole number of the header.

        Raises
        ------
        ReadError : it is missing or none.
        """
        text = self.entries.get(key.lower(), "").split()
        if not text or not text[0].lstrip("-").isdigit() or not text[0].isascii() or len(text[0]) > 15:
            what = f"has no whole number {key!r} in \\*{self.name}, but {' '.join(text)[:40]!r}"
            raise ReadError(what, source.at(self.line), CURE)
        return int(text[0])

    def _grouped(self, key: str) -> str:
        """Entry of a key that bears a group's number, as in ``@4:Z scale``."""
        return next((text for name, text in self.entries.items() if _GROUP.sub("", name, count=1) == key), "")


def sections_of(source: Source) -> tuple[list[Section], str]:
    """Lists of the header in their order, and the header's text.

    Raises
    ------
    ReadError : the header has no end, or more lists than any.
    """
    head = source.content[:LONGEST_HEADER]
    end = min((place for each in _ENDS if (place := head.find(each)) >= 0), default=-1)
    if end < 0:
        what = f"is cut off in its header, after {len(head)} bytes without the line '{_ENDS[0].decode()}'"
        raise ReadError(what, source.name, CURE)
    text = head[:end].decode("cp1252", "replace")
    sections: list[Section] = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if line.startswith(("\\*", "\\?")):
            sections.append(Section(line.lstrip("\\?*").strip().lower(), {}, number))
        elif line.startswith("\\") and sections:
            start = found.end() if (found := _GROUP.match(line[1:])) else 0
            key, _, value = line[1 + start :].partition(":")
            sections[-1].entries.setdefault(f"{line[1 : 1 + start]}{key}".strip().lower(), value.strip())
    if len(sections) > MOST_SECTIONS:
        raise ReadError(f"has {len(sections)} lists in its header", source.name, CURE)
    return sections, text


def scale_in(text: str) -> Scale | None:
    """Scale written as ``V [Sens. DeflSens] (0.000375 V/LSB) 24.6 V``.

    >>> scale_in("V [Sens. DeflSens] (0.0003750000 V/LSB) 24.57600 V")
    Scale(step=0.000375, unit='V', full=24.576, sensitivity='Sens. DeflSens')
    """
    found = _SCALE.search(text[:LONGEST_ENTRY])
    step = number(found[2], signed=True) if found else None
    if not found or not step:
        return None
    return Scale(step, found[3] or "V", number(found[4] or ""), found[1].strip())


def step_of(scale: Scale, width: int, largest: float) -> float:
    """One count of numbers that have ``width`` bytes, in the scale's unit.

    Programs from version 9.2 on write four bytes where the count in the header may still be that of two; then the counts exceed what two
    bytes hold, and the full range over 2^32 is one count.
    """
    of_short = scale.full is not None and abs(_SHORT * abs(scale.step) / scale.full - 1.0) < _EQUAL
    if width == 4 and of_short and largest > _SHORT:
        return scale.step / _SHORT
    return scale.step


def length_of(unit: str) -> float | None:
    """Metres of a unit of length; None for any other unit."""
    return _LENGTHS.get(unit)


def sensitivity_of(sections: Sequence[Section], name: str) -> float | None:
    """Metres per volt that some list of the header gives under that name, such as ``Sens. DeflSens``."""
    for section in sections:
        found = _SENSITIVITY.match(section.entries.get(f"@{name.lower()}", ""))
        value = number(found[1], signed=True) if found else None
        if found and value and found[2] in _LENGTHS:
            return value * _LENGTHS[found[2]]
    return None


def first_of(sections: Sequence[Section], key: str) -> str:
    """First entry of that key in any list; empty where there is none."""
    return next((section.entries[key.lower()] for section in sections if section.entries.get(key.lower())), "")


def number(text: str, signed: bool = False) -> float | None:
    """First number of a text; None where it is none, absurdly large, or not positive though it must be."""
    try:
        value = float(text.split()[0])
    except (ValueError, IndexError):
        return None
    return value if abs(value) < ABSURD and (signed or value > 0.0) else None
