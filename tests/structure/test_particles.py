"""Spheres do not overlap, follow their profile and fill what was asked for; what cannot be packed is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honeycell.quantities.errors import InputError
from honeycell.structure.particles import Spheres, paint, place_spheres
from honeycell.structure.voxels import Phase, VoxelMap

UM = 1e-6
D, SPREAD, JAM = 2.288 * UM, 0.065 * UM, 0.6
EDGES = np.linspace(0.0, 30.0, 7) * UM
PROFILES = {
    "dilute": [0.05] * 6,
    "settled": [0.0, 0.0, 0.1, 0.3, 0.5, 0.55],
    "rising": [0.02, 0.05, 0.1, 0.2, 0.3, 0.4],
    "jammed": [0.58] * 6,
}


@pytest.mark.parametrize("name", PROFILES)
def test_spheres_follow_their_profile_without_overlap(name: str) -> None:
    """Layers of two diameters. A sphere belongs to several of them, and a wall keeps centres a radius away: hence a few per cent."""
    wanted = np.array(PROFILES[name])
    spheres = place_spheres(EDGES, wanted, 20.0 * UM, D, SPREAD, JAM, seed=1)
    assert spheres.closest() >= 0.0
    assert np.all(spheres.centre[:, 0] >= spheres.diameter / 2 - 1e-15)
    assert np.all(spheres.centre[:, 0] <= 30.0 * UM - spheres.diameter / 2 + 1e-15)
    found = spheres.fraction(EDGES)
    assert found.mean() == pytest.approx(
        wanted.mean(), abs=0.5 * np.pi / 6 * D**3 / (30.0 * UM * (20.0 * UM) ** 2) + 1e-12
    )
    np.testing.assert_allclose(found, wanted, atol=0.02 + 0.03 * wanted.max())
    # above the settled bed there is nothing
    assert np.all(found[wanted == 0.0] < 0.01)


def test_diameters_have_the_mean_and_spread_that_were_given() -> None:
    spheres = place_spheres(EDGES, [0.3] * 6, 40.0 * UM, D, 0.1 * D, JAM, seed=0)
    n = spheres.diameter.size
    assert spheres.diameter.mean() == pytest.approx(D, abs=4 * 0.1 * D / np.sqrt(n))
    assert spheres.diameter.std() == pytest.approx(0.1 * D, rel=0.1)
    assert np.abs(spheres.diameter - D).max() <= 0.3 * D


@settings(max_examples=10)
@given(st.integers(0, 1000), st.floats(0.0, 0.5))
def test_the_same_seed_the_same_spheres(seed: int, fraction: float) -> None:
    one, same = (place_spheres(EDGES[:3], [fraction, 0.1], 12.0 * UM, D, SPREAD, JAM, seed) for _ in range(2))
    assert np.array_equal(one.centre, same.centre)
    assert np.array_equal(one.diameter, same.diameter)
    other = place_spheres(EDGES[:3], [fraction, 0.1], 12.0 * UM, D, SPREAD, JAM, seed + 1)
    assert not np.array_equal(one.centre, other.centre)


def test_volume_above_a_plane_is_that_of_the_cap() -> None:
    one = Spheres(np.array([[2.0, 1.0, 1.0]]), np.array([2.0]), 4.0, (2.0, 2.0))
    np.testing.assert_allclose(one.fraction([0.0, 2.0, 4.0]), np.pi / 12.0)
    np.testing.assert_allclose(one.fraction([0.0, 1.5, 4.0])[0] * 1.5 * 4.0, np.pi * 0.25 * 2.5 / 3.0)


def test_painted_spheres_have_their_volume_and_a_coat() -> None:
    h = 0.15 * UM
    spheres = place_spheres(EDGES, PROFILES["rising"], 15.0 * UM, D, SPREAD, JAM, seed=2)
    empty = VoxelMap(np.zeros((200, 100, 100), np.uint8), h, periodic=True)
    wall = 0.3 * UM
    painted = paint(empty, spheres, wall)
    assert painted.share(Phase.ZEOLITE) == pytest.approx(np.mean(PROFILES["rising"]), rel=0.02)
    assert painted.share(Phase.POLYMER) > 0.0
    # a coat is missing nowhere: no zeolite touches liquid
    zeolite, liquid = painted.phase == Phase.ZEOLITE, painted.phase == Phase.LIQUID
    for axis in range(3):
        beside = np.roll(liquid, 1, axis)
        if axis == 0:
            beside[0] = False
        assert not np.any(zeolite & beside)
    layers = painted.profile(Phase.ZEOLITE)
    np.testing.assert_allclose(
        layers.reshape(20, 10).mean(axis=1), spheres.fraction(np.linspace(0, 30 * UM, 21)), atol=0.02
    )


def test_polymer_is_kept_where_a_coat_would_lie() -> None:
    full = VoxelMap(np.ones((40, 40, 40), np.uint8), 0.2 * UM, 0.0, periodic=True)
    spheres = Spheres(np.array([[4.0, 4.0, 0.0]]) * UM, np.array([3.0 * UM]), 8.0 * UM, (8.0 * UM, 8.0 * UM))
    painted = paint(full, spheres, 0.5 * UM)
    assert painted.share(Phase.LIQUID) == 0.0
    # half of it on the other side of the periodic box
    assert (painted.phase[:, :, :20] == Phase.ZEOLITE).sum() == (painted.phase[:, :, 20:] == Phase.ZEOLITE).sum()


def test_no_particles_is_no_error() -> None:
    spheres = place_spheres(EDGES, [0.0] * 6, 20.0 * UM, D, SPREAD, JAM, seed=0)
    assert spheres.diameter.size == 0
    assert spheres.closest() == np.inf
    assert np.all(spheres.fraction(EDGES) == 0.0)


@pytest.mark.parametrize(
    ("edges", "fraction", "width", "diameter", "spread", "message"),
    [
        (EDGES, [0.7] * 6, 20 * UM, D, SPREAD, "jam"),
        (EDGES, [0.0, 0.0, 0.9, 0.0, 0.0, 0.0], 20 * UM, D, SPREAD, "jam"),
        (EDGES, [0.1] * 5, 20 * UM, D, SPREAD, "layers"),
        (EDGES[::-1], [0.1] * 6, 20 * UM, D, SPREAD, "layers"),
        (EDGES, [-0.1] * 6, 20 * UM, D, SPREAD, "negative"),
        (EDGES, [np.nan] * 6, 20 * UM, D, SPREAD, "negative"),
        ([0.0, 2 * UM], [0.1], 20 * UM, D, SPREAD, "thinner"),
        (EDGES, [0.1] * 6, 4 * UM, D, SPREAD, "wide"),
        (EDGES, [0.1] * 6, 20 * UM, 0.0, SPREAD, "particles of"),
        (EDGES, [0.1] * 6, 20 * UM, D, 0.5 * D, "particles of"),
    ],
)
def test_what_cannot_be_is_refused(edges, fraction, width, diameter, spread, message) -> None:
    with pytest.raises(InputError, match=message):
        place_spheres(edges, fraction, width, diameter, spread, JAM, seed=0)
