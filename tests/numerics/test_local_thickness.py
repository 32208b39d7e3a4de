"""Local thickness is a maximum over balls: it can be had by brute force, and it obeys the laws of one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from honeycell.numerics.distance import distance_transform
from honeycell.numerics.local_thickness import local_thickness

SHAPES = st.one_of(st.tuples(*[st.integers(1, 14)] * 2), st.tuples(*[st.integers(1, 7)] * 3))


@st.composite
def phases(draw: st.DrawFn) -> np.ndarray:
    shape, seed, share = draw(SHAPES), draw(st.integers(0, 10**6)), draw(st.floats(0.3, 0.95))
    phase = np.random.default_rng(seed).random(shape) < share
    phase.flat[0] = False
    return phase


def by_brute_force(phase: np.ndarray, spacing: tuple[float, ...]) -> np.ndarray:
    radius = ndimage.distance_transform_edt(phase, sampling=spacing)[phase]
    result, places = np.zeros(phase.shape), np.argwhere(phase) * spacing
    apart = np.sqrt(((places[:, None] - places) ** 2).sum(axis=2))
    result[phase] = np.where(apart < radius * (1 - 1e-9), radius, 0.0).max(axis=1, initial=0.0)
    return 2.0 * result


@given(phases(), st.sampled_from([(1.0, 1.0, 1.0), (0.3, 0.3, 0.3), (1.0, 2.0, 0.7)]))
def test_it_is_the_largest_covering_ball(phase: np.ndarray, steps: tuple[float, ...]) -> None:
    spacing = steps[-phase.ndim :]
    np.testing.assert_allclose(local_thickness(phase, spacing), by_brute_force(phase, spacing), rtol=1e-12)


@pytest.mark.parametrize(("shape", "width"), [((50, 41, 37), 2.0), ((45, 45, 45), 6.0), ((130, 150), 6.0)])
def test_balls_larger_than_the_blocks_they_are_painted_in(shape: tuple[int, ...], width: float) -> None:
    """Every voxel, where balls cross many blocks and images end within one; steps that differ by rounding only are painted by rows."""
    field = ndimage.gaussian_filter(np.random.default_rng(1).standard_normal(shape), width)
    phase, uneven = field < np.quantile(field, 0.6), (1.0, *[1.0 + 1e-13] * (len(shape) - 1))
    np.testing.assert_allclose(local_thickness(phase), local_thickness(phase, uneven), rtol=1e-11)


@pytest.mark.parametrize("shape", [(400, 30), (30, 400), (90, 20, 30), (8, 120, 9)])
@pytest.mark.parametrize("step", [1.0, 0.37])
def test_distances_are_exact_near_and_far(shape: tuple[int, ...], step: float) -> None:
    """Few obstacles in a long image: by search beside each row and by envelopes."""
    for share in (0.9, 0.999):
        phase = np.random.default_rng(2).random(shape) < share
        phase.flat[-1] = False
        expected = ndimage.distance_transform_edt(phase, sampling=step)
        np.testing.assert_allclose(distance_transform(phase, step), expected, rtol=1e-12)


@given(phases(), st.sampled_from([(1.0, 1.0, 1.0), (1.0, 2.0, 0.7)]))
def test_distances_are_exact(phase: np.ndarray, steps: tuple[float, ...]) -> None:
    spacing = steps[-phase.ndim :]
    expected = ndimage.distance_transform_edt(phase, sampling=spacing)
    np.testing.assert_allclose(distance_transform(phase, spacing), expected, rtol=1e-12)


@given(phases())
def test_turning_the_image_turns_the_result(phase: np.ndarray) -> None:
    turned = np.rot90(np.flip(phase, 0))
    assert (local_thickness(turned) == np.rot90(np.flip(local_thickness(phase), 0))).all()


@given(phases(), st.integers(0, 1000))
def test_a_larger_phase_is_nowhere_thinner(phase: np.ndarray, seed: int) -> None:
    smaller = phase & (np.random.default_rng(seed).random(phase.shape) < 0.9)
    assert (local_thickness(smaller) <= local_thickness(phase) + 1e-12).all()


@given(phases())
def test_the_unit_of_length_is_the_users(phase: np.ndarray) -> None:
    np.testing.assert_allclose(local_thickness(phase, 2.5e-9), 2.5e-9 * local_thickness(phase), rtol=1e-12)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_a_ball_is_as_thick_as_it_is_wide(dimensions: int) -> None:
    """A ball of radius 12 voxels: within the half voxel at either side that digitising takes or gives."""
    away = np.linalg.norm(np.indices((31,) * dimensions) - 15.0, axis=0)
    found = local_thickness(away < 12.0)
    assert found[away < 12.0] == pytest.approx(24.0, abs=1.0)
    assert (found[away >= 12.0] == 0.0).all()


def test_a_slab_is_as_thick_as_it_is() -> None:
    for n in (20, 40, 80):
        phase = np.zeros((n + 2, 30), bool)
        phase[1:-1] = True
        assert local_thickness(phase)[1:-1] == pytest.approx(n, rel=1.01 / n)


@pytest.mark.parametrize(
    ("phase", "size"),
    [(np.ones((4, 4)), 1.0), (np.zeros((0, 3)), 1.0), (np.zeros(5), 1.0), (np.eye(3), -1.0), (np.eye(3), np.nan)],
)
def test_what_cannot_be_measured_is_refused(phase: np.ndarray, size: float) -> None:
    for function in (local_thickness, distance_transform):
        with pytest.raises(ValueError, match=r"image|size"):
            function(phase, size)
