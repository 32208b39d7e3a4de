"""Flory-Huggins free energy of water (1), solvent (2) and polymer (3), and its derivatives.

Per reference volume v1 (the molar volume of water), in units of kT::

    f = phi1 ln phi1 + phi2/r2 ln phi2 + phi3/r3 ln phi3
        + g12(u2) phi1 phi2 + chi13 phi1 phi3 + chi23/r2 phi2 phi3 + chi123 phi1 phi2 phi3
    u2 = phi2/(phi1 + phi2),  g12(u2) = a + b u2,  r2 = v2/v1,  r3 = v3/v1

The independent variables are phi1 and phi3; phi2 = 1 - phi1 - phi3. All derivatives are analytic.

Source: P. J. Flory, Principles of Polymer Chemistry (1953); concentration dependent g12 after
L. Zeman and G. Tkacik, J. Membr. Sci. 36 (1988) 119. Validity: mean field, amorphous polymer, one
chain length, one temperature; the ternary interaction chi123 is a constant.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from scipy.special import xlogy  # pyright: ignore[reportMissingTypeStubs]

from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array: TypeAlias = NDArray[np.float64]

# phi2 = 1 - phi1 - phi3 below this is the rounding of the subtraction, hence zero
_ROUNDING = 4.0 * float(np.finfo(float).eps)


@dataclass(frozen=True)
class TernaryMixture:
    """The parameters of one mixture of water (1), solvent (2) and polymer (3).

    Parameters
    ----------
    r2, r3
        Molar volumes of solvent and polymer over that of water, v2/v1 and v3/v1 (at least 1).
    g12_constant, g12_slope
        Water-solvent interaction g12 = g12_constant + g12_slope u2, u2 = phi2/(phi1 + phi2).
    chi13
        Water-polymer interaction, per reference volume v1.
    chi23
        Solvent-polymer interaction, per solvent volume v2 (it enters as chi23/r2).
    chi123
        Interaction of all three, per reference volume v1; none by default.

    Raises
    ------
    InputError
        If a parameter is not finite or a size ratio is below 1.

    Examples
    --------
    >>> TernaryMixture(r2=5.0, r3=1000.0, g12_constant=0.8, g12_slope=0.0, chi13=2.0, chi23=0.4).r3
    1000.0
    """

    r2: float
    r3: float
    g12_constant: float
    g12_slope: float
    chi13: float
    chi23: float
    chi123: float = 0.0

    def __post_init__(self) -> None:
        for name in ("r2", "r3", "g12_constant", "g12_slope", "chi13", "chi23", "chi123"):
            value = float(getattr(self, name))
            if not math.isfinite(value):
                raise InputError(f"{name} = {value} is not a finite number", "Flory-Huggins mixture", "Give a number.")
            object.__setattr__(self, name, value)
        for name in ("r2", "r3"):
            value = getattr(self, name)
            if value < 1.0:
                raise InputError(
                    f"{name} = {value:g} is below 1",
                    "Flory-Huggins mixture",
                    "Take the smallest molecule, water, as the reference volume.",
                )

    def free_energy(self, phi1: ArrayLike, phi3: ArrayLike) -> Array:
        """Free energy of mixing per reference volume, f/kT.

        Parameters
        ----------
        phi1, phi3
            Volume fractions of water and polymer, any shapes that broadcast.

        Returns
        -------
        ndarray
            f/kT, the broadcast shape; 0 at the pure components, nan outside the triangle.

        Examples
        --------
        >>> m = TernaryMixture(1.0, 1.0, 0.0, 0.0, 0.0, 0.0)
        >>> round(float(m.free_energy(0.5, 0.0)), 6)
        -0.693147
        """
        p1, p2, p3 = _fractions(phi1, phi3)
        g12 = self.g12_constant + self.g12_slope * _solvent_share(p2, p3)
        entropy = xlogy(p1, p1) + xlogy(p2, p2) / self.r2 + xlogy(p3, p3) / self.r3
        pairs = g12 * p1 * p2 + self.chi13 * p1 * p3 + self.chi23 / self.r2 * p2 * p3
        return entropy + pairs + self.chi123 * p1 * p2 * p3

    def exchange_potentials(self, phi1: ArrayLike, phi3: ArrayLike) -> tuple[Array, Array]:
        """Exchange potentials against the solvent, per reference volume.

        Parameters
        ----------
        phi1, phi3
            Volume fractions of water and polymer, inside the triangle; shapes broadcast.

        Returns
        -------
        tuple of ndarray
            df/dphi1 at fixed phi3 and df/dphi3 at fixed phi1, in kT, each the broadcast shape.

        Examples
        --------
        >>> m = TernaryMixture(1.0, 1.0, 0.0, 0.0, 0.0, 0.0)
        >>> [float(d) for d in m.exchange_potentials(0.25, 0.5)]
        [0.0, 0.6931471805599453]
        """
        mu1, mu2, mu3 = self.chemical_potentials(phi1, phi3)
        with np.errstate(invalid="ignore"):
            return mu1 - mu2 / self.r2, mu3 / self.r3 - mu2 / self.r2

    def chemical_potentials(
        self, phi1: ArrayLike, phi3: ArrayLike, log_phi3: ArrayLike | None = None
    ) -> tuple[Array, Array, Array]:
        """Chemical potentials against the pure liquids, per molecule.

        Parameters
        ----------
        phi1, phi3
            Volume fractions of water and polymer; shapes broadcast.
        log_phi3
            ln phi3 where phi3 itself is too small for a float; by default the logarithm of ``phi3``.

        Returns
        -------
        tuple of ndarray
            mu1, mu2, mu3 in kT, each the broadcast shape; -inf where a component is absent.

        Examples
        --------
        >>> m = TernaryMixture(5.0, 1000.0, 0.8, 0.0, 2.0, 0.4)
        >>> float(m.chemical_potentials(1.0, 0.0)[0])
        0.0
        """
        p1, p2, p3 = _fractions(phi1, phi3)
        ln3 = _log(p3) if log_phi3 is None else np.asarray(log_phi3, dtype=float)
        u = _solvent_share(p2, p3)
        a, b, c = self.g12_constant, self.g12_slope, self.chi23 / self.r2
        excess = (a + b * u) * p1 * p2 + self.chi13 * p1 * p3 + c * p2 * p3
        # an excess that is homogeneous of degree n has the partial quantities d(excess)/dphi_i - (n - 1) excess
        k = self.chi123
        shift = p1 + p2 / self.r2 + p3 / self.r3 + excess + 2.0 * k * p1 * p2 * p3
        mu1 = _log(p1) + 1.0 + (p2 * (a + b * u * u) + self.chi13 * p3 + k * p2 * p3 - shift)
        mu2 = _log(p2) + 1.0 + self.r2 * (p1 * (a + b * u * (2.0 - u)) + c * p3 + k * p1 * p3 - shift)
        mu3 = ln3 + 1.0 + self.r3 * (self.chi13 * p1 + c * p2 + k * p1 * p2 - shift)
        return mu1, mu2, mu3

    def hessian(self, phi1: ArrayLike, phi3: ArrayLike) -> Array:
        """Second derivatives of f over (phi1, phi3).

        Parameters
        ----------
        phi1, phi3
            Volume fractions of water and polymer, strictly inside the triangle; shapes broadcast.

        Returns
        -------
        ndarray
            Broadcast shape + (2, 2), in kT per reference volume.

        Examples
        --------
        >>> m = TernaryMixture(1.0, 1.0, 0.0, 0.0, 0.0, 0.0)
        >>> m.hessian(0.25, 0.5).tolist()
        [[8.0, 4.0], [4.0, 6.0]]
        """
        p1, _, p3 = _fractions(phi1, phi3)
        f11, f13, f33 = second_derivatives(self, p1, p3)
        return np.stack([np.stack([f11, f13], axis=-1), np.stack([f13, f33], axis=-1)], axis=-2)

    def spinodal_determinant(self, phi1: ArrayLike, phi3: ArrayLike) -> Array:
        """Determinant of the Hessian: negative between the spinodals.

        Parameters
        ----------
        phi1, phi3
            Volume fractions of water and polymer, strictly inside the triangle; shapes broadcast.

        Returns
        -------
        ndarray
            f11 f33 - f13^2, the broadcast shape.

        Examples
        --------
        >>> m = TernaryMixture(1.0, 1.0, 0.0, 0.0, 0.0, 0.0)
        >>> float(m.spinodal_determinant(0.25, 0.5))
        32.0
        """
        p1, _, p3 = _fractions(phi1, phi3)
        f11, f13, f33 = second_derivatives(self, p1, p3)
        return f11 * f33 - f13 * f13


def second_derivatives(mixture: TernaryMixture, phi1: Array, phi3: Array) -> tuple[Array, Array, Array]:
    """f11, f13, f33 by plain arithmetic, for arrays of one shape or for floats.

    Parameters
    ----------
    mixture
        The parameters.
    phi1, phi3
        Volume fractions of water and polymer, strictly inside the triangle.

    Returns
    -------
    tuple of ndarray
        Second derivatives of f in kT per reference volume, the shape of the arguments.

    Examples
    --------
    >>> second_derivatives(TernaryMixture(1.0, 1.0, 0.0, 0.0, 0.0, 0.0), 0.25, 0.5)
    (8.0, 4.0, 6.0)
    """
    a, b, c = mixture.g12_constant, mixture.g12_slope, mixture.chi23 / mixture.r2
    t = 1.0 - phi3
    w = phi1 / t
    s2 = 1.0 / (mixture.r2 * (t - phi1))
    k = mixture.chi123
    f11 = 1.0 / phi1 + s2 - 2.0 * (a + 2.0 * b) + 6.0 * b * w - 2.0 * k * phi3
    f13 = s2 - (a + b) + 3.0 * b * w * w + mixture.chi13 - c + k * (1.0 - 2.0 * (phi1 + phi3))
    f33 = 1.0 / (mixture.r3 * phi3) + s2 + 2.0 * b * w * w * w - 2.0 * c - 2.0 * k * phi1
    return f11, f13, f33


def third_derivatives(mixture: TernaryMixture, phi1: Array, phi3: Array) -> tuple[Array, Array, Array, Array]:
    """f111, f113, f133, f333 by plain arithmetic, for arrays of one shape or for floats.

    Parameters
    ----------
    mixture
        The parameters.
    phi1, phi3
        Volume fractions of water and polymer, strictly inside the triangle.

    Returns
    -------
    tuple of ndarray
        Third derivatives of f in kT per reference volume, the shape of the arguments.

    Examples
    --------
    >>> third_derivatives(TernaryMixture(1.0, 1.0, 0.0, 0.0, 0.0, 0.0), 0.25, 0.5)
    (0.0, 16.0, 16.0, 12.0)
    """
    t = 1.0 - phi3
    w = phi1 / t
    s3 = 1.0 / (mixture.r2 * (t - phi1) ** 2)
    g = 6.0 * mixture.g12_slope / t
    f111 = s3 - 1.0 / phi1**2 + g
    f113 = s3 + g * w - 2.0 * mixture.chi123
    f133 = s3 + g * w * w - 2.0 * mixture.chi123
    f333 = s3 - 1.0 / (mixture.r3 * phi3**2) + g * w * w * w
    return f111, f113, f133, f333


def _fractions(phi1: ArrayLike, phi3: ArrayLike) -> tuple[Array, Array, Array]:
    """Volume fractions of all three as arrays of one shape; phi2 free of the subtraction's rounding."""
    p1, p3 = np.broadcast_arrays(np.asarray(phi1, dtype=float), np.asarray(phi3, dtype=float))
    p2 = 1.0 - p1 - p3
    return p1, np.where(np.abs(p2) < _ROUNDING, 0.0, p2), p3


def _solvent_share(p2: Array, p3: Array) -> Array:
    """u2 = phi2/(phi1 + phi2), shape of ``p2``; 0 where there is neither water nor solvent."""
    t = 1.0 - p3
    return np.divide(p2, t, out=np.zeros_like(p2), where=t != 0.0)


def _log(p: Array) -> Array:
    """Natural logarithm, -inf at 0 and nan below, without warnings."""
    out = np.full(p.shape, -np.inf)
    np.log(p, out=out, where=p > 0.0)
    return np.where(p < 0.0, np.nan, out)
