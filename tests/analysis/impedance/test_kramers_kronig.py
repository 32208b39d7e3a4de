"""The Kramers-Kronig test: noise in, noise out; what obeys the relations passes, what breaks them does not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honeycell.analysis.impedance.circuit import parse_circuit
from honeycell.analysis.impedance.kramers_kronig import kramers_kronig_test

FREQUENCY = np.geomspace(1e5, 1e-2, 60)
VALID = {
    "R-(R CPE)": [5.0, 20.0, 1e-4, 0.85],
    "R-(R CPE)-(R CPE)-(R CPE)": [5.0, 8.0, 1e-6, 0.9, 12.0, 1e-4, 0.85, 20.0, 1e-2, 0.9],
    "R-(R CPE)-([R W] CPE)": [7.7, 3.0, 2e-5, 0.9, 7.5, 12.0, 1e-3, 0.85],
    "L-R-(R CPE)-C": [2e-6, 5.0, 20.0, 1e-5, 0.85, 0.1],
    "R-CPE": [50.0, 1e-3, 0.8],
}
TWO_ARCS = ("R-(R CPE)-(R CPE)", [5.0, 20.0, 1e-5, 0.85, 10.0, 1e-2, 0.9])


def spectrum(text: str, values: list[float], noise: float, seed: int, frequency: np.ndarray = FREQUENCY) -> np.ndarray:
    rng = np.random.default_rng(seed)
    off = rng.normal(size=(2, len(frequency)))
    return parse_circuit(text).impedance(frequency, np.array(values)) * (1.0 + noise * (off[0] + 1j * off[1]))


@pytest.mark.parametrize("noise", [1e-4, 2e-3, 2e-2])
@pytest.mark.parametrize("text", VALID)
def test_noise_in_noise_out(text, noise):
    """Its mean is right within 5 %, which is 2.5 standard errors over 20 spectra, and every one passes."""
    found = [kramers_kronig_test(FREQUENCY, spectrum(text, VALID[text], noise, seed)) for seed in range(20)]
    assert np.mean([test.noise for test in found]) == pytest.approx(noise, rel=0.05)
    assert all(test.passes for test in found)


@pytest.mark.parametrize(("count", "noise"), [(20, 2e-3), (20, 1e-2), (30, 5e-4), (60, 5e-4), (200, 5e-4), (200, 1e-2)])
@pytest.mark.parametrize("text", ["R-(R CPE)", "R-CPE", "R-(R CPE)-([R W] CPE)"])
def test_noise_is_found_within_its_own_spread(text, count, noise):
    """The spread is one over the root of twice the numbers left free; the mean of 16 lies within 3 of its errors and 6 % of bias."""
    f = np.geomspace(1e5, 1e-2, count)
    found = [kramers_kronig_test(f, spectrum(text, VALID[text], noise, seed, f)) for seed in range(16)]
    spread = 1.0 / np.sqrt(2.0 * (2 * count - np.mean([test.order for test in found])))
    off = np.array([test.noise for test in found]) / noise - 1.0
    assert abs(off.mean()) < 3.0 * spread / 4.0 + 0.06
    assert off.std() < 1.6 * spread
    assert all(test.passes for test in found)
    assert sum(bool(test.outliers) for test in found) <= 1


def test_where_points_are_too_few_for_so_little_noise_it_is_overstated():
    """Three points a decade cannot tell 0.05 % from the bend of an arc: never less is said, no point is called stray."""
    f = np.geomspace(1e5, 1e-2, 16)
    for text, values in VALID.items():
        for seed in range(5):
            test = kramers_kronig_test(f, spectrum(text, values, 5e-4, seed, f))
            assert test.noise > 5e-4
            assert test.outliers == ()
            assert test.passes


def test_what_has_no_noise_leaves_nothing():
    for text, values in VALID.items():
        test = kramers_kronig_test(FREQUENCY, spectrum(text, values, 0.0, 0))
        assert test.rms < 1e-5
        assert test.passes


def test_gaussian_noise_is_seldom_called_a_stray_point():
    """In at most two of a hundred spectra, and then one point."""
    found = [kramers_kronig_test(FREQUENCY, spectrum(*TWO_ARCS, 2e-3, seed)).outliers for seed in range(100)]
    assert sum(bool(places) for places in found) <= 2
    assert max(len(places) for places in found) <= 1


@pytest.mark.parametrize("text", VALID)
def test_five_per_cent_off_in_the_middle_is_found(text):
    """In 0.2 % noise, in any direction: in nine of ten spectra at least, and nothing else with it."""
    found = 0
    for seed in range(20):
        rng = np.random.default_rng(500 + seed)
        Z, place = spectrum(text, VALID[text], 2e-3, seed), int(rng.integers(10, 50))
        Z[place] *= 1.0 + 0.05 * np.exp(2j * np.pi * rng.random())
        outliers = kramers_kronig_test(FREQUENCY, Z).outliers
        found += place in outliers
        assert set(outliers) <= {place}
    assert found >= 18


def test_a_stretch_off_the_rest_is_no_row_of_stray_points():
    """Five neighbours 3 % high are a process or a change of range, not five slips."""
    for seed in range(10):
        Z = spectrum(*TWO_ARCS, 2e-3, seed)
        Z[28:33] *= 1.03
        outliers = kramers_kronig_test(FREQUENCY, Z).outliers
        assert len(set(outliers) & set(range(28, 33))) <= 2


@pytest.mark.parametrize("place", [8, 20, 30, 45, 52])
def test_a_stray_point_is_found_and_does_not_count_as_noise(place):
    """2 % off in 0.2 % noise, in any direction: seven in eight at least, and then the noise is that of the rest."""
    found = 0
    for seed in range(8):
        Z = spectrum(*TWO_ARCS, 2e-3, seed)
        Z[place] *= 1.0 + 0.02 * np.exp(0.8j * seed)
        test = kramers_kronig_test(FREQUENCY, Z)
        if place in test.outliers:
            found += 1
            assert test.noise == pytest.approx(2e-3, rel=0.3)
        assert test.passes
    assert found >= 7


def test_residual_is_fit_less_measured_over_modulus():
    Z = spectrum(*TWO_ARCS, 2e-3, 1)
    test = kramers_kronig_test(FREQUENCY, Z)
    assert test.residuals == pytest.approx((test.fit - Z) / np.abs(Z), abs=1e-12)


@pytest.mark.parametrize("slope", [0.1, -0.1])
def test_a_cell_that_drifts_does_not_pass(slope):
    """The impedance grows or falls by a tenth while it is measured; what is left exceeds the noise."""
    for seed in range(8):
        Z = spectrum(*TWO_ARCS, 2e-3, seed) * (1.0 + slope * np.arange(60) / 60.0)
        test = kramers_kronig_test(FREQUENCY, Z)
        assert not test.passes
        assert test.noise > 2.0 * 2e-3
        assert "not consistent" in test.verdict


def test_the_reversed_arc_does_not_pass():
    """The conjugate of a causal spectrum belongs to no causal system."""
    test = kramers_kronig_test(FREQUENCY, spectrum(*TWO_ARCS, 2e-3, 1).conj())
    assert not test.passes
    assert test.rms > 0.05


def test_order_of_rows_does_not_matter():
    Z = spectrum(*TWO_ARCS, 2e-3, 3)
    Z[25] *= 1.03
    straight = kramers_kronig_test(FREQUENCY, Z)
    places = np.random.default_rng(0).permutation(60)
    mixed = kramers_kronig_test(FREQUENCY[places], Z[places])
    assert mixed.residuals == pytest.approx(straight.residuals[places], abs=1e-6)
    assert {int(places[i]) for i in mixed.outliers} == set(straight.outliers) >= {25}
    assert mixed.correlation == pytest.approx(straight.correlation, abs=1e-3)


@settings(max_examples=20, deadline=None)
@given(size=st.floats(1e-6, 1e9), pace=st.floats(1e-6, 1e6))
def test_no_unit_of_impedance_or_time_matters(size, pace):
    Z = spectrum(*TWO_ARCS, 2e-3, 4)
    one, other = kramers_kronig_test(FREQUENCY, Z), kramers_kronig_test(pace * FREQUENCY, size * Z)
    assert other.residuals == pytest.approx(one.residuals, abs=1e-6)
    assert other.fit == pytest.approx(size * one.fit, rel=1e-6)
    assert other.outliers == one.outliers


@settings(max_examples=40, deadline=None)
@given(
    arcs=st.lists(st.tuples(st.floats(1.0, 100.0), st.floats(-4.0, 1.0), st.floats(0.6, 1.0)), min_size=1, max_size=3),
    seed=st.integers(0, 1000),
)
def test_any_sum_of_arcs_passes(arcs, seed):
    """Depressed arcs of any resistance and time constant in the window; the noise is found within four deviations."""
    j_omega = 2j * np.pi * FREQUENCY
    Z = 5.0 + sum(R / (1.0 + (j_omega * 10.0**log_tau) ** alpha) for R, log_tau, alpha in arcs)
    off = np.random.default_rng(seed).normal(size=(2, 60))
    test = kramers_kronig_test(FREQUENCY, Z * (1.0 + 3e-3 * (off[0] + 1j * off[1])))
    assert test.passes
    assert test.noise == pytest.approx(3e-3, rel=0.4)


@pytest.mark.parametrize("count", [2, 3, 5, 10])
def test_few_points_give_a_result_and_condemn_nothing(count):
    f = np.geomspace(1e5, 1e-2, count)
    test = kramers_kronig_test(f, spectrum(*TWO_ARCS, 2e-3, 1, f))
    assert np.isfinite([test.noise, test.rms, test.order]).all()
    assert test.outliers == ()
    assert test.passes


def test_an_acausal_spectrum_of_few_points_is_condemned_by_its_size():
    """The conjugate of a spectrum obeys the relations with the wrong sign: no model comes near."""
    f = np.geomspace(1e5, 1e-2, 14)
    test = kramers_kronig_test(f, np.conj(spectrum(*TWO_ARCS, 2e-3, 1, f)))
    assert not test.passes
    honest = kramers_kronig_test(f, spectrum(*TWO_ARCS, 2e-3, 1, f))
    assert "too few" in honest.verdict


def test_a_stray_end_point_is_found():
    """With it the model would bend to it; a fit without it does not come near."""
    f = np.geomspace(1e5, 1e-2, 80)
    found = 0
    for seed in range(20):
        Z = spectrum(*TWO_ARCS, 2e-3, seed, f)
        end = 0 if seed % 2 else len(f) - 1
        Z[end] *= 1.0 + 0.08 * np.exp(1j * seed)
        found += end in kramers_kronig_test(f, Z).outliers
    assert found >= 18
