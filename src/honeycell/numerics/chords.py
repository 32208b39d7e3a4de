"""Chords: lengths of the straight runs of a phase along the axes of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def chord_lengths(phase: ArrayLike, axis: int, voxel_size: float = 1.0) -> NDArray[np.float64]:
    """Lengths of the runs of True along ``axis``, those cut by the edge of the image left out.

    Parameters
    ----------
    phase : booleans of any number of dimensions.
    voxel_size : edge length along the axis.

    Returns
    -------
    One length per run, in the unit of ``voxel_size``. The mean over discs of diameter d is pi d / 4 (Underwood, Quantitative
    Stereology, 1970, ch. 4).

    >>> chord_lengths([[1, 0, 1, 1, 0, 1, 1, 1, 0, 1]], axis=1)
    array([2., 3.])
    """
    lines = np.moveaxis(np.asarray(phase, bool), axis, -1)
    edges = np.diff(lines.reshape(-1, lines.shape[-1]).astype(np.int8), axis=1)
    rows, places = np.nonzero(edges)
    rises = edges[rows, places] > 0
    # a run inside the line is a rise directly followed, in the same line, by a fall
    inner = rises[:-1] & ~rises[1:] & (rows[:-1] == rows[1:])
    return voxel_size * (places[1:] - places[:-1])[inner].astype(float)
