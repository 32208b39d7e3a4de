"""The dried film as a stack of quenches with its particles in it, from which pieces of any place and fineness are cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honeycell.film.pattern import mean_chord
from honeycell.film.quench_store import load_library
from honeycell.quantities.errors import InputError
from honeycell.structure.particles import TRUNCATION, Spheres, paint, place_spheres
from honeycell.structure.stack import Block, Stack, wall_distance
from honeycell.structure.voxels import Phase

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.data.parameters import Parameters
    from honeycell.structure.voxels import VoxelMap

    Floats = NDArray[np.float64]

BLOCKS = 8  # depths whose quench is laid down; between them walls go over into walls
ROUND = 1.0  # voxels over which distances to walls are smoothed, so that any share of polymer can be cut
MOST, LEAST = 0.97, 0.03  # shares of polymer between which there is a pattern to look at
ROOM = 2.05  # particle diameters, at least, that a box of them is wide
COAT = 0.5  # share of a film's polymer that coats its particles at most


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

    def piece(self, shape: tuple[int, int, int], voxel_size: float, top: float = 0.0) -> VoxelMap:
        """A piece of ``shape`` (depth, y, x) voxels from the depth ``top`` [m] down; all begin at the same side walls."""
        voxels = self.stack.cut(shape, voxel_size, top)
        layer = np.searchsorted(self.edges, voxels.depth).clip(1, len(self.pattern)) - 1
        voxels.phase[~self.pattern[layer]] = Phase.POLYMER
        return paint(voxels, self.spheres, self.coat) if self.spheres.diameter.size else voxels


def film_layers(
    parameters: Parameters, film: xr.Dataset, structure: xr.Dataset, width: tuple[float, float], seed: int
) -> FilmLayers | None:
    """The layers of a cast film after drying; None where no depth has a pattern.

    Parameters
    ----------
    film, structure : records of the sample.
    width : (y, x) of the box of particles [m]; made as wide as particles need.
    seed : of the turn and shifts of the quenches and of the particles' places. The recipe's uncertainty of the particles' diameter is
        taken for their spread.

    Notes
    -----
    Around a particle lies a wall as thick as the others are on average, at most half of the polymer altogether; that polymer is missing in
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
    surface = 6.0 * particle / diameter
    wall = float(np.average((chord * share / (1.0 - share))[pattern], weights=thickness[pattern]))
    covered = float(np.sum(surface * thickness))
    coat = min(wall, COAT * float(np.sum(polymer * thickness)) / covered) if covered > 0.0 else 0.0
    coating = np.minimum(surface * coat, COAT * polymer)
    net = np.clip((polymer - coating) / (1.0 - particle - coating), LEAST, MOST)
    blocks = _blocks(p, film, 0.5 * (edges[1:] + edges[:-1]), chord, net, pattern)
    spread = p.describe("recipe.film.filler_diameter").u or 0.0
    room = ROOM * (diameter + TRUNCATION * spread)
    wide = (max(width[0], room), max(width[1], room))
    jamming, flags = p[f"{p.text('recipe.film.filler')}.jamming_fraction"], ()
    try:
        spheres = place_spheres(edges, particle, wide, diameter, spread, jamming, seed)
    except InputError as error:
        spheres = Spheres(np.zeros((0, 3)), np.zeros(0), float(edges[-1]), wide)
        flags = (f"particles: left out, {error.what}",)
    return FilmLayers(edges, pattern, Stack.of(blocks, seed), spheres, coat, flags)


def _blocks(
    p: Parameters, film: xr.Dataset, depth: Floats, chord: Floats, share: Floats, pattern: NDArray[np.bool_]
) -> tuple[Block, ...]:
    """Blocks of so many depths, the closer together the faster chords and shares change."""
    gel = p[f"{p.text('recipe.film.polymer')}.gel_fraction"]
    polymer = film["polymer_profile"].values
    known = np.flatnonzero(pattern)
    change = np.abs(np.diff(np.log(chord[known]))) + np.abs(np.diff(np.log(share[known])))
    way = np.concatenate([[0.0], np.cumsum(change)]) + np.linspace(0.0, 1.0, len(known))
    chosen = np.unique(np.searchsorted(way, np.linspace(0.0, way[-1], BLOCKS)).clip(0, len(known) - 1))
    fields: dict[tuple[int, int], NDArray[np.floating]] = {}
    blocks = []
    for i in known[chosen].tolist():
        place = nearest_quench(float(polymer[i]), gel)
        if place not in fields:
            fields[place] = smooth_distance(load_library().rich(*place, -1))
        solid = cut_at(fields[place], float(share[i]))
        blocks.append(Block(solid, float(chord[i]) / mean_chord(~solid), float(depth[i])))
    return tuple(blocks)


def nearest_quench(polymer: float, gel: float) -> tuple[int, int]:
    """Places, along polymer and gel ratio, of the library's longest ramp nearest to a dope and its gel, among those that set."""
    library = load_library()
    off = np.abs(np.log(library.polymer / polymer))[:, None] + np.abs(np.log(library.gel_ratio * gel / polymer))
    off[~library.arrested[:, :, -1]] = np.inf
    i, j = np.unravel_index(np.argmin(off), off.shape)
    return int(i), int(j)


def smooth_distance(rich: NDArray[np.bool_]) -> NDArray[np.floating]:
    """Distances to the walls of a periodic map, smoothed; :func:`cut_at` grows or shrinks walls by them."""
    from scipy import ndimage

    return np.asarray(ndimage.gaussian_filter(wall_distance(rich), ROUND, mode="wrap"))


def cut_at(field: NDArray[np.floating], share: float) -> NDArray[np.bool_]:
    """Walls grown or shrunk, everywhere alike, to a ``share`` of the volume."""
    return np.asarray(field > np.quantile(field, 1.0 - share))
