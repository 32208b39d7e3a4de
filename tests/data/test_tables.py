from __future__ import annotations

import re
from pathlib import Path

import pytest

from honeycell.data.tables import FOLDERS, load_parameters, load_sources, read_table, read_toml, root, tables_hash
from honeycell.quantities.errors import TableError
from honeycell.quantities.value import STATUSES

TABLES = sorted(
    (path for folder in FOLDERS for path in Path(str(root() / folder)).glob("*.toml")), key=lambda path: path.name
)
DOI = re.compile(r"^10\.\d{4,9}/\S+$")


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_every_value_says_how_it_is_known(path: Path) -> None:
    content = read_toml(path)
    sources = content.get("sources", {})
    values = read_table(path, path.stem)
    assert values
    assert content["title"]
    for key, value in values.items():
        assert key.startswith(f"{path.stem}."), key
        assert value.status in STATUSES, key
        assert value.status != "given", key
        if value.status == "literature":
            assert value.source in sources, key
        if value.source:
            assert value.source in sources, key
        if value.status == "fitted":
            assert value.fitted_to, key
        if value.status in ("estimated", "assumed"):
            assert value.reason, key
        if value.lo is not None:
            assert isinstance(value.value, float), key
            assert value.hi is not None
            assert value.lo <= value.value <= value.hi, key


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_sources_are_cited_with_a_well_formed_doi_and_all_used(path: Path) -> None:
    used = {value.source for value in read_table(path, "x").values()}
    for name, source in read_toml(path).get("sources", {}).items():
        assert source["citation"], name
        assert name in used, name
        if "doi" in source:
            assert DOI.match(source["doi"]), name


def test_tables_that_share_a_source_say_the_same_of_it() -> None:
    everything = load_sources()
    for path in TABLES:
        for name, source in read_toml(path).get("sources", {}).items():
            assert everything[name] == source, f"{path.name}: {name}"


def test_all_tables_are_loaded_and_hashed() -> None:
    keys = set(load_parameters())
    assert {key for path in TABLES for key in read_table(path, path.stem)} <= keys
    assert tables_hash() == tables_hash()
    assert re.fullmatch("[0-9a-f]{64}", tables_hash())


DAMAGED = {
    "not toml": b"[values.a\nvalue = 1",
    "not utf-8": b'title = "\xff\xfe"',
    "unknown top field": b'colour = "red"',
    "unknown field": b'[values.a]\nvalue = 1\nstatus = "estimated"\nmood = "good"',
    "no status": b'[values.a]\nvalue = 1\nunit = "1"',
    "status given": b'[values.a]\nvalue = 1\nstatus = "given"',
    "no value": b'[values.a]\nstatus = "estimated"',
    "unknown unit": b'[values.a]\nvalue = 1\nunit = "foo"\nstatus = "estimated"',
    "outside its range": b'[values.a]\nvalue = 1\nrange = [2, 3]\nstatus = "estimated"',
    "source astray": b'[values.a]\nvalue = 1\nstatus = "literature"\nsource = "nobody"',
    "fitted to nothing": b'[values.a]\nvalue = 1\nstatus = "fitted"',
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_table_is_an_error_that_names_the_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "salt.toml"
    path.write_bytes(content)
    with pytest.raises(TableError) as error:
        read_table(path, "salt")
    assert error.value.where.startswith("salt.toml")
    assert error.value.exit_code == 2


def test_a_missing_table_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"nowhere\.toml"):
        read_table(tmp_path / "nowhere.toml", "x")
