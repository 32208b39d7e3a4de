"""Compiled code says what the elements say, and arrives where the plain minimiser arrives."""

from __future__ import annotations

import numpy as np
import pytest

from honeycell.analysis.impedance import batch
from honeycell.analysis.impedance.batch import Batch, Spectrum
from honeycell.analysis.impedance.circuit import parse_circuit
from honeycell.analysis.impedance.elements import ELEMENTS, Angular

pytest.importorskip("numba")

from honeycell.analysis.impedance import compiled
from honeycell.analysis.impedance.kernel import ADD, INVERT
from honeycell.analysis.impedance.program import depth, program

CIRCUITS = (
    *ELEMENTS,
    "R-(R CPE)-([R W] CPE)",
    "L-R-(R CPE)-([R Wo] CPE)",
    "R-(R C)-([R Ws] CPE)-G",
    "([R (C R)] L CPE)",
    "R-([G R] C)-(Wo CPE)",
)
F = np.geomspace(1e-2, 1e6, 41)


def drawn(circuit, rng):
    """Time constants not far outside the window: far out, the slopes of finite diffusion are differences of nearly equal numbers."""
    return np.where(
        [p.name == "tau" for p in circuit.parameters], rng.uniform(-4.0, 3.0, len(circuit.parameters)), rng.normal(0, 3)
    )


@pytest.mark.parametrize("text", CIRCUITS)
def test_residuals_and_slopes_are_those_of_the_elements(text):
    circuit, rng = parse_circuit(text), np.random.default_rng(1)
    w, Z, scale = 2.0 * np.pi * F, np.full(len(F), 1.0 - 2.0j), rng.uniform(0.5, 2.0, len(F))
    for _ in range(20):
        x = drawn(circuit, rng)
        fit, slopes = circuit.evaluate(x[None], Angular(w[None]), slopes=True)
        residual, ours = compiled.residual(circuit, (w, Z, scale), x)
        size = (np.abs(fit[0]) + abs(Z)) * scale
        assert np.all(np.abs(residual[0] + 1j * residual[1] - (fit[0] - Z) * scale) < 1e-13 * size)
        assert np.all(np.abs(ours[:, 0] + 1j * ours[:, 1] - slopes[0] * scale) < 1e-11 * size)


@pytest.mark.parametrize("text", CIRCUITS)
def test_a_program_uses_every_parameter_once_and_leaves_one_number(text):
    circuit = parse_circuit(text)
    code = program(circuit)
    pushed = code[(code[:, 0] != ADD) & (code[:, 0] != INVERT)]
    assert sorted(c for _, a, b in pushed.tolist() for c in range(a, b)) == list(range(len(circuit.parameters)))
    assert len(pushed) - np.count_nonzero(code[:, 0] == ADD) == 1
    assert 1 <= depth(code) <= len(circuit.leaves)


def test_every_element_has_an_instruction():
    for symbol in ELEMENTS:
        assert len(program(parse_circuit(symbol))) >= 1


def test_minima_and_steps_are_those_of_the_plain_minimiser(monkeypatch):
    monkeypatch.setattr(batch, "compiled", lambda: compiled)
    circuit, rng = parse_circuit("R-(R CPE)-([R W] CPE)"), np.random.default_rng(3)
    truth = circuit.inside(np.array([20.0, 50.0, 1e-6, 0.9, 200.0, 30.0, 1e-5, 0.8]))
    spectra = []
    for points in (20, 41):
        f = np.geomspace(1e6, 1e-1, points)
        Z = circuit.impedance(f, circuit.outside(truth))
        Z = Z + 0.005 * np.abs(Z) * (rng.normal(size=points) + 1j * rng.normal(size=points))
        spectra.append(Spectrum(f, Z, (np.arange(points) != 7).astype(float)))
    start, members = truth + rng.normal(0.0, 1.0, (12, len(truth))), np.arange(12) % 2
    together = Batch(spectra)
    ours = together.minimise(circuit, start, members, tolerance=1e-6, steps=40)
    monkeypatch.setattr(batch, "compiled", lambda: None)
    plain = together.minimise(circuit, start, members, tolerance=1e-6, steps=40)
    assert ours.steps.tolist() == plain.steps.tolist()
    assert ours.converged.tolist() == plain.converged.tolist()
    assert ours.cost == pytest.approx(plain.cost, rel=1e-6)
    assert ours.x[plain.converged] == pytest.approx(plain.x[plain.converged], abs=1e-5)
    curvature = plain.curvature[plain.converged]
    assert ours.curvature[plain.converged] == pytest.approx(curvature, rel=1e-4, abs=1e-6 * np.abs(curvature).max())


def test_numbers_that_are_too_large_end_a_start_not_the_batch(monkeypatch):
    monkeypatch.setattr(batch, "compiled", lambda: compiled)
    circuit = parse_circuit("R-(R C)")
    Z = circuit.impedance(F, np.array([1.0, 2.0, 1e-3]))
    start = np.array([[800.0, 0.0, 0.0], [0.1, 0.5, -6.0]])
    found = Batch([Spectrum(F, Z, np.ones(len(F)))]).minimise(circuit, start, np.array([0, 0]))
    assert found.cost[0] == np.inf
    assert not found.converged[0]
    assert found.converged[1]
    assert found.cost[1] < 1e-20


def test_few_spectra_do_not_load_compiled_code(monkeypatch):
    monkeypatch.setattr(batch, "_loaded", {})
    batch.prepare(batch.MANY - 1)
    assert batch.compiled() is None
    batch.prepare(batch.MANY)
    assert batch.compiled() is compiled


@pytest.mark.parametrize("error", [ImportError, RuntimeError])
def test_without_compiled_code_the_plain_one_is_used(monkeypatch, error):
    def fail(_name):
        raise error

    monkeypatch.setattr(batch, "_loaded", {})
    monkeypatch.setattr(batch.importlib, "import_module", fail)
    batch.prepare(batch.MANY)
    assert batch.compiled() is None
