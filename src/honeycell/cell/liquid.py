"""The liquid electrolyte at one temperature: conductivity, salt diffusivity, and where its laws end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scipy.constants import R

from honeycell.physics.electrolyte import arrhenius, concentration_factor, vtf_conductivity
from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from honeycell.data.parameters import Parameters

_ZERO_CELSIUS = 273.15  # K, exact by definition


@dataclass(frozen=True, slots=True)
class Liquid:
    """``temperature`` [K], ``concentration`` of the salt as filled in and ``reference_concentration`` [mol/m3], ``diffusivity`` of the salt
    [m2/s], ``thermodynamic_factor`` 1 + dln f/dln c and ``transference_number`` [1], ``conductivity_at_reference`` [S/m] at this
    temperature; ``exponent`` and ``decay`` of the conductivity over concentration [1]; ``flags``, where a law is used beyond its range.
    """

    temperature: float
    concentration: float
    reference_concentration: float
    diffusivity: float
    thermodynamic_factor: float
    transference_number: float
    conductivity_at_reference: float
    exponent: float
    decay: float
    flags: tuple[str, ...]

    @classmethod
    def of(cls, parameters: Parameters) -> Liquid:
        """At the recipe's cell temperature; the salt's diffusivity follows the inverse viscosity (Walden), so the conductivity.

        Raises
        ------
        InputError : no salt, or a temperature at or below that at which the conductivity vanishes.
        """
        p = parameters
        name = p.text("recipe.electrolyte.liquid")
        T = p["recipe.cell.temperature"]
        concentration = p["recipe.electrolyte.salt_concentration"]
        A, B, T0 = (
            p[f"{name}.conductivity_{part}"] for part in ("prefactor", "pseudo_activation", "vanishing_temperature")
        )
        if not concentration > 0.0:
            raise InputError(f"salt_concentration is {concentration!r} mol/m3, expected more than 0", "electrolyte")
        if not T0 < T:
            what = f"temperature is {T - _ZERO_CELSIUS:.4g} degC; the conductivity vanishes at {T0 - _ZERO_CELSIUS:.4g} degC"
            raise InputError(what, "recipe.cell", f"Stay within {_range_in_words(p, name)}.")
        here = float(vtf_conductivity(T, A, B, T0))
        reference = float(vtf_conductivity(p[f"{name}.reference_temperature"], A, B, T0))
        return cls(
            temperature=T,
            concentration=concentration,
            reference_concentration=p[f"{name}.reference_concentration"],
            diffusivity=p[f"{name}.salt_diffusivity"] * here / reference,
            thermodynamic_factor=p[f"{name}.thermodynamic_factor"],
            transference_number=p[f"{name}.transference_number"],
            conductivity_at_reference=here,
            exponent=p[f"{name}.conductivity_concentration_exponent"],
            decay=p[f"{name}.conductivity_concentration_decay"],
            flags=temperature_flags(p),
        )

    def conductivity(self, concentration: Any) -> Any:
        """Conductivity [S/m] at each concentration [mol/m3]."""
        shape = (self.reference_concentration, self.exponent, self.decay)
        return self.conductivity_at_reference * concentration_factor(concentration, *shape)

    def relative_conductivity_slope(self, concentration: Any) -> Any:
        """Derivative of its logarithm over concentration [m3/mol]."""
        return self.exponent / concentration - self.decay / self.reference_concentration


def temperature_flags(parameters: Parameters) -> tuple[str, ...]:
    """A word where the cell's temperature lies outside the range of the liquid's laws, with range and source."""
    name = parameters.text("recipe.electrolyte.liquid")
    T = parameters["recipe.cell.temperature"]
    low, high = (parameters[f"{name}.temperature_{end}"] for end in ("minimum", "maximum"))
    if low <= T <= high:
        return ()
    return (
        f"temperature: {T - _ZERO_CELSIUS:.4g} degC lies outside {_range_in_words(parameters, name)}, so it is extrapolated",
    )


def _range_in_words(parameters: Parameters, name: str) -> str:
    low, high = (parameters[f"{name}.temperature_{end}"] - _ZERO_CELSIUS for end in ("minimum", "maximum"))
    known = parameters.describe(f"{name}.temperature_minimum")
    return f"{low:.4g} to {high:.4g} degC, the range of the conductivity of {name} ({known.source or known.reason})"


@dataclass(frozen=True, slots=True)
class SodiumFace:
    """Sodium metal in the electrolyte: ``exchange_current_density`` [A/m2] at the reference concentration, ``film_resistance``
    [ohm m2] of its surface film, ``capacitance`` of the double layer [F/m2], all at the cell's temperature.
    """

    exchange_current_density: float
    film_resistance: float
    capacitance: float

    @classmethod
    def of(cls, parameters: Parameters) -> SodiumFace:
        """Arrhenius from the electrolyte's reference temperature to that of the recipe's cell."""
        p = parameters
        T, reference = p["recipe.cell.temperature"], p[f"{p.text('recipe.electrolyte.liquid')}.reference_temperature"]

        def faster(energy: str) -> float:
            return float(arrhenius(T, reference, p[f"sodium.{energy}_activation_energy"], R))

        return cls(
            exchange_current_density=p["sodium.exchange_current_density"] * faster("exchange_current"),
            film_resistance=p["sodium.film_areal_resistance"] / faster("film"),
            capacitance=p["sodium.double_layer_capacitance"],
        )
