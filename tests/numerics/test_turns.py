"""Turns of a noisy triangle are those of the triangle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeycell.numerics.turns import turning_points


@given(st.lists(st.floats(0.5, 2.0), min_size=1, max_size=6), st.sampled_from([-1.0, 1.0]), st.integers(0, 1000))
def test_the_corners_of_a_noisy_zigzag(swings: list[float], first: float, seed: int) -> None:
    corners = np.concatenate([[0.0], np.cumsum([first * (-1.0) ** n * swing for n, swing in enumerate(swings)])])
    x = np.interp(np.arange(100 * len(swings) + 1) / 100.0, np.arange(corners.size), corners)
    noisy = x + 0.02 * np.random.default_rng(seed).uniform(-1.0, 1.0, x.size)
    assert turning_points(x, 0.2).tolist() == (100 * np.arange(1, len(swings))).tolist()
    assert turning_points(noisy, 0.2) == pytest.approx(100 * np.arange(1, len(swings)), abs=10)
    assert turning_points(-noisy, 0.2).tolist() == turning_points(noisy, 0.2).tolist()


def test_no_turns_in_what_does_not_swing() -> None:
    for x in ([], [1.0], [1.0, 1.0, 1.0, 1.0], [0.0, 1.0, 2.0], [0.0, 0.1, 0.0, 0.1]):
        assert turning_points(x, 0.5).size == 0
