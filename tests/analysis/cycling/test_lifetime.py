from __future__ import annotations

import json

import numpy as np
import pytest

from honeycell.analysis import reduce
from honeycell.quantities.errors import InputError
from honeycell.quantities.record import make_record
from honeycell.quantities.value import Value


def life(discharge, efficiency=1.0, report=(1, 10, 50), reference=1.0, **more):
    discharge = np.asarray(discharge, dtype=float)
    cycle = np.arange(1.0, discharge.size + 1.0)
    return make_record(
        "life/1",
        sample="forged",
        instrument="test",
        coordinates={"cycle": ("cycle", cycle, "1")},
        variables={
            "charge_capacity": ("cycle", discharge / efficiency, "A*s"),
            "discharge_capacity": ("cycle", discharge, "A*s"),
            "active_mass": ((), 2e-6, "kg"),
            "reference_cycle": ((), reference, "1"),
            **{name: ("cycle", values, "V") for name, values in more.items()},
        },
        attributes={"report_cycles": json.dumps(list(report))},
    )


def test_retention_and_capacity_after_so_many_cycles_at_the_rate_that_counts():
    capacity = np.concatenate(([1.2, 1.2, 1.2], np.linspace(1.0, 0.51, 50)))
    found = reduce(life(capacity, reference=4.0))
    assert found["retention_after_1"].value == 1.0
    assert found["retention_after_10"].value == pytest.approx(capacity[12])
    assert found["discharge_capacity_at_50"].value == pytest.approx(0.51 / 2e-6)
    assert found["discharge_capacity_at_50"].unit == "A*s/kg"
    row = found.tables["cycles"][52]
    assert (row["cycle"], row["retention"]) == (53, pytest.approx(51.0))
    assert row["specific_discharge_capacity"] == pytest.approx(0.51 / 2e-6 / 3600.0)


def test_cycles_that_the_record_lacks_give_no_number():
    found = reduce(life(np.ones(20)))
    assert "retention_after_50" not in found
    assert "fading_begins" not in found
    assert "efficiency_drifts" not in found


def test_the_maximum_of_a_slow_rise_is_found_through_noise():
    n = np.arange(1, 301)
    smooth = 1.0 + 0.08 * (1.0 - ((n - 96.3) / 120.0) ** 2)
    rng = np.random.default_rng(2)
    found = [
        reduce(life(smooth * (1.0 + 5e-5 * rng.standard_normal(300))))["cycle_of_maximum"].value for _ in range(10)
    ]
    assert np.allclose(found, 96.3, atol=1.0)


def test_a_maximum_at_the_start_is_the_first_cycle():
    assert reduce(life(np.linspace(1.0, 0.8, 100)))["cycle_of_maximum"].value == 1.0


def test_fading_begins_after_the_maximum_where_retention_passes_95_per_cent():
    capacity = np.concatenate((np.linspace(0.9, 1.0, 50), np.linspace(1.0, 0.5, 101)[1:]))
    expected = 1 + np.flatnonzero((capacity / 0.9 < 0.95) & (np.arange(150) > 49))[0]
    assert reduce(life(capacity))["fading_begins"].value == expected


def test_efficiency_drifts_from_where_it_stays_low():
    efficiency = np.full(300, 0.9995)
    efficiency[40] = 0.98  # one bad cycle is no drift
    efficiency[200:] -= 1.1e-3 * np.arange(100)
    found = reduce(life(np.ones(300), efficiency))
    assert found["efficiency_drifts"].value == 204.0  # more than 0.3 % below from the fourth on
    assert found["least_coulombic_efficiency"].value == pytest.approx(efficiency.min())


def test_polarisation_is_half_the_gap_of_mean_voltages():
    up, down = np.linspace(3.3, 3.6, 50), np.linspace(3.2, 2.9, 50)
    found = reduce(life(np.ones(50), mean_charge_voltage=up, mean_discharge_voltage=down))
    assert found["polarisation_at_50"].value == pytest.approx(0.35)
    assert found["polarisation_growth"].value == pytest.approx(0.3)
    assert found["mean_voltage_gap_at_1"].value == pytest.approx(0.1)


def test_scatter_of_efficiency_is_that_of_neighbours_not_of_the_trend():
    rng = np.random.default_rng(5)
    trend = np.linspace(1.0, 0.9, 400)
    found = reduce(life(np.ones(400), trend + 1e-3 * rng.standard_normal(400)))
    assert found["coulombic_efficiency_scatter"].value == pytest.approx(1e-3, rel=0.15)


def test_a_dead_cell_says_so():
    found = reduce(life(np.concatenate((np.ones(30), np.zeros(20)))))
    assert found.flags[0].startswith("ended")
    assert found["retention_after_50"].value == 0.0


def test_a_cell_dead_from_the_start_has_no_retention():
    found = reduce(life(np.concatenate(([1.0], np.zeros(20))), reference=2.0))
    assert not any(each.name.startswith("retention") for each in found.quantities)
    assert found.flags[0].startswith("ended")


def test_a_reference_that_is_not_there():
    with pytest.raises(InputError, match="cycle 99"):
        reduce(life(np.ones(20)), {"reference_cycle": Value(99.0, "1")})
