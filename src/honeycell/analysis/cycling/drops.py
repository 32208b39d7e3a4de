"""Voltage drops of each cycle, by every definition that is in use: at the reversal, one-sided, between mean voltages, at half charge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.analysis.cycling.blocks import Rows
    from honeycell.analysis.cycling.halves import Halves

    Floats = NDArray[np.float64]


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
    """

    reversal: Floats
    one_sided: Floats
    gap: Floats
    middle: Floats
    delay: Floats
    rested: NDArray[np.bool_]


def drops_of(rows: Rows, charge: Halves, discharge: Halves) -> Drops:
    """Voltage drops of every cycle; those at the reversal need a discharge that follows the charge of the same or the cycle before."""
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
    alone = (start > 0) & np.isfinite(share)  # a discharge after a rest needs no charge before it
    nan = np.nan
    return Drops(
        np.where(there, V[k] - V[i], nan),
        np.where(alone, one, nan),
        charge.mean_voltage - discharge.mean_voltage,
        charge.middle_voltage - discharge.middle_voltage,
        np.where(there, t[i] - t[k], nan),
        there & (before > k),
    )
