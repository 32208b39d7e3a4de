"""A pattern into its lines: noise, baseline, search, fit, and a second look at what the fit leaves."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.diffraction.profile import Doublet, Line, Pattern, fit_group, groups_of, second_position
from honeycell.analysis.diffraction.search import SIGNIFICANCE, find_lines
from honeycell.numerics.baseline import baseline

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PERIOD = math.radians(12.0)  # of the baseline: wider than any line, narrower than the humps of glass and polymer
ROUNDS = 3  # of looking again at what the fit leaves
WHOLE = 1e-6  # relative: intensities that are whole numbers are counts
SMOOTH = 7  # points over which counts are averaged for their error
TOO_NARROW, TOO_WIDE = 1.2, 3.0  # steps; in radians of the widest line searched: no line of a powder
FAINT = 2.0  # standard errors of the height below which a fitted line is dropped
SECOND = 0.6  # of the first line's height: below, a bump where alpha2 must be is alpha2
RESIDUAL_SHARE = 0.04  # of the line below: smaller bumps in the residual are misfit of its shape, not lines
MEASURE = 1.4826  # of the median absolute deviation to the standard deviation


@dataclass(frozen=True, slots=True)
class Analysed:
    """A pattern with ``base``, fitted ``curve`` and ``lines`` by rising position; ``noise`` says how its errors are known."""

    x: Floats
    intensity: Floats
    base: Floats
    curve: Floats
    error: Floats
    lines: tuple[Line, ...]
    noise: str
    flags: tuple[str, ...]

    @property
    def chi_square(self) -> float:
        """Of the whole pattern, per point."""
        return float(np.mean(((self.intensity - self.curve) / self.error) ** 2))


@dataclass(frozen=True, slots=True)
class Noise:
    """How the error follows from an intensity: ``stated``, or root of ``scale`` times the smooth intensity."""

    how: str
    stated: Floats | None = None
    scale: float = 1.0
    flags: tuple[str, ...] = ()

    def error(self, smooth: Floats) -> Floats:
        """Standard error of intensities whose expectation is ``smooth``."""
        if self.stated is not None:
            return self.stated
        return np.sqrt(np.maximum(smooth, 1.0 if self.scale == 1.0 else self.scale) * self.scale)


def noise_of(record: xr.Dataset, intensity: Floats, stated: Floats | None) -> Noise:
    """Errors of counts, of rates with a known counting time, as stated in the file, or from the scatter of neighbours."""
    unit = str(record.attrs.get("intensity_unit", "unknown"))
    if unit == "counts":
        return Noise("counting statistics")
    if unit == "cps" and "time_per_step" in record:
        return Noise("counting statistics", scale=1.0 / float(record["time_per_step"]))
    if stated is not None and np.all(stated > 0.0):
        return Noise("errors as in the file", stated)
    if np.all(intensity >= 0.0) and np.all(np.abs(intensity - np.round(intensity)) <= WHOLE) and intensity.max() > 1.0:
        flag = "noise: intensities are whole numbers and are taken for counts; the file does not say so"
        return Noise("counting statistics", flags=(flag,))
    smooth = _smoothed(np.maximum(intensity, 0.0))
    bend = (intensity[:-2] - 2.0 * intensity[1:-1] + intensity[2:]) / math.sqrt(6.0)
    flag = "noise: counting errors are not known and were estimated from the scatter of neighbouring points"
    if intensity.min() >= 0.0 and np.median(smooth) > 0.0:
        relative = bend / np.sqrt(np.maximum(smooth[1:-1], 1e-3 * smooth.max()))
        scale = (MEASURE * float(np.median(np.abs(relative)))) ** 2
        if scale > 0.0:
            return Noise("scatter of neighbouring points, growing as the root of the intensity", scale=scale, flags=(flag,))
    level = MEASURE * float(np.median(np.abs(bend))) or 1e-3 * max(float(np.ptp(intensity)), 1e-300)
    return Noise("scatter of neighbouring points", np.full(intensity.shape, level), flags=(flag,))


def _smoothed(y: Floats) -> Floats:
    padded = np.pad(y, SMOOTH // 2, mode="edge")
    return np.convolve(padded, np.full(SMOOTH, 1.0 / SMOOTH), mode="valid")


def analyse(
    x: Floats, intensity: Floats, noise: Noise, doublet: Doublet | None, starts: list[tuple[float, float, float]] | None = None
) -> Analysed:
    """Lines of one pattern, x = 2 theta (n,) [rad], rising.

    With ``starts`` (position, height, width) only those lines are fitted, their widths held.
    """
    error = noise.error(_smoothed(intensity))
    base = baseline(x, intensity, PERIOD, error)
    pattern = Pattern(x, intensity - base, error)
    held = starts is not None
    todo = starts if starts is not None else _without_second(find_lines(pattern), doublet)
    lines, curve = _fitted(pattern, todo, doublet, widths_held=held)
    # weights by the data favour points that happen to be low: once more with those of the fit
    pattern = replace(pattern, error=noise.error(np.maximum(curve + base, 0.0)))
    for attempt in range(1 if held else ROUNDS):
        if not held:
            todo = [(line.position, line.height, line.width) for line in lines]
            extra = [] if attempt == 0 else _missed(pattern, curve, lines)
            if attempt and not extra:
                break
            todo = sorted([*todo, *extra])
        lines, curve = _fitted(pattern, todo, doublet, widths_held=held)
    return Analysed(x, intensity, base, base + curve, pattern.error, tuple(lines), noise.how, noise.flags)


def _fitted(
    pattern: Pattern, starts: list[tuple[float, float, float]], doublet: Doublet | None, *, widths_held: bool
) -> tuple[list[Line], Floats]:
    curve = np.zeros_like(pattern.x)
    lines: list[Line] = []
    step = float(np.median(np.diff(pattern.x)))
    position, width = np.array([s[0] for s in starts]), np.array([s[2] for s in starts])
    for group in groups_of(position, width):
        own = [starts[i] for i in group]
        found, window, fit = fit_group(pattern, own, doublet, widths_held=widths_held)
        kept = [i for i, line in enumerate(found) if widths_held or _credible(line, own[i], pattern.x[window], step)]
        if len(kept) < len(found):
            if not kept:
                continue
            own = [own[i] for i in kept]
            found, window, fit = fit_group(pattern, own, doublet, widths_held=widths_held)
            found = [line for i, line in enumerate(found) if _credible(line, own[i], pattern.x[window], step)]
        curve[window] = fit
        lines += found
    return sorted(lines, key=lambda line: line.position), curve


def _credible(line: Line, start: tuple[float, float, float], x: Floats, step: float) -> bool:
    inside = x[0] < line.position < x[-1] and abs(line.position - start[0]) < 2.0 * max(start[2], line.width)
    real = math.isfinite(line.position_error) and line.height > FAINT * line.height_error
    return inside and real and TOO_NARROW * step < line.width < math.radians(TOO_WIDE)


def _without_second(found: list[tuple[float, float, float]], doublet: Doublet | None) -> list[tuple[float, float, float]]:
    """Lines without those that are the alpha2 of a stronger one."""
    if doublet is None:
        return found
    kept = []
    for line in found:
        shadows = [
            other
            for other in found
            if line[1] < SECOND * other[1] + 1e-300
            and abs(float(second_position(np.array(other[0]), doublet)[0]) - line[0]) < 0.5 * max(line[2], other[2])
            and other[0] < line[0]
        ]
        if not shadows:
            kept.append(line)
    return kept


def _missed(pattern: Pattern, curve: Floats, lines: list[Line]) -> list[tuple[float, float, float]]:
    """What still stands out of the residual, where it is more than a misfit of the lines there."""
    found = find_lines(replace(pattern, net=pattern.net - curve), SIGNIFICANCE)
    extra = []
    for position, height, width in found:
        here = float(np.interp(position, pattern.x, curve))
        close = any(abs(position - line.position) < 0.7 * line.width for line in lines)
        if height > RESIDUAL_SHARE * max(here, 0.0) and height > RESIDUAL_SHARE * _tallest_near(position, lines) and not close:
            extra.append((position, height, width))
    return extra


def _tallest_near(position: float, lines: list[Line]) -> float:
    return max((line.height for line in lines if abs(line.position - position) < 4.0 * line.width), default=0.0)
