r"""Demixing with one field: the polymer's potential where water and solvent have come to rest.

Within a pore's width water and solvent change places far faster than polymer moves, so their exchange potential is uniform. Labelled by s,
the share of water in a polymer-free solvent that stands at it, it fixes the water at each polymer fraction, and the polymer sees one potential

.. math:: \mu(\phi_3; s) = \left.\frac{\partial f}{\partial \phi_3}\right|_{\phi_1}, \qquad
   \frac{\partial f}{\partial \phi_1}(\phi_1(\phi_3, s), \phi_3) = \frac{\partial f}{\partial \phi_1}(s, 0)

per reference volume, in kT. The growth rates of small waves come out too large by the share of the polymer's diffusivity in that of the solvents,
times a factor that rises with s: 2 % at s = 0.15 and 6 % at s = 0.2 for a ratio of ten (water/NMP/PVDF-HFP, see the tests).

Close to phi3 = 0 the logarithm is continued as a straight line, below ``cutoff``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from honeycell.film.equilibrium import local_equilibrium
from honeycell.numerics.local_law import LawTable
from honeycell.physics.flory_huggins import second_derivatives
from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from honeycell.physics.flory_huggins import TernaryMixture

    Floats = NDArray[np.float64]

KNOTS, ROWS = 4097, 41
LEANEST, RICHEST = -0.05, 0.85  # of phi3 in the tables; a field overshoots zero a little
BEFORE = 0.985  # of the least s of two phases, where tables and ramps begin
LAST = 0.2  # s beyond which one field stands for two no longer (some 6-10 % in growth rates)
CUTOFF = 5e-4  # phi3 below which the logarithm is straight, or half the lower spinodal where that is less
HALVINGS = 45


@dataclass(frozen=True, eq=False)
class ReducedEnergy:
    """Tables over s (ROWS,) and phi3 (KNOTS,), uniform from LEANEST to RICHEST: ``potential`` in kT per reference volume.

    ``first`` is the least s of two phases, ``cutoff`` where the logarithm begins.
    """

    mixture: TernaryMixture
    labels: Floats
    potential: Floats
    first: float
    cutoff: float

    def laws(self, mobility: Callable[[Floats], Floats]) -> LawTable:
        """The laws of :class:`honeycell.numerics.conserved_field.ConservedField` along s, with this mobility of the polymer."""
        m = np.broadcast_to(mobility(np.linspace(LEANEST, RICHEST, KNOTS)), self.potential.shape)
        return LawTable(self.labels, LEANEST, RICHEST, self.potential, m)

    def phases_at(self, label: float) -> tuple[float, float]:
        """phi3 of the lean and of the rich phase at s.

        Raises
        ------
        InputError : no two phases there.
        """
        lines = local_equilibrium(self.mixture)
        if not self.first <= label <= float(lines.line_water[-1]):
            raise InputError(
                f"no two phases at a water share of {label:g}", "phase diagram", f"They begin at {self.first:.4g}."
            )
        return tuple(float(np.interp(label, lines.line_water, y)) for y in (lines.line_lean, lines.line_rich))  # pyright: ignore[reportReturnType]


@lru_cache(maxsize=16)
def reduced_energy(mixture: TernaryMixture, cutoff: float | None = None) -> ReducedEnergy:
    """Tables of a mixture, made once.

    Parameters
    ----------
    cutoff : phi3 below which the logarithm is straight; by default CUTOFF, or half the lower spinodal where that is less.

    Raises
    ------
    InputError : two phases only beyond LAST, a cut-off above the lower spinodal, or water and solvent that demix beside the polymer.
    """
    first = local_equilibrium(mixture).first_water
    if first >= 0.95 * LAST:
        raise InputError(
            f"two phases begin only at a water share of {first:.3g} of the solvent", "demixing",
            f"The one-field model holds below {LAST:g}: raise the non-solvent/polymer interaction.",
        )  # fmt: skip
    labels = np.linspace(BEFORE * first, LAST, ROWS)
    fine = np.geomspace(1e-7, 0.2, 1200)
    # the more water, the lower the lower spinodal
    stable = slope(mixture, fine, LAST) > 0.0
    if stable.all():
        raise InputError(
            "the polymer solution does not become unstable", "demixing", "Check the interaction parameters."
        )
    lowest = float(fine[np.argmin(stable)])
    at = min(CUTOFF, 0.5 * lowest) if cutoff is None else cutoff
    if not 0.0 < at < lowest:
        raise InputError(
            f"the logarithm would be cut off at a polymer fraction of {at:.3g}, above the lower spinodal at {lowest:.3g}", "demixing",
            "Lower the cut-off below it.",
        )  # fmt: skip
    phi3 = np.linspace(LEANEST, RICHEST, KNOTS)
    above = phi3 > at
    potential = np.empty((ROWS, KNOTS))
    for row, s in zip(potential, labels, strict=True):
        potential_at, slope_at = potential_of(mixture, np.array([at]), s), slope(mixture, np.array([at]), s)
        if not slope_at[0] > 0.0:
            raise InputError(
                f"the potential falls at the cut-off of the logarithm, {at:.3g}, for a water share of {s:.3g}", "demixing", "Lower the cut-off.",
            )  # fmt: skip
        row[above] = potential_of(mixture, phi3[above], s)
        row[~above] = potential_at[0] + slope_at[0] * (phi3[~above] - at)
    return ReducedEnergy(mixture, labels, potential, first, at)


def water_beside(mixture: TernaryMixture, phi3: Floats, label: float) -> Floats:
    """phi1 beside polymer fractions (n,) at the exchange potential labelled s.

    Raises
    ------
    InputError : water and solvent would demix there, f11 <= 0.
    """
    target = mixture.exchange_potentials(label, 0.0)[0]
    low, high = np.zeros_like(phi3), 1.0 - phi3
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        under = mixture.exchange_potentials(middle, phi3)[0] < target
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    phi1 = 0.5 * (low + high)
    if not (second_derivatives(mixture, phi1, phi3)[0] > 0.0).all():
        raise InputError(
            "water and solvent demix beside the polymer with these interaction parameters", "demixing",
            "Lower the non-solvent/solvent interaction.",
        )  # fmt: skip
    return phi1


def potential_of(mixture: TernaryMixture, phi3: Floats, label: float) -> Floats:
    """mu(phi3; s) in kT per reference volume, shape of ``phi3`` (n,), which is positive."""
    return mixture.exchange_potentials(water_beside(mixture, phi3, label), phi3)[1]


def slope(mixture: TernaryMixture, phi3: Floats, label: float) -> Floats:
    """dmu/dphi3 at constant s, f33 - f13^2/f11, shape of ``phi3`` (n,): negative between the spinodals."""
    f11, f13, f33 = second_derivatives(mixture, water_beside(mixture, phi3, label), phi3)
    return f33 - f13 * f13 / f11
