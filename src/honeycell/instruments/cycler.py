"""Charging and discharging a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from honeycell.instruments.base import Instrument
from honeycell.quantities.record import make_record

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
    ``recipe.cycling.voltage_noise`` [V] is additive, ``recipe.cycling.current_noise`` [1] a factor; both are standard
    deviations, independent from row to row.
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
        mass = subject.cathode.active_mass
        rate = parameters["recipe.cycling.activation_rate"]
        current = rate * parameters["recipe.cathode.one_c_specific_current"] * mass
        upper, lower = parameters["recipe.cycling.voltage_maximum"], parameters["recipe.cycling.voltage_minimum"]
        voltage_noise = parameters["recipe.cycling.voltage_noise"]
        current_noise = parameters["recipe.cycling.current_noise"]
        trace = subject.run([(current, upper, 1), (-current, lower, 1)])
        draws = rng.standard_normal((2, trace.time.size))
        return make_record(
            self.schema,
            sample=sample,
            instrument=self.name,
            variables={
                "test_time": ("row", trace.time, "s"),
                "voltage": ("row", trace.voltage + voltage_noise * draws[0], "V"),
                "current": ("row", trace.current * (1.0 + current_noise * draws[1]), "A"),
                "cycle": ("row", trace.cycle, "1"),
                "step": ("row", trace.step, "1"),
                "active_mass": ((), mass, "kg", "mass of active material"),
                "area": ((), subject.cathode.area, "m**2", "area of the electrode disc"),
                "temperature": ((), subject.temperature, "K"),
            },
            ancestry=self.ancestry(subject, parameters, consumed),
            attributes={
                "electrode_role": "positive",  # a cathode against sodium
                "rate": rate,
                "voltage_noise_V": voltage_noise,
                "relative_current_noise": current_noise,
            },
        )
