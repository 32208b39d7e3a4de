"""Solvent used up by the sodium: what reduction takes of the liquid no longer conducts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from honeycell.cell.ageing.base import AgeingState, Feeds, Mechanism, Surroundings

if TYPE_CHECKING:
    from honeycell.cell.ageing.faces import Faces
    from honeycell.data.parameters import Parameters


class SolventReduction(Mechanism):
    """A share of the plating charge reduces solvent; conductivity and diffusivity fall with the liquid left, to a power.

    Parameters
    ----------
    spent : share of the liquid reduced per charge plated on an area [m2/C].
    exponent : of the share left, in conductivity and diffusivity [1].

    Notes
    -----
    The share of liquid left is kept above one part in a thousand, where the law has no meaning any more. What a film holds decides: a thick mat lasts
    longer than a thin film at the same share.
    """

    name: ClassVar[str] = "solvent-reduction"
    default: ClassVar[bool] = False
    balance: ClassVar[str] = "takes charge of the foil, which is in excess; the cathode's is untouched"

    def __init__(self, spent: float, exponent: float) -> None:
        self.spent, self.exponent = spent, exponent
        self._gone = AgeingState("Solvent reduced, -ln of the share left [1]", 0.0)

    @classmethod
    def of(cls, parameters: Parameters, faces: Faces) -> SolventReduction:
        """See :class:`Mechanism`."""
        from honeycell.cell.parameters import FARADAY

        p = parameters
        mass = p["ageing.solvent_molar_mass"] / p["ageing.electrons_per_solvent"] / FARADAY  # kg/C
        return cls(p["ageing.solvent_share"] * mass / faces.liquid, p["ageing.drying_exponent"])

    @property
    def states(self) -> tuple[AgeingState, ...]:
        """Minus the logarithm of the share left."""
        return (self._gone,)

    def rates(self, around: Surroundings) -> dict[str, Any]:
        """With the plating current, as long as there is liquid."""
        import pybamm

        left = pybamm.exp(-self._gone.variable())
        return {self._gone.name: self.spent * around.plating / pybamm.maximum(left, 1e-3)}

    def feed(self) -> Feeds:
        """On the liquid's transport."""
        import pybamm

        return Feeds(liquid=pybamm.exp(-self.exponent * self._gone.variable()))
