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
WINDOW = 15  # rows of a local polynomial
WINDOWS = (10, 6)  # the first within which the rows are a cubic is taken
BENT = 1.5  # scatter about a cubic over noise from which on they are none
SURE = 2.0  # standard errors at which one force is said to be below another
UNIFORM = 0.34  # half of the middle 68 % of a uniform distribution of unit width
TOO_STEEP = 1.05  # slope over spring constant; calibrations are no better than some per cent
COUNTED = 0.8  # different forces over rows below which the forces are counts of a converter
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
    if of != "tip" and constant is None:
        whose = (
            "does not say whose displacement it holds" if of == "unstated" else "has that of the cantilever's fixed end"
        )
        cure = "Give it with --set spring_constant='0.4 N/m'; or call the column Indentation / m where it is the tip's."
        raise InputError(f"{whose}, and no spring constant is given", "spring_constant", cure)
    approach = Branch(z[segment == 0], force[segment == 0])
    retract = Branch(z[segment == 1], force[segment == 1])
    if approach.z.size < LEAST:
        what = f"has {approach.z.size} rows of approach, fewer than {LEAST}"
        raise InputError(what, "segment", "Export the whole curve; the approach is segment 0.")
    noise = _noise(approach.force)
    _check_direction(approach, noise)
    if of == "unstated" and constant is not None:
        # the force cannot rise faster over the fixed end's displacement than the cantilever's spring constant
        of = "tip" if slope_at_turn(approach) > TOO_STEEP * constant else "fixed end"
        taken = "the fixed end's, less F / k for the tip's"
        if of == "tip":
            taken = f"the tip's, as the force rises faster than {constant:.3g} N/m over it"
        flags.append(f"displacement: whose it is the file does not say; taken as {taken}")
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


def pull_off(retract: Branch, baseline: Baseline, noise: float) -> tuple[float, float, int]:
    """Lowest force [N] of the retract above its baseline, its standard error, and the last row in contact.

    Of a polynomial: through the rows before the tip jumps free, where it does, else about the lowest force. A jump falls between two
    rows, so that the force it happened at is known to the share of a step only.
    """
    force = retract.force - np.asarray(baseline.at(retract.z), float)
    smooth = np.convolve(np.pad(force, 2, mode="edge"), np.ones(5) / 5.0, mode="valid")
    low = int(np.argmin(smooth))
    begin = max(low - WINDOW, 0)
    steps = np.diff(force[begin : low + WINDOW])
    jump = begin + int(np.argmax(steps)) if steps.size else low
    if steps.size and jump >= 3 and force[jump + 1] - force[jump] > 2.0 * CLEAR * noise:
        local = _polynomial_at(force, jump, jump, noise)
        at = local.lowest()
        value, error = local.value(at)
        slope = float(local.coefficients[1])
        if at == 0.0 and slope < -SURE * math.sqrt(float(local.covariance[1, 1])):
            half = np.array([1.0, 0.5, 0.0, 0.0])
            spread = math.sqrt(float(half @ local.covariance @ half))
            value, error = value + 0.5 * slope, math.hypot(spread, UNIFORM * slope)
        return value, error, jump
    local = _polynomial_at(force, low, min(low + WINDOW, force.size - 1), noise)
    return *local.value(local.lowest()), low


def force_at_turn(approach: Branch, noise: float) -> tuple[float, float]:
    """Force [N] at the end of the approach by a polynomial through its last rows, and its standard error."""
    last = approach.force.size - 1
    return _polynomial_at(approach.force, last, last, noise).value(0.0)


@dataclass(frozen=True, slots=True)
class _Local:
    """Cubic through some rows, counted from one of them: coefficients, covariance, and the ends of the rows."""

    coefficients: Floats
    covariance: Floats
    begin: float
    end: float

    def value(self, x: float) -> tuple[float, float]:
        """Force [N] at a row, and its standard error."""
        row = np.array([1.0, x, x**2, x**3])
        return float(row @ self.coefficients), math.sqrt(max(float(row @ self.covariance @ row), 0.0))

    def lowest(self) -> float:
        """Row of the minimum where it lies within the rows and surely below the force at row 0; else 0.

        To take the lower of two that differ by noise only would make all adhesion too large.
        """
        c0, b, c, d = (float(each) for each in self.coefficients)
        turns = c * c - 3.0 * b * d
        if turns < 0.0 or d == 0.0:
            return 0.0
        x = (-c + math.sqrt(turns)) / (3.0 * d)
        inside = self.begin <= x <= self.end
        return x if inside and c0 - self.value(x)[0] > SURE * self.value(0.0)[1] else 0.0


def _polynomial_at(force: Floats, row: int, end: int, noise: float) -> _Local:
    """Cubic through the rows about ``row`` up to ``end``, as many as it describes within noise."""
    window, *shorter = WINDOWS
    x, A, c, width = _cubic(force, row, end, window)
    while shorter and width >= BENT * noise:
        window, *shorter = shorter
        x, A, c, width = _cubic(force, row, end, window)
    scatter = noise if width < BENT * noise else width
    return _Local(c, np.asarray(scatter**2 * np.linalg.pinv(A.T @ A), float), float(x[0]), float(x[-1]))


def _cubic(force: Floats, row: int, end: int, window: int) -> tuple[Floats, Floats, Floats, float]:
    rows = np.arange(max(row - window, 0), min(end, row + window) + 1)
    x = (rows - row).astype(float)
    A = np.stack([x**k for k in range(4)], axis=1)
    c = np.asarray(np.linalg.lstsq(A, force[rows], rcond=None)[0], float)
    residual = force[rows] - A @ c
    return x, A, c, math.sqrt(float(residual @ residual) / max(rows.size - 4, 1))


def _spring_constant(record: xr.Dataset, settings: Mapping[str, Value], flags: list[str]) -> tuple[float | None, float]:
    """Spring constant [N/m] and its relative standard error, 0 where none is stated."""
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
                flags.append(
                    f"spring_constant: the file's forces, made with {own:.6g} N/m, are scaled to {constant:.6g} N/m"
                )
                return force * constant / own
        return force
    if constant is None:
        what = "has deflections but no spring constant"
        raise InputError(what, "spring_constant", "Give it with --set spring_constant='0.4 N/m'.")
    return constant * np.asarray(record["deflection"].values, float)


def _noise(force: Floats) -> float:
    """Standard deviation of one force: from second differences, and not less than that of rounding to the counts of the instrument."""
    second = np.diff(force, 2)
    spread = float(np.median(np.abs(second - np.median(second)))) / NORMAL / math.sqrt(6.0)
    levels = np.unique(force)
    steps = np.diff(levels)
    rounding = float(steps.min()) / math.sqrt(12.0) if 1 < levels.size < COUNTED * force.size else 0.0
    return max(spread, rounding, 1e-9 * float(np.ptp(force)), np.finfo(float).tiny)


def slope_at_turn(approach: Branch) -> float:
    """Slope [N/m] over the upper half of the force, less what its error might add to it."""
    z, force = approach.z, approach.force
    rows = force > 0.5 * (float(np.median(force[: max(z.size // 5, 3)])) + float(force.max()))
    if rows.sum() < 3 or not np.ptp(z[rows]) > 0.0:
        return 0.0
    line = line_through(z[rows], force[rows], 0.0)
    return line.slope - SURE * math.sqrt(float(line.covariance[1, 1]))


def _check_direction(approach: Branch, noise: float) -> None:
    z, force = approach.z, approach.force
    n = max(z.size // 20, 3)
    if z[-n:].mean() < z[:n].mean():
        what = "has an approach whose displacement falls"
        raise InputError(
            what, "displacement", "It must grow towards the specimen: label heights and separations as such."
        )
    begin, end = float(np.median(force[:n])), float(np.median(force[-n:]))
    if (
        begin - end > 2.0 * CLEAR * noise
        and begin - end > CONTACT_SHARE * float(np.ptp(force))
        and force.max() - begin < begin - force.min()
    ):
        what = f"has a force that falls by {begin - end:.3g} N on approach"
        raise InputError(what, "force", "Force is positive in repulsion: turn its sign, or check the segments.")
