"""The paper's sodium supply by the zeolite, with its charge balance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from honeycell.cell.ageing.base import AgeingState, Feeds, Mechanism, Surroundings

if TYPE_CHECKING:
    from honeycell.cell.ageing.faces import Faces
    from honeycell.data.parameters import Parameters


class ZeoliteSupply(Mechanism):
    """While the cathode fills, a share of the ions that reach it comes out of the zeolite.

    Parameters
    ----------
    share : of the ions [1].

    Notes
    -----
    The zeolite's framework keeps its charge, so every ion that leaves is replaced by another cation, and the only one there comes from the
    foil. The cathode takes one ion per electron of the outer circuit whatever its origin: the mechanism counts what has been exchanged and
    changes nothing, which is the finding.
    """

    name: ClassVar[str] = "zeolite-supply"
    introduced_for: ClassVar[tuple[str, ...]] = ("C119", "C156")
    default: ClassVar[bool] = False
    balance: ClassVar[str] = (
        "sodium of the zeolite goes to the cathode, as much of the foil goes to the zeolite; the cell's charge is unchanged"
    )

    def __init__(self, share: float) -> None:
        self.share = share
        self._exchanged = AgeingState("Sodium exchanged by the zeolite [mol.m-2]", 0.0, 1.0)

    @classmethod
    def of(cls, parameters: Parameters, faces: Faces) -> ZeoliteSupply:
        """See :class:`Mechanism`."""
        del faces
        return cls(parameters["ageing.zeolite_share"])

    @property
    def states(self) -> tuple[AgeingState, ...]:
        """Ions exchanged per area."""
        return (self._exchanged,)

    def rates(self, around: Surroundings) -> dict[str, Any]:
        """With the current that strips the foil."""
        from honeycell.cell.parameters import FARADAY

        return {self._exchanged.name: self.share / FARADAY * around.stripping}

    def feed(self) -> Feeds:
        """Nothing."""
        return Feeds()
