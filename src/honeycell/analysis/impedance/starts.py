"""Where fits begin: shapes drawn over the measured window, sizes solved for.

Whatever stands in series at the top of a circuit enters its impedance linearly. So only the shapes of these blocks (time constants, exponents,
ratios inside a block) are drawn, from a low-discrepancy sequence, and the size of each block follows from a small
non-negative least-squares problem. The best few of some hundreds of such candidates, different from each other, are the starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.impedance.elements import Angular

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from honeycell.analysis.impedance.batch import Spectrum
    from honeycell.analysis.impedance.circuit import Circuit, Leaf, Node

    Floats = NDArray[np.float64]
    Complexes = NDArray[np.complex128]

DRAWS_PER_SHAPE = 120  # candidates for each number drawn
MOST_DRAWS = 800
SCREENING_POINTS = 32  # enough to rank candidates
SWEEPS = 6  # of coordinate descent; ranking needs no more
POOL = 12  # candidates looked at for each start wanted
SMALLEST = 3e-3  # share of |Z| below which a block's size is not let fall in a start
DIFFERENT = 0.7  # distance between two starts, in fitted numbers
EXPONENTS = (0.55, 0.99)
RATIOS = (0.05, 20.0)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Draws for one circuit on one grid: fitted numbers (S, k) at unit size, and each block's impedance (S, m, n)."""

    x: Floats
    impedance: NDArray[np.complex64]
    points: NDArray[np.intp]


def candidates(circuit: Circuit, frequency: Floats, most: int = MOST_DRAWS) -> Candidates:
    """Shapes for every block of ``circuit`` over the window of ``frequency`` (n,), ``most`` of them."""
    numbers = [kind for block in circuit.blocks for kind in _drawn(block)]
    draws = min(max(DRAWS_PER_SHAPE * len(numbers), 1), most)
    unit = iter(_sequence(len(numbers), draws))
    omega = 2.0 * np.pi * frequency
    window = np.log(omega.min()), np.log(omega.max())
    x = np.zeros((draws, len(circuit.parameters)))
    for block in circuit.blocks:
        _fill(block, x, unit, window)
    points = np.unique(
        np.linspace(0, len(frequency) - 1, min(len(frequency), SCREENING_POINTS)).round().astype(np.intp)
    )
    w = Angular(omega[None, points])
    with np.errstate(all="ignore"):
        Z = np.stack(
            [np.broadcast_to(block.impedance(x, w, None), (draws, points.size)) for block in circuit.blocks], 1
        )
    return Candidates(x, Z.astype(np.complex64), points)


def best_starts(circuit: Circuit, spectrum: Spectrum, drawn: Candidates, count: int) -> tuple[Floats, float]:
    """The ``count`` best and mutually different candidates for ``spectrum``, sized to it: (count, k), and the least cost per point."""
    Z = spectrum.impedance[drawn.points]
    scale = spectrum.weight[drawn.points] / np.abs(Z)
    # single precision ranks as well as double, in half the time
    design = (drawn.impedance * scale.astype(np.float32)).view(np.float32)
    target = (Z * scale).view(float).astype(np.float32)
    with np.errstate(all="ignore"):
        matrix = design @ design.transpose(0, 2, 1)
        right = design @ target
        diagonal = np.maximum(matrix.diagonal(axis1=1, axis2=2), 1e-30)
        size = np.sqrt(diagonal)
        matrix, right = matrix / (size[:, :, None] * size[:, None, :]), right / size
        a = _non_negative(matrix, right)
        total = float(target @ target)
        cost = total - (a * (2.0 * right - (matrix @ a[:, :, None])[:, :, 0])).sum(axis=1)
        # a block that is not wanted is left small but able to grow
        a = np.log(np.maximum(a, SMALLEST * np.sqrt(total)) / size)
    order = np.argsort(np.where(np.isfinite(cost), cost, np.inf))[: POOL * count]
    x = drawn.x[order]
    powers = circuit.powers
    for j, block in enumerate(circuit.blocks):
        x[:, block.span] += powers[block.span] * a[order, j : j + 1]
    good = np.isfinite(x).all(axis=1)
    return x[good][_spread(x[good], count)], max(float(cost[order[0]]), 0.0) / drawn.points.size


def _non_negative(matrix: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    """Non-negative solutions by coordinate descent; the diagonal of ``matrix`` is one."""
    a = np.maximum(right, 0.0) / np.float32(right.shape[1])
    columns = [np.ascontiguousarray(matrix[:, j]) for j in range(right.shape[1])]
    for _ in range(SWEEPS):
        for j, column in enumerate(columns):
            a[:, j] = np.maximum(a[:, j] + right[:, j] - (column * a).sum(axis=1), 0.0)
    return a


def _spread(x: Floats, count: int) -> list[int]:
    """Greedily, from the best on, those that differ from all chosen so far."""
    chosen: list[int] = []
    free = np.ones(len(x), dtype=bool)
    for place in range(len(x)):
        if free[place]:
            chosen.append(place)
            if len(chosen) == count:
                break
            free &= np.abs(x - x[place]).max(axis=1) > DIFFERENT
    return chosen


def _sequence(dimensions: int, count: int) -> Floats:
    """(dimensions, count) evenly spread in the unit cube: the additive recurrence on the generalised golden ratio."""
    ratio = 2.0
    for _ in range(40):
        ratio = (1.0 + ratio) ** (1.0 / (dimensions + 1.0))
    step = ratio ** -np.arange(1.0, dimensions + 1.0)
    return (0.5 + step[:, None] * np.arange(count)) % 1.0


def _drawn(block: Node) -> Iterator[str]:
    """What must be drawn for a block: one entry per number."""
    leader = _leader(block)
    for leaf in block.leaves:
        match leaf.element.symbol:
            case "CPE":
                yield from ("alpha",) if leaf is leader else ("tau", "alpha")
            case "Wo" | "Ws" | "G":
                yield from ("tau",) if leaf is leader else ("ratio", "tau")
            case _:
                if leaf is not leader:
                    yield leaf.element.symbol


def _leader(block: Node) -> Leaf:
    """The element whose size stands for the block's: its first resistor, or else its first element."""
    for leaf in block.leaves:
        if leaf.element.symbol == "R":
            return leaf
    return block.leaves[0]


def _fill(block: Node, x: Floats, unit: Iterator[Floats], window: tuple[float, float]) -> None:
    low, high = window[0] - 1.5, window[1] + 1.5
    leader = _leader(block)

    def log_omega() -> Floats:
        return low + (high - low) * next(unit)

    def log_ratio() -> Floats:
        return np.log(RATIOS[0]) + np.log(RATIOS[1] / RATIOS[0]) * next(unit)

    for leaf in block.leaves:
        first, lead = leaf.first, leaf is leader
        match leaf.element.symbol:
            case "R":
                x[:, first] = 0.0 if lead else log_ratio()
            case "C":
                x[:, first] = 0.0 if lead else -log_omega()
            case "L":
                x[:, first] = 0.0 if lead else -log_omega()
            case "W":
                x[:, first] = 0.0 if lead else 0.5 * log_omega()
            case "CPE":
                log_frequency = np.zeros(len(x)) if lead else log_omega()
                alpha = EXPONENTS[0] + (EXPONENTS[1] - EXPONENTS[0]) * next(unit)
                x[:, first] = -alpha * log_frequency
                x[:, first + 1] = leaf.element.parameters[1].inside(alpha)
            case _:
                x[:, first] = 0.0 if lead else log_ratio()
                x[:, first + 1] = -log_omega()
