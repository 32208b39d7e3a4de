"""Cathode sites that the first cycles open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from honeycell.cell.ageing.base import AgeingState, Feeds, Mechanism, Surroundings, warmed

if TYPE_CHECKING:
    from honeycell.cell.ageing.faces import Faces
    from honeycell.data.parameters import Parameters


class Activation(Mechanism):
    """Accessible sites grow by ``gain (1 - exp(-v))``, v rising with the charge passed: the same for all films.

    Parameters
    ----------
    gain : sites opened in the end, over those accessible at first [1].
    rate : v per filling and emptying of all sites, at the cell's temperature [1].
    """

    name: ClassVar[str] = "activation"
    introduced_for: ClassVar[tuple[str, ...]] = ("C155", "C156")
    balance: ClassVar[str] = (
        "opened sites bring sodium along, at the mean filling of the others; the engine counts it. It shows as an excess of discharge "
        "over charge"
    )

    def __init__(self, gain: float, rate: float) -> None:
        self.gain, self.rate = gain, rate
        self._progress = AgeingState("Activation, progress [1]", 0.0)

    @classmethod
    def of(cls, parameters: Parameters, faces: Faces) -> Activation:
        """See :class:`Mechanism`."""
        del faces
        rate = parameters["ageing.activation_rate"] * warmed(parameters, "activation_activation_energy")
        return cls(parameters["ageing.activation_gain"], rate)

    @property
    def states(self) -> tuple[AgeingState, ...]:
        """How far it has come, v."""
        return (self._progress,)

    def rates(self, around: Surroundings) -> dict[str, Any]:
        """Per turnover; a cycle is two."""
        return {self._progress.name: 0.5 * self.rate * around.turnover}

    def feed(self) -> Feeds:
        """Sites over those at first."""
        import pybamm

        return Feeds(sites=1.0 + self.gain * (1.0 - pybamm.exp(-self._progress.variable())))
