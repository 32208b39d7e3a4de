"""Ionic conductivity of a layer from its resistance and its size."""

from __future__ import annotations

import math
from dataclasses import dataclass

from honeycell.quantities.errors import InputError

NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Conductivity:
    """``value`` [S/m] with standard error and 95 % interval, None where the resistance has none; ``flags`` name errors not given."""

    value: float
    standard_error: float | None
    interval_95: tuple[float, float] | None
    flags: tuple[str, ...]


def conductivity(
    resistance: float,
    resistance_error: float | None,
    thickness: float,
    thickness_error: float | None,
    area: float,
    area_error: float | None,
) -> Conductivity:
    """Sigma = L / (R A), relative errors added in quadrature, the interval taken on the logarithm.

    Parameters
    ----------
    resistance : R [ohm];  thickness : L [m];  area : A [m2], each with its standard error in the same unit, or None.

    Validity: R is that of the layer alone; contacts in series make sigma too small.

    Raises
    ------
    InputError : a size or resistance that is not positive.

    >>> found = conductivity(10.0, 0.1, 24e-6, 0.5e-6, 2e-4, None)
    >>> round(found.value, 6), round(found.standard_error, 6), found.flags
    (0.012, 0.000277, ('area_error_not_given',))
    """
    parts = {
        "resistance": (resistance, resistance_error),
        "thickness": (thickness, thickness_error),
        "area": (area, area_error),
    }
    for name, (value, _) in parts.items():
        if not (value > 0.0 and math.isfinite(value)):
            raise InputError(f"{name} is {value}", name, "It must be a positive number with its unit.")
    value = thickness / (resistance * area)
    flags = tuple(f"{name}_error_not_given" for name in ("thickness", "area") if parts[name][1] is None)
    if resistance_error is None:
        return Conductivity(value, None, None, flags)
    relative = math.sqrt(sum(((error or 0.0) / size) ** 2 for size, error in parts.values()))
    half = math.exp(NORMAL_95 * relative)
    return Conductivity(value, value * relative, (value / half, value * half), flags)
