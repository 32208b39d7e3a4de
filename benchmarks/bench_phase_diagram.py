"""The ternary phase diagram: what one draw of an uncertainty sampling costs."""

from __future__ import annotations

from functools import partial
from typing import Any

from harness import at_most, in_turns, row

from honeycell.physics.flory_huggins import TernaryMixture
from honeycell.physics.phase_diagram import binodal, cloud_water, tie_line

NAME = "phase_diagram"


def rows() -> list[dict[str, Any]]:
    mixture = TernaryMixture(96.4 / 18.07, 1250.0, 0.785, 0.665, 2.1, 0.42)

    def pair() -> None:
        cloud_water(mixture, 0.06)
        tie_line(mixture, (0.3, 0.06))

    point, curve = in_turns([pair, partial(binodal, mixture, 40)], repeats=3)
    return [
        row(NAME, "cloud point and one tie line", ours_seconds=point, **at_most(point, 0.1)),
        row(NAME, "binodal of 40 tie lines", ours_seconds=curve, **at_most(curve, 1.0)),
    ]
