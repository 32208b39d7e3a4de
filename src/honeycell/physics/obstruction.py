"""What a medium conducts with another in it: bounds, and spheres that insulate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def wiener_bounds(share: ArrayLike, contrast: ArrayLike) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    r"""Conductivity of two phases in series and in parallel, over that of the first.

    .. math:: \frac{1}{\varepsilon + (1 - \varepsilon)/h} \le k \le \varepsilon + (1 - \varepsilon) h

    Parameters
    ----------
    share : epsilon, of the first phase by volume.  contrast : h, conductivity of the second over that of the first, above 0.

    Source: O. Wiener, Abh. Sächs. Akad. Wiss. 32 (1912) 509.

    >>> [float(x) for x in wiener_bounds(0.5, 1.0)]
    [1.0, 1.0]
    """
    e, h = np.asarray(share, float), np.asarray(contrast, float)
    return 1.0 / (e + (1.0 - e) / h), e + (1.0 - e) * h


def hashin_shtrikman_bounds(share: ArrayLike, contrast: ArrayLike) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    r"""The same for phases that lie alike in all directions.

    .. math:: h + \frac{\varepsilon}{\frac{1}{1 - h} + \frac{1 - \varepsilon}{3h}} \le k \le
              1 + \frac{1 - \varepsilon}{\frac{1}{h - 1} + \frac{\varepsilon}{3}}

    Parameters
    ----------
    share : epsilon, of the better conductor.  contrast : h, conductivity of the worse over that of the better, between 0 and 1.

    Source: Z. Hashin & S. Shtrikman, J. Appl. Phys. 33 (1962) 3125, doi:10.1063/1.1728579.

    >>> low, high = hashin_shtrikman_bounds(0.5, 0.1)
    >>> bool(0.1 < low < high < 0.55)
    True
    """
    e, h = np.asarray(share, float), np.asarray(contrast, float)
    low = h + e / (1.0 / (1.0 - h) + (1.0 - e) / (3.0 * h))
    return low, 1.0 + (1.0 - e) / (1.0 / (h - 1.0) + e / 3.0)


def insulating_spheres(share: ArrayLike) -> NDArray[np.floating]:
    r"""Conductivity of a medium with spheres of many sizes that conduct nothing, over its own.

    .. math:: k = (1 - \varphi)^{3/2}

    Parameters
    ----------
    share : phi, spheres by volume.

    Validity: spheres far larger than the structure of the medium; equal ones to within a few per cent up to random packing.
    Source: D. A. G. Bruggeman, Ann. Phys. 416 (1935) 636, doi:10.1002/andp.19354160705.

    >>> float(insulating_spheres(0.0))
    1.0
    """
    return (1.0 - np.asarray(share, float)) ** 1.5
