"""Marks at the decades of frequency along a Nyquist curve, their labels kept off the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from honeycell.plot.style import Box, Floats


def hertz(decade: int) -> str:
    """Text of a decade of frequency.

    >>> hertz(-2), hertz(3), hertz(6)
    ('10 mHz', '1 kHz', '1 MHz')
    """
    group = min(max(decade // 3, -2), 3)
    return f"{10.0 ** (decade - 3 * group):g} {('µ', 'm', '', 'k', 'M', 'G')[group + 2]}Hz"


def decades(frequency: Floats, keep: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """``(decade, index)`` of the measured points that lie at a decade of frequency, highest first."""
    keep = keep & (frequency > 0)
    if not keep.any():
        return []
    logs = np.where(keep, np.log10(np.where(keep, frequency, 1.0)), np.inf)
    found = []
    for decade in range(int(np.floor(logs[keep].max() + 0.06)), int(np.ceil(logs[keep].min() - 0.06)) - 1, -1):
        index = int(np.argmin(np.abs(logs - decade)))
        if abs(logs[index] - decade) <= 0.06:
            found.append((decade, index))
    return found


def dense(values: Floats) -> Floats:
    """Points along the drawn straight pieces, so that a label keeps off the line and not only off its corners."""
    places = np.linspace(0.0, max(len(values) - 1, 0), max(8 * (len(values) - 1) + 1, 1))
    return np.interp(places, np.arange(len(values)), values) if len(values) else values


def free_spot(
    text: str, curve: Floats, index: int, curves: Sequence[Floats], taken: list[Box]
) -> tuple[float, float] | None:
    """Offset, in points, of a label beside its curve that hides no data and no other label; None where there is none.

    ``curve`` and ``curves`` are in points, too; the box of a label that fits is added to ``taken``.
    """
    half_width, half_height = 2.4 * len(text), 4.0
    dx, dy = curve[min(index + 1, len(curve) - 1)] - curve[max(index - 1, 0)]
    length = float(np.hypot(dx, dy)) or 1.0
    left = (-dy / length, dx / length)
    sides = [left, (-left[0], -left[1]), (0.0, 1.0), (1.0, 0.0), (0.0, -1.0)]
    for (nx, ny), gap in ((side, gap) for gap in (4.5, 8.0) for side in sides):
        shift = (float(nx * (half_width + gap)), float(ny * (half_height + gap)))
        x, y = curve[index][0] + shift[0], curve[index][1] + shift[1]
        box = (x - half_width, x + half_width, y - half_height, y + half_height)
        if box[0] < 0.0 or box[2] < 0.0:
            continue
        if any(box[0] < b[1] and b[0] < box[1] and box[2] < b[3] and b[2] < box[3] for b in taken):
            continue
        inside = [
            (box[0] - 1 < c[:, 0]) & (c[:, 0] < box[1] + 1) & (box[2] - 1 < c[:, 1]) & (c[:, 1] < box[3] + 1)
            for c in curves
        ]
        if any(hidden.any() for hidden in inside):
            continue
        taken.append(box)
        return shift
    return None
