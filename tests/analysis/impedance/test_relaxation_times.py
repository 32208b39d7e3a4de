"""Distributions of relaxation times against the closed form of the depressed arc, and what must not change them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honeycell.analysis.impedance.relaxation_times import relaxation_times

FREQUENCY = np.geomspace(1e5, 1e-2, 60)
J_OMEGA = 2j * np.pi * FREQUENCY


def arc(R: float, tau: float, alpha: float) -> np.ndarray:
    return R / (1.0 + (J_OMEGA * tau) ** alpha)


def density(tau: np.ndarray, R: float, tau_0: float, alpha: float) -> np.ndarray:
    """Of one depressed arc, exactly (Cole & Cole 1941, doi:10.1063/1.1750906)."""
    beta = np.pi * (1.0 - alpha)
    return R / (2.0 * np.pi) * np.sin(beta) / (np.cosh(alpha * np.log(tau / tau_0)) - np.cos(beta))


def noisy(Z: np.ndarray, noise: float, seed: int) -> np.ndarray:
    off = np.random.default_rng(seed).normal(size=(2, len(Z)))
    return Z * (1.0 + noise * (off[0] + 1j * off[1]))


@pytest.mark.parametrize(("alpha", "broadened"), [(0.7, 0.1), (0.8, 0.2), (0.9, 0.45)])
@pytest.mark.parametrize("log_tau", [-3.5, -2.0, -0.5])
def test_depressed_arc(log_tau, alpha, broadened):
    """One peak, its area within 2 %, its place within a tenth of a decade; smoothing may move part of a narrow one aside."""
    found = relaxation_times(FREQUENCY, noisy(5.0 + arc(20.0, 10.0**log_tau, alpha), 1e-3, 1))
    assert found.resistance == pytest.approx(20.0, rel=0.02)
    assert [np.log10(peak.time_constant) for peak in found.peaks] == pytest.approx([log_tau], abs=0.1)
    assert found.series_resistance == pytest.approx(5.0, rel=0.05)
    expected = density(found.time_constant, 20.0, 10.0**log_tau, alpha)
    assert np.abs(found.density - expected).sum() < broadened * expected.sum()


def test_smoothing_stops_at_the_noise():
    """Resistor-capacitor pairs have no width, and still the misfit is no more than the noise explains."""
    for seed in range(5):
        Z = noisy(5.0 + arc(20.0, 2e-4, 1.0) + arc(10.0, 0.1, 1.0), 2e-3, seed)
        found = relaxation_times(FREQUENCY, Z)
        assert 0.5 * 2e-3 < found.rms / np.sqrt(2.0) < 1.2 * 2e-3
        assert [peak.resistance for peak in found.peaks] == pytest.approx([20.0, 10.0], rel=0.02)


@pytest.mark.parametrize("seed", range(4))
def test_two_arcs_keep_their_resistances(seed):
    Z = noisy(5.0 + arc(20.0, 4.5e-5, 0.85) + arc(10.0, 0.077, 0.9), 2e-3, seed)
    found = relaxation_times(FREQUENCY, Z)
    fast, slow = found.peaks
    assert fast.resistance == pytest.approx(20.0, rel=0.03)
    assert slow.resistance == pytest.approx(10.0, rel=0.03)
    assert np.log10([fast.time_constant, slow.time_constant]) == pytest.approx(np.log10([4.5e-5, 0.077]), abs=0.1)


@settings(max_examples=15, deadline=None)
@given(
    arcs=st.lists(st.tuples(st.floats(2.0, 50.0), st.floats(-4.0, -0.5), st.floats(0.7, 0.95)), min_size=1, max_size=3),
    seed=st.integers(0, 100),
)
def test_whole_area_is_the_polarisation_resistance(arcs, seed):
    """However the arcs overlap; with the series resistance it is the limit at low frequency."""
    Z = 5.0 + sum(arc(R, 10.0**log_tau, alpha) for R, log_tau, alpha in arcs)
    found = relaxation_times(FREQUENCY, noisy(Z, 1e-3, seed))
    total = sum(R for R, _, _ in arcs)
    assert found.resistance + found.series_resistance == pytest.approx(5.0 + total, rel=0.02)
    assert sum(peak.resistance for peak in found.peaks) == pytest.approx(found.resistance, rel=1e-9)
    assert (found.density >= 0.0).all()
    assert [peak.time_constant for peak in found.peaks] == sorted(peak.time_constant for peak in found.peaks)


def test_inductance_and_capacitance_in_series_are_told_apart():
    Z = 1e-5 * J_OMEGA + 5.0 + arc(20.0, 4.5e-5, 0.85) + 1.0 / (0.1 * J_OMEGA)
    found = relaxation_times(FREQUENCY, noisy(Z, 1e-3, 1))
    assert found.inductance == pytest.approx(1e-5, rel=0.03)
    assert found.elastance == pytest.approx(10.0, rel=0.03)
    assert found.resistance == pytest.approx(20.0, rel=0.05)


@settings(max_examples=10, deadline=None)
@given(size=st.floats(1e-4, 1e6), pace=st.sampled_from([1e-3, 1.0, 1e3]))
def test_no_unit_of_impedance_or_time_matters(size, pace):
    Z = noisy(5.0 + arc(20.0, 1e-2, 0.8), 1e-3, 2)
    one, other = relaxation_times(FREQUENCY, Z), relaxation_times(pace * FREQUENCY, size * Z)
    assert other.density == pytest.approx(size * one.density, rel=1e-3, abs=1e-4 * size)
    assert other.time_constant == pytest.approx(one.time_constant / pace, rel=1e-9)
    assert other.smoothness == pytest.approx(one.smoothness)


def test_order_of_rows_does_not_matter():
    Z = noisy(5.0 + arc(20.0, 1e-2, 0.8), 1e-3, 3)
    places = np.random.default_rng(0).permutation(60)
    one, other = relaxation_times(FREQUENCY, Z), relaxation_times(FREQUENCY[places], Z[places])
    assert other.density == pytest.approx(one.density, rel=1e-3, abs=1e-4)


def test_a_point_without_weight_is_as_good_as_absent():
    Z = noisy(5.0 + arc(20.0, 1e-2, 0.8), 1e-3, 4)
    kept = np.ones(60)
    kept[30] = 0.0
    absent = relaxation_times(FREQUENCY[kept > 0.0], Z[kept > 0.0])
    Z[30] *= 3.0
    assert relaxation_times(FREQUENCY, Z, kept).density == pytest.approx(absent.density, abs=1e-12)
    assert relaxation_times(FREQUENCY, Z).density != pytest.approx(absent.density, rel=1e-2, abs=1e-2)
