"""What can be read off a spectrum without choosing a circuit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

SMOOTHING = 3


def read_off(record: xr.Dataset) -> dict[str, tuple[float, str]]:
    """Series resistance, width of the arc and slope of the diffusion tail.

    * ``series_resistance``: real part at the highest frequency [ohm].
    * ``arc_resistance``: from there to the real part at the valley of -Z'' between arc and tail [ohm]; absent when
      there is no valley.
    * ``warburg_slope``: slope of Z' over omega**-1/2 in the lowest decade [ohm s-1/2].
    """
    f = record["frequency"].values
    order = np.argsort(-f)
    omega = 2.0 * np.pi * f[order]
    real = record["real_impedance"].values[order]
    minus = -record["imaginary_impedance"].values[order]
    lowest = omega <= 10.0 * omega[-1]
    slope = float(np.polyfit(omega[lowest] ** -0.5, real[lowest], 1)[0])
    result = {"series_resistance": (float(real[0]), "ohm"), "warburg_slope": (slope, "ohm/s**0.5")}
    valley = _valley(minus)
    if valley is not None:
        result["arc_resistance"] = (float(real[valley] - real[0]), "ohm")
    return result


def _valley(minus: NDArray[np.float64]) -> int | None:
    """Index of the lowest -Z'' after the first arc's top, going down in frequency."""
    smooth = np.convolve(minus, np.ones(SMOOTHING) / SMOOTHING, mode="same")[1:-1]
    rising = np.flatnonzero(np.diff(smooth) > 0.0)
    falling = np.flatnonzero(np.diff(smooth) < 0.0)
    if len(falling) == 0 or len(rising) == 0:
        return None
    after = rising[rising > falling[0]]
    if len(after) == 0 or after[-1] < falling[-1]:
        return None
    last_fall = falling[falling < after[-1]][-1]
    return int(last_fall) + 2
