"""A reduced charge-discharge record: capacity and efficiency over cycles, voltage over capacity, dQ/dV."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.plot.style import FAINT, INK, UNIT_SIGNS, colour_of, styled
from honeycell.plot.wording import rounded, rounded_interval, shown_as, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from honeycell.analysis.result import Reduction

    Rows = Sequence[dict[str, Any]]

EFFICIENCY = "#009E73"  # Okabe & Ito's green, told from both sample colours
LEAST_LIFE = 3  # cycles from which there is a panel over cycles
MANY = 60  # cycles from which the marks are small
LONGEST = 62  # signs of a line of words
NARROW = 0.04  # of the cycles: shorter steps of a ladder are not labelled
MOST_RATES = 8  # steps of a ladder that are labelled
MOST_PEAKS = 6  # that are labelled in each direction
HALF_WINDOW = 0.25  # per cent: least half width of the window of efficiencies
OUTSIDE = (3.0, 97.0)  # percentiles that the window of efficiencies is drawn about
NAMES = (
    "discharge_capacity", "charge_capacity", "coulombic_efficiency", "mean_voltage_gap", "voltage_drop", "retention",
    "coulombic_efficiency_mean", "capacity_change_per_cycle",
)  # fmt: skip
SHOWN_FLAGS = ("rounding", "counters", "sign", "incomplete", "cycle", "electrode_role", "mass", "rates")


@styled
def figure_cycling(record: xr.Dataset, reduction: Reduction) -> Figure:
    """Figure of one ``cycling/1`` record and its reduction.

    Parameters
    ----------
    record : its ``sample`` gives name and colour; all that is drawn stands in the reduction.
    reduction : with the tables ``cycles``, ``peaks``, ``curve_profiles`` and ``curve_dqdv``.

    Returns
    -------
    The figure: over the cycles, where there are three or more, capacity on the left and coulombic efficiency on the right, in a window that
    the data choose, points outside it marked with their number; the voltage over the capacity of some cycles, light to dark; dQ/dV, charge
    upwards and discharge downwards, with the places of the peaks; and the quantities.
    """
    from matplotlib.figure import Figure

    cycles = reduction.tables["cycles"]
    long = len(cycles) >= LEAST_LIFE
    figure = Figure(figsize=(10.6, 8.0 if long else 5.4))
    sample = str(record.attrs.get("sample", ""))
    colour = colour_of(sample)
    figure.text(0.012, 0.985, sample, fontsize=12, fontweight="bold", va="top", color=colour, parse_math=False)
    bottom, height = (0.075, 0.36) if long else (0.11, 0.58)
    if long:
        _draw_life(figure.add_axes((0.075, 0.54, 0.50, 0.38)), reduction, colour)
    _draw_profiles(figure.add_axes((0.075, bottom, 0.40, height)), reduction.tables["curve_profiles"], colour)
    _draw_derivative(figure.add_axes((0.56, bottom, 0.42, height)), reduction, colour)
    if long:
        _draw_words(figure, reduction, 0.665, 0.93, 1)
    else:
        _draw_words(figure, reduction, 0.075, 0.94, 2)
    return figure


def _draw_life(ax: Axes, reduction: Reduction, colour: str) -> None:
    rows = reduction.tables["cycles"]
    prefix, unit = ("specific_", UNIT_SIGNS["mAh/g"]) if "specific_charge_capacity" in rows[0] else ("", "mAh")
    number = _column(rows, "cycle")
    size = 3.4 if number.size < MANY else 1.8
    handles = []
    for name, face in (("charge", "white"), ("discharge", colour)):
        (line,) = ax.plot(
            number, _column(rows, f"{prefix}{name}_capacity"), ls="none", marker="o", ms=size + (0.6 if face == "white" else 0.0),
            mfc=face, mec=colour, mew=0.7, color=colour, label=f"{name} capacity", zorder=3 if face == "white" else 4,
        )  # fmt: skip
        handles.append(line)
    ax.set_xlabel("Cycle")
    ax.set_ylabel(f"{'Specific capacity' if prefix else 'Capacity'} ({unit})")
    most = np.nanmax(
        [*_column(rows, f"{prefix}charge_capacity"), *_column(rows, f"{prefix}discharge_capacity"), 1e-300]
    )
    ax.set_ylim(0.0, 1.42 * float(most))
    ax.locator_params(axis="x", integer=True)
    ax.margins(x=0.03)
    efficiency = _column(rows, "coulombic_efficiency")
    if np.isfinite(efficiency).any():
        handles.append(_draw_efficiency(ax, number, efficiency, size))
    legend = ax.legend(
        handles=handles, loc="lower left", borderaxespad=0.3, handletextpad=0.4, frameon=True, framealpha=0.9
    )
    legend.get_frame().set_linewidth(0.0)
    _label_rates(ax, reduction.tables.get("rates") or [])


def _draw_efficiency(ax: Axes, number: np.ndarray, efficiency: np.ndarray, size: float) -> Any:
    twin = ax.twinx()
    twin.spines["right"].set_visible(True)
    good = np.isfinite(efficiency)
    low, high = _window(efficiency[good])
    # the efficiencies keep to the upper part, the capacities to the lower
    span = high - low
    twin.set_ylim(high - 3.2 * span, high + 0.12 * span)
    inside = good & (efficiency >= low) & (efficiency <= high)
    (line,) = twin.plot(
        number[inside], efficiency[inside], ls="none", marker="s", ms=size, mfc=EFFICIENCY, mec="none", color=EFFICIENCY,
        label="coulombic efficiency",
    )  # fmt: skip
    for beyond, edge, mark in ((efficiency > high, high, "^"), (efficiency < low, low, "v")):
        at = good & beyond
        if at.any():
            twin.plot(
                number[at],
                np.full(at.sum(), edge),
                ls="none",
                marker=mark,
                ms=5,
                mfc="none",
                mec=EFFICIENCY,
                clip_on=False,
            )
            k = int(np.flatnonzero(at)[0])
            more = f" and {at.sum() - 1} more" if at.sum() > 1 else ""
            early = number[k] < 0.5 * (number[0] + number[-1])
            twin.annotate(
                f"cycle {number[k]:.0f}: {efficiency[k]:.4g} %{more}", (float(number[k]), edge), xytext=(7 if early else -7, 0),
                textcoords="offset points", fontsize=7.5, color=EFFICIENCY, va="center", ha="left" if early else "right",
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5},
            )  # fmt: skip
    twin.set_ylabel("Coulombic efficiency (%)", color=EFFICIENCY)
    twin.tick_params(axis="y", colors=EFFICIENCY, labelcolor=EFFICIENCY)
    twin.axhline(100.0, color=FAINT, lw=0.6, ls=":", zorder=0) if low <= 100.0 <= high else None
    ticks = [tick for tick in twin.get_yticks() if low - 0.02 * span <= tick <= high + 0.1 * span]
    twin.set_yticks(ticks if len(ticks) > 1 else [low, high])
    twin.yaxis.set_label_coords(1.1, 0.5)
    return line


def _window(efficiency: np.ndarray) -> tuple[float, float]:
    """Efficiencies that the axis spans: nearly all points, and a quarter per cent about them at least."""
    low, high = (float(each) for each in np.percentile(efficiency, OUTSIDE))
    if efficiency.size < MANY // 2:
        # few points: the first alone may lie far off
        inner = efficiency[np.argsort(np.abs(efficiency - np.median(efficiency)))[: max(efficiency.size - 1, 1)]]
        low, high = float(inner.min()), float(inner.max())
    margin = max(0.25 * (high - low), HALF_WINDOW)
    return low - margin, high + margin


def _label_rates(ax: Axes, rates: Rows) -> None:
    for k, rate in enumerate(rates[:MOST_RATES] if len(rates) <= MOST_RATES else []):
        ends = re.findall(r"(?:^|(?<=-))-?\d+", str(rate["cycles"]))
        first, last = float(ends[0]), float(ends[-1])
        middle = 0.5 * (first + last)
        text = f"{rate['rate / C']:.3g}C" if "rate / C" in rate else f"{rate['discharge_current / mA']:.3g} mA"
        wide = last - first + 1.0 > NARROW * (ax.get_xlim()[1] - ax.get_xlim()[0])
        ax.annotate(
            text if wide else "",
            (middle, 0.63),
            xycoords=ax.get_xaxis_transform(),
            ha="center",
            fontsize=7.5,
            color=INK,
        )
        if k:
            ax.axvline(first - 0.5, color=FAINT, lw=0.5, ymax=0.68, zorder=0)


def _draw_profiles(ax: Axes, rows: Rows, colour: str) -> None:
    numbers = sorted({row["cycle"] for row in rows})
    label = next((name for name in (rows[0] if rows else ()) if name.startswith("capacity")), "capacity / mAh")
    for number, shade in zip(numbers, _shades(colour, len(numbers)), strict=True):
        name: str | None = f"cycle {number}"
        for direction in ("charge", "discharge"):
            own = [row for row in rows if row["cycle"] == number and row["direction"] == direction]
            if own:
                ax.plot(_column(own, label), _column(own, "voltage"), color=shade, lw=1.3, label=name)
                name = None
    unit = label.partition(" / ")[2]
    ax.set_xlabel(f"{'Specific capacity' if unit == 'mAh/g' else 'Capacity'} ({UNIT_SIGNS.get(unit, unit)})")
    ax.set_ylabel("Voltage (V)")
    ax.margins(x=0.012)
    ax.margins(y=0.06)
    if rows:
        ax.legend(
            loc="lower center",
            bbox_to_anchor=(0.5, 1.0),
            ncols=5,
            handlelength=1.2,
            columnspacing=0.9,
            handletextpad=0.4,
            borderaxespad=0.1,
        )


def _draw_derivative(ax: Axes, reduction: Reduction, colour: str) -> None:
    rows, peaks = reduction.tables["curve_dqdv"], reduction.tables["peaks"]
    ax.set_xlabel("Voltage (V)")
    if not rows:
        ax.text(
            0.5, 0.5, "no dQ/dV: too few rows, or pulses", ha="center", va="center", color=INK, transform=ax.transAxes
        )
        ax.set_axis_off()
        return
    label = next(name for name in rows[0] if name.startswith("dqdv"))
    error = label.replace("dqdv", "standard_error")
    numbers = sorted({row["cycle"] for row in rows})
    drawn = sorted({row["cycle"] for row in reduction.tables["curve_profiles"]})
    shades = dict(zip(drawn, _shades(colour, len(drawn)), strict=True))
    for number in numbers:
        for direction, sign in (("charge", 1.0), ("discharge", -1.0)):
            own = [row for row in rows if row["cycle"] == number and row["direction"] == direction]
            if not own:
                continue
            V, g, e = _column(own, "voltage"), sign * _column(own, label), _column(own, error)
            ax.fill_between(V, g - e, g + e, color=shades[number], alpha=0.2, lw=0.0)
            ax.plot(V, g, color=shades[number], lw=1.2)
    ax.axhline(0.0, color=INK, lw=0.6)
    ax.margins(x=0.02, y=0.16)
    high = max(abs(limit) for limit in ax.get_ylim())
    for direction, sign in (("charge", 1.0), ("discharge", -1.0)):
        own = [peak for peak in peaks if peak["direction"] == direction]
        last = [peak for peak in own if peak["cycle"] == max(each["cycle"] for each in own)]
        tallest = sorted(last, key=lambda peak: -peak[label])[:MOST_PEAKS]
        _label_peaks(ax, tallest, label, sign, high)
    unit = label.partition(" / ")[2]
    shown = {"mAh/g/V": "mAh g⁻¹ V⁻¹", "mAh/V": "mAh V⁻¹"}.get(unit, unit)
    ax.set_ylabel(f"dQ/dV ({shown})")
    note = f"cycle{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}; charge up, discharge down"
    ax.annotate(
        note,
        (1.0, 1.0),
        xycoords="axes fraction",
        xytext=(0, 4),
        textcoords="offset points",
        ha="right",
        fontsize=8,
        color=INK,
    )


def _label_peaks(ax: Axes, peaks: Rows, label: str, sign: float, high: float) -> None:
    """Voltages beside the peaks; one too near to a higher one's is left to the table."""
    low, top = ax.get_xlim()
    taken: list[tuple[float, float]] = []
    for peak in peaks:
        x, y = peak["voltage"], sign * peak[label]
        if any(abs(x - a) < 0.085 * (top - low) and abs(y - b) < 0.09 * high for a, b in taken):
            continue
        taken.append((x, y))
        ax.plot([x], [y], marker="|", ms=6, color=INK, zorder=5)
        ax.annotate(
            f"{x:.3f}", (x, y), xytext=(0, 4 * sign), textcoords="offset points", ha="center",
            va="bottom" if sign > 0 else "top", fontsize=7.5, color=INK,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.4},
        )  # fmt: skip


def _draw_words(figure: Figure, reduction: Reduction, x: float, y: float, columns: int) -> None:
    lines: list[str] = []
    for name in NAMES:
        if name in reduction:
            value, unit, _, interval = shown_as(reduction[name])
            sign = UNIT_SIGNS.get(unit, unit)
            line = f"{words(name)}: {rounded(value, interval)} {sign}"
            spread = f"  ({rounded_interval(interval, value)})" if interval else ""
            lines.append(line + spread if len(line + spread) <= LONGEST else line)
    lines.append("in brackets: 95 % interval" if any("(" in line for line in lines) else "")
    flags = [flag for flag in reduction.flags if flag.partition(":")[0] in SHOWN_FLAGS]
    width = LONGEST if columns == 1 else 100
    text = [part for flag in flags[:4] for part in _wrapped(f"▸ {flag}", width)]
    if columns == 1:
        figure.text(
            x, y, "\n".join([*lines, "", *text]), va="top", fontsize=8, color=INK, linespacing=1.35, parse_math=False
        )
    else:
        figure.text(x, y, "\n".join(lines), va="top", fontsize=8, color=INK, linespacing=1.35, parse_math=False)
        figure.text(0.45, y, "\n".join(text), va="top", fontsize=8, color=INK, linespacing=1.35, parse_math=False)


def _wrapped(text: str, width: int) -> list[str]:
    import textwrap

    found = textwrap.wrap(text, width, subsequent_indent="   ")
    return [*found[:2], f"{found[2][: width - 3]}..."] if len(found) > 3 else found


def _shades(colour: str, count: int) -> list[tuple[float, float, float]]:
    """From light to the colour itself: the order of cycles is seen without a legend."""
    from matplotlib.colors import to_rgb

    full = np.array(to_rgb(colour))
    shares = np.linspace(0.35, 1.0, count) if count > 1 else np.ones(count)
    return [(float(r), float(g), float(b)) for r, g, b in (1.0 - share * (1.0 - full) for share in shares)]


def _column(rows: Rows, name: str) -> np.ndarray:
    return np.array([np.nan if row.get(name) is None else row[name] for row in rows], float)
