"""dQ/dV as a positive density: its logarithm is a penalised spline, fitted to the voltage over charge, stiffness by the data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.cycling.banded import FIRM, Equations, Local

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FEWEST = 20  # points from which a derivative is taken
KNOTS = (60, 120)  # pieces of the spline: the second where the first cannot follow the curve
MISFIT = 1.2  # times the rows' own scatter: larger residuals are no noise
FINEST = (
    1e-4  # of the voltage range: what a curve through points leaves open between them, whatever the tester resolves
)
LEAST = 1e-200  # A s, V: less is nothing
HIGHEST = 300.0  # of the logarithm, which has run away before it overflows
NODES = 40  # of the stretched coordinate
BLUR = 0.7  # of their distance, by which it is smoothed
FINE = 8  # points of the curve per piece
ROUNDS = 25  # of Gauss-Newton at most
CHOOSING = (0, 3, 6)  # rounds in which the stiffness is chosen anew
SETTLED = 0.01  # change of the logarithm that ends the rounds
LONGEST = 1.0  # change of the logarithm in one round
CALMED = 0.6  # of the step that later rounds take
LAG = 0.1  # of a point's share of charge, by which rows err in charge: they are not written at the very moment of their voltage
FREE = 4.0  # of the logarithm: how far it may lie from that of the mean where nothing tells it
NORMAL = 0.4549  # median of a squared standard normal


@dataclass(frozen=True, slots=True)
class Density:
    """``voltage`` [V], rising, and ``logarithm`` of dQ/dV [A s/V] there, which is ``basis`` (point, coefficient) times ``coefficients``.

    ``covariance`` is that of the coefficients, ``leeway`` the basis times it; ``noise`` [V] is what a row scatters by.
    """

    voltage: Floats
    logarithm: Floats
    coefficients: Floats
    basis: Floats
    covariance: Floats
    leeway: Floats
    noise: float

    @property
    def error(self) -> Floats:
        """Standard error of the logarithm at each point."""
        return np.sqrt(np.sum(self.leeway * self.basis, axis=1))

    def error_of_difference(self, i: int) -> Floats:
        """Standard error of the logarithm at each point less that at point ``i``."""
        own = np.sum(self.leeway * self.basis, axis=1)
        return np.sqrt(np.maximum(own + own[i] - 2.0 * np.sum(self.basis * self.leeway[i], axis=1), 0.0))

    def error_of(self, row: Floats) -> float:
        """Standard error of ``row`` times the coefficients."""
        return float(np.sqrt(np.einsum("i,ij,j", row, self.covariance, row)))


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
    total, window = float(charge[-1] - charge[0]), float(np.ptp(voltage))
    if charge.size < FEWEST or not voltage[-1] > voltage[0] or not min(total, window) > LEAST:
        return None
    q, V = (charge - charge[0]) / total, (voltage - voltage[0]) / window
    scatter = _scatter(V, count)
    found = None
    for pieces in KNOTS:
        found = _with(min(pieces, q.size // 3), q, V, count, scatter)
        # more knots only where the curve has more in it than these can follow
        if found is None or found.noise <= MISFIT * scatter:
            break
    if found is None:
        return None
    return replace(
        found,
        voltage=voltage[0] + window * found.voltage,
        logarithm=found.logarithm + np.log(total / window),
        coefficients=found.coefficients + np.log(total / window),
        noise=window * found.noise,
    )


def _with(pieces: int, q: Floats, V: Floats, count: Floats, scatter: float) -> Density | None:
    """The density with a spline of so many pieces; None where the rounds run away."""
    grid = np.linspace(0.0, 1.0, FINE * pieces + 1)
    fine, where = _stretched(q, V, grid)
    c = _start(q, V, grid, fine, pieces)
    solution = equations = None
    for turn in range(ROUNDS):
        equations = _equations(c, q, where, fine, count, scatter, pieces)
        try:
            solution = (
                equations.chosen() if solution is None or turn in CHOOSING else equations.with_stiffness(solution)
            )
        except np.linalg.LinAlgError:
            return None
        step = solution.unknowns[::2] - c
        length = float(np.abs(step).max())
        # coefficients that little tells may swing to and fro
        c = c + step * min(1.0 if turn <= CHOOSING[-1] else CALMED, LONGEST / max(length, 1e-300))
        if not np.isfinite(c).all() or c.max() > HIGHEST:
            return None
        if length < SETTLED and turn >= CHOOSING[-1]:
            break
    assert solution is not None
    assert equations is not None
    B = _basis(grid, pieces)
    covariance = equations.covariance(solution)
    leeway = np.einsum("ki,ij->kj", B, covariance)
    return Density(fine, np.einsum("ki,i->k", B, c), c, B, covariance, leeway, solution.noise)


def _equations(
    c: Floats, q: Floats, where: Floats, fine: Floats, count: Floats, scatter: float, pieces: int
) -> Equations:
    """The equations linearised about the coefficients ``c``."""
    inner = _splines(np.linspace(0.0, 1.0, FINE + 1))
    windows = np.lib.stride_tricks.sliding_window_view(c, 4)
    g = np.exp(np.einsum("jk,xk->jx", windows, inner))
    moved = g[:, :, None] * inner
    width = np.diff(fine).reshape(pieces, FINE)
    passed = np.zeros_like(moved)
    np.cumsum(0.5 * (moved[:, 1:] + moved[:, :-1]) * width[:, :, None], axis=1, out=passed[:, 1:])

    at = where * (pieces * FINE)
    piece = np.minimum((at / FINE).astype(np.int64), pieces - 1)
    left = np.minimum((at - piece * FINE).astype(np.int64), FINE - 1)
    x = at - piece * FINE - left
    rows = passed[piece, left] + x[:, None] * (passed[piece, left + 1] - passed[piece, left])
    here = g[piece, left] + x * (g[piece, left + 1] - g[piece, left])
    lag = LAG * np.gradient(q) / scatter
    weight = 1.0 / np.sqrt(np.maximum(here**2 / count + lag**2, 1e-300))
    # the splines add up to one, so that their derivatives add up to the charge itself
    z = q - rows.sum(axis=1) + np.sum(rows * windows[piece], axis=1)
    points = Local(piece, np.column_stack((rows, np.ones(q.size))), weight, z)

    whole = passed[:, -1]
    usual = float(np.log((q[-1] - q[0]) / (fine[-1] - fine[0])))
    firm = FIRM * float(np.sqrt(count.max())) / np.exp(np.maximum(np.log(g).mean(axis=1), usual - 2.0 * FREE))
    target = whole.sum(axis=1) - np.sum(whole * windows, axis=1)
    balances = Local(np.arange(pieces), np.column_stack((-whole, -np.ones(pieces))), firm, target)
    return Equations(points, balances, pieces, usual, (scatter / FREE) ** 2)


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
    stretch = gaussian_filter1d(np.asarray(curve(grid, 1), float), BLUR * grid.size / NODES, mode="nearest")
    fine = np.concatenate(([0.0], np.cumsum(0.5 * (stretch[1:] + stretch[:-1]))))
    fine = level[0] + (level[-1] - level[0]) / fine[-1] * fine
    return fine, np.interp(V, fine, grid)


def _start(q: Floats, V: Floats, grid: Floats, fine: Floats, pieces: int) -> Floats:
    """Coefficients of a rough density, from charges between widely spaced voltages."""
    places = np.linspace(0, grid.size - 1, NODES // 2 + 1).astype(int)
    order = np.argsort(V, kind="stable")
    # the charge that stands at a voltage, noise averaged by sorting
    at = np.interp(fine[places], V[order], np.sort(q))
    rough = np.maximum(np.diff(at), 1e-4 * q[-1] / places.size) / np.maximum(np.diff(fine[places]), 1e-9)
    # a spline's coefficient is nearly the curve's value where that spline is highest
    return np.interp(
        (np.arange(pieces + 3) - 1.0) / pieces, 0.5 * (grid[places][1:] + grid[places][:-1]), np.log(rough)
    )


def _splines(x: Floats) -> Floats:
    """The four cubic B-splines within a piece, at the shares ``x`` of it: (point, spline)."""
    return np.stack(
        ((1 - x) ** 3 / 6, x**3 / 2 - x**2 + 2 / 3, -(x**3) / 2 + x**2 / 2 + x / 2 + 1 / 6, x**3 / 6), axis=-1
    )


def _basis(s: Floats, pieces: int) -> Floats:
    """All splines on equal pieces of (0, 1): (point, spline)."""
    place = np.clip((s * pieces).astype(np.int64), 0, pieces - 1)
    result = np.zeros((s.size, pieces + 3))
    np.put_along_axis(result, place[:, None] + np.arange(4), _splines(s * pieces - place), axis=1)
    return result
