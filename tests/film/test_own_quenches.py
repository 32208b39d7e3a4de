"""Quenches beyond the library: which are wanted, that a film takes them, and that one which fails costs a film nothing but a flag."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from honeycell.data.tables import load_parameters
from honeycell.film.formation import form_film
from honeycell.film.own_quenches import MOST, OwnQuenches, beyond, map_of, own_quench, quenches_wanted
from honeycell.film.quench_store import load_library
from honeycell.properties.pore_conduction import load_conduction
from honeycell.quantities.record import flags_of
from honeycell.recipe.library import load
from honeycell.structure.layers import nearest_map
from honeycell.structure.profile import dry_structure

LIBRARY = load_library()


class Lean:
    """A film beyond the library, and quenches of its own in boxes far smaller than they are run in."""

    def __init__(self) -> None:
        self.parameters = load_parameters().with_values(load("hj-1-9").values()).view()
        self.plain = form_film(self.parameters, "hj-1-9", diagrams=False)["film"]
        self.wanted = quenches_wanted(self.parameters, self.plain, LIBRARY)
        self.small = [replace(each, shape=(16, 16, 16), ramp_time=1e4) for each in self.wanted]
        made = [own_quench(self.parameters, "hj-1-9", each) for each in self.small]
        self.records = {f"quench_{n}": each for n, each in enumerate(made)}
        self.own = OwnQuenches.of(self.records)

    def film(self, own):
        return form_film(self.parameters, "hj-1-9", diagrams=False, own=own)["film"]


@pytest.fixture(scope="module")
def lean() -> Lean:
    return Lean()


@pytest.fixture(scope="module")
def usual():
    return load_parameters().with_values(load("hj-4-6").values()).view()


def failed(record):
    """What is left of a quench that has failed."""
    kept = record[["polymer", "gel", "ramp_time"]]
    return kept.assign_attrs(flags='["own_quench: failed: the field ran away"]')


def test_few_quenches_span_all_depths_beyond_the_library(lean: Lean, usual) -> None:
    dopes = [each.polymer for each in lean.wanted]
    assert 1 <= len(dopes) <= MOST
    assert dopes == sorted(dopes)
    profile = lean.plain["polymer_profile"].values
    assert (dopes[0], dopes[-1]) == (profile.min(), profile.max())
    assert {each.ramp_time for each in lean.wanted} == {LIBRARY.ramp_time[-1]}
    assert quenches_wanted(usual, form_film(usual, "hj-4-6", diagrams=False)["film"], LIBRARY) == []


def test_only_what_lies_off_every_edge_is_beyond() -> None:
    lean, ratio, fast = LIBRARY.polymer[0], LIBRARY.gel_ratio[0], LIBRARY.ramp_time[0]
    assert not beyond(LIBRARY, lean, ratio, fast)
    assert not beyond(LIBRARY, 0.99 * lean, 0.99 * ratio, 1e9 * fast)
    assert beyond(LIBRARY, 0.9 * lean, ratio, fast)
    assert beyond(LIBRARY, lean, 0.9 * ratio, fast)
    assert beyond(LIBRARY, lean, ratio, 0.9 * fast)


def test_a_film_takes_its_own_quenches_and_says_nothing_of_the_library(lean: Lean) -> None:
    own = lean.film(lean.own)
    assert np.all(lean.plain["within_library"] == 0.0)
    assert np.all(own["within_library"] == 1.0)
    share = [float(each["share_rich"]) for each in lean.records.values()]
    assert min(share) <= own["rich_share"].min() <= own["rich_share"].max() <= max(share)
    assert flags_of(dry_structure(lean.parameters, "hj-1-9", own)) == []
    same = ("polymer_profile", "gelation_time", "ramp_time")
    assert all(np.array_equal(own[name], lean.plain[name]) for name in same)


def test_a_film_within_the_library_does_not_look_at_them(lean: Lean, usual) -> None:
    plain, own = (form_film(usual, "x", diagrams=False, own=each)["film"] for each in (None, lean.own))
    assert own.equals(plain)


def test_depths_whose_quench_failed_keep_the_edge_of_the_library_and_say_so(lean: Lean) -> None:
    broken = OwnQuenches.of({**lean.records, "quench_0": failed(lean.records["quench_0"])})
    lost = lean.film(broken)
    known = np.array([float(each["polymer"]) for each in lean.records.values()])
    near = np.argmin(np.abs(np.log(lean.plain["polymer_profile"].values[:, None] / known)), axis=1)
    np.testing.assert_array_equal(lost["within_library"] == 0.0, near == 0)
    np.testing.assert_array_equal(lost["pore_chord"][near == 0], lean.plain["pore_chord"][near == 0])
    flags = flags_of(dry_structure(lean.parameters, "hj-1-9", lost))
    assert flags[0].startswith(f"outside_library: {np.count_nonzero(near == 0)} of 50")
    assert flags[1] == f"own_quench: 1 of {len(known)} failed: the field ran away"


def test_a_quench_without_an_end_is_a_record_that_says_why(lean: Lean) -> None:
    record = own_quench(lean.parameters, "stiff", replace(lean.small[0], gel=0.8))
    assert "rich" not in record
    assert flags_of(record)[0].startswith("own_quench: failed: no rich phase reaches the gel")


def test_pictures_and_conduction_take_the_own_map_where_it_is_nearest(lean: Lean) -> None:
    gel, thin = lean.wanted[0].gel, lean.wanted[0].polymer
    own = lean.own
    assert own is not None
    assert np.array_equal(nearest_map(thin, gel, own)[1], map_of(lean.records["quench_0"]))
    assert nearest_map(0.06, gel, own)[0] == nearest_map(0.06, gel)[0]
    table = load_conduction()
    told = replace(own, conduction=(np.full(table.ratio.shape[2:], 0.5), *own.conduction[1:]))
    share, h = table.share[2], table.contrast[0]
    assert table.ratio_at([thin, 0.06], gel, share, h, told) == pytest.approx(
        [0.5, float(table.ratio_at(0.06, gel, share, h))]
    )
    assert table.ratio_at(thin, gel, share, h, own) == table.ratio_at(thin, gel, share, h)


def test_own_quenches_interpolate_and_grow_by_the_library_s_law(lean: Lean) -> None:
    own = lean.own
    assert own is not None
    first, last = own.polymer[0], own.ramp_time[0]
    there, later = (own.look_up(LIBRARY, float(first), t) for t in (last, 100.0 * last))
    assert there is not None
    assert later is not None
    assert there.statistics.pore_chord == pytest.approx(float(lean.records["quench_0"]["pore_chord"]))
    grown = later.statistics.pore_chord / there.statistics.pore_chord
    assert grown == pytest.approx(100.0 ** LIBRARY.coarsening().exponent)
    assert later.statistics.share_rich == there.statistics.share_rich
