from __future__ import annotations

import pytest

from honeycell.data.parameters import Parameters
from honeycell.data.tables import load_parameters
from honeycell.quantities.errors import InputError
from honeycell.quantities.record import Ancestry
from honeycell.quantities.value import STATUSES, Value


def wide(value: float, status: str) -> Value:
    return Value(value, "1", status, lo=0.5 * value, hi=2.0 * value, distribution="uniform")  # pyright: ignore[reportArgumentType]


VALUES = {f"t.{status}": wide(1.0 + i, status) for i, status in enumerate(STATUSES)}
VALUES |= {"t.word": Value("salt"), "t.many": Value((1.0, 2.0))}


def test_each_view_remembers_its_own_reads_only() -> None:
    root = Parameters(VALUES)
    first, second = root.view(), root.view()
    before = second.ancestry().keys
    assert first["t.assumed"] == VALUES["t.assumed"].value
    assert first.text("t.word") == "salt"
    assert first.numbers("t.many") == (1.0, 2.0)
    assert "t.fitted" in first
    first.describe("t.estimated")
    list(first)
    assert first.ancestry().keys - before == {"t.assumed", "t.word", "t.many", "t.fitted"}
    assert second.ancestry().keys == before


def test_a_key_that_is_missing_is_remembered_too() -> None:
    view = Parameters(VALUES).view()
    assert "t.absent" not in view
    assert "t.absent" in view.ancestry().keys


def test_ancestry_is_the_union_with_what_was_consumed() -> None:
    view = Parameters(VALUES).view()
    view["t.fitted"]
    consumed = [Ancestry(frozenset({"u.a"}), frozenset({"C001"})), Ancestry(frozenset({"u.b"}))]
    found = view.ancestry(consumed, ["C002"])
    assert {"t.fitted", "u.a", "u.b"} <= found.keys
    assert found.introduced_for == {"C001", "C002"}


def test_wrong_kind_and_unknown_key_are_input_errors() -> None:
    view = Parameters(VALUES).view()
    for read, key in ((view.__getitem__, "t.word"), (view.numbers, "t.word"), (view.__getitem__, "t.nothing")):
        with pytest.raises(InputError, match=key):
            read(key)


@pytest.mark.parametrize("seed", [0, 1, 20240])
def test_draws_are_deterministic_and_spare_what_is_given_measured_or_kept(seed: int) -> None:
    drawn = Parameters(VALUES).sample(seed, "draw 1", keep=["t.estimated"])
    again = Parameters(VALUES).sample(seed, "draw 1", keep=["t.estimated"])
    for key, value in VALUES.items():
        got = drawn.describe(key)
        assert got == again.describe(key)
        moved = key.removeprefix("t.") in STATUSES and key not in ("t.given", "t.measured", "t.estimated")
        assert (got.value != value.value) == moved, key
        if moved:
            assert isinstance(got.value, float)
            assert value.lo is not None
            assert value.hi is not None
            assert value.lo <= got.value <= value.hi


def test_sets_that_share_a_key_share_its_draw() -> None:
    small = Parameters({"t.assumed": VALUES["t.assumed"]}).sample(3, "draw 7")
    large = Parameters({"a.first": wide(9.0, "assumed"), **VALUES}).sample(3, "draw 7")
    assert small.describe("t.assumed") == large.describe("t.assumed")


def test_seed_and_name_each_change_a_draw() -> None:
    p = Parameters(VALUES)
    draws = {p.sample(seed, name).describe("t.assumed").value for seed in (1, 2) for name in ("draw 1", "draw 2")}
    assert len(draws) == 4


def test_every_shipped_value_draws_inside_its_range() -> None:
    tables = load_parameters()
    for draw in range(20):
        drawn = tables.sample(draw, "test")
        for key in tables:
            value, got = tables.describe(key), drawn.describe(key).value
            if not value.sampled:
                assert got == value.value
            elif value.lo is not None:
                assert isinstance(got, float)
                assert value.hi is not None
                assert value.lo <= got <= value.hi


def test_replacing_keeps_the_description() -> None:
    p = Parameters(VALUES)
    other = p.replace({"t.assumed": 7.0})
    assert other.describe("t.assumed").value == 7.0
    assert other.describe("t.assumed").status == "assumed"
    assert p.describe("t.assumed") == VALUES["t.assumed"]
    with pytest.raises(InputError):
        Parameters(VALUES).view()["absent.key"]
