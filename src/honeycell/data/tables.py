"""Opens the TOML tables of the package; nobody else does.

``materials/*.toml`` and ``pairs/*.toml`` hold ``[sources.<key>]`` and ``[values.<name>]`` blocks; ``fitted/*.toml`` holds values written by
``honeycell calibrate``, whose names are full keys, with a ``[fit]`` block on how they were found; ``claims/*.toml`` holds what a paper claims.
``phases/*.toml`` holds crystalline phases, their cell as values and their powder ``lines``.
"""

from __future__ import annotations

import hashlib
import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from honeycell.data.fitted_group import FittedGroup, read_group
from honeycell.data.parameters import Parameters
from honeycell.quantities.entry import read_value
from honeycell.quantities.errors import InputError, TableError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from honeycell.quantities.value import Value

FOLDERS = ("materials", "pairs")
TABLE_FIELDS = frozenset({"title", "note", "sources", "values"})


def root() -> Traversable:
    """The folder of the shipped tables."""
    return files("honeycell.data")


def read_toml(path: Traversable | Path) -> dict[str, Any]:
    """Parsed TOML of ``path``.

    Raises
    ------
    TableError : unreadable, not UTF-8 or not TOML, with the line where it can be told.
    """
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise TableError(
            f"cannot be read ({error.strerror})", path.name, "Check the path and its permissions."
        ) from None
    except UnicodeDecodeError as error:
        raise TableError(f"is not UTF-8 text (byte {error.start})", path.name, "Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise TableError(f"is not valid TOML: {error}", path.name, "Correct that line.") from None


def read_table(path: Traversable | Path, prefix: str, more: frozenset[str] = frozenset()) -> dict[str, Value]:
    """Values of one table, keyed ``<prefix>.<name>`` (``<name>`` alone where ``prefix`` is empty); ``more`` are fields not read here.

    Raises
    ------
    TableError : damaged file, unknown field, bad value, or a source key that does not resolve.
    """
    content = read_toml(path)
    if unknown := set(content) - TABLE_FIELDS - more:
        raise TableError(
            f"unknown field {sorted(unknown)[0]!r}", path.name, f"Known: {', '.join(sorted(TABLE_FIELDS))}."
        )
    sources, blocks = content.get("sources", {}), content.get("values", {})
    for field, found in (("sources", sources), ("values", blocks)):
        if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
            raise TableError(
                f"{field} holds something that is not a block", path.name, f"Write [{field}.<name>] blocks."
            )
    result: dict[str, Value] = {}
    for name, given in blocks.items():
        where = f"{path.name} [values.{name}]"
        try:
            value = read_value(given, "text" if given.get("unit") == "text" else None, where)
        except InputError as error:
            raise TableError(error.what, error.where, error.cure) from None
        if value.status == "given":
            raise TableError("no status", where, "Say measured, literature, estimated, assumed or fitted.")
        if value.source and value.source not in sources:
            raise TableError(f"source {value.source!r} is not among [sources]", where)
        if value.status == "literature" and not value.source:
            raise TableError("a literature value must name its source", where, "Or mark it 'estimated'.")
        if value.status == "fitted" and not value.fitted_to:
            raise TableError("a fitted value must name fitted_to", where)
        result[f"{prefix}.{name}" if prefix else name] = value
    return result


def phase_names() -> tuple[str, ...]:
    """Names of the crystalline phases that the package ships."""
    return tuple(path.name.removesuffix(".toml") for path in _tables("phases"))


def load_phase(name: str) -> tuple[dict[str, Value], list[list[float]]]:
    """Cell and symmetry of a phase by name of the value, and its lines: h, k, l and multiplicity times squared structure factor.

    Raises
    ------
    TableError : damaged file, or lines that are not four numbers each.
    """
    path = root() / "phases" / f"{name}.toml"
    lines = read_toml(path).get("lines", [])
    if not lines or not all(isinstance(row, list) and len(row) == 4 for row in lines):
        raise TableError("lines are not rows of four numbers", path.name, "Write lines = [[h, k, l, strength], …].")
    return read_table(path, "", frozenset({"lines"})), lines


def load_tube_lines() -> dict[str, dict[str, float]]:
    """Characteristic lines of X-ray tubes by anode: ``alpha1``, ``alpha2`` [m] and ``share``, the height of alpha2 over that of alpha1."""
    result: dict[str, dict[str, float]] = {}
    for key, value in read_table(root() / "xray_tubes.toml", "").items():
        anode, _, line = key.partition("_")
        if isinstance(value.value, float):
            result.setdefault(anode, {})[line] = value.value
    return result


def load_parameters(without: str = "") -> Parameters:
    """All shipped values; fitted ones stand in for those that they were fitted from, but for the group ``without``."""
    values: dict[str, Value] = {}
    for folder in FOLDERS:
        for path in _tables(folder):
            values.update(read_table(path, path.name.removesuffix(".toml")))
    groups = tuple(load_fitted(name) for name in fitted_names() if name != without)
    return Parameters({}, fitted=groups).with_values(values)


def fitted_names() -> list[str]:
    """Names of the fitted groups that the package ships."""
    return [path.name.removesuffix(".toml") for path in _tables("fitted")]


def load_fitted(name: str) -> FittedGroup:
    """A fitted group.

    Raises
    ------
    TableError : missing or damaged.
    """
    path = root() / "fitted" / f"{name}.toml"
    return read_group(name, read_toml(path), read_table(path, "", frozenset({"fit"})))


def load_sources() -> dict[str, dict[str, str]]:
    """Bibliography of all shipped tables: source key to its fields (``citation``, ``doi``, …)."""
    result: dict[str, dict[str, str]] = {}
    for folder in (*FOLDERS, "phases", "fitted", "."):
        for path in _tables(folder):
            result.update(read_toml(path).get("sources", {}))
    return result


def tables_hash() -> str:
    """SHA-256 over names and contents of all shipped tables, claims included."""
    digest = hashlib.sha256()
    for folder in (*FOLDERS, "phases", "fitted", "claims", "."):
        for path in _tables(folder):
            digest.update(f"{folder}/{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _tables(folder: str) -> list[Traversable]:
    place = root() / folder
    if not place.is_dir():
        return []
    return sorted((path for path in place.iterdir() if path.name.endswith(".toml")), key=lambda path: path.name)
