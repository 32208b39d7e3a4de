"""What is used of the solver's package beyond its documented interface: a test each, so that a release that changes one says which."""

from __future__ import annotations

import inspect

import pytest

from honeycell.cell import HalfCell
from honeycell.cell.assembly import ACTIVE_SLOT
from honeycell.cell.engine import OPTIONS, quiet


@pytest.fixture(scope="module")
def engine(parameters, film_record):
    return HalfCell(parameters.view(), film_record()).engine()


def test_the_compiled_solver_is_where_it_was(engine):
    solver = engine._solver._setup["solver"]
    assert callable(solver.solve)


def test_consistent_slopes_take_guess_model_time_and_inputs(engine):
    names = list(inspect.signature(engine._solver._rhs_dot_consistent_initialization).parameters)
    assert names[:4] == ["y0", "model", "time", "inputs_dict"]


def test_the_active_material_has_a_slot_of_its_own():
    with quiet() as pybamm:
        for kind in ("SPMe", "DFN"):
            model = getattr(pybamm.lithium_ion, kind)(OPTIONS, build=False)
            assert ACTIVE_SLOT in model.submodels
