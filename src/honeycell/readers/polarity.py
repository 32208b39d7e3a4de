"""Whether a file counts anodic or cathodic currents positive, which most potentiostats' files do not say.

Two things tell it where anodic currents are positive. Round a whole loop the current at rising potential lies above that at falling
potential: the charge that flows in while the potential rises flows out again while it falls, in a capacitor, an adsorbed layer or a
reversible couple alike. And the current rises with the potential on the whole, as a cell takes up energy. Passivation and nucleation may
turn the loop round, but not the rise: where the two disagree nothing is concluded.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ANODIC, CATHODIC, UNKNOWN = "anodic positive", "cathodic positive", "not stated"
CLEAR = 0.5  # of the area between the branches, counted with its sign, that decides
RISING = 0.3  # correlation of current and potential that speaks against a loop
STEEP = 0.7  # correlation that decides where there is no loop
OPEN = 0.01  # mean distance of the branches over the range of currents below which there is no loop to speak of
LEAST = 5  # rows of a branch
GRID = 200
_STATED = re.compile(r"\b(anodic|cathodic|oxidation|reduction)\s+(?:current\s+)?(?:is\s+)?positive", re.IGNORECASE)


def stated_in(text: str) -> str:
    """The convention that a header names, empty where it names none.

    >>> stated_in("Note: anodic current positive")
    'anodic positive'
    """
    if found := _STATED.search(text):
        return ANODIC if found[1].lower() in ("anodic", "oxidation") else CATHODIC
    return ""


def current_sign(schema: str, columns: Mapping[str, Floats], stated: str = "") -> tuple[str, str]:
    """The convention of a file's currents, and how it is known (empty where it is not).

    Parameters
    ----------
    columns : ``potential``, ``current`` and ``segment`` of a sweep as in the file.
    stated : what the file itself says.
    """
    if stated:
        return stated, "as the file says"
    if schema == "voltammetry/1":
        share = loop_sense(columns["potential"], columns["current"], columns["segment"])
        rise = _correlation(columns["potential"], columns["current"])
        if abs(share) > CLEAR and share * rise > -abs(share) * RISING:
            return (ANODIC if share > 0.0 else CATHODIC), "by the sense of the loop"
        if share == 0.0 and abs(rise) > STEEP:
            return (ANODIC if rise > 0.0 else CATHODIC), "by the current's rise with the potential"
    return UNKNOWN, ""


def _correlation(x: Floats, y: Floats) -> float:
    """Pearson's; 0 where one of them is constant."""
    a, b = x - x.mean(), y - y.mean()
    size = float(np.sqrt(np.sum(a * a) * np.sum(b * b)))
    return float(np.sum(a * b)) / size if size > 0.0 else 0.0


def loop_sense(potential: Floats, current: Floats, segment: Floats) -> float:
    """Area between rising and falling branches, with its sign, over the same without; 0 where there is no open loop.

    Positive where the current at rising potential is the higher one.
    """
    with np.errstate(all="ignore"):
        branches = [(potential[segment == number], current[segment == number]) for number in np.unique(segment)]
        signed = whole = width = 0.0
        for one, other in itertools.pairwise(branches):
            up, down = (one, other) if one[0][-1] > one[0][0] else (other, one)
            low, high = max(up[0].min(), down[0].min()), min(up[0].max(), down[0].max())
            if min(up[0].size, down[0].size) < LEAST or high <= low or down[0][-1] > down[0][0]:
                continue
            grid = np.linspace(low, high, GRID)
            apart = _at(grid, *up) - _at(grid, *down)
            signed += float(apart.sum()) * (high - low)
            whole += float(np.abs(apart).sum()) * (high - low)
            width += GRID * (high - low)
        return signed / whole if whole > OPEN * float(np.ptp(current)) * width else 0.0


def _at(grid: Floats, potential: Floats, current: Floats) -> Floats:
    order = np.argsort(potential, kind="stable")
    return np.interp(grid, potential[order], current[order])
