"""A resistive film on the sodium that grows with the square root of the charge plated inside the separator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from honeycell.cell.ageing.base import AgeingState, Feeds, Mechanism, Surroundings, warmed

if TYPE_CHECKING:
    from honeycell.cell.ageing.faces import Faces
    from honeycell.data.parameters import Parameters


class SodiumFilm(Mechanism):
    """Parabolic growth: ``d(r^2)/dQ = (x phi)^2 k``, from the fresh film's own resistance r on.

    Parameters
    ----------
    fresh : areal resistance of the fresh film at the reference temperature [ohm m2].
    rate : (x phi)^2 k at the cell's temperature [ohm2 m4 per C/m2], x the share of sodium plated inside the film, phi the free liquid there.
    conduction : areal resistance at the cell's temperature over that at the reference [1].
    area : of the foil [m2].

    Notes
    -----
    Linear in current. The new film's conduction is activated less than its growth, as in liquid-filled channels.

    Source: parabolic law, C. Wagner, Z. phys. Chem. B 21 (1933) 25; liquid channels in the film: Lim, Popovic & Maier, 10.1039/d2ta09189e.
    """

    name: ClassVar[str] = "sodium-film"
    introduced_for: ClassVar[tuple[str, ...]] = ("C151",)
    balance: ClassVar[str] = "binds sodium of the foil, which is in excess and not counted"

    def __init__(self, fresh: float, rate: float, conduction: float, area: float) -> None:
        self.fresh, self.rate, self.conduction, self.area = fresh, rate, conduction, area
        self._square = AgeingState("Sodium film, resistance squared [Ohm2.m4]", fresh**2, max(rate * 1e6, fresh**2))

    @classmethod
    def of(cls, parameters: Parameters, faces: Faces) -> SodiumFilm:
        """See :class:`Mechanism`."""
        from math import pi

        p = parameters
        coupling = (faces.entered * faces.free_at_sodium) ** 2
        rate = coupling * p["ageing.film_growth"] * warmed(p, "film_growth_activation_energy")
        return cls(
            p["sodium.film_areal_resistance"],
            rate,
            1.0 / warmed(p, "film_conduction_activation_energy"),
            pi * p["recipe.cell.disc_diameter"] ** 2 / 4.0,
        )

    @property
    def states(self) -> tuple[AgeingState, ...]:
        """Square of the areal resistance at the reference temperature."""
        return (self._square,)

    def rates(self, around: Surroundings) -> dict[str, Any]:
        """With the plating current."""
        return {self._square.name: self.rate * around.plating}

    def feed(self) -> Feeds:
        """What has been added to the fresh film, in series."""
        grown = self._square.variable() ** 0.5 - self.fresh
        return Feeds(contact=grown * (self.conduction / self.area))
