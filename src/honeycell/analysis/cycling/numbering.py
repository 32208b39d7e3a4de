"""Which cycle each block belongs to: the tester's numbers where they count whole cycles, else counted from the half cycles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.analysis.cycling.blocks import Blocks

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

PULSE = 0.02  # of the largest half cycle: what flows the other way for less is a pulse in it, not a half cycle
SHOWN = 3  # numbers in a message


def cycles_of(blocks: Blocks, amount: Floats, flags: list[str]) -> Integers:
    """The number of each block's cycle.

    A tester's number that never changes while the current goes to and fro, or that changes with every half cycle, is replaced by
    a count of half cycles, two to a cycle; a flag says so.

    Parameters
    ----------
    amount : charge of each block [A s].
    """
    halves, ways = _half_cycles(blocks, amount)
    given = blocks.cycle
    numbers, place = np.unique(given, return_inverse=True)
    charged, discharged = (np.bincount(place, amount * (blocks.direction == sign), numbers.size) for sign in (1, -1))
    large = PULSE * amount.max(initial=0.0)
    both = (charged > large) & (discharged > large)
    if numbers.size == 1 and ways.size > 2:
        flags.append(
            f"cycle: the tester's number is {given[0]:g} throughout; {(ways.size + 1) // 2} cycles counted from reversals"
        )
    elif (
        numbers.size > 1 and ways.size > 1 and not both.any() and (charged > large).any() and (discharged > large).any()
    ):
        flags.append("cycle: the tester's number counts half cycles; counted anew, two half cycles to a cycle")
    else:
        if (np.diff(given) < 0.0).any():
            flags.append("cycle: the tester's numbers run backwards; blocks of one number are taken together")
        return np.rint(given).astype(np.int64)
    return 1 + halves // 2


def _half_cycles(blocks: Blocks, amount: Floats) -> tuple[Integers, Integers]:
    """For each block the half cycle it lies in, from 0, and the direction of each half cycle."""
    flowing = np.flatnonzero((blocks.direction != 0) & (amount > 0.0))
    if flowing.size == 0:
        return np.zeros(blocks.size, np.int64), np.zeros(0, np.int64)
    way = blocks.direction[flowing]
    run = np.concatenate(([0], np.cumsum(way[1:] != way[:-1])))
    total = np.bincount(run, amount[flowing])
    large = total > PULSE * total.max()
    kept = large[run]
    flowing, way = flowing[kept], way[kept]
    begins = np.flatnonzero(np.append(True, way[1:] != way[:-1]))
    # a rest or pulse before a half cycle belongs to the one before it
    half = np.searchsorted(flowing[begins], np.arange(blocks.size), side="right") - 1
    return np.maximum(half, 0), way[begins]
