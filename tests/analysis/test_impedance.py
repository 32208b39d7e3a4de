"""What is read off forged spectra whose circuit is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honeycell.analysis import quantities
from honeycell.analysis.impedance import read_off
from honeycell.quantities.record import make_record

if TYPE_CHECKING:
    import xarray as xr

FREQUENCY = np.logspace(6, -2, 81)


def forged(z: np.ndarray, frequency: np.ndarray = FREQUENCY) -> xr.Dataset:
    return make_record(
        "impedance/1",
        sample="s",
        instrument="eis",
        variables={
            "real_impedance": ("frequency", z.real, "ohm"),
            "imaginary_impedance": ("frequency", z.imag, "ohm"),
        },
        coordinates={"frequency": ("frequency", frequency, "Hz")},
        origin="measured",
    )


def circuit(series: float, arc: float, time: float, sigma: float, frequency: np.ndarray = FREQUENCY) -> np.ndarray:
    """R + (R||C) + Warburg; the Warburg is sigma (1 - j) omega**-1/2."""
    omega = 2.0 * np.pi * frequency
    return series + arc / (1.0 + 1j * omega * time) + sigma * (1.0 - 1j) / np.sqrt(omega)


def found(z: np.ndarray, frequency: np.ndarray = FREQUENCY) -> dict[str, float]:
    return {name: value for name, (value, _) in read_off(forged(z, frequency)).items()}


@settings(deadline=None)
@given(
    series=st.floats(1.0, 100.0),
    ratio=st.floats(0.3, 30.0),
    time=st.floats(-4.0, -2.0),
    tail=st.floats(0.003, 0.03),
)
def test_a_known_circuit_is_recovered(series: float, ratio: float, time: float, tail: float) -> None:
    """Series resistance and slope to 2 %, the arc to 15 %: at the valley the tail has begun."""
    arc, tau = ratio * series, 10.0**time
    sigma = tail * arc / np.sqrt(tau) * np.sqrt(1e-3)
    result = found(circuit(series, arc, tau, sigma))
    assert result["series_resistance"] == pytest.approx(series, rel=0.02, abs=0.02 * arc)
    assert result["warburg_slope"] == pytest.approx(sigma, rel=0.02)
    assert result["arc_resistance"] == pytest.approx(arc, rel=0.15)


def test_numbers_scale_with_the_spectrum() -> None:
    z = circuit(10.0, 100.0, 1e-3, 5.0)
    one, other = found(z), found(1e3 * z)
    assert {name: 1e3 * value for name, value in one.items()} == pytest.approx(other)


def test_the_order_of_frequencies_does_not_matter() -> None:
    z = circuit(10.0, 100.0, 1e-3, 5.0)
    shuffled = np.random.default_rng(1).permutation(len(z))
    assert found(z[shuffled], FREQUENCY[shuffled]) == pytest.approx(found(z))
    assert found(z[::-1], FREQUENCY[::-1]) == pytest.approx(found(z))


def test_a_pure_warburg_tail_gives_its_slope_exactly() -> None:
    result = found(circuit(10.0, 0.0, 1e-3, 5.0))
    assert result["warburg_slope"] == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("arc", "sigma"), [(100.0, 0.0), (0.0, 5.0), (100.0, 1e5)], ids=["no tail", "no arc", "arc drowned in the tail"]
)
def test_without_a_valley_there_is_no_arc_resistance(arc: float, sigma: float) -> None:
    assert "arc_resistance" not in found(circuit(10.0, arc, 1e-3, sigma))


@pytest.mark.parametrize("seed", range(5))
def test_a_little_noise_moves_the_arc_little(seed: int) -> None:
    z = circuit(10.0, 100.0, 1e-3, 5.0)
    rng = np.random.default_rng(seed)
    noisy = z * (1.0 + 1e-3 * rng.standard_normal(len(z))) + 1e-3j * abs(z) * rng.standard_normal(len(z))
    assert found(noisy)["arc_resistance"] == pytest.approx(found(z)["arc_resistance"], rel=0.1)


def test_numbers_carry_units() -> None:
    result = quantities(forged(circuit(10.0, 100.0, 1e-3, 5.0)))
    assert {name: unit for name, (_, unit) in result.items()} == {
        "series_resistance": "ohm",
        "arc_resistance": "ohm",
        "warburg_slope": "ohm/s**0.5",
    }
