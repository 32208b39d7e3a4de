"""The parameter set of the half-cell model, of numbers or of inputs. Loads the solver.

The set is built from nothing: no set shipped with the solver is ever opened. Its names say lithium; all numbers are sodium's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pybamm

from honeycell.cell.curve import Curve
from honeycell.physics.electrolyte import concentration_factor, vtf_conductivity

if TYPE_CHECKING:
    from collections.abc import Mapping

OWN = (
    "liquid ",
    "film ",
    "cathode ",
    "sodium ",
    "Open circuit",
    "Thermal voltage",
)  # names that the solver's set has not


def entries(k: Mapping[str, Any]) -> dict[str, Any]:
    """The set.

    Parameters
    ----------
    k : every name of :func:`honeycell.cell.parameters.constants`, with its number or with a symbol that stands for it.
    """
    pieces = k["Open circuit"] if isinstance(k["Open circuit"], pybamm.Symbol) else pybamm.Vector(k["Open circuit"])
    vtf = tuple(
        k[f"liquid conductivity_{name}"] for name in ("prefactor", "pseudo_activation", "vanishing_temperature")
    )
    c_reference = k["liquid reference_concentration"]
    shape = (c_reference, k["liquid conductivity_concentration_exponent"], k["liquid conductivity_concentration_decay"])

    def conductivity(c_e: Any, T: Any) -> Any:
        return vtf_conductivity(T, *vtf, exp=pybamm.exp) * concentration_factor(c_e, *shape, exp=pybamm.exp)

    def diffusivity(c_e: Any, T: Any) -> Any:
        # Walden: with the inverse viscosity, hence with the conductivity over temperature
        reference = vtf_conductivity(k["liquid reference_temperature"], *vtf, exp=pybamm.exp)
        return k["liquid salt_diffusivity"] * vtf_conductivity(T, *vtf, exp=pybamm.exp) / reference

    def transference(c_e: Any, T: Any) -> Any:
        film, liquid = (pybamm.convert_to_symbol(k[f"{name} transference_number"]) for name in ("film", "liquid"))
        if c_e.domain == ["separator", "positive electrode"]:
            return pybamm.concatenation(
                pybamm.FullBroadcast(film, "separator", "current collector"),  # pyright: ignore[reportArgumentType]
                pybamm.FullBroadcast(liquid, "positive electrode", "current collector"),  # pyright: ignore[reportArgumentType]
            )
        # x-averages belong to the concentration overpotential, which sits in the film
        return liquid if c_e.domain == ["positive electrode"] else film

    def cathode_kinetics(c_e: Any, c_surface: Any, c_maximum: Any, T: Any) -> Any:
        filling = c_surface / c_maximum
        exchange = k["cathode exchange current density [A.m-2]"]
        return exchange * pybamm.sqrt(c_e / c_reference) * 2 * pybamm.sqrt(filling * (1 - filling))

    def sodium_kinetics(c_e: Any, c_metal: Any, T: Any) -> Any:
        return k["sodium exchange current density [A.m-2]"] * pybamm.sqrt(c_e / c_reference)

    def potential(sto: Any) -> Any:
        return Curve(sto, pieces) + k["Thermal voltage [V]"] * pybamm.log((1 - sto) / sto)

    return {name: value for name, value in k.items() if not name.startswith(OWN)} | {
        "Current function [A]": 0.0,
        "Number of cells connected in series to make a battery": 1.0,
        "Number of electrodes connected in parallel to make a cell": 1.0,
        "Exchange-current density for lithium metal electrode [A.m-2]": sodium_kinetics,
        "Electrolyte conductivity [S.m-1]": conductivity,
        "Electrolyte diffusivity [m2.s-1]": diffusivity,
        "Cation transference number": transference,
        "Positive electrode exchange-current density [A.m-2]": cathode_kinetics,
        "Positive electrode OCP [V]": potential,
    }
