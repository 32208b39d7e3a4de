"""First numbers of a charge-discharge record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.result import Estimate, Reduction
from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.analysis.result import Settings

VOLTAGE_BINS = 40


def reduce_cyclings(records: Sequence[xr.Dataset], settings: Sequence[Settings]) -> list[Reduction]:
    """Reductions of ``cycling/1`` records; see :func:`summarise_cycle`.

    Raises
    ------
    InputError : no active mass, neither in the record nor in the settings.
    """
    return [_reduction(record, own) for record, own in zip(records, settings, strict=True)]


def _reduction(record: xr.Dataset, settings: Settings) -> Reduction:
    if "mass" in settings:
        record = record.assign(active_mass=((), settings["mass"].value, {"units": "kg"}))
    if "active_mass" not in record:
        raise InputError("no active mass", "mass", "Give it with --set mass='3.2 mg' or in sample.toml.")
    method = "trapezoid over the current of cycle 1"
    found = [Estimate(name, value, unit, method=method) for name, (value, unit) in summarise_cycle(record).items()]
    return Reduction("cycling", tuple(found))


def summarise_cycle(record: xr.Dataset) -> dict[str, tuple[float, str]]:
    """Capacities, coulombic efficiency and mean voltages of cycle 1, and its low-voltage discharge share.

    Charge is integrated over the current (trapezoid); efficiency is discharge over charge, as for a cathode against metal.
    The low-voltage capacity is what is discharged below the valley between the two plateaus, which is where the discharge
    delivers least charge per volt in the middle half of its voltage range.

    Returns
    -------
    name to (value, unit); capacities per active mass [A s kg-1], so the record must hold ``active_mass`` [kg]. A half-cycle that the
    record lacks leaves out what needs it.
    """
    time, voltage, current = (np.asarray(record[name].values, float) for name in ("test_time", "voltage", "current"))
    first = record["cycle"].values == record["cycle"].values.min()
    mass = float(record["active_mass"])
    result: dict[str, tuple[float, str]] = {}
    for name, rows in (("charge", first & (current > 0.0)), ("discharge", first & (current < 0.0))):
        amount, middle = _portions(time, voltage, current, rows)
        total = float(amount.sum())
        if total > 0.0:
            result[f"{name}_capacity"] = (total / mass, "A*s/kg")
            result[f"mean_{name}_voltage"] = (float(np.sum(amount * middle)) / total, "V")
            if name == "discharge":
                result["low_voltage_capacity"] = (_low_voltage_charge(amount, middle) / mass, "A*s/kg")
    if {"charge_capacity", "discharge_capacity"} <= set(result):
        charge, discharge = result["charge_capacity"][0], result["discharge_capacity"][0]
        result["capacity_gain"] = (discharge - charge, "A*s/kg")
        result["coulombic_efficiency"] = (discharge / charge, "1")
        result["mean_voltage_gap"] = (result["mean_charge_voltage"][0] - result["mean_discharge_voltage"][0], "V")
    return result


def _portions(
    time: NDArray[np.float64], voltage: NDArray[np.float64], current: NDArray[np.float64], rows: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Charge and mean voltage of each interval whose two ends belong to ``rows``; a rest between them does not count."""
    both = rows[1:] & rows[:-1]
    amount = np.abs(0.5 * (current[1:] + current[:-1])) * np.diff(time)
    return amount[both], (0.5 * (voltage[1:] + voltage[:-1]))[both]


def _low_voltage_charge(amount: NDArray[np.float64], middle: NDArray[np.float64]) -> float:
    total, edges = np.histogram(middle, VOLTAGE_BINS, weights=amount)
    quarter = VOLTAGE_BINS // 4
    peak = int(np.argmax(total))
    inner = np.arange(quarter, VOLTAGE_BINS - quarter)
    second = int(inner[np.argmax(np.where(abs(inner - peak) > 2, total[inner], -1.0))])
    low, high = sorted((peak, second))
    valley = low + int(np.argmin(total[low : high + 1]))
    return float(amount[middle < edges[valley + 1]].sum())
