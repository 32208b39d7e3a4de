"""A reduced force curve: force over depth with the fitted law, residuals, the whole ramp, and the numbers found."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.plot.style import FAINT, INK, colour_of, styled
from honeycell.plot.wording import rounded, rounded_interval, words

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from honeycell.analysis.result import Estimate, Reduction

    Floats = NDArray[np.float64]
    Columns = dict[str, Floats]

SIZE = (10.6, 6.4)
WARM, COOL = (
    "#E69F00",
    "#56B4E9",
)  # of the retract, Okabe & Ito's orange and sky blue: whichever is far from the sample's colour
PREFIXES = (
    (1e12, "T"),
    (1e9, "G"),
    (1e6, "M"),
    (1e3, "k"),
    (1.0, ""),
    (1e-3, "m"),
    (1e-6, "µ"),
    (1e-9, "n"),
    (1e-12, "p"),
)
NANO = 1e-9
FLAG_LINES, FLAG_WIDTH = 4, 195
_MOST_FLAGS = 8


@styled
def figure_force_curve(record: xr.Dataset, reduction: Reduction) -> Figure:
    """Figure of one ``force_curve/1`` record and its reduction.

    Parameters
    ----------
    record : its ``sample`` names and colours the figure.
    reduction : with the tables ``curve`` and ``contact``; where it has ``curves``, the first one is drawn, and the moduli of all.

    Returns
    -------
    The figure: approach and retract over depth with the fit over its rows, contact point and pull-off marked, its residuals below; the
    whole ramp, or the curves' moduli; the quantities with 95 % intervals; flags on top.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE)
    sample = str(record.attrs.get("sample", ""))
    colour = colour_of(sample)
    other = COOL if colour == "#D55E00" else WARM
    y = _heading(figure, sample, colour, reduction)
    top = y - 0.05
    main = figure.add_axes((0.075, 0.285, 0.485, top - 0.285))
    rest = figure.add_axes((0.075, 0.085, 0.485, 0.15), sharex=main)
    branches = {name: _columns(reduction, name) for name in ("approach", "retract")}
    length, force = _units(branches)
    _draw_contact(main, branches, reduction, {"approach": colour, "retract": other}, length, force)
    _draw_residuals(rest, branches, reduction, {"approach": colour, "retract": other}, length, force)
    side = figure.add_axes((0.65, 0.53, 0.335, top - 0.53))
    if reduction.tables.get("curves"):
        _draw_curves(side, reduction, colour)
    else:
        _draw_ramp(side, branches, {"approach": colour, "retract": other}, force)
    _draw_table(figure.add_axes((0.6, 0.0, 0.39, 0.42)), reduction)
    return figure


def _heading(figure: Figure, sample: str, colour: str, reduction: Reduction) -> float:
    """Name and flags; returns how far down they reach."""
    figure.text(0.012, 0.985, sample, fontsize=12, fontweight="bold", va="top", color=colour, parse_math=False)
    flags = [*reduction.flags, *(flag for each in reduction.quantities for flag in each.flags)]
    kept = list(dict.fromkeys(flags))
    more = f"; and {len(kept) - _MOST_FLAGS} more" if len(kept) > _MOST_FLAGS else ""
    text = "; ".join(kept[:_MOST_FLAGS]) + more
    lines = textwrap.wrap(f"Flags: {text}", FLAG_WIDTH) if kept else []
    if len(lines) > FLAG_LINES:
        lines = [*lines[: FLAG_LINES - 1], f"{lines[FLAG_LINES - 1][: FLAG_WIDTH - 3]}..."]
    y = 0.935
    for line in lines:
        figure.text(0.012, y, line, fontsize=7.5, va="top", color="#555555", parse_math=False)
        y -= 0.027
    return y


def _columns(reduction: Reduction, branch: str) -> Columns:
    """SI values of the figure's table, of one branch."""
    rows = [row for row in reduction.tables.get("curve") or [] if row["branch"] == branch]
    names = ("displacement / nm", "depth / nm", "force / nN", "fit_depth / nm", "fit_force / nN")
    return {
        name.partition(" ")[0]: NANO * np.array([np.nan if row[name] is None else row[name] for row in rows], float)
        for name in names
    }


def _units(branches: dict[str, Columns]) -> tuple[tuple[float, str], tuple[float, str]]:
    depths, forces = (np.concatenate([each[name] for each in branches.values()]) for name in ("depth", "force"))
    deepest = float(depths.max()) if depths.size else NANO
    return _prefix(deepest, "m"), _prefix(float(np.abs(forces).max()) if forces.size else NANO, "N")


def _prefix(value: float, unit: str) -> tuple[float, str]:
    """Scale and name of the unit in which a number has one to three places before the point."""
    size = abs(value)
    scale, sign = next((each for each in PREFIXES if size >= each[0]), PREFIXES[-1])
    return scale, f"{sign}{unit}"


def _draw_contact(
    ax: Axes,
    branches: dict[str, Columns],
    reduction: Reduction,
    colours: dict[str, str],
    length: tuple[float, str],
    force: tuple[float, str],
) -> None:
    contact = reduction.tables["contact"][0]
    for name, each in branches.items():
        ax.plot(
            each["depth"] / length[0], each["force"] / force[0], ls="none", marker="o" if name == "approach" else "s", ms=2.6,
            mfc=colours[name] if name == "approach" else "none", mec=colours[name], mew=0.7, alpha=0.8, label=name, zorder=2,
        )  # fmt: skip
        if np.isfinite(each["fit_force"]).any():
            inside = each["fit_depth"] > -0.5 * max(contact["depth / nm"] * NANO, 0.0)
            x, y = (np.where(inside, each[key], np.nan) for key in ("fit_depth", "fit_force"))
            order = np.argsort(x, kind="stable")
            ax.plot(
                x[order] / length[0], y[order] / force[0], color=INK, lw=1.3, zorder=4, label=_short(contact["law"])
            )
    spread = 1.96 * contact["contact_point_standard_error / nm"] * NANO / length[0]
    ax.axvspan(-spread, spread, color=FAINT, alpha=0.35, lw=0, zorder=0)
    ax.axvline(0.0, color=INK, lw=0.7, ls=":", zorder=1, label="contact, 95 %")
    ax.axhline(0.0, color=FAINT, lw=0.7, zorder=0)
    _limit(ax, branches, contact["depth / nm"] * NANO, length, force)
    if "adhesion_force" in reduction and not reduction["adhesion_force"].flags:
        _mark_adhesion(ax, branches["retract"], reduction, length, force)
    ax.tick_params(labelbottom=False)
    ax.set_ylabel(f"Force ({force[1]})")
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=4, borderaxespad=0.2, columnspacing=1.2)


def _short(law: str) -> str:
    return law.partition(" (")[0] if len(law) > 20 else law


def _limit(
    ax: Axes, branches: dict[str, Columns], deepest: float, length: tuple[float, str], force: tuple[float, str]
) -> None:
    """The contact fills the plot: what lies farther off is in the other plot."""
    ends = [each["depth"].max() for each in branches.values() if each["depth"].size]
    right = max([deepest, *ends])
    left = -0.45 * right
    retract = branches["retract"]
    if retract["force"].size:
        low = int(np.argmin(retract["force"]))
        if retract["force"][low] < -0.02 * retract["force"].max():
            left = max(min(left, 1.4 * float(retract["depth"][low])), -2.0 * right)
    ax.set_xlim(left / length[0], 1.06 * right / length[0])
    forces = np.concatenate([each["force"] for each in branches.values()]) / force[0]
    low, high = float(forces.min()), float(forces.max())
    ax.set_ylim(low - 0.12 * (high - low), high + 0.08 * (high - low))


def _mark_adhesion(
    ax: Axes, retract: Columns, reduction: Reduction, length: tuple[float, str], force: tuple[float, str]
) -> None:
    found = reduction["adhesion_force"]
    x = float(retract["depth"][int(np.argmin(retract["force"]))]) / length[0]
    base = float(np.nanmedian(retract["force"][-max(retract["force"].size // 5, 1) :])) / force[0]
    value = found.value / force[0]
    left, right = ax.get_xlim()
    ax.annotate(
        "",
        (x, base - value),
        (x, base),
        arrowprops={"arrowstyle": "<->", "color": INK, "lw": 0.9, "shrinkA": 0, "shrinkB": 0},
    )
    near_right = x > left + 0.6 * (right - left)
    ax.annotate(
        f"adhesion {_said(found)}", (x, base - value), xytext=(-6 if near_right else 6, -3), textcoords="offset points",
        ha="right" if near_right else "left", va="top", fontsize=8, color=INK, zorder=6,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.8},
    )  # fmt: skip


def _draw_residuals(
    ax: Axes,
    branches: dict[str, Columns],
    reduction: Reduction,
    colours: dict[str, str],
    length: tuple[float, str],
    force: tuple[float, str],
) -> None:
    noise = reduction.tables["contact"][0]["noise / nN"] * NANO
    left = np.concatenate([each["force"] - each["fit_force"] for each in branches.values()])
    seen = np.abs(left[np.isfinite(left)])
    scale, unit = _prefix(max(float(np.percentile(seen, 95)) if seen.size else noise, noise, 1e-15), "N")
    for name, each in branches.items():
        if np.isfinite(each["fit_force"]).any():
            ax.plot(
                each["depth"] / length[0], (each["force"] - each["fit_force"]) / scale, ls="none", marker=".", ms=2.5,
                color=colours[name], zorder=3,
            )  # fmt: skip
    ax.axhspan(-noise / scale, noise / scale, color=FAINT, alpha=0.35, lw=0, zorder=0)
    ax.axhline(0.0, color=INK, lw=0.7, zorder=1)
    inside = np.concatenate([each["depth"] for each in branches.values()]) / length[0]
    low, high = ax.get_xlim()
    shown = np.abs(left[(inside >= low) & (inside <= high) & np.isfinite(left)])
    reach = 1.15 * max(float(np.percentile(shown, 99.5)) if shown.size else noise, 2.0 * noise) / scale
    ax.set_ylim(-reach, reach)
    ax.set_ylabel(f"Residual ({unit})\nband: noise", fontsize=8)
    ax.set_xlabel(f"Depth of the tip ({length[1]})")


def _draw_ramp(ax: Axes, branches: dict[str, Columns], colours: dict[str, str], force: tuple[float, str]) -> None:
    moved = np.concatenate([each["displacement"] for each in branches.values()])
    scale, unit = _prefix(float(np.abs(moved).max()) if moved.size else NANO, "m")
    for name, each in branches.items():
        ax.plot(each["displacement"] / scale, each["force"] / force[0], color=colours[name], lw=1.1, label=name)
    ax.axvline(0.0, color=INK, lw=0.7, ls=":")
    ax.axhline(0.0, color=FAINT, lw=0.7, zorder=0)
    ax.set_xlabel(f"Displacement from contact ({unit})")
    ax.set_ylabel(f"Force ({force[1]})")
    ax.set_title("Whole ramp, less the fitted baseline", loc="left", fontsize=9)


def _draw_curves(ax: Axes, reduction: Reduction, colour: str) -> None:
    """Modulus, else peak force, of every curve of the file, with the mean."""
    from matplotlib.ticker import MaxNLocator

    rows = reduction.tables["curves"]
    names = ("elastic_modulus", "reduced_modulus", "adhesion_force", "peak_force")
    name = next(each for each in names if each in reduction)
    found = reduction[name]
    key, error = f"{name} / {found.unit}", f"{name}_standard_error / {found.unit}"
    there = [row for row in rows if key in row]
    x, y, e = (np.array([row[column] for row in there], float) for column in ("curve", key, error))
    scale, unit = _prefix(found.value, found.unit)
    ax.errorbar(x, y / scale, yerr=e / scale, fmt="o", ms=3, color=colour, elinewidth=0.7, zorder=3)
    low, high = found.interval_95 or (found.value, found.value)
    ax.axhspan(low / scale, high / scale, color=FAINT, alpha=0.35, lw=0, zorder=0)
    ax.axhline(found.value / scale, color=INK, lw=1.0, zorder=1)
    ax.set_xlabel("Curve")
    ax.set_ylabel(f"{words(name).capitalize()} ({unit})")
    ax.set_title(f"{len(there)} of {len(rows)} curves; mean with 95 % interval", loc="left", fontsize=9)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))


def _said(found: Estimate) -> str:
    value, unit, interval = _shown(found)
    return f"{rounded(value, interval)} {unit}"


def _shown(found: Estimate) -> tuple[float, str, tuple[float, float] | None]:
    scale, unit = _prefix(found.value, found.unit) if found.unit in ("Pa", "N", "m") else (1.0, found.unit)
    ends = found.interval_95
    return found.value / scale, unit, None if ends is None else (ends[0] / scale, ends[1] / scale)


def _draw_table(ax: Axes, reduction: Reduction) -> None:
    ax.set_axis_off()
    lines: list[tuple[str, str, str]] = [("", "value", "95 % interval")]
    for each in reduction.quantities:
        value, unit, interval = _shown(each)
        lines.append((words(each.name), f"{rounded(value, interval)} {unit}", rounded_interval(interval, value)))
    contact: dict[str, Any] = reduction.tables["contact"][0]
    depth, unit = _prefix(contact["depth / nm"] * NANO, "m")
    lines.append(("depth reached", f"{contact['depth / nm'] * NANO / depth:.3g} {unit}", ""))
    lines.append(("residuals over noise", f"{contact['residuals_over_noise']:.2f}", ""))
    step = min(0.1, 0.9 / (len(lines) + 2))
    for k, line in enumerate(lines):
        for x, text, place in zip((0.0, 0.62, 1.0), line, ("left", "right", "right"), strict=True):
            ax.text(
                x, 0.97 - step * k, text, ha=place, va="top", fontsize=8.5, color=INK if k else FAINT, transform=ax.transAxes
            )  # fmt: skip
    for k, line in enumerate(textwrap.wrap(f"Law: {contact['law']}, on the {contact['branch']}", 62)):
        ax.text(
            0.0, 0.97 - step * (len(lines) + 0.3 + 0.75 * k), line, va="top", fontsize=8, color="#555555", transform=ax.transAxes
        )  # fmt: skip
