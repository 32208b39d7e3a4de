"""A thermogram as the field draws it: mass in per cent falling from 100, and the rate of loss on a second axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.plot.style import FAINT, INK, colour_of, figure_of, new_axes, styled
from honeycell.plot.wording import rounded, rounded_interval, shown_as, words

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from honeycell.analysis.result import Reduction

_ZERO_CELSIUS = 273.15  # K, exact by definition
_MOST = 4000  # rows drawn
_LEVELS = {"temperature_5_percent": 95.0, "temperature_50_percent": 50.0}
_NAMES = ("onset_temperature", *_LEVELS, "residue")
_SIDE = 9  # points right of a peak, where the mass has fallen already
_MOST_STEPS = 6  # marked with their temperatures


@styled
def figure_thermogravimetry(record: xr.Dataset, reduction: Reduction, ax: Axes | None = None) -> Figure:
    """Mass over temperature with the tangents of its steps, rate of loss on the right-hand axis.

    Parameters
    ----------
    record : ``thermogravimetry/1``; its ``sample`` gives the colour.
    reduction : with the tables ``steps`` and ``curve``.

    Returns
    -------
    The figure: masses in per cent of the initial mass, marks at the quantities found, with 95 % bars; quantities and flags above.
    """
    if ax is None:
        ax = new_axes(6.8, 5.4)
        ax.set_position((0.11, 0.11, 0.77, 0.58))
    colour = colour_of(str(record.attrs.get("sample", "")))
    curve = reduction.tables["curve"]
    T = np.array([row["temperature / degC"] for row in curve])
    w = np.array([row["mass / %"] for row in curve])
    rate = np.array([row["rate / %/K"] for row in curve])
    _measured(ax, record, T, w, colour)
    (line,) = ax.plot(T, w, color=colour, lw=1.6, zorder=4, label="mass")
    twin = ax.twinx()
    (dashed,) = twin.plot(T, rate, color=FAINT, lw=1.0, zorder=1, label="rate of loss")
    twin.set_ylabel("Rate of loss, −dm/dT (% K⁻¹)")
    twin.set_ylim(bottom=min(0.0, float(rate.min())), top=1.6 * max(float(rate.max()), 1e-6))
    twin.spines["right"].set_visible(True)
    ax.set_zorder(twin.get_zorder() + 1)
    ax.patch.set_visible(False)
    _marks(ax, reduction, w, T)
    for row in sorted(reduction.tables["steps"], key=lambda row: -row["mass_loss"])[:_MOST_STEPS]:
        peak = row["peak_temperature"]
        ax.annotate(
            f"{peak:.0f} °C\n−{row['mass_loss']:.1f} %", (peak, float(np.interp(peak, T, rate))), xytext=(_SIDE, 2),
            xycoords=twin.transData, textcoords="offset points", ha="left", va="bottom", fontsize=7.5, color=INK, zorder=7,
        )  # fmt: skip
    ax.set_xlabel("Temperature (°C)")
    ax.set_ylabel("Mass (% of initial mass)")
    ax.legend(handles=[line, dashed], loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, borderaxespad=0.2)
    sample = str(record.attrs.get("sample", ""))
    figure_of(ax).text(0.02, 0.99, sample, va="top", fontsize=11, fontweight="bold", color=colour, parse_math=False)
    figure_of(ax).text(0.02, 0.945, _caption(reduction), va="top", fontsize=8.5, color=INK)
    return figure_of(ax)


def _measured(ax: Axes, record: xr.Dataset, drawn: np.ndarray, w: np.ndarray, colour: str) -> None:
    """The rows as they are, faint, so that nobody takes the smooth curve for them."""
    T = np.asarray(record["temperature"].values, float) - _ZERO_CELSIUS
    mass = np.asarray(record["relative_mass"].values, float)
    # the reduction refers to its own initial mass: the curve through these rows tells it
    inside = (drawn[0] <= T) & (drawn[-1] >= T) & (mass > 0.0)
    scale = float(np.median(np.interp(T[inside], drawn, w) / mass[inside])) if inside.any() else 100.0
    keep = slice(None, None, max(T.size // _MOST, 1))
    ax.plot(T[keep], scale * mass[keep], ls="none", marker=".", ms=1.5, color=colour, alpha=0.25, zorder=2)


def _marks(ax: Axes, reduction: Reduction, w: np.ndarray, T: np.ndarray) -> None:
    for name, level in _LEVELS.items():
        if name in reduction:
            value, _, _, interval = shown_as(reduction[name])
            spread = [[value - interval[0]], [interval[1] - value]] if interval else None
            ax.errorbar(value, level, xerr=spread, fmt="o", ms=5, color=INK, mfc="white", zorder=6, capsize=2)
            text = f"{name.split('_')[1]} %"
            ax.annotate(text, (value, level), xytext=(5, 4), textcoords="offset points", fontsize=8, color=INK)
    if "onset_temperature" in reduction:
        value, _, _, _ = shown_as(reduction["onset_temperature"])
        row = min(reduction.tables["steps"], key=lambda row: abs((row["onset_temperature"] or 1e9) - value))
        peak, end = row["peak_temperature"], row["end_temperature"]
        high, low = float(np.interp(row["begin_temperature"], T, w)), float(np.interp(row["finish_temperature"], T, w))
        drop = row["mass_loss"]
        ax.plot([row["begin_temperature"], value], [high, high], color=INK, lw=0.8, ls=(0, (4, 2)), zorder=5)
        if end is not None:
            ax.plot([value, end], [high, high - drop], color=INK, lw=0.8, ls=(0, (4, 2)), zorder=5)
            ax.plot([end, row["finish_temperature"]], [low, low], color=INK, lw=0.8, ls=(0, (4, 2)), zorder=5)
        ax.axvline(value, ymax=0.97, color=INK, lw=0.6, ls=":", zorder=1)
        ax.annotate(
            f"onset {value:.0f} °C", (value, 0.6), xytext=(-4, 0), xycoords=ax.get_xaxis_transform(), textcoords="offset points",
            ha="right", fontsize=8, color=INK,
        )  # fmt: skip
        ax.plot([peak], [float(np.interp(peak, T, w))], marker="|", color=INK, ms=8, zorder=6)


def _caption(reduction: Reduction) -> str:
    lines: list[str] = []
    for name in _NAMES:
        if name in reduction:
            value, unit, _, interval = shown_as(reduction[name])
            sign = {"degC": "°C"}.get(unit, unit)
            lines.append(f"{words(name)}: {rounded(value, interval)} {sign}  ({rounded_interval(interval, value)})")
    rule = "; onset by tangents (ISO 11358-1)" if "onset_temperature" in reduction else ""
    lines.append(f"in brackets: 95 % interval{rule}")
    shown = [
        flag
        for flag in reduction.flags
        if flag.split(":")[0] in ("atmosphere", "buoyancy", "drying", "hold", "heating")
    ]
    return "\n".join([*lines, *(_short(flag) for flag in shown[:3])])


def _short(flag: Any) -> str:
    text = str(flag)
    return text if len(text) < 100 else f"{text[:97]}..."
