"""A mixture's tie lines, continued from the critical point to the water/polymer edge and kept."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np

from honeycell.physics.flory_huggins import TernaryMixture, second_derivatives
from honeycell.physics.spinodal import critical_point, expit, logit, root_between
from honeycell.physics.tie_lines import FIRST_CONTRAST, Vector, ends_of, fixed, offset_of, solve, through
from honeycell.quantities.errors import NotConverged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]

_EDGE = -40.0  # ln(phi2/phi1) of the lean phase where the family ends: the edge, within rounding


@dataclass(frozen=True)
class Family:
    """Continued tie lines: ``lines`` (k, 4), and which number (contrast or x) led each step to the next."""

    critical: tuple[float, float]
    lines: Array
    ends: Array
    by_contrast: tuple[bool, ...]


@lru_cache(maxsize=128)
def family_of(mixture: TernaryMixture) -> Family:
    """Continue tie lines from the critical point to the water/polymer edge."""
    p1, p3 = critical_point(mixture)
    p2 = 1.0 - p1 - p3
    f11, f13, _ = second_derivatives(mixture, cast("Array", p1), cast("Array", p3))
    d1 = -float(f13 / f11)
    slope = p3 * (1.0 - p3) * (-(d1 + 1.0) / p2 - d1 / p1)
    half = 0.5 * FIRST_CONTRAST
    centre = np.array([logit(p3), math.log(p2 / p1), logit(p3), math.log(p2 / p1)])
    contrast_of = np.array([-1.0, 0.0, 1.0, 0.0])
    guess = centre + half * np.array([-1.0, -slope, 1.0, slope])
    first = solve(mixture, guess, fixed(cast("Vector", tuple(contrast_of.tolist())), FIRST_CONTRAST))
    if first is None:
        raise NotConverged(
            "no tie line found next to the critical point", "phase diagram", "Check the interaction parameters."
        )
    lines = [first]
    modes: list[bool] = []
    before, last = centre, first
    by_contrast, step = True, 0.6
    while last[1] > _EDGE:
        direction = contrast_of if by_contrast else np.array([0.0, 1.0, 0.0, 0.0])
        old, now = float(direction @ before), float(direction @ last)
        target = now * math.exp(step) if by_contrast else max(now - step, _EDGE)
        guess = last + (last - before) * ((target - now) / (now - old))
        solved = solve(mixture, guess, fixed(cast("Vector", tuple(direction.tolist())), target))
        if solved is None or (not by_contrast and solved[1] > last[1] + 1e-9):
            step *= 0.5
            if step < 1e-3:
                if by_contrast:
                    by_contrast, step = False, 0.2
                    continue
                raise NotConverged(
                    f"the binodal is lost at phi3 = {float(expit(last[2])):.3g} of its rich branch",
                    "phase diagram",
                    "Check the interaction parameters for a second two-phase region.",
                )
            continue
        before, last = last, solved
        lines.append(last)
        modes.append(by_contrast)
        if by_contrast:
            grown = math.log(float(contrast_of @ last) / float(contrast_of @ before))
            step = min(1.3 * step, 0.6)
            if grown < abs(float(last[1] - before[1])):
                by_contrast, step = False, min(0.5, abs(float(last[1] - before[1])))
        else:
            step = min(1.4 * step, 0.6 if last[1] > -12.0 else 10.0)
    return Family((p1, p3), np.array(lines), np.array([ends_of(v) for v in lines]), tuple(modes))


def along(mixture: TernaryMixture, family: Family, k: int, part: float) -> Array:
    """The tie line at a part (0 to 1) of the step from line k to line k + 1; shape (4,)."""
    low, high = family.lines[k], family.lines[k + 1]
    if part <= 0.0 or part >= 1.0:
        return low if part <= 0.0 else high
    start = low + part * (high - low)
    direction: Vector = (-1.0, 0.0, 1.0, 0.0) if family.by_contrast[k] else (0.0, 1.0, 0.0, 0.0)
    solved = solve(mixture, start, fixed(direction, float(np.asarray(direction) @ start)))
    if solved is None:
        raise NotConverged(
            f"no tie line found near phi3 = {float(family.ends[k, 3]):.3g} of the rich branch",
            "phase diagram",
            "Check the interaction parameters.",
        )
    return solved


def bisect(mixture: TernaryMixture, family: Family, k: int, overall: tuple[float, float]) -> Array:
    """The tie line through the overall composition, by a bracketed search within one step; shape (4,)."""
    part = root_between(
        lambda at: float(offset_of(ends_of(along(mixture, family, k, at)), *overall)),
        0.0,
        1.0,
    )
    start = along(mixture, family, k, part)
    solved = solve(mixture, start, through(*overall))
    return start if solved is None else solved
