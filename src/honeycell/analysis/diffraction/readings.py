"""Other readings of the lines: what else than the named phases would put a line where it is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from honeycell.analysis.diffraction.cells import cell_estimates
from honeycell.analysis.diffraction.indexing import index_lines
from honeycell.analysis.diffraction.phases import shipped
from honeycell.data.tables import phase_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from honeycell.analysis.diffraction.cells import Cells
    from honeycell.analysis.diffraction.indexing import Fit
    from honeycell.analysis.diffraction.profile import Line

MOST = 5  # readings told
UNKNOWN_SHIFT = math.radians(0.3)  # standard error of k where nothing tells it: half a millimetre on a usual goniometer
CREDIBLE = 0.5  # of the strength of its strong lines in the range that a phase nobody named must show
SAME_CELL = 3e-3  # relative: a second cell this near the first is the first


@dataclass(frozen=True, slots=True)
class Reading:
    """``fit`` explains the peaks ``places``, some of them left over by the named phases; ``what`` says it in words, ``whose`` the phase."""

    what: str
    whose: str
    fit: Fit
    places: tuple[int, ...]


def other_readings(
    cells: Cells, lines: Sequence[Line], wavelength: float, limits: tuple[float, float], flags: list[str]
) -> list[dict[str, Any]]:
    """Readings beside that of the named phases, the most telling first, and flags on lines with two readings or none.

    Tried are a second cell of each named phase for lines that it has not explained, some of them left over, and every shipped phase for
    all lines. A phase nobody named is offered only with its strongest line and half of the strong ones by weight.
    """
    named = [fit for fit in cells.phases if fit.present]
    if not named:
        return []
    explained: dict[int, list[str]] = {}
    for fit in [*named, *([cells.standard] if cells.standard is not None else [])]:
        for match in fit.matches:
            explained.setdefault(match.peak, []).append(_label(fit, match.line))
    left = [i for i in range(len(lines)) if i not in explained]
    shift = cells.shift if cells.shift is not None and math.isfinite(cells.shift[1]) else (0.0, UNKNOWN_SHIFT)
    found = _second_cells(named, lines, wavelength, limits, left, shift) + _others(
        cells, lines, wavelength, limits, shift
    )
    # a phase that only repeats what the named ones explain is no reading of its own
    found = [each for each in found if set(each.places) & set(left)]
    found.sort(key=lambda each: (-len(set(each.places) & set(left)), -each.fit.share))
    _flag_lines(lines, left, explained, found, flags)
    return [_as_alternative(each, lines, wavelength) for each in found[:MOST]]


def _second_cells(
    named: Sequence[Fit],
    lines: Sequence[Line],
    wavelength: float,
    limits: tuple[float, float],
    left: list[int],
    shift: tuple[float, float],
) -> list[Reading]:
    result: list[Reading] = []
    for fit in named:
        mine = {match.peak for match in fit.matches}
        free = [i for i in range(len(lines)) if i not in mine]
        again = index_lines(fit.phase, lines, wavelength, limits, free=free, shift_held=shift) if left else None
        if again is None or len(again.matches) < 2 or not {m.peak for m in again.matches} & set(left):
            continue
        change = float(again.phase.parameters[0] / fit.phase.parameters[0]) - 1.0
        if abs(change) > SAME_CELL:
            what = f"a second cell of {fit.phase.name}, {'contracted' if change < 0.0 else 'expanded'} by {abs(100.0 * change):.2f} %"
            result.append(
                Reading(what, f"a second cell of {fit.phase.name}", again, tuple(m.peak for m in again.matches))
            )
    return result


def _others(
    cells: Cells, lines: Sequence[Line], wavelength: float, limits: tuple[float, float], shift: tuple[float, float]
) -> list[Reading]:
    known = {fit.phase.name for fit in cells.all}
    result: list[Reading] = []
    for name in phase_names():
        if name not in known:
            fit = index_lines(shipped(name), lines, wavelength, limits, shift_held=shift)
            if fit.present and fit.share >= CREDIBLE and _strongest_found(fit, wavelength, limits):
                result.append(Reading(f"lines of {name}", name, fit, tuple(m.peak for m in fit.matches)))
    return result


def _strongest_found(fit: Fit, wavelength: float, limits: tuple[float, float]) -> bool:
    angle, height = fit.phase.two_theta(wavelength), fit.phase.heights(wavelength)
    inside = [j for j in range(len(angle)) if limits[0] < angle[j] < limits[1]]
    return bool(inside) and max(inside, key=lambda j: height[j]) in {match.line for match in fit.matches}


def _flag_lines(
    lines: Sequence[Line], left: list[int], explained: dict[int, list[str]], found: Sequence[Reading], flags: list[str]
) -> None:
    claims = {i: list(names) for i, names in explained.items()}
    for reading in found:
        for match in reading.fit.matches:
            claims.setdefault(match.peak, []).append(_label(reading.fit, match.line, reading.whose))
    several = [i for i in sorted(claims) if len(claims[i]) > 1]
    flags += [
        f"ambiguous: the line at {_degrees(lines[i])} degree is {' or '.join(claims[i])}; see the alternatives"
        for i in several[:MOST]
    ]
    if len(several) > MOST:
        flags.append(f"ambiguous: so are {len(several) - MOST} more lines")
    nobody = [_degrees(lines[i]) for i in left if i not in claims]
    if nobody:
        flags.append(f"unexplained: the lines at {', '.join(nobody)} degree are of no phase named or shipped")


def _as_alternative(reading: Reading, lines: Sequence[Line], wavelength: float) -> dict[str, Any]:
    assigned = [
        f"{_label(reading.fit, match.line, reading.whose)} at {_degrees(lines[match.peak])} degree"
        for match in reading.fit.matches
    ]
    numbers: dict[str, Any] = {}
    for each in cell_estimates(reading.fit, wavelength, 0.0):
        scale, unit = (1e10, "angstrom") if each.unit == "m" else (180.0 / math.pi, "degree")
        error = None if each.standard_error is None else scale * each.standard_error
        numbers[each.name] = {"value": scale * each.value, "unit": unit, "standard_error": error}
    return {
        "method": f"{reading.what}: {', '.join(assigned)}",
        "strong_lines_found": reading.fit.share,
        "quantities": numbers,
    }


def _label(fit: Fit, line: int, whose: str = "") -> str:
    h, k, l = (int(n) for n in fit.phase.indices[line])
    spaced = " " if max(abs(h), abs(k), abs(l)) > 9 else ""
    return f"({spaced.join(str(n) for n in (h, k, l))}) of {whose or fit.phase.name}"


def _degrees(line: Line) -> str:
    return f"{math.degrees(line.position):.2f}"
