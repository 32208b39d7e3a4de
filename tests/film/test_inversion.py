"""Exchange of a film with its bath: balances, a closed form in the limit of a dilute dope, and the times of an independent solution."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from honeycell.film.inversion import Immersion, immerse
from honeycell.physics.exchange import exchange_time
from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from honeycell.film.equilibrium import LocalEquilibrium

BASE = Immersion(100e-6, 0.06, 0.0, 5e-10, 0.0, 5e-5, 0.0375, 1.0, 0.25)


@pytest.mark.parametrize("change", [{}, {"permeability": 3e-7}, {"particles": 0.08}, {"bath_depth": 2e-4}])
def test_no_liquid_is_lost(equilibrium: LocalEquilibrium, change: dict[str, float]) -> None:
    assert immerse(replace(BASE, **change), equilibrium).imbalance < 1e-10


def test_a_polymer_at_rest_keeps_its_place(equilibrium: LocalEquilibrium) -> None:
    """Equal volumes are exchanged where nothing permeates: thickness and polymer stay to the integrator's tolerance."""
    found = immerse(BASE, equilibrium)
    np.testing.assert_allclose(found.polymer, 0.06, rtol=1e-5)
    np.testing.assert_allclose(found.heights.sum(axis=1), 100e-6, rtol=1e-6)


@pytest.mark.parametrize("transfer", [1e-5, 5e-5, 1e-3])
def test_a_dilute_dope_exchanges_as_the_closed_form_says(equilibrium: LocalEquilibrium, transfer: float) -> None:
    """With hardly any polymer s is the water share itself, and the time to reach it is that of Carslaw and Jaeger."""
    film = replace(BASE, polymer=2e-3, transfer=transfer)
    found = immerse(film, equilibrium)
    hindered = film.diffusivity * ((1.0 - 2e-3) / (1.0 + 2e-3)) ** 2
    reached = equilibrium.binodal_share(np.array([2e-3]))[0]
    for cell in (10, 30, -1):
        closed = exchange_time(reached, float(found.depth[cell]), film.thickness, hindered, transfer)
        assert found.binodal_time[cell] == pytest.approx(closed, rel=0.03)


@pytest.mark.parametrize(
    ("transfer", "front", "ten", "back"),
    [
        (1e-3, 0.15e-3, 9e-3, 0.44),
        (1e-4, 0.97e-3, 15e-3, 0.47),
        (5e-5, 2.4e-3, 23e-3, 0.50),
        (1e-5, 31e-3, 97e-3, 0.77),
    ],
)
def test_times_in_the_gap_of_an_independent_solution(
    equilibrium: LocalEquilibrium, transfer: float, front: float, ten: float, back: float
) -> None:
    """A prototype of the same equations, on another grid with another interaction set's molar volumes, gave these to two digits."""
    found = immerse(replace(BASE, transfer=transfer), equilibrium)
    gap = found.gel_time - found.binodal_time
    assert np.interp(1e-6, found.depth, gap) == pytest.approx(front, rel=0.08)
    assert np.interp(10e-6, found.depth, gap) == pytest.approx(ten, rel=0.08)
    assert gap[-1] == pytest.approx(back, rel=0.08)


def test_refining_the_grid_converges(equilibrium: LocalEquilibrium) -> None:
    """Second order in smooth regions: the error of the plate's setting time falls at least as fast as the cells."""
    times = [immerse(BASE, equilibrium, cells=n).gel_time[-1] for n in (20, 40, 80, 160)]
    steps = np.abs(np.diff(times))
    assert steps[1] < 0.6 * steps[0]
    assert steps[2] < 0.6 * steps[1]
    assert steps[2] < 5e-3 * times[-1]


def test_every_depth_meets_binodal_spinodal_and_gel_in_that_order(equilibrium: LocalEquilibrium) -> None:
    found = immerse(replace(BASE, permeability=3e-8, particles=0.08), equilibrium)
    assert (found.binodal_time <= found.spinodal_time).all()
    assert (found.spinodal_time < found.gel_time).all()
    assert (np.diff(found.gel_time) > 0.0).all()


def test_a_permeable_network_gathers_at_the_front(equilibrium: LocalEquilibrium) -> None:
    found = immerse(replace(BASE, permeability=3e-7), equilibrium)
    skin = found.depth < 2e-6
    assert found.polymer[-1][skin].mean() > 0.07
    assert found.polymer[-1][-1] < 0.045


def test_a_thicker_film_has_the_same_front_and_a_later_back(equilibrium: LocalEquilibrium) -> None:
    thin, thick = (immerse(replace(BASE, thickness=h), equilibrium) for h in (100e-6, 1000e-6))
    front = [np.interp(1e-6, each.depth, each.gel_time) for each in (thin, thick)]
    assert front[1] == pytest.approx(front[0], rel=0.1)
    assert thick.gel_time[-1] == pytest.approx(100.0 * thin.gel_time[-1], rel=0.35)


def test_the_volume_of_a_large_bath_does_not_matter(equilibrium: LocalEquilibrium) -> None:
    """400 mL for 600 mL over 160 cm2: the bath's composition moves by a thousandth."""
    first, second = (immerse(replace(BASE, bath_depth=v / 0.016), equilibrium) for v in (600e-6, 400e-6))
    np.testing.assert_allclose(second.gel_time, first.gel_time, rtol=5e-3)


def test_a_bath_that_cannot_set_the_dope_is_refused(equilibrium: LocalEquilibrium) -> None:
    with pytest.raises(InputError, match="never sets"):
        immerse(replace(BASE, bath_water=0.1), equilibrium)
    with pytest.raises(InputError, match="thickness"):
        immerse(replace(BASE, thickness=0.0), equilibrium)
