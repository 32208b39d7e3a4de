"""Charge and discharge at one rate after the other."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from honeycell.cell.liquid import temperature_flags
from honeycell.cell.model import CutOffPassed
from honeycell.cell.trace import CycleTrace
from honeycell.instruments.base import Instrument
from honeycell.instruments.tester import cycling_record
from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import xarray as xr
    from numpy.random import Generator

    from honeycell.cell.model import HalfCell
    from honeycell.cell.protocol import ConstantCurrent
    from honeycell.data.parameters import Parameters

WHERE = "recipe.cycling"
ROWS = 200  # per full charge; the charge of a step does not depend on them, for its current is constant


class RateLadder(Instrument):
    """Cycles between the recipe's voltages at each of ``recipe.cycling.rate_steps``, without rest or hold.

    Parameters
    ----------
    cycles : at each rate; where it is None ``activation_cycles`` at the first and ``cycles_per_rate`` at each other.

    Notes
    -----
    1C is ``recipe.cathode.one_c_specific_current`` times the mass of active material. A step whose drop is beyond its voltage from the start
    lasts ``cycler.reaction_time``, as long as a tester takes to see it.
    """

    name: ClassVar[str] = "rate_ladder"
    schema: ClassVar[str] = "cycling/1"

    def __init__(self, cycles: int | None = None) -> None:
        if cycles is not None and cycles < 1:
            raise InputError(f"cycles is {cycles!r}, expected a whole number of 1 or more", self.name)
        self.cycles = cycles

    def measure(
        self,
        subject: HalfCell,
        parameters: Parameters,
        *,
        sample: str,
        rng: Generator,
        consumed: Iterable[xr.Dataset] = (),
    ) -> xr.Dataset:
        """The whole ladder from the fresh state; see :class:`Instrument`.

        Raises
        ------
        InputError : rates without a reference, see :meth:`protocol`.
        NotConverged : a step did not end at its voltage.
        """
        protocol = self.protocol(subject, parameters)
        reaction = parameters["cycler.reaction_time"]
        trace, passed = self._step_by_step(subject, protocol, reaction)
        flags = list(temperature_flags(parameters))
        if passed:
            cycles = ", ".join(map(str, sorted(set(passed))))
            flags.append(
                f"cut_off: passed as soon as the current flows, so that the step ends at once, in cycles {cycles}"
            )
        return cycling_record(
            trace,
            subject,
            parameters,
            instrument=self.name,
            sample=sample,
            rng=rng,
            ancestry=self.ancestry(subject, parameters, consumed),
            variables={"one_c_current": ((), self.one_c(subject, parameters), "A", "current of 1C")},
            attributes={
                "rates": json.dumps(list(parameters.numbers("recipe.cycling.rate_steps"))),
                "flags": json.dumps(flags),
            },
        )

    @staticmethod
    def _step_by_step(
        subject: HalfCell, protocol: Sequence[ConstantCurrent], reaction: float
    ) -> tuple[CycleTrace, list[int]]:
        """Rows, and the cycles in which a step ended when the tester first looked: it lasts ``reaction`` [s] whatever its cut-off."""
        state, clock = None, 0.0
        parts: list[CycleTrace] = []
        passed: list[int] = []
        for number, step in enumerate(protocol, start=1):
            try:
                run = subject.drive([step], state, rows_per_step=ROWS)
            except CutOffPassed:
                passed.append(step.cycle)
                run = subject.drive([replace(step, cut_off=None, duration=reaction)], state, rows_per_step=1.0)
            trace, state = run
            same = np.full_like(trace.time, float(number))
            parts.append(replace(trace, time=clock + trace.time, step=same))
            clock = float(parts[-1].time[-1])
        return CycleTrace.joined(parts), passed

    @staticmethod
    def one_c(subject: HalfCell, parameters: Parameters) -> float:
        """Current of 1C [A].

        Raises
        ------
        InputError : no specific current for 1C, or no active material.
        """
        specific, mass = parameters["recipe.cathode.one_c_specific_current"], subject.cathode.active_mass
        if not specific > 0.0:
            what = f"rates are multiples of 1C, but one_c_specific_current is {specific!r} A/kg: there is no reference capacity"
            raise InputError(what, "recipe.cathode", "State what 1C is, e.g. one_c_specific_current = '171 mA/g'.")
        if not mass > 0.0:
            raise InputError(
                "loading is 0, so a rate is no current", "recipe.cathode", "State loading, e.g. '2 mg/cm**2'."
            )
        return specific * mass

    def protocol(self, subject: HalfCell, parameters: Parameters) -> list[ConstantCurrent]:
        """Steps of the ladder.

        Raises
        ------
        InputError : no rates, a rate that is not positive, fewer than one cycle at a rate, voltages that do not ascend, no reference for 1C.
        """
        from honeycell.cell.protocol import cycles

        rates = parameters.numbers("recipe.cycling.rate_steps")
        low, high = (parameters[f"recipe.cycling.voltage_{end}"] for end in ("minimum", "maximum"))
        given = [parameters[f"recipe.cycling.{name}"] for name in ("activation_cycles", "cycles_per_rate")]
        first, each = given if self.cycles is None else [float(self.cycles)] * 2
        if not rates or min(rates) <= 0.0:
            raise InputError(f"rate_steps are {list(rates)!r}, expected positive numbers", WHERE)
        if not low < high:
            raise InputError(f"window is {low:g} to {high:g} V, which does not ascend", WHERE, "Exchange the two.")
        for name, count in (("activation_cycles", first), ("cycles_per_rate", each)):
            if count < 1.0 or count != int(count):
                raise InputError(f"{name} is {count!r}, expected a whole number of 1 or more", WHERE)
        one_c = self.one_c(subject, parameters)
        steps: list[ConstantCurrent] = []
        number = 1
        for place, rate in enumerate(rates):
            count = int(each if place else first)
            steps += cycles(rate * one_c, high, low, count, first=number)
            number += count
        return steps
