"""Plain tables of potential and current whose columns are labelled."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from honeycell.quantities.errors import ReadError
from honeycell.readers.base import TextReader
from honeycell.readers.electrochemistry import columns_of, electrochemistry_record, meanings
from honeycell.readers.heading import Heading, find_heading
from honeycell.readers.labels import meanings as other_meanings
from honeycell.readers.polarity import stated_in
from honeycell.readers.table import read_table

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.readers.source import Source

    Floats = NDArray[np.float64]

HELD = 0.02  # V: a potential that varies by less is held, not swept
STRAIGHT = 0.9  # of the rows of a sweep have a rate within a quarter of the median


class PlainElectrochemistryReader(TextReader):
    """``Potential / V`` and ``Current / A`` (a sweep), ``Time / s`` and ``Current / A``, or ``Time / s`` and ``Potential / V``.

    Columns in any order, with any units; ``Segment`` and ``Scan Rate / V/s`` may stand beside them. Where all three of time, potential and
    current are there, the potential tells: one that is held gives a current over time, one that rises and falls steadily gives a sweep.
    Tabs, semicolons, commas or blanks may separate the columns; lines before the labels are kept as header.
    """

    name: ClassVar[str] = "plain_electrochemistry"
    title: ClassVar[str] = "text table of potential and current (Potential / V, Current / A; Time / s, Current / A)"
    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".txt", ".dat")
    schemas: ClassVar[tuple[str, ...]] = ("voltammetry/1", "chronoamperometry/1", "chronopotentiometry/1")
    rank: ClassVar[int] = 1

    def recognises_text(self, source: Source) -> bool:
        """By a line of labels with two of time, potential and current, and neither frequency nor a cycler's columns."""
        return find_heading(source, _suits) is not None

    def read(self, source: Source) -> xr.Dataset:
        """The record, rows in the order of the file."""
        heading = find_heading(source, _suits)
        assert heading is not None
        table = read_table(source, heading.labels, heading.first)
        flags: list[str] = []
        columns = columns_of(table, heading.named, flags)
        schema = _schema(source, heading, columns)
        if schema == "chronoamperometry/1" and "segment" in columns:
            del columns["segment"]
        raw, numeric, _ = table.raw()
        header = "\n".join(source.lines[: heading.line])
        return electrochemistry_record(
            source,
            schema,
            columns,
            form=self.name,
            instrument=self.name,
            lines=table.lines,
            header=header,
            raw={heading.labels[index]: raw[:, place] for place, index in enumerate(numeric)},
            flags=flags,
            attributes={"columns": json.dumps(list(heading.labels), ensure_ascii=False)},
            stated_sign=stated_in(header),
        )


def _suits(labels: tuple[str, ...]) -> bool:
    found = set(meanings(labels))
    others = set(other_meanings(labels))
    cycler = {"time", "voltage", "current"} <= others or "cycle" in others
    cycler |= "charge" in found and "test_time" in found
    return len(found & {"test_time", "potential", "current"}) > 1 and "frequency" not in others and not cycler


def _schema(source: Source, heading: Heading, columns: dict[str, Floats]) -> str:
    found = set(columns) & {"test_time", "potential", "current"}
    if found == {"potential", "current"}:
        return "voltammetry/1"
    if found == {"test_time", "current"}:
        return "chronoamperometry/1"
    if found == {"test_time", "potential"}:
        return "chronopotentiometry/1"
    potential, time = columns["potential"], columns["test_time"]
    if float(np.ptp(potential)) < HELD:
        return "chronoamperometry/1"
    with np.errstate(all="ignore"):
        rates = np.abs(np.diff(potential)[np.diff(time) > 0.0] / np.diff(time)[np.diff(time) > 0.0])
    if rates.size and np.mean(np.abs(rates - np.median(rates)) <= 0.25 * np.median(rates)) > STRAIGHT:
        return "voltammetry/1"
    raise ReadError(
        "has time, potential and current, of which none is held or swept steadily",
        source.at(heading.line + 1),
        "For charge and discharge label them 'Test Time / s', 'Voltage / V', 'Current / A', 'Cycle Count / 1'; "
        "for a sweep leave out the time.",
    )
