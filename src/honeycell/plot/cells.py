"""What was measured on several cells, beside each other: sweeps, rates, low frequencies and conductivity; each sample in its colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.plot.style import FAINT, INK, UNIT_SIGNS, colour_of, styled
from honeycell.plot.wording import rounded, rounded_interval, shown_as

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from honeycell.analysis.result import Reduction

ZERO_CELSIUS = 273.15  # K, exact by definition
SLOW = 1.0  # Hz, up to which the low frequencies are drawn
LAWS = (("vogel_tammann_fulcher / S", "-"), ("arrhenius / S", (0, (4, 2))))
LIGHTEST, DARKEST = 0.30, 0.55  # of a family: share of the colour in its lightest member, of black in its darkest


@styled
def figure_sweeps(families: Mapping[str, Sequence[xr.Dataset]]) -> Figure:
    """Voltammograms of fresh cells: the slowest of each sample on one pair of axes, then the family of each, slow to fast.

    Parameters
    ----------
    families : sample to its ``voltammetry/1`` records with ``scan_rate`` and ``active_mass``. Of three segments the first, from rest, is left out.

    Returns
    -------
    The figure: specific current, oxidation up, over the potential between the electrodes; families share their axes.
    """
    from matplotlib.figure import Figure

    samples = tuple(families)
    shown = {name: sorted(records, key=lambda record: float(record["scan_rate"])) for name, records in families.items()}
    many = {name: records for name, records in shown.items() if len(records) > 1}
    figure = Figure(figsize=(4.6 + 3.1 * len(many), 3.9), layout="constrained")
    widths = [1.25] + [1.0] * len(many)
    axes = figure.subplots(1, len(widths), width_ratios=widths, squeeze=False)[0]
    for sample, records in shown.items():
        _loop(axes[0], records[0], colour_of(sample, samples), sample)
    slowest = {f"{1e3 * float(records[0]['scan_rate']):g}" for records in shown.values()}
    axes[0].set_title(f"{' and '.join(sorted(slowest))} mV s⁻¹", loc="left")
    axes[0].set_ylabel("Specific current, oxidation positive (mA g⁻¹)")
    _legend(axes[0])
    for ax, (sample, records) in zip(axes[1:], many.items(), strict=True):
        for record, shade in zip(records, _shades(colour_of(sample, samples), len(records)), strict=True):
            _loop(ax, record, shade, f"{1e3 * float(record['scan_rate']):g}")
        ax.set_title(sample, loc="left", color=colour_of(sample, samples), fontweight="bold", parse_math=False)
        ax.legend(title="mV s⁻¹", loc="upper left", handlelength=1.0, labelspacing=0.25, borderaxespad=0.1)
        if ax is not axes[1]:
            ax.sharey(axes[1])
            ax.tick_params(labelleft=False)
    for ax in axes:
        ax.axhline(0.0, color=FAINT, lw=0.5, zorder=0)
        ax.set_xlabel("Potential vs. sodium foil (V)")
        ax.margins(x=0.02)
    return figure


def _loop(ax: Axes, record: xr.Dataset, colour: Any, label: str) -> None:
    E, segment = np.asarray(record["potential"].values, float), np.asarray(record["segment"].values)
    current = np.asarray(record["current"].values, float) / float(record["active_mass"])  # A/kg are mA/g
    first = segment == segment.min() if np.unique(segment).size > 2 else np.zeros(segment.size, bool)
    ax.plot(E[~first], current[~first], color=colour, lw=1.2, zorder=3, label=label)


@styled
def figure_low_frequencies(records: Mapping[str, xr.Dataset], reductions: Mapping[str, Reduction]) -> Figure:
    """Real impedance over the inverse root of the angular frequency below 1 Hz, as Warburg slopes are read; the reduction's slope in words.

    Parameters
    ----------
    records : sample to its ``impedance/1`` record.
    reductions : of each; ``low_frequency_slope`` is named where there is one.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.0, 3.7), layout="constrained")
    ax = figure.add_subplot()
    for sample, record in records.items():
        frequency = np.asarray(record["frequency"].values, float)
        low = frequency <= SLOW
        x = 1.0 / np.sqrt(2.0 * np.pi * frequency[low])
        label = sample
        if sample in reductions and "low_frequency_slope" in reductions[sample]:
            value, _, _, interval = shown_as(reductions[sample]["low_frequency_slope"])
            label += f": slope {rounded(value, interval)} Ω s$^{{-1/2}}$"
            label += f" ({rounded_interval(interval, value)})" if interval else ""
        colour = colour_of(sample, tuple(records))
        ax.plot(
            x, np.asarray(record["real_impedance"].values, float)[low], "o-", ms=3.5, lw=1.0, color=colour, label=label
        )
    ax.set_xlabel("ω$^{-1/2}$ (s$^{1/2}$)")
    ax.set_ylabel("Real impedance, Z′ (Ω)")
    ax.set_xlim(left=0.0)
    _legend(ax, 1)
    return figure


@styled
def figure_rates(reductions: Mapping[str, Reduction]) -> Figure:
    """Discharge capacity over the cycles of a rate ladder, with the rates above.

    Parameters
    ----------
    reductions : sample to the reduction of its ``cycling/1`` record, with the tables ``cycles`` and ``rates``; the mass of active material known.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.8), layout="constrained")
    ax = figure.add_subplot()
    for place, (sample, reduction) in enumerate(reductions.items()):
        rows = reduction.tables["cycles"]
        cycle = np.array([row["cycle"] for row in rows], float)
        capacity = np.array([_number(row.get("specific_discharge_capacity")) for row in rows], float)
        colour = colour_of(sample, tuple(reductions))
        ax.plot(
            cycle, capacity, ls="none", marker="os^Dv"[place % 5], ms=6.0 - 1.8 * (place % 3), mfc="white" if place == 0 else colour,
            mec=colour, mew=1.0, color=colour, label=sample,
        )  # fmt: skip
    first = next(iter(reductions.values()), None)
    for number, row in enumerate(first.tables.get("rates", []) if first else []):
        begin, end = (float(part) for part in (str(row["cycles"]).split("-") * 2)[:2])
        ax.text(
            0.5 * (begin + end),
            0.985,
            _rate(row),
            transform=ax.get_xaxis_transform(),
            ha="center",
            va="top",
            fontsize=8,
            color=INK,
        )
        if number:
            ax.axvline(begin - 0.5, color=FAINT, lw=0.5, zorder=0)
    ax.set_ylim(0.0, 1.12 * ax.get_ylim()[1])
    ax.set_xlabel("Cycle")
    ax.set_ylabel(f"Discharge capacity ({UNIT_SIGNS['mAh/g']})")
    ax.locator_params(axis="x", integer=True)
    ax.margins(x=0.02)
    _legend(ax)
    return figure


def _number(value: Any) -> float:
    return np.nan if value is None else float(value)


def _rate(row: Mapping[str, Any]) -> str:
    return f"{row['rate / C']:.2g}C" if "rate / C" in row else f"{row['discharge_current / mA']:.2g} mA"


@styled
def figure_conductivities(reductions: Mapping[str, Reduction]) -> Figure:
    """Conductivity of several films over temperature, logarithmic over 1000 K / T, with both laws fitted.

    Parameters
    ----------
    reductions : sample to the first reduction of its series of spectra, with the tables ``temperatures`` and ``curve_temperatures``.
    """
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    figure = Figure(figsize=(5.4, 4.2), layout="constrained")
    ax = figure.add_subplot()
    temperatures: set[float] = set()
    for sample, reduction in reductions.items():
        rows, curve = reduction.tables["temperatures"], reduction.tables["curve_temperatures"]
        celsius = np.array([row["temperature / degC"] for row in rows])
        sigma = np.array([row["conductivity / S/cm"] for row in rows])
        temperatures |= set(np.round(celsius, 1).tolist())
        # the laws are of 1/R; thickness over area makes conductivities of them
        factor = float(np.median(sigma * np.array([row["series_resistance / ohm"] for row in rows])))
        colour = colour_of(sample, tuple(reductions))
        label = sample
        if "activation_energy" in reduction:
            value, _, _, interval = shown_as(reduction["activation_energy"])
            label += f": {rounded(value, interval)} kJ mol⁻¹ ({rounded_interval(interval, value)})"
        ax.plot(1000.0 / (celsius + ZERO_CELSIUS), sigma, "o", ms=6, color=colour, mec="white", zorder=3, label=label)
        dense = np.array([row["temperature / K"] for row in curve])
        for name, dashes in LAWS:
            if name in curve[0]:
                ax.plot(
                    1000.0 / dense, factor * np.array([row[name] for row in curve]), color=colour, lw=1.0, ls=dashes
                )
    ax.set_yscale("log")
    ax.set_xlabel("1000 K / T")
    ax.set_ylabel("Conductivity (S cm⁻¹)")
    top = ax.secondary_xaxis("top", functions=(_celsius, _inverse))
    top.set_xticks(sorted(temperatures), [f"{each:g}" for each in sorted(temperatures)])
    top.set_xlabel("Temperature (°C)")
    handles, _ = ax.get_legend_handles_labels()
    names = ("Vogel-Tammann-Fulcher", "Arrhenius, whose energy is named")
    handles += [
        Line2D([], [], color="#666666", lw=1.0, ls=dashes, label=name)
        for name, (_, dashes) in zip(names, LAWS, strict=True)
    ]
    ax.legend(handles=handles, loc="best")
    return figure


def _celsius(x: Any) -> Any:
    with np.errstate(divide="ignore"):
        return 1000.0 / np.asarray(x, float) - ZERO_CELSIUS


def _inverse(t: Any) -> Any:
    with np.errstate(divide="ignore"):
        return 1000.0 / (np.asarray(t, float) + ZERO_CELSIUS)


def _legend(ax: Axes, columns: int = 3) -> None:
    ax.legend(loc="best", ncols=columns, columnspacing=1.2, handlelength=1.4)


def _shades(colour: str, count: int) -> list[tuple[float, float, float]]:
    """From light over the colour itself to dark: slow to fast is seen without a legend."""
    from matplotlib.colors import to_rgb

    full, white, black = np.array(to_rgb(colour)), np.ones(3), np.zeros(3)
    stops = np.stack([white + LIGHTEST * (full - white), full, full + DARKEST * (black - full)])
    places = np.linspace(0.0, 2.0, count) if count > 1 else np.ones(1)
    channels = [np.interp(places, [0.0, 1.0, 2.0], stops[:, channel]) for channel in range(3)]
    return [(float(r), float(g), float(b)) for r, g, b in zip(*channels, strict=True)]
