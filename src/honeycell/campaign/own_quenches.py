"""Quenches for dopes that the library does not hold: which a campaign's films need, and one stage for each of them."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from honeycell.campaign.stages import Stages
from honeycell.data.tables import load_parameters
from honeycell.runs.progress import progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from honeycell.campaign.team import Team
    from honeycell.recipe.models import Recipe
    from honeycell.runs import RunFolder
    from honeycell.twin import Records

PLACE = "tables/own_quenches.json"


def own_quenches(
    recipes: Sequence[Recipe], folder: RunFolder, key: str, team: Team, show_progress: bool
) -> dict[str, Records]:
    """Records of own quenches by sample, empty where the library reaches all depths; an interrupted run keeps those that were done."""
    if not folder.stage("dopes", key):
        found = dict(team.each(wanted_of, [(each,) for each in recipes]))
        asked = {recipe.name: found[place] for place, recipe in enumerate(recipes) if found[place]}
        folder.finish_stage("dopes", key, {PLACE: json.dumps(asked, indent=1) + "\n"})
    asked = json.loads(folder.read_text(PLACE))
    own: dict[str, Records] = {recipe.name: {} for recipe in recipes}
    calls = [
        (recipe, settings, number)
        for recipe in recipes
        for number, settings in enumerate(asked.get(recipe.name, []), 1)
    ]
    if calls:
        with progress(len(calls), "quenches beyond the library", show_progress) as advance:
            stages = Stages(folder, key, team, advance)
            parts = [f"quench_{number}" for *_, number in calls]
            for (recipe, *_), records in zip(calls, stages.records(parts, calls, run_one), strict=True):
                own[recipe.name] |= records
    return own


def wanted_of(recipe: Recipe) -> list[dict[str, Any]]:
    """Settings of the quenches that a film needs beside the library. Runs in a worker."""
    from honeycell.twin.quenches import wanted

    return [asdict(each) for each in wanted(recipe, load_parameters())]


def run_one(recipe: Recipe, settings: dict[str, Any], number: int) -> Records:
    """One of them. Runs in a worker."""
    from honeycell.film.quench import QuenchSettings
    from honeycell.twin.quenches import run_own

    asked = QuenchSettings(**{**settings, "shape": tuple(settings["shape"])})
    return run_own(recipe, load_parameters(), asked, number)
