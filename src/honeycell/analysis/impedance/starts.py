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
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from honeycell.analysis.impedance.batch import Spectrum
    from honeycell.analysis.impedance.circuit import Circuit, Leaf, Node

    Floats = NDArray[np.float64]
    Singles = NDArray[np.float32]

DRAWS_PER_SHAPE = 120  # candidates for each number drawn
MOST_DRAWS = 800
SCREENING_POINTS = 32  # enough to rank candidates
SWEEPS = 6  # of coordinate descent; ranking needs no more
POOL = 12  # candidates looked at for each start wanted
SMALLEST = 3e-3  # share of |Z| below which a block's size is not let fall in a start
DIFFERENT = 0.7  # distance between two starts, in fitted numbers
EXPONENTS = (0.55, 0.99)
RATIOS = (0.01, 100.0)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Draws for one circuit on one grid.

    ``x`` (S, k) fitted numbers at unit size; for the blocks' impedances z at ``points`` of the grid, ``products`` (S, m, m, n) Re(conj(z_j) z_k) and
    ``projections`` (S, m, 2 n) their parts, from which the normal equations of any spectrum on the grid follow by one product.
    """

    x: Floats
    products: Singles
    projections: Singles
    points: NDArray[np.intp]


def candidates(circuit: Circuit, frequency: Floats, most: int = MOST_DRAWS) -> Candidates:
    """Shapes for every block of ``circuit`` over the window of ``frequency`` (n,), ``most`` of them."""
    numbers = [kind for block in circuit.blocks for kind in _drawn(block)]
    draws = min(max(DRAWS_PER_SHAPE * len(numbers), most - MOST_DRAWS, 1), most)
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
        # blocks of about unit size, or single precision would not reach
        scale = np.abs(Z).max(axis=2, keepdims=True)
        x += circuit.powers * np.repeat(-np.log(scale[:, :, 0]), _widths(circuit), axis=1)
        Z = Z / scale
    # single precision ranks as well as double, in half the time
    products = (Z.conj()[:, :, None] * Z[:, None]).real.astype(np.float32)
    return Candidates(x, products, Z.view(float).astype(np.float32), points)


def best_starts(
    circuit: Circuit, spectra: Sequence[Spectrum], drawn: Candidates, count: int
) -> list[tuple[Floats, float]]:
    """For each spectrum on the grid of ``drawn`` the ``count`` best and mutually different candidates.

    They come sized to the spectrum, (count, k), each with the least cost per point.
    """
    Z = np.stack([s.impedance[drawn.points] for s in spectra])
    scale = np.stack([s.weight[drawn.points] for s in spectra]) / np.abs(Z)
    draws, blocks = drawn.products.shape[:2]
    n = drawn.points.size
    # the modulus is taken out, so that all spectra have about unit size
    unit = np.exp(np.log(np.abs(Z)).mean(axis=1))
    target = (Z / unit[:, None] * (scale * unit[:, None]) ** 2).view(float)
    square = ((scale * unit[:, None]) ** 2).T.astype(np.float32)
    with np.errstate(all="ignore"):
        matrix = (drawn.products.reshape(-1, n) @ square).reshape(draws, blocks, blocks, -1)
        right = (drawn.projections.reshape(-1, 2 * n) @ target.T.astype(np.float32)).reshape(draws, blocks, -1)
        size = np.sqrt(np.maximum(np.einsum("sjjb->sjb", matrix), 1e-30))
        matrix, right = matrix / (size[:, :, None] * size[:, None]), right / size
        a = _non_negative(matrix, right)
        total = np.sum((np.abs(Z) * scale) ** 2, axis=1).astype(np.float32)
        cost = total - 2.0 * _sums(a, right)
        for j in range(blocks):
            cost += a[:, j] * _sums(matrix[:, j], a)
        # a block that is not wanted is left small but able to grow
        a = np.log(np.maximum(a, SMALLEST * np.sqrt(total)) / size * unit.astype(np.float32))
    cost = np.where(np.isfinite(cost), cost, np.inf)
    most = min(POOL * count, draws)
    pool = np.argpartition(cost, min(most, draws - 1), axis=0)[:most]
    pool = np.take_along_axis(pool, np.argsort(np.take_along_axis(cost, pool, 0), axis=0, kind="stable"), 0).T
    sizes = np.take_along_axis(a, pool.T[:, None], 0).transpose(2, 0, 1).astype(float)
    x = drawn.x[pool] + circuit.powers * np.repeat(sizes, _widths(circuit), axis=2)
    least = np.maximum(cost[pool[:, 0], np.arange(len(spectra))], 0.0) / n
    return [(x[i, chosen], float(least[i])) for i, chosen in enumerate(_spread(x, count))]


def _widths(circuit: Circuit) -> list[int]:
    """Parameters of each block."""
    return [block.span.stop - block.span.start for block in circuit.blocks]


def _non_negative(matrix: Singles, right: Singles) -> Singles:
    """Non-negative solutions (S, m, b) by coordinate descent; the diagonal of ``matrix`` (S, m, m, b) is one."""
    a = (np.maximum(right, 0.0) / right.shape[1]).astype(np.float32)
    for _ in range(SWEEPS):
        for j in range(right.shape[1]):
            a[:, j] = np.maximum(a[:, j] + right[:, j] - _sums(matrix[:, j], a), 0.0)
    return a


def _sums(a: Singles, b: Singles) -> Singles:
    return np.einsum("smb,smb->sb", a, b)


def _spread(x: Floats, count: int) -> list[NDArray[np.intp]]:
    """Of each spectrum's candidates ``x`` (b, s, k) up to ``count``, greedily from the best on: those that differ from all chosen so far."""
    free: NDArray[np.bool_] = np.all(np.isfinite(x), axis=2)
    chosen = np.zeros(free.shape, dtype=bool)
    spectra = np.arange(len(x))
    columns = np.where(free, np.ascontiguousarray(x.transpose(2, 0, 1)), 0.0)
    for _ in range(count):
        first = np.argmax(free, axis=1)
        chosen[spectra, first] |= free[spectra, first]
        differs = np.zeros(free.shape, dtype=bool)
        for column in columns:
            differs |= np.abs(column - column[spectra, first][:, None]) > DIFFERENT
        free &= differs
        if not free.any():
            break
    return [np.flatnonzero(row) for row in chosen]


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
