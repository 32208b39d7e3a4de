"""Bruker's text files of patterns: ``.xy`` and ``.xye`` of DIFFRAC.EVA with its quoted first line, and ``.uxd``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from honeycell.quantities.errors import ReadError
from honeycell.readers.base import TextReader
from honeycell.readers.pattern import COUNTS, RATE, UNKNOWN, Scan, Stated, pattern_record, wavelength_of
from honeycell.readers.plain_pattern import bare_scan

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.readers.source import Source

_FIELD = re.compile(r'([A-Za-z][\w ./]{0,40}?)\s{0,4}:\s{0,4}"([^"]{0,500})"')
_NUMBER = re.compile(r"[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_KEY = re.compile(r"_([A-Za-z0-9_+\-]{1,60}?)\s{0,9}=\s{0,9}(.*)")
_BLOCK = re.compile(r"_(2THETA)?(COUNTS|CPS)(TIME)?", re.IGNORECASE)
_TWO_THETA_DRIVES = (
    "COUPLED",
    "LOCKED COUPLED",
    "UNLOCKED COUPLED",
    "2THETA",
    "DETECTOR",
    "PSD",
    "PSDFAST",
    "PSDFIXED",
)
_HEAD = 400  # lines among which a file must show what it is


class EvaReader(TextReader):
    """Two or three columns (2 theta in degree, intensity, standard error) below a line such as ``'Id: "..." Anode: "Cu" ...'``.

    Beyond EVA's own words, ``Wavelength`` (angstrom) and ``IntensityUnit`` (counts or cps) are understood where that line has them.
    """

    name: ClassVar[str] = "eva"
    title: ClassVar[str] = "DIFFRAC.EVA text (.xy, .xye)"
    suffixes: ClassVar[tuple[str, ...]] = (".xy", ".xye", ".txt")
    schemas: ClassVar[tuple[str, ...]] = ("diffraction/1",)

    def recognises_text(self, source: Source) -> bool:
        """By a first line of words with quoted values, two of them EVA's."""
        words = {key.lower() for key in _fields(_first_line(source)[1])}
        return len(words & {"id", "comment", "operator", "anode", "scantype", "timeperstep"}) >= 2

    def read(self, source: Source) -> xr.Dataset:
        """The pattern."""
        index, line = _first_line(source)
        fields = {key.lower(): value.strip() for key, value in _fields(line).items()}
        scan, columns = bare_scan(source, index + 1)
        flags: list[str] = []
        wavelength = _number(fields.get("wavelength", ""))
        unit = {"counts": COUNTS, "cps": RATE}.get(fields.get("intensityunit", ""), UNKNOWN)
        attributes: dict[str, Any] = {
            name: fields[key]
            for key, name in (("anode", "anode"), ("scantype", "scan_type"), ("comment", "comment"))
            if fields.get(key)
        }
        stated = Stated(
            form=self.name,
            instrument="Bruker diffractometer",
            sample=fields.get("id") or source.stem,
            header="\n".join(source.lines[: index + 1]),
            unit=unit,
            wavelength=wavelength_of(wavelength, flags) if wavelength is not None else None,
            raw_columns=columns,
            attributes=attributes,
            flags=tuple(flags),
        )
        time = _number(fields.get("timeperstep", ""))
        timed = Scan(
            scan.two_theta,
            scan.intensity,
            scan.place,
            scan.standard_error,
            time if time is not None and time > 0.0 else None,
            lines=scan.lines,
            raw=scan.raw,
        )
        return pattern_record(source, [timed], stated)


class UxdReader(TextReader):
    """Ranges of ``_KEY = value`` lines, then ``_COUNTS`` or ``_CPS`` with intensities alone, or ``_2THETACOUNTS`` with pairs."""

    name: ClassVar[str] = "uxd"
    title: ClassVar[str] = "Siemens/Bruker DIFFRAC text (.uxd)"
    suffixes: ClassVar[tuple[str, ...]] = (".uxd",)
    schemas: ClassVar[tuple[str, ...]] = ("diffraction/1", "diffraction_series/1")

    def recognises_text(self, source: Source) -> bool:
        """By its version and drive, or by the line that begins the intensities."""
        if not any(word in source.head for word in ("_fileversion", "_drive", "_counts", "_cps", "_2theta")):
            return False
        head = [line.strip() for line in source.lines[:_HEAD]]
        keys = {found[1].upper() for line in head if (found := _KEY.fullmatch(line))}
        blocks = any(_BLOCK.fullmatch(line) for line in head)
        return {"FILEVERSION", "DRIVE"} <= keys or (blocks and bool(keys & {"DRIVE", "STEPSIZE", "STEPTIME", "START"}))

    def read(self, source: Source) -> xr.Dataset:
        """The pattern, or the patterns where all ranges share a grid."""
        ranges, common = _ranges(source)
        if not ranges:
            cure = "The file may be cut off; convert it again."
            raise ReadError("holds no intensities (_COUNTS, _CPS, _2THETACOUNTS)", source.name, cure)
        scans = [each.scan() for each in ranges]
        flags: list[str] = []
        units = {each.unit for each in ranges}
        if len(units) > 1:
            raise ReadError("holds some ranges in counts and some in cps", source.name, "Convert it anew, in counts.")
        scale = {"A": 1.0, "NM": 10.0}.get(common.get("WL_UNIT", "A").upper())
        attributes: dict[str, Any] = {}
        if scale is not None:
            for key, name in (("WL1", "alpha1"), ("WL2", "alpha2"), ("WL3", "beta")):
                value = _number(common.get(key, ""))
                if value is not None and (metre := wavelength_of(value * scale, flags)) is not None:
                    attributes[f"wavelength_{name}_m"] = metre
        words = (("ANODE", "anode"), ("DATEMEASURED", "measured_on"), ("COMMENT", "comment"), ("DRIVE", "scan_type"))
        attributes |= {name: common[key] for key, name in words if common.get(key)}
        numbers = (("KV", "generator_voltage_V", 1e3), ("MA", "generator_current_A", 1e-3))
        for key, name, factor in (*numbers, ("GONIOMETER_RADIUS", "goniometer_radius_m", 1e-3)):
            if value := _number(common.get(key, "")):
                attributes[name] = value * factor
        ratio = _number(common.get("WLRATIO", ""))
        attributes |= {"alpha2_to_alpha1": ratio} if ratio is not None and 0.0 < ratio < 1.0 else {}
        stated = Stated(
            form=self.name,
            instrument="Bruker diffractometer",
            sample=common.get("SAMPLE") or source.stem,
            header="\n".join(source.lines[: ranges[0].line]),
            unit=units.pop(),
            wavelength=attributes.get("wavelength_alpha1_m"),
            attributes=attributes,
            flags=tuple(flags),
        )
        return pattern_record(source, scans, stated)


class _Range:
    """The numbers of one range as they come; ``line`` is where they begin, counted from 0."""

    def __init__(self, source: Source, line: int, block: re.Match[str], keys: dict[str, str]) -> None:
        self.source, self.line, self.keys = source, line, keys
        self.columns = 1 + bool(block[1]) + bool(block[3])
        self.paired, self.timed = bool(block[1]), bool(block[3])
        self.unit = COUNTS if block[2].upper() == "COUNTS" else RATE
        self.values: list[float] = []
        self.lines: list[int] = []

    def add(self, index: int, text: str) -> None:
        """The numbers of a line."""
        for cell in text.split():
            value = _number(cell)
            if value is None:
                what = f"{cell[:40]!r} is no number"
                raise ReadError(what, self.source.at(index + 1), "Convert the file again, or correct the line.")
            self.values.append(value)
            self.lines.append(index + 1)

    def scan(self) -> Scan:
        """The range as a scan.

        Raises
        ------
        ReadError : cut off, not over 2 theta, or with neither angles nor their start and step.
        """
        place = self.source.at(self.line)
        drive = self.keys.get("DRIVE", "").upper()
        if drive and drive not in _TWO_THETA_DRIVES:
            raise ReadError(f"is a scan of the drive {drive[:40]!r}, not over 2 theta", place, "Give a coupled scan.")
        if not self.values or len(self.values) % self.columns:
            last = self.source.at(self.lines[-1] if self.lines else self.line)
            what = f"holds {len(self.values)} numbers, no multiple of {self.columns}"
            raise ReadError(what if self.values else "holds no numbers", last, "The file is cut off; convert it again.")
        rows = np.array(self.values).reshape(-1, self.columns)
        lines = self.lines[:: self.columns]
        time: NDArray[np.float64] | float | None = _number(self.keys.get("STEPTIME", ""))
        if self.timed:
            time = rows[:, -1]
        elif isinstance(time, float) and time <= 0.0:
            time = None
        x = rows[:, 0] if self.paired else self._angles(len(rows), place)
        y = rows[:, 1] if self.paired else rows[:, 0]
        return Scan(x, y, place, counting_time=time, lines=lines)

    def _angles(self, count: int, place: str) -> NDArray[np.float64]:
        start = _number(self.keys.get("START", "")) if "START" in self.keys else _number(self.keys.get("2THETA", ""))
        step = _number(self.keys.get("STEPSIZE", ""))
        if start is None or step is None or step == 0.0:
            what = "gives intensities without angles, and no _START and _STEPSIZE for them"
            raise ReadError(what, place, "Convert the file again, with angles.")
        return start + step * np.arange(count, dtype=np.float64)


def _ranges(source: Source) -> tuple[list[_Range], dict[str, str]]:
    """The ranges, and the keys of the file and its first range."""
    keys: dict[str, str] = {}
    ranges: list[_Range] = []
    first: dict[str, str] = {}
    active: _Range | None = None
    for index, line in enumerate(source.lines):
        text = line.strip()
        if not text or text.startswith(";"):
            continue
        if block := _BLOCK.fullmatch(text):
            active = _Range(source, index + 1, block, dict(keys))
            ranges.append(active)
            first = first or dict(keys)
        elif text.startswith("_"):
            active = None
            if found := _KEY.fullmatch(text):
                keys[found[1].upper()] = found[2].strip().strip("'\"").strip()
        elif active is not None:
            active.add(index, text)
        elif _NUMBER.fullmatch(text.split()[0]):
            raise ReadError("has numbers before _COUNTS or the like", source.at(index + 1), "Convert the file again.")
    return ranges, first or keys


def _first_line(source: Source) -> tuple[int, str]:
    return next(((i, line.strip()) for i, line in enumerate(source.lines[:_HEAD]) if line.strip()), (0, ""))


def _fields(line: str) -> dict[str, str]:
    """Words and their quoted values."""
    return {found[1].strip(): found[2] for found in _FIELD.finditer(line)}


def _number(text: str) -> float | None:
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None
