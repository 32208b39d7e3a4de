"""Coarser networks keep what Galerkin's sums keep, and grow small on the worst of media."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from honeycell.numerics.multigrid import Multigrid


def network(kind: str, n: int = 32) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray], np.ndarray]:
    rng = np.random.default_rng(0)
    if kind == "uniform":
        k = np.ones((n,) * 3)
    elif kind == "noise":
        k = np.where(rng.random((n,) * 3) < 0.35, 1.0, 1e-6)
    else:  # single poor voxels of two kinds in a good conductor, which care for it while it does not care for them
        k = rng.choice([1.0, 1e-3, 1e-5], (n,) * 3, p=[0.6, 0.3, 0.1])
    along = []
    for axis in range(3):
        value = 2.0 * k * np.roll(k, -1, axis) / (k + np.roll(k, -1, axis))
        if axis == 0:
            value[-1] = 0.0
        along.append(value)
    ground = np.zeros_like(k)
    ground[0], ground[-1] = 2.0 * k[0], 2.0 * k[-1]
    return (along[0], along[1], along[2]), ground


@pytest.mark.parametrize("kind", ["uniform", "noise", "islands"])
def test_each_level_is_less_than_half_of_the_one_before(kind: str) -> None:
    along, ground = network(kind)
    sizes = [ground.size, *(graph.ground.size for graph in Multigrid(along, ground).graphs)]
    assert all(2 * coarse < fine for fine, coarse in itertools.pairwise(sizes))
    assert sizes[-1] <= 1000


@pytest.mark.parametrize("kind", ["uniform", "noise", "islands"])
def test_sums_are_kept(kind: str) -> None:
    """All that leads to ground still does, each link is the same from both ends, and no node links to itself."""
    along, ground = network(kind)
    for graph in Multigrid(along, ground).graphs:
        assert graph.ground.sum() == pytest.approx(ground.sum(), rel=1e-5)
        row = np.repeat(np.arange(graph.ground.size), np.diff(graph.start))
        assert not np.any(row == graph.other)
        links = {}
        for i, j, value in zip(row.tolist(), graph.other.tolist(), graph.value.tolist(), strict=True):
            links[i, j] = value
        assert len(links) == row.size
        assert all(links[j, i] == pytest.approx(value, rel=1e-5) for (i, j), value in links.items())


@pytest.mark.parametrize("kind", ["uniform", "noise", "islands"])
def test_one_cycle_is_nearly_an_inverse(kind: str) -> None:
    """The energy of what is left of a random potential after one cycle is a fraction of what it was."""
    along, ground = network(kind, 16)
    x = np.random.default_rng(1).standard_normal(ground.shape)

    def image(x: np.ndarray) -> np.ndarray:
        out = ground * x
        for axis, a in enumerate(along):
            flow = a * (x - np.roll(x, -1, axis))
            out += flow - np.roll(flow, 1, axis)
        return out

    left = x - Multigrid(along, ground)(image(x))
    assert np.vdot(left, image(left)) < 0.3 * np.vdot(x, image(x))


def test_cells_without_any_conductance_stay_at_zero() -> None:
    along, ground = network("uniform", 8)
    for axis, each in enumerate(along):
        each[3, 3, 3] = 0.0
        each[tuple(2 if a == axis else 3 for a in range(3))] = 0.0
    assert Multigrid(along, ground)(np.ones((8, 8, 8)))[3, 3, 3] == 0.0
