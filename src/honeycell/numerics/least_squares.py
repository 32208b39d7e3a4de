"""Nonlinear least squares for many starts at once: Levenberg-Marquardt with an analytic Jacobian, vectorised over a batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Evaluate = Callable[[Floats, NDArray[np.intp]], tuple[Floats, Floats]]

FIRST_DAMPING = 1e-2
HIGHEST_DAMPING = 1e16
FLOOR = 1e-30


@dataclass(frozen=True, slots=True)
class Minima:
    """Where each member of a batch ended.

    ``x`` (B, k); ``cost`` (B,), the sum of squared residuals; ``curvature`` (B, k, k), J J^T there (half the Gauss-Newton
    Hessian of the cost); ``steps`` (B,) evaluations used; ``converged`` (B,) False where the steps ran out or no finite cost was found.
    """

    x: Floats
    cost: Floats
    curvature: Floats
    steps: NDArray[np.intp]
    converged: NDArray[np.bool_]


def levenberg_marquardt(
    evaluate: Evaluate,
    start: Floats,
    *,
    tolerance: float = 1e-10,
    steps: int = 200,
    reach: float = np.inf,
    frozen: NDArray[np.bool_] | None = None,
    polish: int = 0,
) -> Minima:
    """Least-squares minima reached from each start.

    Parameters
    ----------
    evaluate : ``evaluate(x, rows) -> (residual, jacobian)`` with x (b, k) the parameters of those members of the batch
        that still move, ``rows`` (b,) their places in ``start``; residual (b, m), jacobian (b, k, m) = d residual / d x.
        A member may return non-finite numbers: the step is then refused.
    start : (B, k).
    tolerance : a member stops when a step lowers its cost by less than this share of it, and the model predicts no more.
    steps : evaluations at most, per member.
    reach : longest change of any one parameter in a step.
    frozen : (k,) or (B, k), True for parameters held at their start.
    polish : Gauss-Newton steps by orthogonal factorisation at the end, which keep the digits that normal equations lose.

    Notes
    -----
    Damping after Nielsen (IMM-REP-1999-05, Technical University of Denmark), scaled by the largest curvature met so far in each direction
    (Moré, Lecture Notes in Mathematics 630 (1978) 105, doi:10.1007/BFb0067700).
    """
    x = np.array(start, dtype=float)
    count, k = x.shape
    rows = np.arange(count)
    final = _Final(x, k)
    held = None if frozen is None else np.broadcast_to(frozen, x.shape)
    residual, jacobian = evaluate(x, rows)
    cost = _cost(residual)
    damping, growth = np.full(count, FIRST_DAMPING), np.full(count, 2.0)
    scale = np.zeros((count, k))
    used = 1
    curvature, gradient = _normal(jacobian, residual)
    stop = ~np.isfinite(cost)
    while rows.size:
        if used >= steps:
            final.store(rows, x, cost, curvature, used, stop & np.isfinite(cost))
            break
        if stop.any():
            final.store(rows[stop], x[stop], cost[stop], curvature[stop], used, np.isfinite(cost[stop]))
            go = ~stop
            rows, x, cost, damping, growth = rows[go], x[go], cost[go], damping[go], growth[go]
            curvature, gradient, scale = curvature[go], gradient[go], scale[go]
            if not rows.size:
                break
        diagonal = np.einsum("bii->bi", curvature)
        scale = np.maximum(scale, diagonal)
        floor = FLOOR + 1e-14 * scale.max(axis=1, keepdims=True)
        weight = damping[:, None] * np.maximum(scale, floor)
        matrix = curvature.copy()
        np.einsum("bii->bi", matrix)[...] += weight
        target = -gradient
        if held is not None:
            _hold(matrix, target, held[rows])
        step = _solve(matrix, target)
        longest = np.abs(step).max(axis=1)
        if np.isfinite(reach):
            step *= np.minimum(1.0, reach / np.maximum(longest, FLOOR))[:, None]
        trial = x + step
        new_residual, new_jacobian = evaluate(trial, rows)
        used += 1
        new_cost = _cost(new_residual)
        # what the quadratic model promises for this step
        promised = -np.einsum("bi,bi->b", step, 2.0 * gradient + np.einsum("bij,bj->bi", curvature, step))
        fallen = cost - new_cost
        good = np.isfinite(new_cost) & (fallen >= 0.0) & np.isfinite(new_jacobian).all(axis=(1, 2))
        gain = np.where(good, fallen / np.maximum(promised, FLOOR), 0.0)
        small = tolerance * cost + FLOOR
        # at round-off the cost may rise a little in the last step: the model's promise decides
        stop = ((np.abs(fallen) <= np.maximum(small, 1e-12 * cost)) & (promised <= small)) | (damping > HIGHEST_DAMPING)
        shrink = np.maximum(1.0 / 5.0, 1.0 - (2.0 * np.minimum(gain, 1.0) - 1.0) ** 3)
        damping = np.maximum(np.where(good, damping * shrink, damping * growth), 1e-14)
        growth = np.where(good, 2.0, 2.0 * growth)
        if good.all():
            x, cost, residual, jacobian = trial, new_cost, new_residual, new_jacobian
            curvature, gradient = _normal(jacobian, residual)
        elif good.any():
            x[good], cost[good] = trial[good], new_cost[good]
            curvature[good], gradient[good] = _normal(new_jacobian[good], new_residual[good])
    if polish:
        _polish(evaluate, final, polish, held)
    return Minima(final.x, final.cost, final.curvature, final.steps, final.converged)


class _Final:
    """Results as members of the batch come to rest."""

    def __init__(self, start: Floats, k: int) -> None:
        count = len(start)
        self.x, self.cost = start.copy(), np.full(count, np.inf)
        self.curvature = np.zeros((count, k, k))
        self.steps, self.converged = np.zeros(count, dtype=np.intp), np.zeros(count, dtype=bool)

    def store(
        self,
        rows: NDArray[np.intp],
        x: Floats,
        cost: Floats,
        curvature: Floats,
        used: int,
        converged: NDArray[np.bool_],
    ) -> None:
        self.x[rows], self.cost[rows], self.curvature[rows] = x, np.where(np.isfinite(cost), cost, np.inf), curvature
        self.steps[rows], self.converged[rows] = used, converged


def _cost(residual: Floats) -> Floats:
    with np.errstate(over="ignore", invalid="ignore"):
        return np.einsum("bm,bm->b", residual, residual)


def _normal(jacobian: Floats, residual: Floats) -> tuple[Floats, Floats]:
    return jacobian @ jacobian.transpose(0, 2, 1), np.einsum("bkm,bm->bk", jacobian, residual)


def _hold(matrix: Floats, target: Floats, held: NDArray[np.bool_]) -> None:
    matrix[held] = 0.0
    matrix.transpose(0, 2, 1)[held] = 0.0
    np.einsum("bii->bi", matrix)[held] = 1.0
    target[held] = 0.0


def _solve(matrix: Floats, target: Floats) -> Floats:
    # unit diagonal first: parameters of very different size share one matrix
    size = np.sqrt(np.einsum("bii->bi", matrix))
    scaled = matrix / (size[:, :, None] * size[:, None, :])
    return np.linalg.solve(scaled, (target / size)[:, :, None])[:, :, 0] / size


def _polish(evaluate: Evaluate, final: _Final, polish: int, held: NDArray[np.bool_] | None) -> None:
    rows = np.flatnonzero(np.isfinite(final.cost))
    x = final.x[rows]
    residual, jacobian = evaluate(x, rows)
    cost = _cost(residual)
    for _ in range(polish):
        J = jacobian if held is None else np.where(held[rows][:, :, None], 0.0, jacobian)
        size = np.maximum(np.sqrt(np.einsum("bkm,bkm->bk", J, J)), FLOOR)
        Q, R = np.linalg.qr((J / size[:, :, None]).transpose(0, 2, 1))
        full = np.abs(np.einsum("bii->bi", R)).min(axis=1) > 1e-14
        if held is not None:
            full &= ~held[rows].any(axis=1)
        R[~full] = np.eye(R.shape[1])
        step = -np.linalg.solve(R, np.einsum("bmk,bm->bk", Q, residual)[:, :, None])[:, :, 0] / size
        trial = x + np.where(full[:, None], step, 0.0)
        new_residual, new_jacobian = evaluate(trial, rows)
        new_cost = _cost(new_residual)
        # at the minimum the cost is flat to round-off: a step that stays there is one closer to the stationary point
        good = full & np.isfinite(new_cost) & (new_cost <= cost * (1.0 + 1e-12))
        x[good], cost[good], residual[good] = trial[good], new_cost[good], new_residual[good]
        jacobian[good] = new_jacobian[good]
    final.x[rows], final.cost[rows] = x, cost
    final.curvature[rows] = jacobian @ jacobian.transpose(0, 2, 1)
