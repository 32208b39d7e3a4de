"""Patterns of one specimen over time or charge: lines followed, cells with one specimen height, two phases kept apart."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.analysis.diffraction.cells import NORMAL_95, cell_name, goniometer_radius, named_phases
from honeycell.analysis.diffraction.joint import fit_jointly
from honeycell.analysis.diffraction.lines import METHOD
from honeycell.analysis.diffraction.noise import noise_of
from honeycell.analysis.diffraction.radiation import radiation_of
from honeycell.analysis.diffraction.reduce import (
    SYSTEMATIC,
    TECHNIQUE,
    analyse_with,
    checked,
    curve_rows,
    reduce_patterns,
    stated_error,
)
from honeycell.analysis.diffraction.tracks import track_lines
from honeycell.analysis.result import Estimate, Reduction
from honeycell.physics.diffraction import bragg_spacing
from honeycell.quantities.record import flags_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.analysis.diffraction.joint import Joint
    from honeycell.analysis.diffraction.lines import Analysed
    from honeycell.analysis.diffraction.noise import Noise
    from honeycell.analysis.diffraction.tracks import Track
    from honeycell.analysis.result import Settings

    Floats = NDArray[np.float64]

HOUR = 3600.0  # s
BESIDE = math.radians(1.0)  # lines farther apart are not taken for one line of two phases
FADING = 0.7  # of its greatest height: a line that falls below while the other rises above it
MAP_ANGLES = 1200  # of the map in the figure


class Run:
    """Patterns in order, with what is known of when and at which voltage each was measured."""

    def __init__(self, records: Sequence[xr.Dataset], settings: Sequence[Settings], flags: list[str]) -> None:
        self.patterns: list[tuple[Floats, Floats, Noise]] = []
        self.time: list[float] | None = None
        self.voltage: list[float] | None = None
        self.order = list(range(len(records)))
        first = records[0]
        if first.attrs["schema"] == "diffraction_series/1":
            stated = stated_error(first)
            for p, intensity in enumerate(np.asarray(first["intensity"].values, float)):
                self._add(first, intensity, stated[p] if stated is not None else None, flags)
            self.time = first["pattern_time"].values.astype(float).tolist() if "pattern_time" in first else None
            self.voltage = first["voltage"].values.astype(float).tolist() if "voltage" in first else None
            return
        times = [_measured_on(record) for record in records]
        known = [time for time in times if time is not None]
        if len(known) == len(times):
            self.order = sorted(self.order, key=lambda i: known[i])
            if self.order != list(range(len(records))):
                flags.append("order: the patterns were not by rising time and have been sorted")
            self.time = [known[i] - min(known) for i in self.order]
        else:
            flags.append("time: not every file says when it was measured; patterns are numbered in the order given")
        volts = [own["voltage"].number for own in settings if "voltage" in own]
        if len(volts) == len(records):
            self.voltage = [volts[i] for i in self.order]
        for i in self.order:
            self._add(records[i], np.asarray(records[i]["intensity"].values, float), stated_error(records[i]), flags)

    def _add(self, record: xr.Dataset, intensity: Floats, stated: Floats | None, flags: list[str]) -> None:
        x, y, stated = checked(record, intensity, stated)
        noise = noise_of(record, y, stated)
        flags += [flag for flag in noise.flags if flag not in flags]
        self.patterns.append((x, y, noise))

    def labels(self, p: int) -> dict[str, Any]:
        """The first columns of a row on pattern ``p``."""
        row: dict[str, Any] = {"pattern": p + 1}
        if self.time is not None:
            row["time / h"] = self.time[p] / HOUR
        if self.voltage is not None:
            row["voltage"] = self.voltage[p]
        return row


def reduce_in_situ(records: Sequence[xr.Dataset], settings: Sequence[Settings]) -> list[Reduction]:
    """Reductions of patterns of one specimen fitted together: one ``diffraction_series/1`` record, or several ``diffraction/1``.

    Lines are followed from pattern to pattern with one width each; where a line would have to broaden, two lines are tried, so that
    phases that coexist are not read as one that moves. Where the setting ``phase`` is given, its cells in all patterns are fitted with one
    displacement: ``lattice_parameter`` ... [m] of the first cell in the first pattern that shows it, ``..._last`` of the last pattern,
    ``displacement`` [m] or ``displacement_angle`` [rad]. The setting ``voltage`` of each file (in ``sample.toml``) stands beside them.
    Tables: ``tracks`` (a row per line), ``peaks`` (a row per line and pattern), ``cells``. Several files get one reduction each, of
    which the first holds the tables of the series.

    Raises
    ------
    InputError : an unknown phase, a pattern that cannot be used.
    """
    kinds = {str(record.attrs["schema"]) for record in records}
    if (kinds != {"diffraction/1"} and len(records) > 1) or kinds == {"crystal/1"}:
        # structures and whole series stand each for itself
        return [
            reduce_in_situ([record], [own])[0]
            if record.attrs["schema"] == "diffraction_series/1"
            else reduce_patterns([record], [own])[0]
            for record, own in zip(records, settings, strict=True)
        ]
    if kinds == {"diffraction/1"} and len(records) == 1:
        return reduce_patterns(records, settings)
    flags = [flag for record in records for flag in flags_of(record)]
    phases, standard = named_phases(settings[0])
    radiation = radiation_of(records[0], settings[0], flags)
    run = Run(records, settings, flags)
    middle = len(run.patterns) // 2
    if not radiation.certain:
        _, radiation = analyse_with(*run.patterns[middle], radiation, flags)
    tracks, final = track_lines(run.patterns, radiation.doublet)
    if not tracks:
        flags.append("peaks: no line stands out of the noise in two patterns")
    method = f"{METHOD}; one width per line through the series; {radiation.told}; noise: {run.patterns[0][2].how}"
    quantities = [
        Estimate("pattern_count", float(len(run.patterns)), "1"),
        Estimate("track_count", float(len(tracks)), "1", method=method),
    ]
    wavelength = radiation.wavelength
    joint: Joint | None = None
    if len(phases) > 1:
        flags.append(f"phase: of a series, the first one is fitted, {phases[0].name}")
    if phases and wavelength is None:
        flags.append("lattice_parameter: needs the wavelength; give --set wavelength='… angstrom'")
    elif phases and wavelength is not None and tracks:
        x = run.patterns[0][0]
        joint = fit_jointly(tracks, len(run.patterns), phases[0], standard, wavelength, (float(x[0]), float(x[-1])))
        flags += joint.flags
        quantities += _cell_quantities(joint, wavelength) + _displacement(joint, records[0], settings[0], flags)
    flags += _coexisting_cells(joint) or _coexisting(tracks)
    flags.append(SYSTEMATIC)
    tables = {
        "tracks": _track_rows(tracks, joint, run),
        "peaks": _peak_rows(tracks, wavelength, run),
        "cells": _cell_rows(joint, run),
        "curve_map": [_map_row(each, run, p) for p, each in enumerate(final)],
    }
    whole = Reduction(TECHNIQUE, tuple(quantities), tables, tuple(dict.fromkeys(flags)))
    if len(records) == 1:
        return [whole]
    result: list[Reduction] = [whole] * len(records)
    for p, i in enumerate(run.order):
        if i:
            mine = [row for row in tables["peaks"] if row["pattern"] == p + 1]
            own = [{"peak": number, **row} for number, row in enumerate(mine, 1)]
            result[i] = Reduction(
                TECHNIQUE, whole.quantities, {"peaks": own, "curve_fit": curve_rows(final[p])}, whole.flags
            )
    return result


def _measured_on(record: xr.Dataset) -> float | None:
    """When a file was measured [s], where it says so unambiguously (ISO 8601)."""
    try:
        when = datetime.fromisoformat(str(record.attrs["measured_on"]))
    except (KeyError, ValueError):
        return None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def _coexisting(tracks: Sequence[Track]) -> list[str]:
    """Pairs of lines of which one fades while the other grows, side by side: two phases, not one line that moves."""
    result: list[str] = []
    for a in tracks:
        for b in tracks:
            both = sorted(set(a.lines) & set(b.lines))
            if a is b or not both or not (a.first < b.first and a.last < b.last):
                continue
            p, q = both[0], both[-1]
            apart = max(abs(a.lines[each].position - b.lines[each].position) for each in both)
            if apart < BESIDE and a.lines[q].height < FADING * a.height and b.lines[p].height < FADING * b.height:
                places = f"{math.degrees(a.lines[p].position):.2f} and {math.degrees(b.lines[q].position):.2f} degree"
                result.append(
                    f"coexistence: the lines at {places} are both there in patterns {p + 1} to {q + 1}: two phases, not one line that moves"
                )
    return result


def _coexisting_cells(joint: Joint | None) -> list[str]:
    """Cells of the phase that some patterns show side by side."""
    result: list[str] = []
    numbers = sorted({cell.number for cell in joint.cells}) if joint is not None else []
    seen = (
        {number: {cell.pattern + 1 for cell in joint.cells if cell.number == number} for number in numbers}
        if joint is not None
        else {}
    )
    for a in numbers:
        for b in numbers:
            if a < b and joint is not None and (both := sorted(seen[a] & seen[b])):
                which = f"{both[0]} to {both[-1]}" if len(both) > 1 else f"{both[0]}"
                result.append(
                    f"coexistence: cells {a} and {b} of {joint.phase.name} are both there in pattern {which}: two phases, not lines that move"
                )
    return result


def _cell_quantities(joint: Joint, wavelength: float) -> list[Estimate]:
    result: list[Estimate] = []
    if not joint.cells:
        return result
    first = min(joint.cells, key=lambda cell: (cell.number, cell.pattern))
    last = max(joint.cells, key=lambda cell: (cell.pattern, cell.lines, -cell.number))
    for cell, suffix in ((first, ""), (last, "_last")) if last is not first else ((first, ""),):
        which = f"cell {cell.number} of {joint.phase.name} in pattern {cell.pattern + 1}"
        method = f"{which}: {cell.lines} lines, one displacement for the whole series; wavelength {wavelength * 1e10:.6g} angstrom"
        for name, value, error in zip(joint.phase.free, cell.values, cell.error, strict=True):
            known = bool(np.isfinite(error) and error > 0.0)
            half = NORMAL_95 * float(error)
            result.append(
                Estimate(
                    cell_name(joint.phase, name) + suffix, float(value), "m" if name in "abc" else "rad", float(error) if known else None,
                    (float(value) - half, float(value) + half) if known else None, method,
                    (f"errors: scaled by the root of chi-square per degree of freedom, {joint.reduced:.3g}",) if joint.scaled else (),
                )
            )  # fmt: skip
    return result


def _displacement(joint: Joint, record: xr.Dataset, settings: Settings, flags: list[str]) -> list[Estimate]:
    if joint.shift_error is None:
        return []
    k, error = joint.shift, joint.shift_error
    method = (
        "shift of all lines of the series by -k cos(theta), positive below the focusing circle, one k for all patterns"
    )
    radius, radius_error = goniometer_radius(record, settings)
    if radius is None:
        flags.append(
            "displacement: as the angle k, as the radius of the goniometer is not known; give --set goniometer_radius='… mm'"
        )
        return [Estimate("displacement_angle", k, "rad", error, (k - NORMAL_95 * error, k + NORMAL_95 * error), method)]
    s = 0.5 * k * radius
    u = math.hypot(0.5 * error * radius, s * radius_error / radius)
    method += f"; s = k R/2 with R = {radius * 1e3:.4g} mm"
    return [Estimate("displacement", s, "m", u, (s - NORMAL_95 * u, s + NORMAL_95 * u), method)]


def _track_rows(tracks: Sequence[Track], joint: Joint | None, run: Run) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for number, track in enumerate(tracks, 1):
        a, b = track.lines[track.first], track.lines[track.last]
        row: dict[str, Any] = {
            "track": number,
            "first_pattern": track.first + 1,
            "last_pattern": track.last + 1,
            "seen": len(track.lines),
        }
        row |= {
            "two_theta_first": math.degrees(a.position),
            "two_theta_last": math.degrees(b.position),
            "moved / degree": math.degrees(b.position - a.position),
            "moved_standard_error / degree": math.degrees(math.hypot(a.position_error, b.position_error)),
            "greatest_height": track.height,
            "width": math.degrees(track.width),
            "width_standard_error": math.degrees(track.width_error),
        }
        if joint is not None and number - 1 in joint.assigned:
            cell, line = joint.assigned[number - 1]
            row["phase"] = joint.phase.name if cell else "internal standard"
            row["cell"] = cell
            if cell:
                row["indices"] = " ".join(str(int(n)) for n in joint.phase.indices[line])
        rows.append(row)
    return rows


def _peak_rows(tracks: Sequence[Track], wavelength: float | None, run: Run) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for number, track in enumerate(tracks, 1):
        for p in sorted(track.lines):
            line = track.lines[p]
            row = {**run.labels(p), "track": number, "two_theta": math.degrees(line.position)}
            row["two_theta_standard_error"] = math.degrees(line.position_error)
            if wavelength is not None:
                d = 1e10 * float(bragg_spacing(line.position, wavelength))
                row["d_spacing"] = d
                row["d_spacing_standard_error"] = d * 0.5 * line.position_error / math.tan(0.5 * line.position)
            row |= {"height": line.height, "height_standard_error": line.height_error}
            row |= {"width": math.degrees(line.width), "width_standard_error": math.degrees(line.width_error)}
            rows.append(row)
    return sorted(rows, key=lambda row: (row["pattern"], row["two_theta"]))


def _cell_rows(joint: Joint | None, run: Run) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for cell in sorted(joint.cells, key=lambda each: (each.pattern, each.number)) if joint is not None else ():
        row = {**run.labels(cell.pattern), "cell": cell.number, "lines": cell.lines}
        for name, value, error in zip(joint.phase.free, cell.values, cell.error, strict=True):  # type: ignore[union-attr]
            scale, unit = (1e10, "angstrom") if name in "abc" else (180.0 / math.pi, "degree")
            row[f"{name} / {unit}"] = scale * float(value)
            row[f"{name}_standard_error / {unit}"] = (
                scale * float(error) if math.isfinite(error) and error > 0.0 else None
            )
        rows.append(row)
    return rows


def _map_row(analysed: Analysed, run: Run, p: int) -> dict[str, Any]:
    """Net intensities of one pattern for the figure, the strongest of each stretch of angles."""
    step = max(-(-analysed.x.size // MAP_ANGLES), 1)
    starts = np.arange(0, analysed.x.size, step)
    net = (
        np.maximum.reduceat(analysed.intensity - analysed.base, starts)
        if step > 1
        else analysed.intensity - analysed.base
    )
    return {**run.labels(p), "two_theta": np.degrees(analysed.x[starts]), "intensity": net}
