"""The recipe as a frozen model. Every field is required: nothing about a sample is guessed.

What a paper does not state is still written down, in the long form of :mod:`honeycell.quantities.entry` with
``status = "assumed"``, a range and a reason; :meth:`Recipe.assumptions` lists those fields.
"""

# pyright: reportInvalidTypeForm=false
# The fields' types carry their unit and bounds, so they are made by calls.
from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from honeycell.quantities.entry import read_value
from honeycell.quantities.errors import InputError
from honeycell.quantities.units import from_si
from honeycell.quantities.value import Value


def _field(unit: str, lowest: float | None, highest: float | None, many: bool) -> Any:
    def read(given: Any) -> Value:
        if isinstance(given, Value):
            return given
        try:
            value = read_value(given, unit, "")
        except InputError as error:
            raise PydanticCustomError("value", "{message}", {"message": str(error)}) from None
        content = value.value if isinstance(value.value, tuple) else (value.value,)
        numbers = [number for number in content if isinstance(number, float)]
        if unit != "text" and many != isinstance(value.value, tuple):
            expected = "a list of numbers" if many else "one number"
            raise PydanticCustomError("value", "{message}", {"message": f"got {given!r}, expected {expected}"})
        for number in numbers:
            if (lowest is not None and number < lowest) or (highest is not None and number > highest):
                low, high = (
                    ("-inf", "inf")[i] if x is None else f"{from_si(x, unit):g}"
                    for i, x in enumerate((lowest, highest))
                )
                message = f"got {value.given_as!r}, expected {low} to {high} {unit.removesuffix('1')}".strip()
                raise PydanticCustomError("value", "{message}", {"message": message})
        return value

    return Annotated[Value, BeforeValidator(read)]


def quantity(unit: str, lowest: float | None = None, highest: float | None = None) -> Any:
    """Type of a field that holds one number of the dimension of ``unit``, bounds in SI."""
    return _field(unit, lowest, highest, many=False)


def number_list(unit: str, lowest: float | None = None) -> Any:
    """Type of a field that holds a list of numbers."""
    return _field(unit, lowest, None, many=True)


Text = _field("text", None, None, many=False)
Mass = quantity("g", 0.0)
Length = quantity("um", 1e-9, 1.0)
Fraction = quantity("1", 0.0, 1.0)
Temperature = quantity("degC", 150.0, 1000.0)
Time = quantity("s", 0.0)
Positive = quantity("1", 0.0)


class Section(BaseModel):
    """A part of a recipe; unknown fields are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    def values(self) -> dict[str, Value]:
        """Field name to value, the discriminating ``kind`` as text."""
        return {
            name: found if isinstance(found := getattr(self, name), Value) else Value(str(found))
            for name in type(self).model_fields
            if getattr(self, name) is not None
        }


class CastFilm(Section):
    """A film cast from polymer, filler and solvent and inverted in a non-solvent. Ratios are polymer:filler by mass."""

    kind: Literal["cast"]
    polymer: Text
    polymer_molar_mass: quantity("kg/mol", 1.0, 1e4)
    solvent: Text
    solvent_purity: Fraction
    filler: Text
    filler_diameter: Length
    filler_silicon_to_aluminium: quantity("1", 5.0, 1e4)
    polymer_mass: Mass
    solvent_mass: Mass
    filler_mass: Mass
    extra_solvent_mass: Mass
    dissolution_time: Time
    plate_length: quantity("cm", 1e-3)
    plate_width: quantity("cm", 1e-3)
    blade_gap: quantity("um", 1e-6, 5e-3)
    gap_transfer: quantity("1", 0.05, 1.0)
    hold_time: Time
    relative_humidity: Fraction
    non_solvent: Text
    bath_volume: quantity("mL", 1e-6)
    bath_solvent_fraction: quantity("1", 0.0, 0.99)
    bath_temperature: Temperature
    bath_mass_transfer: quantity("m/s", 1e-9)
    bath_geometry: Text
    exchange_time: Time
    drying_temperature: Temperature
    drying_time: Time
    drying_atmosphere: Text
    interactions: Text | None = None  # set of interaction parameters; those of the pairs' tables unless named
    dry_porosity: quantity("1", 0.0, 0.99) | None = None  # only where it was measured: drying is computed else
    reported_front_pore: quantity("nm", 1e-10, 1e-3) | None = None  # asks what fall of the bath's coefficient makes it
    filled_pore_share: quantity("1", 0.01, 1.0)


class FibreMat(Section):
    """A bought porous separator: a glass-fibre mat or a stretched polyolefin."""

    kind: Literal["bought"]
    material: Text
    grade: Text
    thickness: Length
    porosity: quantity("1", 0.01, 0.99)
    filled_pore_share: quantity("1", 0.01, 1.0)


class Electrolyte(Section):
    """The liquid; ``liquid`` names its table."""

    liquid: Text
    salt: Text
    salt_concentration: quantity("mol/L", 0.0)
    solvents: Text
    solvent_proportions: Text
    proportion_basis: Text
    amount: quantity("uL", 0.0)


class Cathode(Section):
    """The positive electrode; loading per area of active material."""

    active_material: Text
    synthesis: Text
    sodium_content: quantity("1", 0.0, 2.0)
    active_fraction: Fraction
    carbon_fraction: Fraction
    binder_fraction: Fraction
    coating_gap: Length
    drying_temperature: Temperature
    loading: quantity("mg/cm**2", 1e-4)
    porosity: Fraction
    one_c_specific_current: quantity("mA/g", 0.0)


class Cell(Section):
    """How the parts meet."""

    disc_diameter: quantity("mm", 1e-4, 1.0)
    orientation: Text
    temperature: Temperature
    film_state: Text


class Impedance(Section):
    """Impedance spectroscopy."""

    instrument: Text
    frequency_minimum: quantity("Hz", 0.0)
    frequency_maximum: quantity("Hz", 0.0)
    points_per_decade: quantity("1", 1.0, 100.0)
    amplitude: quantity("mV", 0.0)
    noise: Fraction


class Cycling(Section):
    """Charge and discharge."""

    instrument: Text
    voltage_minimum: quantity("V")
    voltage_maximum: quantity("V")
    activation_rate: Positive
    activation_cycles: Positive
    rate: Positive
    rate_steps: number_list("1", 0.0)
    cycles_per_rate: Positive
    life_temperatures: number_list("degC", 150.0) | None = None  # without them no life is measured
    life_cycles: number_list("1", 1.0) | None = None
    report_cycles: number_list("1", 1.0) | None = None
    voltage_noise: quantity("V", 0.0)
    current_noise: Fraction


class Ageing(Section):
    """Mechanisms of ageing that are left out or added, by name, separated by commas."""

    without: Text | None = None
    also: Text | None = None


class Voltammetry(Section):
    """Cyclic voltammetry."""

    voltage_minimum: quantity("V")
    voltage_maximum: quantity("V")
    scan_rate: quantity("mV/s", 0.0)
    scan_rates: number_list("mV/s", 0.0) | None = None  # only where a family of sweeps is taken


class Transference(Section):
    """Bruce-Vincent polarisation."""

    polarisation: quantity("mV", 0.0)


class Laboratory(Section):
    """Instruments of which only the setting is given so far."""

    diffractometer_wavelength: quantity("angstrom", 1e-11, 1e-9)
    microscope: Text
    operando_microscope: Text
    thermogravimetry_rate: quantity("K/min", 0.0)
    thermogravimetry_gas: Text
    strip_length: quantity("cm", 0.0)
    cantilever_spring_constant: quantity("N/m", 0.0)
    cantilever_mode: Text
    flame_heat_flux: quantity("kW/m**2", 0.0)
    operando_rates: number_list("1", 0.0)
    operando_cell: Text


class Recipe(BaseModel):
    """One sample, from film to cell, and the settings of every measurement made on it."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    title: str
    film: Annotated[CastFilm | FibreMat, Field(discriminator="kind")]
    electrolyte: Electrolyte
    cathode: Cathode
    cell: Cell
    impedance: Impedance
    cycling: Cycling
    ageing: Ageing = Ageing()
    voltammetry: Voltammetry
    transference: Transference
    laboratory: Laboratory
    claims: str | None = None

    def values(self) -> dict[str, Value]:
        """All fields as ``"recipe.<section>.<field>"``, for :class:`honeycell.data.parameters.Parameters`."""
        result = {}
        for section in type(self).model_fields:
            part = getattr(self, section)
            if isinstance(part, Section):
                result |= {f"recipe.{section}.{name}": value for name, value in part.values().items()}
        return result

    def assumptions(self) -> dict[str, Value]:
        """The fields nobody stated, with range and reason."""
        return {key: value for key, value in self.values().items() if value.status in ("assumed", "estimated")}

    def fingerprint(self) -> str:
        """SHA-256 of the recipe with numbers rounded to 12 digits, so that unit arithmetic does not count."""
        content = {
            key: [_rounded(x) for x in (value.value, value.lo, value.hi, value.u)] + [value.status, value.distribution]
            for key, value in self.values().items()
        }
        return hashlib.sha256(json.dumps([self.name, content], sort_keys=True).encode()).hexdigest()


def _rounded(number: Any) -> Any:
    if isinstance(number, float):
        return f"{number:.12g}"
    return [_rounded(each) for each in number] if isinstance(number, tuple) else number
