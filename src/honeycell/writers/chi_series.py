"""Sweeps, currents and potentials over time in the layout of a CH Instruments 660E text file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honeycell.quantities.errors import SchemaError
from honeycell.writers.chi import digits, heading, one_line

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

_SETTINGS = (  # the program's name for each attribute that a reader of the layout gives
    ("Init E (V)", "initial_potential_V"),
    ("High E (V)", "high_potential_V"),
    ("Low E (V)", "low_potential_V"),
    ("Final E (V)", "final_potential_V"),
    ("Init P/N", "initial_polarity"),
    ("Sample Interval (V)", "sample_interval_V"),
    ("Sample Interval (s)", "sample_interval_s"),
    ("Run Time (sec)", "run_time_s"),
    ("Quiet Time (sec)", "quiet_time_s"),
    ("Sensitivity (A/V)", "sensitivity_A_per_V"),
)
_SIGN = "anodic current positive"
_COLUMNS = {"test_time": "Time/sec", "potential": "Potential/V", "current": "Current/A"}


def chi_voltammetry_text(record: xr.Dataset) -> str:
    """A sweep as "Cyclic Voltammetry" text, or as "Linear Sweep Voltammetry" where it has one segment.

    Each segment stands below its ``Segment n:`` line. The note says that anodic currents are positive, which the layout has no place for.
    Numbers have as many digits as it takes to read back the same floats. No date is made up.

    Raises
    ------
    SchemaError : the record is not ``voltammetry/1``, or its segments are not 1, 2, ... in this order.
    """
    _check(record, "voltammetry/1")
    segment = np.asarray(record["segment"].values, float)
    count = int(segment.max())
    if not np.array_equal(np.unique(segment), np.arange(1.0, count + 1.0)) or np.any(np.diff(segment) < 0.0):
        raise SchemaError("segments are not 1, 2, ... in this order", "CHI text", "Number them anew.")
    technique = "Cyclic Voltammetry" if count > 1 else "Linear Sweep Voltammetry"
    settings = [f"Scan Rate (V/s) = {digits(float(record['scan_rate']))}"] if "scan_rate" in record else []
    names = [name for name in ("potential", "current", "test_time") if name in record]
    rows = _rows(record, names)
    body = [
        f"Segment {n}:\n" + "\n".join(row for row, own in zip(rows, segment, strict=True) if own == n)
        for n in range(1, count + 1)
    ]
    return _text(record, technique, [*settings, f"Segment = {count}"], names, body)


def chi_current_text(record: xr.Dataset) -> str:
    """A current over time as "Amperometric i-t Curve" text; see :func:`chi_voltammetry_text`.

    Raises
    ------
    SchemaError : the record is not ``chronoamperometry/1``, or its potential changes, which the layout cannot show.
    """
    _check(record, "chronoamperometry/1")
    settings: list[str] = []
    if "potential" in record:
        held = np.unique(np.asarray(record["potential"].values, float))
        if held.size > 1:
            raise SchemaError("the potential changes", "CHI text", "Write one file for each potential.")
        settings = [f"Init E (V) = {digits(float(held[0]))}"]
    names = ["test_time", "current"]
    return _text(record, "Amperometric i-t Curve", settings, names, ["\n".join(_rows(record, names))])


def chi_potential_text(record: xr.Dataset) -> str:
    """A potential over time as "Open Circuit Potential - Time" text; see :func:`chi_voltammetry_text`.

    Raises
    ------
    SchemaError : the record is not ``chronopotentiometry/1``, or a current flows, which the layout cannot show.
    """
    _check(record, "chronopotentiometry/1")
    if "current" in record and np.any(np.asarray(record["current"].values, float) != 0.0):
        raise SchemaError("a current flows", "CHI text", "Write such a record as a Battery Data Format table.")
    names = ["test_time", "potential"]
    return _text(record, "Open Circuit Potential - Time", [], names, ["\n".join(_rows(record, names))])


def _check(record: xr.Dataset, schema: str) -> None:
    if record.attrs["schema"] != schema:
        raise SchemaError(f"{record.attrs['schema']!r} is not {schema}", "CHI text", f"Give {schema}.")


def _rows(record: xr.Dataset, names: list[str]) -> list[str]:
    columns: list[NDArray[np.float64]] = [np.asarray(record[name].values, float) for name in names]
    return [", ".join(digits(number) for number in row) for row in zip(*columns, strict=True)]


def _text(record: xr.Dataset, technique: str, settings: list[str], names: list[str], body: list[str]) -> str:
    known = {label: record.attrs[name] for label, name in _SETTINGS if name in record.attrs}
    given = {line.partition(" = ")[0] for line in settings}
    lines = [
        f"{label} = {one_line(value) if isinstance(value, str) else digits(float(value))}"
        for label, value in known.items()
        if label not in given
    ]
    labels = ", ".join(_COLUMNS[name] for name in names)
    head = heading(record, technique, _SIGN if "current" in names else "")
    return "\n".join([*head, "", *settings, *lines, "", labels, "", "\n\n".join(body)]) + "\n"
