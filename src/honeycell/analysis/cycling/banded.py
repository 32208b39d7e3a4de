"""Normal equations of the density's fit, banded: coefficients of the logarithm and charges at the knots, one after the other.

The charge passed at a point depends on the charge at the knot before it and on four coefficients only, and so does that at the next knot;
with the charges at the knots as unknowns of their own every sum is local. It needs no dense algebra, whose threads wait for one another
on a busy machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

ORDER = 3  # of the differences that are penalised: at its stiffest the logarithm is a parabola, the density a Gaussian
BAND = 6  # unknowns next to the diagonal: four coefficients, with the charges between
LOCAL = np.array(
    [0, 2, 4, 6, 3]
)  # places of a piece's four coefficients and of the charge at its knot, after twice its number
FIRM = 300.0  # weight of a knot's charge balance over that of a point
STIFF = np.logspace(-7.0, 7.0, 43)  # stiffnesses that are tried, over the mean diagonal


@dataclass(frozen=True, slots=True)
class Local:
    """Linearised points: the ``piece`` each lies in, ``rows`` (point, 5) of derivatives, ``weight``, and right-hand side ``z``."""

    piece: Integers
    rows: Floats
    weight: Floats
    z: Floats


@dataclass(frozen=True, slots=True)
class Solution:
    """``unknowns``, ``noise`` of a point of weight one, and the ``stiff``-ness."""

    unknowns: Floats
    noise: float
    stiff: float


class Equations:
    """Sums over the points and over the balances between knots, for a spline of so many ``pieces``.

    Coefficients that nothing else tells are pulled to the ``usual`` logarithm, with the weight ``pull``.
    """

    def __init__(self, points: Local, balances: Local, pieces: int, usual: float, pull: float) -> None:
        self.points, self.pieces = points, pieces
        self.size = 2 * (pieces + ORDER)
        self.data = self._sums(points)
        self.normal = self.data + self._sums(balances, balanced=True)
        self.right = self._right(points) + self._right(balances, balanced=True)
        self.scale = float(self.data[BAND, ::2].mean())
        self.normal[BAND, ::2] += pull
        self.right[::2] += pull * usual
        # the two places that belong to no knot
        self.normal[BAND, [1, self.size - 1]] = self.scale
        self.penalty = _penalty(pieces)

    def chosen(self) -> Solution:
        """The stiffness of greatest restricted likelihood."""
        free = ORDER + 1  # a parabola and the charge at the first knot are not penalised
        n = self.points.z.size
        best: tuple[float, Solution] | None = None
        for stiff in STIFF * self.scale:
            made = self._solved(stiff)
            if made is None:
                continue
            unknowns, logarithm = made
            rest = max(self._rest(unknowns) + stiff * self._rough(unknowns), 1e-300)
            loss = (n - free) * np.log(rest) + logarithm - self.pieces * np.log(stiff)
            if best is None or loss < best[0]:
                best = (loss, Solution(unknowns, float(np.sqrt(rest / max(n - free, 1))), stiff / self.scale))
        if best is None:
            raise np.linalg.LinAlgError("no stiffness gives a solution")
        return best[1]

    def with_stiffness(self, before: Solution) -> Solution:
        """Solved again with the stiffness of ``before``."""
        made = self._solved(before.stiff * self.scale)
        if made is None:
            raise np.linalg.LinAlgError("no solution")
        return Solution(made[0], before.noise, before.stiff)

    def covariance(self, solution: Solution) -> Floats:
        """Of the coefficients, over repetitions of the points' noise at the same stiffness."""
        from scipy.linalg import cho_solve_banded, cholesky_banded

        factor = cholesky_banded(self.normal + solution.stiff * self.scale * self.penalty, check_finite=False)
        unit = np.zeros((self.size, self.pieces + ORDER))
        unit[::2][np.diag_indices(self.pieces + ORDER)] = 1.0
        inverse = cho_solve_banded((factor, False), unit, check_finite=False)
        moved = self.data[BAND][:, None] * inverse
        for k in range(1, BAND + 1):
            band = self.data[BAND - k, k:, None]
            moved[:-k] += band * inverse[k:]
            moved[k:] += band * inverse[:-k]
        return solution.noise**2 * np.einsum("ki,kj->ij", inverse, moved)

    def _solved(self, stiff: float) -> tuple[Floats, float] | None:
        from scipy.linalg import cho_solve_banded, cholesky_banded

        try:
            factor = cholesky_banded(self.normal + stiff * self.penalty, check_finite=False)
        except np.linalg.LinAlgError:
            return None
        unknowns = cho_solve_banded((factor, False), self.right, check_finite=False)
        return unknowns, 2.0 * float(np.sum(np.log(factor[BAND])))

    def _rest(self, unknowns: Floats) -> float:
        p = self.points
        fitted = np.sum(p.rows * unknowns[2 * p.piece[:, None] + LOCAL], axis=1)
        return float(np.sum((p.weight * (p.z - fitted)) ** 2))

    def _rough(self, unknowns: Floats) -> float:
        return float(np.sum(np.diff(unknowns[::2], ORDER) ** 2))

    def _columns(self, local: Local, balanced: bool) -> tuple[Floats, Integers]:
        """Derivatives and the places they belong to; a balance has the charge at the next knot besides."""
        if not balanced:
            return local.rows, LOCAL
        return np.column_stack((local.rows, np.ones(local.z.size))), np.append(LOCAL, LOCAL[-1] + 2)

    def _sums(self, local: Local, balanced: bool = False) -> Floats:
        rows, places = self._columns(local, balanced)
        rows = rows * local.weight[:, None]
        bands = np.zeros((BAND + 1, self.size))
        for i, a in enumerate(places):
            for k, b in enumerate(places):
                if a <= b:
                    amount = np.bincount(local.piece, rows[:, i] * rows[:, k], self.pieces)
                    bands[BAND - (b - a), b : b + 2 * self.pieces : 2] += amount
        return bands

    def _right(self, local: Local, balanced: bool = False) -> Floats:
        rows, places = self._columns(local, balanced)
        target = local.weight**2 * local.z
        right = np.zeros(self.size)
        for i, a in enumerate(places):
            right[a : a + 2 * self.pieces : 2] += np.bincount(local.piece, rows[:, i] * target, self.pieces)
        return right


def _penalty(pieces: int) -> Floats:
    """Sum of squared third differences of the coefficients, banded."""
    m = pieces + ORDER
    bands = np.zeros((BAND + 1, 2 * m))
    signs = np.array([-1.0, 3.0, -3.0, 1.0])
    for i in range(ORDER + 1):
        for k in range(i, ORDER + 1):
            bands[BAND - 2 * (k - i), 2 * k : 2 * k + 2 * (m - ORDER) : 2] += signs[i] * signs[k]
    return bands
