"""Local equilibrium of a dope element: at which exchange potential it stands, one phase or two.

Inside the gap the potentials are those of the tie line, by the lever rule, so that they never fall while water rises and exchange stays
well posed. The exchange potential is labelled by s, the share of water in a polymer-free solvent that stands at it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from honeycell.physics.phase_diagram import binodal, spinodal_water
from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.physics.flory_huggins import TernaryMixture

    Floats = NDArray[np.float64]

SHARES, POLYMERS = 401, 161  # knots in u1, and in the root of phi3
RICHEST = 0.97  # polymer fraction up to which the table goes
TIE_LINES = 400
HALVINGS = 60  # of the interval for s: to round-off
EDGE = 1e-12  # of s from a pure liquid


@dataclass(frozen=True, eq=False)
class LocalEquilibrium:
    """Tables of one mixture over u1 = phi1/(phi1 + phi2) (SHARES,), uniform, and the root of phi3 (POLYMERS,), uniform.

    ``water`` s, ``osmotic`` omega, the solvent's potential less that of the polymer-free solvent at the same s [kT per v1], and ``split``,
    1 where two phases coexist. ``binodal`` and ``spinodal``: phi3 and u1 along them.
    ``line_water``, ``line_rich``, ``line_lean`` (n,): s, polymer in the rich and in the lean phase of the tie lines,
    from the critical point on.
    """

    mixture: TernaryMixture
    water: Floats
    osmotic: Floats
    split: Floats
    line_water: Floats
    line_rich: Floats
    line_lean: Floats
    binodal: tuple[Floats, Floats]
    spinodal: tuple[Floats, Floats]

    @property
    def first_water(self) -> float:
        """The least s at which two phases coexist."""
        return float(self.line_water[0])

    def water_at_rich(self, polymer: float) -> float:
        """The s at which the rich phase holds ``polymer``.

        Raises
        ------
        InputError : less than at the critical point, or more than any phase holds.
        """
        low, high = float(self.line_rich[0]), float(self.line_rich[-1])
        if not low < polymer < high:
            raise InputError(
                f"a rich phase with a polymer fraction of {polymer:g} does not exist",
                "phase diagram",
                f"The rich phase holds {low:.3f} to {high:.3f}: change the gel fraction or the interaction parameters.",
            )
        return float(np.interp(polymer, self.line_rich, self.line_water))

    def water_at(self, share: Floats, polymer: Floats) -> Floats:
        """The label s of compositions u1 and phi3 of one shape."""
        u, phi3 = np.asarray(share, float), np.asarray(polymer, float)
        return _waters(u.ravel(), phi3.ravel(), self.water, self.osmotic, self.split).reshape(u.shape)

    def binodal_share(self, polymer: Floats) -> Floats:
        """u1 on the binodal at each ``polymer`` fraction."""
        return np.interp(polymer, *self.binodal)

    def spinodal_share(self, polymer: Floats) -> Floats:
        """u1 on the spinodal at each ``polymer`` fraction; infinite where there is none."""
        return np.interp(polymer, *self.spinodal)


@lru_cache(maxsize=64)
def local_equilibrium(mixture: TernaryMixture) -> LocalEquilibrium:
    """Tables of a mixture, made once.

    Raises
    ------
    InputError : water and solvent alone demix, or polymer stays dissolved whatever the water.
    NotConverged : a tie line cannot be found.
    """
    _check_miscible(mixture)
    lines = binodal(mixture, TIE_LINES)
    lean, rich = (np.array([getattr(line, side) for line in lines]) for side in ("lean", "rich"))
    s = _water_of(mixture, mixture.exchange_potentials(lean[:, 0], np.maximum(lean[:, 2], 1e-300))[0])
    keep = np.concatenate([[True], np.diff(np.maximum.accumulate(s)) > 0.0])
    lean, rich, s = lean[keep], rich[keep], s[keep]
    omega = _osmotic(mixture, rich[:, 0], rich[:, 2], s)
    u = np.linspace(0.0, 1.0, SHARES)
    phi3 = np.linspace(0.0, np.sqrt(RICHEST), POLYMERS) ** 2
    share, polymer = np.meshgrid(u, phi3, indexing="ij")
    phi1 = share * (1.0 - polymer)
    water, osmotic, split = np.tile(u[:, None], (1, POLYMERS)), np.zeros(share.shape), np.zeros(share.shape)
    for j, p in enumerate(phi3[1:], 1):
        crossing = _crossings(lean, rich, float(p))
        if crossing is None:
            continue
        place, at = crossing
        inside = phi1[:, j] >= at[0]
        for table, along in ((water, s), (osmotic, omega)):
            table[inside, j] = np.interp(phi1[inside, j], at, np.interp(place, np.arange(len(s)), along))
        split[inside, j] = 1.0
    one = (split == 0.0) & (polymer > 0.0)
    phi1, polymer = np.clip(phi1[one], EDGE, 1.0 - polymer[one] - EDGE), polymer[one]
    water[one] = _water_of(mixture, mixture.exchange_potentials(phi1, polymer)[0])
    osmotic[one] = _osmotic(mixture, phi1, polymer, water[one])
    both = np.concatenate([lean[::-1], rich])
    unstable = spinodal_water(mixture, phi3[1:]) / (1.0 - phi3[1:])
    spinodal = np.where(np.isfinite(unstable), unstable, np.inf)
    border = both[:, 2], both[:, 0] / (both[:, 0] + both[:, 1])
    return LocalEquilibrium(mixture, water, osmotic, split, s, rich[:, 2], lean[:, 2], border, (phi3[1:], spinodal))


def _crossings(lean: Floats, rich: Floats, polymer: float) -> tuple[Floats, Floats] | None:
    """Where tie lines cross a polymer fraction: their places (fractional at the binodal) and the water there; None where none does."""
    below, above = lean[:, 2] <= polymer, rich[:, 2] >= polymer
    crossing = np.flatnonzero(below & above)
    if not crossing.size:
        return None
    first = int(crossing[0])
    weight = (polymer - lean[crossing, 2]) / (rich[crossing, 2] - lean[crossing, 2])
    place, at = crossing.astype(float), lean[crossing, 0] + weight * (rich[crossing, 0] - lean[crossing, 0])
    if first > 0:  # the binodal itself lies between this line and the one before
        side = rich if not above[first - 1] else lean
        part = (polymer - side[first - 1, 2]) / (side[first, 2] - side[first - 1, 2])
        place = np.concatenate([[first - 1 + part], place])
        at = np.concatenate([[side[first - 1, 0] + part * (side[first, 0] - side[first - 1, 0])], at])
    return place, np.maximum.accumulate(at)


def _check_miscible(mixture: TernaryMixture) -> None:
    s = np.linspace(1e-4, 1.0 - 1e-4, 2000)
    if np.any(np.diff(mixture.exchange_potentials(s, np.zeros_like(s))[0]) <= 0.0):
        raise InputError(
            "non-solvent and solvent alone demix with these interaction parameters",
            "Flory-Huggins mixture",
            "Lower the non-solvent/solvent interaction: they are miscible in every proportion.",
        )


def _water_of(mixture: TernaryMixture, potential: Floats) -> Floats:
    """The s at which a polymer-free solvent has this exchange ``potential``, by halving."""
    low, high = np.full(potential.shape, EDGE), np.full(potential.shape, 1.0 - EDGE)
    zero = np.zeros_like(potential)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        under = mixture.exchange_potentials(middle, zero)[0] < potential
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    return 0.5 * (low + high)


def _osmotic(mixture: TernaryMixture, phi1: Floats, phi3: Floats, s: Floats) -> Floats:
    own, free = (mixture.chemical_potentials(*at)[1] / mixture.r2 for at in ((phi1, phi3), (s, np.zeros_like(s))))
    return np.asarray(own - free)


@njit(cache=True)
def look_up(u: float, phi3: float, water: Floats, osmotic: Floats, split: Floats) -> tuple[float, float, float]:
    """s, omega and split between the knots of the tables."""
    rows, columns = water.shape
    x = min(max(u, 0.0), 1.0) * (rows - 1)
    z = np.sqrt(min(phi3, RICHEST) / RICHEST) * (columns - 1)
    i, j = min(int(x), rows - 2), min(int(z), columns - 2)
    p, q = x - i, z - j
    a, b, c, d = (1.0 - p) * (1.0 - q), p * (1.0 - q), (1.0 - p) * q, p * q
    return (
        a * water[i, j] + b * water[i + 1, j] + c * water[i, j + 1] + d * water[i + 1, j + 1],
        a * osmotic[i, j] + b * osmotic[i + 1, j] + c * osmotic[i, j + 1] + d * osmotic[i + 1, j + 1],
        a * split[i, j] + b * split[i + 1, j] + c * split[i, j + 1] + d * split[i + 1, j + 1],
    )


@njit(cache=True)
def _waters(u: Floats, phi3: Floats, water: Floats, osmotic: Floats, split: Floats) -> Floats:
    out = np.empty_like(u)
    for i in range(u.size):
        out[i] = look_up(u[i], phi3[i], water, osmotic, split)[0]
    return out
