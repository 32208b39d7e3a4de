"""Every interaction set passes its own cloud point, and a recipe mixes by the set it names."""

from __future__ import annotations

import numpy as np
import pytest

from honeycell.data.tables import load_parameters
from honeycell.film.dope import Dope, rival_diagrams, ternary_mixture
from honeycell.film.formation import form_film
from honeycell.film.interactions import PAIRS, set_names
from honeycell.physics.cloud_point import pinned
from honeycell.physics.phase_diagram import cloud_water, tie_line
from honeycell.plot import figure_binodals
from honeycell.quantities.errors import InputError
from honeycell.quantities.value import Value
from honeycell.recipe.library import load

COMPONENTS = ("water", "nmp", "pvdf_hfp")
SETS = set_names(load_parameters(), COMPONENTS)


def parameters(name: str | None = None):
    own = load_parameters().with_values(load("hj-4-6").values())
    return own if name is None else own.with_values({"recipe.film.interactions": Value(name)})


@pytest.mark.parametrize("name", SETS)
def test_each_set_passes_its_own_cloud_point(name: str) -> None:
    p = parameters(name)
    mixture = ternary_mixture(p.view(), Dope(p.view()))
    table = "__".join((*COMPONENTS, name))
    assert cloud_water(mixture, p[f"{table}.cloud_polymer"]) == pytest.approx(p[f"{table}.cloud_water"], abs=1e-9)
    assert mixture.chi123 == p[f"{table}.ternary"]


def test_sets_of_one_cloud_point_differ_in_their_rich_phases() -> None:
    views = [parameters(name).view() for name in ("measured_cloud", "good_solvent")]
    lines = [tie_line(ternary_mixture(p, Dope(p)), (0.3, 0.06)) for p in views]
    rich = [line.rich[2] for line in lines if line]
    assert abs(rich[0] - rich[1]) > 0.02


def test_without_a_name_and_by_the_name_of_the_pairs_it_is_the_pairs() -> None:
    one, other = parameters().view(), parameters(PAIRS).view()
    assert ternary_mixture(one, Dope(one)) == ternary_mixture(other, Dope(other))


@pytest.mark.slow
def test_a_film_forms_by_a_rival_set() -> None:
    usual, rival = (
        form_film(parameters(name).view(), "hj-4-6", diagrams=False)["film"] for name in (None, "three_body")
    )
    assert float(rival["demixing_water"]) < 0.7 * float(usual["demixing_water"])


def test_rivals_are_tabled_and_drawn() -> None:
    record = rival_diagrams(parameters().view(), "hj-4-6")
    assert record["set"].values.tolist() == [PAIRS, *SETS]
    close_up = figure_binodals(record).axes[1]
    marks = [line for line in close_up.lines if line.get_marker() == "o"]
    np.testing.assert_allclose([line.get_xdata()[0] for line in marks], record["cloud_point"].values[:, 0])


def test_sets_and_cloud_points_that_do_not_exist_are_refused() -> None:
    p = parameters("no_such").view()
    with pytest.raises(InputError, match="no_such") as caught:
        ternary_mixture(p, Dope(p))
    assert "measured_cloud" in caught.value.cure
    mixture = ternary_mixture(parameters().view(), Dope(parameters().view()))
    with pytest.raises(InputError, match="cloud point"):
        pinned(mixture, 0.98, 0.06)
    with pytest.raises(InputError, match="cloud point"):
        pinned(mixture, 0.6, 0.06)
