"""Ions in solution and in channels; stoichiometry and charge."""

from __future__ import annotations

import math

from scipy.constants import e, physical_constants

F = physical_constants["Faraday constant"][0]


def specific_capacity(sodium_per_formula: float, molar_mass: float) -> float:
    """Charge per mass of host, n F/M [A s kg-1].

    Parameters
    ----------
    sodium_per_formula : n, electrons exchanged per formula unit [1];  molar_mass : M [kg mol-1]

    >>> f"{specific_capacity(2.0, 0.31378) / 3600:.1f} mAh/g"
    '170.8 mAh/g'
    """
    return sodium_per_formula * F / molar_mass


def stokes_radius(limiting_conductivity: float, viscosity: float) -> float:
    r"""Hydrodynamic radius of a monovalent ion [m].

    .. math:: r = \frac{F e}{6 \pi \eta \lambda^0}

    Parameters
    ----------
    limiting_conductivity : lambda0 [S m2 mol-1];  viscosity : eta of the solvent [Pa s]

    Validity: sphere large against the solvent, stick boundary.
    Source: Stokes-Einstein with the Nernst-Einstein relation; Robinson & Stokes, Electrolyte Solutions, section 6.

    >>> f"{stokes_radius(9.4e-4, 2.53e-3) * 1e10:.2f} angstrom"
    '3.45 angstrom'
    """
    return F * e / (6.0 * math.pi * viscosity * limiting_conductivity)


def exchangeable_sodium(
    silicon_to_aluminium: float, tetrahedra: float, molar_masses: dict[str, float], oxygen: float
) -> float:
    """Sodium of a dry zeolite Na_n Al_n Si_(T-n) O_O, one per framework aluminium [mol kg-1].

    Parameters
    ----------
    silicon_to_aluminium : Si/Al [1];  tetrahedra, oxygen : atoms per cell [1]
    molar_masses : of sodium, aluminium, silicon, oxygen [kg mol-1]

    >>> m = dict(sodium=0.02299, aluminium=0.026982, silicon=0.028085, oxygen=0.015999)
    >>> f"{exchangeable_sodium(25.0, 96.0, m, 192.0):.3f}"
    '0.631'
    """
    n = tetrahedra / (1.0 + silicon_to_aluminium)
    m = molar_masses
    mass = n * (m["sodium"] + m["aluminium"]) + (tetrahedra - n) * m["silicon"] + oxygen * m["oxygen"]
    return n / mass
