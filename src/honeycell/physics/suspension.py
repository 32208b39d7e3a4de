"""Particles in a polymer solution: viscosity and settling under gravity."""

from __future__ import annotations

import math


def martin_viscosity(
    solvent_viscosity: float, intrinsic_viscosity: float, concentration: float, martin_constant: float
) -> float:
    r"""Zero-shear viscosity of a polymer solution.

    .. math:: \eta = \eta_s (1 + [\eta] c\, e^{k [\eta] c})

    Parameters
    ----------
    solvent_viscosity : eta_s [Pa s];  intrinsic_viscosity : [eta] [m3 kg-1]
    concentration : c, polymer mass per volume of solution [kg m-3];  martin_constant : k [1]

    Returns
    -------
    eta [Pa s].

    Validity: semi-dilute solutions, [eta] c up to about 10; a factor of two at best above.
    Source: Martin's equation as in Weissberg, Simha & Rothman, J. Res. NBS 47 (1951) 298.

    >>> f"{martin_viscosity(1.67e-3, 0.04, 103.0, 0.35):.3f}"
    '0.031'
    """
    reduced = intrinsic_viscosity * concentration
    return solvent_viscosity * (1.0 + reduced * math.exp(martin_constant * reduced))


def hindered_settling_speed(
    diameter: float,
    density_difference: float,
    viscosity: float,
    volume_fraction: float,
    gravity: float,
    exponent: float,
) -> float:
    r"""Settling speed of equal spheres in creeping flow, slowed by their neighbours.

    .. math:: v = \frac{d^2 \Delta\rho\, g}{18 \mu} (1 - \phi)^n

    Parameters
    ----------
    diameter : d [m];  density_difference : rho_particle - rho_liquid [kg m-3]
    viscosity : mu of the liquid [Pa s];  volume_fraction : phi of particles [1]
    gravity : g [m s-2];  exponent : n [1], 4.65 for low Reynolds number

    Returns
    -------
    v [m s-1], positive downwards when the particle is the denser.

    Validity: particle Reynolds number < 0.2, 0 <= phi <= 0.4, no gel.
    Source: Richardson & Zaki, Trans. Inst. Chem. Eng. 32 (1954) 35, doi:10.1016/S0263-8762(97)80006-8.

    >>> f"{hindered_settling_speed(2e-6, 800.0, 1.0, 0.1, 9.80665, 4.65):.3e}"
    '1.068e-09'
    """
    d, drho, mu, phi = diameter, density_difference, viscosity, volume_fraction
    return d**2 * drho * gravity / (18.0 * mu) * (1.0 - phi) ** exponent


def settled_layers(
    height: float, travel: float, particle_fraction: float, jamming_fraction: float
) -> tuple[float, float]:
    r"""Clear layer on top and jammed layer at the bottom of a settling suspension.

    Two shocks: the top one falls with the particles, the bottom one rises by mass balance,
    :math:`s = \phi v t/(\phi_j - \phi)`, until they meet.

    Parameters
    ----------
    height : of the suspension [m];  travel : distance v t a particle has fallen [m]
    particle_fraction : phi of the suspension [1];  jamming_fraction : phi_j [1]

    Returns
    -------
    (clear, sediment) thicknesses [m]; particles are conserved exactly: (height - clear - sediment) phi + sediment phi_j = height phi.

    Validity: no fan between the shocks, i.e. dilute suspensions (Kynch's case I).
    Source: Kynch, Trans. Faraday Soc. 48 (1952) 166, doi:10.1039/TF9524800166.

    >>> settled_layers(100e-6, 1e-3, 0.1, 0.5)
    (8e-05, 2e-05)
    """
    phi, phi_j = particle_fraction, jamming_fraction
    if phi <= 0.0:
        return height, 0.0
    if phi >= phi_j:
        return 0.0, height
    end = height * (1.0 - phi / phi_j)
    clear = min(max(travel, 0.0), end)
    return clear, clear * phi / (phi_j - phi)
