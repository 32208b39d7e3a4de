"""The shipped claims are whole, and a damaged table says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from honeycell.ledger.claims import CLAIM_FIELDS, KINDS, TYPES, paper_claims, read_claims
from honeycell.ledger.entries import Evidence, Quantity, build_ledger
from honeycell.quantities.errors import TableError
from honeycell.quantities.record import Ancestry
from honeycell.quantities.units import conversion
from honeycell.recipe.library import sample_names

if TYPE_CHECKING:
    from pathlib import Path

ALIASES = {
    "C016": "C121",
    "C017": "C157",
    "C189": "C157",
    "C018": "C001",
    "C192": "C001",
    "C014": "C099",
    "C015": "C095",
    "C113": "C112",
    "C190": "C141",
}
GOOD = '[[claim]]\nid = "M1"\nclaim = "thick"\ntype = "M"\nkind = "value"\nvalue = 1\nunit = "um"\n'


def test_all_192_claims_are_rows_in_order() -> None:
    assert [claim.id for claim in paper_claims()] == [f"C{number:03d}" for number in range(1, 193)]


def test_restatements_are_those_of_the_design() -> None:
    assert {claim.id: claim.same_as for claim in paper_claims() if claim.same_as} == ALIASES


def test_every_claim_can_be_judged() -> None:
    for claim in paper_claims():
        assert claim.type in TYPES
        assert claim.kind in KINDS
        conversion(claim.unit or "1")
        if claim.readings and not claim.same_as:
            shape = {"value": float, "bound": float, "range": tuple}.get(claim.kind, str)
            assert isinstance(claim.value, shape), claim.id
        if claim.kind == "bound":
            assert claim.side in ("<", ">"), claim.id
        if claim.kind == "range":
            assert isinstance(claim.value, tuple), claim.id
            assert claim.value[0] < claim.value[1], claim.id
        if claim.readings and claim.kind == "sign":
            assert claim.value in ("less", "greater"), claim.id
        if claim.readings and claim.kind == "binary":
            assert claim.value in ("yes", "no"), claim.id
        assert claim.tolerance is None or claim.tolerance >= 0.0


def test_every_reading_names_a_shipped_sample() -> None:
    addresses = [address for claim in paper_claims() for each in claim.readings for address in each.addresses()]
    assert addresses
    assert {address.split("/")[0] for address in addresses} <= set(sample_names())
    assert all(address.count("/") == 2 for address in addresses)


def test_without_a_run_only_untestable_is_known() -> None:
    rows = build_ledger(paper_claims(), Evidence({}))
    assert {row["verdict"] for row in rows} == {"open", "untestable"}
    assert {row["basis"] for row in rows} == {"none"}
    assert all(row["note"] for row in rows if row["verdict"] == "untestable")


@pytest.mark.parametrize("field", ["verdict", "basis", "twin", "fitted_parameters", "robustness"])
def test_no_computed_field_can_be_typed(tmp_path: Path, field: str) -> None:
    assert field not in CLAIM_FIELDS
    with pytest.raises(TableError, match=rf"mine\.toml claim M1.*{field}"):
        read_claims(written(tmp_path, f'{GOOD}{field} = "agrees"\n'), "s")


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "mine.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_addresses_without_a_sample_mean_the_recipe(tmp_path: Path) -> None:
    text = f'{GOOD}reading = [{{ quantity = "structure/thickness", over = "gf/structure/thickness" }}]\n'
    (claim,) = read_claims(written(tmp_path, text), "mine")
    assert claim.value == 1.0
    assert claim.readings[0].addresses() == ["mine/structure/thickness", "gf/structure/thickness"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[[claim]\n",
        b"\xff\xfe",
        'title = "none"\n',
        GOOD + GOOD,
        GOOD.replace('"M"', '"Z"'),
        GOOD.replace('"value"', '"verdict"'),
        GOOD.replace('id = "M1"\n', ""),
        GOOD.replace('"M1"', "1"),
        GOOD.replace('claim = "thick"\n', ""),
        GOOD + 'same_as = "C999"\n',
        GOOD + 'same_as = "M1"\n',
        GOOD + 'reading = [{ who = "twin" }]\n',
        GOOD + 'reading = ["structure/thickness"]\n',
        GOOD + 'reading = [{ quantity = "a/b", times = 1.1 }]\n',
        GOOD + 'reading = [{ quantity = "a/b", versus = "a/c", times = -1 }]\n',
        GOOD + 'reading = [{ quantity = "a/b", text = "c" }]\n',
        GOOD + 'reading = [{ quantity = "a/b", verdict = "agrees" }]\n',
    ],
)
def test_a_damaged_table_names_its_file(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(TableError) as caught:
        read_claims(written(tmp_path, text), "s")
    assert "mine.toml" in str(caught.value)


def test_a_missing_table_names_its_file(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"none\.toml"):
        read_claims(tmp_path / "none.toml", "s")


@pytest.mark.parametrize(
    "text",
    [
        GOOD.replace("value = 1\n", ""),
        GOOD.replace("value = 1\n", 'value = "one"\n'),
        GOOD.replace("value = 1\n", "value = true\n"),
        GOOD.replace("value = 1\n", "value = [1]\n"),
        GOOD.replace("value = 1\n", 'value = ["a", "b"]\n'),
        GOOD.replace('"um"', '"furlongz"'),
        GOOD.replace('"value"', '"bound"'),
        GOOD.replace('"value"', '"sign"').replace("value = 1\n", 'value = "lesser"\n'),
        GOOD + 'tolerance = "1 um"\n',
        'claim = "thick"\n',
    ],
)
def test_an_ill_typed_claim_names_its_file(tmp_path: Path, text: str) -> None:
    reading = "" if "reading" in text else 'reading = [{ quantity = "structure/thickness" }]\n'
    with pytest.raises(TableError, match=r"mine\.toml"):
        read_claims(written(tmp_path, text + reading), "s")


def test_what_stands_beside_a_claim_is_named_and_judges_nothing(tmp_path: Path) -> None:
    text = """[[claim]]
id = "C1"
claim = "c"
type = "M"
kind = "value"
value = 1.0
unit = "1"
tolerance = 0.1
reading = [{ quantity = "a/b" }]
"""
    beside = 'beside = [{ who = "fall", quantity = "a/fall" }, { who = "other", quantity = "a/none" }, { who = "absent", quantity = "a/absent" }]\n'
    numbers = {"a/b": 1.0, "a/fall": 17.4378, "a/none": float("nan")}
    found = {f"mine/{name}": Quantity(x, "1", "r", Ancestry()) for name, x in numbers.items()}
    rows = [
        build_ledger(read_claims(written(tmp_path, text + more), "mine"), Evidence(found))[0] for more in ("", beside)
    ]
    assert rows[1] == {**rows[0], "note": f"{rows[0]['note']}; fall: 17.4; other: none".removeprefix("; ")}
    with pytest.raises(TableError, match="beside"):
        read_claims(written(tmp_path, text + beside.replace('who = "fall"', 'over = "a/b"')), "mine")
