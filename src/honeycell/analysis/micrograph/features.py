"""Single particles or pores of a phase: split where they touch, measured, and weighed for the edge of the image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.numerics.distance import distance_transform

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SMALLEST = 20  # pixels of area: less has no shape
DEPTH = 0.25  # of the typical half width: a neck must be this much narrower than its feature to be cut


@dataclass(frozen=True, slots=True)
class Features:
    """Whole features inside the image.

    ``diameter`` of the circle of equal area [pixels]; ``weight`` corrects for large ones being cut by the edge more often; ``labels``
    (y, x) numbers all, cut ones included; ``number`` is the label of each; ``centre`` (n, 2) is y, x.
    """

    labels: NDArray[np.int32]
    number: NDArray[np.int64]
    diameter: Floats
    circularity: Floats
    centre: Floats
    weight: Floats
    cut: int
    small: int


def features_of(phase: NDArray[np.bool_], *, filled: bool) -> Features:
    """Connected parts of ``phase``, split at necks by a watershed on the distance from the edge of the phase.

    Parameters
    ----------
    phase : (y, x).
    filled : close holes first (bright particles have dark spots, pores do not).

    Returns
    -------
    Features that do not touch the edge of the image, each with the weight W H / ((W - w)(H - h)) of Miles and Lantuejoul, in
    which w and h are its width and height (Russ, The Image Processing Handbook, ch. 10; Miles, J. R. Stat. Soc. B 36 (1974) 1).
    """
    from scipy import ndimage
    from skimage.measure import regionprops_table
    from skimage.segmentation import watershed

    body = np.asarray(ndimage.binary_fill_holes(phase), bool) if filled else phase
    if body.all():
        return _none(body)
    distance = distance_transform(np.pad(body, 1, mode="edge") if body.any() else ~body)
    distance = distance[1:-1, 1:-1] if body.any() else np.zeros(body.shape)
    smooth = np.asarray(ndimage.gaussian_filter(distance, 1.0))
    labels = np.asarray(watershed(-smooth, _markers(smooth, body), mask=body), np.int32)
    names = ("label", "area", "perimeter", "centroid", "bbox")
    table: dict[str, Any] = regionprops_table(labels, properties=names) if labels.any() else {}
    if not table:
        return _none(body)
    height, width = body.shape
    top, left, bottom, right = (table[f"bbox-{k}"] for k in range(4))
    whole = (top > 0) & (left > 0) & (bottom < height) & (right < width)
    large = table["area"] >= SMALLEST
    kept = whole & large
    area, perimeter = table["area"][kept].astype(float), np.maximum(table["perimeter"][kept].astype(float), 1.0)
    share = (1.0 - (right - left)[kept] / width) * (1.0 - (bottom - top)[kept] / height)
    return Features(
        labels,
        table["label"][kept],
        np.sqrt(4.0 * area / np.pi),
        np.minimum(4.0 * np.pi * area / perimeter**2, 1.0),
        np.column_stack([table["centroid-0"][kept], table["centroid-1"][kept]]),
        1.0 / np.maximum(share, 1.0 / body.size),
        int((large & ~whole).sum()),
        int((~large).sum()),
    )


def _markers(smooth: Floats, body: NDArray[np.bool_]) -> NDArray[np.int32]:
    """One marker per summit of the distance that stands out by the depth of a neck."""
    from scipy import ndimage
    from skimage.morphology import h_maxima

    summits = smooth[(smooth == np.asarray(ndimage.maximum_filter(smooth, 3))) & body & (smooth > 1.0)]
    typical = float(np.median(summits)) if summits.size else 1.0
    depth = max(DEPTH * typical, 0.5)
    # h_maxima compares stored levels: whole numbers of a hundredth of a pixel keep it exact
    levels = np.round(100.0 * smooth).astype(np.int32)
    high = np.asarray(h_maxima(levels, max(int(100.0 * depth), 1)), bool) & body
    marks: Any = ndimage.label(high, np.ones((3, 3)))
    return np.asarray(marks[0], np.int32)


def _none(body: NDArray[np.bool_]) -> Features:
    nothing = np.empty(0)
    labels = body.astype(np.int32)
    return Features(labels, np.empty(0, np.int64), nothing, nothing, np.empty((0, 2)), nothing, int(body.any()), 0)
