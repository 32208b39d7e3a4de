"""Bought separators: their porosity, the lie of their fibres, and ways through that are as winding as they should be."""

from __future__ import annotations

import numpy as np
import pytest

from honeycell.data.tables import load_parameters
from honeycell.numerics.conduction import tortuosity_factor
from honeycell.quantities.errors import InputError
from honeycell.recipe.library import load
from honeycell.structure.controls import (
    fibre_mat,
    glass_fibre_mat,
    stretched_film,
    stretched_polyethylene,
)
from honeycell.structure.voxels import Phase

UM, NM = 1e-6, 1e-9
MAT = {"diameter": 1.5 * UM, "spread": 0.3, "tilt": 0.15}
FILM = {"period": 250 * NM, "fibril": 35 * NM, "spacing": 110 * NM}


def parameters(sample: str):
    return load_parameters().with_values(load(sample).values()).view()


@pytest.mark.parametrize("porosity", [0.95, 0.9, 0.7])
def test_a_mat_has_its_porosity(porosity: float) -> None:
    mat = fibre_mat((64, 64, 64), 0.5 * UM, porosity, seed=0, **MAT)
    assert mat.share(Phase.LIQUID) == pytest.approx(porosity, abs=0.006)


def test_layered_fibres_hinder_through_the_mat_more_than_along_it() -> None:
    """Cylinders across the current: Maxwell's tau >= 1 + (1 - eps); along it: less."""
    mat = glass_fibre_mat(parameters("gf"), (64, 64, 64), 0.5 * UM, 0)
    through, *along = (
        tortuosity_factor(mat.phase == 0, axis, periodic=False, with_error=False).factor for axis in range(3)
    )
    assert 1.05 < through < 1.3  # the range of the table's own value
    assert max(along) < through


def test_every_part_of_a_mat_is_as_full() -> None:
    """Corners against the middle, top against the middle: over 60 mats each is known to 0.01."""
    mats = [fibre_mat((16, 32, 32), UM, 0.8, 2.0 * UM, 0.3, 0.15, seed).phase > 0 for seed in range(60)]
    full = np.mean(mats, axis=0)
    corners = np.mean([full[:, a, b].mean() for a in (slice(8), slice(-8, None)) for b in (slice(8), slice(-8, None))])
    assert corners == pytest.approx(full[:, 12:20, 12:20].mean(), abs=0.03)
    assert full[:4].mean() == pytest.approx(full[6:10].mean(), abs=0.03)


@pytest.mark.parametrize("porosity", [0.35, 0.4, 0.6])
def test_a_stretched_film_has_its_porosity(porosity: float) -> None:
    film = stretched_film((48, 64, 64), 10 * NM, porosity, seed=0, **FILM)
    assert film.share(Phase.LIQUID) == pytest.approx(porosity, abs=1e-4)


def test_slits_lead_through_the_film_but_not_along_the_stretch() -> None:
    factors = []
    for seed in range(3):
        film = stretched_polyethylene(parameters("pe"), (80, 80, 80), 10 * NM, seed)
        pore = film.phase == 0
        through, along, across = (
            tortuosity_factor(pore, axis, periodic=False, with_error=False).factor for axis in range(3)
        )
        assert across < through < along
        factors.append(through)
    assert 1.5 < np.mean(factors) < 3.0  # the range of the table's own value


def test_the_same_seed_the_same_separator() -> None:
    for make in (
        lambda seed: fibre_mat((16, 24, 24), UM, 0.8, seed=seed, **{**MAT, "diameter": 3 * UM}),
        lambda seed: stretched_film((16, 32, 32), 10 * NM, 0.4, seed=seed, **FILM),
    ):
        assert np.array_equal(make(0).phase, make(0).phase)
        assert not np.array_equal(make(0).phase, make(1).phase)


def test_what_cannot_be_made_is_refused() -> None:
    for porosity in (0.0, 0.99, np.nan):
        with pytest.raises(InputError, match="porosity"):
            fibre_mat((8, 8, 8), UM, porosity, seed=0, **{**MAT, "diameter": 3 * UM})
    with pytest.raises(InputError, match="fibres"):
        fibre_mat((8, 8, 8), UM, 0.9, seed=0, **MAT)
    with pytest.raises(InputError, match="fibrils"):
        stretched_film((8, 8, 8), 10 * NM, 0.9, 250 * NM, 90 * NM, 100 * NM, 0)
    with pytest.raises(InputError, match="thinner"):
        stretched_film((8, 8, 8), 10 * NM, 0.4, 250 * NM, 120 * NM, 100 * NM, 0)
    with pytest.raises(InputError, match="piece"):
        stretched_film((0, 8, 8), 10 * NM, 0.4, 250 * NM, 35 * NM, 100 * NM, 0)
