"""The two branches of a force curve: forces over displacements, their baselines, and the force at which the tip lets go."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.quantities.value import Value

    Floats = NDArray[np.float64]

LEAST = 20  # rows of an approach
FAR = 0.25  # share of the displacement, farthest from the specimen, that is taken as free of it
LEAST_FAR = 10
NORMAL = 0.6745  # median absolute deviation of a normal distribution of unit width
CLEAR = 4.0  # standard errors at which adhesion, or a jump, is more than noise
WINDOW = 15  # rows of a local parabola
CONTACT_SHARE = 0.1  # of the greatest force: a curve that pulls harder than it pushes at its end has its sign turned


@dataclass(frozen=True, slots=True)
class Branch:
    """``z`` [m], displacement growing towards the specimen, and ``force`` [N], (row,) in the order of measurement."""

    z: Floats
    force: Floats


@dataclass(frozen=True, slots=True)
class Curve:
    """Branches (``retract`` None where there is none); ``compliance`` 1/k [m/N], 0 where z is the tip's; ``stiffness_error`` u(k)/k."""

    approach: Branch
    retract: Branch | None
    compliance: float
    stiffness_error: float
    noise: float


@dataclass(frozen=True, slots=True)
class Baseline:
    """force = level + slope (z - centre) far from the specimen, ``covariance`` of the two."""

    centre: float
    level: float
    slope: float
    covariance: Floats

    def at(self, z: Floats | float) -> Floats | float:
        """Force [N] without specimen."""
        return self.level + self.slope * (z - self.centre)

    def error(self, z: float) -> float:
        """Its standard error [N]."""
        row = np.array([1.0, z - self.centre])
        return math.sqrt(max(float(row @ self.covariance @ row), 0.0))


def curve_of(record: xr.Dataset, settings: Mapping[str, Value], flags: list[str]) -> Curve:
    """Branches of a record with forces in newton.

    A deflection becomes a force by the spring constant, of the settings or else of the record. Where the displacement is of the fixed
    end, the tip's is that less the deflection F / k.

    Raises
    ------
    InputError : the spring constant is missing; too few rows in the approach; a curve that is upside down or back to front.
    """
    z = np.asarray(record["displacement"].values, float)
    segment = np.asarray(record["segment"].values)
    constant, error = _spring_constant(record, settings, flags)
    force = _force(record, constant, settings, flags)
    of = str(record.attrs.get("displacement_of", "fixed end"))
    if of == "unstated":
        of = "tip" if constant is None else "fixed end"
        taken = "the tip's, as no spring constant is given" if of == "tip" else "the fixed end's, less F / k for the tip's"
        flags.append(f"displacement: whose it is the file does not say; taken as {taken}")
    if of != "tip" and constant is None:
        what = "has the displacement of the cantilever's fixed end but no spring constant"
        raise InputError(what, "spring_constant", "Give it with --set spring_constant='0.4 N/m'.")
    approach = Branch(z[segment == 0], force[segment == 0])
    retract = Branch(z[segment == 1], force[segment == 1])
    if approach.z.size < LEAST:
        what = f"has {approach.z.size} rows of approach, fewer than {LEAST}"
        raise InputError(what, "segment", "Export the whole curve; the approach is segment 0.")
    _check_direction(approach)
    noise = _noise(approach.force)
    whole = retract if retract.z.size >= LEAST else None
    if whole is None:
        flags.append("retract: there is none, so that adhesion is not known")
    return Curve(approach, whole, 0.0 if of == "tip" or constant is None else 1.0 / constant, error, noise)


def far_baseline(branch: Branch, noise: float) -> Baseline | None:
    """The line through the rows farthest from the specimen; None where these are too few."""
    low, span = float(branch.z.min()), float(np.ptp(branch.z))
    rows = branch.z < low + FAR * span
    if int(rows.sum()) < LEAST_FAR:
        return None
    return line_through(branch.z[rows], branch.force[rows], noise)


def line_through(z: Floats, force: Floats, noise: float) -> Baseline:
    """Least squares; the error is of the scatter, or the noise where that is larger."""
    centre, level = float(z.mean()), float(force.mean())
    spread = float(np.sum((z - centre) ** 2))
    slope = float(np.sum((z - centre) * (force - level))) / spread if spread > 0.0 else 0.0
    residual = force - level - slope * (z - centre)
    width = max(math.sqrt(float(residual @ residual) / max(z.size - 2, 1)), noise)
    return Baseline(centre, level, slope, width**2 * np.diag([1.0 / z.size, 1.0 / spread if spread > 0.0 else 0.0]))


def force_at_turn(approach: Branch) -> tuple[float, float]:
    """Force [N] at the end of the approach by a parabola through its last rows, and its standard error."""
    return _parabola_end(approach.force[-WINDOW:])


def pull_off(retract: Branch, noise: float) -> tuple[float, float, int]:
    """Lowest force [N] of the retract, its standard error, and its row.

    Where the tip jumps free, that of a parabola through the rows before the jump, at the last of them; else that of the lowest point of
    a parabola about the lowest force.
    """
    force = retract.force
    kernel = np.ones(5) / 5.0
    smooth = np.convolve(np.pad(force, 2, mode="edge"), kernel, mode="valid")
    low = int(np.argmin(smooth))
    begin, end = max(low - WINDOW, 0), min(low + WINDOW, force.size)
    steps = np.diff(force[begin:end])
    jump = begin + int(np.argmax(steps)) if steps.size else low
    if steps.size and force[jump + 1] - force[jump] > 2.0 * CLEAR * noise and jump >= 3:
        value, error = _parabola_end(force[max(jump + 1 - WINDOW, 0) : jump + 1])
        return value, max(error, noise / math.sqrt(WINDOW)), jump
    rows = slice(max(low - WINDOW, 0), min(low + WINDOW + 1, force.size))
    x = np.arange(force.size, dtype=float)[rows] - low
    A = np.stack([np.ones_like(x), x, x**2], axis=1)
    c, *_ = np.linalg.lstsq(A, force[rows], rcond=None)
    residual = force[rows] - A @ c
    width = math.sqrt(float(residual @ residual) / max(x.size - 3, 1))
    at = float(np.clip(-c[1] / (2.0 * c[2]), x[0], x[-1])) if c[2] > 0.0 else 0.0
    row = np.array([1.0, at, at * at])
    return float(row @ c), width * math.sqrt(float(row @ np.linalg.pinv(A.T @ A) @ row)), low


def _parabola_end(force: Floats) -> tuple[float, float]:
    x = np.arange(force.size, dtype=float) - (force.size - 1)
    A = np.stack([x**k for k in range(min(3, force.size))], axis=1)
    c, *_ = np.linalg.lstsq(A, force, rcond=None)
    residual = force - A @ c
    width = math.sqrt(float(residual @ residual) / max(force.size - A.shape[1], 1))
    return float(c[0]), width * math.sqrt(float(np.linalg.pinv(A.T @ A)[0, 0]))


def _spring_constant(
    record: xr.Dataset, settings: Mapping[str, Value], flags: list[str]
) -> tuple[float | None, float]:
    """k [N/m] and its relative standard error, 0 where none is stated."""
    if "spring_constant" in settings:
        given = settings["spring_constant"]
        k = float(given.value)  # type: ignore[arg-type]
        return k, (given.u or 0.0) / k
    if "spring_constant" in record:
        flags.append("spring_constant: the file's, whose error is not stated; thermal calibration is good to some 10 %")
        return float(record["spring_constant"]), 0.0
    return None, 0.0


def _force(record: xr.Dataset, constant: float | None, settings: Mapping[str, Value], flags: list[str]) -> Floats:
    if "force" in record:
        force = np.asarray(record["force"].values, float)
        if "spring_constant" in settings and "spring_constant" in record and constant is not None:
            own = float(record["spring_constant"])
            if abs(constant / own - 1.0) > 1e-6:
                flags.append(f"spring_constant: the file's forces, made with {own:.4g} N/m, are scaled to {constant:.4g} N/m")
                return force * constant / own
        return force
    if constant is None:
        what = "has deflections but no spring constant"
        raise InputError(what, "spring_constant", "Give it with --set spring_constant='0.4 N/m'.")
    return constant * np.asarray(record["deflection"].values, float)


def _noise(force: Floats) -> float:
    """Standard deviation of one force: from second differences over the flatter half of the rows."""
    second = np.diff(force, 2)
    spread = float(np.median(np.abs(second - np.median(second)))) / NORMAL / math.sqrt(6.0)
    return max(spread, 1e-9 * float(np.ptp(force)), np.finfo(float).tiny)


def _check_direction(approach: Branch) -> None:
    z, force = approach.z, approach.force
    n = max(z.size // 20, 3)
    if z[-n:].mean() < z[:n].mean():
        what = "has an approach whose displacement falls"
        raise InputError(what, "displacement", "It must grow towards the specimen: label heights and separations as such.")
    begin, end = float(np.median(force[:n])), float(np.median(force[-n:]))
    if end - begin < 0.0 and begin - end > CONTACT_SHARE * float(np.ptp(force)) and force.max() - begin < begin - force.min():
        what = f"has a force that falls by {begin - end:.3g} N on approach"
        raise InputError(what, "force", "Force is positive in repulsion: turn its sign, or check the segments.")
