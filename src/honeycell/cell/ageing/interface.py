"""The sodium's interface is thicker where free liquid meets it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from honeycell.cell.ageing.base import Feeds, Mechanism

if TYPE_CHECKING:
    from honeycell.cell.ageing.faces import Faces
    from honeycell.data.parameters import Parameters


class Interface(Mechanism):
    """Resistance of the sodium's interface, film and charge transfer, times ``1 - s (1 - phi)``, phi the free liquid at the sodium.

    Parameters
    ----------
    factor : on the resistance that the tables give for a flooded foil [1].
    """

    name: ClassVar[str] = "interface"
    introduced_for: ClassVar[tuple[str, ...]] = ("C109", "C110", "C111")

    def __init__(self, factor: float) -> None:
        self.factor = factor

    @classmethod
    def of(cls, parameters: Parameters, faces: Faces) -> Interface:
        """See :class:`Mechanism`."""
        return cls(1.0 - parameters["ageing.interface_sensitivity"] * (1.0 - faces.free_at_sodium))

    def feed(self) -> Feeds:
        """Constant from the first minute on."""
        return Feeds(foil=self.factor)
