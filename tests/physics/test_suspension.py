from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeycell.physics.suspension import hindered_settling_speed, martin_viscosity, settled_layers

G = 9.80665


@given(d=st.floats(1e-8, 1e-4), drho=st.floats(-2000, 5000), mu=st.floats(1e-4, 1e2))
def test_dilute_settling_is_stokes(d: float, drho: float, mu: float) -> None:
    stokes = d**2 * drho * G / (18.0 * mu)
    assert hindered_settling_speed(d, drho, mu, 0.0, G, 4.65) == pytest.approx(stokes, rel=1e-14)
    # To first order each share of particles slows by the exponent.
    slowed = hindered_settling_speed(d, drho, mu, 1e-6, G, 4.65)
    assert slowed == pytest.approx(stokes * (1.0 - 4.65e-6), rel=1e-10)


def test_neighbours_hinder() -> None:
    speeds = [hindered_settling_speed(2e-6, 800.0, 1.0, phi, G, 4.65) for phi in np.linspace(0.0, 0.5, 11)]
    assert np.all(np.diff(speeds) < 0.0)
    assert speeds[-1] > 0.0


@given(height=st.floats(1e-6, 1e-2), fall=st.floats(0.0, 10.0), phi=st.floats(1e-4, 0.99), jam=st.floats(0.3, 0.74))
def test_layers_conserve_particles_and_fit_the_height(height: float, fall: float, phi: float, jam: float) -> None:
    phi *= jam
    clear, sediment = settled_layers(height, fall * height, phi, jam)
    assert clear >= 0.0
    assert sediment >= 0.0
    assert clear + sediment <= height * (1.0 + 1e-9)
    assert (height - clear - sediment) * phi + sediment * jam == pytest.approx(height * phi, rel=1e-9)


def test_settling_starts_from_nothing_and_ends_packed() -> None:
    assert settled_layers(1e-4, 0.0, 0.1, 0.5) == (0.0, 0.0)
    clear, sediment = settled_layers(1e-4, 1.0, 0.1, 0.5)
    assert clear + sediment == pytest.approx(1e-4)
    assert settled_layers(1e-4, 1e-5, 0.0, 0.5) == (1e-4, 0.0)
    assert settled_layers(1e-4, 1e-5, 0.5, 0.5) == (0.0, 1e-4)


def test_viscosities_start_at_that_of_the_liquid_and_rise() -> None:
    assert martin_viscosity(1e-3, 0.04, 0.0, 0.35) == 1e-3
    assert np.all(np.diff([martin_viscosity(1e-3, 0.04, c, 0.35) for c in (0, 1, 10, 100, 300)]) > 0.0)
