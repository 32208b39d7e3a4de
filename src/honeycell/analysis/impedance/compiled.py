"""The door to the compiled minimiser, which is three to ten times as fast as the plain one and gives the same to round-off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.analysis.impedance import kernel
from honeycell.analysis.impedance.elements import ELEMENTS
from honeycell.analysis.impedance.program import depth, program
from honeycell.numerics.least_squares import FIRST_DAMPING, FLOOR, HIGHEST_DAMPING, Minima

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from honeycell.analysis.impedance.circuit import Circuit

    Floats = NDArray[np.float64]
    Complexes = NDArray[np.complexfloating[Any, Any]]
    Points = tuple[Floats, Complexes, Floats]

_EXPONENT = ELEMENTS["CPE"].parameters[1]
BOUNDS = (_EXPONENT.low, _EXPONENT.high - _EXPONENT.low)


def minimise(
    circuit: Circuit,
    points: Sequence[Points],
    start: Floats,
    members: NDArray[np.intp],
    tolerance: float,
    steps: int,
    reach: float,
) -> Minima:
    """As :func:`~honeycell.numerics.least_squares.levenberg_marquardt` on the weighted residuals of a circuit.

    Parameters
    ----------
    points : of each spectrum, angular frequency [rad/s], impedance [ohm] and weight over modulus, all (n,).
    start : (B, k).
    members : (B,) which spectrum each start belongs to.
    """
    code = program(circuit)
    count, k = start.shape
    x, cost, curvature = np.array(start, dtype=float), np.empty(count), np.empty((count, k, k))
    used, converged = np.empty(count, dtype=np.intp), np.empty(count, dtype=np.bool_)
    edges = np.concatenate([[0], np.cumsum([len(omega) for omega, _, _ in points])])
    omega, Z, scale = (np.concatenate(column) for column in zip(*points, strict=True))
    of_start = np.asarray(members, dtype=np.intp)
    how = (tolerance, steps, reach, FIRST_DAMPING, HIGHEST_DAMPING, FLOOR)
    kernel.minima(
        code,
        BOUNDS,
        depth(code),
        edges,
        *_columns(omega, Z, scale),
        of_start,
        *how,
        x,
        cost,
        curvature,
        used,
        converged,
    )
    return Minima(x, cost, curvature, used, converged)


def residual(circuit: Circuit, points: Points, x: Floats) -> tuple[Floats, Floats]:
    """Weighted residual (2, n) of one spectrum at ``x`` (k,), real and imaginary part, and its slopes (k, 2, n)."""
    code, n = program(circuit), len(points[0])
    stack, slopes, found = np.empty((depth(code), 2, n)), np.empty((len(x), 2, n)), np.empty((2, n))
    kernel.residual(code, BOUNDS, np.asarray(x, float), *_columns(*points), stack, slopes, found)
    return found, slopes


def _columns(omega: Floats, Z: Complexes, scale: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
    parts = np.array([np.real(Z), np.imag(Z)])
    return omega, np.log(omega), omega**-0.5, parts[0], parts[1], scale
