"""The sodium half-cell: film, cathode and foil in one electrochemical model."""

from __future__ import annotations

from honeycell.cell.model import HalfCell
from honeycell.cell.protocol import ConstantCurrent, Rest, Step, VoltageHold, VoltageSweep, cycles
from honeycell.cell.state import State
from honeycell.cell.trace import CycleTrace, Run

__all__ = [
    "ConstantCurrent",
    "CycleTrace",
    "HalfCell",
    "Rest",
    "Run",
    "State",
    "Step",
    "VoltageHold",
    "VoltageSweep",
    "cycles",
]
