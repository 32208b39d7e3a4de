"""How much of a discharge lies below the valley between its two plateaus, and how sure that is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from honeycell.analysis.cycling.density import density_of
from honeycell.analysis.cycling.gathering import gathered
from honeycell.analysis.rounding import HELD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.analysis.cycling.density import Density
    from honeycell.analysis.cycling.profile import Profile

    Floats = NDArray[np.float64]

BINS = 40  # of the voltage's range
SHALLOW = 0.5  # of the lower plateau's charge per volt: a valley with more divides nothing
FLAT = 0.05  # of the logarithm: what a smooth curve through the points may err by, besides their noise
PIECES = 20  # blocks of a half cycle from which it is a titration with pulses, whose density is none of the cell's


class Below(NamedTuple):
    """``share`` of the charge below the valley, its standard ``error`` by where the valley lies, and whether that is too ``shallow``."""

    share: float
    error: float
    shallow: bool


def charge_below_valley(profile: Profile) -> Below:
    """The part of a discharge below the valley between its two plateaus.

    The valley is where the discharge delivers least charge per volt between its highest peak and the highest other one in the middle half
    of its voltage range: first among 40 bins, then in the smooth density of charge over voltage between the two, where that can be had. The error is
    what noise moves the valley by, times the density there, with the charge up to it.
    """
    charge, voltage = profile.charge, profile.voltage
    amount, middle = np.diff(charge), 0.5 * (voltage[1:] + voltage[:-1])
    whole = float(amount.sum())
    if not whole > 0.0:
        return Below(math.nan, math.nan, True)
    total, edges = np.histogram(middle, BINS, weights=amount)
    quarter = BINS // 4
    peak = int(np.argmax(total))
    inner = np.arange(quarter, BINS - quarter)
    second = int(inner[np.argmax(np.where(abs(inner - peak) > 2, total[inner], -1.0))])
    low, high = sorted((peak, second))
    valley = low + int(np.argmin(total[low : high + 1]))
    shallow = bool(total[valley] > SHALLOW * min(total[peak], total[second]))
    centres = 0.5 * (edges[1:] + edges[:-1])
    fine = None if shallow else _above(profile, float(centres[low]), float(centres[high]))
    if fine is not None:
        return Below(1.0 - fine[0] / whole, fine[1] / whole, shallow)
    # half of the valley's own bin
    below = float(amount[middle < edges[valley]].sum()) + 0.5 * float(total[valley])
    return Below(below / whole, HELD * float(total[valley]) / whole, shallow)


def _above(profile: Profile, low: float, high: float) -> tuple[float, float] | None:
    """Charge down to the valley between two voltages [V] and its standard error [A s]; None where there is no smooth density."""
    flows = ~profile.held
    if profile.pieces > PIECES or not flows.any():
        return None
    points = gathered(profile.charge[flows], profile.voltage[flows])
    found = density_of(points.charge, -points.voltage, points.count)
    if found is None:
        return None
    inside = np.flatnonzero((found.voltage >= -high) & (found.voltage <= -low))
    k = int(inside[np.argmin(found.logarithm[inside])]) if inside.size else 0
    if inside.size < 3 or not inside[0] < k < inside[-1]:
        return None
    g = np.exp(found.logarithm)
    parts = 0.5 * np.diff(found.voltage)
    weight = np.append(parts, 0.0) + np.append(0.0, parts)
    weight[k] = parts[k - 1]
    weight[k + 1 :] = 0.0
    # what the charge up to a fixed voltage owes to the coefficients, and what the valley's own place adds
    rows = np.sum((weight * g)[:, None] * found.basis, axis=0)
    place, moved = _turning(found, k)
    rows = rows + g[k] * moved
    passed = float(np.sum(weight * g)) + g[k] * (place - float(found.voltage[k]))
    return float(points.charge[0]) + passed, math.hypot(found.error_of(rows), _flat(found, k, inside))


def _flat(found: Density, k: int, inside: NDArray[np.int64]) -> float:
    """Standard error [A s] by where the least of the density is, which a spline tells no better than the density itself, noise apart."""
    f = found.logarithm[inside]
    apart = f - found.logarithm[k] > FLAT
    place = k - int(inside[0])
    before, after = np.flatnonzero(apart[:place]), np.flatnonzero(apart[place:])
    low = int(before[-1]) + 1 if before.size else 0
    high = place + int(after[0]) - 1 if after.size else f.size - 1
    V, g = found.voltage[inside], np.exp(f)
    steps = 0.5 * (g[1:] + g[:-1]) * np.diff(V)
    return HELD * float(steps[low:high].sum())


def _turning(found: Density, k: int) -> tuple[float, Floats]:
    """Voltage at which the logarithm turns near its least point ``k``, and how that moves with the coefficients."""
    V = found.voltage[k - 1 : k + 2]
    # slope and bend of the parabola through three points, at the middle one
    a, b = V[1] - V[0], V[2] - V[1]
    slope = np.array([-b / a, b / a - a / b, a / b]) / (a + b)
    bend = 2.0 * np.array([1.0 / a, -1.0 / a - 1.0 / b, 1.0 / b]) / (a + b)
    f, B = found.logarithm[k - 1 : k + 2], found.basis[k - 1 : k + 2]
    curve = float(bend @ f)
    return float(V[1] - slope @ f / curve), -(slope @ B) / curve
