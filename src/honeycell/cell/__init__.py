"""The sodium half-cell: film, cathode and foil in one electrochemical model."""

from __future__ import annotations

from honeycell.cell.model import CycleTrace, HalfCell, Step

__all__ = ["CycleTrace", "HalfCell", "Step"]
