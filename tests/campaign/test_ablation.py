"""What mechanisms contribute, seen on short lives of the shipped recipes."""

from __future__ import annotations

import numpy as np
import pytest

from honeycell.data.tables import load_parameters
from honeycell.quantities.value import Value
from honeycell.recipe.library import load
from honeycell.twin import Bench, make_film, measure

CYCLES = 40


def short(name, brief):
    recipe = load(name)
    lives = {"life_cycles": Value((float(CYCLES),) * 3)}
    recipe = recipe.model_copy(update={"cycling": recipe.cycling.model_copy(update=lives)})
    tables = load_parameters()
    bench = Bench(recipe, tables, make_film(recipe, tables, diagrams=False), 1, brief=brief)
    return bench, measure(bench, "ablation")


@pytest.fixture(scope="module")
def mat():
    return short("gf", brief=False)


@pytest.mark.slow
def test_a_row_for_each_mechanism_left_out(mat):
    bench, found = mat
    names = [str(each) for each in found["ablation"]["variant"].values]
    own = [f"without {each.name}" for each in bench.half_cell().mechanisms]
    assert names == ["as built", "flipped", "flooded", *own]
    assert found["ablation"].sizes["cycle"] == CYCLES


@pytest.mark.slow
def test_a_mat_turned_round_is_the_same_mat(mat):
    record = mat[1]["ablation"]
    np.testing.assert_allclose(
        record["discharge_capacity"].sel(variant="flipped"),
        record["discharge_capacity"].sel(variant="as built"),
        rtol=1e-9,
    )
    assert float(record["longer_life_as_built"]) == 0.0


@pytest.mark.slow
def test_without_a_loss_more_is_left_and_without_a_gain_less(mat):
    record = mat[1]["ablation"]
    assert float(record["retention_without_cathode_loss"]) > float(record["retention_as_built"])
    assert float(record["retention_without_activation"]) < float(record["retention_as_built"])
    assert float(record["drying_ends_life"]) in (0.0, 1.0)


@pytest.mark.slow
def test_briefly_only_what_the_ledger_reads():
    record = short("hj-4-6", brief=True)[1]["ablation"]
    assert [str(each) for each in record["variant"].values] == ["as built", "flipped", "flooded"]
    assert "drying_ends_life" not in record
    assert short("gf", brief=True)[1] == {}
