"""Equations built once serve every cell: nothing of one cell shows in another, and derivatives are those of the equations."""

from __future__ import annotations

import numpy as np
import pytest

from honeycell.cell import HalfCell, cycles, equations
from honeycell.cell.curve import evaluated, pieces, spline
from honeycell.cell.engine import Drive

C = 3e-4


@pytest.fixture
def cell_of(parameters, film_record):
    def make(**changed):
        film = changed.pop("film", {})
        return HalfCell(parameters.replace(changed).view(), film_record(**film))

    return make


def test_a_cell_does_not_know_what_was_simulated_before(monkeypatch, cell_of):
    monkeypatch.setattr(equations, "_kept", {})
    alone = cell_of().run(cycles(C, 4.0, 2.0, 1))
    other = cell_of(**{"pba.diffusivity": 3e-16, "film": {"thickness": 480e-6, "porosity": 0.9, "ratio": 0.85}})
    changed = other.run(cycles(C, 4.0, 2.0, 1))
    again = cell_of().run(cycles(C, 4.0, 2.0, 1))
    assert len(equations._kept) == 1
    assert changed.time[-1] != again.time[-1]
    for name in ("time", "voltage", "filling"):
        np.testing.assert_array_equal(getattr(again, name), getattr(alone, name))


def test_kinds_of_cells_are_kept_up_to_a_number(monkeypatch, cell_of):
    monkeypatch.setattr(equations, "_kept", dict.fromkeys(range(equations.KEPT)))
    cell_of().engine()
    assert len(equations._kept) == equations.KEPT
    assert 0 not in equations._kept


@pytest.mark.parametrize("model", ["SPMe", "DFN"])
def test_jacobian_is_the_derivative_of_the_rates(cell_of, model):
    engine = cell_of().engine(model)
    start = cell_of().drive(cycles(C, 4.0, 2.0, 1)[:1]).state if model == "SPMe" else None
    y = engine.fresh if start is None else engine.unknowns(start)
    inputs = engine._with(Drive(1.0, C))
    found = np.asarray(engine._model.jac_rhs_algebraic_eval(0.0, y, inputs))
    rates = engine._model.rhs_algebraic_eval
    for column in range(0, y.size, 7):
        step = 1e-6 * max(abs(y[column]), 1e-3)
        up, down = y.copy(), y.copy()
        up[column] += step
        down[column] -= step
        slope = (np.asarray(rates(0.0, up, inputs)) - np.asarray(rates(0.0, down, inputs))).ravel() / (2.0 * step)
        size = max(np.abs(slope).max(), 1e-9)
        np.testing.assert_allclose(found[:, column], slope, atol=2e-5 * size)


def test_curve_is_the_spline_and_goes_on_beyond_it():
    from scipy.interpolate import CubicSpline

    x = np.linspace(0.0, 1.0, 30) ** 2
    known = CubicSpline(x, np.sin(5.0 * x))
    at, numbers = np.array([-0.01, 0.0, 0.3, x[7], 1.0, 1.02]), pieces(x, np.sin(5.0 * x))
    value, slope = (np.asarray(each).ravel() for each in spline(at.size, numbers.size)(at, numbers))
    np.testing.assert_allclose(value, known(at), atol=1e-14)
    np.testing.assert_allclose(slope, known(at, 1), atol=1e-12)
    np.testing.assert_allclose(evaluated(at[:, None], numbers[:, None]).ravel(), known(at), atol=1e-14)


@pytest.mark.slow
def test_coarse_grid_is_within_its_word(parameters, film_record):
    for temperature, most in ((253.15, 3e-3), (298.15, 1e-3)):
        found = []
        for grid in ("fine", "coarse"):
            view = parameters.replace({"recipe.cell.temperature": temperature}).view()
            cell = HalfCell(view, film_record(thickness=480e-6, porosity=0.9, ratio=0.85), grid=grid)
            found.append(-cell.run(cycles(C, 4.0, 2.0, 1)).charge(2))
        assert found[1] == pytest.approx(found[0], rel=most)
