"""Figures drawn from records; the only package that imports matplotlib, and that only when a figure is drawn."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from honeycell.plot.cube import figure_cubes
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
from honeycell.plot.film import figure_exchange
from honeycell.plot.film_layers import figure_film_layers
from honeycell.plot.impedance import figure_impedance
from honeycell.plot.mosaic import figure_mosaic
from honeycell.plot.pore_sizes import figure_pore_sizes
from honeycell.plot.ternary import figure_binodals

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

    from honeycell.analysis.result import Reduction

REDUCED = {
    "impedance": "impedance:figure_impedance",
    "cycling": "cycling:figure_cycling",
    "voltammetry": "voltammetry:figure_voltammetry",
    "transference": "transference:figure_transference",
    "diffraction": "diffraction:figure_diffraction",
    "thermogravimetry": "thermogravimetry:figure_thermogravimetry",
    "force_curve": "force_curve:figure_force_curve",
    "micrograph": "micrograph:figure_micrograph",
}
"""Technique to the module of this package and the function that draws its reduction."""

__all__ = [
    "BASES",
    "GF_COLOUR",
    "HJ_COLOUR",
    "VERDICT_COLOURS",
    "colour_of",
    "figure_binodals",
    "figure_cubes",
    "figure_exchange",
    "figure_film_layers",
    "figure_first_cycle",
    "figure_impedance",
    "figure_ledger_counts",
    "figure_mosaic",
    "figure_nyquist",
    "figure_pore_sizes",
    "figure_profile",
    "figure_reduction",
    "figure_ternary",
    "svg",
]


def figure_reduction(record: xr.Dataset, reduction: Reduction) -> Figure | None:
    """The figure of a record and what it was reduced to; None for a technique without one."""
    if reduction.technique not in REDUCED:
        return None
    if record.attrs["schema"] == "life/1":
        from honeycell.plot.life import figure_lives

        return figure_lives({str(record.attrs["sample"]): record})
    module, _, name = REDUCED[reduction.technique].partition(":")
    return getattr(importlib.import_module(f"{__name__}.{module}"), name)(record, reduction)
