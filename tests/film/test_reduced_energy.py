"""The one-field energy against the phase diagram it was reduced from."""

from __future__ import annotations

import numpy as np
import pytest

from honeycell.film.equilibrium import local_equilibrium
from honeycell.film.quench import mobility
from honeycell.film.reduced_energy import (
    KNOTS,
    LAST,
    LEANEST,
    RICHEST,
    potential_of,
    reduced_energy,
    slope,
    water_beside,
)
from honeycell.physics.flory_huggins import TernaryMixture
from honeycell.quantities.errors import InputError

MIXTURE = TernaryMixture(5.335, 1250.7, 0.785, 0.665, 2.09, 0.43)
PHI = np.linspace(LEANEST, RICHEST, KNOTS)


def test_water_stands_at_the_potential_of_its_label() -> None:
    phi3 = np.array([0.01, 0.06, 0.2, 0.5])
    phi1 = water_beside(MIXTURE, phi3, 0.12)
    wanted = float(MIXTURE.exchange_potentials(0.12, 0.0)[0])
    assert MIXTURE.exchange_potentials(phi1, phi3)[0] == pytest.approx(wanted, abs=1e-9)


def test_slope_is_that_of_the_potential() -> None:
    phi3, d = np.array([0.005, 0.06, 0.3]), 1e-6
    numeric = (potential_of(MIXTURE, phi3 + d, 0.12) - potential_of(MIXTURE, phi3 - d, 0.12)) / (2 * d)
    assert slope(MIXTURE, phi3, 0.12) == pytest.approx(numeric, rel=1e-4)


@pytest.mark.parametrize("label", [0.095, 0.12, 0.15])
def test_its_two_phases_are_the_ends_of_the_tie_line(label: float) -> None:
    """Equal potentials and the common tangent: the potential's area between the phases is potential times distance."""
    lean, rich = reduced_energy(MIXTURE).phases_at(label)
    mu = potential_of(MIXTURE, np.array([lean, rich]), label)
    assert mu[0] == pytest.approx(mu[1], abs=2e-5)
    fine = np.concatenate([np.geomspace(lean, 0.02, 4000), np.linspace(0.02, rich, 4000)[1:]])
    area = np.trapezoid(potential_of(MIXTURE, fine, label) - mu[1], fine)
    assert abs(area) < 1e-6


def test_tables_agree_with_the_energy_and_rise_at_the_cut_off() -> None:
    energy = reduced_energy(MIXTURE)
    assert energy.first == pytest.approx(local_equilibrium(MIXTURE).first_water)
    assert energy.labels[0] < energy.first < energy.labels[-1] == LAST
    rich = energy.cutoff < PHI
    for row in (0, 20, 40):
        assert energy.potential[row, rich] == pytest.approx(
            potential_of(MIXTURE, PHI[rich], energy.labels[row]), abs=1e-12
        )
        steps = np.diff(energy.potential[row, ~rich])
        assert (steps > 0.0).all()
        assert steps == pytest.approx(steps[0], rel=1e-6)


def test_laws_mix_rows_and_carry_the_mobility() -> None:
    energy = reduced_energy(MIXTURE)
    laws = energy.laws(lambda phi3: mobility(phi3, 0.12, 4.0, 0.025))
    law = laws.at(0.13)
    known = potential_of(MIXTURE, PHI[500:3000:100], 0.13)
    assert law.table[500:3000:100, 0] == pytest.approx(known, abs=2e-4)
    assert law.table[:, 2] == pytest.approx(mobility(PHI, 0.12, 4.0, 0.025))


def test_mobility_is_one_at_the_reference_and_falls_by_its_decades() -> None:
    assert mobility(0.06, 0.5, 4.0, 0.025) == pytest.approx(1.0, rel=1e-6)
    free, set_ = mobility(0.4, 0.5, 0.0, 0.025), mobility(0.4, 0.1, 4.0, 0.025)
    assert set_ / free == pytest.approx(1e-4, rel=1e-3)
    assert mobility(0.2, 0.2, 4.0, 0.025) / mobility(0.2, 0.2, 0.0, 0.025) == pytest.approx(1e-2)
    assert (mobility(np.linspace(-0.1, 1.1, 50), 0.1, 4.0, 0.02) >= 0.0).all()


def test_a_cut_off_above_the_lower_spinodal_is_refused() -> None:
    with pytest.raises(InputError, match=r"cut off at a polymer fraction of 0.01, above the lower spinodal"):
        reduced_energy(MIXTURE, 0.01)


def test_long_chains_get_a_lower_cut_off() -> None:
    long = TernaryMixture(5.335, 12507.0, 0.785, 0.665, 2.09, 0.43)
    assert reduced_energy(long).cutoff < reduced_energy(MIXTURE).cutoff
    assert slope(long, np.array([reduced_energy(long).cutoff]), LAST)[0] > 0.0


def test_mixtures_beyond_the_model_are_refused() -> None:
    with pytest.raises(InputError, match="begin only at a water share"):
        reduced_energy(TernaryMixture(5.335, 1250.7, 0.785, 0.665, 1.4, 0.2))
    with pytest.raises(InputError, match="no two phases"):
        reduced_energy(MIXTURE).phases_at(0.05)
