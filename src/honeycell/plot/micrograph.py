"""A reduced micrograph: the image with its outlines and a scale bar, and the sizes found."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from honeycell.plot.style import FAINT, INK, colour_of, styled
from honeycell.plot.wording import rounded, rounded_interval, shown_as, words

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from honeycell.analysis.result import Reduction

SIZE = (10.6, 5.6)
LARGEST = 900  # pixels of image drawn along an axis; a figure shows no more
PARTICLES, PORES = "#F0E442", "#56B4E9"  # outlines that stand out on grey, Okabe & Ito's yellow and sky blue
_BARS = (1.0, 2.0, 5.0, 10.0)


@styled
def figure_micrograph(record: xr.Dataset, reduction: Reduction) -> Figure:
    """Figure of one ``micrograph/1`` record and its reduction.

    Parameters
    ----------
    record : the image; ``pixel_size`` may be missing where it was given as a setting.
    reduction : with tables ``histogram`` and ``curve_particles``, ``curve_pores`` of outlines.

    Returns
    -------
    The figure: image with outlines (features cut by the edge faint) and scale bar, a histogram for each kind with its mean, spread
    and number, and the quantities.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE)
    sample = str(record.attrs.get("sample", ""))
    figure.text(
        0.012, 0.985, sample, fontsize=12, fontweight="bold", va="top", color=colour_of(sample), parse_math=False
    )
    image = figure.add_axes((0.012, 0.03, 0.56, 0.87))
    _draw_image(image, record, reduction)
    kinds = [
        kind for kind in ("particles", "pores") if any(row["feature"] == kind for row in reduction.tables["histogram"])
    ]
    height = 0.36 if len(kinds) < 2 else 0.18
    for place, kind in enumerate(kinds):
        _draw_histogram(
            figure.add_axes((0.645, 0.9 - height - place * 0.33, 0.34, height)), kind, reduction, colour_of(sample)
        )
    _draw_table(figure.add_axes((0.6, 0.0, 0.39, 0.33)), reduction)
    return figure


def _draw_image(ax: Axes, record: xr.Dataset, reduction: Reduction) -> None:
    grey = np.asarray(record["intensity"].values, float)
    step = max(math.ceil(max(grey.shape) / LARGEST), 1)
    low, high = np.percentile(grey, [0.5, 99.5])
    ax.imshow(
        grey[::step, ::step],
        cmap="gray",
        vmin=low,
        vmax=max(high, low + 1e-9),
        extent=(0, grey.shape[1], grey.shape[0], 0),
    )
    ax.set_axis_off()
    for kind, colour in (("particles", PARTICLES), ("pores", PORES)):
        outlines = np.zeros(grey.shape)
        rows = reduction.tables.get(f"curve_{kind}") or []
        for row in rows:
            outlines[row["y"], row["x"]] = 1.0 if row["whole"] else 0.45
        if rows:
            _lay_over(ax, outlines, colour)
            ax.plot([], [], color=colour, lw=2.0, label=f"{kind} (faint: cut by the edge)")
    if ax.get_legend_handles_labels()[0]:
        ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, borderaxespad=0.3)
    size = _pixel_size(record, reduction)
    if size is not None:
        _scale_bar(ax, size, grey.shape)


def _lay_over(ax: Axes, opacity: np.ndarray, colour: str) -> None:
    from matplotlib.colors import to_rgb

    layer = np.empty((*opacity.shape, 4))
    layer[..., :3], layer[..., 3] = to_rgb(colour), opacity
    ax.imshow(layer, extent=(0, opacity.shape[1], opacity.shape[0], 0), interpolation="nearest")


def _pixel_size(record: xr.Dataset, reduction: Reduction) -> float | None:
    """Edge of a pixel [m] that the reduction used."""
    rows = reduction.tables.get("curve_scale")
    return float(rows[0]["pixel_size / m"]) if rows else float(record["pixel_size"]) if "pixel_size" in record else None


def bar_length(width: float) -> tuple[float, str]:
    """A round length [m], about a fifth of a ``width`` [m], and its name.

    >>> bar_length(15e-6)
    (2e-06, '2 µm')
    """
    aim = 0.22 * width
    decade = 10.0 ** math.floor(math.log10(aim))
    length = max(step * decade for step in _BARS if step * decade <= aim * 1.0001)
    return length, f"{length * 1e6:g} µm" if length >= 0.9999e-6 else f"{length * 1e9:g} nm"


def _scale_bar(ax: Axes, size: float, shape: tuple[int, ...]) -> None:
    """A bar of a round length, about a fifth of the image."""
    length, name = bar_length(shape[1] * size)
    pixels = length / size
    right, bottom = 0.965 * shape[1], 0.955 * shape[0]
    pad = 0.02 * shape[1]
    ax.fill_between(
        [right - pixels - pad, right + pad],
        bottom - 0.085 * shape[0],
        bottom + 0.025 * shape[0],
        color="white",
        alpha=0.85,
        lw=0,
    )
    ax.plot([right - pixels, right], [bottom, bottom], color=INK, lw=4, solid_capstyle="butt")
    ax.text(right - pixels / 2, bottom - 0.02 * shape[0], name, ha="center", va="bottom", color=INK, fontsize=10)


def _draw_histogram(ax: Axes, kind: str, reduction: Reduction, colour: str) -> None:
    from matplotlib.ticker import MaxNLocator

    rows = [row for row in reduction.tables["histogram"] if row["feature"] == kind]
    low, high = (np.array([row[name] for row in rows]) for name in ("from", "to"))
    number = np.array([row["count"] for row in rows])
    ax.bar(low, number, high - low, align="edge", color=colour, alpha=0.55, edgecolor="white", lw=0.5)
    unit = rows[0]["unit"]
    scale = {"um": 1e6, "nm": 1e9}[unit]
    one = kind.removesuffix("s")
    if f"{one}_diameter_mean" in reduction:
        mean, sd = reduction[f"{one}_diameter_mean"], reduction[f"{one}_diameter_sd"]
        m, s, error = (scale * (value or 0.0) for value in (mean.value, sd.value, mean.standard_error))
        x = np.linspace(max(low[0] - s, 0.0), high[-1] + s, 200)
        if s > 0.0:
            area = number.sum() * (high[0] - low[0])
            ax.plot(x, area * np.exp(-0.5 * ((x - m) / s) ** 2) / (s * math.sqrt(2 * math.pi)), color=INK, lw=1.2)
        shown = "µm" if unit == "um" else unit
        told = f"mean {rounded(m, (m - 2 * error, m + 2 * error))} ± {_two(s)} {shown} (sd), ± {_two(error)} (s.e.)"
        ax.set_title(f"{kind}: n = {number.sum()}, {told}", loc="left", fontsize=8.5)
    ax.set_xlabel(f"Diameter of {kind} ({'µm' if unit == 'um' else unit})")
    ax.set_ylabel("Count")
    ax.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    ax.set_xlim(left=0.0 if low[0] < 0.5 * high[-1] else None)


def _shown(name: str, value: float, interval: tuple[float, float] | None) -> str:
    return f"{value:.0f}" if name == "count" else rounded(value, interval)


def _two(number: float) -> str:
    """A spread, to two digits."""
    return rounded(number, (0.0, 4.0 * number)) if number > 0.0 else "0"


def _draw_table(ax: Axes, reduction: Reduction) -> None:
    ax.set_axis_off()
    lines: list[tuple[str, str, str]] = [("", "value", "95 % interval")]
    for each in reduction.quantities:
        value, unit, _, interval = shown_as(each)
        lines.append(
            (
                words(each.name),
                f"{_shown(each.name, value, interval)} {'' if unit == '1' else unit}".strip(),
                rounded_interval(interval, value),
            )
        )
    step = min(0.095, 0.9 / len(lines))
    for k, line in enumerate(lines):
        for x, text, place in zip((0.0, 0.62, 1.0), line, ("left", "right", "right"), strict=True):
            ax.text(
                x,
                0.95 - step * k,
                text,
                ha=place,
                va="top",
                fontsize=8.5,
                color=INK if k else FAINT,
                transform=ax.transAxes,
            )
