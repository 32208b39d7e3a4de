"""Numbers of the whole record: retention, mean efficiency, fade, what a rate test gives back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.cycling.first import estimate
from honeycell.analysis.cycling.life import FEWEST, mean_of, slope_of
from honeycell.analysis.cycling.rates import SAME

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.analysis.cycling.cycles import Cycles
    from honeycell.analysis.cycling.life import Line
    from honeycell.analysis.cycling.rates import Rate
    from honeycell.analysis.result import Estimate

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


def whole_quantities(
    cycles: Cycles,
    retention: tuple[Floats, Floats],
    reference: int,
    rates: list[Rate],
    mass: float | None,
    flags: list[str],
) -> list[Estimate]:
    """Retention of the last whole cycle and, over the whole cycles from the reference on that run at one current, means and slopes."""
    half = cycles.counting
    word = "charge" if half.sign > 0 else "discharge"
    at = f"cycle {cycles.numbers[reference]}"
    found: list[Estimate] = []
    places = np.flatnonzero(cycles.whole)
    last = int(places[-1])
    per, unit = (mass, "A*s/kg") if mass else (1.0, "A*s")
    if last > reference:
        text = f"{word} of cycle {cycles.numbers[last]} over that of {at}"
        found.append(estimate("retention", retention[0][last], "1", retention[1][last], text))
        found.append(
            estimate(
                f"last_{word}_capacity",
                half.capacity[last] / per,
                unit,
                half.error[last] / per,
                f"cycle {cycles.numbers[last]}",
            )
        )
    steady, note = _steady(cycles, reference, rates)
    if note:
        flags.append(note)
    if steady.size >= 2:
        span = f"{steady.size} cycles of {cycles.numbers[steady[0]]} to {cycles.numbers[steady[-1]]}"
        ratio = cycles.efficiency[steady]
        ratio = ratio[np.isfinite(ratio)]
        if ratio.size >= 2:
            found.append(_of("coulombic_efficiency_mean", mean_of(ratio), "1", f"mean of {span}"))
        numbers = cycles.numbers[steady].astype(float)
        if steady.size >= FEWEST:
            line = slope_of(numbers, half.capacity[steady] / half.capacity[reference])
            text = f"slope of a line through {span}, of the {word} capacity of {at}"
            found.append(_of("capacity_change_per_cycle", line, "1", text))
            drop = slope_of(numbers, cycles.discharge.mean_voltage[steady])
            text = f"slope of a line through {span}"
            found.append(_of("mean_discharge_voltage_change_per_cycle", drop, "V", text))
    if (back := _recovery(cycles, rates)) is not None:
        found.append(back)
    return found


def _steady(cycles: Cycles, reference: int, rates: list[Rate]) -> tuple[Integers, str]:
    """Whole cycles from the reference on at the current of most of them."""
    after = [(rate.places[rate.places >= reference], rate.current) for rate in rates]
    after = [(places, current) for places, current in after if places.size]
    if len(after) < 2:
        return (after[0][0] if after else np.zeros(0, np.int64)), ""
    currents = np.array([current for _, current in after])
    counts = np.array([places.size for places, _ in after])
    same = np.abs(np.log(currents[:, None] / currents[None, :])) < SAME
    most = int(np.argmax(same @ counts))
    chosen = np.concatenate([after[k][0] for k in np.flatnonzero(same[most])])
    note = (
        f"rates: {len(after)} steps of different current; slopes and means are of the {chosen.size} cycles at "
        f"{1e3 * currents[most]:.4g} mA, and retention compares with another current where that changed"
    )
    return chosen, note


def _recovery(cycles: Cycles, rates: list[Rate]) -> Estimate | None:
    """Mean capacity of the last step over that of the first, where both run at one current with another between."""
    if len(rates) < 3 or abs(math.log(rates[-1].current / rates[0].current)) > SAME:
        return None
    half = cycles.counting
    first, last = (mean_of(half.capacity[rate.places]) for rate in (rates[0], rates[-1]))
    value = last.value / first.value
    errors = [line.standard_error / line.value for line in (first, last) if line.standard_error is not None]
    error = value * math.hypot(*errors) if len(errors) == 2 else None
    text = f"mean capacity of the last {rates[-1].places.size} cycles over that of the first {rates[0].places.size}, same current"
    return estimate("rate_recovery", value, "1", error, text)


def _of(name: str, line: Line, unit: str, method: str) -> Estimate:
    from scipy.stats import t

    flags = (f"{name}: the points bend; a line does not describe them",) if line.bent else ()
    if line.standard_error is None:
        return estimate(name, line.value, unit, None, method, flags)
    wide = float(t.ppf(0.975, line.degrees))
    return estimate(name, line.value, unit, line.standard_error, method, flags, wide)
