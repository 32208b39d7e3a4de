"""Leaping over cycles: ageing states go on by their change per cycle, and a simulated cycle at the end says whether that was right.

Between two simulated cycles the change per cycle of every state is taken as a line, from the last two before the leap (Adams and
Bashforth) and, once the cycle at its end is simulated, from both ends (trapezium). The difference, as a share of what the states did in
the leap, times what the capacity did, estimates the error in capacity.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
from scipy.interpolate import Akima1DInterpolator

from honeycell.cell.ageing.base import COUNTS
from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from honeycell.cell.state import State

    Array = NDArray[np.float64]

SHORTEST = 2  # a leap simulates two cycles at its end, so that it must be longer to save anything
COUNTERS = ("Discharge capacity [A.h]", "Throughput capacity [A.h]")


@dataclass(frozen=True)
class Knot:
    """A simulated cycle: what was measured in it, and the states ``before`` and ``after``."""

    cycle: int
    current: float
    charge: float
    discharge: float
    mean_charge_voltage: float
    mean_discharge_voltage: float
    before: State
    after: State

    MEASURED: ClassVar[tuple[str, ...]] = (
        "charge",
        "discharge",
        "mean_charge_voltage",
        "mean_discharge_voltage",
    )

    def change(self, name: str) -> float:
        """Of an ageing state in the cycle.

        Raises
        ------
        InputError : the cell has no such state.
        """
        try:
            return self.after.ageing[name] - self.before.ageing[name]
        except KeyError:
            raise InputError(f"no ageing state {name!r}", "leap over cycles") from None


class Verdict(NamedTuple):
    """Of a leap: whether it stands, the cycle with corrected states, the next stride where it does not."""

    accepted: bool
    knot: Knot
    stride: int


@dataclass(frozen=True, slots=True)
class Leap:
    """``tolerance`` of the capacity, and ``largest`` change of it in one leap, both over the first cycle's; ``longest`` leap in cycles."""

    tolerance: float = 5e-4
    largest: float = 0.06
    longest: int = 100

    def judged(self, before: Sequence[Knot], knot: Knot, stride: int) -> Verdict:
        """Whether the leap from the last of ``before`` to ``knot`` stands, by what the cycle there showed."""
        last, first = before[-1], before[0]
        error, share = self.error(before, knot, stride)
        moved = abs(knot.discharge - last.discharge) / first.discharge
        if error > self.tolerance or moved > self.largest:
            factor = min(np.sqrt(self.tolerance / max(error, 1e-12)), self.largest / max(moved, 1e-12))
            shorter = max(int(stride * min(max(0.8 * factor, 0.25), 0.7)), 1)
            return Verdict(False, knot, shorter)
        # states as the trapezium has them; the profiles, and the change in the cycle itself, stay as simulated
        moves = {name: share[name] * self._better(last, knot, name, stride) for name in share}
        return Verdict(True, replace(knot, before=_moved(knot.before, moves), after=_moved(knot.after, moves)), stride)

    def error(self, before: Sequence[Knot], knot: Knot, stride: int) -> tuple[float, dict[str, float]]:
        """Of the capacity after the leap, over the first cycle's; and by how much of itself each state's move must be corrected."""
        last, first = before[-1], before[0]
        share: dict[str, float] = {}
        for name in knot.after.ageing:
            taken = knot.before.ageing[name] - last.after.ageing[name]
            better = self._better(last, knot, name, stride)
            share[name] = (better - taken) / better if better != 0.0 else 0.0
        moved = abs(knot.discharge - last.discharge) / first.discharge
        wrong = max((abs(value) for name, value in share.items() if name not in COUNTS), default=0.0)
        return wrong * moved, share

    @staticmethod
    def _better(last: Knot, knot: Knot, name: str, stride: int) -> float:
        return 0.5 * (last.change(name) + knot.change(name)) * (stride - 1)


def _moved(state: State, moves: Mapping[str, float]) -> State:
    return replace(state, ageing={name: value + moves[name] for name, value in state.ageing.items()})


def stride(leap: Leap | None, knots: Sequence[Knot], left: int, last: int, thresholds: Mapping[str, float]) -> int:
    """Cycles from the last knot to the next: 1 goes on with the next cycle."""
    if leap is None or left <= SHORTEST or len(knots) < 2:
        return 1
    knot, before = knots[-1], knots[-2]
    # changes no faster than the capacity lately did, and at most two and a half times as far as last time
    pace = abs(knot.discharge - before.discharge) / (knot.cycle - before.cycle)
    allowed = 0.7 * leap.largest * knots[0].discharge / max(pace, 1e-12)
    step = int(min(max(2.5 * last, SHORTEST + 1), allowed, leap.longest, left))
    for name, threshold in thresholds.items():
        here, rate = knot.after.ageing[name], knot.change(name)
        if rate > 0.0 and here < threshold < here + rate * step:
            step = int((threshold - here) / rate)
    return step if step > SHORTEST else 1


def next_state(knots: Sequence[Knot], step: int) -> State:
    """Before the cycle that is ``step`` after the last knot: ageing by the last changes, profiles as they ended there."""
    last = knots[-1]
    profiles = last.after
    skipped = step - 1
    ageing = {}
    for name, value in last.after.ageing.items():
        rate = last.change(name)
        if len(knots) > 1:
            slope = (rate - knots[-2].change(name)) / (last.cycle - knots[-2].cycle)
            rate = max(rate + slope * 0.5 * (skipped + 1), 0.0) if rate > 0.0 else rate
        ageing[name] = value + rate * skipped
    rest = dict(profiles.rest)
    for name in COUNTERS:
        if name in rest:
            rest[name] = rest[name] + skipped * (last.after.rest[name] - last.before.rest[name])
    time = profiles.time + skipped * (last.after.time - last.before.time)
    return replace(profiles, ageing=ageing, rest=rest, time=time)


def between(knots: Sequence[Knot], values: Sequence[float], cycles: NDArray[np.int64]) -> Array:
    """``values`` at the knots' cycles carried to all ``cycles``; local, so that a kink does not ring.

    Source: H. Akima, J. ACM 17 (1970) 589.
    """
    at = np.array([knot.cycle for knot in knots], dtype=float)
    if at.size < 3:
        return np.interp(cycles, at, values)
    return np.asarray(Akima1DInterpolator(at, values)(np.clip(cycles, at[0], at[-1])), dtype=float)
