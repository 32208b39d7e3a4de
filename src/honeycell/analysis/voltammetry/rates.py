"""Voltammograms at several scan rates: b-values of each peak, and the diffusion coefficient after Randles and Sevcik."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.analysis.result import Estimate
from honeycell.analysis.voltammetry.laws import LEAST, Slope, misses_origin, power_law, root_law
from honeycell.analysis.voltammetry.likeness import likeness
from honeycell.analysis.voltammetry.reduce import evaluate, reduction_of
from honeycell.analysis.voltammetry.sweeps import temperature_of
from honeycell.analysis.voltammetry.tracks import Track, tracks_of
from honeycell.physics.voltammetry import diffusion_coefficient_of, reversible_peak_separation
from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr

    from honeycell.analysis.result import Reduction, Settings
from honeycell.analysis.voltammetry.reduce import Voltammogram

DECADE = 10.0  # highest over lowest rate, below which a power is hardly told from another
REVERSIBLE = (
    1.3  # times the separation of a reversible couple: beyond, the electron transfer or a resistance shapes the peak
)
DIFFUSION = 0.5  # the power of the scan rate
CONDITIONS = ("area", "concentration", "electrons", "temperature")
SQUARE_CENTIMETRES = 1e4  # in a square metre
POINTS = 600  # of each loop in the table for the figure


@dataclass(frozen=True, slots=True)
class Conditions:
    """A [m2], C [mol m-3], n, T [K], and the relative error of A C n^(3/2) T^(-1/2), which D holds squared."""

    area: float
    concentration: float
    electrons: float
    temperature: float
    relative_error: float


@dataclass(frozen=True, slots=True)
class Law:
    """What one track tells: ``b``, the slope ``k`` over v^1/2 [A (s/V)^1/2], ``D`` [m2/s] and its errors, ``flags``."""

    track: Track
    b: Slope
    k: Slope
    diffusion: tuple[float, float, tuple[float, float]] | None
    flags: tuple[str, ...]
    diffusion_flags: tuple[str, ...]


def reduce_rates(records: Sequence[xr.Dataset], settings: Sequence[Settings]) -> list[Reduction]:
    """Reductions of ``voltammetry/1`` records of one cell at different scan rates, in the order given.

    Each is reduced as by itself; to each come ``b_value`` and, where ``area``, ``concentration``, ``electrons`` and ``temperature`` are
    set, ``diffusion_coefficient`` [m2/s], both of the highest peak, and ``shape_correlation`` [1] with the slowest sweep. The first has the
    table ``rates`` with a row for each peak that is found at two rates or more: b with error and 95 % interval, slope over the square root
    of the rate, diffusion coefficient.

    Raises
    ------
    InputError : a record without scan rate, or all of one rate.
    """
    found = [evaluate(record, own) for record, own in zip(records, settings, strict=True)]
    rates = _rates(records, found)
    order = [int(i) for i in np.argsort(rates, kind="stable")]
    flags: list[str] = []
    conditions = _conditions(records[0], settings[0], flags)
    usable = [track for track in tracks_of(found, order) if np.unique(rates[track.places]).size >= LEAST]
    laws = [_law(track, rates, found, conditions) for track in usable]
    lost = [track for track in usable if len(track.places) < len(records)]
    flags += [f"peaks: {_name(track)} is found at {len(track.places)} of {len(records)} rates" for track in lost]
    if not laws:
        flags.append("b_value: no peak is found at two rates")
    best = max(laws, key=lambda law: (len(law.track.places), float(law.track.heights.max())), default=None)
    estimates = _estimates(best, rates) if best is not None else []
    tables = {
        "rates": [_row(law, rates) for law in laws],
        "curve_rates": _curve(found, rates, order),
        "curve_peaks": _points(laws, rates),
    }
    slowest = found[order[0]]
    own = [[*estimates, *likeness(one, slowest)] for one in found]
    return [
        _with(reduction_of(one), own[place], flags, tables if place == 0 else {}, float(rates[place]))
        for place, one in enumerate(found)
    ]


def _with(
    reduction: Reduction, estimates: Sequence[Estimate], flags: Sequence[str], tables: Mapping[str, Any], rate: float
) -> Reduction:
    scan = Estimate("scan_rate", rate, "V/s", method="as stated or set")
    return replace(
        reduction,
        quantities=(*reduction.quantities, scan, *estimates),
        tables={**reduction.tables, **tables},
        flags=tuple(dict.fromkeys([*reduction.flags, *flags])),
    )


def _rates(records: Sequence[xr.Dataset], found: Sequence[Voltammogram]) -> np.ndarray:
    for record, one in zip(records, found, strict=True):
        if one.scan_rate is None:
            where = str(record.attrs.get("file_name", record.attrs.get("sample", "")))
            raise InputError(
                "states no scan rate", where, 'Set scan_rate for this file, in sample.toml under [files."NAME"].'
            )
    rates = np.array([one.scan_rate for one in found], float)
    if np.unique(rates).size < LEAST:
        raise InputError(
            f"all {rates.size} sweeps are at {rates[0]:g} V/s" if rates.size > 1 else "there is one sweep only",
            "scan_rate",
            "A series needs different rates; set scan_rate for each file where the files do not state it.",
        )
    return rates


def _conditions(record: xr.Dataset, settings: Settings, flags: list[str]) -> Conditions | None:
    temperature = temperature_of(record, settings)
    missing = [key for key in CONDITIONS[:3] if key not in settings] + ([] if temperature else ["temperature"])
    if missing or temperature is None:
        flags.append(f"diffusion_coefficient: not computed; set {', '.join(missing)}")
        return None
    values = {key: settings[key] for key in CONDITIONS[:3]}
    area, concentration, n = (each.number for each in values.values())
    parts = [float(each.u or 0.0) / each.number for each in values.values()]
    T, u = temperature
    relative = math.sqrt(parts[0] ** 2 + parts[1] ** 2 + (1.5 * parts[2]) ** 2 + (0.5 * u / T) ** 2)
    return Conditions(area, concentration, n, T, relative)


def _law(track: Track, rates: np.ndarray, found: Sequence[Voltammogram], conditions: Conditions | None) -> Law:
    v = rates[track.places]
    b, k = power_law(v, track.heights, track.errors), root_law(v, track.heights, track.errors)
    flags: list[str] = []
    if v.max() / v.min() < DECADE:
        flags.append(f"narrow_range: the rates span a factor of {v.max() / v.min():.3g}, less than a decade")
    if b.freedom < 1:
        flags.append("two_rates: no scatter shows whether the law holds")
    if any(peak.overlaps for peak in track.peaks):
        flags.append("overlap: the peak holds part of a neighbour")
    if any(not found[place].loop.resistance for place in track.places):
        flags.append("ohmic_drop: not taken off; set series_resistance")
    if conditions is None:
        return Law(track, b, k, None, tuple(flags), ())
    D = diffusion_coefficient_of(
        k.value, conditions.area, conditions.concentration, conditions.electrons, conditions.temperature
    )
    relative = [
        2.0 * math.hypot(error / k.value, conditions.relative_error)
        for error in (k.error, 0.5 * (k.interval[1] - k.interval[0]) / 1.96)
    ]
    interval = (D * math.exp(-1.96 * relative[1]), D * math.exp(1.96 * relative[1]))
    return Law(track, b, k, (D, D * relative[0], interval), tuple(flags), _validity(track, v, found, conditions, b))


def _validity(
    track: Track, v: np.ndarray, found: Sequence[Voltammogram], conditions: Conditions, b: Slope
) -> tuple[str, ...]:
    """What speaks against reading a diffusion coefficient from this peak."""
    flags: list[str] = []
    low, high = b.interval
    if not low <= DIFFUSION <= high:
        flags.append(f"not_diffusion: the current goes as the rate to the {b.value:.2f}, not 0.5")
    missed, share = misses_origin(v, track.heights, track.errors)
    if missed:
        flags.append(
            f"intercept: the line over the square root of the rate misses the origin by {100.0 * share:.0f} % of the highest peak"
        )
    reversible = reversible_peak_separation(conditions.electrons, conditions.temperature)
    apart = [
        pair.separation[0]
        for place in track.places
        for pair in found[place].pairs
        if pair.separation is not None
        and any(peak is each for peak in track.peaks for each in (pair.anodic, pair.cathodic))
    ]
    if not apart:
        flags.append("not_paired: without its counterpart nothing shows that the couple is reversible")
    elif max(apart) > REVERSIBLE * reversible:
        flags.append(
            f"not_reversible: the peaks are up to {1e3 * max(apart):.0f} mV apart, a reversible couple's {1e3 * reversible:.0f} mV; "
            "D is apparent, mostly too small"
        )
    elif max(apart) < reversible / REVERSIBLE:
        flags.append(
            f"not_semi_infinite: the peaks are {1e3 * max(apart):.0f} mV apart, less than {1e3 * reversible:.0f} mV of a couple in solution"
        )
    return tuple(flags)


def _estimates(law: Law, rates: np.ndarray) -> list[Estimate]:
    v = rates[law.track.places]
    spread = f"{_name(law.track)}, {v.size} rates, {1e3 * v.min():g} to {1e3 * v.max():g} mV/s"
    method = f"slope of ln(peak current) over ln(scan rate), weighted; {spread}"
    result = [Estimate("b_value", law.b.value, "1", law.b.error, law.b.interval, method, law.flags)]
    if law.diffusion is not None:
        D, error, interval = law.diffusion
        method = (
            "Randles-Sevcik, line of the peak current over the square root of the scan rate through the origin; semi-infinite planar "
            f"diffusion of a reversible couple, apparent in an insertion electrode; {spread}"
        )
        flags = (*law.flags, *law.diffusion_flags)
        result.append(Estimate("diffusion_coefficient", D, "m**2/s", error, interval, method, flags))
    return result


def _row(law: Law, rates: np.ndarray) -> dict[str, Any]:
    track, b = law.track, law.b
    row: dict[str, Any] = {
        "pair": track.pair,
        "branch": track.branch,
        "b_value": b.value,
        "b_standard_error": b.error,
        "b_low": b.interval[0],
        "b_high": b.interval[1],
        "number_of_rates": len(track.places),
        "slope / A s^1/2 V^-1/2": law.k.value,
        "slope_standard_error / A s^1/2 V^-1/2": law.k.error,
        "potential_at_lowest_rate / V": track.peaks[0].potential,
        "potential_at_highest_rate / V": track.peaks[-1].potential,
    }
    if law.diffusion is not None:
        D, error, _ = law.diffusion
        row["diffusion_coefficient / cm^2/s"] = D * SQUARE_CENTIMETRES
        row["diffusion_coefficient_standard_error / cm^2/s"] = error * SQUARE_CENTIMETRES
    return row | {"flags": "; ".join(dict.fromkeys([*law.flags, *law.diffusion_flags]))}


def _points(laws: Sequence[Law], rates: np.ndarray) -> list[dict[str, Any]]:
    """Every followed peak, for the figure."""
    return [
        {
            "pair": law.track.pair,
            "branch": law.track.branch,
            "scan_rate / V/s": float(rates[place]),
            "potential / V": peak.potential,
            "current / A": peak.current,
            "current_standard_error / A": peak.current_error,
            "b_value": law.b.value,
            "prefactor": math.exp(law.b.second),
            "slope": law.k.value,
        }
        for law in laws
        for place, peak in zip(law.track.places, law.track.peaks, strict=True)
    ]


def _curve(found: Sequence[Voltammogram], rates: np.ndarray, order: Sequence[int]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for place in order:
        for branch in found[place].branches:
            E, current = branch.sweep.potential, branch.sweep.current
            places = np.unique(np.linspace(0, E.size - 1, min(POINTS, E.size)).astype(int))
            rows += [
                {"scan_rate / V/s": float(rates[place]), "potential / V": float(E[i]), "current / A": float(current[i])}
                for i in places
            ]
    return rows


def _name(track: Track) -> str:
    return f"{track.branch} peak of pair {track.pair}"
