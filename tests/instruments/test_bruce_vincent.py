from __future__ import annotations

import json

import numpy as np
import pytest

from honeycell.analysis import reduce_series
from honeycell.cell.symmetric import SymmetricCell
from honeycell.instruments.bruce_vincent import BruceVincent
from honeycell.instruments.noise import current_range
from honeycell.physics.transference import current_fraction
from honeycell.quantities.errors import InputError
from honeycell.quantities.value import Value
from honeycell.readers import Source, read_source
from honeycell.writers.chi import chi_impedance_text
from honeycell.writers.chi_series import chi_current_text

QUIET = {"potentiostat.current_noise": 0.0, "recipe.impedance.noise": 0.0}
# film and faces as large as one another, no contact: the number tells something of the electrolyte
TELLING = {
    "coin_cell.contact_resistance": 0.0,
    "sodium.film_areal_resistance": 1e-4,
    "sodium.exchange_current_density": 300.0,
    "potentiostat.polarisation_time": 3600.0,
}


@pytest.fixture(scope="module")
def own(parameters):
    more = {"transference.polarisation": (0.05, "V"), "impedance.noise": (5e-4,)}
    return parameters.with_values({f"recipe.{key}": Value(*given) for key, given in more.items()})


@pytest.fixture(scope="module")
def measured(own, film_record):
    def make(changes=(), amplitude=None, seed=1, polarised=True, **film):
        view = own.replace(dict(changes)).view()
        record = film_record(**film)
        cell = SymmetricCell(view, record)
        instrument = BruceVincent(amplitude, polarised=polarised)
        rng = np.random.default_rng(seed)
        return cell, instrument.measure_all(cell, view, sample="a", rng=rng, consumed=[record])

    return make


def reduced(records):
    return reduce_series(list(records.values()), [{}, {}, {}])[1]


def test_no_noise_is_the_truth(measured):
    cell, records = measured(QUIET)
    transient = records["transient"]
    truth = cell.hold(0.05, transient["test_time"].values)
    np.testing.assert_array_equal(transient["current"].values, truth.current)
    assert float(transient["potential_step"]) == 0.05
    spectrum = records["after"]
    found = cell.impedance(spectrum["frequency"].values, truth.end)
    np.testing.assert_allclose(spectrum["real_impedance"].values, found.real)
    assert spectrum.attrs["bias_V"] == 0.05
    assert records["before"].attrs["bias_V"] == 0.0


def test_noise_is_a_share_of_the_current_range(measured):
    cell, records = measured({"potentiostat.current_noise": 1e-3}, seed=3)
    current = records["transient"]["current"].values
    truth = cell.hold(0.05, records["transient"]["test_time"].values).current
    assert np.std(current - truth) == pytest.approx(1e-3 * current_range(truth), rel=0.05)


def test_same_seed_same_bytes(measured):
    first, second, other = (measured(seed=seed)[1] for seed in (7, 7, 8))
    assert all(first[name].identical(second[name]) for name in first)
    assert not any(first[name].identical(other[name]) for name in first)


def test_rows_begin_fast_and_become_even(own):
    times = BruceVincent.times(own)
    gaps = np.diff(times)
    assert times[0] == gaps[0] == 1e-3
    assert (np.diff(gaps) > -1e-9).all()
    assert gaps[-1] == pytest.approx(1.0)
    assert times[-1] == pytest.approx(7200.0, abs=1.0)
    with pytest.raises(InputError, match="ascend"):
        BruceVincent.times(own.replace({"potentiostat.polarisation_time": 0.5}))


@pytest.mark.parametrize("transference", [0.35, 0.7])
def test_reduction_at_5_mv_returns_one_over_one_plus_newman(measured, transference):
    cell, records = measured(TELLING, 5e-3, thickness=200e-6, transference=transference)
    found = reduced(records)["transference_number_apparent"]
    assert found.standard_error < 0.01
    assert abs(found.value - current_fraction(cell.newman_number)) < 3.0 * found.standard_error + 2e-3
    assert not any(flag.startswith("amplitude") for flag in reduced(records).flags)


def test_contacts_pass_for_electrolyte(measured):
    """(R_b + R_c)/(R_b (1 + Ne) + R_c) is what a resistance in series leaves of 1/(1 + Ne)."""
    cell, records = measured(
        {**TELLING, "coin_cell.contact_resistance": 3.0}, 5e-3, thickness=200e-6, transference=0.35
    )
    bulk, contact, newman = cell.ohmic_resistance, 3.0, cell.newman_number
    found = reduced(records)["transference_number_apparent"]
    expected = (bulk + contact) / (bulk * (1.0 + newman) + contact)
    assert expected > 1.2 * current_fraction(newman)
    assert abs(found.value - expected) < 3.0 * found.standard_error + 2e-3


def test_the_papers_amplitude_is_flagged_and_biased(measured):
    """Charge transfer of 25 mV at each face passes more current than its resistance at rest says."""
    changes = {**TELLING, "sodium.film_areal_resistance": 0.0, "sodium.exchange_current_density": 8.0}
    small, large = (
        reduced(measured(changes, step, polarised=False, thickness=160e-6, transference=0.7)[1])
        for step in (5e-3, 50e-3)
    )
    assert any(flag.startswith("amplitude: 50 mV") for flag in large.flags)
    assert any(flag.startswith("interface_dominated") for flag in large.flags)
    values = [each["transference_number_apparent"].value for each in (small, large)]
    assert values[1] < values[0] - 0.05
    by_ohm = large.alternatives[0]["quantities"]["transference_number_apparent"]["value"]
    assert by_ohm > values[0] + 0.05


def test_second_spectrum_about_the_steady_state_or_at_rest(measured):
    changes = {"sodium.film_areal_resistance": 0.0}
    _, biased = measured({**QUIET, **changes}, 0.2)
    _, rested = measured({**QUIET, **changes}, 0.2, polarised=False)
    np.testing.assert_array_equal(rested["after"]["real_impedance"], rested["before"]["real_impedance"])
    assert biased["after"]["real_impedance"].values[-1] < 0.8 * rested["after"]["real_impedance"].values[-1]


def test_an_instruments_own_files_give_the_same_number(measured):
    _, records = measured(TELLING, 5e-3, thickness=200e-6)
    texts = {
        name: chi_current_text(record) if name == "transient" else chi_impedance_text(record)
        for name, record in records.items()
    }
    back = [read_source(Source(f"{name}.txt", text.encode())) for name, text in texts.items()]
    found = reduce_series(back, [{}, {"potential_step": Value(5e-3, "V")}, {}])[1]
    name = "transference_number_apparent"
    assert found[name].value == pytest.approx(reduced(records)[name].value, rel=1e-9)


def test_records_carry_ancestry_and_flags(measured):
    _, records = measured({"recipe.cell.temperature": 243.15}, 5e-3)
    for record in records.values():
        keys = set(json.loads(record.attrs["parameter_keys"]))
        assert {"sodium.exchange_current_density", "recipe.electrolyte.salt_concentration"} <= keys
        assert "outside -20 to 60 degC" in record.attrs["flags"]
    keys = set(json.loads(records["transient"].attrs["parameter_keys"]))
    assert "potentiostat.current_noise" in keys
    assert any("outside -20 to 60" in flag for flag in reduced(records).flags)


def test_one_record_alone_is_the_transient(own, film_record):
    view = own.replace(QUIET).view()
    cell = SymmetricCell(view, film_record())
    record = BruceVincent().measure(cell, view, sample="a", rng=np.random.default_rng(0))
    assert record.attrs["schema"] == "chronoamperometry/1"
    assert float(record["potential_step"]) == 0.05


def test_step_of_nothing(own, film_record):
    with pytest.raises(InputError, match="amplitude"):
        BruceVincent(0.0)
    view = own.replace({"recipe.transference.polarisation": 0.0}).view()
    with pytest.raises(InputError, match="polarisation is 0 V"):
        BruceVincent().measure(SymmetricCell(view, film_record()), view, sample="a", rng=np.random.default_rng(0))
