"""Blocks laid over each other keep their share of polymer, their sizes and their connection."""

from __future__ import annotations

import numpy as np
import pytest

from honeycell.numerics.chords import chord_lengths
from honeycell.numerics.topology import percolating_part, specific_surface
from honeycell.quantities.errors import InputError
from honeycell.structure.stack import Block, stack
from honeycell.structure.voxels import Phase


def test_one_block_untouched_is_itself(waves) -> None:
    block = waves(32, 10, 0.3, 0)
    found = stack([Block(block, 5e-9, 0.0)], (32, 32, 32), 5e-9, 0, turned=False)
    assert np.array_equal(found.phase == Phase.POLYMER, block)
    assert found.periodic
    longer = stack([Block(block, 5e-9, 0.0)], (64, 32, 32), 5e-9, 0, turned=False)
    assert np.array_equal(longer.phase[32:], longer.phase[:32])


def test_turned_blocks_keep_share_surface_and_show_no_repeat(waves) -> None:
    block = waves(48, 12, 0.35, 1)
    found = stack([Block(block, 5e-9, 0.0)], (96, 96, 96), 5e-9, 3)
    solid = found.phase == Phase.POLYMER
    assert solid.mean() == pytest.approx(0.35, abs=0.015)
    assert specific_surface(solid) == pytest.approx(specific_surface(block, periodic=True), rel=0.06)
    assert not found.periodic
    for axis in range(3):
        one, other = np.take(solid, range(48), axis), np.take(solid, range(48, 96), axis)
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.15


def test_sizes_and_shares_go_over_smoothly(waves) -> None:
    """Pores of a wavelength of 12 voxels of 5, 10 and 20 nm; share of polymer 0.40 to 0.25 to 0.30."""
    depths, shares, sizes = (0.0, 4e-6, 8e-6), (0.40, 0.25, 0.30), (5e-9, 10e-9, 20e-9)
    blocks = [
        Block(waves(48, 12, share, i), size, depth)
        for i, (depth, share, size) in enumerate(zip(depths, shares, sizes, strict=True))
    ]
    found = stack(blocks, (420, 96, 96), 20e-9, 0)
    solid = found.phase == Phase.POLYMER
    expected = np.interp(found.depth, depths, shares)
    groups = found.profile(Phase.POLYMER).reshape(21, 20).mean(axis=1)
    np.testing.assert_allclose(groups, expected.reshape(21, 20).mean(axis=1), atol=0.04)
    chords = [float(np.mean(chord_lengths(~solid[i : i + 40], 2))) for i in (160, 360)]
    assert chords[1] > 1.5 * chords[0]
    assert percolating_part(solid, 0).sum() > 0.9 * solid.sum()
    assert percolating_part(~solid, 0).sum() > 0.99 * (~solid).sum()


def test_the_same_seed_the_same_film(waves) -> None:
    blocks = [Block(waves(24, 8, 0.3, 0), 5e-9, 0.0), Block(waves(32, 8, 0.3, 1), 8e-9, 1e-6)]
    one, same, other = (stack(blocks, (30, 20, 20), 10e-9, seed) for seed in (0, 0, 1))
    assert np.array_equal(one.phase, same.phase)
    assert not np.array_equal(one.phase, other.phase)


def test_beyond_the_last_block_nothing_changes(waves) -> None:
    block = waves(24, 8, 0.3, 0)
    one = stack([Block(block, 5e-9, 1e-6)], (20, 20, 20), 5e-9, 0, top=5e-6)
    assert one.top == 5e-6
    assert one.share(Phase.POLYMER) == pytest.approx(0.3, abs=0.06)


@pytest.mark.parametrize("case", ["none", "order", "empty", "full", "oblong", "size"])
def test_what_cannot_be_stacked_is_refused(waves, case: str) -> None:
    good = Block(waves(16, 6, 0.3, 0), 5e-9, 0.0)
    blocks, size = {
        "none": ([], 5e-9),
        "order": ([good, good], 5e-9),
        "empty": ([Block(np.zeros((8, 8, 8), bool), 5e-9, 0.0)], 5e-9),
        "full": ([Block(np.ones((8, 8, 8), bool), 5e-9, 0.0)], 5e-9),
        "oblong": ([Block(np.eye(8, 9, dtype=bool)[:, :, None].repeat(8, 2), 5e-9, 0.0)], 5e-9),
        "size": ([good], 0.0),
    }[case]
    with pytest.raises(InputError):
        stack(blocks, (8, 8, 8), size, 0)
