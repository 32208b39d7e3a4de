"""Where powder lines lie."""

from __future__ import annotations

import math

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
