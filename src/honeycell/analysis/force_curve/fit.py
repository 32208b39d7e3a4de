"""Baseline, contact point and strength of a contact law in one least-squares fit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.analysis.force_curve.curve import Baseline

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.analysis.force_curve.curve import Branch
    from honeycell.analysis.force_curve.models import Law

    Floats = NDArray[np.float64]

MOST = 3000  # rows: more are averaged in groups
STARTS = 40  # contact points tried
ROWS = 150  # at least, on which they are tried
GRID = 300
NEWTON = 2
STEP = 1e-4  # relative, of the differences that stand for derivatives
WANDERS = 2.0  # variance of sums over that of rows that err alone, from which on rows are said to err together


@dataclass(frozen=True, slots=True)
class Fit:
    """What a contact law makes of a branch.

    ``contact`` [m], the displacement at which the depth is 0, and ``strength`` A of the law, with standard errors (that of A relative);
    ``adhesion`` F_a [N]; ``baseline``; ``deepest`` [m] and ``strongest`` [N], of the fitted rows; ``spread`` [N] of the residuals and
    ``misfit``, that over the noise; ``together``, by how much the variances were
    raised for rows that err together; ``stiffness_ratio``, contact over cantilever at the deepest point.
    """

    law: Law
    contact: float
    contact_error: float
    strength: float
    strength_error: float
    adhesion: float
    baseline: Baseline
    deepest: float
    strongest: float
    spread: float
    together: float
    stiffness_ratio: float
    compliance: float
    misfit: float

    def force(self, z: Floats) -> Floats:
        """The fitted force [N] at displacements [m], baseline included."""
        free = np.asarray(self.baseline.at(z), float)
        parameters = np.array([self.contact, math.log(self.strength), self.adhesion])
        return free + _forces(self.law, z, parameters, self.compliance)[0]


def fit_branch(law: Law, branch: Branch, compliance: float, noise: float, pulled: int | None = None) -> Fit | None:
    """Fit force = baseline + contact law by Levenberg-Marquardt, from the best of many contact points.

    The law gives the displacement at a force, z = contact + depth(F) + F / k, which is inverted, so that the noise of the force does
    not enter its own abscissa.

    Parameters
    ----------
    branch : an approach; or a retract, whose rows up to ``pulled`` are in contact.
    compliance : 1/k [m/N], 0 where z is the tip's.
    pulled : row of the pull-off of a retract; None for an approach, where the fit finds the contact.

    Returns
    -------
    None where no contact is found, or the rows reach beyond what the law is known for.
    """
    # a curve that is no contact sends the search anywhere; what is not finite ends it, below
    with np.errstate(all="ignore"):
        return _fit_branch(law, branch, compliance, noise, pulled)


def _fit_branch(law: Law, branch: Branch, compliance: float, noise: float, pulled: int | None) -> Fit | None:
    from scipy.optimize import least_squares

    z, force, contact_rows = _rows(branch, pulled)
    start = _start(law, z, force, compliance, contact_rows, noise)
    if start is None:
        return None
    centre, width = float(z.mean()), float(np.ptp(z))
    scale = max(float(np.ptp(force)), 10.0 * noise)

    def split(x: Floats) -> tuple[Floats, Floats]:
        base = scale * (x[0] + x[1] * (z - centre) / width)
        return base, np.array([width * x[2], x[3], scale * x[4] if law.adhesive else 0.0])

    known: dict[bytes, tuple[Floats, Floats]] = {}

    def forces(parameters: Floats) -> tuple[Floats, Floats]:
        # residuals and their derivatives are asked for at the same place
        key = parameters.tobytes()
        if key not in known:
            known.clear()
            known[key] = _forces(law, z, parameters, compliance)
        return known[key]

    def residual(x: Floats) -> Floats:
        base, parameters = split(x)
        found = forces(parameters)[0]
        if contact_rows is not None:
            found = np.where(contact_rows, found, 0.0)
        return (base + found - force) / noise

    def jacobian(x: Floats) -> Floats:
        _, parameters = split(x)
        _, gradient = forces(parameters)
        if contact_rows is not None:
            gradient = np.where(contact_rows, gradient, 0.0)
        columns = [np.full(z.size, scale), scale * (z - centre) / width, width * gradient[0], gradient[1]]
        if law.adhesive:
            columns.append(scale * gradient[2])
        return np.stack(columns, axis=1) / noise

    x0 = np.array([start[0] / scale, start[1] * width / scale, start[2] / width, start[3], start[4] / scale])
    solve: Any = least_squares  # scipy's annotations know no function as jac
    try:
        found = solve(residual, x0 if law.adhesive else x0[:4], jac=jacobian, method="lm", x_scale="jac", max_nfev=200)
    except (ValueError, np.linalg.LinAlgError):
        return None
    x = found.x
    _, parameters = split(x)
    strength = math.exp(min(max(parameters[1], -700.0), 700.0))
    J = jacobian(x)
    if not (
        np.isfinite(x).all()
        and np.isfinite(J).all()
        and np.isfinite(found.cost)
        and z.min() <= parameters[0] <= z.max()
    ):
        return None
    model = _forces(law, z, parameters, compliance)[0]
    if model.max() >= law.strongest(strength):
        return None
    left = residual(x)
    variance = float(left @ left) / max(z.size - x.size, 1)
    together = _together(left)
    covariance = np.asarray(np.linalg.pinv(J.T @ J) * variance * together, float)
    if not (np.isfinite(covariance).all() and (np.diag(covariance) > 0.0).all()):
        return None  # rows that do not tell the parameters apart
    deepest, ratio = _deepest(law, model, parameters, compliance)
    to_newton = np.array([scale, scale / width])
    return Fit(
        law=law,
        contact=float(parameters[0]),
        contact_error=width * math.sqrt(float(covariance[2, 2])),
        strength=strength,
        strength_error=math.sqrt(float(covariance[3, 3])),
        adhesion=float(parameters[2]),
        baseline=Baseline(
            centre, scale * x[0], scale * x[1] / width, covariance[:2, :2] * np.outer(to_newton, to_newton)
        ),
        deepest=deepest,
        strongest=float(model.max()),
        spread=noise * math.sqrt(variance),
        together=together,
        stiffness_ratio=ratio,
        compliance=compliance,
        misfit=math.sqrt(variance),
    )


def _rows(branch: Branch, pulled: int | None) -> tuple[Floats, Floats, NDArray[np.bool_] | None]:
    """Rows for the fit, averaged in groups where there are many; for a retract those in contact and those far off."""
    z, force = branch.z, branch.force
    contact = None
    if pulled is not None:
        contact = np.arange(z.size) <= pulled
        gap = 0.05 * float(np.ptp(z))
        kept = contact | (z < z[pulled] - gap)
        z, force, contact = z[kept], force[kept], contact[kept]
    group = -(-z.size // MOST)
    if group > 1:
        n = z.size // group * group
        z, force = (each[:n].reshape(-1, group).mean(axis=1) for each in (z, force))
        contact = None if contact is None else contact[:n:group]
    return z, force, contact


def _start(
    law: Law, z: Floats, force: Floats, compliance: float, contact_rows: NDArray[np.bool_] | None, noise: float
) -> tuple[float, float, float, float, float] | None:
    """Baseline level and slope, contact point, ln A and adhesion: the best of many contact points, each by linear least squares."""
    far = z < z.min() + 0.2 * np.ptp(z) if contact_rows is None else ~contact_rows
    if far.sum() < 3:
        far = z <= np.partition(z, 3)[3]
    level = float(np.median(force[far]))
    rows = np.arange(z.size) if contact_rows is None else np.flatnonzero(contact_rows)
    rows = rows[:: max(rows.size // ROWS, 1)]
    x, y = (z - compliance * (force - level))[rows], force[rows]
    adhesion = max(level - float(force.min()), noise) if law.adhesive else 0.0
    exponent = law.exponent
    centre = float(z.mean())
    best: tuple[float, tuple[float, float, float, float, float]] | None = None
    width = float(np.ptp(x))
    if not width > 0.0:
        return None
    for place in np.linspace(float(x.min()), float(x.max()) - 0.02 * width, STARTS):
        rise = np.maximum((x - place) / width, 0.0) ** exponent
        if contact_rows is None:
            A = np.stack([np.ones_like(x), z[rows] - centre, rise], axis=1)
            size = np.abs(A).max(axis=0)
            if not (size > 0.0).all():
                continue
            c = np.linalg.lstsq(A / size, y, rcond=None)[0] / size
            error = float(np.sum((A @ c - y) ** 2))
        else:
            if not rise.any():
                continue
            c = np.array([level, 0.0, float(rise @ (y - level + adhesion)) / float(rise @ rise)])
            error = float(np.sum((c[2] * rise - (y - level + adhesion)) ** 2))
        if c[2] > 0.0 and (best is None or error < best[0]):
            best = error, (float(c[0]), float(c[1]), float(place), math.log(c[2] / width**exponent), adhesion)
    return best[1] if best else None


def _forces(law: Law, z: Floats, parameters: Floats, compliance: float) -> tuple[Floats, Floats]:
    """Contact force [N] at displacements z, and its derivatives by contact point, ln A and adhesion (3, row); -F_a where it is lost."""
    contact, logarithm, adhesion = (float(each) for each in parameters)
    A, adhesion = math.exp(min(max(logarithm, -200.0), 200.0)), max(adhesion, 0.0)

    def reached(force: Floats) -> Floats:
        return contact + law.depth(force, A, adhesion) + compliance * force

    top = 1e-12 + adhesion
    for _ in range(80):
        if float(reached(np.array(top))) >= float(z.max()):
            break
        top *= 2.0
    grid = -adhesion + (top + adhesion) * np.linspace(0.0, 1.0, GRID) ** 3
    places = np.maximum.accumulate(reached(grid))
    free = z <= places[0]
    force = np.interp(z, places, grid)
    step = STEP * (force + adhesion) + 1e-9 * (top + adhesion) / GRID**3
    for _ in range(NEWTON):
        slope = (reached(force + step) - reached(force)) / step
        force = np.clip(force - (reached(force) - z) / np.maximum(slope, 1e-300), -adhesion, top)
    slope = np.maximum((reached(force + step) - reached(force)) / step, 1e-300)
    stiffer, softer = (law.depth(force, A * (1.0 + each), adhesion) for each in (STEP, -STEP))
    by_strength = (stiffer - softer) / (2.0 * STEP)
    by_adhesion = np.zeros_like(force)
    if law.adhesive and adhesion > 0.0:
        more = law.depth(force, A, adhesion * (1.0 + STEP)) - law.depth(force, A, adhesion)
        by_adhesion = more / (adhesion * STEP)
    gradient = np.stack([-1.0 / slope, -by_strength / slope, -by_adhesion / slope])
    gradient[:, free] = 0.0
    gradient[2, free] = -1.0 if law.adhesive else 0.0
    return np.where(free, -adhesion, force), gradient


def _deepest(law: Law, model: Floats, parameters: Floats, compliance: float) -> tuple[float, float]:
    """Greatest depth [m], and contact stiffness over spring constant there (0 without a cantilever)."""
    A, adhesion = math.exp(parameters[1]), float(parameters[2])
    top = np.array(float(model.max()))
    depth = float(law.depth(top, A, adhesion))
    step = STEP * (float(top) + adhesion) + 1e-30
    slope = float(law.depth(top + step, A, adhesion) - depth) / step
    return depth, compliance / slope if slope > 0.0 else math.inf


def _together(residual: Floats) -> float:
    """Variance of sums over neighbouring rows, over that of rows that err alone; 1 where these do."""
    r = residual - residual.mean()
    power = float(r @ r)
    if not power > 0.0:
        return 1.0
    total = 1.0
    for lag in range(1, min(r.size // 10, 200)):
        correlation = float(r[:-lag] @ r[lag:]) / power
        if correlation <= 2.0 / math.sqrt(r.size):
            break
        total += 2.0 * correlation
    return total if total > WANDERS else 1.0
