"""One function per figure: records in, Axes out, and no computation beyond the units shown.

Figures are plain ``matplotlib.figure.Figure`` objects under the house style; nothing global is changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.plot.decades import decades, dense, free_spot, hertz
from honeycell.plot.style import (
    GF_COLOUR,
    HJ_COLOUR,
    INK,
    UNIT_SIGNS,
    axis_label,
    colour_of,
    figure_of,
    new_axes,
    shown,
    styled,
    svg,
)
from honeycell.plot.ternary import figure_ternary
from honeycell.quantities.errors import InputError
from honeycell.quantities.units import from_si, to_si

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr
    from matplotlib.axes import Axes

    from honeycell.plot.style import Box, Floats

__all__ = [
    "BASES",
    "GF_COLOUR",
    "HJ_COLOUR",
    "VERDICT_COLOURS",
    "colour_of",
    "figure_first_cycle",
    "figure_ledger_counts",
    "figure_nyquist",
    "figure_profile",
    "figure_ternary",
    "svg",
]

VERDICT_COLOURS = {
    "agrees": "#2A9D7C",
    "disagrees": "#882255",
    "contested": "#DDAA33",
    "untestable": "#8C93A0",
    "open": "#D5D9E0",
}
BASES = ("given", "calibrated", "predicted", "none")
_DARK_FILLS = ("agrees", "disagrees", "untestable")


def _scalar(record: xr.Dataset, name: str, unit: str) -> float:
    if name not in record.variables:
        raise InputError(
            f"the record has no scalar {name!r}", f"figure of {record.attrs.get('sample', '?')}", f"Give it in {unit}."
        )
    value = float(record[name])
    return to_si(value, str(record[name].attrs["units"]))


# ---------------------------------------------------------------- structure


@styled
def figure_profile(record: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Volume fractions of a ``structure/1`` record stacked against depth, front left and back right."""
    if ax is None:
        ax = new_axes(5.6, 3.1)
    depth = shown(record["depth"], "um")
    bottom = np.zeros_like(depth)
    fills = (
        ("polymer_fraction", "polymer", "#5B6B7F"),
        ("particle_fraction", "particles", "#C9A227"),
        ("porosity", "pores", "#DCEBF5"),
    )
    for name, fallback, colour in fills:
        top = bottom + shown(record[name], "1")
        text = str(record[name].attrs.get("long_name") or fallback).removesuffix(" volume fraction")
        ax.fill_between(depth, bottom, top, color=colour, lw=0, label=text)
        ax.plot(depth, top, color="white", lw=0.8)
        bottom = top
    ax.set_xlim(float(depth[0]), float(depth[-1]))
    ax.set_ylim(0.0, max(1.0, float(np.nanmax(bottom, initial=0.0))))
    ax.set_xlabel(axis_label(record["depth"], "depth", "um"))
    ax.set_ylabel("Volume fraction, stacked")
    for place, name, side in ((0.0, "front", "left"), (1.0, "back", "right")):
        ax.annotate(
            name, (place, 0), (0, -31), xycoords="axes fraction", textcoords="offset points",
            ha=side, va="center", fontsize=8, fontweight="bold", color="#555555", annotation_clip=False,
        )  # fmt: skip
    ax.set_title(
        str(record.attrs["sample"]), loc="left", color=colour_of(str(record.attrs["sample"])), fontweight="bold", pad=20
    )
    ax.legend(
        loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, borderaxespad=0.2, handlelength=1.0, columnspacing=1.2
    )
    return ax


# ---------------------------------------------------------------- impedance


@styled
def figure_nyquist(records: Mapping[str, xr.Dataset], ax: Axes | None = None) -> Axes:
    """Nyquist plot of ``impedance/1`` records by sample: equal axes, -Z″ up, a mark at each decade of frequency."""
    if ax is None:
        ax = new_axes(7.6, 4.4)
    spectra = {}
    for sample, record in records.items():
        frequency = shown(record["frequency"], "Hz")
        spectra[sample] = (
            frequency, shown(record["real_impedance"], "ohm"), -shown(record["imaginary_impedance"], "ohm")
        )  # fmt: skip
    right = max((float(np.nanmax(x, initial=0.0)) for _, x, _ in spectra.values()), default=0.0) or 1.0
    top = max((float(np.nanmax(y, initial=0.0)) for _, _, y in spectra.values()), default=0.0)
    low = min((float(np.nanmin(y, initial=0.0)) for _, _, y in spectra.values()), default=0.0)
    left = min((float(np.nanmin(x, initial=0.0)) for _, x, _ in spectra.values()), default=0.0)
    width = max(1.07 * right, 0.6 * 1.1 * top)
    height = max(1.1 * top, 0.45 * width)
    ax.set_aspect("equal", adjustable="box")
    ax.set_xlim(1.05 * left, width)
    ax.set_ylim(max(1.05 * low, -0.3 * height), height)
    ax.apply_aspect()
    point = float(np.ptp(ax.get_xlim())) / (ax.get_window_extent().width * 72.0 / figure_of(ax).dpi)
    marks = []
    for sample, (frequency, x, y) in spectra.items():
        colour = colour_of(sample, tuple(records))
        ax.plot(x, y, color=colour, label=sample, marker=".", ms=3, lw=1.2)
        for decade, index in decades(frequency, np.isfinite(x) & np.isfinite(y)):
            ax.plot(x[index], y[index], "o", ms=5.5, mfc="white", mec=colour, mew=1.3, zorder=4)
            marks.append((hertz(decade), x, y, index, colour))
    curves = [np.stack([dense(x), dense(y)], axis=1) / point for _, x, y in spectra.values()]
    taken: list[Box] = []
    for text, x, y, index, colour in marks:
        spot = free_spot(text, np.stack([x, y], axis=1) / point, index, curves, taken)
        if spot is None:
            continue
        ax.annotate(
            text, (x[index], y[index]), xytext=spot, textcoords="offset points",
            ha="center", va="center", fontsize=8, color=colour, zorder=5,
        )  # fmt: skip
    ax.axhline(0.0, color="#C8CCD2", lw=0.7, zorder=0)
    first = next(iter(records.values()), None)
    if first is not None:
        for record in records.values():
            if any(record[name].attrs.get("long_name") != first[name].attrs.get("long_name") for name in _AXES):
                first = record.copy()
                for name in _AXES:
                    first[name].attrs.pop("long_name", None)
                break
        ax.set_xlabel(f"{axis_label(first[_AXES[0]], 'real impedance')}, Z′ (Ω)")
        ax.set_ylabel("−Z″ (Ω)")
        ax.plot([], [], "o", ms=5.5, mfc="white", mec="#666666", mew=1.3, label="decades of frequency")
        ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=4, borderaxespad=0.2, columnspacing=1.2)
    return ax


_AXES = ("real_impedance", "imaginary_impedance")


# ---------------------------------------------------------------- cycling


def _half_cycles(record: xr.Dataset) -> list[tuple[str, Floats, Floats]]:
    """``(direction, mAh/g, V)`` of the first cycle; consecutive steps of one direction go on from each other."""
    mass = _scalar(record, "active_mass", "kg")
    cycle, step = np.asarray(record["cycle"].values), np.asarray(record["step"].values)
    time, current, voltage = (shown(record[n], u) for n, u in (("test_time", "s"), ("current", "A"), ("voltage", "V")))
    rows = np.flatnonzero(cycle == np.nanmin(cycle)) if cycle.size else np.array([], int)
    pieces: list[tuple[str, list[Floats], list[Floats]]] = []
    starts = np.flatnonzero(np.diff(step[rows], prepend=np.nan) != 0)
    for part in np.split(rows, starts[1:]) if rows.size else []:
        mean = float(np.mean(current[part]))
        if mean == 0.0:
            continue
        direction = "charge" if mean > 0 else "discharge"
        between = np.abs(current[part][1:] + current[part][:-1]) / 2.0 * np.diff(time[part])
        capacity = from_si(np.concatenate([[0.0], np.cumsum(between)]) / mass, "mAh/g")  # type: ignore[arg-type]
        if pieces and pieces[-1][0] == direction:
            pieces[-1][1].append(np.asarray(capacity) + pieces[-1][1][-1][-1])
            pieces[-1][2].append(voltage[part])
        else:
            pieces.append((direction, [np.asarray(capacity)], [voltage[part]]))
    return [(direction, np.concatenate(x), np.concatenate(y)) for direction, x, y in pieces]


@styled
def figure_first_cycle(records: Mapping[str, xr.Dataset], ax: Axes | None = None) -> Axes:
    """Voltage against specific capacity in the first cycle of ``cycling/1`` records with a scalar ``active_mass``."""
    if ax is None:
        ax = new_axes(5.6, 3.6)
    from matplotlib.lines import Line2D

    handles = []
    for place, (sample, record) in enumerate(records.items()):
        colour = colour_of(sample, tuple(records))
        width = 1.4 + 2.0 * (len(records) - 1 - place)  # curves that coincide stay visible under one another
        handles.append(Line2D([], [], color=colour, lw=width, alpha=0.55 if width > 2 else 1.0, label=sample))
        for direction, capacity, voltage in _half_cycles(record):
            ax.plot(
                capacity, voltage, color=colour, lw=width, alpha=0.55 if width > 2 else 1.0, solid_capstyle="butt",
                ls="-" if direction == "charge" else (0, (7.0 / width, 2.8 / width)), label=direction,
            )  # fmt: skip
    handles.append(Line2D([], [], color="#666666", label="charge"))
    handles.append(Line2D([], [], color="#666666", ls=(0, (5, 2)), label="discharge"))
    ax.set_xlim(left=0.0)
    ax.set_xlabel(f"Specific capacity ({UNIT_SIGNS['mAh/g']})")
    first = next(iter(records.values()), None)
    ax.set_ylabel(axis_label(first["voltage"], "voltage", "V") if first is not None else "Voltage (V)")
    ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=len(handles), borderaxespad=0.2,
              handlelength=1.8, columnspacing=1.2)  # fmt: skip
    return ax


# ---------------------------------------------------------------- ledger


@styled
def figure_ledger_counts(ledger: Sequence[Mapping[str, Any]], ax: Axes | None = None) -> Axes:
    """How many claims got each verdict, one bar for each basis the twin's number stands on."""
    if ax is None:
        ax = new_axes(6.4, 1.9)
    counts = {(basis, verdict): 0 for basis in BASES for verdict in VERDICT_COLOURS}
    for row in ledger:
        if row.get("same_as"):
            continue
        basis, verdict = row.get("basis") or "none", row.get("verdict") or "open"
        counts[basis, verdict] = counts.get((basis, verdict), 0) + 1
    most = max(sum(counts[basis, verdict] for verdict in VERDICT_COLOURS) for basis in BASES) or 1
    start = np.zeros(len(BASES))
    places = np.arange(len(BASES), dtype=float)
    for verdict, colour in VERDICT_COLOURS.items():
        widths = np.array([counts[basis, verdict] for basis in BASES], float)
        ax.barh(places, widths, 0.68, start, color=colour, edgecolor="white", linewidth=0.8, label=verdict)
        for place, left, width in zip(places, start, widths, strict=True):
            if width >= 0.035 * most:
                ax.text(
                    left + width / 2, place, f"{width:.0f}", ha="center", va="center", fontsize=7.5,
                    color="white" if verdict in _DARK_FILLS else INK,
                )  # fmt: skip
        start += widths
    for place, total in zip(places, start, strict=True):
        ax.text(total + 0.012 * most, place, f"{total:.0f}", ha="left", va="center", fontsize=8, fontweight="bold")
    ax.set_yticks(places, BASES)
    ax.invert_yaxis()
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.locator_params(axis="x", integer=True)
    ax.set_xlim(0, 1.06 * most)
    ax.set_xlabel("Number of claims")
    ax.set_ylabel("Basis")
    ax.legend(
        loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=5, handlelength=1.0, columnspacing=1.2, borderaxespad=0.2
    )
    return ax
