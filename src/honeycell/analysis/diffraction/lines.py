"""A pattern into its lines: baseline, search, fit, and a second look at what the fit leaves."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.diffraction.noise import smoothed
from honeycell.analysis.diffraction.profile import (
    Doublet,
    Line,
    Pattern,
    curve_of,
    fit_group,
    groups_of,
    second_position,
)
from honeycell.analysis.diffraction.search import find_lines
from honeycell.numerics.baseline import baseline, smooth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.analysis.diffraction.noise import Noise
    from honeycell.analysis.diffraction.profile import Start

    Floats = NDArray[np.float64]

PERIOD = math.radians(12.0)  # of the first baseline: wider than any line
HUMP_PERIOD = math.radians(4.0)  # of the one drawn once lines are known: follows the humps of glass and polymer
ROUNDS = 4  # of looking again at what the fit leaves
TOO_NARROW, TOO_WIDE = 1.2, 1.5  # steps; degree: wider features are humps of the baseline
FAINT = 3.0  # standard errors of the height below which a fitted line is dropped
SECOND = 0.6  # of the first line's height: below, a bump where alpha2 must be is alpha2
RESIDUAL_SHARE = 0.04  # of the line below: smaller bumps in the residual are misfit of its shape, not lines
NEAR = 0.7  # widths: a bump in the residual this near a line is misfit of its shape
MOST_LINES = 250  # fitted: more are noise of an unknown kind
BROAD = 1.25  # of the median width: a line as broad may be two
BETTER = 20.0  # of chi-square that two lines instead of one must gain, three parameters more
LESSER = 0.15  # least ratio of their heights, and
UNLIKE = 2.5  # greatest of their widths: beyond, it is one line of another shape
FLAT = 4  # neighbouring points at the very maximum: the detector was saturated
FLAT_HEIGHT = 50.0  # counts, below which that is chance
USELESS = 1e3  # factor on the errors of saturated points

METHOD = (
    "asymmetrically reweighted baseline (arPLS), redrawn under the fitted lines; pseudo-Voigt lines fitted in groups over a straight "
    "correction of it"
)


@dataclass(frozen=True, slots=True)
class Analysed:
    """A pattern with ``base``, fitted ``curve`` (with the base) and ``lines`` by rising position; ``error`` is that of the points."""

    x: Floats
    intensity: Floats
    base: Floats
    curve: Floats
    error: Floats
    lines: tuple[Line, ...]
    flags: tuple[str, ...] = ()

    @property
    def misfit(self) -> float:
        """Chi-square of the whole pattern."""
        return float(np.sum(((self.intensity - self.curve) / self.error) ** 2))


def analyse(x: Floats, intensity: Floats, noise: Noise, doublet: Doublet | None) -> Analysed:
    """Lines of one pattern, x = 2 theta (n,) [rad], rising, n >= 3."""
    flat = _saturated(intensity)
    flags = (
        (f"saturated: {int(flat.sum())} points at the detector's limit are left out of the fit",) if flat.any() else ()
    )
    error = noise.error(smoothed(intensity))
    base = baseline(x, intensity, PERIOD, error)
    pattern = Pattern(x, intensity - base, error)
    todo = _without_second(find_lines(pattern), doublet)
    if len(todo) > MOST_LINES:
        flags = (*flags, f"peaks: of {len(todo)} places that stand out, the {MOST_LINES} highest are fitted")
        todo = sorted(sorted(todo, key=lambda start: -start[1])[:MOST_LINES])
    lines: list[Line] = []
    curve = np.zeros_like(x)
    for attempt in range(ROUNDS):
        blind = replace(pattern, error=np.where(flat, USELESS * pattern.error, pattern.error))
        lines = fit_lines(blind, todo, doublet, lines)
        curve = curve_of(lines, x, doublet)
        # weights by the data favour points that happen to be low: those of the fit do not
        error = noise.error(np.maximum(curve + base, 0.0))
        base = smooth(x, intensity - curve, HUMP_PERIOD, np.where(flat, USELESS * error, error))
        pattern = Pattern(x, intensity - base, error)
        extra = _missed(replace(pattern, error=np.where(flat, USELESS * error, error)), curve, lines)
        if attempt and not extra:
            break
        todo = sorted([*(line.start for line in lines), *extra[: max(MOST_LINES - len(lines), 0)]])
    blind = replace(pattern, error=np.where(flat, USELESS * pattern.error, pattern.error))
    lines = _parted(blind, lines, doublet)
    curve = curve_of(lines, x, doublet)
    base = smooth(x, intensity - curve, HUMP_PERIOD, blind.error)
    return Analysed(x, intensity, base, base + curve, error, tuple(lines), flags)


def fit_lines(
    pattern: Pattern,
    starts: list[Start],
    doublet: Doublet | None,
    before: list[Line],
    *,
    mixings: list[float] | None = None,
) -> list[Line]:
    """Lines fitted from ``starts`` (by rising position), group by group; incredible ones dropped.

    Parameters
    ----------
    before : lines of an earlier fit, whose tails from other groups are taken off.
    mixings : Lorentzian share of each start; with these, shares and widths are held and nothing is dropped.
    """
    held = mixings is not None
    lines: list[Line] = []
    step = float(np.median(np.diff(pattern.x)))
    position, width = np.array([s[0] for s in starts]), np.array([s[2] for s in starts])
    whole = curve_of(before, pattern.x, doublet)
    for group in groups_of(position, width):
        own = [starts[i] for i in group]
        mixing = float(np.mean([mixings[i] for i in group])) if mixings is not None else None
        low, high = position[group].min() - 1e-9, position[group].max() + 1e-9
        mine = [line for line in before if low - 0.5 * line.width < line.position < high + 0.5 * line.width]
        clean = pattern
        if len(mine) < len(before):
            clean = replace(pattern, net=pattern.net - (whole - curve_of(mine, pattern.x, doublet)))
        found, window = fit_group(clean, own, doublet, mixing=mixing)
        if not held:
            kept = [i for i, line in enumerate(found) if _credible(line, own[i], pattern.x[window], step)]
            if kept and len(kept) < len(found):
                own = [own[i] for i in kept]
                found, window = fit_group(clean, own, doublet)
                kept = [i for i, line in enumerate(found) if _credible(line, own[i], pattern.x[window], step)]
            found = [found[i] for i in kept]
        lines += found
    return sorted(lines, key=lambda line: line.position)


def _saturated(intensity: Floats) -> NDArray[np.bool_]:
    top = intensity >= intensity.max()
    result = np.zeros(top.shape, bool)
    if intensity.max() < FLAT_HEIGHT:
        return result
    edges = np.flatnonzero(np.diff(np.concatenate([[0], top.astype(int), [0]])))
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        result[begin:end] = end - begin >= FLAT
    # a constant pattern is not saturated, it is empty
    return result if result.mean() < 0.5 else np.zeros(top.shape, bool)


def _credible(line: Line, start: Start, x: Floats, step: float) -> bool:
    inside = x[0] < line.position < x[-1] and abs(line.position - start[0]) < 2.0 * max(start[2], line.width)
    real = math.isfinite(line.position_error) and line.height > FAINT * line.height_error
    return inside and real and TOO_NARROW * step < line.width < math.radians(TOO_WIDE)


def _without_second(found: list[Start], doublet: Doublet | None) -> list[Start]:
    """Lines without those that are the alpha2 of a stronger one."""
    if doublet is None:
        return found
    kept: list[Start] = []
    for line in found:
        shadows = [
            other
            for other in found
            if line[1] < SECOND * other[1] + 1e-300
            and abs(float(second_position(np.array(other[0]), doublet)[0]) - line[0]) < 0.5 * max(line[2], other[2])
            and other[0] < line[0]
        ]
        if not shadows:
            kept.append(line)
    return kept


def _parted(pattern: Pattern, lines: list[Line], doublet: Doublet | None) -> list[Line]:
    """The lines, one broader than usual as two of usual width where that fits better."""

    def misfit(some: list[Line], window: slice) -> float:
        rest = (pattern.net[window] - curve_of(some, pattern.x[window], doublet)) / pattern.error[window]
        # as in the fit of a group, the baseline beneath may be corrected by a straight line
        straight = np.vander(pattern.x[window] - pattern.x[window].mean(), 2) / pattern.error[window][:, None]
        return float(np.sum((rest - straight @ np.linalg.lstsq(straight, rest, rcond=None)[0]) ** 2))

    usual = float(np.median([line.width for line in lines])) if lines else 0.0
    for line in [each for each in lines if each.width > BROAD * usual]:
        low, high = np.searchsorted(pattern.x, (line.position - 2.0 * line.width, line.position + 2.0 * line.width))
        window = slice(int(low), int(high))
        before = misfit(lines, window)
        if before < high - low or line not in lines:
            continue
        two = [(line.position + sign * 0.35 * line.width, 0.7 * line.height, 0.7 * line.width) for sign in (-1.0, 1.0)]
        near = [each for each in lines if each is not line and abs(each.position - line.position) < 4.0 * line.width]
        far = [each for each in lines if each is not line and each not in near]
        trial = fit_lines(pattern, sorted([*two, *(each.start for each in near)]), doublet, far)
        new = sorted(trial, key=lambda each: abs(each.position - line.position))[:2]
        if len(trial) != len(near) + 2 or misfit([*far, *trial], window) > before - BETTER:
            continue
        heights, widths = sorted(each.height for each in new), sorted(each.width for each in new)
        apart = abs(new[0].position - new[1].position)
        if heights[0] > LESSER * heights[1] and widths[1] < UNLIKE * widths[0] and apart > 0.4 * widths[0]:
            lines = sorted([*far, *trial], key=lambda each: each.position)
    return lines


def _missed(pattern: Pattern, curve: Floats, lines: list[Line]) -> list[Start]:
    """What still stands out of the residual, where it is more than a misfit of the lines there."""
    extra: list[Start] = []
    for position, height, width in find_lines(replace(pattern, net=pattern.net - curve)):
        here = float(np.interp(position, pattern.x, curve))
        tallest = max((line.height for line in lines if abs(line.position - position) < 4.0 * line.width), default=0.0)
        close = any(abs(position - line.position) < NEAR * line.width for line in lines)
        if height > RESIDUAL_SHARE * max(here, tallest) and not close:
            extra.append((position, height, width))
    return extra
