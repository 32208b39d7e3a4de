"""Figures drawn from records; the only package that imports matplotlib, and that only when a figure is drawn."""

from __future__ import annotations

from honeycell.plot.figures import (
    BASES,
    GF_COLOUR,
    HJ_COLOUR,
    VERDICT_COLOURS,
    colour_of,
    figure_first_cycle,
    figure_ledger_counts,
    figure_nyquist,
    figure_profile,
    figure_ternary,
    svg,
)
from honeycell.plot.impedance import figure_impedance

__all__ = [
    "BASES",
    "GF_COLOUR",
    "HJ_COLOUR",
    "VERDICT_COLOURS",
    "colour_of",
    "figure_first_cycle",
    "figure_impedance",
    "figure_ledger_counts",
    "figure_nyquist",
    "figure_profile",
    "figure_ternary",
    "svg",
]
