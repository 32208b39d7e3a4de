"""Voltammograms as the field draws them: loops with baselines and marked peaks; over scan rates the laws of the peak currents."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.plot.style import FAINT, INK, colour_of, figure_of, styled
from honeycell.plot.wording import rounded, rounded_interval, shown_as, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from honeycell.analysis.result import Reduction

_MOST = 6000  # rows of the record drawn
_NAMED = 12  # peaks that get their potential written
_UNITS = ((1.0, "A"), (1e3, "mA"), (1e6, "µA"), (1e9, "nA"), (1e12, "pA"))
_LEGEND = 8  # laws whose b fits above their panel
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#7F7F7F")  # Okabe & Ito
_APART = 0.09  # of the axis: the width of a potential written out
_LINE = 0.024  # height of a line of the caption
_SHOWN_FLAGS = (
    "current_sign",
    "baseline",
    "ohmic_drop",
    "series_resistance",
    "split",
    "peaks",
    "scan_rate",
    "diffusion_coefficient",
)


@styled
def figure_voltammetry(record: xr.Dataset, reduction: Reduction) -> Figure:
    """Figure of one ``voltammetry/1`` record and its reduction; of a whole series where the reduction has the table ``rates``.

    Parameters
    ----------
    record : its ``sample`` gives the colour; all its cycles are drawn, those not evaluated faint.
    reduction : with the tables ``peaks`` and ``curve_branches``; ``rates``, ``curve_rates`` and ``curve_peaks`` for a series.

    Returns
    -------
    The figure. One record: loop, baselines, peaks with their couples, quantities above. A series: all loops in colours from slow to
    fast, the peak currents over the scan rate in logarithms with b and its 95 % interval, and over its square root.
    """
    from matplotlib.figure import Figure

    if reduction.tables.get("rates"):
        return _series(record, reduction)
    figure = Figure(figsize=(6.8, 5.6))
    chosen = [each for each in reduction.quantities if each.name.startswith(("peak_sep", "half_wave"))]
    top = _caption(figure, reduction, chosen)
    ax = figure.add_axes((0.12, 0.1, 0.85, top - 0.1))
    _loop(ax, record, reduction)
    return figure_of(ax)


def _loop(ax: Axes, record: xr.Dataset, reduction: Reduction) -> None:
    colour = colour_of(str(record.attrs.get("sample", "")))
    rows = reduction.tables["curve_branches"]
    E, current = np.asarray(record["potential"].values, float), np.asarray(record["current"].values, float)
    scale, unit = _unit([row["current / A"] for row in rows] + current.tolist()[:: max(current.size // _MOST, 1)])
    sign = _sign(E, current, rows)
    keep = slice(None, None, max(E.size // _MOST, 1))
    if E.size > 1.05 * sum(_rows_of(record, row) for row in _branches(rows)):
        ax.plot(E[keep], sign * scale * current[keep], color=FAINT, lw=0.6, alpha=0.7, zorder=2, label="all cycles")
    for number, branch in enumerate(_branches(rows)):
        own = [row for row in rows if row["branch"] == branch]
        x = np.array([row["potential / V"] for row in own])
        label = "evaluated" if number == 0 else None
        ax.plot(x, scale * np.array([row["current / A"] for row in own]), color=colour, lw=1.4, zorder=4, label=label)
        label = "baseline" if number == 0 else None
        ax.plot(
            x,
            scale * np.array([row["baseline / A"] for row in own]),
            color=INK,
            lw=0.8,
            ls=(0, (4, 2)),
            zorder=5,
            label=label,
        )
    # baselines may run far off below a wall of decomposition: the measured loop sets the scale
    measured = sign * scale * current
    low, high = float(measured.min()), float(measured.max())
    if high > low:
        ax.set_ylim(low - 0.12 * (high - low), high + 0.12 * (high - low))
    _mark(ax, reduction.tables["peaks"], rows, scale, colour)
    ax.axhline(0.0, color=FAINT, lw=0.5, zorder=1)
    ax.set_xlabel("Potential (V)")
    ax.set_ylabel(f"Current, anodic positive ({unit})")
    ax.legend(loc="best")


def _mark(ax: Axes, peaks: Sequence[dict[str, Any]], rows: Sequence[dict[str, Any]], scale: float, colour: str) -> None:
    """Heights from the baseline to the apex, with potential and couple; names of near neighbours in two storeys."""
    low, high = ax.get_xlim()
    written: list[tuple[str, float, int]] = []
    for place, peak in enumerate(sorted(peaks, key=lambda peak: -abs(peak["current"]))):
        own = [row for row in rows if row["branch"] == peak["branch"]]
        x = np.array([row["potential / V"] for row in own])
        order = np.argsort(x)
        foot = scale * float(
            np.interp(peak["potential"], x[order], np.array([row["baseline / A"] for row in own])[order])
        )
        top = foot + scale * peak["current"]
        error = 1.96 * scale * peak["current_standard_error / A"]
        ax.plot([peak["potential"]] * 2, [foot, top], color=colour, lw=0.8, zorder=5)
        ax.errorbar(
            peak["potential"], top, yerr=error, fmt="o", ms=4, mfc="white", color=INK, capsize=2, lw=0.8, zorder=6
        )
        if place < _NAMED:
            up = peak["branch"] == "anodic"
            taken = [
                storey
                for branch, E, storey in written
                if branch == peak["branch"] and abs(E - peak["potential"]) < _APART * (high - low)
            ]
            storey = next(n for n in range(len(taken) + 1) if n not in taken)
            written.append((peak["branch"], peak["potential"], storey))
            ax.annotate(
                f"{peak['pair']}\n{peak['potential']:.3f} V" if up else f"{peak['potential']:.3f} V\n{peak['pair']}",
                (peak["potential"], top), xytext=(0, (6 + 22 * storey) * (1 if up else -1)), textcoords="offset points", ha="center",
                va="bottom" if up else "top", fontsize=7.5, color=INK, zorder=7,
            )  # fmt: skip


def _series(record: xr.Dataset, reduction: Reduction) -> Figure:
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.4, 5.6))
    top = _caption(
        figure, reduction, [each for each in reduction.quantities if each.name in ("b_value", "diffusion_coefficient")]
    )
    loops = figure.add_axes((0.07, 0.1, 0.46, top - 0.1))
    powers = figure.add_axes((0.62, 0.5, 0.36, 0.25))
    roots = figure.add_axes((0.62, 0.1, 0.36, 0.27))
    rows, points = reduction.tables["curve_rates"], reduction.tables["curve_peaks"]
    rates = sorted({row["scan_rate / V/s"] for row in rows})
    scale, unit = _unit([row["current / A"] for row in rows])
    colours = colormaps["viridis"](np.linspace(0.0, 0.85, len(rates)))
    for rate, colour in zip(rates, colours, strict=True):
        own = [row for row in rows if row["scan_rate / V/s"] == rate]
        x, y = np.array([row["potential / V"] for row in own]), np.array([row["current / A"] for row in own])
        label = f"{1e3 * rate:g} mV/s" if rate in _few(rates) else None
        loops.plot(x, scale * y, color=colour, lw=1.1, label=label)
    loops.axhline(0.0, color=FAINT, lw=0.5, zorder=1)
    loops.set_xlabel("Potential (V)")
    loops.set_ylabel(f"Current, anodic positive ({unit})")
    loops.legend(loc="best", fontsize=7.5)
    _powers(powers, roots, reduction.tables["rates"], points)
    return figure


def _powers(powers: Axes, roots: Axes, laws: Sequence[dict[str, Any]], points: Sequence[dict[str, Any]]) -> None:
    scale, unit = _unit([point["current / A"] for point in points])
    from matplotlib.ticker import NullFormatter, ScalarFormatter

    pairs = list(dict.fromkeys(law["pair"] for law in laws))
    for law in laws:
        own = [point for point in points if (point["pair"], point["branch"]) == (law["pair"], law["branch"])]
        v = np.array([point["scan_rate / V/s"] for point in own])
        height = np.abs([point["current / A"] for point in own])
        error = 1.96 * np.array([point["current_standard_error / A"] for point in own])
        colour, anodic = _COLOURS[pairs.index(law["pair"]) % len(_COLOURS)], law["branch"] == "anodic"
        label = f"{law['pair']} {law['branch']}: {law['b_value']:.2f} ({law['b_low']:.2f} to {law['b_high']:.2f})"
        dense = np.geomspace(v.min() / 1.1, v.max() * 1.1, 60)
        style: dict[str, Any] = {"fmt": "^" if anodic else "v", "ms": 4.5, "color": colour, "capsize": 2, "lw": 0.8}
        style["mfc"] = colour if anodic else "white"
        powers.errorbar(1e3 * v, scale * height, yerr=scale * error, label=label, zorder=4, **style)
        powers.plot(1e3 * dense, scale * own[0]["prefactor"] * dense ** law["b_value"], color=colour, lw=0.9, zorder=3)
        roots.errorbar(np.sqrt(1e3 * v), scale * height, yerr=scale * error, zorder=4, **style)
        dense = np.linspace(0.0, math.sqrt(float(v.max())) * 1.05, 20)
        roots.plot(
            math.sqrt(1e3) * dense, scale * own[0]["slope"] * dense, color=colour, lw=0.9, ls=(0, (4, 2)), zorder=3
        )
    powers.set_xscale("log")
    powers.set_yscale("log")
    for axis in (powers.xaxis, powers.yaxis):
        low, high = axis.get_view_interval()
        if high / low < 30.0:  # minor ticks carry the numbers where there are few decades
            axis.set_minor_formatter(ScalarFormatter())
            axis.set_major_formatter(ScalarFormatter())
            axis.set_tick_params(which="minor", labelsize=7)
            _thin(axis)
        else:
            axis.set_minor_formatter(NullFormatter())
    powers.set_xlabel("Scan rate (mV/s)")
    powers.set_ylabel(f"Peak current ({unit})")
    if len(laws) <= _LEGEND:
        powers.legend(
            loc="lower left", bbox_to_anchor=(-0.12, 1.0), ncols=1 if len(laws) < 3 else 2, fontsize=7, borderpad=0.1,
            title="b in peak current = a v$^b$, with 95 % interval", title_fontsize=7, alignment="left", columnspacing=1.0,
        )  # fmt: skip
    roots.set_xlabel("Square root of the scan rate, (mV/s)$^{1/2}$")
    roots.set_ylabel(f"Peak current ({unit})")
    roots.set_xlim(left=0.0)
    roots.set_ylim(bottom=0.0)
    roots.text(0.02, 0.97, "dashed: through the origin", transform=roots.transAxes, va="top", fontsize=7, color=INK)


def _thin(axis: Any) -> None:
    """Numbers at 1, 2 and 5 of each decade only, which do not touch."""
    from matplotlib.ticker import LogLocator

    axis.set_major_locator(LogLocator(10.0, (1.0, 2.0, 5.0)))
    axis.set_minor_locator(LogLocator(10.0, range(1, 10)))
    axis.set_minor_formatter("")


def _caption(figure: Figure, reduction: Reduction, chosen: Sequence[Any]) -> float:
    """Quantities and flags on top; where the axes may begin below them."""
    lines: list[str] = []
    for each in chosen[:6]:
        value, unit, _, interval = shown_as(each)
        sign = {"1": "", "cm^2/s": "cm² s⁻¹"}.get(unit, unit)
        ends = rounded_interval(interval, value)
        lines.append(
            f"{_title(each.name)}: {rounded(value, interval)} {sign}  ({ends})".replace("  (", " (" if sign else "(")
        )
    lines += ["in brackets: 95 % interval"] if lines else []
    flags = [flag for flag in reduction.flags if flag.split(":")[0] in _SHOWN_FLAGS]
    lines += [flag if len(flag) < 110 else f"{flag[:107]}..." for flag in flags[: max(8 - len(lines), 2)]]
    figure.text(0.02, 0.985, "\n".join(lines), va="top", fontsize=8, color=INK, parse_math=False)
    return 0.93 - _LINE * len(lines)


def _title(name: str) -> str:
    return words(name).replace(" hs", " HS").replace(" ls", " LS").replace("half wave", "half-wave")


def _branches(rows: Sequence[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(row["branch"] for row in rows))


def _rows_of(record: xr.Dataset, branch: str) -> int:
    """Rows of an average sweep, to see whether there are more than the ones evaluated."""
    return int(record.sizes["row"] / max(np.unique(record["segment"].values).size, 1)) if branch else 0


def _sign(E: np.ndarray, current: np.ndarray, rows: Sequence[dict[str, Any]]) -> float:
    """-1 where the reduction turned the current of the record round."""
    largest = max(rows, key=lambda row: abs(row["current / A"]))["current / A"]
    same, turned = (float(np.min(np.abs(sign * current - largest))) for sign in (1.0, -1.0))
    return 1.0 if same <= turned else -1.0


def _few(rates: Sequence[float]) -> list[float]:
    """At most ten rates, which the legend names."""
    step = max(math.ceil(len(rates) / 10), 1)
    return [*rates[::step], rates[-1]]


def _unit(values: Sequence[float]) -> tuple[float, str]:
    """The unit in which the largest current has one to three digits."""
    largest = max((abs(value) for value in values), default=0.0)
    return next(
        ((scale, unit) for scale, unit in _UNITS if largest * scale >= 1.0), _UNITS[-1] if largest else _UNITS[0]
    )
