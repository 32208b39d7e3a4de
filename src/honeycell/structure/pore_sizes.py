"""How wide the pores are at each depth, as distributions: of chords and of the largest balls within the pores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honeycell.numerics.chords import chord_lengths
from honeycell.numerics.local_thickness import local_thickness
from honeycell.quantities.record import make_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.quantities.record import Ancestry
    from honeycell.structure.stack import Stack

    Floats = NDArray[np.float64]

LINES = (32, 32, 1024)  # voxels: lines along which chords are taken, and their length
BINS = (
    30  # of equal ratio: few voxels long chords, which are whole numbers of them, shall not leave every other one empty
)
LEAST, MOST = 0.1, 6.0  # from so many of the smallest mean chord to so many of the largest


def pore_sizes(stack: Stack, sample: str, ancestry: Ancestry | None = None) -> xr.Dataset:
    """Record ``pore_sizes/1`` of the blocks of a film, particles left out.

    A chord is a straight run of pore; each counts once. A ball is the largest that lies in the pores and covers a point; each point of
    the pores counts once. Both are given as shares in bins of size.
    """
    blocks = stack.blocks
    pores = [~block.solid for block in blocks]
    # along the sides of a periodic block some lines meet no wall at all; lines askew to them meet all walls in time
    lines = (stack.only(k).cut(LINES, block.voxel_size).phase == 0 for k, block in enumerate(blocks))
    runs = [chord_lengths(line, 2, block.voxel_size) for line, block in zip(lines, blocks, strict=True)]
    balls = [local_thickness(pore, block.voxel_size)[pore] for pore, block in zip(pores, blocks, strict=True)]
    means = np.array([float(each.mean()) for each in runs])
    edges = np.geomspace(LEAST * means.min(), MOST * means.max(), BINS + 1)
    return make_record(
        "pore_sizes/1",
        sample=sample,
        instrument="structure",
        coordinates={
            "depth": ("depth", np.array([block.depth for block in blocks]), "m", "depth from the front"),
            "size": ("size", np.sqrt(edges[1:] * edges[:-1]), "m", "width of the pores"),
        },
        variables={
            "smallest": ("size", edges[:-1], "m", "lower edge of the bin"),
            "largest": ("size", edges[1:], "m", "upper edge of the bin"),
            "chord_share": (("depth", "size"), _shares(runs, edges), "1", "share of the chords, by number"),
            "ball_share": (
                ("depth", "size"),
                _shares(balls, edges),
                "1",
                "share of the pores' volume, by largest ball",
            ),
            "mean_chord": ("depth", means, "m", "mean chord of the pores"),
            "mean_ball": ("depth", np.array([float(each.mean()) for each in balls]), "m", "mean largest ball"),
        },
        ancestry=ancestry,
    )


def _shares(values: Sequence[Floats], edges: Floats) -> Floats:
    """What is smaller or larger than all bins is counted in the outermost."""
    within = [np.histogram(np.clip(each, edges[0], edges[-1]), edges)[0] / each.size for each in values]
    return np.array(within)
