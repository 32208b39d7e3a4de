"""Columns of a cycler's file into a record: the checks that all cyclers share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.quantities.errors import ReadError
from honeycell.quantities.record import make_record
from honeycell.quantities.schema import SCHEMAS
from honeycell.readers.spectrum import bounded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.readers.source import Source

    Floats = NDArray[np.float64]

SCHEMA = SCHEMAS["cycling/1"]
BACKWARDS = 1e-6  # s: clocks are written to the microsecond at best


def cycling_record(
    source: Source,
    columns: Mapping[str, Floats],
    *,
    form: str,
    instrument: str,
    header: str = "",
    raw: Mapping[str, NDArray[Any]] | None = None,
    flags: Sequence[str] = (),
    attributes: Mapping[str, Any] | None = None,
    active_mass: float | None = None,
    lines: Sequence[int] | None = None,
) -> xr.Dataset:
    """Record ``cycling/1`` of columns in SI units, rows in the order of the file.

    Parameters
    ----------
    columns : variables of the schema by name, all of one length: ``test_time`` [s], ``voltage`` [V], ``current`` [A, charge positive]
        and what else there is. ``cycle`` and ``step`` are counted where they are missing, and a flag says so.
    raw : the file's own columns by label, numbers or text, kept as ``raw`` (row, column) and ``raw_text`` (row, text_column).
    active_mass : [kg], where the file itself states one.
    lines : the line of the file for each row, for messages.

    Raises
    ------
    ReadError : no rows; a column is missing; a number that is not finite; a clock that runs backwards.
    """
    found = {name: np.asarray(values, float) for name, values in columns.items()}
    noted = list(flags)
    for name in ("test_time", "voltage", "current"):
        if name not in found:
            raise ReadError(f"has no column for {name.replace('_', ' ')}", source.name, "Export it with the others.")
    if found["test_time"].size == 0:
        raise ReadError("holds no rows", source.name, "Export it again.")
    _check(source, found, lines)
    if "cycle" not in found:
        found["cycle"] = np.ones(found["test_time"].size)
        noted.append("cycle: no column counts the cycles; all rows are taken as cycle 1")
    if "step" not in found:
        found["step"] = counted_steps(found["cycle"], found["current"])
        noted.append("step: counted from changes of the cycle and of the current's sign")
    given = {"format": form, "file_name": source.base, "file_sha256": source.sha256, "header": bounded(header)}
    given |= {"current_sign": "charge positive", "flags": json.dumps(noted, ensure_ascii=False), **(attributes or {})}
    variables: dict[str, tuple[Any, ...]] = {
        name: ("row", found[name], unit)
        for name, (dims, unit) in {**SCHEMA.variables, **SCHEMA.optional}.items()
        if dims and name in found
    }
    if active_mass is not None:
        variables["active_mass"] = ((), active_mass, "kg")
    kept, names = _raw(raw or {})
    return make_record(
        "cycling/1",
        sample=source.stem,
        instrument=instrument or form,
        origin="measured",
        variables={**variables, **kept},
        attributes={**given, **names},
    )


def counted_steps(cycle: Floats, current: Floats) -> Floats:
    """Steps counted anew at each change of the cycle or of the current's sign."""
    changed = (np.diff(cycle) != 0.0) | (np.diff(np.sign(current)) != 0.0)
    return np.concatenate(([1.0], 1.0 + np.cumsum(changed)))


def _check(source: Source, columns: Mapping[str, Floats], lines: Sequence[int] | None) -> None:
    def place(row: int) -> str:
        return source.at(lines[row]) if lines is not None else f"{source.name}, row {row + 1}"

    for name, values in columns.items():
        wrong = np.flatnonzero(~np.isfinite(values))
        if wrong.size:
            what = f"has a {name.replace('_', ' ')} that is not a finite number"
            raise ReadError(what, place(int(wrong[0])), "Delete the row or export it again.")
    time = columns["test_time"]
    back = np.flatnonzero(np.diff(time) < -BACKWARDS)
    if back.size:
        row = int(back[0]) + 1
        raise ReadError(
            f"has the test time {time[row]:g} s after {time[row - 1]:g} s",
            place(row),
            "Rows of a test must stand in the order in which they were measured: export it again, unsorted.",
        )


def _raw(columns: Mapping[str, NDArray[Any]]) -> tuple[dict[str, tuple[Any, ...]], dict[str, str]]:
    numeric = {label: values for label, values in columns.items() if values.dtype.kind in "fiu"}
    text = {label: values for label, values in columns.items() if label not in numeric}
    variables: dict[str, tuple[Any, ...]] = {}
    if numeric:
        stacked = np.array(
            list(numeric.values()), float
        ).T  # columns stay whole in memory, so that each is copied at once
        variables["raw"] = (("row", "column"), stacked, "1", "columns as in the file, each in the unit of its label")
    if text:
        cells = np.stack([values.astype(str, copy=False) for values in text.values()]).T
        variables["raw_text"] = (("row", "text_column"), cells, "1", "columns of the file that are not numbers")
    labels = {"columns": columns, "raw_columns": numeric, "raw_text_columns": text}
    return variables, {name: json.dumps(list(each), ensure_ascii=False) for name, each in labels.items()}
