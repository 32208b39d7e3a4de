"""What every record of a run carries: where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.recipe.models import Recipe

Records = dict[str, "xr.Dataset"]


def stamped(records: Records, recipe: Recipe, seed: int | None = None) -> Records:
    """``records`` with the recipe's fingerprint, and the seed where noise was drawn."""
    marks = {"recipe_hash": recipe.fingerprint()} | ({} if seed is None else {"seed": seed})
    return {name: record.assign_attrs(marks) for name, record in records.items()}
