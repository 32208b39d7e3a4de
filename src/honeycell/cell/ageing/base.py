"""What an ageing mechanism is: slow states with rates, and what they feed back into the cell.

Mechanisms are written with the operators that floats and the solver's symbols share, so one formula serves the equations and a reader.
States are chosen such that they grow evenly with charge or time; then few simulated cycles tell many.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from honeycell.cell.ageing.faces import Faces
    from honeycell.data.parameters import Parameters

CONTACT = "Contact resistance [Ohm]"
FOIL_FILM = "SEI resistivity [Ohm.m]"
FOIL_KINETICS = "Exchange-current density for lithium metal electrode [A.m-2]"
CONDUCTIVITY = "Electrolyte conductivity [S.m-1]"
DIFFUSIVITY = "Electrolyte diffusivity [m2.s-1]"
JOINED, LEAKED = "Sodium joined with sites [mol]", "Charge leaked [A.s]"
MARK = ": "  # between a mechanism's name and that of its number
COUNTS = (JOINED, LEAKED)  # states that only keep account: nothing depends on them


@dataclass(frozen=True, slots=True)
class AgeingState:
    """One slow state: ``name`` with unit in brackets, ``start``, ``scale``, its size after a life, and ``threshold``, a value at which
    something sets in that must not be leapt over.
    """

    name: str
    start: Any
    scale: Any = 1.0
    threshold: float | None = None

    def variable(self) -> Any:
        """The solver's symbol of it; every call gives an equal one."""
        import pybamm

        return pybamm.Variable(self.name, scale=self.scale)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a rate may depend on: ``current`` [A, discharge positive, as it flows inside], ``voltage`` [V], ``contact`` [ohm] that ageing
    has added in series, ``area`` [m2] and ``sites`` [mol] of the cathode.
    """

    current: Any
    voltage: Any
    contact: Any
    area: Any
    sites: Any

    @property
    def plating(self) -> Any:
        """Current density that plates sodium on the foil [A/m2]; zero while it is stripped."""
        return self.current * (self.current < 0) * (-1.0 / self.area)

    @property
    def stripping(self) -> Any:
        """Current density that strips sodium from the foil [A/m2]; zero while it is plated."""
        return self.current * (self.current > 0) * (1.0 / self.area)

    @property
    def turnover(self) -> Any:
        """Current either way, as the share of all sites that it fills or empties per time [1/s]."""
        from honeycell.cell.parameters import FARADAY

        return abs(self.current) * (1.0 / (FARADAY * self.sites))


@dataclass(frozen=True)
class Feeds:
    """What mechanisms do to the cell.

    ``contact``: resistance in series [ohm]; ``leak``: conductance beside the cell [S]; ``sites``: factor on the cathode sites that take
    part; ``foil``: factor on the resistance of the foil's interface, film and charge transfer alike; ``liquid``: factor on conductivity and
    salt diffusivity of the electrolyte. A factor is None where nothing changes what it is on.
    """

    contact: Any = 0.0
    leak: Any = 0.0
    sites: Any = None
    foil: Any = None
    liquid: Any = None

    @classmethod
    def of(cls, mechanisms: Sequence[Mechanism]) -> Feeds:
        """Resistances and conductances add up, factors multiply."""
        result = cls()
        for feed in (each.feed() for each in mechanisms):
            result = cls(
                result.contact + feed.contact,
                result.leak + feed.leak,
                _times(result.sites, feed.sites),
                _times(result.foil, feed.foil),
                _times(result.liquid, feed.liquid),
            )
        return result

    def laid_over(self, entries: Mapping[str, Any]) -> dict[str, Any]:
        """The parameter set with what the mechanisms feed into it."""
        result = dict(entries)
        if not (isinstance(self.contact, float) and self.contact == 0.0):
            bare = entries[CONTACT]
            result[CONTACT] = lambda T: bare + self.contact
        if self.foil is not None:
            result[FOIL_FILM] = entries[FOIL_FILM] * self.foil
            kinetics = entries[FOIL_KINETICS]
            result[FOIL_KINETICS] = lambda c_e, c_metal, T: kinetics(c_e, c_metal, T) * (1.0 / self.foil)
        if self.liquid is not None:
            for name in (CONDUCTIVITY, DIFFUSIVITY):
                result[name] = _scaled(entries[name], self.liquid)
        return result


class Mechanism(ABC):
    """One way of ageing.

    ``name`` is what ``--without`` takes; ``introduced_for`` are claims that it was put in for, so that no result with it counts as a
    prediction of them; ``balance`` says where its sodium and charge come from and go.
    """

    name: ClassVar[str]
    introduced_for: ClassVar[tuple[str, ...]] = ()
    default: ClassVar[bool] = True
    balance: ClassVar[str] = "moves neither sodium nor charge"

    @classmethod
    @abstractmethod
    def of(cls, parameters: Parameters, faces: Faces) -> Mechanism:
        """Read from the tables, at the recipe's cell temperature, for a film with ``faces``."""

    def numbers(self) -> dict[str, float]:
        """Its numbers by name: every attribute that is a float, and start and scale of its states.

        Equations are built with a symbol in place of each and serve all cells, so no formula may branch on one.
        """
        result: dict[str, float] = {}
        for name, value in vars(self).items():
            if isinstance(value, float):
                result[self.label(name)] = value
            elif isinstance(value, AgeingState):
                result |= {self.label(name, part): float(getattr(value, part)) for part in ("start", "scale")}
        return result

    def label(self, *parts: str) -> str:
        """Name of one of its numbers among those of the cell."""
        return self.name + MARK + " ".join(parts)

    @property
    def states(self) -> tuple[AgeingState, ...]:
        """Its slow states; none where it only sets a value."""
        return ()

    def rates(self, around: Surroundings) -> dict[str, Any]:
        """Time derivative of each state [unit/s]."""
        del around
        return {}

    @abstractmethod
    def feed(self) -> Feeds:
        """What it does to the cell."""


def warmed(parameters: Parameters, energy: str) -> float:
    """Arrhenius factor from ageing's reference to the cell's temperature; ``energy`` names a value of the table ``ageing``."""
    from scipy.constants import R

    from honeycell.physics.electrolyte import arrhenius

    reference, temperature = parameters["ageing.reference_temperature"], parameters["recipe.cell.temperature"]
    return float(arrhenius(temperature, reference, parameters[f"ageing.{energy}"], R))


def _times(one: Any, other: Any) -> Any:
    return other if one is None else one if other is None else one * other


def _scaled(function: Callable[[Any, Any], Any], factor: Any) -> Callable[[Any, Any], Any]:
    return lambda c_e, T: function(c_e, T) * factor
