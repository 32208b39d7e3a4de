"""Rows that a run gives, and what became of the cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from honeycell.cell.state import State

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CycleTrace:
    """Rows of a run: ``time`` [s], ``voltage`` [V], ``current`` [A, charge positive], ``step`` and ``cycle`` numbers.

    Known to the model only: ``filling``, mean of the accessible cathode sites [1], and ``internal_current`` [A, charge positive], which
    exceeds the terminals' by what leaks. Time counts from the start of the run.
    """

    time: Array
    voltage: Array
    current: Array
    step: Array
    cycle: Array
    filling: Array
    internal_current: Array

    @classmethod
    def joined(cls, parts: Sequence[CycleTrace]) -> CycleTrace:
        """One trace of several, each going on where the one before ended."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__slots__))

    def charge(self, step: int) -> float:
        """Charge at the terminals over one step [A s, charge positive]."""
        at = self.step == step
        return float(np.trapezoid(self.current[at], self.time[at]))


class Run(NamedTuple):
    """``trace``, and the ``state`` at its end, from which the next run may start."""

    trace: CycleTrace
    state: State
