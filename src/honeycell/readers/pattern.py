"""Scans of a powder diffractometer into one record, or a refusal that names the place.

What every reader of patterns shares: the checks, the order, the standard errors, and what becomes of several ranges.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.quantities.errors import ReadError
from honeycell.quantities.record import make_record
from honeycell.readers.spectrum import bounded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.readers.source import Source

ANGSTROM = 1e-10
LEAST = 3  # points
LOWEST, HIGHEST = -20.0, 180.0  # degree: no goniometer measures beyond
LARGEST = 1e20  # of any intensity: beyond, damage
SHORTEST, LONGEST = 0.05, 10.0  # angstrom: of lines that powder diffractometers use
SAME_GRID = 0.05  # of a step: drives come back to their starting angle within less
ADJACENT = 1.5  # steps: a wider distance between two ranges is a gap
SAME_TIME = 1e-3  # relative: counting times that differ by less are one
WHOLE = 1e-3  # counts stored as 32-bit floats are whole to better than this
COUNTS, RATE, UNKNOWN = "counts", "cps", "unknown"


@dataclass(frozen=True)
class Scan:
    """One range as it stands in the file.

    Parameters
    ----------
    two_theta : (point,), degree, in the order of the file.
    intensity : (point,).
    place : of the range, for messages.
    standard_error : (point,), where the file gives it or the reader can tell it.
    counting_time : (point,) or one for all, in the file's unit of time.
    started : s, on any clock that the file's scans share.
    lines : each point's line of a text file.
    raw : (point, column), the file's own numbers.
    """

    two_theta: NDArray[np.float64]
    intensity: NDArray[np.float64]
    place: str
    standard_error: NDArray[np.float64] | None = None
    counting_time: NDArray[np.float64] | float | None = None
    started: float | None = None
    lines: Sequence[int] | None = None
    raw: NDArray[np.float64] | None = None

    def select(self, index: NDArray[np.intp]) -> Scan:
        """The points at ``index``."""

        def taken(values: Any) -> Any:
            return values[index] if isinstance(values, np.ndarray) else values

        lines = [self.lines[i] for i in index] if self.lines is not None else None
        several = {
            name: taken(getattr(self, name))
            for name in ("two_theta", "intensity", "standard_error", "counting_time", "raw")
        }
        return replace(self, **several, lines=lines)

    @property
    def step(self) -> float:
        """Median distance of its points, degree."""
        return float(np.median(np.diff(self.two_theta)))

    @property
    def one_time(self) -> float | None:
        """The counting time of all its points, None where there is none or it differs from point to point."""
        if not isinstance(self.counting_time, np.ndarray):
            return self.counting_time
        return float(np.median(self.counting_time)) if not _varies(self.counting_time) else None


@dataclass(frozen=True)
class Stated:
    """What a file says besides its numbers.

    Parameters
    ----------
    form, instrument, sample, header : attributes of the record.
    unit : ``counts``, ``cps`` or ``unknown``.
    wavelength : m; None where the file has none.
    seconds : False where the unit of the counting times is not known.
    raw_columns : labels of ``Scan.raw``.
    """

    form: str
    instrument: str
    sample: str
    header: str
    unit: str
    wavelength: float | None = None
    seconds: bool = True
    raw_columns: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    flags: tuple[str, ...] = ()


def pattern_record(source: Source, scans: Sequence[Scan], stated: Stated) -> xr.Dataset:
    """Record ``diffraction/1``, or ``diffraction_series/1`` of several scans on one grid.

    Ranges that follow one another without overlap become one pattern, with a variable ``range`` that numbers them, and are scaled to
    the counting time of the first where theirs differ. Points are sorted by angle, which a flag says. The standard error of an
    intensity N in counts is the root of N, and 1 where N is 0.

    Returns
    -------
    ``two_theta`` in rad; intensities in the unit that the attribute ``intensity_unit`` names; ``raw`` (two_theta, column), the file's
    own numbers, whose labels are in the attribute ``raw_columns``.

    Raises
    ------
    ReadError : no scan; too few points; a number that is not finite or beyond any instrument; an angle that comes twice; negative
        counts; ranges that overlap but share no grid.
    """
    if not scans:
        raise ReadError("holds no pattern", source.name, "Export a measured scan over 2 theta.")
    flags = list(stated.flags)
    checked = [_with_errors(source, _sorted(source, scan, flags), stated) for scan in scans]
    if len(checked) > 1 and _share_grid(checked):
        return _series(source, checked, stated, flags)
    checked, unit = _per_time(checked, stated, flags)
    numbers = np.ones(checked[0].two_theta.size, int)
    whole = checked[0]
    if len(checked) > 1:
        whole, numbers, unit = _joined(source, checked, unit, flags)
    variables: dict[str, tuple[Any, ...]] = {"intensity": ("two_theta", whole.intensity, "1")}
    labels: dict[str, str] = {}
    if whole.standard_error is not None:
        variables["intensity_standard_error"] = ("two_theta", whole.standard_error, "1")
    if len(checked) > 1:
        variables["range"] = ("two_theta", numbers, "1", "range of the file, the first is 1")
    if whole.raw is not None and stated.raw_columns:
        variables["raw"] = (("two_theta", "column"), whole.raw, "1", "columns as in the file")
        labels["raw_columns"] = json.dumps(stated.raw_columns, ensure_ascii=False)
    variables |= _scalars(whole.one_time, stated)
    return make_record(
        "diffraction/1",
        sample=stated.sample,
        instrument=stated.instrument,
        origin="measured",
        variables=variables,
        coordinates={"two_theta": ("two_theta", np.deg2rad(whole.two_theta), "rad")},
        attributes=_attributes(source, stated, unit, flags, whole.one_time) | labels,
    )


def unit_of_counts(scans: Sequence[Scan]) -> tuple[str, tuple[str, ...]]:
    """``counts`` where all intensities of a detector's file are whole numbers, ``cps`` where they are so times the counting time.

    Returns
    -------
    The unit, else ``unknown``, and a flag that says what was found unless it is counts.
    """
    if all(_whole(scan.intensity) for scan in scans):
        return COUNTS, ()
    times = [scan.one_time for scan in scans]
    if all(time and _whole(scan.intensity * time) for scan, time in zip(scans, times, strict=True)):
        return RATE, ("intensity_unit: intensities are whole numbers only after multiplying by the counting time",)
    return UNKNOWN, ("intensity_unit: intensities are no whole numbers, so that their counting errors are not known",)


def wavelength_of(angstrom: float, flags: list[str]) -> float | None:
    """A stated wavelength [angstrom] in m; None with a flag where it can be none, and for the 0 of an empty field."""
    if SHORTEST <= angstrom <= LONGEST:
        return angstrom * ANGSTROM
    if angstrom != 0.0:
        flags.append(f"wavelength: the file's {angstrom:g} angstrom is no wavelength and is left out")
    return None


def _whole(values: NDArray[np.float64]) -> bool:
    return bool(np.all(np.abs(values - np.round(values)) <= WHOLE))


def _varies(times: NDArray[np.float64]) -> bool:
    return bool(np.ptp(times) > SAME_TIME * np.abs(times).max(initial=0.0))


def _sorted(source: Source, scan: Scan, flags: list[str]) -> Scan:
    """The scan by rising angle, once its numbers are found to be some."""

    def refuse(what: str, index: int, cure: str) -> ReadError:
        place = source.at(scan.lines[index]) if scan.lines is not None else f"{scan.place}, point {index + 1}"
        return ReadError(what, place, cure)

    x, y = scan.two_theta, scan.intensity
    if x.size < LEAST:
        points = f"{x.size} point" + ("" if x.size == 1 else "s")
        raise ReadError(f"holds {points}; a pattern has at least {LEAST}", scan.place, "Export the whole scan.")
    wrong = np.flatnonzero(~((x >= LOWEST) & (x <= HIGHEST)))
    if wrong.size:
        what = f"has the angle {x[wrong[0]]:g} degree, outside {LOWEST:g} to {HIGHEST:g}"
        raise refuse(what, int(wrong[0]), "Is this column 2 theta in degree? The file may be damaged.")
    wrong = np.flatnonzero(~(np.abs(y) < LARGEST))
    if wrong.size:
        raise refuse("has an intensity that is no number, or beyond any instrument", int(wrong[0]), "Copy it again.")
    error = scan.standard_error
    if error is not None and not np.all((error >= 0.0) & (error < LARGEST)):
        wrong = np.flatnonzero(~((error >= 0.0) & (error < LARGEST)))
        raise refuse("has a standard error below zero or beyond any number", int(wrong[0]), "Correct its column.")
    time = scan.counting_time
    if isinstance(time, np.ndarray) and not np.all((time > 0.0) & (time < LARGEST)):
        wrong = np.flatnonzero(~((time > 0.0) & (time < LARGEST)))
        raise refuse("has a counting time that is not positive", int(wrong[0]), "The file may be damaged.")
    order = np.argsort(x, kind="stable")
    same = np.flatnonzero(np.diff(x[order]) == 0.0)
    if same.size:
        first, second = sorted(int(order[same[0] + each]) for each in (0, 1))
        raise refuse(f"repeats the angle {x[second]:g} degree of point {first + 1}", second, "Keep one of the two.")
    if np.any(np.diff(order) != 1):
        flag = "order: the points were not by rising angle and have been sorted"
        flags += [flag] if flag not in flags else []
        return scan.select(order)
    return scan


def _with_errors(source: Source, scan: Scan, stated: Stated) -> Scan:
    """The scan with counting errors where its intensities are counts and it has none of its own."""
    if stated.unit == COUNTS and scan.intensity.min() < 0.0:
        place = scan.place if scan.lines is None else source.at(scan.lines[int(scan.intensity.argmin())])
        what = f"holds {scan.intensity.min():g} counts, fewer than none"
        raise ReadError(what, place, "If a background was subtracted, label the column otherwise than as counts.")
    if stated.unit != COUNTS or scan.standard_error is not None:
        return scan
    return replace(scan, standard_error=np.sqrt(np.maximum(scan.intensity, 1.0)))


def _per_time(scans: Sequence[Scan], stated: Stated, flags: list[str]) -> tuple[list[Scan], str]:
    """Rates instead of counts where the counting time differs from point to point."""
    varying = [isinstance(scan.counting_time, np.ndarray) and scan.one_time is None for scan in scans]
    if not any(varying) or stated.unit != COUNTS:
        return list(scans), stated.unit
    flags.append("counting_time: differs from point to point; intensities are counts per unit of time")
    return [_divided(scan) for scan in scans], RATE if stated.seconds else UNKNOWN


def _divided(scan: Scan) -> Scan:
    time = scan.counting_time
    if time is None:
        raise ReadError("has no counting time, though other ranges of the file do", scan.place, "Export it alone.")
    error = scan.standard_error / time if scan.standard_error is not None else None
    return replace(scan, intensity=scan.intensity / time, standard_error=error, counting_time=None)


def _share_grid(scans: Sequence[Scan]) -> bool:
    first = scans[0].two_theta
    tolerance = SAME_GRID * scans[0].step
    return all(
        scan.two_theta.size == first.size and np.abs(scan.two_theta - first).max() <= tolerance for scan in scans
    )


def _series(source: Source, scans: list[Scan], stated: Stated, flags: list[str]) -> xr.Dataset:
    """Patterns on one grid, in the order in which they were measured."""
    scans, unit = _per_time(scans, stated, flags)
    started = [scan.started for scan in scans if scan.started is not None]
    variables: dict[str, tuple[Any, ...]] = {}
    if len(started) == len(scans):
        order = np.argsort(started, kind="stable").tolist()
        if order != sorted(order):
            flags.append("order: the patterns were not by rising time and have been sorted")
        scans = [scans[i] for i in order]
        times = np.array([started[i] - started[order[0]] for i in order])
        variables["pattern_time"] = ("pattern", times, "s", "start of each pattern, from the first one's")
    else:
        flags.append("pattern_time: the file does not say when each pattern was measured")
    variables["intensity"] = (("pattern", "two_theta"), np.stack([scan.intensity for scan in scans]), "1")
    errors = [scan.standard_error for scan in scans if scan.standard_error is not None]
    if len(errors) == len(scans):
        variables["intensity_standard_error"] = (("pattern", "two_theta"), np.stack(errors), "1")
    counting = [scan.one_time for scan in scans]
    known = [time for time in counting if time is not None]
    same = len(known) == len(scans) and not _varies(np.array(known))
    if known and not same:
        flags.append("counting_time: differs between the patterns; their intensities are as in the file")
        if len(known) == len(scans) and stated.seconds:
            variables["counting_time"] = ("pattern", np.array(known), "s", "per point")
    variables |= _scalars(known[0] if same else None, stated)
    return make_record(
        "diffraction_series/1",
        sample=stated.sample,
        instrument=stated.instrument,
        origin="measured",
        variables=variables,
        coordinates={"two_theta": ("two_theta", np.deg2rad(scans[0].two_theta), "rad")},
        attributes=_attributes(source, stated, unit, flags, known[0] if same else None),
    )


def _joined(source: Source, scans: Sequence[Scan], unit: str, flags: list[str]) -> tuple[Scan, NDArray[np.int_], str]:
    """Ranges that follow one another as one pattern, the number of each point's range, and the unit.

    Raises
    ------
    ReadError : two ranges overlap, or the counting time of one is not known.
    """
    order = sorted(range(len(scans)), key=lambda i: scans[i].two_theta[0])
    parts = [scans[i] for i in order]
    spans = [f"{part.two_theta[0]:g} to {part.two_theta[-1]:g}" for part in parts]
    for i in range(1, len(parts)):
        end, part = parts[i - 1].two_theta[-1], parts[i]
        nearest = SAME_GRID * min(part.step, parts[i - 1].step)
        if abs(part.two_theta[0] - end) <= nearest and part.two_theta.size > LEAST:
            flags.append(f"ranges: the point at {end:g} degree is in two ranges and is taken from the lower one")
            parts[i] = part.select(np.arange(1, part.two_theta.size))
        elif part.two_theta[0] <= end:
            what = f"holds {len(parts)} ranges that overlap on different grids: {', '.join(spans)} degree"
            raise ReadError(what, source.name, "Save each range in a file of its own.")
        elif part.two_theta[0] - end > ADJACENT * max(part.step, parts[i - 1].step):
            flags.append(f"gap: nothing was measured between {end:g} and {part.two_theta[0]:g} degree")
    flags.append(f"ranges: {len(parts)} ranges are joined to one pattern: {', '.join(spans)} degree")
    times = [part.one_time for part in parts]
    one: float | None = times[0]
    if any(time is not None for time in times):
        known = [time for time in times if time is not None and time > 0.0]
        if len(known) < len(times):
            what = "holds ranges of which some have no counting time"
            raise ReadError(what, source.name, "Save each range in a file of its own.")
        if _varies(np.array(known)):
            flags.append("counting_time: differs between the ranges; they are scaled to that of the lowest")
            parts = [_scaled(part, known[0] / time) for part, time in zip(parts, known, strict=True)]
            unit = RATE if unit == RATE else UNKNOWN
    errors = [part.standard_error for part in parts if part.standard_error is not None]
    raws = [part.raw for part in parts if part.raw is not None]
    alike = len(raws) == len(parts) and len({raw.shape[1] for raw in raws}) == 1
    whole = Scan(
        np.concatenate([part.two_theta for part in parts]),
        np.concatenate([part.intensity for part in parts]),
        source.name,
        np.concatenate(errors) if len(errors) == len(parts) else None,
        one,
        raw=np.concatenate(raws) if alike else None,
    )
    numbers = np.concatenate(
        [np.full(part.two_theta.size, index + 1) for part, index in zip(parts, order, strict=True)]
    )
    return whole, numbers, unit


def _scaled(scan: Scan, factor: float) -> Scan:
    error = scan.standard_error * factor if scan.standard_error is not None else None
    return replace(scan, intensity=scan.intensity * factor, standard_error=error)


def _scalars(time: float | None, stated: Stated) -> dict[str, tuple[Any, ...]]:
    result: dict[str, tuple[Any, ...]] = {}
    if stated.wavelength is not None:
        result["wavelength"] = ((), stated.wavelength, "m")
    if time is not None and time > 0.0 and stated.seconds:
        result["time_per_step"] = ((), time, "s")
    return result


def _attributes(source: Source, stated: Stated, unit: str, flags: list[str], time: float | None) -> dict[str, Any]:
    result: dict[str, Any] = {
        "format": stated.form,
        "file_name": source.base,
        "file_sha256": source.sha256,
        "header": bounded(stated.header),
        "intensity_unit": unit,
        **stated.attributes,
    }
    if time is not None and not stated.seconds:
        result["time_per_step_as_stated"] = time
    if flags:
        result["flags"] = json.dumps(list(dict.fromkeys(flags)), ensure_ascii=False)
    return result
