"""Rows of a half cycle gathered to fewer points that err independently, also where the voltage is rounded to stairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.rounding import written_unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FEWEST = 20  # stairs from which they are used
MOST = 400  # points that rows are gathered to
STAIRS = 0.4  # of the voltage's unit: with less noise than that the rows are stairs
FAR = 0.001  # of the whole range of voltages: rows that move by more within one mean are kept
SCATTERED = 6.0  # standard deviations that rows may scatter by within a mean
NORMAL = 0.4549  # median of a squared standard normal


@dataclass(frozen=True, slots=True)
class Points:
    """``charge`` [A s], strictly rising, ``voltage`` [V], and the ``count`` of rows that each point is the mean of."""

    charge: Floats
    voltage: Floats
    count: Floats


def gathered(charge: Floats, voltage: Floats) -> Points:
    """Means of neighbouring rows, or, where the voltage is rounded to stairs, the charges at which it passes from one to the next.

    As many rows go to each mean, but where the voltage moves far within one, its rows are kept: so steep ends keep their shape.

    Parameters
    ----------
    charge : rising [A s]; ``voltage`` [V].
    """
    unit = written_unit(voltage)
    if unit > 0.0 and _noise(voltage) < STAIRS * unit:
        charge, voltage = _stairs(charge, voltage, unit) or (charge, voltage)
    count = np.ones(charge.size)
    if charge.size > MOST:
        bins = _bins(voltage)
        count = np.bincount(bins).astype(float)
        charge, voltage = (np.bincount(bins, each) / count for each in (charge, voltage))
    keep = np.append(True, np.diff(charge) > 0.0)
    return Points(charge[keep], voltage[keep], count[keep])


def _noise(voltage: Floats) -> float:
    """Standard deviation of a row by second differences."""
    bends = voltage[2:] - 2.0 * voltage[1:-1] + voltage[:-2]
    return float(np.sqrt(np.median(bends**2) / NORMAL / 6.0)) if bends.size else 0.0


def _bins(voltage: Floats) -> NDArray[np.int64]:
    """For each row the mean it goes to."""
    size = -(-voltage.size // MOST)
    bins = np.arange(voltage.size) // size
    begins = np.arange(0, voltage.size, size)
    moved = np.maximum.reduceat(voltage, begins) - np.minimum.reduceat(voltage, begins)
    far = moved > FAR * float(np.ptp(voltage)) + SCATTERED * _noise(voltage)
    new = np.append(0, (np.diff(bins) > 0) | far[bins[1:]])
    return np.cumsum(new)


def _stairs(charge: Floats, voltage: Floats, unit: float) -> tuple[Floats, Floats] | None:
    """Charge passed below each boundary of two stairs, to which rows that stand beyond it for a moment do no harm."""
    levels, place = np.unique(np.rint(voltage / unit), return_inverse=True)
    if levels.size < FEWEST:
        return None
    # a row stands for half the way to its neighbours
    passed = np.cumsum(np.bincount(place, np.gradient(charge)))[:-1]
    edges = 0.5 * unit * (levels[1:] + levels[:-1])
    if voltage[-1] < voltage[0]:
        whole = float(charge[-1] - charge[0]) + 0.5 * float(charge[-1] - charge[-2] + charge[1] - charge[0])
        passed, edges = whole - passed[::-1], edges[::-1]
    start = charge[0] - 0.5 * (charge[1] - charge[0])
    return start + passed, edges
