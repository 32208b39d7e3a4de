from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from honeycell.data.tables import load_parameters
from honeycell.film.dope import Dope
from honeycell.film.formation import form_film
from honeycell.recipe.library import load

if TYPE_CHECKING:
    import xarray as xr

CAST = ["hj-4-6", "hj-3-7", "hj-1-9"]


@cache
def film(sample: str = "hj-4-6", **numbers: float) -> xr.Dataset:
    changed = {f"recipe.film.{name}": number for name, number in numbers.items()}
    p = load_parameters().with_values(load(sample).values()).replace(changed)
    return form_film(p.view(), sample, diagrams=False)["film"]


@pytest.mark.parametrize("hold", [0.0, 1.0, 60.0, 900.0, 1e4, 1e5, 1e7])
@pytest.mark.parametrize("sample", CAST)
def test_particles_are_conserved_after_any_settling(sample: str, hold: float) -> None:
    made = film(sample, hold_time=hold)
    profile = made["particle_fraction"].values
    assert profile.mean() == pytest.approx(float(made["particle_fraction_mean"]), rel=1e-12)
    assert profile.min() >= 0.0
    assert profile.max() <= 0.58 * (1.0 + 1e-9)


@pytest.mark.parametrize("sample", CAST)
def test_a_longer_wait_never_lessens_the_asymmetry(sample: str) -> None:
    holds = [0.0, 30.0, 100.0, 900.0, 1e5]
    for name in ("clear_layer", "sediment", "particle_excess_at_back"):
        found = [float(film(sample, hold_time=hold)[name]) for hold in holds]
        assert np.all(np.diff(found) >= -1e-15), name
    assert float(film(sample)["particle_excess_at_back"]) >= float(film(sample)["particle_excess_without_hold"])


@pytest.mark.parametrize("sample", [*CAST, "hj-1-0"])
def test_the_path_is_in_order_and_fronts_come_before_backs(sample: str) -> None:
    made = film(sample)
    assert float(made["path_in_order"]) == 1.0
    assert 0.0 < float(made["demixing_water"]) < float(made["gelation_water"])
    for name in ("binodal_time", "gelation_time"):
        assert np.all(np.diff(made[name].values) > 0.0), name
    assert np.all(made["gelation_time"].values > made["binodal_time"].values)
    assert 0.0 < float(made["membrane_share"]) < 1.0


def test_a_larger_bath_ends_with_less_solvent() -> None:
    shares = [float(film(bath_volume=volume)["bath_solvent_fraction"]) for volume in (100e-6, 400e-6, 600e-6, 5e-3)]
    assert np.all(np.diff(shares) < 0.0)
    assert float(film("hj-4-6-bath-400")["bath_solvent_fraction"]) > float(film()["bath_solvent_fraction"])


@pytest.mark.parametrize("factor", [0.5, 2.0, 10.0])
def test_thickness_is_proportional_to_the_gap(factor: float) -> None:
    gap = 100e-6
    for name in ("wet_thickness", "solids_thickness"):
        assert float(film(blade_gap=factor * gap)[name]) == pytest.approx(factor * float(film(blade_gap=gap)[name]))


def test_without_particles_there_is_no_gradient() -> None:
    made = film("hj-1-0")
    assert not made["particle_fraction"].values.any()
    for name in (
        "particle_excess_at_back",
        "particle_excess_without_hold",
        "sediment",
        "filler_mass_fraction",
        "residue",
    ):
        assert float(made[name]) == 0.0, name


@pytest.mark.parametrize("sample", [*CAST, "hj-1-0"])
def test_the_dope_adds_up(sample: str) -> None:
    dope = Dope(load_parameters().with_values(load(sample).values()).view())
    assert dope.volume == pytest.approx(dope.polymer_volume + dope.solvent_volume + dope.filler_volume)
    assert dope.liquid_density * dope.liquid_volume == pytest.approx(dope.polymer_mass + dope.solvent_mass)
    assert 0.0 < dope.phi_polymer < 1.0
    assert 0.0 <= dope.phi_filler < 1.0


def test_a_colder_bath_and_a_bath_with_solvent_are_slower() -> None:
    base = float(film()["back_binodal_time"])
    assert float(film(bath_temperature=278.15)["back_binodal_time"]) > 1.2 * base
    assert float(film(bath_solvent_fraction=0.5)["back_binodal_time"]) > 1.2 * base


def test_the_front_demixes_for_less_time_than_the_back() -> None:
    """What coarsens for longer coarsens further: a decade and more in time between the faces, whichever the bath's resistance."""
    for transfer in (1.5e-5, 5e-5, 1e-3):
        made = film(bath_mass_transfer=transfer)
        assert float(made["back_demixing_time"]) > 10.0 * float(made["front_demixing_time"])


def test_no_liquid_goes_astray() -> None:
    for sample in CAST:
        assert float(film(sample)["exchange_imbalance"]) < 1e-10
