"""Columns of a potentiostat's file into a record: what the labels mean, and the checks that all such files share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.numerics.turns import turning_points
from honeycell.quantities.errors import ReadError
from honeycell.quantities.record import make_record
from honeycell.quantities.schema import SCHEMAS
from honeycell.readers.polarity import current_sign
from honeycell.readers.spectrum import bounded
from honeycell.readers.vocabulary import Meaning, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.readers.source import Source
    from honeycell.readers.table import Table

    Floats = NDArray[np.float64]

LEAST = {"voltammetry/1": 5, "chronoamperometry/1": 2, "chronopotentiometry/1": 2}  # rows: fewer show no course
BACKWARDS = 1e-6  # s: clocks are written to the microsecond at best
TURN = 0.05  # of the range of potentials: less is noise of the measured potential, not a turn of the sweep
SHUFFLED = 0.2  # turns per row: a sweep of one row in five turning is none
FEW = 12  # rows below which turns cannot tell shuffled rows from coarse sweeps
JUMPY = 0.15  # of the range, median step: sweeps in order have far smaller ones
LARGEST = 1e6  # V, A, s per 1e6: no potentiostat measures beyond
DIGITS = 15  # of the factors of units, so that 25 mA is 0.025 A

VOCABULARY = Vocabulary(
    {
        "test_time": "time t testtime elapsedtime 时间",
        "potential": "potential e ewe ewe-ece wepotential we(1)potential potentialapplied voltage v u vf 电位 电势 电压",
        "current": "current i i1 <i> im wecurrent we(1)current 电流",
        "segment": "segment segmentcount sweep",
        "charge": "charge q",
    },
    {"test_time": "time", "potential": "voltage", "current": "current", "segment": "count", "charge": "charge"},
    signed=("current",),
    exact={
        "Scan Rate / V/s": Meaning("scan_rate", 1.0, True),
        "Scan Rate / mV/s": Meaning("scan_rate", 1e-3, True),
        "Segment": Meaning("segment", 1.0, True),
    },
)


def meanings(labels: Sequence[str]) -> dict[str, int]:
    """Quantity to the first column that means it."""
    return {quantity: places[0] for quantity, places in VOCABULARY.meanings(tuple(labels)).items()}


def columns_of(table: Table, labels: Sequence[str], flags: list[str]) -> dict[str, Floats]:
    """The columns that the labels name, in SI units, without charges.

    Parameters
    ----------
    labels : what each column of ``table`` is, with its unit.
    flags : gets a word about each column that is passed over though its label is known.

    Raises
    ------
    ReadError : a label without unit; a cell that is not a finite number.
    """
    found = VOCABULARY.meanings(tuple(labels))
    wanted = {quantity: places[0] for quantity, places in found.items() if quantity != "charge"}
    for quantity, places in found.items():
        flags += [
            f"columns: {labels[i][:40]!r} is passed over; {quantity} is {labels[places[0]][:40]!r}" for i in places[1:]
        ]
    result: dict[str, Floats] = {}
    for (quantity, index), numbers in zip(wanted.items(), table.numbers(list(wanted.values())), strict=True):
        means = VOCABULARY.meaning(labels[index])
        assert means is not None
        if not means.stated and quantity != "segment":
            where = table.source.at(table.lines[0])
            cure = "Write the unit into the label, such as 'Potential / V', 'Current / A', 'Time / s'."
            raise ReadError(f"has a column {labels[index][:40]!r} without a unit", where, cure)
        result[quantity] = numbers * float(f"{means.factor:.{DIGITS}g}")
    return result


def electrochemistry_record(
    source: Source,
    schema: str,
    columns: Mapping[str, Floats],
    *,
    form: str,
    instrument: str,
    lines: Sequence[int],
    header: str = "",
    raw: Mapping[str, NDArray[Any]] | None = None,
    flags: Sequence[str] = (),
    attributes: Mapping[str, Any] | None = None,
    scan_rate: float | None = None,
    stated_sign: str = "",
    origin: str = "measured",
) -> xr.Dataset:
    """Record of a sweep, of a current over time or of a potential over time; rows in the order of the file.

    Parameters
    ----------
    schema : ``voltammetry/1``, ``chronoamperometry/1`` or ``chronopotentiometry/1``.
    columns : variables of the schema by name in SI units, all of one length. ``segment`` is counted where it is missing.
    lines : the line of the file for each row, for messages.
    raw : the file's own numeric columns by label.
    scan_rate : [V/s], where the file states one.
    stated_sign : "anodic positive" or "cathodic positive", where the file says so; else the sense of the loop tells it, see
        :mod:`honeycell.readers.polarity`.

    Returns
    -------
    A record whose anodic current is positive; ``file_current_sign`` says what the file had, ``current_sign_by`` how that is known.

    Raises
    ------
    ReadError : too few rows; a number that is not finite or beyond any instrument; a clock that runs backwards; shuffled rows.
    """
    found = {name: np.asarray(values, float) for name, values in columns.items()}
    noted = list(flags)
    _check(source, schema, found, lines)
    given: dict[str, Any] = {
        "format": form,
        "file_name": source.base,
        "file_sha256": source.sha256,
        "header": bounded(header),
    }
    variables: dict[str, tuple[Any, ...]] = {}
    if schema == "voltammetry/1":
        if "segment" not in found:
            found["segment"] = counted_segments(found["potential"])
        rates = np.unique(found.pop("scan_rate", np.zeros(0)))
        scan_rate = float(rates[0]) if scan_rate is None and rates.size == 1 else scan_rate
        if scan_rate is not None and scan_rate > 0.0:
            variables["scan_rate"] = ((), scan_rate, "V/s")
    if "current" in found:
        sign, how = current_sign(schema, found, stated_sign)
        given |= {"current_sign": "anodic positive", "file_current_sign": sign, "current_sign_by": how}
        if sign == "cathodic positive":
            found["current"] = -found["current"]
            noted.append(f"current_sign: cathodic currents are positive in the file ({how}); here anodic ones are")
        elif sign == "not stated":
            noted.append(
                "current_sign: the file does not say whether anodic or cathodic currents are positive; taken as anodic"
            )
    kinds = {**SCHEMAS[schema].variables, **SCHEMAS[schema].optional}
    variables |= {name: ("row", found[name], unit) for name, (dims, unit) in kinds.items() if dims and name in found}
    names = list(raw or {})
    if raw:
        stacked = np.stack([np.asarray(values, float) for values in raw.values()], axis=1)
        variables["raw"] = (("row", "column"), stacked, "1", "columns as in the file, each in the unit of its label")
    given |= {"raw_columns": json.dumps(names, ensure_ascii=False), "flags": json.dumps(noted, ensure_ascii=False)}
    return make_record(
        schema,
        sample=source.stem,
        instrument=instrument or form,
        origin=origin,
        variables=variables,
        attributes=given | dict(attributes or {}),
    )


def counted_segments(potential: Floats) -> Floats:
    """1, 2, ...: a new one after each turn of the sweep; the extreme itself ends a segment."""
    result = np.ones(potential.size)
    for turn in turning_points(potential, TURN * float(np.ptp(potential))):
        result[turn + 1 :] += 1.0
    return result


def _check(source: Source, schema: str, columns: Mapping[str, Floats], lines: Sequence[int]) -> None:
    size = len(lines)
    if size < LEAST[schema]:
        what = f"holds {size} row{'' if size == 1 else 's'}; at least {LEAST[schema]} are needed"
        raise ReadError(what, source.at(lines[0]) if size else source.name, "Export the whole measurement.")
    for name, values in columns.items():
        wrong = np.flatnonzero(~(np.abs(values) < LARGEST * (1e6 if name == "test_time" else 1.0)))
        if wrong.size:
            what = f"has a {name.replace('_', ' ')} of {values[wrong[0]]:g}, beyond any instrument"
            raise ReadError(what, source.at(lines[wrong[0]]), "Check the unit in the label, or delete the row.")
    if "test_time" in columns:
        time = columns["test_time"]
        back = np.flatnonzero(np.diff(time) < -BACKWARDS)
        if back.size:
            row = int(back[0]) + 1
            what = f"has the time {time[row]:g} s after {time[row - 1]:g} s"
            raise ReadError(what, source.at(lines[row]), "Rows must stand in the order in which they were measured.")
    if schema == "voltammetry/1":
        _check_sweep(source, columns["potential"], lines)


def _check_sweep(source: Source, potential: Floats, lines: Sequence[int]) -> None:
    """Refuse potentials that jump about: order is all that tells the branches apart."""
    range_ = float(np.ptp(potential))
    if range_ == 0.0:
        raise ReadError(
            "has one potential in all rows, which is no sweep", source.at(lines[0]), "Is it a current over time?"
        )
    if potential.size < FEW:
        return
    turns = turning_points(potential, TURN * range_)
    if turns.size > SHUFFLED * potential.size or float(np.median(np.abs(np.diff(potential)))) > JUMPY * range_:
        place = source.at(lines[int(turns[0])] if turns.size else lines[0])
        raise ReadError(
            f"has potentials that jump to and fro ({turns.size} turns in {potential.size} rows)",
            place,
            "Rows of a sweep must stand in the order in which they were measured: export it again, unsorted.",
        )
