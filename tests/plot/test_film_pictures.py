"""Figures of a film show the records' own numbers, and a cast cube shows what a ball and a slab must look like."""

from __future__ import annotations

import numpy as np
import pytest

from honeycell.data.tables import load_parameters
from honeycell.film.formation import form_film
from honeycell.plot import figure_cubes, figure_film_layers, figure_mosaic, figure_pore_sizes, figure_ternary, svg
from honeycell.plot.ray_cast import cast_rays, outline
from honeycell.quantities.record import make_record
from honeycell.recipe.library import load
from honeycell.structure.pore_sizes import pore_sizes
from honeycell.structure.profile import dry_structure
from honeycell.structure.stack import Block, Stack
from honeycell.structure.voxels import VoxelMap

NM = 1e-9


def micrograph(shape: tuple[int, int], **attributes: str):
    grey = np.random.default_rng(0).integers(0, 255, shape).astype(np.uint8)
    return make_record(
        "micrograph/1",
        sample="hj-4-6",
        instrument="scanning electron microscope",
        variables={"intensity": (("y", "x"), grey, "1"), "pixel_size": ((), 20 * NM, "m")},
        attributes=attributes,
    )


@pytest.fixture(scope="module")
def formed():
    parameters = load_parameters().with_values(load("hj-4-6").values())
    records = form_film(parameters.view(), "hj-4-6")
    return records | {"structure": dry_structure(parameters.view(), "hj-4-6", records["film"])}


def test_layers_are_drawn_from_the_records(formed) -> None:
    figure = figure_film_layers(formed["film"], formed["exchange"], formed["structure"])
    by_label = {line.get_label(): line for ax in figure.axes for line in ax.lines}
    np.testing.assert_array_equal(by_label["pores, dry"].get_ydata(), formed["structure"]["porosity"].values)
    np.testing.assert_array_equal(
        by_label["particles when set"].get_ydata(), formed["film"]["particle_fraction"].values
    )
    widths = by_label["pores, dry: mean chord"].get_ydata()
    np.testing.assert_allclose(widths * NM, formed["structure"]["pore_chord"].values)
    np.testing.assert_array_equal(by_label["has set"].get_xdata(), formed["film"]["gelation_time"].values)


def test_the_ways_of_the_liquid_end_where_it_set(formed) -> None:
    exchange = formed["exchange"]
    close_up = figure_ternary(formed["ternary"], exchange=exchange).child_axes[0]
    ways = [line for line in close_up.lines if str(line.get_label()).startswith("liquid")]
    assert len(ways) == 2
    np.testing.assert_array_equal(ways[1].get_xdata(), exchange["water_fraction"].values[:, -1])


def test_sizes_are_drawn_from_the_record() -> None:
    z, y, x = 2.0 * np.pi * np.indices((32, 32, 32)) / 16.0
    net = np.sin(z) * np.cos(y) + np.sin(y) * np.cos(x) + np.sin(x) * np.cos(z) > 0.3  # a gyroid
    blocks = [Block(net, scale * NM, depth) for scale, depth in ((10, 0.0), (30, 5e-6))]
    record = pore_sizes(Stack.of(blocks, 1), "film")
    depths, _, front, back = figure_pore_sizes(record).axes
    np.testing.assert_allclose(depths.lines[0].get_xdata(), record["mean_chord"].values / NM)
    assert back.patches[0].get_data().values == pytest.approx(100.0 * record["chord_share"].values[-1])
    assert front.get_xlim() == back.get_xlim()
    one = pore_sizes(Stack.of(blocks[:1], 1), "film")
    assert figure_pore_sizes(one).axes


def test_sections_stand_or_lie_and_closed_faces_are_said() -> None:
    standing = figure_mosaic(micrograph((400, 200)), micrograph((90, 90)), None)
    section, front, back = standing.axes[:3]
    assert section.get_position().height > section.get_position().width
    assert any("closed" in text.get_text() for text in back.texts)
    assert not front.texts
    lying = figure_mosaic(micrograph((800, 100), flags='["coarse: too coarse"]'), None, None)
    section = lying.axes[0].get_position()
    assert section.width > section.height
    assert any("too coarse" in text.get_text() for text in lying.texts)
    assert svg(lying, "sections").startswith("<svg")


def test_a_ball_in_a_cube_is_round_and_covers_what_it_must() -> None:
    n, r, pixels = 40, 14.0, 200
    z, y, x = np.indices((n, n, n)) + 0.5
    ball = ((z - n / 2) ** 2 + (y - n / 2) ** 2 + (x - n / 2) ** 2 < r * r).astype(np.uint8) * np.uint8(2)
    light, met, cut = cast_rays(ball, pixels)
    pixel = n * np.sqrt(3.0) / pixels
    assert np.count_nonzero(met) * pixel**2 == pytest.approx(np.pi * r * r, rel=0.03)
    assert set(np.unique(met)) == {0, 2}
    assert not cut.any()
    rows = np.flatnonzero(met.any(axis=1))
    assert light[rows[8]].max() > light[rows[-8]].max()  # the lamp is above


def test_a_full_cube_shows_three_faces_within_its_outline() -> None:
    light, met, cut = cast_rays(np.ones((16, 16, 16), np.uint8), 240)
    assert np.array_equal(cut, met > 0)
    assert len(np.unique(light[cut].round(6))) == 3
    corners, pairs = outline()
    assert len(pairs) == 9
    rows, columns = np.nonzero(met)
    right = ((columns + 0.5) / 240 - 0.5) * np.sqrt(3.0)
    high = (0.5 - (rows + 0.5) / 240) * np.sqrt(3.0)
    for found, ends in ((right, corners[:, 0]), (high, corners[:, 1])):
        assert found.min() == pytest.approx(ends.min(), abs=0.02)
        assert found.max() == pytest.approx(ends.max(), abs=0.02)


def test_cubes_carry_their_edges() -> None:
    cube = np.zeros((20, 20, 20), np.uint8)
    cube[:5] = 1
    records = {
        face: VoxelMap(cube, size * NM).to_record("film", attributes={"face": face})
        for face, size in (("front", 50), ("back", 200))
    }
    figure = figure_cubes(records)
    assert [ax.texts[0].get_text() for ax in figure.axes] == ["1 µm", "4 µm"]
