"""Named phases and an internal standard fitted to the lines of a pattern: cells, displacement, and which line is whose."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.analysis.diffraction.indexing import anchor_of, expected_heights, index_lines
from honeycell.analysis.diffraction.phases import phases_of
from honeycell.analysis.result import Estimate
from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from honeycell.analysis.diffraction.indexing import Anchor, Fit
    from honeycell.analysis.diffraction.phases import Phase
    from honeycell.analysis.diffraction.profile import Line
    from honeycell.analysis.result import Settings

    Limits = tuple[float, float]

NORMAL_95 = 1.96
OWN = 0.8  # of the expected height of a line that two phases explain: the phase with more may use it


@dataclass(frozen=True)
class Cells:
    """Fits of the named ``phases``, in their order, of the ``standard`` where one is named, and the displacement coefficient they share.

    ``shift`` is k [rad] with its standard error, None where nothing told it.
    """

    phases: tuple[Fit, ...]
    standard: Fit | None
    shift: tuple[float, float] | None
    flags: tuple[str, ...]

    @property
    def all(self) -> tuple[Fit, ...]:
        """Every fit, the standard's last."""
        return (*self.phases, self.standard) if self.standard is not None else self.phases


def cell_name(phase: Phase, parameter: str) -> str:
    """Name of the quantity: ``lattice_parameter`` of a cubic cell, else ``lattice_parameter_a`` or ``lattice_angle_beta`` ..."""
    if parameter not in "abc":
        return f"lattice_angle_{parameter}"
    return "lattice_parameter" if phase.system == "cubic" else f"lattice_parameter_{parameter}"


def named_phases(settings: Settings) -> tuple[tuple[Phase, ...], Phase | None]:
    """Phases of the settings ``phase`` and ``internal_standard``.

    Raises
    ------
    InputError : one that is not known, or two standards.
    """
    phases = phases_of(str(settings["phase"].value), "--set phase") if "phase" in settings else ()
    if "internal_standard" not in settings:
        return phases, None
    where = "--set internal_standard"
    standards = phases_of(str(settings["internal_standard"].value), where)
    if len(standards) != 1:
        raise InputError(f"names {len(standards)} standards", where, "Name one.")
    return tuple(phase for phase in phases if phase.name != standards[0].name), standards[0]


def fit_cells(
    phases: Sequence[Phase], standard: Phase | None, lines: Sequence[Line], wavelength: float, limits: Limits
) -> Cells:
    """Cells of ``phases`` with one displacement for all.

    The cell of the ``standard`` is held, its lines tell the displacement. Without one, the displacement is told by the first phase
    together with its cell, and handed to the others. A line that two phases explain counts only for one that, by the heights of its
    other lines, makes nearly all of it.
    """
    spoiled: list[set[int]] = [set() for _ in range(len(phases) + 1)]
    cells = _fit_once(phases, standard, lines, wavelength, limits, spoiled)
    if len(phases) + (standard is not None) > 1:
        fits = [*cells.phases, cells.standard]
        claims: dict[int, dict[int, float]] = {}
        for place, fit in enumerate(fits):
            if fit is not None and (fit.present or fit is cells.standard):
                height = expected_heights(fit, lines, wavelength)
                for match in fit.matches:
                    claims.setdefault(match.peak, {})[place] = float(height[match.line])
        for peak, shares in claims.items():
            total = sum(shares.values())
            for place, share in shares.items():
                if len(shares) > 1 and share < OWN * total:
                    spoiled[place].add(peak)
        if any(spoiled):
            cells = _fit_once(phases, standard, lines, wavelength, limits, spoiled)
    return cells


def _fit_once(
    phases: Sequence[Phase],
    standard: Phase | None,
    lines: Sequence[Line],
    wavelength: float,
    limits: Limits,
    spoiled: list[set[int]],
) -> Cells:
    flags: list[str] = []
    anchor: Anchor | None = None
    held: Fit | None = None
    if standard is not None:
        held = index_lines(standard, lines, wavelength, limits, cell_held=True, spoiled=spoiled[-1])
        used = any(match.used for match in held.matches)
        if used and (held.present or len(held.matches) == _expected(standard, wavelength, limits)):
            anchor = anchor_of(held, lines, wavelength, standard)
        else:
            flags.append(
                f"internal_standard: the lines of {standard.name} were not found; the displacement is not told by it"
            )
            held = None
    fits: list[Fit] = []
    shift: tuple[float, float] | None = None
    for place, phase in enumerate(phases):
        own = shift if anchor is None else None
        fit = index_lines(phase, lines, wavelength, limits, anchor=anchor, shift_held=own, spoiled=spoiled[place])
        fits.append(fit)
        if place == 0 and fit.present:
            shift = _shift(fit, held, anchor)
        if not fit.present:
            found = f"{len(fit.matches)} lines were found, {100.0 * fit.share:.0f} % of the strong ones by weight"
            flags.append(f"phase: of {phase.name}, {found}; not present")
        else:
            flags += [f"{flag} ({phase.name})" if len(phases) > 1 else flag for flag in fit.flags]
    present = fits[0] if fits and fits[0].present else None
    return Cells(tuple(fits), held, _shift(present, held, anchor), tuple(flags))


def _expected(phase: Phase, wavelength: float, limits: Limits) -> int:
    """How many lines of a standard the pattern can show at all."""
    angle = phase.two_theta(wavelength)
    return int(np.sum(np.isfinite(angle) & (angle > limits[0]) & (angle < limits[1])))


def _shift(fit: Fit | None, standard: Fit | None, anchor: Anchor | None) -> tuple[float, float] | None:
    chosen = fit if fit is not None and fit.shift_free else standard if anchor is not None else None
    if chosen is None or not chosen.shift_free:
        return None
    return chosen.shift, math.sqrt(max(float(chosen.covariance[-1, -1]), 0.0))


def cell_estimates(fit: Fit, wavelength: float, wavelength_error: float, prefix: str = "") -> list[Estimate]:
    """Edges [m] and angles [rad] of one fitted cell."""
    told = "with the displacement fitted alongside" if fit.shift_free else "without displacement"
    used = sum(match.used for match in fit.matches)
    method = (
        f"weighted least squares on {used} lines of {fit.phase.name} ({len(fit.matches)} indexed), {told}; "
        f"wavelength {wavelength * 1e10:.6g} angstrom"
    )
    result = []
    for place, (name, value) in enumerate(zip(fit.phase.free, fit.phase.parameters, strict=True)):
        length = name in "abc"
        own: list[str] = []
        error: float | None = math.sqrt(max(float(fit.covariance[place, place]), 0.0))
        if length:
            error = math.hypot(error, float(value) * wavelength_error / wavelength)
        if not fit.shift_free or not math.isfinite(error) or error <= 0.0:
            error = None
            own.append("error: not known, as the lines do not tell the cell from the displacement")
        elif fit.scaled:
            own.append(f"errors: scaled by the root of chi-square per degree of freedom, {fit.reduced:.3g}")
        half = None if error is None else quantile(fit) * error
        ends = None if half is None else (float(value) - half, float(value) + half)
        result.append(
            Estimate(
                prefix + cell_name(fit.phase, name),
                float(value),
                "m" if length else "rad",
                error,
                ends,
                method,
                tuple(own),
            )
        )
    return result


def displacement_estimate(cells: Cells, record: xr.Dataset, settings: Settings, flags: list[str]) -> list[Estimate]:
    """``displacement`` [m], positive below the focusing circle, where the goniometer's radius is known; else ``displacement_angle`` k [rad]."""
    if cells.shift is None:
        return []
    k, error = cells.shift
    fit = cells.phases[0] if cells.phases and cells.phases[0].present else cells.standard
    assert fit is not None
    lines = (
        f"lines of the standard {cells.standard.phase.name}"
        if cells.standard is not None
        else f"lines of {fit.phase.name}"
    )
    method = f"shift of {lines} by -k cos(theta), positive below the focusing circle; a zero error of the goniometer acts nearly alike"
    own = (f"correlation: {_correlation(fit):.3f} with the cell",) if _correlation(fit) is not None else ()
    radius, radius_error = goniometer_radius(record, settings)
    z = quantile(fit)
    if radius is None:
        flags.append(
            "displacement: as the angle k, as the radius of the goniometer is not known; give --set goniometer_radius='… mm'"
        )
        return [Estimate("displacement_angle", k, "rad", error, (k - z * error, k + z * error), method, own)]
    s = 0.5 * k * radius
    u = math.hypot(0.5 * error * radius, s * radius_error / radius)
    method += f"; s = k R/2 with R = {radius * 1e3:.4g} mm"
    return [Estimate("displacement", s, "m", u, (s - z * u, s + z * u), method, own)]


def quantile(fit: Fit) -> float:
    """Half width of a 95 % interval in standard errors: Student's where the scatter of the lines gave the errors."""
    if not fit.scaled:
        return NORMAL_95
    from scipy.stats import t

    return float(t.ppf(0.975, fit.freedom))


def _correlation(fit: Fit) -> float | None:
    """Of k with the cell's first edge, None where either is not free."""
    a, k = float(fit.covariance[0, 0]), float(fit.covariance[-1, -1])
    return float(fit.covariance[0, -1]) / math.sqrt(a * k) if a > 0.0 and k > 0.0 else None


def goniometer_radius(record: xr.Dataset, settings: Settings) -> tuple[float | None, float]:
    """Radius [m] by the setting, else by the file, and its standard error; None where neither says."""
    if "goniometer_radius" in settings:
        given = settings["goniometer_radius"]
        return given.number, float(given.u or 0.0)
    stored = record.attrs.get("goniometer_radius_m")
    return (float(stored), 0.0) if isinstance(stored, int | float) and stored > 0.0 else (None, 0.0)


def assignment_rows(cells: Cells, lines: Sequence[Line], wavelength: float) -> list[dict[str, Any]]:
    """Which phase explains which peak: a row per pair, ``used`` where it counts in the fit of the cell."""
    from honeycell.physics.diffraction import displacement_shift

    rows: list[dict[str, Any]] = []
    for fit in cells.all:
        true = fit.phase.two_theta(wavelength)
        expected = true + displacement_shift(np.nan_to_num(true), fit.shift)
        for match in fit.matches:
            h, k, l = (int(n) for n in fit.phase.indices[match.line])
            line = lines[match.peak]
            rows.append(
                {
                    "peak": match.peak + 1, "two_theta": math.degrees(line.position), "phase": fit.phase.name, "h": h, "k": k, "l": l,
                    "calculated_two_theta": math.degrees(float(expected[match.line])),
                    "difference / degree": math.degrees(line.position - float(expected[match.line])),
                    "used": "yes" if match.used else "no",
                }
            )  # fmt: skip
    return sorted(rows, key=lambda row: row["peak"])


def cell_rows(cells: Cells) -> list[dict[str, Any]]:
    """A row per phase: edges [angstrom], angles [degree], lines found and the share of the strong ones by weight."""
    rows: list[dict[str, Any]] = []
    for fit in cells.all:
        row: dict[str, Any] = {
            "phase": fit.phase.name,
            "role": "internal standard" if fit is cells.standard else "phase",
        }
        row |= {
            "present": "yes" if fit.present or fit is cells.standard else "no",
            "lines": len(fit.matches),
            "strong_lines_found / %": 100.0 * fit.share,
        }
        error = np.sqrt(np.maximum(np.diag(fit.covariance), 0.0))
        for place, (name, value) in enumerate(zip(fit.phase.free, fit.phase.parameters, strict=True)):
            scale, unit = (1e10, "angstrom") if name in "abc" else (180.0 / math.pi, "degree")
            row[f"{name} / {unit}"] = scale * float(value)
            known = fit.shift_free and float(error[place]) > 0.0 and fit is not cells.standard
            row[f"{name}_standard_error / {unit}"] = scale * float(error[place]) if known else None
        rows.append(row)
    return rows
