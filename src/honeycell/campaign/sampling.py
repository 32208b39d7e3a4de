"""Uncertainty by sampling: the whole chain again, with every value drawn that is neither given nor measured."""

from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING

from honeycell.data.tables import load_parameters
from honeycell.quantities.errors import HoneycellError, RunError
from honeycell.recipe.models import Recipe, Section

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from honeycell.campaign.team import Team
    from honeycell.data.parameters import Parameters

MOST_FAILURES = 0.25


def draw_numbers(
    recipes: Sequence[Recipe], cells: Mapping[str, Sequence[str]], seed: int, draw: int
) -> dict[str, float]:
    """All numbers of one draw. Samples share the draws of the values they share. Runs in a worker.

    A draw whose parameters cannot make a film or bear a measurement leaves that part out; the caller counts films and first cycles.

    Parameters
    ----------
    cells : samples that become cells, and what is measured on each, briefly (:class:`honeycell.twin.Bench`).
    """
    from honeycell.campaign.evidence import numbers
    from honeycell.twin import Bench, make_film, measure

    tables = load_parameters()
    result: dict[str, float] = {}
    for recipe in recipes:
        drawn = tables.with_values(recipe.values()).sample(seed, f"draw {draw}")
        own = recipe_of(recipe, drawn)
        try:
            film = make_film(own, drawn, diagrams=False)
        except HoneycellError:
            continue
        result |= numbers({recipe.name: film})
        if recipe.name in cells:
            bench = Bench(own, drawn, film, seed, f"draw {draw}", brief=True)
            for measurement in cells[recipe.name]:
                with contextlib.suppress(HoneycellError):
                    result |= numbers({recipe.name: measure(bench, measurement)})
    return result


def sample_campaign(
    recipes: Sequence[Recipe],
    cells: Mapping[str, Sequence[str]],
    seed: int,
    count: int,
    team: Team,
    advance: Callable[..., None],
) -> dict[str, list[float]]:
    """Draws of every number, by address; their order does not depend on the ``team`` that makes them.

    Raises
    ------
    RunError : more than a quarter of the draws failed for some sample.
    """
    done: dict[int, dict[str, float]] = {}
    for draw, found in team.each(draw_numbers, [(recipes, cells, seed, draw) for draw in range(count)]):
        done[draw] = found
        advance()
    for recipe in recipes:
        for part in ("properties", "first_cycle") if recipe.name in cells else ("properties",):
            start = f"{recipe.name}/{part}/"
            good = sum(any(address.startswith(start) for address in found) for found in done.values())
            if good < (1.0 - MOST_FAILURES) * count:
                raise RunError(
                    f"{count - good} of {count} draws of {part} failed",
                    f"sampling of {recipe.name}",
                    "Narrow the ranges of its assumptions.",
                )
    addresses = sorted({address for found in done.values() for address in found})
    # A missing number is NaN, so that draws of two addresses stay paired.
    return {address: [done[draw].get(address, math.nan) for draw in range(count)] for address in addresses}


def recipe_of(recipe: Recipe, parameters: Parameters) -> Recipe:
    """The recipe with the values that ``parameters`` hold for its fields, so that nothing reads the nominal ones again."""
    result: dict[str, object] = {}
    for name in type(recipe).model_fields:
        part = getattr(recipe, name)
        if isinstance(part, Section):
            update = {
                field: parameters.describe(f"recipe.{name}.{field}") for field in part.values() if field != "kind"
            }
            result[name] = part.model_copy(update=update)
    return recipe.model_copy(update=result)
