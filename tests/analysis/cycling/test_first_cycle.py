"""Capacities and voltages of forged charge-discharge records whose truth is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honeycell.analysis import quantities, reduce
from honeycell.quantities.record import make_record
from honeycell.quantities.value import Value

if TYPE_CHECKING:
    import xarray as xr

MASS = 2e-6
REST = 600.0
Block = tuple[float, float, float, float]


def forged(blocks: list[Block], *, rows: int = 201, cycles: list[int] | None = None, rest: float = REST) -> xr.Dataset:
    """Blocks of constant current ``(current, duration, first voltage, last voltage)``, a rest after each."""
    columns: dict[str, list[np.ndarray]] = {name: [] for name in ("test_time", "voltage", "current", "cycle", "step")}
    start = 0.0
    for number, (current, duration, first, last) in enumerate(blocks):
        cycle = cycles[number] if cycles else 1
        for part, (amps, seconds, ends) in enumerate([(current, duration, (first, last)), (0.0, rest, (last, last))]):
            columns["test_time"].append(start + np.linspace(0.0, seconds, rows))
            columns["voltage"].append(np.linspace(*ends, rows))
            columns["current"].append(np.full(rows, amps))
            columns["cycle"].append(np.full(rows, float(cycle)))
            columns["step"].append(np.full(rows, float(2 * number + part + 1)))
            start += seconds + 1.0
    units = {"test_time": "s", "voltage": "V", "current": "A", "cycle": "1", "step": "1"}
    variables = {name: ("row", np.concatenate(parts), units[name]) for name, parts in columns.items()}
    return make_record(
        "cycling/1",
        sample="s",
        instrument="cycler",
        variables=variables | {"active_mass": ((), MASS, "kg")},
        origin="measured",
        attributes={"electrode_role": "positive"},
    )


def found(record: xr.Dataset) -> dict[str, float]:
    return {each.name: each.value for each in reduce(record).quantities}


CHARGE: Block = (1e-4, 3600.0, 3.0, 3.8)
DISCHARGE: Block = (-1e-4, 3240.0, 3.6, 2.8)


@settings(deadline=None, max_examples=25)
@given(
    current=st.floats(1e-6, 1e-2),
    charge=st.floats(10.0, 1e5),
    efficiency=st.floats(0.1, 1.2),
    rows=st.integers(5, 60),
)
def test_known_capacities_are_recovered(current: float, charge: float, efficiency: float, rows: int) -> None:
    record = forged([(current, charge, 3.0, 3.8), (-current, efficiency * charge, 3.6, 2.8)], rows=rows)
    result = found(record)
    assert result["charge_capacity"] == pytest.approx(current * charge / MASS)
    assert result["discharge_capacity"] == pytest.approx(efficiency * current * charge / MASS)
    assert result["coulombic_efficiency"] == pytest.approx(efficiency)
    gain = (efficiency - 1.0) * current * charge / MASS
    assert result["capacity_gain"] == pytest.approx(gain, abs=1e-9 * current * charge / MASS)


def test_mean_voltages_are_those_of_the_ramps() -> None:
    result = found(forged([CHARGE, DISCHARGE]))
    assert result["mean_charge_voltage"] == pytest.approx(3.4)
    assert result["mean_discharge_voltage"] == pytest.approx(3.2)
    assert result["mean_voltage_gap"] == pytest.approx(0.2)


def test_charge_or_discharge_may_come_first() -> None:
    one, other = found(forged([CHARGE, DISCHARGE])), found(forged([DISCHARGE, CHARGE]))
    for each in (one, other):
        # A ramp has no two plateaus and hence no valley to divide it; nor does a record that begins with discharge tell its jump.
        del each["low_voltage_capacity"]
        each.pop("voltage_drop", None)
    assert one == pytest.approx(other)


def test_rests_and_later_cycles_do_not_count() -> None:
    names = ("charge_capacity", "discharge_capacity", "mean_charge_voltage", "mean_voltage_gap", "voltage_drop")
    alone = found(forged([CHARGE, DISCHARGE]))
    followed = forged([CHARGE, DISCHARGE, (3e-4, 900.0, 3.0, 4.0), (-3e-4, 400.0, 3.5, 2.0)], cycles=[1, 1, 2, 2])
    rested = forged([CHARGE, DISCHARGE], rest=86400.0)
    for other in (found(followed), found(rested)):
        assert {name: other[name] for name in names} == pytest.approx({name: alone[name] for name in names})


def test_a_record_that_starts_at_another_cycle_is_read_alike() -> None:
    assert found(forged([CHARGE, DISCHARGE], cycles=[7, 7])) == pytest.approx(found(forged([CHARGE, DISCHARGE])))


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7])
def test_the_valley_divides_two_plateaus(share: float) -> None:
    """A discharge with plateaus at 3.3 V and 2.9 V and steep passages between and around them."""
    amps, rows, total = 1e-4, 2001, 3600.0
    done = np.linspace(0.0, 1.0, rows)
    voltage = np.interp(done, [0.0, 0.02, 0.98 - share, 1.0 - share, 0.98, 1.0], [3.8, 3.32, 3.28, 2.92, 2.88, 2.2])
    record = forged([CHARGE, (-amps, total, 3.8, 2.2)], rows=rows)
    changed = record["voltage"].values.copy()
    changed[record["current"].values < 0.0] = voltage
    record["voltage"] = ("row", changed, {"units": "V"})
    result = found(record)
    assert result["low_voltage_capacity"] / result["discharge_capacity"] == pytest.approx(share, abs=0.03)


def test_all_numbers_of_a_record_come_with_units() -> None:
    result = quantities(forged([CHARGE, DISCHARGE]))
    assert (result["active_mass"].value, result["active_mass"].unit) == (MASS, "kg")
    assert result["charge_capacity"].unit == result["discharge_capacity"].unit == "A*s/kg"
    assert result["coulombic_efficiency"].unit == "1"


def test_without_a_mass_capacities_are_charges() -> None:
    result = reduce(forged([CHARGE, DISCHARGE]).drop_vars("active_mass"))
    assert result["charge_capacity"].unit == "A*s"
    assert result["charge_capacity"].value == pytest.approx(0.36)
    assert any(flag.startswith("mass:") for flag in result.flags)


def test_a_rest_between_two_charges_delivers_nothing() -> None:
    half = (1e-4, 1800.0, 3.0, 3.4)
    result = found(forged([half, half, DISCHARGE]))
    assert result["charge_capacity"] == pytest.approx(2.0 * 1e-4 * 1800.0 / MASS)


@pytest.mark.parametrize("block", [CHARGE, DISCHARGE])
def test_half_a_cycle_still_yields_its_capacity(block: Block) -> None:
    result = found(forged([block]))
    name = "charge_capacity" if block is CHARGE else "discharge_capacity"
    assert result[name] == pytest.approx(abs(block[0]) * block[1] / MASS)


def test_a_written_file_yields_what_the_record_yields(tester, tmp_path) -> None:
    """Through an instrument's own layout and back: its rounding is all that may differ."""
    from honeycell.readers import read
    from honeycell.writers.land import land_text

    record = tester(voltage_noise=1e-3, counters="cycle").record(3)
    path = tmp_path / "cell.csv"
    path.write_text(land_text(record), encoding="utf-8")
    here, there = reduce(record), reduce(read(path), {"electrode_role": Value("positive")})
    for one, other in zip(here.tables["cycles"], there.tables["cycles"], strict=True):
        for name in (
            "charge_capacity",
            "discharge_capacity",
            "coulombic_efficiency",
            "mean_discharge_voltage",
            "voltage_drop_gap",
        ):
            assert other[name] == pytest.approx(one[name], rel=2e-3), name
