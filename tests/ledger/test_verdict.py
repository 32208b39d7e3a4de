"""Laws of the verdict: rules only, the same in every unit."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from honeycell.ledger.claims import Claim, Reading
from honeycell.ledger.entries import Evidence, Quantity, build_ledger, count
from honeycell.ledger.verdict import judge
from honeycell.quantities.record import Ancestry
from honeycell.quantities.units import to_si


def claim(kind: str = "value", value: Any = 10.0, **more: Any) -> Claim:
    return Claim("C1", "a claim", "M", kind, value=value, **more)


def draws_around(middle: float, u: float) -> list[float]:
    """Four draws whose standard deviation is exactly ``u``."""
    step = u * math.sqrt(0.75)
    return [middle - step, middle + step, middle - step, middle + step]


def verdict(a_claim: Claim, value: float | str, draws: list[float] | None = None) -> str:
    return judge(a_claim, value, draws or []).verdict


@pytest.mark.parametrize(
    ("value", "expected"),
    [(10.0, "agrees"), (11.0, "agrees"), (9.0, "agrees"), (11.01, "disagrees"), (8.99, "disagrees")],
)
def test_without_spread_the_tolerance_decides(value: float, expected: str) -> None:
    assert verdict(claim(tolerance=1.0), value) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(11.99, "agrees"), (8.01, "agrees"), (12.01, "disagrees"), (7.99, "disagrees")]
)
def test_two_standard_errors_are_added(value: float, expected: str) -> None:
    outcome = judge(claim(tolerance=1.0), value, draws_around(value, 0.5))
    assert outcome.standard_error == pytest.approx(0.5)
    assert outcome.verdict == expected


def test_fewer_than_four_draws_tell_no_spread() -> None:
    assert verdict(claim(tolerance=1.0), 12.0, [2.0, 12.0, 22.0]) == "disagrees"


@pytest.mark.parametrize(("tolerance", "limit"), [(1.0, 2.5), (4.0, 4.0)])
def test_a_number_too_uncertain_is_open(tolerance: float, limit: float) -> None:
    below = judge(claim(tolerance=tolerance), 10.0, draws_around(10.0, 0.99 * limit))
    above = judge(claim(tolerance=tolerance), 10.0, draws_around(10.0, 1.01 * limit))
    assert below.verdict == "agrees"
    assert (above.verdict, above.note) == ("open", "too uncertain")


def test_a_number_far_off_disagrees_however_uncertain() -> None:
    assert verdict(claim(tolerance=1.0), 30.0, draws_around(30.0, 3.0)) == "disagrees"


@pytest.mark.parametrize(
    ("value", "expected"), [(2.0, "agrees"), (3.0, "agrees"), (5.0, "agrees"), (5.1, "disagrees"), (1.9, "disagrees")]
)
def test_a_range_holds_its_ends(value: float, expected: str) -> None:
    assert verdict(claim("range", (2.0, 5.0)), value) == expected


def test_a_range_widens_by_its_spread() -> None:
    assert verdict(claim("range", (2.0, 5.0)), 5.5, draws_around(5.5, 0.3)) == "agrees"


@pytest.mark.parametrize(
    ("side", "value", "expected"),
    [
        (">", 1e6, "agrees"),
        (">", 10.0, "agrees"),
        (">", 9.9, "disagrees"),
        ("<", -1e6, "agrees"),
        ("<", 10.0, "agrees"),
        ("<", 10.1, "disagrees"),
    ],
)
def test_a_bound_has_one_side(side: str, value: float, expected: str) -> None:
    assert verdict(claim("bound", side=side), value) == expected


@pytest.mark.parametrize(("side", "value"), [(">", 9.5), ("<", 10.5)])
def test_a_bound_takes_tolerance_and_spread_on_its_side(side: str, value: float) -> None:
    assert verdict(claim("bound", side=side), value) == "disagrees"
    assert verdict(claim("bound", side=side, tolerance=0.5), value) == "agrees"
    assert verdict(claim("bound", side=side), value, draws_around(value, 0.3)) == "agrees"


@pytest.mark.parametrize(
    ("kind", "stated", "yes", "no"),
    [
        ("sign", "greater", 1.0, -1.0),
        ("sign", "less", -1.0, 1.0),
        ("binary", "yes", 1.0, 0.0),
        ("binary", "no", 0.0, 1.0),
    ],
)
@pytest.mark.parametrize(
    ("nominal_holds", "kept", "expected"),
    [
        (True, 10, "agrees"),
        (True, 9, "agrees"),
        (True, 8, "open"),
        (False, 1, "disagrees"),
        (False, 0, "disagrees"),
        (False, 2, "open"),
    ],
)
def test_nine_draws_of_ten_decide_a_sign(
    kind: str, stated: str, yes: float, no: float, nominal_holds: bool, kept: int, expected: str
) -> None:
    outcome = judge(claim(kind, stated), yes if nominal_holds else no, [yes] * kept + [no] * (10 - kept))
    assert outcome.verdict == expected
    assert outcome.robustness == pytest.approx(kept / 10)


def test_draws_against_the_nominal_leave_it_open() -> None:
    assert verdict(claim("sign", "greater"), 1.0, [-1.0] * 10) == "open"
    assert verdict(claim("binary", "yes"), 0.0, [1.0] * 10) == "open"


def test_a_sign_without_draws_rests_on_the_number() -> None:
    assert verdict(claim("sign", "greater"), 1.0) == "agrees"
    assert verdict(claim("sign", "greater"), 0.0) == "disagrees"


def test_protocols_agree_word_by_word() -> None:
    assert verdict(claim("protocol", "20 x 8 cm"), "20 x 8 cm") == "agrees"
    assert verdict(claim("protocol", "20 x 8 cm"), "20 x 9 cm") == "disagrees"


@pytest.mark.parametrize(
    ("unit", "number"),
    [
        ("mAh/g", 171.0),
        ("degC", 110.0),
        ("degC", -20.0),
        ("degC", 0.0),
        ("um", 3.0),
        ("%", 99.7),
        ("mS/cm", 1.1),
        ("", 0.3),
        ("hour", 24.0),
    ],
)
def test_units_are_converted_and_round_off_forgiven(unit: str, number: float) -> None:
    a_claim = claim(value=number, unit=unit, tolerance=0.0)
    outcome = judge(a_claim, to_si(number, unit or "1"), [])
    assert outcome.verdict == "agrees"
    assert outcome.value == pytest.approx(number, abs=1e-9)
    assert verdict(a_claim, to_si(number + 0.001, unit or "1")) == "disagrees"


def test_a_spread_in_degrees_is_a_difference() -> None:
    outcome = judge(claim(value=60.0, unit="degC", tolerance=2.0), to_si(60.0, "degC"), draws_around(333.15, 1.5))
    assert outcome.standard_error == pytest.approx(1.5)
    assert outcome.verdict == "agrees"


LENGTHS = {"m": 1.0, "mm": 1e3, "um": 1e6, "nm": 1e9}


@settings(deadline=None)
@given(
    kind=st.sampled_from(["value", "range", ">", "<"]),
    stated=st.floats(1e-3, 1e3),
    width=st.floats(0.0, 2.0),
    tolerance=st.floats(0.0, 2.0),
    ours=st.floats(-3.0, 5.0),
    u=st.floats(0.0, 1.0),
    unit=st.sampled_from(sorted(LENGTHS)),
)
def test_the_verdict_does_not_depend_on_the_unit(
    kind: str, stated: float, width: float, tolerance: float, ours: float, u: float, unit: str
) -> None:
    """``width``, ``tolerance``, ``ours`` and ``u`` are in multiples of the stated value."""

    def stated_in(scale: float, name: str) -> Claim:
        value: Any = scale * stated if kind != "range" else (scale * stated, scale * stated * (1.0 + width))
        side, of = (kind, "bound") if kind in "<>" else ("", kind)
        return claim(of, value, unit=name, side=side, tolerance=scale * stated * tolerance)

    half = 0.5 * width if kind == "range" else 0.0
    limit = tolerance + half
    gap = abs(ours - 1.0 - half)
    near = 1e-6 * (1.0 + limit + abs(ours))
    # Stay off the knife edges, where round-off may tip either way.
    assume(abs(gap - limit - 2.0 * u) > near)
    assume(abs(u - max(limit, 0.25 * (1.0 + half))) > near)
    draws = draws_around(stated * ours, stated * u)
    one = judge(stated_in(1.0, "m"), stated * ours, draws)
    other = judge(stated_in(LENGTHS[unit], unit), stated * ours, draws)
    assert one.verdict == other.verdict
    assert one.note == other.note


@settings(deadline=None)
@given(ours=st.floats(-1e3, 1e3), tolerance=st.floats(0.0, 1e3), more=st.floats(0.0, 1e3), u=st.floats(0.0, 5.0))
def test_a_wider_tolerance_never_turns_agreement_over(ours: float, tolerance: float, more: float, u: float) -> None:
    draws = draws_around(ours, u)
    if verdict(claim(tolerance=tolerance), ours, draws) == "agrees":
        assert verdict(claim(tolerance=tolerance + more), ours, draws) == "agrees"


def quantity(value: float, draws: tuple[float, ...] = ()) -> Quantity:
    return Quantity(value, "1", "records/s/r.nc", Ancestry(), draws)


def ledger(claims: list[Claim], **values: float | Quantity) -> list[dict[str, Any]]:
    found = {f"s/r/{name}": each if isinstance(each, Quantity) else quantity(each) for name, each in values.items()}
    return build_ledger(claims, Evidence(found))


def reads(*names: str) -> tuple[Reading, ...]:
    return tuple(Reading(f"by {name}", f"s/r/{name}", sample="s") for name in names)


def test_readings_that_disagree_make_a_contested_claim() -> None:
    a_claim = claim(tolerance=1.0, readings=reads("a", "b"))
    (row,) = ledger([a_claim], a=10.0, b=20.0)
    assert row["verdict"] == "contested"
    assert [(each["who"], each["verdict"]) for each in row["readings"]] == [("by a", "agrees"), ("by b", "disagrees")]
    assert ledger([a_claim], a=10.0, b=10.5)[0]["verdict"] == "agrees"
    assert ledger([a_claim], a=20.0, b=30.0)[0]["verdict"] == "disagrees"


def test_what_the_run_does_not_hold_is_open() -> None:
    (row,) = ledger([claim(readings=reads("a"))], b=1.0)
    assert (row["verdict"], row["basis"]) == ("open", "none")
    assert ledger([claim(readings=reads("a"))], a=math.nan)[0]["verdict"] == "open"
    assert ledger([claim()])[0]["note"] == "no model computes this yet"


def test_untestable_wins_over_any_reading() -> None:
    (row,) = ledger([claim(untestable="history", readings=reads("a"))], a=10.0)
    assert (row["verdict"], row["basis"], row["note"]) == ("untestable", "none", "history")


def test_restatements_follow_their_head_and_are_not_counted() -> None:
    head = Claim("C1", "first", "M", "value", value=10.0, tolerance=1.0, readings=reads("a"))
    again = Claim("C2", "again", "M", "value", where="elsewhere", value=99.0, same_as="C1")
    rows = ledger([again, head], a=10.0)
    assert [row["id"] for row in rows] == ["C2", "C1"]
    for part in ("verdict", "basis", "twin", "record", "fitted_parameters"):
        assert rows[0][part] == rows[1][part]
    assert (rows[0]["same_as"], rows[0]["where"], rows[0]["claimed"]["value"]) == ("C1", "elsewhere", 99.0)
    assert rows[1]["same_as"] is None
    assert count(rows) == {"agrees": {"predicted": 1}}


def test_draws_of_a_comparison_stay_paired() -> None:
    shared = (1.0, 2.0, 3.0, 4.0)
    reading = (Reading("twin", "s/r/a", versus="s/r/b", sample="s"),)
    a, b = quantity(3.5, tuple(x + 1.0 for x in shared)), quantity(2.5, shared)
    (row,) = ledger([Claim("C1", "x", "M", "sign", value="greater", readings=reading)], a=a, b=b)
    assert (row["verdict"], row["twin"]["robustness"]) == ("agrees", 1.0)


def test_draws_that_failed_are_left_out() -> None:
    a = quantity(10.0, (9.0, math.nan, 11.0, 9.0, math.nan, 11.0))
    (row,) = ledger([claim(tolerance=2.0, readings=reads("a"))], a=a)
    assert row["twin"]["standard_error"] == pytest.approx(2.0 / math.sqrt(3.0), rel=1e-5)


@pytest.mark.parametrize("role", ["versus", "over"])
def test_comparing_with_a_fixed_number_keeps_the_spread(role: str) -> None:
    """A recipe field has no draws; the sampled number it is compared with has."""
    a, fixed = quantity(10.0, tuple(draws_around(10.0, 4.0))), quantity(1.0)
    reading = (Reading("twin", "s/r/a", sample="s", **{role: "s/r/fixed"}),)
    (row,) = ledger([claim(value=10.0, tolerance=1.0, readings=reading)], a=a, fixed=fixed)
    assert row["twin"]["standard_error"] == pytest.approx(4.0)
    assert (row["verdict"], row["note"]) == ("open", "too uncertain")


def test_a_ratio_over_nothing_is_open() -> None:
    reading = (Reading("twin", "s/r/a", over="s/r/b", sample="s"),)
    (row,) = ledger([claim(readings=reading)], a=1.0, b=0.0)
    assert row["verdict"] == "open"
    drawn = {"a": quantity(10.0, (10.0,) * 5), "b": quantity(1.0, (1.0, 1.0, 0.0, 1.0, 1.0))}
    assert ledger([claim(tolerance=1.0, readings=reading)], **drawn)[0]["verdict"] == "agrees"


@pytest.mark.parametrize(("wider", "verdict"), [(1.05, "disagrees"), (1.2, "agrees")])
def test_a_difference_too_small_to_be_measured_does_not_count(wider: float, verdict: str) -> None:
    reading = Reading("twin", "s/r/a", versus="s/r/b", times=1.1)
    row = claim("sign", "greater", readings=(reading,))
    found = {
        f"s/r/{name}": Quantity(number, "m", "r.nc", Ancestry()) for name, number in (("a", wider * 1e-7), ("b", 1e-7))
    }
    assert build_ledger([row], Evidence(found))[0]["verdict"] == verdict


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ((250.0, 335.0), "agrees"),
        ((253.15, 333.15), "agrees"),
        ((260.0, 335.0), "disagrees"),
        ((250.0, 300.0), "disagrees"),
    ],
)
def test_a_range_of_ours_must_cover_the_range_claimed(ends: tuple[float, float], expected: str) -> None:
    reading = Reading("twin", "s/r/a", upto="s/r/b")
    row = claim("range", (-20.0, 60.0), unit="degC", readings=(reading,))
    found = {f"s/r/{name}": Quantity(end, "K", "r.nc", Ancestry()) for name, end in zip(("a", "b"), ends, strict=True)}
    (made,) = build_ledger([row], Evidence(found))
    assert made["verdict"] == expected
    assert made["twin"]["value"].split(" to ")[0] == f"{ends[0] - 273.15:.4g}"


def test_a_range_covered_in_some_draws_only_is_open() -> None:
    reading = Reading("twin", "s/r/a", upto="s/r/b")
    row = claim("range", (-20.0, 60.0), unit="degC", readings=(reading,))
    low = Quantity(250.0, "K", "r.nc", Ancestry(), (250.0, 260.0, 270.0, 250.0))
    high = Quantity(340.0, "K", "r.nc", Ancestry(), (340.0,) * 4)
    (made,) = build_ledger([row], Evidence({"s/r/a": low, "s/r/b": high}))
    assert (made["verdict"], made["twin"]["robustness"]) == ("open", 0.5)
