from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honeycell.data.tables import load_parameters
from honeycell.properties.transport import swollen_film
from honeycell.quantities.record import make_record
from honeycell.recipe.library import load
from honeycell.twin import make_film

if TYPE_CHECKING:
    from honeycell.data.parameters import Parameters

POROSITY = st.floats(0.05, 0.95)


@cache
def parameters(sample: str = "hj-4-6") -> Parameters:
    return load_parameters().with_values(load(sample).values())


def structure(porosity: list[float], layer: float = 1e-6):
    eps = np.array(porosity)
    n = len(eps)
    polymer = 0.5 * (1.0 - eps)
    return make_record(
        "structure/1",
        sample="test",
        instrument="structure",
        coordinates={"depth": ("depth", layer * (np.arange(n) + 0.5), "m")},
        variables={
            "porosity": ("depth", eps, "1"),
            "polymer_fraction": ("depth", polymer, "1"),
            "particle_fraction": ("depth", 1.0 - eps - polymer, "1"),
            "layer_thickness": ("depth", np.full(n, layer), "m"),
            "thickness": ((), n * layer, "m"),
        },
    )


def swollen(porosity: list[float], layer: float = 1e-6, **numbers: float) -> dict[str, float]:
    # the pores alone, unless a test asks for walls that swell
    given = {"pvdf_hfp__wall_uptake": 0.0} | numbers
    p = parameters().replace({key.replace("__", "."): number for key, number in given.items()})
    record = swollen_film(p.view(), "test", structure(porosity, layer))
    return {str(name): float(value) for name, value in record.data_vars.items()}


@settings(max_examples=25, deadline=None)
@given(eps=POROSITY, m=st.floats(1.0, 4.0), filling=st.floats(0.1, 1.0))
def test_a_uniform_film_obeys_the_power_law_exactly(eps: float, m: float, filling: float) -> None:
    p = parameters().replace(
        {"porous_medium.bruggeman_exponent": m, "recipe.film.filled_pore_share": filling, "pvdf_hfp.wall_uptake": 0.0}
    )
    record = swollen_film(p.view(), "test", structure([eps] * 7))
    assert float(record["effective_conductivity_ratio"]) == pytest.approx((eps * filling) ** m, rel=1e-12)
    expected = float(record["liquid_conductivity"]) * (eps * filling) ** m
    assert float(record["conductivity"]) == pytest.approx(expected, rel=1e-12)


@settings(max_examples=25, deadline=None)
@given(profile=st.lists(POROSITY, min_size=1, max_size=12))
def test_conductivity_lies_within_the_wiener_bounds_of_its_layers(profile: list[float]) -> None:
    found = swollen(profile)
    filled = np.array(profile) * parameters().describe("recipe.film.filled_pore_share").value
    layers = filled ** parameters().describe("porous_medium.bruggeman_exponent").value
    ratio = found["effective_conductivity_ratio"]
    assert 1.0 / np.mean(1.0 / layers) == pytest.approx(ratio, rel=1e-12)
    assert ratio <= np.mean(layers) * (1.0 + 1e-12)
    assert 0.0 <= ratio <= found["porosity"] * (1.0 + 1e-12)


def test_uptake_and_conductivity_rise_with_porosity() -> None:
    made = [swollen([eps] * 4) for eps in np.linspace(0.1, 0.9, 9)]
    for name in ("uptake", "liquid_mass_fraction", "conductivity", "porosity"):
        assert np.all(np.diff([each[name] for each in made]) > 0.0), name
    assert all(each["uptake_gain_with_porosity"] > 0.0 for each in made)


@settings(max_examples=25, deadline=None)
@given(profile=st.lists(POROSITY, min_size=1, max_size=8), layer=st.floats(1e-7, 1e-4), disc=st.floats(5e-3, 2e-2))
def test_resistance_is_length_over_conductivity_and_area(profile: list[float], layer: float, disc: float) -> None:
    p = parameters().replace({"recipe.cell.disc_diameter": disc})
    record = swollen_film(p.view(), "test", structure(profile, layer))
    area = math.pi * disc**2 / 4.0
    expected = float(record["thickness"]) / (float(record["conductivity"]) * area)
    assert float(record["resistance"]) == pytest.approx(expected, rel=1e-12)


def test_liquid_share_and_uptake_say_the_same() -> None:
    found = swollen([0.3, 0.6, 0.8])
    assert found["liquid_mass_fraction"] == pytest.approx(found["uptake"] / (1.0 + found["uptake"]))


def test_the_order_of_layers_does_not_matter_in_series() -> None:
    first, second = swollen([0.2, 0.5, 0.9]), swollen([0.9, 0.2, 0.5])
    for name in ("conductivity", "uptake", "resistance", "areal_mass"):
        assert first[name] == pytest.approx(second[name])


def test_a_closed_layer_conducts_as_the_gel_of_its_walls() -> None:
    uptake = 0.25
    found = swollen([0.5, 0.0, 0.5], pvdf_hfp__wall_uptake=uptake)
    phi = 1.0 / (1.0 + uptake)
    gel = 0.5 * ((1.0 - phi) / (1.0 + phi)) ** 2  # half of the closed layer is polymer, a quarter of the open ones
    filling = float(parameters()["recipe.film.filled_pore_share"])
    power = float(parameters()["porous_medium.bruggeman_exponent"])
    open_layer = (0.5 * filling) ** power + 0.25 / 0.5 * gel
    in_series = 3.0 / (2.0 / open_layer + 1.0 / gel)
    assert found["effective_conductivity_ratio"] == pytest.approx(in_series, rel=1e-12)
    assert swollen([0.5] * 3, pvdf_hfp__wall_uptake=uptake)["uptake"] > swollen([0.5] * 3)["uptake"]


def test_free_liquid_at_a_face_falls_with_reach_and_with_what_the_walls_hold() -> None:
    recipe, tables = load("hj-4-6"), load_parameters()
    p = tables.with_values(recipe.values())
    structure = make_film(recipe, tables, diagrams=False)["structure"]

    def free(**numbers: float) -> float:
        q = p.replace({f"pvdf_hfp.{name}": number for name, number in numbers.items()})
        return float(swollen_film(q.view(), "hj-4-6", structure)["free_liquid_share_front"])

    assert free(bound_liquid_thickness=0.0, wall_uptake=0.0) == 1.0
    assert free(wall_uptake=0.5) < free(wall_uptake=0.1) < 1.0
    assert free(bound_liquid_thickness=1e-8) < free(bound_liquid_thickness=1e-9)


@pytest.mark.parametrize("sample", ["gf", "pe"])
def test_a_bought_separator_conducts_less_than_its_liquid_share(sample: str) -> None:
    record = swollen_film(parameters(sample).view(), sample, structure([0.4] * 3))
    assert 0.0 < float(record["effective_conductivity_ratio"]) <= float(record["porosity"])
