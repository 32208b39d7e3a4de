"""Spectra over temperature: the activation energy of the layer, whatever its size."""

import numpy as np
import pytest

from honeycell.analysis import reduce_series
from honeycell.plot.temperature import figure_temperatures
from honeycell.quantities.record import make_record
from honeycell.quantities.value import Value

R = 8.314462618
CELSIUS = (-20.0, 0.0, 25.0, 40.0, 60.0)
ENERGY = 18e3


def spectrum(T: float, seed: int):
    rng = np.random.default_rng(seed)
    f = np.geomspace(1e5, 1.0, 40)
    layer = 10.0 * np.exp(ENERGY / R * (1.0 / T - 1.0 / 298.15))
    z = layer + 40.0 / (1.0 + (2j * np.pi * f * 1e-3) ** 0.9)
    z = z * (1.0 + 0.002 * (rng.standard_normal(f.size) + 1j * rng.standard_normal(f.size)))
    return make_record(
        "impedance/1",
        sample="HJ",
        instrument="forged",
        origin="measured",
        variables={"real_impedance": ("frequency", z.real, "ohm"), "imaginary_impedance": ("frequency", z.imag, "ohm")},
        coordinates={"frequency": ("frequency", f, "Hz")},
    )


def series(**sizes: Value):
    records = [spectrum(t + 273.15, seed) for seed, t in enumerate(CELSIUS)]
    return records, reduce_series(records, [{"temperature": Value(t + 273.15, "K"), **sizes} for t in CELSIUS])


def test_the_energy_comes_back_and_geometry_does_not_touch_it():
    _, bare = series()
    records, sized = series(thickness=Value(24e-6, "m", u=1e-6), area=Value(2e-4, "m**2"))
    for found in (bare[0], sized[-1]):
        low, high = found["activation_energy"].interval_95 or (np.nan, np.nan)
        assert low < ENERGY < high
        assert high - low < 0.1 * ENERGY
    assert sized[0]["activation_energy"].value == pytest.approx(bare[0]["activation_energy"].value, rel=1e-9)
    assert "conductivity / S/cm" in sized[0].tables["temperatures"][0]
    assert any(flag.startswith(("straight:", "curved:")) for flag in bare[0].flags)
    axes = figure_temperatures(records[0], sized[0]).axes[0]
    assert "Conductivity" in axes.get_ylabel()


def test_fewer_than_three_temperatures_give_none():
    records = [spectrum(298.15, seed) for seed in range(4)]
    found = reduce_series(records, [{"temperature": Value(298.15, "K")}] * 4)
    assert "activation_energy" not in found[0]
