"""Spectra of one specimen over time or temperature: one circuit for all, and what their temperatures tell."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.analysis.impedance import reduce_impedances
from honeycell.analysis.result import Estimate
from honeycell.analysis.temperature import LEAST, Law, arrhenius, is_curved, vogel_tammann_fulcher

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from honeycell.analysis.result import Reduction, Settings

_ZERO_CELSIUS = 273.15  # K, exact by definition
_POINTS = 60


def reduce_spectra_together(records: Sequence[xr.Dataset], settings: Sequence[Settings]) -> list[Reduction]:
    """Reductions of ``impedance/1`` records that share one circuit.

    Where at least three different temperatures are set or stated by the records, each also gets ``activation_energy`` of the conductivity,
    found from the series resistance, in which thickness and area cancel; from five temperatures on also ``pseudo_activation`` and
    ``vanishing_temperature`` of Vogel, Tammann and Fulcher. The first has the table ``temperatures``.
    """
    found = reduce_impedances(records, settings, series=True)
    stated = [_temperature(record, own) for record, own in zip(records, settings, strict=True)]
    places = [i for i, T in enumerate(stated) if T is not None and "series_resistance" in found[i]]
    T = np.array([stated[i] for i in places], float)
    if np.unique(T).size < LEAST["Arrhenius"]:
        return found
    resistances = [found[i]["series_resistance"] for i in places]
    sigma = np.array([1.0 / each.value for each in resistances])
    relative = np.array([(each.standard_error or math.nan) / each.value for each in resistances])
    laws = [arrhenius(T, sigma, relative)]
    if np.unique(T).size >= LEAST["Vogel-Tammann-Fulcher"]:
        laws.append(vogel_tammann_fulcher(T, sigma, relative))
    estimates, flags, alternatives = _estimates(laws, float(T.min()), float(T.max()))
    rows = _rows(found, places, T)
    curve = _curve(laws, T)
    result: list[Reduction] = []
    for i, one in enumerate(found):
        more = {"temperatures": rows, "curve_temperatures": curve} if i == 0 else {}
        result.append(
            replace(
                one,
                quantities=(*one.quantities, *estimates),
                tables={**one.tables, **more},
                flags=(*one.flags, *flags),
                alternatives=(*one.alternatives, *alternatives),
            )
        )
    return result


def _temperature(record: xr.Dataset, settings: Settings) -> float | None:
    """T [K], as set or as the record itself states."""
    if "temperature" in settings:
        return settings["temperature"].number
    if "temperature" in record and record["temperature"].ndim == 0:
        return float(record["temperature"])
    return None


def _estimates(
    laws: Sequence[Law], coldest: float, hottest: float
) -> tuple[list[Estimate], list[str], list[dict[str, Any]]]:
    straight = laws[0]
    spread = f"{len(straight.names) + straight.freedom} spectra, {_celsius(coldest)} to {_celsius(hottest)} degC"
    flags: list[str] = []
    alternatives: list[dict[str, Any]] = []
    own: tuple[str, ...] = ()
    if len(laws) > 1:
        curved, chance = is_curved(*laws)
        if curved:
            own = ("curved",)
            flags.append(
                f"curved: ln(1/R) bends over 1/T (chance {chance:.1g}); one activation energy is a mean over the range"
            )
        else:
            flags.append(f"straight: no bend over 1/T beyond the scatter (chance {chance:.2g}); T0 is not determined")
    estimates = [_estimate(straight, "activation_energy", f"Arrhenius line through ln(1/R); {spread}", own)]
    if len(laws) > 1:
        bent = laws[1]
        note = f"Vogel-Tammann-Fulcher through ln(1/R); {spread}"
        doubt = () if own else ("not_determined",)
        estimates += [_estimate(bent, name, note, doubt) for name in ("pseudo_activation", "vanishing_temperature")]
        alternatives.append(
            {
                "law": bent.title if not own else straight.title,
                "misfit_ratio": straight.misfit / max(bent.misfit, 1e-300),
            }
        )
    return estimates, flags, alternatives


def _estimate(law: Law, name: str, method: str, flags: tuple[str, ...]) -> Estimate:
    unit = law.units[law.names.index(name)]
    return Estimate(name, law[name], unit, law.error(name), law.interval(name), method, flags)


def _rows(found: Sequence[Reduction], places: Sequence[int], T: np.ndarray) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for i, temperature in zip(places, T, strict=True):
        resistance = found[i]["series_resistance"]
        row: dict[str, Any] = {
            "temperature / degC": float(temperature) - _ZERO_CELSIUS,
            "series_resistance / ohm": resistance.value,
            "series_resistance_standard_error / ohm": resistance.standard_error,
        }
        if "conductivity" in found[i]:
            sigma = found[i]["conductivity"]
            row["conductivity / S/cm"] = sigma.value / 100.0
            row["conductivity_standard_error / S/cm"] = (
                None if sigma.standard_error is None else sigma.standard_error / 100.0
            )
        rows.append(row)
    return rows


def _curve(laws: Sequence[Law], T: np.ndarray) -> list[dict[str, Any]]:
    """Each law over the range, as 1/R."""
    from scipy.constants import R

    dense = 1.0 / np.linspace(1.0 / T.max(), 1.0 / T.min(), _POINTS)
    columns = {"temperature / K": dense}
    line = laws[0]
    columns["arrhenius / S"] = np.exp(line["logarithm_of_prefactor"] - line["activation_energy"] / (R * dense))
    for bent in laws[1:]:
        exponent = bent["pseudo_activation"] / (dense - bent["vanishing_temperature"])
        columns["vogel_tammann_fulcher / S"] = np.exp(bent["logarithm_of_prefactor"] - exponent)
    return [dict(zip(columns, (float(x) for x in row), strict=True)) for row in zip(*columns.values(), strict=True)]


def _celsius(T: float) -> str:
    return f"{T - _ZERO_CELSIUS:g}"
