"""Voltage drops of each cycle, by every definition that is in use: at the reversal, one-sided, between mean voltages, at half charge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.cycling.noise import bends_of, pooled_variance, variance_by_block
from honeycell.analysis.rounding import BOTH_ENDS, HELD, written_unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.analysis.cycling.blocks import Blocks, Rows
    from honeycell.analysis.cycling.charge import Charge
    from honeycell.analysis.cycling.halves import Halves

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Drops:
    """Per cycle [V], nan where the cycle does not tell.

    reversal
        From the last voltage of the charge to the first of the discharge after it, as measured; ``delay`` [s] is the time between, which
        includes a rest if there is one (``rested``).
    one_sided
        What the discharge current alone causes: the jump at the start of the discharge, from the row before it, times I_d over the change of
        the current there. After a rest that is the whole jump, at a direct reversal with equal currents half of it. It is I R with the
        resistance R that acts within the time to the first row.
    gap
        Mean voltage of the charge less that of the discharge, both weighted by charge: both sides, all polarisation and hysteresis.
    middle
        Likewise between the voltages at half the charge of each.

    ``reversal_error``, ``one_sided_error`` and ``gap_error`` are their standard errors, from noise and rounding of the rows; how soon after
    the reversal the first row was written is in ``delay``, not in them.
    """

    reversal: Floats
    one_sided: Floats
    gap: Floats
    middle: Floats
    delay: Floats
    rested: NDArray[np.bool_]
    reversal_error: Floats
    one_sided_error: Floats
    gap_error: Floats


def drops_of(rows: Rows, blocks: Blocks, flowed: Charge, charge: Halves, discharge: Halves) -> Drops:
    """Voltage drops of every cycle; those at the reversal need a discharge that follows the charge of the same or the cycle before.

    Parameters
    ----------
    flowed : the charge of each block, with the noise of its current.
    """
    V, I, t = rows.voltage, rows.current, rows.time
    n = charge.cycle.size
    start = discharge.first
    # the charge before this discharge: of its own cycle, or of the one before where cycles begin with discharge
    end = charge.last.copy()
    late = (end < 0) | (end > start)
    end = np.where(late, np.append(-1, charge.last[:-1]), end) if n else end
    there = (start > 0) & (end >= 0) & (end < start)
    i, k = np.where(start > 0, start, 1), np.where(there, end, 0)
    before = np.maximum(i - 1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.abs(I[i]) / np.abs(I[i] - I[before])
        one = (V[before] - V[i]) * share
        jump = _jump_error(V, blocks)
        one_error = np.hypot(share * jump, (V[before] - V[i]) * _share_error(I, blocks, flowed, i, before))
    alone = (start > 0) & np.isfinite(share)  # a discharge after a rest needs no charge before it
    nan = np.nan
    return Drops(
        np.where(there, V[k] - V[i], nan),
        np.where(alone, one, nan),
        charge.mean_voltage - discharge.mean_voltage,
        charge.middle_voltage - discharge.middle_voltage,
        np.where(there, t[i] - t[k], nan),
        there & (before > k),
        np.where(there, jump, nan),
        np.where(alone, one_error, nan),
        np.hypot(charge.mean_voltage_error, discharge.mean_voltage_error),
    )


def _jump_error(voltage: Floats, blocks: Blocks) -> float:
    """Standard error of the difference of two voltages that are far apart."""
    unit = written_unit(voltage)
    variance = pooled_variance(variance_by_block(bends_of(voltage, blocks), blocks, unit), blocks)
    return float(np.sqrt(2.0 * max(variance - unit**2 / 12.0, 0.0) + (BOTH_ENDS * HELD * unit) ** 2))


def _share_error(I: Floats, blocks: Blocks, flowed: Charge, i: Integers, before: Integers) -> Floats:
    """Standard error of I_i / (I_i - I_before) from the noise and rounding of either; a current of nothing is exact."""
    place = np.searchsorted(blocks.start, np.stack((i, before)), side="right") - 1
    variance = np.where(blocks.direction[place] != 0, flowed.noise[place] + flowed.unit**2 / 12.0, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sqrt(I[before] ** 2 * variance[0] + I[i] ** 2 * variance[1]) / (I[i] - I[before]) ** 2
