r"""Settling of particles in a layer: Kynch's theory, from the top (z = 0) down to a bed that jams.

.. math:: \partial_t \phi + \partial_z \left[\phi\, v_0 (1 - \phi)^n\right] = 0, \qquad 0 \le \phi \le \phi_j

Source: Kynch, Trans. Faraday Soc. 48 (1952) 166, doi:10.1039/TF9524800166; Godunov's flux as supply and demand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

CELLS = 400
COURANT = 0.9
STILL = 1e-15  # of particle fraction moved in a step: everything lies


def settle(
    fraction: ArrayLike, thickness: float, fall: float, exponent: float, jamming: float, set_share: ArrayLike = 1.0
) -> Floats:
    """Particle fraction after a while.

    Parameters
    ----------
    fraction : (n,) at the start, in equal cells from the top.
    thickness : of the layer [m];  fall : v0 t, how far one particle alone would fall in that time [m].
    exponent : n of the hindrance;  jamming : the fraction at which particles no longer move.
    set_share : (n,) or one number: the share of the time after which each depth stands still, because its liquid has set.

    Returns
    -------
    (n,), the amount conserved to round-off.

    Raises
    ------
    InputError : more particles than fit.

    Validity: equal spheres, creeping flow, no colloidal forces; order one at shocks, as any such scheme.
    """
    phi = np.array(fraction, dtype=float)
    if phi.max(initial=0.0) > jamming:
        raise InputError(
            f"the dope holds {phi.max():.3g} of particles by volume, more than the {jamming:.3g} at which they jam",
            "film",
            "Use less filler or more solvent.",
        )
    steps = int(np.ceil(fall / (COURANT * thickness / phi.size))) if fall > 0.0 else 0
    until = np.broadcast_to(np.asarray(set_share, float), phi.shape).copy()
    if steps:
        _advance(phi, fall / steps / (thickness / phi.size), exponent, jamming, until, steps)
    return phi


@njit(cache=True)
def _advance(phi: Floats, ratio: float, n: float, jam: float, until: Floats, steps: int) -> None:
    """``ratio`` is v0 dt/dz. From the plate up, so that a cell takes no more than fits with what leaves it below."""
    densest = 1.0 / (n + 1.0)  # where the flux is largest
    for step in range(steps):
        share = (step + 0.5) / steps
        below, moved = 0.0, 0.0
        for i in range(phi.size - 1, -1, -1):
            above = 0.0
            if i > 0 and share <= until[i] and share <= until[i - 1]:
                supply = min(phi[i - 1], densest)
                demand = max(phi[i], densest)
                above = min(supply * (1.0 - supply) ** n, demand * (1.0 - demand) ** n) * ratio
                above = min(above, phi[i - 1], max(jam - phi[i] + below, 0.0))
            phi[i] += above - below
            below = above
            moved += above
        if moved < STILL:
            break
