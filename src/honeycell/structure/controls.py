"""The bought separators of the control cells: a mat of glass fibres, and a stretched polyethylene film with slits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from honeycell.quantities.errors import InputError
from honeycell.runs.seeds import generator
from honeycell.structure.voxels import Phase, VoxelMap

if TYPE_CHECKING:
    from honeycell.data.parameters import Parameters

WANDER = 0.22  # of the period, by which rows of lamellae stray (standard deviation)
UNEVEN = 0.45  # relative standard deviation of the opening of slits: some stay shut
ALONG, ACROSS, DEEP = 1.0, 1.6, 0.6  # periods over which that varies: along the stretch, across it, through the film
STRAY = 0.25  # of their spacing, by which fibrils bend (standard deviation)
FULLEST = 0.97  # porosity beyond which a fibre more or less decides
MOST_FIBRES = 200_000


def glass_fibre_mat(parameters: Parameters, shape: tuple[int, int, int], voxel_size: float, seed: int) -> VoxelMap:
    """A piece of the recipe's glass-fibre mat: :func:`fibre_mat` with the values of the table ``glass_fibre``."""
    p = parameters
    return fibre_mat(
        shape,
        voxel_size,
        p["recipe.film.porosity"],
        p["glass_fibre.fibre_diameter"],
        p["glass_fibre.fibre_diameter_spread"],
        p["glass_fibre.fibre_tilt"],
        seed,
    )


def stretched_polyethylene(
    parameters: Parameters, shape: tuple[int, int, int], voxel_size: float, seed: int
) -> VoxelMap:
    """A piece of the recipe's polyethylene film: :func:`stretched_film` with the values of the table ``polyethylene``."""
    p = parameters
    return stretched_film(
        shape,
        voxel_size,
        p["recipe.film.porosity"],
        p["polyethylene.lamella_period"],
        p["polyethylene.fibril_diameter"],
        p["polyethylene.fibril_spacing"],
        seed,
    )


def fibre_mat(
    shape: tuple[int, int, int],
    voxel_size: float,
    porosity: float,
    diameter: float,
    spread: float,
    tilt: float,
    seed: int,
) -> VoxelMap:
    """Straight fibres that go on beyond the piece, laid at random in the plane and nearly flat, until the porosity is reached.

    Fibres may run through each other, as they touch and bend in a mat; at nine tenths of porosity that is a twentieth of them.

    Parameters
    ----------
    shape : (depth, y, x) in voxels;  voxel_size [m];  porosity : of the mat, reached within the volume of one fibre.
    diameter : median [m];  spread : standard deviation of its logarithm;  tilt : standard deviation of the angle to the plane [rad].
    seed : of the random stream.

    Raises
    ------
    InputError : a porosity outside 0 to 0.97, sizes that are not positive, fibres thinner than two voxels.
    """
    _check(shape, voxel_size, porosity)
    if not (diameter >= 2.0 * voxel_size and spread >= 0.0 and tilt >= 0.0):
        raise InputError(
            f"fibres of {diameter * 1e6:.3g} um on voxels of {voxel_size * 1e6:.3g} um",
            "structure",
            "Two voxels at least.",
        )
    rng = generator(seed, "structure", "fibres")
    size = np.array(shape, float)
    reach = 0.5 * math.hypot(size[1], size[2])
    solid = np.zeros(shape, np.bool_)
    filled, wanted = 0, (1.0 - porosity) * solid.size
    for _ in range(MOST_FIBRES):
        angle, lean, offset, height = (
            rng.uniform(0.0, math.pi),
            tilt * rng.standard_normal(),
            rng.uniform(-1, 1),
            rng.random(),
        )
        radius = 0.5 * diameter / voxel_size * math.exp(spread * rng.standard_normal())
        along = np.array([math.sin(lean), math.cos(lean) * math.sin(angle), math.cos(lean) * math.cos(angle)])
        # lines of a direction are spread evenly across it: no corner is passed over
        margin = radius + abs(math.tan(lean)) * reach
        point = np.array(
            [
                height * (size[0] + 2.0 * margin) - margin,
                0.5 * size[1] + offset * (reach + radius) * math.cos(angle),
                0.5 * size[2] - offset * (reach + radius) * math.sin(angle),
            ]
        )
        before = solid.copy() if filled > 0.9 * wanted else solid
        more = _lay(solid, point, along, radius)
        if filled + more >= wanted:
            if filled + more - wanted > wanted - filled:  # without the last one it is nearer
                solid = before
            return VoxelMap(solid.astype(np.uint8) * np.uint8(Phase.GLASS), voxel_size)
        filled += more
    raise InputError(
        f"a porosity of {porosity:g} is not reached by {MOST_FIBRES} fibres", "structure", "Take a smaller piece."
    )


def stretched_film(
    shape: tuple[int, int, int],
    voxel_size: float,
    porosity: float,
    period: float,
    fibril: float,
    spacing: float,
    seed: int,
) -> VoxelMap:
    """Rows of lamellae across the stretch (along y), apart from each other, with fibrils that bridge the slits between them.

    Rows stray and slits open unevenly, by smooth random fields; the lamellae take what thickness the porosity leaves them.

    Parameters
    ----------
    shape : (depth, y, x) in voxels;  voxel_size [m];  porosity : of the film, exact to one voxel.
    period : distance of rows [m];  fibril, spacing : diameter of fibrils and distance between them [m].
    seed : of the random stream.

    Raises
    ------
    InputError : a porosity outside 0 to 0.97 or above what the fibrils leave, sizes that are not positive.
    """
    _check(shape, voxel_size, porosity)
    if not (0.0 < fibril < spacing and period > 0.0):
        raise InputError(
            f"fibrils of {fibril!r} m, {spacing!r} m apart", "structure", "They must be thinner than apart."
        )
    rng = generator(seed, "structure", "stretched film")
    h = voxel_size
    scale = np.array([DEEP, ALONG, ACROSS]) * period / h
    y = (np.arange(shape[1]) + 0.5) * h / period
    row = y[None, :, None] + WANDER * _smooth(shape, scale, rng) + rng.random()
    # 0 in the middle of a lamella, 1 in the middle of a slit, sharpened where the slit opens wide
    slit = 2.0 * np.abs(row - np.rint(row)) + UNEVEN * 0.5 * _smooth(shape, scale, rng)
    bridge = _fibrils(shape, h, fibril, spacing, period, rng)
    bare = ~bridge
    wanted = porosity * bare.size
    if np.count_nonzero(bare) < wanted:
        raise InputError(
            f"a porosity of {porosity:g} with fibrils that fill {bridge.mean():.2f}",
            "structure",
            "Set them further apart.",
        )
    order = np.argsort(slit[bare], kind="stable")
    solid = bridge.copy()
    closed = np.zeros(order.size, bool)
    closed[order[: order.size - round(wanted)]] = True
    solid[bare] = closed
    return VoxelMap(solid.astype(np.uint8) * np.uint8(Phase.POLYMER), voxel_size)


def _check(shape: tuple[int, int, int], voxel_size: float, porosity: float) -> None:
    if len(shape) != 3 or min(shape) < 1 or not voxel_size > 0.0:
        raise InputError(f"a piece of {shape} voxels of {voxel_size!r} m", "structure", "Both must be positive.")
    if not 0.0 < porosity < FULLEST:
        raise InputError(f"porosity is {porosity!r}", "structure", f"Give one between 0 and {FULLEST}.")


def _smooth(shape: tuple[int, int, int], scale: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random field of mean 0 and variance 1 that varies over ``scale`` (three lengths in voxels)."""
    from scipy import ndimage

    field = ndimage.gaussian_filter(rng.standard_normal(shape), 0.5 * scale, mode="wrap", truncate=3.0)
    deviation = field.std()
    return (field - field.mean()) / (deviation if deviation > 0.0 else 1.0)


def _fibrils(
    shape: tuple[int, int, int], h: float, fibril: float, spacing: float, period: float, rng: np.random.Generator
) -> np.ndarray:
    """Rods along y, ``spacing`` apart on a jittered lattice, that bend a little from row to row."""
    from scipy import ndimage
    from scipy.spatial import KDTree

    n0, n1, n2 = shape
    pitch = spacing / h
    a, b = (np.arange(-1, math.ceil(n / pitch) + 2) * pitch for n in (n0, n2))
    places = np.stack(np.meshgrid(a, b, indexing="ij"), axis=-1).reshape(-1, 2)
    places = places + pitch * rng.uniform(-0.35, 0.35, places.shape)
    bend = rng.standard_normal((n1, len(places), 2))
    bend = ndimage.gaussian_filter1d(bend, period / h / 2.0, axis=0, mode="wrap")
    bend *= STRAY * pitch / max(float(bend.std()), 1e-12)
    grid = np.stack(np.meshgrid(np.arange(n0) + 0.5, np.arange(n2) + 0.5, indexing="ij"), axis=-1).reshape(-1, 2)
    solid = np.empty(shape, bool)
    for j in range(n1):
        away, _ = KDTree(places + bend[j]).query(grid)
        solid[:, j] = (away <= 0.5 * fibril / h).reshape(n0, n2)
    return solid


@njit(cache=True)
def _lay(solid, point, along, radius):  # pragma: no cover  (compiled)
    """Fills a cylinder row by row; returns how many voxels that were empty it took."""
    n0, n1, n2 = solid.shape
    taken = 0
    a = 1.0 - along[2] ** 2
    for i in range(n0):
        for j in range(n1):
            z, y, x = i + 0.5 - point[0], j + 0.5 - point[1], 0.5 - point[2]
            dot = z * along[0] + y * along[1] + x * along[2]
            b = x - dot * along[2]
            c = z * z + y * y + x * x - dot * dot - radius * radius
            first, last = 0, n2
            if a > 1e-12:
                root = b * b - a * c
                if root <= 0.0:
                    continue
                root = np.sqrt(root)
                first = max(int(np.ceil((-b - root) / a)), 0)
                last = min(int(np.floor((-b + root) / a)) + 1, n2)
            elif c > 0.0:
                continue
            for k in range(first, last):
                if not solid[i, j, k]:
                    solid[i, j, k] = True
                    taken += 1
    return taken
