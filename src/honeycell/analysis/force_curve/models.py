"""Contact laws as the fit needs them: depth at a force, for a strength A that is proportional to the modulus."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honeycell.physics.contact import (
    cone_force,
    flat_punch_force,
    hertz_force,
    jkr_indentation,
    pyramid_force,
    sneddon_sphere,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DEEPEST = 0.999  # of the radius, that of the contact: Sneddon's sphere is known up to its equator
UNIT = np.array(1.0)
_STEP = 1e-4  # relative, of the differences that stand for derivatives


@dataclass(frozen=True)
class Law(ABC):
    """``title`` for people; ``factor``, the strength A for a plane-strain modulus of 1 Pa; ``adhesive``."""

    title: str
    factor: float
    adhesive: bool = False
    exponent: float = 1.5

    @abstractmethod
    def depth(self, force: Floats, strength: float, adhesion: float) -> Floats:
        """Indentation [m] at ``force`` [N], -adhesion or more."""

    def strongest(self, strength: float) -> float:
        """Greatest force [N] for which the law is known."""
        return math.inf


@dataclass(frozen=True)
class PowerLaw(Law):
    """F = A depth^n - F_a."""

    def depth(self, force: Floats, strength: float, adhesion: float) -> Floats:
        """Indentation [m] at ``force`` [N]."""
        return (np.maximum(force + adhesion, 0.0) / strength) ** (1.0 / self.exponent)


@dataclass(frozen=True)
class Neck(Law):
    """Johnson, Kendall and Roberts."""

    radius: float = 1.0

    def depth(self, force: Floats, strength: float, adhesion: float) -> Floats:
        """Indentation [m] at ``force`` [N]."""
        return jkr_indentation(force, strength / self.factor, self.radius, max(adhesion, 0.0))


@dataclass(frozen=True)
class Ball(Law):
    """Sneddon's sphere."""

    radius: float = 1.0

    def depth(self, force: Floats, strength: float, adhesion: float) -> Floats:
        """Indentation [m] at ``force`` [N]."""
        depth, reduced = self._known()
        return np.interp(np.maximum(force, 0.0) * self.factor / strength, reduced, depth)

    def strongest(self, strength: float) -> float:
        """Force [N] at which the equator of the sphere touches."""
        return strength / self.factor * float(self._known()[1][-1])

    def _known(self) -> tuple[Floats, Floats]:
        return sneddon_sphere(self.radius * DEEPEST * np.linspace(0.0, 1.0, 2000) ** 2, 1.0, self.radius)


def any_paraboloid() -> Law:
    """F = A depth^1.5 with no modulus behind A: for contact point and baseline where the tip is not known."""
    return PowerLaw("F ~ depth^1.5", 1.0)


def hertz(radius: float) -> Law:
    """Hertz' sphere or paraboloid of ``radius`` [m]."""
    return PowerLaw("Hertz", float(hertz_force(UNIT, 1.0, radius)))


def dmt(radius: float) -> Law:
    """Derjaguin, Muller and Toporov's sphere of ``radius`` [m]."""
    return PowerLaw("DMT", float(hertz_force(UNIT, 1.0, radius)), adhesive=True)


def jkr(radius: float) -> Law:
    """Johnson, Kendall and Roberts' sphere of ``radius`` [m]."""
    return Neck("JKR", float(hertz_force(UNIT, 1.0, radius)), adhesive=True, radius=radius)


def sneddon_ball(radius: float) -> Law:
    """Sneddon's sphere of ``radius`` [m], exact where Hertz' is not."""
    return Ball("Sneddon (sphere)", float(hertz_force(UNIT, 1.0, radius)), radius=radius)


def cone(half_angle: float) -> Law:
    """Sneddon's cone of ``half_angle`` [rad]."""
    title = f"Sneddon (cone of half angle {math.degrees(half_angle):.1f} degree)"
    return PowerLaw(title, float(cone_force(UNIT, 1.0, half_angle)), exponent=2.0)


def pyramid(half_angle: float) -> Law:
    """Bilodeau's four-sided pyramid of ``half_angle`` [rad] between axis and face."""
    title = f"Sneddon-Bilodeau (pyramid of half angle {math.degrees(half_angle):.1f} degree)"
    return PowerLaw(title, float(pyramid_force(UNIT, 1.0, half_angle)), exponent=2.0)


def flat(radius: float) -> Law:
    """Sneddon's flat-ended cylinder of ``radius`` [m]."""
    return PowerLaw("Sneddon (flat punch)", float(flat_punch_force(UNIT, 1.0, radius)), exponent=1.0)


def size_exponent(build: Callable[[float], Law], size: float, force: float, modulus: float, adhesion: float) -> float:
    """Exponent of the size in the modulus, d ln E / d ln size, at a given depth and force: -1/2 for Hertz' radius.

    Parameters
    ----------
    build : one of the functions above, of the tip's ``size`` [m or rad].
    force : [N], that of the deepest point;  modulus : plane-strain [Pa];  adhesion : [N]
    """

    def depth(s: float, E: float) -> float:
        law = build(s)
        return float(law.depth(np.array(force), E * law.factor, adhesion))

    up, down = 1.0 + _STEP, 1.0 - _STEP
    by_modulus = depth(size, modulus * up) - depth(size, modulus * down)
    return -(depth(size * up, modulus) - depth(size * down, modulus)) / by_modulus if by_modulus else 0.0
