"""An impedance record reduced to numbers: what the field reports of a spectrum, each with its error and its method."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.analysis.impedance.automatic import examine, examine_series
from honeycell.analysis.impedance.circuit import Leaf
from honeycell.analysis.impedance.conductivity import conductivity
from honeycell.analysis.impedance.fit import ACCURACY, UNKNOWN
from honeycell.analysis.impedance.profile import profile_intervals
from honeycell.analysis.impedance.relaxation_times import relaxation_times
from honeycell.analysis.impedance.warburg import Refusal, WarburgSlope, low_frequency_slope, warburg_slope
from honeycell.analysis.result import Estimate, Reduction
from honeycell.quantities.record import flags_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.analysis.impedance.automatic import Examined
    from honeycell.analysis.impedance.circuit import Arc
    from honeycell.analysis.impedance.fit import Fit
    from honeycell.analysis.result import Settings

    Floats = NDArray[np.float64]

TECHNIQUE = "impedance"
POINTS_PER_DECADE = 24  # of the drawn curve
CLEAR = 3.0  # noise deviations from which a sign is no accident
MOST = 700.0  # largest logarithm of a float


def reduce_impedance(record: xr.Dataset, settings: Settings) -> Reduction:
    """Reduction of one ``impedance/1`` record.

    Parameters
    ----------
    record : frequency [Hz], real and imaginary impedance [ohm]; ``area`` [m2] and ``thickness`` [m] where the record knows them.
    settings : may hold ``circuit``, ``intervals`` (``profile``), ``distribution`` (``yes``: of relaxation times), ``thickness``, ``area``.

    Raises
    ------
    InputError : a circuit that cannot be parsed, a thickness or area that is not positive.
    """
    return reduce_impedances([record], [settings])[0]


def reduce_impedances(
    records: Sequence[xr.Dataset], settings: Sequence[Settings], *, series: bool = False
) -> list[Reduction]:
    """Reductions of many records at once, which is faster; as one ``series`` they share a circuit."""
    groups: dict[str | None, list[int]] = {}
    for i, own in enumerate(settings):
        groups.setdefault(str(own["circuit"].value) if "circuit" in own else None, []).append(i)
    found: dict[int, Examined] = {}
    for circuit, places in groups.items():
        spectra = [_spectrum(records[i]) for i in places]
        results = (examine_series if series else examine)(spectra, circuit)
        found.update(zip(places, results, strict=True))
    return [_reduction(record, own, found[i]) for i, (record, own) in enumerate(zip(records, settings, strict=True))]


def _spectrum(record: xr.Dataset) -> tuple[Floats, NDArray[np.complex128]]:
    real, imaginary = record["real_impedance"].values, record["imaginary_impedance"].values
    return np.asarray(record["frequency"].values, float), np.asarray(real, float) + 1j * np.asarray(imaginary, float)


def _reduction(record: xr.Dataset, settings: Settings, examined: Examined) -> Reduction:
    fit, test = examined.fit, examined.test
    circuit = fit.circuit
    how = "given" if "circuit" in settings else "chosen by evidence"
    method = f"{circuit.text}, {how}"
    profile = _asked(settings, "intervals", "profile")
    intervals = profile_intervals(fit) if profile else fit.interval()
    kind = "; interval by profile likelihood" if profile else ""
    flags = ("ambiguous",) if fit.ambiguous else ()

    def parameter(name: str, place: int) -> Estimate:
        unit = circuit.units[place]
        error = _finite(float(fit.standard_errors[place]))
        own = (*flags, *(("not_determined",) if error is None else ()))
        low, high = (float(end) for end in intervals[place])
        interval = None if error is None and not profile else _interval(low, high)
        return Estimate(name, float(fit.values[place]), unit, error, interval, f"{method}{kind}", own)

    def derived(name: str, unit: str, logarithm: float, gradient: Mapping[int, float], note: str) -> Estimate:
        value, error, interval = _derived(fit, logarithm, gradient)
        own = (*flags, *(("not_determined",) if error is None else ()))
        return Estimate(name, value, unit, error, interval, f"{method}; {note}", own)

    found: list[Estimate] = []
    series = next((b for b in circuit.blocks if isinstance(b, Leaf) and b.element.symbol == "R"), None)
    if series is not None:
        found.append(parameter("series_resistance", series.first))
    for number, which in enumerate(np.argsort(fit.times), start=1):
        arc, name, log_tau = circuit.arcs[which], f"arc_{number}", float(fit.times[which])
        found.append(parameter(f"{name}_resistance", arc.resistance))
        slope = _slope_of_time(fit, arc, log_tau)
        if arc.exponent is None:
            found.append(parameter(f"{name}_capacitance", arc.capacity))
            found.append(Estimate(f"{name}_exponent", 1.0, "1", 0.0, (1.0, 1.0), f"{method}; a capacitor"))
        else:
            note = "time constant over resistance"
            less = slope | {arc.resistance: slope[arc.resistance] - 1.0}
            found.append(derived(f"{name}_capacitance", "F", log_tau - float(fit.x[arc.resistance]), less, note))
            found.append(parameter(f"{name}_exponent", arc.exponent))
        found.append(derived(f"{name}_time_constant", "s", log_tau, slope, "(R Q)^(1/alpha)"))
    if circuit.arcs:
        sizes = {arc.resistance: float(fit.values[arc.resistance]) for arc in circuit.arcs}
        total = sum(sizes.values())
        shares = {place: size / total for place, size in sizes.items()}
        found.append(derived("arc_resistance_total", "ohm", math.log(total), shares, "sum of the arcs"))
    found.extend(_diffusion(fit, parameter, derived))
    inductor = next((leaf for leaf in circuit.leaves if leaf.element.symbol == "L"), None)
    if inductor is not None:
        found.append(parameter("inductance", inductor.first))
    notes = []
    spectrum = fit.spectrum
    slope = warburg_slope(spectrum.frequency, spectrum.impedance, spectrum.weight)
    lowest = low_frequency_slope(spectrum.frequency, spectrum.impedance, spectrum.weight)
    if isinstance(slope, Refusal):
        notes.append(f"no_warburg_window: {slope.reason}")
    else:
        found.append(_slope("warburg_slope", slope, "the window of semi-infinite diffusion", ()))
    if lowest is not None and min(lowest.slope, lowest.slope_imaginary) > 2.0 * lowest.standard_error:
        beyond = isinstance(slope, Refusal) or slope.window[0] > 2.0 * lowest.window[0]
        why = (f"not_semi_infinite: {slope.reason}",) if isinstance(slope, Refusal) else ("not_semi_infinite",)
        found.append(_slope("low_frequency_slope", lowest, "the lowest decade", why if beyond else ()))
    found.extend(_conductivity(record, settings, found))
    given = [name for name in ("thickness", "area") if name in settings or name in record.data_vars]
    if len(given) == 1:
        notes.append(f"no_conductivity: only the {given[0]} is known")
    found.append(Estimate("kramers_kronig_residual", test.rms, "1", None, None, test.verdict))
    return Reduction(
        TECHNIQUE,
        tuple(found),
        _tables(fit, test, intervals) | (_distribution(fit) if _asked(settings, "distribution", "yes") else {}),
        (*flags, *_flags(fit, test), *notes, *flags_of(record)),
        _alternatives(fit),
    )


def _slope(name: str, slope: WarburgSlope, where: str, flags: tuple[str, ...]) -> Estimate:
    low, high = slope.window
    method = f"Z' over omega^-1/2 in {where}, {slope.count} points from {low:.3g} to {high:.3g} Hz"
    return Estimate(name, slope.slope, "ohm/s**0.5", slope.standard_error, slope.interval_95, method, flags)


def _diffusion(fit: Fit, parameter: Callable[[str, int], Estimate], derived: Callable[..., Estimate]) -> list[Estimate]:
    circuit = fit.circuit
    for leaf in circuit.leaves:
        if leaf.element.symbol == "W":
            return [parameter("warburg_coefficient", leaf.first)]
        if leaf.element.symbol in ("Wo", "Ws"):
            first = leaf.first
            return [
                derived(
                    "warburg_coefficient",
                    "ohm/s**0.5",
                    float(fit.x[first] - 0.5 * (math.log(2.0) + fit.x[first + 1])),
                    {first: 1.0, first + 1: -0.5},
                    "R (2 tau)^-1/2, the semi-infinite limit of the finite element",
                ),
                parameter("diffusion_resistance", first),
                parameter("diffusion_time_constant", first + 1),
            ]
    return []


def _slope_of_time(fit: Fit, arc: Arc, log_tau: float) -> dict[int, float]:
    """Slopes of ln tau = (ln R + ln Q)/alpha in the fitted numbers."""
    if arc.exponent is None:
        return {arc.resistance: 1.0, arc.capacity: 1.0}
    alpha = float(fit.values[arc.exponent])
    change = float(fit.circuit.outside_slope(fit.x)[arc.exponent])
    return {arc.resistance: 1.0 / alpha, arc.capacity: 1.0 / alpha, arc.exponent: -log_tau / alpha * change}


def _derived(
    fit: Fit, logarithm: float, gradient: Mapping[int, float]
) -> tuple[float, float | None, tuple[float, float] | None]:
    """Value, standard error and 95 % interval of what has this logarithm, to first order in the fitted numbers."""
    places, slopes = list(gradient), np.array(list(gradient.values()))
    spread = math.sqrt(max(float(slopes @ fit.covariance[np.ix_(places, places)] @ slopes), 0.0))
    value = math.exp(min(logarithm, MOST))
    if not spread <= UNKNOWN:
        return value, None, None
    half = fit.quantile() * spread
    return value, value * spread, (math.exp(logarithm - half), math.exp(min(logarithm + half, MOST)))


def _conductivity(record: xr.Dataset, settings: Settings, found: Sequence[Estimate]) -> list[Estimate]:
    resistance = next((q for q in found if q.name == "series_resistance"), None)
    sizes = {}
    for name in ("thickness", "area"):
        if name in settings:
            sizes[name] = (settings[name].number, settings[name].u)
        elif name in record.data_vars:
            sizes[name] = (float(record[name]), None)
    if resistance is None or len(sizes) < 2:
        return []
    result = conductivity(resistance.value, resistance.standard_error, *sizes["thickness"], *sizes["area"])
    return [
        Estimate(
            "conductivity",
            result.value,
            "S/m",
            result.standard_error,
            result.interval_95,
            "thickness / (series_resistance area)",
            (*resistance.flags, *result.flags),
        )
    ]


def _tables(fit: Fit, test: Any, intervals: Floats) -> dict[str, list[dict[str, Any]]]:
    spectrum = fit.spectrum
    fitted = fit.fitted
    columns = {
        "frequency / Hz": spectrum.frequency,
        "real_impedance / ohm": spectrum.impedance.real,
        "imaginary_impedance / ohm": spectrum.impedance.imag,
        "fit_real / ohm": fitted.real,
        "fit_imaginary / ohm": fitted.imag,
        "residual_real / %": 100.0 * fit.residuals.real,
        "residual_imaginary / %": 100.0 * fit.residuals.imag,
        "kramers_kronig_real / %": 100.0 * test.residuals.real,
        "kramers_kronig_imaginary / %": 100.0 * test.residuals.imag,
        "weight": spectrum.weight,
    }
    low, high = spectrum.frequency.min(), spectrum.frequency.max()
    dense = np.geomspace(high, low, max(2, round(POINTS_PER_DECADE * math.log10(high / low)) + 1))
    curve = fit.impedance(dense)
    drawn = {"frequency / Hz": dense, "real_impedance / ohm": curve.real, "imaginary_impedance / ohm": curve.imag}
    parameters = [
        {
            "parameter": name,
            "value": value,
            "unit": unit,
            "standard_error": _finite(error),
            "low_95": low,
            "high_95": high,
        }
        for name, value, unit, error, (low, high) in zip(
            fit.names,
            fit.values.tolist(),
            fit.circuit.units,
            fit.standard_errors.tolist(),
            intervals.tolist(),
            strict=True,
        )
    ]
    return {"parameters": parameters, "spectrum": _rows(columns), "curve": _rows(drawn)}


def _distribution(fit: Fit) -> dict[str, list[dict[str, Any]]]:
    found = relaxation_times(fit.spectrum.frequency, fit.spectrum.impedance, fit.spectrum.weight)
    peaks = [{"time_constant / s": peak.time_constant, "resistance / ohm": peak.resistance} for peak in found.peaks]
    columns = {"time_constant / s": found.time_constant, "density / ohm": found.density}
    return {"relaxation_times": _rows(columns), "relaxation_peaks": peaks}


def _asked(settings: Settings, name: str, wanted: str) -> bool:
    return name in settings and settings[name].value == wanted


def _rows(columns: dict[str, Floats]) -> list[dict[str, Any]]:
    lists = [np.asarray(column, float).tolist() for column in columns.values()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]


def _flags(fit: Fit, test: Any) -> list[str]:
    f, Z = fit.spectrum.frequency, fit.spectrum.impedance
    flags = [] if test.passes else [f"kramers_kronig: {test.verdict}"]
    for i in np.flatnonzero(fit.spectrum.weight == 0.0):
        off = abs(fit.residuals[i]) * 100.0
        flags.append(
            f"outlier: {f[i]:.4g} Hz, Z' = {Z[i].real:.4g} ohm, Z'' = {Z[i].imag:.4g} ohm, {off:.2g} % off the fit"
        )
    inductive = _inductive(fit)
    if inductive.size:
        more = "" if inductive.size <= 8 else f" and {inductive.size - 8} more"
        flags.append(f"inductive: Z'' > 0 at {', '.join(f'{x:.4g}' for x in f[inductive][:8])} Hz{more}")
    if fit.unknown:
        flags.append(f"not_determined: {', '.join(fit.unknown)}")
    if not fit.converged:
        flags.append("not_converged")
    if fit.noise > 2.0 * max(test.noise, ACCURACY):
        flags.append(f"poor_fit: residuals {100 * fit.noise:.2g} %, Kramers-Kronig noise {100 * test.noise:.2g} %")
    return flags


def _inductive(fit: Fit) -> NDArray[np.intp]:
    """Points with Z'' > 0 beyond the noise, or next to each other in frequency."""
    f, Z = fit.spectrum.frequency, fit.spectrum.impedance
    order = np.argsort(-f)
    positive = Z.imag[order] > 0.0
    beside = np.concatenate([[False], positive[:-1]]) | np.concatenate([positive[1:], [False]])
    clear = Z.imag[order] > CLEAR * fit.noise * np.abs(Z[order])
    top = f[order] >= 0.1 * f.max()
    return order[positive & (clear | (beside & top))]


def _alternatives(fit: Fit) -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            "circuit": other.circuit.text,
            "log_odds": _log_odds(other, fit),
            "residual_ratio": math.sqrt(other.cost / fit.cost) if fit.cost > 0.0 else None,
            "parameters": {
                name: {"value": value, "unit": unit, "standard_error": _finite(error)}
                for name, value, unit, error in zip(
                    other.names, other.values.tolist(), other.circuit.units, other.standard_errors.tolist(), strict=True
                )
            },
        }
        for other in fit.alternatives
    )


def _log_odds(other: Fit, fit: Fit) -> float:
    """By what the two were compared: minima of one circuit by likelihood, circuits by evidence and prior odds."""
    same = other.circuit is fit.circuit
    return other.likelihood - fit.likelihood if same else other.worth - fit.worth


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _interval(low: float, high: float) -> tuple[float, float] | None:
    return (low, high) if math.isfinite(low) and math.isfinite(high) else None
