"""Truth in, truth out: spectra forged from known parameters are recovered without a guess, with honest errors."""

from __future__ import annotations

import numpy as np
import pytest

from honeycell.analysis.impedance import parse_circuit
from honeycell.analysis.impedance.batch import Spectrum
from honeycell.analysis.impedance.family import choose
from honeycell.analysis.impedance.fit import exchanged, fit_circuit, time_constants
from honeycell.analysis.impedance.profile import profile_intervals

RANDLES = parse_circuit("R-(R CPE)-([R W] CPE)")
TRUTH = np.array([7.7, 3.0, 2e-5, 0.90, 7.5, 12.0, 1e-3, 0.85])
GRID = np.geomspace(1e5, 1e-2, 60)


def forged(circuit, truth, noise, seed, frequency=GRID):
    rng = np.random.default_rng(seed)
    Z = circuit.impedance(frequency, np.asarray(truth, float))
    n = len(frequency)
    return Spectrum(frequency, Z * (1.0 + noise * (rng.normal(size=n) + 1j * rng.normal(size=n))), np.ones(n))


def test_the_right_arcs_in_the_right_order():
    """The spectrum that other programs fit with the arcs exchanged: R0, R2 and sigma within 10 % in every case."""
    fits = fit_circuit([forged(RANDLES, TRUTH, 0.002, seed) for seed in range(40)], RANDLES)
    for fit in fits:
        assert fit.values[[0, 4, 5]] == pytest.approx(TRUTH[[0, 4, 5]], rel=0.1)
        assert not fit.ambiguous
        assert len(fit.minima) > 1  # the exchanged arcs are found, and told


def test_exchanged_arcs_are_flagged_where_noise_hides_the_difference():
    fits = fit_circuit([forged(RANDLES, TRUTH, 0.01, seed) for seed in range(40)], RANDLES)
    near = [(np.abs(fit.values - TRUTH) < 4.5 * fit.standard_errors).all() for fit in fits]
    assert sum(near) >= 38
    assert all(fit.ambiguous for fit, good in zip(fits, near, strict=True) if not good)
    assert any(fit.ambiguous for fit in fits)


@pytest.mark.parametrize("name", ["R0", "R1", "R2", "W1", "CPE2_Q", "CPE2_alpha"])
def test_stated_68_percent_intervals_hold_the_truth(name, two_hundred):
    """60 to 76 % of 200 seeds: binomial, two and a half standard deviations."""
    place = RANDLES.names.index(name)
    inside = [low <= TRUTH[place] <= high for low, high in (fit.interval(0.6827)[place] for fit in two_hundred)]
    assert 0.60 <= np.mean(inside) <= 0.76


@pytest.fixture(scope="module")
def two_hundred():
    return fit_circuit([forged(RANDLES, TRUTH, 0.002, seed) for seed in range(200)], RANDLES)


def test_profile_intervals_agree_with_linear_ones_where_errors_are_small(two_hundred):
    fit = two_hundred[0]
    assert profile_intervals(fit) == pytest.approx(fit.interval(), rel=0.01)


def test_profile_intervals_are_lopsided_where_the_data_say_only_at_least():
    """A finite diffusion whose wall is out of reach: any longer time will do, a shorter one will not."""
    circuit = parse_circuit("R-Wo")
    fit = fit_circuit([forged(circuit, [5.0, 100.0, 400.0], 0.01, 3)], circuit)[0]
    low, high = profile_intervals(fit)[2]
    assert 0.0 < low <= 400.0 < high
    assert np.isinf(high)


def test_row_order_and_unit_of_impedance_change_nothing():
    spectrum = forged(RANDLES, TRUTH, 0.002, 1)
    shuffled = np.random.default_rng(0).permutation(60)
    other = Spectrum(spectrum.frequency[shuffled], 1e3 * spectrum.impedance[shuffled], spectrum.weight)
    one, two = (fit_circuit([s], RANDLES)[0] for s in (spectrum, other))
    assert two.x == pytest.approx(one.x + np.log(1e3) * RANDLES.powers, abs=2e-4)  # candidates are thinned by row


def test_spectra_of_different_length_fit_as_well_together_as_alone():
    spectra = [forged(RANDLES, TRUTH, 0.002, n, np.geomspace(1e5, 1e-2, n)) for n in (30, 45, 60)]
    for together, spectrum in zip(fit_circuit(spectra, RANDLES), spectra, strict=True):
        assert together.x == pytest.approx(fit_circuit([spectrum], RANDLES)[0].x, abs=1e-3)


def test_a_point_of_weight_zero_does_not_count():
    spectrum = forged(RANDLES, TRUTH, 0.002, 1)
    wild = spectrum.impedance.copy()
    wild[10] *= 3.0
    weight = np.where(np.arange(60) == 10, 0.0, 1.0)
    one, two = (fit_circuit([Spectrum(GRID, Z, weight)], RANDLES)[0] for Z in (spectrum.impedance, wild))
    assert two.values == pytest.approx(one.values, rel=1e-3)
    assert two.freedom == 2 * 59 - 8


def test_exchanging_arcs_twice_is_nothing():
    x = RANDLES.inside(TRUTH)
    once = exchanged(RANDLES, x)
    assert once.shape == (1, 8)
    assert exchanged(RANDLES, once[0])[0] == pytest.approx(x)
    assert time_constants(RANDLES, once[0]) == pytest.approx(time_constants(RANDLES, x)[::-1])


FAMILY = {
    "R-(R C)": [29.1, 46.7, 10.4e-6],
    "R-(R CPE)": [5.0, 20.0, 1e-4, 0.85],
    "R-(R CPE)-(R CPE)": [5.0, 20.0, 1e-5, 0.85, 10.0, 1e-2, 0.9],
    "R-(R CPE)-(R CPE)-(R CPE)": [5.0, 20.0, 1e-5, 0.85, 10.0, 1e-3, 0.9, 15.0, 5e-2, 0.95],
    "R-(R CPE)-([R W] CPE)": list(TRUTH),
    "L-R-(R CPE)-([R W] CPE)": [1e-6, *TRUTH],
    "R-([R Ws] CPE)": [5.0, 20.0, 30.0, 5.0, 1e-4, 0.85],
    "R-(R CPE)-CPE": [5.0, 20.0, 1e-5, 0.85, 1e-2, 0.9],
    "R-W": [5.0, 10.0],
    "R-CPE": [5.0, 1e-5, 0.93],
}


@pytest.mark.parametrize("text", FAMILY)
def test_the_family_finds_the_circuit_of_the_truth(text):
    """At 0.2 % noise every one of these can be told from all others; nothing is added that only fits noise."""
    circuit = parse_circuit(text)
    spectra = [forged(circuit, FAMILY[text], 0.002, seed) for seed in range(10)]
    fits = choose(spectra, [0.002] * 10)
    assert sum(fit.circuit.text == circuit.text for fit in fits) >= 9
    found = next(fit for fit in fits if fit.circuit.text == circuit.text)
    # equal arcs may come in either order
    assert sorted(np.log(found.values)) == pytest.approx(sorted(np.log(FAMILY[text])), abs=0.15)


@pytest.mark.parametrize("points", [10, 20, 200])
def test_few_and_many_points(points):
    circuit = parse_circuit("R-(R CPE)-W")
    truth = [5.0, 20.0, 1e-5, 0.85, 10.0]
    fit = choose([forged(circuit, truth, 0.002, 0, np.geomspace(1e5, 1e-2, points))], [0.002])[0]
    values = dict(zip(fit.names, fit.values, strict=True))
    assert values["R0"] == pytest.approx(5.0, rel=0.05)
    assert values["R1"] == pytest.approx(20.0, rel=0.05)
    assert values["W1"] == pytest.approx(10.0, rel=0.05)


def test_a_spectrum_without_noise_is_fitted_exactly():
    fit = fit_circuit([forged(RANDLES, TRUTH, 0.0, 0)], RANDLES)[0]
    assert fit.values == pytest.approx(TRUTH, rel=1e-3)
    assert fit.noise < 1e-5
