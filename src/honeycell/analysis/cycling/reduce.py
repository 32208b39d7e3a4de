"""A charge-discharge record to its numbers, its tables of cycles, rates and peaks, and the curves of chosen cycles."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.analysis.cycling import cycles as summary
from honeycell.analysis.cycling import rates as ladder
from honeycell.analysis.cycling.blocks import Rows, blocks_of, noise_about_zero, rows_of
from honeycell.analysis.cycling.charge import charge_of
from honeycell.analysis.cycling.checks import check_counters, check_digits, check_holes, check_sign, check_size
from honeycell.analysis.cycling.counters import counted_charge, counted_energy
from honeycell.analysis.cycling.cycles import ROLES, cycles_of, efficiency, retention_of
from honeycell.analysis.cycling.dqdv import derivative_of
from honeycell.analysis.cycling.drops import drops_of
from honeycell.analysis.cycling.first import first_quantities
from honeycell.analysis.cycling.halves import halves_of
from honeycell.analysis.cycling.holds import holds_of
from honeycell.analysis.cycling.numbering import cycles_of as numbers_of
from honeycell.analysis.cycling.profile import Profile, chosen_cycles, profile_of
from honeycell.analysis.cycling.rates import rates_of
from honeycell.analysis.cycling.whole import whole_quantities
from honeycell.analysis.result import Reduction
from honeycell.quantities.errors import InputError
from honeycell.quantities.record import flags_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from honeycell.analysis.cycling.blocks import Blocks
    from honeycell.analysis.cycling.charge import Charge
    from honeycell.analysis.cycling.counters import Counted
    from honeycell.analysis.cycling.cycles import Cycles
    from honeycell.analysis.result import Settings

TECHNIQUE = "cycling"
STILL = 0.05  # of all charge: a counter that never grows while more flows is not used
POINTS = 200  # of each curve in the tables
MILLIAMPERE_HOUR = 3.6  # A s


def reduce_cyclings(records: Sequence[xr.Dataset], settings: Sequence[Settings]) -> list[Reduction]:
    """Reductions of ``cycling/1`` records.

    Quantities of the first cycle, each only where the record has it: ``charge_capacity``, ``discharge_capacity``, ``low_voltage_capacity``,
    ``capacity_gain`` [A s, or A s/kg where the active mass is known], ``mean_charge_voltage``, ``mean_discharge_voltage``,
    ``mean_voltage_gap``, ``voltage_drop`` [V], ``coulombic_efficiency`` [1]. Of the whole: ``retention``, ``coulombic_efficiency_mean``,
    ``capacity_change_per_cycle`` (of the reference cycle's capacity), ``mean_discharge_voltage_change_per_cycle``, ``rate_recovery``.
    Of a ladder whose 1C is known, ``discharge_capacity_at_10C`` and so on (``charge`` for a negative electrode), at each rate when it first comes.
    The table ``cycles`` has a row per cycle, ``rates`` one per step of a rate ladder, ``peaks`` those of dQ/dV of chosen cycles,
    ``curve_profiles`` and ``curve_dqdv`` what a figure needs.

    Charge is what the tester's counters say, where the record has them, else the integral of the current. The coulombic efficiency is
    discharge over charge for a positive electrode against metal, charge over discharge for a negative one, and not given where the role is
    not known. The tester's gain error is not in the file and not in the errors.

    Settings: ``mass``, ``area``, ``electrode_role`` (positive or negative), ``reference_cycle``, ``one_c_current``, ``current_sign``.

    Raises
    ------
    InputError : no current flows in the record; a role that is neither; a reference cycle that is not a whole one.
    """
    return [_reduce(record, own) for record, own in zip(records, settings, strict=True)]


def _reduce(record: xr.Dataset, settings: Settings) -> Reduction:
    said = flags_of(record)
    flags: list[str] = []
    role = _role(record, settings, flags)
    mass, area, one_c = (
        _number(record, settings, *names)
        for names in (("mass", "active_mass"), ("area", "area"), ("one_c_current", "one_c_current"))
    )
    rows = _signed(rows_of(record), settings)
    threshold = noise_about_zero(rows.current)
    if threshold > 0.0:
        flags.append(
            f"rest: currents up to {threshold * 1e6:.3g} uA flip their sign from row to row and are taken as rest"
        )
    blocks = blocks_of(rows, threshold)
    charge = charge_of(rows, blocks)
    if not charge.amount.any():
        raise InputError("no current flows", "current", "Is this the record of a rest? Check the unit of the current.")
    counted = _agreeing(counted_charge(record, blocks, flags), blocks, charge, flags)
    energy = _agreeing(counted_energy(record, blocks), blocks, charge, [])
    numbers = numbers_of(blocks, charge.amount, flags)
    holds = holds_of(rows, blocks)
    both = [halves_of(rows, blocks, numbers, charge, counted, energy, holds, sign) for sign in (1, -1)]
    cycles = cycles_of(both[0], both[1], drops_of(rows, blocks, charge, both[0], both[1]), role, flags)
    check_sign(rows, blocks, charge, flags)
    check_counters(both, charge, counted, said, flags)
    check_digits(charge, counted, flags)
    check_holes(rows, blocks, charge, flags)
    check_size(both, mass, one_c, flags)

    def profile(place: int, half: Any) -> Profile | None:
        return profile_of(rows, blocks, numbers, holds, charge, half, place)

    places = chosen_cycles(cycles)
    chosen = [each for place in places for half in both if (each := profile(int(place), half)) is not None]
    source = (
        f"by the tester's counters, which {counted.habit}" if counted else "integrated over the current (trapezoids)"
    )
    quantities = first_quantities(cycles, profile(0, both[1]), mass, source, ())
    reference = _reference(cycles, settings, flags)
    kept = rates_of(cycles)
    held = None
    if reference is not None:
        held = retention_of(cycles, reference)
        quantities += whole_quantities(cycles, held, reference, kept, mass, flags)
    tables: dict[str, list[dict[str, Any]]] = {
        "cycles": summary.table_of(cycles, held[0] if held else None, reference, mass, one_c, area)
    }
    if len(kept) > 1:
        tables["rates"] = ladder.table_of(cycles, kept, mass, one_c)
        quantities += ladder.rate_quantities(cycles, kept, mass, one_c)
    tables |= _curves(chosen, cycles.numbers[places[:: max((places.size - 1) // 2, 1)]], mass)
    flags += [] if mass else ["mass: not known, so that capacities are not per gram; give --set mass='3.2 mg'"]
    return Reduction(TECHNIQUE, tuple(quantities), tables, tuple(dict.fromkeys(flags)), _other_readings(cycles))


def _role(record: xr.Dataset, settings: Settings, flags: list[str]) -> str:
    given = str(
        settings["electrode_role"].value if "electrode_role" in settings else record.attrs.get("electrode_role", "")
    )
    role = given.strip().lower()
    role = {"cathode": "positive", "anode": "negative"}.get(role, role)
    if role and role not in ROLES:
        raise InputError(f"got {given!r}", "electrode_role", "It is positive (a cathode) or negative (an anode).")
    if not role:
        flags.append(
            "electrode_role: not known, on which the coulombic efficiency depends; give --set electrode_role=positive or negative"
        )
    return role


def _number(record: xr.Dataset, settings: Settings, key: str, variable: str = "") -> float | None:
    """A setting, else the record's own scalar."""
    if key in settings:
        return settings[key].number
    return float(record[variable]) if variable and variable in record else None


def _signed(rows: Rows, settings: Settings) -> Rows:
    if "current_sign" in settings and str(settings["current_sign"].value) == "discharge positive":
        return Rows(rows.time, rows.voltage, -rows.current, rows.cycle, rows.step)
    return rows


def _agreeing(counted: Counted | None, blocks: Blocks, charge: Charge, flags: list[str]) -> Counted | None:
    """Counters with their names as the current's sign has them, which the user may have turned; None where one stands still."""
    if counted is None:
        return None
    direction = blocks.direction
    right = float(counted.charged[direction > 0].sum() + counted.discharged[direction < 0].sum())
    wrong = float(counted.charged[direction < 0].sum() + counted.discharged[direction > 0].sum())
    if wrong > right:
        flags.append("counters: the charge counter grows while the current discharges; the two counters are exchanged")
        counted = replace(counted, charged=counted.discharged, discharged=counted.charged)
    flowed = [float(charge.amount[direction == sign].sum()) for sign in (1, -1)]
    for word, grown, amount in zip(("charge", "discharge"), (counted.charged, counted.discharged), flowed, strict=True):
        if amount > STILL * sum(flowed) and not grown.any():
            flags.append(f"counters: the {word} counter stands still while current flows; integrated instead")
            return None
    return counted


def _reference(cycles: Cycles, settings: Settings, flags: list[str]) -> int | None:
    """Place of the cycle that retention refers to; None where no cycle is whole."""
    places = np.flatnonzero(cycles.whole)
    if "reference_cycle" in settings:
        wanted = settings["reference_cycle"].number
        at = np.flatnonzero(cycles.whole & (cycles.numbers == wanted))
        if at.size == 0:
            have = (
                f"Whole cycles are {cycles.numbers[places[0]]} to {cycles.numbers[places[-1]]}."
                if places.size
                else "No cycle is whole."
            )
            raise InputError(f"cycle {wanted:g} is not a whole cycle of the record", "reference_cycle", have)
        return int(at[0])
    if places.size == 0:
        return None
    if places.size > 1:
        flags.append(
            f"reference_cycle: not stated; retention refers to cycle {cycles.numbers[places[0]]}, the first whole one; "
            "give --set reference_cycle=4"
        )
    return int(places[0])


def _other_readings(cycles: Cycles) -> tuple[dict[str, Any], ...]:
    """Both coulombic efficiencies of the first cycle where the role is not known."""
    if cycles.role or not (cycles.charge.there[0] and cycles.discharge.there[0]):
        return ()
    result = []
    for role, last, first in (
        ("positive", cycles.discharge, cycles.charge),
        ("negative", cycles.charge, cycles.discharge),
    ):
        ratio, error = efficiency(last, first)
        numbers = {"value": 100.0 * float(ratio[0]), "unit": "%", "standard_error": 100.0 * float(error[0])}
        result.append({"method": f"electrode_role={role}", "quantities": {"coulombic_efficiency": numbers}})
    return tuple(result)


def _spread(profile: Profile) -> Any:
    """Rows at equal steps of charge and voltage together, so that steep ends are drawn."""
    reached = np.maximum.accumulate(profile.sign * profile.voltage)
    along = profile.charge / max(float(profile.charge[-1]), 1e-300)
    along = along + (reached - reached[0]) / max(float(reached[-1] - reached[0]), 1e-300)
    chosen = np.searchsorted(along, np.linspace(0.0, float(along[-1]), POINTS))
    return np.unique(np.minimum(chosen, profile.charge.size - 1))


def _curves(chosen: list[Profile], derived: Any, mass: float | None) -> dict[str, list[dict[str, Any]]]:
    per, unit = (3600.0 * mass, "mAh/g") if mass else (MILLIAMPERE_HOUR, "mAh")
    profiles: list[dict[str, Any]] = []
    derivatives: list[dict[str, Any]] = []
    peaks: list[dict[str, Any]] = []
    for each in chosen:
        head = {"cycle": each.cycle, "direction": "charge" if each.sign > 0 else "discharge"}
        some = _spread(each)
        profiles += [
            {**head, f"capacity / {unit}": q, "voltage": V}
            for q, V in zip((each.charge[some] / per).tolist(), each.voltage[some].tolist(), strict=True)
        ]
        found = derivative_of(each) if each.cycle in derived else None
        if found is None:
            continue
        step = max(found.voltage.size // POINTS, 1)
        derivatives += [
            {**head, "voltage": V, f"dqdv / {unit}/V": g, f"standard_error / {unit}/V": e}
            for V, g, e in zip(
                found.voltage[::step].tolist(),
                (found.density[::step] / per).tolist(),
                (found.error[::step] / per).tolist(),
                strict=True,
            )
        ]
        peaks += [
            {
                **head,
                "voltage": peak.voltage,
                "voltage_standard_error / V": peak.error,
                f"dqdv / {unit}/V": peak.height / per,
                f"dqdv_standard_error / {unit}/V": peak.height_error / per,
                f"charge_of_peak / {unit}": peak.charge / per,
            }
            for peak in found.peaks
        ]
    return {"peaks": peaks, "curve_profiles": profiles, "curve_dqdv": derivatives}
