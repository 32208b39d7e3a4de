"""What is seen of a voxel map from one side: where the line of sight meets solid, and how the surface lies there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from honeycell.numerics.distance import in_slabs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Singles = NDArray[np.float32]

THIN = 0.5  # to which a solid voxel is raised: struts of one voxel shall not be smoothed away
ROUNDING = 0.8  # voxels by which a map is smoothed, so that its steps are no facets
REACH = 3.0  # standard deviations of the smoothing
BAND, HALO = 128, 4  # rows that are smoothed at a time, and rows beside them that they depend on: memory stays small


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """All (y, x), in voxels. ``depth`` below the plane of the first layer; ``cosine`` of the angle between normal and line of sight.

    ``phase`` is the number of what is met, 0 where nothing is met within the map: ``depth`` then is the map's.
    """

    depth: Singles
    cosine: Singles
    phase: NDArray[np.uint8]


def seen_surface(phase: NDArray[np.uint8], start: Singles | None = None) -> Surface:
    """The surface of everything that is not phase 0, seen along the first axis from its beginning.

    Between the voxels the surface is where the map, smoothed by a Gaussian, is half solid; a solid first layer is a surface cut flat.

    Parameters
    ----------
    phase : (look, y, x) numbers of phases.
    start : (y, x) depth [voxels] above which all solid is taken away; a flat cut at 0 where left out.
    """
    shape = phase.shape[1:]
    depth, cosine, met = np.empty(shape, np.float32), np.empty(shape, np.float32), np.zeros(shape, np.uint8)
    for first in range(0, shape[0], BAND):
        last = min(first + BAND, shape[0])
        low, high = max(first - HALO, 0), min(last + HALO, shape[0])
        seen = _band(phase[:, low:high], None if start is None else start[low:high])
        for whole, part in zip((depth, cosine, met), seen, strict=True):
            whole[first:last] = part[first - low : last - low]
    return Surface(depth, cosine, met)


def _band(phase: NDArray[np.uint8], start: Singles | None) -> tuple[Singles, Singles, NDArray[np.uint8]]:
    from scipy import ndimage

    solid = np.asarray((phase != 0), np.float32)
    smooth = np.ascontiguousarray(ndimage.gaussian_filter(solid, ROUNDING, mode="nearest", truncate=REACH))
    np.maximum(smooth, THIN * solid, out=smooth)
    if start is not None:
        for i in range(min(int(start.max()) + 2, len(smooth))):
            smooth[i] *= np.clip(i + 0.5 - start, 0.0, 1.0)
    depth, cosine = np.empty(phase.shape[1:], np.float32), np.empty(phase.shape[1:], np.float32)
    met = np.zeros(phase.shape[1:], np.uint8)
    in_slabs(partial(_look, smooth, np.ascontiguousarray(phase), depth, cosine, met), phase.shape[1])
    return depth, cosine, met


@njit(cache=True, nogil=True)
def _look(smooth, phase, depth, cosine, met, first, last):  # pragma: no cover  (compiled)
    n, ny, nx = smooth.shape
    for j in range(first, last):
        for k in range(nx):
            i = 0
            while i < n and smooth[i, j, k] < 0.5:
                i += 1
            if i == n:
                depth[j, k], cosine[j, k] = n, 1.0
                continue
            if i == 0:
                depth[j, k], cosine[j, k], met[j, k] = 0.0, 1.0, phase[0, j, k]
                if met[j, k] == 0 and n > 1:
                    met[j, k] = phase[1, j, k]
                continue
            part = (0.5 - smooth[i - 1, j, k]) / (smooth[i, j, k] - smooth[i - 1, j, k])
            depth[j, k] = i - 1 + part
            g, h = max(j - 1, 0), min(j + 1, ny - 1)
            e, f = max(k - 1, 0), min(k + 1, nx - 1)
            along = smooth[i, j, k] - smooth[i - 1, j, k]
            up = (1.0 - part) * (smooth[i - 1, h, k] - smooth[i - 1, g, k]) + part * (smooth[i, h, k] - smooth[i, g, k])
            aside = (1.0 - part) * (smooth[i - 1, j, f] - smooth[i - 1, j, e]) + part * (
                smooth[i, j, f] - smooth[i, j, e]
            )
            length = np.sqrt(along**2 + (up / (h - g)) ** 2 + (aside / (f - e)) ** 2)
            cosine[j, k] = along / length
            for deeper in range(i - 1, min(i + 2, n)):  # the phase just under the surface
                if phase[deeper, j, k] != 0:
                    met[j, k] = phase[deeper, j, k]
                    break
            if met[j, k] == 0:
                met[j, k] = 1
