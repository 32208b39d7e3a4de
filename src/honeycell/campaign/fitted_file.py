"""The file of a calibration, ``data/fitted/<group>.toml``: its text, and whether it is stale.

Stale is a file whose inputs or code are no longer those that it was computed from: the group's knobs and claims, every value that its samples read,
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

from honeycell.campaign.fit import spread_of
from honeycell.campaign.group import load_group
from honeycell.campaign.target import targets_of
from honeycell.data.tables import load_fitted, load_parameters, root
from honeycell.quantities.errors import RunError
from honeycell.recipe.library import load
from honeycell.runs.folder import write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterable

    from honeycell.campaign.calibration import Calibration
    from honeycell.campaign.fit import Fit
    from honeycell.campaign.group import Group

DIGITS = 6
OWN_CODE = ("campaign.calibration", "campaign.fit", "campaign.target")
LEAST_GAIN = 1e-4  # of the logarithm per declared spread: what moves a fit less is not written down


def place_of(group: str) -> Path:
    """Where a group's file lies.

    Raises
    ------
    RunError : the package is not installed as plain files.
    """
    folder = root() / "fitted"
    if not isinstance(folder, Path):
        raise RunError("is not a folder of plain files", "data/fitted", "Install the package from its source.")
    return folder / f"{group}.toml"


def write_calibration(found: Calibration) -> Path:
    """Put a calibration in the place of the group's former one, whole or not at all; without any fitted value the file goes away.

    Raises
    ------
    RunError : the storage refused; what was there stays.
    """
    path = place_of(found.group.name)
    if found.fit.knobs:
        path.parent.mkdir(exist_ok=True)
        write_atomic(path, fitted_text(found))
    else:
        path.unlink(missing_ok=True)
    return path


def is_stale(group: str) -> bool:
    """Whether the shipped file of a group has to be calibrated again."""
    fit = load_fitted(group).fit
    return fit.get("sha256") != inputs_hash(load_group(group), fit.get("reads", ()))


def inputs_hash(group: Group, reads: Iterable[str]) -> str:
    """SHA-256 of what a fit is computed from, given the keys that its samples read."""
    tables = load_parameters(without=group.name)
    values: dict[str, dict[str, str]] = {}
    for sample in group.samples:
        p = tables.with_values(load(sample).values())
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


def fitted_text(found: Calibration) -> str:
    """TOML of a calibration."""
    fit, group = found.fit, found.group
    claims = list(group.claims)
    scales = [knob.scale for knob in fit.knobs]
    lines = [
        f"# Written by: honeycell calibrate paper --group {group.name}",
        f"title = {json.dumps(group.title)}",
    ]
    for k, (knob, number) in enumerate(zip(fit.knobs, fit.values().values(), strict=True)):
        value = knob.value
        low, high = (None, None) if value.lo is None or value.hi is None else (value.lo, value.hi)
        written = number if low is None or high is None else min(max(float(_number(number)), low), high)
        left = (
            f"{fit.spread[k]:.2f} of its declared spread is left, {fit.spread_with_all_free[k]:.2f} with all else free"
        )
        reason = f"declared as {value.given_as}; {left}" + ("; at the end of its range" if fit.at_edge(k) else "")
        lines += [
            "",
            f"[values.{json.dumps(knob.key)}]",
            f"value = {written!r}",
            f"unit = {json.dumps(value.unit)}",
            f"u = {_number(fit.spread[k] * knob.scale)}",
            *([] if low is None else [f"range = [{low!r}, {high!r}]"]),
            'distribution = "lognormal"',
            'status = "fitted"',
            f"fitted_to = {json.dumps(claims)}",
            f"reason = {json.dumps(reason)}",
        ]
    covariance = [
        [c * a * b for c, b in zip(row, scales, strict=True)] for row, a in zip(fit.covariance, scales, strict=True)
    ]
    lines += [
        "",
        "[fit]",
        f'sha256 = "{inputs_hash(group, found.reads)}"',
        f"covariance = {_numbers(covariance)}  # of the natural logarithms, all else as declared",
        f"singular_values = {_numbers(fit.singular_values)}  # claims' tolerances per declared spread",
        f"correlation = {_numbers(fit.correlation)}",
        f"cost = {_number(fit.cost)}  # sum of squares, declared spreads included",
        f"reads = {json.dumps(found.reads)}",
        "",
        "[fit.stands_for]",
        *(f"{json.dumps(knob.key)} = {json.dumps(knob.value.spread)}" for knob in fit.knobs),
        "",
        "[fit.dropped]",
        *(f"{json.dumps(key)} = {json.dumps(why)}" for key, why in found.dropped.items()),
        "",
        "[fit.all_knobs]  # fitted together, for what they tell of each other",
        *_identifiability(found.first),
    ]
    for target in found.targets:
        lines += [
            "",
            "[[fit.claims]]",
            f'id = "{target.claim}"',
            f"claimed = {json.dumps(target.said)}",
            f"unit = {json.dumps(target.unit)}",
            f"declared = {_number(target.ours(found.before))}",
            f"fitted = {_number(target.ours(fit.found))}",
            f"residual = {_number(target.residual(fit.found))}  # tolerances",
        ]
    for n, (key, value) in enumerate(fit.others):
        gain = [float(g) * s / spread_of(value) for g, s in zip(fit.gain[:, n], scales, strict=True)]
        if max(map(abs, gain), default=0.0) * spread_of(value) < LEAST_GAIN:
            continue
        lines += [
            "",
            f"[fit.follows.{json.dumps(key)}]",
            f"value = {value.number!r}",
            'unit = "1"',
            *([] if value.u is None else [f"u = {value.u!r}"]),
            *([] if value.lo is None or value.hi is None else [f"range = [{value.lo!r}, {value.hi!r}]"]),
            f'distribution = "{value.distribution}"',
            f'status = "{value.status}"',
            f"stands_for = {json.dumps(value.spread)}",
            f"gain = {_numbers(gain)}",
        ]
    return "\n".join(lines) + "\n"


def _identifiability(fit: Fit) -> list[str]:
    return [
        f"keys = {json.dumps([knob.key for knob in fit.knobs])}",
        f"values = {_numbers(fit.values().values())}",
        f"spread_left = {_numbers(fit.spread)}",
        f"spread_left_with_all_free = {_numbers(fit.spread_with_all_free)}",
        f"singular_values = {_numbers(fit.singular_values)}",
        f"correlation = {_numbers(fit.correlation)}",
        f"cost = {_number(fit.cost)}",
    ]


def _number(x: float) -> str:
    return repr(float(f"{float(x):.{DIGITS}g}"))


def _numbers(xs: Any) -> str:
    return "[" + ", ".join(_numbers(x) if hasattr(x, "__len__") else _number(x) for x in xs) + "]"


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
