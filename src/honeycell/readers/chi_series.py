"""CH Instruments text of the techniques that follow a current or a potential: CV, LSV, i-t, CA, CP, OCP.

The text does not say whether anodic or cathodic currents are positive: that is an option of the program, cathodic by default in some of
its versions. It is found as :mod:`honeycell.readers.polarity` says.

Chronopotentiometry holds no current row by row: its anodic and cathodic currents are kept as attributes of a record of potentials, and
no charge is made of them, as the text does not say which rows belong to which.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.quantities.errors import ReadError
from honeycell.readers.chi_header import CURRENTS, OTHERS, POTENTIALS, SWEEPS, chi_header, is_mark
from honeycell.readers.electrochemistry import columns_of, electrochemistry_record, meanings
from honeycell.readers.polarity import stated_in
from honeycell.readers.source import Source
from honeycell.readers.table import read_table, split, split_labels

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.readers.chi_header import ChiHeader

    Floats = NDArray[np.float64]

_SCHEMAS = {
    **dict.fromkeys(SWEEPS, "voltammetry/1"),
    **dict.fromkeys(CURRENTS, "chronoamperometry/1"),
    **dict.fromkeys(POTENTIALS, "chronopotentiometry/1"),
}
_NEEDED = {
    "voltammetry/1": ("potential", "current"),
    "chronoamperometry/1": ("test_time", "current"),
    "chronopotentiometry/1": ("test_time", "potential"),
}
_MARKS = ("\t", ";", ",")
_FIRST = (*"0123456789-+",)  # what a row begins with
_LONGEST = 400  # characters of a line of labels


@dataclass(frozen=True, slots=True)
class SeriesHeading:
    """``line`` of the labels, counted from 0, and what separates them."""

    line: int
    labels: tuple[str, ...]
    mark: str


def find_series(source: Source) -> SeriesHeading | None:
    """The first line that names two of time, potential, current and charge; None without one."""
    for index, line in enumerate(source.lines):
        if "/" not in line or len(line) > _LONGEST:
            continue
        for mark in _MARKS:
            labels = split_labels(line, mark) if mark in line else ()
            if len(set(meanings(labels)) & {"test_time", "potential", "current", "charge"}) > 1:
                return SeriesHeading(index, labels, mark)
    return None


def read_series(source: Source, heading: SeriesHeading, form: str) -> xr.Dataset:
    """The record below ``heading``.

    ``Segment n:`` lines between rows begin a new segment; where there are none, segments are counted from the turns.

    Raises
    ------
    ReadError : a technique that is no course of current or potential, a missing column, or what
        :func:`~honeycell.readers.electrochemistry.electrochemistry_record` refuses.
    """
    text = "\n".join(source.lines[: heading.line])
    header = chi_header(source.lines[: heading.line])
    schema = _schema(source, header, heading)
    flags: list[str] = []
    blocks = _blocks(source, heading)
    parts: list[dict[str, Floats]] = []
    raws: list[dict[str, Floats]] = []
    lines: list[int] = []
    for first, last in blocks:
        table = read_table(_plain(source, heading), heading.labels, first, last, separator=_separator(source, heading))
        parts.append(columns_of(table, heading.labels, flags))
        raw, numeric, _ = table.raw()
        raws.append({heading.labels[index]: raw[:, place] for place, index in enumerate(numeric)})
        lines += table.lines
    _restarted(parts, flags)
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0] if name != "scan_rate"}
    if len(blocks) > 1:
        sizes = [next(iter(part.values())).size for part in parts]
        columns["segment"] = np.repeat(np.arange(1.0, len(blocks) + 1.0), sizes)
    kept = [label for label in raws[0] if all(label in raw for raw in raws)]
    _note_segments(header, len(blocks), flags)
    if schema == "chronopotentiometry/1" and "current" not in columns and header.technique.startswith("chronopot"):
        flags.append("current: not in the table; the header's anodic and cathodic currents are kept as attributes")
    attributes: dict[str, Any] = {
        **header.attributes(),
        "columns": json.dumps(list(heading.labels), ensure_ascii=False),
    }
    return electrochemistry_record(
        source,
        schema,
        columns,
        form=form,
        instrument=header.model,
        lines=lines,
        header=text,
        raw={label: np.concatenate([raw[label] for raw in raws]) for label in kept},
        flags=list(dict.fromkeys(flags)),
        attributes=attributes,
        scan_rate=header.settings.get("Scan Rate (V/s)"),
        stated_sign=stated_in(text),
    )


def _schema(source: Source, header: ChiHeader, heading: SeriesHeading) -> str:
    found = set(meanings(heading.labels))
    where = source.at(heading.line + 1)
    if header.technique in OTHERS:
        raise ReadError(
            f"is {header.technique}, which is neither a sweep nor a course over time",
            where,
            "Of CHI files A.C. Impedance, CV, LSV, i-t, CA, CP and OCP are read.",
        )
    schema = _SCHEMAS.get(header.technique)
    if schema is None:
        fitting = [name for name, needed in _NEEDED.items() if set(needed) <= found]
        if "Scan Rate (V/s)" in header.settings or "test_time" not in found:
            fitting = [name for name in fitting if name == "voltammetry/1"]
        schema = fitting[0] if len(fitting) == 1 else ""
    missing = [name.replace("test_", "") for name in _NEEDED.get(schema, ("potential", "current")) if name not in found]
    if not schema or missing:
        have = ", ".join(heading.labels)[:120]
        what = f"has the columns {have}, which lack {' and '.join(missing) or 'a technique'}"
        raise ReadError(what, where, "Convert it again with the header and all columns.")
    return schema


def _blocks(source: Source, heading: SeriesHeading) -> list[tuple[int, int]]:
    """First and last line of each run of rows between marks and repeated labels."""
    edges = [heading.line]
    labels = source.lines[heading.line].strip()
    for index in range(heading.line + 1, len(source.lines)):
        line = source.lines[index]
        if line[:1].isalpha() and (is_mark(line) or line.strip() == labels):
            edges.append(index)
    edges.append(len(source.lines))
    spans = [(first + 1, last) for first, last in itertools.pairwise(edges)]
    # without the blank lines on top, so that long tables are read by the column
    begins = (next((i for i in range(first, last) if source.lines[i].strip()), last) for first, last in spans)
    held = [(first, last) for first, (_, last) in zip(begins, spans, strict=True) if first < last]
    if not held:
        raise ReadError("names its columns but holds no rows", source.at(heading.line + 1), "Convert it again.")
    return held


def _decimal_commas(source: Source, heading: SeriesHeading) -> bool:
    """True where ", " separates and "," is the decimal sign, as a program under European settings may write."""
    if heading.mark != ",":
        return False
    row = next((line for line in source.lines[heading.line + 1 :] if line[:1] in _FIRST), "")
    return len(split(row, ",")) == 2 * len(heading.labels) and len(row.split(", ")) == len(heading.labels)


def _separator(source: Source, heading: SeriesHeading) -> str | bool:
    return "\t" if _decimal_commas(source, heading) else True


def _plain(source: Source, heading: SeriesHeading) -> Source:
    """The source, with ", " turned into tabs where commas are decimal commas too; lines stay where they are."""
    if not _decimal_commas(source, heading):
        return source
    return Source(source.name, "\n".join(line.replace(", ", "\t") for line in source.lines).encode("utf-8", "replace"))


def _restarted(parts: list[dict[str, Floats]], flags: list[str]) -> None:
    """Add up times that begin anew with each segment."""
    for before, part in itertools.pairwise(parts):
        time = part.get("test_time")
        if time is not None and time[0] < before["test_time"][-1]:
            part["test_time"] = time + (before["test_time"][-1] - min(float(time[0]), 0.0))
            flags.append("time: begins anew with each segment in the file; added up here")


def _note_segments(header: ChiHeader, found: int, flags: list[str]) -> None:
    declared = header.settings.get("Segment")
    if declared is not None and found > 1 and declared != found:
        flags.append(f"incomplete: the file declares {declared:g} segments and holds {found}")
