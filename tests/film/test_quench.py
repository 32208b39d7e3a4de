"""Quenches of the real mixture: conservation, arrest, connection in three dimensions, the same with other steppers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from honeycell.film.equilibrium import local_equilibrium
from honeycell.film.pattern import mean_chord, pattern_statistics, threshold_between
from honeycell.film.quench import QuenchSettings, ramp_time_of, run_quench
from honeycell.numerics.conserved_field import EulerSteps, SuperSteps
from honeycell.physics.flory_huggins import TernaryMixture
from honeycell.quantities.errors import InputError

MIXTURE = TernaryMixture(5.335, 1250.7, 0.785, 0.665, 2.09, 0.43)
SMALL = QuenchSettings(0.06, 0.133, 1e4, shape=(32, 32, 32))


def test_polymer_is_conserved_and_sets_in_two_connected_phases() -> None:
    quench = run_quench(MIXTURE, SMALL)
    assert quench.polymer.mean() == pytest.approx(0.06, abs=1e-12)
    assert quench.demixed
    assert quench.arrested
    # half of the polymer is richer than the gel by its width
    set_ = quench.polymer > SMALL.gel + SMALL.width
    assert quench.polymer[set_].sum() > 0.5 * quench.polymer.sum()
    assert quench.polymer.min() > -0.02
    found = quench.statistics
    assert found is not None
    assert 0.25 < found.share_rich < 0.5
    assert found.largest_rich > 0.95
    assert found.largest_lean > 0.95
    assert found.euler_number < 0
    assert found == pattern_statistics(quench.rich, SMALL.spacing)
    # a wall holds five cells or so
    assert found.wall_chord > 3.0 * SMALL.spacing


def test_the_same_seed_gives_the_same_quench_and_another_another() -> None:
    tiny = replace(SMALL, shape=(16, 16, 16))
    one, again, other = (run_quench(MIXTURE, replace(tiny, seed=seed)) for seed in (1, 1, 2))
    assert np.array_equal(one.polymer, again.polymer)
    assert not np.array_equal(one.polymer, other.polymer)


def test_a_richer_gel_leaves_thinner_shares() -> None:
    """The share at arrest falls as the gel gets richer: phi3/phi_g is the control number."""
    shares = [run_quench(MIXTURE, replace(SMALL, gel=gel)).statistics.share_rich for gel in (0.09, 0.133, 0.2)]  # pyright: ignore[reportOptionalMemberAccess]
    assert shares[0] > shares[1] > shares[2]


def test_two_dimensions_run_without_statistics() -> None:
    quench = run_quench(MIXTURE, replace(SMALL, shape=(48, 48)))
    assert quench.polymer.shape == (48, 48)
    assert quench.statistics is None


@pytest.mark.slow
def test_super_steps_leave_the_walls_and_pores_of_eulers_steps() -> None:
    """Within 0.3 %, as shares and mean chords of one quench in 64^3."""
    settings = replace(SMALL, shape=(64, 64, 64))
    ends = [run_quench(MIXTURE, settings, how) for how in (EulerSteps(), SuperSteps(11))]
    lengths = [[mean_chord(q.polymer > ends[0].threshold), mean_chord(q.polymer <= ends[0].threshold)] for q in ends]
    assert lengths[1] == pytest.approx(lengths[0], rel=3e-3)


@pytest.mark.slow
def test_the_net_is_lost_in_a_thin_dope() -> None:
    thin = run_quench(MIXTURE, QuenchSettings(0.035, 0.035 / 0.22, 4e4)).statistics
    thick = run_quench(MIXTURE, QuenchSettings(0.06, 0.06 / 0.22, 4e4)).statistics
    assert thin is not None
    assert thick is not None
    assert thin.largest_rich < 0.5
    assert thick.largest_rich > 0.9


def test_ramp_time_from_the_time_in_the_gap() -> None:
    lines = local_equilibrium(MIXTURE)
    gel = 0.25
    ramp = ramp_time_of(MIXTURE, gel, 1.0)
    rate = 0.5 * lines.first_water / ramp
    assert lines.first_water + rate * 1.0 == pytest.approx(lines.water_at_rich(gel))


@pytest.mark.parametrize(
    "bad",
    [
        {"polymer": 0.0}, {"polymer": float("nan")}, {"gel": 0.05}, {"gel": 1.2}, {"ramp_time": -1.0}, {"spacing": 0.0},
        {"contrast": -1.0}, {"width": 0.0}, {"shape": (4, 32, 32)}, {"shape": (32,)},
    ],
)  # fmt: skip
def test_bad_settings_are_refused(bad: dict) -> None:
    with pytest.raises(InputError):
        replace(SMALL, **bad)


def test_statistics_of_known_bodies() -> None:
    slab = np.zeros((16, 16, 16), bool)
    slab[:4] = True
    found = pattern_statistics(slab, 2.0)
    assert (found.share_rich, found.largest_rich, found.largest_lean) == (0.25, 1.0, 1.0)
    assert (found.clusters_rich, found.clusters_lean, found.euler_number) == (1, 1, 0)
    # the mean chord along three axes of a slab that crosses one: three times its thickness
    assert (found.wall_chord, found.pore_chord) == (24.0, 72.0)
    two = np.zeros((16, 16, 16), bool)
    two[2:5, 2:5, 2:5] = two[9:12, 9:12, 9:12] = True
    found = pattern_statistics(two, 1.0)
    assert (found.clusters_rich, found.largest_rich, found.euler_number) == (2, 0.5, 2)
    assert found.wall_chord == 3.0
    empty = pattern_statistics(np.zeros((8, 8, 8), bool), 1.0)
    assert (empty.largest_rich, empty.clusters_rich, empty.largest_lean) == (0.0, 0, 1.0)
    assert np.isnan(empty.wall_chord)
    assert np.isnan(empty.pore_thickness)


def test_statistics_do_not_mind_where_the_box_is_cut() -> None:
    rng = np.random.default_rng(0)
    phase = rng.uniform(size=(12, 12, 12)) < 0.3
    one, moved = pattern_statistics(phase, 1.0), pattern_statistics(np.roll(phase, (3, 5, 7), (0, 1, 2)), 1.0)
    for name in (
        "share_rich",
        "largest_rich",
        "clusters_rich",
        "clusters_lean",
        "euler_number",
        "wall_chord",
        "pore_chord",
    ):
        assert getattr(one, name) == getattr(moved, name)


def test_threshold_lies_half_way_between_the_means() -> None:
    field = np.concatenate([np.full(900, 0.01), np.full(100, 0.31)])
    assert threshold_between(field) == pytest.approx(0.16)
    assert threshold_between(np.full(5, 0.2)) == 0.2
