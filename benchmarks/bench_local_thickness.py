"""Local thickness of random pores, 512^2 and 128^3: the map, its time and its agreement with PoreSpy's."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

import numpy as np
from harness import at_least, at_most, in_turns, optional, row
from scipy import ndimage

# a peer's idle threads spin for a while after their loop, on the cores that the next in turn needs
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("KMP_BLOCKTIME", "0")

NAME = "local_thickness"
FASTER, AGREEMENT = 5.0, 0.01
CASES = (((512, 512), 8.0), ((128, 128, 128), 4.0))  # shape and width of the pores [voxels]
POROSITY = 0.6
NOTES = {"dt": "its radii are whole voxels", "bf": "its default: whole voxels, on all cores; ours is exact"}


def rows() -> list[dict[str, Any]]:
    from honeycell.numerics.local_thickness import local_thickness

    porespy = optional("porespy")
    result = []
    for shape, width in CASES:
        pores = blobs(shape, width)
        name = " x ".join(map(str, shape))
        if isinstance(porespy, str):
            (ours,) = in_turns([partial(local_thickness, pores)], 3)
            result.append(row(NAME, name, ours_seconds=ours, peer="PoreSpy dt", note=porespy, goal="x 5"))
            continue
        porespy.settings.tqdm = {"disable": True}
        peers = {method: partial(porespy.filters.local_thickness, pores, method=method) for method in ("dt", "bf")}
        ours, *others = in_turns([partial(local_thickness, pores), *peers.values()], 3)
        for (method, _), theirs in zip(peers.items(), others, strict=True):
            numbers = {"ours_seconds": ours, "peer": f"PoreSpy {method}", "peer_seconds": theirs}
            goal = at_least(theirs / ours if ours and theirs else None, FASTER, "x") if method == "dt" else {}
            note = NOTES[method]
            result.append(row(NAME, name, **numbers, **goal, note=note))
        away = difference(local_thickness(pores), exact(porespy, pores), pores)
        numbers = {"ours": f"{away:.2%}", **at_most(away, AGREEMENT, "relative")}
        result.append(row(NAME, f"{name}: mean difference at all radii", peer="PoreSpy legacy", **numbers))
    return result


def blobs(shape: tuple[int, ...], width: float) -> np.ndarray:
    field = ndimage.gaussian_filter(np.random.default_rng(0).standard_normal(shape), width)
    return field < np.quantile(field, POROSITY)


def exact(porespy: Any, pores: np.ndarray) -> np.ndarray:
    """PoreSpy's radii at every distance that occurs: its other methods keep whole voxels only."""
    distance = ndimage.distance_transform_edt(pores)
    sizes = np.unique(distance[distance > 0.0])[::-1]
    return np.asarray(porespy.filters.local_thickness(pores, method="legacy", sizes=sizes))


def difference(ours: np.ndarray, theirs: np.ndarray, pores: np.ndarray) -> float:
    """Mean relative difference over the pores, theirs taken as radius or diameter, whichever it is."""
    both = pores & (theirs > 0.0)
    factor = 2.0 if np.median(ours[both] / theirs[both]) > 1.5 else 1.0
    return float(np.mean(np.abs(factor * theirs[both] / ours[both] - 1.0)))
