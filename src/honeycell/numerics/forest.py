"""Disjoint sets as trees: each member points at its parent, roots at themselves. Compiled, for use in other kernels."""

from __future__ import annotations

from numba import njit


@njit(cache=True)
def root_of(parent, i):  # pragma: no cover  (compiled)
    """The root of member ``i``; ``parent`` (n,) is shortened on the way (path halving)."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@njit(cache=True)
def join(parent, i, j):  # pragma: no cover  (compiled)
    """Make one set of the sets of ``i`` and ``j``; the lower root stays, so that the order of joining does not tell."""
    i, j = root_of(parent, i), root_of(parent, j)
    if i < j:
        parent[j] = i
    else:
        parent[i] = j
