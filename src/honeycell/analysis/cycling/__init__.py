"""Charge-discharge records: cycles, rates, ageing, and dQ/dV."""

from __future__ import annotations

from typing import TYPE_CHECKING

from honeycell.analysis.cycling.lifetime import reduce_life
from honeycell.analysis.cycling.reduce import reduce_cyclings as reduce_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from honeycell.analysis.result import Reduction, Settings

__all__ = ["reduce_cyclings", "reduce_life"]


def reduce_cyclings(records: Sequence[xr.Dataset], settings: Sequence[Settings]) -> list[Reduction]:
    """Reductions of ``cycling/1`` records, a row per moment, and of ``life/1`` records, an entry per cycle."""
    return [
        reduce_life(record, own) if record.attrs["schema"] == "life/1" else reduce_rows([record], [own])[0]
        for record, own in zip(records, settings, strict=True)
    ]
