"""Peaks of a reversible couple that reaches a flat electrode by diffusion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.constants import R

from honeycell.physics.ions import F

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

PEAK = 0.4463  # largest value of pi^1/2 chi(sigma t), Nicholson & Shain 1964, table I
SEPARATION = 2.218  # of the peaks in units of R T/(n F), with the turn far beyond them: 57.0 mV at 25 degC


def peak_current(
    diffusion_coefficient: ArrayLike,
    scan_rate: ArrayLike,
    area: float,
    concentration: float,
    electrons: float,
    temperature: float,
) -> NDArray[np.float64] | float:
    r"""Peak current of a reversible couple in a sweep from where nothing reacts (Randles and Sevcik).

    .. math:: i_p = 0.4463\, n F A C \left(\frac{n F v D}{R T}\right)^{1/2}

    Parameters
    ----------
    diffusion_coefficient : D of the reacting species [m2 s-1];  scan_rate : v [V s-1];  area : A [m2]
    concentration : C in the bulk [mol m-3];  electrons : n [1];  temperature : T [K]
        D and v are scalars or arrays that broadcast.

    Returns
    -------
    i_p [A], a magnitude.

    Validity: electron transfer fast against diffusion, semi-infinite planar diffusion, no migration, no ohmic drop, first sweep; in an
    insertion electrode also particles large against (D R T/(n F v))^1/2 and an ideal dilute guest, so that D is apparent there.
    Source: Randles, Trans. Faraday Soc. 44 (1948) 327, doi:10.1039/TF9484400327; Nicholson & Shain, Anal. Chem. 36 (1964) 706,
    doi:10.1021/ac60210a007, eq. 24 and table I. At 25 degC it is 2.69e5 n^3/2 A D^1/2 C v^1/2 in cm, mol and s.

    >>> f"{peak_current(1e-9, 0.1, 1e-4, 1.0, 1.0, 298.15) / (1e-5**0.5 * 1e-6 * 0.1**0.5):.3g}"
    '2.69e+05'
    """
    D, v, n = np.asarray(diffusion_coefficient, float), np.asarray(scan_rate, float), electrons
    return PEAK * n * F * area * concentration * np.sqrt(n * F * v * D / (R * temperature))


def diffusion_coefficient_of(
    slope: float, area: float, concentration: float, electrons: float, temperature: float
) -> float:
    """D [m2 s-1] from the ``slope`` of the peak current over the square root of the scan rate [A (s/V)^1/2].

    The inverse of :func:`peak_current`, with its validity.

    >>> f"{diffusion_coefficient_of(peak_current(1e-9, 1.0, 1e-4, 1.0, 1.0, 298.15), 1e-4, 1.0, 1.0, 298.15):.4g}"
    '1e-09'
    """
    per_root = slope / (PEAK * electrons * F * area * concentration)
    return per_root**2 * R * temperature / (electrons * F)


def reversible_peak_separation(electrons: float, temperature: float) -> float:
    """Anodic less cathodic peak potential of a reversible couple [V]; a few mV more where the turn is close to the peak.

    Source: Nicholson & Shain, Anal. Chem. 36 (1964) 706, doi:10.1021/ac60210a007.

    >>> f"{1e3 * reversible_peak_separation(1.0, 298.15):.1f} mV"
    '57.0 mV'
    """
    return SEPARATION * R * temperature / (electrons * F)
