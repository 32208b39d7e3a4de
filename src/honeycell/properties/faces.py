"""What each face of a swollen film offers to the electrode that touches it: free liquid, and pores of a width."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.data.parameters import Parameters

    Floats = NDArray[np.float64]

SIDES = (("front", 0), ("back", -1))
Scalars = dict[str, tuple[tuple[()], float, str, str]]


def cast_faces(parameters: Parameters, structure: xr.Dataset, pores: Floats, held: Floats) -> Scalars:
    """Scalars of a film that swells; none where the structure does not tell the width of its pores.

    Parameters
    ----------
    structure : record with ``pore_chord`` and ``pore_diameter`` [m] of each layer.
    pores : liquid in the pores of each layer, by volume of the layer [1].
    held : liquid in its walls, likewise [1].

    Notes
    -----
    Liquid within the reach of a wall and within the walls is bound, the rest free. Pores of mean chord l have a surface 4/l per volume.
    """
    if "pore_chord" not in structure:
        return {}
    reach = parameters[f"{parameters.text('recipe.film.polymer')}.bound_liquid_thickness"]
    near = _near(reach, structure["pore_chord"].values)
    free = pores * (1.0 - near) / (pores + held)
    width = np.nan_to_num(structure["pore_diameter"].values)
    return _scalars({side: (free[i], width[i]) for side, i in SIDES})


def bought_faces(parameters: Parameters, material: str, porosity: Floats) -> Scalars:
    """Scalars of a separator that does not swell: only liquid that its bare surface holds is bound.

    Notes
    -----
    Pores between fibres of diameter d have the mean chord ``d eps/(1 - eps)``; a stretched film's slits have their stated width.
    """
    p = parameters
    chord = np.full(2, p[f"{material}.pore_width"]) if f"{material}.pore_width" in p else np.zeros(2)
    if f"{material}.fibre_diameter" in p:
        ends = porosity[[0, -1]]
        chord = p[f"{material}.fibre_diameter"] * ends / (1.0 - ends)
    free = 1.0 - _near(p[f"{material}.bound_liquid_thickness"], chord)
    return _scalars({side: (free[i], chord[i]) for side, i in SIDES})


def _near(reach: float, chord: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.clip(np.nan_to_num(4.0 * reach / np.asarray(chord), nan=1.0), 0.0, 1.0)


def _scalars(faces: dict[str, tuple[Any, Any]]) -> Scalars:
    result: Scalars = {}
    for side, (free, width) in faces.items():
        result[f"free_liquid_share_{side}"] = ((), float(free), "1", f"free liquid over all liquid, {side}")
        result[f"pore_diameter_{side}"] = ((), float(width), "m", f"width of the pores, {side}")
    return result
