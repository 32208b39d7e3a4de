"""A leak through the film once sodium under overpotential has grown far enough into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from honeycell.cell.ageing.base import AgeingState, Feeds, Mechanism, Surroundings

if TYPE_CHECKING:
    from honeycell.cell.ageing.faces import Faces
    from honeycell.data.parameters import Parameters


class Leak(Mechanism):
    """Damage p gathers as ``x eta`` per cycle, eta the overpotential of the aged sodium film; beyond a threshold, a conductance opens.

    Parameters
    ----------
    entered : x, share of plated sodium inside the film [1].
    threshold : p at which the leak opens [V].
    conductance : of the leak per damage beyond the threshold [S/V].
    softness : width of the onset [V].
    """

    name: ClassVar[str] = "leak"
    introduced_for: ClassVar[tuple[str, ...]] = ("C153",)
    balance: ClassVar[str] = "charge flows beside the cell from cathode to sodium; the engine counts it"

    def __init__(self, entered: float, threshold: float, conductance: float, softness: float) -> None:
        self.entered, self.threshold, self.conductance, self.softness = entered, threshold, conductance, softness
        self._damage = AgeingState("Leak, damage [V]", 0.0, threshold, threshold)

    @classmethod
    def of(cls, parameters: Parameters, faces: Faces) -> Leak:
        """See :class:`Mechanism`."""
        p = parameters
        return cls(faces.entered, p["ageing.leak_threshold"], p["ageing.leak_conductance"], p["ageing.leak_softness"])

    @property
    def states(self) -> tuple[AgeingState, ...]:
        """Damage so far."""
        return (self._damage,)

    def rates(self, around: Surroundings) -> dict[str, Any]:
        """Overpotential times turnover; a cycle is two."""
        return {self._damage.name: 0.5 * self.entered * abs(around.current) * around.contact * around.turnover}

    def feed(self) -> Feeds:
        """Softly rising beyond the threshold, and nothing in the fresh cell."""
        import pybamm

        def soft(beyond: Any) -> Any:
            # log(1 + exp(z)) without overflow
            z = beyond * (1.0 / self.softness)
            return self.softness * (pybamm.maximum(z, 0.0) + pybamm.log(1.0 + pybamm.exp(-abs(z))))

        return Feeds(leak=self.conductance * soft(self._damage.variable() - self.threshold))
