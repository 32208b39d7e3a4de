"""Sweeps of the half-cell's own equations on a grid that resolves the diffusion layer, against the law of Randles and Sevcik."""

from __future__ import annotations

import os
import warnings

import numpy as np
import pytest

from honeycell.cell.parameters import Cathode, Film, constants, open_circuit
from honeycell.physics.voltammetry import PEAK, peak_current

D, RADIUS, UPPER = 1e-16, 4e-6, 3.25
# one kind of site, nothing slow but the solid, nearly full
NERNST = {
    "pba.low_spin_potential": 3.0,
    "pba.high_spin_potential": 3.0,
    "pba.high_spin_split": 0.0,
    "pba.low_spin_interaction": 0.0,
    "pba.high_spin_interaction": 0.0,
    "pba.diffusivity": D,
    "pba.particle_radius": RADIUS,
    "pba.exchange_current_density": 100.0,
    "pba.double_layer_capacitance": 1e-3,
    "sodium.exchange_current_density": 1e4,
    "sodium.film_areal_resistance": 1e-9,
    "sodium.double_layer_capacitance": 1e-3,
    "coin_cell.contact_resistance": 0.0,
    "coin_cell.cathode_electronic_conductivity": 1e3,
    "recipe.cathode.sodium_content": 1.998,
    "recipe.cathode.loading": 2e-3,
}
OPTIONS = {
    "working electrode": "positive",
    "surface form": "differential",
    "SEI": "constant",
    "contact resistance": "true",
    "transport efficiency": "tortuosity factor",
}
SPHERE = (
    0.7516 / PEAK
)  # what the curvature of the particle takes off, per diffusion length over radius (Nicholson & Shain 1964)


@pytest.mark.parametrize("rate", [1e-4, 8e-4])
def test_first_sweep_peaks_at_randles_and_sevcik(parameters, film_record, rate, monkeypatch):
    monkeypatch.setenv("PYBAMM_DISABLE_TELEMETRY", "true")
    view = parameters.replace(NERNST).view()
    film, cathode, table = Film.of(film_record()), Cathode.of(view), open_circuit(view)
    start = float(table(cathode.filling))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pybamm

        from honeycell.cell.entries import entries

        assert os.environ["PYBAMM_DISABLE_TELEMETRY"] == "true"
        model = pybamm.lithium_ion.SPMe(OPTIONS)
        model.events = []
        sweep = pybamm.step.voltage(lambda t: start + rate * t, duration=(UPPER - start) / rate, period=5e-4 / rate)
        shells = {**model.default_submesh_types}
        shells["positive particle"] = pybamm.MeshGenerator(
            pybamm.Exponential1DSubMesh, {"side": "right", "stretch": 5.0}
        )
        simulation = pybamm.Simulation(
            model,
            parameter_values=pybamm.ParameterValues(entries(constants(view, film, cathode, table))),
            experiment=pybamm.Experiment([sweep]),
            solver=pybamm.IDAKLUSolver(rtol=1e-6, atol=1e-6),
            submesh_types=shells,
            var_pts={**model.default_var_pts, "r_p": 60},
        )
        solution = simulation.solve(calc_esoh=False)
    # beyond the foot; the first row holds the jump of the current onto the double layer
    voltage = solution["Voltage [V]"].entries
    current = -solution["Current [A]"].entries[voltage > 2.9]
    surface = 3.0 * cathode.active_fraction * cathode.thickness * cathode.area / RADIUS
    plane = float(peak_current(D, rate, surface, cathode.site_concentration, 1.0, 298.15))
    length = np.sqrt(D * 0.025693 / rate)
    assert current.max() / plane == pytest.approx(1.0 - SPHERE * length / RADIUS, abs=5e-3)
    assert voltage[voltage > 2.9][current.argmax()] - 3.0 == pytest.approx(0.0285, abs=3e-3)
