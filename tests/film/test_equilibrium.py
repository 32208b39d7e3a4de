"""The table of local equilibria says what the tie lines say, and never lets the exchange potential fall while water rises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from honeycell.film.equilibrium import local_equilibrium
from honeycell.physics.flory_huggins import TernaryMixture
from honeycell.physics.phase_diagram import cloud_water, critical_point, tie_line
from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from honeycell.film.equilibrium import LocalEquilibrium


def test_water_label_rises_with_water(equilibrium: LocalEquilibrium) -> None:
    assert (np.diff(equilibrium.water, axis=0) > 0.0).all()
    np.testing.assert_allclose(equilibrium.water[:, 0], np.linspace(0.0, 1.0, len(equilibrium.water)))


@pytest.mark.parametrize("phi3", [0.03, 0.0606, 0.12, 0.3, 0.4])
@pytest.mark.parametrize("water", [0.2, 0.3, 0.6])
def test_the_gap_has_the_potential_of_its_tie_line(equilibrium: LocalEquilibrium, phi3: float, water: float) -> None:
    """The lean end of the tie line through the point, solved on its own, holds no polymer to speak of: its water share is s."""
    phi1 = water * (1.0 - phi3)
    line = tie_line(equilibrium.mixture, (phi1, phi3))
    assert line is not None
    found = equilibrium.water_at(np.array([water]), np.array([phi3]))[0]
    assert found == pytest.approx(line.lean[0] / (line.lean[0] + line.lean[1]), rel=0.01)


def test_outside_the_gap_the_label_gives_the_same_potential(equilibrium: LocalEquilibrium) -> None:
    m = equilibrium.mixture
    for phi3, u in ((0.03, 0.05), (0.3, 0.05), (0.6, 0.08)):
        s = equilibrium.water_at(np.array([u]), np.array([phi3]))[0]
        own, free = (float(m.exchange_potentials(*at)[0]) for at in ((u * (1.0 - phi3), phi3), (s, 0.0)))
        assert own == pytest.approx(free, abs=0.02)  # bilinear between knots, where ln s bends


def test_tie_lines_of_the_reference(equilibrium: LocalEquilibrium) -> None:
    """Rich-phase polymer along s, as found by an independent solution of the same free energy, to its three digits."""
    for s, rich in ((0.09, 0.112), (0.10, 0.171), (0.12, 0.253), (0.15, 0.343), (0.20, 0.445), (0.30, 0.549)):
        assert np.interp(s, equilibrium.line_water, equilibrium.line_rich) == pytest.approx(rich, abs=0.0015)
        assert equilibrium.water_at_rich(rich) == pytest.approx(s, rel=0.01)


def test_binodal_and_spinodal_meet_where_they_must(equilibrium: LocalEquilibrium) -> None:
    phi3 = np.linspace(0.01, 0.8, 60)
    assert (equilibrium.binodal_share(phi3) <= equilibrium.spinodal_share(phi3) + 1e-4).all()
    water, polymer = critical_point(equilibrium.mixture)
    at = np.array([polymer])
    assert equilibrium.binodal_share(at)[0] == pytest.approx(water / (1.0 - polymer), rel=2e-3)
    assert equilibrium.spinodal_share(at)[0] == pytest.approx(water / (1.0 - polymer), rel=2e-3)
    assert equilibrium.binodal_share(np.array([0.0606]))[0] * 0.9394 == pytest.approx(
        cloud_water(equilibrium.mixture, 0.0606), rel=1e-3
    )


def test_what_is_no_dope_is_refused(equilibrium: LocalEquilibrium) -> None:
    with pytest.raises(InputError, match="alone demix"):
        local_equilibrium(TernaryMixture(5.335, 1250.7, 1.6, 0.665, 2.09, 0.43))
    with pytest.raises(InputError):  # a non-solvent that is none
        local_equilibrium(TernaryMixture(5.335, 1250.7, 0.1, 0.0, 0.2, 0.2))
    with pytest.raises(InputError, match="gel fraction"):
        equilibrium.water_at_rich(0.01)
