"""A cubic spline whose nodes and coefficients are inputs, so that equations built once serve every curve. Loads the solver."""

from __future__ import annotations

from typing import Any

import casadi
import numpy as np
import pybamm
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

Array = NDArray[np.float64]
CURVE = "curve"
PIECE = 5  # numbers of a piece: where it begins, then its polynomial from the constant up


def pieces(x: Array, y: Array) -> Array:
    """Pieces of the spline through (``x``, ``y``), ``x`` ascending, one after the other, shape (5 (n - 1),)."""
    spline = CubicSpline(x, y)
    return np.concatenate([spline.x[:-1, None], spline.c[::-1].T], axis=1).ravel()


class Curve(pybamm.Function):
    """Value of the spline at a symbol; beyond the nodes the outermost pieces go on.

    Parameters
    ----------
    at : symbol of any shape (rows, 1).
    pieces : symbol of :func:`pieces`.
    """

    def __init__(self, at: Any, pieces: Any) -> None:
        super().__init__(evaluated, at, pieces, name=CURVE)

    def _function_new_copy(self, children: list[Any]) -> Curve:
        return Curve(*children)

    def _casadi_evaluate(self, *converted_children: Any) -> Any:
        at, pieces = converted_children
        return spline(at.shape[0], pieces.shape[0])(at, pieces)[0]


def evaluated(at: Any, pieces: Any) -> Any:
    """The spline in numbers."""
    rows = np.reshape(pieces, (-1, PIECE))
    x = np.asarray(at, dtype=float)
    if np.isnan(rows).all():
        return x  # the solver asks for the shape alone
    begin, *c = np.moveaxis(rows[np.clip(np.searchsorted(rows[:, 0], x, side="right") - 1, 0, len(rows) - 1)], -1, 0)
    u = x - begin
    return c[0] + (c[1] + (c[2] + c[3] * u) * u) * u


def spline(points: int, size: int) -> Any:
    """The spline and its derivative at ``points`` places, from a table of ``size`` numbers."""
    x, pieces = casadi.MX.sym("x", points), casadi.MX.sym("pieces", size)
    count = size // PIECE
    begins = pieces[np.arange(count) * PIECE]
    piece = casadi.fmin(casadi.fmax(casadi.low(begins, x, {"lookup_mode": "binary"}), 0), count - 1) * PIECE
    u = x - pieces[piece]
    c = [pieces[piece + k] for k in range(1, PIECE)]
    value = c[0] + (c[1] + (c[2] + c[3] * u) * u) * u
    slope = c[1] + (2.0 * c[2] + 3.0 * c[3] * u) * u
    return casadi.Function(CURVE, [x, pieces], [value, slope])
