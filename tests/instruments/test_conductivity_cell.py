from __future__ import annotations

import json

import numpy as np
import pytest

from honeycell.analysis import reduce, reduce_series
from honeycell.cell.blocking import BlockingCell
from honeycell.instruments.conductivity_cell import ConductivityCell
from honeycell.physics.electrolyte import vtf_conductivity
from honeycell.quantities.errors import InputError
from honeycell.readers import Source, read_source
from honeycell.writers.chi import chi_impedance_text

BARE = {"coin_cell.contact_resistance": 0.0, "recipe.impedance.noise": 1e-3}
THICK = {"thickness": 200e-6}


@pytest.fixture(scope="module")
def cell_of(parameters, film_record):
    def make(changes=(), **film):
        return BlockingCell(parameters.replace(dict(changes)).view(), film_record(**film))

    return make


def measured(parameters, film, changes, seed=1, temperatures=None):
    view = parameters.replace(changes).view()
    rng = np.random.default_rng(seed)
    return ConductivityCell().over_temperature(view, film, sample="a", rng=rng, temperatures=temperatures)


def test_film_and_contacts_between_leads_and_double_layers(cell_of, parameters):
    cell = cell_of()
    liquid = vtf_conductivity(
        298.15,
        *(
            parameters[f"naclo4_pc_ec_fec.conductivity_{n}"]
            for n in ("prefactor", "pseudo_activation", "vanishing_temperature")
        ),
    )
    assert cell.film_resistance == pytest.approx(35e-6 / (liquid * 0.4 * np.pi * 0.006**2), rel=1e-9)
    found = cell.impedance(np.geomspace(1e-2, 1e8, 60))
    # all that is left of the real part at high frequencies
    assert found.real[-1] == pytest.approx(cell.film_resistance + cell.contact_resistance, rel=1e-3)
    assert (np.diff(found.real) < 0.0).all()
    # capacitive below, inductive above
    assert found.imag[0] < 0.0 < found.imag[-1]


def test_blocking_means_no_direct_current(cell_of):
    slow = cell_of().impedance([1e-3, 1e-4])
    assert abs(slow[1]) > 7.0 * abs(slow[0])
    assert -slow[1].imag > 6.0 * slow[1].real


def test_no_noise_is_the_truth(parameters, film_record):
    (record,) = measured(parameters, film_record(), {"recipe.impedance.noise": 0.0}, temperatures=[298.15])
    truth = BlockingCell(parameters.view(), film_record()).impedance(record["frequency"].values)
    np.testing.assert_array_equal(record["real_impedance"].values + 1j * record["imaginary_impedance"].values, truth)


def test_same_seed_same_bytes(parameters, film_record):
    runs = [measured(parameters, film_record(), BARE, seed=seed) for seed in (5, 5, 6)]
    assert all(a.identical(b) for a, b in zip(runs[0], runs[1], strict=True))
    assert not any(a.identical(b) for a, b in zip(runs[0], runs[2], strict=True))
    # each temperature has noise of its own
    assert not np.allclose(runs[0][0]["real_impedance"], runs[0][1]["real_impedance"], rtol=1e-9)


def test_reduction_returns_conductivity_and_the_law_over_temperature(parameters, film_record):
    film = film_record(**THICK)
    records = measured(parameters, film, BARE)
    found = reduce_series(records, [{}] * len(records))
    for record, one in zip(records, found, strict=True):
        own = parameters.replace({"recipe.cell.temperature": float(record["temperature"])})
        truth = BlockingCell(own.view(), film).conductivity
        sigma = one["conductivity"]
        assert abs(sigma.value - truth) < 4.0 * sigma.standard_error
    for name, truth in (("pseudo_activation", 400.0), ("vanishing_temperature", 165.0)):
        low, high = found[0][name].interval_95
        assert low < truth < high
        assert high - low < 0.15 * truth
    assert any(flag.startswith("curved") for flag in found[0].flags)
    assert len(found[0].tables["temperatures"]) == 6


def test_contacts_make_a_thin_film_seem_a_poor_conductor(parameters, film_record):
    film = film_record()
    (record,) = measured(parameters, film, {**BARE, "coin_cell.contact_resistance": 3.0}, temperatures=[298.15])
    cell = BlockingCell(parameters.view(), film)
    expected = cell.conductivity * cell.film_resistance / (cell.film_resistance + 3.0)
    found = reduce(record)["conductivity"]
    assert found.value == pytest.approx(expected, rel=5e-3)
    assert found.value < 0.5 * cell.conductivity


def test_an_instruments_own_file_gives_the_same_number(parameters, film_record):
    (record,) = measured(parameters, film_record(), BARE, temperatures=[298.15])
    back = read_source(Source("film.txt", chi_impedance_text(record).encode()))
    for name in ("series_resistance", "inductance"):
        assert reduce(back)[name].value == pytest.approx(reduce(record)[name].value, rel=1e-9)


def test_records_say_where_the_law_ends_and_what_they_descend_from(parameters, film_record):
    cold, warm = measured(parameters, film_record(), BARE, temperatures=[243.15, 298.15])
    assert "outside -20 to 60 degC" in cold.attrs["flags"]
    assert json.loads(warm.attrs["flags"]) == []
    keys = set(json.loads(warm.attrs["parameter_keys"]))
    assert {"steel.double_layer_capacitance", "coin_cell.contact_resistance", "recipe.impedance.noise"} <= keys
    (first, *_) = measured(parameters, film_record(), BARE)
    assert "conductivity_cell.temperatures" in first.attrs["parameter_keys"]


def test_bad_window(parameters, film_record):
    with pytest.raises(InputError, match="conductivity_cell"):
        measured(parameters, film_record(), {"conductivity_cell.frequency_minimum": 1e6}, temperatures=[298.15])


def test_no_temperatures(parameters, film_record):
    with pytest.raises(InputError, match="no temperatures"):
        measured(parameters, film_record(), BARE, temperatures=[])
