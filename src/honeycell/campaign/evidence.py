"""From records to named quantities with their ancestry, the form in which the ledger takes them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import stdev
from typing import TYPE_CHECKING, Any

from honeycell.analysis import quantities_of
from honeycell.ledger.entries import Evidence, Quantity
from honeycell.quantities.record import Ancestry

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.analysis.result import Reduction
    from honeycell.data.parameters import Parameters
    from honeycell.recipe.models import Recipe
    from honeycell.twin import Records

# The extremes of thirty draws hold 94 % of the distribution; fewer draws give no 95 % interval.
FEWEST_FOR_INTERVAL = 30
Draws = Mapping[str, Sequence[float]]


def numbers(records: Mapping[str, Records]) -> dict[str, float]:
    """Address ``sample/record/name`` to SI value, for every number of every record."""
    return {
        f"{sample}/{name}/{quantity}": estimate.value
        for sample, tree in records.items()
        for name, estimates in quantities_of(tree).items()
        for quantity, estimate in estimates.items()
    }


def gather(
    recipes: Sequence[Recipe],
    parameters: Parameters,
    records: Mapping[str, Records],
    draws: Draws,
    reductions: Mapping[str, Mapping[str, Reduction]] | None = None,
) -> Evidence:
    """Evidence of a run: its records reduced, its recipes' fields, and what is known of every value.

    ``reductions`` by sample and record, where they are known already.
    """
    found: dict[str, Quantity] = {}
    values = {}
    for recipe in recipes:
        own = recipe.values()
        sample_parameters = parameters.with_values(own)
        values[recipe.name] = {key: sample_parameters.describe(key) for key in sample_parameters}
        for key in own:
            value = sample_parameters.describe(key)
            address = f"{recipe.name}/recipe/{key.removeprefix('recipe.')}"
            given = value.status != "fitted"
            found[address] = Quantity(value.value, value.unit, "recipe.toml", Ancestry(frozenset({key})), given=given)
        tree = records.get(recipe.name, {})
        reduced = None if reductions is None else reductions.get(recipe.name, {})
        for name, estimates in quantities_of(tree, reduced).items():
            ancestry = Ancestry.of(_family(tree, name))
            for quantity, estimate in estimates.items():
                address = f"{recipe.name}/{name}/{quantity}"
                place = f"records/{recipe.name}/{name}.nc"
                own = tuple(draws.get(address, ()))
                found[address] = Quantity(
                    estimate.value, estimate.unit, place, ancestry, own, method=estimate.method, flags=estimate.flags
                )
    return Evidence(found, values)


def _family(tree: Records, name: str) -> list[xr.Dataset]:
    """The record and those that are reduced with it."""
    series = tree[name].attrs.get("series")
    return [
        record for each, record in tree.items() if each == name or (series and record.attrs.get("series") == series)
    ]


def results(evidence: Evidence) -> list[dict[str, Any]]:
    """Quantity objects of ``results.json``, one per number of the run's records."""
    rows = []
    for address, quantity in sorted(evidence.quantities.items()):
        if not isinstance(quantity.value, float) or not math.isfinite(quantity.value) or quantity.given:
            continue
        sample, record, name = address.split("/")
        draws = sorted(draw for draw in quantity.draws if math.isfinite(draw))
        few = len(draws) < 4
        spread = f"{len(draws)} draws of all parameters that are neither given nor measured"
        edge = max(round(0.025 * len(draws)) - 1, 0)
        rows.append(
            {
                "sample": sample,
                "record": record,
                "name": name,
                "value": quantity.value,
                "unit": quantity.unit,
                "standard_error": None if few else stdev(draws),
                "interval_95": None if len(draws) < FEWEST_FOR_INTERVAL else [draws[edge], draws[-1 - edge]],
                "method": "; ".join(part for part in (quantity.method, "nominal" if few else spread) if part),
                "flags": list(quantity.flags),
            }
        )
    return rows
