"""A series of one cell: where single spectra exchange their arcs, the neighbours set them right."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from honeycell.analysis.impedance import examine, examine_series, parse_circuit

TEXT = "R-(R CPE)-([R W] CPE)"
RANDLES = parse_circuit(TEXT)
GRID = np.geomspace(1e5, 1e-2, 60)
TRUTHS = [np.array([7.7, 3.0, 2e-5, 0.90, 7.5 * 1.06**k, 12.0, 1e-3, 0.85]) for k in range(12)]


def forged(truth, seed, noise=0.01):
    real, imaginary = np.random.default_rng(seed).normal(size=(2, 60))
    return RANDLES.impedance(GRID, truth) * (1.0 + noise * (real + 1j * imaginary))


SPECTRA = [(GRID, forged(truth, seed)) for seed, truth in enumerate(TRUTHS)]


@cache
def together(circuit):
    return examine_series(SPECTRA, circuit)


def near(examined, truth):
    """Every parameter within five standard errors: 8 parameters of 12 spectra, far from Gaussian at 1 % noise."""
    found = examined.fit
    return found.circuit.text == RANDLES.text and bool(
        (np.abs(found.values - truth) < 5.0 * found.standard_errors).all()
    )


@pytest.mark.parametrize("circuit", [TEXT, None], ids=["given", "chosen"])
def test_the_series_follows_the_truth_where_single_spectra_do_not(circuit):
    alone = [near(e, truth) for e, truth in zip(examine(SPECTRA, circuit), TRUTHS, strict=True)]
    series = [near(e, truth) for e, truth in zip(together(circuit), TRUTHS, strict=True)]
    assert not all(alone)
    assert all(series)


def test_one_circuit_for_all():
    assert len({e.fit.circuit.text for e in together(None)}) == 1


def test_a_series_read_backwards_is_the_same_series():
    forth, back = together(TEXT), examine_series(SPECTRA[::-1], TEXT)[::-1]
    for one, other in zip(forth, back, strict=True):
        assert other.fit.x == pytest.approx(one.fit.x, abs=2e-3)  # reached from other starts


@pytest.mark.parametrize("circuit", [TEXT, None], ids=["given", "chosen"])
def test_a_series_of_one_is_as_alone(circuit):
    (alone,), (series,) = examine(SPECTRA[:1], circuit), examine_series(SPECTRA[:1], circuit)
    assert series.fit.circuit.text == alone.fit.circuit.text
    assert series.fit.x == pytest.approx(alone.fit.x, abs=1e-3)
    assert series.test.noise == alone.test.noise


def test_a_sudden_change_is_followed_too():
    """Jumps cost, but not without end: a cell whose R2 trebles between two spectra is no smoother than it is."""
    truths = [TRUTHS[0]] * 4 + [TRUTHS[0] * np.array([1, 1, 1, 1, 3, 1, 1, 1])] * 4
    spectra = [(GRID, forged(truth, 20 + seed, 0.002)) for seed, truth in enumerate(truths)]
    for examined, truth in zip(examine_series(spectra, TEXT), truths, strict=True):
        assert near(examined, truth)
