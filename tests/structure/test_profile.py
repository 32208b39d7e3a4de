from __future__ import annotations

import numpy as np
import pytest

from honeycell.data.tables import load_parameters
from honeycell.film.formation import form_film
from honeycell.recipe.library import load
from honeycell.structure.profile import bought_structure, dry_structure


def made(sample: str, **numbers: float):
    changed = {f"recipe.film.{name}": number for name, number in numbers.items()}
    p = load_parameters().with_values(load(sample).values()).replace(changed)
    film = form_film(p.view(), sample, diagrams=False)["film"]
    return film, dry_structure(p.view(), sample, film)


@pytest.mark.parametrize("hold", [0.0, 60.0, 1e6])
@pytest.mark.parametrize("porosity", [0.0, 0.35, 0.8])
@pytest.mark.parametrize("sample", ["hj-4-6", "hj-1-0"])
def test_drying_conserves_polymer_and_particles(sample: str, porosity: float, hold: float) -> None:
    film, dry = made(sample, hold_time=hold, dry_porosity=porosity)
    wet = float(film["wet_thickness"])
    particle = film["particle_fraction"].values
    dz = dry["layer_thickness"].values
    layer = wet / len(particle)
    polymer = (1.0 - particle) * float(film["polymer_fraction"])
    np.testing.assert_allclose(dry["particle_fraction"].values * dz, particle * layer, rtol=1e-12, atol=1e-20)
    np.testing.assert_allclose(dry["polymer_fraction"].values * dz, polymer * layer, rtol=1e-12)
    solids = float(film["solids_thickness"])
    assert float(dry["thickness"]) * (1.0 - float(dry["mean_porosity"])) == pytest.approx(solids, rel=1e-12)


@pytest.mark.parametrize("sample", ["hj-4-6", "hj-1-0", "hj-1-9"])
def test_fractions_fill_each_layer_and_layers_fill_the_film(sample: str) -> None:
    _, dry = made(sample)
    whole = dry["porosity"].values + dry["polymer_fraction"].values + dry["particle_fraction"].values
    np.testing.assert_allclose(whole, 1.0, rtol=1e-12)
    assert float(dry["layer_thickness"].sum()) == pytest.approx(float(dry["thickness"]))
    depth, dz = dry["depth"].values, dry["layer_thickness"].values
    assert np.all(np.diff(depth) > 0.0)
    assert depth[0] == pytest.approx(dz[0] / 2.0)
    assert depth[-1] + dz[-1] / 2.0 == pytest.approx(float(dry["thickness"]))


def test_more_void_makes_a_thicker_film() -> None:
    thickness = [float(made("hj-4-6", dry_porosity=porosity)[1]["thickness"]) for porosity in (0.0, 0.3, 0.6, 0.9)]
    assert np.all(np.diff(thickness) > 0.0)


@pytest.mark.parametrize("sample", ["gf", "pe"])
def test_a_bought_separator_is_uniform_and_as_stated(sample: str) -> None:
    recipe = load(sample)
    record = bought_structure(load_parameters().with_values(recipe.values()).view(), sample)
    stated = recipe.values()
    assert float(record["thickness"]) == pytest.approx(stated["recipe.film.thickness"].value)
    np.testing.assert_allclose(record["porosity"].values, stated["recipe.film.porosity"].value)
    assert float(record["mean_porosity"]) == pytest.approx(stated["recipe.film.porosity"].value)


def test_the_structure_descends_from_the_film() -> None:
    film, dry = made("hj-4-6")
    assert "recipe.film.hold_time" in film.attrs["parameter_keys"]
    assert "recipe.film.hold_time" in dry.attrs["parameter_keys"]
    assert "recipe.film.dry_porosity" in dry.attrs["parameter_keys"]
