"""Segments of a force curve into a record, and the checks that all such files share."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.quantities.errors import ReadError
from honeycell.quantities.record import make_record
from honeycell.readers.spectrum import bounded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.readers.source import Source

    Floats = NDArray[np.float64]

LEAST = 10  # rows: fewer show no curve
FARTHEST = 1.0  # m: no piezo travels so far; a wrong unit does
STRONGEST = 1e3  # N: likewise
MOST_ROWS = 2**21  # of all curves of a file: some 300 MB while they are reduced
SHUFFLED = 0.2  # mean step over range of a ramp: rows in no order have 1/3, a ramp of 20 rows 1/20
LEAST_ORDERED = 20  # rows of a ramp whose order is checked
APPROACH, RETRACT, DWELL = 0, 1, 2


@dataclass(frozen=True)
class Curve:
    """Columns in SI units, (row,): ``displacement`` [m] growing towards the specimen, ``segment``; ``force`` [N] or ``deflection`` [m].

    ``of`` is ``fixed end``, ``tip``, or ``unstated``, where the file does not say whose displacement it is. ``number`` tells several
    curves apart. ``lines``, where it is text, are those of the rows.
    """

    displacement: Floats
    segment: Floats
    of: str
    force: Floats | None = None
    deflection: Floats | None = None
    deflection_signal: Floats | None = None
    test_time: Floats | None = None
    number: Floats | None = None
    spring_constant: float | None = None
    deflection_sensitivity: float | None = None
    lines: Sequence[int] | None = None


def force_record(
    source: Source,
    curve: Curve,
    *,
    form: str,
    instrument: str = "",
    header: str = "",
    raw: Mapping[str, NDArray[Any]] | None = None,
    flags: Sequence[str] = (),
    attributes: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """Record ``force_curve/1``, rows in the order in which they were measured; the attribute ``displacement_of`` says whose it is.

    Raises
    ------
    ReadError : neither force nor deflection; too few rows; rows out of order; a number that is not finite, or beyond any instrument
        of this kind.
    """
    columns = {
        "displacement": (curve.displacement, "m", FARTHEST),
        "segment": (curve.segment, "1", np.inf),
        "force": (curve.force, "N", STRONGEST),
        "deflection": (curve.deflection, "m", FARTHEST),
        "deflection_signal": (curve.deflection_signal, "V", np.inf),
        "test_time": (curve.test_time, "s", np.inf),
        "curve": (curve.number, "1", np.inf),
    }
    if curve.force is None and curve.deflection is None:
        raise ReadError("has neither force nor deflection", source.name, "Export one of them with the displacement.")
    if curve.displacement.size < LEAST:
        what = f"holds {curve.displacement.size} rows; a force curve has at least {LEAST}"
        raise ReadError(what, source.name, "Export the whole curve.")
    variables: dict[str, tuple[Any, ...]] = {}
    for name, (values, unit, limit) in columns.items():
        if values is None:
            continue
        numbers = np.ascontiguousarray(values, float)
        wrong = np.flatnonzero(~np.isfinite(numbers) | (np.abs(numbers) > limit))
        if wrong.size:
            row = int(wrong[0])
            place = source.at(curve.lines[row]) if curve.lines is not None else f"{source.name}, row {row + 1}"
            what = f"has a {name.replace('_', ' ')} of {numbers[row]:g} {unit}, which no such instrument gives"
            raise ReadError(what, place, "Is its unit right? The file may be damaged.")
        variables[name] = ("row", numbers, unit)
    if not np.ptp(curve.displacement) > 0.0:
        raise ReadError("has one displacement in all rows", source.name, "Export the displacement of the ramp.")
    load = curve.deflection if curve.force is None else curve.force
    if load is not None and not np.ptp(load) > 0.0:
        raise ReadError(
            "has one force in all rows", source.name, "Was the cantilever calibrated? Export the curve again."
        )
    _check_order(source, curve)
    for name, value, unit in (
        ("spring_constant", curve.spring_constant, "N/m"),
        ("deflection_sensitivity", curve.deflection_sensitivity, "m/V"),
    ):
        if value is not None and 0.0 < value < np.inf:
            variables[name] = ((), value, unit)
    if raw:
        stacked = np.stack([np.asarray(each, float) for each in raw.values()], axis=1)
        variables["raw"] = (("row", "column"), stacked, "1", "columns as in the file, each in the unit of its label")
    return make_record(
        "force_curve/1",
        sample=source.stem,
        instrument=instrument or form,
        origin="measured",
        variables=variables,
        attributes={
            "format": form,
            "file_name": source.base,
            "file_sha256": source.sha256,
            "header": bounded(header),
            "raw_columns": json.dumps(list(raw or {}), ensure_ascii=False),
            "flags": json.dumps(list(dict.fromkeys(flags)), ensure_ascii=False),
            "displacement_of": curve.of,
            **(attributes or {}),
        },
    )


def _check_order(source: Source, curve: Curve) -> None:
    number = np.zeros(curve.segment.size) if curve.number is None else curve.number
    ends = np.flatnonzero((np.diff(curve.segment) != 0.0) | (np.diff(number) != 0.0)) + 1
    for z, kind in zip(np.split(curve.displacement, ends), np.split(curve.segment, ends), strict=True):
        if z.size < LEAST_ORDERED or kind[0] == DWELL:
            continue
        if float(np.abs(np.diff(z)).mean()) > SHUFFLED * float(np.ptp(z)):
            what = "has rows out of order: the displacement of a ramp jumps to and fro"
            raise ReadError(what, source.name, "Export the rows in the order of measurement.")


def segments_of(displacement: Floats) -> Floats:
    """0 up to the greatest displacement, 1 after it."""
    turn = int(np.argmax(displacement))
    return (np.arange(displacement.size) > turn).astype(float) * RETRACT
