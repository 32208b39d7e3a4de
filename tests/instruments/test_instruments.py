from __future__ import annotations

import json

import numpy as np
import pytest

from honeycell.cell import HalfCell
from honeycell.instruments import Galvanostat, ImpedanceAnalyser
from honeycell.quantities.errors import InputError

NOISY = {"recipe.impedance.noise": 0.01, "recipe.cycling.voltage_noise": 1e-3, "recipe.cycling.current_noise": 1e-4}


@pytest.fixture(scope="module")
def film(film_record):
    return film_record()


def measured(instrument, parameters, film, seed=1):
    view = parameters.view()
    rng = np.random.default_rng(seed)
    return instrument.measure(HalfCell(view, film), view, sample="a", rng=rng, consumed=[film])


def test_no_noise_is_the_truth(parameters, film):
    record = measured(ImpedanceAnalyser(), parameters, film)
    truth = HalfCell(parameters.view(), film).impedance(record["frequency"].values)
    np.testing.assert_array_equal(record["real_impedance"].values + 1j * record["imaginary_impedance"].values, truth)
    assert record["frequency"].values[0] == pytest.approx(1e6)
    assert record["frequency"].size == 36


def test_noise_has_the_stated_size(parameters, film):
    truth, noisy = (measured(ImpedanceAnalyser(), p, film) for p in (parameters, parameters.replace(NOISY)))
    ratio = noisy["real_impedance"].values + 1j * noisy["imaginary_impedance"].values
    ratio = ratio / (truth["real_impedance"].values + 1j * truth["imaginary_impedance"].values) - 1
    assert 0.005 < np.std(np.concatenate([ratio.real, ratio.imag])) < 0.02


@pytest.mark.parametrize("instrument", [ImpedanceAnalyser(), Galvanostat()])
def test_same_seed_same_bytes(parameters, film, instrument):
    first, second = (measured(instrument, parameters.replace(NOISY), film, seed=7) for _ in range(2))
    other = measured(instrument, parameters.replace(NOISY), film, seed=8)
    assert first.identical(second)
    assert all(first[name].values.tobytes() == second[name].values.tobytes() for name in first.variables)
    assert not first.identical(other)


def test_first_cycle_record(parameters, film):
    record = measured(Galvanostat(), parameters, film)
    truth = HalfCell(parameters.view(), film)
    current = 0.1 * 171.0 * truth.cathode.active_mass
    trace = truth.run([(current, 4.0, 1), (-current, 2.0, 1)])
    np.testing.assert_array_equal(record["voltage"].values, trace.voltage)
    np.testing.assert_array_equal(record["current"].values, trace.current)
    assert float(record["active_mass"]) == truth.cathode.active_mass
    assert "charge_capacity" not in record
    assert set(np.unique(record["step"])) == {1.0, 2.0}
    assert record["test_time"].values[-1] > 0
    assert (np.diff(record["test_time"].values) >= 0).all()


def test_records_carry_settings_and_ancestry(parameters, film):
    record = measured(ImpedanceAnalyser(), parameters, film)
    assert record["area"].item() == pytest.approx(1.131e-4, rel=1e-3)
    assert record["thickness"].item() == 35e-6
    assert record["temperature"].item() == 298.15
    keys = json.loads(record.attrs["parameter_keys"])
    assert {"coin_cell.contact_resistance", "recipe.impedance.noise", "recipe.impedance.amplitude"} <= set(keys)


def test_ancestry_of_a_cell_built_from_another_view(parameters, film):
    cell = HalfCell(parameters.view(), film)
    rng = np.random.default_rng(0)
    record = ImpedanceAnalyser().measure(cell, parameters.view(), sample="a", rng=rng)
    assert "pba.diffusivity" in json.loads(record.attrs["parameter_keys"])


def test_bad_frequencies(parameters):
    with pytest.raises(InputError):
        ImpedanceAnalyser.frequencies(parameters.replace({"recipe.impedance.frequency_minimum": 1e7}))
