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
SURE = 2.0  # standard errors at which one force is said to be below another
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
        of = "tip" if slope_at_turn(approach, noise) > TOO_STEEP * constant else "fixed end"
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


def _spring_constant(record: xr.Dataset, settings: Mapping[str, Value], flags: list[str]) -> tuple[float | None, float]:
    """Spring constant [N/m] and its relative standard error, 0 where none is stated."""
    if "spring_constant" in settings:
        given = settings["spring_constant"]
        k = given.number
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


def slope_at_turn(approach: Branch, noise: float) -> float:
    """Slope [N/m] over the upper half of the force, less what its error might add to it."""
    z, force = approach.z, approach.force
    rows = force > 0.5 * (float(np.median(force[: max(z.size // 5, 3)])) + float(force.max()))
    if rows.sum() < 3 or not np.ptp(z[rows]) > 0.0:
        return 0.0
    line = line_through(z[rows], force[rows], noise)
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
