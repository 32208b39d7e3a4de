from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honeycell.quantities.errors import InputError
from honeycell.quantities.units import conversion, from_si, parse, parse_difference, si_unit, to_si

UNITS = ["um", "mg/cm**2", "degC", "mAh/g", "mol/L", "hour", "kW/m**2", "%", "1", "angstrom**3", "mPa*s", "K/min"]
NUMBERS = st.floats(-1e12, 1e12, allow_nan=False)


@given(number=NUMBERS, unit=st.sampled_from(UNITS))
def test_written_and_read_back_is_the_same_number(number: float, unit: str) -> None:
    si = parse(f"{number!r} {unit}", unit)
    scale = abs(conversion(unit)[1]) + abs(si)
    again = parse(f"{from_si(si, unit)!r} {unit}", unit)
    assert again == pytest.approx(si, rel=1e-13, abs=1e-13 * scale)


@given(number=NUMBERS, unit=st.sampled_from(UNITS))
def test_from_si_undoes_to_si(number: float, unit: str) -> None:
    scale, offset, _ = conversion(unit)
    assert from_si(to_si(number, unit), unit) == pytest.approx(
        number, rel=1e-12, abs=1e-14 + 1e-13 * abs(offset / scale)
    )


@given(number=NUMBERS)
def test_a_bare_number_is_si_and_text_of_the_si_unit_means_the_same(number: float) -> None:
    assert parse(number, "um") == number
    assert parse(f"{number!r} m", "um") == pytest.approx(number, rel=1e-14)


@given(number=st.floats(-273.0, 1e4), other=st.floats(-273.0, 1e4))
def test_degrees_shift_and_their_differences_do_not(number: float, other: float) -> None:
    kelvin = parse(f"{number!r} degC", "K")
    assert kelvin == pytest.approx(number + 273.15, abs=1e-9)
    assert kelvin - parse(f"{other!r} degC", "K") == pytest.approx(number - other, abs=1e-8)
    assert parse_difference(f"{number!r} degC", "K") == pytest.approx(number, rel=1e-14)


@pytest.mark.parametrize("unit", UNITS)
def test_the_si_unit_of_an_si_unit_is_itself(unit: str) -> None:
    assert si_unit(si_unit(unit)) == si_unit(unit)
    assert conversion(si_unit(unit)) == (1.0, 0.0, si_unit(unit))


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("1 um", "g"),
        ("1 V", "A"),
        ("1 degC", "m"),
        ("5", "m"),
        ("5 m", "1"),
        ("1 mg/cm**2", "mg/cm**3"),
        ("1 A/g", "mAh/g"),
    ],
)
def test_another_dimension_is_refused(text: str, unit: str) -> None:
    with pytest.raises(InputError) as error:
        parse(text, unit, "a.toml film.x")
    assert error.value.where == "a.toml film.x"
    assert "expected" in error.value.what


@pytest.mark.parametrize(
    "text", ["8:1:1", "4:6", "45:45:10", "4 / 6", "4 6", "2,5", "1-2", "", " ", "um", "one", "±1", "1;2"]
)
def test_ratios_and_words_are_not_numbers(text: str) -> None:
    with pytest.raises(InputError) as error:
        parse(text, "1", "here")
    assert error.value.where == "here"


@pytest.mark.parametrize(
    "given_", [math.inf, -math.inf, math.nan, "inf m", "nan m", "1e999 m", 10**400, True, None, [1], {}]
)
def test_only_finite_numbers_pass(given_: object) -> None:
    with pytest.raises(InputError) as error:
        parse(given_, "m", "here")  # pyright: ignore[reportArgumentType]
    assert error.value.where == "here"


@pytest.mark.parametrize("unit", ["foo", "m/0", "m**(", "m-m", "m**2**9**9", "m*9**99999999", "2 m", "((("])
def test_a_unit_nobody_knows_is_an_input_error_that_says_where(unit: str) -> None:
    with pytest.raises(InputError):
        si_unit(unit)
    with pytest.raises(InputError) as error:
        parse(f"1 {unit}", "m", "here")
    assert error.value.where == "here"


@settings(max_examples=150)
@given(text=st.text("0123456789.eE+-*/^() :,_mµugKdC%°VAhsol", max_size=14))
def test_any_text_gives_a_finite_number_or_an_input_error_with_its_place(text: str) -> None:
    try:
        assert math.isfinite(parse(text, "m", "here"))
    except InputError as error:
        assert error.where == "here"  # noqa: PT017
