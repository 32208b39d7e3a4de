"""Where a signal turns back, however noisy it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def turning_points(x: ArrayLike, least: float) -> NDArray[np.intp]:
    """Places of the extremes between which ``x`` swings by more than ``least``, in their order.

    Parameters
    ----------
    x : (n,) finite;  least : a swing that counts, not negative, in the unit of x.

    Returns
    -------
    Indices, without the first and the last row: the record turns there. Of equal values the first counts.

    >>> turning_points([0, 1, 2, 3, 2.9, 3.0, 2, 1, 0, 1], 0.5)
    array([3, 8])
    """
    values = np.asarray(x, float)
    if values.size < 3:
        return np.zeros(0, dtype=np.intp)
    # only where the sign of the steps changes can a turn be
    moved = np.flatnonzero(np.diff(values, prepend=np.nan) != 0.0)
    steps = np.sign(np.diff(values[moved]))
    corners = moved[1:-1][steps[1:] != steps[:-1]] if moved.size > 2 else moved[:0]
    found: list[int] = []
    low = high = int(moved[0]) if moved.size else 0
    direction = 0
    for i in [*corners.tolist(), values.size - 1]:
        if values[i] > values[high]:
            high = i
        if values[i] < values[low]:
            low = i
        if direction >= 0 and values[high] - values[i] > least:
            if direction or values[high] - values[0] > least:
                found.append(high)
            direction, low, high = -1, i, i
        elif direction <= 0 and values[i] - values[low] > least:
            if direction or values[0] - values[low] > least:
                found.append(low)
            direction, low, high = 1, i, i
    return np.array(found, dtype=np.intp)
