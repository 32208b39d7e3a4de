from __future__ import annotations

import numpy as np
import pytest

from honeycell.physics.drying import capillary_pressure, collapsed_share, crushing_strength, water_surface_tension

FOAM = {"prefactor": 0.3, "exponent": 1.5}


def test_the_surface_tension_is_that_of_the_release_at_tabulated_temperatures() -> None:
    # IAPWS R1-76(2014), table 1: 0.01, 25, 110 and 200 degC
    known = {273.16: 75.65, 298.15: 71.97, 383.15: 56.96, 473.15: 37.67}
    for temperature, value in known.items():
        found = water_surface_tension(temperature, 647.096, 0.2358, 1.256, -0.625)
        assert found * 1e3 == pytest.approx(value, abs=0.02)


def test_where_it_stops_the_struts_bear_just_the_menisci() -> None:
    wet, chord = np.array([0.05, 0.1, 0.2]), np.array([5e-7, 3e-7, 2e-7])
    share = collapsed_share(wet, chord, 0.02, 1e7, **FOAM)
    assert np.all((share > wet) & (share < 1.0))
    shrunk = chord * (((1.0 - share) / share) / ((1.0 - wet) / wet)) ** (1.0 / 3.0)
    np.testing.assert_allclose(
        crushing_strength(share, 1e7, *FOAM.values()), capillary_pressure(shrunk, 0.02, 1.0), rtol=1e-9
    )


def test_pores_too_narrow_close_and_a_strong_frame_does_not_move() -> None:
    assert float(collapsed_share(0.1, 2e-8, 0.03, 1e7, **FOAM)) == 1.0
    assert float(collapsed_share(0.3, 1e-6, 0.01, 1e8, **FOAM)) == 0.3
    assert np.isnan(collapsed_share(0.1, np.nan, 0.01, 1e7, **FOAM))


def test_wider_pores_stronger_walls_and_weaker_pull_all_leave_more_void() -> None:
    base = float(collapsed_share(0.07, 2e-7, 0.015, 1e7, **FOAM))
    assert float(collapsed_share(0.07, 4e-7, 0.015, 1e7, **FOAM)) < base
    assert float(collapsed_share(0.07, 2e-7, 0.015, 2e7, **FOAM)) < base
    assert float(collapsed_share(0.07, 2e-7, 0.03, 1e7, **FOAM)) > base


def test_only_the_ratio_of_pull_to_strength_and_chord_matters() -> None:
    one = collapsed_share(0.07, 2e-7, 0.01, 1e7, **FOAM)
    other = collapsed_share(0.07, 4e-7, 0.04, 2e7, **FOAM)
    assert float(one) == pytest.approx(float(other), rel=1e-12)
