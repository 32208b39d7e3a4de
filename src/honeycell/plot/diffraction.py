"""Powder diffraction as the field draws it: pattern, fit, residual and tick marks of the phases; sticks of a structure; maps of a series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.plot.diffraction_series import draw_series
from honeycell.plot.style import FAINT, INK, colour_of, styled
from honeycell.plot.wording import rounded, rounded_interval, shown_as, words

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from honeycell.analysis.result import Reduction

SIZE = (9.6, 6.2)
FIT, PHASE_COLOURS = "#D55E00", ("#0072B2", "#009E73", "#CC79A7", "#E69F00")
CAPTION = 125  # signs of a line above the axes
LABELS = 9  # peaks with a label, the strongest
LABEL_SPACE = 0.035  # of the width of the axes between two labels
MOST = 12_000  # points drawn
SHOWN_FLAGS = (
    "ambiguous",
    "unexplained",
    "degenerate",
    "phase",
    "internal_standard",
    "wavelength",
    "saturated",
    "doublet",
    "noise",
    "peaks",
)
SKIPPED = ("phase: none",)


@styled
def figure_diffraction(record: xr.Dataset, reduction: Reduction) -> Figure:
    """Figure of a ``diffraction/1``, ``diffraction_series/1`` or ``crystal/1`` record and its reduction.

    Parameters
    ----------
    record : the pattern; of a series of files, any of them.
    reduction : with tables ``curve_fit`` and ``curve_ticks`` of a pattern, ``curve_map``, ``peaks`` and
        ``cells`` of a series, ``peaks`` of a structure.

    Returns
    -------
    A pattern on a square-root scale with fit, baseline, difference over error, tick marks of the phases and labels of the strongest peaks; a
    map of intensity over angle and time beside voltage and cells; or sticks.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE)
    sample = str(record.attrs.get("sample", "")).strip("_ ")
    figure.text(
        0.012,
        0.985,
        _short(sample, 70),
        fontsize=12,
        fontweight="bold",
        va="top",
        color=colour_of(sample),
        parse_math=False,
    )
    figure.text(0.012, 0.945, _caption(reduction), fontsize=8, va="top", color=INK, parse_math=False, linespacing=1.35)
    if "curve_map" in reduction.tables:
        draw_series(figure, reduction)
    elif "curve_fit" in reduction.tables and "intensity" in record:
        _draw_pattern(figure, record, reduction)
    else:
        _draw_sticks(figure, reduction)
    return figure


def _draw_pattern(figure: Figure, record: xr.Dataset, reduction: Reduction) -> None:
    phases = list(dict.fromkeys(row["phase"] for row in reduction.tables.get("curve_ticks", [])))
    rows = 0.026 * max(len(phases), 0)
    below = figure.add_axes((0.085, 0.085, 0.895, 0.12))
    ax = figure.add_axes((0.085, 0.225 + rows, 0.895, 0.58 - rows), sharex=below)
    curve = reduction.tables["curve_fit"]
    x, base, fit, error = (np.array([row[name] for row in curve]) for name in ("two_theta", "baseline", "fit", "error"))
    X, y = np.degrees(record["two_theta"].values), np.asarray(record["intensity"].values, float)
    keep = slice(None, None, max(X.size // MOST, 1))
    breaks = np.flatnonzero(np.diff(x) > 3.0 * np.median(np.diff(x))) + 1
    ax.plot(
        X[keep],
        y[keep],
        ls="none",
        marker=".",
        ms=2.2 if X.size > 400 else 4.0,
        color=FAINT,
        zorder=2,
        label="measured",
    )
    for place, (xx, zz, ff) in enumerate(zip(*(np.split(each, breaks) for each in (x, base, fit)), strict=True)):
        ax.plot(xx, ff, color=FIT, lw=1.0, zorder=4, label="fit" if place == 0 else None)
        ax.plot(xx, zz, color=INK, lw=0.8, ls=(0, (4, 2)), zorder=3, label="baseline" if place == 0 else None)
    _square_root(ax, y)
    unit = {"counts": "counts", "cps": "counts s⁻¹"}.get(str(record.attrs.get("intensity_unit")), "unit of the file")
    ax.set_ylabel(f"Intensity ({unit}),\nsquare-root scale")
    ax.tick_params(labelbottom=False)
    ax.legend(loc="upper right", ncols=3, fontsize=8, borderaxespad=0.2)
    _label_peaks(ax, reduction, float(X[0]), float(X[-1]))
    off = (np.interp(x, X, y) - fit) / np.maximum(error, 1e-300)
    for xx, oo in zip(np.split(x, breaks), np.split(off, breaks), strict=True):
        below.plot(xx, oo, color=FAINT, lw=0.5)
    below.axhline(0.0, color=FIT, lw=0.8)
    limit = float(np.clip(1.1 * np.nanmax(np.abs(off), initial=0.0), 4.0, 12.0))
    below.set_ylim(-limit, limit)
    below.set_xlim(X[0], X[-1])
    below.set_ylabel("Difference\n/ error")
    below.set_xlabel("Diffraction angle 2θ (degree)")
    _ticks(figure, below, phases, reduction, 0.222)


def _square_root(ax: Axes, y: np.ndarray) -> None:
    """A scale on which the scatter of counts is the same everywhere; room for labels above."""
    low, high = float(y.min()), float(y.max())
    ax.set_yscale("function", functions=(_root, _square))
    floor = _square(_root(low) - 0.06 * (_root(high) - _root(low)))
    ceiling = _square(_root(high) + 0.36 * (_root(high) - _root(low)))
    ax.set_ylim(float(floor), float(ceiling) if high > low else high + 1.0)
    if low >= 0.0:
        # round numbers at even distances of the root: the usual locator crowds the upper end
        from matplotlib.ticker import FixedLocator, NullLocator

        places = np.linspace(_root(low), _root(high), 6) ** 2
        ax.yaxis.set_major_locator(FixedLocator(sorted({_round(place) for place in places})))
        ax.yaxis.set_minor_locator(NullLocator())


def _root(value: Any) -> Any:
    return np.sign(value) * np.sqrt(np.abs(value))


def _square(value: Any) -> Any:
    return np.sign(value) * np.asarray(value) ** 2


def _round(value: float) -> float:
    """One significant digit, two for numbers that begin with 1."""
    if value <= 0.0:
        return 0.0
    decade = 10.0 ** np.floor(np.log10(value))
    return float(round(value / decade, 1 if value / decade < 2.0 else 0) * decade)


def _label_peaks(ax: Axes, reduction: Reduction, low: float, high: float) -> None:
    named: dict[int, list[str]] = {}
    # the phase that the line counts for first; others only where it counts for none
    for row in sorted(reduction.tables.get("lines", []), key=lambda row: row["used"] != "yes"):
        if not (row["peak"] in named and row["used"] != "yes" and _used(reduction, row["peak"])):
            named.setdefault(row["peak"], []).append(" ".join(str(row[n]) for n in "hkl"))
    curve = reduction.tables["curve_fit"]
    x, fit = np.array([row["two_theta"] for row in curve]), np.array([row["fit"] for row in curve])
    taken: list[float] = []
    for row in sorted(reduction.tables["peaks"], key=lambda row: -row["height"]):
        place = row["two_theta"]
        if len(taken) >= LABELS:
            break
        if any(abs(place - other) < LABEL_SPACE * (high - low) for other in taken):
            continue
        taken.append(place)
        top = float(np.max(fit[np.abs(x - place) <= max(row["width"], x[1] - x[0])], initial=0.0))
        text = f"{place:.2f}°" + (f"  ({' / '.join(named[row['peak']][:2])})" if row["peak"] in named else "")
        ax.annotate(
            text, (place, top), xytext=(0, 5), textcoords="offset points", rotation=90, ha="center", va="bottom", fontsize=7, color=INK, zorder=6,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.4},
        )  # fmt: skip


def _used(reduction: Reduction, peak: int) -> bool:
    return any(row["peak"] == peak and row["used"] == "yes" for row in reduction.tables["lines"])


def _ticks(figure: Figure, below: Axes, phases: list[str], reduction: Reduction, bottom: float) -> None:
    """A strip of tick marks per phase, as long as the line is strong."""
    for place, phase in enumerate(phases):
        strip = figure.add_axes((0.085, bottom + 0.026 * place, 0.895, 0.022), sharex=below)
        colour = PHASE_COLOURS[place % len(PHASE_COLOURS)]
        for row in reduction.tables["curve_ticks"]:
            if row["phase"] == phase:
                strip.plot([row["two_theta"]] * 2, [0.0, 0.35 + 0.65 * row["height"] ** 0.5], color=colour, lw=1.1)
        strip.set_ylim(0.0, 1.05)
        strip.set_axis_off()
        strip.text(
            0.998, 0.5, _short(phase, 30), transform=strip.transAxes, ha="right", va="center", fontsize=7.5, color=colour, parse_math=False,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5},
        )  # fmt: skip


def _draw_sticks(figure: Figure, reduction: Reduction) -> None:
    ax = figure.add_axes((0.085, 0.1, 0.895, 0.70))
    rows = reduction.tables["peaks"]
    angles = bool(rows) and "two_theta" in rows[0]
    x = np.array([row["two_theta" if angles else "d_spacing"] for row in rows])
    y = np.array([row["height / %"] for row in rows])
    ax.vlines(x, 0.0, y, color=PHASE_COLOURS[0], lw=1.1)
    span = float(np.ptp(x)) if x.size else 1.0
    taken: list[float] = []
    for i in np.argsort(-y):
        if len(taken) >= LABELS:
            break
        if all(abs(x[i] - other) >= 0.8 * LABEL_SPACE * span for other in taken):
            taken.append(float(x[i]))
            text = " ".join(str(rows[i][n]) for n in "hkl") + (f"   {x[i]:.2f}°" if angles else f"   {x[i]:.3f} Å")
            ax.annotate(
                text,
                (x[i], y[i]),
                xytext=(0, 4),
                textcoords="offset points",
                rotation=90,
                ha="center",
                va="bottom",
                fontsize=7,
                color=INK,
            )
    ax.set_ylim(0.0, 128.0)
    ax.set_yticks(range(0, 101, 20))
    ax.set_ylabel("Calculated height (% of the strongest)")
    ax.set_xlabel("Diffraction angle 2θ (degree)" if angles else "Spacing d (Å)")


def _caption(reduction: Reduction) -> str:
    found: list[str] = []
    for each in reduction.quantities:
        value, unit, _, interval = shown_as(each)
        if each.name.endswith("_count"):
            found.append(f"{words(each.name)}: {value:.0f}")
            continue
        sign = {"angstrom": "Å", "um": "µm", "degree": "°", "1": ""}.get(unit, unit)
        spread = f" ({rounded_interval(interval, value)})" if interval else ""
        found.append(f"{words(each.name)}: {rounded(value, interval)} {sign}{spread}")
    lines: list[str] = []
    for each in found:
        if lines and len(lines[-1]) + len(each) < CAPTION:
            lines[-1] += f"    {each}"
        elif len(lines) < 3:
            lines.append(each)
    shown = [
        flag
        for flag in reduction.flags
        if flag.split(":")[0] in (*SHOWN_FLAGS, "coexistence") and not flag.startswith(SKIPPED)
    ]
    return "\n".join([*lines, *(_short(flag, 150) for flag in shown[: 5 - len(lines)])])


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
