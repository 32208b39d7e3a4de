"""Randles and Sevcik's law and its inverse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeycell.physics.voltammetry import diffusion_coefficient_of, peak_current, reversible_peak_separation

T = 298.15


@given(st.floats(1e-16, 1e-8), st.floats(1e-6, 1e-2), st.floats(1.0, 1e4), st.floats(1.0, 4.0), st.floats(240.0, 370.0))
def test_the_slope_gives_the_coefficient_back(D: float, area: float, C: float, n: float, temperature: float) -> None:
    slope = float(peak_current(D, 1.0, area, C, n, temperature))
    assert diffusion_coefficient_of(slope, area, C, n, temperature) == pytest.approx(D, rel=1e-9)


def test_it_goes_as_the_roots_of_rate_and_coefficient_and_as_n_to_three_halves() -> None:
    one = peak_current(1e-9, 0.1, 1e-4, 1.0, 1.0, T)
    assert peak_current(1e-9, 0.4, 1e-4, 1.0, 1.0, T) == pytest.approx(2.0 * one)
    assert peak_current(4e-9, 0.1, 1e-4, 1.0, 1.0, T) == pytest.approx(2.0 * one)
    assert peak_current(1e-9, 0.1, 1e-4, 1.0, 4.0, T) == pytest.approx(8.0 * one)
    assert np.all(np.diff(peak_current(1e-9, np.geomspace(1e-3, 1.0, 9), 1e-4, 1.0, 1.0, T)) > 0.0)
    assert peak_current(1e-9, 0.1, 1e-4, 1.0, 1.0, 4.0 * T) == pytest.approx(0.5 * one)


def test_the_cold_draws_the_peaks_together() -> None:
    assert reversible_peak_separation(1.0, 253.15) == pytest.approx(0.0484, abs=1e-4)
    assert reversible_peak_separation(2.0, T) == pytest.approx(0.5 * reversible_peak_separation(1.0, T))
