"""BioLogic EC-Lab text of techniques that follow potential and current over time: GCPL, CV, CA, CP, OCV.

EC-Lab counts oxidation currents positive, which for a cell whose working electrode is the positive one is charge.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from honeycell.quantities.errors import ReadError
from honeycell.readers.base import TextReader
from honeycell.readers.biologic_header import fields_of, is_biologic, label_line, setting, stated_mass, technique_of
from honeycell.readers.cycler import cycling_record
from honeycell.readers.cycler_checks import check_counters
from honeycell.readers.cycler_export import raw_columns
from honeycell.readers.electrochemistry import electrochemistry_record
from honeycell.readers.labels import is_spectrum
from honeycell.readers.table import read_table, split_labels
from honeycell.readers.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.readers.source import Source
    from honeycell.readers.table import Table

    Floats = NDArray[np.float64]

CYCLING, SWEEP, STEP, POTENTIAL = "cycling/1", "voltammetry/1", "chronoamperometry/1", "chronopotentiometry/1"
TECHNIQUES = {  # how the names begin
    CYCLING: "galvanostatic cycling|modulo bat|potentiodynamic cycling|battery capacity|constant load|constant power|constant current"
    "|special galvan|special modulo|gcpl|extended modulo",
    SWEEP: "cyclic voltammetry|linear sweep|cv advanced|cyclic voltabsorptometry|staircase",
    STEP: "chronoamperometry",
    POTENTIAL: "chronopotentiometry|open circuit",
}
VOCABULARY = Vocabulary(
    {
        "time": "time",
        "cell": "ecell <ecell> ewe-ece <ewe-ece> <ewe>-<ece>",
        "working": "ewe <ewe>",
        "current": "i <i>",
        "cycle": "cyclenumber",
        "half_cycle": "halfcycle",
        "sequence": "ns",
        "net_charge": "(q-qo)",
        "charge_capacity": "qcharge",
        "discharge_capacity": "qdischarge",
        "charge_energy": "energycharge",
        "discharge_energy": "energydischarge",
        "temperature": "temperature temp tcase",
    },
    {
        "time": "time",
        "cell": "voltage",
        "working": "voltage",
        "current": "current",
        "net_charge": "charge",
        "charge_capacity": "charge",
        "discharge_capacity": "charge",
        "charge_energy": "energy",
        "discharge_energy": "energy",
        "temperature": "temperature",
    },
)
COUNTERS = ("charge_capacity", "discharge_capacity", "charge_energy", "discharge_energy")
KEPT = re.compile(  # well known, and no use here
    r"mode|ox/red|error|control.*|ns changes|counter inc\.|i range|d?q.*/(m?a\.h|c)|x|p/w|energy.*|\|energy\|.*|capacit.*|"
    r"efficiency.*|step time/s|cycle time/s|analog.*|ece/v|<ece>/v|r/ohm|rcmp/ohm|flags|half cycle|ns|.*/ohm|freq/hz|"
    r"u_?i? ?range|e ?range|\|.*\|/.*|aux.*|.*/(µf|uf)",
    re.IGNORECASE,
)
_ABSOLUTE = re.compile(r"\s*Time format\s*:\s*Absolute (MM|DD)", re.IGNORECASE)
_DATE = re.compile(r"(\d{2})/(\d{2})/(\d{4}) (\d{1,2}):(\d{2}):(\d{2}(?:[.,]\d+)?)", re.ASCII)


class BiologicCourseReader(TextReader):
    """Columns by their labels, in any order and any unit, decimal points or commas.

    The technique is that of the header, else what the columns say. Of a cell's potentials that between the electrodes is taken for
    charge and discharge, that of the working electrode for all others. A step ends where sequence, half cycle or cycle change.
    """

    name: ClassVar[str] = "biologic_course"
    title: ClassVar[str] = "BioLogic EC-Lab text (.mpt) of GCPL, CV, LSV, CA, CP, OCV"
    suffixes: ClassVar[tuple[str, ...]] = (".mpt", ".txt")
    schemas: ClassVar[tuple[str, ...]] = (CYCLING, SWEEP, STEP, POTENTIAL)

    def recognises_text(self, source: Source) -> bool:
        """By the first line, and labels of time and potential without those of a spectrum."""
        return is_biologic(source) and course_line(source) is not None

    def read(self, source: Source) -> xr.Dataset:
        """The record, rows in the order of the file."""
        line = course_line(source)
        assert line is not None
        header = source.lines[:line]
        labels = split_labels(source.lines[line], "\t")
        table = read_table(source, labels, line + 1, separator="\t")
        schema = _schema(source, table)
        flags = [
            f"unknown_columns: {label[:40]!r} is kept as it stands only"
            for label in labels
            if VOCABULARY.meaning(label) is None and not KEPT.fullmatch(label.strip())
        ][:20]
        with np.errstate(all="ignore"):  # what overflows is refused when the record is made
            columns = _columns(table, header, flags)
            make = _cycling if schema == CYCLING else _other
            return make(source, schema, table, columns, header, flags)


def course_line(source: Source) -> int | None:
    """Index of the line of labels, where these name a time and a potential or a current; None without it.

    A battery technique may hold spectra among its rows and is a course all the same; else a table of impedances is none.
    """
    try:
        line = label_line(source, _is_course)
    except ReadError:
        return None
    if line is None or not _is_course(labels := split_labels(source.lines[line], "\t")):
        return None
    return None if is_spectrum(labels) and not _named(source) else line


def _is_course(labels: tuple[str, ...]) -> bool:
    found = set(VOCABULARY.meanings(labels))
    return "time" in found and bool(found & {"cell", "working", "current"})


def _named(source: Source) -> str:
    """The schema that the header's name of the technique means; empty where it means none."""
    technique = technique_of(source).lower()
    return next((schema for schema, names in TECHNIQUES.items() if re.match(names, technique)), "")


def _schema(source: Source, table: Table) -> str:
    """What was measured, by the header's words, else by the columns that EC-Lab writes for each technique alone."""
    if named := _named(source):
        return named
    found = set(VOCABULARY.meanings(table.labels))
    words = {label.strip().lower() for label in table.labels}
    if "current" not in found:
        return POTENTIAL
    if "half_cycle" in found or "control/v/ma" in words or found & {"charge_capacity", "discharge_capacity"}:
        return CYCLING
    if "control/v" in words and "control/ma" not in words:
        return STEP if "sequence" in found or "ns changes" in words else SWEEP
    if "control/ma" in words and "control/v" not in words:
        return POTENTIAL
    raise ReadError(
        f"does not say what was measured ({technique_of(source)[:60]!r}), and its columns do not tell",
        source.at(table.lines[0]),
        "Leave the header as EC-Lab wrote it, or export the column control as well.",
    )


def _columns(table: Table, header: Sequence[str], flags: list[str]) -> dict[str, Floats]:
    """Quantities of the vocabulary in SI units; what is no use without numbers is left out where it has none."""
    found = VOCABULARY.meanings(table.labels)
    result: dict[str, Floats] = {}
    for quantity, places in found.items():
        index = places[-1] if quantity == "current" and "<" in table.labels[places[-1]] else places[0]  # averages count
        means = VOCABULARY.meaning(table.labels[index])
        assert means is not None
        if quantity == "time" and "/" in table.cells(index)[0]:
            result[quantity] = _from_dates(table, index, header, flags)
            continue
        try:
            numbers = table.numbers([index])[0]
        except ReadError:
            if quantity in ("time", "cell", "working", "current", "cycle"):
                raise
            flags.append(
                f"columns: {table.labels[index][:40]!r} holds cells that are not numbers, kept as it stands only"
            )
            continue
        if not means.stated and quantity in VOCABULARY.dimensions:
            what = f"has a column {table.labels[index][:40]!r} without a unit"
            raise ReadError(what, table.source.at(table.lines[0]), "Write it into the label, such as Ewe/V or I/mA.")
        result[quantity] = numbers * means.factor + means.offset
    return result


def _from_dates(table: Table, index: int, header: Sequence[str], flags: list[str]) -> Floats:
    """Seconds from the first of absolute times, whose order of day and month the header tells."""
    order = next((found[1].upper() for line in header if (found := _ABSOLUTE.match(line))), None)
    place = table.source.at(table.lines[0])
    if order is None:
        raise ReadError("has dates for times, day or month first", place, "Export it with relative times.")
    times = np.empty(len(table.rows))
    for row, cell in enumerate(table.cells(index)):
        match = _DATE.fullmatch(cell)
        try:
            assert match is not None
            month, day = (match[1], match[2]) if order == "MM" else (match[2], match[1])
            days = np.datetime64(f"{match[3]}-{month}-{day}", "D").astype(int)
        except (AssertionError, ValueError):
            where = table.source.at(table.lines[row])
            raise ReadError(f"{cell[:40]!r} is no date", where, "Export it with relative times.") from None
        times[row] = days * 86400.0 + int(match[4]) * 3600.0 + int(match[5]) * 60.0 + float(match[6].replace(",", "."))
    flags.append("test_time: taken from the dates of the rows")
    return times - times[0]


def _cycling(
    source: Source, schema: str, table: Table, found: dict[str, Floats], header: Sequence[str], flags: list[str]
) -> xr.Dataset:
    del schema
    if "current" not in found:
        raise ReadError("has no column I/mA or <I>/mA", source.at(table.lines[0] - 1), "Export it with the others.")
    columns = {"test_time": found["time"], "current": found["current"]}
    columns["voltage"] = found["cell"] if "cell" in found else found["working"]
    if "cell" in found and "working" in found:
        flags.append("voltage: between the electrodes (Ecell or Ewe-Ece), not that of the working electrode (Ewe)")
    if "cycle" in found:
        columns["cycle"] = found["cycle"]
    elif "half_cycle" in found:
        columns["cycle"] = np.floor(found["half_cycle"] / 2.0) + 1.0
        flags.append("cycle: two half cycles of the file are taken as one, for want of a cycle number")
    marks = [found[name] for name in ("sequence", "half_cycle") if name in found]
    if marks:
        changed = np.any([np.diff(mark) != 0.0 for mark in (*marks, columns.get("cycle", marks[0]))], axis=0)
        columns["step"] = np.concatenate(([1.0], 1.0 + np.cumsum(changed)))
        if "net_charge" in found:
            columns["step_capacity"] = _since_step(found["net_charge"], changed)
    columns |= {name: np.abs(found[name]) for name in COUNTERS if name in found}
    if "temperature" in found:
        columns["cell_temperature"] = found["temperature"]
    check_counters(columns, flags)
    about = _attributes(source, header)
    return cycling_record(
        source,
        columns,
        form=BiologicCourseReader.name,
        instrument=about.pop("device"),
        header="\n".join(header),
        raw=raw_columns(table),
        flags=flags,
        attributes=about,
        active_mass=stated_mass(header, flags),
        lines=table.lines,
    )


def _since_step(net: Floats, changed: NDArray[np.bool_]) -> Floats:
    """The charge that the instrument's net counter has moved by since the last row of the step before."""
    starts = np.concatenate(([0], np.flatnonzero(changed)))  # the last row before each step
    number = np.concatenate(([0], np.cumsum(changed)))
    before = net[starts]
    before[0] = net[0]
    return np.abs(net - before[number])


def _other(
    source: Source, schema: str, table: Table, found: dict[str, Floats], header: Sequence[str], flags: list[str]
) -> xr.Dataset:
    names = {"time": "test_time", "current": "current"}
    columns = {name: found[each] for each, name in names.items() if each in found}
    if "working" in found or "cell" in found:
        columns["potential"] = found.get("working", found.get("cell", np.zeros(0)))
    needed = {SWEEP: ("potential", "current"), STEP: ("current",), POTENTIAL: ("potential",)}[schema]
    for name in needed:
        if name not in columns:
            label = {"potential": "Ewe/V", "current": "I/mA or <I>/mA"}[name]
            raise ReadError(f"has no column {label}", source.at(table.lines[0] - 1), "Export it with the others.")
    about = _attributes(source, header)
    raw = {label: values for label, values in raw_columns(table).items() if values.dtype.kind in "fiu"}
    record = electrochemistry_record(
        source,
        schema,
        columns,
        form=BiologicCourseReader.name,
        instrument=about.pop("device"),
        lines=table.lines,
        header="\n".join(header),
        raw=raw,
        flags=flags,
        attributes={**about, "columns": json.dumps(list(table.labels), ensure_ascii=False)},
        scan_rate=_scan_rate(header) if schema == SWEEP else None,
        stated_sign="anodic positive",
    )
    step = _potential_step(header) if schema == STEP else None
    return record if step is None else record.assign(potential_step=((), step, {"units": "V"}))


def _attributes(source: Source, header: Sequence[str]) -> dict[str, Any]:
    fields = fields_of(header)
    about = {"device": fields.get("Device", "BioLogic"), "technique_name": technique_of(source)}
    if "Acquisition started on" in fields:
        about["measured_on"] = fields["Acquisition started on"]
    return about


def _number(words: list[str]) -> float | None:
    try:
        return float(words[0].replace(",", "."))
    except (IndexError, ValueError):
        return None


def _scan_rate(header: Sequence[str]) -> float | None:
    """[V/s] of one sweep; None where the header has none, or in units that are not known."""
    rate, unit = _number(setting(header, "dE/dt")), setting(header, "dE/dt unit")
    factor = {"mV/s": 1e-3, "V/s": 1.0, "mV/mn": 1e-3 / 60.0}.get(unit[0] if unit else "")
    return None if rate is None or factor is None or rate <= 0.0 else rate * factor


def _potential_step(header: Sequence[str]) -> float | None:
    """[V] against open circuit, where the first sequence is set so."""
    against = setting(header, "vs.")
    step = _number(setting(header, "Ei (V)"))
    return step if against[:1] == ["Eoc"] and step not in (None, 0.0) else None
