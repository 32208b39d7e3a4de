"""The Warburg slope: the true one where there is one, words where there is none."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeycell.analysis.impedance.circuit import parse_circuit
from honeycell.analysis.impedance.warburg import Refusal, WarburgSlope, diffusion_coefficient, warburg_slope
from honeycell.quantities.errors import InputError

FREQUENCY = np.geomspace(1e5, 1e-2, 60)
DIFFUSION = {
    "R-W": [5.0, 10.0],
    "R-(C [R W])": [5.0, 2e-5, 10.0, 10.0],
    "R-(R C)-W": [5.0, 10.0, 2e-5, 10.0],
}
NONE = {
    "R-(R CPE)": [5.0, 20.0, 1e-3, 0.85],
    "R-(R CPE)-(R CPE)": [5.0, 20.0, 1e-5, 0.85, 10.0, 1e-2, 0.9],
    "R-(R CPE)-CPE": [5.0, 20.0, 1e-5, 0.85, 1e-2, 0.9],
    "R-(R CPE)-C": [5.0, 20.0, 1e-5, 0.85, 0.1],
    "R-CPE": [5.0, 1e-5, 0.93],
    # so fast that no frequency sees them as semi-infinite
    "R-Wo": [5.0, 30.0, 1e-7],
    "R-Ws": [5.0, 30.0, 1e-4],
}


def spectrum(text: str, values: list[float], noise: float, seed: int) -> np.ndarray:
    off = np.random.default_rng(seed).normal(size=(2, len(FREQUENCY)))
    return parse_circuit(text).impedance(FREQUENCY, np.array(values)) * (1.0 + noise * (off[0] + 1j * off[1]))


def slope_of(Z: np.ndarray) -> WarburgSlope:
    found = warburg_slope(FREQUENCY, Z)
    assert isinstance(found, WarburgSlope)
    return found


@pytest.mark.parametrize("noise", [1e-3, 5e-3, 1e-2])
@pytest.mark.parametrize("text", DIFFUSION)
def test_truth_in_truth_out(text, noise):
    """The 95 % interval holds sigma = 10 in at least 85 % of 60 spectra, and the mean is off by less than half a standard error."""
    found = [slope_of(spectrum(text, DIFFUSION[text], noise, seed)) for seed in range(60)]
    assert sum(low <= 10.0 <= high for low, high in (one.interval_95 for one in found)) >= 51
    assert abs(np.mean([(one.slope - 10.0) / one.standard_error for one in found])) < 0.5
    assert np.median([one.slope for one in found]) == pytest.approx(10.0, rel=0.05)


def test_standard_error_is_the_scatter():
    """One standard error about the slope of a pure tail holds the truth in 68 % of spectra: 60 to 76 % of 200."""
    found = [slope_of(spectrum("R-W", DIFFUSION["R-W"], 5e-3, seed)) for seed in range(200)]
    assert 0.6 <= np.mean([abs(one.slope - 10.0) < one.standard_error for one in found]) <= 0.76


@pytest.mark.parametrize("text", DIFFUSION)
def test_window_is_long_enough_and_holds_its_points(text):
    found = slope_of(spectrum(text, DIFFUSION[text], 2e-3, 1))
    low, high = found.window
    assert np.log10(high / low) >= 2.0 / 3.0 - 1e-9
    assert found.count == np.count_nonzero((low <= FREQUENCY) & (high >= FREQUENCY)) >= 5
    assert found.slope_imaginary == pytest.approx(found.slope, rel=0.15)


def test_what_stands_before_the_diffusion_moves_the_intercept_alone():
    for R in (1.0, 100.0):
        found = slope_of(spectrum("R-W", [R, 10.0], 0.0, 0))
        assert found.slope == pytest.approx(10.0, rel=1e-6)
        assert found.intercept == pytest.approx(R, rel=1e-6)


@pytest.mark.parametrize("noise", [1e-3, 5e-3])
@pytest.mark.parametrize("text", NONE)
def test_refused_where_diffusion_is_not_semi_infinite(text, noise):
    for seed in range(15):
        found = warburg_slope(FREQUENCY, spectrum(text, NONE[text], noise, seed))
        assert isinstance(found, Refusal)
        told = re.match(r"phase of the increments (-?\d+) deg below .* Hz \(.+\)", found.reason)
        assert told is not None
        assert abs(int(told[1]) - 45) > 2 or "no straight stretch" in found.reason


@pytest.mark.parametrize("text", ["R-Wo", "R-Ws"])
def test_finite_diffusion_has_a_slope_only_above_its_corner(text):
    """Where the layer looks endless, f >> 1/(2 pi tau), the slope is R/(2 tau)^1/2; nothing is read below."""
    R, tau = 30.0, 0.05
    found = slope_of(spectrum(text, [5.0, R, tau], 5e-3, 1))
    assert found.window[0] > 1.0 / (2.0 * np.pi * tau)
    assert found.slope == pytest.approx(R / np.sqrt(2.0 * tau), rel=0.05)


def test_too_few_points_or_decades_are_refused():
    Z = spectrum("R-W", DIFFUSION["R-W"], 0.0, 0)
    few, narrow = warburg_slope(FREQUENCY[:3], Z[:3]), warburg_slope(FREQUENCY[:5], Z[:5])
    assert isinstance(few, Refusal)
    assert "3 points" in few.reason
    assert isinstance(narrow, Refusal)
    assert "decades" in narrow.reason


def test_order_of_rows_and_points_without_weight_do_not_matter():
    Z = spectrum("R-(C [R W])", DIFFUSION["R-(C [R W])"], 2e-3, 2)
    places = np.random.default_rng(0).permutation(60)
    assert warburg_slope(FREQUENCY[places], Z[places]) == warburg_slope(FREQUENCY, Z)
    kept = np.ones(60)
    kept[55] = 0.0
    absent = warburg_slope(np.delete(FREQUENCY, 55), np.delete(Z, 55))
    Z[55] *= 3.0
    assert warburg_slope(FREQUENCY, Z, kept) == absent


@given(size=st.floats(1e-6, 1e6))
def test_slope_scales_with_the_impedance(size):
    Z = spectrum("R-(R C)-W", DIFFUSION["R-(R C)-W"], 2e-3, 3)
    one, other = slope_of(Z), slope_of(size * Z)
    assert other.slope == pytest.approx(size * one.slope, rel=1e-6)
    assert other.standard_error == pytest.approx(size * one.standard_error, rel=1e-6)
    assert other.window == one.window


@given(
    D=st.floats(1e-16, 1e-8),
    area=st.floats(1e-6, 1.0),
    c=st.floats(1.0, 1e5),
    n=st.integers(1, 3),
    T=st.floats(200.0, 600.0),
)
def test_diffusion_coefficient_undoes_the_definition_of_sigma(D, area, c, n, T):
    """sigma = R T / (n^2 F^2 A c (2 D)^1/2), Bard & Faulkner eq. 10.3.10 with one species."""
    sigma = 8.314462618 * T / (n**2 * 96485.33212**2 * area * c * np.sqrt(2.0 * D))
    assert diffusion_coefficient(sigma, area, c, n, T) == pytest.approx(D, rel=1e-6)


def test_diffusion_coefficient_of_a_worked_number():
    """sigma 10 ohm s^-1/2, 1 cm2, 1 mol/L, one electron, 25 degC: RT = 2478.957 J/mol over F^2 A c sigma, squared, halved."""
    found = diffusion_coefficient(10.0, 1e-4, 1e3, 1, 298.15)
    assert 2.0 * found == pytest.approx((2478.957 / 9.309427e9) ** 2, rel=1e-5)
    assert diffusion_coefficient(20.0, 1e-4, 1e3, 1, 298.15) == pytest.approx(found / 4.0, rel=1e-12)
    assert diffusion_coefficient(10.0, 1e-4, 1e3, 2, 298.15) == pytest.approx(found / 16.0, rel=1e-12)


@pytest.mark.parametrize("place", [0, 1, 2, 4])
@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan")])
def test_what_is_not_positive_has_no_diffusion_coefficient(place, bad):
    given_ = [10.0, 1e-4, 1e3, 1, 298.15]
    given_[place] = bad
    with pytest.raises(InputError, match="positive"):
        diffusion_coefficient(*given_)  # type: ignore[arg-type]
