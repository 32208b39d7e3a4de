from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeycell.quantities.entry import read_value
from honeycell.quantities.errors import InputError
from honeycell.quantities.value import STATUSES
from honeycell.runs.seeds import generator

WHERE = "a.toml [values.x]"
POSITIVE = st.floats(1e-6, 1e6)

FAULTS: list[tuple[Any, str | None]] = [
    (3.0, None),
    ({"unit": "m"}, "m"),
    ({"value": 1, "wrong": 2}, "m"),
    ({"value": 1, "unit": "foo"}, "m"),
    ({"value": 1, "unit": "foo"}, None),
    ({"value": 1, "unit": ""}, "m"),
    ({"value": 1, "unit": 3}, "m"),
    ({"value": 1, "unit": ["m"]}, None),
    ({"value": 1, "unit": "g"}, "m"),
    ({"value": 1, "unit": "text"}, "m"),
    ({"value": "1 g"}, "m"),
    ({"value": "4:6"}, "1"),
    ({"value": 4}, "text"),
    ({"value": True}, "1"),
    ({"value": 10**400, "unit": "um"}, "m"),
    ([[1], [2]], "1"),
    (["a"], "1"),
    ({"value": 1, "status": "guessed"}, "1"),
    ({"value": 1, "status": ["given"]}, "1"),
    ({"value": 1, "range": 2}, "1"),
    ({"value": 1, "range": [0]}, "1"),
    ({"value": 1, "range": [0, 1, 2]}, "1"),
    ({"value": 1, "range": [2, 3]}, "1"),
    ({"value": 1, "range": [3, 0]}, "1"),
    ({"value": 1, "range": [1, 1]}, "1"),
    ({"value": 1, "range": [[0], [2]]}, "1"),
    ({"value": 1, "range": ["0 m", "2 m"]}, "1"),
    ({"value": [1, 2], "range": [0, 3]}, "1"),
    ({"value": "word", "range": ["a", "z"]}, "text"),
    ({"value": [1, 2], "u": 1}, "1"),
    ({"value": "word", "u": 1}, "text"),
    ({"value": 1, "u": 0}, "1"),
    ({"value": 1, "u": -1}, "1"),
    ({"value": 1, "u": "1 s"}, "m"),
    ({"value": 1, "u": [1]}, "1"),
    ({"value": 1, "distribution": "gauss", "u": 1}, "1"),
    ({"value": 1, "distribution": "normal"}, "1"),
    ({"value": 1, "distribution": "uniform"}, "1"),
    ({"value": 0, "distribution": "lognormal", "u": 0.1}, "1"),
    ({"value": 1, "distribution": "loguniform", "range": [0, 2]}, "1"),
    ({"value": 1, "distribution": "loguniform", "range": [-1, 2]}, "1"),
    ({"value": 1, "fitted_to": "C001"}, "1"),
    ({"value": 1, "taken_from": [1]}, "1"),
]


@pytest.mark.parametrize(("entry", "unit"), FAULTS, ids=lambda x: str(x)[:50])
def test_every_fault_is_an_input_error_that_says_where(entry: Any, unit: str | None) -> None:
    with pytest.raises(InputError) as error:
        read_value(entry, unit, WHERE)
    assert error.value.where == WHERE
    assert error.value.exit_code == 2


@given(number=POSITIVE)
def test_short_and_long_form_mean_the_same(number: float) -> None:
    short = read_value(f"{number!r} um", "m", WHERE)
    text = read_value({"value": f"{number!r} um"}, "m", WHERE)
    named = read_value({"value": number, "unit": "um"}, "m", WHERE)
    assert short.value == text.value == named.value
    assert short.unit == text.unit == named.unit == "m"


@given(number=POSITIVE, spread=st.floats(1e-3, 0.9))
def test_range_and_spread_are_converted_with_the_value(number: float, spread: float) -> None:
    low, high = number * (1 - spread), number * (1 + spread)
    value = read_value({"value": number, "unit": "um", "range": [low, high], "u": spread}, "m", WHERE)
    assert (value.lo, value.value, value.hi) == pytest.approx((low * 1e-6, number * 1e-6, high * 1e-6))
    assert value.u == pytest.approx(spread * 1e-6)


@pytest.mark.parametrize("spread", [2.0, "2 K", "2 degC"])
def test_an_uncertainty_of_a_temperature_knows_no_offset(spread: float | str) -> None:
    value = read_value({"value": 25, "unit": "degC", "u": spread}, "degC", WHERE)
    assert value.value == pytest.approx(298.15)
    assert value.u == pytest.approx(2.0)


def test_a_list_of_numbers_is_a_tuple_and_text_stays_text() -> None:
    assert read_value([1, "20 %"], "1", WHERE).value == (1.0, 0.2)
    assert read_value("8:1:1", "text", WHERE).value == "8:1:1"


FORMS = st.sampled_from(["normal", "lognormal", "uniform", "loguniform"])


@given(
    number=POSITIVE, form=FORMS, share=st.floats(0.01, 0.9), status=st.sampled_from(STATUSES), seed=st.integers(0, 9999)
)
def test_draws_stay_in_range_and_what_is_given_or_measured_is_never_drawn(
    number: float, form: str, share: float, status: str, seed: int
) -> None:
    entry = {
        "value": number,
        "range": [number * (1 - share), number * (1 + share)],
        "distribution": form,
        "status": status,
    }
    if "normal" in form:
        entry["u"] = share if form == "lognormal" else share * number
    value = read_value(entry, "1", WHERE)
    assert value.lo is not None
    assert value.hi is not None
    rng = generator(seed, "test")
    draws = [value.sample(rng) for _ in range(20)]
    assert all(isinstance(draw, float) and value.lo <= draw <= value.hi for draw in draws)
    if status in ("given", "measured"):
        assert not value.sampled
        assert set(draws) == {value.value}
    else:
        assert value.sampled
        assert len(set(draws)) > 1


@pytest.mark.parametrize("status", STATUSES)
def test_a_value_without_spread_is_its_own_sample(status: str) -> None:
    for entry, unit in (({"value": 2.0}, "1"), ({"value": [1, 2]}, "1"), ({"value": "word"}, "text")):
        value = read_value({**entry, "status": status}, unit, WHERE)
        assert value.sample(generator(1, "x")) == value.value
