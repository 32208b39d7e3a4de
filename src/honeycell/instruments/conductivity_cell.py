"""Impedance of a film between steel discs, at one temperature or over several, for its conductivity."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

from honeycell.cell.blocking import BlockingCell
from honeycell.instruments.base import Instrument
from honeycell.instruments.spectrum import frequencies, spectrum_record
from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import xarray as xr
    from numpy.random import Generator

    from honeycell.data.parameters import Parameters


class ConductivityCell(Instrument):
    """Frequency response of steel | film | steel, from high to low frequency.

    Notes
    -----
    Leads and contacts are in the spectrum; a film whose resistance is of their size seems to conduct worse than it does.
    The table ``conductivity_cell`` states the window of frequencies, ``recipe.impedance`` their density and the noise.
    """

    name: ClassVar[str] = "conductivity_cell"
    schema: ClassVar[str] = "impedance/1"

    def measure(
        self,
        subject: BlockingCell,
        parameters: Parameters,
        *,
        sample: str,
        rng: Generator,
        consumed: Iterable[xr.Dataset] = (),
    ) -> xr.Dataset:
        """Spectrum at the cell's temperature; see :class:`Instrument`."""
        frequency = frequencies(parameters, self.name)
        return spectrum_record(
            parameters,
            frequency,
            subject.impedance(frequency),
            sample=sample,
            instrument=self.name,
            rng=rng,
            ancestry=self.ancestry(subject, parameters, consumed),
            sizes={
                "temperature": (subject.temperature, "K", "temperature of the cell"),
                "area": (subject.area, "m**2", "area of a steel disc"),
                "thickness": (subject.film.thickness, "m", "thickness of the film"),
            },
            attributes={"flags": json.dumps(list(subject.flags))},
        )

    def over_temperature(
        self,
        parameters: Parameters,
        film: xr.Dataset,
        *,
        sample: str,
        rng: Generator,
        temperatures: Sequence[float] | None = None,
    ) -> list[xr.Dataset]:
        """A spectrum at each of ``temperatures`` [K], those of the table ``conductivity_cell`` where none are given.

        Raises
        ------
        InputError : no temperatures.
        """
        chosen = parameters.numbers("conductivity_cell.temperatures") if temperatures is None else tuple(temperatures)
        if not chosen:
            raise InputError("no temperatures", self.name, "Give at least one.")
        records: list[xr.Dataset] = []
        for T in chosen:
            view = parameters.replace({"recipe.cell.temperature": float(T)}).view()
            cell = BlockingCell(view, film)
            if temperatures is None:
                view.numbers("conductivity_cell.temperatures")  # an ancestor of the record too
            records.append(self.measure(cell, view, sample=sample, rng=rng, consumed=[film]))
        return records
