"""Rows of a record cut into blocks: consecutive rows of one cycle and step in which the current flows one way, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

SMALL = 0.02  # of the usual current: what flips its sign below is noise about zero
FLIPS = 10  # so many flips of the sign are noise, not reversals
SHORT = 5  # rows of one sign: between two longer runs the current was reversed, as at the low rates of a ladder that ends at high ones
ABOVE = 3.0  # times the usual size of that noise is still no current


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns of a record, all of one length: time [s], voltage [V], current [A], and the tester's cycle and step."""

    time: Floats
    voltage: Floats
    current: Floats
    cycle: Floats
    step: Floats

    @property
    def size(self) -> int:
        """Number of rows."""
        return self.time.size


@dataclass(frozen=True, slots=True)
class Blocks:
    """Block ``k`` holds the rows ``start[k]`` to ``stop[k] - 1``; ``direction`` is 1 charge, -1 discharge, 0 rest."""

    start: Integers
    stop: Integers
    direction: Integers
    cycle: Floats
    step: Floats

    @property
    def size(self) -> int:
        """Number of blocks."""
        return self.start.size

    def sums(self, values: Floats) -> Floats:
        """Sums of ``values`` (one per row) over each block."""
        return np.add.reduceat(values, self.start)


def rows_of(record: xr.Dataset) -> Rows:
    """The columns of a ``cycling/1`` record."""
    columns = (np.asarray(record[name].values, float) for name in ("test_time", "voltage", "current", "cycle", "step"))
    return Rows(*columns)


def noise_about_zero(current: Floats) -> float:
    """The current [A] below which nothing flows: zero, unless small currents flip their sign from row to row."""
    if current.size < 2:
        return 0.0
    size = np.abs(current)
    larger = np.maximum(size[1:], size[:-1])
    usual = float(np.percentile(size[size > 0.0], 95.0)) if (size > 0.0).any() else 0.0
    sign = np.sign(current)
    start = np.concatenate(([0], np.flatnonzero(np.diff(sign)) + 1))
    run = np.diff(np.append(start, size.size))
    length = np.repeat(run, run)
    noisy = np.minimum(length[1:], length[:-1]) <= SHORT
    flips = larger[(current[1:] * current[:-1] < 0.0) & (larger < SMALL * usual) & noisy]
    return ABOVE * float(np.median(flips)) if flips.size > FLIPS else 0.0


def blocks_of(rows: Rows, threshold: float) -> Blocks:
    """Blocks of the rows in their order; currents up to ``threshold`` [A] are rest."""
    way = np.sign(rows.current).astype(np.int8)
    if threshold > 0.0:
        way[np.abs(rows.current) <= threshold] = 0
    changed = (rows.cycle[1:] != rows.cycle[:-1]) | (rows.step[1:] != rows.step[:-1]) | (way[1:] != way[:-1])
    start = np.concatenate(([0], np.flatnonzero(changed) + 1))
    stop = np.append(start[1:], rows.size)
    return Blocks(start, stop, way[start].astype(np.int64), rows.cycle[start], rows.step[start])
