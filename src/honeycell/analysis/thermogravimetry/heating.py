"""The heating part of a thermogram: which rows it is, how noisy they are, and the mass that all per cents refer to."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.rounding import remaining_bias
from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ZERO_CELSIUS = 273.15  # K, exact by definition
LEAST_SPAN = 30.0  # K: less is an isothermal run, which has no steps over temperature
LEAST_ROWS = 20
REVERSAL = 10.0  # K: a fall of the temperature by more ends a heating; drives overshoot by less
PLATEAU = 5.0  # K from the start over which the initial mass is averaged
PLATEAU_ROWS = 5
HOLD = 0.1  # of the median heating rate: slower is a hold
SHORTEST_HOLD = 60.0  # s
GAIN = 1e-3  # relative gain of mass from which on buoyancy or uptake is worth a word
CLEAR = 3.0  # standard errors: a change of less may be noise
ROUNDED = 0.3  # share of rows that repeat the mass before them, from which on its last digit matters
PARTS = 20
WANDER = 2.0  # K of the means
WANDERS = 1.5  # ratio of scatters from which on the rows are said to err together
LEAST_RUNS = 20
TAIL, STAIRS = 4.0, 2.5  # standard deviations, and digits, of second differences: larger ones are the curve's
SPIKE_REACH = 3  # rows to either side
SPIKE = 10.0  # times the noise
LEAST_SPIKE = 2e-3  # of the first mass
NORMAL = 0.6745  # median absolute deviation of a normal distribution of unit width


@dataclass(frozen=True, slots=True)
class Heating:
    """Rows of one heating in the order of measurement.

    ``temperature`` [K] and ``mass`` relative to the initial mass, (row,); ``time`` [s] or None; ``noise``, standard deviation of one
    relative mass; ``initial_error``, standard error of the initial mass, relative; ``rate`` [K/s], the median, None without time;
    ``resolution`` [K], the standard error that the digits of the temperature leave; ``digit``, the last of the relative mass where rows
    often repeat it, else 0; ``holds``, low and high temperature [K] of each stretch at which the temperature stood still.
    """

    temperature: Floats
    mass: Floats
    time: Floats | None
    noise: float
    initial_error: float
    rate: float | None
    resolution: float
    digit: float
    holds: tuple[tuple[float, float], ...]

    def rounding(self, mass: Floats) -> float:
        """Standard error that the last digit leaves in a mean of these masses: where they all stand on one stair it does not average."""
        return _unaveraged(mass, self.noise, self.digit)


def heating_of(record: xr.Dataset, flags: list[str]) -> Heating:
    """The longest heating of a thermogram.

    Parameters
    ----------
    flags : gets a word on what is left out, on holds, and on an apparent gain of mass.

    Raises
    ------
    InputError : the temperature hardly rises, or there are too few rows.
    """
    T = np.asarray(record["temperature"].values, float)
    w = np.asarray(record["relative_mass"].values, float)
    time = np.asarray(record["test_time"].values, float) if "test_time" in record else None
    rows = _longest_rise(T)
    span = float(np.ptp(T[rows])) if T[rows].size else 0.0
    if span < LEAST_SPAN or T[rows].size < LEAST_ROWS:
        what = f"has {T[rows].size} rows over {span:.3g} K of heating, fewer than {LEAST_ROWS} or less than {LEAST_SPAN:g} K"
        raise InputError(
            what, "temperature", "Only heating runs are reduced: isothermal and cooling runs have no steps."
        )
    start, end = rows.start, rows.stop
    before, after = float(np.ptp(T[: start + 1])), float(np.ptp(T[end - 1 :]))
    if max(before, after) > REVERSAL:
        ends = f"{celsius(float(T[start])):.0f} to {celsius(float(T[end - 1])):.0f} degC"
        flags.append(f"heating: only the heating from {ends} is reduced; the record also cools or heats again")
    T, w, time = T[rows], w[rows], None if time is None else time[rows]
    digit = _digit(w)
    noise = _noise(T, w, digit)
    good = _without_spikes(w, noise)
    if not good.all():
        flags.append(f"spikes: {int(np.sum(~good))} rows stand out from their neighbours and are left out")
        T, w, time = T[good], w[good], None if time is None else time[good]
    plateau = _plateau(T)
    initial = float(np.mean(w[plateau]))
    rate = _rate(T, time)
    holds = _holds(T, w / initial, time, rate, flags) if time is not None and rate is not None else []
    error = math.hypot(_mean_error(w[plateau], noise), _unaveraged(w[plateau], noise, digit))
    return Heating(
        T, w / initial, time, noise / initial, error / initial, rate, _resolution(T), digit / initial, tuple(holds)
    )


def _longest_rise(T: Floats) -> slice:
    """The stretch of rows, without a fall of more than :data:`REVERSAL`, over which the temperature rises most."""
    best, widest = slice(0, 0), -1.0
    low = high = 0
    for i in range(1, T.size + 1):
        fell = i < T.size and T[high] - T[i] > REVERSAL
        if fell or i == T.size:
            if T[high] - T[low] > widest:
                best, widest = slice(low, high + 1), float(T[high] - T[low])
            low = high = i
        elif T[i] > T[high]:
            high = i
        elif T[i] < T[low] and T[high] - T[low] <= REVERSAL:
            low = high = i
    return best


def _without_spikes(w: Floats, noise: float) -> NDArray[np.bool_]:
    """False for rows that differ from the median of seven about them by far more than noise; a falling curve is its own median."""
    padded = np.pad(w, SPIKE_REACH, mode="edge")
    middle = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * SPIKE_REACH + 1), axis=1)
    return np.abs(w - middle) <= max(SPIKE * noise, LEAST_SPIKE)


def _digit(w: Floats) -> float:
    """The least that the mass changes by where many rows repeat the one before them, else 0; the coarsest of :data:`PARTS` of the run.

    Programs write a number of significant digits, so that the last one may change with the mass.
    """
    coarsest = 0.0
    for part in np.array_split(w, PARTS):
        steps = np.abs(np.diff(part))
        if steps.size and np.mean(steps == 0.0) > ROUNDED and np.any(steps > 0.0):
            coarsest = max(coarsest, float(np.median(steps[steps > 0.0])))
    return coarsest


def _noise(T: Floats, w: Floats, digit: float) -> float:
    """Standard deviation of one mass: from second differences, which a smooth curve hardly has, and from its digits.

    Masses that wander together from row to row are less sure than they scatter: where means over 2 K scatter much more than rows that
    err alone would let them, the noise is raised so that it explains them.
    """
    second = np.diff(w, 2)
    second -= np.median(second)
    spread = float(np.median(np.abs(second))) / NORMAL
    if digit:
        # of numbers that are multiples of a digit the median is one too
        near = second[np.abs(second) <= max(TAIL * spread, STAIRS * digit)]
        spread = max(float(np.sqrt(np.mean(near**2))), digit / math.sqrt(2.0))
    noise = max(spread / math.sqrt(6.0), 1e-9)
    place = ((T - T.min()) / WANDER).astype(int)
    count = np.bincount(place)
    mean = np.bincount(place, weights=w) / np.maximum(count, 1)
    whole = count >= 2
    runs = np.flatnonzero(whole[:-4] & whole[1:-3] & whole[2:-2] & whole[3:-1] & whole[4:])
    if runs.size >= LEAST_RUNS:
        fourth = mean[runs] - 4.0 * mean[runs + 1] + 6.0 * mean[runs + 2] - 4.0 * mean[runs + 3] + mean[runs + 4]
        together = (
            float(np.median(np.abs(fourth))) / NORMAL / math.sqrt(70.0) * math.sqrt(float(np.median(count[whole])))
        )
        if together > WANDERS * noise:
            return together
    return noise


def _resolution(T: Floats) -> float:
    """Standard error of a temperature that its last digit leaves."""
    steps = np.abs(np.diff(np.unique(T)))
    steps = steps[steps > 1e-9]
    return float(steps.min()) / math.sqrt(12.0) if steps.size and np.unique(T).size < 0.5 * T.size else 0.0


def _unaveraged(w: Floats, noise: float, digit: float) -> float:
    # what moves the masses over stairs is their noise, or a drift among them
    return float(remaining_bias(digit, np.maximum(np.var(w), noise**2))) if digit and w.size else 0.0


def _plateau(T: Floats) -> slice:
    beyond = np.flatnonzero(T - T[0] > PLATEAU)
    return slice(0, max(int(beyond[0]) if beyond.size else T.size, PLATEAU_ROWS))


def _mean_error(values: Floats, noise: float) -> float:
    """Standard error of a mean over rows in turn: noise, or the drift between the two halves where that is larger."""
    n = values.size
    white = noise / math.sqrt(n)
    halves = 0.5 * abs(float(np.mean(values[: n // 2]) - np.mean(values[n // 2 :])))
    return halves if halves > CLEAR * white else white


def _rate(T: Floats, time: Floats | None) -> float | None:
    if time is None:
        return None
    # over a fifth of the run at a time, so that digits of time and temperature do not matter
    places = np.linspace(0, T.size - 1, 41).astype(int)
    dt = np.diff(time[places])
    rates = np.diff(T[places])[dt > 0.0] / dt[dt > 0.0]
    return float(np.median(rates)) if rates.size and np.median(rates) > 0.0 else None


def _holds(T: Floats, w: Floats, time: Floats, rate: float, flags: list[str]) -> list[tuple[float, float]]:
    """Where the temperature stands still while time passes: its lowest and highest there [K]."""
    found: list[tuple[float, float]] = []
    edges = np.arange(T[0], T[-1] + 1.0, 1.0)
    at = np.interp(edges, np.maximum.accumulate(T), time)
    spent = np.diff(at)
    long = np.flatnonzero((spent > 1.0 / (HOLD * rate)) & (spent > SHORTEST_HOLD))
    for group in np.split(long, np.flatnonzero(np.diff(long) > 1) + 1) if long.size else []:
        begin, end = at[group[0]], at[group[-1] + 1]
        lost = float(np.interp(begin, time, w) - np.interp(end, time, w))
        minutes = (end - begin) / 60.0
        still = T[(time >= begin) & (time <= end)]
        place = celsius(float(np.median(still)))
        flags.append(f"hold: {minutes:.1f} min at about {place:.0f} degC, where {100.0 * lost:.2f} % are lost")
        found.append((float(still.min()), float(still.max())))
    return found


def drift_of(heating: Heating, begin: float, flags: list[str]) -> float:
    """Standard error that an apparent gain of mass before the first loss at ``begin`` [K] leaves in every relative mass."""
    rows = heating.temperature < begin
    if rows.sum() < 2 * PLATEAU_ROWS:
        return 0.0
    T, w = heating.temperature[rows], heating.mass[rows]
    parts = np.array_split(np.arange(T.size), min(20, T.size // PLATEAU_ROWS))
    means = np.array([float(np.mean(w[part])) for part in parts])
    top = int(np.argmax(means))
    gain = float(means[top]) - 1.0
    error = heating.noise / math.sqrt(parts[top].size)
    if gain > max(GAIN, CLEAR * math.hypot(error, heating.initial_error)):
        at = celsius(float(np.mean(T[parts[top]])))
        flags.append(
            f"buoyancy: the mass seems to grow by {100.0 * gain:.2f} % up to {at:.0f} degC; buoyancy was not corrected, "
            "or the sample takes up gas"
        )
        return gain / math.sqrt(3.0)
    return 0.0


def celsius(T: float) -> float:
    """``T`` [K] in degC."""
    return T - ZERO_CELSIUS
