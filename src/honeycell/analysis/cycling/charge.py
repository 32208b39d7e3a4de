"""Charge and energy of each block by integration over the current, with an error from noise, rounding and the rows' spacing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.rounding import remaining_bias, written_unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.analysis.cycling.blocks import Blocks, Rows

    Floats = NDArray[np.float64]

SQUARES = 6.0  # 1 + 4 + 1: variance of a second difference over that of a row
LEVELS, SEEN = 3, 20_000  # sizes of current among so many rows that show its digits
SECOND = 1.0  # s: clocks are written to that at least; rows at every ten seconds are a schedule
CLOCK = 0.41  # of the clock's unit: standard deviation of the difference of two rounded times, 1 / sqrt(6)
UNLOGGED = 0.6  # of what flows in a gap of rows where a step begins: 68 % of a uniform share, both sides being open
NO_EDGE = 0.75  # of the usual spacing: shorter gaps between steps mean that testers write their first and last rows


@dataclass(frozen=True, slots=True)
class Charge:
    """Per block: ``amount`` |Q| [A s], its standard ``error``, ``energy`` |E| [J], ``duration`` [s].

    ``growth`` [A s] is what flows from each row to the next of its block, magnitudes, 0 after a block's last row; ``bound``
    the most that rounding of the current can shift each amount by; ``noise`` [A**2] the variance of the current from row to row; ``unit`` [A]
    its rounding, 0 where there is none.
    """

    amount: Floats
    error: Floats
    energy: Floats
    duration: Floats
    growth: Floats
    bound: Floats
    noise: Floats
    unit: float


def charge_of(rows: Rows, blocks: Blocks) -> Charge:
    """Trapezoids between rows of one block; what flows between two blocks belongs to none and is in the error."""
    t, V, I = rows.time, rows.voltage, rows.current
    n = rows.size
    step = np.zeros(n)
    np.subtract(t[1:], t[:-1], out=step[:-1])
    step[blocks.stop - 1] = 0.0
    growth = np.zeros(n)
    np.add(I[1:], I[:-1], out=growth[:-1])
    growth *= 0.5 * step
    np.abs(growth, out=growth)
    middle = np.zeros(n)
    np.add(V[1:], V[:-1], out=middle[:-1])
    middle *= 0.5 * growth
    flows = blocks.direction != 0
    amount = np.where(flows, blocks.sums(growth), 0.0)
    energy = np.where(flows, np.abs(blocks.sums(middle)), 0.0)
    duration = t[blocks.stop - 1] - t[blocks.start]

    count = blocks.stop - blocks.start
    bend = np.zeros(n)
    bend[1:-1] = I[2:] - 2.0 * I[1:-1] + I[:-2]
    bend[blocks.start] = bend[blocks.stop - 1] = 0.0
    noise = blocks.sums(bend**2) / (SQUARES * np.maximum(count - 2, 1))
    weight = step.copy()
    weight[1:] += step[:-1]
    random = noise * 0.25 * blocks.sums(weight**2)
    curved = blocks.sums(bend * weight) / 24.0  # trapezoid's own error, h^2/12 times the bend, h the mean of two steps

    unit = written_unit(I)
    mean = blocks.sums(I) / count
    spread = np.maximum(blocks.sums((I - np.repeat(mean, count)) ** 2) / count, 0.0)
    # a current that never changes does not tell a rounded number from a round one
    rounding = remaining_bias(unit, spread) * duration if _changes(I) else np.zeros(blocks.size)
    clock = CLOCK * min(written_unit(t), SECOND) * np.abs(mean)
    edges = _edges(rows, blocks, step, duration, count)
    error = np.sqrt(random + curved**2 + rounding**2 + clock**2 + edges**2)
    return Charge(
        amount,
        np.where(flows, error, 0.0),
        energy,
        duration,
        growth,
        0.5 * unit * np.where(flows, duration, 0.0),
        noise,
        unit,
    )


def _changes(current: Floats) -> bool:
    size = np.abs(current[current != 0.0])
    return bool(size.size and np.unique(size[:SEEN]).size >= LEVELS)


def _edges(rows: Rows, blocks: Blocks, step: Floats, duration: Floats, count: NDArray[np.int64]) -> Floats:
    """What may have flowed between a block and its neighbours, where the tester wrote no row at the change."""
    usual = np.where(count > 1, duration / np.maximum(count - 1, 1), np.inf)
    if blocks.size > 1 and np.isinf(usual).any():
        # single rows take the spacing of the whole record
        whole = float(np.median(step[step > 0.0])) if (step > 0.0).any() else 0.0
        usual = np.where(np.isinf(usual), whole, usual)
    gap = np.append(rows.time[blocks.start[1:]] - rows.time[blocks.stop[:-1] - 1], 0.0)
    before, after = np.roll(gap, 1), gap
    first, last = np.abs(rows.current[blocks.start]), np.abs(rows.current[blocks.stop - 1])
    open_before = np.where(before > NO_EDGE * usual, before * first, 0.0)
    open_after = np.where(after > NO_EDGE * usual, after * last, 0.0)
    return UNLOGGED * np.hypot(open_before, open_after)
