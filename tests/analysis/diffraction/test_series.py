"""A series: lines followed with errors, one displacement for all patterns, and two phases that are not one moving line."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from honeycell.analysis import reduce, reduce_series
from honeycell.quantities.value import Value

PBA = {"phase": Value("pba_cubic"), "goniometer_radius": Value(0.2, "m")}


@pytest.fixture(scope="module")
def series(forger):
    record, truth = forger.transforming(0, 8)
    return record, truth, reduce(record, PBA)


def test_cells_are_followed_with_one_displacement(series) -> None:
    _, truth, found = series
    s = found["displacement"]
    assert abs(s.value - math.radians(0.06) * 0.1) < 4.0 * (s.standard_error or 0.0) < 1e-5
    rows = found.tables["cells"]
    assert {row["cell"] for row in rows} == {1, 2}
    for row in rows:
        true = 1e10 * truth[row["pattern"] - 1][row["cell"] - 1][0]
        assert abs(row["a / angstrom"] - true) < 4.0 * row["a_standard_error / angstrom"] < 0.02
    assert found["lattice_parameter"].value == pytest.approx(10.50e-10, rel=1e-4)
    assert found["lattice_parameter_last"].value == pytest.approx(10.12e-10, rel=1e-4)


def test_two_phases_side_by_side_are_not_one_line_that_moves(series) -> None:
    _, truth, found = series
    both = [p + 1 for p, cells in enumerate(truth) if all(share > 0.2 for _, share in cells)]
    for pattern in both:
        near = [row for row in found.tables["peaks"] if row["pattern"] == pattern and 33.0 < row["two_theta"] < 36.0]
        assert len(near) == 2
        assert len({row["track"] for row in near}) == 2
    assert any(flag.startswith("coexistence: cells 1 and 2") for flag in found.flags)
    for row in found.tables["tracks"]:
        assert abs(row["moved / degree"]) < 0.5  # the two places are up to 2 degree apart


def test_unresolved_halves_are_told_by_the_width_they_had_before(forger) -> None:
    """Two lines 0.9 widths apart, of which one turns into the other: each alone has the usual width."""
    x = forger.grid(18.0, 26.0, 0.02)
    rng = np.random.default_rng(3)
    parts = [1.0, 1.0, 1.0, 0.7, 0.5, 0.3, 0.0, 0.0, 0.0]
    lines = [[(21.0, 2500.0 * part, 0.2), (21.18, 2500.0 * (1.0 - part), 0.2)] for part in parts]
    records = [forger.record(x, rng.poisson(forger.profile(x, some) + 100.0).astype(float)) for some in lines]
    found = reduce_series(records, [{}] * len(records))[0]
    for pattern in (4, 5, 6):
        places = [row["two_theta"] for row in found.tables["peaks"] if row["pattern"] == pattern]
        assert len(places) == 2
        assert places == pytest.approx([21.0, 21.18], abs=0.04)
    assert any(flag.startswith("coexistence") for flag in found.flags)


def test_a_line_that_moves_is_one_line(forger) -> None:
    x = forger.grid(18.0, 26.0, 0.02)
    rng = np.random.default_rng(4)
    places = 21.0 + 0.04 * np.arange(8)
    records = [
        forger.record(x, rng.poisson(forger.profile(x, [(place, 1500.0, 0.2)]) + 100.0).astype(float))
        for place in places
    ]
    settings = [{"voltage": Value(3.0 + 0.1 * p, "V")} for p in range(8)]
    found = reduce_series(records, settings)
    assert len(found) == 8
    rows = found[0].tables["peaks"]
    assert [row["track"] for row in rows] == [1] * 8
    assert [row["voltage"] for row in rows] == pytest.approx([3.0 + 0.1 * p for p in range(8)])
    for row, place in zip(rows, places, strict=True):
        assert abs(row["two_theta"] - place) < 5.0 * row["two_theta_standard_error"] < 0.02
    assert not any(flag.startswith("coexistence") for flag in found[0].flags)
    # each file has its own peaks, the first those of all
    assert [row["pattern"] for row in found[3].tables["peaks"]] == [4]


def test_files_are_put_in_the_order_of_their_times(forger) -> None:
    x = forger.grid(18.0, 24.0, 0.02)
    rng = np.random.default_rng(5)
    places = 21.0 + 0.05 * np.arange(4)
    records = [
        forger.record(
            x,
            rng.poisson(forger.profile(x, [(place, 1500.0, 0.2)]) + 100.0).astype(float),
            measured_on=f"2026-01-0{p + 1}T00:00:00",
        )
        for p, place in enumerate(places)
    ]
    found = reduce_series(records[::-1], [{}] * 4)
    assert "order: the patterns were not by rising time and have been sorted" in found[0].flags
    rows = found[0].tables["peaks"]
    assert [row["time / h"] for row in rows] == pytest.approx([0.0, 24.0, 48.0, 72.0])
    assert rows[0]["two_theta"] == pytest.approx(21.0, abs=0.01)
    # the last file given is the first measured
    assert found[3].tables["peaks"][0]["two_theta"] == rows[0]["two_theta"]


def test_empty_patterns_and_lost_lines_are_no_obstacle(forger) -> None:
    x = forger.grid(18.0, 26.0, 0.04)
    flat = [forger.record(x, np.full(x.size, 5.0)) for _ in range(3)]
    found = reduce_series(flat, [PBA] * 3)[0]
    assert found.tables["tracks"] == []
    assert any(flag.startswith("peaks: no line") for flag in found.flags)
    json.dumps([dict(row) for row in found.tables["peaks"]])


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_positions_cells_and_displacement_hold_the_truth_as_often_as_they_say(forger) -> None:
    held, seen = np.zeros(3), np.zeros(3)
    for seed in range(200):
        record, truth = forger.transforming(seed, 8, 0.06)
        record, truth = record.isel(pattern=slice(3, 7)), truth[3:7]
        found = reduce(record, PBA)
        s = found["displacement"]
        held[0] += abs(s.value - math.radians(0.06) * 0.1) < (s.standard_error or 0.0)
        seen[0] += 1
        for row in found.tables["cells"]:
            true = 1e10 * truth[row["pattern"] - 1][row["cell"] - 1][0]
            held[1] += abs(row["a / angstrom"] - true) < row["a_standard_error / angstrom"]
            seen[1] += 1
        for row in found.tables["peaks"]:
            true = min(
                (place for a, share in truth[row["pattern"] - 1] if share for _, place in forger.cubic(a, 0.06)),
                key=lambda place: abs(place - row["two_theta"]),
            )
            held[2] += abs(row["two_theta"] - true) < row["two_theta_standard_error"]
            seen[2] += 1
    assert ((held / seen >= 0.60) & (held / seen <= 0.76)).all(), held / seen
