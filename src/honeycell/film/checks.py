"""Recipes that make no film, refused in words before anything is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from honeycell.quantities.errors import InputError
from honeycell.quantities.units import from_si

if TYPE_CHECKING:
    from honeycell.data.parameters import Parameters
    from honeycell.film.dope import Dope


def check_dope(p: Parameters, dope: Dope, where: str) -> None:
    """What is cast must be a liquid with polymer in it, and thicker than its particles.

    Raises
    ------
    InputError : no polymer, no solvent, so much polymer that the dope itself is a gel, or a film thinner than a particle.
    """
    if not dope.polymer_mass > 0.0:
        raise InputError("the dope holds no polymer", where, "Give a polymer_mass above 0.")
    if not dope.solvent_mass > 0.0:
        raise InputError("the dope holds no solvent", where, "Give a solvent_mass above 0.")
    gel = p[f"{dope.polymer}.gel_fraction"]
    if dope.phi_polymer >= gel:
        raise InputError(
            f"the dope holds {dope.phi_polymer:.3g} of polymer by volume and sets by itself from {gel:.3g} on",
            where,
            "Take more solvent.",
        )
    wet, particle = p["recipe.film.blade_gap"] * p["recipe.film.gap_transfer"], p["recipe.film.filler_diameter"]
    if dope.filler_mass > 0.0 and wet < particle:
        raise InputError(
            f"a film {wet * 1e6:.3g} um thick as cast holds no particle of {particle * 1e6:.3g} um",
            where,
            "Raise the blade gap or take a finer filler.",
        )


def check_bath(p: Parameters, dope: Dope, where: str) -> None:
    """The bath must be a liquid in which the polymer is a solid.

    Raises
    ------
    InputError : a bath that freezes or boils, or in which the polymer melts.

    Validity: of the pure liquid at one atmosphere; solvent in the bath shifts both a little.
    """
    bath, name = p["recipe.film.bath_temperature"], dope.non_solvent
    frozen, boiling = p[f"{name}.freezing_temperature"], p[f"{name}.boiling_temperature"]
    if not frozen < bath < boiling:
        state = "freezes" if bath <= frozen else "boils"
        raise InputError(
            f"a bath of {name} at {_celsius(bath)} {state}",
            where,
            f"Take a bath_temperature between {_celsius(frozen)} and {_celsius(boiling)}.",
        )
    _check_melting(p, dope.polymer, bath, "bath", where)


def check_drying(p: Parameters, where: str) -> None:
    """The film must dry from a liquid, and stay a solid meanwhile.

    Raises
    ------
    InputError : ice in the pores, or a temperature at which the polymer melts.
    """
    drying, name = p["recipe.film.drying_temperature"], p.text("recipe.film.non_solvent")
    frozen = p[f"{name}.freezing_temperature"]
    if drying <= frozen:
        raise InputError(
            f"the film dries at {_celsius(drying)}, where {name} is frozen and no menisci pull",
            where,
            f"Freeze-drying is not modelled: dry above {_celsius(frozen)}.",
        )
    _check_melting(p, p.text("recipe.film.polymer"), drying, "drying", where)


def check_exchange(p: Parameters, setting: float, where: str) -> None:
    """The film must stay in the bath until all of it has set, after ``setting`` [s].

    Raises
    ------
    InputError : it is taken out before.
    """
    left = p["recipe.film.exchange_time"]
    if left < setting:
        raise InputError(
            f"the film is taken out after {left:.3g} s, before its back sets at {setting:.3g} s",
            where,
            "Give a longer exchange_time.",
        )


def _check_melting(p: Parameters, polymer: str, temperature: float, step: str, where: str) -> None:
    melting = p[f"{polymer}.melting_temperature"]
    if temperature >= melting:
        raise InputError(
            f"{polymer} melts at {_celsius(melting)}, and the {step} is at {_celsius(temperature)}",
            where,
            f"Lower the {step}_temperature.",
        )


def _celsius(temperature: float) -> str:
    return f"{from_si(temperature, 'degC'):.4g} degC"
