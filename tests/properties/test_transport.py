from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honeycell.data.tables import load_parameters
from honeycell.properties.pore_conduction import load_conduction
from honeycell.properties.transport import swollen_film
from honeycell.quantities.record import make_record
from honeycell.recipe.library import load
from honeycell.twin import make_film

if TYPE_CHECKING:
    from honeycell.data.parameters import Parameters

POROSITY = st.floats(0.05, 0.95)
POLYMER = 0.06  # in the liquid when it set


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
            "polymer_when_set": ("depth", np.full(n, POLYMER), "1"),
            "thickness": ((), n * layer, "m"),
        },
    )


def swollen(porosity: list[float], layer: float = 1e-6, **numbers: float) -> dict[str, float]:
    # the pores alone, unless a test asks for walls that swell
    given = {"pvdf_hfp__wall_uptake": 0.0} | numbers
    p = parameters().replace({key.replace("__", "."): number for key, number in given.items()})
    record = swollen_film(p.view(), "test", structure(porosity, layer))
    return {str(name): float(value) for name, value in record.data_vars.items() if not value.ndim}


def layer_ratios(porosity: list[float], uptake: float) -> np.ndarray:
    """Of the layers of :func:`structure`, whose solid is half polymer and half particles, by the table alone."""
    p = parameters()
    eps = np.array(porosity)
    solid = 0.5 * (1.0 - eps)
    liquid = eps * float(p["recipe.film.filled_pore_share"])
    phi = 1.0 / (1.0 + uptake)
    rest = ((1.0 - phi) / (1.0 + phi)) ** 2 * solid / (1.0 - solid - liquid)
    share = liquid / (1.0 - solid)
    found = load_conduction().ratio_at(np.full(len(eps), POLYMER), float(p["pvdf_hfp.gel_fraction"]), share, rest)
    return found * (1.0 - solid) ** 1.5


@settings(max_examples=15, deadline=None)
@given(profile=st.lists(POROSITY, min_size=1, max_size=12))
def test_layers_conduct_in_series_and_within_bounds(profile: list[float]) -> None:
    found = swollen(profile, pvdf_hfp__wall_uptake=0.25)
    layers = layer_ratios(profile, 0.25)
    ratio = found["effective_conductivity_ratio"]
    assert 1.0 / np.mean(1.0 / layers) == pytest.approx(ratio, rel=1e-9)
    assert 0.0 < ratio <= np.mean(layers) * (1.0 + 1e-12)
    assert found["conductivity"] == pytest.approx(ratio * found["liquid_conductivity"], rel=1e-12)


@pytest.mark.parametrize("eps", [0.02, 0.3, 0.8])
def test_however_far_it_departs_the_ratio_stays_within_the_bounds(eps: float) -> None:
    p = parameters()
    filled = eps * float(p["recipe.film.filled_pore_share"])
    for deviation in (-50.0, -1.0, 0.0, 1.0, 50.0):
        ratio = swollen([eps] * 3, porous_medium__conduction_deviation=deviation)["effective_conductivity_ratio"]
        assert 0.0 <= ratio <= filled


def test_uptake_and_conductivity_rise_with_porosity() -> None:
    made = [swollen([eps] * 4) for eps in np.linspace(0.1, 0.9, 9)]
    for name in ("uptake", "liquid_mass_fraction", "conductivity", "porosity"):
        assert np.all(np.diff([each[name] for each in made]) > 0.0), name
    assert all(each["uptake_gain_with_porosity"] > 0.0 for each in made)


@settings(max_examples=15, deadline=None)
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
    layers = layer_ratios([0.5, 0.0, 0.5], uptake)
    phi = 1.0 / (1.0 + uptake)
    assert layers[1] == pytest.approx(((1.0 - phi) / (1.0 + phi)) ** 2 * 0.5**1.5, rel=1e-9)  # half of it is particles
    assert found["effective_conductivity_ratio"] == pytest.approx(3.0 / np.sum(1.0 / layers), rel=1e-9)
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
