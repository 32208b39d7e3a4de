"""What sponges conduct: within the bounds, fresh, exact at its ends and on a map that is solved again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from honeycell.numerics.conduction import effective_conductivity
from honeycell.physics.obstruction import hashin_shtrikman_bounds, insulating_spheres, wiener_bounds
from honeycell.properties import pore_conduction
from honeycell.properties.pore_conduction import (
    AXIS,
    conduction_of,
    inputs_hash,
    load_conduction,
    stored_hash,
    write_conduction,
)
from honeycell.quantities.errors import TableError

if TYPE_CHECKING:
    from pathlib import Path

TABLE = load_conduction()


def test_the_shipped_table_is_not_stale() -> None:
    assert stored_hash() == inputs_hash(), "compute it again: python -m honeycell.properties.shipped"


def test_every_entry_lies_between_the_bounds_of_wiener_and_of_hashin_and_shtrikman() -> None:
    share, contrast = np.meshgrid(TABLE.share, TABLE.contrast, indexing="ij")
    for low, high in (wiener_bounds(share, contrast), hashin_shtrikman_bounds(share, contrast)):
        assert np.nanmin(TABLE.ratio / low) > 1.0
        assert np.nanmax(TABLE.ratio / high) < 1.0


def test_more_liquid_and_better_walls_conduct_more() -> None:
    known = TABLE.ratio[np.isfinite(TABLE.ratio).all(axis=(2, 3))]
    assert np.all(np.diff(known, axis=1) > 0.0)
    assert np.all(np.diff(known, axis=2) > 0.0)


@pytest.mark.parametrize("contrast", [1e-5, 1e-2, 0.3])
def test_a_sponge_without_liquid_conducts_as_its_walls_and_liquid_alone_as_itself(contrast: float) -> None:
    ends = TABLE.ratio_at([0.06, 0.06], 0.25, [0.0, 1.0], contrast)
    assert ends == pytest.approx([contrast, 1.0], rel=1e-12)


def test_at_its_own_points_it_says_what_was_computed() -> None:
    i, j = 2, 1
    phi, gel = TABLE.polymer[i], TABLE.polymer[i] / TABLE.gel_ratio[j]
    for k, contrast in enumerate(TABLE.contrast):
        found = TABLE.ratio_at(np.full(len(TABLE.share), phi), gel, TABLE.share, contrast)
        assert found == pytest.approx(TABLE.ratio[i, j, :, k])


def test_depths_where_nothing_demixed_are_answered_too() -> None:
    assert np.isfinite(TABLE.ratio_at([np.nan, 0.5, 1e-3], 0.25, 0.5, 1e-2)).all()


def test_the_bruggeman_exponents_lie_where_such_films_have_them() -> None:
    """Open pores between 1.5 and 2.5 where half is liquid; more of them as the net gets coarser at gels near the dope."""
    half = list(TABLE.share).index(0.45)
    exponent = np.log(TABLE.ratio[:, :, half, 0]) / np.log(0.45)
    assert 1.5 < np.nanmin(exponent) < np.nanmax(exponent) < 2.5
    assert TABLE.scatter < 0.1


def test_bounds_meet_where_the_phases_are_alike_or_one_is_missing() -> None:
    for bounds in (wiener_bounds, hashin_shtrikman_bounds):
        low, high = bounds(np.array([1e-12, 0.5, 1.0 - 1e-12]), np.array([0.1, 1.0 - 1e-9, 0.1]))
        assert low == pytest.approx(high, rel=1e-6)
    share = np.linspace(0.05, 0.95, 19)
    assert np.all(wiener_bounds(share, 0.01)[0] < hashin_shtrikman_bounds(share, 0.01)[0])
    assert np.all(hashin_shtrikman_bounds(share, 0.01)[1] < wiener_bounds(share, 0.01)[1])
    assert np.all(insulating_spheres(share) < hashin_shtrikman_bounds(1.0 - share, 1e-12)[1])


def test_spheres_are_obstructed_as_a_solved_map_says() -> None:
    """One sphere in a cube of 24 voxels, a tenth of it: the cubic array of Maxwell's first order is within two per cent."""
    n = 24
    x = (np.arange(n) + 0.5) / n - 0.5
    inside = (x[:, None, None] ** 2 + x[:, None] ** 2 + x**2) < (0.1 * 3.0 / (4.0 * np.pi)) ** (2.0 / 3.0)
    found = effective_conductivity(inside.astype(np.uint8), {0: 1.0, 1: 0.0}, AXIS)
    assert found.value == pytest.approx(float(insulating_spheres(inside.mean())), rel=0.02)


def test_what_is_written_is_read_and_damage_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[str] = []
    write_conduction(TABLE, kept.append)
    said = json.loads(kept[0])
    for change in ({}, {"share": [0.5]}, {"ratio": "none"}):
        monkeypatch.setattr(pore_conduction, "_said", lambda change=change: {**said, **change})
        load_conduction.cache_clear()
        if change:
            with pytest.raises(TableError, match="honeycell\\.properties\\.shipped"):
                load_conduction()
        else:
            assert np.array_equal(load_conduction().ratio, TABLE.ratio, equal_nan=True)
    load_conduction.cache_clear()


@pytest.mark.slow
def test_a_map_solved_again_is_the_shipped_one() -> None:
    assert conduction_of(2, 1) == pytest.approx(TABLE.ratio[2, 1], rel=1e-3)
