"""The dried film as a stack of quenches with its particles in it, from which pieces of any place and fineness are cut."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from honeycell.film.pattern import mean_chord
from honeycell.film.quench_store import load_library
from honeycell.numerics.local_thickness import local_thickness
from honeycell.quantities.errors import InputError
from honeycell.structure.particles import TRUNCATION, Spheres, paint, place_spheres
from honeycell.structure.stack import Block, Stack, wall_distance
from honeycell.structure.voxels import Phase, VoxelMap

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.data.parameters import Parameters
    from honeycell.film.own_quenches import OwnQuenches

    Floats = NDArray[np.float64]

BLOCKS = 16  # depths whose quench is laid down
OVER = 1.0  # mean chord over which one goes over into the next
ROUND = 1.0  # voxels over which distances to walls are smoothed, so that any share of polymer can be cut
MARGIN = 8  # voxels of the next copy of a map that widths of walls see: more than half the widest wall
MOST, LEAST = 0.97, 0.03  # shares of polymer between which there is a pattern to look at
ROOM = 2.05  # particle diameters, at least, that a box of them is wide
SPOTS = 8  # places to look at for a cube, over its edge


@dataclass(frozen=True, slots=True, eq=False)
class FilmLayers:
    """What the pieces of one film are cut from.

    Attributes
    ----------
    edges : (n + 1,) depths of the layers' borders [m];  pattern : (n,) False where a layer holds no pores or never demixed.
    stack : quenches of some depths, front to back, laid over each other.
    spheres : the particles, in a box that is ``spheres.width`` wide;  coat : thickness of polymer around them [m].
    flags : why particles are left out, where they could not be placed.
    """

    edges: Floats
    pattern: NDArray[np.bool_]
    stack: Stack
    spheres: Spheres
    coat: float
    flags: tuple[str, ...] = ()

    @property
    def thickness(self) -> float:
        """Of the dry film [m]."""
        return float(self.edges[-1])

    def piece(
        self, shape: tuple[int, int, int], voxel_size: float, top: float = 0.0, side: tuple[float, float] = (0.0, 0.0)
    ) -> VoxelMap:
        """A piece of ``shape`` (depth, y, x) voxels from ``top`` down and ``side`` (y, x) on [m]; pieces of one film belong together."""
        voxels = self.stack.cut(shape, voxel_size, top, side)
        layer = np.searchsorted(self.edges, voxels.depth).clip(1, len(self.pattern)) - 1
        voxels.phase[~self.pattern[layer]] = Phase.POLYMER
        if not self.spheres.diameter.size:
            return voxels
        moved = np.mod(self.spheres.centre[:, 1:] - side, self.spheres.width)
        return paint(
            voxels, replace(self.spheres, centre=np.column_stack([self.spheres.centre[:, 0], moved])), self.coat
        )

    def usual_place(self, edge: float, top: float) -> tuple[float, float]:
        """Where (y, x) [m] a cube of that ``edge`` [m] holds as many particles as its depths do on average, as nearly as can be."""
        from scipy import ndimage

        h = edge / SPOTS
        wide = [max(int(side / h), 1) for side in self.spheres.width]
        map_ = VoxelMap(np.zeros((SPOTS, *wide), np.uint8), h, top)
        across = np.mean(paint(map_, self.spheres, 0.0).phase == Phase.ZEOLITE, axis=0)
        share = ndimage.uniform_filter(across, min(SPOTS, *wide), origin=-(min(SPOTS, *wide) // 2), mode="wrap")
        y, x = np.unravel_index(np.argmin(np.abs(share - across.mean())), share.shape)
        return float(y * h), float(x * h)


def film_layers(
    parameters: Parameters,
    film: xr.Dataset,
    structure: xr.Dataset,
    width: tuple[float, float],
    seed: int,
    own: OwnQuenches | None = None,
) -> FilmLayers | None:
    """The layers of a cast film after drying; None where no depth has a pattern.

    Parameters
    ----------
    film, structure : records of the sample.
    width : (y, x) of the box of particles [m]; made as wide as particles need.
    seed : of the turn and shifts of the quenches and of the particles' places. The recipe's uncertainty of the particles' diameter is
        taken for their spread.
    own : quenches of the film's own.

    Notes
    -----
    Around a particle lies a wall as thick as the others are on average, at most a stated share of the polymer altogether; that polymer is missing in
    the net between, so that each depth keeps its own.
    """
    p = parameters
    if "pore_chord" not in structure:
        return None
    diameter = p["recipe.film.filler_diameter"]
    thickness = structure["layer_thickness"].values
    edges = np.concatenate([[0.0], np.cumsum(thickness)])
    particle, polymer = structure["particle_fraction"].values, structure["polymer_fraction"].values
    chord = structure["pore_chord"].values
    share = polymer / np.maximum(1.0 - particle, 1e-300)
    pattern = np.isfinite(chord) & (chord > 0.0) & (share > LEAST) & (share < MOST)
    if not pattern.any():
        return None
    spread = p.describe("recipe.film.filler_diameter").u or 0.0
    room = ROOM * (diameter + TRUNCATION * spread)
    wide = (max(width[0], room), max(width[1], room))
    jamming, flags = p[f"{p.text('recipe.film.filler')}.jamming_fraction"], ()
    try:
        spheres = place_spheres(edges, particle, wide, diameter, spread, jamming, seed)
    except InputError as error:
        spheres = Spheres(np.zeros((0, 3)), np.zeros(0), float(edges[-1]), wide)
        flags = (f"particles: left out, {error.what}",)
    most = p["porous_medium.coating_polymer"]
    coat, net = _coating(share, spheres.fraction(edges), chord, thickness, pattern, diameter, most)
    blocks = _blocks(p, film, 0.5 * (edges[1:] + edges[:-1]), chord, net, pattern, own)
    return FilmLayers(edges, pattern, Stack.of(blocks, seed, chords=OVER), spheres, coat, flags)


def _coating(
    share: Floats,
    placed: Floats,
    chord: Floats,
    thickness: Floats,
    pattern: NDArray[np.bool_],
    diameter: float,
    most: float,
) -> tuple[float, Floats]:
    """Thickness of the coat [m], and the polymer that is left in the net between, by volume of the net (n,).

    ``share`` is the polymer in what is not particle, ``placed`` the fraction of particles as they lie; coats take ``most`` of the polymer
    at most. They take the same part of the volume between particles at each depth: particles are far thicker than the layers, and reach
    through many.
    """
    free = np.sum((1.0 - placed) * thickness)
    polymer, surface = np.sum(share * (1.0 - placed) * thickness), np.sum(6.0 * placed / diameter * thickness)
    open_share = share[pattern]  # a closed depth has walls alone, and no width of them
    wall = float(np.average(chord[pattern] * open_share / (1.0 - open_share), weights=thickness[pattern]))
    coat = min(wall, most * float(polymer / surface)) if surface > 0.0 else 0.0
    coating = np.minimum(coat * float(surface / free), most * share)
    return coat, np.clip((share - coating) / (1.0 - coating), LEAST, MOST)


def _blocks(
    p: Parameters,
    film: xr.Dataset,
    depth: Floats,
    chord: Floats,
    share: Floats,
    pattern: NDArray[np.bool_],
    own: OwnQuenches | None,
) -> tuple[Block, ...]:
    """Blocks of so many depths, the closer together the faster chords and shares change."""
    gel = p[f"{p.text('recipe.film.polymer')}.gel_fraction"]
    polymer = film["polymer_profile"].values
    known = np.flatnonzero(pattern)
    change = np.abs(np.diff(np.log(chord[known]))) + np.abs(np.diff(np.log(share[known])))
    way = np.concatenate([[0.0], np.cumsum(change)]) + np.linspace(0.0, 1.0, len(known))
    chosen = np.unique(np.searchsorted(way, np.linspace(0.0, way[-1], BLOCKS)).clip(0, len(known) - 1))
    fields: dict[tuple[int, ...], NDArray[np.floating]] = {}
    blocks = []
    for i in known[chosen].tolist():
        place, rich = nearest_map(float(polymer[i]), gel, own)
        if place not in fields:
            fields[place] = wall_field(rich)
        blocks.append(block_of(fields[place], float(share[i]), float(chord[i]), float(depth[i])))
    return tuple(blocks)


def nearest_map(
    polymer: float, gel: float, own: OwnQuenches | None = None
) -> tuple[tuple[int, ...], NDArray[np.bool_]]:
    """The map, and what tells it from others, nearest to a dope and its gel: of those of the library's longest ramp that set, and of ``own``."""
    library = load_library()
    off = np.abs(np.log(library.polymer / polymer))[:, None] + np.abs(np.log(library.gel_ratio * gel / polymer))
    off[~library.arrested[:, :, -1]] = np.inf
    if own is not None:
        n, rich = own.nearest(polymer), own.rich[own.nearest(polymer)]
        if rich is not None and 2.0 * abs(np.log(own.polymer[n] / polymer)) < off.min():  # its gel ratio is as far off
            return (n,), rich
    i, j = np.unravel_index(np.argmin(off), off.shape)
    return (int(i), int(j)), library.rich(int(i), int(j), -1)


def wall_field(rich: NDArray[np.bool_]) -> NDArray[np.floating]:
    """Distances to the walls of a periodic map, within a wall in units of its own half width, smoothed: :func:`block_of` cuts them.

    Walls thinned by it lose the same part of their width everywhere, so that the thin ones do not break before the thick ones.
    """
    from scipy import ndimage

    margin = min(MARGIN, len(rich))
    inner = (slice(margin, margin + len(rich)),) * 3
    own = local_thickness(np.pad(rich, margin, mode="wrap"), 1.0)[inner]
    half = np.where(rich, np.maximum(0.5 * own, 1.0), 0.5 * float(own[rich].mean()))
    relative = np.minimum(wall_distance(rich) / half, 1.0)
    return np.asarray(ndimage.gaussian_filter(relative, ROUND, mode="wrap"))


def block_of(field: NDArray[np.floating], share: float, chord: float, depth: float) -> Block:
    """Walls of a field grown or shrunk to a ``share`` of the volume, at a size at which its pores have the mean ``chord`` [m]."""
    above = field - np.quantile(field, 1.0 - share)
    return Block(above > 0.0, chord / mean_chord(above <= 0.0), depth, above)
