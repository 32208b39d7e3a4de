"""How much of the liquid at a face is free, and how much is bound by the polymer beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honeycell.numerics.distance import distance_transform
from honeycell.numerics.topology import specific_surface
from honeycell.quantities.errors import InputError
from honeycell.structure.voxels import Phase

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.structure.voxels import VoxelMap

RESOLVED = 2.0  # voxels within the reach of a wall, from which distances count them well enough


@dataclass(frozen=True, slots=True)
class FaceLiquid:
    """Volume fractions of a layer at a face: ``free`` and ``bound`` liquid. ``free_share`` is what of the liquid is free."""

    free: float
    bound: float

    @property
    def free_share(self) -> float:
        """Free liquid over all liquid; 0 where there is none."""
        return self.free / (self.free + self.bound) if self.free + self.bound > 0.0 else 0.0


def liquid_at_faces(voxels: VoxelMap, reach: float, layer: float) -> tuple[FaceLiquid, FaceLiquid]:
    """Liquid within ``layer`` [m] of the front and of the back; bound is what lies within ``reach`` [m] of polymer.

    A reach of two voxels or more is counted by distance; a shorter one is the polymer's surface to the liquid times the reach.

    Raises
    ------
    InputError : a reach below zero, a layer thinner than a voxel.
    """
    h = voxels.voxel_size
    if not (reach >= 0.0 and layer >= h):
        raise InputError(
            f"a reach of {reach!r} m and a layer of {layer!r} m", "structure", f"The layer must be {h:.3g} m at least."
        )
    count = min(max(round(layer / h), 1), len(voxels.phase))
    if reach >= RESOLVED * h:
        # walls beyond the layer bind as well
        margin = min(count + int(np.ceil(reach / h)) + 1, len(voxels.phase))
        return (
            _counted(voxels.phase[:margin], h, reach, count),
            _counted(voxels.phase[::-1][:margin], h, reach, count),
        )
    return (_thin(voxels.phase[:count], h, reach), _thin(voxels.phase[::-1][:count], h, reach))


def _counted(phase: NDArray[np.uint8], h: float, reach: float, count: int) -> FaceLiquid:
    liquid = phase[:count] == Phase.LIQUID
    polymer = phase == Phase.POLYMER
    if not polymer.any():
        return FaceLiquid(float(liquid.mean()), 0.0)
    # to the face of the voxel, half of one nearer than its centre
    near = distance_transform(~polymer, h)[:count] - 0.5 * h <= reach
    bound = float(np.mean(liquid & near))
    return FaceLiquid(float(liquid.mean()) - bound, bound)


def _thin(phase: NDArray[np.uint8], h: float, reach: float) -> FaceLiquid:
    liquid = float(np.mean(phase == Phase.LIQUID))
    own, other = (specific_surface(phase == each, h) for each in (Phase.LIQUID, Phase.POLYMER))
    rest = specific_surface((phase != Phase.LIQUID) & (phase != Phase.POLYMER), h)
    # each pair of three bodies has half of what the two have, less the third's
    shared = max(0.5 * (own + other - rest), 0.0)
    bound = min(shared * reach, liquid)
    return FaceLiquid(liquid - bound, bound)
