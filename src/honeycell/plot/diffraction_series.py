"""A series of powder patterns: intensity over angle and time, with voltage and cells along the same time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from honeycell.plot.style import FAINT, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from honeycell.analysis.result import Reduction

COLOURS = ("#D55E00", "#56B4E9", "#009E73", "#CC79A7", "#E69F00", "#0072B2")
MOST_TRACKS = 6  # with their movement in the panel beside the map, the strongest
BOTTOM, HEIGHT = 0.11, 0.68


def draw_series(figure: Figure, reduction: Reduction) -> None:
    """Map with tracked lines; to the right of it the voltage, where it is known, and the cells, else the movement of the lines."""
    rows = reduction.tables["curve_map"]
    key = "time / h" if all("time / h" in row for row in rows) else "pattern"
    when = np.array([row[key] for row in rows], float)
    volts = all("voltage" in row for row in rows)
    width = 0.52 if volts else 0.66
    ax = figure.add_axes((0.075, BOTTOM, width, HEIGHT))
    _draw_map(figure, ax, reduction, when)
    ax.set_ylabel("Time (h)" if key == "time / h" else "Pattern")
    left = 0.075 + width + 0.02
    if volts:
        trace = figure.add_axes((left, BOTTOM, 0.12, HEIGHT), sharey=ax)
        trace.plot([row["voltage"] for row in rows], when, color=INK, lw=1.3, marker="o", ms=2.5)
        trace.set_xlabel("Voltage (V)")
        trace.tick_params(labelleft=False)
        left += 0.15
    last = figure.add_axes((left, BOTTOM, 0.985 - left, HEIGHT), sharey=ax)
    last.tick_params(labelleft=False)
    if reduction.tables["cells"]:
        _draw_cells(last, reduction, key)
    else:
        _draw_movement(last, reduction, key)


def _edges(values: np.ndarray) -> np.ndarray:
    if values.size == 1:
        return np.array([values[0] - 0.5, values[0] + 0.5])
    middle = 0.5 * (values[1:] + values[:-1])
    return np.concatenate([[1.5 * values[0] - 0.5 * values[1]], middle, [1.5 * values[-1] - 0.5 * values[-2]]])


def _draw_map(figure: Figure, ax: Axes, reduction: Reduction, when: np.ndarray) -> None:
    rows = reduction.tables["curve_map"]
    x = np.asarray(rows[0]["two_theta"], float)
    net = np.stack([np.interp(x, row["two_theta"], row["intensity"]) for row in rows])
    root = np.sqrt(np.maximum(net, 0.0))
    top = float(root.max(initial=0.0)) or 1.0
    # equal times would make cells without height
    edges = _edges(np.maximum.accumulate(when + 1e-9 * np.arange(when.size)))
    mesh = ax.pcolormesh(_edges(x), edges, root, cmap="cividis", vmin=0.0, vmax=top, rasterized=True)
    bar = figure.colorbar(mesh, cax=ax.inset_axes((0.0, 1.015, 0.32, 0.018)), orientation="horizontal")
    counts = [float(f"{place**2:.1g}") for place in np.linspace(0.0, 0.95 * top, 4)]
    bar.set_ticks(np.sqrt(counts).tolist(), labels=[f"{each:g}" for each in counts])
    bar.ax.xaxis.set_ticks_position("top")
    bar.ax.tick_params(labelsize=7, length=2)
    ax.text(0.345, 1.012, "intensity above the baseline", transform=ax.transAxes, fontsize=7.5, va="bottom", color=INK)
    for row in reduction.tables["tracks"]:
        mine = [each for each in reduction.tables["peaks"] if each["track"] == row["track"]]
        places_ = [each["two_theta"] for each in mine]
        ax.plot(
            places_, [when[each["pattern"] - 1] for each in mine], color="white", lw=0.8, marker=".", ms=2.5, alpha=0.9
        )
    ax.set_xlabel("Diffraction angle 2θ (degree)")
    ax.set_xlim(float(x[0]), float(x[-1]))
    ax.set_ylim(float(edges[0]), float(edges[-1]))


def _draw_cells(ax: Axes, reduction: Reduction, key: str) -> None:
    rows = reduction.tables["cells"]
    names = [name for name in rows[0] if name.endswith("/ angstrom") and "error" not in name]
    for place, number in enumerate(sorted({row["cell"] for row in rows})):
        for style, name in zip(("o", "s", "^"), names, strict=False):
            mine = [row for row in rows if row["cell"] == number and name in row]
            error = [1.96 * (row[name.replace(" /", "_standard_error /")] or math.nan) for row in mine]
            edge = name.split(" ")[0]
            ax.errorbar(
                [row[name] for row in mine], [row[key] for row in mine], xerr=error, fmt=style, ms=4, color=COLOURS[place % len(COLOURS)], lw=0.9,
                capsize=1.5, label=f"cell {number}, {edge}" if len(names) > 1 else f"cell {number}",
            )  # fmt: skip
    ax.set_xlabel("Lattice parameter (Å)\n95 % bars")
    _legend(ax)


def _draw_movement(ax: Axes, reduction: Reduction, key: str) -> None:
    tracks = sorted(reduction.tables["tracks"], key=lambda row: -row["greatest_height"])[:MOST_TRACKS]
    for colour, row in zip(COLOURS, sorted(tracks, key=lambda row: row["two_theta_first"]), strict=False):
        mine = [each for each in reduction.tables["peaks"] if each["track"] == row["track"]]
        shift = [each["two_theta"] - row["two_theta_first"] for each in mine]
        error = [1.96 * each["two_theta_standard_error"] for each in mine]
        ax.errorbar(
            shift,
            [each[key] for each in mine],
            xerr=error,
            fmt="o",
            ms=3.5,
            color=colour,
            lw=0.9,
            capsize=1.5,
            label=f"{row['two_theta_first']:.2f}°",
        )
    ax.axvline(0.0, color=FAINT, lw=0.8)
    ax.set_xlabel("Movement (degree)\n95 % bars")
    _legend(ax)


def _legend(ax: Axes) -> None:
    if ax.get_legend_handles_labels()[0]:
        ax.legend(
            loc="lower center",
            bbox_to_anchor=(0.5, 1.0),
            ncols=2,
            fontsize=7.5,
            borderaxespad=0.3,
            columnspacing=1.0,
            handletextpad=0.3,
        )
