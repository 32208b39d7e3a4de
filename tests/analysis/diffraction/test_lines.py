"""Forged lines come back, with errors that hold the truth as often as they say, whatever lies beneath them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from honeycell.analysis.diffraction.lines import analyse
from honeycell.analysis.diffraction.noise import COUNTING, SCATTER, Noise, noise_of
from honeycell.analysis.diffraction.profile import Doublet


def doublet(forger) -> Doublet:
    return Doublet(forger.alpha2 / forger.alpha1, 0.5)


def lines_of(forger, record, double: bool = True):
    x, y = record["two_theta"].values, record["intensity"].values
    return analyse(x, y, noise_of(record, y, None), doublet(forger) if double else None)


def nearest(lines, degree: float):
    return min(lines, key=lambda line: abs(math.degrees(line.position) - degree))


def test_intervals_hold_the_truth_as_often_as_they_say(forger, coverage) -> None:
    """Doublets, one pair overlapping, over a slope and a hump, counted."""
    truth = [(21.0, 1500.0, 0.18), (21.35, 700.0, 0.18), (23.2, 200.0, 0.2)]
    x = forger.grid(19.8, 24.2, 0.04)
    held = np.zeros((len(truth), 3))
    for seed in range(coverage.seeds):
        found = lines_of(forger, forger.counted(seed, truth, x)).lines
        for i, (place, height, width) in enumerate(truth):
            line = nearest(found, place)
            held[i] += [
                abs(math.degrees(line.position) - place) < math.degrees(line.position_error),
                abs(line.height - height) < line.height_error,
                abs(math.degrees(line.width) - width) < math.degrees(line.width_error),
            ]
    for name, count in zip(("position", "height", "width"), held.mean(axis=0), strict=True):
        assert coverage.agrees(count), (name, held)


def test_a_flat_background_has_no_lines(forger) -> None:
    x = forger.grid()
    found = [len(lines_of(forger, forger.counted(seed, [], x)).lines) for seed in range(12)]
    assert sum(found) <= 1


def test_two_lines_that_look_like_one_are_parted(forger) -> None:
    truth = [(18.0, 800.0, 0.2), (23.71, 500.0, 0.15), (23.89, 350.0, 0.196), (34.0, 1500.0, 0.2), (39.0, 900.0, 0.2)]
    found = lines_of(forger, forger.counted(2, truth)).lines
    assert len(found) == len(truth)
    for place, height, _ in truth:
        line = nearest(found, place)
        assert abs(math.degrees(line.position) - place) < 4.0 * math.degrees(line.position_error)
        assert abs(line.height - height) < 4.0 * line.height_error


def test_alpha2_is_no_line_of_its_own(forger) -> None:
    record = forger.counted(0, [(55.0, 3000.0, 0.08)])
    assert len(lines_of(forger, record).lines) == 1
    assert len(lines_of(forger, record, double=False).lines) == 2


def test_the_fit_leaves_nothing_but_noise(forger) -> None:
    record = forger.counted(1, [(17.2, 900.0, 0.18), (34.7, 2000.0, 0.2), (49.6, 500.0, 0.22)])
    found = lines_of(forger, record)
    assert found.misfit / found.x.size == pytest.approx(1.0, abs=0.1)


def test_intensity_in_another_unit_scales_heights_and_leaves_places(forger) -> None:
    """Counts per second with the counting time, and the same numbers with nothing said of them."""
    counted = forger.counted(3, [(20.0, 900.0, 0.2), (30.0, 300.0, 0.2)])
    per_second = forger.record(
        np.degrees(counted["two_theta"].values), counted["intensity"].values / 4.0, intensity_unit="cps"
    )
    timed = per_second.assign(time_per_step=((), 4.0, {"units": "s"}))
    plain = per_second.assign_attrs(intensity_unit="unknown")
    first, second, third = (lines_of(forger, each).lines for each in (counted, timed, plain))
    for a, b in zip(first, second, strict=True):
        assert b.position == pytest.approx(a.position, abs=1e-3 * a.position_error)
        assert b.position_error == pytest.approx(a.position_error, rel=1e-3)
        assert b.height == pytest.approx(a.height / 4.0, rel=1e-4)
    for a, c in zip(first, third, strict=True):
        assert abs(c.position - a.position) < a.position_error
        assert c.position_error == pytest.approx(a.position_error, rel=0.2)


def test_noise_is_told_from_what_the_record_says(forger) -> None:
    record = forger.counted(0, [])
    y = record["intensity"].values
    assert noise_of(record, y, None).how == COUNTING
    unsaid = record.assign_attrs(intensity_unit="unknown")
    assert noise_of(unsaid, y, None).flags[0].startswith("noise: intensities are whole numbers")
    assert noise_of(unsaid, y + 0.3, None).how.startswith(SCATTER)
    # errors that are the root of three times the intensity are those of counting
    expected = np.full_like(y, 50.0)
    assert noise_of(unsaid, y, np.sqrt(3.0 * y)).error(expected) == pytest.approx(np.sqrt(150.0))
    odd = np.linspace(3.0, 9.0, y.size)
    assert noise_of(unsaid, y, odd).error(expected) == pytest.approx(odd)


@pytest.mark.parametrize(
    "y",
    [
        np.zeros(2000),
        np.full(2000, 7.0),
        -5.0 + np.random.default_rng(0).standard_normal(2000),
        np.random.default_rng(0).poisson(0.02, 2000).astype(float),
        np.where(np.arange(2000) == 900, 1e6, 0.0),
        np.minimum(65535.0, 100.0 + 1e6 * np.exp(-(((np.arange(2000) - 900) / 30.0) ** 2))),
        np.random.default_rng(0).uniform(0.0, 1e19, 2000),
        np.arange(8.0),
    ],
    ids=["zeros", "constant", "negative", "nearly empty", "spike", "saturated", "huge", "few"],
)
def test_odd_patterns_end_soon_and_finite(forger, y: np.ndarray) -> None:
    x = np.deg2rad(10.0 + 0.02 * np.arange(y.size))
    record = forger.record(np.degrees(x), y, intensity_unit="unknown")
    found = analyse(x, y, noise_of(record, y, None), doublet(forger))
    assert np.isfinite(found.curve).all()
    for line in found.lines:
        assert np.isfinite([line.position, line.height, line.width, line.position_error, line.height_error]).all()


def test_saturated_points_do_not_count(forger) -> None:
    x = forger.grid(20.0, 40.0)
    truth = [(30.0, 90000.0, 0.3)]
    clipped = np.minimum(np.random.default_rng(0).poisson(forger.profile(x, truth) + 50.0), 65535).astype(float)
    found = lines_of(forger, forger.record(x, clipped))
    assert any(flag.startswith("saturated") for flag in found.flags)
    line = nearest(found.lines, 30.0)
    assert line.height == pytest.approx(90000.0, rel=0.05)
    assert math.degrees(line.position) == pytest.approx(30.0, abs=0.003)


def test_errors_stated_by_the_file_are_used(forger) -> None:
    x = np.deg2rad(forger.grid(20.0, 30.0))
    sigma = np.full(x.size, 3.0)
    y = forger.profile(np.degrees(x), [(25.0, 200.0, 0.2)]) + 3.0 * np.random.default_rng(5).standard_normal(x.size)
    one, two = (analyse(x, y, Noise("stated", factor * sigma), doublet(forger)).lines[0] for factor in (1.0, 0.999))
    assert two.position_error < one.position_error
    assert one.height == pytest.approx(200.0, abs=4.0 * one.height_error)


def test_thirty_lines_are_thirty_lines(forger) -> None:
    rng = np.random.default_rng(0)
    truth = [(float(place), float(rng.uniform(200, 3000)), 0.15) for place in np.linspace(11.0, 59.0, 30)]
    record = forger.counted(0, truth, forger.grid(10.0, 60.0, 0.02))
    assert 29 <= len(lines_of(forger, record).lines) <= 31
