"""Cyclic voltammetry on a cell."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from honeycell.cell.liquid import temperature_flags
from honeycell.instruments.base import Instrument
from honeycell.instruments.noise import current_range, read_current
from honeycell.quantities.errors import InputError
from honeycell.quantities.record import make_record

if TYPE_CHECKING:
    from collections.abc import Iterable

    import xarray as xr
    from numpy.random import Generator
    from numpy.typing import NDArray

    from honeycell.cell.model import CycleTrace, HalfCell
    from honeycell.data.parameters import Parameters

    Floats = NDArray[np.float64]

WHERE = "recipe.voltammetry"


class Voltammeter(Instrument):
    """A potential swept from where the cell rests to the upper end of the window, to the lower, and to the upper again.

    Parameters
    ----------
    scan_rate : [V/s]; ``recipe.voltammetry.scan_rate`` where it is None.

    Notes
    -----
    Two electrodes: the potential is that between the terminals, whose ohmic drop and sodium side it holds. Rows lie one sample interval of the table
    ``potentiostat`` apart; the ammeter's noise is a share of its range.
    """

    name: ClassVar[str] = "voltammeter"
    schema: ClassVar[str] = "voltammetry/1"

    def __init__(self, scan_rate: float | None = None) -> None:
        if scan_rate is not None and not (np.isfinite(scan_rate) and scan_rate > 0.0):
            raise InputError(f"scan rate is {scan_rate!r} V/s, expected a positive number", self.name)
        self.scan_rate = scan_rate

    def measure(
        self,
        subject: HalfCell,
        parameters: Parameters,
        *,
        sample: str,
        rng: Generator,
        consumed: Iterable[xr.Dataset] = (),
    ) -> xr.Dataset:
        """Three segments from the fresh state; see :class:`Instrument`.

        Raises
        ------
        InputError : a window that does not ascend or in which the cell does not rest, or no scan rate.
        NotConverged : the cell cannot follow the sweep.
        """
        from honeycell.cell.protocol import VoltageSweep

        rate = parameters["recipe.voltammetry.scan_rate"] if self.scan_rate is None else self.scan_rate
        low, high = (parameters[f"recipe.voltammetry.voltage_{end}"] for end in ("minimum", "maximum"))
        start = float(subject.open_circuit(subject.cathode.filling))
        self._check(rate, low, high, start)
        interval = parameters["potentiostat.sample_interval"]
        sweeps = [VoltageSweep(start, high, rate), VoltageSweep(high, low, rate), VoltageSweep(low, high, rate)]
        trace = subject.drive(sweeps, rows_per_step=(high - low) / interval).trace
        time, potential, current, segment = self._sampled(trace, (start, high, low, high), rate, interval)
        noise = parameters["potentiostat.current_noise"]
        material = parameters.text("recipe.cathode.active_material")
        flags = json.dumps(list(temperature_flags(parameters)))
        return make_record(
            self.schema,
            sample=sample,
            instrument=self.name,
            variables={
                "test_time": ("row", time, "s"),
                "potential": ("row", potential, "V"),
                "current": ("row", read_current(current, noise, rng), "A"),
                "segment": ("row", segment, "1"),
                "scan_rate": ((), rate, "V/s", "scan rate"),
                "temperature": ((), subject.temperature, "K", "temperature of the cell"),
                "area": ((), subject.cathode.area, "m**2", "area of the electrode disc"),
                "active_mass": ((), subject.cathode.active_mass, "kg", "mass of active material"),
            },
            ancestry=self.ancestry(subject, parameters, consumed),
            attributes={
                "electrode_role": "positive",
                "material": material,
                "initial_potential_V": start,
                "high_potential_V": high,
                "low_potential_V": low,
                "initial_polarity": "P",
                "sample_interval_V": interval,
                "current_range_A": current_range(current),
                "relative_current_noise": noise,
                "flags": flags,
            },
        )

    @staticmethod
    def _check(rate: float, low: float, high: float, start: float) -> None:
        if not rate > 0.0:
            raise InputError(f"scan_rate is {rate!r} V/s, expected a positive number", WHERE)
        if not low < high:
            raise InputError(f"window is {low:g} to {high:g} V, which does not ascend", WHERE, "Exchange the two.")
        if not low < start < high:
            what = f"the cell rests at {start:.3f} V, outside the window of {low:g} to {high:g} V"
            raise InputError(what, WHERE, "Widen the window, or change the cathode's sodium content.")

    @staticmethod
    def _sampled(
        trace: CycleTrace, turns: tuple[float, ...], rate: float, interval: float
    ) -> tuple[Floats, Floats, Floats, Floats]:
        """Time, potential, current and segment at each sample interval of the sweep, the turns among them."""
        columns: list[tuple[Floats, ...]] = []
        begun = 0.0
        for number, (begin, end) in enumerate(pairwise(turns), start=1):
            at = trace.step == number
            since = trace.time[at] - begun
            length = abs(end - begin) / rate
            passed = np.append(np.arange(0.0, length - 0.5 * interval / rate, interval / rate), length)
            passed = passed[1:] if number > 1 else passed
            potential = begin + np.sign(end - begin) * rate * passed
            current = np.interp(passed, since, trace.current[at])
            columns.append((begun + passed, potential, current, np.full(passed.size, float(number))))
            begun += length
        time, potential, current, segment = (np.concatenate(column) for column in zip(*columns, strict=True))
        return time, potential, current, segment
