"""A grey image into two phases, uneven lighting and noise allowed for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ROUNDS = 8  # of threshold and lighting in turn; they settle in three or four
CLEAR = 0.15  # noise over contrast below which no smoothing is needed
WIDEST = 4.0  # pixels of smoothing: more would eat features
LEAST_CONTRAST = 1.5  # difference of the phases over the noise left within them


@dataclass(frozen=True, slots=True)
class Phases:
    """``bright`` (y, x) is True in the bright phase; ``contrast`` over ``noise`` tells how clear the two are."""

    bright: NDArray[np.bool_]
    contrast: float
    noise: float
    smoothing: float
    flags: tuple[str, ...]


def two_phases(image: NDArray[Any]) -> Phases:
    """Bright and dark phase of an image.

    The image is smoothed by a Gaussian just wide enough for its noise. Lighting is a surface of second order, fitted in turn with
    Otsu's threshold to what the surface leaves, so that a gradient over the image does not pass for a phase.

    Parameters
    ----------
    image : grey values (y, x), at least 16 by 16.

    Raises
    ------
    InputError : smaller, of one grey value, or without two phases that can be told apart.

    Source: Otsu, IEEE Trans. Syst. Man Cybern. 9 (1979) 62, doi:10.1109/TSMC.1979.4310076; noise from second differences:
    Immerkaer, Comput. Vis. Image Underst. 64 (1996) 300, doi:10.1006/cviu.1996.0060.
    """
    from scipy import ndimage
    from skimage.filters import threshold_otsu

    grey = np.asarray(image, float)
    if min(grey.shape) < 16:
        raise InputError(f"an image of {grey.shape[1]} x {grey.shape[0]} pixels", "micrograph", "Give a larger part.")
    spread = float(np.ptp(grey))
    if spread == 0.0:
        raise InputError("an image of one grey value", "micrograph", "Check the export; nothing can be told apart.")
    grey = (grey - grey.min()) / spread
    noise = _noise(grey)
    first = float(threshold_otsu(grey))
    contrast = float(grey[grey > first].mean() - grey[grey <= first].mean())
    wide = min(noise / (CLEAR * contrast) / np.sqrt(4.0 * np.pi), WIDEST) if noise > CLEAR * contrast else 0.0
    smooth = np.asarray(ndimage.gaussian_filter(grey, wide)) if wide > 0.0 else grey
    surface, terms = np.zeros_like(smooth), _surface_terms(smooth.shape)
    bright = smooth > first
    for _ in range(ROUNDS):
        columns = np.column_stack([terms, bright.ravel()])
        solution = np.linalg.lstsq(columns[::7], smooth.ravel()[::7], rcond=None)[
            0
        ]  # a sample of pixels fixes six numbers
        surface = (terms @ solution[:-1]).reshape(smooth.shape)
        level = smooth - surface
        found = level > float(threshold_otsu(level))
        if (found == bright).all():
            break
        bright = found
    level = smooth - surface
    if bright.all() or not bright.any():
        raise InputError("no two phases can be told apart", "micrograph", "Give an image with contrast.")
    contrast = float(level[bright].mean() - level[~bright].mean())
    within = float(np.sqrt(np.mean([level[bright].var(), level[~bright].var()])))
    flags = ()
    if contrast < LEAST_CONTRAST * within * 2.0:
        flags = (
            f"contrast: the phases differ by {contrast / max(within, 1e-12):.1f} times their own spread; look at the outlines",
        )
    return Phases(bright, contrast, within, wide, flags)


def _surface_terms(shape: tuple[int, ...]) -> Floats:
    y, x = (np.linspace(-1.0, 1.0, n) for n in shape)
    Y, X = np.meshgrid(y, x, indexing="ij")
    return np.stack([np.ones_like(X), X, Y, X * Y, X**2, Y**2], axis=-1).reshape(-1, 6)


def _noise(grey: Floats) -> float:
    """Standard deviation of noise that is white over the pixels, by the median of second differences in both directions."""
    second = grey[1:-1, 1:-1] * 4.0 - 2.0 * (grey[1:-1, 2:] + grey[1:-1, :-2] + grey[2:, 1:-1] + grey[:-2, 1:-1])
    second += grey[2:, 2:] + grey[2:, :-2] + grey[:-2, 2:] + grey[:-2, :-2]
    return float(np.median(np.abs(second))) / 0.6745 / 6.0  # 6 = root of the sum of the squared weights
