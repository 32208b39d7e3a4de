"""The two branches of a voltammogram that are evaluated: sign, ohmic drop, choice of the cycle, noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.analysis.result import Settings

    Floats = NDArray[np.float64]

SIGNS = ("anodic positive", "cathodic positive")
LEAST = 20  # rows of a branch: fewer show no peak with a baseline on both sides
WHOLE = 0.8  # of the longest sweep in its direction, from which a sweep counts as whole
DISAGREE = 0.02  # relative difference of stated and measured scan rate that is worth a word
NOISE_FLOOR = 1e-6  # of the range of currents: no potentiostat resolves more
ONE_ELECTRON = 1.6e-19  # A, one a second: below it there is no current
DROP = 0.005  # V of ohmic drop at the largest current that is worth a word


@dataclass(frozen=True, slots=True)
class Sweep:
    """One branch in the order of the sweep.

    ``direction`` is +1 for rising potential (anodic), -1 for falling; ``potential`` [V] is free of the ohmic drop where a resistance is
    known, ``current`` [A] anodic positive; ``noise`` [A] the standard deviation of a row; ``segment`` its number in the record.
    """

    direction: float
    potential: Floats
    current: Floats
    noise: float
    segment: int

    @property
    def branch(self) -> str:
        """What flows at its peaks."""
        return "anodic" if self.direction > 0.0 else "cathodic"


@dataclass(frozen=True, slots=True)
class Loop:
    """``sweeps`` to evaluate (one or two), ``resistance`` [ohm] taken off and its standard error, in ``words``."""

    sweeps: tuple[Sweep, ...]
    resistance: float
    resistance_error: float
    words: str


def loop_of(record: xr.Dataset, settings: Settings, flags: list[str]) -> Loop:
    """The last two whole branches that follow each other, or those of ``reference_cycle``.

    Parameters
    ----------
    settings : ``series_resistance`` is taken off; ``current_sign`` overrules what the reader found; ``reference_cycle`` chooses.
    flags : gets what a reader must know.

    Raises
    ------
    InputError : no branch of 20 rows; a cycle that is not there; a current sign of another technique.
    """
    E = np.asarray(record["potential"].values, float)
    current = _signed(record, settings, flags)
    segment = np.asarray(record["segment"].values)
    pieces: list[tuple[int, NDArray[np.intp]]] = []
    for number in np.unique(segment):
        rows = np.flatnonzero(segment == number)
        if rows.size >= LEAST:
            pieces.append((int(number), rows))
    if not pieces:
        raise InputError(
            f"no branch of a sweep has {LEAST} rows", str(record.attrs.get("sample", "")), "Record more points a sweep."
        )
    span = {number: float(E[rows[-1]] - E[rows[0]]) for number, rows in pieces}
    longest = {sign: max((sign * each for each in span.values()), default=0.0) for sign in (1.0, -1.0)}
    whole = [
        piece for piece in pieces if abs(span[piece[0]]) >= WHOLE * longest[math.copysign(1.0, span[piece[0]])] > 0.0
    ]
    chosen = _chosen(whole, settings)
    resistance, error = _resistance(settings)
    sweeps = tuple(
        Sweep(
            math.copysign(1.0, span[number]),
            E[rows] - resistance * current[rows],
            current[rows],
            noise_of(current[rows]),
            number,
        )
        for number, rows in chosen
    )
    if resistance:
        drop = resistance * max(float(np.abs(sweep.current).max()) for sweep in sweeps)
        if drop > DROP:
            flags.append(f"ohmic_drop: {1e3 * drop:.0f} mV at the largest current, taken off with {resistance:g} ohm")
    if len(whole) > len(chosen):
        which = " and ".join(str(number) for number, _ in chosen)
        flags.append(f"segments: of {len(whole)} whole ones {which} {'is' if len(chosen) == 1 else 'are'} evaluated")
    numbers = ", ".join(str(number) for number, _ in chosen)
    words = f"segment{'s' if len(chosen) > 1 else ''} {numbers}"
    return Loop(
        sweeps, resistance, error, f"{words}, ohmic drop of {resistance:g} ohm taken off" if resistance else words
    )


def scan_rate_of(record: xr.Dataset, settings: Settings, flags: list[str]) -> float | None:
    """[V/s]: as set, as the file states it, or as its clock shows; None where nothing tells.

    The clock is compared where it can be.
    """
    clock = _clock_rate(record)
    if "scan_rate" in settings:
        stated: float | None = settings["scan_rate"].number
        if "scan_rate" in record and abs(float(record["scan_rate"]) / stated - 1.0) > DISAGREE:  # type: ignore[operator]
            flags.append(f"scan_rate: set to {stated:g} V/s; the file says {float(record['scan_rate']):g} V/s")
    else:
        stated = float(record["scan_rate"]) if "scan_rate" in record else None
    if stated is None:
        return clock
    if clock is not None and abs(clock / stated - 1.0) > DISAGREE:
        flags.append(f"scan_rate: {stated:g} V/s is stated; the clock of the rows shows {clock:.3g} V/s")
    return stated


def noise_of(current: Floats) -> float:
    """Standard deviation of a row about its neighbours, from third differences, which a smooth course hardly has."""
    third = np.diff(current, 3)
    spread = float(np.median(np.abs(third))) / 0.6745 / math.sqrt(20.0) if third.size else 0.0
    return max(spread, NOISE_FLOOR * float(np.ptp(current)), ONE_ELECTRON)


def _chosen(whole: list[tuple[int, NDArray[np.intp]]], settings: Settings) -> list[tuple[int, NDArray[np.intp]]]:
    if "reference_cycle" not in settings:
        last = whole[-1]
        return [whole[-2], last] if len(whole) > 1 and whole[-2][0] == last[0] - 1 else [last]
    number = settings["reference_cycle"].number
    pairs = [whole[i : i + 2] for i in range(0, len(whole), 2)]
    if number != int(number) or int(number) > len(pairs):
        what = f"cycle {number:g} is not there, only {len(pairs)}"
        raise InputError(what, "reference_cycle", f"Give a whole number from 1 to {len(pairs)}.")
    return pairs[int(number) - 1]


def _resistance(settings: Settings) -> tuple[float, float]:
    if "series_resistance" not in settings:
        return 0.0, 0.0
    given = settings["series_resistance"]
    return given.number, float(given.u or 0.0)


def _signed(record: xr.Dataset, settings: Settings, flags: list[str]) -> Floats:
    current = np.asarray(record["current"].values, float)
    if "current_sign" not in settings:
        return current
    wanted = str(settings["current_sign"].value)
    if wanted not in SIGNS:
        raise InputError(f"current_sign is {wanted!r}", "current_sign", f"For a sweep write {' or '.join(SIGNS)}.")
    had = str(record.attrs.get("file_current_sign", "anodic positive"))
    flags[:] = [flag for flag in flags if not flag.startswith("current_sign:")]
    if wanted == had or (had == "not stated" and wanted == SIGNS[0]):
        return current
    flags.append(f"current_sign: turned round, as the file was said to have currents {wanted}")
    return -current


def _clock_rate(record: xr.Dataset) -> float | None:
    if "test_time" not in record:
        return None
    dt = np.diff(np.asarray(record["test_time"].values, float))
    dE = np.abs(np.diff(np.asarray(record["potential"].values, float)))
    whole = float(dt[dt > 0.0].sum())
    return float(dE[dt > 0.0].sum()) / whole if whole > 0.0 else None


def temperature_of(record: xr.Dataset, settings: Settings) -> tuple[float, float] | None:
    """T [K] and its standard error, from the settings or the record."""
    if "temperature" in settings:
        return settings["temperature"].number, float(settings["temperature"].u or 0.0)
    if "temperature" in record and record["temperature"].ndim == 0:
        return float(record["temperature"]), 0.0
    return None
