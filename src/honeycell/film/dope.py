"""The dope as cast: what is in it, how its liquids mix, how it flows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from scipy.constants import R

from honeycell.film.interactions import chosen_mixture, rival_binodals
from honeycell.physics.suspension import hindered_settling_speed, martin_viscosity

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.data.parameters import Parameters
    from honeycell.physics.flory_huggins import TernaryMixture


class Dope:
    """Volumes and fractions of the cast suspension, additive volumes. Masses in kg, volumes in m3."""

    def __init__(self, p: Parameters) -> None:
        self.polymer, self.solvent, self.filler, self.non_solvent = (
            p.text(f"recipe.film.{part}") for part in ("polymer", "solvent", "filler", "non_solvent")
        )
        self.polymer_mass = p["recipe.film.polymer_mass"]
        self.filler_mass = p["recipe.film.filler_mass"]
        self.solvent_mass = p["recipe.film.solvent_mass"] + p["recipe.film.extra_solvent_mass"]
        self.filler_density = p[f"{self.filler}.density"]
        self.polymer_volume = self.polymer_mass / p[f"{self.polymer}.density"]
        self.solvent_volume = self.solvent_mass / p[f"{self.solvent}.density"]
        self.filler_volume = self.filler_mass / self.filler_density
        self.liquid_volume = self.polymer_volume + self.solvent_volume
        self.volume = self.liquid_volume + self.filler_volume
        self.liquid_density = (self.polymer_mass + self.solvent_mass) / self.liquid_volume
        self.phi_polymer = self.polymer_volume / self.liquid_volume
        self.phi_filler = self.filler_volume / self.volume

    @property
    def components(self) -> tuple[str, str, str]:
        """Tables of non-solvent, solvent and polymer."""
        return self.non_solvent, self.solvent, self.polymer

    @property
    def pair(self) -> str:
        """Table of non-solvent and solvent together."""
        return f"{self.non_solvent}__{self.solvent}"


def molecular_sizes(p: Parameters, dope: Dope) -> tuple[float, float]:
    """Molar volumes of solvent and polymer over that of the non-solvent."""
    v1 = p[f"{dope.non_solvent}.molar_mass"] / p[f"{dope.non_solvent}.density"]
    v2 = p[f"{dope.solvent}.molar_mass"] / p[f"{dope.solvent}.density"]
    v3 = p["recipe.film.polymer_molar_mass"] / p[f"{dope.polymer}.density"]
    return v2 / v1, v3 / v1


def ternary_mixture(p: Parameters, dope: Dope) -> TernaryMixture:
    """Flory-Huggins parameters of non-solvent, solvent and polymer, reference volume that of the non-solvent, by the recipe's interaction set."""
    return chosen_mixture(p, dope.components, molecular_sizes(p, dope))


def rival_diagrams(p: Parameters, sample: str) -> xr.Dataset:
    """Record ``binodals/1`` of the recipe's components by all interaction sets."""
    dope = Dope(p)
    return rival_binodals(p, dope.components, molecular_sizes(p, dope), dope.phi_polymer, sample)


def dope_viscosity(p: Parameters, dope: Dope) -> float:
    """Viscosity of the polymer solution between the particles [Pa s], at the bath's temperature."""
    ratio = p["recipe.film.polymer_molar_mass"] / p[f"{dope.polymer}.intrinsic_viscosity_molar_mass"]
    intrinsic = p[f"{dope.polymer}.intrinsic_viscosity_reference"] * ratio ** p[f"{dope.polymer}.mark_houwink_exponent"]
    solvent = p[f"{dope.solvent}.viscosity"] * _thermal_factor(p, f"{dope.solvent}.viscosity")
    return martin_viscosity(
        solvent, intrinsic, dope.polymer_mass / dope.liquid_volume, p[f"{dope.polymer}.martin_constant"]
    )


def lone_speed(p: Parameters, dope: Dope) -> float:
    """Speed [m/s] at which one particle alone falls through the polymer solution."""
    return hindered_settling_speed(
        p["recipe.film.filler_diameter"],
        dope.filler_density - dope.liquid_density,
        dope_viscosity(p, dope),
        0.0,
        p["acceleration.standard_gravity"],
        p["suspension.hindrance_exponent"],
    )


def mutual_diffusivity(p: Parameters, dope: Dope) -> float:
    """Diffusivity of non-solvent and solvent [m2/s] at the bath's temperature, before the polymer hinders it."""
    return p[f"{dope.pair}.mutual_diffusivity"] / _thermal_factor(p, f"{dope.pair}.mutual_diffusivity")


def _thermal_factor(p: Parameters, key: str) -> float:
    """exp(E/R (1/T - 1/T0)), by which a viscosity stated at T0 differs in the bath; E and T0 stand beside ``key``."""
    T, T0, E = p["recipe.film.bath_temperature"], p[f"{key}_temperature"], p[f"{key}_activation"]
    return math.exp(E / R * (1.0 / T - 1.0 / T0))
