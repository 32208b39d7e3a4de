"""Polarisation of sodium | film | sodium between two spectra, as Bruce and Vincent's transference number asks for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from honeycell.instruments.base import Instrument
from honeycell.instruments.noise import current_range, read_current
from honeycell.instruments.spectrum import frequencies, spectrum_record
from honeycell.quantities.errors import InputError
from honeycell.quantities.record import make_record

if TYPE_CHECKING:
    from collections.abc import Iterable

    import xarray as xr
    from numpy.random import Generator
    from numpy.typing import NDArray

    from honeycell.cell.symmetric import SymmetricCell, SymmetricState, Transient
    from honeycell.data.parameters import Parameters

    Floats = NDArray[np.float64]


class BruceVincent(Instrument):
    """A step of the potential from rest, its current until it is steady, and a spectrum before and after.

    Parameters
    ----------
    amplitude : of the step [V]; ``recipe.transference.polarisation`` where it is None.
    polarised : the second spectrum is taken while the step still lasts, so about the steady state; else after the cell has come to rest again.

    Notes
    -----
    The transient is computed whole, non-linear; the spectra are linear responses. Rows, noise and duration are those of the table
    ``potentiostat``. The film on the sodium does not grow meanwhile.
    """

    name: ClassVar[str] = "bruce_vincent"
    schema: ClassVar[str] = "chronoamperometry/1"

    def __init__(self, amplitude: float | None = None, *, polarised: bool = True) -> None:
        if amplitude is not None and not (np.isfinite(amplitude) and amplitude != 0.0):
            raise InputError(f"amplitude is {amplitude!r} V, expected a number other than 0", "bruce_vincent")
        self.amplitude = amplitude
        self.polarised = polarised

    def measure(
        self,
        subject: SymmetricCell,
        parameters: Parameters,
        *,
        sample: str,
        rng: Generator,
        consumed: Iterable[xr.Dataset] = (),
    ) -> xr.Dataset:
        """The current transient alone; see :class:`Instrument`."""
        return self._transient(subject, parameters, sample, rng, list(consumed))[0]

    def measure_all(
        self,
        subject: SymmetricCell,
        parameters: Parameters,
        *,
        sample: str,
        rng: Generator,
        consumed: Iterable[xr.Dataset] = (),
    ) -> dict[str, xr.Dataset]:
        """Records ``before``, ``transient`` and ``after``, in the order in which they are measured.

        Raises
        ------
        InputError : a step of zero, or one whose current the recipe's window of frequencies says nothing about.
        NotConverged : a step beyond what the film's salt can follow.
        """
        records = list(consumed)
        before = self._spectrum(subject, parameters, subject.rest(), sample, rng, records)
        transient, end = self._transient(subject, parameters, sample, rng, records)
        after = self._spectrum(subject, parameters, end if self.polarised else subject.rest(), sample, rng, records)
        return {"before": before, "transient": transient, "after": after}

    def _spectrum(
        self,
        subject: SymmetricCell,
        parameters: Parameters,
        state: SymmetricState,
        sample: str,
        rng: Generator,
        consumed: list[xr.Dataset],
    ) -> xr.Dataset:
        frequency = frequencies(parameters)
        found = subject.impedance(frequency, state)
        return spectrum_record(
            parameters,
            frequency,
            found,
            sample=sample,
            instrument="impedance_analyser",
            rng=rng,
            ancestry=self.ancestry(subject, parameters, consumed),
            sizes={
                "temperature": (subject.temperature, "K", "temperature of the cell"),
                "area": (subject.area, "m**2", "area of a sodium disc"),
                "thickness": (subject.film.thickness, "m", "thickness of the film"),
            },
            attributes={"bias_V": state.voltage, "flags": json.dumps(list(subject.flags))},
        )

    def _transient(
        self, subject: SymmetricCell, parameters: Parameters, sample: str, rng: Generator, consumed: list[xr.Dataset]
    ) -> tuple[xr.Dataset, SymmetricState]:
        step = parameters["recipe.transference.polarisation"] if self.amplitude is None else self.amplitude
        if step == 0.0:
            raise InputError("polarisation is 0 V", "recipe.transference", "Give a step, such as 5 mV.")
        noise = parameters["potentiostat.current_noise"]
        found: Transient = subject.hold(step, self.times(parameters))
        record = make_record(
            self.schema,
            sample=sample,
            instrument=self.name,
            variables={
                "test_time": ("row", found.time, "s"),
                "current": ("row", read_current(found.current, noise, rng), "A"),
                "potential": ("row", found.voltage, "V"),
                "potential_step": ((), step, "V", "step from rest"),
                "temperature": ((), subject.temperature, "K"),
                "area": ((), subject.area, "m**2", "area of a sodium disc"),
                "thickness": ((), subject.film.thickness, "m", "thickness of the film"),
            },
            ancestry=self.ancestry(subject, parameters, consumed),
            attributes={
                "current_range_A": current_range(found.current),
                "relative_current_noise": noise,
                "flags": json.dumps(list(subject.flags)),
            },
        )
        return record, found.end

    @staticmethod
    def times(parameters: Parameters) -> Floats:
        """Moments after the step at which a row is written [s]: first as fast as can be, then evenly in the logarithm, then evenly.

        Raises
        ------
        InputError : a duration shorter than the sampling interval, or that shorter than the shortest one.
        """
        shortest, interval, last = (
            parameters[f"potentiostat.{name}"]
            for name in ("shortest_interval", "sampling_interval", "polarisation_time")
        )
        if not 0.0 < shortest < interval < last:
            what = f"rows every {shortest:g} s, then every {interval:g} s until {last:g} s"
            raise InputError(what, "potentiostat", "They must ascend.")
        growth = 10.0 ** (1.0 / parameters["potentiostat.rows_per_decade"]) - 1.0
        begin = [shortest]
        while (gap := max(shortest, growth * begin[-1])) < interval:
            begin.append(begin[-1] + gap)
        count = int((last - begin[-1]) / interval)
        return np.concatenate((np.array(begin, float), begin[-1] + interval * np.arange(1.0, count + 1.0)))
