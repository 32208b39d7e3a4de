"""Local thickness of random pores, 512^2 and 128^3: the map, its time and its agreement with PoreSpy's."""

from __future__ import annotations

from typing import Any

import numpy as np
from harness import at_least, at_most, in_turns, optional, row
from scipy import ndimage

NAME = "local_thickness"
FASTER, AGREEMENT = 5.0, 0.01
CASES = (((512, 512), 8.0), ((128, 128, 128), 4.0))  # shape and width of the pores [voxels]
POROSITY = 0.6


def rows() -> list[dict[str, Any]]:
    from honeycell.numerics.local_thickness import local_thickness

    porespy = optional("porespy")
    result = []
    for shape, width in CASES:
        pores = blobs(shape, width)
        name = " x ".join(map(str, shape))
        if isinstance(porespy, str):
            (ours,) = in_turns([lambda pores=pores: local_thickness(pores)], 3)
            result.append(row(NAME, name, ours_seconds=ours, peer="PoreSpy dt", note=porespy, goal="x 5"))
            continue
        porespy.settings.tqdm = {**getattr(porespy.settings, "tqdm", {}), "disable": True}

        def peer(sizes: Any = 25, pores: np.ndarray = pores) -> np.ndarray:
            return np.asarray(porespy.filters.local_thickness(pores, method="dt", sizes=sizes))

        ours, theirs = in_turns([lambda pores=pores: local_thickness(pores), peer], 3)
        ratio = None if not ours or not theirs else theirs / ours
        result.append(
            row(NAME, name, ours_seconds=ours, peer="PoreSpy dt", peer_seconds=theirs, **at_least(ratio, FASTER, "x"))
        )
        away = difference(local_thickness(pores), peer(exact_sizes(pores)), pores)
        numbers = {"ours": f"{away:.2%}", **at_most(away, AGREEMENT, "relative")}
        result.append(row(NAME, f"{name}: mean difference from PoreSpy at all sizes", peer="PoreSpy dt", **numbers))
    return result


def blobs(shape: tuple[int, ...], width: float) -> np.ndarray:
    field = ndimage.gaussian_filter(np.random.default_rng(0).standard_normal(shape), width)
    return field < np.quantile(field, POROSITY)


def exact_sizes(pores: np.ndarray) -> np.ndarray:
    """Every radius that occurs, so that PoreSpy bins none away."""
    distance = ndimage.distance_transform_edt(pores)
    return np.unique(distance[distance > 0.0])[::-1]


def difference(ours: np.ndarray, theirs: np.ndarray, pores: np.ndarray) -> float:
    """Mean relative difference over the pores, theirs taken as radius or diameter, whichever it is."""
    both = pores & (theirs > 0.0)
    factor = 2.0 if np.median(ours[both] / theirs[both]) > 1.5 else 1.0
    return float(np.mean(np.abs(factor * theirs[both] / ours[both] - 1.0)))
