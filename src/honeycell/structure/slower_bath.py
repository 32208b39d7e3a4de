"""How much slower a bath would have to be for the pores that somebody reports at the front: a question put to the model, not a value it uses.

The transfer coefficient k of a bath falls no further than to that of a bath at rest, D/depth, through all of which solvent diffuses.
"""

from __future__ import annotations

import json
import math
from functools import cache
from typing import TYPE_CHECKING

from honeycell.film.dope import Dope, mutual_diffusivity
from honeycell.film.formation import form_film
from honeycell.quantities.errors import HoneycellError
from honeycell.quantities.record import Ancestry, make_record
from honeycell.structure.profile import dry_structure

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.data.parameters import Parameters

REPORTED, TRANSFER = "recipe.film.reported_front_pore", "recipe.film.bath_mass_transfer"
MEANS = {"chord": "mean chord of the pores", "diameter": "mean diameter of the largest balls within the pores"}
CLOSE = 1e-3  # of the logarithm of the fall
SMALLEST = 1e-10  # m, in place of the pores of a closed front, whose logarithm is wanted


def slower_bath(parameters: Parameters, sample: str) -> xr.Dataset:
    """``scalars/1`` record: the fall of k, as a factor, at which the front's pores are as wide as reported, and what a bath at rest would give.

    Parameters
    ----------
    parameters : tables and recipe, which states ``reported_front_pore``.

    Pores are taken by both their measures. A fall is nan where even a bath at rest makes finer pores, or the bath as it is wider ones; a flag
    then says which.
    """
    from scipy.optimize import brentq

    p = parameters.view()
    wanted, transfer = p[REPORTED], p[TRANSFER]
    depth = p["recipe.film.bath_volume"] / (p["recipe.film.plate_length"] * p["recipe.film.plate_width"])
    largest = max(transfer * depth / mutual_diffusivity(p, Dope(p)), 1.0)

    consumed: list[Ancestry] = []

    @cache
    def front(fall: float) -> dict[str, float]:
        slow = parameters.replace({TRANSFER: transfer / fall}).view()
        structure = dry_structure(slow, sample, form_film(slow, sample, diagrams=False)["film"])
        consumed.append(Ancestry.of([structure]))
        return {name: max(float(structure[f"front_pore_{name}"]), SMALLEST) for name in MEANS}

    def short(log_fall: float, name: str) -> float:
        return math.log(front(math.exp(log_fall))[name] / wanted)

    falls, rest, flags = dict.fromkeys(MEANS, math.nan), dict.fromkeys(MEANS, math.nan), []
    try:
        rest = front(largest)
        for name, said in MEANS.items():
            if short(0.0, name) > 0.0:
                flags.append(f"slower_bath: the {said} is wider than reported in the bath as it is")
            elif rest[name] < wanted:
                flags.append(f"slower_bath: the {said} stays below the one reported even in a bath at rest")
            else:
                at = brentq(short, 0.0, math.log(largest), args=(name,), xtol=CLOSE)
                falls[name] = math.exp(at)  # pyright: ignore[reportArgumentType]
    except HoneycellError as error:
        flags.append(f"slower_bath: {error.what}")
    return make_record(
        "scalars/1",
        sample=sample,
        instrument="slower bath",
        variables={
            "reported": ((), wanted, "m", "front pore reported"),
            "transfer": ((), transfer, "m/s", "transfer coefficient of the bath"),
            "largest_fall": ((), largest, "1", "fall of the coefficient to that of a bath at rest"),
            **{f"fall_by_{name}": ((), falls[name], "1", f"fall that gives the reported {said}") for name, said in MEANS.items()},
            **{f"{name}_at_rest": ((), rest[name], "m", f"{said} at the front, bath at rest") for name, said in MEANS.items()},
        },
        ancestry=p.ancestry(consumed[:1]),
        attributes={"flags": json.dumps(flags)} if flags else {},
    )  # fmt: skip
