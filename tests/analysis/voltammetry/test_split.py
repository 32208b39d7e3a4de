"""Peaks that split, couples that lie side by side, and how far a sweep keeps its shape."""

from __future__ import annotations

import numpy as np
import pytest

from honeycell.analysis import quantities_of, reduce, reduce_series
from honeycell.quantities.value import Value

PRUSSIAN = {"phase": Value("Prussian blue analogue", "1")}
SPLIT = (
    (2.90, 0.05, 0.02, 1.0),
    (3.00, 0.05, 0.02, 1.0),
    (3.45, 0.06, 0.06, 0.8),
)  # middle, half separation, width, height


def test_couples_side_by_side_are_matched_in_order(forge) -> None:
    """All anodic peaks lie above all cathodic ones, where the sum of distances is the same for every matching."""
    E, current, _ = forge.insertion(1e-3, peaks=((2.95, 0.25, 0.05, 1.0), (3.42, 0.25, 0.05, 0.8)))
    found = reduce(forge.record(E, current, 1e-3, 1e-6))
    assert [found[f"peak_separation_{n}"].value for n in (1, 2)] == pytest.approx([0.5, 0.5], abs=2e-3)
    assert [found[f"half_wave_potential_{n}"].value for n in (1, 2)] == pytest.approx([2.95, 3.42], abs=2e-3)


def test_split_couples_are_counted_and_their_mean_separation_given(forge) -> None:
    E, current, _ = forge.insertion(1e-3, peaks=SPLIT)
    found = reduce(forge.record(E, current, 1e-3, 1e-6), PRUSSIAN)
    for branch in ("cathodic", "anodic"):
        assert [found[f"{branch}_peak_count_{spin}"].value for spin in ("hs", "ls")] == [2.0, 1.0]
    assert found["peak_separation_hs"].value == pytest.approx(0.10, abs=3e-3)
    assert found["peak_separation_ls"].value == pytest.approx(0.12, abs=3e-3)
    assert found["peak_separation_mean"].value == pytest.approx((0.10 + 0.10 + 0.12) / 3.0, abs=3e-3)
    assert found["peak_separation_hs"].standard_error < found["peak_separation_hs_1"].standard_error


def test_what_has_not_split_keeps_its_name(forge) -> None:
    E, current, _ = forge.insertion(1e-3)
    found = reduce(forge.record(E, current, 1e-3, 1e-6), PRUSSIAN)
    assert sum(each.name == "peak_separation_hs" for each in found.quantities) == 1
    assert found["cathodic_peak_count_hs"].value == 1.0


def test_without_two_irons_nothing_is_counted(forge) -> None:
    E, current, _ = forge.insertion(1e-3, peaks=((2.9, 0.02, 0.02, 1.0), (3.0, 0.02, 0.02, 1.0)))
    names = {each.name for each in reduce(forge.record(E, current, 1e-3, 1e-6), PRUSSIAN).quantities}
    assert not [name for name in names if "count" in name]


def test_the_same_shape_at_any_height_correlates_and_a_shift_shows(forge) -> None:
    def series(fast: float):
        own = ((2.98, fast, 0.07, 1.0), (3.40, fast, 0.06, 0.8))
        (E, slow, _), (_, quick, _) = forge.insertion(1e-4), forge.insertion(8e-4, peaks=own)
        return [forge.record(E, slow, 1e-4, 1e-9), forge.record(E, quick, 8e-4, 1e-9)]

    def likeness(records):
        return [each["shape_correlation"].value for each in reduce_series(records, [{}, {}])]

    slow, fast = likeness(series(0.03))
    assert slow == pytest.approx(1.0)
    assert 0.97 < fast < 1.0  # the peaks of the forger keep their place, one by 10 mV
    assert likeness(series(0.15))[1] < 0.7


def test_records_of_a_series_are_reduced_together(forge) -> None:
    E, current, _ = forge.insertion(1e-3)
    tree = {
        name: forge.record(E, scale * current, 1e-3 * scale, 1e-6, series="cv")
        for name, scale in (("a", 1.0), ("b", 2.0))
    }
    tree["alone"] = forge.record(E, current, 1e-3, 1e-6)
    found = quantities_of(tree)
    assert found["a"]["b_value"].value == found["b"]["b_value"].value == pytest.approx(1.0, abs=0.01)
    assert "b_value" not in found["alone"]
    assert found["b"]["scan_rate"].value == 2e-3
    assert np.isfinite(found["alone"]["peak_separation_1"].value)
