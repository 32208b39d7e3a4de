"""The slope of Z' over omega^-1/2, in the window where diffusion alone changes the impedance, or a refusal.

In semi-infinite diffusion Z' and -Z'' rise with omega^-1/2 at one and the same slope sigma, whatever resistance and capacitor
stand before it (these only move the intercepts; a constant-phase element of low exponent bends them). So the window is where both
are straight and their slopes agree, which is where the phase of the increments is 45 degrees. Source: Bard & Faulkner,
Electrochemical Methods, 2nd ed. (2001), section 10.3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Complexes = NDArray[np.complexfloating[Any, Any]]

LEAST_POINTS = 5
LEAST_DECADES = 2.0 / 3.0
PHASE_TOLERANCE = math.tan(math.radians(47.0)) - 1.0  # of the ratio of slopes: two degrees about 45
AT_END = 2  # points a window may stop short of the lowest frequency
ELSEWHERE_DECADES = 2.0
EDGES = 18
KEPT = 0.7  # of a window's decades, from the lowest frequency up
BENT = 2.0  # standard errors of a quadratic term from which a window is not straight
BEND_ALLOWED = 0.01  # share of the slope by which it may change over the window all the same
MOST_UNCERTAIN = 0.1  # standard error over slope


@dataclass(frozen=True, slots=True)
class WarburgSlope:
    """``slope`` of Z' [ohm s^-1/2] with its standard error and 95 % interval; ``slope_imaginary`` that of -Z'' over the same ``window``
    (lowest, highest) [Hz] of ``count`` points; ``intercept`` of Z' [ohm].
    """

    slope: float
    standard_error: float
    interval_95: tuple[float, float]
    slope_imaginary: float
    intercept: float
    window: tuple[float, float]
    count: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no such slope."""

    reason: str


def warburg_slope(frequency: Floats, impedance: Complexes, weight: Floats | None = None) -> WarburgSlope | Refusal:
    """Slope in the longest window of semi-infinite diffusion.

    Parameters
    ----------
    frequency : [Hz] (n,), in any order.
    impedance : [ohm] (n,).
    weight : (n,), 0 leaves a point out.
    """
    f, Z = _descending(frequency, impedance, weight)
    if len(f) < LEAST_POINTS:
        return Refusal(f"only {len(f)} points")
    s = (2.0 * np.pi * f) ** -0.5
    first, last = _windows(f)
    if not first.size:
        return Refusal(f"the spectrum spans less than {LEAST_DECADES:.2g} decades")
    real, imaginary = _lines(s, _parts(Z), np.abs(Z), first, last)
    rising = (real.slope > 0.0) & (imaginary.slope > 0.0)
    error = np.hypot(real.error, imaginary.error)
    agree = np.abs(imaginary.slope - real.slope) <= np.minimum(
        PHASE_TOLERANCE * np.abs(real.slope) + 2.0 * error, 2.0 * PHASE_TOLERANCE * np.abs(real.slope)
    )
    # away from the low end only a long stretch is diffusion and not the saddle between two arcs
    placed = (last >= len(f) - 1 - AT_END) | (np.log10(f[first] / f[last]) >= ELSEWHERE_DECADES)
    good = (
        placed
        & rising
        & agree
        & real.straight
        & imaginary.straight
        & (real.error <= MOST_UNCERTAIN * np.abs(real.slope))
    )
    if not good.any():
        return Refusal(_phases(f, s, Z))
    span = np.where(good, np.log(f[first] / f[last]), -1.0)
    # of windows about as long, the one at the lowest frequencies
    best = max(np.flatnonzero(span >= 0.95 * span.max()), key=lambda k: (last[k], span[k]))
    # its upper part is where the next process begins to show before a test can see it
    kept = np.flatnonzero((last == last[best]) & (span >= 0.0) & (f[first] <= f[last] * np.exp(KEPT * span[best])))
    if kept.size:
        best = kept[np.argmax(span[kept])]
    return _slope_in(f, real, imaginary, first, last, int(best))


def low_frequency_slope(frequency: Floats, impedance: Complexes, weight: Floats | None = None) -> WarburgSlope | None:
    """Slope over the lowest decade whatever its phase, as it is often drawn; None where that holds too few points.

    Only where :func:`warburg_slope` finds a window there is this a Warburg coefficient. Arguments as there.
    """
    f, Z = _descending(frequency, impedance, weight)
    first = np.flatnonzero(f <= 10.0 * f[-1] * (1.0 + 1e-9))[:1]
    last = np.array([len(f) - 1])
    if last[0] - first[0] + 1 < 3:
        return None
    s = (2.0 * np.pi * f) ** -0.5
    real, imaginary = _lines(s, _parts(Z), np.abs(Z), first, last)
    return _slope_in(f, real, imaginary, first, last, 0)


def _slope_in(
    f: Floats, real: _Lines, imaginary: _Lines, first: NDArray[np.intp], last: NDArray[np.intp], which: int
) -> WarburgSlope:
    i, j = int(first[which]), int(last[which])
    slope, deviation = float(real.slope[which]), float(real.error[which])
    half = _student(j - i - 1) * deviation
    return WarburgSlope(
        slope,
        deviation,
        (slope - half, slope + half),
        float(imaginary.slope[which]),
        float(real.intercept[which]),
        (float(f[j]), float(f[i])),
        j - i + 1,
    )


def _descending(frequency: Floats, impedance: Complexes, weight: Floats | None) -> tuple[Floats, Complexes]:
    used = np.ones(len(frequency), dtype=bool) if weight is None else np.asarray(weight) > 0.0
    order = np.argsort(-np.asarray(frequency, float)[used])
    return np.asarray(frequency, float)[used][order], np.asarray(impedance, complex)[used][order]


def diffusion_coefficient(
    slope: float, area: float, concentration: float, charge_number: int, temperature: float
) -> float:
    """D [m2/s] from a Warburg coefficient, D = R^2 T^2 / (2 A^2 n^4 F^4 c^2 sigma^2).

    Parameters
    ----------
    slope : sigma [ohm s^-1/2];  area : A [m2];  concentration : c [mol m-3];  charge_number : n;  temperature : T [K].

    Validity: semi-infinite planar diffusion of one species, ideal (Nernstian) solution. A relative error of the slope counts twice.
    Source: Bard & Faulkner (2001), eq. 10.3.10 with one diffusing species.

    Raises
    ------
    InputError : a number that is not positive.
    """
    from scipy.constants import R as gas_constant
    from scipy.constants import physical_constants

    if charge_number == 0:
        raise InputError("charge_number is 0", "diffusion coefficient", "It must be a charge.")
    for name, value in (
        ("slope", slope),
        ("area", area),
        ("concentration", concentration),
        ("temperature", temperature),
    ):
        if not value > 0.0:
            raise InputError(f"{name} is {value}", "diffusion coefficient", "It must be positive.")
    F = physical_constants["Faraday constant"][0]
    return (gas_constant * temperature / (area * charge_number**2 * F**2 * concentration * slope)) ** 2 / 2.0


def _windows(f: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First and last point of stretches that are long enough, between eighteen edges."""
    edges = np.unique(np.linspace(0, len(f) - 1, min(len(f), EDGES)).round().astype(np.intp))
    first, last = (edges[i] for i in np.triu_indices(len(edges), 1))
    long = (np.log10(f[first] / f[last]) >= LEAST_DECADES) & (last - first + 1 >= LEAST_POINTS)
    return first[long], last[long]


@dataclass(frozen=True, slots=True)
class _Lines:
    slope: Floats
    error: Floats
    intercept: Floats
    straight: NDArray[np.bool_]


def _lines(
    s: Floats, parts: Sequence[Floats], size: Floats, first: NDArray[np.intp], last: NDArray[np.intp]
) -> list[_Lines]:
    """Weighted straight lines through every window of each of ``parts`` (n,) at once, and whether a parabola does no better."""
    place = np.arange(len(s))
    inside = (place >= first[:, None]) & (place <= last[:, None])
    w = np.where(inside, (size.mean() / size) ** 2, 0.0)
    count = last - first + 1
    total = w.sum(axis=1)
    # centred on each window and scaled by its width, or the moments lose their digits
    middle = (w @ s) / total
    width = s[last] - s[first]
    u = (s - middle[:, None]) / width[:, None]
    wu, uu = w * u, u * u
    wuu = w * uu
    m2, m3, m4 = wuu.sum(axis=1), _sums(wuu, u), _sums(wuu, uu)
    # what u**2 adds to the line: its part at right angles to 1 and u
    power = np.maximum(m4 - m3**2 / m2 - m2**2 / total, 1e-12)
    found = []
    for y in parts:
        level = (w @ y) / total
        v = y - level[:, None]
        c1, c2, square = _sums(wu, v), _sums(wuu, v), _sums(w * v, v)
        slope = c1 / m2
        left = np.maximum(square - slope * c1, 1e-14 * square)
        error = np.sqrt(left / np.maximum(count - 2, 1) / m2)
        bend = (c2 - m3 / m2 * c1) / power
        rest = np.maximum(left - bend**2 * power, 1e-14 * square)
        bend_error = np.sqrt(rest / np.maximum(count - 3, 1) / power)
        straight = (np.abs(bend) <= BENT * bend_error) | (2.0 * np.abs(bend) <= BEND_ALLOWED * np.abs(slope))
        found.append(_Lines(slope / width, error / width, level - slope / width * middle, straight))
    return found


def _parts(Z: Complexes) -> tuple[Floats, Floats]:
    return np.asarray(Z.real, float), np.asarray(-Z.imag, float)


def _sums(a: Floats, b: Floats) -> Floats:
    return np.einsum("wn,wn->w", a, b)


def _phases(f: Floats, s: Floats, Z: Complexes) -> str:
    """What the increments do in the lowest decade."""
    low = f <= max(10.0 * f[-1], f[-min(LEAST_POINTS, len(f))])
    real, imaginary = (np.polyfit(s[low], part[low], 1)[0] for part in (Z.real, -Z.imag))
    phase = math.degrees(math.atan2(imaginary, real))
    kind = "the last arc closes" if imaginary < 0.0 else "blocking or finite" if phase > 50.0 else "no straight stretch"
    return (
        f"phase of the increments {phase:.0f} deg below {f[low].max():.3g} Hz ({kind}); semi-infinite diffusion has 45"
    )


def _student(freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(max(freedom, 1), 0.975))
