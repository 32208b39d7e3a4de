"""Elapsed times and dates as instruments write them: h:m:s, d.h:m:s, 2024-04-30 14:33:19."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from honeycell.readers.cells import as_text, unlike

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
CLOCK = r"(?:([0-9]+)(?:[. -]|d(?:ays?)?,? ?|天 ?))?([0-9]+):([0-9]{1,2}):([0-9]{1,2}(?:[.,][0-9]+)?)"
_CLOCK = re.compile(CLOCK)
_MOMENT = re.compile(r"\d{4}([-/.年])(\d{1,2})([-/.月])(\d{1,2})日?[T ]+(\d{1,2}:\d{2}:\d{2}(?:[.,]\d+)?)", re.ASCII)
_ENDS = np.frombuffer(b"::\n", np.uint8)  # of the three parts of a cell
MANY = 100  # cells from which reading them all at once is faster than one by one
LONGEST = 12  # digits of hours, or of a fraction of a second: with two more they are whole numbers below 2^53


def seconds(cells: Sequence[str]) -> Floats | None:
    """Elapsed times h:m:s, with fractions after a point or comma, and with days before ``.``, ``-``, ``d`` or a blank; None where one is none.

    >>> seconds(["1:00:00.5", "26:00:00"]), seconds(["1.02:00:00", "1d 02:00:00,5"]), seconds(["10:30"])
    (array([ 3600.5, 93600. ]), array([93600. , 93600.5]), None)
    """
    quick = _all_alike(cells)
    if quick is not None:
        return quick
    if unlike(cells, CLOCK):
        return None
    found = map(_CLOCK.fullmatch, cells)
    return np.array(
        [
            int(match[1] or 0) * DAY + int(match[2]) * HOUR + int(match[3]) * MINUTE + float(match[4].replace(",", "."))
            for match in found
            if match
        ]
    )


def _all_alike(cells: Sequence[str]) -> Floats | None:
    """Many cells that are all h:m:s, at once, to the same numbers; None where one is not or they are few."""
    if len(cells) < MANY:
        return None
    data = np.frombuffer(as_text(cells), np.uint8)
    digit = data - np.uint8(ord("0"))
    ends = np.flatnonzero((data == ord(":")) | (data == ord("\n")))
    if ends.size != 3 * len(cells) or not (data[ends].reshape(-1, 3) == _ENDS).all():
        return None
    starts = np.append(0, ends[:-1] + 1)
    points = np.flatnonzero(data == ord("."))
    if np.count_nonzero(digit < 10) + ends.size + points.size != data.size:
        return None
    hours, minutes, rest = ((starts[place::3], ends[place::3]) for place in range(3))
    # a point may stand once in each cell, in its seconds
    cell = np.searchsorted(rest[1], points)
    if (points < rest[0][cell]).any() or (cell[1:] == cell[:-1]).any():
        return None
    stop, fraction = rest[1].copy(), rest[1].copy()
    stop[cell], fraction[cell] = points, points + 1
    places = rest[1] - fraction
    widths = [hours[1] - hours[0], minutes[1] - minutes[0], stop - rest[0]]
    if min(int(each.min()) for each in widths) < 1 or max(int(each.max()) for each in widths[1:]) > 2:
        return None
    if int(widths[0].max()) > LONGEST or int(places.max()) > LONGEST or (places[cell] < 1).any():
        return None
    power = 10.0**places
    # whole numbers this small are exact, so that one division rounds as reading the cell does
    seconds = (_whole(digit, rest[0], stop) * power + _whole(digit, fraction, rest[1])) / power
    return _whole(digit, *hours) * HOUR + _whole(digit, *minutes) * MINUTE + seconds


def _whole(digit: NDArray[np.uint8], start: NDArray[np.intp], stop: NDArray[np.intp]) -> Floats:
    """The whole numbers whose digits stand between ``start`` and ``stop``."""
    result = np.zeros(start.size)
    for k in range(int((stop - start).max(initial=0))):
        at = stop - 1 - k
        result += np.where(at >= start, digit[np.maximum(at, 0)], 0) * 10.0**k
    return result


def moments(cells: Sequence[str]) -> Floats | None:
    """Dates, year first, as seconds from 1970 of the instrument's own clock; None where one is none.

    Dates whose year comes last are not read: nothing says whether the month or the day comes first.

    >>> moments(["1970-01-02 00:00:01.5", "1970/1/2 00:00:02"])
    array([86401.5, 86402. ])
    """
    days: dict[str, float] = {}
    result = np.empty(len(cells))
    for index, cell in enumerate(cells):
        match = _MOMENT.fullmatch(cell)
        if not match:
            return None
        date = f"{cell[:4]}-{int(match[2]):02d}-{int(match[4]):02d}"
        if date not in days:
            try:
                days[date] = float(np.datetime64(date, "D").astype(int)) * DAY
            except ValueError:
                return None
        hours, minutes, rest = match[5].replace(",", ".").split(":")
        result[index] = days[date] + int(hours) * HOUR + int(minutes) * MINUTE + float(rest)
    return result


def clock_text(time: float) -> str:
    """``time`` [s] as h:m:s to the microsecond, hours beyond 24 as they are.

    >>> clock_text(93600.25), clock_text(59.9999999)
    ('26:00:00.25', '0:01:00')
    """
    micro = round(time * 1e6)
    whole, fraction = divmod(micro, 1_000_000)
    text = f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"{text}.{fraction:06d}".rstrip("0") if fraction else text
