"""What one row of a column errs by: noise from row to row, and rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.analysis.cycling.blocks import Blocks

    Floats = NDArray[np.float64]

CORNER = 4.0  # standard deviations of the bends between rows, beyond which they are the curve's
STAIRS = 2.0  # units: rounding alone bends a column by as much
NORMAL = 0.4549  # median of a squared standard normal
SQUARES = 6.0  # 1 + 4 + 1: variance of a second difference over that of a row


def bends_of(values: Floats, blocks: Blocks) -> Floats:
    """Second differences within blocks, 0 at their ends."""
    bend = np.zeros(values.size)
    bend[1:-1] = values[2:] - 2.0 * values[1:-1] + values[:-2]
    bend[blocks.start] = bend[blocks.stop - 1] = 0.0
    return bend


def variance_by_block(bend: Floats, blocks: Blocks, unit: float) -> Floats:
    """Variance of a row of each block, by its ``bend``; corners of the curve are no noise, and what was rounded to ``unit`` errs by that."""
    count = blocks.stop - blocks.start
    squares = bend**2
    flowing = squares[np.repeat(blocks.direction != 0, count)]
    squares[squares > max(CORNER**2 * float(np.median(flowing)) / NORMAL, 1.001 * (STAIRS * unit) ** 2)] = 0.0
    return np.maximum(blocks.sums(squares) / (SQUARES * np.maximum(count - 2, 1)), unit**2 / 12.0)


def pooled_variance(by_block: Floats, blocks: Blocks) -> float:
    """The same of all blocks together, which short ones are too few to tell."""
    weight = np.maximum(blocks.stop - blocks.start - 2, 0)
    return float(np.sum(by_block * weight) / max(int(weight.sum()), 1))
