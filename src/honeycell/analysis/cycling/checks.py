"""What a record says against itself: its sign against the voltage, its current against its counters, its mass against the rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from honeycell.analysis.cycling.blocks import Blocks, Rows
    from honeycell.analysis.cycling.charge import Charge
    from honeycell.analysis.cycling.counters import Counted
    from honeycell.analysis.cycling.halves import Halves

    Floats = NDArray[np.float64]

MILLIAMPERE_HOUR = 3.6  # A s
OFF = 0.01  # of the charge: testers integrate between the rows they write, so that less is no disagreement
BEYOND = 3.0  # standard errors
LARGE = 0.1  # of the largest capacity: half cycles that were broken off are left out
SCALES = {
    1e3: "milliamperes read as amperes",
    1e-3: "amperes read as milliamperes",
    3.6: "hours",
    60.0: "minutes",
    3600.0: "hours read as seconds",
}
NEAR = 0.05  # of a scale, within which it explains a ratio
WRONG_WAY = 0.5  # of the charge: if the voltage goes the wrong way for more, the sign is wrong
NOMINAL = (0.05, 2.0)  # of what the 1C current delivers in an hour: capacities outside do not belong to that current
IMPOSSIBLE = 13.9e6  # A s/kg: lithium metal, 3861 mAh/g = F / 6.94 g/mol; no electrode holds more
FEW_DIGITS = 0.02  # of the charge that rounding may hide: less needs no word
HOLE = 20.0  # times the usual spacing of a block's rows
NOTED = 0.02  # of a half cycle's charge: smaller holes are not worth a word


def check_sign(rows: Rows, blocks: Blocks, charge: Charge, flags: list[str]) -> None:
    """Flags a voltage that falls during what the sign calls charge and rises during discharge."""
    rise = rows.voltage[blocks.stop - 1] - rows.voltage[blocks.start]
    flows = (blocks.direction != 0) & (charge.amount > 0.0)
    total = float(charge.amount[flows].sum())
    wrong = float(charge.amount[flows & (rise * blocks.direction < 0.0)].sum())
    if total > 0.0 and wrong > WRONG_WAY * total:
        flags.append(
            f"sign: the voltage falls in what the current's sign calls charge ({100.0 * wrong / total:.0f} % of the charge): charge and "
            "discharge are swapped; give --set current_sign='discharge positive', or positive where it was given already"
        )


def check_counters(
    halves: Sequence[Halves], charge: Charge, counted: Counted | None, said: Sequence[str], flags: list[str]
) -> None:
    """Flags a current that does not add up to the tester's own counters, with both figures and what may cause it.

    Parameters
    ----------
    said : flags of the reader; it is not said again.
    """
    if counted is None or any(flag.startswith(("rounding:", "counters:")) for flag in said):
        return
    off: list[tuple[float, float, str, float]] = []
    for half in halves:
        large = half.capacity > LARGE * half.capacity.max(initial=0.0)
        apart = np.abs(half.integrated - half.capacity)
        slack = BEYOND * (half.error + counted.unit)
        for k in np.flatnonzero(large & (apart > np.maximum(OFF * half.capacity, slack))):
            word = "charge" if half.sign > 0 else "discharge"
            text = (
                f"{half.integrated[k] / MILLIAMPERE_HOUR:.4g} mAh in the {word} of cycle {half.cycle[k]} where the tester "
                f"counted {half.capacity[k] / MILLIAMPERE_HOUR:.4g} mAh"
            )
            off.append((half.capacity[k], half.integrated[k], text, half.bound[k]))
    if not off:
        return
    capacity, integrated, text, bound = max(off)
    more = f" (and {len(off) - 1} more half cycles)" if len(off) > 1 else ""
    ratio = integrated / capacity
    scale = next((words for scale, words in SCALES.items() if abs(ratio / scale - 1.0) < NEAR), None)
    if abs(integrated - capacity) <= bound + counted.unit:
        flags.append(
            f"rounding: the current is written to {charge.unit * 1e3:.3g} mA only, which can shift a sum by up to "
            f"{bound / MILLIAMPERE_HOUR:.3g} mAh; integrating it gives {text}{more}; the counters are used"
        )
    elif scale is not None:
        flags.append(f"counters: integrating the current gives {text}{more}, {ratio:.3g} times as much: {scale}?")
    else:
        flags.append(
            f"counters: integrating the current gives {text}{more}; its rounding does not explain that: rows are missing, or the "
            "current is averaged, or the units of one are wrong; the counters are used"
        )


def check_digits(charge: Charge, counted: Counted | None, flags: list[str]) -> None:
    """Flags a current of few digits, where no counter tells what rounding hides."""
    flows = charge.amount > 0.0
    if counted is not None or not flows.any():
        return
    share = float(np.max(charge.bound[flows] / charge.amount[flows]))
    if share > FEW_DIGITS:
        flags.append(
            f"rounding: the current is written with few digits, as multiples of {charge.unit * 1e3:.3g} mA; if it was rounded to that, "
            f"capacities may be off by up to {100.0 * share:.2g} %, and their errors do not know; export the tester's counters too"
        )


def check_holes(rows: Rows, blocks: Blocks, charge: Charge, flags: list[str]) -> None:
    """Flags holes between the rows of a block, across which the charge is interpolated."""
    flows = blocks.direction != 0
    step = np.append(np.diff(rows.time), 0.0)
    step[blocks.stop - 1] = 0.0
    count = blocks.stop - blocks.start
    usual = (rows.time[blocks.stop - 1] - rows.time[blocks.start]) / np.maximum(count - 1, 1)
    hole = np.maximum.reduceat(step, blocks.start)
    lost = np.maximum.reduceat(charge.growth, blocks.start)
    wide = flows & (count > HOLE) & (hole > HOLE * usual) & (lost > NOTED * charge.amount)
    if wide.any():
        k = int(np.argmax(np.where(wide, lost, 0.0)))
        flags.append(
            f"gaps: rows are missing in {int(wide.sum())} steps, longest {hole[k] / 60.0:.3g} min at "
            f"{rows.time[blocks.start[k]] / 3600.0:.4g} h; charge is interpolated across"
        )


def check_size(halves: Sequence[Halves], mass: float | None, one_c: float | None, flags: list[str]) -> None:
    """Flags capacities that no electrode has, or that do not belong to the stated 1C current."""
    largest = max(float(half.capacity.max(initial=0.0)) for half in halves)
    if mass and largest / mass > IMPOSSIBLE:
        flags.append(
            f"mass: {largest / mass / 3600.0:.4g} mAh/g is more than any electrode holds; is the mass of {mass * 1e6:.4g} mg right, or the "
            "unit of the current?"
        )
    if one_c and largest > 0.0:
        share = largest / (3600.0 * one_c)
        if not NOMINAL[0] <= share <= NOMINAL[1]:
            flags.append(
                f"one_c_current: the largest half cycle is {share:.3g} times what {one_c * 1e3:.4g} mA deliver in an hour; is that "
                "current right, or the unit of the current in the file?"
            )
