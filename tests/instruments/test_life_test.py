from __future__ import annotations

import math

import numpy as np
import pytest

from honeycell.analysis import reduce
from honeycell.cell import HalfCell
from honeycell.cell.ageing.cathode_loss import CathodeLoss
from honeycell.cell.ageing.sodium_film import SodiumFilm
from honeycell.instruments.life_test import LifeTest
from honeycell.quantities.errors import InputError
from honeycell.quantities.value import Value

AGEING = (SodiumFilm(5e-3, 1.5e-6, 1.0, math.pi * 0.006**2), CathodeLoss(2e-8))


@pytest.fixture(scope="module")
def own(parameters):
    more = {"rate": Value(1.0), "activation_cycles": Value(3.0)}
    return parameters.with_values({f"recipe.cycling.{name}": value for name, value in more.items()}).view()


@pytest.fixture(scope="module")
def cell(own, film_record):
    return HalfCell(own, film_record(), AGEING, tolerance=1e-5)


@pytest.fixture(scope="module")
def records(cell, own):
    return LifeTest(6, report=(1, 5)).measure_all(cell, own, sample="test", rng=np.random.default_rng(1))


def test_an_entry_per_cycle_slow_ones_first(records, own, cell):
    life = records["life"]
    slow = int(own["recipe.cycling.activation_cycles"])
    assert life["cycle"].size == slow + 6
    assert float(life["reference_cycle"]) == slow + 1
    one_c = own["recipe.cathode.one_c_specific_current"] * cell.cathode.active_mass
    np.testing.assert_allclose(life["current"].values[slow:], one_c)
    np.testing.assert_allclose(life["current"].values[:slow], own["recipe.cycling.activation_rate"] * one_c)
    assert (np.diff(life["discharge_capacity"].values[slow:]) < 0.0).all()


def test_rows_of_the_cycles_reported_reduce_to_the_same_numbers(records):
    table = reduce(records["curves"]).tables["cycles"]
    life = reduce(records["life"]).tables["cycles"]
    assert [row["cycle"] for row in table] == [4, 8]
    for row in table:
        same = life[row["cycle"] - 1]
        for name in ("charge_capacity", "discharge_capacity"):
            assert row[name] == pytest.approx(same[name], rel=1e-4)
        assert row["voltage_drop_gap"] == pytest.approx(same["voltage_drop_gap"], abs=2e-3)


def test_what_resistance_had_hidden_comes_back_slowly(records):
    found = reduce(records["life"])
    assert found["retention_after_5"].value < found["recovered_at_slow_rate"].value < 1.0


def test_bad_lives(own, film_record):
    with pytest.raises(InputError, match="0 cycles"):
        LifeTest(0)
    backwards = own.replace({"recipe.cycling.voltage_minimum": 4.5})
    with pytest.raises(InputError, match="does not ascend"):
        LifeTest(1).stages(HalfCell(own, film_record()), backwards.view())
