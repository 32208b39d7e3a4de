"""A film while it lies in the bath: when each depth demixes and sets, and how far the water has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honeycell.plot.style import INK, colour_of, styled

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

SIZE = (9.2, 4.2)
PROFILES = 6
EVENTS = (("binodal_time", "binodal", (0, (4, 2))), ("gelation_time", "set", "-"))


@styled
def figure_exchange(film: xr.Dataset, exchange: xr.Dataset) -> Figure:
    """Times and profiles of one film.

    Parameters
    ----------
    film : ``film/1``, for the times at each depth.
    exchange : ``exchange/1``, for compositions over time and depth.

    Returns
    -------
    The figure: left, depth from the front downwards over the time at which the liquid there meets the binodal and sets, the time between
    shaded; right, water in the liquid over depth at even steps of the logarithm of time.
    """
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE)
    times, profiles = figure.add_axes((0.075, 0.14, 0.385, 0.70)), figure.add_axes((0.555, 0.14, 0.30, 0.70))
    sample = str(film.attrs.get("sample", ""))
    colour = colour_of(sample)
    depth = film["depth"].values * 1e6
    first, last = (film[name].values for name, _, _ in EVENTS)
    times.fill_betweenx(depth, first, last, color=colour, alpha=0.15, lw=0, label="in the gap")
    for name, label, dashes in EVENTS:
        times.plot(film[name].values, depth, color=colour, ls=dashes, label=label)
    times.set_xscale("log")
    times.set_ylim(float(depth[-1]), 0.0)
    times.set_xlabel("Time in the bath (s)")
    times.set_ylabel("Depth from the front (µm)")
    times.legend(loc="lower left")
    t, z, water = exchange["time"].values, exchange["depth"].values * 1e6, exchange["water_fraction"].values
    chosen = [int(np.argmin(np.abs(np.log(t / at)))) for at in np.geomspace(t[t > 0.0][0], t[-1], PROFILES)]
    for place, row in enumerate(chosen):
        shade = colormaps["viridis"](0.9 - 0.85 * place / (PROFILES - 1))
        profiles.plot(z, water[row], color=shade, label=seconds(float(t[row])))
    profiles.set_xlim(0.0, float(z[-1]))
    profiles.set_ylim(bottom=0.0)
    profiles.set_xlabel("Depth from the front (µm)")
    profiles.set_ylabel("Water in the liquid, by volume")
    profiles.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), title="after")
    figure.text(0.012, 0.97, sample, fontsize=12, fontweight="bold", va="top", color=colour, parse_math=False)
    figure.text(0.075, 0.87, "when the liquid demixes, when it sets", fontsize=9, color=INK)
    figure.text(0.555, 0.87, "how far the water has come", fontsize=9, color=INK)
    return figure


def seconds(time: float) -> str:
    """A time with two digits and a fitting prefix.

    >>> seconds(2.04e-4), seconds(0.031), seconds(4.2)
    ('200 µs', '31 ms', '4.2 s')
    """
    unit, factor = ("s", 1.0) if time >= 1.0 else ("ms", 1e3) if time >= 1e-3 else ("µs", 1e6)
    return f"{float(f'{time * factor:.2g}'):g} {unit}"
