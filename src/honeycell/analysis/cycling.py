"""First numbers of a charge-discharge record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    import xarray as xr

VOLTAGE_BINS = 40


def summarise_cycle(record: xr.Dataset) -> dict[str, tuple[float, str]]:
    """Capacities, coulombic efficiency and mean voltages of cycle 1, and its low-voltage discharge share.

    Charge is integrated over the current (trapezoid); efficiency is discharge over charge, as for a cathode against metal.
    The low-voltage capacity is what is discharged below the valley between the two plateaus, which is where the discharge
    delivers least charge per volt in the middle half of its voltage range.

    Returns
    -------
    name to (value, unit); capacities per active mass [A s kg-1] where the record has ``active_mass``.
    """
    time, voltage, current = (np.asarray(record[name].values, float) for name in ("test_time", "voltage", "current"))
    first = record["cycle"].values == record["cycle"].values.min()
    mass = float(record["active_mass"])
    charge = _charge(time, current, first & (current > 0.0)) / mass
    discharge = _charge(time, current, first & (current < 0.0)) / mass
    low = _low_voltage_charge(time, voltage, current, first & (current < 0.0)) / mass
    mean_charge = _mean_voltage(time, voltage, current, first & (current > 0.0))
    mean_discharge = _mean_voltage(time, voltage, current, first & (current < 0.0))
    return {
        "charge_capacity": (charge, "A*s/kg"),
        "discharge_capacity": (discharge, "A*s/kg"),
        "capacity_gain": (discharge - charge, "A*s/kg"),
        "coulombic_efficiency": (discharge / charge, "1"),
        "low_voltage_capacity": (low, "A*s/kg"),
        "mean_charge_voltage": (mean_charge, "V"),
        "mean_discharge_voltage": (mean_discharge, "V"),
        "mean_voltage_gap": (mean_charge - mean_discharge, "V"),
    }


def _charge(time: NDArray[np.float64], current: NDArray[np.float64], rows: NDArray[np.bool_]) -> float:
    return abs(float(np.trapezoid(current[rows], time[rows])))


def _mean_voltage(
    time: NDArray[np.float64], voltage: NDArray[np.float64], current: NDArray[np.float64], rows: NDArray[np.bool_]
) -> float:
    weight = float(np.trapezoid(current[rows], time[rows]))
    return float(np.trapezoid((voltage * current)[rows], time[rows])) / weight


def _low_voltage_charge(
    time: NDArray[np.float64], voltage: NDArray[np.float64], current: NDArray[np.float64], rows: NDArray[np.bool_]
) -> float:
    t, v, i = time[rows], voltage[rows], -current[rows]
    charge = np.diff(t) * 0.5 * (i[1:] + i[:-1])
    middle = 0.5 * (v[1:] + v[:-1])
    amount, edges = np.histogram(middle, VOLTAGE_BINS, weights=charge)
    quarter = VOLTAGE_BINS // 4
    peak = int(np.argmax(amount))
    inner = np.arange(quarter, VOLTAGE_BINS - quarter)
    second = int(inner[np.argmax(np.where(abs(inner - peak) > 2, amount[inner], -1.0))])
    low, high = sorted((peak, second))
    valley = low + int(np.argmin(amount[low : high + 1]))
    return float(charge[middle < edges[valley + 1]].sum())
