from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.constants import e, elementary_charge, k, physical_constants

from honeycell.data.tables import load_parameters
from honeycell.physics.ions import F, exchangeable_sodium, specific_capacity, stokes_radius

MASSES = {"sodium": 0.02299, "aluminium": 0.026982, "silicon": 0.028085, "oxygen": 0.015999}


def test_faraday_is_charge_times_avogadro() -> None:
    assert pytest.approx(elementary_charge * physical_constants["Avogadro constant"][0]) == F


def test_two_sodium_per_formula_of_the_analogue_are_170_8_mah_per_gram() -> None:
    p = load_parameters()
    framework, sodium = (p.describe(key).value for key in ("pba.framework_molar_mass", "elements.sodium"))
    assert isinstance(framework, float)
    assert isinstance(sodium, float)
    assert specific_capacity(2.0, framework + 2.0 * sodium) / 3.6e3 == pytest.approx(170.8, abs=0.05)


@given(n=st.floats(0.1, 4.0), mass=st.floats(0.01, 1.0), factor=st.floats(0.1, 10.0))
def test_capacity_is_proportional_to_charge_and_inverse_to_mass(n: float, mass: float, factor: float) -> None:
    one = specific_capacity(n, mass)
    assert specific_capacity(factor * n, mass) == pytest.approx(factor * one)
    assert specific_capacity(n, factor * mass) == pytest.approx(one / factor)


@given(conductivity=st.floats(1e-4, 1e-1), viscosity=st.floats(1e-4, 1e-1))
def test_the_stokes_radius_is_the_one_of_its_diffusivity(conductivity: float, viscosity: float) -> None:
    T = 298.15
    diffusivity = conductivity * k * T / (F * e)
    assert stokes_radius(conductivity, viscosity) == pytest.approx(k * T / (6.0 * math.pi * viscosity * diffusivity))


def test_sodium_of_the_zeolite_falls_with_silicon_and_ends_at_silica() -> None:
    found = [exchangeable_sodium(ratio, 96.0, MASSES, 192.0) for ratio in (1.0, 12.0, 25.0, 140.0, 1e9)]
    assert found == sorted(found, reverse=True)
    assert found[-1] == pytest.approx(0.0, abs=1e-6)
    whole = MASSES["sodium"] + MASSES["aluminium"] + MASSES["silicon"] + 4 * MASSES["oxygen"]
    assert found[0] == pytest.approx(1.0 / whole)
