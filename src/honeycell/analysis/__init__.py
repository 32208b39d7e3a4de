"""Records in, numbers out; knows nothing of the simulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from honeycell.analysis.cycling import summarise_cycle
from honeycell.analysis.impedance import read_off

if TYPE_CHECKING:
    import xarray as xr

REDUCTIONS = {"impedance/1": read_off, "cycling/1": summarise_cycle}


def quantities(record: xr.Dataset) -> dict[str, tuple[float, str]]:
    """Every number a record yields, name to ``(value, SI unit)``: its own scalars and what its reduction finds."""
    result = {
        str(name): (float(variable), str(variable.attrs["units"]))
        for name, variable in record.data_vars.items()
        if variable.ndim == 0
    }
    reduction = REDUCTIONS.get(str(record.attrs["schema"]))
    return result | (reduction(record) if reduction else {})
