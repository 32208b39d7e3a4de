"""A spectrum as an analyser writes it down."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.quantities.errors import InputError
from honeycell.quantities.record import make_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr
    from numpy.random import Generator
    from numpy.typing import NDArray

    from honeycell.data.parameters import Parameters
    from honeycell.quantities.record import Ancestry


def frequencies(parameters: Parameters, window: str = "recipe.impedance") -> NDArray[np.float64]:
    """Frequencies [Hz] of the keys below ``window``, with the recipe's density, evenly spaced in the logarithm, highest first.

    Raises
    ------
    InputError : frequencies that are not positive and ascending, or fewer than one point per decade.
    """
    low, high = (parameters[f"{window}.frequency_{end}"] for end in ("minimum", "maximum"))
    density = parameters["recipe.impedance.points_per_decade"]
    if not 0.0 < low < high or density < 1.0:
        raise InputError(f"frequencies {low!r} to {high!r} Hz, {density!r} per decade", window)
    count = max(2, round(math.log10(high / low) * density) + 1)
    return np.geomspace(high, low, count)


def spectrum_record(
    parameters: Parameters,
    frequency: NDArray[np.float64],
    impedance: NDArray[np.complex128],
    *,
    sample: str,
    instrument: str,
    rng: Generator,
    ancestry: Ancestry,
    sizes: Mapping[str, tuple[float, str, str]],
    attributes: Mapping[str, Any],
) -> xr.Dataset:
    """``impedance/1`` record of a true ``impedance`` [ohm] with the recipe's noise.

    ``recipe.impedance.noise`` is the standard deviation of the real and of the imaginary part of a factor on the impedance. ``sizes``: scalars
    of the specimen by name, value, unit and meaning.
    """
    noise, amplitude = parameters["recipe.impedance.noise"], parameters["recipe.impedance.amplitude"]
    draws = rng.standard_normal((2, frequency.size))
    found = impedance * (1.0 + noise * (draws[0] + 1j * draws[1]))
    return make_record(
        "impedance/1",
        sample=sample,
        instrument=instrument,
        coordinates={"frequency": ("frequency", frequency, "Hz")},
        variables={
            "real_impedance": ("frequency", found.real, "ohm"),
            "imaginary_impedance": ("frequency", found.imag, "ohm"),
            **{name: ((), value, unit, meaning) for name, (value, unit, meaning) in sizes.items()},
        },
        ancestry=ancestry | parameters.ancestry(),  # with what was read here
        attributes={"amplitude_V": amplitude, "relative_noise": noise, **attributes},
    )
