"""The cell: cathode and ageing against what both cells show at 25 degC.

What the cells do in the cold and in the heat, their interfaces, the drops of the glass-fibre cell at other cycles, how long it lasts
and what is left of it are left to be predicted. One set of constants serves both films. The interfaces are no part of it: charge
transfer as the tables have it is more than the whole resistance claimed for glass fibre (C109), and a fit to that claim, stated to 1 %,
bought ohms with the cathode's capacity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from honeycell.campaign.group import Group

if TYPE_CHECKING:
    from honeycell.data.parameters import Parameters
    from honeycell.recipe.models import Recipe
    from honeycell.twin import Records

MEASURED = {"hj-4-6": ("first_cycle", "rates"), "gf": ()}  # what the claims fitted to are read from, besides lives


def measure(recipe: Recipe, parameters: Parameters) -> Records:
    """Records of the film, the fresh cell and its life at the recipe's temperature, briefly."""
    from honeycell.twin import Bench, make_film, measure
    from honeycell.twin.lives import KEYS, life_at

    film = make_film(recipe, parameters, diagrams=False)
    bench = Bench(recipe, parameters, film, seed=0, brief=True)
    records = {key: film[key] for key in ("film", "structure", "properties") if key in film}
    for name in MEASURED[recipe.name]:
        records |= measure(bench, name)
    view = bench.parameters.view()
    temperatures, counts, report = (view.numbers(key) for key in KEYS)
    return records | life_at(bench, temperatures[0], int(counts[0]), report)


GROUP = Group(
    name="cell",
    title="Cathode and ageing of the cells at 25 degC",
    samples=("hj-4-6", "gf"),
    knobs=(
        "pba.accessible_fraction",
        "pba.diffusivity",
        "ageing.film_growth",
        "ageing.cathode_loss",
        "ageing.leak_threshold",
    ),
    claims=("C121", "C151", "C153", "C155", "C157", "C161"),
    measure=measure,
    modules=("twin.film", "twin.bench", "twin.lives", "instruments.rate_ladder", "analysis.cycling"),
    packages=("film", "structure", "properties", "physics", "cell", "twin", "instruments"),
    files=("film/quench_library.json",),
)
