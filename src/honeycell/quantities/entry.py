"""How a value is written in a TOML file, and its way into a :class:`Value`.

Short form, a recipe's own choice: ``blade_gap = "100 um"``. Long form, with what is known of it::

    [values.density]
    value = 1.78
    unit = "g/cm**3"
    u = 0.02                  # standard uncertainty; or range = [1.7, 1.8] for a uniform one
    status = "literature"
    source = "key"

In the long form numbers are in ``unit`` where one is named, else SI; text always carries its own unit.
"""

from __future__ import annotations

import math
from typing import Any, cast

from honeycell.quantities.errors import InputError
from honeycell.quantities.units import parse, parse_difference, real, si_unit, unit_conversion
from honeycell.quantities.value import DISTRIBUTIONS, STATUSES, Distribution, Status, Value

FIELDS = frozenset(
    [
        "value",
        "unit",
        "u",
        "range",
        "distribution",
        "status",
        "source",
        "where",
        "reason",
        "fitted_to",
        "taken_from",
        "symbol",
        "at",
        "note",
        "rivals",
    ]
)


def read_value(given: Any, unit: str | None, where: str) -> Value:
    """The :class:`Value` of what a TOML file says.

    Parameters
    ----------
    given : number, text, list of numbers, or table in the long form.
    unit : a unit of the wanted dimension; ``"text"`` for words; None where the table must name it.
    where : file and field, for messages.

    Raises
    ------
    InputError : unknown field, wrong dimension, value outside its own range, unknown status.
    """
    if not isinstance(given, dict):
        if unit is None:
            raise InputError(f"got {given!r}, expected a table with 'value' and 'unit'", where)
        return Value(_content(given, unit, None, where), "1" if unit == "text" else si_unit(unit), given_as=str(given))
    table = cast("dict[str, Any]", given)
    if unknown := set(table) - FIELDS:
        raise InputError(f"unknown field {sorted(unknown)[0]!r}", where, f"Known: {', '.join(sorted(FIELDS))}.")
    if "value" not in table:
        raise InputError("no 'value'", where, 'Write e.g. value = "100 um".')
    written = str(table.get("unit", "")) or None
    wanted = unit or written or "1"
    if "unit" in table and not (isinstance(table["unit"], str) and written):
        raise InputError(f"unit is {table['unit']!r}, expected text", where, 'Write "1" for a plain number.')
    if written is not None and written != "text":
        unit_conversion(written, where)
    if (
        written is not None
        and unit not in (None, "text")
        and (written == "text" or si_unit(written) != si_unit(wanted))
    ):
        raise InputError(f"unit {written!r} is not one of {si_unit(wanted)}", where, f"Write e.g. {unit!r}.")
    content = _content(table["value"], wanted, written, where)
    status = _one_of(table.get("status", "given"), STATUSES, "status", where)
    lo = hi = u = None
    if "range" in table:
        ends = table["range"]
        if not isinstance(ends, list) or len(ends) != 2:
            raise InputError(f"range is {ends!r}, expected [low, high]", where)
        lo, hi = (cast("float", _content(end, wanted, written, where)) for end in ends)
        if not all(isinstance(each, float) for each in (content, lo, hi)):
            raise InputError("only one number can have a range", where)
        if not isinstance(content, float) or not lo <= content <= hi or lo == hi:
            raise InputError(f"value {table['value']!r} is not inside its range {ends!r}", where)
    default = "exact" if "range" not in table and "u" not in table else "normal" if "u" in table else "uniform"
    distribution = _one_of(table.get("distribution", default), DISTRIBUTIONS, "distribution", where)
    if "u" in table:
        if not isinstance(content, float):
            raise InputError("only one number can have u", where)
        u = _spread(table["u"], wanted, written, distribution, where)
    if distribution in ("normal", "lognormal") and u is None:
        raise InputError(f"a {distribution} distribution needs u", where)
    if distribution in ("uniform", "loguniform") and lo is None:
        raise InputError(f"a {distribution} distribution needs range = [low, high]", where)
    if distribution in ("lognormal", "loguniform") and (
        not isinstance(content, float) or min(content, content if lo is None else lo) <= 0.0
    ):
        raise InputError(f"a {distribution} distribution needs positive numbers", where)
    return Value(
        content,
        "1" if wanted == "text" else si_unit(wanted),
        cast("Status", status),
        u,
        lo,
        hi,
        cast("Distribution", distribution),
        source=str(table.get("source", "")),
        where=str(table.get("where", "")),
        reason=str(table.get("reason", "")),
        given_as=f"{table['value']} {written or ''}".strip(),
        fitted_to=_claims(table, "fitted_to", where),
        taken_from=_claims(table, "taken_from", where),
    )


def _content(given: Any, unit: str, written: str | None, where: str) -> float | str | tuple[float, ...]:
    if unit == "text":
        if not isinstance(given, str):
            raise InputError(f"got {given!r}, expected text", where)
        return given
    if isinstance(given, list):
        if any(isinstance(each, list) for each in given):
            raise InputError(f"got {given!r}, expected a plain list of numbers", where)
        return tuple(cast("float", _content(each, unit, written, where)) for each in given)
    if written is not None and isinstance(given, int | float) and not isinstance(given, bool):
        scale, offset, _ = unit_conversion(written, where)
        given = float(f"{scale * real(given) + offset:.15g}")
    return parse(given, unit, where)


def _spread(given: Any, unit: str, written: str | None, distribution: str, where: str) -> float:
    if distribution == "lognormal":
        scale = 1.0
    elif isinstance(given, str):
        return _positive(parse_difference(given, unit, where), where)
    else:
        scale = unit_conversion(written, where)[0] if written else 1.0
    return _positive(scale * parse(given, "1", where), where)


def _positive(number: float, where: str) -> float:
    if not 0.0 < number < math.inf:
        raise InputError(f"u is {number!r}, expected a positive number", where)
    return number


def _one_of(given: Any, known: tuple[str, ...], name: str, where: str) -> str:
    if given not in known:
        raise InputError(f"{name} is {given!r}", where, f"It must be one of {', '.join(known)}.")
    return str(given)


def _claims(table: dict[str, Any], name: str, where: str) -> tuple[str, ...]:
    claims = table.get(name, [])
    if not isinstance(claims, list) or not all(isinstance(each, str) for each in claims):
        raise InputError(f"{name} is {claims!r}, expected a list of claim ids", where)
    return tuple(claims)
