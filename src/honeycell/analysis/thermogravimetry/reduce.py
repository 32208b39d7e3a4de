"""A thermogram to its numbers: onset by tangents, temperatures of 5 % and 50 % loss, residue, and the table of steps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.analysis.result import Estimate, Reduction
from honeycell.analysis.thermogravimetry.derivative import STEP, Smooth, Span, smooth_curves, steps_of
from honeycell.analysis.thermogravimetry.heating import PLATEAU, ZERO_CELSIUS, Heating, celsius, drift_of, heating_of
from honeycell.analysis.thermogravimetry.local import DEGREE, crossing, local_fit
from honeycell.analysis.thermogravimetry.tangent import Tangent, tangent_of
from honeycell.quantities.record import flags_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from honeycell.analysis.result import Settings

TECHNIQUE = "thermogravimetry"
DRYING = (
    ZERO_CELSIUS + 120.0
)  # K: a step whose fastest loss is below is called drying, as water and solvents leave there
DRY_HOLD = 25.0  # K: a hold as near to 120 degC is for drying
DRY_LOSS = 0.005  # of the mass: from here on dry-basis readings are given too
RESIDUE = 5.0  # K at the end over which the residue is averaged
RATE_RULE = 0.05  # of the highest rate, another rule for an onset
STILL_FALLING = 0.02  # of the highest rate at the end: the residue is not final
POINTS = 600  # of the curves in the tables
LEAST_HALF = 1.0  # K, of the window about a crossing
NEAR_HOLD = 2.0  # K beside a hold: ovens creep towards their set point
NORMAL_95 = 1.96
CALIBRATION = "calibration: the thermocouple's calibration error is not in the file and not in the errors given"


@dataclass(frozen=True, slots=True)
class Step:
    """A step's ``span`` in the rate and its ``tangent``, None where the rows about its peak are too few."""

    span: Span
    tangent: Tangent | None

    @property
    def drying(self) -> bool:
        """True below 120 degC."""
        return self.span.peak < DRYING


def reduce_thermograms(records: Sequence[xr.Dataset], settings: Sequence[Settings]) -> list[Reduction]:
    """Reductions of ``thermogravimetry/1`` records.

    Quantities [K, residue 1], each only where the record has it: ``onset_temperature``, the extrapolated onset of the greatest step that
    is not drying (ISO 11358-1: tangent at its fastest loss with the mass before it); ``temperature_5_percent`` and
    ``temperature_50_percent``, where the mass has fallen by that share of the initial mass; ``residue``, the mass at the end over the
    initial mass. The initial mass is the mean over the first 5 K. The table ``steps`` has a row per step, ``curve`` what a figure needs.
    ``alternatives`` holds the onset by other rules, and readings on the dry basis where the sample loses 0.5 % or more in drying.

    Settings: ``atmosphere``, where the file does not name it.

    Raises
    ------
    InputError : less than 30 K of heating, or fewer than 20 rows of it.
    """
    return [_reduce(record, own) for record, own in zip(records, settings, strict=True)]


def _reduce(record: xr.Dataset, settings: Settings) -> Reduction:
    flags = flags_of(record)
    heating = heating_of(record, flags)
    curves = smooth_curves(heating)
    smooth = curves[0]
    spans, shoulders = steps_of(curves)
    if shoulders:
        flags.append(f"shoulders: {shoulders} in the rate of loss belong to no step of their own")
    steps = _steps(heating, spans)
    begin = steps[0].span.begin if steps else float(smooth.temperature[-1])
    drift = drift_of(heating, begin, flags)
    main = max((step for step in steps if not step.drying), key=lambda step: step.span.loss, default=None)
    if main is None:
        flags.append("onset_temperature: no step of 0.3 % or more above 120 degC")
    basis = math.hypot(heating.initial_error, drift)
    quantities = [
        *_onset(heating, smooth, main, drift, flags),
        *_losses(heating, smooth, basis, flags),
        _residue(heating, smooth, basis, flags),
    ]
    flags += _atmosphere(record, settings)
    flags += [] if heating.rate else ["heating_rate: not known, on which all these temperatures depend"]
    flags.append(CALIBRATION)
    alternatives = _alternatives(heating, smooth, steps, main, flags)
    tables = {"steps": _step_rows(heating, steps, drift), "curve": _curve_rows(smooth)}
    return Reduction(TECHNIQUE, tuple(quantities), tables, tuple(dict.fromkeys(flags)), tuple(alternatives))


def _steps(heating: Heating, spans: Sequence[Span]) -> list[Step]:
    """Steps with their tangents; a plateau reaches to the neighbouring step."""
    if not spans:
        return []
    lowest, highest = float(heating.temperature.min()), float(heating.temperature.max())
    ends = [(lowest, lowest), *((span.end, span.peak) for span in spans[:-1])]
    begins = [*((span.begin, span.peak) for span in spans[1:]), (highest, highest)]
    steps = [
        Step(span, tangent_of(heating, span, low, high)) for span, low, high in zip(spans, ends, begins, strict=True)
    ]
    # a drift that turns looks like a step in the rate, but leaves no lower plateau
    return [step for step in steps if step.tangent is None or step.tangent.loss >= STEP]


def _onset(heating: Heating, smooth: Smooth, main: Step | None, drift: float, flags: list[str]) -> list[Estimate]:
    if main is None or main.tangent is None:
        return []
    tangent = main.tangent
    before = tangent.before
    plateau = f"{celsius(before.low):.0f} to {celsius(before.high):.0f} degC, {'tilted' if before.slope else 'level'}"
    method = (
        f"extrapolated onset (ISO 11358-1): tangent at the fastest loss, {celsius(tangent.inflection):.1f} degC "
        f"(polynomial of degree {DEGREE} through {2.0 * tangent.half:.0f} K), with the mass before it ({plateau}); "
        f"step found in the rate of loss smoothed over {smooth.length:g} K{_at_rate(heating)}"
    )
    own: list[str] = []
    if before.narrow:
        own.append("plateau: there is none before this step, which overlaps with another or begins with the record")
    width, held = _in_hold(heating, tangent.onset)
    own += held
    error = math.hypot(tangent.onset_error, heating.resolution, drift / -tangent.slope, width)
    return [_estimate("onset_temperature", tangent.onset, "K", error, method, own)]


def _in_hold(heating: Heating, T: float) -> tuple[float, list[str]]:
    """Half the width [K] of a hold that reaches ``T`` or comes near it, with a flag; zero and none elsewhere."""
    for low, high in heating.holds:
        if low - NEAR_HOLD <= T <= high + NEAR_HOLD:
            at = celsius(0.5 * (low + high))
            flag = f"hold: reached while the temperature was held at about {at:.0f} degC, so that it tells of the time held"
            return max(0.5 * (high - low), abs(T - low), abs(T - high)), [flag]
    return 0.0, []


def _losses(heating: Heating, smooth: Smooth, basis: float, flags: list[str]) -> list[Estimate]:
    result: list[Estimate] = []
    for percent in (5, 50):
        name = f"temperature_{percent}_percent"
        found = temperature_of_loss(heating, smooth, 0.01 * percent, basis)
        if found is None:
            low = 100.0 * float(smooth.mass.min())
            flags.append(
                f"{name}: the mass never falls below {100 - percent} % of the initial mass; its least is {low:.2f} %"
            )
            continue
        T, error, half = found
        method = (
            f"where the mass falls to {100 - percent} % of the initial mass (mean over the first {PLATEAU:g} K), "
            f"on a polynomial of degree {DEGREE} through {2.0 * half:.1f} K of rows{_at_rate(heating)}"
        )
        width, own = _in_hold(heating, T)
        result.append(_estimate(name, T, "K", math.hypot(error, width), method, own))
    return result


def temperature_of_loss(
    heating: Heating, smooth: Smooth, loss: float, basis: float
) -> tuple[float, float, float] | None:
    """Where the mass has fallen by ``loss`` of the initial mass: T [K], its standard error, and half the window [K].

    Parameters
    ----------
    basis : standard error of the initial mass, relative.

    Returns
    -------
    None where it never falls so far for good.
    """
    level = 1.0 - loss
    above = np.flatnonzero(smooth.mass >= level)
    if above.size == 0 or above[-1] + 1 >= smooth.mass.size:
        return None
    i = int(above[-1])
    share = (smooth.mass[i] - level) / (smooth.mass[i] - smooth.mass[i + 1])
    near = float(smooth.temperature[i] + share * (smooth.temperature[i + 1] - smooth.temperature[i]))
    local = local_fit(heating, near, LEAST_HALF)
    found = crossing(local, level, near) if local is not None else None
    if local is None or found is None:
        slope = smooth.rate[i]
        return (near, heating.noise / slope, 0.0) if slope > 0.0 else None
    T, error = found
    near_by = np.abs(heating.temperature - T) <= local.half
    vertical = math.hypot(level * basis, heating.rounding(heating.mass[near_by]))
    return T, math.hypot(error, vertical / local.at(T, 1)[0], heating.resolution), local.half


def _residue(heating: Heating, smooth: Smooth, basis: float, flags: list[str]) -> Estimate:
    T, w = heating.temperature, heating.mass
    last = float(T.max())
    rows = last - RESIDUE < T
    value, n = float(np.mean(w[rows])), int(rows.sum())
    own: list[str] = []
    highest = float(smooth.rate.max())
    end = float(smooth.rate[smooth.temperature > smooth.temperature[-1] - 2.0 * RESIDUE].mean())
    if end > max(STILL_FALLING * highest, 5.0 * smooth.rate_error):
        own.append("residue: the mass still falls at the end of the run")
    if value < -3.0 * heating.noise / math.sqrt(n):
        own.append("residue: below zero; the balance drifts or the buoyancy is not corrected")
    error = math.hypot(heating.noise / math.sqrt(n), value * basis, heating.rounding(w[rows]))
    method = (
        f"mean over the last {RESIDUE:g} K, up to {celsius(last):.0f} degC, over the initial mass{_at_rate(heating)}"
    )
    return _estimate("residue", value, "1", error, method, own)


def _alternatives(
    heating: Heating, smooth: Smooth, steps: Sequence[Step], main: Step | None, flags: list[str]
) -> list[dict[str, Any]]:
    """The onset by other rules, and what changes when per cents are of the dry mass."""
    result: list[dict[str, Any]] = []

    def add(method: str, name: str, T: float, error: float | None) -> None:
        numbers = {"value": celsius(T), "unit": "degC", "standard_error": error}
        result.append({"method": method, "quantities": {name: numbers}})

    others = [step for step in steps if not step.drying and step is not main and step.tangent is not None]
    for step in others:
        tangent = step.tangent
        if tangent is not None:
            which = (
                f"tangent onset of the step at {celsius(step.span.peak):.0f} degC ({100.0 * tangent.loss:.1f} % lost)"
            )
            add(which, "onset_temperature", tangent.onset, tangent.onset_error)
    if main is not None and any(step.span.peak < main.span.peak for step in others):
        flags.append("onset_temperature: of the greatest step; an earlier one stands under alternatives")
    for percent in (1, 5):
        if found := temperature_of_loss(heating, smooth, 0.01 * percent, heating.initial_error):
            add(f"onset as {percent} % loss", "onset_temperature", found[0], found[1])
    if main is not None:
        g, T = smooth.rate, smooth.temperature
        peak = int(np.argmin(np.abs(T - main.span.peak)))
        below = np.flatnonzero(g[:peak] < RATE_RULE * g[peak])
        if below.size:
            add(
                f"onset as {100 * RATE_RULE:.0f} % of the highest rate of loss",
                "onset_temperature",
                float(T[below[-1] + 1]),
                None,
            )
    # held near there, the sample is dry at the end of the hold
    held = [high + NEAR_HOLD + smooth.length for low, high in heating.holds if abs(low - DRYING) < DRY_HOLD]
    dry_at = max([DRYING, *held])
    wet = float(np.interp(dry_at, smooth.temperature, smooth.mass))
    if 1.0 - wet >= DRY_LOSS and smooth.temperature[-1] > dry_at > smooth.temperature[0]:
        at = f"{celsius(dry_at):.0f} degC"
        flags.append(f"drying: {100.0 * (1.0 - wet):.2f} % are lost below {at}; per cents are of the initial mass, wet")
        for percent in (5, 50):
            level = (1.0 - 0.01 * percent) * wet
            if found := temperature_of_loss(heating, smooth, 1.0 - level, heating.initial_error):
                add(f"per cent of the mass at {at}", f"temperature_{percent}_percent", found[0], found[1])
    return result


def _step_rows(heating: Heating, steps: Sequence[Step], drift: float) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for number, step in enumerate(steps, 1):
        span, tangent = step.span, step.tangent
        row: dict[str, Any] = {"step": number, "kind": "drying" if step.drying else "decomposition"}
        if tangent is None:
            row |= {"onset_temperature": None, "peak_temperature": celsius(span.peak), "end_temperature": None}
            row |= {"mass_loss": 100.0 * span.loss}
        else:
            row |= {
                "onset_temperature": celsius(tangent.onset),
                "peak_temperature": celsius(tangent.inflection),
                "end_temperature": celsius(tangent.end),
                "mass_loss": 100.0 * tangent.loss,
                "onset_standard_error / K": math.hypot(tangent.onset_error, drift / -tangent.slope),
                "peak_standard_error / K": tangent.inflection_error,
                "mass_loss_standard_error / %": 100.0 * math.hypot(tangent.loss_error, heating.initial_error),
            }
        row |= {
            "peak_rate / %/K": 100.0 * span.height,
            "begin_temperature": celsius(span.begin),
            "finish_temperature": celsius(span.end),
        }
        if heating.rate is not None:
            row["peak_rate / %/min"] = 6000.0 * span.height * heating.rate
        rows.append(row)
    return rows


def _curve_rows(smooth: Smooth) -> list[dict[str, Any]]:
    places = np.unique(np.linspace(0, smooth.temperature.size - 1, min(POINTS, smooth.temperature.size)).astype(int))
    return [
        {
            "temperature / degC": celsius(float(smooth.temperature[i])),
            "mass / %": 100.0 * float(smooth.mass[i]),
            "rate / %/K": 100.0 * float(smooth.rate[i]),
        }
        for i in places
    ]


def _atmosphere(record: xr.Dataset, settings: Settings) -> list[str]:
    if "atmosphere" in settings:
        return [f"atmosphere: {settings['atmosphere'].value}"]
    if record.attrs.get("atmosphere"):
        return [f"atmosphere: {record.attrs['atmosphere']} (as the file says)"]
    return ["atmosphere: not stated, though onset and residue depend on it; give --set atmosphere=argon"]


def _estimate(name: str, value: float, unit: str, error: float, method: str, flags: list[str]) -> Estimate:
    half = NORMAL_95 * error
    return Estimate(name, value, unit, error, (value - half, value + half), method, tuple(flags))


def _at_rate(heating: Heating) -> str:
    return f"; heated at {60.0 * heating.rate:.3g} K/min" if heating.rate is not None else ""
