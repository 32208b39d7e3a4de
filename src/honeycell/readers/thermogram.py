"""Columns of a thermobalance's file into a record: what the labels mean, and the checks that all such files share."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.quantities.errors import ReadError
from honeycell.quantities.record import make_record
from honeycell.readers.spectrum import bounded
from honeycell.readers.vocabulary import Meaning, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.readers.source import Source
    from honeycell.readers.table import Table

    Floats = NDArray[np.float64]

LEAST = 5  # rows: fewer show no curve
COLDEST, HOTTEST = 50.0, 3500.0  # K: no thermobalance works beyond; a wrong unit of temperature mostly does
LARGEST = 1e6  # of a relative mass, and of a mass in kg: beyond, damage
BACKWARDS = 1e-6  # s: clocks are written to the microsecond at best
SHUFFLED = 0.05  # of the range: the median step in temperature of rows in order is far smaller
FALLING = 0.25  # share of falling steps beyond which rows without a clock may be out of order
MISSTATED = 0.05  # relative difference of stated and first mass that is worth a word
DIGITS = 15  # of the factors of units, so that 25 mg is 2.5e-5 kg

_MASS = "mass weight m tg tga samplemass sampleweight tgsignal 质量 重量"
_FIRST = Vocabulary(
    {
        "temperature": "temperature temp #temp t ts tsample sampletemperature sampletemp temperaturesample tempsample "
        "temperatureofsample 温度 样品温度",
        "programmed_temperature": "tr tp programtemperature programmedtemperature programtemp tprogram setpointtemperature "
        "referencetemperature treference furnacetemperature temperatureprogram 炉温 参比温度 程序温度",
        "mass": _MASS,
        "heat_flow": "heatflow dsc dscsignal 热流",
    },
    {"temperature": "temperature", "programmed_temperature": "temperature", "mass": "mass", "heat_flow": "power"},
)
# names that stand for another quantity when their unit says so: t for time beside T, mass in per cent
_SECOND = Vocabulary(
    {
        "test_time": "time t testtime elapsedtime timeelapsed 时间",
        "relative_mass": f"{_MASS} weightpercent masspercent weightpercentage masspercentage relativemass residualmass 残重",
    },
    {"test_time": "time", "relative_mass": "share"},
    exact={
        label: Meaning("relative_mass", factor, True)
        for label, factor in (
            ("m/m0", 1.0), ("Relative Mass / 1", 1.0), ("relative_mass", 1.0), ("Weight%", 0.01), ("Mass%", 0.01),
            ("Weight %", 0.01), ("Mass %", 0.01), ("wt%", 0.01), ("wt.%", 0.01), ("Weight (wt%)", 0.01), ("Mass (wt%)", 0.01),
        )
    },
)  # fmt: skip
UNITS = {
    "temperature": "K",
    "programmed_temperature": "K",
    "mass": "kg",
    "relative_mass": "1",
    "test_time": "s",
    "heat_flow": "W",
}
_EXOTHERM = re.compile(r"^.*\b(?:exo|endo)(?:therm(?:ic)?)?\b.*$", re.IGNORECASE | re.MULTILINE)
_GAS = re.compile(
    r"\b(nitrogen|argon|helium|air|oxygen|vacuum|carbon dioxide|hydrogen|N2|Ar|O2|CO2|He)\b(?!\w)(?:[^,;\t]|(?<=\d),(?=\d))*",
    re.IGNORECASE,
)


def meaning(label: str) -> Meaning | None:
    """Meaning of a column's label in a table of masses over temperature, None when it has none here.

    >>> meaning("Temperature / degC")
    Meaning(quantity='temperature', factor=1.0, stated=True, offset=273.15)
    >>> meaning("t [s]").quantity, meaning("TG/%").quantity, meaning("Weight (mg)").quantity
    ('test_time', 'relative_mass', 'mass')
    """
    first = _FIRST.meaning(label)
    return first if first is not None and first.stated else _SECOND.meaning(label) or first


def is_thermogram(labels: Sequence[str]) -> bool:
    """True when the labels name a temperature and a mass."""
    found = {means.quantity for means in map(meaning, labels) if means}
    return bool(found & {"temperature", "programmed_temperature"}) and bool(found & {"mass", "relative_mass"})


def columns_of(table: Table, labels: Sequence[str], flags: list[str]) -> dict[str, Floats]:
    """The columns that the labels name, in SI units.

    Parameters
    ----------
    labels : what each column of ``table`` is, with its unit.
    flags : gets a word about each column that is passed over though its label is known.

    Raises
    ------
    ReadError : a label without unit; a cell that is not a finite number.
    """
    places: dict[str, int] = {}
    for index, label in enumerate(labels):
        means = meaning(label)
        if means is None:
            continue
        if means.quantity in places:
            kept = labels[places[means.quantity]]
            flags.append(f"columns: {label[:40]!r} is passed over, since {kept[:40]!r} says the same of another signal")
            continue
        if not means.stated:
            where = table.source.at(table.lines[0])
            cure = "Write the unit into the label, such as 'Temperature / degC', 'Time / s', 'Mass / mg' or 'Mass / %'."
            raise ReadError(f"has a column {label[:40]!r} without a unit", where, cure)
        places[means.quantity] = index
    values = table.numbers(list(places.values()))
    result: dict[str, Floats] = {}
    for (quantity, index), numbers in zip(places.items(), values, strict=True):
        means = meaning(labels[index])
        assert means is not None
        result[quantity] = numbers * float(f"{means.factor:.{DIGITS}g}") + means.offset
    return result


def raw_of(table: Table) -> dict[str, NDArray[Any]]:
    """The file's own numeric columns by label."""
    raw, numeric, _ = table.raw()
    return {table.labels[index]: raw[:, place] for place, index in enumerate(numeric)}


def thermogram_record(
    source: Source,
    columns: Mapping[str, Floats],
    *,
    form: str,
    lines: Sequence[int],
    header: str = "",
    instrument: str = "",
    sample: str = "",
    raw: Mapping[str, NDArray[Any]] | None = None,
    flags: Sequence[str] = (),
    attributes: Mapping[str, Any] | None = None,
    stated_mass: float | None = None,
    origin: str = "measured",
) -> xr.Dataset:
    """Record ``thermogravimetry/1`` of columns in SI units, rows in the order of the file.

    Parameters
    ----------
    columns : ``temperature`` [K] or else ``programmed_temperature`` [K]; ``mass`` [kg] or else ``relative_mass`` [1]; and, where there
        are, ``test_time`` [s], ``heat_flow`` [W]; all (row,).
    lines : the line of the file of each row, for messages.
    raw : the file's own numbers by label.
    stated_mass : [kg], where the header states one.

    Returns
    -------
    ``relative_mass`` is the mass over the first mass, or the file's own per cent where it has no masses. The attribute
    ``temperature_of`` says whether the temperature is the sample's or the programme's.

    Raises
    ------
    ReadError : a column is missing; too few rows; a number no thermobalance gives; a clock that runs backwards; rows that are evidently
        out of order without a clock to sort them by.
    """
    noted = list(flags)
    found = dict(columns)
    found, of = _temperature(source, found, noted)
    found = _masses(source, found, lines, stated_mass, noted)
    _check(source, found, lines, noted)
    variables: dict[str, tuple[Any, ...]] = {
        name: ("row", np.ascontiguousarray(found[name], float), unit) for name, unit in UNITS.items() if name in found
    }
    if raw:
        stacked = np.stack([np.asarray(each, float) for each in raw.values()], axis=1)
        variables["raw"] = (("row", "column"), stacked, "1", "columns as in the file, each in the unit of its label")
    sign = ""
    if "heat_flow" in found:
        said = _EXOTHERM.search("\n".join((*(raw or {}), header)))
        sign = said[0].strip() if said else ""
        if not sign:
            noted.append("heat_flow: the file does not say whether it is positive for an exotherm or an endotherm")
    given: dict[str, Any] = {
        "format": form,
        "file_name": source.base,
        "file_sha256": source.sha256,
        "header": bounded(header),
        "raw_columns": json.dumps(list(raw or {}), ensure_ascii=False),
        "flags": json.dumps(list(dict.fromkeys(noted)), ensure_ascii=False),
        "temperature_of": of,
    } | ({"heat_flow_sign": sign} if sign else {})
    if stated_mass is not None:
        given["stated_mass_kg"] = stated_mass
    return make_record(
        "thermogravimetry/1",
        sample=sample or source.stem,
        instrument=instrument or form,
        origin=origin,
        variables=variables,
        attributes={**given, **(attributes or {})},
    )


def gas_in(text: str) -> str:
    """The gas that a line such as ``Gas2: Nitrogen 60.0 ml/min`` names, with what is said of it; empty where none."""
    found = _GAS.search(text)
    return found[0].strip() if found else ""


def _temperature(source: Source, found: dict[str, Floats], flags: list[str]) -> tuple[dict[str, Floats], str]:
    if "temperature" in found:
        if "programmed_temperature" in found:
            flags.append("temperature: the sample's is taken, not the programme's, which the record holds too")
        return found, "sample, as labelled"
    if "programmed_temperature" not in found:
        raise ReadError(
            "has no column for the temperature", source.name, "Export the sample temperature with the mass."
        )
    flags.append("temperature: the file has only the programme's or furnace's, which is not the sample's")
    return {**found, "temperature": found["programmed_temperature"]}, "programme"


def _masses(
    source: Source, found: dict[str, Floats], lines: Sequence[int], stated: float | None, flags: list[str]
) -> dict[str, Floats]:
    if "mass" not in found and "relative_mass" not in found:
        raise ReadError(
            "has no column for the mass", source.name, "Export the mass in mg or %; heat flow alone has none."
        )
    name = "mass" if "mass" in found else "relative_mass"
    values = found[name]
    if values.size < LEAST:
        rows = f"{values.size} row" + ("" if values.size == 1 else "s")
        raise ReadError(f"holds {rows}; a thermogram has at least {LEAST}", source.name, "Export the whole run.")
    for values_ in found.values():
        wrong = np.flatnonzero(~np.isfinite(values_))
        if wrong.size:
            raise ReadError("has a number that is not finite", source.at(lines[int(wrong[0])]), "Delete the row.")
    wrong = np.flatnonzero(~(np.abs(values) < LARGEST))
    if wrong.size:
        raise ReadError("has a mass beyond any sample's", source.at(lines[int(wrong[0])]), "The file may be damaged.")
    if not values[0] > 0.0:
        what = f"begins with a mass of {values[0]:g} {UNITS[name]}, which is not positive"
        raise ReadError(
            what, source.at(lines[0]), "Was the balance tared with the sample on it? Weigh and export anew."
        )
    if name == "relative_mass":
        flags.append("mass: the file has per cent only, so that the sample's mass is not known")
        if abs(values[0] - 1.0) > MISSTATED:
            flags.append(f"mass: the file's per cent begin at {100.0 * values[0]:.4g} %")
        return found
    if stated is not None and abs(stated / values[0] - 1.0) > MISSTATED:
        flags.append(f"mass: the header states {1e6 * stated:.4g} mg, the first row {1e6 * values[0]:.4g} mg")
    return {**found, "relative_mass": values / values[0]}


def _check(source: Source, found: Mapping[str, Floats], lines: Sequence[int], flags: list[str]) -> None:
    T = found["temperature"]
    wrong = np.flatnonzero(~((T > COLDEST) & (T < HOTTEST)))
    if wrong.size:
        row = int(wrong[0])
        what = f"has a temperature of {T[row]:g} K, outside {COLDEST:g} to {HOTTEST:g} K"
        raise ReadError(what, source.at(lines[row]), "Is its unit right (K or degC)? The row may be damaged.")
    if "test_time" in found:
        time = found["test_time"]
        back = np.flatnonzero(np.diff(time) < -BACKWARDS)
        if back.size:
            row = int(back[0]) + 1
            what = f"has the time {time[row]:g} s after {time[row - 1]:g} s"
            cure = "Rows must stand in the order in which they were measured: export the run again, unsorted."
            raise ReadError(what, source.at(lines[row]), cure)
        return
    steps = np.diff(T)
    if (
        float(np.median(np.abs(steps))) > SHUFFLED * float(np.ptp(T))
        and np.mean(steps < 0.0) > FALLING
        and T.size > 2 * LEAST
    ):
        row = int(np.argmin(steps)) + 1
        what = f"jumps from {T[row - 1]:.1f} K to {T[row]:.1f} K, and has no time to order the rows by"
        raise ReadError(what, source.at(lines[row]), "Export it again, unsorted and with the time.")
    flags.append("time: the file has none, so that heating rate and holds are not known")
    if np.mean(steps < 0.0) > FALLING and math.isfinite(float(np.ptp(T))):
        flags.append("order: the temperature does not rise throughout, and no time says whether the rows are in order")
