"""Cells cycled to their end, at each of the recipe's temperatures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from honeycell.cell.leap import Leap
from honeycell.instruments.life_test import LifeTest
from honeycell.quantities.errors import InputError, NotConverged
from honeycell.quantities.record import Ancestry, make_record
from honeycell.quantities.units import from_si

if TYPE_CHECKING:
    from collections.abc import Sequence

    from honeycell.twin.bench import Bench
    from honeycell.twin.marks import Records

KEYS = tuple(f"recipe.cycling.{name}" for name in ("life_temperatures", "life_cycles", "report_cycles"))
WORKING = 0.5  # of the first capacity, from which a cell still works; nobody defines it
BRIEF = Leap(tolerance=3e-3, largest=0.08)
BRIEF_ROWS = 150.0  # mean voltages within 1 mV


def lives(bench: Bench) -> Records:
    """Life at each temperature: ``life_25`` and so on, by degC (``life_minus_20``), and ``curves_25``, rows of the cycles reported.

    A recipe without ``life_temperatures`` is not cycled to its end.

    Raises
    ------
    InputError : not as many lives as temperatures.
    """
    view = bench.parameters.view()
    if any(key not in view for key in KEYS):
        return {}
    temperatures, counts, report = (view.numbers(key) for key in KEYS)
    if len(temperatures) != len(counts):
        raise InputError(
            f"{len(temperatures)} life_temperatures but {len(counts)} life_cycles", "recipe.cycling", "Give one each."
        )
    records: Records = {}
    for temperature, count in zip(temperatures, counts, strict=True):
        try:
            records |= life_at(bench, temperature, int(count), report)
        except NotConverged:
            if not bench.brief:
                raise
            # a draw that fails in the cold still tells of the warm
    return records | working_window(bench, records)


def working_window(bench: Bench, records: Records) -> Records:
    """Record ``window``: lowest and highest temperature at which the cell ends its life with at least half of what it first gave at its own.

    Nothing between two temperatures that were measured is known; none where fewer than two were, or the own is not among them.
    """
    lives = {float(record["temperature"]): record for name, record in records.items() if name.startswith("life_")}
    own = bench.parameters["recipe.cell.temperature"]
    first = next((record for kelvin, record in lives.items() if abs(kelvin - own) < 0.5), None)
    if first is None or len(lives) < 2:
        return {}
    fresh = float(first["discharge_capacity"].values[int(first["reference_cycle"]) - 1])
    working = [t for t, record in lives.items() if float(record["discharge_capacity"].values[-1]) >= WORKING * fresh]
    if not working:
        return {}
    ends = {"lowest": min(working), "highest": max(working)}
    window = make_record(
        "scalars/1",
        sample=bench.recipe.name,
        instrument="life_test",
        variables={
            f"{end}_working_temperature": ((), kelvin, "K", f"{end} temperature at which the cell still works")
            for end, kelvin in ends.items()
        },
        ancestry=Ancestry.of(lives.values()),
    )
    return {"window": window}


def life_at(bench: Bench, temperature: float, count: int, report: Sequence[float]) -> Records:
    """Life of ``count`` cycles at ``temperature`` [K], and rows of the cycles reported unless briefly."""
    instrument = LifeTest(count, report, BRIEF, BRIEF_ROWS) if bench.brief else LifeTest(count, report, Leap())
    word = temperature_word(temperature)
    cell, view = bench.half_cell(temperature), bench.at(temperature).view()
    found = instrument.measure_all(cell, view, **bench.setting(f"life_{word}"))
    bench.lived[temperature] = found["life"]
    records = {f"life_{word}": found["life"]}
    if "curves" in found and not bench.brief:
        records[f"curves_{word}"] = found["curves"]
    return records


def temperature_word(kelvin: float) -> str:
    """A temperature in a record's name: ``25``, ``minus_20``."""
    celsius = from_si(kelvin, "degC")
    return f"{celsius:.6g}".replace("-", "minus_")
