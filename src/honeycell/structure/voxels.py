"""A piece of film as a map of phases on cubes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.quantities.errors import InputError
from honeycell.quantities.record import make_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.quantities.record import Ancestry

PACKED = 4  # how hard a map is packed in a file: to a tenth in no time


class Phase(IntEnum):
    """What a voxel is filled with; pores are filled with liquid or with nothing, as the reader pleases."""

    LIQUID = 0
    POLYMER = 1
    ZEOLITE = 2
    GLASS = 3


@dataclass(frozen=True, slots=True, eq=False)
class VoxelMap:
    """A block of film.

    ``phase`` (depth, y, x) holds numbers of :class:`Phase`; depth grows from the front (bath side) to the back (plate side).
    ``voxel_size`` [m] is the edge of a cube, ``top`` [m] the depth of the upper face, ``periodic`` whether the block goes on beyond its
    side walls as it began.

    Raises
    ------
    InputError : another number of dimensions, an empty block, an unknown phase, a voxel size that is not positive.
    """

    phase: NDArray[np.uint8]
    voxel_size: float
    top: float = 0.0
    periodic: bool = False

    def __post_init__(self) -> None:
        if self.phase.ndim != 3 or self.phase.size == 0:
            raise InputError(f"a voxel map of shape {self.phase.shape}", "structure", "Give depth, y and x.")
        if self.phase.dtype != np.uint8 or int(self.phase.max()) > max(Phase):
            raise InputError("phases are no numbers of honeycell.structure.voxels.Phase in uint8", "structure")
        if not (np.isfinite(self.voxel_size) and self.voxel_size > 0.0):
            raise InputError(f"voxel_size is {self.voxel_size!r} m", "structure", "Give a positive length.")

    @property
    def depth(self) -> NDArray[np.floating]:
        """Depth of the centres of the layers of voxels [m], (n,)."""
        return self.top + (np.arange(len(self.phase)) + 0.5) * self.voxel_size

    def share(self, phase: Phase) -> float:
        """Volume fraction of a phase."""
        return float(np.mean(self.phase == phase))

    def profile(self, phase: Phase) -> NDArray[np.floating]:
        """Volume fraction of a phase in each layer of voxels, (n,)."""
        return np.asarray(np.mean(self.phase == phase, axis=(1, 2)))

    def to_record(
        self, sample: str, ancestry: Ancestry | None = None, attributes: Mapping[str, Any] | None = None
    ) -> xr.Dataset:
        """Record ``voxels/1``."""
        record = make_record(
            "voxels/1",
            sample=sample,
            instrument="structure",
            coordinates={"depth": ("depth", self.depth, "m", "depth from the front")},
            variables={
                "phase": (("depth", "y", "x"), self.phase, "1", "phase"),
                "voxel_size": ((), self.voxel_size, "m", "edge of a voxel"),
            },
            ancestry=ancestry,
            attributes={
                "phases": ", ".join(f"{phase.value} {phase.name.lower()}" for phase in Phase),
                "periodic": int(self.periodic),
                **(attributes or {}),
            },
        )
        record["phase"].encoding.update(zlib=True, complevel=PACKED)
        return record

    @classmethod
    def from_record(cls, record: xr.Dataset) -> VoxelMap:
        """The map of a record ``voxels/1``."""
        size = float(record["voxel_size"])
        top = float(record["depth"][0]) - 0.5 * size
        return cls(np.asarray(record["phase"].values, np.uint8), size, top, bool(record.attrs.get("periodic", 0)))
