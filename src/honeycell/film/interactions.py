"""Which interaction parameters a dope mixes by: those of the pairs' tables, or a rival set pinned to its own cloud point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honeycell.physics.cloud_point import pinned
from honeycell.physics.flory_huggins import TernaryMixture
from honeycell.physics.phase_diagram import binodal, cloud_water, critical_point
from honeycell.quantities.errors import InputError
from honeycell.quantities.record import make_record

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.data.parameters import Parameters

    Sizes = tuple[float, float]

SWITCH = "recipe.film.interactions"
PAIRS = "pairs"  # what the parameters of the pairs' own tables are called beside their rivals
LINES = 40


def chosen_mixture(p: Parameters, names: tuple[str, str, str], sizes: Sizes) -> TernaryMixture:
    """The mixture of the recipe's ``interactions``, of the pairs' tables where it names none.

    Parameters
    ----------
    names : tables of non-solvent, solvent and polymer.  sizes : r2 and r3.

    Raises
    ------
    InputError : a set that does not exist, or whose cloud point no mixture has.
    """
    if SWITCH in p and p.text(SWITCH) != PAIRS:
        return _of_set(p, names, p.text(SWITCH), sizes)
    return _of_pairs(p, names, sizes)


def set_names(p: Parameters, names: tuple[str, str, str]) -> list[str]:
    """Rival sets that the tables hold for three components."""
    prefix = "__".join(names) + "__"
    return sorted({key.split(".")[0].removeprefix(prefix) for key in p if key.startswith(prefix)})


def rival_binodals(p: Parameters, names: tuple[str, str, str], sizes: Sizes, polymer: float, sample: str) -> xr.Dataset:
    """Record ``binodals/1``: the binodal of each set, of the pairs' tables first, each with the cloud point that it passes.

    Parameters
    ----------
    polymer : volume fraction at which the cloud point of the pairs' tables is stated; they are pinned to none.
    """
    sets = [PAIRS, *set_names(p, names)]
    mixtures = [_of_pairs(p, names, sizes), *(_of_set(p, names, name, sizes) for name in sets[1:])]
    clouds = [(cloud_water(mixtures[0], polymer), polymer), *(_cloud(p, names, name) for name in sets[1:])]
    lines = [binodal(mixture, LINES) for mixture in mixtures]
    critical = [critical_point(mixture) for mixture in mixtures]

    def whole(points: list[Sizes]) -> np.ndarray:
        return np.array([(water, 1.0 - water - dissolved, dissolved) for water, dissolved in points])

    return make_record(
        "binodals/1",
        sample=sample,
        instrument="phase diagram",
        coordinates={
            "set": ("set", np.array(sets), "1"),
            "component": ("component", np.array(["water", "solvent", "polymer"]), "1"),
        },
        variables={
            "binodal_lean": (
                ("set", "tie_line", "component"),
                np.array([[each.lean for each in one] for one in lines]),
                "1",
            ),
            "binodal_rich": (
                ("set", "tie_line", "component"),
                np.array([[each.rich for each in one] for one in lines]),
                "1",
            ),
            "critical_point": (("set", "component"), whole(critical), "1"),
            "cloud_point": (("set", "component"), whole(clouds), "1"),
            "chi13": ("set", np.array([mixture.chi13 for mixture in mixtures]), "1", "water-polymer interaction"),
            "chi23": ("set", np.array([mixture.chi23 for mixture in mixtures]), "1", "solvent-polymer interaction"),
            "chi123": ("set", np.array([mixture.chi123 for mixture in mixtures]), "1", "ternary interaction"),
        },
        ancestry=p.ancestry(),
    )


def _of_pairs(p: Parameters, names: tuple[str, str, str], sizes: Sizes) -> TernaryMixture:
    water, solvent, polymer = names
    return TernaryMixture(
        *sizes,
        p[f"{water}__{solvent}.interaction_constant"],
        p[f"{water}__{solvent}.interaction_slope"],
        p[f"{water}__{polymer}.interaction_constant"],
        p[f"{solvent}__{polymer}.interaction_constant"],
    )


def _of_set(p: Parameters, names: tuple[str, str, str], name: str, sizes: Sizes) -> TernaryMixture:
    known = set_names(p, names)
    if name not in known:
        raise InputError(
            f"no interaction set {name!r} for {', '.join(names)}",
            "recipe film.interactions",
            f"There are: {', '.join([PAIRS, *known])}.",
        )
    table = "__".join((*names, name))
    start = TernaryMixture(
        *sizes,
        p[f"{table}.water_solvent_constant"],
        p[f"{table}.water_solvent_slope"],
        p[f"{names[0]}__{names[2]}.interaction_constant"],  # where the search for its own begins
        p[f"{table}.solvent_polymer"],
        p[f"{table}.ternary"],
    )
    return pinned(start, *_cloud(p, names, name))


def _cloud(p: Parameters, names: tuple[str, str, str], name: str) -> Sizes:
    table = "__".join((*names, name))
    return p[f"{table}.cloud_water"], p[f"{table}.cloud_polymer"]
