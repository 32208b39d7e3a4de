"""Terms of the Battery Data Format that a charge-discharge record can hold: one table for readers and writers.

Ontology 1.3.0 (https://w3id.org/battery-data-alliance/ontology/battery-data-format), with the names that it has deprecated.
"""

from __future__ import annotations

from dataclasses import dataclass

VERSION = "1.3.0"
HOUR, ZERO_CELSIUS = 3600.0, 273.15


@dataclass(frozen=True, slots=True)
class Term:
    """``label`` as the format prefers it and ``machine`` name; the ``variable`` of a record that takes it, of SI = factor * number + offset.

    ``signed`` is True where the format gives a charge or an energy the sign of the current; records hold its magnitude.
    """

    variable: str
    label: str
    machine: str
    factor: float = 1.0
    offset: float = 0.0
    signed: bool = False


# of several terms for one variable the first that a table has is taken, and the first is written
TERMS = (
    Term("test_time", "Test Time / s", "test_time_second"),
    Term("voltage", "Voltage / V", "voltage_volt"),
    Term("current", "Current / A", "current_ampere"),
    Term("cycle", "Cycle Count / 1", "cycle_count"),
    Term("step", "Step Count / 1", "step_count"),
    Term("step", "Step ID", "step_id"),
    Term("charge_capacity", "Charging Capacity / Ah", "charging_capacity_ah", HOUR),
    Term("charge_capacity", "Cycle Charging Capacity / Ah", "cycle_charging_capacity_ah", HOUR),
    Term("charge_capacity", "Schedule Charging Capacity / Ah", "schedule_charging_capacity_ah", HOUR),
    Term("charge_capacity", "Step Charging Capacity / Ah", "step_charging_capacity_ah", HOUR),
    Term("discharge_capacity", "Discharging Capacity / Ah", "discharging_capacity_ah", HOUR),
    Term("discharge_capacity", "Cycle Discharging Capacity / Ah", "cycle_discharging_capacity_ah", HOUR),
    Term("discharge_capacity", "Schedule Discharging Capacity / Ah", "schedule_discharging_capacity_ah", HOUR),
    Term("discharge_capacity", "Step Discharging Capacity / Ah", "step_discharging_capacity_ah", HOUR),
    Term("step_capacity", "Step Cumulative Capacity / Ah", "step_cumulative_capacity_ah", HOUR),
    Term("step_capacity", "Step Net Capacity / Ah", "step_net_capacity_ah", HOUR, signed=True),
    Term("step_capacity", "Step Capacity / Ah", "step_capacity_ah", HOUR, signed=True),  # deprecated in 1.1.0
    Term("charge_energy", "Charging Energy / Wh", "charging_energy_wh", HOUR),
    Term("charge_energy", "Cycle Charging Energy / Wh", "cycle_charging_energy_wh", HOUR),
    Term("charge_energy", "Schedule Charging Energy / Wh", "schedule_charging_energy_wh", HOUR),
    Term("charge_energy", "Step Charging Energy / Wh", "step_charging_energy_wh", HOUR),
    Term("discharge_energy", "Discharging Energy / Wh", "discharging_energy_wh", HOUR),
    Term("discharge_energy", "Cycle Discharging Energy / Wh", "cycle_discharging_energy_wh", HOUR),
    Term("discharge_energy", "Schedule Discharging Energy / Wh", "schedule_discharging_energy_wh", HOUR),
    Term("discharge_energy", "Step Discharging Energy / Wh", "step_discharging_energy_wh", HOUR),
    Term("step_energy", "Step Cumulative Energy / Wh", "step_cumulative_energy_wh", HOUR),
    Term("step_energy", "Step Net Energy / Wh", "step_net_energy_wh", HOUR, signed=True),
    Term("step_energy", "Step Energy / Wh", "step_energy_wh", HOUR, signed=True),  # deprecated in 1.1.0
    Term("cell_temperature", "Temperature T1 / degC", "temperature_t1_celsius", offset=ZERO_CELSIUS),
    Term("cell_temperature", "Surface Temperature / degC", "surface_temperature_celsius", offset=ZERO_CELSIUS),
    Term("cell_temperature", "Surface Temperature T1 / degC", "surface_temperature_t1_celsius", offset=ZERO_CELSIUS),
    Term("cell_temperature", "Ambient Temperature / degC", "ambient_temperature_celsius", offset=ZERO_CELSIUS),
)
