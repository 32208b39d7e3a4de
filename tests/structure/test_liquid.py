"""Liquid beside plane walls can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from honeycell.quantities.errors import InputError
from honeycell.structure.liquid import liquid_at_faces
from honeycell.structure.voxels import Phase, VoxelMap

NM = 1e-9


def walls(gap: int, wall: int = 4) -> VoxelMap:
    """Walls across x, a gap of liquid between each two."""
    line = np.zeros(5 * (gap + wall), np.uint8)
    for i in range(5):
        line[i * (gap + wall) : i * (gap + wall) + wall] = Phase.POLYMER
    return VoxelMap(np.broadcast_to(line, (30, 20, line.size)).copy(), NM)


def test_gaps_between_plane_walls() -> None:
    """Gaps of 20 nm, 4 nm bound at each wall: 12 of 20 are free, but for the last gap, which has one wall only."""
    front, back = liquid_at_faces(walls(20), 4 * NM, 10 * NM)
    assert front.free_share == pytest.approx((4 * 12 + 16) / 100)
    assert front.free + front.bound == pytest.approx(20 / 24)
    assert back == front


def test_a_thin_reach_is_surface_times_reach() -> None:
    """Planes along the grid are the worst case of the surface by lines in thirteen directions: within a tenth."""
    front, _ = liquid_at_faces(walls(20), 0.5 * NM, 10 * NM)
    assert front.bound == pytest.approx(9 / 120 * 0.5, rel=0.15)


def test_zeolite_and_glass_bind_nothing() -> None:
    phase = walls(20).phase
    for solid in (Phase.ZEOLITE, Phase.GLASS):
        other = VoxelMap(np.where(phase > 0, np.uint8(solid), phase), NM)
        for reach in (0.5 * NM, 4 * NM):
            assert liquid_at_faces(other, reach, 10 * NM)[0].bound == pytest.approx(0.0, abs=1e-12)


def test_faces_are_told_apart() -> None:
    phase = np.zeros((40, 10, 10), np.uint8)
    phase[:20, :, ::2] = Phase.POLYMER
    front, back = liquid_at_faces(VoxelMap(phase, NM), 2 * NM, 8 * NM)
    assert front.free_share == 0.0
    assert back.free_share == 1.0
    mirrored = liquid_at_faces(VoxelMap(phase[::-1].copy(), NM), 2 * NM, 8 * NM)
    assert mirrored == (back, front)


def test_a_longer_reach_binds_more() -> None:
    rng = np.random.default_rng(0)
    voxels = VoxelMap((rng.random((20, 20, 20)) < 0.1).astype(np.uint8), NM)
    bound = [liquid_at_faces(voxels, reach * NM, 5 * NM)[0].bound for reach in (0.0, 0.5, 2.0, 3.0)]
    assert np.all(np.diff(bound) > 0.0)
    assert liquid_at_faces(voxels, 100 * NM, 5 * NM)[0].free == 0.0


def test_nonsense_is_refused() -> None:
    with pytest.raises(InputError):
        liquid_at_faces(walls(20), -NM, 10 * NM)
    with pytest.raises(InputError):
        liquid_at_faces(walls(20), NM, 0.1 * NM)
