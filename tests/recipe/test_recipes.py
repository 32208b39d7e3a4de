from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from honeycell.quantities.errors import InputError
from honeycell.recipe.library import differences, load, sample_names, source_text

if TYPE_CHECKING:
    from pathlib import Path

SAMPLES = sample_names()

# What the paper leaves out, by the sample that shows it.
UNSTATED = {
    "hj-4-6": [
        "cathode.loading",
        "cell.disc_diameter",
        "cathode.one_c_specific_current",
        "film.gap_transfer",
        "electrolyte.amount",
        "electrolyte.proportion_basis",
        "film.hold_time",
        "film.polymer_molar_mass",
        "film.relative_humidity",
        "film.bath_geometry",
        "film.bath_mass_transfer",
        "film.filler_silicon_to_aluminium",
        "laboratory.strip_length",
        "laboratory.cantilever_spring_constant",
        "laboratory.cantilever_mode",
        "laboratory.thermogravimetry_gas",
        "laboratory.flame_heat_flux",
        "cell.film_state",
        "laboratory.operando_cell",
    ],
    "gf": ["film.thickness", "film.grade", "film.porosity"],
    "pe": ["film.thickness", "film.grade", "film.porosity"],
    "hj-1-9": ["film.extra_solvent_mass"],
}


@pytest.mark.parametrize("name", SAMPLES)
def test_each_shipped_sample_loads_under_its_own_name(name: str) -> None:
    recipe = load(name)
    assert recipe.name == name
    assert recipe.title
    assert source_text(name)


@pytest.mark.parametrize("name", SAMPLES)
def test_each_assumption_has_a_reason_and_a_range_or_words(name: str) -> None:
    assumed = load(name).assumptions()
    assert assumed
    for key, value in assumed.items():
        assert value.reason, key
        bounded = value.lo is not None or value.u is not None or isinstance(value.value, tuple)
        # A share of exactly one, a flooded mat, is a word for "full".
        assert bounded or isinstance(value.value, str) or value.value == 1.0, key


@pytest.mark.parametrize(("name", "field"), [(name, field) for name, fields in UNSTATED.items() for field in fields])
def test_what_the_paper_does_not_state_is_assumed_aloud(name: str, field: str) -> None:
    value = load(name).values()[f"recipe.{field}"]
    assert value.status == "assumed"
    assert value.reason


def test_ratios_of_the_samples_are_those_of_their_names() -> None:
    for name in SAMPLES:
        if name.startswith("hj-"):
            polymer, filler = (float(part) for part in name.split("-")[1:3])
            film = load(name).values()
            ratio = film["recipe.film.filler_mass"].value / film["recipe.film.polymer_mass"].value  # pyright: ignore[reportOperatorIssue]
            assert ratio == pytest.approx(filler / polymer, rel=0.01)


def write(folder: Path, text: str, name: str = "mine.toml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def based(folder: Path, extra: str) -> str:
    return write(folder, f'based_on = "hj-4-6"\nname = "mine"\n{extra}')


def test_fingerprint_sees_quantities_and_not_spelling(tmp_path: Path) -> None:
    def mark(gap: str) -> str:
        return load(based(tmp_path, f"[film]\nblade_gap = {gap}\n")).fingerprint()

    same = {mark(gap) for gap in ('"100 um"', '"0.1 mm"', '"0.01 cm"', "1e-4", "{value = 100, unit = 'um'}")}
    assert len(same) == 1
    assert mark('"101 um"') not in same
    assert mark("{value = 100, unit = 'um', status = 'assumed', range = [90, 110]}") not in same


def test_fingerprints_of_the_samples_differ_and_stay() -> None:
    marks = {load(name).fingerprint() for name in SAMPLES}
    assert len(marks) == len(SAMPLES)
    assert marks == {load(name).fingerprint() for name in SAMPLES}


FAULTS = {
    "wrong dimension": ('[film]\nblade_gap = "100 s"', "film.blade_gap"),
    "unknown unit": ('[film]\nblade_gap = "100 furlongs_"', "film.blade_gap"),
    "unknown field": ('[film]\nblade_gab = "100 um"', "film.blade_gab"),
    "unknown section": ("[oven]\nheat = 1", "oven"),
    "negative mass": ('[film]\nfiller_mass = "-3 g"', "film.filler_mass"),
    "ratio as text": ('[film]\nfiller_mass = "4:6"', "film.filler_mass"),
    "share above one": ("[cathode]\nactive_fraction = 8", "cathode.active_fraction"),
    "not finite": ("[cathode]\nporosity = inf", "cathode.porosity"),
    "too large an integer": (f"[cathode]\nporosity = 1{'0' * 400}", "cathode.porosity"),
    "list for a number": ("[cathode]\nporosity = [0.4]", "cathode.porosity"),
    "number for a list": ("[cycling]\nrate_steps = 1", "cycling.rate_steps"),
    "list in a list": ("[cycling]\nrate_steps = [[1], [2]]", "cycling.rate_steps"),
    "number for text": ("[cell]\norientation = 3", "cell.orientation"),
    "outside its range": ("[cathode]\nporosity = {value = 0.4, range = [0.5, 0.6]}", "cathode.porosity"),
    "no section": ("cell = 3", "cell"),
    "unknown kind": ('[film]\nkind = "grown"', "film"),
}


@pytest.mark.parametrize(("extra", "field"), FAULTS.values(), ids=FAULTS.keys())
def test_a_bad_field_is_named_with_its_file(tmp_path: Path, extra: str, field: str) -> None:
    with pytest.raises(InputError) as error:
        load(based(tmp_path, extra))
    assert error.value.exit_code == 2
    assert "mine.toml" in error.value.where
    assert field in error.value.what


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        load(based(tmp_path, '[film]\nblade_gap = "1 s"\nfiller_mass = "-1 g"\n[cell]\nmood = 1'))
    for field in ("film.blade_gap", "film.filler_mass", "cell.mood"):
        assert field in error.value.what


@pytest.mark.parametrize("field", ["blade_gap", "hold_time", "polymer_mass"])
def test_a_missing_field_is_named(tmp_path: Path, field: str) -> None:
    text = source_text("hj-4-6")
    block = f"[film.{field}]"
    if block in text:
        head, tail = text.split(block)
        text = head + tail[tail.index("\n[") :]
    else:
        text = "\n".join(line for line in text.splitlines() if not line.startswith(f"{field} ="))
    with pytest.raises(InputError, match=rf"film\.{field} is missing") as error:
        load(write(tmp_path, text))
    assert "mine.toml" in error.value.where


@pytest.mark.parametrize("text", ["[film\n", "name = \n", "name = 'a'\nname = 'b'\n"])
def test_what_is_not_toml_is_an_input_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match="TOML") as error:
        load(write(tmp_path, text))
    assert error.value.where == "mine.toml"
    assert error.value.exit_code == 2


def test_what_is_not_utf8_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b'name = "\xff"')
    with pytest.raises(InputError, match="UTF-8"):
        load(tmp_path / "mine.toml")


def test_based_on_may_chain_but_not_loop(tmp_path: Path) -> None:
    write(tmp_path, 'based_on = "hj-4-6"\nname = "base"\n[film]\nblade_gap = "200 um"\n', "base.toml")
    top = load(write(tmp_path, 'based_on = "base.toml"\nname = "top"\n[film]\nfiller_mass = "1 g"\n', "top.toml"))
    assert [field for field, _, _ in differences(load("hj-4-6"), top)] == ["film.blade_gap", "film.filler_mass"]
    for first, second in (("a.toml", "b.toml"), ("b.toml", "a.toml")):
        write(tmp_path, f'based_on = "{second}"\nname = "loop"\n', first)
    itself = write(tmp_path, 'based_on = "self.toml"\nname = "self"\n', "self.toml")
    for path in (str(tmp_path / "a.toml"), itself):
        with pytest.raises(InputError, match="leads back") as error:
            load(path)
        assert error.value.where.endswith(".toml")


@pytest.mark.parametrize("base", ['"nobody"', "3", "['a']"])
def test_an_unknown_base_is_an_input_error(tmp_path: Path, base: str) -> None:
    with pytest.raises(InputError, match="based_on"):
        load(write(tmp_path, f"based_on = {base}\n"))


@pytest.mark.parametrize("name", ["no-such-recipe", "x" * 5000, "a\0b", ""])
def test_an_unknown_recipe_is_an_input_error(name: str) -> None:
    with pytest.raises(InputError, match="no recipe"):
        load(name)


def test_recipes_are_frozen() -> None:
    recipe = load("hj-4-6")
    with pytest.raises(ValidationError):
        recipe.name = "other"
    with pytest.raises(ValidationError):
        recipe.cell.orientation = "turned"  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(AttributeError):
        recipe.values()["recipe.film.blade_gap"].value = 1.0  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_recipe_does_not_differ_from_itself(name: str) -> None:
    assert differences(load(name), load(name)) == []
