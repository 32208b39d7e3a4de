"""What the tester itself counted: charge and energy of each block, from counters that restart with each step, each cycle or never."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.rounding import written_unit

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.analysis.cycling.blocks import Blocks

    Floats = NDArray[np.float64]

FALLS = 1e-3  # of a counter's largest value: a fall by more is a restart
MOST = 0.9  # of the boundaries of a kind at which a counter must restart for that to be its habit
CARRIED = 0.05  # of a counter's growth: more at the first row was counted before the record began
HOUR = 3600.0  # A s in an ampere-hour, J in a watt-hour
NEVER, EACH_CYCLE, EACH_STEP, AT_TIMES = (
    "never restart",
    "restart with each cycle",
    "restart with each step",
    "restart at times",
)


@dataclass(frozen=True, slots=True)
class Counted:
    """Per block what the counters grew by: ``charged`` and ``discharged`` [A s or J].

    ``each_step`` is true where they restart with each step, ``runs_on`` where they do not restart with each cycle; ``habit`` says it in
    words; ``unit`` is what they are written to [A s or J], 0 where finely.
    """

    charged: Floats
    discharged: Floats
    each_step: bool
    runs_on: bool
    habit: str
    unit: float


def counted_charge(record: xr.Dataset, blocks: Blocks, flags: list[str]) -> Counted | None:
    """Charge by the tester's counters; None where the record has none that can be used."""
    return _counted(record, blocks, "capacity", flags)


def counted_energy(record: xr.Dataset, blocks: Blocks) -> Counted | None:
    """Energy by the tester's counters, likewise."""
    return _counted(record, blocks, "energy", [])


def _counted(record: xr.Dataset, blocks: Blocks, kind: str, flags: list[str]) -> Counted | None:
    both = [f"charge_{kind}", f"discharge_{kind}"]
    names = both if all(name in record for name in both) else [f"step_{kind}"]
    if names[0] not in record:
        return None
    columns = [np.abs(np.asarray(record[name].values, float)) for name in names]
    if not any(column.any() for column in columns):
        if kind == "capacity" and blocks.direction.any():
            flags.append("counters: the tester's counters stand at zero while current flows; integrated instead")
        return None
    grown, habits, units = [], [], []
    for name, column in zip(names, columns, strict=True):
        unit = HOUR * written_unit(column / HOUR)
        growth, habit = _growth(column, blocks, unit, name, flags)
        if growth is None:
            return None
        grown.append(growth)
        habits.append(habit if column.any() else "")
        units.append(unit)
    if len(grown) == 1:
        charged, discharged = (np.where(blocks.direction == sign, grown[0], 0.0) for sign in (1, -1))
    else:
        charged, discharged = grown
    unit = max(units)
    habit = ", ".join(dict.fromkeys(word for word in habits if word)) or NEVER
    return Counted(charged, discharged, EACH_STEP in habit, NEVER in habit or AT_TIMES in habit, habit, unit)


def _growth(counter: Floats, blocks: Blocks, unit: float, name: str, flags: list[str]) -> tuple[Floats | None, str]:
    """What ``counter`` grows by in each block, and when it restarts; None where it falls within blocks."""
    largest = float(counter.max(initial=0.0))
    first, last = counter[blocks.start], counter[blocks.stop - 1]
    slack = FALLS * largest + unit
    if _falls_inside(counter, blocks, slack):
        flags.append(f"counters: the {name.replace('_', ' ')} falls within a step and is not used")
        return None, ""
    before = np.append(0.0, last[:-1])
    cycle_changes = np.append(True, np.diff(blocks.cycle) != 0.0)
    step_changes = cycle_changes | np.append(True, np.diff(blocks.step) != 0.0)
    stood = before > CARRIED * largest
    fell = first < before - slack
    habit, restarts = _habit(fell, stood, cycle_changes, step_changes)
    base = np.where(restarts, 0.0, before)
    base[0] = 0.0
    growth = np.maximum(last - base, 0.0)
    if first[0] > CARRIED * largest and blocks.stop[0] - blocks.start[0] > 1:
        growth[0] = max(last[0] - first[0], 0.0)
        flags.append(
            f"counters: the {name.replace('_', ' ')} does not stand at zero in the first row; counted from there"
        )
    return growth, habit


def _falls_inside(counter: Floats, blocks: Blocks, slack: float) -> bool:
    falls = counter[1:] < counter[:-1] - slack
    falls[blocks.start[1:] - 1] = False
    return bool(falls.any())


def _habit(
    fell: NDArray[np.bool_], stood: NDArray[np.bool_], cycles: NDArray[np.bool_], steps: NDArray[np.bool_]
) -> tuple[str, NDArray[np.bool_]]:
    """When a counter restarts, told from where it falls of the places where it could."""
    inner = steps & ~cycles
    at_cycles, at_inner = cycles & stood, inner & stood
    if not fell.any():
        return NEVER, fell
    every_cycle = not at_cycles.any() or fell[at_cycles].mean() >= MOST
    if every_cycle and at_inner.any() and fell[at_inner].mean() >= MOST:
        return EACH_STEP, steps
    if every_cycle and not (fell & ~cycles).any():
        return EACH_CYCLE, cycles
    return AT_TIMES, fell
