"""The film's way through the phase diagram: a (dope), b (binodal), c (rich phase sets), d (equilibrium with the bath)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import root_scalar

from honeycell.physics.phase_diagram import binodal, cloud_water, critical_point, spinodal_curve, tie_line
from honeycell.quantities.errors import RunError
from honeycell.quantities.record import make_record

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.physics.flory_huggins import TernaryMixture
    from honeycell.physics.phase_diagram import TieLine
    from honeycell.quantities.record import Ancestry

    Floats = NDArray[np.float64]

TIE_LINES = 40
SPINODAL_POINTS = 80
COMPONENTS = ["water", "solvent", "polymer"]


def way(mixture: TernaryMixture, phi3: float, bath_water: float, gel: float, sample: str) -> tuple[Floats, TieLine]:
    """Points a, b, c, d as (water, solvent, polymer) (4, 3), polymer at rest, and the tie line at d.

    Raises
    ------
    RunError : the bath does not demix the dope.
    """
    b = cloud_water(mixture, phi3)
    d = (1.0 - phi3) * bath_water
    end = tie_line(mixture, (d, phi3))
    if not 0.0 < b < d or end is None:
        needed = f"it takes {b / (1.0 - phi3):.3g} of non-solvent in the liquid" if b > 0.0 else "nothing does"
        raise RunError(
            f"the bath, {bath_water:.3g} of non-solvent in the end, does not demix this dope: {needed}",
            f"film of {sample}",
            "Check the polymer share and the bath.",
        )

    def missing(phi1: float) -> float:
        line = tie_line(mixture, (phi1, phi3))
        return (phi3 if line is None else line.rich[2]) - gel

    low = b + 1e-6
    c = (
        low
        if missing(low) >= 0.0
        else d
        if missing(d) <= 0.0
        else root_scalar(missing, bracket=(low, d), xtol=1e-5).root
    )
    return np.array([[w, 1.0 - phi3 - w, phi3] for w in (0.0, b, c, d)]), end


def diagram(mixture: TernaryMixture, path: Floats, sample: str, ancestry: Ancestry) -> xr.Dataset:
    """Record ``ternary/1`` of the whole phase diagram with the ``path`` (4, 3) on it."""
    lines = binodal(mixture, TIE_LINES)
    critical = critical_point(mixture)
    spinodal = np.array([_whole(*point) for point in spinodal_curve(mixture, SPINODAL_POINTS)])
    return make_record(
        "ternary/1",
        sample=sample,
        instrument="phase diagram",
        coordinates={
            "component": ("component", COMPONENTS, "1"),
            "path_point": ("path_point", list("abcd"), "1"),
        },
        variables={
            "binodal_lean": (("tie_line", "component"), np.array([line.lean for line in lines]), "1"),
            "binodal_rich": (("tie_line", "component"), np.array([line.rich for line in lines]), "1"),
            "spinodal": (("spinodal_point", "component"), spinodal, "1"),
            "critical_point": ("component", _whole(*critical), "1"),
            "path": (("path_point", "component"), path, "1"),
        },
        ancestry=ancestry,
    )


def _whole(water: float, polymer: float) -> Floats:
    return np.array([water, 1.0 - water - polymer, polymer])
