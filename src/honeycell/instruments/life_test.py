"""Cycling until the end: a slow start, then hundreds of cycles at one rate."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from honeycell.cell.life import ROWS_PER_STEP, Life, Stage, live
from honeycell.cell.liquid import temperature_flags
from honeycell.cell.model import CutOffPassed
from honeycell.cell.protocol import cycles
from honeycell.instruments.base import Instrument
from honeycell.instruments.rate_ladder import RateLadder
from honeycell.instruments.tester import cycling_record, electrode, marks, noise
from honeycell.quantities.errors import InputError
from honeycell.quantities.record import make_record

if TYPE_CHECKING:
    from collections.abc import Iterable

    import xarray as xr
    from numpy.random import Generator

    from honeycell.cell.leap import Leap
    from honeycell.cell.model import HalfCell
    from honeycell.data.parameters import Parameters

WHERE = "recipe.cycling"


class LifeTest(Instrument):
    """``activation_cycles`` at ``activation_rate``, then ``cycles`` at ``rate``, between the recipe's voltages, no rest between.

    Parameters
    ----------
    cycles : at the main rate.
    report : cycles, counted from the first at the main rate, that are simulated whatever is leapt over, and whose rows are kept.
    leap : how cycles are leapt over; every one is simulated where it is None.
    rows : simulated per full charge; mean voltages are those of the rows.

    Notes
    -----
    Noise of a capacity is that of its rows, so smaller by the root of their number; the tester's gain error is not simulated. The jump
    where discharge begins is not recorded: with the cathode nearly empty it is the tail of the charge, not a resistance.
    """

    name: ClassVar[str] = "life_test"
    schema: ClassVar[str] = "life/1"

    def __init__(
        self, cycles: int, report: Iterable[float] = (), leap: Leap | None = None, rows: float = ROWS_PER_STEP
    ) -> None:
        if cycles < 1:
            raise InputError(f"life of {cycles} cycles", WHERE, "Give life_cycles of 1 or more.")
        self.cycles, self.leap, self.rows = cycles, leap, rows
        self.report = tuple(sorted(number for number in {int(each) for each in report} if number <= cycles))

    def measure(
        self,
        subject: HalfCell,
        parameters: Parameters,
        *,
        sample: str,
        rng: Generator,
        consumed: Iterable[xr.Dataset] = (),
    ) -> xr.Dataset:
        """The ``life/1`` record alone; see :meth:`measure_all`."""
        return self.measure_all(subject, parameters, sample=sample, rng=rng, consumed=consumed)["life"]

    def measure_all(
        self,
        subject: HalfCell,
        parameters: Parameters,
        *,
        sample: str,
        rng: Generator,
        consumed: Iterable[xr.Dataset] = (),
    ) -> dict[str, xr.Dataset]:
        """``life``, one entry per cycle, and ``curves``, a ``cycling/1`` record of the cycles reported, where there are any.

        Raises
        ------
        InputError : rates without a reference, or voltages that do not ascend.
        NotConverged : a step failed; names cycle, step and temperature.
        """
        p = parameters
        stages = self.stages(subject, p)
        first = stages[0].count
        keep = {first + number for number in self.report}
        life = live(subject, stages, leap=self.leap, keep=keep, rows_per_step=self.rows)
        check = self._slow_check(subject, stages[0], life)
        flags = list(temperature_flags(p))
        if life.ended is not None:
            flags.append(f"ended: the overpotential exceeds the window from cycle {life.ended} on")
        volts, share = noise(p)
        attributes = {
            **marks(p),
            "reference_cycle": first + 1,
            "mechanisms": json.dumps([each.name for each in subject.mechanisms]),
            "flags": json.dumps(flags),
        }
        ancestry = self.ancestry(subject, p, consumed)
        n = life.cycle.size
        draws = rng.standard_normal((4, n)) / np.sqrt(ROWS_PER_STEP)
        charge = life.charge * (1.0 + share * draws[0])
        discharge = life.discharge * (1.0 + share * draws[1])
        means = {
            name: np.where(life.discharge > 0.0, getattr(life, name) + volts * draw, np.nan)
            for name, draw in zip(("mean_charge_voltage", "mean_discharge_voltage"), draws[2:], strict=True)
        }
        records = {
            "life": make_record(
                self.schema,
                sample=sample,
                instrument=self.name,
                coordinates={"cycle": ("cycle", life.cycle.astype(float), "1", "cycle")},
                variables={
                    "charge_capacity": ("cycle", charge, "A*s"),
                    "discharge_capacity": ("cycle", discharge, "A*s"),
                    **{name: ("cycle", values, "V") for name, values in means.items()},
                    "current": ("cycle", life.current, "A"),
                    "simulated": ("cycle", life.simulated.astype(float), "1", "1 where the cycle was not leapt over"),
                    **{
                        variable_name(name): ("cycle", values, _unit(name), name)
                        for name, values in life.states.items()
                    },
                    "reference_cycle": ((), float(first + 1), "1"),
                    "slow_check_capacity": ((), check, "A*s", "discharge of one slow cycle after the end"),
                    **electrode(subject),
                },
                ancestry=ancestry,
                attributes={**attributes, "report_cycles": json.dumps(list(self.report))},
            )
        }
        if life.trace is not None:
            records["curves"] = cycling_record(
                life.trace,
                subject,
                p,
                instrument=self.name,
                sample=sample,
                rng=rng,
                ancestry=ancestry,
                attributes=attributes,
            )
        return records

    @staticmethod
    def _slow_check(subject: HalfCell, slow: Stage, life: Life) -> float:
        """Discharge [A s] of one slow cycle after the end: what comes back was lost to resistance, what does not to the cathode."""
        try:
            trace = subject.run(cycles(slow.current, slow.upper, slow.lower, 1), life.state)
        except CutOffPassed:
            return 0.0
        return -trace.charge(2)

    def stages(self, subject: HalfCell, parameters: Parameters) -> tuple[Stage, Stage]:
        """Slow start and main part.

        Raises
        ------
        InputError : rates without a reference, a rate that is not positive, voltages that do not ascend.
        """
        p = parameters
        low, high = (p[f"recipe.cycling.voltage_{end}"] for end in ("minimum", "maximum"))
        slow, rate = p["recipe.cycling.activation_rate"], p["recipe.cycling.rate"]
        if not low < high:
            raise InputError(f"window is {low:g} to {high:g} V, which does not ascend", WHERE, "Exchange the two.")
        if min(slow, rate) <= 0.0:
            raise InputError(f"rates are {slow:g}C and {rate:g}C, expected positive numbers", WHERE)
        one_c = RateLadder.one_c(subject, p)
        return (
            Stage(slow * one_c, int(p["recipe.cycling.activation_cycles"]), high, low),
            Stage(rate * one_c, self.cycles, high, low),
        )


def _unit(name: str) -> str:
    """The unit in a state's name, as units are written here: ``Ohm2.m4`` is ``ohm**2*m**4``."""
    found = name[name.rindex("[") + 1 : -1].replace("Ohm", "ohm")
    return "*".join(re.sub(r"(?<=[A-Za-z])(\d)$", r"**\1", part) for part in found.split("."))


def variable_name(name: str) -> str:
    """The name under which a record keeps an ageing state: without its unit."""
    return name.split(" [")[0].lower().replace(",", "").replace("-", "").replace(" ", "_")
