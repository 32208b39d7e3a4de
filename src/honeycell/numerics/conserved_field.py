r"""One conserved field that relaxes towards less free energy, in two or three dimensions.

.. math::
    \partial_t \phi = \nabla \cdot \left[ M(\phi) \nabla \left( f'(\phi) - K \nabla^2 \phi \right) \right],
    \qquad F = \int f + \tfrac{K}{2} |\nabla \phi|^2

Second order central differences on cubes, fluxes at faces, so that the mean of phi stays to round-off; time steps explicit, either Euler's
or Runge-Kutta-Legendre super-steps.

Source of the equation: J. W. Cahn & J. E. Hilliard, J. Chem. Phys. 28 (1958) 258; J. W. Cahn, Acta Metall. 9 (1961) 795.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from honeycell.numerics.conserved_kernels import energy, euler_steps, fastest_decay, rate, super_step
from honeycell.numerics.super_stepping import reach, super_step_coefficients

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from honeycell.numerics.local_law import LocalLaw

    Floats = NDArray[np.float64]
    LawAt = Callable[[float], LocalLaw]

SAFETY = 0.8  # of the longest stable step: mobilities change within it
BURST = 20  # Euler steps between two looks at the law and at the stable step


@dataclass(frozen=True)
class ConservedField:
    """The equation on its grid.

    Parameters
    ----------
    gradient : K, not negative, in units of energy density times length squared.
    spacing : edge length h of a cell.
    periodic : neighbours across the edge are those of the other side; otherwise nothing crosses the edge.

    Raises
    ------
    ValueError : a negative K, a spacing that is not positive.
    """

    gradient: float
    spacing: float = 1.0
    periodic: bool = True

    def __post_init__(self) -> None:
        if not (self.gradient >= 0.0 and self.spacing > 0.0 and math.isfinite(self.gradient + self.spacing)):
            raise ValueError(f"gradient {self.gradient}, spacing {self.spacing}: expected K >= 0 and h > 0")

    @property
    def _numbers(self) -> tuple[float, float, bool]:
        factor = self.spacing**-2
        return self.gradient * factor, factor, self.periodic

    def rate(self, phi: ArrayLike, law: LocalLaw) -> Floats:
        """dphi/dt, shape of ``phi``."""
        field = _checked(phi)
        out = np.empty_like(field)
        rate(field, out, law, *self._numbers)
        return out.reshape(np.shape(phi))

    def free_energy(self, phi: ArrayLike, law: LocalLaw) -> float:
        """F over the volume of the grid, in two dimensions per length of the third."""
        stiff, _, periodic = self._numbers
        return float(energy(_checked(phi), law, stiff, periodic)) * self.spacing ** np.ndim(phi)

    def stable_step(self, phi: ArrayLike, law: LocalLaw) -> float:
        """The longest stable explicit step, 2 over a rigorous bound on the fastest decay with mobilities held; infinite if nothing moves."""
        bound = float(fastest_decay(_checked(phi), law, *self._numbers))
        return 2.0 / bound if bound > 0.0 else math.inf

    def growth_rate(self, composition: float, wave_number: float, law: LocalLaw) -> float:
        r"""Rate at which a small wave about a uniform composition grows, on the grid, along an axis.

        .. math:: \omega = -M Q (f'' + K Q), \qquad Q = \left[\tfrac{2}{h} \sin(q h/2)\right]^2
        """
        at = composition + 1e-6 * np.array([-1.0, 0.0, 1.0])
        if law.potential.size:
            slope = float(
                np.polynomial.polynomial.polyval(composition, np.polynomial.polynomial.polyder(law.potential))
            )
            m = law.mobility
        else:
            knots = law.low + np.arange(len(law.table)) / law.per_knot
            mu = np.interp(at, knots, law.table[:, 0])
            slope, m = float(mu[2] - mu[0]) / 2e-6, float(np.interp(composition, knots, law.table[:, 2]))
        Q = (2.0 / self.spacing * math.sin(0.5 * wave_number * self.spacing)) ** 2
        return -m * Q * (slope + self.gradient * Q)


class Stepper(Protocol):
    """A way to advance in time: in place, by at most ``remaining``; returns by how much. ``work`` is room for three more fields."""

    def advance(
        self, field: ConservedField, phi: Floats, work: Floats, time: float, remaining: float, law_at: LawAt
    ) -> float:
        """Advances ``phi`` and returns the time that has gone by."""
        ...


@dataclass(frozen=True)
class EulerSteps:
    """Explicit Euler, order 1.

    Parameters
    ----------
    step : fixed length; by default ``SAFETY`` of the longest stable one.
    """

    step: float | None = None

    def advance(
        self, field: ConservedField, phi: Floats, work: Floats, time: float, remaining: float, law_at: LawAt
    ) -> float:
        """One burst of equal steps."""
        step = SAFETY * field.stable_step(phi, law_at(time)) if self.step is None else self.step
        count = min(BURST, max(1, math.ceil(remaining / step - 1e-9)))
        step = min(step, remaining / count)
        euler_steps(phi, work, count, step, law_at(time + 0.5 * count * step), *field._numbers)
        return count * step


@dataclass(frozen=True)
class SuperSteps:
    """Runge-Kutta-Legendre super-steps, order 2; the law is that of the middle of the step.

    Parameters
    ----------
    stages : odd, three or more: evaluations per super-step; accuracy of patterns suffers beyond some 15.
    step : fixed length; by default ``SAFETY`` of the longest stable one.

    Raises
    ------
    ValueError : another number of stages.
    """

    stages: int = 11
    step: float | None = None

    def __post_init__(self) -> None:
        reach(self.stages)

    def advance(
        self, field: ConservedField, phi: Floats, work: Floats, time: float, remaining: float, law_at: LawAt
    ) -> float:
        """One super-step."""
        step = self.step
        if step is None:
            step = SAFETY * reach(self.stages) * field.stable_step(phi, law_at(time))
        step = min(step, remaining)
        super_step(phi, work, step, super_step_coefficients(self.stages), law_at(time + 0.5 * step), *field._numbers)
        return step


def evolve(
    field: ConservedField,
    phi: ArrayLike,
    duration: float,
    law: LocalLaw | LawAt,
    stepper: Stepper | None = None,
    watch: Callable[[float, Floats], None] | None = None,
) -> Floats:
    """The field after a while.

    Parameters
    ----------
    phi : two or three dimensions, each of two cells or more; left as it is.
    law : one law, or the law at a time.
    stepper : by default ``SuperSteps()``.
    watch : called with time and field after every step of the stepper; the field is not a copy.

    Raises
    ------
    ValueError : another number of dimensions, numbers that are not finite.
    FloatingPointError : the field ran away: a fixed step too long, or a law without a minimum.
    """
    now = _checked(phi).copy()
    inner = now[0] if np.ndim(phi) == 2 else now
    law_at = law if callable(law) else lambda time: law
    work = np.empty((3, *now.shape))
    how = SuperSteps() if stepper is None else stepper
    time = 0.0
    while duration - time > 1e-12 * duration:
        time += how.advance(field, now, work, time, duration - time, law_at)
        if not math.isfinite(now.max() - now.min()):
            raise FloatingPointError(f"the field is no longer finite at time {time:g}")
        if watch is not None:
            watch(time, inner)
    return inner


def seed_noise(shape: tuple[int, ...], mean: float, deviation: float, seed: int) -> Floats:
    """A uniform field with small random deviations, the mean exact: a seed for demixing, no thermal noise.

    Parameters
    ----------
    shape : of the grid.  deviation : standard deviation of each cell.
    """
    noise = np.random.default_rng(seed).standard_normal(shape)
    return mean + deviation * (noise - noise.mean())


def _checked(phi: ArrayLike) -> Floats:
    """The field with three dimensions, the first of length 1 where there are two (also as it comes)."""
    field = np.ascontiguousarray(phi, float)
    flat = field.ndim == 3 and field.shape[0] == 1
    if field.ndim not in (2, 3) or min(field.shape[1:] if flat else field.shape) < 2:
        raise ValueError(f"a field of shape {field.shape}; expected two or three dimensions of two cells or more")
    if not np.isfinite(field).all():
        raise ValueError("the field has numbers that are not finite")
    return field[None] if field.ndim == 2 else field
