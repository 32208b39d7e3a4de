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
APPROACH, RETRACT, DWELL = 0, 1, 2


@dataclass(frozen=True)
class Curve:
    """Columns in SI units, (row,): ``displacement`` [m] growing towards the specimen, ``segment``; ``force`` [N] or ``deflection`` [m].

    ``of`` is ``fixed end``, ``tip``, or ``unstated``, where the file does not say whose displacement it is. ``lines``, where it is
    text, are those of the rows.
    """

    displacement: Floats
    segment: Floats
    of: str
    force: Floats | None = None
    deflection: Floats | None = None
    deflection_signal: Floats | None = None
    test_time: Floats | None = None
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
    ReadError : neither force nor deflection; too few rows; a number that is not finite, or beyond any instrument of this kind.
    """
    columns = {
        "displacement": (curve.displacement, "m", FARTHEST),
        "segment": (curve.segment, "1", np.inf),
        "force": (curve.force, "N", STRONGEST),
        "deflection": (curve.deflection, "m", FARTHEST),
        "deflection_signal": (curve.deflection_signal, "V", np.inf),
        "test_time": (curve.test_time, "s", np.inf),
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


def segments_of(displacement: Floats) -> Floats:
    """0 up to the greatest displacement, 1 after it."""
    turn = int(np.argmax(displacement))
    return (np.arange(displacement.size) > turn).astype(float) * RETRACT
