"""Open-circuit potential of an insertion host with several kinds of sites, each a Frumkin isotherm.

Every site takes sodium in parallel and sees the same potential, so the filling is explicit in the potential. The table holds exact
pairs of both; between them a cubic spline runs, because a solver of high order stumbles over every kink of a broken line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.special import expit

from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = NDArray[np.float64]
CRITICAL_INTERACTION = -4.0  # an isotherm of slope 1/(theta (1 - theta)) + g is monotone above this
END = 34.0  # kT beyond the outermost site at which the last of it is empty or full to the last bit of a float
NEWTON_STEPS = 60  # bisection alone would get there


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
    """Tabulated potential: ``filling`` [1] ascending from nearly 0 to nearly 1, ``potential`` [V], and ``residual`` [V].

    ``residual = potential - kT/e ln((1 - x)/x)`` is bounded at both ends, so the end terms stay analytic.
    """

    filling: Array
    potential: Array
    residual: Array
    thermal_voltage: float

    def __call__(self, filling: Array | float) -> Array:
        """Potential [V] at ``filling`` in (0, 1)."""
        x = np.asarray(filling, dtype=float)
        residual = CubicSpline(self.filling, self.residual)(x)
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


def site_logit(potential: Array, site: Site, thermal_voltage: float) -> Array:
    """``ln(theta/(1 - theta))`` of ``site`` at each potential [V], to rounding: the isotherm inverted by guarded Newton steps."""
    g = site.interaction
    target = (site.centre - potential) / thermal_voltage
    low, high = target - abs(g) / 2.0 - 1e-9, target + abs(g) / 2.0 + 1e-9
    z = target - g * (expit(target) - 0.5)
    for _ in range(NEWTON_STEPS):
        theta = expit(z)
        off = z + g * (theta - 0.5) - target
        low, high = np.where(off < 0.0, z, low), np.where(off > 0.0, z, high)
        step = z - off / (1.0 + g * theta * (1.0 - theta))
        step = np.where((step < low) | (step > high), (low + high) / 2.0, step)
        moved = np.abs(step - z).max()
        z = step
        if moved < 1e-13:
            break
    return np.asarray(z, dtype=float)


def open_circuit_table(sites: Sequence[Site], thermal_voltage: float, *, points: int = 300) -> OpenCircuit:
    """Potential over total filling for ``sites`` in parallel.

    Parameters
    ----------
    sites : kinds of sites; shares add up to 1.
    thermal_voltage : kT/e [V].
    points : nodes, spread evenly along filling and residual together.

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

    def at(potential: Array) -> tuple[Array, Array]:
        """Filling and residual at each potential."""
        logits = [site_logit(potential, site, thermal_voltage) for site in sites]
        filled = np.sum([site.share * expit(z) for site, z in zip(sites, logits, strict=True)], axis=0)
        free = np.sum([site.share * expit(-z) for site, z in zip(sites, logits, strict=True)], axis=0)
        return filled, potential - thermal_voltage * (np.log(free) - np.log(filled))

    centres = [site.centre for site in sites]
    reach = thermal_voltage * (max(abs(site.interaction) for site in sites) + END)
    dense = np.linspace(max(centres) + reach, min(centres) - reach, 40 * points)
    filled, residual = at(dense)
    varied = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(residual)))])
    along = filled + varied / max(varied[-1], thermal_voltage)
    keep = np.concatenate([[True], np.diff(along) > 1e-12])  # the flat ends, where neither moves any more
    along, dense = along[keep], dense[keep]
    potential = np.interp(np.linspace(along[0], along[-1], points), along, dense)
    x, residual = at(potential)
    return OpenCircuit(x, potential, residual, thermal_voltage)
