"""Phase diagram of a ternary Flory-Huggins mixture: spinodal, critical point, tie lines, binodal.

Method. From the critical point a family of tie lines is continued to the water/polymer edge, each polished by Newton's method on the
equality of the three chemical potentials; the family is kept per mixture.

Validity: one two-phase region that starts at a critical point and ends on the water/polymer edge,
that is, water and solvent mix in all proportions, so do solvent and polymer, and water and polymer
do not. Anything else raises ``InputError``. Volume fractions throughout; no units.

Source: Flory-Huggins as in ``flory_huggins``; criticality after J. W. Gibbs (determinant and
directional third derivative vanish together).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np

from honeycell.physics.flory_huggins import TernaryMixture  # noqa: TC001  the examples use it
from honeycell.physics.spinodal import at_least_two, critical_point, logit, spinodal_curve, spinodal_water
from honeycell.physics.tie_line_family import along, bisect, family_of
from honeycell.physics.tie_lines import (
    TieLine,
    ends_of,
    fixed,
    inside,
    lies_between,
    make_line,
    offset_of,
    share_of,
    solve,
    through,
    unit_vector,
)
from honeycell.quantities.errors import InputError, NotConverged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]

__all__ = ["TieLine", "binodal", "cloud_water", "critical_point", "spinodal_curve", "spinodal_water", "tie_line"]


def tie_line(mixture: TernaryMixture, overall: tuple[float, float]) -> TieLine | None:
    """The two phases into which an overall composition separates.

    Parameters
    ----------
    mixture
        The parameters.
    overall
        Overall volume fractions (phi1, phi3).

    Returns
    -------
    TieLine or None
        The phases, equal in the three chemical potentials to 1e-10 kT per molecule; None for a
        single phase (and within about 1e-6 of the critical point).

    Raises
    ------
    InputError
        If ``overall`` is not a composition, or the mixture is outside what this module covers.
    NotConverged
        If the tie line cannot be polished.

    Examples
    --------
    >>> m = TernaryMixture(5.335, 1250.7, 0.785, 0.665, 2.09, 0.43)
    >>> pair = tie_line(m, (0.30, 0.06))
    >>> round(pair.rich[2], 2), round(pair.share_rich, 2)
    (0.56, 0.11)
    >>> tie_line(m, (0.05, 0.06)) is None
    True
    """
    o1, o3 = float(overall[0]), float(overall[1])
    o2 = 1.0 - o1 - o3
    if not (o1 >= 0.0 and o3 >= 0.0 and o2 >= -1e-12):
        raise InputError(
            f"(phi1, phi3) = ({o1:g}, {o3:g}) is not a composition",
            "tie line",
            "Give volume fractions that are not negative and add up to at most 1.",
        )
    family = family_of(mixture)
    if o2 < 1e-14:
        return inside(make_line(mixture, family.lines[-1], (o1, o3)))
    if o1 == 0.0 or o3 == 0.0:
        return None
    ends = family.ends
    offset = offset_of(ends, o1, o3)
    for k in np.flatnonzero((offset[1:] > 0.0) != (offset[:-1] > 0.0)):
        part = float(offset[k] / (offset[k] - offset[k + 1]))
        start = family.lines[k] + part * (family.lines[k + 1] - family.lines[k])
        guess = ends[k] + part * (ends[k + 1] - ends[k])
        share = share_of(guess, o1, o3)
        if not -1.0 < share < 2.0:
            continue
        solved = solve(mixture, start, through(o1, o3))
        if solved is None or not lies_between(solved, family.lines[k], family.lines[k + 1]):
            try:
                solved = bisect(mixture, family, int(k), (o1, o3))
            except NotConverged:
                if 0.0 <= share <= 1.0:
                    raise
                continue
        line = inside(make_line(mixture, solved, (o1, o3)))
        if line is not None:
            return line
    # a composition on the first or on the last tie line, or between the first and the critical point
    for k, room in ((0, 1e-2), (-1, 1e-12)):
        length = (ends[k, 2] - ends[k, 0]) ** 2 + (ends[k, 3] - ends[k, 1]) ** 2
        if abs(float(offset[k])) <= room * length and -0.1 <= share_of(ends[k], o1, o3) <= 1.1:
            solved = solve(mixture, family.lines[k], through(o1, o3))
            if solved is None and k == -1:
                solved = family.lines[k]
            if solved is not None:
                return inside(make_line(mixture, solved, (o1, o3)))
    return None


def binodal(mixture: TernaryMixture, n: int) -> list[TieLine]:
    """Tie lines from near the critical point to the water/polymer edge.

    Parameters
    ----------
    mixture
        The parameters.
    n
        Number of tie lines, at least 2.

    Returns
    -------
    list of TieLine
        Evenly spaced along the binodal; ``share_rich`` is one half (the middle of the tie line).

    Raises
    ------
    InputError
        If ``n`` is below 2 or the mixture is outside what this module covers.
    NotConverged
        If a tie line cannot be polished.

    Examples
    --------
    >>> m = TernaryMixture(5.335, 1250.7, 0.785, 0.665, 2.09, 0.43)
    >>> lines = binodal(m, 5)
    >>> [round(line.rich[2], 2) for line in (lines[0], lines[-1])]
    [0.05, 0.94]
    """
    at_least_two(n, "binodal")
    family = family_of(mixture)
    length: Array = np.concatenate([[0.0], np.cumsum(np.sqrt(np.sum(np.diff(family.ends, axis=0) ** 2, axis=1)))])
    # steps at the edge may have no length left; np.interp wants an increasing abscissa
    position = np.interp(np.linspace(0.0, float(length[-1]), n), length, np.arange(length.size))
    position[-1] = length.size - 1
    out: list[TieLine] = []
    for at in cast("list[float]", position.tolist()):
        k = min(int(at), length.size - 2)
        out.append(make_line(mixture, along(mixture, family, k, at - k), None))
    return out


def cloud_water(mixture: TernaryMixture, phi3: float) -> float:
    """Water fraction at the cloud point: where the binodal is first met as water replaces solvent.

    Parameters
    ----------
    mixture
        The parameters.
    phi3
        Polymer volume fraction, held fixed.

    Returns
    -------
    float
        The lowest phi1 on the binodal at this phi3 (to about 1e-7 next to the critical point, where the
        spinodal stands in for it); nan if the line of compositions never meets it.

    Raises
    ------
    InputError
        If ``phi3`` is not between 0 and 1, or the mixture is outside what this module covers.
    NotConverged
        If the point cannot be polished.

    Examples
    --------
    >>> m = TernaryMixture(5.335, 1250.7, 0.785, 0.665, 2.09, 0.43)
    >>> cloud_water(m, 0.2) < float(spinodal_water(m, 0.2))
    True
    """
    phi3 = float(phi3)
    if not 0.0 < phi3 < 1.0:
        raise InputError(f"phi3 = {phi3:g} is not between 0 and 1", "cloud point", "Give a volume fraction.")
    family = family_of(mixture)
    z = logit(phi3)
    if family.lines[0, 0] <= z <= family.lines[0, 2]:
        # between the ends of the first tie line binodal and spinodal touch, to second order
        return float(spinodal_water(mixture, phi3))
    found: list[float] = []
    for column, first in ((0, 0), (2, 2)):
        track = family.lines[:, column] - z
        for k in np.flatnonzero((track[1:] > 0.0) != (track[:-1] > 0.0)):
            part = float(track[k] / (track[k] - track[k + 1]))
            start = family.lines[k] + part * (family.lines[k + 1] - family.lines[k])
            solved = solve(mixture, start, fixed(unit_vector(column), z))
            if solved is None:
                raise NotConverged(
                    f"no cloud point found at phi3 = {phi3:g}", "phase diagram", "Check the interaction parameters."
                )
            found.append(float(ends_of(solved)[first]))
    return min(found) if found else math.nan
