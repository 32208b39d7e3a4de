"""Whoever reads a value that was fitted to a claim cannot predict that claim, whichever way the value came."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import pytest
import xarray as xr

from honeycell.campaign.evidence import gather
from honeycell.data import parameters as parameters_module
from honeycell.data.tables import load_parameters
from honeycell.ledger.claims import Claim, Reading
from honeycell.ledger.entries import build_ledger
from honeycell.quantities.record import Ancestry, make_record
from honeycell.quantities.value import Value
from honeycell.recipe.library import load

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from honeycell.data.parameters import Parameters

KEY = "pvdf_hfp.density"
OTHER_KEY = "water.density"
READING = (Reading("twin", "hj-4-6/last/number", sample="hj-4-6"),)
HEAD = Claim("C121", "a number", "M", "value", value=1.0, tolerance=0.1, readings=READING)
ALIAS = Claim("C016", "the same number", "M", "value", value=1.0, tolerance=0.1, same_as="C121")
ELSEWHERE = Claim("C099", "another number", "M", "value", value=1.0, tolerance=0.1, readings=READING)
CLAIMS = (HEAD, ALIAS, ELSEWHERE)


@pytest.fixture(autouse=True)
def nothing_read_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parameters_module, "_read_outside_stages", set())


def planted(**marks: tuple[str, ...]) -> Parameters:
    value = Value(1780.0, "kg/m**3", status="fitted" if "fitted_to" in marks else "measured", **marks)
    return load_parameters().with_values({KEY: value})


def stage(
    p: Parameters, reads: Iterable[str], consumed: Iterable[xr.Dataset] = (), introduced_for: Iterable[str] = ()
) -> xr.Dataset:
    view = p.view()
    for key in reads:
        _ = view[key]
    ancestry = view.ancestry([Ancestry.of(consumed)], introduced_for)
    number = {"number": ((), 1.0, "1")}
    return make_record("scalars/1", sample="hj-4-6", instrument="desk", variables=number, ancestry=ancestry)


def rows(p: Parameters, last: xr.Dataset, recipe: Any = None) -> dict[str, dict[str, Any]]:
    evidence = gather([recipe or load("hj-4-6")], p, {"hj-4-6": {"last": last}}, {})
    return {row["id"]: row for row in build_ledger(CLAIMS, evidence)}


def test_a_fitted_value_that_nobody_read_leaves_the_claim_predicted() -> None:
    p = planted(fitted_to=("C121",))
    found = rows(p, stage(p, [OTHER_KEY]))
    assert {row["basis"] for row in found.values()} == {"predicted"}
    assert found["C121"]["fitted_parameters"] == []


@pytest.mark.parametrize("mark", ["fitted_to", "taken_from"])
def test_reading_a_value_that_came_from_the_claim_calibrates_it(mark: str) -> None:
    p = planted(**{mark: ("C121",)})
    found = rows(p, stage(p, [KEY]))
    assert found["C121"]["basis"] == found["C016"]["basis"] == "calibrated"
    assert found["C121"]["fitted_parameters"] == [KEY]
    assert found["C099"]["basis"] == "predicted"


@pytest.mark.parametrize("mark", ["fitted_to", "taken_from"])
def test_a_value_from_a_restatement_calibrates_the_head(mark: str) -> None:
    p = planted(**{mark: ("C016",)})
    assert rows(p, stage(p, [KEY]))["C121"]["basis"] == "calibrated"


@pytest.mark.parametrize("length", [1, 2, 5])
def test_a_leak_comes_through_any_chain_of_records(length: int) -> None:
    p = planted(fitted_to=("C121",))
    record = stage(p, [KEY])
    for _ in range(length):
        record = stage(p, [OTHER_KEY], consumed=[stage(p, []), record])
    found = rows(p, record)
    assert found["C121"]["basis"] == "calibrated"
    assert found["C099"]["basis"] == "predicted"


def test_a_leak_survives_storage(tmp_path: Path) -> None:
    p = planted(fitted_to=("C121",))
    stage(p, [KEY]).to_netcdf(tmp_path / "first.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "first.nc", engine="h5netcdf") as first:
        assert rows(p, stage(p, [], consumed=[first]))["C121"]["basis"] == "calibrated"


def test_asking_whether_a_value_exists_is_a_read() -> None:
    p = planted(fitted_to=("C121",))
    view = p.view()
    assert KEY in view
    assert KEY in view.ancestry().keys


@pytest.mark.parametrize("consumed_later", [False, True])
def test_a_mechanism_introduced_for_a_claim_calibrates_it(consumed_later: bool) -> None:
    p = load_parameters()
    record = stage(p, [OTHER_KEY], introduced_for=["C121"])
    if consumed_later:
        record = stage(p, [OTHER_KEY], consumed=[record])
    found = rows(p, record)
    assert found["C121"]["basis"] == found["C016"]["basis"] == "calibrated"
    assert found["C099"]["basis"] == "predicted"


@pytest.mark.parametrize(("section", "field"), [("film", "gap_transfer"), ("cathode", "porosity")])
def test_a_fitted_recipe_field_calibrates(section: str, field: str) -> None:
    recipe = load("hj-4-6")
    part = getattr(recipe, section).model_copy(update={field: Value(0.5, "1", status="fitted", fitted_to=("C121",))})
    recipe = recipe.model_copy(update={section: part})
    p = load_parameters()
    laid_over = p.with_values(recipe.values())
    found = rows(p, stage(laid_over, [f"recipe.{section}.{field}"]), recipe)
    assert found["C121"]["basis"] == "calibrated"
    assert found["C121"]["fitted_parameters"] == [f"recipe.{section}.{field}"]
    assert rows(p, stage(laid_over, ["recipe.film.blade_gap"]), recipe)["C121"]["basis"] == "predicted"


def test_a_recipe_claim_is_given_unless_its_field_was_fitted() -> None:
    address = "hj-4-6/recipe/film.blade_gap"
    claim = Claim(
        "C026", "gap", "R", "value", value=1.0, unit="um", readings=(Reading("twin", address, sample="hj-4-6"),)
    )
    recipe = load("hj-4-6")
    assert build_ledger([claim], gather([recipe], load_parameters(), {}, {}))[0]["basis"] == "given"
    gap = Value(1e-6, "m", status="fitted", fitted_to=("C026",))
    fitted = recipe.model_copy(update={"film": recipe.film.model_copy(update={"blade_gap": gap})})
    row = build_ledger([claim], gather([fitted], load_parameters(), {}, {}))[0]
    assert row["basis"] == "calibrated"
    assert row["fitted_parameters"] == ["recipe.film.blade_gap"]


@pytest.mark.parametrize("role", ["versus", "over"])
def test_what_a_number_is_compared_with_counts_too(role: str) -> None:
    p = planted(fitted_to=("C121",))
    records = {"clean": stage(p, [OTHER_KEY]), "leaky": stage(p, [KEY])}
    reading = Reading("twin", "hj-4-6/clean/number", sample="hj-4-6", **{role: "hj-4-6/leaky/number"})
    claim = Claim("C121", "a comparison", "M", "value", value=1.0, readings=(reading,))
    evidence = gather([load("hj-4-6")], p, {"hj-4-6": records}, {})
    assert build_ledger([claim], evidence)[0]["basis"] == "calibrated"


CACHING_MODULE = f"""
from honeycell.data.tables import load_parameters
P = load_parameters()
NUMBER = P["{KEY}"]
"""

STAGE_OF_A_CACHED_NUMBER = f"""
import json
import caching
from honeycell.campaign.evidence import gather
from honeycell.data.tables import load_parameters
from honeycell.ledger.claims import Claim, Reading
from honeycell.ledger.entries import build_ledger
from honeycell.quantities.record import make_record
from honeycell.quantities.value import Value
from honeycell.recipe.library import load

p = load_parameters().with_values({{"{KEY}": Value(1.0, "kg/m**3", status="fitted", fitted_to=("C121",))}})
view = p.view()
record = make_record("scalars/1", sample="hj-4-6", instrument="desk",
                     variables={{"number": ((), 2.0 * caching.NUMBER, "1")}}, ancestry=view.ancestry())
reading = (Reading("twin", "hj-4-6/last/number", sample="hj-4-6"),)
claims = [Claim(name, "a number", "M", "value", value=1.0, readings=reading) for name in ("C121", "C099")]
evidence = gather([load("hj-4-6")], p, {{"hj-4-6": {{"last": record}}}}, {{}})
print(json.dumps([json.loads(record.attrs["parameter_keys"]), [row["basis"] for row in build_ledger(claims, evidence)]]))
"""

IMPORT_EVERYTHING = """
import importlib, json, pkgutil
import honeycell
from honeycell.data import parameters
names = [m.name for m in pkgutil.walk_packages(honeycell.__path__, "honeycell.") if not m.name.endswith("__main__")]
for name in names:
    importlib.import_module(name)
print(json.dumps([len(names), sorted(parameters._read_outside_stages)]))
"""


def python(code: str, folder: Path) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_number_kept_at_import_is_an_ancestor_of_every_record(tmp_path: Path) -> None:
    (tmp_path / "caching.py").write_text(CACHING_MODULE, encoding="utf-8")
    keys, (fitted, other) = python(STAGE_OF_A_CACHED_NUMBER, tmp_path)
    assert keys == [KEY]
    assert fitted == "calibrated"
    assert other == "predicted"


def test_no_module_of_ours_reads_a_value_at_import(tmp_path: Path) -> None:
    number, read = python(IMPORT_EVERYTHING, tmp_path)
    assert number > 30
    assert read == []
