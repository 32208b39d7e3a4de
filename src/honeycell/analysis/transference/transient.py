"""The rows of a current transient that count: from the step on, without glitches, with the clock at zero when the potential steps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAST = 10  # rows: fewer do not tell a fall, its length and its end apart
NORMAL = 0.6745  # median absolute deviation of a normal distribution of unit width
REACH = 3  # rows to either side of a glitch
GLITCH, LEAST_GLITCH = 12.0, 0.01  # times the noise, and of the current
JUMP = 0.2  # of the potential's range: more between two rows is a step
LATE = 5.0  # first time over the spacing of the rows, from which on the moment of the step is in doubt
ROUNDED = 0.3  # share of rows that repeat the current before them, from which on its last digit matters


@dataclass(frozen=True, slots=True)
class Transient:
    """``time`` [s] after the step and ``current`` [A, made positive] (row,); ``sign`` as recorded; ``noise`` [A] of one row.

    ``step`` is the jump of the potential where the record shows one [V], None otherwise; ``held`` its constant value where it does not.
    """

    time: Floats
    current: Floats
    sign: float
    noise: float
    step: float | None
    held: float | None


def transient_of(record: xr.Dataset, flags: list[str]) -> Transient:
    """The rows of a ``chronoamperometry/1`` record after its (last) step of the potential.

    Parameters
    ----------
    flags : gets a word on what is left out, and on a clock whose zero is in doubt.

    Raises
    ------
    InputError : numbers that are not finite, a clock that runs backwards, fewer than ten rows, no current.
    """
    time, current = (np.asarray(record[name].values, float) for name in ("test_time", "current"))
    potential = np.asarray(record["potential"].values, float) if "potential" in record else None
    _check(time, current, potential)
    step, held = None, None
    if potential is not None and potential.size:
        rows, step = _after_the_step(potential)
        if step is None:
            held = float(np.median(potential))
        elif rows.start > 0:
            time, current = time[rows] - time[rows.start - 1], current[rows]
            flags.append(f"rows: those after the step of {1e3 * step:.4g} mV that the potential shows are taken")
    keep = time >= 0.0
    time, current = time[keep], current[keep]
    if time.size < LEAST:
        raise InputError(
            f"has {time.size} rows after the step, fewer than {LEAST}", "current", "Record more of the transient."
        )
    if np.unique(time).size < LEAST:
        what = f"holds {np.unique(time).size} different times after the step, fewer than {LEAST}"
        raise InputError(what, "test_time", "Export the time with more digits.")
    sign = 1.0 if np.median(current) >= 0.0 else -1.0
    current = sign * current
    noise = _noise(current)
    good = _without_glitches(current, noise)
    if not good.all():
        flags.append(f"glitches: {int(np.sum(~good))} rows stand out from their neighbours and are left out")
        time, current = time[good], current[good]
    if not np.median(current) > 0.0:
        raise InputError("has no current", "current", "Was the cell connected?")
    spacing = float(np.median(np.diff(time[:LEAST])))
    if time[0] > LATE * spacing:
        flags.append(
            f"time: the first row is {time[0]:.4g} s after time zero, which is taken as the moment of the step, "
            f"though rows are {spacing:.3g} s apart"
        )
    return Transient(time, current, sign, noise, step, held)


def _check(time: Floats, current: Floats, potential: Floats | None) -> None:
    for name, values in (("test_time", time), ("current", current), ("potential", potential)):
        if values is not None and not np.isfinite(values).all():
            row = int(np.flatnonzero(~np.isfinite(values))[0]) + 1
            raise InputError("is not a finite number", f"{name}, row {row}", "Delete the row or export it again.")
    back = np.flatnonzero(np.diff(time) < 0.0)
    if back.size:
        row = int(back[0]) + 1
        what = f"goes from {time[row - 1]:g} s to {time[row]:g} s"
        raise InputError(what, f"test_time, row {row + 1}", "Rows must stand in the order in which they were measured.")


def _after_the_step(potential: Floats) -> tuple[slice, float | None]:
    """The longest stretch of constant potential with another before it, and the step between the two [V]."""
    size = float(np.max(np.abs(potential)))
    jumps = np.flatnonzero(np.abs(np.diff(potential)) > JUMP * max(float(np.ptp(potential)), 1e-3 * size)) + 1
    if jumps.size == 0 or np.ptp(potential) < JUMP * size:
        return slice(0, potential.size), None
    ends = [*jumps[1:].tolist(), potential.size]
    begin, end = max(zip(jumps.tolist(), ends, strict=True), key=lambda each: each[1] - each[0])
    before = jumps[jumps < begin]
    earlier = potential[int(before[-1]) if before.size else 0 : begin]
    return slice(begin, end), float(np.median(potential[begin:end]) - np.median(earlier))


def _noise(current: Floats) -> float:
    """Standard deviation of one row: from second differences, which a smooth fall hardly has, and from its digits."""
    second = np.diff(current, 2)
    spread = float(np.median(np.abs(second - np.median(second)))) / NORMAL / math.sqrt(6.0)
    steps = np.abs(np.diff(current))
    digits = float(np.min(steps[steps > 0.0])) if np.mean(steps == 0.0) > ROUNDED and np.any(steps > 0.0) else 0.0
    return math.hypot(spread, digits / math.sqrt(12.0))


def _without_glitches(current: Floats, noise: float) -> NDArray[np.bool_]:
    """False for single rows far off the median of seven about them; the first rows, where the current falls fast, all count."""
    from scipy.ndimage import median_filter

    middle = median_filter(current, 2 * REACH + 1, mode="nearest")
    far = np.abs(current - middle) > max(GLITCH * noise, LEAST_GLITCH * abs(float(np.median(current))))
    beside = np.concatenate(([False], far[:-1])) | np.concatenate((far[1:], [False]))
    far &= ~beside
    far[: 2 * REACH] = False
    return ~far
