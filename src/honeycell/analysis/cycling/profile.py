"""Voltage over charge of one half cycle, its blocks put end to end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.analysis.cycling.blocks import Blocks, Rows
    from honeycell.analysis.cycling.charge import Charge
    from honeycell.analysis.cycling.cycles import Cycles
    from honeycell.analysis.cycling.halves import Halves

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

CHOSEN = 5  # cycles whose curves are kept


@dataclass(frozen=True, slots=True)
class Profile:
    """``charge`` passed since the half cycle began [A s, rising] and ``voltage`` [V]; ``held`` marks rows at constant voltage.

    ``sign`` is 1 for a charge, -1 for a discharge.
    """

    cycle: int
    sign: int
    charge: Floats
    voltage: Floats
    held: NDArray[np.bool_]
    pieces: int


def chosen_cycles(cycles: Cycles) -> Integers:
    """Places of the first, the last and some whole cycles between; all cycles where none is whole."""
    places = np.flatnonzero(cycles.whole)
    if places.size == 0:
        return np.arange(min(cycles.numbers.size, CHOSEN))
    return places[np.unique(np.rint(np.linspace(0, places.size - 1, CHOSEN)).astype(int))]


def profile_of(
    rows: Rows, blocks: Blocks, numbers: Integers, holds: NDArray[np.bool_], charge: Charge, half: Halves, place: int
) -> Profile | None:
    """The half cycle in ``place``, its charge scaled to the capacity that is reported; None where there is none."""
    mine = np.flatnonzero((numbers == half.cycle[place]) & (blocks.direction == half.sign) & (charge.amount > 0.0))
    if mine.size == 0 or half.integrated[place] <= 0.0:
        return None
    at = np.concatenate([np.arange(blocks.start[k], blocks.stop[k]) for k in mine])
    growth = charge.growth[at]
    along = np.concatenate(([0.0], np.cumsum(growth)[:-1]))
    scale = half.capacity[place] / half.integrated[place] if half.capacity[place] > 0.0 else 1.0
    return Profile(int(half.cycle[place]), half.sign, scale * along, rows.voltage[at], holds[at], mine.size)
