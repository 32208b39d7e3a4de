"""Levenberg-Marquardt over a batch: what does not depend on the problem. Certified values are in test_least_squares_nist."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from honeycell.numerics.least_squares import levenberg_marquardt

T = np.linspace(0.0, 3.0, 25)


def decay(data):
    """y = a exp(-b t) against each row of ``data``."""

    def evaluate(x, rows):
        e = np.exp(-x[:, 1:] * T)
        return x[:, :1] * e - data[rows], np.stack([e, -x[:, :1] * T * e], axis=1)

    return evaluate


@pytest.fixture
def data():
    rng = np.random.default_rng(2)
    a, b = rng.uniform(0.5, 3.0, (2, 12))
    return a[:, None] * np.exp(-b[:, None] * T) + 0.01 * rng.normal(size=(12, T.size))


def test_a_linear_problem_is_solved_as_by_the_normal_equations():
    rng = np.random.default_rng(0)
    A, y = rng.normal(size=(30, 4)), rng.normal(size=30)

    def evaluate(x, rows):
        return x @ A.T - y, np.tile(A.T, (len(x), 1, 1))

    found = levenberg_marquardt(evaluate, np.zeros((1, 4)), tolerance=1e-14, polish=1)
    assert found.x[0] == pytest.approx(np.linalg.lstsq(A, y, rcond=None)[0], rel=1e-12)
    assert found.curvature[0] == pytest.approx(A.T @ A)


def test_members_of_a_batch_do_not_touch_each_other(data):
    """Together or alone, in any company: the same minimum."""
    together = levenberg_marquardt(decay(data), np.ones((12, 2)))
    for i in range(12):
        alone = levenberg_marquardt(decay(data[i : i + 1]), np.ones((1, 2)))
        assert together.x[i] == pytest.approx(alone.x[0], rel=1e-12)
    assert together.converged.all()


def test_the_gradient_vanishes_at_the_minimum(data):
    found = levenberg_marquardt(decay(data), np.ones((12, 2)), tolerance=1e-14)
    residual, jacobian = decay(data)(found.x, np.arange(12))
    gradient = np.einsum("bkm,bm->bk", jacobian, residual)
    size = np.sqrt(np.einsum("bkm,bkm->bk", jacobian, jacobian) * found.cost[:, None])
    assert np.abs(gradient / size).max() < 1e-6


def test_a_frozen_parameter_stays_and_the_rest_is_best_for_it(data):
    """With b held, a is the linear solution."""
    b = 1.3
    found = levenberg_marquardt(
        decay(data), np.tile([1.0, b], (12, 1)), frozen=np.array([False, True]), tolerance=1e-14
    )
    e = np.exp(-b * T)
    assert (found.x[:, 1] == b).all()
    assert found.x[:, 0] == pytest.approx(data @ e / (e @ e), rel=1e-7)


def test_a_start_from_which_nothing_is_finite_is_reported_not_raised(data):
    start = np.ones((12, 2))
    start[3] = np.nan
    found = levenberg_marquardt(decay(data), start)
    assert not found.converged[3]
    assert found.cost[3] == np.inf
    assert found.converged[[0, 11]].all()


def test_steps_run_out_is_not_converged(data):
    found = levenberg_marquardt(decay(data), np.full((12, 2), 5.0), steps=3)
    assert not found.converged.any()
    assert (found.steps <= 3).all()


def test_no_parameter_moves_farther_than_the_reach(data):
    places = []
    inner = decay(data)

    def evaluate(x, rows):
        if len(rows) == 12:
            places.append(x.copy())
        return inner(x, rows)

    levenberg_marquardt(evaluate, np.full((12, 2), 5.0), reach=0.3, steps=4)
    assert all(np.abs(b - a).max() <= 0.3 + 1e-12 for a, b in itertools.pairwise(places))
