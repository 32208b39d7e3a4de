"""Views are measured as real micrographs are, by the same reduction: what was built in is found again."""

from __future__ import annotations

import numpy as np
import pytest

from honeycell.analysis import reduce
from honeycell.quantities.errors import InputError
from honeycell.quantities.value import Value
from honeycell.structure.particles import Spheres, paint
from honeycell.structure.stack import Block, stack
from honeycell.structure.surface import seen_surface
from honeycell.structure.views import Exposure, back_view, front_view, section_view
from honeycell.structure.voxels import Phase, VoxelMap

NM, UM = 1e-9, 1e-6


def holes(diameter: float, pitch: float, n: int = 300, depth: int = 60) -> VoxelMap:
    """A plate with straight round holes on a jittered lattice, voxels of 5 nm."""
    rng = np.random.default_rng(0)
    y, x = np.indices((n, n)) + 0.5
    open_ = np.zeros((n, n), bool)
    for a in np.arange(pitch / 2, n, pitch):
        for b in np.arange(pitch / 2, n, pitch):
            a2, b2 = (a, b) + rng.uniform(-0.1, 0.1, 2) * pitch
            open_ |= np.hypot(y - a2, x - b2) < diameter / 2
    return VoxelMap(np.repeat((~open_).astype(np.uint8)[None], depth, axis=0), 5 * NM)


@pytest.mark.parametrize("diameter", [16.0, 24.0])
def test_holes_are_found_with_their_diameter(diameter: float) -> None:
    """Within 10 %: an edge is rounded and glows, and where it ends is the threshold's affair, as on a real image."""
    for view in (front_view, back_view):
        record = view(holes(diameter, 36.0), Exposure(diameter * 5 * NM), "plate", 0)
        found = reduce(record, {"feature": Value("pores")})
        assert found["pore_diameter_mode"].value == pytest.approx(diameter * 5 * NM, rel=0.10)
        assert found["areal_porosity"].value == pytest.approx(np.pi / 4 * (diameter / 36.0) ** 2, rel=0.15)


def largest(phase: np.ndarray) -> float:
    from scipy import ndimage

    labels, _ = ndimage.label(phase)
    return float(np.bincount(labels.ravel())[1:].max() / phase.sum())


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_an_open_net_looks_like_a_honeycomb(waves, seed: int) -> None:
    """Of 30 % polymer a plane cut shows islands; seen one pore deep (90 nm) the same walls hang together and hold separate pores."""
    voxels = stack([Block(waves(48, 12, 0.3, seed), 10 * NM, 0.0)], (60, 240, 320), 5 * NM, 0)
    cut = max(largest(voxels.phase[i] > 0) for i in (10, 30, 50))
    assert cut < 0.25
    assert largest(seen_surface(voxels.phase).depth * 5 * NM < 90 * NM) > 0.95
    record = front_view(voxels, Exposure(120 * NM), "net", 0)
    found = reduce(record, {"feature": Value("pores")})
    assert found["count"].value > 40
    bright = record["intensity"].values > np.quantile(record["intensity"].values, found["areal_porosity"].value)
    assert largest(bright) > 2.0 * cut


def test_larger_pores_look_larger(waves) -> None:
    block = waves(48, 12, 0.3, 1)
    sizes = []
    for scale in (1.0, 2.0):
        voxels = stack([Block(block, scale * 10 * NM, 0.0)], (int(60 * scale), 240, 320), 5 * NM, 0)
        found = reduce(front_view(voxels, Exposure(scale * 60 * NM), "net", 0), {"feature": Value("pores")})
        sizes.append(found["chord_length_mean"].value)
    assert sizes[1] / sizes[0] == pytest.approx(2.0, rel=0.25)


def test_whole_particles_are_found_in_a_broken_section() -> None:
    """Spheres before the break come out, those behind stay whole: what stands out has the diameter that was built in."""
    h, d = 40 * NM, 2 * UM
    rng = np.random.default_rng(1)
    centre = np.array([[a, 2.0, b] for a in np.arange(2, 14, 3.0) for b in np.arange(2, 17, 3.0)]) * UM
    centre[:, 1] += rng.uniform(-0.3, 0.3, len(centre)) * UM
    spheres = Spheres(centre, np.full(len(centre), d), 15 * UM, (6 * UM, 18 * UM))
    matrix = (rng.random((375, 150, 450)) < 0.5).astype(np.uint8)
    matrix[matrix == 0] = rng.random((matrix == 0).sum()) < 0.6
    voxels = paint(VoxelMap(matrix, h), spheres, 60 * NM)
    record = section_view(voxels, Exposure(0.4 * UM), "section", 0, at=2.0 * UM, spheres=spheres)
    image = record["intensity"].values.astype(float)
    assert image.shape == (375, 450)
    stay = centre[:, 1] >= 2.0 * UM
    at = (centre[:, [0, 2]] / h).astype(int)
    grey = np.array([image[a - 8 : a + 9, b - 8 : b + 9].mean() for a, b in at])
    assert grey[stay].min() > grey[~stay].max() + 40.0


def test_depth_and_slope_of_known_bodies() -> None:
    """A ball of radius 20 sunk 5 deep: depth and cosine as geometry has them."""
    z, y, x = np.indices((60, 61, 61)) + 0.5
    ball = (z - 25.0) ** 2 + (y - 30.5) ** 2 + (x - 30.5) ** 2 < 20.0**2
    seen = seen_surface(ball.astype(np.uint8) * np.uint8(2))
    r = np.hypot(y[0] - 30.5, x[0] - 30.5)
    inside = r < 15.0
    # the depth counts from the middle of the first layer
    expected = 25.0 - np.sqrt(np.maximum(400.0 - r**2, 0.0)) - 0.5
    np.testing.assert_allclose(seen.depth[inside], expected[inside], atol=0.6)
    assert np.mean(np.abs(seen.cosine - np.sqrt(np.maximum(1.0 - (r / 20.0) ** 2, 0.0)))[inside]) < 0.05
    assert np.all(seen.phase[inside] == Phase.ZEOLITE)
    assert np.all(seen.phase[r > 21.0] == Phase.LIQUID)
    assert np.all(seen.depth[r > 21.0] == 60.0)


def test_a_thin_strut_is_seen() -> None:
    phase = np.zeros((10, 9, 9), np.uint8)
    phase[3, 4, :] = Phase.POLYMER
    assert np.all(seen_surface(phase).phase[4] == Phase.POLYMER)


def test_the_same_seed_the_same_picture_and_views_differ() -> None:
    voxels = holes(16.0, 36.0, 100, 30)
    one, same = (front_view(voxels, Exposure(80 * NM), "plate", 3) for _ in range(2))
    assert one.identical(same)
    assert not np.array_equal(one["intensity"], front_view(voxels, Exposure(80 * NM), "plate", 4)["intensity"])
    assert not np.array_equal(one["intensity"], back_view(voxels, Exposure(80 * NM), "plate", 3)["intensity"])
    assert one.attrs["view"] == "front"
    assert float(one["pixel_size"]) == 5 * NM
    assert one["intensity"].dtype == np.uint8


def test_fewer_electrons_more_noise() -> None:
    plate = VoxelMap(np.ones((8, 80, 80), np.uint8), 5 * NM)
    noise = [
        float(
            np.std(
                front_view(plate, Exposure(100 * NM, n), "plate", 0)["intensity"].values.astype(float)[::2]
                - front_view(plate, Exposure(100 * NM, n), "plate", 1)["intensity"].values[::2]
            )
        )
        for n in (1e6, 30.0)
    ]
    assert noise[1] > 0.0


def test_what_cannot_be_seen_is_refused() -> None:
    voxels = holes(16.0, 36.0, 60, 20)
    with pytest.raises(InputError, match="depth of field"):
        front_view(voxels, Exposure(0.0), "plate", 0)
    with pytest.raises(InputError, match="section"):
        section_view(voxels, Exposure(80 * NM), "plate", 0, at=1.0)
