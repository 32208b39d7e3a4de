"""A current transient, and the spectra before and after it, to the transference number by Bruce and Vincent, with what speaks against it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.analysis.impedance import reduce_impedances
from honeycell.analysis.result import Estimate, Reduction
from honeycell.analysis.transference.fit import fit_transient
from honeycell.analysis.transference.interface import PLACES, Interface, from_spectrum, in_time, split, stated, table_of
from honeycell.analysis.transference.transient import transient_of
from honeycell.analysis.transference.validity import (
    of_the_interfaces,
    of_the_number,
    of_the_step,
    of_the_transient,
    shares_of,
)
from honeycell.physics.transference import bruce_vincent
from honeycell.quantities.errors import InputError
from honeycell.quantities.record import flags_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.analysis.result import Settings
    from honeycell.analysis.transference.fit import Currents
    from honeycell.analysis.transference.transient import Transient

    Floats = NDArray[np.float64]

TECHNIQUE = "transference"
NAME, OHMIC = "transference_number_apparent", "transference_number_ohmic"
NORMAL_95 = 1.96
DRAWN = 800  # rows in the figure
FIT_POINTS = 200
IDEAL = "non_ideal: the number is 1/(1 + Ne), which is the cation's transference number only in an ideal, fully dissociated electrolyte"


def reduce_transients(records: Sequence[xr.Dataset], settings: Sequence[Settings]) -> list[Reduction]:
    """Reductions of ``chronoamperometry/1`` records: steps of the potential on symmetric cells.

    Quantities: ``initial_current`` and ``steady_current`` [A, without sign]; ``transference_number_ohmic`` [1], their ratio, which counts the
    interfaces as electrolyte; ``relaxation_time`` of the salt [s]; and, where step and resistances are known, ``transference_number_apparent``
    [1] by :func:`~honeycell.physics.transference.bruce_vincent`. Table ``resistances``.

    Settings: ``potential_step``, where the record does not state or show it; ``resistance_before`` and ``resistance_after`` of both
    interfaces together, without the electrolyte.

    Raises
    ------
    InputError : a record that is no transient, see :func:`~honeycell.analysis.transference.transient.transient_of`.
    """
    return [_reduce(record, own, {}, []) for record, own in zip(records, settings, strict=True)]


def reduce_transference(records: Sequence[xr.Dataset], settings: Sequence[Settings]) -> list[Reduction]:
    """As :func:`reduce_transients` for one transient among up to two ``impedance/1`` records of the same cell.

    The spectra, in the order given or by date where both state one, are those before and after the polarisation. They are fitted
    with one circuit (setting ``circuit``, or the one of most evidence); the interfaces' resistance is the sum of the arcs. A resistance that is
    stated in the settings wins.

    Returns
    -------
    One reduction per record, the spectra's as by themselves.

    Raises
    ------
    InputError : no transient or several, more than two spectra, one spectrum without the other's resistance, a circuit without arcs.
    """
    at, places = split(records)
    own = settings[at]
    flags: list[str] = []
    spectra = (
        reduce_impedances([records[i] for i in places], [settings[i] for i in places], series=True) if places else []
    )
    if len(places) == 1:
        missing = [place for place in PLACES if f"resistance_{place}" not in own]
        if len(missing) != 1:
            cure = "Give the other spectrum too, or --set resistance_before=... or resistance_after=..."
            raise InputError("one spectrum with the transient, which may be the one before or after it", "", cure)
        chosen = {missing[0]: spectra[0]}
    else:
        order = in_time([records[i] for i in places], flags) if places else []
        chosen = {place: spectra[i] for place, i in zip(PLACES, order, strict=False)}
    result = dict(zip(places, spectra, strict=True))
    result[at] = _reduce(records[at], own, chosen, flags)
    return [result[i] for i in range(len(records))]


def _reduce(record: xr.Dataset, settings: Settings, spectra: Mapping[str, Reduction], noted: list[str]) -> Reduction:
    flags = [*flags_of(record), *noted]
    transient = transient_of(record, flags)
    found = fit_transient(transient)
    step = _step(record, settings, transient, flags)
    interfaces = [_interface(settings, spectra, place) for place in PLACES]
    quantities = [*_currents(found)]
    alternatives: list[dict[str, Any]] = []
    before, after = interfaces
    missing = [
        key
        for key, known in (("potential_step", step), ("resistance_before", before), ("resistance_after", after))
        if known is None
    ]
    if step is None or before is None or after is None:
        held = _held(record, transient) if step is None else None
        hint = f" (it was held at {1e3 * held:.4g} mV: is that the step from rest?)" if held else ""
        spectra_too = ", or the spectra before and after with --series" if before is None or after is None else ""
        flags.append(f"{NAME}: needs {', '.join(missing)}{hint}; give --set {missing[0]}=...{spectra_too}")
    elif max(shares := shares_of(found, step[0], before, after)) >= 1.0:
        flags.append(
            f"{NAME}: not given, since the interfaces would take {100.0 * max(shares):.0f} % of the step: current, step and resistances are "
            "not of one cell and state"
        )
    else:
        estimate = _apparent(found, step, before, after)
        quantities.insert(0, estimate)
        flags += of_the_number(found, step[0], before, after, estimate)
        alternatives += _by_ohms_law(found, step, before, after)
    flags += of_the_transient(found)
    flags += of_the_interfaces(found, before, after)
    flags += of_the_step(step[0]) if step is not None else []
    flags.append(IDEAL)
    tables = {"resistances": table_of(interfaces), **_drawn(transient, found), **_drawn_spectra(spectra)}
    return Reduction(TECHNIQUE, tuple(quantities), tables, tuple(dict.fromkeys(flags)), tuple(alternatives))


def _step(record: xr.Dataset, settings: Settings, transient: Transient, flags: list[str]) -> tuple[float, float] | None:
    """Size of the step [V] and its standard error: as the user states, the record states, or its potential shows."""
    signed: float | None = None
    if "potential_step" in settings:
        given = settings["potential_step"]
        return abs(given.number), given.u or 0.0
    if "potential_step" in record:
        signed = float(record["potential_step"])
    elif transient.step is not None:
        signed = transient.step
    if signed is None or signed == 0.0 or not math.isfinite(signed):
        return None
    if math.copysign(1.0, signed) != transient.sign:
        flags.append("sign: the current runs against the step of the potential; its size is taken")
    return abs(signed), 0.0


def _held(record: xr.Dataset, transient: Transient) -> float | None:
    """The potential at which the record or its header says the cell was held [V], which is a step only from rest at zero."""
    if transient.held is not None:
        return transient.held
    try:
        return float(record.attrs["initial_potential_V"])
    except (KeyError, TypeError, ValueError):
        return None


def _interface(settings: Settings, spectra: Mapping[str, Reduction], place: str) -> Interface | None:
    if given := stated(settings, place):
        return given
    if place not in spectra:
        return None
    found = from_spectrum(spectra[place])
    if found is None:
        what = f"the spectrum {place} the polarisation has no arc in its circuit"
        raise InputError(
            what, "circuit", f"Give --set circuit='R-(R CPE)' or another with arcs, or resistance_{place}."
        )
    return found


def _currents(found: Currents) -> list[Estimate]:
    method = f"{found.model}, fitted from {found.first:.3g} s on; the initial current at the step, the steady one when the salt has settled"
    pair = []
    for name, value, place in (("initial_current", found.initial, 0), ("steady_current", found.steady, 1)):
        pair.append(_estimate(name, value, "A", math.sqrt(max(float(found.covariance[place, place]), 0.0)), method))
    ratio = found.steady / found.initial
    slopes = np.array([-ratio / found.initial, 1.0 / found.initial])
    error = math.sqrt(max(float(slopes @ found.covariance @ slopes), 0.0))
    ohmic = _estimate(OHMIC, ratio, "1", error, "steady over initial current, the interfaces counted as electrolyte")
    result = [ohmic, *pair]
    if found.relaxation_time is not None:
        time = found.relaxation_time
        result.append(
            _estimate("relaxation_time", time, "s", found.relaxation_error, f"slowest time constant of {found.model}")
        )
    return result


def _apparent(found: Currents, step: tuple[float, float], before: Interface, after: Interface) -> Estimate:
    I0, Is, dV = found.initial, found.steady, step[0]
    R0, Rs = before.resistance, after.resistance
    value = bruce_vincent(I0, Is, dV, R0, Rs)
    start, end = dV - I0 * R0, dV - Is * Rs
    slopes = value * np.array([-dV / (I0 * start), dV / (Is * end), 1.0 / start - 1.0 / end, -I0 / start, Is / end])
    covariance = np.zeros((5, 5))
    covariance[:2, :2] = found.covariance
    covariance[2, 2] = step[1] ** 2
    covariance[3, 3], covariance[4, 4] = (before.error or 0.0) ** 2, (after.error or 0.0) ** 2
    error = math.sqrt(max(float(slopes @ covariance @ slopes), 0.0))
    own = ["non_ideal"]
    own += [f"{place}_{flag}" for place, each in zip(PLACES, (before, after), strict=True) for flag in each.flags]
    unknown = [f"resistance_{place}" for place, each in zip(PLACES, (before, after), strict=True) if each.error is None]
    if unknown:
        own.append(f"exact: the standard error takes {' and '.join(unknown)} as exact")
    if not 0.0 < value <= 1.0:
        own.append("out_of_range: no ideal electrolyte has such a number; see the flags on step and interfaces")
    method = f"Bruce-Vincent, step {1e3 * dV:.4g} mV, interfaces {R0:.4g} ohm before ({before.source}) and {Rs:.4g} ohm after ({after.source})"
    return _estimate(NAME, value, "1", error, method, own)


def _by_ohms_law(
    found: Currents, step: tuple[float, float], before: Interface, after: Interface
) -> list[dict[str, Any]]:
    """The number with the initial current that the first spectrum promises."""
    if before.bulk is None:
        return []
    I0 = step[0] / (before.bulk[0] + before.resistance)
    value = bruce_vincent(I0, found.steady, step[0], before.resistance, after.resistance)
    numbers = {NAME: {"value": value, "unit": "1", "standard_error": None}}
    numbers["initial_current"] = {"value": I0, "unit": "A", "standard_error": None}
    return [{"method": "initial current by Ohm's law from the spectrum before", "quantities": numbers}]


def _drawn(transient: Transient, found: Currents) -> dict[str, list[dict[str, Any]]]:
    time = transient.time
    begin = max(float(time[time > 0.0][0]), 1e-9)
    if time.size > DRAWN:
        # evenly in the logarithm of time, as it is drawn
        wanted = np.searchsorted(time, np.geomspace(begin, float(time[-1]), DRAWN))
        keep = np.unique(np.clip(wanted, 0, time.size - 1))
    else:
        keep = np.arange(time.size)
    measured = {
        "time / s": time[keep],
        "current / A": transient.current[keep],
        "counts": (time[keep] >= found.first).astype(float),
    }
    dense = np.geomspace(0.5 * begin, float(time[-1]), FIT_POINTS)
    return {
        "curve_transient": _rows(measured),
        "curve_fit": _rows({"time / s": dense, "current / A": found.curve(dense)}),
    }


def _drawn_spectra(spectra: Mapping[str, Reduction]) -> dict[str, list[dict[str, Any]]]:
    return {
        f"curve_{kind}_{place}": each.tables[kind]
        for place, each in spectra.items()
        for kind in ("spectrum", "curve")
        if kind in each.tables
    }


def _rows(columns: Mapping[str, Floats]) -> list[dict[str, Any]]:
    lists = [np.asarray(column, float).tolist() for column in columns.values()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]


def _estimate(name: str, value: float, unit: str, error: float, method: str, flags: Sequence[str] = ()) -> Estimate:
    half = NORMAL_95 * error
    return Estimate(name, value, unit, error, (value - half, value + half), method, tuple(flags))
