"""One reduced spectrum on one page: Nyquist plot with the fit, residuals, table of quantities, verdicts in words."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.plot.decades import decades, dense, free_spot, hertz
from honeycell.plot.style import FAINT, GF_COLOUR, HJ_COLOUR, INK, UNIT_SIGNS, figure_of, styled
from honeycell.plot.wording import rounded, rounded_interval, shown_as, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from honeycell.analysis.result import Reduction
    from honeycell.plot.style import Box, Floats

WARNING = "#B02A37"
SIZE = (10.6, 6.2)
SMALL_ARCS = 0.25  # share of the plot's extent below which arcs get a close-up
VERDICT = "kramers_kronig_residual"


@styled
def figure_impedance(record: xr.Dataset, reduction: Reduction, axes: Sequence[Axes] | None = None) -> Figure:
    """Figure of one ``impedance/1`` record and its reduction.

    Parameters
    ----------
    record : its ``sample`` names and colours the figure.
    reduction : tables ``spectrum`` and ``curve``, quantities and flags are drawn; see :mod:`honeycell.analysis.result`.
    axes : three or four axes for Nyquist plot, residuals, table and the close-up of small arcs; a new figure where None.

    Returns
    -------
    The figure. Nyquist axes have equal scales and -Z″ up; points left out of the fit are open, the others filled.
    """
    spectrum, curve = (_columns(reduction, name) for name in ("spectrum", "curve"))
    if not spectrum:
        spectrum = {f"{name} / {record[name].attrs['units']}": np.asarray(record[name].values, float) for name in _Z}
        spectrum["weight"] = np.ones(record.sizes["frequency"])
    colour, origin = _colour(str(record.attrs.get("sample", ""))), str(record.attrs.get("origin", "measured"))
    small = _small_arcs(spectrum, reduction)
    if axes is None:
        axes = _layout(small is not None)
        _heading(figure_of(axes[0]), record, reduction)
    nyquist, residuals, table = axes[:3]
    _draw_nyquist(nyquist, spectrum, curve, colour, origin, _bounds(spectrum))
    _count_hidden(nyquist, spectrum)
    nyquist.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=4, borderaxespad=0.2, columnspacing=1.2)
    if small is not None and len(axes) > 3:
        _draw_nyquist(axes[3], spectrum, curve, colour, origin, small)
        axes[3].set_title("Close-up at high frequency", loc="left", fontsize=9)
    _draw_residuals(residuals, spectrum, colour)
    _draw_table(table, reduction)
    return figure_of(nyquist)


_Z = ("frequency", "real_impedance", "imaginary_impedance")


def _colour(sample: str) -> str:
    return GF_COLOUR if sample.lower().startswith("gf") else HJ_COLOUR


def _columns(reduction: Reduction, name: str) -> dict[str, Floats]:
    rows = reduction.tables.get(name) or []
    return (
        {key: np.array([np.nan if row[key] is None else row[key] for row in rows], float) for key in rows[0]}
        if rows
        else {}
    )


def _layout(close_up: bool) -> list[Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE)
    left, right, bottom, top = 0.065, 0.985, 0.085, 0.8
    tall = 0.52 if close_up else 1.0
    height = top - bottom
    gap = 0.11 if close_up else 0.0
    nyquist = figure.add_axes((left, bottom + (height - gap) * (1 - tall) + gap, 0.475, (height - gap) * tall))
    residuals = figure.add_axes((0.625, 0.57, right - 0.625, top - 0.57))
    table = figure.add_axes((0.575, bottom - 0.05, right - 0.575, 0.46))
    axes = [nyquist, residuals, table]
    if close_up:
        axes.append(figure.add_axes((left, bottom, 0.475, (height - gap) * (1 - tall))))
    return axes


# ---------------------------------------------------------------- words


def _heading(figure: Figure, record: xr.Dataset, reduction: Reduction) -> None:
    sample = str(record.attrs.get("sample", ""))
    figure.text(0.012, 0.985, sample, fontsize=12, fontweight="bold", va="top", color=_colour(sample), parse_math=False)
    lines: list[tuple[str, str]] = []
    circuit = next((q.method for q in reduction.quantities if q.name != VERDICT and q.method), "")
    if circuit:
        lines.append((f"Circuit: {circuit.partition(';')[0]}", INK))
    if VERDICT in reduction:
        verdict = reduction[VERDICT].method
        failed = any(flag.partition(":")[0] == "kramers_kronig" for flag in reduction.flags)
        said = verdict[:1].upper() + verdict[1:] if "ramers" in verdict else f"Kramers-Kronig: {verdict}"
        lines.append((said, WARNING if failed else INK))
    if "ambiguous" in [flag.partition(":")[0] for flag in reduction.flags]:
        others = [str(each["circuit"]) for each in reduction.alternatives if "circuit" in each]
        named = f": {', '.join(dict.fromkeys(others))}" if others else ""
        lines.append((f"AMBIGUOUS: another reading fits about as well{named}", WARNING))
    rest = [flag for flag in reduction.flags if flag.partition(":")[0] not in ("ambiguous", "kramers_kronig")]
    if rest:
        lines.append((f"Flags: {'; '.join(rest)}", "#555555"))
    y = 0.943
    for text, colour in lines:
        row = textwrap.shorten(text, 165, placeholder=" …")
        weight = "bold" if colour == WARNING else "normal"
        figure.text(0.012, y, row, fontsize=8, va="top", color=colour, fontweight=weight, parse_math=False)
        y -= 0.0255


def _draw_table(ax: Axes, reduction: Reduction) -> None:
    ax.set_axis_off()
    rows = [("quantity", "value", "95 % interval", "unit")]
    flagged = [False]
    for quantity in reduction.quantities:
        value, unit, _, interval = shown_as(quantity)
        sign = UNIT_SIGNS.get(unit, unit.replace("ohm s^-1/2", "Ω/√s"))
        known = "not_determined" not in quantity.flags
        ends = rounded_interval(interval, value) if known else "not determined"
        rows.append((words(quantity.name), rounded(value, interval if known else None), ends, sign))
        flagged.append(any(flag.partition(":")[0] != "ambiguous" for flag in quantity.flags))
    step = min(1.0 / len(rows), 0.075)
    size = min(8.5, 8.5 * step / 0.055)
    for number, (row, marked) in enumerate(zip(rows, flagged, strict=True)):
        y = 1.0 - (number + 0.5) * step
        weight = "bold" if number == 0 else "normal"
        for place, side, text in zip((0.0, 0.48, 0.505, 0.93), ("left", "right", "left", "left"), row, strict=True):
            ax.text(
                place, y, text, ha=side, va="center", fontsize=size, fontweight=weight,
                color=WARNING if marked else INK, transform=ax.transAxes,
            )  # fmt: skip
    ax.plot([0.0, 1.0], [1.0 - step] * 2, color=FAINT, lw=0.7, transform=ax.transAxes)
    ax.set_xlim(0.0, 1.0)
    ax.set_ylim(0.0, 1.0)


# ---------------------------------------------------------------- Nyquist plot


def _points(table: dict[str, Floats]) -> tuple[Floats, Floats, Floats]:
    """Frequency, Z' and -Z''."""
    return table["frequency / Hz"], table["real_impedance / ohm"], -table["imaginary_impedance / ohm"]


def _bounds(spectrum: dict[str, Floats]) -> Box:
    """Box of the points that count, the real axis and, where near, the origin with it; an inductive tail is cut."""
    _, x, y = _points(spectrum)
    used = (spectrum["weight"] > 0.0) & np.isfinite(x) & np.isfinite(y)
    used = used if used.any() else np.isfinite(x) & np.isfinite(y)
    left, right = float(np.min(x[used], initial=np.inf)), float(np.max(x[used], initial=-np.inf))
    low, high = min(float(np.min(y[used], initial=0.0)), 0.0), float(np.max(y[used], initial=0.0))
    if not left <= right:
        return 0.0, 1.0, 0.0, 1.0
    if 0.0 < left < 0.4 * right:
        left = 0.0
    low = max(low, -max(high, 0.5 * (right - left)))  # a long inductive tail must not dwarf the arcs
    extent = max(right - left, high - low) or abs(right) or 1.0
    return left, max(right, left + 0.02 * extent), low, max(high, low + 0.02 * extent)


def _small_arcs(spectrum: dict[str, Floats], reduction: Reduction) -> Box | None:
    """Box of the arcs at high frequency where the whole spectrum is so large that they would not be seen."""
    left, right, low, high = _bounds(spectrum)
    extent = max(right - left, high - low)
    if "series_resistance" not in reduction or "arc_1_resistance" not in reduction:
        return None
    start, width = reduction["series_resistance"].value, 0.0
    for number in range(1, 10):
        name = f"arc_{number}_resistance"
        if name not in reduction or width + reduction[name].value > SMALL_ARCS * extent:
            break
        width += reduction[name].value
    _, x, y = _points(spectrum)
    inside = (x > start - 0.2 * width) & (x < start + 1.3 * width) & (y < 1.0 * width) & (spectrum["weight"] > 0.0)
    if not width or np.count_nonzero(inside) < 4:
        return None
    return start - 0.15 * width, start + 1.25 * width, min(float(y[inside].min()), 0.0), 0.6 * width


def _set_limits(ax: Axes, box: Box) -> float:
    """Limits with equal scales that fill the axes and hold ``box``; returns data units per point (1/72 inch)."""
    figure = figure_of(ax)
    place = ax.get_position()
    wide, high = place.width * figure.get_figwidth(), place.height * figure.get_figheight()
    left, right, low, top = box
    margin = 0.05 * max(right - left, top - low)
    left, right, low, top = left - margin * (left != 0.0), right + margin, low - margin, top + 1.6 * margin
    scale = max((right - left) / wide, (top - low) / high)
    spare = scale * wide - (right - left)
    shift = spare / 2.0 if spare > 0.5 * (right - left) and left != 0.0 else 0.0
    ax.set_aspect("equal", adjustable="box")
    ax.set_xlim(left - shift, left - shift + scale * wide)
    ax.set_ylim(low, low + scale * high)
    return scale / 72.0


def _draw_nyquist(
    ax: Axes, spectrum: dict[str, Floats], curve: dict[str, Floats], colour: str, legend: str, box: Box
) -> None:
    point = _set_limits(ax, box)
    f, x, y = _points(spectrum)
    used = spectrum["weight"] > 0.0
    ax.axhline(0.0, color="#C8CCD2", lw=0.7, zorder=0)
    ax.plot(x[used], y[used], "o", ms=3.6, mfc=colour, mec="none", label=legend, zorder=3)
    if not used.all():
        ax.plot(x[~used], y[~used], "o", ms=4.4, mfc="white", mec=colour, mew=0.9, label="left out", zorder=3)
    lines = [(x[used], y[used])]
    if curve:
        _, fit_x, fit_y = _points(curve)
        ax.plot(fit_x, fit_y, color=INK, lw=1.1, label="fit", zorder=2)
        lines.append((fit_x, fit_y))
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    keep = used & (left <= x) & (x <= right) & (low <= y) & (y <= high)
    origin = np.array([left, low])
    curves = [(np.stack([dense(a), dense(b)], axis=1) - origin) / point for a, b in lines]
    marks = decades(f, keep)
    if marks:
        at = [index for _, index in marks]
        ax.plot(x[at], y[at], "o", ms=7, mfc="none", mec=INK, mew=0.9, label="decades", zorder=4)
    taken: list[Box] = []
    along = (np.stack([x, y], axis=1) - origin) / point
    for decade, index in marks:
        spot = free_spot(hertz(decade), along, index, curves, taken)
        if spot is None:
            continue
        ax.annotate(
            hertz(decade), (x[index], y[index]), xytext=spot, textcoords="offset points", ha="center", va="center",
            fontsize=7.5, color=INK, zorder=5, annotation_clip=True,
        )  # fmt: skip
    _short_numbers(ax)
    ax.set_xlabel("Z′ (Ω)")
    ax.set_ylabel("−Z″ (Ω)")


def _short_numbers(ax: Axes) -> None:
    """Tick labels such as 20k where plain numbers would not fit."""
    from matplotlib.ticker import EngFormatter

    extent = max(abs(end) for end in (*ax.get_xlim(), *ax.get_ylim()))
    if not 0.05 < extent < 2e4:
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter(EngFormatter(sep=""))


def _count_hidden(ax: Axes, spectrum: dict[str, Floats]) -> None:
    _, x, y = _points(spectrum)
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    hidden = int(np.count_nonzero(~((left <= x) & (x <= right) & (low <= y) & (y <= high))))
    if hidden:
        text = f"{hidden} point{'s' if hidden > 1 else ''} outside the plot"
        ax.text(0.99, 0.02, text, transform=ax.transAxes, ha="right", va="bottom", fontsize=7.5, color="#666666")


# ---------------------------------------------------------------- residuals


def _draw_residuals(ax: Axes, spectrum: dict[str, Floats], colour: str) -> None:
    f = spectrum["frequency / Hz"]
    used = spectrum["weight"] > 0.0
    ax.axhline(0.0, color="#C8CCD2", lw=0.8, zorder=0)
    shown: list[tuple[str, str, dict[str, Any]]] = [
        ("residual_real / %", "fit, Z′", {"marker": "o", "mfc": colour, "mec": "none", "ms": 3.6}),
        ("residual_imaginary / %", "fit, Z″", {"marker": "s", "mfc": "white", "mec": colour, "ms": 3.4, "mew": 0.9}),
    ]
    faint: list[tuple[str, str, dict[str, Any]]] = [
        ("kramers_kronig_real / %", "K-K test, Z′", {"ls": "-", "color": FAINT, "lw": 0.9}),
        ("kramers_kronig_imaginary / %", "K-K test, Z″", {"ls": "--", "color": FAINT, "lw": 0.9}),
    ]
    here = [each for each in (*shown, *faint) if each[0] in spectrum]
    inside = [np.abs(spectrum[name][used]) for name, _, _ in here]
    largest = max((float(np.nanmax(values, initial=0.0)) for values in inside), default=0.0) or 1.0
    limit = 1.15 * largest
    for name, text, look in here:
        values = spectrum[name]
        ax.plot(
            f[used], values[used], **{"ls": "", "zorder": 3 if name.startswith("residual") else 1, **look}, label=text
        )
        out = ~used & np.isfinite(values)
        if out.any() and name.startswith("residual"):
            for side, sign in (
                (out & (values > limit), "^"),
                (out & (values < -limit), "v"),
                (out & (abs(values) <= limit), "x"),
            ):
                at = np.clip(values[side], -0.97 * limit, 0.97 * limit)
                ax.plot(f[side], at, ls="", marker=sign, ms=4.2, mfc="white", mec=colour, mew=0.9, zorder=4)
    ax.set_ylim(-limit, limit)
    ax.set_xscale("log")
    _plain_decades(ax)
    ax.set_xlabel("Frequency (Hz)")
    ax.set_ylabel("(fit − measured)/|Z| (%)")
    if here:
        ax.legend(
            loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=4, borderaxespad=0.2,
            columnspacing=1.0, handlelength=1.4, fontsize=7.5,
        )  # fmt: skip


def _plain_decades(ax: Axes) -> None:
    """Powers of ten in plain text: formulas take several times as long to set."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    small = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
    ax.xaxis.set_major_locator(LogLocator(numticks=10))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"10{str(round(np.log10(x))).translate(small)}"))
    ax.xaxis.set_minor_locator(NullLocator())
