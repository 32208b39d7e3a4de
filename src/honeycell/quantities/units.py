"""Units at the door: text such as ``"100 um"`` becomes an SI float, once.

Inside the package every number is an SI float. pint is imported on first use because it costs
about half a second; conversion factors are cached by unit.
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import TYPE_CHECKING

from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    import pint

_UNIT = re.compile(r"[A-Za-z%°µμΩ][A-Za-z0-9%°µμΩ*/^(). -]*")

# A tower of powers, or a long exponent, would be computed in whole numbers without end.
_TOWER = re.compile(r"(\*\*|\^)[^*/^]*(\*\*|\^)|(\*\*|\^)[\s(+-]*[0-9]{3}")


@cache
def registry() -> pint.UnitRegistry:
    """The one unit registry of the package."""
    import pint

    ureg = pint.UnitRegistry(autoconvert_offset_to_baseunit=True, cache_folder=None)
    ureg.formatter.default_format = "~C"
    return ureg


@cache
def conversion(unit: str) -> tuple[float, float, str]:
    """``(scale, offset, si_unit)`` with ``SI = scale * number + offset``.

    >>> conversion("mAh/g")
    (3600.0, 0.0, 'A*s/kg')
    >>> conversion("degC")
    (1.0, 273.15, 'K')
    """
    ureg = registry()
    if _TOWER.search(unit):
        raise InputError(f"unknown unit {unit!r}", cure="Write e.g. 'um', 'mg/cm**2', 'degC'.")
    try:
        zero, one = (ureg.Quantity(x, unit).to_base_units() for x in (0.0, 1.0))
    except Exception as error:  # pint lets what its tokeniser and arithmetic raise through: no unit either way
        raise InputError(f"unknown unit {unit!r} ({error})", cure="Write e.g. 'um', 'mg/cm**2', 'degC'.") from None
    si = f"{one.units:~C}" or "1"
    scale = float(f"{one.magnitude - zero.magnitude:.15g}")
    if not 0.0 < scale < math.inf:
        raise InputError(f"unknown unit {unit!r}", cure="Write e.g. 'um', 'mg/cm**2', 'degC'.")
    return scale, float(f"{zero.magnitude:.15g}"), si


def unit_conversion(unit: str, where: str = "") -> tuple[float, float, str]:
    """:func:`conversion` of a unit that a user wrote ``where``."""
    try:
        return conversion(unit)
    except InputError as error:
        raise InputError(error.what, where, error.cure) from None


def si_unit(unit: str) -> str:
    """SI unit of the same dimension, e.g. ``si_unit("um") == "m"``."""
    return conversion(unit)[2]


def to_si(number: float, unit: str) -> float:
    """Convert ``number`` in ``unit`` to SI.

    >>> to_si(25.0, "degC")
    298.15
    """
    scale, offset, _ = conversion(unit)
    return scale * number + offset


def from_si(number: float, unit: str) -> float:
    """Convert an SI number to ``unit``; the inverse of :func:`to_si`."""
    scale, offset, _ = conversion(unit)
    return (number - offset) / scale


def parse(given: str | float, unit: str, where: str = "") -> float:
    """SI float of what a user gave for a quantity of the dimension of ``unit``.

    Parameters
    ----------
    given : a number, taken as SI, or text with a unit such as ``"100 um"``.
    unit : any unit of the wanted dimension, used for checking and for the message.
    where : field or file position for the message.

    Raises
    ------
    InputError : not a finite number, no number in the text, or another dimension.

    >>> parse("100 um", "m")
    0.0001
    """
    wanted = si_unit(unit)
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise InputError(f"got {given!r}, expected a number or text with a unit", where, f'Write e.g. "1 {unit}".')
    if isinstance(given, str):
        number, text = _split(given, unit, where)
        _, _, si = unit_conversion(text, where)
        if si != wanted:
            raise InputError(
                f"got {given!r} with the dimension of {si}, expected {wanted}", where, f'Write e.g. "1 {unit}".'
            )
        result = float(f"{to_si(number, text):.15g}")
    else:
        result = real(given)
    if not abs(result) < float("inf"):
        raise InputError(f"got {given!r}, expected a finite number", where)
    return result


def parse_difference(given: str, unit: str, where: str = "") -> float:
    """SI float of a difference of two quantities, where the zero of an offset unit does not count.

    >>> parse_difference("2 degC", "degC") == parse_difference("2 K", "degC") == 2.0
    True
    """
    parse(given, unit, where)
    number, text = _split(given, unit, where)
    return float(f"{conversion(text)[0] * number:.15g}")


def real(number: float) -> float:
    """``number`` as a float; infinite where an integer is too large for one."""
    try:
        return float(number)
    except OverflowError:
        return math.inf


def _split(given: str, unit: str, where: str) -> tuple[float, str]:
    text = given.strip()
    end = 0
    for end in range(len(text), 0, -1):
        try:
            number = float(text[:end])
        except ValueError:
            continue
        rest = text[end:].strip() or "1"
        if rest == "1" or _UNIT.fullmatch(rest):
            return number, rest
        break
    raise InputError(f"got {given!r}, expected a number with a unit", where, f'Write e.g. "1 {unit}".')
