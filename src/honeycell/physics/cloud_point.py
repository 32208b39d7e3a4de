"""Interaction parameters pinned to a measured cloud point, which fixes one combination of them and no more."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from honeycell.physics.flory_huggins import TernaryMixture  # noqa: TC001  the example uses it
from honeycell.physics.phase_diagram import cloud_water
from honeycell.physics.spinodal import root_between
from honeycell.quantities.errors import InputError, NotConverged

STEP = 0.15  # of chi13 from one try to the next while the cloud point is enclosed
TRIES = 16


@lru_cache(maxsize=256)
def pinned(mixture: TernaryMixture, water: float, polymer: float) -> TernaryMixture:
    """The mixture with that chi13 at which the binodal passes a cloud point, all else as it was.

    Parameters
    ----------
    mixture : the other parameters; its chi13 is where the search begins.
    water, polymer : volume fractions at the cloud point.

    Raises
    ------
    InputError : fractions that are no composition, or a cloud point that no chi13 gives.

    >>> m = TernaryMixture(5.335, 1250.7, 0.785, 0.665, 2.09, 0.43)
    >>> round(pinned(m, 0.05, 0.06).chi13, 2)
    2.32
    """
    if not (water > 0.0 and polymer > 0.0 and water + polymer < 1.0):
        raise InputError(f"a cloud point at {water:g} of water and {polymer:g} of polymer", "interaction set")

    def excess(chi13: float) -> float:
        found = cloud_water(replace(mixture, chi13=chi13), polymer)
        return (found if found == found else 1.0) - water

    chi = mixture.chi13
    here = excess(chi)
    step = STEP if here > 0.0 else -STEP  # more of it lets less water in
    for _ in range(TRIES):
        try:
            there = excess(chi + step)
        except (InputError, NotConverged):
            break
        if (there > 0.0) != (here > 0.0):
            return replace(mixture, chi13=root_between(excess, min(chi, chi + step), max(chi, chi + step)))
        chi, here = chi + step, there
    raise InputError(
        f"no water-polymer interaction gives a cloud point at {water:g} of water and {polymer:g} of polymer",
        "interaction set",
        f"The search ended at chi13 = {chi:.3g} with {here + water:.3g} of water.",
    )
