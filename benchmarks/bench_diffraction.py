"""A powder pattern of thirty doublets over a slope, fitted line by line with errors."""

from __future__ import annotations

from typing import Any

import numpy as np
from harness import at_most, in_turns, row

NAME = "diffraction"
POINTS, LINES = 2500, 30
SECONDS = 1.0
FIRST, LAST = 1.540593e-10, 1.544427e-10  # m, copper


def rows() -> list[dict[str, Any]]:
    from honeycell.analysis.diffraction.lines import analyse
    from honeycell.analysis.diffraction.noise import Noise
    from honeycell.analysis.diffraction.profile import Doublet

    x, y = forged()
    noise = Noise("counted", np.sqrt(np.maximum(y, 1.0)))

    def fit() -> Any:
        return analyse(np.radians(x), y, noise, Doublet(LAST / FIRST, 0.5))

    (ours,) = in_turns([fit], 3)
    found = len(fit().lines)
    what = f"{POINTS} points, {LINES} doublets"
    return [
        row(NAME, what, ours_seconds=ours, **at_most(ours, SECONDS)),
        row(NAME, f"{what}: lines found", ours=found, **at_most(abs(found - LINES), 1, "off")),
    ]


def forged() -> tuple[np.ndarray, np.ndarray]:
    """Gaussian doublets, own formulas, with counting noise."""
    rng = np.random.default_rng(0)
    x = np.linspace(10.0, 60.0, POINTS)
    y = 300.0 - 3.0 * x
    for place, height in zip(np.linspace(11.0, 59.0, LINES), rng.uniform(200.0, 3000.0, LINES), strict=True):
        other = 2.0 * np.degrees(np.arcsin(np.sin(np.radians(place / 2.0)) * LAST / FIRST))
        for at, size in ((place, height), (other, 0.5 * height)):
            y = y + size * np.exp(-4.0 * np.log(2.0) * ((x - at) / 0.15) ** 2)
    return x, rng.poisson(y).astype(float)
