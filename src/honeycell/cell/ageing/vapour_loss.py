"""Solvent that leaves as vapour through the seal; in a tight cell, what fills the head space is all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from honeycell.cell.ageing.base import AgeingState, Feeds, Mechanism, Surroundings

if TYPE_CHECKING:
    from honeycell.cell.ageing.faces import Faces
    from honeycell.data.parameters import Parameters


class VapourLoss(Mechanism):
    """Liquid leaves at ``G p(T) M/(R T)``, G the volume of gas that the seal passes per time, p the solvent's vapour pressure.

    Parameters
    ----------
    rate : share of the film's liquid lost per time [1/s].
    exponent : of the share left, in conductivity and diffusivity [1].

    Notes
    -----
    The gas in the cell is saturated at once. Pressure by Clausius and Clapeyron from one point and the heat of evaporation.
    """

    name: ClassVar[str] = "vapour-loss"
    default: ClassVar[bool] = False
    balance: ClassVar[str] = "neither sodium nor charge; liquid leaves the cell"

    def __init__(self, rate: float, exponent: float) -> None:
        self.rate, self.exponent = rate, exponent
        self._gone = AgeingState("Vapour lost, -ln of the liquid left [1]", 0.0)

    @classmethod
    def of(cls, parameters: Parameters, faces: Faces) -> VapourLoss:
        """See :class:`Mechanism`."""
        from math import exp, pi

        from scipy.constants import R

        p = parameters
        temperature, reference = p["recipe.cell.temperature"], p["ageing.vapour_reference_temperature"]
        pressure = p["ageing.vapour_pressure"] * exp(
            -p["ageing.heat_of_evaporation"] / R * (1.0 / temperature - 1.0 / reference)
        )
        mass = p["ageing.seal_leak"] * pressure * p["ageing.solvent_molar_mass"] / (R * temperature)
        area = pi * p["recipe.cell.disc_diameter"] ** 2 / 4.0
        return cls(mass / (faces.liquid * area), p["ageing.drying_exponent"])

    @property
    def states(self) -> tuple[AgeingState, ...]:
        """Minus the logarithm of the liquid left."""
        return (self._gone,)

    def rates(self, around: Surroundings) -> dict[str, Any]:
        """Steady in mass, so faster in the share of what is left."""
        import pybamm

        left = pybamm.exp(-self._gone.variable())
        return {self._gone.name: self.rate / pybamm.maximum(left, 1e-3) + 0.0 * around.voltage}

    def feed(self) -> Feeds:
        """On the liquid's transport."""
        import pybamm

        return Feeds(liquid=pybamm.exp(-self.exponent * self._gone.variable()))
