"""Lines followed through a series of patterns: one width per line, and two lines where one would have to broaden."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.diffraction.lines import HUMP_PERIOD, Analysed, analyse, fit_lines
from honeycell.analysis.diffraction.profile import Line, Pattern, curve_of
from honeycell.numerics.baseline import smooth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from honeycell.analysis.diffraction.noise import Noise
    from honeycell.analysis.diffraction.profile import Doublet, Start

    Floats = NDArray[np.float64]

GATE = 0.6  # of the width: a line that moves farther from one pattern to the next is another line
GATE_ERRORS = 4.0  # standard errors added to the gate
PATIENCE = 2  # patterns that a line may be missing before its track ends
BROADENED = 1.12  # of the usual width, and
BROADENED_ERRORS = 3.0  # standard errors: beyond both, two lines are tried
BETTER = 14.0  # of chi-square by which two lines of usual width must beat a broad one, which has one parameter less
APART = 0.8  # of the broad line's width, between the two tried
LEAST_TO_SPLIT = 3  # patterns of a track whose width is known well enough
CLIP = 2.5  # standard errors above the shared width at which one is left out of it
LEAST_SEEN = 2  # patterns of a track, in series of three or more
WORST_SHARE = 1.0  # |dln height / dln width| at most: what an error of the shared width does to a height


@dataclass(slots=True)
class Track:
    """One line through the series: ``lines`` by number of the pattern, their shared ``width`` [rad] and Lorentzian share."""

    lines: dict[int, Line] = field(default_factory=dict)
    width: float = 0.0
    width_error: float = 0.0
    mixing: float = 0.5

    @property
    def first(self) -> int:
        """Number of the first pattern that shows it."""
        return min(self.lines)

    @property
    def last(self) -> int:
        """Number of the last pattern that shows it."""
        return max(self.lines)

    @property
    def height(self) -> float:
        """The greatest."""
        return max(line.height for line in self.lines.values())


def track_lines(
    patterns: Sequence[tuple[Floats, Floats, Noise]], doublet: Doublet | None
) -> tuple[list[Track], list[Analysed]]:
    """Tracks by rising angle, and the patterns with their lines in the final fit.

    Parameters
    ----------
    patterns : 2 theta [rad], intensity and noise of each, in order.

    Notes
    -----
    Each pattern is searched and fitted by itself. A line much broader than its neighbours in time is tried as two of the usual width, so
    that two phases side by side do not become one line that moves. Lines are then linked from pattern to pattern, and fitted once more
    with the width and shape that each track shares.
    """
    found = [analyse(x, y, noise, doublet) for x, y, noise in patterns]
    tracks = _linked([each.lines for each in found])
    _share_widths(tracks)
    split = [
        _split(each, noise, doublet, p, tracks)
        for p, (each, (_, _, noise)) in enumerate(zip(found, patterns, strict=True))
    ]
    tracks = _linked([each.lines for each in split])
    least = LEAST_SEEN if len(patterns) > LEAST_SEEN else 1
    tracks = [track for track in tracks if len(track.lines) >= least]
    _share_widths(tracks)
    final = [
        _refitted(each, noise, doublet, _own_starts(each, p, tracks), 2)
        for p, (each, (_, _, noise)) in enumerate(zip(split, patterns, strict=True))
    ]
    return _relined(tracks, split, final), final


def _linked(lines: Sequence[Sequence[Line]]) -> list[Track]:
    """Tracks of lines that are nearest to one another in following patterns."""
    from scipy.optimize import linear_sum_assignment

    tracks: list[Track] = []
    for p, here in enumerate(lines):
        active = [track for track in tracks if p - track.last <= PATIENCE]
        left = list(here)
        if active and left:
            before = [track.lines[track.last] for track in active]
            distance = np.array([[abs(a.position - b.position) for b in left] for a in before])
            gate = np.array(
                [
                    [
                        GATE * min(a.width, b.width) + GATE_ERRORS * math.hypot(a.position_error, b.position_error)
                        for b in left
                    ]
                    for a in before
                ]
            )
            # a pair beyond its gate costs more than any within
            rows, columns = linear_sum_assignment(np.where(distance <= gate, distance / gate, 1e3))
            pairs = [(i, j) for i, j in zip(rows, columns, strict=True) if distance[i, j] <= gate[i, j]]
            for i, j in pairs:
                active[i].lines[p] = left[j]
            left = [line for j, line in enumerate(left) if j not in {j for _, j in pairs}]
        tracks += [Track({p: line}) for line in left]
    return sorted(tracks, key=lambda track: track.lines[track.first].position)


def _share_widths(tracks: Sequence[Track]) -> None:
    """Each track's width and shape: the weighted mean over its patterns, those broader than chance allows left out."""
    for track in tracks:
        lines = sorted(track.lines.values(), key=lambda line: line.width)
        kept = lines[: max((len(lines) + 3) // 4, 1)]
        width = error = 0.0
        for _ in range(10):
            weight = np.array([1.0 / max(line.width_error, 1e-9) ** 2 for line in kept])
            width = float(np.sum(weight * [line.width for line in kept]) / weight.sum())
            error = float(1.0 / math.sqrt(weight.sum()))
            again = [line for line in lines if line.width - width < CLIP * math.hypot(line.width_error, error)]
            if len(again) == len(kept):
                break
            kept = again or kept
        share = np.array([1.0 / max(line.mixing_error, 0.02) ** 2 for line in kept])
        track.width, track.width_error = width, error
        track.mixing = float(np.sum(share * [line.mixing for line in kept]) / share.sum())


def _split(found: Analysed, noise: Noise, doublet: Doublet | None, p: int, tracks: Sequence[Track]) -> Analysed:
    """The pattern with broad lines as two where that fits better."""
    by_line = {id(track.lines[p]): track for track in tracks if p in track.lines and len(track.lines) >= LEAST_TO_SPLIT}
    owners = [by_line.get(id(line)) for line in found.lines]
    place = len(owners) - 1
    while place >= 0:
        line, track = found.lines[place], owners[place]
        place -= 1
        if track is None or not _broadened(line, track):
            continue
        half = 0.5 * APART * math.sqrt(max(line.width**2 - track.width**2, (0.3 * line.width) ** 2))
        two = [(line.position + sign * half, 0.6 * line.height, track.width) for sign in (-1.0, 1.0)]
        others = [(other.start, other.mixing) for other in found.lines if other is not line]
        one_fit = _refitted(found, noise, doublet, [*others, (line.start, line.mixing)], 1)
        two_fit = _refitted(found, noise, doublet, [*others, *((each, track.mixing) for each in two)], 2)
        if two_fit.misfit < one_fit.misfit - BETTER and all(_sound(each, found) for each in two_fit.lines):
            found = two_fit  # those at lower angles, still to be looked at, keep their places
    return found


def _broadened(line: Line, track: Track) -> bool:
    excess = line.width - track.width
    beyond_chance = excess > BROADENED_ERRORS * math.hypot(line.width_error, track.width_error)
    return beyond_chance and line.width > BROADENED * track.width


def _sound(line: Line, found: Analysed) -> bool:
    inside = found.x[0] < line.position < found.x[-1]
    return inside and math.isfinite(line.position_error) and line.height > 3.0 * line.height_error


def _own_starts(found: Analysed, p: int, tracks: Sequence[Track]) -> list[tuple[Start, float]]:
    """Start and Lorentzian share of each line of a pattern: the track's width, unless the line is truly broader."""
    by_line = {id(track.lines[p]): track for track in tracks if p in track.lines}
    result: list[tuple[Start, float]] = []
    for line in found.lines:
        track = by_line.get(id(line))
        if track is None:
            result.append((line.start, line.mixing))
            continue
        width = line.width if _broadened(line, track) else track.width
        result.append(((line.position, line.height, width), track.mixing))
    return result


def _refitted(
    found: Analysed, noise: Noise, doublet: Doublet | None, starts: list[tuple[Start, float]], rounds: int
) -> Analysed:
    """The pattern fitted from ``starts`` with widths and shapes held, and its baseline drawn anew."""
    starts = sorted(starts)
    x, base, error, lines = found.x, found.base, found.error, list(found.lines)
    curve = np.zeros_like(x)
    lines = []
    for _ in range(rounds):
        pattern = Pattern(x, found.intensity - base, error)
        lines = fit_lines(
            pattern, [start for start, _ in starts], doublet, lines, mixings=[mixing for _, mixing in starts]
        )
        curve = curve_of(lines, x, doublet)
        base = smooth(x, found.intensity - curve, HUMP_PERIOD, error)
        error = noise.error(np.maximum(curve + base, 0.0))
        starts = [(line.start, line.mixing) for line in lines]
    return replace(found, base=base, curve=base + curve, error=error, lines=tuple(lines))


def _relined(tracks: Sequence[Track], before: Sequence[Analysed], after: Sequence[Analysed]) -> list[Track]:
    """The tracks with the lines of the final fit, in which they stand in the same order."""
    result: list[Track] = []
    for track in tracks:
        lines: dict[int, Line] = {}
        for p, line in track.lines.items():
            place = [id(each) for each in before[p].lines].index(id(line))
            if place < len(after[p].lines) and _sound(after[p].lines[place], after[p]):
                new = after[p].lines[place]
                more = WORST_SHARE * new.height * track.width_error / track.width
                lines[p] = replace(new, height_error=math.hypot(new.height_error, more), width_error=track.width_error)
        if lines:
            result.append(Track(lines, track.width, track.width_error, track.mixing))
    return sorted(result, key=lambda track: track.lines[track.first].position)
