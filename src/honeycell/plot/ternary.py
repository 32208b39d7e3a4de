"""The ternary phase diagram: binodal, spinodal, tie lines, the film's way, and rival sets of interaction parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honeycell.plot.style import FAINT, INK, colour_of, new_axes, styled

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from honeycell.plot.style import Floats

_HEIGHT = float(np.sqrt(3.0) / 2.0)
_ZOOM_POLYMER = 0.3
FRONT = 1e-6  # m below the bath: about what a micrograph of the front looks into
# Okabe & Ito, told apart by dashes too
RIVALS = (
    ("#222222", "-"),
    ("#0072B2", (0, (6, 2))),
    ("#D55E00", (0, (1, 1.2))),
    ("#009E73", (0, (4, 1.5, 1, 1.5))),
    ("#CC79A7", (0, (2, 1))),
)
CHIS = (("chi13", "χ₁₃"), ("chi23", "χ₂₃"), ("chi123", "χ₁₂₃"))
WAYS = ("#009E73", "#CC79A7")  # Okabe & Ito's green and purple: the liquid at the front and at the plate


def _triangle(fractions: Floats) -> tuple[Floats, Floats]:
    """Place of (water, solvent, polymer): solvent left, water right, polymer on top."""
    points = np.atleast_2d(fractions)
    return points[:, 0] + points[:, 2] / 2.0, _HEIGHT * points[:, 2]


def _corner(fractions: Floats) -> tuple[Floats, Floats]:
    points = np.atleast_2d(fractions)
    return points[:, 0], points[:, 2]


def _draw_ternary(
    ax: Axes, record: xr.Dataset, place: Callable[[Floats], tuple[Floats, Floats]], tie_lines: int, clip: bool
) -> None:
    lean, rich = (np.asarray(record[name].values, float) for name in ("binodal_lean", "binodal_rich"))
    whole = np.isfinite(lean).all(axis=1) & np.isfinite(rich).all(axis=1)
    lean, rich = lean[whole], rich[whole]
    order = np.argsort(-np.linalg.norm(rich - lean, axis=1), kind="stable")
    lean, rich = lean[order], rich[order]
    critical = np.asarray(record["critical_point"].values, float)[None, :]
    middle = critical[np.isfinite(critical).all(axis=1)]
    if len(lean):
        chosen = np.unique(np.linspace(0, len(lean) - 1, min(tie_lines, len(lean))).round().astype(int))
        for index in chosen:
            ax.plot(*place(np.stack([lean[index], rich[index]])), color=FAINT, lw=0.6, zorder=1, clip_on=clip)
    ax.plot(*place(np.concatenate([lean, middle, rich[::-1]])), color=INK, lw=1.6, label="binodal", clip_on=clip)
    spinodal = np.asarray(record["spinodal"].values, float)
    ax.plot(*place(spinodal), color=INK, lw=1.1, ls=(0, (4, 2.5)), label="spinodal", clip_on=clip)
    ax.plot([], [], color=FAINT, lw=0.6, label="tie lines")
    if len(middle):
        ax.plot(
            *place(middle),
            ls="",
            marker="D",
            ms=5.5,
            mfc="white",
            mec=INK,
            zorder=5,
            label="critical point",
            clip_on=clip,
        )
    colour = colour_of(str(record.attrs["sample"]))
    ax.plot(
        *place(np.asarray(record["path"].values, float)),
        color=colour, marker="o", ms=4.5, lw=1.3, zorder=6, label=f"path of {record.attrs['sample']}", clip_on=clip,
    )  # fmt: skip


def _draw_ways(ax: Axes, exchange: xr.Dataset) -> None:
    """Mean compositions of the liquid, about a micrometre below the bath and at the plate, until the film has set."""
    depth = exchange["depth"].values
    for k, colour in ((int(np.argmin(np.abs(depth - FRONT))), WAYS[0]), (len(depth) - 1, WAYS[1])):
        water, polymer = (exchange[name].values[:, k] for name in ("water_fraction", "polymer_fraction"))
        ax.plot(water, polymer, color=colour, lw=1.6, zorder=6.2, label=f"liquid {depth[k] * 1e6:.2g} µm deep")
        ax.plot(water[-1:], polymer[-1:], color=colour, marker="s", ms=4, ls="", zorder=6.3)


def _path_names(record: xr.Dataset) -> list[str]:
    path = record["path"]
    if "path_point" in path.coords and path["path_point"].dtype.kind in "UOT":
        return [str(name) for name in path["path_point"].values]
    return [chr(ord("a") + index) for index in range(path.shape[0])]


def _label_path(ax: Axes, record: xr.Dataset, place: Callable[[Floats], tuple[Floats, Floats]], zoom: bool) -> None:
    from matplotlib import patheffects

    path = np.asarray(record["path"].values, float)
    x, y = place(path)
    gap = 0.05 if not zoom else 0.06
    last: tuple[float, float] | None = None
    below = False
    for name, fractions, px, py in zip(_path_names(record), path, x, y, strict=True):
        inside = not zoom or (ax.get_xlim()[0] <= px <= ax.get_xlim()[1] and ax.get_ylim()[0] <= py <= ax.get_ylim()[1])
        width, height = np.ptp(ax.get_xlim()), np.ptp(ax.get_ylim())
        crowded = last is not None and abs(px - last[0]) < gap * width and abs(py - last[1]) < gap * height
        if not inside or not np.isfinite(fractions).all():
            continue
        last, below = (px, py), crowded and not below
        right = zoom if not crowded else True
        text = ax.annotate(
            name, (px, py), xytext=(5 if right else -6, -5 if below else 5), textcoords="offset points",
            ha="left" if right else "right", va="top" if below else "bottom",
            fontsize=9, fontweight="bold", color=colour_of(str(record.attrs["sample"])), zorder=7,
        )  # fmt: skip
        text.set_path_effects([patheffects.withStroke(linewidth=2.5, foreground="white")])


@styled
def figure_ternary(
    record: xr.Dataset, ax: Axes | None = None, *, tie_lines: int = 7, exchange: xr.Dataset | None = None
) -> Axes:
    """Ternary diagram of volume fractions with a rectangular close-up of the polymer-poor side.

    Parameters
    ----------
    record : a ``ternary/1`` record; components water, solvent, polymer.
    ax : axes of the triangle; the close-up is an inset to their right.
    tie_lines : how many tie lines to draw at most.
    exchange : ``exchange/1`` of the same film, for the ways that its liquid takes at the front and at the back.

    Returns
    -------
    Axes of the triangle; the close-up is its child (``ax.child_axes[0]``).
    """
    if ax is None:
        ax = new_axes(9.6, 3.9)
        ax.set_position((0.01, 0.08, 0.43, 0.84))
    ax.set_aspect("equal")
    ax.set_axis_off()
    ax.set_xlim(-0.08, 1.08)
    ax.set_ylim(-0.13, _HEIGHT + 0.09)
    for step in np.arange(0.2, 0.9, 0.2):
        for ends in (
            [(step, 1 - step, 0), (step, 0, 1 - step)],
            [(0, step, 1 - step), (1 - step, step, 0)],
            [(0, 1 - step, step), (1 - step, 0, step)],
        ):
            ax.plot(*_triangle(np.array(ends, float)), color="#E9EBEE", lw=0.6, zorder=0)
        (x,), (y,) = _triangle(np.array([step, 1 - step, 0.0]))
        ax.text(x, y - 0.015, f"{step:.1f}", fontsize=7, ha="center", va="top", color="#666666")
        (x,), (y,) = _triangle(np.array([1 - step, 0.0, step]))
        ax.text(x + 0.015, y, f"{step:.1f}", fontsize=7, ha="left", va="center", color="#666666")
        (x,), (y,) = _triangle(np.array([0.0, step, 1 - step]))
        ax.text(x - 0.015, y, f"{step:.1f}", fontsize=7, ha="right", va="center", color="#666666")
    frame = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]], float)
    ax.plot(*_triangle(frame), color="#444444", lw=0.9, zorder=2, solid_joinstyle="round")
    names = ["water", "solvent", "polymer"]
    if "component" in record.coords and record["component"].dtype.kind in "UOT":
        names = [str(name) for name in record["component"].values]
    ax.text(1.0, -0.065, names[0], ha="center", va="top")
    ax.text(0.0, -0.065, names[1], ha="center", va="top")
    ax.text(0.5, _HEIGHT + 0.025, names[2], ha="center", va="bottom")
    ax.text(0.5, -0.075, "volume fraction", ha="center", va="top", fontsize=8, style="italic", color="#666666")
    _draw_ternary(ax, record, _triangle, tie_lines, clip=False)
    _label_path(ax, record, _triangle, zoom=False)

    zoom = ax.inset_axes((1.14, 0.11, 0.86, 0.80))
    path = np.asarray(record["path"].values, float)
    poor = path[path[:, 2] < _ZOOM_POLYMER]
    waters = [0.2, *poor[:, 0], float(record["critical_point"].values[0])]
    zoom.set_xlim(0.0, min(1.0, 1.12 * float(np.nanmax(waters))))
    zoom.set_ylim(0.0, _ZOOM_POLYMER)
    _draw_ternary(zoom, record, _corner, 4 * tie_lines, clip=True)
    if exchange is not None:
        _draw_ways(zoom, exchange)
    _label_path(zoom, record, _corner, zoom=True)
    zoom.set_xlabel(f"{names[0]}, volume fraction")
    zoom.set_ylabel(f"{names[2]}, volume fraction")
    zoom.set_title(f"Close-up: {names[2]} below {_ZOOM_POLYMER:g}", loc="left", fontsize=9)
    zoom.fill_between([0, 1], [1, 0], [1, 1], color="#F1F2F4", lw=0, zorder=0)
    handles, labels = zoom.get_legend_handles_labels()
    zoom.legend(handles, labels, loc="upper left", bbox_to_anchor=(1.02, 1.0), borderaxespad=0.0, handlelength=2.4)
    zoom.locator_params(axis="x", nbins=5)
    top = _ZOOM_POLYMER
    right = zoom.get_xlim()[1]
    shade = [[right, 1 - right, 0], [right, max(1 - right - top, 0), min(top, 1 - right)]]
    shade += [[1 - top, 0, top]] if right > 1 - top else []
    outline = np.array([[0, 1, 0], *shade, [0, 1 - top, top]], float)
    ax.fill(*_triangle(outline), color="#F4EFD9", lw=0, zorder=-1)
    return ax


@styled
def figure_binodals(record: xr.Dataset) -> Figure:
    """Binodals of a ``binodals/1`` record over each other, each with the cloud point that it is to pass.

    Returns
    -------
    The figure: left, polymer against water up to the rich branch; right, the same near the cloud points.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.2, 4.0))
    sample = str(record.attrs.get("sample", ""))
    figure.text(
        0.012, 0.975, sample, fontsize=12, fontweight="bold", va="top", color=colour_of(sample), parse_math=False
    )
    axes = [figure.add_axes((0.07, 0.13, 0.30, 0.71)), figure.add_axes((0.445, 0.13, 0.30, 0.71))]
    names = [str(name) for name in record["set"].values]
    clouds = record["cloud_point"].values
    for k, name in enumerate(names):
        lean, rich, critical = (record[part].values[k] for part in ("binodal_lean", "binodal_rich", "critical_point"))
        curve = np.concatenate([lean[::-1], critical[None], rich])
        colour, dashes = RIVALS[k % len(RIVALS)]
        told = ", ".join(f"{sign} {float(record[each][k]):.2f}" for each, sign in CHIS if each in record)
        for ax in axes:
            ax.plot(curve[:, 0], curve[:, 2], color=colour, ls=dashes, label=f"{name.replace('_', ' ')}\n{told}")
            ax.plot(*clouds[k][[0, 2]], marker="o", ms=6, mfc="white", mec=colour, mew=1.4, ls="", zorder=5)
    axes[0].plot([], [], marker="o", ms=6, mfc="white", mec=INK, ls="", label="cloud point of the set")
    axes[0].set_xlim(0.0, 0.25)
    axes[0].set_ylim(0.0, 0.8)
    axes[0].set_title("Binodals", loc="left", fontsize=9)
    axes[1].set_xlim(0.0, 2.0 * float(clouds[:, 0].max()))
    axes[1].set_ylim(0.0, 2.5 * float(clouds[:, 2].max()))
    axes[1].set_title("Close-up", loc="left", fontsize=9)
    for ax in axes:
        ax.set_xlabel("water, volume fraction")
        ax.set_ylabel("polymer, volume fraction")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper left", bbox_to_anchor=(0.755, 0.87), fontsize=8, labelspacing=0.9)
    return figure
