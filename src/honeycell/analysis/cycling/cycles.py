"""The table of cycles: capacities, efficiencies, retention, voltages, and which cycles are whole."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.analysis.cycling.halves import joint_error

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.analysis.cycling.drops import Drops
    from honeycell.analysis.cycling.halves import Halves

    Floats = NDArray[np.float64]
    Whole = NDArray[np.bool_]

MILLIAMPERE_HOUR = 3.6  # A s
MILLIWATT_HOUR = 3.6  # J
SHORT = 0.05  # of the voltage window: a last half cycle that ends so far before the others' end was cut short
ROLES = ("positive", "negative")


@dataclass(frozen=True, slots=True)
class Cycles:
    """Both halves of every cycle, their drops, and what is made of them.

    efficiency is nan where it cannot be told; following is the efficiency of a half cycle with the one of the next cycle that answers it,
    where the tester's cycles begin on the other side than the electrode's role; error of either as standard error. whole are cycles that
    are neither half nor cut short.
    """

    charge: Halves
    discharge: Halves
    drops: Drops
    efficiency: Floats
    efficiency_error: Floats
    following: Floats | None
    whole: Whole
    role: str

    @property
    def numbers(self) -> NDArray[np.int64]:
        """The cycles' numbers."""
        return self.charge.cycle

    @property
    def counting(self) -> Halves:
        """The half whose capacity is that of the electrode: what it gives back."""
        return self.charge if self.role == "negative" else self.discharge


def cycles_of(charge: Halves, discharge: Halves, drops: Drops, role: str, flags: list[str]) -> Cycles:
    """Efficiencies by the electrode's ``role`` ("positive", "negative", or "" where it is not known)."""
    whole = charge.there & discharge.there
    for half in (charge, discharge):
        whole &= (half.capacity > 0.0) & (half.current > 0.0)
    _note_incomplete(charge, discharge, whole, flags)
    n = charge.cycle.size
    first, last = (charge, discharge) if role != "negative" else (discharge, charge)
    ratio, error = np.full(n, np.nan), np.full(n, np.nan)
    following = None
    if role:
        ratio, error = efficiency(last, first)
        both = charge.there & discharge.there
        turned = both & (last.first < first.first)
        if turned.sum() > 0.5 * both.sum() > 0.0:
            # what was put in is given back in the next cycle
            following = np.append(last.capacity[1:], np.nan) / np.where(first.capacity > 0.0, first.capacity, np.nan)
            following[:-1][~whole[1:]] = np.nan
            words = ("discharge", "charge") if role == "positive" else ("charge", "discharge")
            flags.append(
                f"coulombic_efficiency: the tester's cycles begin with {words[0]}; the ratio within a cycle compares a {words[0]} with the "
                f"{words[1]} after it; following_efficiency takes the {words[0]} of the next cycle"
            )
    return Cycles(charge, discharge, drops, ratio, error, following, whole, role)


def efficiency(out: Halves, into: Halves) -> tuple[Floats, Floats]:
    """Capacity of one half over that of the other, with its standard error; nan where either is nothing."""
    ratio = _ratio(out.capacity, into.capacity)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = joint_error(out.error / out.capacity, into.error / into.capacity, out.rounded & into.rounded)
    return ratio, ratio * error


def _ratio(out: Floats, into: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((out > 0.0) & (into > 0.0), out / into, np.nan)


def _note_incomplete(charge: Halves, discharge: Halves, whole: Whole, flags: list[str]) -> None:
    """Flags half cycles that are missing or that the record's end cut short; the latter make their cycle not whole."""
    number = charge.cycle
    for half, other, word in ((charge, discharge, "charge"), (discharge, charge, "discharge")):
        lone = half.there & ~other.there
        if lone.any():
            some = ", ".join(f"{each}" for each in number[lone][:5]) + (", ..." if lone.sum() > 5 else "")
            flags.append(f"incomplete: cycle {some} has a {word} only")
    half = max((charge, discharge), key=lambda each: int(each.last.max(initial=-1)))
    if half.last.max(initial=-1) < 0:
        return
    k = int(np.argmax(half.last))
    others = np.flatnonzero(half.there & (np.arange(number.size) != k))
    if others.size == 0:
        return
    window = max(
        float(np.nanmax(charge.last_voltage, initial=-np.inf)),
        float(np.nanmax(discharge.first_voltage, initial=-np.inf)),
    )
    window -= min(
        float(np.nanmin(discharge.last_voltage, initial=np.inf)), float(np.nanmin(charge.first_voltage, initial=np.inf))
    )
    usual = float(np.median(half.last_voltage[others]))
    short = (usual - half.last_voltage[k]) * half.sign
    smaller = half.capacity[k] < float(np.median(half.capacity[others]))
    if short > SHORT * abs(window) and smaller:
        whole[k] = False
        word = "charge" if half.sign > 0 else "discharge"
        flags.append(
            f"incomplete: the {word} of cycle {number[k]}, the last, ends at {half.last_voltage[k]:.4g} V where the others reach {usual:.4g} V"
        )


def retention_of(cycles: Cycles, reference: int) -> tuple[Floats, Floats]:
    """Capacity of the counting half over that of the cycle in place ``reference``, with its standard error; nan where it is not whole."""
    half = cycles.counting
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(cycles.whole, half.capacity / half.capacity[reference], np.nan)
        relative = half.error / half.capacity
        error = value * joint_error(relative, relative[reference], half.rounded & half.rounded[reference])
    error[reference] = 0.0
    return value, error


def table_of(
    cycles: Cycles,
    retention: Floats | None,
    reference: int | None,
    mass: float | None,
    one_c: float | None,
    area: float | None,
) -> list[dict[str, Any]]:
    """Rows for people: mAh, mAh/g, V, per cent; None where a cycle does not tell."""
    c, d, drops = cycles.charge, cycles.discharge, cycles.drops
    n = c.cycle.size
    energy_efficiency = _ratio(d.energy, c.energy)
    if cycles.role != "positive":
        # what a cell gives back of what it took; of a negative electrode against metal the voltage is the wrong way round
        energy_efficiency = np.full(n, np.nan)
    fade = d.mean_voltage[reference] - d.mean_voltage if reference is not None else np.full(n, np.nan)
    columns: dict[str, Floats] = {
        "charge_capacity": _present(c, c.capacity) / MILLIAMPERE_HOUR,
        "discharge_capacity": _present(d, d.capacity) / MILLIAMPERE_HOUR,
        "coulombic_efficiency": 100.0 * cycles.efficiency,
        "retention": 100.0 * retention if retention is not None else np.full(n, np.nan),
        "mean_charge_voltage": c.mean_voltage,
        "mean_discharge_voltage": d.mean_voltage,
        "voltage_drop_gap": drops.gap,
        "voltage_drop_reversal": drops.reversal,
        "voltage_drop_one_sided": drops.one_sided,
        "voltage_drop_mid_capacity": drops.middle,
        "voltage_drop_fade": fade,
        "reversal_time / s": drops.delay,
    }
    if mass:
        columns |= {
            f"specific_{name}": columns[name] * MILLIAMPERE_HOUR / mass / 3600.0
            for name in ("charge_capacity", "discharge_capacity")
        }
    if area:
        columns |= {
            f"areal_{name} / mAh/cm^2": columns[name] / (1e4 * area)
            for name in ("charge_capacity", "discharge_capacity")
        }
    if cycles.following is not None:
        columns["following_efficiency"] = 100.0 * cycles.following
    columns |= {
        "charge_current / mA": 1e3 * c.current,
        "discharge_current / mA": 1e3 * d.current,
    }
    if one_c:
        columns |= {"charge_rate / C": c.current / one_c, "discharge_rate / C": d.current / one_c}
    columns |= {
        "charge_energy / mWh": _present(c, c.energy) / MILLIWATT_HOUR,
        "discharge_energy / mWh": _present(d, d.energy) / MILLIWATT_HOUR,
        "energy_efficiency": 100.0 * energy_efficiency,
        "held_charge / %": 100.0 * c.held,
        "held_discharge / %": 100.0 * d.held,
        "end_of_charge_voltage / V": c.last_voltage,
        "end_of_discharge_voltage / V": d.last_voltage,
        "charge_standard_error / mAh": _present(c, c.error) / MILLIAMPERE_HOUR,
        "discharge_standard_error / mAh": _present(d, d.error) / MILLIAMPERE_HOUR,
        "coulombic_efficiency_standard_error / %": 100.0 * cycles.efficiency_error,
        "voltage_drop_gap_standard_error / V": drops.gap_error,
        "voltage_drop_reversal_standard_error / V": drops.reversal_error,
        "voltage_drop_one_sided_standard_error / V": drops.one_sided_error,
    }
    names = list(columns)
    numbers = cycles.numbers.tolist()
    whole = cycles.whole.tolist()
    values = [[None if math.isnan(each) else each for each in columns[name].tolist()] for name in names]
    return [
        {"cycle": number, **dict(zip(names, row, strict=True)), "whole": full}
        for number, full, row in zip(numbers, whole, zip(*values, strict=True), strict=True)
    ]


def _present(half: Halves, values: Floats) -> Floats:
    return np.where(half.there, values, np.nan)
