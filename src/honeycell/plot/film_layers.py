"""What a film holds at each depth: while it lies in the bath, when it has set, and dry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honeycell.plot.film import seconds
from honeycell.plot.style import INK, colour_of, figure_of, styled

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE = (9.2, 7.0)
PROFILES = 6
PORES, PARTICLES, WALLS = "#0072B2", "#C98B00", "#555555"
WET, DRY = (0, (3, 2)), "-"


@styled
def figure_film_layers(film: xr.Dataset, exchange: xr.Dataset, structure: xr.Dataset) -> Figure:
    """Four views of one film.

    Parameters
    ----------
    film : ``film/1``;  exchange : ``exchange/1``, compositions over time and depth;  structure : ``structure/1``, the dry film.

    Returns
    -------
    The figure: water in the liquid over time and depth with the times of demixing and setting; polymer in the liquid over depth at even
    steps of the logarithm of time; porosity and particles at each part of the depth, when set and dry; widths of pores and walls likewise.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE)
    sample = str(film.attrs.get("sample", ""))
    figure.text(
        0.012, 0.985, sample, fontsize=12, fontweight="bold", va="top", color=colour_of(sample), parse_math=False
    )
    _draw_water(figure.add_axes((0.075, 0.57, 0.38, 0.34)), film, exchange)
    _draw_polymer(figure.add_axes((0.585, 0.57, 0.28, 0.34)), exchange)
    _draw_shares(figure.add_axes((0.075, 0.08, 0.38, 0.36)), film, structure)
    _draw_widths(figure.add_axes((0.585, 0.08, 0.395, 0.36)), film, structure)
    return figure


def _draw_water(ax: Axes, film: xr.Dataset, exchange: xr.Dataset) -> None:
    time, depth = exchange["time"].values, exchange["depth"].values * 1e6
    shades = ax.pcolormesh(
        time, depth, exchange["water_fraction"].values.T, cmap="Blues", vmin=0.0, shading="gouraud", rasterized=True
    )
    bar = figure_of(ax).colorbar(shades, ax=ax, pad=0.02, fraction=0.05)
    bar.outline.set_linewidth(0.4)
    z = film["depth"].values * 1e6
    ax.plot(film["binodal_time"].values, z, color=INK, ls=WET, label="demixes")
    ax.plot(film["gelation_time"].values, z, color=INK, ls=DRY, label="has set")
    ax.set_xscale("log")
    ax.set_xlim(float(time[0]), float(time[-1]))
    ax.set_ylim(float(depth[-1]), 0.0)
    ax.set_xlabel("Time in the bath (s)")
    ax.set_ylabel("Depth as cast (µm)")
    ax.set_title("Water in the liquid, by volume", loc="left", fontsize=9)
    ax.legend(loc="lower left", fontsize=8, frameon=True, framealpha=0.85, edgecolor="none")


def _draw_polymer(ax: Axes, exchange: xr.Dataset) -> None:
    from matplotlib import colormaps

    t, z, polymer = exchange["time"].values, exchange["depth"].values * 1e6, exchange["polymer_fraction"].values
    for place, at in enumerate(np.geomspace(t[0], t[-1], PROFILES)):
        row = int(np.argmin(np.abs(np.log(t / at))))
        ax.plot(
            z,
            polymer[row],
            color=colormaps["viridis"](0.9 - 0.85 * place / (PROFILES - 1)),
            label=seconds(float(t[row])),
        )
    ax.set_xlim(0.0, float(z[-1]))
    low, high = float(polymer.min()), float(polymer.max())
    ax.set_ylim(low - 0.08 * (high - low), high + 0.08 * (high - low))
    ax.set_xlabel("Depth as cast (µm)")
    ax.set_ylabel("Fraction by volume")
    ax.set_title("Polymer in the liquid", loc="left", fontsize=9)
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), title="after", fontsize=8)


def _draw_shares(ax: Axes, film: xr.Dataset, structure: xr.Dataset) -> None:
    wet = film["depth"].values / float(film["wet_thickness"])
    dry = structure["depth"].values / float(structure["thickness"])
    particle = film["particle_fraction"].values
    ax.plot(wet, (1.0 - film["rich_share"].values) * (1.0 - particle), color=PORES, ls=WET, label="pores when set")
    ax.plot(dry, structure["porosity"].values, color=PORES, ls=DRY, label="pores, dry")
    ax.plot(wet, particle, color=PARTICLES, ls=WET, label="particles when set")
    ax.plot(dry, structure["particle_fraction"].values, color=PARTICLES, ls=DRY, label="particles, dry")
    ax.plot(dry, structure["polymer_fraction"].values, color=WALLS, ls=DRY, label="polymer, dry")
    ax.set_xlim(0.0, 1.0)
    ax.set_ylim(0.0, 1.0)
    ax.set_xlabel("Depth, as a part of the thickness")
    ax.set_ylabel("Fraction by volume")
    told = f"{float(film['wet_thickness']) * 1e6:.3g} µm as cast, {float(structure['thickness']) * 1e6:.3g} µm dry"
    ax.set_title(told, loc="left", fontsize=9)
    ax.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=2,
        fontsize=8,
        frameon=True,
        framealpha=0.85,
        edgecolor="none",
    )


def _draw_widths(ax: Axes, film: xr.Dataset, structure: xr.Dataset) -> None:
    nm = 1e9
    wet = film["depth"].values / float(film["wet_thickness"])
    dry = structure["depth"].values / float(structure["thickness"])
    error = film["pore_error"].values
    chord = film["pore_chord"].values * nm
    if "pore_chord" in structure:
        pores = structure["pore_chord"].values * nm
        # the dry film's layers are the wet film's, one by one
        ax.fill_between(
            dry,
            pores * np.exp(-error),
            pores * np.exp(error),
            color=PORES,
            alpha=0.15,
            lw=0,
            label="standard error of growth",
        )
        ax.plot(dry, pores, color=PORES, ls=DRY, label="pores, dry: mean chord")
        ax.plot(dry, structure["pore_diameter"].values * nm, color="#56B4E9", ls=DRY, label="pores, dry: largest balls")
    ax.plot(wet, chord, color=PORES, ls=WET, label="pores when set: mean chord")
    ax.plot(wet, film["wall_chord"].values * nm, color=WALLS, ls=WET, label="walls when set: mean chord")
    ax.set_xlim(0.0, 1.0)
    ax.set_ylim(bottom=0.0)
    ax.set_xlabel("Depth, as a part of the thickness")
    ax.set_ylabel("Width (nm)")
    low, high = ax.get_ylim()
    ax.set_ylim(low, high * 1.45)
    ax.set_title("How wide pores and walls are", loc="left", fontsize=9)
    ax.legend(loc="upper left", fontsize=8, ncols=1)
