"""dQ/dV of a half cycle, and its peaks with the errors of their positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.cycling.density import density_of
from honeycell.analysis.cycling.gathering import gathered

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.analysis.cycling.density import Density
    from honeycell.analysis.cycling.profile import Profile

    Floats = NDArray[np.float64]

PIECES = 20  # blocks of a half cycle from which it is a titration with pulses, whose voltage jumps
CLEAR = 4.0  # standard errors that a peak stands out by, of several hundred places where one might
DEEP = 0.25  # in the logarithm: a valley beside a peak lies at least a fifth lower
JUMP, ABRUPT = 0.03, 5.0  # of the voltage window, and times the next step: a jump by resistance
UPPER = 3.0  # a peak is placed by its part above its height over this, where its flanks are steep
RIM = 0.3  # of its height over the higher valley (of the logarithm): where that is shallow, the part above
LOW, RIPPLE = 0.05, 0.5  # peaks lower than that share of the highest stand out by more: splines ring beside high ones
TOP = 60  # points of that part
SHARE = 0.005  # of the half cycle's charge: peaks with less are left out


@dataclass(frozen=True, slots=True)
class Peak:
    """A peak of dQ/dV at ``voltage`` +- ``error`` [V], ``height`` +- ``height_error`` [A s/V], ``charge`` between its valleys [A s]."""

    voltage: float
    error: float
    height: float
    height_error: float
    charge: float


@dataclass(frozen=True, slots=True)
class Derivative:
    """``density`` dQ/dV [A s/V] at ``voltage`` [V, rising], magnitudes; ``error`` its standard error; and its ``peaks``."""

    voltage: Floats
    density: Floats
    error: Floats
    peaks: list[Peak]


def derivative_of(profile: Profile) -> Derivative | None:
    """dQ/dV with its peaks; rows of a hold are left out.

    None where the curve has too few points, is a titration with pulses, or does not move.
    """
    keep = ~profile.held
    if profile.pieces > PIECES or not keep.any():
        return None
    charge, voltage = _without_jump(profile.charge[keep], profile.voltage[keep])
    points = gathered(charge, voltage)
    found = density_of(points.charge, profile.sign * points.voltage, points.count)
    if found is None:
        return None
    g = np.exp(found.logarithm)
    error = g * found.error
    peaks = [
        Peak(profile.sign * peak.voltage, peak.error, peak.height, peak.height_error, peak.charge)
        for peak in peaks_of(found)
    ]
    way = slice(None, None, profile.sign)
    return Derivative(profile.sign * found.voltage[way], g[way], error[way], peaks[way])


def _without_jump(charge: Floats, voltage: Floats) -> tuple[Floats, Floats]:
    """Without a first row that the voltage only jumps from, by the cell's resistance, as no charge stands between."""
    if voltage.size < 3:
        return charge, voltage
    first, second = abs(float(voltage[1] - voltage[0])), abs(float(voltage[2] - voltage[1]))
    jumps = first > JUMP * float(np.ptp(voltage)) and first > ABRUPT * second
    return (charge[1:], voltage[1:]) if jumps else (charge, voltage)


def peaks_of(found: Density) -> list[Peak]:
    """Maxima that stand out from the valleys on both sides by a fifth and by four standard errors of the difference.

    A peak's place is the centroid of its part above a third of its height (or not so far down beside a shallow valley): the top of a broad peak is
    flat, and noise moves the maximum far along it.
    """
    f, V = found.logarithm, found.voltage
    tops = _clear(found, [int(k) + 1 for k in np.flatnonzero((f[1:-1] > f[:-2]) & (f[1:-1] >= f[2:]))])
    g = np.exp(f)
    width = np.gradient(V)
    passed = np.cumsum(g * width)
    peaks: list[Peak] = []
    for n, i in enumerate(tops):
        left, right = _valleys(f, tops, n)
        charge = float(passed[right] - passed[left])
        if charge < SHARE * passed[-1]:
            continue
        valley = max(float(f[left]), float(f[right]))
        level = max(f[i] - np.log(UPPER), valley + RIM * (f[i] - valley))
        a = left + int(np.flatnonzero(f[left : i + 1] <= level)[-1]) if f[left] <= level else left
        b = i + int(np.flatnonzero(f[i : right + 1] <= level)[0]) if f[right] <= level else right
        # ends of the part between two points of the curve
        low = float(np.interp(level, f[a : a + 2], V[a : a + 2]))
        high = float(np.interp(-level, -f[b - 1 : b + 1], V[b - 1 : b + 1]))
        some = np.linspace(low, high, TOP)
        at = np.interp(some, V, np.arange(V.size))
        place = np.minimum(at.astype(int), V.size - 2)
        x = (at - place)[:, None]
        B = found.basis[place] * (1.0 - x) + found.basis[place + 1] * x
        h = np.exp(np.sum(B * found.coefficients, axis=1))
        centre = float(np.sum(some * h) / np.sum(h))
        # how the centroid moves with the logarithm inside, and with that at the two ends, which move against the top
        rows = np.sum(((some - centre) * h)[:, None] * B, axis=0) / np.sum(h)
        area = float(np.sum(h)) * (some[1] - some[0])
        h_log = np.log(h)
        for end, k, inner, outwards in ((low, 0, 1, -1.0), (high, -1, -2, 1.0)):
            slope = (h_log[k] - h_log[inner]) / (some[k] - some[inner])
            if slope != 0.0:
                moved = (found.basis[i] - B[k]) / slope
                rows = rows + outwards * (end - centre) * h[k] / area * moved
        spread = float(found.error[i])
        peaks.append(Peak(centre, found.error_of(rows), float(g[i]), float(g[i]) * spread, charge))
    return peaks


def _valleys(f: Floats, tops: list[int], n: int) -> tuple[int, int]:
    before = tops[n - 1] if n else 0
    after = tops[n + 1] if n + 1 < len(tops) else f.size - 1
    i = tops[n]
    return before + int(np.argmin(f[before : i + 1])), i + int(np.argmin(f[i : after + 1]))


def _clear(found: Density, tops: list[int]) -> list[int]:
    """Maxima without those that do not stand out on both sides; of two that are not told apart the higher stays."""
    f = found.logarithm
    errors: dict[int, Floats] = {}
    while tops:
        worst, least = -1, 1.0
        for n, i in enumerate(tops):
            before = tops[n - 1] if n else 0
            after = tops[n + 1] + 1 if n + 1 < len(tops) else f.size
            if i not in errors:
                errors[i] = found.error_of_difference(i)
            deep = DEEP if f[i] > f.max() + np.log(LOW) else RIPPLE
            for side in (slice(before, i), slice(i + 1, after)):
                clear = float(((f[i] - f[side]) / np.maximum(deep, CLEAR * errors[i][side])).max(initial=0.0))
                if clear < least:
                    worst, least = n, clear
        if worst < 0:
            break
        del tops[worst]
    return tops
