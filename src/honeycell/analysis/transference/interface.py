"""The interfaces' resistance before and after the polarisation: as stated, or from two spectra fitted with one circuit."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from honeycell.analysis.result import Reduction, Settings

TOTAL, BULK = "arc_resistance_total", "series_resistance"
PLACES = ("before", "after")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WORDED = re.compile(r"([A-Za-z]{3})[a-z]*\.?\s+(\d{1,2}),?\s+(\d{4})\s+(\d{1,2}):(\d{2}):(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Interface:
    """Resistance of both interfaces together [ohm] with standard error, None where nobody knows it.

    ``bulk`` is the electrolyte's, with its error, where a spectrum tells; ``slowest`` [s], the slowest arc's time constant; ``source`` in words;
    ``flags`` what a reader of the resistance must know; ``reduction``, of the spectrum.
    """

    resistance: float
    error: float | None
    source: str
    bulk: tuple[float, float | None] | None = None
    slowest: float | None = None
    flags: tuple[str, ...] = ()
    reduction: Reduction | None = None


def stated(settings: Settings, place: str) -> Interface | None:
    """From the setting ``resistance_before`` or ``resistance_after``."""
    key = f"resistance_{place}"
    if key not in settings:
        return None
    given = settings[key]
    return Interface(given.number, given.u, "as stated")


def from_spectrum(reduction: Reduction) -> Interface | None:
    """Sum of the arcs of a reduced spectrum; None where its circuit has none."""
    if TOTAL not in reduction:
        return None
    total = reduction[TOTAL]
    bulk = next((q for q in reduction.quantities if q.name == BULK), None)
    times = [q.value for q in reduction.quantities if re.fullmatch(r"arc_\d+_time_constant", q.name)]
    return Interface(
        total.value,
        total.standard_error,
        f"sum of the arcs of {total.method.partition(',')[0]}",
        None if bulk is None else (bulk.value, bulk.standard_error),
        max(times, default=None),
        total.flags,
        reduction,
    )


def in_time(spectra: Sequence[xr.Dataset], flags: list[str]) -> list[int]:
    """Places of two spectra, the earlier first: by their dates where both state one that can be read only one way, else as given."""
    moments = [moment(str(each.attrs.get("measured_on", ""))) for each in spectra]
    first, second = moments if len(moments) == 2 else (None, None)
    if first is None or second is None or first == second:
        flags.append(
            "order: the first spectrum is taken as the one before the polarisation, the second as the one after"
        )
        return list(range(len(spectra)))
    if first < second:
        return [0, 1]
    flags.append(
        f"order: the second spectrum is of {second:%Y-%m-%d %H:%M}, the first of {first:%Y-%m-%d %H:%M}: they are taken by date"
    )
    return [1, 0]


def moment(text: str) -> datetime.datetime | None:
    """A date with time that can be read only one way.

    >>> moment("Nov. 3, 2026   09:05:00"), moment("2026-11-03 09:05:00"), moment("3/11/2026 09:05:00")
    (datetime.datetime(2026, 11, 3, 9, 5), datetime.datetime(2026, 11, 3, 9, 5), None)
    """
    text = text.strip()
    try:
        if found := _WORDED.match(text):
            day, year, hour, minute, second = (int(each) for each in found.groups()[1:])
            return datetime.datetime(year, _MONTHS.index(found[1].lower()) + 1, day, hour, minute, second)
        return datetime.datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None


def table_of(interfaces: Sequence[Interface | None]) -> list[dict[str, Any]]:
    """Rows of the table ``resistances``."""
    rows: list[dict[str, Any]] = []
    for place, each in zip(PLACES, interfaces, strict=True):
        if each is None:
            continue
        row: dict[str, Any] = {"when": place, "interface_resistance / ohm": each.resistance}
        row |= {"interface_standard_error / ohm": each.error}
        if each.bulk is not None:
            row |= {"bulk_resistance / ohm": each.bulk[0], "bulk_standard_error / ohm": each.bulk[1]}
        rows.append({**row, "from": each.source})
    return rows


def split(records: Sequence[xr.Dataset]) -> tuple[int, list[int]]:
    """Place of the one transient and of the spectra.

    Raises
    ------
    InputError : no transient, or several; more than two spectra.
    """
    transients = [i for i, each in enumerate(records) if each.attrs["schema"] == "chronoamperometry/1"]
    spectra = [i for i, each in enumerate(records) if each.attrs["schema"] == "impedance/1"]
    if len(transients) != 1:
        what = f"{len(transients)} current transients in a series"
        raise InputError(
            what, "", "Give one transient with the spectra before and after it; without --series, each alone."
        )
    if len(spectra) > 2:
        raise InputError(f"{len(spectra)} spectra with a transient", "", "Give the one before and the one after it.")
    return transients[0], spectra
