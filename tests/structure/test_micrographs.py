from __future__ import annotations

import numpy as np
import pytest

from honeycell.analysis import reduce
from honeycell.data.tables import load_parameters
from honeycell.film.quench_store import load_library
from honeycell.numerics.topology import FACES, components
from honeycell.recipe.library import load
from honeycell.structure.layers import block_of, wall_field
from honeycell.structure.micrographs import face_micrographs
from honeycell.structure.stack import stack
from honeycell.twin import look_at, make_film


@pytest.mark.parametrize("share", [0.1, 0.226, 0.45, 0.8])
def test_walls_grow_to_the_share_asked_for(share: float) -> None:
    rich = load_library().rich(2, 0, 2)
    assert block_of(wall_field(rich), share, 1e-7, 0.0).solid.mean() == pytest.approx(share, abs=0.01)


def test_thicker_walls_hold_the_thinner_ones() -> None:
    rich = load_library().rich(2, 1, 2)
    thin, thick = (block_of(wall_field(rich), share, 1e-7, 0.0).solid for share in (0.3, 0.5))
    assert not np.any(thin & ~thick)


def test_walls_thinned_to_half_still_hang_together() -> None:
    rich = load_library().rich(2, 1, 2)
    block = block_of(wall_field(rich), 0.5 * float(rich.mean()), 100e-9, 0.0)
    piece = stack([block], (120, 120, 120), 0.5 * block.voxel_size, 1).phase
    labels, _ = components(piece, FACES, periodic=False)
    assert np.bincount(labels.ravel())[1:].max() > 0.9 * piece.sum()


def test_the_microscope_finds_about_the_mean_chord() -> None:
    recipe, tables = load("hj-4-6"), load_parameters()
    film = make_film(recipe, tables, diagrams=False)
    p = tables.with_values(recipe.values())
    seen = face_micrographs(p.view(), "hj-4-6", film["film"], film["structure"], 1)
    for side in ("front", "back"):
        found = reduce(seen[f"micrograph_{side}"])["pore_diameter_mean"].value
        assert found == pytest.approx(float(film["structure"][f"{side}_pore_chord"]), rel=0.3)


def test_a_bought_separator_has_no_virtual_micrograph() -> None:
    recipe, tables = load("gf"), load_parameters()
    assert look_at(recipe, tables, make_film(recipe, tables, diagrams=False), 1) == {}
