"""A crystal structure to its powder lines."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.analysis.diffraction.cells import cell_name
from honeycell.analysis.diffraction.structure import SHORTEST, lines_of_crystal
from honeycell.analysis.result import Estimate, Reduction
from honeycell.physics.diffraction import lorentz_polarisation, plane_spacings, reciprocal_metric
from honeycell.quantities.record import flags_of

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.analysis.result import Settings

LARGEST = math.radians(150.0)  # where diffractometers end; the angle factor has no bound at 180 degree
WEAKEST = 1e-3  # of the strongest line: weaker ones are not listed
MOST = 1500  # lines listed
STATED = "as the file states it"


def reduce_crystal(record: xr.Dataset, settings: Settings) -> Reduction:
    """Powder lines of a ``crystal/1`` record.

    Quantities: the cell's free edges [m] and angles [rad], as stated. Table ``peaks``, by falling spacing: indices, ``d_spacing``,
    ``multiplicity``, ``structure_factor_squared`` |F|2 in electrons squared, ``two_theta`` where the setting ``wavelength`` is given,
    and ``height`` in per cent of the strongest line: with the angle factor of an unpolarised beam where the angle is known, without it
    else. Lines below 0.1 % are left out.
    """
    wavelength = settings["wavelength"].number if "wavelength" in settings else None
    found = lines_of_crystal(record, wavelength, LARGEST)
    phase = found.phase
    flags = [*flags_of(record), *found.flags]
    spacing = plane_spacings(reciprocal_metric(phase.lengths, phase.angles), phase.indices)
    angle = phase.two_theta(wavelength) if wavelength is not None else np.full(spacing.shape, math.nan)
    seen = np.isfinite(angle) & (angle < LARGEST) if wavelength is not None else np.ones(spacing.shape, bool)
    height = np.where(seen, phase.strength, 0.0)
    if wavelength is not None:
        height = height * np.where(seen, lorentz_polarisation(np.where(seen, angle, 1.0)), 0.0)
    else:
        flags.append(
            "wavelength: not given, so that lines have no angle, and heights no angle factor; give --set wavelength='… angstrom'"
        )
    height = 100.0 * height / max(float(height.max(initial=0.0)), 1e-300)
    listed = np.flatnonzero(height >= 100.0 * WEAKEST)
    if listed.size > MOST:
        flags.append(f"lines: of {listed.size}, the {MOST} strongest are listed")
        listed = np.sort(listed[np.argsort(-height[listed], kind="stable")[:MOST]])
    rows: list[dict[str, Any]] = []
    for i in listed:
        h, k, l = (int(n) for n in phase.indices[i])
        row: dict[str, Any] = {"h": h, "k": k, "l": l}
        if wavelength is not None:
            row["two_theta"] = math.degrees(float(angle[i]))
        row |= {
            "d_spacing": float(spacing[i]) * 1e10,
            "height / %": float(height[i]),
            "multiplicity": round(float(found.multiplicity[i])),
            "structure_factor_squared": float(found.square[i]),
        }
        rows.append(row)
    quantities = [
        Estimate(cell_name(phase, name), float(value), "m" if name in "abc" else "rad", method=STATED)
        for name, value in zip(phase.free, phase.parameters, strict=True)
    ]
    most = (
        f"up to {math.degrees(LARGEST):.0f} degree"
        if wavelength is not None
        else f"down to {SHORTEST * 1e10:g} angstrom"
    )
    told = f"lines: above {100.0 * WEAKEST:g} % of the strongest, {most}; neutral atoms, no anomalous scattering, ideal powder"
    return Reduction("diffraction", tuple(quantities), {"peaks": rows}, (*dict.fromkeys(flags), told))
