"""Ionic conductivity of a liquid electrolyte over temperature and concentration.

The functions use operators and the ``exp`` handed to them only, so they take floats, arrays and symbols alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


def vtf_conductivity(
    temperature: Any, prefactor: float, pseudo_activation: float, vanishing: float, exp: Callable[[Any], Any] = np.exp
) -> Any:
    """Vogel-Tammann-Fulcher conductivity ``A exp(-B / (T - T0))`` [S/m].

    Parameters
    ----------
    temperature : T [K], above ``vanishing``.
    prefactor : A [S/m].
    pseudo_activation : B [K].
    vanishing : T0 [K].

    Notes
    -----
    Valid for a supercooled or normal liquid well above its glass transition; nothing freezes out.

    Source: H. Vogel, Phys. Z. 22 (1921) 645; G. Tammann and W. Hesse, Z. Anorg. Allg. Chem. 156 (1926) 245.

    Examples
    --------
    >>> round(float(vtf_conductivity(298.15, 14.1, 400.0, 165.0)), 2)
    0.7
    """
    return prefactor * exp(-pseudo_activation / (temperature - vanishing))


def concentration_factor(
    concentration: Any, reference: float, exponent: float, decay: float, exp: Callable[[Any], Any] = np.exp
) -> Any:
    """Conductivity relative to that at the ``reference`` concentration [1], ``r**a exp(-b (r - 1))``, ``r = c/c_ref``.

    Parameters
    ----------
    concentration, reference : c and c_ref [mol/m3].
    exponent, decay : a and b [1]; the maximum lies at ``r = a/b``.

    Notes
    -----
    Valid over the concentrations that a and b were taken from, at one temperature.

    Source: J. F. Casteel and E. S. Amis, J. Chem. Eng. Data 17 (1972) 55, without the quadratic term.

    Examples
    --------
    >>> float(concentration_factor(1000.0, 1000.0, 0.8, 0.7))
    1.0
    """
    ratio = concentration / reference
    return ratio**exponent * exp(-decay * (ratio - 1))


def arrhenius(
    temperature: Any,
    reference: float,
    activation_energy: float,
    gas_constant: float,
    exp: Callable[[Any], Any] = np.exp,
) -> Any:
    """Rate at ``temperature`` over the rate at ``reference`` [1].

    Parameters
    ----------
    temperature, reference : T and T_ref [K].
    activation_energy : E [J/mol]; positive where the rate grows with temperature.
    gas_constant : R [J/(mol K)].

    Examples
    --------
    >>> float(arrhenius(298.15, 298.15, 40e3, 8.314))
    1.0
    """
    return exp(activation_energy / gas_constant * (1 / reference - 1 / temperature))


def gel_obstruction(polymer_fraction: float) -> float:
    r"""Mobility of ions in a swollen polymer over that in its liquid.

    .. math:: D/D_0 = \left(\frac{1 - \phi}{1 + \phi}\right)^2

    Parameters
    ----------
    polymer_fraction : phi, polymer in the gel by volume, 0 to 1.

    Validity: ions no larger than a segment, no binding to the polymer; an upper bound for a crystalline one.
    Source: J. S. Mackie & P. Meares, Proc. R. Soc. Lond. A 232 (1955) 498, doi:10.1098/rspa.1955.0234.

    >>> gel_obstruction(0.0), gel_obstruction(1.0)
    (1.0, 0.0)
    """
    return ((1.0 - polymer_fraction) / (1.0 + polymer_fraction)) ** 2
