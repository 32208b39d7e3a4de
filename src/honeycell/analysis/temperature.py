"""A conductivity over temperature: Arrhenius and Vogel-Tammann-Fulcher, with errors, and which of the two the data prefer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAST = {"Arrhenius": 3, "Vogel-Tammann-Fulcher": 5}
FLOOR = 1e-3  # relative: no resistance is known better, and a zero error would weigh without bound
NEAREST = 5.0  # K: a vanishing temperature closer to the coldest point is not told by data
SIGNIFICANCE = 0.05  # of the F test for curvature


@dataclass(frozen=True, slots=True)
class Law:
    """``values`` and ``covariance`` of ``names`` (units ``units``); ``misfit`` the weighted sum of squares that the fit leaves."""

    title: str
    names: tuple[str, ...]
    units: tuple[str, ...]
    values: Floats
    covariance: Floats
    freedom: int
    misfit: float

    def error(self, name: str) -> float:
        """Standard error of one parameter."""
        place = self.names.index(name)
        return math.sqrt(float(self.covariance[place, place]))

    def __getitem__(self, name: str) -> float:
        return float(self.values[self.names.index(name)])

    def interval(self, name: str) -> tuple[float, float]:
        """95 % interval, by Student's t."""
        from scipy.stats import t

        half = float(t.ppf(0.975, self.freedom)) * self.error(name)
        return self[name] - half, self[name] + half


def arrhenius(
    temperature: Sequence[float] | Floats, conductivity: Sequence[float] | Floats, relative_error: Floats
) -> Law:
    """Fit ln sigma = ln A - E_a / (R T) by weighted least squares.

    Parameters
    ----------
    temperature : T [K], at least three different ones;  conductivity : sigma, any unit, positive;  relative_error : u(sigma) / sigma of
        each, without what all share (a thickness, an area): a common factor moves A alone.

    Returns
    -------
    ``activation_energy`` E_a [J mol-1] and ``logarithm_of_prefactor`` ln A. Errors are those of the scatter about the line.

    Raises
    ------
    InputError : fewer than three temperatures, or a number that is not positive.

    Source: Arrhenius, Z. Phys. Chem. 4 (1889) 226, doi:10.1515/zpch-1889-0416.
    """
    from scipy.constants import R

    T, y, w = _checked(temperature, conductivity, relative_error, LEAST["Arrhenius"])
    design = np.stack([-1.0 / (R * T), np.ones_like(T)], axis=1)
    return _law("Arrhenius", ("activation_energy", "logarithm_of_prefactor"), ("J/mol", "1"), design, y, w)


def vogel_tammann_fulcher(
    temperature: Sequence[float] | Floats, conductivity: Sequence[float] | Floats, relative_error: Floats
) -> Law:
    """Fit ln sigma = ln A - B / (T - T_0) by weighted least squares; arguments and errors as :func:`arrhenius`.

    Returns
    -------
    ``pseudo_activation`` B [K], ``logarithm_of_prefactor`` ln A, ``vanishing_temperature`` T_0 [K], which is sought between 0 K and 5 K
    below the coldest point.

    Raises
    ------
    InputError : fewer than five temperatures, or a number that is not positive.

    Source: Vogel, Phys. Z. 22 (1921) 645; Fulcher, J. Am. Ceram. Soc. 8 (1925) 339, doi:10.1111/j.1151-2916.1925.tb16731.x.
    """
    from scipy.optimize import minimize_scalar

    T, y, w = _checked(temperature, conductivity, relative_error, LEAST["Vogel-Tammann-Fulcher"])

    def design(T0: float) -> Floats:
        return np.stack([-1.0 / (T - T0), np.ones_like(T)], axis=1)

    def misfit(T0: float) -> float:
        A = design(T0) * w[:, None]
        return float(np.sum((w * y - A @ np.linalg.lstsq(A, w * y, rcond=None)[0]) ** 2))

    edge = float(T.min()) - NEAREST
    grid = np.linspace(0.0, edge, 60)
    best = int(np.argmin([misfit(T0) for T0 in grid]))
    ends = (grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)])
    minimum: Any = minimize_scalar(misfit, bounds=ends, method="bounded", options={"xatol": 1e-6})
    T0 = float(minimum.x)
    A = design(T0)
    B = float(np.linalg.lstsq(A * w[:, None], w * y, rcond=None)[0][0])
    whole = np.column_stack([A, -B / (T - T0) ** 2])
    names = ("pseudo_activation", "logarithm_of_prefactor", "vanishing_temperature")
    found = _law("Vogel-Tammann-Fulcher", names, ("K", "1", "K"), whole, y - B * T0 / (T - T0) ** 2, w)
    values = found.values.copy()
    values[2] = T0
    return Law(found.title, names, found.units, values, found.covariance, found.freedom, found.misfit)


def is_curved(straight: Law, curved: Law) -> tuple[bool, float]:
    """Whether the points bend more than their scatter explains: Arrhenius is Vogel-Tammann-Fulcher with T_0 = 0 K.

    Returns
    -------
    The verdict at 5 %, and the probability of such a bend by chance (F test with one and n - 3 degrees of freedom).
    """
    from scipy.stats import f

    left = max(curved.misfit, np.finfo(float).tiny)
    chance = float(f.sf(max(straight.misfit - left, 0.0) / (left / curved.freedom), 1, curved.freedom))
    return chance < SIGNIFICANCE, chance


def _checked(
    temperature: Sequence[float] | Floats, conductivity: Sequence[float] | Floats, relative_error: Floats, least: int
) -> tuple[Floats, Floats, Floats]:
    T, sigma = np.asarray(temperature, float), np.asarray(conductivity, float)
    error = np.broadcast_to(np.asarray(relative_error, float), T.shape)
    if np.unique(T).size < least:
        what = f"{np.unique(T).size} different temperatures"
        raise InputError(what, "temperature", f"Give at least {least}, each with --set or in sample.toml.")
    if not (np.all(T > 0.0) and np.all(sigma > 0.0) and np.isfinite(sigma).all()):
        raise InputError("a temperature or conductivity is not positive", "temperature", "Check its unit (K or degC).")
    return T, np.log(sigma), 1.0 / np.maximum(np.nan_to_num(error, nan=FLOOR), FLOOR)


def _law(title: str, names: tuple[str, ...], units: tuple[str, ...], design: Floats, y: Floats, w: Floats) -> Law:
    A = design * w[:, None]
    scale = np.linalg.norm(A, axis=0)
    solution, *_ = np.linalg.lstsq(A / scale, w * y, rcond=None)
    freedom = len(y) - len(names)
    misfit = float(np.sum((w * y - A / scale @ solution) ** 2))
    inverse = np.linalg.pinv((A / scale).T @ (A / scale))
    covariance = inverse / np.outer(scale, scale) * misfit / max(freedom, 1)
    return Law(title, names, units, solution / scale, covariance, freedom, misfit)
