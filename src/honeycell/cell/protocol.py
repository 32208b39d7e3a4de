"""What is done to a cell, step by step.

A protocol is a sequence of these steps. Currents are positive on charge, in A for the whole cell; voltages are those of the
terminals; ``cycle`` is the number that the rows of the step are counted under.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WHERE = "cell protocol"


@dataclass(frozen=True, slots=True)
class ConstantCurrent:
    """``current`` [A, charge positive] until the voltage passes ``cut_off`` [V] or ``duration`` [s] is over.

    Without ``duration`` the cut-off must be reached. With both, whichever comes first ends the step; with a ``duration`` alone the
    voltage may go anywhere.
    """

    current: float
    cut_off: float | None = None
    cycle: int = 1
    duration: float | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """No current for ``duration`` [s]."""

    duration: float
    cycle: int = 1


@dataclass(frozen=True, slots=True)
class VoltageHold:
    """``voltage`` [V] for at most ``duration`` [s], or until the magnitude of the current has fallen to ``current`` [A]."""

    voltage: float
    duration: float
    current: float | None = None
    cycle: int = 1


@dataclass(frozen=True, slots=True)
class VoltageSweep:
    """Voltage from ``start`` to ``end`` [V] at constant ``rate`` [V/s, its magnitude]."""

    start: float
    end: float
    rate: float
    cycle: int = 1

    @property
    def duration(self) -> float:
        """Length of the sweep [s]."""
        return abs(self.end - self.start) / self.rate


Step = ConstantCurrent | Rest | VoltageHold | VoltageSweep


def checked(protocol: Sequence[Step | tuple[float, float, int]]) -> tuple[Step, ...]:
    """The steps of ``protocol``.

    Raises
    ------
    InputError : no steps, a number that is not finite, a current of zero, a duration or rate that is not positive, or a step without end.
    """
    steps = tuple(ConstantCurrent(*each) if isinstance(each, tuple) else each for each in protocol)
    if not steps:
        raise InputError("no steps", WHERE, "Give at least one step, e.g. ConstantCurrent(2e-4, 4.0).")
    for number, step in enumerate(steps, start=1):
        for what, positive, value in _numbers(step):
            if not math.isfinite(value) or (positive and value <= 0.0):
                expected = "a positive number" if positive else "a finite number"
                raise InputError(f"{what} of step {number} is {value!r}, expected {expected}", WHERE)
        if isinstance(step, ConstantCurrent):
            if step.current == 0.0:
                raise InputError(f"current of step {number} is 0 A", WHERE, "Write a Rest.")
            if step.cut_off is None and step.duration is None:
                raise InputError(f"step {number} has no end", WHERE, "Give it a cut-off voltage or a duration.")
        if isinstance(step, VoltageSweep) and step.start == step.end:
            raise InputError(f"sweep of step {number} ends where it starts", WHERE, "Write a VoltageHold.")
    return steps


def _numbers(step: Step) -> Iterator[tuple[str, bool, float]]:
    if isinstance(step, ConstantCurrent):
        yield "current", False, step.current
        if step.cut_off is not None:
            yield "cut-off", True, step.cut_off
        if step.duration is not None:
            yield "duration", True, step.duration
    elif isinstance(step, VoltageHold):
        yield "voltage", True, step.voltage
        yield "duration", True, step.duration
        if step.current is not None:
            yield "current", True, step.current
    elif isinstance(step, VoltageSweep):
        yield "start", True, step.start
        yield "end", True, step.end
        yield "rate", True, step.rate
    else:
        yield "duration", True, step.duration


def words(step: Step) -> str:
    """The step in words, for messages."""
    if isinstance(step, ConstantCurrent):
        end = f"to {step.cut_off:g} V" if step.cut_off is not None else f"for {step.duration:g} s"
        return f"{step.current:.4g} A {end}"
    if isinstance(step, VoltageHold):
        return f"hold at {step.voltage:g} V"
    if isinstance(step, VoltageSweep):
        return f"sweep {step.start:g} to {step.end:g} V at {step.rate:.3g} V/s"
    return f"rest of {step.duration:g} s"


def cycles(
    current: float, upper: float, lower: float, count: int, *, first: int = 1, charge_first: bool = True
) -> tuple[ConstantCurrent, ...]:
    """``count`` cycles of two constant-current steps between ``lower`` and ``upper`` [V] at ``current`` [A, magnitude], no rest between.

    >>> [step.cut_off for step in cycles(1e-4, 4.0, 2.0, 1)]
    [4.0, 2.0]
    """
    pair = ((current, upper), (-current, lower))
    order = pair if charge_first else pair[::-1]
    return tuple(ConstantCurrent(i, end, cycle) for cycle in range(first, first + count) for i, end in order)
