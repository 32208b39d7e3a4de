"""What a user states of a sample survives the way from text to SI, or is refused in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeycell.quantities.errors import InputError
from honeycell.quantities.units import conversion, from_si
from honeycell.reduction.settings import KEYS, SampleFiles, parse_assignments, parse_setting, settings_of

if TYPE_CHECKING:
    from pathlib import Path

LENGTHS = ("um", "µm", "mm", "nm", "m", "cm")
AREAS = ("cm^2", "cm2", "cm²", "mm**2", "m^2")
POSITIVE = st.floats(1e-3, 1e6)
EXAMPLES = {key: f"1 {known.unit}" for key, known in KEYS.items() if known.unit and known.unit != "1"}


@given(POSITIVE, POSITIVE, st.sampled_from(LENGTHS), st.sampled_from(LENGTHS), st.sampled_from(("+-", "±", "+/-")))
def test_a_value_with_uncertainty_comes_back_in_its_unit(
    value: float, u: float, unit: str, unit_of_u: str, sign: str
) -> None:
    found = parse_assignments([f"thickness={value!r} {unit} {sign} {u!r} {unit_of_u}"])["thickness"]
    assert isinstance(found.value, float)
    assert found.u is not None
    assert from_si(found.value, unit) == pytest.approx(value)
    assert from_si(found.u, unit_of_u) == pytest.approx(u)
    assert found.unit == "m"


@given(POSITIVE, POSITIVE, st.sampled_from(LENGTHS))
def test_one_unit_may_stand_for_both(value: float, u: float, unit: str) -> None:
    whole = parse_setting("thickness", f"{value!r} {unit} +- {u!r} {unit}", "x")
    for text in (f"{value!r} +- {u!r} {unit}", f"({value!r} ± {u!r}) {unit}", f"{value!r} {unit} +- {u!r}"):
        found = parse_setting("thickness", text, "x")
        assert (found.value, found.u) == (whole.value, whole.u)


@given(POSITIVE, st.floats(0.1, 50.0), st.sampled_from(AREAS))
def test_a_relative_uncertainty_is_of_the_value(value: float, percent: float, unit: str) -> None:
    found = parse_setting("area", f"{value!r} {unit} ± {percent!r} %", "x")
    assert isinstance(found.value, float)
    assert found.u == pytest.approx(found.value * percent / 100.0)


@given(POSITIVE, POSITIVE, st.sampled_from(LENGTHS))
def test_the_table_form_says_the_same_as_the_text(value: float, u: float, unit: str) -> None:
    table = {"value": f"{value!r} {unit}", "u": f"{u!r} {unit}"}
    text = parse_setting("thickness", f"{value!r} {unit} +- {u!r} {unit}", "x")
    assert parse_setting("thickness", table, "x") == text


def test_an_uncertainty_of_a_temperature_has_no_zero_point() -> None:
    found = parse_setting("temperature", "25 degC +- 0.5 degC", "x")
    assert found.value == pytest.approx(298.15)
    assert found.u == pytest.approx(0.5)


@pytest.mark.parametrize("key", EXAMPLES)
def test_every_quantity_has_a_unit_that_is_known(key: str) -> None:
    scale, offset, si = conversion(KEYS[key].unit)
    found = parse_setting(key, EXAMPLES[key], "x")
    assert found.value == pytest.approx(scale + offset)
    assert found.unit == si


def test_words_are_kept_as_they_are() -> None:
    found = parse_assignments(["circuit= R-(R CPE)=x ", "intervals=profile"])
    assert found["circuit"].value == "R-(R CPE)=x"
    assert found["intervals"].value == "profile"
    assert parse_assignments([]) == {}


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("thickness 24 um", "'='"),
        ("thicknes=24 um", "Did you mean thickness?"),
        ("colour=red", "poisson_ratio"),
        ("thickness=24", "expected m"),
        ("area=1 cm", "m**2"),
        ("thickness=-24 um", "not positive"),
        ("area=0 cm^2", "not positive"),
        ("thickness=nan um", "finite"),
        ("thickness=24 um +- 0 um", "not positive"),
        ("thickness=24 um +- 1 s", "dimension"),
        ("thickness=24 um +- 1 um +- 1 um", "expected a number"),
        ("thickness=about 24 um", "number"),
        ("poisson_ratio=0.7", "0.5"),
        ("intervals=exact", "linear, profile"),
        ("circuit=", "words"),
    ],
)
def test_what_cannot_be_is_refused_in_words(word: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_assignments([word])
    assert said in str(caught.value)
    assert "--set" in caught.value.where


def test_a_key_given_twice_is_refused() -> None:
    with pytest.raises(InputError, match="twice"):
        parse_assignments(["area=1 cm^2", "area=2 cm^2"])


SAMPLE = """
thickness = { value = "24 um", u = "1 um" }
area = "2 cm^2"
circuit = "R-(R C)"
[files."run7*"]
area = "3 cm^2"
[files."run7.txt"]
area = "4 cm^2"
"""


def test_the_narrower_statement_wins(tmp_path: Path) -> None:
    (tmp_path / "sample.toml").write_text(SAMPLE, encoding="utf-8")
    samples = SampleFiles()
    areas = {name: samples.of(tmp_path / name)["area"].value for name in ("a.txt", "run71.txt", "run7.txt")}
    assert areas == pytest.approx({"a.txt": 2e-4, "run71.txt": 3e-4, "run7.txt": 4e-4})
    given_here = parse_assignments(["area=5 cm^2"])
    found = settings_of(str(tmp_path / "run7.txt"), given_here, samples)
    assert found["area"].value == pytest.approx(5e-4)
    assert found["thickness"].u == pytest.approx(1e-6)
    assert found["circuit"].value == "R-(R C)"


def test_without_sample_file_nothing_is_stated(tmp_path: Path) -> None:
    assert settings_of(str(tmp_path / "a.txt"), {}, SampleFiles()) == {}
    assert settings_of("nowhere/at all/a\0.txt", {}, SampleFiles()) == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("thickness = ", "TOML"),
        ("thickness = 24e-6", "without a unit"),
        ("thicknes = '24 um'", "Did you mean"),
        ("thickness = { value = '24 um', spread = '1 um' }", "spread"),
        ("thickness = { u = '1 um' }", "no 'value'"),
        ("thickness = { value = '24 um', u = 1e-6 }", "no unit"),
        ("files = 3", "files"),
        ("circuit = 3", "words"),
        ("thickness = true", "unit"),
    ],
)
def test_a_bad_sample_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "sample.toml").write_text(text, encoding="utf-8")
    samples = SampleFiles()
    for _ in range(2):
        with pytest.raises(InputError, match=r"sample\.toml") as caught:
            samples.of(tmp_path / "a.txt")
        assert said in str(caught.value)
