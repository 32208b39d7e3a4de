"""Quenches of a film's own, for depths that the library does not reach, with what their maps conduct."""

from __future__ import annotations

from typing import TYPE_CHECKING

from honeycell.film.formation import form_film
from honeycell.film.own_quenches import NAME, map_of, own_quench, quenches_wanted
from honeycell.film.quench_store import load_library
from honeycell.properties.pore_conduction import CONTRASTS, SHARES, conduction_of_map
from honeycell.twin.marks import stamped

if TYPE_CHECKING:
    from honeycell.data.parameters import Parameters
    from honeycell.film.quench import QuenchSettings
    from honeycell.recipe.models import Recipe
    from honeycell.twin.marks import Records


def wanted(recipe: Recipe, parameters: Parameters) -> list[QuenchSettings]:
    """Quenches that a recipe's film needs beside the library: none, or a few.

    Parameters
    ----------
    parameters : tables alone; the recipe's values are laid over them here.

    Raises
    ------
    As :func:`honeycell.film.formation.form_film`.
    """
    if recipe.film.kind != "cast":
        return []
    p = parameters.with_values(recipe.values())
    return quenches_wanted(p.view(), form_film(p.view(), recipe.name, diagrams=False)["film"], load_library())


def run_own(recipe: Recipe, parameters: Parameters, settings: QuenchSettings, number: int) -> Records:
    """Record of one of them, by its name; one that fails says so in its flags."""
    p = parameters.with_values(recipe.values())
    record = own_quench(p.view(), recipe.name, settings)
    if "rich" in record:
        ratio = (
            ("share", "contrast"),
            conduction_of_map(map_of(record)),
            {"units": "1", "long_name": "conductivity over the liquid's"},
        )
        axes = {"share": list(SHARES), "contrast": list(CONTRASTS)}
        record = record.assign(conductivity_ratio=ratio).assign_coords(axes)
        for name, said in (
            ("share", "liquid in the sponge"),
            ("contrast", "conductivity of the rest over the liquid's"),
        ):
            record[name].attrs.update(units="1", long_name=said)
    return stamped({f"{NAME}{number}": record}, recipe)
