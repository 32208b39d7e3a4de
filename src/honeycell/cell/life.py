"""Hundreds of cycles, each simulated or most of them leapt over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from honeycell.cell.leap import Knot, Leap, between, next_state, stride
from honeycell.cell.model import CutOffPassed
from honeycell.cell.protocol import ConstantCurrent, cycles
from honeycell.cell.trace import CycleTrace
from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from honeycell.cell.model import HalfCell
    from honeycell.cell.state import State

Array = NDArray[np.float64]
ROWS_PER_STEP = 100


@dataclass(frozen=True, slots=True)
class Stage:
    """``count`` cycles at ``current`` [A, magnitude] between ``upper`` and ``lower`` [V], charge first, no rest between."""

    current: float
    count: int
    upper: float
    lower: float


@dataclass(frozen=True)
class Life:
    """One entry per cycle, shape (cycles,).

    ``cycle`` counts from 1; ``current`` [A, magnitude]; ``charge`` and ``discharge`` at the terminals [A s]; mean voltages, weighted by
    time [V]; ``simulated`` is False where the values lie between simulated cycles.
    ``states``: value of every ageing state after the cycle. ``ended``: first cycle in which the cell gave nothing, None where it lasted.
    ``trace``: rows of the cycles kept. ``state``: the end.
    """

    cycle: NDArray[np.int64]
    current: Array
    charge: Array
    discharge: Array
    mean_charge_voltage: Array
    mean_discharge_voltage: Array
    simulated: NDArray[np.bool_]
    states: dict[str, Array]
    ended: int | None
    trace: CycleTrace | None
    state: State


def live(
    cell: HalfCell,
    stages: Sequence[Stage],
    *,
    state: State | None = None,
    leap: Leap | None = None,
    keep: Collection[int] | None = (),
    rows_per_step: float = ROWS_PER_STEP,
) -> Life:
    """Cycle a cell stage by stage.

    Parameters
    ----------
    state : where to start; the fresh cell where it is None.
    leap : how cycles may be leapt over; each one is simulated where it is None.
    keep : numbers of cycles whose rows are kept, None for all simulated ones. Nothing else grows with the number of cycles.

    Notes
    -----
    A leap carries the ageing states over by their change per cycle and takes the profiles of the cycle before, see
    :mod:`honeycell.cell.leap`. A cell whose overpotential exceeds its window gives nothing: the remaining cycles are zero, as a tester that
    skips a step would show.

    Raises
    ------
    InputError : no cycles.
    NotConverged : a step failed; names cycle, step and temperature.
    """
    if not stages or sum(stage.count for stage in stages) < 1:
        raise InputError("no cycles", "cell life", "Give at least one stage with one cycle.")
    state = cell.fresh if state is None else state
    thresholds = {each.name: each.threshold for each in cell.engine().ageing_states if each.threshold is not None}
    knots: list[Knot] = []
    rows: list[CycleTrace] = []
    clock, number, ended = 0.0, 1, None
    for stage in stages:
        end = number + stage.count
        own: list[Knot] = []
        step = 1
        while number < end and ended is None:
            try:
                if step > 1:
                    # a cycle to settle: what it charges depends on where the last one before the leap had ended
                    _, state = cell.drive(_cycle(stage, number - 1), state, rows_per_step=1)
                trace, after = cell.drive(_cycle(stage, number), state, rows_per_step=rows_per_step)
            except CutOffPassed:
                if step > 1:
                    step = max(step // 4, 1)
                    number, state = _from(own, step)
                    continue
                ended = number
                break
            knot = measured(trace, number, stage.current, state, after)
            if leap is not None and step > 1:
                verdict = leap.judged(own, knot, step)
                if not verdict.accepted:
                    step = verdict.stride
                    number, state = _from(own, step)
                    continue
                knot = verdict.knot
            own.append(knot)
            if keep is None or number in keep:
                rows.append(_later(trace, clock, 2 * (number - 1)))
                clock = float(rows[-1].time[-1])
            target = min((each for each in keep or () if each > number), default=end - 1)
            step = stride(leap, own, min(target, end - 1) - number, step, thresholds)
            number, state = _from(own, step)
        knots += own
        if own:
            state = own[-1].after
        number = end
    return _life(stages, knots, ended, CycleTrace.joined(rows) if rows else None, state)


def _cycle(stage: Stage, number: int) -> Sequence[ConstantCurrent]:
    return cycles(stage.current, stage.upper, stage.lower, 1, first=number)


def _from(knots: Sequence[Knot], step: int) -> tuple[int, State]:
    """Number of the cycle that is ``step`` after the last knot, and the state to go on from: before it, or before the one that settles."""
    last = knots[-1]
    return last.cycle + step, last.after if step == 1 else next_state(knots, step - 1)


def measured(trace: CycleTrace, number: int, current: float, before: State, after: State) -> Knot:
    """What one simulated cycle tells: a charge, then a discharge."""
    up, down = np.unique(trace.step)[:2]
    charging, discharging = trace.step == up, trace.step == down
    means = [
        float(np.trapezoid(trace.voltage[at], trace.time[at]) / (trace.time[at][-1] - trace.time[at][0]))
        for at in (charging, discharging)
    ]
    return Knot(number, current, trace.charge(int(up)), -trace.charge(int(down)), means[0], means[1], before, after)


def _later(trace: CycleTrace, clock: float, steps: int) -> CycleTrace:
    return replace(trace, time=trace.time + clock, step=trace.step + steps)


def _life(
    stages: Sequence[Stage],
    knots: list[Knot],
    ended: int | None,
    trace: CycleTrace | None,
    state: State,
) -> Life:
    counts = [stage.count for stage in stages]
    total = sum(counts)
    numbers = np.arange(1, total + 1)
    names = list(knots[0].after.ageing) if knots else []
    found = {name: np.zeros(total) for name in (*Knot.MEASURED, *names)}
    lasted = total if ended is None else ended - 1
    for stop, count in zip(np.cumsum(counts), counts, strict=True):
        inside = slice(int(stop - count), min(int(stop), lasted))
        own = [knot for knot in knots if inside.start < knot.cycle <= inside.stop]
        if own:
            for name in Knot.MEASURED:
                found[name][inside] = between(own, [getattr(knot, name) for knot in own], numbers[inside])
            for name in names:
                found[name][inside] = between(own, [knot.after.ageing[name] for knot in own], numbers[inside])
                found[name][inside.stop :] = own[-1].after.ageing[name]
    simulated = np.isin(numbers, [knot.cycle for knot in knots])
    current = np.repeat([stage.current for stage in stages], counts).astype(float)
    return Life(
        cycle=numbers,
        current=current,
        **{name: found[name] for name in Knot.MEASURED},
        simulated=simulated,
        states={name: found[name] for name in names},
        ended=ended,
        trace=trace,
        state=state,
    )
