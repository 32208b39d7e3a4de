"""How an estimate is shown to people: its display unit, its digits, its name in words."""

from __future__ import annotations

import math
import re
from functools import cache
from typing import TYPE_CHECKING

from honeycell.quantities.errors import InputError
from honeycell.quantities.units import conversion

if TYPE_CHECKING:
    from honeycell.analysis.result import Estimate

# display unit: SI unit, and SI = scale * shown + offset; written out so that the unit registry need not be loaded
SCALES: dict[str, tuple[str, float, float]] = {
    "ohm": ("ohm", 1.0, 0.0),
    "s": ("s", 1.0, 0.0),
    "F": ("F", 1.0, 0.0),
    "ohm s^-1/2": ("ohm/s**0.5", 1.0, 0.0),
    "S/cm": ("S/m", 100.0, 0.0),
    "cm^2/s": ("m**2/s", 1e-4, 0.0),
    "%": ("1", 0.01, 0.0),
    "1": ("1", 1.0, 0.0),
    "V": ("V", 1.0, 0.0),
    "A": ("A", 1.0, 0.0),
    "mAh": ("A*s", 3.6, 0.0),
    "mAh/g": ("A*s/kg", 3600.0, 0.0),
    "degC": ("K", 1.0, 273.15),
    "Pa": ("Pa", 1.0, 0.0),
    "N": ("N", 1.0, 0.0),
    "um": ("m", 1e-6, 0.0),
    "nm": ("m", 1e-9, 0.0),
    "angstrom": ("m", 1e-10, 0.0),
    "degree": ("rad", math.pi / 180.0, 0.0),
    "V/s": ("V/s", 1.0, 0.0),
    "kJ/mol": ("J/mol", 1000.0, 0.0),
    "h": ("s", 3600.0, 0.0),
    "mg": ("kg", 1e-6, 0.0),
}
_DISPLAY = (
    (r"kramers_kronig_residual|coulombic_efficiency|retention|residue|areal_porosity", "%"),
    (r"(series|diffusion|arc_\d+)_resistance|arc_resistance_total", "ohm"),
    (r"arc_\d+_capacitance", "F"),
    (r"arc_\d+_exponent", "1"),
    (r"(diffusion|arc_\d+)_time_constant", "s"),
    (r"warburg_(coefficient|slope)|low_frequency_slope", "ohm s^-1/2"),
    (r"conductivity", "S/cm"),
    (r"diffusion_coefficient", "cm^2/s"),
    (r"(last_)?(charge|discharge|low_voltage)_capacity(_at_.*C)?|capacity_gain", "mAh/g"),
    (r"(last_)?(charge|discharge|low_voltage)_capacity(_at_.*C)?|capacity_gain", "mAh"),  # where no mass is known
    (r"coulombic_efficiency_mean|rate_recovery|capacity_change_per_cycle", "%"),
    (r"(mean_.*voltage|voltage_drop|peak_separation).*|peak_potential", "V"),
    (r"activation_energy", "kJ/mol"),
    (r"b_value|transference_number.*|(.+_)?count(_hs|_ls)?|shape_correlation", "1"),
    (r"two_theta|peak_width|displacement_angle|(.+_)?lattice_angle_.*", "degree"),
    (r"displacement|local_thickness_.*|chord_.*", "um"),
    (r"peak_current", "A"),
    (r"(onset_)?temperature.*", "degC"),
    (r"(.+_)?lattice_parameter.*|d_spacing", "angstrom"),
    (r"(elastic|reduced)_modulus(_sd)?", "Pa"),
    (r"(adhesion_force|peak_force)(_sd)?", "N"),
    (r"contact_point", "nm"),
    (r"particle_diameter_.*|penetration_depth", "um"),
    (r"pore_diameter_.*", "nm"),
)

# units of the table columns whose names are fixed without one
COLUMN_UNITS = (
    (r"specific_.*capacity", "mAh/g"),
    (r".*capacity", "mAh"),
    (r".*efficiency(_mean)?|retention|.*mass_loss|residue", "%"),
    (r"mean_.*voltage|voltage_drop.*|potential|voltage|peak_separation", "V"),
    (r"current", "A"),
    (r"(calculated_)?two_theta.*|width.*", "degree"),
    (r"d_spacing.*|lattice_parameter.*", "Å"),
    (r".*temperature", "degC"),
)


def column_heading(name: str) -> str:
    """A table column for people, with its unit.

    >>> column_heading("charge_capacity"), column_heading("frequency / Hz"), column_heading("cycle")
    ('charge capacity (mAh)', 'frequency (Hz)', 'cycle')
    """
    column, _, unit = name.partition(" / ")
    unit = unit or next((unit for pattern, unit in COLUMN_UNITS if re.fullmatch(pattern, column)), "")
    return f"{words(column)} ({unit})" if unit else words(column)


@cache
def display_unit(name: str, unit: str) -> str:
    """Unit in which the quantity ``name`` is shown; its own where the house names none.

    >>> display_unit("arc_2_resistance", "ohm"), display_unit("conductivity", "S/m"), display_unit("slope", "V/s")
    ('ohm', 'S/cm', 'V/s')
    """
    shown = [each for pattern, each in _DISPLAY if re.fullmatch(pattern, name)]
    return next((each for each in shown if len(shown) == 1 or _factor(unit, each) is not None), unit)


def shown_as(estimate: Estimate) -> tuple[float, str, float | None, tuple[float, float] | None]:
    """``(value, unit, standard error, 95 % interval)`` in the display unit.

    An estimate whose unit is not of the dimension of the display unit keeps its own.
    """
    unit = display_unit(estimate.name, estimate.unit)
    factor = _factor(estimate.unit, unit)
    if factor is None:
        unit, factor = estimate.unit, (1.0, 0.0)
    scale, offset = factor
    ends, error = estimate.interval_95, estimate.standard_error
    low_high = None if ends is None else (scale * ends[0] + offset, scale * ends[1] + offset)
    return scale * estimate.value + offset, unit, None if error is None else scale * error, low_high


def _factor(given: str, shown: str) -> tuple[float, float] | None:
    """``(scale, offset)`` with ``shown = scale * given + offset``; None where the dimensions differ."""
    if given == shown:
        return 1.0, 0.0
    unit, scale, offset = SCALES[shown]
    if given == unit:
        return 1.0 / scale, -offset / scale
    try:
        given_scale, given_offset, si = conversion(given)
    except InputError:
        return None
    if si != conversion(unit)[2]:
        return None
    return given_scale / scale, (given_offset - offset) / scale


def words(name: str) -> str:
    """A quantity's name for people.

    >>> words("arc_1_time_constant"), words("kramers_kronig_residual")
    ('arc 1 time constant', 'Kramers-Kronig residual')
    """
    return name.replace("_", " ").replace("kramers kronig", "Kramers-Kronig").replace("warburg", "Warburg")


def rounded(value: float | None, interval: tuple[float, float] | None = None) -> str:
    """A number with the digits that its interval carries, four where there is none.

    >>> rounded(7.70312, (7.6571, 7.7493)), rounded(2.31e-5, (2.1e-5, 2.5e-5)), rounded(123456.7, (120000.0, 127000.0))
    ('7.703', '2.31e-05', '123500')
    """
    if value is None or not math.isfinite(value):
        return "-"
    if value == 0.0:
        return "0"
    digits = 4
    if interval is not None and all(math.isfinite(end) for end in interval) and interval[1] > interval[0]:
        # two digits of the standard error, one where it begins with 4 or more
        last = math.floor(math.log10((interval[1] - interval[0]) / 4.0 / 3.55))
        digits = min(max(math.floor(math.log10(abs(value))) - last + 1, 2), 9)
    place = math.floor(math.log10(abs(value)))
    if -3 <= place < 6:
        return f"{round(value, digits - 1 - place):.{max(digits - 1 - place, 0)}f}"
    return f"{value:.{digits - 1}e}"


def rounded_interval(interval: tuple[float, float] | None, value: float | None) -> str:
    """``low to high`` with the digits of the value.

    >>> rounded_interval((7.6571, 7.7493), 7.70312)
    '7.657 to 7.749'
    """
    if interval is None:
        return "-"
    return " to ".join(_as_many_places(end, rounded(value, interval)) for end in interval)


def _as_many_places(number: float, like: str) -> str:
    if not math.isfinite(number):
        return "-" if math.isnan(number) else ("unbounded" if number > 0 else "-unbounded")
    if "e" in like or like in ("-", "0"):
        return f"{number:.{max(len(like.split('e')[0].lstrip('-')) - 2, 2)}e}" if "e" in like else f"{number:.3g}"
    places = len(like.partition(".")[2])
    if abs(number) >= 1e6 or 0.0 < abs(number) < 0.5 * 10.0**-places:
        return f"{number:.2e}"
    return f"{round(number, places):.{places}f}"
