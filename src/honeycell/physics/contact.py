"""A tip pressed into a flat elastic body: force and depth after Hertz, DMT, JKR, Sneddon and Bilodeau; which of DMT and JKR holds.

Every relation takes the plane-strain modulus E* = E / (1 - nu^2) of the body; the tip is rigid. Forces are positive in repulsion, depths
positive into the body.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BILODEAU = 0.7453  # of the four-sided pyramid, fitted to its numerical solution in the source below


def plane_strain_modulus(modulus: float, poisson_ratio: float) -> float:
    r"""Modulus that resists indentation, :math:`E^* = E / (1 - \nu^2)`.

    Parameters
    ----------
    modulus : E [Pa];  poisson_ratio : nu [1], -1 < nu <= 0.5

    Source: Johnson, Contact Mechanics, Cambridge 1985, eq. 4.6, doi:10.1017/CBO9781139171731.

    >>> round(plane_strain_modulus(0.75e6, 0.5))
    1000000
    """
    return modulus / (1.0 - poisson_ratio**2)


def hertz_force(indentation: Floats, plane_modulus: float, radius: float) -> Floats:
    r"""Force of a sphere, or of a paraboloid of that radius at its apex, without adhesion.

    .. math:: F = \tfrac{4}{3} E^* \sqrt{R}\, \delta^{3/2}

    Parameters
    ----------
    indentation : delta [m], any shape; 0 where negative;  plane_modulus : E* [Pa];  radius : R [m]

    Validity: small strains. For a sphere delta well below R (3 % too large at delta = 0.3 R, 10 % at 0.9 R); exact for a
    paraboloid.
    Source: Hertz, J. reine angew. Math. 92 (1882) 156, doi:10.1515/crll.1882.92.156.

    >>> f"{float(hertz_force(np.array(10e-9), 1e9, 40e-9)):.4e}"
    '2.6667e-07'
    """
    return 4.0 / 3.0 * plane_modulus * math.sqrt(radius) * np.maximum(indentation, 0.0) ** 1.5


def dmt_force(indentation: Floats, plane_modulus: float, radius: float, adhesion: float) -> Floats:
    r"""Hertz' force less the pull-off force, :math:`F = \tfrac43 E^*\sqrt{R}\,\delta^{3/2} - F_a`, with :math:`F_a = 2\pi w R`.

    Parameters
    ----------
    adhesion : F_a [N], 0 or more; the others as :func:`hertz_force`.

    Validity: stiff bodies, small tips, weak adhesion (Tabor parameter below about 0.1).
    Source: Derjaguin, Muller & Toporov, J. Colloid Interface Sci. 53 (1975) 314, doi:10.1016/0021-9797(75)90018-1.

    >>> float(dmt_force(np.array(0.0), 1e9, 40e-9, 5e-9))
    -5e-09
    """
    return hertz_force(indentation, plane_modulus, radius) - adhesion


def jkr_indentation(force: Floats, plane_modulus: float, radius: float, adhesion: float) -> Floats:
    r"""Depth at a force on the stable branch of an adhering sphere.

    .. math::
        a^3 = \frac{3R}{4E^*}\left(\sqrt{F_a} + \sqrt{F + F_a}\right)^2, \qquad
        \delta = \frac{a^2}{R} - \sqrt{\frac{4 F_a a}{3 R E^*}}

    Parameters
    ----------
    force : F [N], any shape, -F_a or more;  plane_modulus : E* [Pa];  radius : R [m]
    adhesion : pull-off force F_a = 3 pi w R / 2 [N]

    Returns
    -------
    delta [m]; negative near pull-off, where a neck holds the tip.

    Validity: soft bodies, large tips, strong adhesion (Tabor parameter above about 5).
    Source: Johnson, Kendall & Roberts, Proc. R. Soc. A 324 (1971) 301, doi:10.1098/rspa.1971.0141.

    Without adhesion it is Hertz' law:

    >>> F = hertz_force(np.array(10e-9), 1e9, 40e-9)
    >>> f"{float(jkr_indentation(F, 1e9, 40e-9, 0.0)):.4e}"
    '1.0000e-08'
    """
    F, E, R = np.maximum(force, -adhesion), plane_modulus, radius
    a = np.cbrt(0.75 * R / E * (math.sqrt(adhesion) + np.sqrt(F + adhesion)) ** 2)
    return a**2 / R - np.sqrt(4.0 * adhesion * a / (3.0 * R * E))


def cone_force(indentation: Floats, plane_modulus: float, half_angle: float) -> Floats:
    r"""Force of a cone, :math:`F = \tfrac{2}{\pi} E^* \tan\alpha\, \delta^2`.

    Parameters
    ----------
    indentation : delta [m], any shape; 0 where negative;  plane_modulus : E* [Pa]
    half_angle : alpha between axis and flank [rad]

    Source: Sneddon, Int. J. Eng. Sci. 3 (1965) 47, doi:10.1016/0020-7225(65)90019-4.

    >>> f"{float(cone_force(np.array(1e-7), 1e6, math.pi / 4)):.4e}"
    '6.3662e-09'
    """
    return 2.0 / math.pi * plane_modulus * math.tan(half_angle) * np.maximum(indentation, 0.0) ** 2


def pyramid_force(indentation: Floats, plane_modulus: float, half_angle: float) -> Floats:
    r"""Force of a four-sided pyramid, :math:`F = 0.7453\, E^* \tan\alpha\, \delta^2`.

    Parameters
    ----------
    half_angle : alpha between axis and face [rad]; the others as :func:`cone_force`.

    Source: Bilodeau, J. Appl. Mech. 59 (1992) 519, doi:10.1115/1.2893754.

    >>> f"{float(pyramid_force(np.array(1e-7), 1e6, math.pi / 4)):.4e}"
    '7.4530e-09'
    """
    return BILODEAU * plane_modulus * math.tan(half_angle) * np.maximum(indentation, 0.0) ** 2


def flat_punch_force(indentation: Floats, plane_modulus: float, radius: float) -> Floats:
    r"""Force of a flat-ended cylinder, :math:`F = 2 R E^* \delta`.

    Parameters
    ----------
    indentation : delta [m], any shape; 0 where negative;  plane_modulus : E* [Pa];  radius : R of the flat end [m]

    Source: Sneddon, Int. J. Eng. Sci. 3 (1965) 47, doi:10.1016/0020-7225(65)90019-4.

    >>> f"{float(flat_punch_force(np.array(1e-8), 1e9, 40e-9)):.4e}"
    '8.0000e-07'
    """
    return 2.0 * radius * plane_modulus * np.maximum(indentation, 0.0)


def sneddon_sphere(contact_radius: Floats, plane_modulus: float, radius: float) -> tuple[Floats, Floats]:
    r"""Depth and force of a sphere of any contact radius below its own.

    .. math::
        \delta = \frac{a}{2}\ln\frac{R+a}{R-a}, \qquad F = E^*\left(\frac{a^2+R^2}{2}\ln\frac{R+a}{R-a} - aR\right)

    Parameters
    ----------
    contact_radius : a [m], 0 <= a < R;  plane_modulus : E* [Pa];  radius : R [m]

    Returns
    -------
    delta [m] and F [N].

    Source: Sneddon, Int. J. Eng. Sci. 3 (1965) 47, doi:10.1016/0020-7225(65)90019-4.

    Shallow, it is Hertz' law:

    >>> depth, force = sneddon_sphere(np.array(1e-9), 1e9, 40e-9)
    >>> f"{float(force / hertz_force(depth, 1e9, 40e-9)):.4f}"
    '0.9999'
    """
    a, R = contact_radius, radius
    logarithm = np.log((R + a) / (R - a))
    return 0.5 * a * logarithm, plane_modulus * (0.5 * (a**2 + R**2) * logarithm - a * R)


def tabor_parameter(work_of_adhesion: float, plane_modulus: float, radius: float, spacing: float) -> float:
    r"""Elastic stretch of the surfaces by their adhesion over the range of that adhesion.

    .. math:: \mu = \left(\frac{R w^2}{E^{*2} z_0^3}\right)^{1/3}

    Parameters
    ----------
    work_of_adhesion : w [J m-2], of the pull-off force F_a: F_a / (2 pi R) after DMT, F_a / (1.5 pi R) after JKR
    plane_modulus : E* [Pa];  radius : R [m];  spacing : z_0, equilibrium distance of the surfaces [m]

    Returns
    -------
    mu [1]: DMT's law below about 0.1, JKR's above about 5, neither exactly between.

    Source: Tabor, J. Colloid Interface Sci. 58 (1977) 2, doi:10.1016/0021-9797(77)90366-6; the limits: Johnson & Greenwood,
    J. Colloid Interface Sci. 192 (1997) 326, doi:10.1006/jcis.1997.4984.

    A rubber ball of 1 mm is far on JKR's side, a tip of 20 nm on glass on DMT's:

    >>> tabor_parameter(0.05, 1e6, 1e-3, 0.3e-9) > 5.0, tabor_parameter(0.05, 70e9, 20e-9, 0.3e-9) < 0.1
    (True, True)
    """
    return float(np.cbrt(radius * work_of_adhesion**2 / (plane_modulus**2 * spacing**3)))
