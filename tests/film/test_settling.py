"""Settling after Kynch: nothing lost, nothing beyond jamming, shocks at their speeds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeycell.film.settling import settle
from honeycell.physics.suspension import settled_layers
from honeycell.quantities.errors import InputError

HEIGHT, POWER, JAM = 100e-6, 4.65, 0.58


@given(st.floats(0.0, 0.55), st.floats(0.0, 1e-3), st.integers(5, 60))
def test_particles_are_conserved_and_never_overfill(phi: float, fall: float, cells: int) -> None:
    found = settle(np.full(cells, phi), HEIGHT, fall, POWER, JAM)
    assert found.sum() == pytest.approx(phi * cells, rel=1e-12, abs=1e-12)
    assert found.min() >= 0.0
    assert found.max() <= JAM + 1e-12


@pytest.mark.parametrize("phi", [0.02, 0.083, 0.15])
def test_the_clear_front_falls_with_the_particles(phi: float) -> None:
    """Upper shock: from nothing to phi, at v0 (1 - phi)^n."""
    for fall in (2e-5, 4e-5):
        found = settle(np.full(800, phi), HEIGHT, fall, POWER, JAM)
        at = (np.argmax(found > phi / 2) + 0.5) * HEIGHT / 800
        assert at == pytest.approx(fall * (1.0 - phi) ** POWER, abs=3 * HEIGHT / 800)


def test_a_dilute_bed_grows_by_its_shock() -> None:
    """A dilute suspension below the fan's limit: the bed holds what has fallen, as the two-shock solution says."""
    phi, fall = 0.02, 4e-5
    found = settle(np.full(1000, phi), HEIGHT, fall, POWER, JAM)
    _, bed = settled_layers(HEIGHT, fall * (1.0 - phi) ** POWER, phi, JAM)
    held = (found > 0.5 * JAM).sum() * HEIGHT / 1000
    assert held == pytest.approx(bed, rel=0.15)


def test_in_the_end_all_lies_jammed() -> None:
    found = settle(np.full(200, 0.083), HEIGHT, 1e-2, POWER, JAM)
    bed = found > 0.5
    assert found[bed].sum() == pytest.approx(0.083 * 200, rel=0.03)  # but for the cell that the bed's top cuts
    np.testing.assert_allclose(found[-20:], JAM, rtol=1e-9)


def test_a_layer_that_has_set_holds_its_particles() -> None:
    share = np.where(np.arange(100) < 50, 0.0, 1.0)
    found = settle(np.full(100, 0.083), HEIGHT, 2e-5, POWER, JAM, share)
    np.testing.assert_array_equal(found[:50], 0.083)
    assert found[50] < 0.083


def test_more_than_jams_is_refused() -> None:
    with pytest.raises(InputError, match="jam"):
        settle(np.full(10, 0.6), HEIGHT, 1e-5, POWER, JAM)
