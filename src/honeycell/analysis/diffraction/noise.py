"""How large the error of an intensity is: by counting, as the file says, or by the scatter of neighbouring points."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WHOLE = 1e-6  # relative: intensities that are whole numbers are counts
SMOOTH = 7  # points over which counts are averaged for their error
ALIKE = 1e-3  # relative change of error^2 over intensity between neighbours: below, the errors are those of counting
MEASURE = 1.4826  # of the median absolute deviation to the standard deviation
UNLIKE = 4.0  # ratio of the scatter to that of counts, beyond which whole numbers of unknown unit are none
LEAST_COUNT = 1.0  # expectation of a count below which its error is held: a few counts have no normal distribution
COUNTING = "counting statistics"
SCATTER = "scatter of neighbouring points"


@dataclass(frozen=True, slots=True)
class Noise:
    """How the error follows from an intensity: ``stated`` (n,), or root of ``scale`` times the expected intensity."""

    how: str
    stated: Floats | None = None
    scale: Floats | float = 1.0
    flags: tuple[str, ...] = ()

    def error(self, expected: Floats) -> Floats:
        """Standard error of intensities whose expectation is ``expected`` (n,)."""
        if self.stated is not None:
            return self.stated
        return np.sqrt(np.maximum(expected, LEAST_COUNT * self.scale) * self.scale)


def noise_of(record: xr.Dataset, intensity: Floats, stated: Floats | None) -> Noise:
    """Noise of one pattern of ``record``; ``stated`` are the errors that the file or its reader gives.

    Errors that are the root of a constant times the intensity itself make low points weigh too much: they are taken from the expected
    intensity instead.
    """
    unit = str(record.attrs.get("intensity_unit", "unknown"))
    scale = _counting_scale(intensity, stated)
    if scale is not None:
        return Noise(COUNTING, scale=scale)
    if stated is not None and np.all(stated > 0.0):
        return Noise("errors as in the file", stated)
    if unit == "counts":
        return Noise(COUNTING)
    if unit == "cps" and "time_per_step" in record:
        return Noise(COUNTING, scale=1.0 / float(record["time_per_step"]))
    if np.all(intensity >= 0.0) and np.all(np.abs(intensity - np.round(intensity)) <= WHOLE) and intensity.max() >= 1.0:
        scale = _scatter(intensity)
        if scale == 0.0 or 1.0 / UNLIKE < scale < UNLIKE:
            flag = "noise: intensities are whole numbers and are taken for counts; the file does not say so"
            return Noise(COUNTING, flags=(flag,))
    return _scattered(intensity)


def smoothed(y: Floats) -> Floats:
    """Running mean of a few points."""
    half = SMOOTH // 2
    return np.convolve(np.pad(y, half, mode="edge"), np.full(SMOOTH, 1.0 / SMOOTH), mode="valid")


def _counting_scale(intensity: Floats, stated: Floats | None) -> Floats | None:
    """Error^2 over intensity, point by point, where it hardly changes from one point to the next."""
    if stated is None or intensity.min() < 0.0:
        return None
    seen = np.flatnonzero((intensity > 0.0) & (stated > 0.0))
    if seen.size < 3:
        return None
    ratio = stated[seen] ** 2 / intensity[seen]
    change = np.abs(np.diff(ratio) / ratio[:-1])
    if float(np.quantile(change, 0.9)) > ALIKE:
        return None
    nearest = seen[np.clip(np.searchsorted(seen, np.arange(intensity.size)), 0, seen.size - 1)]
    return stated[nearest] ** 2 / intensity[nearest]


def _bend(intensity: Floats) -> Floats:
    """Second differences of standard deviation 1 for noise of standard deviation 1."""
    return (intensity[:-2] - 2.0 * intensity[1:-1] + intensity[2:]) / math.sqrt(6.0)


def _scatter(intensity: Floats) -> float:
    """Variance of neighbouring points over their expectation; 1 for counts, 0 where it cannot be told."""
    expected = smoothed(intensity)
    if np.median(expected) <= 0.0:
        return 0.0
    relative = _bend(intensity) / np.sqrt(np.maximum(expected[1:-1], 1e-3 * expected.max()))
    return (MEASURE * float(np.median(np.abs(relative)))) ** 2


def _scattered(intensity: Floats) -> Noise:
    flag = "noise: counting errors are not known and were estimated from the scatter of neighbouring points"
    if intensity.min() >= 0.0 and (scale := _scatter(intensity)) > 0.0:
        return Noise(f"{SCATTER}, growing as the root of the intensity", scale=scale, flags=(flag,))
    bend = _bend(intensity)
    level = MEASURE * float(np.median(np.abs(bend))) or float(bend.std()) or 1.0
    return Noise(SCATTER, np.full(intensity.shape, level), flags=(flag,))
