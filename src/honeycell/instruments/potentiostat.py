"""Impedance spectroscopy on a cell."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from honeycell.instruments.base import Instrument
from honeycell.quantities.errors import InputError
from honeycell.quantities.record import make_record

if TYPE_CHECKING:
    from collections.abc import Iterable

    import xarray as xr
    from numpy.random import Generator
    from numpy.typing import NDArray

    from honeycell.cell.model import HalfCell
    from honeycell.data.parameters import Parameters


class ImpedanceAnalyser(Instrument):
    """Frequency response at rest, from high to low frequency.

    Notes
    -----
    Linear response: ``recipe.impedance.amplitude`` is written down, and changes nothing. ``recipe.impedance.noise`` is
    the standard deviation of the real and of the imaginary part of a factor on the impedance.
    """

    name: ClassVar[str] = "impedance_analyser"
    schema: ClassVar[str] = "impedance/1"

    def measure(
        self,
        subject: HalfCell,
        parameters: Parameters,
        *,
        sample: str,
        rng: Generator,
        consumed: Iterable[xr.Dataset] = (),
    ) -> xr.Dataset:
        """Spectrum of a fresh cell; see :class:`Instrument`."""
        frequency = self.frequencies(parameters)
        noise = parameters["recipe.impedance.noise"]
        amplitude = parameters["recipe.impedance.amplitude"]
        draws = rng.standard_normal((2, frequency.size))
        found = subject.impedance(frequency) * (1.0 + noise * (draws[0] + 1j * draws[1]))
        return make_record(
            self.schema,
            sample=sample,
            instrument=self.name,
            coordinates={"frequency": ("frequency", frequency, "Hz")},
            variables={
                "real_impedance": ("frequency", found.real, "ohm"),
                "imaginary_impedance": ("frequency", found.imag, "ohm"),
                "temperature": ((), subject.temperature, "K"),
                "area": ((), subject.cathode.area, "m**2", "area of the electrode disc"),
                "thickness": ((), subject.film.thickness, "m", "thickness of the film"),
            },
            ancestry=self.ancestry(subject, parameters, consumed),
            attributes={"amplitude_V": amplitude, "relative_noise": noise},
        )

    @staticmethod
    def frequencies(parameters: Parameters) -> NDArray[np.float64]:
        """The recipe's frequencies [Hz], evenly spaced in the logarithm, highest first.

        Raises
        ------
        InputError : frequencies that are not positive and ascending, or fewer than one point per decade.
        """
        low, high = parameters["recipe.impedance.frequency_minimum"], parameters["recipe.impedance.frequency_maximum"]
        density = parameters["recipe.impedance.points_per_decade"]
        if not 0.0 < low < high or density < 1.0:
            raise InputError(f"frequencies {low!r} to {high!r} Hz, {density!r} per decade", "recipe.impedance")
        count = max(2, round(math.log10(high / low) * density) + 1)
        return np.geomspace(high, low, count)
