"""Baselines: straight lines are kept, peaks are not followed, unequal steps make no difference."""

from __future__ import annotations

import numpy as np
import pytest

from honeycell.numerics.baseline import baseline, smooth


@pytest.mark.parametrize(
    "x", [np.linspace(0.0, 50.0, 600), np.cumsum(np.random.default_rng(0).uniform(0.02, 0.15, 600))]
)
def test_a_straight_line_is_reproduced(x: np.ndarray) -> None:
    y = 30.0 - 0.4 * x
    assert baseline(x, y, 8.0) == pytest.approx(y, abs=1e-6)
    assert smooth(x, y, 8.0, 2.0) == pytest.approx(y, abs=1e-6)


def test_points_at_nearly_one_place_are_no_obstacle() -> None:
    x = np.sort(np.random.default_rng(0).uniform(0.0, 50.0, 600))
    assert baseline(x, 30.0 - 0.4 * x, 8.0) == pytest.approx(30.0 - 0.4 * x, abs=0.5)


def test_peaks_are_left_above_and_noise_is_centred() -> None:
    x = np.linspace(0.0, 50.0, 2500)
    rng = np.random.default_rng(1)
    peaks = sum(500.0 * np.exp(-(((x - place) / 0.2) ** 2)) for place in (10.0, 22.0, 31.0))
    found = baseline(x, 100.0 - x + peaks + 3.0 * rng.standard_normal(x.size), 10.0, 3.0)
    assert found == pytest.approx(100.0 - x, abs=2.0)


def test_waves_are_followed_when_long_and_smoothed_away_when_short() -> None:
    x = np.linspace(0.0, 60.0, 3000)
    inner = slice(500, -500)
    long, short = np.sin(2.0 * np.pi * x / 30.0), np.sin(2.0 * np.pi * x / 1.5)
    assert smooth(x, long, 6.0, 1.0)[inner] == pytest.approx(long[inner], abs=0.01)
    assert smooth(x, short, 6.0, 1.0)[inner] == pytest.approx(0.0, abs=0.01)


def test_the_unit_of_the_intensity_does_not_matter() -> None:
    x = np.linspace(0.0, 20.0, 500)
    y = 5.0 + np.exp(-((x - 9.0) ** 2)) + 0.1 * np.random.default_rng(2).standard_normal(x.size)
    assert baseline(x, 1e3 * y, 6.0, 100.0) == pytest.approx(1e3 * baseline(x, y, 6.0, 0.1), rel=1e-9)
