"""Lives of cells: capacity, efficiency and polarisation over cycles, and what each mechanism of ageing does to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honeycell.plot.style import FAINT, INK, colour_of, new_axes, shown, styled

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from honeycell.plot.style import Floats

VARIANT_COLOURS = (INK, "#CC79A7", "#56B4E9", "#D55E00", "#009E73", "#E69F00", "#0072B2", "#8C93A0")
TIGHT = 0.004  # of the efficiency about one: the least that is shown


@styled
def figure_lives(records: Mapping[str, xr.Dataset]) -> Figure:
    """Specific discharge capacity, polarisation and coulombic efficiency of ``life/1`` records by sample, counted from the main rate's first cycle.

    Cycles that were leapt over lie on the line; those simulated are not marked, for the two do not differ at this scale.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.8, 5.2), layout="constrained")
    top, middle, bottom = figure.subplots(3, 1, sharex=True, height_ratios=(2.2, 1.1, 1.1))
    for sample, record in records.items():
        colour = colour_of(sample, tuple(records))
        cycle, capacity, gap, efficiency = _columns(record)
        top.plot(cycle, capacity, color=colour, lw=1.8)
        middle.plot(cycle, 0.5 * gap, color=colour, lw=1.6)
        bottom.plot(cycle, 100.0 * efficiency, color=colour, lw=1.0)
        alive = np.flatnonzero(capacity > 0.0)
        if alive.size:
            end = int(alive[-1])
            top.annotate(
                sample, (cycle[end], capacity[end]), xytext=(4, 0), textcoords="offset points", color=colour,
                va="center", fontsize=8.5, annotation_clip=False,
            )  # fmt: skip
    top.set_ylabel("Discharge capacity\n(mAh g⁻¹)")
    top.set_ylim(bottom=0.0)
    middle.set_ylabel("Polarisation\n(V, one side)")
    middle.set_ylim(bottom=0.0)
    bottom.set_ylabel("Coulombic\nefficiency (%)")
    low = min((float(np.nanmin(_columns(record)[3][1:])) for record in records.values()), default=1.0)
    bottom.set_ylim(100.0 * min(low - 0.001, 1.0 - TIGHT), 100.0 * (1.0 + TIGHT))
    bottom.axhline(100.0, color=FAINT, lw=0.7, zorder=0)
    bottom.set_xlabel("Cycle at the main rate")
    bottom.set_xlim(left=0.0)
    figure.align_ylabels()
    return figure


@styled
def figure_ablation(records: Mapping[str, xr.Dataset]) -> Figure:
    """Discharge capacity over cycles of every variant of ``ablation`` records, one panel per sample, all on one scale."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(min(3.7 * len(records) + 1.6, 11.0), 3.7), layout="constrained")
    panels = figure.subplots(1, len(records), sharey=True, squeeze=False)[0]
    for ax, (sample, record) in zip(panels, records.items(), strict=True):
        capacity = shown(record["discharge_capacity"], "mAh/g")
        for place, name in enumerate(str(each) for each in record["variant"].values):
            ax.plot(
                record["cycle"].values, capacity[place], lw=2.6 if place == 0 else 1.3, label=name,
                color=VARIANT_COLOURS[place % len(VARIANT_COLOURS)], zorder=1 if place == 0 else 2 + place,
                ls="-" if place < 3 else (0, (5, 1.5)), alpha=0.45 if place == 0 else 1.0,
            )  # fmt: skip
        ax.set_title(sample, loc="left", color=colour_of(sample, tuple(records)))
        ax.set_xlabel("Cycle at the main rate")
        ax.set_xlim(left=0.0)
    most = max(float(np.max(shown(record["discharge_capacity"], "mAh/g"))) for record in records.values())
    panels[0].set_ylim(0.0, 1.05 * most)
    panels[0].set_ylabel("Discharge capacity (mAh g⁻¹)")
    handles, labels = max((ax.get_legend_handles_labels() for ax in panels), key=lambda each: len(each[1]))
    figure.legend(handles, labels, loc="outside right upper", frameon=False, fontsize=8.0)
    return figure


@styled
def figure_fairness(one: xr.Dataset, other: xr.Dataset) -> Figure:
    """How much longer ``one`` lives than ``other``, both ``ablation`` records: as built, and with the faces of both films made equal.

    What is left with equal faces is the films' transport alone; the rest is their faces.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.5), layout="constrained")
    ax = figure.subplots()
    names = [str(record.attrs.get("sample", "")) for record in (one, other)]
    cycles = min(record.sizes["cycle"] for record in (one, other))
    at = one["cycle"].values[:cycles]

    def ahead(variant: str) -> Floats:
        rows = (shown(record["discharge_capacity"].sel(variant=variant), "mAh/g")[:cycles] for record in (one, other))
        return np.subtract(*rows)

    full, equal = ahead("as built"), ahead("flooded")
    ax.fill_between(at, equal, full, color=FAINT, alpha=0.35, lw=0.0)
    ax.plot(at, full, color=colour_of(names[0], tuple(names)), lw=1.9)
    ax.plot(at, equal, color=INK, lw=1.4, ls=(0, (5, 1.5)))
    ax.axhline(0.0, color=FAINT, lw=0.7, zorder=0)
    ax.set_xlim(0.0, float(at[-1]))
    ax.set_xlabel("Cycle at the main rate")
    ax.set_ylabel(f"{names[0]} ahead of {names[1]}\n(mAh g⁻¹)")
    for values, text in ((full, "as built"), (equal, "equal faces")):
        ax.annotate(
            text, (at[-1], values[-1]), xytext=(4, 0), textcoords="offset points", va="center", annotation_clip=False
        )
    return figure


@styled
def figure_curves(record: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Charge and discharge curves of the cycles that a life's ``curves`` record keeps, early ones light and late ones dark."""
    if ax is None:
        ax = new_axes(5.6, 3.6)
    numbers = np.unique(record["cycle"].values)
    colour = colour_of(str(record.attrs.get("sample", "")))
    first = float(record.attrs.get("reference_cycle", 1.0))
    mass = float(record["active_mass"])
    for place, number in enumerate(numbers):
        light = 1.0 - (place + 1.0) / numbers.size
        inside = record["cycle"].values == number
        label: str | None = f"{number - first + 1:g}"
        for step in np.unique(record["step"].values[inside]):
            at = inside & (record["step"].values == step)
            time, current = record["test_time"].values[at], record["current"].values[at]
            passed = np.abs(np.concatenate(([0.0], np.cumsum(0.5 * np.diff(time) * (current[1:] + current[:-1])))))
            ax.plot(
                passed / mass / 3600.0, record["voltage"].values[at], color=colour, alpha=1.0 - 0.75 * light, lw=1.3,
                label=label,
            )  # fmt: skip
            label = None
    ax.set_xlim(left=0.0)
    ax.set_xlabel("Specific capacity (mAh g⁻¹)")
    ax.set_ylabel("Voltage (V)")
    ax.legend(title="Cycle", loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    return ax


def _columns(record: xr.Dataset) -> tuple[Floats, Floats, Floats, Floats]:
    """Cycle from the reference on, specific capacity [mAh/g], gap of mean voltages [V], efficiency [1]."""
    first = int(float(record["reference_cycle"])) - 1 if "reference_cycle" in record.data_vars else 0
    on = slice(first, None)
    mass = float(record["active_mass"])
    charge, discharge = (record[f"{word}_capacity"].values[on] for word in ("charge", "discharge"))
    gap = np.full(discharge.size, np.nan)
    if "mean_charge_voltage" in record.data_vars:
        gap = (record["mean_charge_voltage"].values - record["mean_discharge_voltage"].values)[on]
    with np.errstate(divide="ignore", invalid="ignore"):
        efficiency = np.where(charge > 0.0, discharge / charge, np.nan)
    cycle = record["cycle"].values[on] - record["cycle"].values[first] + 1.0
    return cycle, discharge / mass / 3600.0, gap, efficiency
