"""A stale fit whose numbers are still what they were: its hash is renewed without fitting again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from honeycell.campaign.calibration import evaluate, reads_of
from honeycell.campaign.fitted_file import place_of
from honeycell.campaign.inputs import inputs_hash
from honeycell.campaign.target import targets_of
from honeycell.data.tables import fitted_names, load_fitted, load_parameters
from honeycell.quantities.errors import RunError
from honeycell.recipe.library import load
from honeycell.runs.folder import write_atomic

if TYPE_CHECKING:
    from honeycell.campaign.group import Group

SAME = 1e-3  # tolerances by which a number may have moved


def renew(group: Group) -> str:
    """Put the present hash into a group's file, after its claims have been computed again as declared and as fitted. Returns it.

    Raises
    ------
    RunError : there is no fit, it is of other knobs or claims, or a number has moved.
    """
    where, cure = f"fitted/{group.name}.toml", f"Calibrate again: honeycell calibrate paper --group {group.name}."
    if group.name not in fitted_names():
        raise RunError("there is no fit to renew", where, cure)
    shipped, targets = load_fitted(group.name), targets_of(group)
    told = {row["id"]: row for row in shipped.fit.get("claims", ())}
    knobs = {*shipped.values, *shipped.fit.get("dropped", ())}
    if set(told) != set(group.claims) or knobs != set(group.knobs):
        raise RunError("it is of other knobs or claims", where, cure)
    if not all(known in _declared(group, key) for key, known in shipped.stands_for.items()):
        raise RunError("a table or recipe says otherwise of what was fitted", where, cure)
    for name, changes in (
        ("declared", {}),
        ("fitted", {key: value.number for key, value in shipped.values.items()}),
    ):
        found = evaluate(group.name, changes)
        for target in targets:
            ours, before = target.ours(found), float(told[target.claim][name])
            if not math.isclose(ours, before, rel_tol=1e-4, abs_tol=SAME * target.sigma):
                raise RunError(
                    f"{target.claim} was {before:g} {target.unit} as {name} and is {ours:g} now", where, cure
                )
    place, reads = place_of(group.name), reads_of(group)
    fresh = inputs_hash(group, reads)
    text = place.read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if not line.startswith(("sha256 = ", "reads = "))]
    at = kept.index("[fit]") + 1
    kept[at:at] = [f'sha256 = "{fresh}"', f"reads = {list(reads)!r}".replace("'", '"')]
    write_atomic(place, "\n".join(kept) + "\n")
    return fresh


def _declared(group: Group, key: str) -> set[str]:
    """How the group's samples know a value as declared."""
    tables = load_parameters(without=group.name)
    samples = [tables.with_values(load(name).values()).view() for name in group.samples]
    return {p.describe(key).spread for p in samples if key in p}
