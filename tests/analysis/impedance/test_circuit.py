"""Circuits: notations that mean the same, Kirchhoff's laws, slopes, errors that point at the place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeycell.analysis.impedance.circuit import parse_circuit
from honeycell.analysis.impedance.elements import ELEMENTS, Angular
from honeycell.quantities.errors import InputError

FREQUENCY = np.geomspace(1e4, 1e-2, 25)


def circuits(without: str = "") -> st.SearchStrategy[str]:
    leaf = st.sampled_from(sorted(set(ELEMENTS) - {without}))
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.lists(inner, min_size=2, max_size=3).map("-".join),
            st.lists(inner, min_size=2, max_size=3).map(
                lambda parts: "(" + " ".join(f"[{p.replace('-', ' ')}]" if "-" in p else p for p in parts) + ")"
            ),
        ),
        max_leaves=8,
    )


@given(circuits())
def test_the_normal_form_is_a_fixed_point(text):
    circuit = parse_circuit(text)
    again = parse_circuit(circuit.text)
    assert again.text == circuit.text
    assert again.names == circuit.names
    assert len(set(circuit.names)) == len(circuit.names) == len(circuit.parameters)


@given(circuits(without="L"), st.integers(0, 99))  # beside a resonance no difference is close to the derivative
def test_slopes_are_the_derivative(text, seed):
    circuit = parse_circuit(text)
    x = np.random.default_rng(seed).normal(size=(2, len(circuit.names)))
    w = Angular(2.0 * np.pi * np.geomspace(1e-1, 1e1, 5)[None, :])
    Z, slopes = circuit.evaluate(x, w, slopes=True)
    for i in range(x.shape[1]):
        d = np.zeros(x.shape[1])
        d[i] = 1e-5
        difference = (circuit.evaluate(x + d, w)[0] - circuit.evaluate(x - d, w)[0]) / 2e-5
        # truncation 1e-10 and round-off 1e-11 of the impedance
        assert (np.abs(difference - slopes[:, i]) < 1e-7 * np.abs(Z)).all()


@given(circuits(), st.floats(0.01, 100.0), st.integers(0, 99))
def test_impedance_scales_with_its_resistances(text, factor, seed):
    """R, L, sigma times a and C, Q over a: the impedance is a times as large."""
    circuit = parse_circuit(text)
    x = np.random.default_rng(seed).normal(size=(1, len(circuit.names)))
    w = Angular(2.0 * np.pi * FREQUENCY[None, :])
    scaled = circuit.evaluate(x + np.log(factor) * circuit.powers, w)[0]
    assert scaled == pytest.approx(factor * circuit.evaluate(x, w)[0], rel=1e-9)


@given(circuits(), st.integers(0, 99))
def test_a_passive_circuit_has_no_negative_resistance(text, seed):
    circuit = parse_circuit(text)
    x = np.random.default_rng(seed).normal(size=(4, len(circuit.names)))
    Z = circuit.evaluate(x, Angular(2.0 * np.pi * FREQUENCY[None, :]))[0]
    assert (Z.real >= -1e-12 * np.abs(Z)).all()


@pytest.mark.parametrize(
    "text",
    [
        "R-(R CPE)-([R W] CPE)",
        "R0-p(R1,CPE1)-p(R2-W1,CPE2)",
        "R(RQ)([RW]Q)",
        " R0 - (R1 Q1)-([R2 W]  Q2) ",
        "R_1-p(R_2,Q_1)-p(R_3-W_1,Q_2)",
    ],
)
def test_notations_of_other_programs(text):
    assert parse_circuit(text).text == "R0-(R1 CPE1)-([R2 W1] CPE2)"


def test_parallel_and_series_laws():
    """Kirchhoff by hand for a ladder."""
    f = np.array([3.0])
    omega = 2.0 * np.pi * f
    circuit = parse_circuit("R-(C [R (R C)])")
    assert circuit.names == ("R0", "C1", "R1", "R2", "C2")
    inner = 1.0 / (1.0 / 4.0 + 1j * omega * 0.02)
    expected = 1.0 + 1.0 / (1j * omega * 0.01 + 1.0 / (2.0 + inner))
    assert circuit.impedance(f, np.array([1.0, 0.01, 2.0, 4.0, 0.02])) == pytest.approx(expected, rel=1e-12)


def test_arcs_are_found_with_their_diffusion():
    arcs = parse_circuit("R-(R CPE)-(C [R Ws])-W").arcs
    assert [(arc.tail, arc.exponent is None) for arc in arcs] == [("", False), ("Ws1", True)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "too early"),
        ("R-", "too early"),
        ("R-(R CPE", "too early"),
        ("R-()", "empty brackets"),
        ("R-(R,)", "empty branch"),
        ("R]", "no element at character 2"),
        ("R-(R X)", "no element at character 6"),
        ("R,C", "comma"),
        ("R" * 500, "500 characters"),
        ("R-" * 30 + "R", "more than 24"),
        ("__import__('os')", "no element at character 1"),
    ],
)
def test_a_bad_circuit_is_told_with_its_place(text, words):
    with pytest.raises(InputError, match=words) as caught:
        parse_circuit(text)
    assert "CPE (constant-phase element)" in caught.value.cure
