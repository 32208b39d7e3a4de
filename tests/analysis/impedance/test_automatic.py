"""Spectra in, fits out: stray points cost nothing, many together are as each alone."""

from __future__ import annotations

import numpy as np
import pytest

from honeycell.analysis.impedance import examine, fit, fit_many, parse_circuit
from honeycell.quantities.errors import InputError

TEXT = "R-(R CPE)-([R W] CPE)"
RANDLES = parse_circuit(TEXT)
TRUTH = np.array([7.7, 3.0, 2e-5, 0.90, 7.5, 12.0, 1e-3, 0.85])
GRID = np.geomspace(1e5, 1e-2, 60)


def forged(seed, noise=0.002, frequency=GRID):
    real, imaginary = np.random.default_rng(seed).normal(size=(2, len(frequency)))
    return RANDLES.impedance(frequency, TRUTH) * (1.0 + noise * (real + 1j * imaginary))


def spoilt(seed):
    """Three points 5 to 20 % off in any direction, apart from each other, in 0.2 % noise."""
    rng = np.random.default_rng(1000 + seed)
    places = np.array([10, 28, 46]) + rng.integers(-4, 5, 3)
    Z = forged(seed)
    Z[places] *= 1.0 + rng.uniform(0.05, 0.2, 3) * np.exp(2j * np.pi * rng.random(3))
    return Z, set(places.tolist())


@pytest.fixture(scope="module")
def spectra():
    return [spoilt(seed) for seed in range(16)]


@pytest.mark.parametrize("circuit", [TEXT, None], ids=["given", "chosen"])
def test_stray_points_weigh_nothing_and_cost_nothing(spectra, circuit):
    fits = fit_many([(GRID, Z) for Z, _ in spectra], circuit)
    for found, (_, places) in zip(fits, spectra, strict=True):
        assert set(np.flatnonzero(found.spectrum.weight == 0.0).tolist()) == places
        assert found.circuit.text == RANDLES.text
        assert found.noise == pytest.approx(0.002, rel=0.3)  # four standard deviations
        assert (np.abs(found.values - TRUTH) < 4.5 * found.standard_errors).all()
    # without the points left out the error would be that of the strays, fifty times the noise
    assert np.mean([np.abs(f.values[0] / TRUTH[0] - 1.0) for f in fits]) < 0.004


def test_clean_spectra_keep_their_points():
    """At most one false stray point in two thousand four hundred."""
    fits = fit_many([(GRID, forged(seed)) for seed in range(40)], TEXT)
    assert sum(np.count_nonzero(found.spectrum.weight == 0.0) for found in fits) <= 1


def test_no_more_than_a_tenth_is_left_out():
    Z = forged(3)
    rng = np.random.default_rng(0)
    Z[::5] *= 1.0 + 0.2 * np.exp(2j * np.pi * rng.random(12))
    for circuit in (TEXT, None):
        assert np.count_nonzero(fit(GRID, Z, circuit).spectrum.weight == 0.0) <= 6


def test_a_stretch_that_the_circuit_misses_is_not_left_out():
    """An arc that a given circuit lacks spoils many points; to leave them out would hide it."""
    examined = examine([(GRID, forged(4))], "R-(R CPE)")[0]
    assert np.count_nonzero(examined.fit.spectrum.weight == 0.0) <= 2
    assert examined.fit.noise > 10.0 * examined.test.noise


@pytest.mark.parametrize("circuit", [TEXT, None], ids=["given", "chosen"])
@pytest.mark.parametrize(("count", "factor"), [(3, 1.05), (3, 1.3), (4, 1.1)])
def test_neighbours_that_are_off_together_are_kept(count, factor, circuit):
    """Nobody but the user can say that a stretch is wrong."""
    for seed in range(2):
        Z = forged(seed)
        Z[28 : 28 + count] *= factor
        assert (fit(GRID, Z, circuit).spectrum.weight == 1.0).all()


@pytest.mark.parametrize("circuit", [TEXT, None], ids=["given", "chosen"])
def test_many_grids_together_are_as_each_alone(circuit):
    grids = [np.geomspace(1e5, 1e-2, 40), np.geomspace(2e5, 5e-2, 61), np.geomspace(1e5, 1e-2, 40)[::-1]]
    spectra = [(f, forged(i, frequency=f)) for i, f in enumerate(grids)]
    for together, (f, Z) in zip(fit_many(spectra, circuit), spectra, strict=True):
        alone = fit(f, Z, circuit)
        assert together.circuit.text == alone.circuit.text
        assert together.x == pytest.approx(alone.x, abs=1e-6)
        assert together.spectrum.weight.tolist() == alone.spectrum.weight.tolist()
        assert together.ambiguous == alone.ambiguous


def test_the_answer_does_not_depend_on_what_else_is_fitted():
    """One spectrum among hopeless ones."""
    rubbish = np.random.default_rng(9).normal(size=60) + 5.0 - 1j * np.random.default_rng(8).random(60)
    among = fit_many([(GRID, rubbish), (GRID, forged(5)), (GRID, rubbish[::-1])])[1]
    assert among.x == pytest.approx(fit(GRID, forged(5)).x, abs=1e-6)


def test_circuits_of_any_notation_give_one_fit():
    texts = (TEXT, "R0-p(R1,CPE1)-p(R2-W1,CPE2)", "R(RQ)([RW]Q)")
    first, *others = (fit(GRID, forged(6), text) for text in texts)
    for other in others:
        assert other.circuit.text == first.circuit.text
        assert other.x == pytest.approx(first.x, abs=1e-12)


def test_a_bad_circuit_is_refused_before_anything_is_fitted():
    with pytest.raises(InputError, match="no element at character 3"):
        fit_many([(GRID, forged(0))], "R-X")
