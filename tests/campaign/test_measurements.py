"""What a campaign measures on a cell, what of it the draws repeat, and the files that come of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from honeycell.analysis import quantities_of
from honeycell.campaign.run import paper_campaign
from honeycell.campaign.tables import table_files
from honeycell.data.tables import load_parameters
from honeycell.quantities.record import make_record
from honeycell.readers import Source, read_source
from honeycell.recipe.library import load
from honeycell.twin import Bench, make_film, measure
from honeycell.twin.measurements import _scan_rates


def test_draws_repeat_what_claims_read_and_everything_where_there_are_none() -> None:
    campaign = paper_campaign()
    assert campaign.draws_again("hj-4-6", "rates", ["rate_ladder"])
    assert not campaign.draws_again("gf", "rates", ["rate_ladder"])
    assert campaign.draws_again("gf", "voltammetry", ["cv_0.1", "cv_0.8"])
    assert campaign.draws_again("gf", "first_cycle", ["first_cycle"])
    assert not replace(campaign, quick=True).draws_again("hj-4-6", "rates", ["rate_ladder"])
    assert replace(campaign, claims=()).draws_again("gf", "rates", ["rate_ladder"])


def test_a_brief_family_of_sweeps_keeps_its_ends() -> None:
    view = load_parameters().with_values(load("gf").values()).view()
    assert [round(1e3 * rate, 9) for rate in _scan_rates(view, brief=False)] == [0.1, 0.2, 0.4, 0.6, 0.8]
    assert [round(1e3 * rate, 9) for rate in _scan_rates(view, brief=True)] == [0.1, 0.8]


def test_every_record_of_an_instrument_becomes_a_file_that_reads_back() -> None:
    time = np.arange(1.0, 21.0)
    transient = make_record(
        "chronoamperometry/1",
        sample="a",
        instrument="x",
        variables={
            "test_time": ("row", time, "s"),
            "current": ("row", 1e-4 + 1e-5 / time, "A"),
            "potential": ("row", np.full(20, 0.05), "V"),
        },
    )
    scalars = make_record("scalars/1", sample="a", instrument="x", variables={"thickness": ((), 1e-5, "m")})
    files = table_files("hj", {"bruce_vincent": transient, "properties": scalars})
    assert list(files) == ["tables/hj-bruce-vincent.chi.txt"]
    back = read_source(Source("a.txt", files["tables/hj-bruce-vincent.chi.txt"].encode()))
    assert back["current"].values == pytest.approx(transient["current"].values)


@pytest.mark.slow
def test_a_cell_measured_briefly_has_all_numbers_that_the_ledger_asks_for() -> None:
    recipe, tables = load("hj-4-6"), load_parameters()
    bench = Bench(recipe, tables, make_film(recipe, tables, diagrams=False), 1, brief=True)
    assert bench.half_cell() is bench.half_cell(298.15)
    names = ("impedance", "first_cycle", "voltammetry", "rates", "transference", "conductivity")
    found = {key: record for name in names for key, record in measure(bench, name).items()}
    numbers = {f"hj-4-6/{name}/{each}" for name, own in quantities_of(found).items() for each in own}
    asked = {
        address
        for claim in paper_campaign().claims
        for reading in claim.readings
        for address in reading.addresses()
        if address.rpartition("/")[0] in {f"hj-4-6/{name}" for name in found}
    }
    assert len(asked) > 12
    assert asked <= numbers
    assert bench.half_cell().temperature == 298.15
    assert found["cv_0.1"].attrs["series"] == found["cv_0.8"].attrs["series"]
    assert list(found)[-4:-1] == ["bruce_vincent_before", "bruce_vincent", "bruce_vincent_after"]
