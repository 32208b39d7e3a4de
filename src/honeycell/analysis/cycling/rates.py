"""The table of rates: consecutive cycles of one current taken together, as in a rate ladder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.analysis.cycling.first import estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.analysis.cycling.cycles import Cycles
    from honeycell.analysis.result import Estimate

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

SAME = (
    0.05  # in the current, relative: a larger change is another rate; testers hold theirs to a per mille of the range
)
MILLIAMPERE_HOUR = 3.6  # A s


@dataclass(frozen=True, slots=True)
class Rate:
    """Places of consecutive whole cycles of one ``current`` [A] (of the half that counts)."""

    places: Integers
    current: float


def rates_of(cycles: Cycles) -> list[Rate]:
    """Steps of a rate ladder in their order; whole cycles only."""
    places = np.flatnonzero(cycles.whole)
    if places.size == 0:
        return []
    logs = [np.log(np.maximum(half.current[places], 1e-300)) for half in (cycles.charge, cycles.discharge)]
    changed = np.zeros(places.size - 1, bool)
    for log in logs:
        changed |= np.abs(np.diff(log)) > SAME
    groups = np.split(places, np.flatnonzero(changed) + 1)
    return [Rate(group, float(np.median(cycles.counting.current[group]))) for group in groups]


def table_of(cycles: Cycles, rates: list[Rate], mass: float | None, one_c: float | None) -> list[dict[str, Any]]:
    """A row per step: mean and scatter of the capacity, its share of the slowest step's, and what came back at a rate seen before."""
    half = cycles.counting
    word = "charge" if half.sign > 0 else "discharge"
    means = [float(half.capacity[rate.places].mean()) for rate in rates]
    slowest = int(np.argmin([rate.current for rate in rates]))
    rows: list[dict[str, Any]] = []
    for k, (rate, mean) in enumerate(zip(rates, means, strict=True)):
        capacity = half.capacity[rate.places]
        n = capacity.size
        ratio = cycles.efficiency[rate.places]
        row: dict[str, Any] = {
            "cycles": f"{cycles.numbers[rate.places[0]]}-{cycles.numbers[rate.places[-1]]}"
            if n > 1
            else f"{cycles.numbers[rate.places[0]]}",
            "charge_current / mA": 1e3 * float(np.median(cycles.charge.current[rate.places])),
            "discharge_current / mA": 1e3 * float(np.median(cycles.discharge.current[rate.places])),
        }
        if one_c:
            row["rate / C"] = rate.current / one_c
        if mass:
            row[f"specific_mean_{word}_capacity"] = mean / mass / 3600.0
        earlier = next((i for i in range(k) if abs(np.log(rates[i].current / rate.current)) < SAME), None)
        row |= {
            f"mean_{word}_capacity": mean / MILLIAMPERE_HOUR,
            f"{word}_capacity_sd / mAh": float(capacity.std(ddof=1)) / MILLIAMPERE_HOUR if n > 1 else None,
            "of_slowest / %": 100.0 * mean / means[slowest],
            "recovery / %": 100.0 * mean / means[earlier] if earlier is not None else None,
            "coulombic_efficiency_mean": 100.0 * float(np.nanmean(ratio)) if np.isfinite(ratio).any() else None,
            "number_of_cycles": n,
        }
        rows.append(row)
    return rows


def rate_quantities(cycles: Cycles, rates: list[Rate], mass: float | None, one_c: float | None) -> list[Estimate]:
    """``discharge_capacity_at_10C`` and so on: the mean over the cycles of each rate where it first comes; none where 1C is not known."""
    if not one_c:
        return []
    half = cycles.counting
    word = "charge" if half.sign > 0 else "discharge"
    per, unit = (mass, "A*s/kg") if mass else (1.0, "A*s")
    found: dict[str, Estimate] = {}
    for rate in rates:
        name = f"{word}_capacity_at_{rate.current / one_c:.3g}C"
        capacity = half.capacity[rate.places] / per
        n = capacity.size
        noise = float(np.sqrt(np.sum(half.error[rate.places] ** 2))) / n / per
        scatter = float(capacity.std(ddof=1)) / np.sqrt(n) if n > 1 else 0.0
        span = f"mean of {n} cycles from cycle {cycles.numbers[rate.places[0]]} on"
        found.setdefault(name, estimate(name, float(capacity.mean()), unit, max(noise, float(scatter)), span))
    return list(found.values())
