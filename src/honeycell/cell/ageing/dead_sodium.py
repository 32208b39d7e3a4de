"""Sodium that stripping leaves behind inside the film: a porous layer that ions must cross, and metal that is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from honeycell.cell.ageing.base import AgeingState, Feeds, Mechanism, Surroundings

if TYPE_CHECKING:
    from honeycell.cell.ageing.faces import Faces
    from honeycell.data.parameters import Parameters


class DeadSodium(Mechanism):
    """``dn/dQ = x (1 - ce)/F``; the layer's resistance is its thickness over the conductivity of the liquid in it.

    Parameters
    ----------
    lost : dead sodium per charge plated [mol/C].
    resistance : areal resistance per dead sodium [ohm m2 per mol/m2].
    area : of the foil [m2].

    Notes
    -----
    A rival of the sodium film: its resistance grows with the charge, not with its root. The foil is taken as endless; what it has lost is
    the state itself, to be held against what the foil holds.

    Source: Chen, Wood, Kazyak et al., J. Mater. Chem. A 5 (2017) 11671, for lithium (from memory).
    """

    name: ClassVar[str] = "dead-sodium"
    default: ClassVar[bool] = False
    balance: ClassVar[str] = "takes sodium of the foil, which is in excess; the cathode's is untouched"

    def __init__(self, lost: float, resistance: float, area: float) -> None:
        self.lost, self.resistance, self.area = lost, resistance, area
        self._dead = AgeingState("Dead sodium [mol.m-2]", 0.0, 1.0)

    @classmethod
    def of(cls, parameters: Parameters, faces: Faces) -> DeadSodium:
        """See :class:`Mechanism`."""
        from math import pi

        from honeycell.cell.liquid import Liquid
        from honeycell.cell.parameters import FARADAY

        p = parameters
        porosity = p["ageing.dead_sodium_porosity"]
        thickness = p["sodium.molar_volume"] / (1.0 - porosity)
        conductivity = Liquid.of(p).conductivity_at_reference * porosity / p["ageing.dead_sodium_tortuosity_factor"]
        return cls(
            faces.entered * p["ageing.dead_sodium_share"] / FARADAY,
            thickness / conductivity,
            pi * p["recipe.cell.disc_diameter"] ** 2 / 4.0,
        )

    @property
    def states(self) -> tuple[AgeingState, ...]:
        """Dead sodium per area of foil."""
        return (self._dead,)

    def rates(self, around: Surroundings) -> dict[str, Any]:
        """With the plating current."""
        return {self._dead.name: self.lost * around.plating}

    def feed(self) -> Feeds:
        """In series."""
        return Feeds(contact=self._dead.variable() * (self.resistance / self.area))
