"""What a fit is computed from, as one hash, and whether a shipped fit is stale.

Stale is a fit whose inputs or code are no longer those that it was computed from: the group's knobs and claims, every value that its samples read,
the shipped files that it names, and the code of its part of the chain. Comments, docstrings and layout of code do not count.
"""

from __future__ import annotations

import ast
import hashlib
import json
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from honeycell.campaign.group import load_group
from honeycell.campaign.target import targets_of
from honeycell.data.tables import load_fitted, load_parameters
from honeycell.quantities.errors import RunError
from honeycell.recipe.library import load

if TYPE_CHECKING:
    from collections.abc import Iterable

    from honeycell.campaign.group import Group

OWN_CODE = ("campaign.calibration", "campaign.fit", "campaign.target")


def is_stale(group: str) -> bool:
    """Whether the shipped file of a group has to be calibrated again."""
    fit = load_fitted(group).fit
    return fit.get("sha256") != inputs_hash(load_group(group), fit.get("reads", ()))


def inputs_hash(group: Group, reads: Iterable[str]) -> str:
    """SHA-256 of what a fit is computed from, given the keys that its samples read."""
    tables = load_parameters(without=group.name)
    values: dict[str, dict[str, str]] = {}
    for sample in group.samples:
        p = tables.with_values(load(sample).values()).view()
        values[sample] = {
            key: f"{(value := p.describe(key)).spread} {value.unit} {value.status}" for key in sorted(reads) if key in p
        }
    digest = hashlib.sha256()
    place = files("honeycell")
    for part in (
        [group.samples, group.knobs, [repr(target) for target in targets_of(group)], values],
        {
            name: _code(name)
            for name in sorted(_closure(group) | set(OWN_CODE) | {f"campaign.calibrations.{group.name}"})
        },
        {name: hashlib.sha256((place / name).read_bytes()).hexdigest() for name in group.files},
    ):
        digest.update(json.dumps(part, sort_keys=True).encode())
    return digest.hexdigest()


def _closure(group: Group) -> set[str]:
    """The group's modules and what they import, directly or not, of its packages."""
    found: set[str] = set()
    waiting = list(group.modules)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [each for each in _imports(name) if each.split(".")[0] in group.packages]
    return found


@lru_cache(maxsize=256)
def _imports(name: str) -> tuple[str, ...]:
    """Modules of the package that a module imports anywhere."""
    result = []
    for node in ast.walk(_parsed(name)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("honeycell."):
            module = node.module.removeprefix("honeycell.")
            inner = [f"{module}.{alias.name}" for alias in node.names if _file(f"{module}.{alias.name}")]
            result += inner or [module]
    return tuple(result)


@lru_cache(maxsize=256)
def _code(name: str) -> str:
    """SHA-256 of a module's syntax without docstrings."""
    tree = _parsed(name)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [each for each in body if not _is_text(each)]  # pyright: ignore[reportAttributeAccessIssue]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _parsed(name: str) -> ast.Module:
    found = _file(name)
    if found is None:
        raise RunError(f"no module {name!r}", "group of a calibration", "Name modules within the package.")
    return ast.parse(found.read_text(encoding="utf-8"))


def _file(name: str) -> Any:
    place = files("honeycell").joinpath(*name.split("."))
    for each in (place.parent / f"{place.name}.py", place / "__init__.py") if isinstance(place, Path) else ():
        if each.is_file():
            return each
    return None
