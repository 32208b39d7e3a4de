"""Charging and discharging a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from honeycell.instruments.base import Instrument
from honeycell.instruments.tester import cycling_record

if TYPE_CHECKING:
    from collections.abc import Iterable

    import xarray as xr
    from numpy.random import Generator

    from honeycell.cell.model import HalfCell
    from honeycell.data.parameters import Parameters


class Galvanostat(Instrument):
    """First slow cycle: charge to the upper, then discharge to the lower voltage, no rest between.

    Notes
    -----
    Noise as of every tester, see :mod:`honeycell.instruments.tester`.
    """

    name: ClassVar[str] = "galvanostat"
    schema: ClassVar[str] = "cycling/1"

    def measure(
        self,
        subject: HalfCell,
        parameters: Parameters,
        *,
        sample: str,
        rng: Generator,
        consumed: Iterable[xr.Dataset] = (),
    ) -> xr.Dataset:
        """The first cycle of a fresh cell; see :class:`Instrument`."""
        rate = parameters["recipe.cycling.activation_rate"]
        current = rate * parameters["recipe.cathode.one_c_specific_current"] * subject.cathode.active_mass
        upper, lower = parameters["recipe.cycling.voltage_maximum"], parameters["recipe.cycling.voltage_minimum"]
        trace = subject.run([(current, upper, 1), (-current, lower, 1)])
        return cycling_record(
            trace,
            subject,
            parameters,
            instrument=self.name,
            sample=sample,
            rng=rng,
            ancestry=self.ancestry(subject, parameters, consumed),
            attributes={"rate": rate},
        )
