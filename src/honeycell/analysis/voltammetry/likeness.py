"""How far a voltammogram has kept the shape of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.result import Estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.analysis.voltammetry.reduce import Voltammogram
    from honeycell.analysis.voltammetry.sweeps import Sweep

    Floats = NDArray[np.float64]

POINTS = 1000  # of each branch
NAME = "shape_correlation"


def likeness(one: Voltammogram, other: Voltammogram) -> list[Estimate]:
    """The correlation [1] of their currents at the same potentials, over both branches; none without a branch that both have.

    The size of the currents does not count, a shift of the peaks does: 1 for the same shape.
    """
    ours, theirs = ({branch.sweep.branch: branch.sweep for branch in each.branches} for each in (one, other))
    pairs = [_on_one_grid(ours[name], theirs[name]) for name in ours if name in theirs]
    if not pairs:
        return []
    a, b = (np.concatenate(each) for each in zip(*pairs, strict=True))
    if a.size < 2 or np.ptp(a) == 0.0 or np.ptp(b) == 0.0:
        return []
    rates = [f"{1e3 * each.scan_rate:g}" for each in (one, other) if each.scan_rate is not None]
    method = f"correlation of the currents over the potential, {' with '.join(rates)} mV/s, both branches"
    return [Estimate(NAME, float(np.corrcoef(a, b)[0, 1]), "1", method=method)]


def _on_one_grid(one: Sweep, other: Sweep) -> tuple[Floats, Floats]:
    low = max(one.potential.min(), other.potential.min())
    high = min(one.potential.max(), other.potential.max())
    if not low < high:
        return np.array([]), np.array([])
    grid = np.linspace(low, high, POINTS)
    return _at(grid, one), _at(grid, other)


def _at(grid: Floats, sweep: Sweep) -> Floats:
    order = np.argsort(sweep.potential, kind="stable")
    return np.interp(grid, sweep.potential[order], sweep.current[order])
