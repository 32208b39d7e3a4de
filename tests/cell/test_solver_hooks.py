"""What is used of the solver's package beyond its documented interface: a test each, so that a release that changes one says which."""

from __future__ import annotations

import inspect

import pytest

from honeycell.cell import HalfCell
from honeycell.cell.assembly import ACTIVE_SLOT
from honeycell.cell.equations import OPTIONS, quiet


@pytest.fixture(scope="module")
def engine(parameters, film_record):
    return HalfCell(parameters.view(), film_record()).engine()


def test_the_compiled_solver_is_where_it_was(engine):
    solver = engine._equations.solver._setup["solver"]
    assert callable(solver.solve)


def test_the_jacobian_has_a_way_in():
    with quiet() as pybamm:
        names = list(inspect.signature(pybamm.BaseModel.build_casadi_jacobian).parameters)
        assert names == ["self", "expression", "y"]


def test_the_active_material_has_a_slot_of_its_own():
    with quiet() as pybamm:
        for kind in ("SPMe", "DFN"):
            model = getattr(pybamm.lithium_ion, kind)(OPTIONS, build=False)
            assert ACTIVE_SLOT in model.submodels
