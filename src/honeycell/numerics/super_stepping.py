r"""Coefficients of Runge-Kutta-Legendre super-time-stepping of second order (RKL2).

One super-step of s stages for du/dt = L(u), with Y_0 = u:

.. math::
    Y_1 &= Y_0 + \tilde\mu_1 \tau L(Y_0) \\
    Y_j &= \mu_j Y_{j-1} + \nu_j Y_{j-2} + (1 - \mu_j - \nu_j) Y_0
           + \tilde\mu_j \tau L(Y_{j-1}) + \tilde\gamma_j \tau L(Y_0), \qquad 2 \le j \le s

It is stable while tau is at most (s^2 + s - 2)/4 times the longest stable explicit step: s evaluations do the work of that many.

Source: C. D. Meyer, D. S. Balsara & T. D. Aslam, J. Comput. Phys. 257 (2014) 594, doi:10.1016/j.jcp.2013.08.021.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def reach(stages: int) -> float:
    """How many of the longest stable explicit steps one super-step spans.

    Raises
    ------
    ValueError : fewer than three stages, or an even number, whose damping at the end of the reach is poor.

    >>> reach(11)
    32.5
    """
    if stages < 3 or stages % 2 == 0:
        raise ValueError(f"{stages} stages; expected 3, 5, 7, ...")
    return (stages * stages + stages - 2) / 4.0


def super_step_coefficients(stages: int) -> NDArray[np.float64]:
    """Rows (mu, nu, 1 - mu - nu, mu~, gamma~) of the stages 1, 2, ...; shape (stages, 5).

    Raises
    ------
    ValueError : as for :func:`reach`.

    >>> super_step_coefficients(3)[0]
    array([0.        , 0.        , 1.        , 0.13333333, 0.        ])
    """
    w = 1.0 / reach(stages)
    j = np.arange(stages + 1, dtype=float)
    b = np.full(stages + 1, 1.0 / 3.0)
    b[2:] = (j[2:] ** 2 + j[2:] - 2.0) / (2.0 * j[2:] * (j[2:] + 1.0))
    rows = np.zeros((stages, 5))
    rows[0] = 0.0, 0.0, 1.0, b[1] * w, 0.0
    for n in range(2, stages + 1):
        mu = (2.0 * n - 1.0) / n * b[n] / b[n - 1]
        nu = -(n - 1.0) / n * b[n] / b[n - 2]
        rows[n - 1] = mu, nu, 1.0 - mu - nu, mu * w, -(1.0 - b[n - 1]) * mu * w
    return rows
