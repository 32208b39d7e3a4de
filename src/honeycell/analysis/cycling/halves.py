"""Half cycles: capacity, energy, current and end voltages of what was charged and discharged in each cycle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.cycling.noise import bends_of, variance_by_block
from honeycell.analysis.rounding import BOTH_ENDS, HELD, remaining_bias, two_rounded, written_unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.analysis.cycling.blocks import Blocks, Rows
    from honeycell.analysis.cycling.charge import Charge
    from honeycell.analysis.cycling.counters import Counted

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Halves:
    """One direction of every cycle; arrays over ``cycle`` (row ``k`` is the same cycle in both directions).

    capacity, error [A s]; energy [J]; mean_voltage, middle_voltage (at half the charge), first_voltage and last_voltage [V]; current [A],
    the mean of the block with most charge; held, the share of the charge that passed at constant voltage; pieces, the number of blocks;
    rounded, where error is the rounding of one counter and nothing else; integrated and bound [A s], by the current alone and what its
    rounding explains; first and last, row numbers, -1 where there is nothing. Where a cycle lacks this direction the capacity is 0 and
    the voltages are nan.
    """

    cycle: Integers
    sign: int
    capacity: Floats
    error: Floats
    rounded: NDArray[np.bool_]
    energy: Floats
    mean_voltage: Floats
    mean_voltage_error: Floats
    middle_voltage: Floats
    first_voltage: Floats
    last_voltage: Floats
    current: Floats
    held: Floats
    pieces: Integers
    integrated: Floats
    bound: Floats
    first: Integers
    last: Integers

    @property
    def there(self) -> NDArray[np.bool_]:
        """Which cycles have this direction."""
        return self.first >= 0


def joint_error(first: Floats, second: Floats, rounded: NDArray[np.bool_]) -> Floats:
    """Standard error of what adds two errors up; ``rounded``, where either is the rounding of one counter."""
    return np.where(rounded, two_rounded(first, second), np.hypot(first, second))


def halves_of(
    rows: Rows,
    blocks: Blocks,
    numbers: Integers,
    charge: Charge,
    counted: Counted | None,
    counted_energy: Counted | None,
    holds: NDArray[np.bool_],
    sign: int,
) -> Halves:
    """Sums over the blocks of each cycle that flow in the direction ``sign``; counters before integration."""
    cycle, place = np.unique(numbers, return_inverse=True)
    n = cycle.size
    mine = blocks.direction == sign
    own = np.flatnonzero(mine & (charge.amount > 0.0))

    def total(values: Floats) -> Floats:
        return _sums(place[mine], values[mine], n)

    integrated, energy_integrated = total(charge.amount), total(charge.energy)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_voltage = np.where(integrated > 0.0, energy_integrated / integrated, np.nan)
        voltage_error = _voltage_error(rows, blocks, charge, own, place, n)
    capacity, error = integrated, np.sqrt(total(charge.error**2))
    rounded = np.zeros(n, bool)
    block_charge = charge.amount
    if counted is not None:
        # also what a counter grew by in the first row of the rest after it
        grown = counted.charged if sign > 0 else counted.discharged
        capacity = _sums(place, grown, n)
        parts = np.bincount(place[grown > 0.0], minlength=n)
        error = HELD * counted.unit * np.sqrt(parts if counted.each_step else np.minimum(parts, 1))
        rounded = parts == 1
        if counted.runs_on:
            # rounded at both ends, but for the first, which begins at nothing
            error[1:] *= BOTH_ENDS
            rounded[1:] = False
        block_charge = grown
    energy = capacity * np.where(np.isfinite(mean_voltage), mean_voltage, 0.0)
    if counted_energy is not None:
        energy = _sums(place, counted_energy.charged if sign > 0 else counted_energy.discharged, n)

    first, last = np.full(n, -1), np.full(n, -1)
    largest = np.zeros(n, np.int64)
    order = own[np.argsort(charge.amount[own], kind="stable")]
    first[place[own[::-1]]] = blocks.start[own[::-1]]
    last[place[own]] = blocks.stop[own] - 1
    largest[place[order]] = order
    there = first >= 0
    with np.errstate(divide="ignore", invalid="ignore"):
        current = np.where(there, block_charge[largest] / charge.duration[largest], np.nan)
        held = total(blocks.sums(charge.growth * holds)) / integrated
    return Halves(
        cycle=cycle, sign=sign, capacity=capacity, error=error, rounded=rounded, energy=energy, mean_voltage=mean_voltage,
        mean_voltage_error=voltage_error, middle_voltage=_middle(rows, blocks, charge, own, place, integrated),
        first_voltage=np.where(there, rows.voltage[first], np.nan), last_voltage=np.where(there, rows.voltage[last], np.nan),
        current=np.abs(current), held=held, pieces=np.bincount(place[own], minlength=n), integrated=integrated,
        bound=total(charge.bound), first=first, last=last,
    )  # fmt: skip


def _sums(place: Integers, values: Floats, n: int) -> Floats:
    return np.asarray(np.bincount(place, values, n), float)


def _voltage_error(rows: Rows, blocks: Blocks, charge: Charge, own: Integers, place: Integers, n: int) -> Floats:
    """Standard error of a charge-weighted mean voltage: noise of its rows, in voltage and in current, their rounding and their spacing."""
    V = rows.voltage
    bend, unit = bends_of(V, blocks), written_unit(V)
    count = blocks.stop - blocks.start
    weight = charge.growth.copy()
    weight[1:] += charge.growth[:-1]
    noise = variance_by_block(bend, blocks, unit)
    variance = 0.25 * noise * blocks.sums(weight**2)
    variance += (blocks.sums(bend * weight) / 24.0) ** 2  # the trapezoid's own error, as for charge
    scatter = blocks.sums((V - np.repeat(blocks.sums(V) / count, count)) ** 2) / count
    variance += (remaining_bias(unit, scatter) * charge.amount) ** 2
    amount = _sums(place[own], charge.amount[own], n)
    # noise of the current shifts the weights of voltages that lie off the mean
    mean = np.zeros(blocks.size)
    mean[own] = (_sums(place[own], charge.energy[own], n) / amount)[place[own]]
    size = np.abs(rows.current)
    share = np.divide(weight, size, out=np.zeros_like(weight), where=size > 0.0)
    variance += 0.25 * charge.noise * blocks.sums((share * (V - np.repeat(mean, count))) ** 2)
    return np.sqrt(np.bincount(place[own], variance[own], n)) / amount


def _middle(rows: Rows, blocks: Blocks, charge: Charge, own: Integers, place: Integers, integrated: Floats) -> Floats:
    """Voltage where half of each half cycle's charge has flowed."""
    result = np.full(integrated.size, np.nan)
    if own.size == 0:
        return result
    lengths = (blocks.stop - blocks.start)[own]
    at = np.repeat(blocks.start[own] - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths) + np.arange(
        lengths.sum()
    )
    # all charge of this direction in the order of cycles, one axis for all
    by_cycle = np.repeat(place[own], lengths)
    if (np.diff(by_cycle) < 0).any():
        at = at[np.argsort(by_cycle, kind="stable")]
    along = np.concatenate(([0.0], np.cumsum(charge.growth[at])))[:-1]
    ends = np.cumsum(integrated)
    there = integrated > 0.0
    result[there] = np.interp((ends - 0.5 * integrated)[there], along, rows.voltage[at])
    return result
