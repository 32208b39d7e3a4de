"""Where powder lines lie and how strong they are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

Indices = tuple[int, int, int]


def cubic_spacing(a: float, hkl: Indices) -> float:
    """Lattice-plane spacing of a cubic cell, d = a/sqrt(h2 + k2 + l2) [m]; ``a`` [m].

    >>> f"{cubic_spacing(10.0, (2, 0, 0)):.1f}"
    '5.0'
    """
    return a / math.sqrt(sum(i * i for i in hkl))


def hexagonal_spacing(a: float, c: float, hkl: Indices) -> float:
    """Lattice-plane spacing in hexagonal axes, 1/d2 = 4/3 (h2 + hk + k2)/a2 + l2/c2 [m]; ``a``, ``c`` [m].

    >>> f"{hexagonal_spacing(10.0, 20.0, (0, 0, 2)):.1f}"
    '10.0'
    """
    h, k, l = hkl
    return 1.0 / math.sqrt(4.0 / 3.0 * (h * h + h * k + k * k) / a**2 + l * l / c**2)


def orthorhombic_spacing(a: float, b: float, c: float, hkl: Indices) -> float:
    """Lattice-plane spacing, 1/d2 = h2/a2 + k2/b2 + l2/c2 [m]; ``a``, ``b``, ``c`` [m].

    >>> f"{orthorhombic_spacing(1.0, 2.0, 3.0, (0, 1, 0)):.1f}"
    '2.0'
    """
    h, k, l = hkl
    return 1.0 / math.sqrt((h / a) ** 2 + (k / b) ** 2 + (l / c) ** 2)


def line_position(spacing: float, wavelength: float, shift: float = 0.0) -> float:
    r"""Diffraction angle as seen with a displaced sample [rad].

    .. math:: 2\theta = 2\arcsin(\lambda/2d) - k\cos\theta

    Parameters
    ----------
    spacing : d [m];  wavelength : lambda [m];  shift : k [rad], positive for a sample below the focusing circle

    Validity: small shifts, Bragg-Brentano geometry. Source: Bragg's law; Klug & Alexander, X-Ray Diffraction Procedures (1974), section 5.

    >>> f"{math.degrees(line_position(10.2265 / 2, 1.5418)):.2f}"
    '17.34'
    """
    theta = math.asin(wavelength / (2.0 * spacing))
    return 2.0 * theta - shift * math.cos(theta)


def reciprocal_metric(lengths: ArrayLike, angles: ArrayLike) -> Floats:
    """Reciprocal metric tensor G* of a cell with edges ``lengths`` (3,) [m] and ``angles`` (3,) [rad]; (3, 3) [m^-2].

    1/d2 = h G* h for the row h of indices. Validity: a cell that encloses a volume. Source: International Tables for Crystallography
    D (2013), chapter 1.1.

    >>> float(round(reciprocal_metric([2.0, 4.0, 5.0], [math.pi / 2] * 3)[0, 0], 6))
    0.25
    """
    a = np.asarray(lengths, float)
    cosine = np.cos(np.asarray(angles, float))
    direct = np.outer(a, a) * np.array(
        [[1.0, cosine[2], cosine[1]], [cosine[2], 1.0, cosine[0]], [cosine[1], cosine[0], 1.0]]
    )
    return np.linalg.inv(direct)


def plane_spacings(metric: Floats, indices: ArrayLike) -> Floats:
    """Spacings d [m] of the planes ``indices`` (n, 3), none of them 000, by the reciprocal ``metric`` (3, 3) [m^-2]; (n,).

    >>> metric = reciprocal_metric([10.0, 10.0, 10.0], [math.pi / 2] * 3)
    >>> [float(f"{d:.6g}") for d in plane_spacings(metric, [[2, 0, 0], [2, 2, 0]])]
    [5.0, 3.53553]
    """
    h = np.asarray(indices, float)
    return 1.0 / np.sqrt(np.einsum("ni,ij,nj->n", h, metric, h))


def bragg_angle(spacing: ArrayLike, wavelength: float) -> Floats:
    """Diffraction angle 2 theta [rad] = 2 arcsin(lambda/2d); NaN where the wavelength [m] exceeds 2d, d the ``spacing`` [m].

    >>> float(round(np.degrees(bragg_angle(1.0, 1.0)), 6))
    60.0
    """
    sine = wavelength / (2.0 * np.asarray(spacing, float))
    return 2.0 * np.arcsin(np.where(sine <= 1.0, sine, np.nan))


def bragg_spacing(two_theta: ArrayLike, wavelength: float) -> Floats:
    """Spacing d [m] = lambda/(2 sin theta), the inverse of :func:`bragg_angle`; 0 < ``two_theta`` <= pi [rad]."""
    return np.asarray(wavelength / (2.0 * np.sin(np.asarray(two_theta, float) / 2.0)))


def lorentz_polarisation(two_theta: ArrayLike) -> Floats:
    """Angle factor of powder intensities without monochromator, (1 + cos2 2theta)/(sin2 theta cos theta); ``two_theta`` [rad].

    Validity: unpolarised beam, Bragg-Brentano geometry, 0 < 2 theta < pi. Source: Klug & Alexander, X-Ray Diffraction Procedures (1974),
    section 3.

    >>> float(round(lorentz_polarisation(math.pi / 2), 6))
    2.828427
    """
    two = np.asarray(two_theta, float)
    theta = two / 2.0
    return (1.0 + np.cos(two) ** 2) / (np.sin(theta) ** 2 * np.cos(theta))


def structure_factor_squared(indices: ArrayLike, positions: ArrayLike, amplitudes: Floats) -> Floats:
    r"""|F|2 of each of ``indices`` (n, 3).

    .. math:: F = \sum_j f_j \exp(2 \pi i\, h \cdot x_j)

    Parameters
    ----------
    indices : (n, 3)
    positions : x (m, 3), fractional, of every atom of the cell
    amplitudes : f (n, m), scattering factor at that spacing times occupancy and damping by thermal motion

    Returns
    -------
    |F|2 (n,), in the square of the unit of ``amplitudes``.

    >>> body_centred = [[0, 0, 0], [0.5, 0.5, 0.5]]
    >>> structure_factor_squared([[1, 0, 0], [1, 1, 0]], body_centred, np.ones((2, 2))).round(6).tolist()
    [0.0, 4.0]
    """
    phase = 2.0 * np.pi * (np.asarray(indices, float) @ np.asarray(positions, float).T)
    return np.sum(amplitudes * np.cos(phase), axis=1) ** 2 + np.sum(amplitudes * np.sin(phase), axis=1) ** 2


def displacement_shift(two_theta: ArrayLike, coefficient: float) -> Floats:
    """Change of 2 theta [rad] by a displaced specimen, -k cos theta.

    The ``coefficient`` k [rad] is 2 s/R for a specimen s below the focusing circle on a goniometer of radius R. Source: Klug & Alexander,
    X-Ray Diffraction Procedures (1974), section 5.

    >>> float(round(displacement_shift(0.0, 0.01), 6))
    -0.01
    """
    return -coefficient * np.cos(np.asarray(two_theta, float) / 2.0)
