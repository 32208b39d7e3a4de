"""How a cell lived, from one entry per cycle: retention and capacity after so many cycles, voltage drop, efficiency, and when it turned."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.analysis.result import Estimate, Reduction
from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.analysis.result import Settings

    Floats = NDArray[np.float64]

FADED = 0.95  # retention below which a cell is said to fade
DRIFTED = 0.003  # efficiency below its usual value by which it is said to drift; testers are good for 0.1 %
TOP = 0.005  # of the retention, below its largest value, over which a maximum is taken as a parabola
FEWEST = 8  # cycles at one rate from which trends are told
MILLIAMPERE_HOUR = 3.6  # A s


def reduce_lives(records: Sequence[xr.Dataset], settings: Sequence[Settings]) -> list[Reduction]:
    """:func:`reduce_life` of each."""
    return [reduce_life(record, own) for record, own in zip(records, settings, strict=True)]


def reduce_life(record: xr.Dataset, settings: Settings) -> Reduction:
    """Quantities and the table of cycles of a ``life/1`` record.

    Parameters
    ----------
    settings : ``mass`` of active material and ``reference_cycle``, where the record lacks them.

    Notes
    -----
    Cycles are counted from the reference cycle, the first at the rate that counts, which is number 1. The attribute ``report_cycles``
    names those of which single values are quantities, ``retention_after_100`` and so on.

    Raises
    ------
    InputError : no cycle, or a reference that is none of them.
    """
    numbers = np.asarray(record["cycle"].values, dtype=int)
    charge, discharge = (np.asarray(record[f"{word}_capacity"].values, dtype=float) for word in ("charge", "discharge"))
    reference = _reference(record, settings, numbers)
    mass = settings["mass"].number if "mass" in settings else _scalar(record, "active_mass")
    per, unit = (mass, "A*s/kg") if mass else (1.0, "A*s")
    on = slice(reference, None)
    count = numbers[on] - numbers[reference] + 1
    capacity, drop = discharge[on], _column(record, "voltage_drop", numbers.size)[on]
    gap = (
        _column(record, "mean_charge_voltage", numbers.size) - _column(record, "mean_discharge_voltage", numbers.size)
    )[on]
    with np.errstate(divide="ignore", invalid="ignore"):
        efficiency = np.where(charge > 0.0, discharge / charge, np.nan)
        whole = np.where(discharge[reference] > 0.0, discharge / discharge[reference], np.nan)
    retention = whole[on]
    found: list[Estimate] = []

    def add(name: str, value: float, unit: str, method: str) -> None:
        if np.isfinite(value):
            found.append(Estimate(name, float(value), unit, None, None, method))

    since = f"cycles count from cycle {numbers[reference]} of the record"
    for wanted in json.loads(str(record.attrs.get("report_cycles", "[]"))):
        at = np.flatnonzero(count == int(wanted))
        if at.size:
            i, which = int(at[0]), f"cycle {int(wanted)}; {since}"
            add(f"discharge_capacity_at_{int(wanted)}", capacity[i] / per, unit, which)
            add(f"retention_after_{int(wanted)}", retention[i], "1", which)
            add(f"voltage_drop_at_{int(wanted)}", drop[i], "V", f"{which}; jump where discharge begins, one side (I R)")
            add(f"mean_voltage_gap_at_{int(wanted)}", gap[i], "V", f"{which}; mean charge less mean discharge voltage")
            add(
                f"polarisation_at_{int(wanted)}", 0.5 * gap[i], "V", f"{which}; one side: half the gap of mean voltages"
            )
            add(f"coulombic_efficiency_at_{int(wanted)}", efficiency[on][i], "1", which)
    if (check := _scalar(record, "slow_check_capacity")) is not None and discharge[0] > 0.0:
        text = "discharge of one cycle at the first cycle's rate after the end, over the first discharge: what resistance had hidden"
        add("recovered_at_slow_rate", check / discharge[0], "1", text)
    if count.size >= FEWEST and capacity[0] > 0.0:
        _trends(add, count, retention, efficiency[on], drop, gap, since)
    table = _table(record, numbers, charge, discharge, efficiency, whole, mass)
    flags = ("ended: the cell gave nothing in its last cycles",) if discharge[-1] <= 0.0 else ()
    return Reduction("cycling", tuple(found), {"cycles": table}, flags)


def _trends(
    add: Any, count: Floats, retention: Floats, efficiency: Floats, drop: Floats, gap: Floats, since: str
) -> None:
    peak = int(np.nanargmax(retention)) if np.isfinite(retention).any() else 0
    text = f"vertex of a parabola through the cycles within {100 * TOP:g} % of the largest discharge capacity; {since}"
    add("cycle_of_maximum", _vertex(count, retention, peak), "1", text)
    add("largest_retention", retention[peak], "1", since)
    faded = np.flatnonzero(retention[peak:] < FADED)
    if faded.size:
        add("fading_begins", float(count[peak + faded[0]]), "1", f"first cycle below {100 * FADED:g} %; {since}")
    add("voltage_drop_growth", drop[-1] - drop[0], "V", f"last cycle less first; {since}")
    add(
        "polarisation_growth",
        0.5 * (gap[-1] - gap[0]),
        "V",
        f"half the gap of mean voltages, last cycle less first; {since}",
    )
    inner = efficiency[1:]  # the first cycle at a new rate takes up what the one before left
    add("least_coulombic_efficiency", np.nanmin(inner), "1", f"from cycle 2; {since}")
    add("mean_coulombic_efficiency", np.nanmean(inner), "1", f"from cycle 2; {since}")
    add("coulombic_efficiency_scatter", np.nanstd(np.diff(inner)) / np.sqrt(2.0), "1", "of neighbouring cycles")
    usual = np.nanmedian(inner[: max(inner.size // 2, 1)])
    drifted = np.flatnonzero(~(inner > usual - DRIFTED))
    if drifted.size:
        # the beginning of the last stretch below: a single bad cycle is no drift
        low = ~(inner > usual - DRIFTED)
        start = int(np.flatnonzero(~low)[-1]) + 1 if (~low).any() else 0
        if start < inner.size:
            text = f"efficiency stays {100 * DRIFTED:g} % below its median over the first half from here on; {since}"
            add("efficiency_drifts", float(count[start + 1]), "1", text)


def _vertex(count: Floats, retention: Floats, peak: int) -> float:
    """Where a flat maximum lies; the largest value itself where it stands at an end or is too sharp for a parabola."""
    near = retention > retention[peak] - TOP
    low, high = peak, peak
    while low > 0 and near[low - 1]:
        low -= 1
    while high < count.size - 1 and near[high + 1]:
        high += 1
    if high - low < 4 or low == 0 or high == count.size - 1:
        return float(count[peak])
    inside = slice(low, high + 1)
    a, b, _ = np.polyfit(count[inside] - count[peak], retention[inside], 2)
    return float(np.clip(count[peak] - b / (2.0 * a), count[low], count[high])) if a < 0.0 else float(count[peak])


def _reference(record: xr.Dataset, settings: Settings, numbers: NDArray[np.int_]) -> int:
    if numbers.size == 0:
        raise InputError("no cycles", f"life of {record.attrs.get('sample', '?')}")
    wanted = settings["reference_cycle"].number if "reference_cycle" in settings else _scalar(record, "reference_cycle")
    if wanted is None:
        return 0
    at = np.flatnonzero(numbers == int(wanted))
    if at.size == 0:
        have = f"Cycles are {numbers[0]} to {numbers[-1]}."
        raise InputError(f"cycle {wanted:g} is not in the record", "reference_cycle", have)
    return int(at[0])


def _scalar(record: xr.Dataset, name: str) -> float | None:
    return float(record[name]) if name in record.data_vars else None


def _column(record: xr.Dataset, name: str, size: int) -> Floats:
    return np.asarray(record[name].values, dtype=float) if name in record.data_vars else np.full(size, np.nan)


def _table(
    record: xr.Dataset,
    numbers: NDArray[np.int_],
    charge: Floats,
    discharge: Floats,
    efficiency: Floats,
    retention: Floats,
    mass: float | None,
) -> list[dict[str, Any]]:
    n = numbers.size
    columns = {
        "charge_capacity": charge / MILLIAMPERE_HOUR,
        "discharge_capacity": discharge / MILLIAMPERE_HOUR,
        "coulombic_efficiency": 100.0 * efficiency,
        "retention": 100.0 * retention,
        "mean_charge_voltage": _column(record, "mean_charge_voltage", n),
        "mean_discharge_voltage": _column(record, "mean_discharge_voltage", n),
        "voltage_drop_one_sided": _column(record, "voltage_drop", n),
        "current / mA": 1e3 * _column(record, "current", n),
    }
    columns["voltage_drop_gap"] = columns["mean_charge_voltage"] - columns["mean_discharge_voltage"]
    if mass:
        columns["specific_charge_capacity"] = charge / mass / 3600.0
        columns["specific_discharge_capacity"] = discharge / mass / 3600.0
    values = [[value if np.isfinite(value) else None for value in column.tolist()] for column in columns.values()]
    return [
        {"cycle": number, **dict(zip(columns, row, strict=True))}
        for number, row in zip(numbers.tolist(), zip(*values, strict=True), strict=True)
    ]
