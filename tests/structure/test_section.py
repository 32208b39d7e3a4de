"""Pieces cut from a film belong together, hold what its profile says, and are shown and counted at their own size."""

from __future__ import annotations

import numpy as np
import pytest

from honeycell.analysis import reduce
from honeycell.data.tables import load_parameters
from honeycell.quantities.value import Value
from honeycell.recipe.library import load
from honeycell.structure.layers import film_layers
from honeycell.structure.micrographs import film_pictures
from honeycell.structure.pore_sizes import pore_sizes
from honeycell.structure.stack import Block, Stack
from honeycell.structure.voxels import Phase, VoxelMap
from honeycell.twin import make_film

UM = 1e-6


@pytest.fixture(scope="module")
def made():
    """Parameters and records of the paper's film."""
    recipe = load("hj-4-6")
    tables = load_parameters(without="film")  # pictures of the film as declared, whatever was fitted
    return tables.with_values(recipe.values()), make_film(recipe, tables, diagrams=False)


@pytest.fixture(scope="module")
def layers(made):
    p, records = made
    return film_layers(p.view(), records["film"], records["structure"], (0.0, 12 * UM), 1)


@pytest.fixture(scope="module")
def pictures(made):
    p, records = made
    return film_pictures(p.view(), "hj-4-6", records["film"], records["structure"], 1)


def test_the_whole_film_holds_its_polymer_and_particles(made, layers) -> None:
    structure = made[1]["structure"]
    n = 160
    h = layers.thickness / n
    wide = [int(side / h) for side in layers.spheres.width]
    voxels = layers.piece((n, *wide), h)
    weights = structure["layer_thickness"].values
    for phase, name in ((Phase.POLYMER, "polymer_fraction"), (Phase.ZEOLITE, "particle_fraction")):
        assert voxels.share(phase) == pytest.approx(np.average(structure[name].values, weights=weights), abs=0.02)


def test_pieces_belong_together(layers) -> None:
    """A cube is a part of a wider and deeper piece at the same place."""
    h = layers.thickness / 200
    whole = layers.piece((200, 30, 40), h)
    part = layers.piece((50, 20, 30), h, 150 * h, (5 * h, 8 * h))
    assert np.mean(whole.phase[150:, 5:25, 8:38] != part.phase) < 0.01


def test_the_section_goes_from_front_to_back(made, pictures) -> None:
    section = pictures["micrograph_section"]
    high = section["intensity"].shape[0] * float(section["pixel_size"])
    assert high == pytest.approx(float(made[1]["structure"]["thickness"]), rel=1e-6)
    found = [row["diameter / um"] for row in reduce(section, {"feature": Value("particles")}).tables["particles"]]
    assert np.sort(found)[-4] == pytest.approx(2.288, rel=0.15)  # broken bits of wall are far more, and far smaller


def test_pores_by_depth_have_the_chords_of_the_profile(made, pictures) -> None:
    sizes, structure = pictures["pore_sizes"], made[1]["structure"]
    at = np.interp(sizes["depth"], structure["depth"], structure["pore_chord"])
    # along one line of a box of a few dozen pores; the profile is the mean over three
    np.testing.assert_allclose(sizes["mean_chord"], at, rtol=0.12)
    for name in ("chord_share", "ball_share"):
        np.testing.assert_allclose(sizes[name].sum("size"), 1.0, rtol=1e-9)
    assert float(sizes["mean_ball"][-1]) > 2.0 * float(sizes["mean_ball"][0])


def test_a_slit_has_one_ball_and_chords_no_shorter() -> None:
    solid = np.ones((24, 24, 24), bool)
    solid[8:14] = False
    sizes = pore_sizes(Stack.of([Block(solid, 10e-9, 0.0)], 1), "slits")
    assert float(sizes["mean_ball"][0]) == pytest.approx(60e-9)
    assert float(sizes["mean_chord"][0]) > 60e-9


def test_cubes_lie_at_their_faces(made, layers, pictures) -> None:
    front, back = (VoxelMap.from_record(pictures[f"cube_{face}"]) for face in ("front", "back"))
    assert front.top == pytest.approx(0.0, abs=1e-12)
    assert back.top + len(back.phase) * back.voxel_size == pytest.approx(layers.thickness)
    assert front.profile(Phase.POLYMER)[:10].mean() > back.profile(Phase.POLYMER)[-40:].mean()


def test_films_without_particles_and_films_thinner_than_one(made) -> None:
    p, records = made
    structure = records["structure"]
    bare = structure.assign(particle_fraction=structure["particle_fraction"] * 0.0)
    layers = film_layers(p.view(), records["film"], bare, (0.0, 5 * UM), 1)
    assert layers.spheres.diameter.size == 0
    assert layers.flags == ()
    thin = structure.assign(layer_thickness=structure["layer_thickness"] * 0.05)
    layers = film_layers(p.view(), records["film"], thin, (0.0, 5 * UM), 1)
    assert layers.spheres.diameter.size == 0
    assert "particle" in layers.flags[0]


def test_a_film_without_any_pattern_has_no_pictures(made) -> None:
    p, records = made
    closed = records["structure"].assign(pore_chord=records["structure"]["pore_chord"] * np.nan)
    assert film_pictures(p.view(), "closed", records["film"], closed, 1) == {}


def test_one_stack_gives_one_piece_whatever_else_was_cut(waves) -> None:
    blocks = [Block(waves(32, 10, share, 1), 10e-9, depth) for share, depth in ((0.3, 0.0), (0.5, 0.4e-6))]
    whole = Stack.of(blocks, 3)
    whole.cut((5, 6, 7), 20e-9)
    np.testing.assert_array_equal(whole.cut((20, 8, 9), 20e-9).phase, Stack.of(blocks, 3).cut((20, 8, 9), 20e-9).phase)
