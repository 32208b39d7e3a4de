"""A circuit as a short list of instructions in postfix order, for compiled code that cannot walk a tree of objects."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.impedance import kernel
from honeycell.analysis.impedance.circuit import Circuit, Leaf, Parallel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from honeycell.analysis.impedance.circuit import Node

ELEMENT = {
    "R": kernel.R,
    "C": kernel.C,
    "L": kernel.L,
    "CPE": kernel.CPE,
    "W": kernel.W,
    "Wo": kernel.WO,
    "Ws": kernel.WS,
    "G": kernel.G,
}


@cache
def program(circuit: Circuit) -> NDArray[np.int64]:
    """Instructions (m, 3) that leave the circuit's impedance on a stack: what to do, and the columns [first, stop) it concerns.

    >>> from honeycell.analysis.impedance.circuit import parse_circuit
    >>> program(parse_circuit("R-(R C)")).tolist()
    [[0, 0, 1], [8, 1, 2], [1, 2, 3], [10, 1, 3], [9, 1, 3], [10, 0, 3]]
    """
    return np.array(list(_impedance(circuit.root)), dtype=np.int64)


def depth(instructions: NDArray[np.int64]) -> int:
    """Most numbers on the stack at once."""
    change = np.select([instructions[:, 0] == kernel.ADD, instructions[:, 0] == kernel.INVERT], [-1, 0], 1)
    return int(np.cumsum(change).max())


def _impedance(node: Node) -> Iterator[tuple[int, int, int]]:
    first, stop = node.span.start, node.span.stop
    if isinstance(node, Leaf):
        yield ELEMENT[node.element.symbol], first, stop
        if node.element.admittance:
            yield kernel.INVERT, first, stop
        return
    give = _admittance if isinstance(node, Parallel) else _impedance
    for i, part in enumerate(node.parts):
        yield from give(part)
        if i:
            yield kernel.ADD, first, part.span.stop
    if isinstance(node, Parallel):
        yield kernel.INVERT, first, stop


def _admittance(node: Node) -> Iterator[tuple[int, int, int]]:
    first, stop = node.span.start, node.span.stop
    if isinstance(node, Leaf) and node.element.admittance:
        yield ELEMENT[node.element.symbol], first, stop
    elif isinstance(node, Leaf) and node.element.symbol == "R":
        yield kernel.CONDUCTANCE, first, stop
    else:
        yield from _impedance(node)
        yield kernel.INVERT, first, stop
