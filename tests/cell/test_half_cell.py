from __future__ import annotations

import numbers

import numpy as np
import pytest

from honeycell.cell import HalfCell
from honeycell.cell import model as cell_model
from honeycell.cell.parameters import FARADAY, entries
from honeycell.physics.electrolyte import vtf_conductivity
from honeycell.quantities.errors import InputError, NotConverged


@pytest.fixture(scope="module")
def cell(parameters, film_record):
    return HalfCell(parameters.view(), film_record())


@pytest.fixture(scope="module")
def tenth(cell):
    return 0.1 * 171.0 * cell.cathode.active_mass


@pytest.fixture(scope="module")
def first_cycle(cell, tenth):
    return cell.run([(tenth, 4.0, 1), (-tenth, 2.0, 1)])


def double_layer(cell, parameters):
    """Capacitance of the cathode's inner surface [F]."""
    cathode = cell.cathode
    surface = 3.0 * cathode.active_fraction / parameters["pba.particle_radius"] * cathode.thickness * cathode.area
    return parameters["pba.double_layer_capacitance"] * surface


def test_sites_agree_with_mass(cell):
    grams = cell.cathode.active_mass
    volume = cell.cathode.area * cell.cathode.thickness * cell.cathode.active_fraction
    assert volume * cell.cathode.site_concentration == pytest.approx(cell.cathode.accessible_sites, rel=1e-12)
    full = FARADAY * cell.cathode.accessible_sites / 3.6 / (grams * 1e3)
    assert full == pytest.approx(0.75 * 176.9, rel=2e-3)


@pytest.mark.parametrize("step", [1, 2])
def test_charge_balance_closes(cell, parameters, first_cycle, step):
    at = first_cycle.step == step
    passed = np.trapezoid(first_cycle.current[at], first_cycle.time[at])
    sodium = -np.diff(first_cycle.filling[at][[0, -1]])[0] * cell.cathode.accessible_sites * FARADAY
    stored = double_layer(cell, parameters) * np.diff(first_cycle.voltage[at][[0, -1]])[0]
    assert abs(stored / passed) < 3e-3
    assert passed == pytest.approx(sodium + stored, rel=1e-4)


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
    cell = HalfCell(parameters.view(), film_record())
    cell.impedance([1e3])
    assert all(not isinstance(values, str) for values in seen)
    ours = entries(parameters.view(), cell.film, cell.cathode, cell.open_circuit)
    assert set(cell._set.keys()) == set(ours)
    for name, value in ours.items():
        if isinstance(value, numbers.Real):
            assert cell._set[name] == value
    needed = set(pybamm.lithium_ion.SPMe(cell_model.OPTIONS).get_parameter_info())
    assert needed == set(ours)


def test_no_number_is_that_of_the_lithium_half_cell_set(cell):
    import pybamm

    shipped = pybamm.ParameterValues("Xu2019")
    # structural counts and 25 C are no material data, and zero says nothing
    shared = {
        name
        for name in set(cell._set.keys()) & set(shipped.keys())
        if isinstance(shipped[name], numbers.Real) and shipped[name] == cell._set[name]
    }
    assert shared <= {
        "Number of cells connected in series to make a battery",
        "Number of electrodes connected in parallel to make a cell",
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


def test_short_solution_is_not_a_result(monkeypatch, cell, tenth):
    solve = HalfCell._solve
    monkeypatch.setattr(HalfCell, "_solve", lambda self, pybamm, steps: solve(self, pybamm, steps[:1]))
    with pytest.raises(NotConverged, match="1 of 2 steps"):
        cell.run([(tenth, 4.0, 1), (-tenth, 2.0, 1)])


def test_step_that_ends_for_another_reason_is_not_a_result(monkeypatch, cell, tenth):
    solve = HalfCell._solve

    def early(self, pybamm, steps):
        solution = solve(self, pybamm, steps)
        solution.cycles[0].steps[0].termination = "final time"
        return solution

    monkeypatch.setattr(HalfCell, "_solve", early)
    with pytest.raises(NotConverged, match="not at its cut-off"):
        cell.run([(tenth, 4.0, 1)])


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
