"""A current transient with its fit and the two currents found, the spectra around it, and the transference number with what speaks against it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.plot.style import FAINT, INK, UNIT_SIGNS, colour_of, styled
from honeycell.plot.wording import rounded, rounded_interval, shown_as, words

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from honeycell.analysis.result import Estimate, Reduction

SIZE = (10.6, 6.4)
WARNING = "#B02A37"
BEFORE, AFTER = "#009E73", "#CC79A7"  # Okabe & Ito's green and purple
PREFIXES = ((1.0, "A"), (1e-3, "mA"), (1e-6, "µA"), (1e-9, "nA"))
MOST_FLAGS, WIDTH = 9, 92
HARMLESS = ("non_ideal", "spike", "order", "rows")


@styled
def figure_transference(record: xr.Dataset, reduction: Reduction) -> Figure:
    """Figure of one ``chronoamperometry/1`` record and its reduction.

    Parameters
    ----------
    record : its ``sample`` names and colours the figure.
    reduction : with the tables ``curve_transient`` and ``curve_fit``, and ``curve_spectrum_before`` ... where spectra were reduced with it.

    Returns
    -------
    The figure: current over the logarithm of time with the fit, the initial and the steady current with their 95 % bands; the spectra before and
    after on equal axes; the quantities and the flags.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE)
    sample = str(record.attrs.get("sample", ""))
    colour = colour_of(sample)
    figure.text(0.012, 0.985, sample, fontsize=12, fontweight="bold", va="top", color=colour, parse_math=False)
    spectra = [place for place in ("before", "after") if f"curve_spectrum_{place}" in reduction.tables]
    transient = figure.add_axes((0.075, 0.49, 0.5 if spectra else 0.89, 0.42))
    _draw_transient(transient, reduction, colour, str(record.attrs.get("origin", "measured")))
    if spectra:
        _draw_spectra(figure.add_axes((0.665, 0.49, 0.315, 0.42)), reduction, spectra)
    _draw_table(figure.add_axes((0.012, 0.02, 0.5, 0.36)), reduction)
    _draw_flags(figure.add_axes((0.545, 0.02, 0.445, 0.36)), reduction)
    return figure


def _draw_transient(ax: Axes, reduction: Reduction, colour: str, origin: str) -> None:
    rows, fit = (_columns(reduction, name) for name in ("curve_transient", "curve_fit"))
    initial, steady = reduction["initial_current"], reduction["steady_current"]
    scale, unit = _prefix(initial.value)
    time, current, counts = rows["time / s"], rows["current / A"] / scale, rows["counts"] > 0.0
    shown = time > 0.0
    used, out = shown & counts, shown & ~counts
    ax.plot(time[used], current[used], ls="none", marker="o", ms=2.6, color=colour, alpha=0.5, mec="none", label=origin)
    if out.any():
        ax.plot(
            time[out], current[out], ls="none", marker="o", ms=3.2, mfc="white", mec=colour, mew=0.7, label="left out"
        )
    ax.plot(fit["time / s"], fit["current / A"] / scale, color=INK, lw=1.2, label="fit")
    for estimate, name, side in ((initial, "$I_0$", "right"), (steady, "$I_s$", "left")):
        value = estimate.value / scale
        if estimate.interval_95 is not None:
            low, high = (end / scale for end in estimate.interval_95)
            ax.axhspan(low, high, color=FAINT, alpha=0.35, lw=0, zorder=0)
        ax.axhline(value, color=INK, lw=0.7, ls=(0, (4, 3)), zorder=1)
        place = 0.012 if side == "left" else 0.988
        ax.annotate(
            f"{name} = {rounded(value, _scaled(estimate, scale))} {unit}", (place, value), xytext=(0, 4 if side == "left" else -4),
            xycoords=ax.get_yaxis_transform(), textcoords="offset points", ha=side, va="bottom" if side == "left" else "top", fontsize=9,
            color=INK,
        )  # fmt: skip
    ax.set_xscale("log")
    ax.set_xlim(float(fit["time / s"][0]), 1.15 * float(fit["time / s"][-1]))
    # a spike that was left out must not flatten what was fitted
    inside = np.concatenate((current[used], fit["current / A"] / scale, [initial.value / scale, steady.value / scale]))
    low, high = float(inside.min()), float(inside.max())
    room = max(high - low, 0.02 * abs(high), 1e-12)
    ax.set_ylim(low - 0.12 * room, high + 0.18 * room)
    if out.any() and (current[out] > high + 0.18 * room).any():
        beyond = int(np.sum(current[out] > high + 0.18 * room))
        ax.text(0.012, 0.985, f"↑ {beyond} left out above", transform=ax.transAxes, fontsize=8, va="top", color=INK)
    ax.set_xlabel("Time after the step (s)")
    ax.set_ylabel(f"Current ({unit})")
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, borderaxespad=0.2)


def _draw_spectra(ax: Axes, reduction: Reduction, places: list[str]) -> None:
    reach = [0.0, 0.0]
    for place, colour, marker in (("before", BEFORE, "o"), ("after", AFTER, "s")):
        if place not in places:
            continue
        measured = _columns(reduction, f"curve_spectrum_{place}")
        curve = _columns(reduction, f"curve_curve_{place}")
        x, y, used = measured["real_impedance / ohm"], -measured["imaginary_impedance / ohm"], measured["weight"] > 0.0
        ax.plot(x[used], y[used], ls="none", marker=marker, ms=3.2, color=colour, mec="none", label=place)
        ax.plot(x[~used], y[~used], ls="none", marker=marker, ms=3.6, mfc="white", mec=colour, mew=0.7)
        ax.plot(curve["real_impedance / ohm"], -curve["imaginary_impedance / ohm"], color=colour, lw=1.0)
        reach = [max(reach[0], float(x[used].max())), max(reach[1], float(y[used].max()))]
    ax.set_aspect("equal", adjustable="box", anchor="N")
    wide = 1.06 * max(reach[0], reach[1])
    box = ax.get_position()
    figure = ax.figure
    ratio = box.height * figure.get_figheight() / (box.width * figure.get_figwidth())  # type: ignore[union-attr]
    wide = max(wide, 1.06 * reach[1] / (ratio * 0.95))
    ax.set_xlim(0.0, wide)
    ax.set_ylim(-0.05 * wide * ratio, 0.95 * wide * ratio)
    ax.axhline(0.0, color="#C8CCD2", lw=0.7, zorder=0)
    ax.set_xlabel("Z′ (Ω)")
    ax.set_ylabel("−Z″ (Ω)")
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, borderaxespad=0.2)


def _draw_table(ax: Axes, reduction: Reduction) -> None:
    ax.set_axis_off()
    rows: list[tuple[str, str, str, str, bool]] = [("quantity", "value", "95 % interval", "unit", False)]
    for quantity in reduction.quantities:
        value, unit, _, interval = shown_as(quantity)
        if unit == "A":
            scale, unit = _prefix(value)
            value, interval = value / scale, _scaled(quantity, scale)
        marked = any(not flag.startswith(("non_ideal", "exact")) for flag in quantity.flags)
        name = words(quantity.name).replace("transference number", "transference no.")
        rows.append(
            (name, rounded(value, interval), rounded_interval(interval, value), UNIT_SIGNS.get(unit, unit), marked)
        )
    for row in reduction.tables["resistances"]:
        error = row["interface_standard_error / ohm"]
        value = row["interface_resistance / ohm"]
        interval = None if error is None else (value - 1.96 * error, value + 1.96 * error)
        rows.append(
            (f"interfaces {row['when']}", rounded(value, interval), rounded_interval(interval, value), "Ω", False)
        )
    step = min(1.0 / len(rows), 0.115)
    for number, (*row, marked) in enumerate(rows):
        y = 1.0 - (number + 0.5) * step
        weight = "bold" if number in (0, 1) else "normal"
        for place, side, text in zip((0.0, 0.56, 0.6, 0.93), ("left", "right", "left", "left"), row, strict=True):
            ax.text(
                place, y, text, ha=side, va="center", fontsize=9, fontweight=weight, color=WARNING if marked else INK,
                transform=ax.transAxes,
            )  # fmt: skip
    ax.plot([0.0, 1.0], [1.0 - step] * 2, color=FAINT, lw=0.7, transform=ax.transAxes)
    ax.set_xlim(0.0, 1.0)
    ax.set_ylim(0.0, 1.0)


def _draw_flags(ax: Axes, reduction: Reduction) -> None:
    ax.set_axis_off()
    flags = sorted(reduction.flags, key=lambda flag: flag.partition(":")[0] in HARMLESS)
    lines: list[tuple[str, str]] = []
    for flag in flags:
        colour = "#555555" if flag.partition(":")[0] in HARMLESS else WARNING
        lines += [(line, colour) for line in textwrap.wrap(flag, WIDTH, subsequent_indent="    ")[:2]]
    most = 2 * MOST_FLAGS
    if len(lines) > most:
        lines = [*lines[: most - 1], (f"… {len(flags)} flags in all", "#555555")]
    for number, (line, colour) in enumerate(lines):
        ax.text(
            0.0,
            0.97 - number * 0.054,
            line,
            fontsize=7.5,
            va="top",
            color=colour,
            transform=ax.transAxes,
            parse_math=False,
        )


def _columns(reduction: Reduction, name: str) -> dict[str, np.ndarray]:
    rows: list[dict[str, Any]] = reduction.tables[name]
    return {key: np.array([np.nan if row[key] is None else row[key] for row in rows], float) for key in rows[0]}


def _prefix(value: float) -> tuple[float, str]:
    """Scale and unit in which a current has one to three digits before the point."""
    return next(((scale, unit) for scale, unit in PREFIXES if abs(value) >= scale), PREFIXES[-1])


def _scaled(estimate: Estimate, scale: float) -> tuple[float, float] | None:
    ends = estimate.interval_95
    return None if ends is None else (ends[0] / scale, ends[1] / scale)
