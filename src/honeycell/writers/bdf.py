"""Cycling and impedance records as text tables with Battery Data Format labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honeycell.quantities.errors import SchemaError

if TYPE_CHECKING:
    import xarray as xr

LABELS = {
    "cycling/1": {
        "test_time": "Test Time / s",
        "voltage": "Voltage / V",
        "current": "Current / A",
        "cycle": "Cycle Count / 1",
        "step": "Step Count / 1",
    },
    "impedance/1": {
        "frequency": "Frequency / Hz",
        "real_impedance": "Real Impedance / ohm",
        "imaginary_impedance": "Imaginary Impedance / ohm",
    },
}


def bdf_text(record: xr.Dataset) -> str:
    """Comma-separated table of a record; numbers in full, so that reading them back gives the same floats.

    Charge current is positive; the imaginary impedance of a capacitor is negative.

    Raises
    ------
    SchemaError : the record's schema has no such table.
    """
    labels = LABELS.get(str(record.attrs["schema"]))
    if labels is None:
        raise SchemaError(f"{record.attrs['schema']!r} has no table form", "BDF", f"There are: {', '.join(LABELS)}.")
    columns = [np.asarray(record[name].values, float) for name in labels]
    rows = [",".join(repr(float(number)) for number in row) for row in zip(*columns, strict=True)]
    return "\n".join([",".join(labels.values()), *rows]) + "\n"
