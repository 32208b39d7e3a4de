"""Films made and looked at, and what is measured on their cells: calls for worker processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from honeycell.data.tables import load_parameters

if TYPE_CHECKING:
    from honeycell.recipe.models import Recipe
    from honeycell.twin import Bench, Records

_benches: dict[str, Bench] = {}  # of this process: cells built for one measurement serve the next


def made(recipe: Recipe, own: Records) -> Records:
    """Records of a film, without those of its ``own`` quenches."""
    from honeycell.twin import make_film

    return {name: record for name, record in make_film(recipe, load_parameters(), own=own).items() if name not in own}


def looked_at(recipe: Recipe, film: Records, seed: int, brief: bool) -> Records:
    """Pictures of a film."""
    from honeycell.twin import look_at

    return look_at(recipe, load_parameters(), film, seed, brief=brief)


def forget() -> None:
    """Let go of the cells kept, which belong to one run."""
    _benches.clear()


def measured(recipe: Recipe, film: Records, measurement: str, seed: int, brief: bool) -> Records:
    """Records of one measurement on a cell; they do not depend on what this process has measured before."""
    from honeycell.twin import Bench, measure

    key = f"{recipe.fingerprint()} {seed} {brief}"
    if key not in _benches:
        _benches[key] = Bench(recipe, load_parameters(), film, seed, brief=brief)
    return measure(_benches[key], measurement)
