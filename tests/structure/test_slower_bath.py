"""A bath slowed by the factor that is answered makes the pores asked for; where none does, the answer says so."""

from __future__ import annotations

import json
import math

import pytest

from honeycell.data.tables import load_parameters
from honeycell.film.formation import form_film
from honeycell.quantities.record import flags_of
from honeycell.recipe.library import load
from honeycell.structure.profile import dry_structure
from honeycell.structure.slower_bath import REPORTED, TRANSFER, slower_bath

RECIPE = load("hj-4-6-bath-400")
P = load_parameters().with_values(RECIPE.values())


def test_the_bath_it_names_makes_the_reported_pore_and_one_at_rest_bounds_it() -> None:
    found = slower_bath(P, "x")
    fall = float(found["fall_by_chord"])
    assert 1.0 < fall < float(found["largest_fall"])
    slow = P.replace({TRANSFER: float(found["transfer"]) / fall}).view()
    chord = float(dry_structure(slow, "x", form_film(slow, "x", diagrams=False)["film"])["front_pore_chord"])
    assert chord == pytest.approx(float(found["reported"]), rel=3e-3)
    assert chord < float(found["chord_at_rest"])
    assert {REPORTED, TRANSFER} < set(json.loads(found.attrs["parameter_keys"]))


def test_pores_that_no_bath_makes_have_no_fall() -> None:
    wide, narrow = (slower_bath(P.replace({REPORTED: pore}), "x") for pore in (1e-5, 1e-9))
    for record, said in ((wide, "stays below"), (narrow, "wider than reported")):
        assert math.isnan(float(record["fall_by_chord"]))
        assert math.isnan(float(record["fall_by_diameter"]))
        assert [said in flag for flag in flags_of(record)] == [True, True]


def test_the_reported_pore_makes_no_film() -> None:
    film = form_film(P.view(), "x", diagrams=False)["film"]
    assert REPORTED not in json.loads(film.attrs["parameter_keys"])
