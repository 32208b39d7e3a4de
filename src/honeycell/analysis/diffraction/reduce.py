"""A powder pattern to its numbers: peaks with errors, and where a phase is named its cell and the height of the specimen."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.analysis.diffraction.cells import (
    assignment_rows,
    cell_estimates,
    cell_rows,
    displacement_estimate,
    fit_cells,
    named_phases,
)
from honeycell.analysis.diffraction.crystal import reduce_crystal
from honeycell.analysis.diffraction.lines import METHOD, analyse
from honeycell.analysis.diffraction.noise import noise_of
from honeycell.analysis.diffraction.radiation import Radiation, radiation_of
from honeycell.analysis.diffraction.readings import other_readings
from honeycell.analysis.result import Estimate, Reduction
from honeycell.physics.diffraction import bragg_spacing, displacement_shift
from honeycell.quantities.errors import InputError
from honeycell.quantities.record import flags_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.analysis.diffraction.cells import Cells
    from honeycell.analysis.diffraction.lines import Analysed
    from honeycell.analysis.diffraction.noise import Noise
    from honeycell.analysis.diffraction.profile import Line
    from honeycell.analysis.result import Settings

    Floats = NDArray[np.float64]

TECHNIQUE = "diffraction"
LEAST = 8  # points: fewer hold no line and its background
LARGEST = 1_000_000  # points of one pattern
TELLING = 10.0  # of chi-square, between a fit with and one without alpha2
BETA_SHARE = 0.15  # of the height of a line: K-beta behind a filter is weaker
CURVE = 20_000  # rows of the fitted curve kept for the figure
TICK = 0.01  # of the strongest line of a phase: weaker ones get no tick mark
SYSTEMATIC = "calibration: errors of the goniometer's zero and of the tube's spectrum are not in the file and not in the errors given"


def reduce_patterns(records: Sequence[xr.Dataset], settings: Sequence[Settings]) -> list[Reduction]:
    """Reductions of ``diffraction/1``, ``diffraction_series/1`` and ``crystal/1`` records.

    A pattern has ``peak_count`` and the table ``peaks``: ``two_theta`` and ``width`` [degree] of K-alpha1, ``d_spacing`` [angstrom]
    where the wavelength is known, ``height`` above the background, each with its standard error. Where the setting ``phase`` names one
    or more phases (shipped ones, or of a CIF), the first one's cell is ``lattice_parameter`` [m] (cubic) or ``lattice_parameter_a``
    ..., the others' names carry the phase's name before; ``displacement`` [m] of the specimen, or ``displacement_angle`` [rad] where the
    goniometer's radius is not known. The setting ``internal_standard`` names a phase whose known cell tells the displacement. Tables
    ``lines`` (which phase explains which peak) and ``phases``. ``alternatives`` hold other readings of the same lines. See
    :func:`honeycell.analysis.diffraction.crystal.reduce_crystal` for structures and
    :func:`honeycell.analysis.diffraction.series.reduce_in_situ` for series.

    Raises
    ------
    InputError : an unknown phase, fewer than eight points, numbers that are not finite or not by rising angle.
    """
    from honeycell.analysis.diffraction.series import reduce_in_situ

    result: list[Reduction] = []
    for record, own in zip(records, settings, strict=True):
        schema = str(record.attrs["schema"])
        if schema == "crystal/1":
            result.append(reduce_crystal(record, own))
        elif schema == "diffraction_series/1":
            result.append(reduce_in_situ([record], [own])[0])
        else:
            result.append(_reduce(record, own))
    return result


def _reduce(record: xr.Dataset, settings: Settings) -> Reduction:
    flags = flags_of(record)
    phases, standard = named_phases(settings)
    radiation = radiation_of(record, settings, flags)
    x, y, stated = checked(record, np.asarray(record["intensity"].values, float), stated_error(record))
    noise = noise_of(record, y, stated)
    flags += noise.flags
    analysed, radiation = analyse_with(x, y, noise, radiation, flags)
    flags += analysed.flags
    lines = analysed.lines
    if not lines:
        flags.append("peaks: none stands out of the noise")
    tables: dict[str, list[dict[str, Any]]] = {"peaks": peak_rows(lines, radiation.wavelength, radiation.error)}
    quantities = [_count(analysed, radiation, noise)]
    alternatives: list[dict[str, Any]] = []
    wavelength = radiation.wavelength
    if (phases or standard) and wavelength is None:
        flags.append("lattice_parameter: needs the wavelength; give --set wavelength='… angstrom'")
    elif (phases or standard) and lines and wavelength is not None:
        limits = float(x[0]), float(x[-1])
        cells = fit_cells(phases, standard, lines, wavelength, limits)
        flags += cells.flags
        for place, fit in enumerate(cells.phases):
            if fit.present:
                quantities += cell_estimates(fit, wavelength, radiation.error, f"{fit.phase.name}_" if place else "")
        quantities += displacement_estimate(cells, record, settings, flags)
        alternatives = other_readings(cells, lines, wavelength, limits, flags)
        tables |= {"lines": assignment_rows(cells, lines, wavelength), "phases": cell_rows(cells)}
        tables["curve_ticks"] = tick_rows(cells, wavelength, limits)
    elif not phases:
        flags.append("phase: none is named, so that no cell is fitted; give --set phase=NAME or phase=FILE.cif")
    flags += _beta(lines, radiation)
    flags.append(SYSTEMATIC)
    tables["curve_fit"] = curve_rows(analysed)
    return Reduction(TECHNIQUE, tuple(quantities), tables, tuple(dict.fromkeys(flags)), tuple(alternatives))


def stated_error(record: xr.Dataset) -> Floats | None:
    """Standard errors as the record holds them."""
    if "intensity_standard_error" not in record.variables:
        return None
    return np.asarray(record["intensity_standard_error"].values, float)


def checked(record: xr.Dataset, intensity: Floats, stated: Floats | None) -> tuple[Floats, Floats, Floats | None]:
    """Angles [rad], intensities and errors of one pattern.

    Raises
    ------
    InputError : too few or too many points, numbers that are not finite, angles that do not rise.
    """
    x = np.asarray(record["two_theta"].values, float)
    where = "the pattern"
    if not LEAST <= x.size <= LARGEST:
        raise InputError(f"{x.size} points; a pattern has {LEAST} to {LARGEST}", where, "Export the whole scan.")
    if not (np.isfinite(x).all() and np.isfinite(intensity).all()):
        raise InputError("numbers that are not finite", where, "Leave those points out.")
    if not (np.diff(x) > 0.0).all():
        raise InputError("angles that do not rise", where, "Sort the points by 2 theta.")
    return x, intensity, stated if stated is None or np.isfinite(stated).all() else None


def analyse_with(
    x: Floats, y: Floats, noise: Noise, radiation: Radiation, flags: list[str]
) -> tuple[Analysed, Radiation]:
    """The pattern's lines; where it must tell whether they are doublets, both are tried."""
    found = analyse(x, y, noise, radiation.doublet)
    if radiation.doublet is None or radiation.certain:
        return found, radiation
    single = analyse(x, y, noise, None)
    gain = single.misfit - found.misfit
    told = f"chi-square {found.misfit:.0f} with it, {single.misfit:.0f} without"
    if gain < -TELLING:
        flags.append(f"doublet: not in this pattern ({told}); lines are taken as single")
        return single, replace(radiation, doublet=None, told=f"{radiation.told}, single line by the pattern")
    sure = "this pattern tells it" if gain > TELLING else "this pattern does not tell"
    flags.append(f"doublet: the wavelength is that of a tube, whose alpha2 is fitted alongside; {sure} ({told})")
    return found, radiation


def peak_rows(lines: Sequence[Line], wavelength: float | None, wavelength_error: float = 0.0) -> list[dict[str, Any]]:
    """The table of peaks, by rising angle."""
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(lines, 1):
        row: dict[str, Any] = {
            "peak": number,
            "two_theta": math.degrees(line.position),
            "two_theta_standard_error": math.degrees(line.position_error),
        }
        if wavelength is not None:
            d = float(bragg_spacing(line.position, wavelength))
            error = d * math.hypot(
                0.5 * line.position_error / math.tan(0.5 * line.position), wavelength_error / wavelength
            )
            row |= {"d_spacing": 1e10 * d, "d_spacing_standard_error": 1e10 * error}
        row |= {
            "height": line.height,
            "height_standard_error": line.height_error,
            "width": math.degrees(line.width),
            "width_standard_error": math.degrees(line.width_error),
            "area / degree": math.degrees(line.area),
            "area_standard_error / degree": math.degrees(line.area_error),
            "lorentzian_share": line.mixing,
            "chi_square": line.chi_square,
        }
        rows.append(row)
    return rows


def tick_rows(cells: Cells, wavelength: float, limits: tuple[float, float]) -> list[dict[str, Any]]:
    """Where each phase's lines lie in its fitted cell, for the figure."""
    rows: list[dict[str, Any]] = []
    for fit in cells.all:
        true, height = fit.phase.two_theta(wavelength), fit.phase.heights(wavelength)
        for j in np.flatnonzero(height >= TICK):
            place = float(true[j] + displacement_shift(true[j], fit.shift))
            if limits[0] <= place <= limits[1]:
                label = " ".join(str(int(n)) for n in fit.phase.indices[j])
                rows.append(
                    {
                        "phase": fit.phase.name,
                        "indices": label,
                        "two_theta": math.degrees(place),
                        "height": float(height[j]),
                    }
                )
    return rows


def _count(analysed: Analysed, radiation: Radiation, noise: Noise) -> Estimate:
    per_point = analysed.misfit / analysed.x.size
    method = f"{METHOD}; {radiation.told}; noise: {noise.how}; chi-square per point {per_point:.3g}"
    return Estimate("peak_count", float(len(analysed.lines)), "1", method=method)


def _beta(lines: Sequence[Line], radiation: Radiation) -> list[str]:
    """Lines where K-beta of a strong one would lie."""
    if radiation.beta is None or radiation.wavelength is None:
        return []
    result: list[str] = []
    for line in lines:
        place = 2.0 * math.asin(math.sin(line.position / 2.0) * radiation.beta / radiation.wavelength)
        result += [
            f"beta: the line at {math.degrees(other.position):.2f} degree is where K-beta of {math.degrees(line.position):.2f} would be"
            for other in lines
            if abs(other.position - place) < 0.5 * line.width and other.height < BETA_SHARE * line.height
        ]
    return result


def curve_rows(analysed: Analysed) -> list[dict[str, Any]]:
    """Baseline, fit and errors over the angle [degree], for the figure."""
    step = max(-(-analysed.x.size // CURVE), 1)
    names = ("two_theta", "baseline", "fit", "error")
    columns = (np.degrees(analysed.x), analysed.base, analysed.curve, analysed.error)
    return [
        dict(zip(names, row, strict=True)) for row in zip(*(column[::step].tolist() for column in columns), strict=True)
    ]
