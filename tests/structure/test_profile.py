from __future__ import annotations

import numpy as np
import pytest

from honeycell.data.tables import load_parameters
from honeycell.film.formation import form_film
from honeycell.quantities.errors import InputError
from honeycell.quantities.value import Value
from honeycell.recipe.library import load
from honeycell.structure.profile import bought_structure, dry_structure


def made(sample: str, **numbers: float):
    changed = {f"recipe.film.{name}": Value(number) for name, number in numbers.items()}
    p = load_parameters().with_values(load(sample).values()).with_values(changed)
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
    assert "pvdf_hfp.yield_strength" in dry.attrs["parameter_keys"]
    assert "pvdf_hfp.yield_strength" not in film.attrs["parameter_keys"]


def changed(values: dict[str, float], sample: str = "hj-4-6"):
    p = load_parameters().with_values(load(sample).values()).replace(values)
    film = form_film(p.view(), sample, diagrams=False)["film"]
    return dry_structure(p.view(), sample, film)


def test_narrow_pores_of_the_front_are_pressed_denser_than_wide_ones_of_the_back() -> None:
    _, dry = made("hj-4-6")
    polymer, pore = dry["polymer_fraction"].values, dry["porosity"].values
    assert float(dry["front_denser"]) == 1.0
    assert polymer[0] / pore[0] > 1.5 * polymer[-1] / pore[-1]
    assert float(dry["back_pore_chord"]) > 2.0 * float(dry["front_pore_chord"])


def test_stronger_polymer_or_a_liquid_that_wets_less_leaves_more_void() -> None:
    base = float(changed({})["mean_porosity"])
    assert float(changed({"pvdf_hfp.yield_strength": 25e6})["mean_porosity"]) > base
    assert float(changed({"water__pvdf_hfp.wetting": 0.5})["mean_porosity"]) < base


def test_without_menisci_the_film_keeps_its_wet_thickness_but_for_what_the_bath_drew_out() -> None:
    p = load_parameters().with_values(load("hj-1-0").values()).replace({"water__pvdf_hfp.wetting": 0.0})
    film = form_film(p.view(), "hj-1-0", diagrams=False)["film"]
    dry = dry_structure(p.view(), "hj-1-0", film)
    # what stays is the frame that set: its polymer at the fraction of dried walls
    share = float(film["polymer_fraction"]) / p["pvdf_hfp.dried_rich_fraction"]
    assert float(dry["thickness"]) == pytest.approx(float(film["solids_thickness"]) / share, rel=1e-9)


def test_what_cannot_dry_or_be_cast_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="no meniscus is left"):
        changed({"recipe.film.drying_temperature": 673.0})
    with pytest.raises(InputError, match="the dope holds no polymer"):
        changed({"recipe.film.polymer_mass": 0.0})
    with pytest.raises(InputError, match="holds no particle"):
        changed({"recipe.film.blade_gap": 1e-6})


def test_particles_packed_at_random_bear_the_film() -> None:
    _, dry = made("hj-1-9")
    jam = load_parameters()["zsm5.jamming_fraction"]
    assert np.all(dry["particle_fraction"].values <= jam * (1.0 + 1e-12))
