"""What every virtual instrument shares."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from honeycell.quantities.record import Ancestry

if TYPE_CHECKING:
    from collections.abc import Iterable

    import xarray as xr
    from numpy.random import Generator

    from honeycell.data.parameters import Parameters


class Instrument(ABC):
    """Turns the truth of a cell or sample into a record, with the instrument's own errors.

    ``name`` identifies it in records, ``schema`` is the form of what it writes.
    """

    name: ClassVar[str]
    schema: ClassVar[str]

    @abstractmethod
    def measure(
        self,
        subject: Any,
        parameters: Parameters,
        *,
        sample: str,
        rng: Generator,
        consumed: Iterable[xr.Dataset] = (),
    ) -> xr.Dataset:
        """A record of ``subject``.

        Parameters
        ----------
        subject : cell or sample under test.
        parameters : the stage's view; settings and noise are read from it.
        sample : name written into the record.
        rng : source of all noise; the same generator state gives the same record.
        consumed : records that the subject was made from, over and above what the subject says itself.
        """

    @staticmethod
    def ancestry(subject: Any, parameters: Parameters, consumed: Iterable[xr.Dataset]) -> Ancestry:
        """Of the view, the records consumed, and of the subject where it states its own."""
        own = getattr(subject, "ancestry", None)
        return parameters.ancestry([Ancestry.of(consumed), *([own] if isinstance(own, Ancestry) else [])])
