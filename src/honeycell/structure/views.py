"""Virtual micrographs: the film as a scanning electron microscope shows it from the front, from the back and in section.

A view looks into the structure, with the depth of field of about one pore; it is no plane cut. Brightness follows what secondary
electrons do: more of them leave an inclined surface (1/cosine) and an edge, fewer find out of a deep pore.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.quantities.errors import InputError
from honeycell.quantities.record import make_record
from honeycell.runs.seeds import generator
from honeycell.structure.surface import Surface, seen_surface
from honeycell.structure.voxels import Phase

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.quantities.record import Ancestry
    from honeycell.structure.particles import Spheres
    from honeycell.structure.voxels import VoxelMap

    Singles = NDArray[np.float32]

STEEPEST = 0.25  # cosine below which no more electrons come: the information depth is not nothing
RELIEF, RELIEF_WIDTH = (
    0.16,
    0.9,
)  # standard deviation and width, in depths of field, of the unevenness of a face that is no cut
SLOPE = 0.20  # brightness that a slope adds, over 1/cosine - 1
EDGE = 0.45  # brightness that an edge adds, or a groove takes, at most
EDGE_WIDTH = 0.12  # of the depth of field, over which an edge glows
FALL, STEEP = (
    1.6,
    1.3,
)  # exponent and its power by which light falls with depths of field: 0.2 at one, next to nothing at two
SHADE = 0.35  # brightness that the walls of a pore take at the bottom of it, where they stand half of it higher
BRIGHT = {
    Phase.LIQUID: 0.02,
    Phase.POLYMER: 0.55,
    Phase.ZEOLITE: 0.72,
    Phase.GLASS: 0.70,
}  # zeolite charges and is the heavier
FOCUS, DEFOCUS = 0.8, 1.2  # pixels of blur in focus, and more of it a depth of field below
LINES = 0.004  # brightness by which a line of the scan differs from the next
LEVELS = (0.5, 99.7)  # percentiles that an operator makes black and white
BLACK, WHITE = 14, 242  # grey values of these
STANDS_OUT = 0.3  # depths of field, over which a body that stands out shades what is around it
LOOK = 4.0  # depths of field that are looked into; what lies deeper is black anyway


@dataclass(frozen=True, slots=True)
class Exposure:
    """``depth_of_field`` [m], about one pore; ``electrons`` counted in a pixel of medium grey, which sets the noise."""

    depth_of_field: float
    electrons: float = 600.0


def front_view(
    voxels: VoxelMap, exposure: Exposure, sample: str, seed: int, ancestry: Ancestry | None = None
) -> xr.Dataset:
    """Record ``micrograph/1`` of the front, one pixel a voxel.

    Raises
    ------
    InputError : a depth of field that is not positive.
    """
    layers = _layers(voxels, exposure)
    return _record(voxels.phase[:layers], voxels, exposure, sample, "front", seed, ancestry)


def back_view(
    voxels: VoxelMap, exposure: Exposure, sample: str, seed: int, ancestry: Ancestry | None = None
) -> xr.Dataset:
    """The same of the back."""
    layers = _layers(voxels, exposure)
    return _record(voxels.phase[::-1][:layers], voxels, exposure, sample, "back", seed, ancestry)


def section_view(
    voxels: VoxelMap,
    exposure: Exposure,
    sample: str,
    seed: int,
    ancestry: Ancestry | None = None,
    *,
    at: float = 0.0,
    spheres: Spheres | None = None,
) -> xr.Dataset:
    """The same of a section broken along y = ``at`` [m], front on top.

    Spheres do not break: those whose centre lies on the side that is taken away come out and leave their bed, the others stay whole and
    stick out. Without ``spheres`` all is cut flat.
    """
    h = voxels.voxel_size
    plane = round(at / h)
    if not 0 <= plane < voxels.phase.shape[1]:
        raise InputError(
            f"a section at y = {at!r} m", "micrograph", f"The map is {voxels.phase.shape[1] * h:.3g} m wide."
        )
    phase = voxels.phase[:, plane : plane + _layers(voxels, exposure)]
    whole = None
    if spheres is not None and spheres.diameter.size:
        phase, whole = _broken(replace(voxels, phase=phase), spheres, plane * h)
    look = np.moveaxis(phase, 1, 0)
    return _record(look, voxels, exposure, sample, "section", seed, ancestry, whole=whole, cut=True)


def _layers(voxels: VoxelMap, exposure: Exposure) -> int:
    if not exposure.depth_of_field > 0.0:
        raise InputError(f"a depth of field of {exposure.depth_of_field!r} m", "micrograph", "Give about one pore.")
    return max(int(np.ceil(LOOK * exposure.depth_of_field / voxels.voxel_size)), 2)


def _broken(voxels: VoxelMap, spheres: Spheres, plane: float) -> tuple[NDArray[np.uint8], Surface]:
    """Phases behind a break at y = ``plane`` [m] without the spheres that went with the other side, and the fronts of those that stayed."""
    from honeycell.structure.particles import paint

    h, wide = voxels.voxel_size, spheres.width[0]
    behind = spheres.centre[:, 1] - plane
    behind -= wide * np.round(behind / wide)  # the box of spheres goes on beyond its sides
    stays = behind >= 0.0
    away = replace(
        spheres,
        centre=np.column_stack([spheres.centre[:, 0], np.mod(behind, wide), spheres.centre[:, 2]])[~stays],
        diameter=spheres.diameter[~stays],
    )
    beds = paint(replace(voxels, phase=np.zeros_like(voxels.phase)), away, 0.0).phase == Phase.ZEOLITE
    phase = np.where(beds, np.uint8(Phase.LIQUID), voxels.phase)
    shape = (phase.shape[0], phase.shape[2])
    fronts = Surface(np.full(shape, np.inf, np.float32), np.ones(shape, np.float32), np.zeros(shape, np.uint8))
    for (z, _, x), y, d in zip(spheres.centre[stays], behind[stays], spheres.diameter[stays], strict=True):
        _stand_out(fronts, (z - voxels.top) / h, y / h, x / h, 0.5 * d / h, spheres.width[1] / h)
    return phase, fronts


def _stand_out(fronts: Surface, z: float, y: float, x: float, r: float, wide: float) -> None:
    """The front of a ball of radius ``r`` [pixels] with its centre ``y`` behind the break, once more where the box goes on."""
    rows = slice(max(int(z - r), 0), max(int(z + r) + 2, 0))
    for turn in (-1.0, 0.0, 1.0):
        columns = slice(max(int(x + turn * wide - r), 0), max(int(x + turn * wide + r) + 2, 0))
        part = fronts.depth[rows, columns]
        if not part.size:
            continue
        a = np.arange(part.shape[0])[:, None] + rows.start + 0.5 - z
        b = np.arange(part.shape[1])[None, :] + columns.start + 0.5 - x - turn * wide
        high = np.sqrt(np.maximum(r * r - a * a - b * b, 0.0))
        nearer = (a * a + b * b < r * r) & (y - high - 0.5 < part)  # depths count from the middle of the first layer
        part[nearer] = (y - high - 0.5)[nearer]
        fronts.cosine[rows, columns][nearer] = (high / r)[nearer]
        fronts.phase[rows, columns][nearer] = Phase.ZEOLITE


def _record(
    look: NDArray[np.uint8],
    voxels: VoxelMap,
    exposure: Exposure,
    sample: str,
    side: str,
    seed: int,
    ancestry: Ancestry | None,
    *,
    whole: Surface | None = None,
    cut: bool = False,
) -> xr.Dataset:
    image = _image(look, exposure, voxels.voxel_size, generator(seed, "micrograph", sample, side), whole, cut=cut)
    return make_record(
        "micrograph/1",
        sample=sample,
        instrument="scanning electron microscope",
        variables={
            "intensity": (("y", "x"), image, "1", "grey value"),
            "pixel_size": ((), voxels.voxel_size, "m", "edge of a pixel"),
        },
        ancestry=ancestry,
        attributes={"view": side, "seed": seed, "depth_of_field": exposure.depth_of_field},
    )


def _tops(depth: Singles, focus: float) -> Any:
    """Depth of the tops around each pixel: a low percentile over half a pore, smoothed."""
    from scipy import ndimage

    low = ndimage.percentile_filter(depth[::4, ::4], 15, max(int(focus / 2), 3))
    low = ndimage.gaussian_filter(low, focus / 3.0, mode="nearest", truncate=3.0)
    return np.asarray(ndimage.zoom(low, np.array(depth.shape) / low.shape, order=1), np.float32)


def _image(
    look: NDArray[np.uint8], exposure: Exposure, h: float, rng: np.random.Generator, whole: Surface | None, *, cut: bool
) -> NDArray[np.uint8]:
    """Grey values of a flat ``cut``, before which ``whole`` bodies may stand, or of a face, which is uneven and no cut."""
    from scipy import ndimage

    def blur(field: Any, width: float) -> Any:
        return np.asarray(ndimage.gaussian_filter(field, width, mode="nearest", truncate=3.0))

    focus = exposure.depth_of_field / h
    start: Any = None
    if not cut:
        hills: Any = ndimage.gaussian_filter(
            rng.standard_normal(look.shape[1:]).astype(np.float32),
            RELIEF_WIDTH * focus / 2.0,
            mode="wrap",
            truncate=3.0,
        )
        start = np.asarray(RELIEF * focus * np.clip(hills / max(float(hills.std()), 1e-12) + 2.0, 0.0, 4.0), np.float32)
    seen = seen_surface(look, start)
    if whole is not None:
        nearer = whole.depth < seen.depth
        parts = ((getattr(whole, name), getattr(seen, name)) for name in ("depth", "cosine", "phase"))
        seen = Surface(*(np.where(nearer, one, other) for one, other in parts))
    level = np.zeros_like(seen.depth) if cut else _tops(seen.depth, focus)
    below = np.maximum(seen.depth - level, 0.0) / focus  # depths of field under the tops around
    base = np.array([BRIGHT[phase] for phase in Phase], np.float32)[seen.phase]
    slope = blur(1.0 / np.maximum(seen.cosine, STEEPEST) - 1.0, 1.0)
    light = base * (1.0 + SLOPE * slope)
    capped = np.clip(seen.depth, level - STANDS_OUT * focus, level + 2.0 * focus)
    width = max(EDGE_WIDTH * focus, 1.0)
    light *= 1.0 + EDGE * np.tanh((blur(capped, width) - capped) / width)
    stand = blur(capped, focus / 2.0)
    light *= 1.0 - SHADE * np.clip((capped - stand) / (0.5 * focus), 0.0, 1.0)
    light *= np.exp(-FALL * below**STEEP)
    light = light + BRIGHT[Phase.LIQUID]
    # what lies out of focus is blurred, the more the deeper
    sharp, soft = blur(light, FOCUS), blur(light, FOCUS + DEFOCUS)
    far = np.clip(below, 0.0, 1.0)
    light = (1.0 - far) * sharp + far * soft
    middle = float(np.percentile(light, 75))
    counts = rng.poisson(np.maximum(light, 0.0) / middle * exposure.electrons) / exposure.electrons * middle
    counts *= 1.0 + LINES * rng.standard_normal((counts.shape[0], 1))
    low, high = np.percentile(blur(counts.astype(np.float32), 1.0), LEVELS)
    grey = BLACK + (counts - low) / max(high - low, 1e-12) * (WHITE - BLACK)
    return np.clip(np.rint(grey), 0, 255).astype(np.uint8)
