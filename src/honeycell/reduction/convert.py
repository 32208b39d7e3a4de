"""One file into an open format, or a summary of what it holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.quantities.errors import InputError
from honeycell.quantities.record import flags_of
from honeycell.quantities.schema import SCHEMAS
from honeycell.reduction.form import printable
from honeycell.runs.folder import write_atomic

if TYPE_CHECKING:
    import xarray as xr

SUFFIXES = (".csv", ".nc")
HEADER_LINES = 8
LONGEST_LINE = 100


def convert(path: str, target: str, technique: str | None = None) -> xr.Dataset:
    """Read ``path`` and write it to ``target``: Battery Data Format table (.csv) or NetCDF with all attributes (.nc).

    Returns
    -------
    The record.

    Raises
    ------
    ReadError : the file cannot be read.
    InputError : another suffix, or ``target`` is the file itself.
    RunError : the storage refused.
    """
    from honeycell.readers import read

    to = Path(target)
    if to.suffix.lower() not in SUFFIXES:
        raise InputError(f"the suffix is {to.suffix or 'missing'!r}", target, "Write OUT.csv or OUT.nc after --to.")
    if to.is_dir():
        raise InputError("is a folder", target, "Name a file after --to.")
    if not to.parent.is_dir():
        raise InputError("its folder does not exist", target, "Make the folder, or choose another --to.")
    record = read(path, technique)
    if to.exists() and to.samefile(path):
        raise InputError("is the input itself", target, "Choose another name after --to.")
    write_atomic(to, _netcdf(record) if to.suffix.lower() == ".nc" else _table(record))
    return record


def summary(path: str, record: xr.Dataset) -> str:
    """Format, instrument, rows, columns with their ranges, flags, and the first lines of the header."""
    attributes = record.attrs
    schema = SCHEMAS.get(str(attributes["schema"]))
    lines = [printable(path)]
    lines += [
        f"  {name}: {attributes[key]}"
        for name, key in (
            ("format", "format"),
            ("instrument", "instrument"),
            ("sample", "sample"),
            ("sha256", "file_sha256"),
        )
        if attributes.get(key)
    ]
    lines.append(f"  record: {attributes['schema']}" + (f", {schema.title}" if schema else ""))
    lines += [f"  {dimension}: {size} values" for dimension, size in record.sizes.items() if dimension != "column"]
    lines += [f"    {_column(str(name), record[name])}" for name in _columns(record)]
    lines += [f"  columns in the file: {names}" for names in [_names(attributes)] if names]
    lines += [f"  flag: {flag}" for flag in flags_of(record)]
    header = [line.strip() for line in str(attributes.get("header", "")).splitlines() if line.strip()]
    lines += ["  header:"] if header else []
    lines += [f"    {line[:LONGEST_LINE]}" for line in header[:HEADER_LINES]]
    lines += [f"    ... {len(header) - HEADER_LINES} more lines"] if len(header) > HEADER_LINES else []
    return "\n".join(lines)


def _columns(record: xr.Dataset) -> list[Any]:
    return [
        name for name, each in record.variables.items() if each.ndim <= 1 and each.dtype.kind in "fiu" and name != "row"
    ]


def _column(name: str, variable: xr.DataArray) -> str:
    values = np.asarray(variable.values, float)
    unit = str(variable.attrs.get("units", "1"))
    shown = "" if unit == "1" else f" {unit}"
    if values.size == 0:
        return f"{name}: none"
    if values.ndim == 0:
        return f"{name}: {float(values):.6g}{shown}"
    if not np.isfinite(values).any():
        return f"{name}: not stated"
    return f"{name}: {np.nanmin(values):.6g} to {np.nanmax(values):.6g}{shown}"


def _names(attributes: dict[str, Any]) -> str:
    try:
        return ", ".join(str(each) for each in json.loads(attributes.get("columns", "[]")))
    except (TypeError, ValueError):
        return ""


def _table(record: xr.Dataset) -> str:
    from honeycell.writers.bdf import bdf_text

    return bdf_text(record)


def _netcdf(record: xr.Dataset) -> bytes:
    """Written to memory, so that a failure leaves nothing behind."""
    return bytes(record.to_netcdf(engine="h5netcdf"))
