"""A voltammogram to its numbers: the table of peaks, and separation and half-wave potential of each couple."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.analysis.result import Estimate, Reduction
from honeycell.analysis.voltammetry.pairs import Pair, is_prussian, pairs_of
from honeycell.analysis.voltammetry.peaks import Branch, Peak, branch_of
from honeycell.analysis.voltammetry.sweeps import Loop, loop_of, scan_rate_of
from honeycell.quantities.record import flags_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from honeycell.analysis.result import Settings

TECHNIQUE = "voltammetry"
NORMAL_95 = 1.96
SPINS = ("HS", "LS")
LEAST_GAP = 0.2  # V between the peaks of the two irons of one branch: plateaus lie 0.3 V apart and more, sub-sites 0.1 V and less
POINTS = 500  # of each branch in the tables for the figure


@dataclass(frozen=True, slots=True)
class Voltammogram:
    """What one record yields before it is put into a :class:`Reduction`; ``scan_rate`` [V/s] None where nothing states it."""

    loop: Loop
    branches: tuple[Branch, ...]
    pairs: tuple[Pair, ...]
    scan_rate: float | None
    flags: tuple[str, ...]


def reduce_voltammograms(records: Sequence[xr.Dataset], settings: Sequence[Settings]) -> list[Reduction]:
    """Reductions of ``voltammetry/1`` records.

    The table ``peaks`` has a row per peak, by rising potential: ``potential`` [V], ``current`` [A, above the baseline, anodic positive],
    ``branch``, ``pair``, ``peak_separation`` and ``half_wave / V`` of its couple, standard errors, width at half height. Quantities [V]:
    ``peak_separation`` and ``half_wave_potential``, with the couple's name after them (``_1``, ``_hs``) where there are several, and then their
    mean separation, ``peak_separation_mean``. Of a Prussian blue analogue also ``peak_separation_hs`` and ``_ls``, the mean where one has split,
    and ``cathodic_peak_count_hs``, ``anodic_peak_count_ls`` and so on [1], where a branch shows both irons.

    Settings: ``series_resistance`` is taken off before anything else; ``reference_cycle`` chooses the cycle (else the last whole one);
    ``current_sign`` ("anodic positive", "cathodic positive") overrules what was found; ``phase`` names a Prussian blue analogue, whose low
    potential couple is called HS and whose high one LS; ``scan_rate`` where the file has none.

    Raises
    ------
    InputError : no branch of 20 rows, or settings that do not fit the record.
    """
    return [reduction_of(evaluate(record, own)) for record, own in zip(records, settings, strict=True)]


def evaluate(record: xr.Dataset, settings: Settings) -> Voltammogram:
    """Branches, peaks and couples of one record."""
    flags = flags_of(record)
    loop = loop_of(record, settings, flags)
    branches = tuple(branch_of(sweep, loop, flags) for sweep in loop.sweeps)
    peaks = [peak for branch in branches for peak in branch.peaks]
    pairs = tuple(pairs_of(peaks, is_prussian(record, settings), flags)) if peaks else ()
    if not peaks:
        flags.append("peaks: no maximum stands out of the baseline")
    if not loop.resistance:
        flags.append("series_resistance: not set; potentials and separations hold the ohmic drop")
    return Voltammogram(loop, branches, pairs, scan_rate_of(record, settings, flags), tuple(dict.fromkeys(flags)))


def reduction_of(found: Voltammogram) -> Reduction:
    """The tables and quantities of one record."""
    tables = {"peaks": peak_rows(found.pairs), "curve_branches": curve_rows(found.branches)}
    return Reduction(TECHNIQUE, tuple(_quantities(found)), tables, found.flags)


def method_of(found: Voltammogram) -> str:
    """How peaks were measured, for people."""
    lines = ", ".join(f"{branch.sweep.branch} baseline: {branch.line.method}" for branch in found.branches)
    return f"apex of a polynomial of degree 5 above the baseline ({lines}), {found.loop.words}"


def _quantities(found: Voltammogram) -> list[Estimate]:
    whole = [pair for pair in found.pairs if pair.separation is not None]
    result: list[Estimate] = []
    for pair in whole:
        assert pair.separation is not None
        suffix = f"_{pair.name.lower().replace(' ', '_')}" if len(whole) > 1 else ""
        separation, error = pair.separation
        flags = ("overlap",) if any(peak and peak.overlaps for peak in (pair.anodic, pair.cathodic)) else ()
        flags += ("reversed: the anodic peak lies below the cathodic one",) if separation < -2.0 * error else ()
        result += [
            _estimate(f"peak_separation{suffix}", separation, error, found, flags),
            _estimate(f"half_wave_potential{suffix}", pair.middle, 0.5 * error, found, flags),
        ]
    if len(whole) > 1:
        result.append(_mean_separation("peak_separation_mean", whole, found))
    return result + [each for spin in SPINS for each in _of_spin(spin, found)] + _counts(found)


def _of_spin(spin: str, found: Voltammogram) -> list[Estimate]:
    """Numbers of all peaks of high-spin or of low-spin iron."""
    own = [pair for pair in found.pairs if pair.name.partition(" ")[0] == spin]
    if not own:
        return []
    name = spin.lower()
    whole = [pair for pair in own if pair.separation is not None]
    return [_mean_separation(f"peak_separation_{name}", whole, found)] if len(own) > 1 and whole else []


def _counts(found: Voltammogram) -> list[Estimate]:
    """How many peaks of each branch are of high-spin and of low-spin iron, parted by the branch's widest gap; none without such a gap."""
    result: list[Estimate] = []
    if not any(pair.name.startswith(SPINS) for pair in found.pairs):
        return result
    for branch in ("cathodic", "anodic"):
        peaks = [getattr(pair, branch) for pair in found.pairs]
        potentials = np.sort([peak.potential for peak in peaks if peak is not None])
        gaps = np.diff(potentials)
        if gaps.size == 0 or gaps.max() < LEAST_GAP:
            continue
        below = int(gaps.argmax()) + 1
        for spin, count in zip(SPINS, (below, potentials.size - below), strict=True):
            method = f"peaks on one side of the widest gap of the {branch} branch"
            result.append(Estimate(f"{branch}_peak_count_{spin.lower()}", float(count), "1", method=method))
    return result


def _mean_separation(name: str, pairs: Sequence[Pair], found: Voltammogram) -> Estimate:
    separations = [pair.separation for pair in pairs if pair.separation is not None]
    mean = sum(value for value, _ in separations) / len(separations)
    error = math.hypot(*(error for _, error in separations)) / len(separations)
    return _estimate(name, mean, error, found, (f"mean: of {len(separations)} couples",))


def _estimate(name: str, value: float, error: float, found: Voltammogram, flags: tuple[str, ...]) -> Estimate:
    interval = (value - NORMAL_95 * error, value + NORMAL_95 * error)
    return Estimate(name, value, "V", error, interval, method_of(found), flags)


def peak_rows(pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    """The table ``peaks``, by rising potential."""
    rows = [_row(pair, peak) for pair in pairs for peak in (pair.cathodic, pair.anodic) if peak is not None]
    return sorted(rows, key=lambda row: row["potential"])


def _row(pair: Pair, peak: Peak) -> dict[str, Any]:
    separation = pair.separation
    return {
        "potential": peak.potential,
        "current": peak.current,
        "branch": peak.branch,
        "pair": pair.name,
        "peak_separation": None if separation is None else separation[0],
        "half_wave / V": None if separation is None else pair.middle,
        "potential_standard_error / V": peak.potential_error,
        "current_standard_error / A": peak.current_error,
        "width / V": peak.width,
        "flags": "overlap" if peak.overlaps else "",
    }


def curve_rows(branches: Sequence[Branch]) -> list[dict[str, Any]]:
    """Smooth course and baseline of each branch, for the figure."""
    rows: list[dict[str, Any]] = []
    for branch in branches:
        sweep = branch.sweep
        places = np.unique(np.linspace(0, sweep.potential.size - 1, min(POINTS, sweep.potential.size)).astype(int))
        line = branch.line.at(sweep.potential)
        rows += [
            {
                "branch": sweep.branch,
                "potential / V": float(sweep.potential[i]),
                "current / A": float(sweep.current[i]),
                "smooth / A": float(branch.smooth[i]),
                "baseline / A": float(line[i]),
            }
            for i in places
        ]
    return rows
