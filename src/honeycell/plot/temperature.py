"""Conductivity over temperature: ln against 1/T, with the laws fitted to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.plot.style import FAINT, INK, colour_of, figure_of, new_axes, styled
from honeycell.plot.wording import rounded, rounded_interval, shown_as, words

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from honeycell.analysis.result import Reduction

_ZERO_CELSIUS = 273.15  # K, exact by definition
_LAWS = {"arrhenius / S": ("Arrhenius", "-"), "vogel_tammann_fulcher / S": ("Vogel-Tammann-Fulcher", (0, (4, 2)))}
_QUANTITIES = ("activation_energy", "pseudo_activation", "vanishing_temperature")


@styled
def figure_temperatures(record: xr.Dataset, reduction: Reduction, ax: Axes | None = None) -> Figure:
    """Arrhenius plot of a series of spectra.

    Parameters
    ----------
    record : one of the spectra; its ``sample`` gives the colour.
    reduction : with the tables ``temperatures`` and ``curve_temperatures`` of a series.

    Returns
    -------
    The figure: conductivity where thickness and area are known, else 1/R, logarithmic, over 1000 K / T with degC on top.
    """
    if ax is None:
        ax = new_axes(6.4, 5.0)
        ax.set_position((0.13, 0.11, 0.83, 0.60))
    rows = reduction.tables["temperatures"]
    T = np.array([row["temperature / degC"] + _ZERO_CELSIUS for row in rows])
    R = np.array([row["series_resistance / ohm"] for row in rows])
    known = all("conductivity / S/cm" in row for row in rows)
    factor = np.median([row["conductivity / S/cm"] * r for row, r in zip(rows, R, strict=True)]) if known else 1.0
    error = np.array([row["series_resistance_standard_error / ohm"] or 0.0 for row in rows]) / R * factor / R
    colour = colour_of(str(record.attrs.get("sample", "")))
    origin = str(record.attrs.get("origin", "measured"))
    ax.errorbar(
        1000.0 / T, factor / R, yerror_95(error), fmt="o", ms=6, color=colour, mec="white", zorder=3, label=origin
    )
    curve = reduction.tables["curve_temperatures"]
    dense = np.array([row["temperature / K"] for row in curve])
    for (name, (title, dashes)), ink in zip(_LAWS.items(), (INK, FAINT), strict=True):
        if name in curve[0]:
            y = factor * np.array([row[name] for row in curve])
            ax.plot(1000.0 / dense, y, color=ink, lw=1.2, ls=dashes, label=title)
    ax.set_yscale("log")
    ax.set_xlabel("1000 K / T")
    ax.set_ylabel("Conductivity (S cm⁻¹)" if known else "1 / series resistance (S)")
    top = ax.secondary_xaxis("top", functions=(_celsius, _inverse))
    top.set_xticks(np.round(T - _ZERO_CELSIUS, 1))
    top.set_xlabel("Temperature (°C)")
    ax.legend(loc="best")
    figure_of(ax).text(0.02, 0.97, _caption(reduction), va="top", fontsize=9, color=INK)
    return figure_of(ax)


def yerror_95(standard_error: np.ndarray) -> np.ndarray:
    """Half widths of 95 % bars."""
    return 1.96 * standard_error


def _caption(reduction: Reduction) -> str:
    found: list[str] = []
    for name in _QUANTITIES:
        if name in reduction:
            value, unit, _, interval = shown_as(reduction[name])
            found.append(f"{words(name)}: {rounded(value, interval)} {unit}  ({rounded_interval(interval, value)})")
    return "\n".join([*found, "in brackets: 95 % interval"])


def _celsius(x: Any) -> Any:
    with np.errstate(divide="ignore"):
        return 1000.0 / np.asarray(x, float) - _ZERO_CELSIUS


def _inverse(t: Any) -> Any:
    with np.errstate(divide="ignore"):
        return 1000.0 / (np.asarray(t, float) + _ZERO_CELSIUS)
