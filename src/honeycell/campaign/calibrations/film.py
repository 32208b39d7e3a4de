"""The film: gel, bath, standing time and drying against its pores and the liquid that it holds.

Standing time stands for its product with the dope's fluidity, and wetting for its ratio to the walls' yield strength: only these enter. Claims are
those with a number for the film from the 600 mL bath; trends, other recipes and the other bath are left to be predicted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from honeycell.campaign.group import Group

if TYPE_CHECKING:
    from honeycell.data.parameters import Parameters
    from honeycell.recipe.models import Recipe
    from honeycell.twin import Records


def measure(recipe: Recipe, parameters: Parameters) -> Records:
    """Records ``film``, ``structure`` and ``properties``."""
    from honeycell.film.formation import form_film
    from honeycell.properties.transport import swollen_film
    from honeycell.structure.profile import dry_structure

    p = parameters.with_values(recipe.values())
    film = form_film(p.view(), recipe.name, diagrams=False)["film"]
    structure = dry_structure(p.view(), recipe.name, film)
    return {
        "film": film,
        "structure": structure,
        "properties": swollen_film(p.view(), recipe.name, structure),
    }


GROUP = Group(
    name="film",
    title="Gel, bath, standing time and drying of the cast film",
    samples=("hj-4-6",),
    knobs=(
        "pvdf_hfp.gel_fraction",
        "recipe.film.bath_mass_transfer",
        "recipe.film.hold_time",
        "water__pvdf_hfp.wetting",
        "nmp__pvdf_hfp.cooperative_diffusivity",
    ),
    claims=("C076", "C077", "C078", "C101"),
    measure=measure,
    modules=("film.formation", "structure.profile", "properties.transport"),
    files=("film/quench_library.json", "properties/pore_conduction.json"),
    tries=48,
)
