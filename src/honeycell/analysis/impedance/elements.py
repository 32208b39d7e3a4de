r"""Circuit elements, one class each: what an element does to a sine, and how that changes with its parameters.

Parameters are fitted on scales where any real number is allowed: the logarithm of what must be positive, the logit of an exponent
between bounds. ``Z`` is the impedance and ``Y = 1/Z`` the admittance; an element gives whichever is simpler and says so.

Source of the finite-length and Gerischer forms: Barsoukov & Macdonald (eds), Impedance Spectroscopy, 2nd ed. (2005),
doi:10.1002/0471716243, section 2.1; of the constant-phase element: Brug et al., J. Electroanal. Chem. 176 (1984) 275,
doi:10.1016/S0022-0728(84)80324-1.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Complexes = NDArray[np.complexfloating[Any, Any]]

HALF_PI = np.pi / 2.0


class Angular:
    """Angular frequencies omega [rad/s] of a batch, (b, n) or (1, n) where all members share one grid, and what elements need of them."""

    def __init__(self, omega: Floats) -> None:
        self.omega = omega

    @cached_property
    def log(self) -> Floats:
        """ln(omega)."""
        return np.log(self.omega)

    @cached_property
    def log_j(self) -> Complexes:
        """ln(j omega)."""
        return self.log + 1j * HALF_PI

    @cached_property
    def j(self) -> Complexes:
        """The product j omega."""
        return 1j * self.omega

    @cached_property
    def warburg(self) -> Complexes:
        """(1 - j) omega**-1/2."""
        return (1.0 - 1j) / np.sqrt(self.omega)

    def take(self, rows: NDArray[np.intp]) -> Angular:
        """The grids of those members."""
        return self if len(self.omega) == 1 else Angular(self.omega[rows])


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number of an element.

    ``power`` is how it scales when the element's impedance is multiplied by a: +1 (resistances, inductances), -1
    (capacitances), 0 (times, exponents). ``low`` and ``high`` bound it; a positive quantity has 0 and infinity.
    """

    name: str
    unit: str
    power: int
    low: float = 0.0
    high: float = np.inf

    @property
    def bounded(self) -> bool:
        """True where the fit works on the logit between the bounds, False where on the logarithm."""
        return bool(np.isfinite(self.high))

    def outside(self, inner: Floats) -> Floats:
        """Physical value of a fitted number."""
        if self.bounded:
            return self.low + (self.high - self.low) / (1.0 + np.exp(-inner))
        return np.exp(inner)

    def inside(self, value: Floats) -> Floats:
        """Fitted number of a physical value; bounds are kept off by a hair."""
        if self.bounded:
            share = np.clip((value - self.low) / (self.high - self.low), 1e-6, 1.0 - 1e-6)
            return np.log(share / (1.0 - share))
        return np.log(value)

    def slope(self, inner: Floats) -> Floats:
        """Derivative of :meth:`outside`."""
        if self.bounded:
            share = 1.0 / (1.0 + np.exp(-inner))
            return (self.high - self.low) * share * (1.0 - share)
        return np.exp(inner)


class Element(ABC):
    """One kind of element. ``admittance`` says which of Y and Z :meth:`value` returns."""

    symbol: ClassVar[str]
    title: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]]
    admittance: ClassVar[bool] = False

    @abstractmethod
    def value(self, x: Floats, w: Angular, slopes: Complexes | None) -> Complexes:
        """Z (or Y) of each member.

        Parameters
        ----------
        x : (b, p) fitted numbers.
        w : the frequencies, n of them.
        slopes : None, or an array (b, p, n) that receives d value / d x.

        Returns
        -------
        (b, n), or (b, 1) where it does not depend on frequency.
        """


class Resistor(Element):
    """Z = R."""

    symbol, title = "R", "resistor"
    parameters = (Parameter("R", "ohm", 1),)

    def value(self, x: Floats, w: Angular, slopes: Complexes | None) -> Complexes:
        """See :meth:`Element.value`."""
        Z = np.exp(x).astype(complex)
        if slopes is not None:
            slopes[:, 0] = Z
        return Z


class Capacitor(Element):
    """Y = j omega C."""

    symbol, title, admittance = "C", "capacitor", True
    parameters = (Parameter("C", "F", -1),)

    def value(self, x: Floats, w: Angular, slopes: Complexes | None) -> Complexes:
        """See :meth:`Element.value`."""
        Y = np.exp(x) * w.j
        if slopes is not None:
            slopes[:, 0] = Y
        return Y


class Inductor(Element):
    """Z = j omega L."""

    symbol, title = "L", "inductor"
    parameters = (Parameter("L", "H", 1),)

    def value(self, x: Floats, w: Angular, slopes: Complexes | None) -> Complexes:
        """See :meth:`Element.value`."""
        Z = np.exp(x) * w.j
        if slopes is not None:
            slopes[:, 0] = Z
        return Z


class ConstantPhase(Element):
    """Y = Q (j omega)**alpha."""

    symbol, title, admittance = "CPE", "constant-phase element", True
    parameters = (Parameter("Q", "S*s**alpha", -1), Parameter("alpha", "1", 0, 0.3, 1.0))

    def value(self, x: Floats, w: Angular, slopes: Complexes | None) -> Complexes:
        """See :meth:`Element.value`."""
        alpha = self.parameters[1].outside(x[:, 1:])
        # modulus and phase apart: one real exponential per point
        Y = np.exp(x[:, :1] + alpha * w.log) * np.exp(1j * HALF_PI * alpha)
        if slopes is not None:
            slopes[:, 0] = Y
            np.multiply(Y, w.log_j, out=slopes[:, 1])
            slopes[:, 1] *= self.parameters[1].slope(x[:, 1:])
        return Y


class Warburg(Element):
    """Semi-infinite diffusion, Z = sigma (1 - j) omega**-1/2."""

    symbol, title = "W", "Warburg element, semi-infinite"
    parameters = (Parameter("sigma", "ohm/s**0.5", 1),)

    def value(self, x: Floats, w: Angular, slopes: Complexes | None) -> Complexes:
        """See :meth:`Element.value`."""
        Z = np.exp(x) * w.warburg
        if slopes is not None:
            slopes[:, 0] = Z
        return Z


class WarburgOpen(Element):
    """Diffusion to a blocking wall, Z = R coth(u)/u with u = (j omega tau)**1/2."""

    symbol, title = "Wo", "Warburg element, finite space"
    parameters = (Parameter("R", "ohm", 1), Parameter("tau", "s", 0))

    def value(self, x: Floats, w: Angular, slopes: Complexes | None) -> Complexes:
        """See :meth:`Element.value`."""
        u, e, one_minus = _finite(x, w)
        R = np.exp(x[:, :1])
        coth = (1.0 + e) / one_minus
        Z = R * coth / u
        if slopes is not None:
            slopes[:, 0] = Z
            slopes[:, 1] = -0.5 * R * (4.0 * e / one_minus**2 + coth / u)
        return Z


class WarburgShort(Element):
    """Diffusion through a layer to a reservoir, Z = R tanh(u)/u with u = (j omega tau)**1/2."""

    symbol, title = "Ws", "Warburg element, finite length"
    parameters = (Parameter("R", "ohm", 1), Parameter("tau", "s", 0))

    def value(self, x: Floats, w: Angular, slopes: Complexes | None) -> Complexes:
        """See :meth:`Element.value`."""
        u, e, one_minus = _finite(x, w)
        R = np.exp(x[:, :1])
        tanh = one_minus / (1.0 + e)
        Z = R * tanh / u
        if slopes is not None:
            slopes[:, 0] = Z
            slopes[:, 1] = 0.5 * R * (4.0 * e / (1.0 + e) ** 2 - tanh / u)
        return Z


class Gerischer(Element):
    """Diffusion with a first-order reaction, Z = R (1 + j omega tau)**-1/2."""

    symbol, title = "G", "Gerischer element"
    parameters = (Parameter("R", "ohm", 1), Parameter("tau", "s", 0))

    def value(self, x: Floats, w: Angular, slopes: Complexes | None) -> Complexes:
        """See :meth:`Element.value`."""
        j_omega_tau = np.exp(x[:, 1:]) * w.j
        Z = np.exp(x[:, :1]) * (1.0 + j_omega_tau) ** -0.5
        if slopes is not None:
            slopes[:, 0] = Z
            slopes[:, 1] = -0.5 * Z * j_omega_tau / (1.0 + j_omega_tau)
        return Z


def _finite(x: Floats, w: Angular) -> tuple[Complexes, Complexes, Complexes]:
    """u, exp(-2u) and 1 - exp(-2u), the last without losing digits at small u."""
    u = np.sqrt(0.5 * np.exp(x[:, 1:]) * w.omega) * np.complex128(1.0 + 1j)
    less: Complexes = np.expm1(-2.0 * u)
    return u, 1.0 + less, -less


ELEMENTS: dict[str, Element] = {
    element.symbol: element
    for element in (
        Resistor(),
        Capacitor(),
        Inductor(),
        ConstantPhase(),
        Warburg(),
        WarburgOpen(),
        WarburgShort(),
        Gerischer(),
    )
}
