"""Parts, tunnels and hollows of bodies that everybody knows, and of random media against a slower way of counting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from honeycell.numerics.topology import (
    components,
    euler_number,
    percolating_part,
    share_of_largest,
    specific_surface,
)

AT = np.indices((33, 33, 33)) - 16.0
AWAY = np.linalg.norm(AT, axis=0)
BALL = AWAY < 12
TORUS = np.hypot(np.hypot(AT[1], AT[2]) - 10.0, AT[0]) < 4.0
PAIR = (np.linalg.norm(AT - np.array([0, 0, 8])[:, None, None, None], axis=0) < 6) | (
    np.linalg.norm(AT + np.array([0, 0, 8])[:, None, None, None], axis=0) < 6
)
SHELL = BALL & (AWAY > 6)
WHEEL = TORUS | ((np.hypot(AT[0], AT[1]) < 3) & (np.abs(AT[2]) < 10))  # a ring with a spoke across


@st.composite
def phases(draw: st.DrawFn) -> np.ndarray:
    shape = draw(st.tuples(*[st.integers(1, 9)] * 3))
    seed, share = draw(st.integers(0, 10**6)), draw(st.floats(0.0, 1.0))
    return np.random.default_rng(seed).random(shape) < share


@pytest.mark.parametrize("neighbours", [6, 26])
@pytest.mark.parametrize(("body", "number"), [(BALL, 1), (TORUS, 0), (PAIR, 2), (SHELL, 2), (WHEEL, -1)])
def test_known_bodies(body: np.ndarray, number: int, neighbours: int) -> None:
    assert euler_number(body, neighbours) == number


@pytest.mark.parametrize("neighbours", [6, 26])
def test_a_box_that_closes_on_itself(neighbours: int) -> None:
    """A full box is a three-torus, a slab through it a thick two-torus, a rod a ring: all of Euler number 0; a ball stays a ball."""
    full = np.ones((6, 7, 8), bool)
    slab, rod = np.zeros_like(full), np.zeros_like(full)
    slab[2:4] = rod[2:4, 2:5] = True
    for body in (full, slab, rod):
        assert euler_number(body, neighbours, periodic=True) == 0
        assert euler_number(body, neighbours) == 1
    assert euler_number(np.roll(BALL, 16, (0, 1, 2)), neighbours, periodic=True) == 1


def test_corners_join_or_do_not() -> None:
    pair = np.eye(2, dtype=bool)[:, :, None]
    assert (components(pair, 6)[1], components(pair, 26)[1]) == (2, 1)
    assert (euler_number(pair, 6), euler_number(pair, 26)) == (2, 1)


@given(phases())
def test_a_phase_and_its_outside_have_one_surface(phase: np.ndarray) -> None:
    """In a closed space of three dimensions both sides of a surface have the Euler number of half of it."""
    assert euler_number(phase, 6, periodic=True) == euler_number(~phase, 26, periodic=True)


@given(phases(), st.sampled_from([6, 26]))
def test_parts_are_those_of_scipy(phase: np.ndarray, neighbours: int) -> None:
    labels, count = components(phase, neighbours)
    expected, number = ndimage.label(phase, ndimage.generate_binary_structure(3, 1 if neighbours == 6 else 3))
    assert count == number
    assert np.array_equal(labels, expected)


@given(phases(), st.integers(0, 8))
def test_where_a_closed_box_is_cut_does_not_matter(phase: np.ndarray, shift: int) -> None:
    moved = np.roll(phase, shift, (0, 1, 2))
    assert components(phase, 6, True)[1] == components(moved, 6, True)[1]
    assert share_of_largest(phase, 26, True) == share_of_largest(moved, 26, True)
    assert euler_number(phase, 6, True) == euler_number(moved, 6, True)


def test_what_leads_through() -> None:
    phase = np.zeros((5, 6, 7), bool)
    phase[:, 2, 2] = True
    phase[2, 2, 2:5] = True  # a dead end that hangs on it
    phase[0:2, 5, 5] = True  # an island at one face
    through = percolating_part(phase, 0)
    assert through[2, 2, 4]
    assert not through[0, 5, 5]
    assert not percolating_part(phase, 1).any()
    assert percolating_part(np.ones((1, 2, 3), bool), 0).all()


def test_share_of_the_largest() -> None:
    phase = np.zeros((4, 4, 4), bool)
    phase[0, 0, :3] = phase[3, 3, 3] = True
    assert share_of_largest(phase) == 0.75
    assert share_of_largest(np.zeros((2, 2, 2), bool)) == 0.0


@pytest.mark.parametrize("size", [1.0, (1.0, 1.0, 1.3)])
def test_surface_of_a_ball(size: float | tuple[float, ...]) -> None:
    steps = np.broadcast_to(size, 3)
    ball = np.linalg.norm(AT * steps[:, None, None, None], axis=0) < 12.0
    volume = ball.size * np.prod(steps)
    assert specific_surface(ball, size, periodic=True) == pytest.approx(4 * np.pi * 12**2 / volume, rel=0.03)


def test_surface_does_not_mind_which_side_or_how_much_is_seen() -> None:
    field = ndimage.gaussian_filter(np.random.default_rng(0).standard_normal((48,) * 3), 3.0, mode="wrap")
    phase = field < 0.0
    whole = specific_surface(phase, 2.0, periodic=True)
    assert specific_surface(~phase, 2.0, periodic=True) == pytest.approx(whole)
    assert specific_surface(phase, 2.0) == pytest.approx(whole, rel=0.02)
    assert specific_surface(np.ones((3, 3, 3), bool)) == 0.0


@pytest.mark.parametrize("function", [components, euler_number, specific_surface, share_of_largest])
def test_what_is_no_map_is_refused(function) -> None:
    with pytest.raises(ValueError, match="dimensions"):
        function(np.ones((3, 3), bool))
    with pytest.raises(ValueError, match="neighbours"):
        components(np.ones((2, 2, 2), bool), 18)
