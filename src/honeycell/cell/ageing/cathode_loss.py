"""Cathode that the free liquid at its face takes apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from honeycell.cell.ageing.base import AgeingState, Feeds, Mechanism, Surroundings, warmed

if TYPE_CHECKING:
    from honeycell.cell.ageing.faces import Faces
    from honeycell.data.parameters import Parameters


class CathodeLoss(Mechanism):
    """``d ln a / dt = -k phi``: sites that take part are lost over time, in proportion to the share of free liquid at the cathode.

    Parameters
    ----------
    rate : k phi at the cell's temperature [1/s].

    Notes
    -----
    First order in what is left. Lost sites keep the sodium that they hold.
    """

    name: ClassVar[str] = "cathode-loss"
    introduced_for: ClassVar[tuple[str, ...]] = ("C157",)
    balance: ClassVar[str] = "lost sites take along the sodium that they hold; the engine counts it"

    state_name: ClassVar[str] = "Cathode loss, -ln of the share left [1]"

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._lost = AgeingState(self.state_name, 0.0)

    @classmethod
    def of(cls, parameters: Parameters, faces: Faces) -> CathodeLoss:
        """See :class:`Mechanism`."""
        rate = parameters["ageing.cathode_loss"] * warmed(parameters, "cathode_loss_activation_energy")
        return cls(rate * faces.free_at_cathode)

    @property
    def states(self) -> tuple[AgeingState, ...]:
        """Minus the logarithm of the share left."""
        return (self._lost,)

    def rates(self, around: Surroundings) -> dict[str, Any]:
        """Steady."""
        return {self._lost.name: self.rate + 0.0 * around.voltage}

    def feed(self) -> Feeds:
        """The share left."""
        import pybamm

        return Feeds(sites=pybamm.exp(-self._lost.variable()))
