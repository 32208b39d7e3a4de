"""Spectra of one specimen over time or temperature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from honeycell.analysis.impedance import reduce_impedances

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from honeycell.analysis.result import Reduction, Settings


def reduce_spectra_together(records: Sequence[xr.Dataset], settings: Sequence[Settings]) -> list[Reduction]:
    """Reductions of ``impedance/1`` records that share one circuit."""
    return reduce_impedances(records, settings, series=True)
