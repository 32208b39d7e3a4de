"""Lines found in a pattern: where a matched filter stands out of the noise."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.analysis.diffraction.profile import Pattern

    Floats = NDArray[np.float64]

SIGNIFICANCE = 5.0  # standard deviations of the filter: some 10^4 places and widths are tried
PROMINENCE = 4.0  # of a maximum over the saddle to the next, in the same unit
NARROWEST = 3.0  # steps of full width: a narrower one is a spike
WIDEST = math.radians(1.0)  # of a line; wider ones are humps of the baseline
GROWTH = 1.35  # from one width tried to the next
KERNEL = 2.5  # full widths on either side
SAME = 0.8  # widths within which a place of a wider filter is the same line
GAP = 3.0  # steps: beyond, a new stretch of the pattern
_FWHM = 2.0 * math.sqrt(2.0 * math.log(2.0))


def find_lines(pattern: Pattern, significance: float = SIGNIFICANCE) -> list[tuple[float, float, float]]:
    """``(position, height, width)`` [rad, counts, rad] of lines that stand out, by rising position.

    The filter is the negative second derivative of a Gaussian, for a range of widths: it has neither level nor slope, so that what is left of
    the baseline does not count. The narrowest filter that sees a line places it, the one with the strongest answer tells its width.
    """
    found: list[tuple[float, float, float]] = []
    step = float(np.median(np.diff(pattern.x)))
    cuts = np.flatnonzero(np.diff(pattern.x) > GAP * step) + 1
    for part in np.split(np.arange(pattern.x.size), cuts):
        if part.size > 4 * NARROWEST:
            found += _in_stretch(pattern.x[part], pattern.net[part], pattern.error[part], significance)
    return sorted(found)


def _in_stretch(x: Floats, y: Floats, error: Floats, significance: float) -> list[tuple[float, float, float]]:
    from scipy.signal import find_peaks, oaconvolve

    step = (x[-1] - x[0]) / (x.size - 1)
    widths, answers = [], []
    width = NARROWEST
    while width * step <= WIDEST and width * 2.0 * KERNEL < x.size:
        sigma = width / _FWHM
        t = np.arange(-math.ceil(KERNEL * width), math.ceil(KERNEL * width) + 1.0) / sigma
        kernel = (1.0 - t**2) * np.exp(-(t**2) / 2.0)
        kernel -= kernel.mean()
        noise = np.sqrt(np.maximum(oaconvolve(error**2, kernel**2, mode="same"), 1e-300))
        answers.append(oaconvolve(y, kernel, mode="same") / noise)
        widths.append(width)
        width *= GROWTH
    if not widths:
        return []
    table = np.stack(answers)
    accepted: list[tuple[int, float]] = []
    for width, answer in zip(widths, answers, strict=True):
        places, _ = find_peaks(answer, height=significance, prominence=PROMINENCE)
        for place in places:
            edge = min(place, x.size - 1 - place) < 0.5 * width
            if not edge and all(abs(place - other) > SAME * width for other, _ in accepted):
                accepted.append((int(place), width))
    result = []
    for place, width in accepted:
        near = [abs(place - other) for other, _ in accepted if other != place]
        most = min(near, default=math.inf)
        allowed = [k for k, w in enumerate(widths) if w <= max(1.5 * most, width)]
        # the filter's best width is narrower than the line by half: its answer is strongest where its positive part fits the line
        best = widths[max(allowed, key=lambda k: table[k, place])]
        height = float(np.mean(y[max(place - 1, 0) : place + 2]))
        result.append((float(x[place]), max(height, float(error[place])), best * step))
    return result
