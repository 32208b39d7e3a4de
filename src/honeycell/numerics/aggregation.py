"""Coarser networks of conductances: neighbours that conduct well become one node.

A node of the coarse network is what hangs together strongly within a block of two by two by two, so that two pores in one block
that do not touch stay two, and a good conductor is never lumped with the poor one beside it, whatever the contrast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from honeycell.numerics.forest import join, root_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Singles = NDArray[np.float32]
    Places = NDArray[np.int32]

STRONG = np.float32(0.1)  # of the largest conductance of either end, from which two ends move together
NOWHERE = np.int32(-1)


def nodes_of_box(a0: Singles, a1: Singles, a2: Singles, ground: Singles) -> tuple[Places, Places]:
    """Node of each cell of a box, -1 where nothing conducts, and the block (nodes, 3) in which each node lies.

    Parameters
    ----------
    a0, a1, a2 : (n0, n1, n2), conductance to the next cell along each axis.  ground : (n0, n1, n2), conductance to ground.
    """
    largest = np.maximum(np.maximum(a0, a1), a2)
    for axis, each in enumerate((a0, a1, a2)):
        np.maximum(largest, np.roll(each, 1, axis), out=largest)
    parent = _joined_in_box(a0, a1, a2, largest)
    idle = (largest == 0.0) & (ground == 0.0)
    shape = np.array(ground.shape, np.int64)
    node, count, first = _numbered(parent, idle.ravel())
    places = np.stack(np.unravel_index(first[:count], shape), axis=1) // 2
    return node.reshape(ground.shape), places.astype(np.int32)


def nodes_of_graph(start: Places, other: Places, value: Singles, places: Places) -> tuple[Places, Places]:
    """Node of each node of a finer network, and the block in which it lies; ``start``, ``other`` and ``value`` are rows of conductances."""
    parent = _joined_in_graph(start, other, value, places // 2)
    node, count, first = _numbered(parent, np.zeros(len(parent), bool))
    return node, places[first[:count]] // 2


@njit(cache=True)
def _joined_in_box(a0, a1, a2, largest):  # pragma: no cover  (compiled)
    n0, n1, n2 = largest.shape
    parent = np.arange(n0 * n1 * n2).astype(np.int32)
    for i in range(n0):
        for j in range(n1):
            for k in range(n2):
                here, c = largest[i, j, k], (i * n1 + j) * n2 + k
                if i % 2 == 0 and i + 1 < n0 and _strong(a0[i, j, k], here, largest[i + 1, j, k]):
                    join(parent, c, c + n1 * n2)
                if j % 2 == 0 and j + 1 < n1 and _strong(a1[i, j, k], here, largest[i, j + 1, k]):
                    join(parent, c, c + n2)
                if k % 2 == 0 and k + 1 < n2 and _strong(a2[i, j, k], here, largest[i, j, k + 1]):
                    join(parent, c, c + 1)
    return parent


@njit(cache=True, inline="always")
def _strong(value, here, there):  # pragma: no cover  (compiled)
    return value > 0.0 and value >= STRONG * max(here, there)


@njit(cache=True)
def _joined_in_graph(start, other, value, block):  # pragma: no cover  (compiled)
    n = start.size - 1
    parent = np.arange(n).astype(np.int32)
    largest = np.zeros(n, np.float32)
    for i in range(n):
        for e in range(start[i], start[i + 1]):
            largest[i] = max(largest[i], value[e])
    for i in range(n):
        for e in range(start[i], start[i + 1]):
            j = other[e]
            same = block[i, 0] == block[j, 0] and block[i, 1] == block[j, 1] and block[i, 2] == block[j, 2]
            if j > i and same and _strong(value[e], largest[i], largest[j]):
                join(parent, i, j)
    _attach(start, other, value, parent)
    return parent


@njit(cache=True)
def _attach(start, other, value, parent):  # pragma: no cover  (compiled)
    """Joins each node that stayed alone to the neighbour that holds it best, who need not care for it.

    Else small bodies among large ones, which are no strong neighbours to these, would stay alone for ever. None joins one that has
    itself just been joined, so that no chains form.
    """
    n = parent.size
    alone = np.ones(n, np.bool_)
    for i in range(n):
        if root_of(parent, i) != i:
            alone[i] = alone[root_of(parent, i)] = False
    late = np.zeros(n, np.bool_)
    for i in range(n):
        if alone[i] and not late[i]:
            best = -1
            for e in range(start[i], start[i + 1]):
                if best < 0 or value[e] > value[best]:
                    best = e
            if best >= 0 and not late[other[best]]:
                join(parent, i, other[best])
                late[i] = True
                if alone[other[best]]:
                    late[other[best]] = True


@njit(cache=True)
def _numbered(parent, idle):  # pragma: no cover  (compiled)
    """Numbers of the roots in the order in which they come, and the first member of each."""
    n = parent.size
    node = np.full(n, NOWHERE)
    first = np.empty(n, np.int32)
    count = 0
    for i in range(n):
        if idle[i]:
            continue
        root = root_of(parent, i)
        if root == i:
            node[i] = count
            first[count] = i
            count += 1
        else:
            node[i] = node[root]
    return node, count, first


@njit(cache=True)
def rows_of_box(a0, a1, a2, node, count):  # pragma: no cover  (compiled)
    """Rows (``start``, ``other``, ``value``) of the conductances between the nodes of a box, summed over faces."""
    n0, n1, n2 = node.shape
    size = np.zeros(count + 1, np.int32)
    for i in range(n0):
        for j in range(n1):
            for k in range(n2):
                a = node[i, j, k]
                if a >= 0:
                    b = node[(i + 1) % n0, j, k]
                    if a0[i, j, k] > 0.0 and b != a:
                        size[a + 1] += 1
                        size[b + 1] += 1
                    b = node[i, (j + 1) % n1, k]
                    if a1[i, j, k] > 0.0 and b != a:
                        size[a + 1] += 1
                        size[b + 1] += 1
                    b = node[i, j, (k + 1) % n2]
                    if a2[i, j, k] > 0.0 and b != a:
                        size[a + 1] += 1
                        size[b + 1] += 1
    start = np.cumsum(size).astype(np.int32)
    free = start[:-1].copy()
    other, value = np.empty(start[-1], np.int32), np.empty(start[-1], np.float32)
    for i in range(n0):
        for j in range(n1):
            for k in range(n2):
                a = node[i, j, k]
                if a >= 0:
                    _put(other, value, free, a, node[(i + 1) % n0, j, k], a0[i, j, k])
                    _put(other, value, free, a, node[i, (j + 1) % n1, k], a1[i, j, k])
                    _put(other, value, free, a, node[i, j, (k + 1) % n2], a2[i, j, k])
    return _merged(start, other, value)


@njit(cache=True, inline="always")
def _put(other, value, free, a, b, conductance):  # pragma: no cover  (compiled)
    if conductance > 0.0 and b != a:
        other[free[a]], value[free[a]] = b, conductance
        other[free[b]], value[free[b]] = a, conductance
        free[a] += 1
        free[b] += 1


@njit(cache=True)
def rows_of_graph(start, other, value, node, count):  # pragma: no cover  (compiled)
    """The same for the nodes of a finer network."""
    size = np.zeros(count + 1, np.int32)
    for i in range(start.size - 1):
        for e in range(start[i], start[i + 1]):
            if node[other[e]] != node[i]:
                size[node[i] + 1] += 1
    begin = np.cumsum(size).astype(np.int32)
    free = begin[:-1].copy()
    others, values = np.empty(begin[-1], np.int32), np.empty(begin[-1], np.float32)
    for i in range(start.size - 1):
        a = node[i]
        for e in range(start[i], start[i + 1]):
            if node[other[e]] != a:
                others[free[a]], values[free[a]] = node[other[e]], value[e]
                free[a] += 1
    return _merged(begin, others, values)


@njit(cache=True)
def _merged(start, other, value):  # pragma: no cover  (compiled)
    """Rows in which each neighbour comes once."""
    n = start.size - 1
    place = np.full(n, NOWHERE)
    begin = np.zeros(n + 1, np.int32)
    free = 0
    for i in range(n):
        first = free
        for e in range(start[i], start[i + 1]):
            j = other[e]
            if place[j] >= first:
                value[place[j]] += value[e]
            else:  # rows only shrink, so what is written lies behind what is read
                place[j], other[free], value[free] = free, j, value[e]
                free += 1
        begin[i + 1] = free
    return begin, other[:free].copy(), value[:free].copy()
