"""What every battery tester writes: rows of time, voltage and current with their noise, and the electrode they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from honeycell.quantities.record import make_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr
    from numpy.random import Generator

    from honeycell.cell.model import HalfCell
    from honeycell.cell.trace import CycleTrace
    from honeycell.data.parameters import Parameters
    from honeycell.quantities.record import Ancestry


def noise(parameters: Parameters) -> tuple[float, float]:
    """Standard deviations from row to row: of the voltage [V], additive; of the current [1], a factor."""
    return parameters["recipe.cycling.voltage_noise"], parameters["recipe.cycling.current_noise"]


def electrode(subject: HalfCell) -> dict[str, tuple[Any, ...]]:
    """Scalars of a record: what the rows are divided by."""
    return {
        "active_mass": ((), subject.cathode.active_mass, "kg", "mass of active material"),
        "area": ((), subject.cathode.area, "m**2", "area of the electrode disc"),
        "temperature": ((), subject.temperature, "K"),
    }


def marks(parameters: Parameters) -> dict[str, Any]:
    """Attributes of a record."""
    volts, share = noise(parameters)
    # a cathode against sodium
    return {"electrode_role": "positive", "voltage_noise_V": volts, "relative_current_noise": share}


def cycling_record(
    trace: CycleTrace,
    subject: HalfCell,
    parameters: Parameters,
    *,
    instrument: str,
    sample: str,
    rng: Generator,
    ancestry: Ancestry,
    variables: Mapping[str, tuple[Any, ...]] | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """A ``cycling/1`` record of ``trace``; ``variables`` and ``attributes`` are those it has besides."""
    volts, share = noise(parameters)
    draws = rng.standard_normal((2, trace.time.size))
    return make_record(
        "cycling/1",
        sample=sample,
        instrument=instrument,
        variables={
            "test_time": ("row", trace.time, "s"),
            "voltage": ("row", trace.voltage + volts * draws[0], "V"),
            "current": ("row", trace.current * (1.0 + share * draws[1]), "A"),
            "cycle": ("row", trace.cycle, "1"),
            "step": ("row", trace.step, "1"),
            **electrode(subject),
            **(variables or {}),
        },
        ancestry=ancestry,
        attributes={**marks(parameters), **(attributes or {})},
    )
