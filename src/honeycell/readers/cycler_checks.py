"""Time, sign and mass of a cycler's export: what the columns say together, and what contradicts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.quantities.errors import ReadError
from honeycell.readers.cycler import BACKWARDS
from honeycell.readers.vocabulary import UNITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from honeycell.readers.cycler_tables import Place

    Floats = NDArray[np.float64]

MILLIAMPERE_HOUR = 3.6  # A s
MASSES_AGREE = 0.01  # capacity over specific capacity is one mass, written to three digits or more
# [kg] what programs divide by where nobody entered a mass, and how near it a stated one must be to be that
ASSUMED, SAME = (1e-6, 1e-3), 1e-3
OFF = 0.03  # of the charge: testers integrate between the rows they write, so that a per cent is no disagreement
LARGE = 0.1  # of the largest: half cycles that were broken off are left out
OPPOSED = 0.99  # of the rows that flow: their sign is the opposite of the state's by convention, not by mistake
SPECIFIC = {
    "specific_capacity": "step_capacity",
    "specific_charge_capacity": "charge_capacity",
    "specific_discharge_capacity": "discharge_capacity",
}
_MASS = re.compile(
    r"(?:active\s*(?:material|mass)|mass|活性物质(?:质量)?|质量)\s*[:：=,;\t ]{0,9}([0-9]+(?:[.,][0-9]+)?)\s*(kg|mg|ug|μg|µg|g)\b(?!\s*/)",
    re.IGNORECASE,
)


def gaps(found: Mapping[str, Any], flags: list[str]) -> None:
    """Flags numbers of records that are missing or come twice."""
    steps = np.diff(found["record"]) if "record" in found else np.ones(0)
    for word, wrong in (("skip", steps > 1.0), ("repeat", steps == 0.0)):
        if wrong.any():
            at = found["record"][int(np.flatnonzero(wrong)[0])]
            flags.append(f"records: their numbers {word} {int(wrong.sum())} times, first after {at:g}")


def put_time(place: Place, found: dict[str, Any], flags: list[str]) -> None:
    """Puts a ``test_time`` that never runs backwards into ``found``, where the rows are in order."""
    for name in ("test_time", "step_time"):
        if name not in found:
            continue
        restarts = np.flatnonzero(np.diff(found[name]) < -BACKWARDS) + 1
        if not restarts.size:
            found["test_time"] = found[name]
        else:
            _refuse_disorder(place, found, name, restarts)
            time = found[name].copy()
            time += np.cumsum(np.bincount(restarts, found[name][restarts - 1], time.size))
            found["test_time"] = time
        if restarts.size or name == "step_time":
            label = name.replace("_", " ")
            flags.append(
                f"test_time: the {label} starts anew {restarts.size} times and is summed up, pauses not counted"
            )
        return
    if "moment" in found:
        found["test_time"] = found["moment"] - found["moment"][0]
        flags.append("test_time: taken from the dates, for want of a column of elapsed times")


def _refuse_disorder(place: Place, found: Mapping[str, Any], name: str, restarts: NDArray[np.int64]) -> None:
    """A clock may start anew only where cycle, step or state change, and cycles and steps may only rise."""
    if "record" in found and (np.diff(found["record"]) > 0.0).all():
        return
    counters = [found[each] for each in ("cycle", "step", "record") if each in found]
    same = np.ones(restarts.size, bool)
    for each in (*counters, found.get("state"), np.sign(found["current"]) if "current" in found else None):
        if each is not None:
            before, after = each[restarts - 1], each[restarts]
            same &= (before == after) | (np.isnan(before) & np.isnan(after))
    if not same.any():
        falls = np.zeros(found[name].size - 1, bool)
        settled = np.zeros_like(falls)
        for each in counters[:2]:
            step = np.diff(each)
            falls |= ~settled & (step < 0.0)
            settled |= step > 0.0
        if not falls.any():
            return
        row = int(np.flatnonzero(falls)[0]) + 1
    else:
        row = int(restarts[np.flatnonzero(same)[0]])
    what = f"has the {name.replace('_', ' ')} {found[name][row]:g} s after {found[name][row - 1]:g} s"
    cure = "Rows of a test must stand in the order in which they were measured: export it again, unsorted, one test a file."
    raise ReadError(what, place.at(row), cure)


def put_sign(found: dict[str, Any], flags: list[str]) -> None:
    """Charge positive: by the current's own sign, else by the state, else by the counter that grows."""
    if "current" not in found:
        return
    current = found["current"]
    state = found.get("state", np.full(current.size, np.nan))
    flows = (current != 0.0) & np.isin(state, (-1.0, 1.0))
    opposed = flows & (current * np.nan_to_num(state) < 0.0)
    if (current < 0.0).any():
        if opposed.sum() > OPPOSED * flows.sum() > 0.0:
            found["current"] = -current
            flags.append("sign: the file counts discharge current positive, as its states say; the sign is turned")
        elif opposed.any():
            flags.append(
                f"sign: in {int(opposed.sum())} rows the current's sign contradicts the state; the current is kept"
            )
    elif (state == -1.0).any():
        found["current"] = np.where(state == -1.0, -current, current)
        flags.append("sign: the current is written without sign, which is taken from the state")
        silent = int((np.isnan(state) & (current != 0.0)).sum())
        if silent:
            flags.append(f"sign: {silent} rows flow in a state that says neither charge nor discharge; taken as charge")
    elif current.any() and not (state == 1.0).any():
        _sign_by_counters(found, flags)


def _sign_by_counters(found: dict[str, Any], flags: list[str]) -> None:
    if "discharge_capacity" in found and "charge_capacity" in found:
        charged, discharged = (
            np.maximum(np.diff(np.abs(found[name]), prepend=np.abs(found[name][:1])), 0.0)
            for name in ("charge_capacity", "discharge_capacity")
        )
        discharging = _of_the_step(found, discharged - charged) > 0.0
        if discharging.any():
            found["current"] = np.where(discharging, -found["current"], found["current"])
            flags.append("sign: the current is written without sign, which is taken from the counter that grows")
            return
    flags.append("sign: no current is negative, and neither a state nor a counter tells charge from discharge")


def _of_the_step(found: Mapping[str, Any], grown: Floats) -> Floats:
    """For each row what its whole step grew by; without a column of steps, what the counters grow by next: they are coarse."""
    if "step" in found:
        changed = np.diff(found["step"]) != 0.0
        if "cycle" in found:
            changed |= np.diff(found["cycle"]) != 0.0
        step = np.concatenate(([0], np.cumsum(changed)))
        return np.bincount(step, grown).astype(float)[step]
    grows = np.flatnonzero(grown)
    if not grows.size:
        return grown
    return grown[grows[np.minimum(np.searchsorted(grows, np.arange(grown.size)), grows.size - 1)]]


def stated_mass(found: Mapping[str, Any], header: str, flags: list[str]) -> float | None:
    """Mass [kg] that the file implies by capacity next to specific capacity, or states in words; None where it does neither."""
    stated = _MASS.search(header)
    named = float(stated[1].replace(",", ".")) * UNITS[stated[2].replace("µ", "μ").lower()][1] if stated else None
    for specific, counter in SPECIFIC.items():
        if specific not in found or counter not in found:
            continue
        q, charge = np.abs(found[specific]), np.abs(found[counter])
        large = q > 0.5 * q.max()  # smaller ones have too few digits
        if not large.any() or q.max() == 0.0:
            continue
        ratios = charge[large] / q[large]
        implied = float(np.median(ratios))
        low, high = np.percentile(ratios, (5.0, 95.0))
        if not implied > 0.0 or high - low > 2.0 * MASSES_AGREE * implied:
            flags.append("mass: capacity over specific capacity is not one mass; none is taken")
            return None
        if is_assumed(implied):
            flags.append(f"mass: the file divides by {implied * 1e6:.4g} mg, as programs do unasked; it is not taken")
            return None
        text = f"mass: from the file, {implied * 1e6:.4g} mg as capacity over specific capacity"
        if named is not None and abs(named / implied - 1.0) > MASSES_AGREE:
            text += f", though its header states {named * 1e6:.4g} mg"
        flags.append(f"{text}; check that it was entered for this cell")
        return implied
    if named:
        flags.append(f"mass: from the file's header, {named * 1e6:.4g} mg; check that it was entered for this cell")
    if any(specific in found for specific in SPECIFIC) and not any(counter in found for counter in SPECIFIC.values()):
        flags.append("capacity: the file has capacities per mass only; they are kept as they stand")
    return named or None


def is_assumed(mass: float) -> bool:
    """True for 1 mg and 1 g, which programs fill in where nobody entered a mass."""
    return any(abs(mass / each - 1.0) < SAME for each in ASSUMED)


def check_counters(columns: Mapping[str, Floats], flags: list[str]) -> None:
    """Flags a current that does not add up to the tester's own counters, and says when its rounding explains that."""
    if not {"test_time", "current"} <= set(columns):
        return
    current, time = columns["current"], columns["test_time"]
    cycle = columns.get("cycle", np.ones(current.size))
    number = np.unique(cycle, return_inverse=True)
    off: list[tuple[float, str]] = []
    for word, sign, name in (("charge", 1.0, "charge_capacity"), ("discharge", -1.0, "discharge_capacity")):
        counter = columns.get(name, columns.get("step_capacity"))
        if counter is None:
            continue
        flowing = np.sign(current) == sign
        along = flowing[1:] & flowing[:-1] & (np.diff(counter) >= 0.0) & (np.diff(cycle) == 0)
        mean = 0.5 * np.abs(current[1:] + current[:-1])
        counted = np.bincount(number[1][1:], along * np.diff(counter), number[0].size)
        summed = np.bincount(number[1][1:], along * mean * np.diff(time), number[0].size)
        for place in np.flatnonzero(counted > LARGE * counted.max(initial=0.0)):
            if abs(summed[place] / counted[place] - 1.0) > OFF:
                words = f"{summed[place] / MILLIAMPERE_HOUR:.3g} mAh in the {word} of cycle {number[0][place]:g}"
                off.append(
                    (counted[place], f"{words} where the tester counted {counted[place] / MILLIAMPERE_HOUR:.3g} mAh")
                )
    if not off:
        return
    _, largest = max(off)
    spacing = _spacing(current)
    typical = float(np.median(np.abs(current[current != 0.0])))
    coarse = 0.5 * spacing > OFF * typical
    why = (
        f"rounding: the current is written to {spacing * 1e3:.3g} mA only, so that"
        if coarse
        else "counters: though the current has digits enough,"
    )
    flags.append(f"{why} integrating it gives {largest}; use the counters")


def _spacing(values: Floats) -> float:
    """The power of ten to which numbers were rounded when they were written."""
    for exponent in range(0, -12, -1):
        steps = values * 10.0**-exponent
        if np.allclose(steps, np.round(steps), rtol=1e-9, atol=1e-6):
            return 10.0**exponent
    return 0.0
