"""Cells of a phase through a series of patterns, with one specimen height for all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.diffraction.indexing import FLOOR, MISFIT, index_lines
from honeycell.physics.diffraction import displacement_shift

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from honeycell.analysis.diffraction.phases import Phase
    from honeycell.analysis.diffraction.tracks import Track

    Floats = NDArray[np.float64]

MOST_CELLS = 4  # of one phase in a series
ROUNDS = 5  # of the fit, which is nearly linear
STEP = 1e-6  # relative, of the numerical derivatives
TOLD = 1e-3  # of the information on k that all its lines would hold with cells known: below, the data do not tell it
SIDE = math.radians(0.5)  # standard error of k where nothing has told it yet


@dataclass(frozen=True, slots=True)
class Cell:
    """The phase in pattern ``pattern``, in its ``number``-th cell: ``values`` of the free parameters, with errors (NaN where not known)."""

    pattern: int
    number: int
    values: Floats
    error: Floats
    lines: int


@dataclass(frozen=True)
class Joint:
    """``assigned`` track to (cell number, line of the phase; number 0 is the standard); ``cells``; shared k [rad] with standard error or None."""

    phase: Phase
    assigned: dict[int, tuple[int, int]]
    cells: tuple[Cell, ...]
    shift: float
    shift_error: float | None
    reduced: float
    scaled: bool
    freedom: int
    flags: tuple[str, ...]


def fit_jointly(
    tracks: Sequence[Track],
    count: int,
    phase: Phase,
    standard: Phase | None,
    wavelength: float,
    limits: tuple[float, float],
) -> Joint:
    """Index the tracks and fit the cells of ``phase`` in each of ``count`` patterns with one displacement.

    The tracks of the pattern that shows most of them are indexed first. Those left over are tried as further cells of the same phase. The
    cell of the ``standard`` is held.
    """
    flags: list[str] = []
    assigned: dict[int, tuple[int, int]] = {}
    shift = (0.0, SIDE)
    if standard is not None:
        p, here = _richest(tracks, list(range(len(tracks))), count)
        fit = index_lines(standard, [tracks[i].lines[p] for i in here], wavelength, limits, cell_held=True)
        if fit.present:
            assigned |= {here[match.peak]: (0, match.line) for match in fit.matches if match.used}
            shift = fit.shift, math.sqrt(max(float(fit.covariance[-1, -1]), 0.0))
        else:
            flags.append(
                f"internal_standard: the lines of {standard.name} were not found; the displacement is not told by it"
            )
    starts: list[Phase] = []
    for number in range(1, MOST_CELLS + 1):
        left = [i for i in range(len(tracks)) if i not in assigned]
        p, here = _richest(tracks, left, count)
        held = None if number == 1 and not assigned else shift
        fit = index_lines(phase, [tracks[i].lines[p] for i in here], wavelength, limits, shift_held=held)
        if len(fit.matches) < 2 or (number == 1 and not fit.present):
            break
        if number == 1 and not assigned and fit.shift_free:
            shift = fit.shift, math.sqrt(max(float(fit.covariance[-1, -1]), 0.0))
        assigned |= {here[match.peak]: (number, match.line) for match in fit.matches if match.used}
        starts.append(fit.phase)
    _by_appearance(assigned, starts, tracks)
    if not starts:
        flags.append(f"phase: the lines of {phase.name} were not found in the series")
    return _solved(tracks, count, phase, starts, standard, assigned, wavelength, shift[0], flags)


def _by_appearance(assigned: dict[int, tuple[int, int]], starts: list[Phase], tracks: Sequence[Track]) -> None:
    """Number the cells in the order in which they appear."""

    def first(number: int) -> tuple[int, int]:
        return min(tracks[i].first for i, (own, _) in assigned.items() if own == number), number

    order = sorted(range(1, len(starts) + 1), key=first)
    starts[:] = [starts[number - 1] for number in order]
    new = {number: place + 1 for place, number in enumerate(order)} | {0: 0}
    assigned.update({i: (new[number], line) for i, (number, line) in assigned.items()})


def _richest(tracks: Sequence[Track], places: list[int], count: int) -> tuple[int, list[int]]:
    """The pattern in which those tracks are strongest together, and those of them that it shows."""

    def strength(p: int) -> float:
        return sum(math.sqrt(max(tracks[i].lines[p].height, 0.0)) for i in places if p in tracks[i].lines)

    best = max(range(count), key=strength)
    return best, [i for i in places if best in tracks[i].lines]


@dataclass(slots=True)
class _Block:
    """Lines of one cell in one pattern; ``values`` move in the fit, ``number`` 0 is the standard, whose cell is held."""

    pattern: int
    number: int
    phase: Phase
    values: Floats
    lines: NDArray[np.int_]
    position: Floats
    error: Floats

    def residual(self, values: Floats, k: float, wavelength: float) -> Floats:
        true = self.phase.with_parameters(values).two_theta(wavelength)[self.lines]
        return (true + displacement_shift(true, k) - self.position) / self.error

    def linearised(self, k: float, wavelength: float) -> tuple[Floats, Floats, Floats]:
        """Residual (n,), derivatives by relative changes of the cell (n, c) and by k (n,)."""
        r = self.residual(self.values, k, wavelength)
        by_k = (self.residual(self.values, k + STEP, wavelength) - self.residual(self.values, k - STEP, wavelength)) / (
            2.0 * STEP
        )
        columns = []
        for each in np.eye(self.values.size if self.number else 0, self.values.size):
            change = STEP * each * self.values
            plus, minus = (self.residual(self.values + sign * change, k, wavelength) for sign in (1.0, -1.0))
            columns.append((plus - minus) / (2.0 * STEP))
        return r, np.array(columns).reshape(len(columns), r.size).T, by_k


def _blocks(
    tracks: Sequence[Track],
    count: int,
    starts: Sequence[Phase],
    standard: Phase | None,
    assigned: dict[int, tuple[int, int]],
    wavelength: float,
) -> list[_Block]:
    result: list[_Block] = []
    for p in range(count):
        for number, phase in enumerate([standard, *starts]):
            mine = [i for i, (own, _) in assigned.items() if own == number and p in tracks[i].lines]
            if phase is None or not mine:
                continue
            lines = np.array([assigned[i][1] for i in mine], int)
            angles = phase.two_theta(wavelength)[lines]
            if number and len(np.unique(np.round(angles, 7))) < len(phase.free):
                continue
            position = np.array([tracks[i].lines[p].position for i in mine])
            error = np.array([max(tracks[i].lines[p].position_error, FLOOR) for i in mine])
            result.append(_Block(p, number, phase, phase.parameters, lines, position, error))
    return result


def _solved(
    tracks: Sequence[Track],
    count: int,
    phase: Phase,
    starts: Sequence[Phase],
    standard: Phase | None,
    assigned: dict[int, tuple[int, int]],
    wavelength: float,
    k: float,
    flags: list[str],
) -> Joint:
    blocks = _blocks(tracks, count, starts, standard, assigned, wavelength)
    told, information = True, 0.0
    inner: list[tuple[Floats, Floats]] = []
    chi_square, rows = 0.0, 0
    for attempt in range(ROUNDS):
        parts = [block.linearised(k, wavelength) for block in blocks]
        inner, information, gradient, all_k = [], 0.0, 0.0, 0.0
        for r, J, by_k in parts:
            inverse = np.asarray(
                np.linalg.pinv(J.T @ J, hermitian=True) if J.shape[1] else np.zeros((0, 0)), np.float64
            )
            coupling = J.T @ by_k
            inner.append((inverse, coupling))
            # what the cell of this pattern cannot take up tells k
            information += float(by_k @ by_k - coupling @ inverse @ coupling)
            gradient += float(by_k @ r - coupling @ inverse @ (J.T @ r))
            all_k += float(by_k @ by_k)
        told = information > TOLD * all_k > 0.0
        step = -gradient / information if told else -k if attempt == 0 else 0.0
        k += float(np.clip(step, -SIDE, SIDE))
        for block, (r, J, by_k), (inverse, _) in zip(blocks, parts, inner, strict=True):
            if block.number:
                change = -inverse @ (J.T @ (r + by_k * step))
                block.values = block.values * (1.0 + np.clip(change, -0.02, 0.02))
        residuals = [block.residual(block.values, k, wavelength) for block in blocks]
        chi_square, rows = float(sum(r @ r for r in residuals)), sum(r.size for r in residuals)
    freedom = rows - sum(block.values.size for block in blocks if block.number) - int(told)
    reduced = chi_square / max(freedom, 1)
    scaled = freedom > 0 and reduced > 1.0 + MISFIT * math.sqrt(2.0 / freedom)
    factor = reduced if scaled else 1.0
    if blocks and not told:
        flags.append(
            "displacement: the lines do not tell it from the cells; taken as none, and the errors of the cells are not known"
        )
    cells = []
    for block, (inverse, coupling) in zip(blocks, inner, strict=True):
        if block.number:
            spread = (
                inverse + np.outer(inverse @ coupling, inverse @ coupling) / information
                if told
                else np.full_like(inverse, math.nan)
            )
            error = np.sqrt(np.diag(spread) * factor) * block.values
            cells.append(Cell(block.pattern, block.number, block.values, error, block.lines.size))
    shift_error = math.sqrt(factor / information) if told and blocks else None
    return Joint(phase, assigned, tuple(cells), k, shift_error, reduced, scaled, freedom, tuple(flags))
