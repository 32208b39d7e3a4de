"""What an ageing mechanism is: states with rates, and what they feed back into the cell.

Mechanisms are written with the operators that floats and the solver's symbols share, so one formula serves the equations and a reader.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from honeycell.data.parameters import Parameters

CONTACT = "Contact resistance [Ohm]"
FOIL_FILM = "SEI resistivity [Ohm.m]"
FOIL_KINETICS = "Exchange-current density for lithium metal electrode [A.m-2]"


@dataclass(frozen=True, slots=True)
class AgeingState:
    """One slow state: ``name`` with unit in brackets, ``start``, ``scale`` of its size after a life.

    ``jump`` says how it is carried over cycles that are not simulated: ``"value"``, the state itself grows evenly; ``"logarithm"``, the
    logarithm of the state does.
    """

    name: str
    start: float
    scale: float = 1.0
    jump: str = "value"

    def variable(self) -> Any:
        """The solver's symbol of it; every call gives an equal one."""
        import pybamm

        return pybamm.Variable(self.name, scale=self.scale)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a rate may depend on: ``current`` [A, discharge positive, as it flows inside], ``voltage`` [V], ``area`` [m2], and every
    variable of the model by the solver's name.
    """

    current: Any
    voltage: Any
    area: Any
    variables: Mapping[str, Any]

    @property
    def plating(self) -> Any:
        """Current that plates sodium on the foil [A]; zero while it is stripped."""
        return self.current * (self.current < 0) * -1.0

    @property
    def magnitude(self) -> Any:
        """Current either way [A]."""
        return abs(self.current)


@dataclass(frozen=True)
class Feeds:
    """What all mechanisms together do to the cell.

    ``contact``: resistance in series [ohm]; ``leak``: conductance beside the cell [S]; ``sites``: factor on the cathode sites that take
    part, None where nothing changes them; ``foil``: factor on the resistance of the foil's
    interface, film and charge transfer alike.
    """

    contact: Any = 0.0
    leak: Any = 0.0
    sites: Any = None
    foil: Any = None

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
            result[FOIL_KINETICS] = _scaled(entries[FOIL_KINETICS], 1.0 / self.foil)
        return result


class Mechanism(ABC):
    """One way of ageing.

    ``name`` is what ``--without`` takes; ``needs`` are the keys of tables that it reads; ``introduced_for`` are claims that it was put in
    for, so that no result with it counts as a prediction of them.
    """

    name: ClassVar[str]
    needs: ClassVar[tuple[str, ...]]
    introduced_for: ClassVar[tuple[str, ...]] = ()
    balance: ClassVar[str] = ""

    @classmethod
    @abstractmethod
    def of(cls, parameters: Parameters, structure: Mapping[str, float]) -> Mechanism:
        """Read from the tables, at the recipe's cell temperature."""

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


def _times(one: Any, other: Any) -> Any:
    return other if one is None else one if other is None else one * other


def _scaled(function: Callable[..., Any], factor: Any) -> Callable[..., Any]:
    """``function`` times ``factor``, with the same number of arguments: the solver counts them."""
    from inspect import signature

    count = len(signature(function).parameters)
    if count == 2:
        return lambda a, b: function(a, b) * factor
    return lambda a, b, c: function(a, b, c) * factor
