"""The first cycle's numbers as quantities, and how much of its discharge lies on the lower plateau."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from honeycell.analysis.cycling.halves import joint_error
from honeycell.analysis.cycling.valley import charge_below_valley
from honeycell.analysis.result import Estimate

if TYPE_CHECKING:
    from honeycell.analysis.cycling.cycles import Cycles
    from honeycell.analysis.cycling.profile import Profile

NORMAL_95 = 1.96


def first_quantities(
    cycles: Cycles, discharge: Profile | None, mass: float | None, source: str, own: tuple[str, ...]
) -> list[Estimate]:
    """Capacities, efficiency and mean voltages of the first cycle; per active ``mass`` [kg] where there is one.

    Parameters
    ----------
    discharge : the first cycle's discharge curve.
    source : how charge was counted, for the method.
    own : flags of the capacities.
    """
    c, d = cycles.charge, cycles.discharge
    per, unit = (mass, "A*s/kg") if mass else (1.0, "A*s")
    which = f"cycle {cycles.numbers[0]}; {source}"
    found: list[Estimate] = []
    for half, word in ((c, "charge"), (d, "discharge")):
        if half.there[0]:
            found.append(estimate(f"{word}_capacity", half.capacity[0] / per, unit, half.error[0] / per, which, own))
            text = f"cycle {cycles.numbers[0]}; energy over charge; the error is that of its rows' noise"
            found.append(estimate(f"mean_{word}_voltage", half.mean_voltage[0], "V", half.mean_voltage_error[0], text))
    if discharge is not None:
        below = charge_below_valley(discharge)
        doubt = ("low_voltage_capacity: no clear valley divides two plateaus",) if below.shallow else ()
        text = f"cycle {cycles.numbers[0]}; discharged below the valley between the two plateaus; {source}"
        # a counter errs by its unit in all; the errors of rows that are summed add up with their number
        counted = d.capacity[0] != d.integrated[0]
        own_error = d.error[0] * (below.share if counted else math.sqrt(max(below.share, 0.0)))
        error = math.hypot(below.error * d.capacity[0], own_error) / per
        value = below.share * d.capacity[0] / per
        found.append(estimate("low_voltage_capacity", value, unit, None if below.shallow else error, text, doubt))
    if c.there[0] and d.there[0]:
        gain = (d.capacity[0] - c.capacity[0]) / per
        error = float(joint_error(c.error, d.error, c.rounded & d.rounded)[0])
        text = f"cycle {cycles.numbers[0]}; discharge less charge; {source}"
        found.append(estimate("capacity_gain", gain, unit, error / per, text, own))
        error = cycles.drops.gap_error[0]
        text = f"cycle {cycles.numbers[0]}; mean charge voltage less mean discharge voltage (both sides)"
        found.append(estimate("mean_voltage_gap", cycles.drops.gap[0], "V", error, text))
    if math.isfinite(cycles.drops.one_sided[0]):
        text = f"cycle {cycles.numbers[0]}; jump where the discharge begins, times its share of the change of current (one side, I R)"
        found.append(estimate("voltage_drop", cycles.drops.one_sided[0], "V", cycles.drops.one_sided_error[0], text))
    if math.isfinite(cycles.efficiency[0]):
        words = "discharge over charge" if cycles.role == "positive" else "charge over discharge"
        text = f"cycle {cycles.numbers[0]}; {words} ({cycles.role} electrode); {source}"
        ratio = float(cycles.efficiency[0])
        found.append(estimate("coulombic_efficiency", ratio, "1", float(cycles.efficiency_error[0]), text, own))
    return found


def estimate(
    name: str,
    value: float,
    unit: str,
    error: float | None,
    method: str,
    flags: tuple[str, ...] = (),
    wide: float = NORMAL_95,
) -> Estimate:
    """A quantity with the interval that its standard error gives; without one where the error is not known or nothing."""
    value = float(value)
    if error is None or not math.isfinite(error) or error <= 0.0:
        return Estimate(name, value, unit, None, None, method, flags)
    return Estimate(name, value, unit, float(error), (value - wide * error, value + wide * error), method, flags)
