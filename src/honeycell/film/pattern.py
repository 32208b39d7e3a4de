"""What a demixed pattern looks like: shares, connections, walls and pores of a periodic box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honeycell.numerics.local_thickness import local_thickness
from honeycell.numerics.topology import ALL, FACES, components, euler_number

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

ITERATIONS = 100


@dataclass(frozen=True)
class PatternStatistics:
    """Numbers of a periodic pattern of two phases; lengths in the unit of the voxel size given.

    Attributes
    ----------
    share_rich : volume share of the polymer-rich phase.
    largest_rich, largest_lean : share of each phase that its largest part holds, 0 for an empty phase.
    clusters_rich, clusters_lean : number of separate parts; rich voxels touch across faces, lean ones across edges and corners too.
    euler_number : of the rich phase in the box: parts, less tunnels, plus closed hollows.
    wall_chord, pore_chord : mean chord of the rich and of the lean phase along the axes (two thirds of a sphere's diameter).
    wall_thickness, pore_thickness : mean over the phase of the largest ball's diameter that covers a voxel; balls end at the box's faces.
    """

    share_rich: float
    largest_rich: float
    largest_lean: float
    clusters_rich: int
    clusters_lean: int
    euler_number: int
    wall_chord: float
    pore_chord: float
    wall_thickness: float
    pore_thickness: float


def pattern_statistics(rich: ArrayLike, voxel_size: float) -> PatternStatistics:
    """Statistics of a periodic map, True where polymer is rich; lengths are nan where there is no interface.

    Raises
    ------
    ValueError : not three dimensions.

    >>> slab = np.zeros((8, 8, 8), bool)
    >>> slab[:4] = True
    >>> pattern_statistics(slab, 1.0).share_rich
    0.5
    """
    wall = np.ascontiguousarray(rich, bool)
    pore = ~wall
    largest, clusters = [], []
    for phase, neighbours in ((wall, FACES), (pore, ALL)):
        labels, count = components(phase, neighbours, periodic=True)
        largest.append(float(np.bincount(labels.ravel())[1:].max() / np.count_nonzero(phase)) if count else 0.0)
        clusters.append(count)
    thickness = [
        float(local_thickness(phase, voxel_size)[phase].mean()) if _bounded(phase) else float("nan")
        for phase in (wall, pore)
    ]
    return PatternStatistics(
        share_rich=float(wall.mean()),
        largest_rich=largest[0],
        largest_lean=largest[1],
        clusters_rich=clusters[0],
        clusters_lean=clusters[1],
        euler_number=euler_number(wall, FACES, periodic=True),
        wall_chord=mean_chord(wall, voxel_size),
        pore_chord=mean_chord(pore, voxel_size),
        wall_thickness=thickness[0],
        pore_thickness=thickness[1],
    )


def mean_chord(phase: ArrayLike, voxel_size: float = 1.0) -> float:
    """Mean length of the runs of a periodic phase along all axes: its volume over the number of entries; nan without any.

    >>> mean_chord(np.arange(6) < 2)
    2.0
    """
    inside = np.asarray(phase, bool)
    entries = sum(np.count_nonzero(inside & ~np.roll(inside, 1, axis)) for axis in range(inside.ndim))
    return float(voxel_size * inside.ndim * np.count_nonzero(inside) / entries) if entries else float("nan")


def threshold_between(field: ArrayLike) -> float:
    """Value half way between the means of what lies above and below it (T. W. Ridler & S. Calvard, IEEE Trans. SMC 8 (1978) 630).

    >>> threshold_between([0.0, 0.0, 0.0, 1.0])
    0.5
    """
    values = np.asarray(field, float)
    at = 0.5 * float(values.min() + values.max())
    for _ in range(ITERATIONS):
        above = values > at
        if not above.any() or above.all():
            return at
        before, at = at, 0.5 * float(values[above].mean() + values[~above].mean())
        if abs(at - before) <= 1e-9 * abs(at):
            break
    return at


def _bounded(phase: NDArray[np.bool_]) -> bool:
    return bool(phase.any() and not phase.all())
