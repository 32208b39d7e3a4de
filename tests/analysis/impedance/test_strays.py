"""Stray points: what stands alone stands out; a smooth misfit, a whole stretch and plain noise do not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeycell.analysis.impedance.strays import strayness, stretches

COUNT = 60
FREQUENCY = np.geomspace(1e5, 1e-2, COUNT)
ALL = np.ones(COUNT, dtype=bool)


def white(seed: int, count: int = COUNT) -> np.ndarray:
    real, imaginary = np.random.default_rng(seed).normal(size=(2, count))
    return real + 1j * imaginary


def test_white_noise_keeps_its_size():
    """The root mean square per part is one within a tenth: the smaller of two distances is what counts."""
    found = np.concatenate([strayness(FREQUENCY, 0.01 * white(seed), ALL) for seed in range(100)])
    assert np.sqrt(np.mean(found**2) / 2.0) == pytest.approx(1.0, abs=0.1)
    # and no part of the spectrum is judged by another measure, its ends included
    by_place = np.sqrt(np.mean(found.reshape(-1, COUNT) ** 2, axis=0) / 2.0)
    assert by_place.max() < 1.35
    assert by_place.min() > 0.7


@given(st.integers(0, 999), st.integers(0, COUNT - 1), st.floats(0.0, 2.0 * np.pi))
def test_one_point_far_off_stands_out_alone(seed, place, angle):
    residuals = white(seed)
    before = strayness(FREQUENCY, residuals, ALL)
    residuals[place] += 40.0 * np.exp(1j * angle)
    found = strayness(FREQUENCY, residuals, ALL)
    assert int(np.argmax(found)) == place
    assert (
        found[place] > 6.0
    )  # the extrapolated ends have 2.4 times the noise, and the noise about a point varies by half
    # its neighbours may look better or worse than they did, but never as bad as by its pull on their curve
    assert (found[np.arange(COUNT) != place] < before.max() + 2.5).all()


@given(st.integers(0, 999), st.floats(5.0, 30.0), st.floats(0.0, 2.0 * np.pi))
def test_a_model_that_misses_smoothly_makes_no_point_stray(seed, size, phase):
    """A slow wave many times the noise: every point is far from the fit and none is far from its neighbours."""
    wave = size * np.sin(np.linspace(0.0, 2.0 * np.pi, COUNT) + phase) * (1.0 + 1.0j)
    assert strayness(FREQUENCY, white(seed) + wave, ALL).max() < 6.5


@given(st.integers(0, 999), st.floats(1e-5, 1e3))
def test_order_and_size_do_not_matter(seed, size):
    residuals = white(seed)
    places = np.random.default_rng(seed).permutation(COUNT)
    one = strayness(FREQUENCY, residuals, ALL)
    other = strayness(FREQUENCY[places], size * residuals[places], ALL)
    assert other == pytest.approx(one[places], rel=1e-9)


@given(st.integers(0, 999), st.integers(0, COUNT - 1))
def test_by_a_point_not_used_nothing_is_judged(seed, place):
    residuals, used = white(seed), ALL.copy()
    used[place] = False
    one = strayness(FREQUENCY, residuals, used)
    residuals[place] += 1e3
    other = strayness(FREQUENCY, residuals, used)
    assert np.delete(other, place) == pytest.approx(np.delete(one, place))
    assert other[place] > 100.0


def test_a_noisy_end_is_no_row_of_strays():
    """The noise about a point counts: ten times as large at the last twelve points."""
    for seed in range(20):
        residuals = white(seed) * np.where(np.arange(COUNT) >= COUNT - 12, 10.0, 1.0)
        assert np.count_nonzero(strayness(FREQUENCY, residuals, ALL) > 6.0) <= 1


def test_few_points_have_no_strays():
    residuals = white(0, 7)
    residuals[3] += 1e3
    assert (strayness(FREQUENCY[:7], residuals, ALL[:7]) == 0.0).all()


@pytest.mark.parametrize(
    ("strays", "whole"),
    [
        ([], set()),
        ([4], set()),
        ([4, 5], set()),
        ([4, 5, 6], {4, 5, 6}),
        ([8, 4, 6], {4, 6, 8}),
        ([4, 7, 10], set()),
        ([4, 5, 30, 31], set()),
        ([4, 5, 6, 30], {4, 5, 6}),
    ],
)
def test_three_together_are_a_stretch(strays, whole):
    """One gap between neighbours is allowed, and places are counted along the frequency, not along the rows."""
    assert stretches(FREQUENCY, strays) == whole
    places = np.random.default_rng(1).permutation(COUNT)
    back = np.argsort(places)
    assert stretches(FREQUENCY[places], [int(back[i]) for i in strays]) == {int(back[i]) for i in whole}
