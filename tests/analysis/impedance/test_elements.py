"""Every element against its analytic limits, and its slopes against differences."""

from __future__ import annotations

import numpy as np
import pytest

from honeycell.analysis.impedance.elements import ELEMENTS, Angular

OMEGA = np.geomspace(1e-4, 1e5, 37)


def impedance(symbol: str, *values: float, omega: np.ndarray = OMEGA) -> np.ndarray:
    element = ELEMENTS[symbol]
    x = np.array([[float(p.inside(np.array(v))) for p, v in zip(element.parameters, values, strict=True)]])
    found = np.broadcast_to(element.value(x, Angular(omega[None, :]), None)[0], omega.shape)
    return 1.0 / found if element.admittance else found


@pytest.mark.parametrize("element", ELEMENTS.values(), ids=list(ELEMENTS))
def test_slopes_are_the_derivative(element):
    """The central difference's error falls as the square of the step: a wrong slope would stay."""
    x = np.random.default_rng(1).normal(size=(3, len(element.parameters)))
    w = Angular(np.geomspace(1e-2, 1e2, 9)[None, :])
    slopes = np.empty((*x.shape, 9), dtype=complex)
    element.value(x, w, slopes)
    for i in range(x.shape[1]):
        error = []
        for step in (1e-2, 5e-3):
            d = np.zeros(x.shape[1])
            d[i] = step
            difference = (element.value(x + d, w, None) - element.value(x - d, w, None)) / (2.0 * step)
            error.append(np.abs(difference - slopes[:, i]).max())
        assert error[0] / error[1] == pytest.approx(4.0, rel=0.05)


def test_finite_warburg_elements_meet_the_semi_infinite_one_at_high_frequency():
    """R tanh(u)/u and R coth(u)/u tend to sigma (1 - j)/omega^1/2 with sigma = R/(2 tau)^1/2."""
    R, tau = 30.0, 5.0
    high = OMEGA[OMEGA * tau > 200.0]
    expected = impedance("W", R / np.sqrt(2.0 * tau), omega=high)
    for symbol in ("Wo", "Ws"):
        assert impedance(symbol, R, tau, omega=high) == pytest.approx(expected, rel=1e-8)


def test_low_frequency_limits():
    """An open wall is a third of R and a capacitance tau/R; a reservoir is R; Gerischer is R."""
    R, tau = 30.0, 5.0
    low = np.array([1e-4])
    assert impedance("Wo", R, tau, omega=low) == pytest.approx(R / 3.0 + R / (1j * low * tau), rel=1e-6)
    assert impedance("Ws", R, tau, omega=low) == pytest.approx(R * (1.0 - 1j * low * tau / 3.0), rel=1e-6)
    assert impedance("G", R, tau, omega=low) == pytest.approx(R * (1.0 - 0.5j * low * tau), rel=1e-6)


def test_constant_phase_element_spans_capacitor_and_warburg():
    """Alpha one is a capacitor; alpha one half has the phase of a Warburg element with sigma = 1/(Q 2^1/2)."""
    assert impedance("CPE", 1e-3, 1.0) == pytest.approx(impedance("C", 1e-3), rel=2e-5)  # bounds are kept off by 1e-6
    assert impedance("CPE", 0.1, 0.5) == pytest.approx(impedance("W", 10.0 / np.sqrt(2.0)), rel=1e-9)


@pytest.mark.parametrize("element", ELEMENTS.values(), ids=list(ELEMENTS))
def test_inside_and_outside_are_inverse(element):
    for parameter in element.parameters:
        values = (
            np.linspace(parameter.low, parameter.high, 7)[1:-1] if parameter.bounded else np.geomspace(1e-9, 1e9, 7)
        )
        assert parameter.outside(parameter.inside(values)) == pytest.approx(values, rel=1e-12)
