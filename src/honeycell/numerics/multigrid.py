"""Multigrid for networks of conductances on a box of cells: a preconditioner that knows nothing of what the cells are.

A network has a conductance between each cell and its next along each axis, and one from each cell to ground. Coarse networks come from
:mod:`honeycell.numerics.aggregation`; the nodes that a coarse one lumps share one potential. As such lumps are too stiff, the
correction is a small search of its own on each level (K-cycle: Notay & Vassilevski, Numer. Linear Algebra Appl. 15 (2008) 473,
doi:10.1002/nla.542).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from honeycell.numerics.aggregation import nodes_of_box, nodes_of_graph, rows_of_box, rows_of_graph
from honeycell.numerics.distance import in_slabs

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Singles = NDArray[np.float32]
    Places = NDArray[np.int32]

COARSEST = 1000  # nodes that are solved for directly
MOST_DIRECT = 30_000  # nodes that a direct solver takes in good time, where no coarser network is found
FALL = 0.25  # of the residual by the first direction of a search that makes a second needless (Notay & Vassilevski)
LEAST_SHARED = 2**17  # cells below which a thread costs more than it brings
SWEEPS_COARSEST = 30  # where even a direct solver would be too slow


@dataclass(frozen=True, slots=True)
class Box:
    """Conductances (n0, n1, n2) to the next cell along each axis, the last with the first; ``inverse`` of the diagonal, 0 where it is 0."""

    a0: Singles
    a1: Singles
    a2: Singles
    ground: Singles
    inverse: Singles


@dataclass(frozen=True, slots=True)
class Graph:
    """Rows of conductances of a coarse network, ``node`` of each node of the next coarser one (or cell of the box, for the first)."""

    start: Places
    other: Places
    value: Singles
    ground: Singles
    inverse: Singles
    node: Places


class Multigrid:
    """Approximate inverse of a network, in single precision; symmetric enough for a flexible conjugate-gradient method.

    Parameters
    ----------
    along : three arrays (n0, n1, n2), conductance from each cell to the next along the axis, the last cell's to the first.
    ground : (n0, n1, n2), conductance to a fixed potential. Cells without any conductance are left at zero; every other must be
        joined to ground somehow.
    """

    def __init__(self, along: tuple[Floats, Floats, Floats], ground: Floats) -> None:
        a0, a1, a2, earth = (np.ascontiguousarray(each, np.float32) for each in (*along, ground))
        self.box = Box(a0, a1, a2, earth, _inverse_of_box(a0, a1, a2, earth))
        self.graphs = _graphs(self.box)
        self._direct = _direct(self.graphs[-1])
        self._work = [np.zeros((7, each.ground.size), np.float32) for each in self.graphs]
        self._x, self._b = np.zeros_like(earth), np.zeros_like(earth)

    def __call__(self, residual: Floats) -> Singles:
        """About the inverse times ``residual``; the array is overwritten by the next call."""
        box, x, b, n = self.box, self._x, self._b, len(self._x)
        b[...] = residual
        system = (box.a0, box.a1, box.a2, box.inverse, x, b)
        _shared(partial(_first_sweep, *system), n, x.size)
        _shared(partial(_sweep, *system, 1), n, x.size)
        coarse_x, coarse_b = self._work[0][:2]
        coarse_b[...] = 0.0
        _restrict(*system, self.graphs[0].node, coarse_b)
        self._search(0)
        _shared(partial(_add, coarse_x, self.graphs[0].node, x), n, x.size)
        _shared(partial(_sweep, *system, 1), n, x.size)
        _shared(partial(_sweep, *system, 0), n, x.size)
        return x

    def _cycle(self, k: int, x: Singles, b: Singles) -> None:
        """Replaces ``x`` by an approximate solution of graph ``k`` for ``b``."""
        graph = self.graphs[k]
        if k == len(self.graphs) - 1:
            if self._direct is not None:
                x[...] = self._direct(b.astype(np.float64))
            else:
                _many_sweeps(graph.start, graph.other, graph.value, graph.inverse, x, b, SWEEPS_COARSEST)
            return
        coarse = self.graphs[k + 1]
        coarse_x, coarse_b = self._work[k + 1][:2]
        _down(graph.start, graph.other, graph.value, graph.inverse, x, b, coarse.node, coarse_b)
        self._search(k + 1)
        _up(graph.start, graph.other, graph.value, graph.inverse, x, b, coarse.node, coarse_x)

    def _search(self, k: int) -> None:
        """One or two directions, each what a cycle gives, with the best length of each."""
        graph, (x, b, first, image, rest, image_2, x_2) = self.graphs[k], self._work[k]
        self._cycle(k, x, b)
        if k == len(self.graphs) - 1:
            return
        rows = (graph.start, graph.other, graph.value, graph.ground)
        bx, xx, bb = _image(*rows, x, b, image)
        if not xx > 0.0:
            return
        step = bx / xx
        left = _rest(b, image, np.float32(step), rest)
        if left <= FALL * FALL * bb:
            x *= np.float32(step)
            return
        first[...] = x
        self._cycle(k, x_2, rest)
        b_2, xx_2, _ = _image(*rows, x_2, rest, image_2)
        cross = float(np.vdot(x_2, image))
        rho = xx_2 - cross * cross / xx
        if not rho > 0.0:
            x *= np.float32(step)
            return
        step_2 = b_2 / rho
        x *= np.float32(step - step_2 * cross / xx)
        x += np.float32(step_2) * x_2


def _graphs(box: Box) -> list[Graph]:
    node, places = nodes_of_box(box.a0, box.a1, box.a2, box.ground)
    rows = rows_of_box(box.a0, box.a1, box.a2, node, len(places))
    active = node.ravel() >= 0
    ground = np.bincount(node.ravel()[active], box.ground.ravel()[active], len(places))
    graphs = [_graph(rows, ground, node)]
    while graphs[-1].ground.size > COARSEST:
        fine = graphs[-1]
        node, places = nodes_of_graph(fine.start, fine.other, fine.value, places)
        if len(places) == fine.ground.size:
            break
        rows = rows_of_graph(fine.start, fine.other, fine.value, node, len(places))
        graphs.append(_graph(rows, np.bincount(node, fine.ground, len(places)), node))
    return graphs


def _graph(rows: tuple[Places, Places, Singles], ground: NDArray[Any], node: Places) -> Graph:
    start, other, value = rows
    diagonal = ground.astype(np.float32)
    _add_rows(start, value, diagonal)
    inverse = np.zeros_like(diagonal)
    np.divide(1.0, diagonal, out=inverse, where=diagonal > 0.0)
    return Graph(start, other, value, ground.astype(np.float32), inverse, node)


def _direct(graph: Graph) -> Callable[[Floats], Floats] | None:
    n = graph.ground.size
    if n > MOST_DIRECT:
        return None
    from scipy import sparse
    from scipy.sparse.linalg import splu

    rows = sparse.csr_array((graph.value.astype(float), graph.other, graph.start), shape=(n, n))
    diagonal = graph.ground + np.asarray(rows.sum(axis=1)).ravel()
    matrix: Any = sparse.diags_array(np.where(diagonal > 0.0, diagonal, 1.0)) - rows
    return splu(
        matrix.tocsc(), permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}, diag_pivot_thresh=0.0
    ).solve


def _inverse_of_box(a0: Singles, a1: Singles, a2: Singles, ground: Singles) -> Singles:
    diagonal = ground + a0 + a1 + a2
    for axis, each in enumerate((a0, a1, a2)):
        diagonal += np.roll(each, 1, axis)
    inverse = np.zeros_like(diagonal)
    np.divide(1.0, diagonal, out=inverse, where=diagonal > 0.0)
    return inverse


def _shared(work: Callable[[int, int], object], count: int, cells: int) -> None:
    """``work`` over ``range(count)``, by several threads where there is enough of it."""
    if cells < LEAST_SHARED:
        work(0, count)
    else:
        in_slabs(work, count)


@njit(cache=True, nogil=True, fastmath=True)
def _sweep(a0, a1, a2, inverse, x, b, colour, first, last):  # pragma: no cover  (compiled)
    """Gauss-Seidel over the cells of one colour of a chessboard."""
    n0, n1, n2 = x.shape
    for i in range(first, last):
        h, l = (i - 1) % n0, (i + 1) % n0
        for j in range(n1):
            g, m = (j - 1) % n1, (j + 1) % n1
            for k in range((i + j + colour) % 2, n2, 2):
                f = k - 1 if k > 0 else n2 - 1
                n = k + 1 if k < n2 - 1 else 0
                flow = a0[h, j, k] * x[h, j, k] + a0[i, j, k] * x[l, j, k]
                flow += a1[i, g, k] * x[i, g, k] + a1[i, j, k] * x[i, m, k]
                flow += a2[i, j, f] * x[i, j, f] + a2[i, j, k] * x[i, j, n]
                x[i, j, k] = inverse[i, j, k] * (b[i, j, k] + flow)


@njit(cache=True, nogil=True, fastmath=True)
def _first_sweep(a0, a1, a2, inverse, x, b, first, last):  # pragma: no cover  (compiled)
    """The sweep over colour 0 that starts from nothing, which leaves colour 1 at nothing."""
    _, n1, n2 = x.shape
    for i in range(first, last):
        for j in range(n1):
            for k in range(n2):
                x[i, j, k] = inverse[i, j, k] * b[i, j, k] if (i + j + k) % 2 == 0 else np.float32(0.0)


@njit(cache=True, nogil=True, fastmath=True)
def _restrict(a0, a1, a2, inverse, x, b, node, coarse):  # pragma: no cover  (compiled)
    """Sums over nodes of what ``x`` leaves of ``b``: nothing in colour 1, which was swept last."""
    n0, n1, n2 = x.shape
    for i in range(n0):
        h, l = (i - 1) % n0, (i + 1) % n0
        for j in range(n1):
            g, m = (j - 1) % n1, (j + 1) % n1
            for k in range(n2):
                if node[i, j, k] >= 0:
                    f = k - 1 if k > 0 else n2 - 1
                    n = k + 1 if k < n2 - 1 else 0
                    flow = a0[h, j, k] * x[h, j, k] + a0[i, j, k] * x[l, j, k]
                    flow += a1[i, g, k] * x[i, g, k] + a1[i, j, k] * x[i, m, k]
                    flow += a2[i, j, f] * x[i, j, f] + a2[i, j, k] * x[i, j, n]
                    coarse[node[i, j, k]] += b[i, j, k] + flow - x[i, j, k] / inverse[i, j, k]


@njit(cache=True, nogil=True, fastmath=True)
def _add(coarse, node, x, first, last):  # pragma: no cover  (compiled)
    _, n1, n2 = x.shape
    for i in range(first, last):
        for j in range(n1):
            for k in range(n2):
                if node[i, j, k] >= 0:
                    x[i, j, k] += coarse[node[i, j, k]]


@njit(cache=True)
def _add_rows(start, value, total):  # pragma: no cover  (compiled)
    for i in range(total.size):
        for e in range(start[i], start[i + 1]):
            total[i] += value[e]


@njit(cache=True, fastmath=True)
def _down(start, other, value, inverse, x, b, node, coarse):  # pragma: no cover  (compiled)
    """Gauss-Seidel forwards from nothing, then the sums over coarse nodes of what is left."""
    n = x.size
    for i in range(n):
        flow = b[i]
        for e in range(start[i], start[i + 1]):
            if other[e] < i:
                flow += value[e] * x[other[e]]
        x[i] = inverse[i] * flow
    coarse[:] = 0.0
    for i in range(n):
        flow = np.float32(0.0)  # what each row was swept with left nothing but the terms not yet known
        for e in range(start[i], start[i + 1]):
            if other[e] > i:
                flow += value[e] * x[other[e]]
        coarse[node[i]] += flow


@njit(cache=True, fastmath=True)
def _up(start, other, value, inverse, x, b, node, coarse):  # pragma: no cover  (compiled)
    """The correction, then Gauss-Seidel backwards."""
    for i in range(x.size):
        x[i] += coarse[node[i]]
    for i in range(x.size - 1, -1, -1):
        flow = b[i]
        for e in range(start[i], start[i + 1]):
            flow += value[e] * x[other[e]]
        x[i] = inverse[i] * flow


@njit(cache=True, fastmath=True)
def _many_sweeps(start, other, value, inverse, x, b, sweeps):  # pragma: no cover  (compiled)
    x[:] = 0.0
    n = x.size
    for sweep in range(2 * sweeps):
        for q in range(n):
            i = q if sweep < sweeps else n - 1 - q
            flow = b[i]
            for e in range(start[i], start[i + 1]):
                flow += value[e] * x[other[e]]
            x[i] = inverse[i] * flow


@njit(cache=True, fastmath=True)
def _image(start, other, value, ground, x, b, image):  # pragma: no cover  (compiled)
    """``image`` = A x; returns b.x, x.A x and b.b."""
    bx = xx = bb = 0.0
    for i in range(x.size):
        out = ground[i] * x[i]
        for e in range(start[i], start[i + 1]):
            out += value[e] * (x[i] - x[other[e]])
        image[i] = out
        bx += np.float64(b[i]) * x[i]
        xx += np.float64(out) * x[i]
        bb += np.float64(b[i]) * b[i]
    return bx, xx, bb


@njit(cache=True, fastmath=True)
def _rest(b, image, step, rest):  # pragma: no cover  (compiled)
    total = 0.0
    for i in range(b.size):
        rest[i] = b[i] - step * image[i]
        total += np.float64(rest[i]) * rest[i]
    return total
