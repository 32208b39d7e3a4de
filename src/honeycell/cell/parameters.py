"""The numbers of the half-cell model, from our parameters and a film."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scipy.constants import N_A, R, physical_constants

from honeycell.physics.electrolyte import arrhenius
from honeycell.physics.insertion import OpenCircuit, Site, open_circuit_table
from honeycell.quantities.errors import InputError
from honeycell.quantities.units import si_unit

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.data.parameters import Parameters

FARADAY = physical_constants["Faraday constant"][0]
SECONDS_PER_HOUR = 3600.0
LIQUID_LAWS = (
    "reference_temperature",
    "reference_concentration",
    "conductivity_prefactor",
    "conductivity_pseudo_activation",
    "conductivity_vanishing_temperature",
    "conductivity_concentration_exponent",
    "conductivity_concentration_decay",
    "salt_diffusivity",
    "transference_number",
)
FILM_QUANTITIES = {"thickness": "m", "porosity": "1", "effective_conductivity_ratio": "1", "transference_number": "1"}


@dataclass(frozen=True, slots=True)
class Film:
    """What the cell needs of a film: thickness [m]; porosity, conductivity ratio to liquid, transference number [1]."""

    thickness: float
    porosity: float
    effective_conductivity_ratio: float
    transference_number: float

    @classmethod
    def of(cls, record: xr.Dataset) -> Film:
        """Read from a ``scalars/1`` record.

        Raises
        ------
        InputError : a quantity is missing, in another unit, or outside its physical bounds.
        """
        where = f"film record of {record.attrs.get('sample', '?')}"
        found: dict[str, float] = {}
        for name, unit in FILM_QUANTITIES.items():
            if name not in record.data_vars or record[name].ndim:
                raise InputError(f"no scalar {name!r}", where, f"It needs {', '.join(FILM_QUANTITIES)}.")
            if si_unit(str(record[name].attrs.get("units", ""))) != unit or record[name].attrs["units"] != unit:
                raise InputError(f"{name!r} is in {record[name].attrs.get('units')!r}, expected {unit!r}", where)
            found[name] = float(record[name])
        film = cls(**found)
        if not 0.0 < film.thickness < math.inf:
            raise InputError(f"thickness is {film.thickness!r} m, expected a positive number", where)
        for name in ("porosity", "effective_conductivity_ratio"):
            if not 0.0 < found[name] <= 1.0:
                raise InputError(f"{name} is {found[name]!r}, expected a number in (0, 1]", where)
        if not 0.0 < film.transference_number < 1.0:
            raise InputError(f"transference_number is {film.transference_number!r}, expected a number in (0, 1)", where)
        return film


@dataclass(frozen=True, slots=True)
class Cathode:
    """Derived figures of the composite cathode.

    ``area`` [m2], ``active_mass`` [kg], ``thickness`` [m], ``active_fraction`` of the electrode volume that takes part
    [1], ``porosity`` [1], ``site_concentration`` in the active material [mol/m3], ``filling`` at the start [1],
    ``accessible_sites`` [mol].
    """

    area: float
    active_mass: float
    thickness: float
    active_fraction: float
    porosity: float
    site_concentration: float
    filling: float
    accessible_sites: float

    @property
    def sodium(self) -> float:
        """Sodium in the accessible part at the start [mol]."""
        return self.filling * self.accessible_sites

    @classmethod
    def of(cls, parameters: Parameters) -> Cathode:
        """From loading, composition and the lattice of the active material.

        Notes
        -----
        Anhydrous, vacancy-free crystal; volumes of active material, carbon and binder add up.

        Raises
        ------
        InputError : mass fractions that do not add up to 1, or a sodium content or porosity out of bounds.
        """
        sodium_content = parameters["recipe.cathode.sodium_content"]
        sites = parameters["pba.sodium_sites"]
        porosity = parameters["recipe.cathode.porosity"]
        parts = ("active", "carbon", "binder")
        active, carbon, binder = (parameters[f"recipe.cathode.{part}_fraction"] for part in parts)
        if abs(active + carbon + binder - 1.0) > 1e-6:
            raise InputError(f"mass fractions add up to {active + carbon + binder:.6g}, expected 1", "recipe.cathode")
        if not 0.0 < sodium_content < sites:
            raise InputError(
                f"sodium_content is {sodium_content!r}, expected a number between 0 and {sites:g}", "recipe.cathode"
            )
        if not 0.0 < porosity < 1.0:
            raise InputError(f"porosity is {porosity!r}, expected a number between 0 and 1", "recipe.cathode")
        formula_units = parameters["pba.formula_units_per_cell"] / (N_A * parameters["pba.cell_volume"])
        molar_mass = parameters["pba.framework_molar_mass"] + sodium_content * parameters["sodium.molar_mass"]
        density = molar_mass * formula_units
        loading = parameters["recipe.cathode.loading"]
        accessible = parameters["pba.accessible_fraction"]
        rest = carbon / parameters["coin_cell.carbon_density"] + binder / parameters["coin_cell.binder_density"]
        thickness = loading * (1.0 / density + rest / active) / (1.0 - porosity)
        area = disc_area(parameters)
        return cls(
            area=area,
            active_mass=loading * area,
            thickness=thickness,
            active_fraction=accessible * loading / density / thickness,
            porosity=porosity,
            site_concentration=sites * formula_units,
            filling=sodium_content / sites,
            accessible_sites=accessible * sites * loading * area / molar_mass,
        )


def disc_area(parameters: Parameters) -> float:
    """Area of the round electrode [m2]."""
    return math.pi * parameters["recipe.cell.disc_diameter"] ** 2 / 4.0


def open_circuit(parameters: Parameters) -> OpenCircuit:
    """Potential of the cathode against sodium over its filling, at the recipe's cell temperature.

    Notes
    -----
    One low-spin site and two equal high-spin sub-sites; centres do not move with temperature.
    """
    low = parameters["pba.low_spin_share"]
    centre, half = parameters["pba.high_spin_potential"], parameters["pba.high_spin_split"] / 2.0
    flat = parameters["pba.high_spin_interaction"]
    sites = (
        Site(low, parameters["pba.low_spin_potential"], parameters["pba.low_spin_interaction"]),
        Site((1.0 - low) / 2.0, centre + half, flat),
        Site((1.0 - low) / 2.0, centre - half, flat),
    )
    return open_circuit_table(sites, R * parameters["recipe.cell.temperature"] / FARADAY)


def constants(parameters: Parameters, film: Film, cathode: Cathode, table: OpenCircuit) -> dict[str, Any]:
    """All numbers of the equations by name, SI but for the capacity [A.h], at the recipe's cell temperature; ``Open circuit`` is a table
    of :mod:`honeycell.cell.curve`.

    Parameters
    ----------
    parameters : view that the cell reads from.
    film, cathode, table : derived from the same view and the film's record.

    Notes
    -----
    Names are those of the solver's parameter set where it has one (:func:`honeycell.cell.entries.entries`).
    """
    from honeycell.cell.curve import pieces

    p = parameters
    electrolyte = p.text("recipe.electrolyte.liquid")
    temperature = p["recipe.cell.temperature"]
    reference = p[f"{electrolyte}.reference_temperature"]

    def thermal(energy: str) -> float:
        return float(arrhenius(temperature, reference, p[energy], R))

    side = math.sqrt(cathode.area)
    laws = {f"liquid {name}": p[f"{electrolyte}.{name}"] for name in LIQUID_LAWS}
    return laws | {
        "Open circuit": pieces(table.filling, table.residual),
        "Thermal voltage [V]": table.thermal_voltage,
        "film transference_number": film.transference_number,
        "cathode exchange current density [A.m-2]": p["pba.exchange_current_density"]
        * thermal("pba.exchange_current_activation_energy"),
        "sodium exchange current density [A.m-2]": p["sodium.exchange_current_density"]
        * thermal("sodium.exchange_current_activation_energy"),
        "Ambient temperature [K]": temperature,
        "Initial temperature [K]": temperature,
        "Reference temperature [K]": reference,
        "Nominal cell capacity [A.h]": FARADAY * cathode.accessible_sites / SECONDS_PER_HOUR,
        "Lower voltage cut-off [V]": p["recipe.cycling.voltage_minimum"],
        "Upper voltage cut-off [V]": p["recipe.cycling.voltage_maximum"],
        "Electrode height [m]": side,
        "Electrode width [m]": side,
        "Contact resistance [Ohm]": p["coin_cell.contact_resistance"],
        "Negative electrode thickness [m]": p["coin_cell.foil_thickness"],
        "Negative electrode conductivity [S.m-1]": p["sodium.electronic_conductivity"],
        "Negative electrode double-layer capacity [F.m-2]": p["sodium.double_layer_capacitance"],
        "Lithium metal partial molar volume [m3.mol-1]": p["sodium.molar_volume"],
        "Initial SEI thickness [m]": p["sodium.film_thickness"],
        "SEI partial molar volume [m3.mol-1]": p["sodium.film_molar_volume"],
        "SEI resistivity [Ohm.m]": p["sodium.film_areal_resistance"]
        / thermal("sodium.film_activation_energy")
        / p["sodium.film_thickness"],
        "Separator thickness [m]": film.thickness,
        "Separator porosity": film.porosity,
        "Separator tortuosity factor (electrolyte)": film.porosity / film.effective_conductivity_ratio,
        "Initial concentration in electrolyte [mol.m-3]": p["recipe.electrolyte.salt_concentration"],
        "Thermodynamic factor": p[f"{electrolyte}.thermodynamic_factor"],
        "Positive electrode thickness [m]": cathode.thickness,
        "Positive electrode porosity": cathode.porosity,
        "Positive electrode active material volume fraction": cathode.active_fraction,
        "Positive electrode tortuosity factor (electrolyte)": p["coin_cell.cathode_tortuosity_factor"],
        # the table's electronic conductivity is already that of the composite
        "Positive electrode tortuosity factor (electrode)": 1.0 - cathode.porosity,
        "Positive electrode conductivity [S.m-1]": p["coin_cell.cathode_electronic_conductivity"],
        "Positive electrode double-layer capacity [F.m-2]": p["pba.double_layer_capacitance"],
        "Positive electrode OCP entropic change [V.K-1]": p["pba.entropic_coefficient"],
        "Positive particle diffusivity [m2.s-1]": p["pba.diffusivity"] * thermal("pba.diffusivity_activation_energy"),
        "Positive particle radius [m]": p["pba.particle_radius"],
        "Maximum concentration in positive electrode [mol.m-3]": cathode.site_concentration,
        "Initial concentration in positive electrode [mol.m-3]": cathode.filling * cathode.site_concentration,
    }
