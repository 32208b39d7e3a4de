from __future__ import annotations

import numpy as np
import pytest

from honeycell.quantities.errors import InputError
from honeycell.quantities.schema import check
from honeycell.structure.voxels import Phase, VoxelMap


def drawn(seed: int = 0) -> VoxelMap:
    phase = np.random.default_rng(seed).integers(0, 4, (7, 5, 6)).astype(np.uint8)
    return VoxelMap(phase, 25e-9, 3e-6, periodic=True)


def test_a_map_comes_back_from_its_record() -> None:
    voxels = drawn()
    record = check(voxels.to_record("hj-4-6"))
    again = VoxelMap.from_record(record)
    assert np.array_equal(again.phase, voxels.phase)
    assert again.voxel_size == voxels.voxel_size
    assert again.top == pytest.approx(voxels.top, rel=1e-12)
    assert again.periodic
    np.testing.assert_allclose(record["depth"].values, voxels.depth)


def test_phases_fill_every_layer() -> None:
    voxels = drawn()
    assert sum(voxels.share(phase) for phase in Phase) == pytest.approx(1.0)
    np.testing.assert_allclose(sum(voxels.profile(phase) for phase in Phase), 1.0)
    assert voxels.profile(Phase.POLYMER).mean() == pytest.approx(voxels.share(Phase.POLYMER))


@pytest.mark.parametrize(
    ("phase", "size"),
    [
        (np.zeros((3, 3), np.uint8), 1.0),
        (np.zeros((0, 3, 3), np.uint8), 1.0),
        (np.full((3, 3, 3), 9, np.uint8), 1.0),
        (np.zeros((3, 3, 3), int), 1.0),
        (np.zeros((3, 3, 3), np.uint8), 0.0),
        (np.zeros((3, 3, 3), np.uint8), np.nan),
    ],
)
def test_what_is_no_map_is_refused(phase: np.ndarray, size: float) -> None:
    with pytest.raises(InputError):
        VoxelMap(phase, size)
