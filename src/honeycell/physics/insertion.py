"""Open-circuit potential of an insertion host with several kinds of sites, each a Frumkin isotherm.

Every site takes sodium in parallel and sees the same potential, so the filling is explicit in the potential; the
potential over filling is had by inverting a table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = NDArray[np.float64]
CRITICAL_INTERACTION = -4.0  # an isotherm of slope 1/(theta (1 - theta)) + g is monotone above this


@dataclass(frozen=True, slots=True)
class Site:
    """One kind of site: its ``share`` of all sites [1], ``centre`` potential [V] and ``interaction`` g in kT [1].

    A positive interaction slopes the plateau, a negative one flattens it.
    """

    share: float
    centre: float
    interaction: float


@dataclass(frozen=True, slots=True)
class OpenCircuit:
    """Tabulated potential: ``filling`` [1] ascending, ``potential`` [V], and ``residual`` [V].

    ``residual = potential - kT/e ln((1 - x)/x)`` is bounded at both ends, so the end terms stay analytic.
    """

    filling: Array
    potential: Array
    residual: Array
    thermal_voltage: float

    def __call__(self, filling: Array | float) -> Array:
        """Potential [V] at ``filling`` in (0, 1)."""
        x = np.asarray(filling, dtype=float)
        residual = np.interp(x, self.filling, self.residual)
        return np.asarray(residual + self.thermal_voltage * (np.log1p(-x) - np.log(x)), dtype=float)


def site_potential(filling: Array | float, site: Site, thermal_voltage: float) -> Array:
    """Frumkin isotherm ``U = U0 - kT/e (ln(theta/(1 - theta)) + g (theta - 1/2))`` [V].

    Parameters
    ----------
    filling : theta of this kind of site, in (0, 1).
    thermal_voltage : kT/e [V].

    Notes
    -----
    Mean field, one homogeneous phase; no hysteresis.

    Source: M. D. Levi and D. Aurbach, Electrochim. Acta 45 (1999) 167 (from memory).

    Examples
    --------
    >>> float(site_potential(0.5, Site(1.0, 3.0, 2.0), 0.0257))
    3.0
    """
    theta = np.asarray(filling, dtype=float)
    interaction = site.interaction * (theta - 0.5)
    return np.asarray(site.centre - thermal_voltage * (np.log(theta / (1.0 - theta)) + interaction), dtype=float)


def _logits(potential: Array, site: Site, thermal_voltage: float) -> Array:
    """``ln(theta/(1 - theta))`` of ``site`` at each potential."""
    depth = np.abs(potential - site.centre).max() / thermal_voltage + abs(site.interaction) + 1.0
    logit = np.linspace(-depth, depth, 8001)
    ladder = site.centre - thermal_voltage * (logit + site.interaction * (expit(logit) - 0.5))
    return np.asarray(np.interp(-potential, -ladder, logit), dtype=float)


def open_circuit_table(
    sites: Sequence[Site],
    thermal_voltage: float,
    *,
    bounds: tuple[float, float] = (1e-3, 0.999),
    points: int = 500,
) -> OpenCircuit:
    """Potential over total filling for ``sites`` in parallel.

    Parameters
    ----------
    sites : kinds of sites; shares add up to 1.
    thermal_voltage : kT/e [V].
    bounds : fillings that the table spans; beyond them only the analytic end term changes.
    points : nodes evenly spaced in filling, and as many in potential.

    Raises
    ------
    InputError : shares that do not add up, or a site that would separate into two phases (g <= -4).

    Examples
    --------
    >>> table = open_circuit_table([Site(1.0, 3.0, 0.0)], 0.0257)
    >>> round(float(table(0.5)), 6)
    3.0
    """
    if abs(sum(site.share for site in sites) - 1.0) > 1e-9:
        raise InputError(f"site shares add up to {sum(site.share for site in sites)!r}, expected 1", "insertion")
    for site in sites:
        if site.interaction <= CRITICAL_INTERACTION:
            raise InputError(f"interaction is {site.interaction!r} kT; at or below -4 two phases form", "insertion")
    centres = [site.centre for site in sites]
    reach = thermal_voltage * (max(abs(site.interaction) for site in sites) + 20.0)
    potential = np.linspace(max(centres) + reach, min(centres) - reach, 40 * points)
    logits = [_logits(potential, site, thermal_voltage) for site in sites]
    filled = np.sum([site.share * expit(logit) for site, logit in zip(sites, logits, strict=True)], axis=0)
    free = np.sum([site.share * expit(-logit) for site, logit in zip(sites, logits, strict=True)], axis=0)
    residual = potential - thermal_voltage * (np.log(free) - np.log(filled))
    ends = np.interp(bounds, filled, potential)
    even = np.linspace(*bounds, points)
    steep = np.interp(-np.linspace(ends[0], ends[1], points), -potential, filled)
    x = np.unique(np.concatenate([even, steep]))
    x = x[np.concatenate([[True], np.diff(x) > 1e-9])]
    smooth = np.interp(x, filled, residual)
    return OpenCircuit(x, smooth + thermal_voltage * (np.log1p(-x) - np.log(x)), smooth, thermal_voltage)
