"""A porous polymer that dries: how far menisci press it together before its struts resist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

STEPS = 60  # of bisection: more than a double can tell apart
SCAN = 400  # solid shares tried between wet and dense; the first that resists is what stays
DENSEST = 0.995  # solid share above which a pore space is no longer told from none


def water_surface_tension(
    temperature: float, critical_temperature: float, scale: float, exponent: float, correction: float
) -> float:
    r"""Surface tension of water against its vapour.

    .. math:: \gamma = B \tau^\mu (1 + b \tau), \qquad \tau = 1 - T/T_c

    Parameters
    ----------
    temperature : T [K];  critical_temperature : T_c [K];  scale : B [N m-1];  exponent : mu;  correction : b.

    Returns
    -------
    gamma [N m-1].

    Validity: triple point to critical point; 0.1 to 0.4 mN m-1.
    Source: IAPWS release R1-76 (2014); N. B. Vargaftik et al., J. Phys. Chem. Ref. Data 12 (1983) 817, doi:10.1063/1.555688.

    >>> round(water_surface_tension(298.15, 647.096, 0.2358, 1.256, -0.625), 5)
    0.07197
    """
    tau = 1.0 - temperature / critical_temperature
    return scale * tau**exponent * (1.0 + correction * tau)


def capillary_pressure(chord: ArrayLike, tension: float, wetting: float) -> Floats:
    r"""Pressure that menisci in a pore space put on its walls: work of drying over its volume.

    .. math:: p = \gamma \cos\theta \, S/V = 4 \gamma \cos\theta / \ell

    Parameters
    ----------
    chord : mean chord of the pores, l = 4 V/S [m];  tension : gamma [N m-1];  wetting : cos(theta) [1].

    Returns
    -------
    p [Pa].

    Source: Young-Laplace averaged over a pore space; mean chord as in E. E. Underwood, Quantitative Stereology (1970).
    """
    return 4.0 * tension * wetting / np.asarray(chord, float)


def crushing_strength(share: ArrayLike, yield_strength: float, prefactor: float, exponent: float) -> Floats:
    r"""Pressure at which an open-cell foam yields for good.

    .. math:: p_y = C \sigma_y \phi^n

    Parameters
    ----------
    share : phi, solid share [1];  yield_strength : sigma_y of the solid [Pa];  prefactor, exponent : C, n.

    Returns
    -------
    p_y [Pa].

    Validity: bending struts, phi below about 0.3; above it an interpolation to C sigma_y.
    Source: L. J. Gibson & M. F. Ashby, Cellular Solids (2nd ed., 1997), eq. 5.27: C = 0.3, n = 3/2.
    """
    return prefactor * yield_strength * np.asarray(share, float) ** exponent


def collapsed_share(
    wet_share: ArrayLike,
    wet_chord: ArrayLike,
    pull: float,
    yield_strength: float,
    prefactor: float,
    exponent: float,
) -> Floats:
    r"""Solid share at which a drying sponge stops to shrink.

    Pores keep their shape while their volume falls, so that :math:`\ell \propto ((1 - \phi)/\phi)^{1/3}`; the sponge stops at the first
    share whose :func:`crushing_strength` exceeds the :func:`capillary_pressure`. Where none does it closes.

    Parameters
    ----------
    wet_share : solid share before drying, between 0 and 1.  wet_chord : mean chord of its pores [m]; both of one shape.
    pull : gamma cos(theta) [N m-1], 0 for a liquid that leaves without menisci.
    yield_strength [Pa], prefactor, exponent : of :func:`crushing_strength`.

    Returns
    -------
    Solid share, between ``wet_share`` and 1 (closed); nan where an input is nan.

    >>> float(collapsed_share(0.1, 1e-7, 0.0, 1e7, 0.3, 1.5))
    0.1
    """
    first, chord = np.broadcast_arrays(np.asarray(wet_share, float), np.asarray(wet_chord, float))
    volume = (1.0 - first) / first

    def excess(share: Floats) -> Floats:
        shrunk = chord * ((1.0 - share) / share / volume) ** (1.0 / 3.0)
        return crushing_strength(share, yield_strength, prefactor, exponent) - capillary_pressure(shrunk, pull, 1.0)

    with np.errstate(invalid="ignore", divide="ignore"):
        ways = np.linspace(0.0, 1.0, SCAN)
        tried = first[..., None] + ways * (DENSEST - first[..., None])
        resists = np.stack([excess(tried[..., k]) >= 0.0 for k in range(SCAN)], axis=-1)
        k = np.argmax(resists, axis=-1)
        stands = np.take_along_axis(resists, k[..., None], -1)[..., 0]
        high = np.take_along_axis(tried, k[..., None], -1)[..., 0]
        low = np.take_along_axis(tried, np.maximum(k - 1, 0)[..., None], -1)[..., 0]
        for _ in range(STEPS):
            middle = 0.5 * (low + high)
            holds = excess(middle) >= 0.0
            low, high = np.where(holds, low, middle), np.where(holds, middle, high)
    result = np.where(stands, np.where(k == 0, first, high), 1.0)
    return np.where(np.isnan(first) | np.isnan(chord), np.nan, result)
