from __future__ import annotations

import numbers

import numpy as np
import pytest

from honeycell.cell import ConstantCurrent, HalfCell, Rest, State, VoltageHold, VoltageSweep, cycles, equations
from honeycell.cell.parameters import FARADAY
from honeycell.physics.electrolyte import vtf_conductivity
from honeycell.quantities.errors import InputError, NotConverged

STRUCTURE = {
    "Current function [A]",
    "Number of cells connected in series to make a battery",
    "Number of electrodes connected in parallel to make a cell",
}


@pytest.fixture(scope="module")
def cell(parameters, film_record):
    return HalfCell(parameters.view(), film_record())


@pytest.fixture(scope="module")
def tenth(cell):
    return 0.1 * 171.0 * cell.cathode.active_mass


@pytest.fixture(scope="module")
def first_cycle(cell, tenth):
    return cell.run([(tenth, 4.0, 1), (-tenth, 2.0, 1)])


def test_sites_agree_with_mass(cell, parameters):
    grams = cell.cathode.active_mass
    volume = cell.cathode.area * cell.cathode.thickness * cell.cathode.active_fraction
    assert volume * cell.cathode.site_concentration == pytest.approx(cell.cathode.accessible_sites, rel=1e-12)
    full = FARADAY * cell.cathode.accessible_sites / 3.6 / (grams * 1e3)
    assert full == pytest.approx(parameters["pba.accessible_fraction"] * 176.9, rel=2e-3)


@pytest.mark.parametrize("step", [1, 2])
def test_charge_balance_closes(cell, first_cycle, step):
    at = first_cycle.step == step
    passed = np.trapezoid(first_cycle.current[at], first_cycle.time[at])
    sodium = -np.diff(first_cycle.filling[at][[0, -1]])[0] * cell.cathode.accessible_sites * FARADAY
    assert passed == pytest.approx(sodium, rel=1e-9)


def test_charging_raises_the_voltage_and_takes_sodium_out(first_cycle):
    charge = first_cycle.step == 1
    assert (first_cycle.current[charge] > 0).all()
    assert (first_cycle.current[~charge] < 0).all()
    assert (np.diff(first_cycle.voltage[charge])[5:] > -1e-6).all()
    assert first_cycle.filling[charge][-1] < first_cycle.filling[charge][0]
    assert first_cycle.voltage[charge][-1] == pytest.approx(4.0, abs=1e-3)
    assert first_cycle.voltage[-1] == pytest.approx(2.0, abs=1e-3)


def test_first_discharge_exceeds_first_charge_as_the_foil_fills_the_cathode(first_cycle):
    charge = first_cycle.step == 1
    amounts = [np.trapezoid(first_cycle.current[at], first_cycle.time[at]) for at in (charge, ~charge)]
    assert -amounts[1] / amounts[0] == pytest.approx(2.0 / 1.53, rel=0.01)


def test_slow_cycle_is_the_open_circuit_curve(cell, tenth):
    trace = cell.run([(tenth / 500, 3.5, 1)])
    inside = (trace.filling > 0.02) & (trace.filling < 0.76) & (abs(trace.filling - 0.5) > 0.01)
    gap = trace.voltage[inside] - cell.open_circuit(trace.filling[inside])
    assert abs(gap).max() < 2e-3


def test_slower_is_closer_to_open_circuit(cell, tenth, first_cycle):
    slow = cell.run([(tenth / 10, 3.5, 1)])

    def gap(trace):
        at = (trace.filling > 0.55) & (trace.filling < 0.75) & (trace.current > 0)
        return np.mean(trace.voltage[at] - cell.open_circuit(trace.filling[at]))

    assert 0 < gap(slow) < 0.2 * gap(first_cycle)


def test_no_lithium_defaults(monkeypatch, parameters, film_record):
    import pybamm

    from honeycell.cell.entries import entries

    def forbidden(*args, **kwargs):
        raise AssertionError("a parameter set of the solver was opened")

    seen = []
    original = pybamm.ParameterValues.__init__

    def watched(self, values, *args, **kwargs):
        seen.append(values)
        original(self, values, *args, **kwargs)

    for owner in (pybamm.BaseModel, pybamm.lithium_ion.BaseModel):
        monkeypatch.setattr(owner, "default_parameter_values", property(forbidden), raising=False)
    monkeypatch.setattr(type(pybamm.parameter_sets), "__getitem__", forbidden)
    monkeypatch.setattr(pybamm.ParameterValues, "__init__", watched)
    monkeypatch.setattr(equations, "_kept", {})
    cell = HalfCell(parameters.view(), film_record())
    cell.impedance([1e3])
    assert all(not isinstance(values, str) for values in seen)
    ours = entries(cell.numbers)
    assert {name for values in seen for name in values} == set(ours)
    written = {name for values in seen for name, value in values.items() if isinstance(value, numbers.Real)}
    assert written == STRUCTURE  # all else is an input, whose number is the cell's own
    options = {**equations.OPTIONS, "surface form": equations.SURFACE[True]}
    assert set(pybamm.lithium_ion.SPMe(options).get_parameter_info()) == set(ours)


def test_no_number_is_that_of_the_lithium_half_cell_set(cell):
    import pybamm

    shipped = pybamm.ParameterValues("Xu2019")
    # structural counts and 25 C are no material data, and zero says nothing
    shared = {
        name
        for name in set(cell.numbers) & set(shipped.keys())
        if isinstance(shipped[name], numbers.Real) and shipped[name] == cell.numbers[name]
    }
    assert shared <= {
        "Reference temperature [K]",
        "Ambient temperature [K]",
        "Initial temperature [K]",
        "Initial concentration in electrolyte [mol.m-3]",
        "Thermodynamic factor",
        "Positive electrode OCP entropic change [V.K-1]",
    }


@pytest.mark.parametrize("film", [{}, {"thickness": 480e-6, "porosity": 0.9, "ratio": 0.85, "transference": 0.35}])
def test_high_frequency_intercept_is_contact_and_film(parameters, film_record, film):
    cell = HalfCell(parameters.view(), film_record(**film))
    names = ("prefactor", "pseudo_activation", "vanishing_temperature")
    liquid = vtf_conductivity(298.15, *(parameters[f"naclo4_pc_ec_fec.conductivity_{name}"] for name in names))
    ohmic = cell.film.thickness / (liquid * cell.film.effective_conductivity_ratio * cell.cathode.area)
    found = cell.impedance([1e6])[0].real
    assert found == pytest.approx(parameters["coin_cell.contact_resistance"] + ohmic, rel=0.02)


def test_thicker_film_has_more_series_resistance(parameters, film_record):
    found = [
        HalfCell(parameters.view(), film_record(thickness=t)).impedance([1e6])[0].real for t in (20e-6, 40e-6, 80e-6)
    ]
    contact = parameters["coin_cell.contact_resistance"]
    assert found[0] < found[1] < found[2]
    assert (found[2] - contact) / (found[1] - contact) == pytest.approx(2.0, rel=0.05)


def test_impedance_is_capacitive_and_ends_in_charge_transfer(cell):
    found = cell.impedance(np.geomspace(1e6, 0.01, 33))
    assert (found.imag < 0).all()
    assert (np.diff(found.real) > 0).all()


def test_cold_slows_the_cell(parameters, film_record):
    def resistance(kelvin):
        cold = parameters.replace({"recipe.cell.temperature": kelvin})
        return HalfCell(cold.view(), film_record()).impedance([1.0])[0].real

    assert resistance(253.15) > 5 * resistance(298.15) > 5 * resistance(333.15)


def test_a_step_that_does_not_reach_its_cut_off_is_not_a_result(monkeypatch, cell, tenth):
    monkeypatch.setattr(type(cell), "capacity", property(lambda self: 1e-3))
    with pytest.raises(NotConverged, match=r"cycle 3, step 1 .*25 degC: the cut-off was not reached"):
        cell.run([(tenth, 4.0, 3)])


@pytest.mark.parametrize("model", ["SPMe", "DFN"])
def test_a_state_saved_and_started_from_goes_on_as_if_never_stopped(parameters, film_record, model):
    cell = HalfCell(parameters.view(), film_record(), model=model)
    current = 171.0 * cell.cathode.active_mass
    whole = cell.drive(cycles(current, 4.0, 2.0, 2), rows_per_step=None)
    half = cell.drive(cycles(current, 4.0, 2.0, 1), rows_per_step=None)
    again = cell.drive(cycles(current, 4.0, 2.0, 1), State.from_record(half.state.to_record("a")), rows_per_step=None)
    assert again.trace.charge(2) == pytest.approx(whole.trace.charge(4), rel=1e-5)
    assert again.state.time == pytest.approx(whole.state.time, rel=1e-5)


@pytest.mark.parametrize("kelvin", [253.15, 298.15, 333.15])
def test_one_particle_and_many_give_the_same_capacity_at_1c_hot_and_cold(parameters, film_record, kelvin):
    warm = parameters.replace({"recipe.cell.temperature": kelvin})
    found = []
    for model in ("SPMe", "DFN"):
        cell = HalfCell(warm.view(), film_record(), model=model)
        trace = cell.run(cycles(171.0 * cell.cathode.active_mass, 4.0, 2.0, 1))
        found.append(trace.charge(2))
    assert found[0] == pytest.approx(found[1], rel=0.01)


def test_rest_hold_and_sweep_do_what_they_say(cell, tenth):
    steps = [ConstantCurrent(tenth, duration=600.0), Rest(300.0), VoltageHold(3.2, 600.0), VoltageSweep(3.2, 3.6, 1e-3)]
    trace = cell.run(steps)
    assert (trace.current[trace.step == 2] == 0.0).all()
    np.testing.assert_allclose(trace.voltage[trace.step == 3], 3.2, atol=1e-6)
    sweep = trace.step == 4
    since = trace.time[sweep] - trace.time[sweep][0]
    np.testing.assert_allclose(trace.voltage[sweep], 3.2 + 1e-3 * since, atol=1e-6)
    assert since[-1] == pytest.approx(400.0)


def test_impedance_of_a_rested_state_is_that_of_the_fresh_cell_and_its_capacitance_the_slope(cell):
    fresh = cell.impedance([1e3, 1.0])
    np.testing.assert_allclose(cell.impedance([1e3, 1.0], cell.fresh), fresh, rtol=1e-6)
    omega = 2 * np.pi * 1e-7
    x = cell.cathode.filling
    slope = (cell.open_circuit(x - 1e-4) - cell.open_circuit(x + 1e-4)) / 2e-4 / cell.capacity
    assert -omega * cell.impedance([1e-7])[0].imag == pytest.approx(float(slope), rel=0.01)


def test_cut_off_already_passed(cell, tenth):
    with pytest.raises(NotConverged):
        cell.run([(tenth, 2.5, 1)])


@pytest.mark.parametrize("protocol", [[], [(0.0, 4.0, 1)], [(float("nan"), 4.0, 1)]])
def test_bad_protocol(cell, protocol):
    with pytest.raises(InputError):
        cell.run(protocol)


@pytest.mark.parametrize("bad", [{"porosity": 0.0}, {"ratio": 1.2}, {"thickness": -1e-6}, {"transference": 1.0}])
def test_bad_film(parameters, film_record, bad):
    with pytest.raises(InputError):
        HalfCell(parameters.view(), film_record(**bad))


def test_film_lacking_a_quantity(parameters, film_record):
    with pytest.raises(InputError, match="porosity"):
        HalfCell(parameters.view(), film_record().drop_vars("porosity"))


def test_ancestry_names_what_was_read(cell):
    keys = cell.ancestry.keys
    assert {"pba.accessible_fraction", "recipe.cathode.loading", "coin_cell.contact_resistance"} <= keys
