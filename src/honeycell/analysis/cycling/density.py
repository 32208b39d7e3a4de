"""dQ/dV as a positive density: its logarithm is a penalised spline, fitted to the voltage over charge, stiffness by the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FEWEST = 20  # points from which a derivative is taken
KNOTS = (60, 120)  # pieces of the spline: the second where the first cannot follow the curve
MISFIT = 1.2  # times the rows' own scatter: larger residuals are no noise
FINEST = 1e-5  # of the voltage range: no tester resolves less
HIGHEST = 300.0  # of the logarithm, which has run away before it overflows
ORDER = 3  # of the differences that are penalised: at its stiffest the spline is a parabola, the density a Gaussian
NODES = 40  # of the stretched coordinate
BLUR = 0.7  # of their distance, by which it is smoothed
FINE = 600  # points of the curve
ROUNDS = 25  # of Gauss-Newton at most
CHOOSING = 6  # rounds in which the stiffness is chosen anew
SETTLED = 1e-3  # change of the logarithm that ends the rounds
LONGEST = 1.0  # change of the logarithm in one round
LAG = 0.1  # of a point's share of charge, by which rows err in charge: they are not written at the very moment of their voltage
NORMAL = 0.4549  # median of a squared standard normal
STIFF = np.logspace(-7.0, 7.0, 43)  # stiffnesses that are tried, over the mean diagonal


@dataclass(frozen=True, slots=True)
class Density:
    """``voltage`` [V], rising, and ``logarithm`` of dQ/dV [A s/V] there, which is ``basis`` (point, coefficient) @ ``coefficients``.

    ``factor`` times its transpose is the covariance of the coefficients; ``noise`` [V] is what a row scatters by, ``freedom`` the
    parameters' worth that the curve spends.
    """

    voltage: Floats
    logarithm: Floats
    coefficients: Floats
    basis: Floats
    factor: Floats
    noise: float
    freedom: float

    def spread(self, rows: Floats) -> Floats:
        """Standard errors of ``rows @ coefficients``."""
        return np.sqrt(np.sum((rows @ self.factor) ** 2, axis=-1))


def density_of(charge: Floats, voltage: Floats, count: Floats) -> Density | None:
    """The positive density of charge over voltage whose integral is the charge passed at each voltage.

    A point's charge errs by its voltage's noise times dQ/dV, and weighs accordingly; where the curve is steep it errs also because rows are
    not written at the very moment of their voltage. The spline runs over a stretched coordinate, half the charge and half the voltage
    passed, so that narrow plateaus and steep ends are resolved alike. Stiffness by restricted maximum likelihood of the linearised fit;
    the spread is that of the
    penalised estimate when the noise is drawn again.

    Parameters
    ----------
    charge : strictly rising [A s]; ``voltage`` [V], rising but for noise; ``count`` of rows that each point is the mean of.

    Returns
    -------
    None where the points are fewer than 20, or the voltage does not rise.

    Source: J. O. Ramsay, J. R. Stat. Soc. B 60 (1998) 365, doi:10.1111/1467-9868.00130 (monotone smoothing); P. H. C. Eilers, B. D. Marx,
    Statist. Sci. 11 (1996) 89, doi:10.1214/ss/1038425655 (penalised splines).
    """
    q, V = charge - charge[0], voltage
    if q.size < FEWEST or not V[-1] > V[0] or not q[-1] > 0.0:
        return None
    scatter = _scatter(V, count)
    found = None
    for pieces in KNOTS:
        found = _with(min(pieces, q.size // 3), q, V, count, scatter)
        # more knots only where the curve has more in it than these can follow
        if found is None or found.noise <= MISFIT * scatter:
            break
    return found


def _with(pieces: int, q: Floats, V: Floats, count: Floats, scatter: float) -> Density | None:
    """The density with a spline of so many pieces; None where the rounds run away."""
    grid = np.linspace(0.0, 1.0, FINE)
    fine, where = _stretched(q, V, grid)
    B = _basis(grid, pieces)
    m = B.shape[1]
    P = np.zeros((m + 1, m + 1))
    D = np.diff(np.eye(m), ORDER, axis=0)
    P[:m, :m] = D.T @ D
    c = np.append(_start(q, V, grid, fine, B, P[:m, :m]), 0.0)
    lag = LAG * np.gradient(q) / scatter
    fitted = None
    for turn in range(ROUNDS):
        passed, X, g = _linear(c, where, fine, B)
        weight = 1.0 / np.sqrt(g**2 / count + lag**2)
        z = weight * (q - passed + X @ c)
        fitted = _fitted(weight[:, None] * X, z, P, None if turn < CHOOSING else fitted)
        step = fitted.coefficients - c
        length = float(np.abs(step[:m]).max())
        c = c + step * min(1.0, LONGEST / max(length, 1e-300))
        if not np.isfinite(c).all() or c[:m].max() > HIGHEST:
            return None
        if length < SETTLED:
            break
    assert fitted is not None
    return Density(fine, B @ c[:m], c[:m], B, fitted.factor[:m], fitted.noise, fitted.freedom)


@dataclass(frozen=True, slots=True)
class _Fit:
    coefficients: Floats
    factor: Floats
    noise: float
    freedom: float
    stiff: float


def _scatter(V: Floats, count: Floats) -> float:
    """Standard deviation of a row's voltage, by second differences of the points."""
    bends = (V[2:] - 2.0 * V[1:-1] + V[:-2]) ** 2 * count[1:-1]
    return max(float(np.sqrt(np.median(bends) / NORMAL / 6.0)), FINEST * float(np.ptp(V)))


def _stretched(q: Floats, V: Floats, grid: Floats) -> tuple[Floats, Floats]:
    """Voltages at equal steps of the stretched coordinate, and the coordinate of each point."""
    from scipy.interpolate import PchipInterpolator
    from scipy.ndimage import gaussian_filter1d

    order = np.argsort(V, kind="stable")
    amount = np.gradient(q)[order]
    level = V[order]
    passed = np.concatenate(([0.0], np.cumsum(0.5 * (amount[1:] + amount[:-1]))))
    s = 0.5 * (level - level[0]) / (level[-1] - level[0]) + 0.5 * passed / passed[-1]
    nodes = np.linspace(0.0, 1.0, NODES + 1)
    curve = PchipInterpolator(nodes, np.interp(nodes, s, level))
    stretch = gaussian_filter1d(np.asarray(curve(grid, 1), float), BLUR * FINE / NODES, mode="nearest")
    fine = np.concatenate(([0.0], np.cumsum(0.5 * (stretch[1:] + stretch[:-1]))))
    fine = level[0] + (level[-1] - level[0]) / fine[-1] * fine
    return fine, np.interp(V, fine, grid)


def _start(q: Floats, V: Floats, grid: Floats, fine: Floats, B: Floats, P: Floats) -> Floats:
    """Coefficients of a rough density, from charges between widely spaced voltages."""
    places = np.linspace(0, FINE - 1, NODES // 2 + 1).astype(int)
    order = np.argsort(V, kind="stable")
    # the charge that stands at a voltage, noise averaged by sorting
    at = np.interp(fine[places], V[order], np.sort(q))
    rough = np.maximum(np.diff(at), 1e-4 * q[-1] / places.size) / np.diff(fine[places])
    target = np.interp(grid, 0.5 * (grid[places][1:] + grid[places][:-1]), np.log(rough))
    A = B.T @ B
    return np.linalg.solve(A + 1e-3 * np.trace(A) / A.shape[0] * P, B.T @ target)


def _linear(c: Floats, where: Floats, fine: Floats, B: Floats) -> tuple[Floats, Floats, Floats]:
    """Charge passed at the stretched coordinates ``where``, its derivatives by the coefficients, and dQ/dV there.

    The last coefficient is the charge that passes below the first point.
    """
    g = np.exp(B @ c[:-1])
    moved = g[:, None] * B
    moved = 0.5 * (moved[1:] + moved[:-1]) * np.diff(fine)[:, None]
    total = np.concatenate((np.zeros((1, B.shape[1])), np.cumsum(moved, axis=0)))
    at = where * (fine.size - 1)
    place = np.minimum(at.astype(np.int64), fine.size - 2)
    x = at - place
    rows = total[place] + x[:, None] * (total[place + 1] - total[place])
    # the splines add up to one, so that their derivatives add up to the charge itself
    return (
        rows.sum(axis=1) - c[-1],
        np.column_stack((rows, -np.ones(where.size))),
        g[place] + x * (g[place + 1] - g[place]),
    )


def _fitted(X: Floats, z: Floats, P: Floats, before: _Fit | None) -> _Fit:
    """Penalised least squares, as stiff as restricted likelihood finds, or as ``before``.

    In the basis that makes both X'X and the penalty diagonal (Demmler and Reinsch) every stiffness that is tried costs a sum.
    """
    from scipy.linalg import eigh

    n, m = X.shape
    A = X.T @ X
    scale = float(np.trace(A)) / m
    A[np.diag_indices(m)] += 1e-11 * scale
    # the charge before the first point and a parabola are free
    free = ORDER + 1
    d, U = eigh(P * scale, A, check_finite=False)
    d = np.maximum(d, 0.0)
    d[:free] = 0.0
    u = U.T @ (X.T @ z)
    square = max(float(z @ z) - float(u @ u), 0.0)

    def loss(stiff: float) -> tuple[float, Floats, float]:
        shrink = 1.0 / (1.0 + stiff * d)
        rest = square + float(np.sum(u[free:] ** 2 * (1.0 - shrink[free:])))
        logs = float(np.sum(np.log(np.maximum(stiff * d[free:] * shrink[free:], 1e-300))))
        return (n - free) * np.log(max(rest, 1e-300)) - logs, shrink, rest

    stiff = before.stiff if before is not None else min(STIFF, key=lambda each: loss(each)[0])
    _, shrink, rest = loss(stiff)
    noise = float(np.sqrt(rest / (n - free)))
    return _Fit(U @ (shrink * u), noise * U * shrink, noise, float(shrink.sum()), stiff)


def _basis(s: Floats, pieces: int) -> Floats:
    """Cubic B-splines on equal pieces of (0, 1): (point, spline)."""
    place = np.clip((s * pieces).astype(np.int64), 0, pieces - 1)
    x = s * pieces - place
    parts = ((1 - x) ** 3 / 6, x**3 / 2 - x**2 + 2 / 3, -(x**3) / 2 + x**2 / 2 + x / 2 + 1 / 6, x**3 / 6)
    result = np.zeros((s.size, pieces + 3))
    at = np.arange(s.size)
    for k, part in enumerate(parts):
        result[at, place + k] = part
    return result
