"""Cycling records in the layout of a LAND export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honeycell.quantities.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr

MILLI, HOUR = 1e3, 3600.0
_SCALES = {
    "cycle": 1.0,
    "step": 1.0,
    "voltage": 1.0,
    "current": MILLI,
    "step_capacity": MILLI / HOUR,
    "charge_capacity": MILLI / HOUR,
    "discharge_capacity": MILLI / HOUR,
    "step_energy": MILLI / HOUR,
    "charge_energy": MILLI / HOUR,
    "discharge_energy": MILLI / HOUR,
}


@dataclass(frozen=True)
class Layout:
    """The words of one language: ``labels`` by variable, and those for the state of charging, resting and discharging."""

    record: str
    time: str
    labels: Mapping[str, str]
    specific: str
    state: str
    charge: str
    rest: str
    discharge: str


ENGLISH = Layout(
    record="Record",
    time="TestTime(h:m:s)",
    labels={
        "cycle": "CycleNo",
        "step": "StepNo",
        "voltage": "Voltage/V",
        "current": "Current/mA",
        "step_capacity": "Capacity/mAh",
        "charge_capacity": "CapC/mAh",
        "discharge_capacity": "CapD/mAh",
        "step_energy": "Energy/mWh",
        "charge_energy": "EnergyC/mWh",
        "discharge_energy": "EnergyD/mWh",
    },
    specific="SpeCap/mAh/g",
    state="Step-State",
    charge="C",
    rest="R",
    discharge="D",
)
CHINESE = Layout(
    record="记录序号",
    time="测试时间(h:m:s)",
    labels={
        "cycle": "循环序号",
        "step": "工步序号",
        "voltage": "电压/V",
        "current": "电流/mA",
        "step_capacity": "容量/mAh",
        "charge_capacity": "充电容量/mAh",
        "discharge_capacity": "放电容量/mAh",
        "step_energy": "能量/mWh",
        "charge_energy": "充电能量/mWh",
        "discharge_energy": "放电能量/mWh",
    },
    specific="比容量/mAh/g",
    state="工步状态",
    charge="充电",
    rest="静置",
    discharge="放电",
)


def land_text(record: xr.Dataset, layout: Layout = ENGLISH) -> str:
    """A cycling record as a comma-separated table: clocks as h:m:s to the microsecond, mA, mAh, mWh.

    Numbers have all their digits, more than the cycler writes; current is positive on charge. Where the record has a mass and a step
    capacity, the capacity per mass stands beside it, as LAND writes it. A simulated record says so in its first line. No date is made up.

    Raises
    ------
    SchemaError : another schema.
    """
    if record.attrs["schema"] != "cycling/1":
        raise SchemaError(f"{record.attrs['schema']!r} is not a cycling record", "LAND text", "Give cycling/1.")
    time = np.asarray(record["test_time"].values, float)
    columns = {layout.record: [str(number) for number in range(1, time.size + 1)]}
    for name in ("cycle", "step"):
        columns[layout.labels[name]] = [f"{value:g}" for value in np.asarray(record[name].values, float)]
    columns[layout.time] = [_clock(value) for value in time.tolist()]
    for name, scale in _SCALES.items():
        if name in record.variables and name not in ("cycle", "step"):
            values = np.asarray(record[name].values, float) * scale
            columns[layout.labels[name]] = [repr(value) for value in values.tolist()]
    if "active_mass" in record.variables and "step_capacity" in record.variables:
        per_mass = np.asarray(record["step_capacity"].values, float) / float(record["active_mass"]) / HOUR
        columns[layout.specific] = [repr(value) for value in per_mass.tolist()]
    words = {1.0: layout.charge, 0.0: layout.rest, -1.0: layout.discharge}
    columns[layout.state] = [words[sign] for sign in np.sign(np.asarray(record["current"].values, float)).tolist()]
    rows = [",".join(row) for row in zip(*columns.values(), strict=True)]
    return "\n".join([*_header(record), ",".join(columns), *rows]) + "\n"


def _header(record: xr.Dataset) -> list[str]:
    attributes = record.attrs
    name = f"Test name: {_line(attributes['sample'])}"
    if attributes["origin"] != "simulated":
        return [name]
    return [name, f"Remark: simulated by {_line(attributes['software'])}; nothing was measured"]


def _clock(time: float) -> str:
    micro = round(time * 1e6)
    whole, fraction = divmod(micro, 1_000_000)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}.{fraction:06d}"


def _line(text: object) -> str:
    """Text on one line and in one cell, so that a sample's name cannot break the layout."""
    return " ".join(str(text).replace(",", " ").split())
