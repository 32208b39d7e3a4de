"""Results for people: a table per file, or a line per file where there are many."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from honeycell.plot.wording import column_heading, rounded, rounded_interval, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MANY = 5
PRINTED = ("cycles", "rates", "peaks", "steps", "tracks", "temperatures")
MOST_ROWS, MOST_COLUMNS = 12, 8
_VERDICT = "kramers_kronig_residual"


def table_of(result: Mapping[str, Any]) -> str:
    """A result object as a table: value, 95 % interval, unit and flags of each quantity, then the verdicts."""
    quantities = [each for each in result["quantities"] if each["name"] != _VERDICT]
    starts = [each["method"].partition(";")[0] for each in quantities if each["method"]]
    common = starts[0] if starts and starts.count(starts[0]) > len(starts) / 2 else ""
    head = [result["file"], f"  {_kind(result)}{': ' if common else ''}{common}"]
    methods = list(dict.fromkeys(note for each in quantities if (note := _own(each["method"], common))))
    rows = [("quantity", "value", "95 % interval", "unit", "")]
    rows += [
        (
            words(each["name"]),
            _value(each),
            _interval(each),
            "" if each["unit"] == "1" else each["unit"],
            _notes(each, _own(each["method"], common), methods, result["flags"]),
        )
        for each in quantities
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    body = [
        f"  {a:<{widths[0]}}  {b:>{widths[1]}}  {c:<{widths[2]}}  {d:<{widths[3]}}  {e}".rstrip()
        for a, b, c, d, e in rows
    ]
    tail = [f"  [{number}] {method}" for number, method in enumerate(methods, 1)]
    tail += [f"  {text}" for text in _verdict(result)]
    tail += [f"  flag: {flag}" for flag in result["flags"]]
    tail += [f"  also possible: {_alternative(each)}" for each in result["alternatives"]]
    shown = [line for name in PRINTED for line in _table(name, result["tables"].get(name) or [])]
    return "\n".join([*head, *(body if quantities else []), *shown, *tail])


def line_of(result: Mapping[str, Any]) -> str:
    """A result object on one line: the values, then the flags."""
    values = [
        f"{_short(each['name'])}={_value(each)}" + (f" {each['unit']}" if each["unit"] != "1" else "")
        for each in result["quantities"]
    ]
    flags = f"  [{'; '.join(result['flags'])}]" if result["flags"] else ""
    return f"{result['file']}: {result['technique']}: {', '.join(values) or 'no quantities'}{flags}"


def error_line(result: Mapping[str, Any]) -> str:
    """The error of a result object, as the command line says it."""
    error = result["error"]
    place = f"{error['where']}: " if error["where"] else ""
    return f"{place}{error['what']}. {error['cure']}".rstrip()


def _table(name: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The first rows and columns of a result table."""
    if not rows:
        return []
    columns = list(rows[0])[:MOST_COLUMNS]
    cells = [[column_heading(column) for column in columns]]
    cells += [[_cell(row.get(column)) for column in columns] for row in rows[:MOST_ROWS]]
    widths = [max(len(line[k]) for line in cells) for k in range(len(columns))]
    lines = [f"    {'  '.join(text.rjust(width) for text, width in zip(line, widths, strict=True))}" for line in cells]
    left = [f"{len(rows) - MOST_ROWS} more rows"] if len(rows) > MOST_ROWS else []
    left += [f"{len(rows[0]) - MOST_COLUMNS} more columns"] if len(rows[0]) > MOST_COLUMNS else []
    more = [f"    ... {' and '.join(left)} in --json and --out"] if left else []
    return [f"  {words(name)}:", *lines, *more]


def _cell(content: Any) -> str:
    if isinstance(content, float):
        return rounded(content)
    return "-" if content is None else str(content)


def _kind(result: Mapping[str, Any]) -> str:
    return result["technique"] + (f", format {result['format']}" if result["format"] else "")


def _own(method: str, common: str) -> str:
    """What a quantity's method says beyond the circuit that all share."""
    return method.removeprefix(common).lstrip("; ")


def _value(quantity: Mapping[str, Any]) -> str:
    """Counts as whole numbers, anything else with the digits of its interval."""
    name, value = str(quantity["name"]), quantity["value"]
    if name == "count" or name.endswith("_count"):
        return f"{value:.0f}"
    return rounded(value, quantity["interval_95"])


def _interval(quantity: Mapping[str, Any]) -> str:
    if "not_determined" in quantity["flags"]:
        return "not determined"
    return rounded_interval(quantity["interval_95"], quantity["value"])


def _notes(quantity: Mapping[str, Any], method: str, methods: list[str], said: list[str]) -> str:
    """Number of its method, and those of its flags that are not ``said`` elsewhere."""
    number = [f"[{methods.index(method) + 1}]"] if method else []
    return " ".join([*number, *(flag for flag in quantity["flags"] if flag not in (*said, "not_determined"))])


def _verdict(result: Mapping[str, Any]) -> list[str]:
    return [
        each["method"] or f"Kramers-Kronig residual {rounded(each['value'])} {each['unit']}"
        for each in result["quantities"]
        if each["name"] == _VERDICT
    ]


def _alternative(content: Mapping[str, Any]) -> str:
    """The plain entries of an alternative reading, and its parameters where it has some."""
    parts: list[str] = []
    for key, given in content.items():
        if isinstance(given, str):
            parts.append(given if key in ("circuit", "method") else f"{words(key)} {given}")
        elif isinstance(given, int | float) and not isinstance(given, bool):
            parts.append(f"{words(key)} {given:.3g}")
        elif isinstance(given, dict):
            for name, each in given.items():
                value, unit = (each.get("value"), each.get("unit", "")) if isinstance(each, dict) else (each, "")
                if isinstance(value, int | float):
                    parts.append(f"{name} {value:.4g} {unit if unit != '1' else ''}".rstrip())
    return ", ".join(parts)


def _short(name: str) -> str:
    """Symbols of the usual quantities.

    >>> _short("arc_1_resistance"), _short("conductivity")
    ('R1', 'conductivity')
    """
    if found := re.fullmatch(r"arc_(\d+)_(resistance|capacitance|exponent|time_constant)", name):
        return {"resistance": "R", "capacitance": "C", "exponent": "alpha", "time_constant": "tau"}[found[2]] + found[1]
    return {"series_resistance": "R0", "warburg_coefficient": "sigma", _VERDICT: "KK"}.get(name, name)
