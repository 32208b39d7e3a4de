"""Cycling and impedance records as tables with the labels of the Battery Data Format: text and Parquet."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from honeycell.quantities.battery_data_format import TERMS, VERSION, Term
from honeycell.quantities.errors import SchemaError

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SPECTRUM = (
    Term("frequency", "Frequency / Hz", "frequency_hertz"),
    Term("real_impedance", "Real Impedance / ohm", "real_impedance_ohm"),
    Term("imaginary_impedance", "Imaginary Impedance / ohm", "imaginary_impedance_ohm"),
)


def bdf_text(record: xr.Dataset) -> str:
    """Comma-separated table of a record; numbers in full, so that reading them back gives the same floats, or
    the next ones where the format has another unit (Ah, Wh, degree Celsius).

    Charge current is positive; the imaginary impedance of a capacitor is negative. Counters and the cell's logged temperature are
    written where the record has them. A mass, and a temperature at which the cell was kept, have no place in the format.

    Raises
    ------
    SchemaError : the record's schema has no such table.
    """
    columns = {term.label: values for term, values in _columns(record)}
    rows = [",".join(map(repr, row)) for row in zip(*(values.tolist() for values in columns.values()), strict=True)]
    return "\n".join([",".join(columns), *rows]) + "\n"


def bdf_parquet(record: xr.Dataset) -> bytes:
    """The table of :func:`bdf_text` under its machine names, as Parquet with Zstandard compression; needs pyarrow.

    Raises
    ------
    SchemaError : the record's schema has no such table.
    """
    import pyarrow as pa
    from pyarrow import parquet

    columns = {term.machine: pa.array(values) for term, values in _columns(record)}
    about = {"bdf_version": VERSION, "software": str(record.attrs["software"]), "origin": str(record.attrs["origin"])}
    file = io.BytesIO()
    parquet.write_table(pa.table(columns).replace_schema_metadata(about), file, compression="zstd")
    return file.getvalue()


def _columns(record: xr.Dataset) -> list[tuple[Term, Floats]]:
    """The terms that the record fills, with their numbers."""
    schema = str(record.attrs["schema"])
    terms = {"cycling/1": TERMS, "impedance/1": SPECTRUM}.get(schema)
    if terms is None:
        raise SchemaError(f"{schema!r} has no table form", "BDF", "There are: cycling/1, impedance/1.")
    first: dict[str, Term] = {}
    for term in terms:
        if term.variable not in first and (term.variable not in record.variables or _suits(record, term)):
            first[term.variable] = term
    held = [term for term in first.values() if term.variable in record.variables]
    return [(term, (np.asarray(record[term.variable].values, float) - term.offset) / term.factor) for term in held]


def _suits(record: xr.Dataset, term: Term) -> bool:
    """True unless the term promises that the counter runs on where it starts anew: with each cycle, or with each step."""
    scope = term.machine.partition("_")[0]
    if scope in ("schedule", "step") or not term.variable.startswith(("charge_", "discharge_")):
        return scope != "schedule"
    falls = np.diff(np.asarray(record[term.variable].values, float)) < 0.0
    if scope == "cycle":
        falls &= np.diff(np.asarray(record["cycle"].values, float)) == 0.0
    return not falls.any()
