"""How wide the pores are through a film: all depths, and the front against the back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honeycell.plot.style import INK, colour_of, figure_of, styled

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE = (9.2, 4.4)
CHORD, BALL = "#0072B2", "#E69F00"  # Okabe & Ito's blue and orange
KINDS = (
    ("chord_share", "mean_chord", "chords, by number", CHORD),
    ("ball_share", "mean_ball", "largest balls, by volume", BALL),
)
SHOWN = 2e-3  # share below which a bin counts as empty when the axis is chosen


@styled
def figure_pore_sizes(record: xr.Dataset) -> Figure:
    """Figure of a ``pore_sizes/1`` record.

    Returns
    -------
    The figure: left, share of the chords in bins of size (shade) at each depth with both means; right, both distributions at the front
    and at the back.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE)
    sample = str(record.attrs.get("sample", ""))
    figure.text(
        0.012, 0.975, sample, fontsize=12, fontweight="bold", va="top", color=colour_of(sample), parse_math=False
    )
    shares = np.concatenate([record[kind[0]].values for kind in KINDS])
    used = np.flatnonzero(shares.max(axis=0) > SHOWN)
    nm = 1e9
    low, high = float(record["smallest"][used[0]]) * nm, float(record["largest"][used[-1]]) * nm
    depths = figure.add_axes((0.075, 0.13, 0.36, 0.72))
    _draw_depths(depths, record, nm)
    panels = [figure.add_axes((0.535, 0.13 + 0.395 * k, 0.445, 0.325)) for k in (1, 0)]
    top = 1.08 * 100.0 * float(shares[[0, len(record["depth"]) - 1, len(record["depth"]), -1]].max())
    for ax, name, row in zip(panels, ("front", "back"), (0, -1), strict=True):
        edges = np.append(record["smallest"].values, record["largest"].values[-1]) * nm
        for share, mean, label, colour in KINDS:
            values = 100.0 * record[share].values[row]
            ax.stairs(values, edges, fill=True, color=colour, alpha=0.35, lw=0)
            ax.stairs(
                values, edges, color=colour, lw=1.2, label=f"{label}: mean {_three(float(record[mean][row]) * nm)} nm"
            )
            ax.axvline(float(record[mean][row]) * nm, color=colour, lw=1.0, ls=(0, (4, 2)))
        ax.set_title(f"{name}, {float(record['depth'][row]) * 1e6:.3g} µm deep", loc="left", fontsize=9)
        ax.legend(
            loc="upper left" if row else "upper right", fontsize=8, frameon=True, framealpha=0.9, edgecolor="none"
        )
        ax.set_ylabel("Share of bin (%)")
        ax.set_ylim(0.0, top * 1.35)
    for ax in (depths, *panels):
        ax.set_xscale("log")
        ax.set_xlim(low, high)
        _plain_decades(ax)
    panels[0].tick_params(labelbottom=False)
    panels[1].set_xlabel("Width of the pores (nm)")
    return figure


def _draw_depths(ax: Axes, record: xr.Dataset, nm: float) -> None:
    depth = record["depth"].values * 1e6
    edges = np.append(record["smallest"].values, record["largest"].values[-1]) * nm
    last = 0.5 * (depth[-1] - depth[-2]) if len(depth) > 1 else max(depth[-1], 1.0)
    borders = np.concatenate([[0.0], 0.5 * (depth[1:] + depth[:-1]), [depth[-1] + last]])
    shades = ax.pcolormesh(
        edges, borders, 100.0 * record["chord_share"].values, cmap="Greys", vmin=0.0, rasterized=True
    )
    bar = figure_of(ax).colorbar(shades, ax=ax, pad=0.02, fraction=0.05)
    bar.set_label("Share of the chords in a bin (%)", fontsize=8)
    bar.outline.set_linewidth(0.4)
    for _, mean, label, colour in KINDS:
        ax.plot(
            record[mean].values * nm,
            depth,
            color=colour,
            lw=1.8,
            marker="o",
            ms=2.5,
            label=f"mean of {label.split(',')[0]}",
        )
    ax.set_ylim(float(borders[-1]), 0.0)
    ax.set_xlabel("Width of the pores (nm)")
    ax.set_ylabel("Depth from the front (µm)")
    ax.legend(loc="lower left", fontsize=8, framealpha=0.85, frameon=True, edgecolor="none")


def _plain_decades(ax: Axes) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.tick_params(axis="x", labelcolor=INK)


def _three(value: float) -> str:
    return f"{float(f'{value:.3g}'):g}"
