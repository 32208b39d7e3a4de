"""The share of the image in a phase, with an error that knows how large the features are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def areal_share(phase: NDArray[np.bool_]) -> tuple[float, float]:
    """Share of ``phase`` in the image and its standard error for a field that goes on beyond it.

    Var = (1/A) integral of the covariance of the phase over all shifts (Ohser & Muecklich, Statistical Analysis of Microstructures,
    2000, section 4.2), taken out to the first shift at which its mean over directions vanishes.

    Returns
    -------
    Two fractions. Features larger than about a tenth of the image make the error itself uncertain.
    """
    share = float(phase.mean())
    field = np.asarray(phase - share, float)
    covariance, radius = _covariance(field)
    bins = np.arange(int(min(phase.shape) // 2))
    place = np.minimum(radius.astype(int), bins.size - 1)
    mean = np.bincount(place.ravel(), covariance.ravel(), bins.size) / np.maximum(
        np.bincount(place.ravel(), minlength=bins.size), 1
    )
    negative = np.flatnonzero(mean[:-1] <= 0.0)
    reach = int(negative[0]) if negative.size else bins.size - 1
    integral = float(covariance[radius < reach].sum())
    # the mean was taken from the same field, which pulls the covariance down by the variance of that mean
    lost = np.pi * reach**2 / phase.size
    variance = integral / phase.size / max(1.0 - lost, 0.2)
    return share, float(np.sqrt(max(variance, share * (1.0 - share) / phase.size)))


def _covariance(field: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Covariance at every shift up to half the image, without wrapping round, and the length of the shift [pixels]."""
    from scipy import fft as transforms

    fft: Any = transforms

    shape = [fft.next_fast_len(2 * n) for n in field.shape]
    axes = (0, 1)
    spectrum = np.abs(fft.rfft2(field, shape, axes=axes)) ** 2
    pairs = np.abs(fft.rfft2(np.ones(field.shape), shape, axes=axes)) ** 2
    sums, counts = (fft.irfft2(each, shape, axes=axes) for each in (spectrum, pairs))
    y, x = (np.fft.fftfreq(n, 1.0 / n) for n in shape)
    inside = (np.abs(y)[:, None] <= field.shape[0] // 2) & (np.abs(x)[None, :] <= field.shape[1] // 2)
    radius = np.hypot(y[:, None], x[None, :])
    covariance = np.where(inside, sums / np.maximum(counts, 1.0), 0.0)
    return covariance, np.where(inside, radius, 1e9)
