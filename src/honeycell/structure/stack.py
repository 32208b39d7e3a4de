"""Depth by depth into one piece: blocks of a structure, each good for one depth and size, grow into each other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from honeycell.film.pattern import mean_chord
from honeycell.numerics.distance import distance_transform, in_slabs
from honeycell.quantities.errors import InputError
from honeycell.runs.seeds import generator
from honeycell.structure.voxels import Phase, VoxelMap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Singles = NDArray[np.float32]

MARGIN = 24  # voxels of the next copy of a block that its distances see: more than half the widest pore
STEPS = 9  # mixtures of two blocks at which the level that keeps the share of polymer is found
TRIED = 20_000  # points at which it is


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A periodic piece of the structure at one depth: ``solid`` (n, n, n) True in the polymer, ``voxel_size`` [m], ``depth`` of it [m].

    ``field``, of the same shape, is above 0 in the polymer and says where between the voxels walls end; where left out, distances do.
    """

    solid: NDArray[np.bool_]
    voxel_size: float
    depth: float
    field: NDArray[np.floating] | None = None


def stack(
    blocks: Sequence[Block],
    shape: tuple[int, int, int],
    voxel_size: float,
    seed: int,
    *,
    top: float = 0.0,
    turned: bool = True,
) -> VoxelMap:
    """A column or section of film out of blocks.

    Between the depths of two blocks the distances to their walls are mixed, each in walls' widths of its own, and cut at the level
    that gives the share of polymer in between: walls go over into walls. Above the first and below the last block nothing changes.

    Parameters
    ----------
    blocks : in the order of their depths, at least one; each with its own voxel size.
    shape : (depth, y, x) of the map in voxels;  voxel_size [m];  top : depth of its upper face [m].
    seed : of the random turn and shifts.
    turned : whether the blocks are laid under a random angle, so that copies never meet and no repeat shows; the map then is not
        periodic. Untouched they are where one block of the map's own voxel size and sides gives a periodic map.

    Raises
    ------
    InputError : no block, depths that do not rise, a block without both polymer and pore, sizes that are not positive.
    """
    return Stack.of(blocks, seed, turned=turned).cut(shape, voxel_size, top)


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Blocks laid over each other once, to be cut into any number of pieces; see :func:`stack`.

    ``fields`` are the blocks' distances to their walls, over their means; ``levels`` (gaps, STEPS) cut the mixtures; ``way`` [m] is that over
    which a block comes in.
    """

    blocks: tuple[Block, ...]
    fields: tuple[Singles, ...]
    levels: Floats
    shift: Floats
    turn: Floats
    turned: bool
    way: Floats

    @classmethod
    def of(cls, blocks: Sequence[Block], seed: int, *, turned: bool = True, chords: float = np.inf) -> Stack:
        """Parameters and errors as for :func:`stack`.

        ``chords`` of the pores is the way over which one block goes over into the next, half way between them; all the way unless given.
        A mixture of two nets is a net only where there is much of it, so that lean ones want a short way.
        """
        _check(blocks)
        rng = generator(seed, "structure", "stack")
        fields = tuple(_walls(block) for block in blocks)
        turn = _rotation(rng) if turned else np.eye(3)
        shift = rng.random((len(blocks), 3)) * (turned * max(field.shape[0] for field in fields))
        gaps = [_levels(fields[k], fields[min(k + 1, len(fields) - 1)], rng) for k in range(max(len(fields) - 1, 1))]
        way = np.array([chords * mean_chord(~block.solid, block.voxel_size) for block in blocks])
        return cls(tuple(blocks), fields, np.array(gaps), shift, turn, turned, way)

    def only(self, k: int) -> Stack:
        """One block of it alone, as it lies."""
        own = slice(k, k + 1)
        flat = np.zeros((1, STEPS))
        return Stack(self.blocks[own], self.fields[own], flat, self.shift[own], self.turn, self.turned, self.way[own])

    def cut(
        self, shape: tuple[int, int, int], voxel_size: float, top: float = 0.0, side: tuple[float, float] = (0.0, 0.0)
    ) -> VoxelMap:
        """The piece of ``shape`` (depth, y, x) voxels from ``top`` and ``side`` (y, x) [m] on; pieces of one stack belong together.

        Raises
        ------
        InputError : a shape or size that is not positive.
        """
        if min(shape) < 1 or not voxel_size > 0.0:
            raise InputError(f"a map of {shape} voxels of {voxel_size!r} m", "structure", "Both must be positive.")
        blocks, fields = self.blocks, self.fields
        depths = np.array([block.depth for block in blocks])
        at = top + (np.arange(shape[0]) + 0.5) * voxel_size
        above = np.clip(np.searchsorted(depths, at) - 1, 0, max(len(blocks) - 2, 0))
        below = np.minimum(above + 1, len(blocks) - 1)
        apart = np.where(below > above, depths[below] - depths[above], np.inf)
        way = np.minimum(self.way[below], apart)
        with np.errstate(invalid="ignore"):
            mix = np.where(np.isfinite(apart), (at - depths[above] - 0.5 * apart) / way + 0.5, 0.0).clip(0.0, 1.0)
        level = np.zeros(shape[0])
        for k in np.unique(above).tolist():
            level[above == k] = np.interp(mix[above == k], np.linspace(0.0, 1.0, STEPS), self.levels[k])
        padded = [np.pad(field, (0, 1), mode="wrap") for field in fields]
        start = np.cumsum([0, *(field.size for field in padded)])[:-1]
        sides = np.array([field.shape[0] for field in fields])
        scale = np.array([voxel_size / block.voxel_size for block in blocks])
        solid = np.zeros(shape, np.uint8)
        origin = (at[0] / voxel_size, side[0] / voxel_size + 0.5, side[1] / voxel_size + 0.5)
        ways = (np.concatenate([field.ravel() for field in padded]), start, sides, scale, self.shift, self.turn)
        in_slabs(partial(_cut, *ways, above, below, mix, level, origin, solid), shape[0])
        one = len(blocks) == 1 and scale[0] == 1.0 and shape[1:] == fields[0].shape[1:]
        return VoxelMap(solid * np.uint8(Phase.POLYMER), voxel_size, top, periodic=one and not self.turned)


def _check(blocks: Sequence[Block]) -> None:
    where = "structure"
    if not blocks:
        raise InputError("no block to stack", where)
    if not np.all(np.diff([block.depth for block in blocks]) > 0.0):
        raise InputError("blocks whose depths do not rise", where, "Give them from front to back.")
    for block in blocks:
        if block.solid.ndim != 3 or len(set(block.solid.shape)) != 1:
            raise InputError(f"a block of shape {block.solid.shape}", where, "Blocks are cubes.")
        if block.solid.all() or not block.solid.any():
            raise InputError(
                f"the block at {block.depth * 1e6:.3g} um has no walls", where, "It needs polymer and pores."
            )
        if not block.voxel_size > 0.0:
            raise InputError(f"a block with voxels of {block.voxel_size!r} m", where, "They must be positive.")


def wall_distance(solid: NDArray[np.bool_]) -> NDArray[np.floating]:
    """Distance to the nearest wall [voxels], positive in the polymer, on a periodic cube."""
    margin = min(MARGIN, len(solid))
    wide = np.pad(solid, margin, mode="wrap")
    inner = (slice(margin, margin + len(solid)),) * 3
    return np.where(wide, distance_transform(wide) - 0.5, 0.5 - distance_transform(~wide))[inner]


def _walls(block: Block) -> Singles:
    """The block's field, or :func:`wall_distance`, over its mean."""
    signed = wall_distance(block.solid) if block.field is None else block.field
    return (signed / np.mean(np.abs(signed))).astype(np.float32)


def _levels(one: Singles, other: Singles, rng: np.random.Generator) -> Floats:
    """Levels at which mixtures of two fields have the share of polymer between theirs; 0 at both ends."""
    a, b = rng.choice(one.ravel(), TRIED), rng.choice(other.ravel(), TRIED)
    shares = np.mean(one > 0.0), np.mean(other > 0.0)
    mix = np.linspace(0.0, 1.0, STEPS)
    found = [np.quantile((1.0 - w) * a + w * b, 1.0 - ((1.0 - w) * shares[0] + w * shares[1])) for w in mix]
    return np.array([0.0, *found[1:-1], 0.0])


def _rotation(rng: np.random.Generator) -> Floats:
    """A rotation, any as likely as any other (Stewart, SIAM J. Numer. Anal. 17 (1980) 403, doi:10.1137/0717034)."""
    q, r = np.linalg.qr(rng.standard_normal((3, 3)))
    q *= np.sign(np.diag(r))
    return q if np.linalg.det(q) > 0.0 else q[:, ::-1].copy()


@njit(cache=True, nogil=True)
def _cut(field, start, sides, scale, shift, turn, above, below, mix, level, origin, solid, first, last):
    # pragma: no cover  (compiled)
    """True where the mixed field lies over the level, layer by layer."""
    nx = solid.shape[2]
    row = np.empty(nx)
    for i in range(first, last):
        for j in range(solid.shape[1]):
            row[:] = 0.0
            for end in range(2):
                b = above[i] if end == 0 else below[i]
                w = 1.0 - mix[i] if end == 0 else mix[i]
                if w > 0.0:
                    p0, p1, p2 = origin[0] + i, origin[1] + j, origin[2]
                    z = (turn[0, 0] * p0 + turn[0, 1] * p1 + turn[0, 2] * p2) * scale[b] + shift[b, 0] - 0.5
                    y = (turn[1, 0] * p0 + turn[1, 1] * p1 + turn[1, 2] * p2) * scale[b] + shift[b, 1] - 0.5
                    x = (turn[2, 0] * p0 + turn[2, 1] * p1 + turn[2, 2] * p2) * scale[b] + shift[b, 2] - 0.5
                    step = (turn[0, 2] * scale[b], turn[1, 2] * scale[b], turn[2, 2] * scale[b])
                    _add_row(row, w, field, start[b], sides[b], z, y, x, step)
            for k in range(nx):
                solid[i, j, k] = row[k] > level[i]


@njit(cache=True, nogil=True)
def _add_row(row, weight, field, start, n, z, y, x, step):  # pragma: no cover  (compiled)
    """Add the periodic field of a block along a straight line, linear between its voxels; blocks are padded by one voxel at their ends."""
    m = n + 1
    layer = m * m
    for k in range(row.size):
        if not 0.0 <= z < n:
            z -= n * np.floor(z / n)
        if not 0.0 <= y < n:
            y -= n * np.floor(y / n)
        if not 0.0 <= x < n:
            x -= n * np.floor(x / n)
        i, j, o = min(int(z), n - 1), min(int(y), n - 1), min(int(x), n - 1)  # round-off may give n itself
        a, b, c = z - i, y - j, x - o
        at = start + i * layer + j * m + o
        near = (1.0 - b) * (field[at] + c * (field[at + 1] - field[at]))
        near += b * (field[at + m] + c * (field[at + m + 1] - field[at + m]))
        at += layer
        far = (1.0 - b) * (field[at] + c * (field[at + 1] - field[at]))
        far += b * (field[at + m] + c * (field[at + m + 1] - field[at + m]))
        row[k] += weight * (near + a * (far - near))
        z, y, x = z + step[0], y + step[1], x + step[2]
