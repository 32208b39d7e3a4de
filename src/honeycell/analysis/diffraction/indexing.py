"""Measured lines given their indices, and the cell and specimen height that fit them best."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from honeycell.physics.diffraction import bragg_angle, displacement_shift, plane_spacings, reciprocal_metric

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from honeycell.analysis.diffraction.phases import Phase
    from honeycell.analysis.diffraction.profile import Line

    Floats = NDArray[np.float64]

SCALES = np.linspace(-0.03, 0.03, 121)  # relative change of the cell tried: sodium, charge and heat change less
SHIFTS = np.radians(np.linspace(-0.5, 0.5, 21))  # k tried: half a degree is 0.9 mm on a goniometer of 200 mm
CLOSE = math.radians(0.10)  # how near a line must lie to count in that search
PRIOR = (
    0.08  # of the score, lost at the ends of both ranges: of two readings that fit alike the smaller change is meant
)
TOLERANCES = tuple(math.radians(t) for t in (0.20, 0.12, 0.08))  # of a match while the fit closes in
ERRORS_WIDE = 4.0  # standard errors added to them
SLACK = 0.25  # of the tolerance, added to the errors while the fit closes in
STRAY, LEAST_FOR_STRAYS = 4.0, 4  # standard deviations beyond which a match is a stray; fewer lines cannot tell
STRAY_FLOOR = math.radians(0.02)  # nearer than this no line is a stray
MEASURE = 1.4826  # of the median absolute deviation to the standard deviation
WEAKEST = 0.02  # of the strongest line: weaker ones are not looked for
STRONG = 0.10  # of it: those that a phase cannot hide
HIDDEN = 2.0  # of the weakest line of the pattern: lines expected weaker than that are not missed
PRESENT = 0.4  # of the strength of the strong lines in the range, below which the phase is not there
BLEND = 0.25  # of the height, of a neighbour within BLEND_WIDTH widths, that spoils a position
BLEND_WIDTH = 0.75
MISFIT = 3.0  # standard deviations of chi-square beyond which errors are scaled by it
DEGENERATE = 0.995  # correlation of the cell with the displacement beyond which the data do not tell them apart
FLOOR = math.radians(1e-5)  # of the error of a position, for lines without noise


@dataclass(frozen=True, slots=True)
class Match:
    """Measured line ``peak`` and phase line ``line`` (places in their lists); ``used`` in the fit unless blended."""

    peak: int
    line: int
    used: bool


@dataclass(frozen=True, slots=True)
class Fit:
    """A phase fitted to lines: its new cell, the displacement coefficient k [rad] and their covariance, cell first, k last.

    ``shift_free`` is False where k was not fitted. ``share`` is the part, by root of strength, of the expected strong lines that was found.
    """

    phase: Phase
    shift: float
    covariance: Floats
    matches: tuple[Match, ...]
    chi_square: float
    freedom: int
    scaled: bool
    shift_free: bool
    share: float
    flags: tuple[str, ...] = field(default_factory=tuple)

    @property
    def reduced(self) -> float:
        """Chi-square per degree of freedom, of errors as fitted."""
        return self.chi_square / max(self.freedom, 1)

    @property
    def present(self) -> bool:
        """Two lines or more, and enough of the strong ones."""
        return len(self.matches) >= 2 and self.share >= PRESENT


@dataclass(frozen=True, slots=True)
class Anchor:
    """Lines of an internal standard: measured ``position`` and ``error``, and where its cell puts them."""

    position: Floats
    error: Floats
    true: Floats


def anchor_of(fit: Fit, lines: Sequence[Line], wavelength: float, standard: Phase) -> Anchor:
    """The standard's lines as an anchor, in its own cell."""
    used = [match for match in fit.matches if match.used]
    true = standard.two_theta(wavelength)
    return Anchor(
        np.array([lines[match.peak].position for match in used]),
        np.array([max(lines[match.peak].position_error, FLOOR) for match in used]),
        np.array([true[match.line] for match in used]),
    )


def index_lines(
    phase: Phase,
    lines: Sequence[Line],
    wavelength: float,
    limits: tuple[float, float],
    *,
    free: Sequence[int] | None = None,
    spoiled: Collection[int] = (),
    cell_held: bool = False,
    anchor: Anchor | None = None,
    shift_held: tuple[float, float] | None = None,
) -> Fit:
    """Indices and best cell of ``phase``.

    Parameters
    ----------
    lines : measured, any order
    wavelength : [m]
    limits : 2 theta measured [rad], in which missing lines count against the phase
    free : places of the lines that may be used; all by default
    spoiled : of lines that another phase explains better: they are indexed but not used
    cell_held : fit the displacement only, for an internal standard
    anchor : lines of a standard that share the displacement
    shift_held : k and its standard error [rad], known from elsewhere

    Notes
    -----
    2 theta = 2 arcsin(lambda/2d) - k cos(theta), weighted by the errors of the positions. Errors are scaled by chi-square where that is
    beyond chance.
    """
    chosen = np.arange(len(lines)) if free is None else np.array(sorted(free), int)
    order = sorted(chosen.tolist(), key=lambda i: lines[i].position)
    measured = _Measured(
        np.array(order, int),
        np.array([lines[i].position for i in order]),
        np.array([max(lines[i].position_error, FLOOR) for i in order]),
        np.array([lines[i].width for i in order]),
    )
    known = shift_held[0] if shift_held else None
    if anchor is not None and anchor.position.size:
        known = _anchored(anchor)[0]
    if not order:
        return Fit(phase, 0.0, np.zeros((len(phase.free) + 1,) * 2), (), 0.0, 0, False, False, 0.0)
    scale, shift = _search(phase, measured, wavelength, limits, known, cell_held)
    current = phase.with_parameters(_scaled(phase, scale))
    flags: list[str] = []
    matches: list[tuple[int, int, bool]] = []
    for tolerance in TOLERANCES:
        matches = _matches(current, measured, wavelength, shift, tolerance)
        matches = [(i, j, use and int(measured.place[i]) not in spoiled) for i, j, use in matches]
        # while the match may be wrong, no line may outweigh the others by its small error
        fit = _solve(
            current, matches, measured, wavelength, shift, cell_held, anchor, shift_held, [], SLACK * tolerance
        )
        current, shift = fit.phase, fit.shift
    matches = _without_strays(matches, current, measured, wavelength, shift)
    fit = _solve(current, matches, measured, wavelength, shift, cell_held, anchor, shift_held, flags)
    current = fit.phase
    return replace(fit, share=_share(current, fit, lines, wavelength, limits), flags=tuple(flags))


@dataclass(frozen=True, slots=True)
class _Measured:
    place: NDArray[np.intp]
    position: Floats
    error: Floats
    width: Floats


def _scaled(phase: Phase, scale: float) -> Floats:
    lengths = np.array([name in "abc" for name in phase.free])
    return phase.parameters * np.where(lengths, 1.0 + scale, 1.0)


def _anchored(anchor: Anchor) -> tuple[float, float]:
    """Coefficient k and its standard error from the standard's lines alone."""
    slope = -np.cos(anchor.true / 2.0)
    weight = 1.0 / anchor.error**2
    norm = float(np.sum(weight * slope**2))
    return float(np.sum(weight * slope * (anchor.position - anchor.true))) / norm, math.sqrt(1.0 / norm)


def _search(
    phase: Phase,
    measured: _Measured,
    wavelength: float,
    limits: tuple[float, float],
    known: float | None,
    cell_held: bool,
) -> tuple[float, float]:
    """Change of the cell and k under which most of the phase's strength finds measured lines."""
    height = phase.heights(wavelength)
    chosen = height >= WEAKEST
    strength = np.sqrt(height[chosen])
    spacing = plane_spacings(reciprocal_metric(phase.lengths, phase.angles), phase.indices[chosen])
    scales = np.array([0.0]) if cell_held else SCALES
    shifts = np.array([known]) if known is not None else SHIFTS
    true = bragg_angle(np.outer(1.0 + scales, spacing), wavelength)
    inside = np.isfinite(true) & (true > limits[0]) & (true < limits[1])
    true = np.where(inside, true, 0.0)
    weight = np.where(inside, strength, 0.0)
    loss = (scales / SCALES[-1]) ** 2
    best, answer = -math.inf, (0.0, float(shifts[0]))
    for shift in shifts:
        expected = true + displacement_shift(true, float(shift))
        distance = np.abs(expected - _nearest(measured.position, expected))
        score = np.sum(weight * np.exp(-0.5 * (distance / CLOSE) ** 2), axis=1)
        more = 0.0 if known is not None else (float(shift) / SHIFTS[-1]) ** 2
        score = score - PRIOR * weight.sum(axis=1) * (loss + more)
        top = int(np.argmax(score))
        if score[top] > best and weight[top].any():
            best, answer = float(score[top]), (float(scales[top]), float(shift))
    return answer


def _nearest(sorted_values: Floats, wanted: Floats) -> Floats:
    right = np.clip(np.searchsorted(sorted_values, wanted), 0, sorted_values.size - 1)
    left = np.maximum(right - 1, 0)
    nearer = np.abs(sorted_values[left] - wanted) < np.abs(sorted_values[right] - wanted)
    return sorted_values[np.where(nearer, left, right)]


def _matches(
    phase: Phase, measured: _Measured, wavelength: float, shift: float, tolerance: float
) -> list[tuple[int, int, bool]]:
    """``(measured, phase line, used)``: each measured line gets the strongest near it, each phase line one measured line."""
    true, height = phase.two_theta(wavelength), phase.heights(wavelength)
    expected = np.where(np.isfinite(true), true + displacement_shift(np.nan_to_num(true), shift), math.inf)
    order = [j for j in np.argsort(-height, kind="stable") if height[j] >= WEAKEST and math.isfinite(expected[j])]
    taken: dict[int, int] = {}
    for j in order:
        distance = np.abs(measured.position - expected[j])
        near = np.flatnonzero(distance <= tolerance + ERRORS_WIDE * measured.error)
        near = near[np.argsort(distance[near], kind="stable")]
        i = next((int(i) for i in near if int(i) not in taken), None)
        if i is not None:
            taken[i] = int(j)
    result = []
    for i, j in sorted(taken.items()):
        apart = np.abs(expected - expected[j])
        # lines of one spacing, such as (511) and (333), are no blend
        blended = float(np.sum(height[(apart > 1e-7) & (apart < BLEND_WIDTH * measured.width[i])]))
        result.append((i, j, blended <= BLEND * height[j]))
    return result


def _without_strays(
    matches: list[tuple[int, int, bool]], phase: Phase, measured: _Measured, wavelength: float, shift: float
) -> list[tuple[int, int, bool]]:
    """The matches, those far from where the others put them no longer used."""
    used = [match for match in matches if match[2]]
    if len(used) < LEAST_FOR_STRAYS:
        return matches
    true = phase.two_theta(wavelength)
    expected = true + displacement_shift(np.nan_to_num(true), shift)
    off = {i: abs(float(measured.position[i] - expected[j])) for i, j, _ in used}
    spread = MEASURE * float(np.median(list(off.values())))
    return [
        (i, j, use and off[i] <= max(STRAY * math.hypot(spread, float(measured.error[i])), STRAY_FLOOR))
        for i, j, use in matches
    ]


def _solve(
    phase: Phase,
    matches: list[tuple[int, int, bool]],
    measured: _Measured,
    wavelength: float,
    shift: float,
    cell_held: bool,
    anchor: Anchor | None,
    shift_held: tuple[float, float] | None,
    flags: list[str],
    slack: float = 0.0,
) -> Fit:
    cell = 0 if cell_held else len(phase.free)
    used = [match for match in matches if match[2]]
    i, j = np.array([m[0] for m in used], int), np.array([m[1] for m in used], int)
    distinct = len(np.unique(np.round(phase.two_theta(wavelength)[j], 7))) if len(used) else 0
    anchored = anchor is not None and anchor.position.size > 0
    told = anchored or shift_held is not None
    shift_free = told or distinct > cell
    if not shift_free:
        flags.append(
            f"displacement: {distinct} separate lines do not tell it from the cell; taken as none, and the error of the cell is not known"
        )
        shift = 0.0
    found = tuple(Match(int(measured.place[a]), b, c) for a, b, c in matches)
    size = len(phase.free) + 1
    unknown = np.zeros((size, size))
    if distinct < cell or (cell_held and not distinct):
        flags.append(f"lattice_parameter: {distinct} lines do not fix {cell} parameters of the cell")
        return Fit(phase, shift, np.full((size, size), np.nan), found, 0.0, 0, False, shift_free, 0.0)
    start = phase.parameters
    p = np.concatenate([np.zeros(cell), [shift]])  # relative changes of the cell, and k
    free = np.ones(cell + 1, bool)
    free[-1] = shift_free

    error = np.hypot(measured.error[i], slack)

    def residual(p: Floats) -> Floats:
        true = (phase.with_parameters(start * (1.0 + p[:cell])) if cell else phase).two_theta(wavelength)[j]
        parts = [(true + displacement_shift(true, p[-1]) - measured.position[i]) / error]
        if anchored and anchor is not None:
            parts.append((anchor.true + displacement_shift(anchor.true, p[-1]) - anchor.position) / anchor.error)
        if shift_held is not None:
            parts.append(np.array([(p[-1] - shift_held[0]) / max(shift_held[1], FLOOR)]))
        return np.concatenate(parts)

    step = 1e-6
    jacobian = np.zeros((0, cell + 1))
    for _ in range(3):  # nearly linear
        r = residual(p)
        jacobian = np.stack(
            [(residual(p + step * each) - residual(p - step * each)) / (2.0 * step) for each in np.eye(cell + 1)],
            axis=1,
        )
        change = np.zeros(cell + 1)
        change[free] = np.linalg.lstsq(jacobian[:, free], -r, rcond=None)[0]
        p = p + np.clip(change, -0.02, 0.02)
    r = residual(p)
    freedom = r.size - int(free.sum())
    chi_square = float(r @ r)
    reduced = chi_square / max(freedom, 1)
    scaled = freedom > 0 and reduced > 1.0 + MISFIT * math.sqrt(2.0 / freedom)
    inner = np.zeros((cell + 1, cell + 1))
    normal = jacobian[:, free].T @ jacobian[:, free]
    inner[np.ix_(free, free)] = np.linalg.pinv(normal, hermitian=True) * (reduced if scaled else 1.0)
    covariance = unknown
    places = [*range(cell), size - 1]
    factor = np.concatenate([start[:cell], [1.0]])
    covariance[np.ix_(places, places)] = inner * np.outer(factor, factor)
    if shift_free and cell and not told:
        spread = np.sqrt(np.diag(inner))
        worst = float(np.max(np.abs(inner[:-1, -1]) / np.maximum(spread[:-1] * spread[-1], 1e-300)))
        if worst > DEGENERATE:
            flags.append(
                f"degenerate: cell and displacement are correlated to {worst:.4f}; lines at higher angles, or an internal standard, "
                "would part them"
            )
    new = phase.with_parameters(start * (1.0 + p[:cell])) if cell else phase
    return Fit(new, float(p[-1]), covariance, found, chi_square, freedom, scaled, shift_free, 0.0)


def expected_heights(fit: Fit, lines: Sequence[Line], wavelength: float) -> Floats:
    """Heights of all lines of the phase, scaled so that half of the measured ones are higher; zeros where none was found."""
    height = fit.phase.heights(wavelength)
    if not fit.matches:
        return np.zeros_like(height)
    scale = float(np.median([lines[match.peak].height / height[match.line] for match in fit.matches]))
    return scale * height


def _share(phase: Phase, fit: Fit, lines: Sequence[Line], wavelength: float, limits: tuple[float, float]) -> float:
    """Root-strength of the strong lines in the range that have a measured line, over that of all of them that would be seen."""
    true, height = phase.two_theta(wavelength), phase.heights(wavelength)
    inside = np.isfinite(true) & (true > limits[0]) & (true < limits[1])
    top = float(height[inside].max(initial=0.0))
    strong = inside & (height >= STRONG * top)
    if not fit.matches or not strong.any():
        return 0.0
    would = expected_heights(fit, lines, wavelength)
    weakest = min(line.height for line in lines)
    found = {match.line for match in fit.matches}
    counted = [j for j in np.flatnonzero(strong) if j in found or would[j] > HIDDEN * weakest]
    weight = np.sqrt(height[counted])
    return float(sum(w for j, w in zip(counted, weight, strict=True) if j in found)) / max(float(weight.sum()), 1e-300)
