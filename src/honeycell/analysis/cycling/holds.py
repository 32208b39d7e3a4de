"""Rows at constant voltage: the end of a block where the voltage stays and the current decays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.analysis.cycling.blocks import Blocks, Rows

STAYS = 0.002  # of the record's voltage window, within which a held voltage keeps
DECAYS = 0.05  # of the current, by which that of a hold falls at least; on a plateau it does not
FEWEST = 3  # rows


def holds_of(rows: Rows, blocks: Blocks) -> NDArray[np.bool_]:
    """For each row whether the voltage is held there, in a step of its own or at the end of one at constant current."""
    V, I = rows.voltage, np.abs(rows.current)
    count = blocks.stop - blocks.start
    last = V[blocks.stop - 1]
    away = np.abs(V - np.repeat(last, count)) > STAYS * float(V.max() - V.min())
    index = np.arange(rows.size)
    before = np.maximum.reduceat(np.where(away, index, -1), blocks.start)
    begin = np.maximum(before + 1, blocks.start)
    at = np.minimum(begin, blocks.stop - 1)
    decays = I[blocks.stop - 1] < (1.0 - DECAYS) * I[at]
    held = (blocks.direction != 0) & decays & (blocks.stop - begin >= FEWEST)
    return (index >= np.repeat(begin, count)) & np.repeat(held, count)
