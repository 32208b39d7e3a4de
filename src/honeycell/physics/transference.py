"""Steady polarisation of a symmetric cell: the share of the current that lasts, and what it says of the electrolyte."""

from __future__ import annotations

from scipy.constants import R, physical_constants

F = physical_constants["Faraday constant"][0]


def bruce_vincent(
    initial_current: float,
    steady_current: float,
    potential_step: float,
    resistance_before: float,
    resistance_after: float,
) -> float:
    r"""Transference number of the cation from a small potential step on a cell between two of its metal's electrodes [1].

    .. math:: t = \frac{I_s (\Delta V - I_0 R_0)}{I_0 (\Delta V - I_s R_s)}

    Parameters
    ----------
    initial_current : I0, before the salt moves [A];  steady_current : Is [A];  potential_step : dV across the cell [V]
    resistance_before, resistance_after : R0 and Rs of both interfaces together, without the electrolyte [ohm]

    Validity: steps to about 10 mV, interfaces that take less than the whole step, an ideal and fully dissociated salt; in any other
    electrolyte the result is 1/(1 + Ne), see :func:`current_fraction`.
    Source: Evans, Vincent & Bruce, Polymer 28 (1987) 2324, doi:10.1016/0032-3861(87)90394-6, whose cell 1 after recovery is the example.

    >>> f"{bruce_vincent(17.54e-6, 10.78e-6, 10e-3, 243.0, 250.0):.2f}"
    '0.48'
    """
    I0, Is, dV = initial_current, steady_current, potential_step
    return Is * (dV - I0 * resistance_before) / (I0 * (dV - Is * resistance_after))


def newman_number(
    conductivity: float,
    diffusivity: float,
    concentration: float,
    transference: float,
    temperature: float,
    thermodynamic_factor: float = 1.0,
) -> float:
    r"""Newman number of a monovalent binary salt [1].

    .. math:: Ne = \frac{2 \sigma R T (1 - t_+)^2}{F^2 D c} \left(1 + \frac{d \ln \gamma}{d \ln m}\right)

    Parameters
    ----------
    conductivity : sigma [S m-1];  diffusivity : D of the salt [m2 s-1];  concentration : c of the salt [mol m-3]
    transference : t+ of the cation against the solvent [1];  temperature : T [K];  thermodynamic_factor : the bracket [1]

    Validity: concentrated binary solution, small gradients.
    Source: Balsara & Newman, J. Electrochem. Soc. 162 (2015) A2720, doi:10.1149/2.0651514jes.

    In dilute solution it is the ratio of the ions' diffusivities, here 3 to 1:

    >>> D = 1e-10
    >>> sigma = F**2 * 100.0 * 4.0 * D / (R * 298.15)
    >>> f"{newman_number(sigma, 2.0 * 3.0 * D / 4.0, 100.0, 0.25, 298.15):.3f}"
    '3.000'
    """
    sigma, D, c, t, T = conductivity, diffusivity, concentration, transference, temperature
    return 2.0 * sigma * R * T * (1.0 - t) ** 2 / (F**2 * D * c) * thermodynamic_factor


def current_fraction(newman: float) -> float:
    r"""Share of the initial current that lasts, interfaces apart, :math:`1/(1 + Ne)` [1].

    Parameters
    ----------
    newman : Ne, see :func:`newman_number` [1]

    Source: Balsara & Newman, J. Electrochem. Soc. 162 (2015) A2720, doi:10.1149/2.0651514jes.

    >>> current_fraction(3.0)
    0.25
    """
    return 1.0 / (1.0 + newman)
