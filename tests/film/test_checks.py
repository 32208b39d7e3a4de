"""Recipes that make no film get one sentence each: what came, where, what would do."""

from __future__ import annotations

import pytest

from honeycell.data.tables import load_parameters
from honeycell.film.formation import form_film
from honeycell.quantities.errors import HoneycellError
from honeycell.quantities.record import flags_of
from honeycell.recipe.library import load
from honeycell.structure.profile import dry_structure


def parameters(**changed: float):
    own = load_parameters(without="film").with_values(load("hj-4-6").values())
    return own.replace({f"recipe.film.{name}": value for name, value in changed.items()}).view()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"polymer_mass": 0.0}, "no polymer"),
        ({"solvent_mass": 0.0}, "no solvent"),
        ({"polymer_mass": 40e-3}, "sets by itself"),
        ({"blade_gap": 2e-6}, "holds no particle"),
        ({"filler_mass": 1.0}, "jam"),
        ({"bath_temperature": 375.0}, "boils"),
        ({"bath_temperature": 270.0}, "freezes"),
        ({"bath_solvent_fraction": 0.99}, "does not demix"),
        ({"bath_solvent_fraction": 0.9}, "never sets"),
        ({"exchange_time": 0.1}, "taken out"),
    ],
)
def test_a_recipe_that_makes_no_film_is_refused_in_a_sentence(changed: dict[str, float], said: str) -> None:
    with pytest.raises(HoneycellError, match=said) as caught:
        form_film(parameters(**changed), "hj-4-6", diagrams=False)
    assert "\n" not in str(caught.value)
    assert caught.value.cure


@pytest.mark.parametrize(("temperature", "said"), [(200.0, "frozen"), (430.0, "melts"), (650.0, "meniscus")])
def test_a_film_that_cannot_dry_is_refused(temperature: float, said: str) -> None:
    film = form_film(parameters(), "hj-4-6", diagrams=False)["film"]
    with pytest.raises(HoneycellError, match=said):
        dry_structure(parameters(drying_temperature=temperature), "hj-4-6", film)


def test_a_bath_that_would_melt_the_polymer_is_refused() -> None:
    own = parameters(bath_temperature=350.0)
    soft = own.replace({"pvdf_hfp.melting_temperature": 340.0}).view()
    with pytest.raises(HoneycellError, match="melts"):
        form_film(soft, "hj-4-6", diagrams=False)


def test_depths_outside_the_quench_library_are_flagged() -> None:
    p = parameters(polymer_mass=1e-3)
    structure = dry_structure(p, "thin", form_film(p, "thin", diagrams=False)["film"])
    assert flags_of(structure)[0].startswith("outside_library: 50 of 50")
    p = parameters()
    assert flags_of(dry_structure(p, "usual", form_film(p, "usual", diagrams=False)["film"])) == []
