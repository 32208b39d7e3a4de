"""Scan rates: powers and diffusion coefficients of forged series, with intervals that hold the truth and flags where a law does not."""

from __future__ import annotations

import numpy as np
import pytest

from honeycell.analysis import reduce_series
from honeycell.analysis.voltammetry.laws import misses_origin, power_law, root_law
from honeycell.quantities.errors import InputError
from honeycell.quantities.value import Value

SLOW = np.array([0.1, 0.2, 0.4, 0.6, 0.8]) * 1e-3
FAST = np.array([0.02, 0.05, 0.1, 0.2, 0.5])
D, AREA, CONCENTRATION = 1e-9, 1e-4, 1.0
CONDITIONS = {
    "area": Value(AREA, "m**2"),
    "concentration": Value(CONCENTRATION, "mol/m**3"),
    "electrons": Value(1.0, "1"),
    "temperature": Value(298.15, "K"),
}


def insertion_series(forge, seed: int = 0, exponent: float = 0.7, noise: float = 1e-5, rows: int = 300):
    series = []
    for place, v in enumerate(SLOW):
        E, current, _ = forge.insertion(v, rows=rows, exponent=exponent)
        series.append(forge.record(E, current, v, noise, 1000 * seed + place))
    return series


def diffusion_series(forge, seed: int = 0, noise: float = 1e-6, temperature: float = 298.15):
    series = []
    for place, v in enumerate(FAST):
        E, current = forge.diffusion(v, D, AREA, CONCENTRATION, temperature)
        double_layer = 2e-5 * v * np.repeat([1.0, -1.0], [E.size // 2 + 1, E.size // 2])
        series.append(forge.record(E, current + double_layer, v, noise, 1000 * seed + place))
    return series


def row_of(reduction, branch: str, pair: str = "1"):
    (row,) = [row for row in reduction.tables["rates"] if (row["branch"], row["pair"]) == (branch, pair)]
    return row


@pytest.mark.parametrize("exponent", [0.5, 0.75, 1.0])
def test_the_power_of_each_peak_is_found(forge, exponent: float) -> None:
    found = reduce_series(insertion_series(forge, exponent=exponent, noise=2e-6), [{}] * SLOW.size)
    assert len(found) == SLOW.size
    rows = found[0].tables["rates"]
    assert [(row["branch"], row["pair"]) for row in rows] == [
        ("anodic", "1"), ("anodic", "2"), ("cathodic", "1"), ("cathodic", "2")
    ]  # fmt: skip
    for row in rows:
        assert row["b_value"] == pytest.approx(exponent, abs=0.01)
        assert "narrow_range: the rates span a factor of 8" in row["flags"]
    for one, v in zip(found, SLOW, strict=True):
        assert one["scan_rate"].value == v
        assert one["b_value"].value == found[0]["b_value"].value
        assert "rates" not in one.tables or one is found[0]
    assert any(
        flag.startswith("diffusion_coefficient: not computed; set area, concentration") for flag in found[0].flags
    )


def test_the_diffusion_coefficient_is_that_of_the_simulation(forge) -> None:
    for temperature in (253.15, 298.15):
        own = CONDITIONS | {"temperature": Value(temperature, "K")}
        found = reduce_series(diffusion_series(forge, noise=2e-7, temperature=temperature), [own] * FAST.size)[0]
        estimate = found["diffusion_coefficient"]
        assert estimate.value == pytest.approx(D, rel=0.01)
        assert found["b_value"].value == pytest.approx(0.5, abs=0.005)
        assert not [flag for flag in estimate.flags if flag.startswith(("not_", "intercept"))]
        assert row_of(found, "anodic")["diffusion_coefficient / cm^2/s"] == pytest.approx(1e4 * D, rel=0.01)


def test_what_a_diffusion_coefficient_is_made_of_counts_in_its_error(forge) -> None:
    own = CONDITIONS | {"area": Value(AREA, "m**2", u=0.05 * AREA, distribution="normal")}
    estimate = reduce_series(diffusion_series(forge, noise=2e-7), [own] * FAST.size)[0]["diffusion_coefficient"]
    assert estimate.standard_error == pytest.approx(0.1 * D, rel=0.05)  # D goes as the area to the -2
    low, high = estimate.interval_95
    assert low < D < high


def test_a_surface_process_is_no_diffusion(forge) -> None:
    series = insertion_series(forge, exponent=1.0, noise=2e-6)
    flags = reduce_series(series, [CONDITIONS] * SLOW.size)[0]["diffusion_coefficient"].flags
    assert any(flag.startswith("not_diffusion: the current goes as the rate to the 1.0") for flag in flags)
    assert any(flag.startswith("intercept: ") for flag in flags)


def test_a_wide_couple_is_not_reversible(forge) -> None:
    series = []
    for v in SLOW:
        E, current, _ = forge.insertion(v, rows=300, exponent=0.5, peaks=((3.0, 0.1, 0.07, 1.0),))
        series.append(forge.record(E, current, v, 2e-6))
    flags = reduce_series(series, [CONDITIONS] * SLOW.size)[0]["diffusion_coefficient"].flags
    assert any(flag.startswith("not_reversible: the peaks are up to 200 mV apart") for flag in flags)


def test_order_does_not_matter_and_is_kept(forge) -> None:
    series = insertion_series(forge)
    forwards = reduce_series(series, [{}] * 5)
    backwards = reduce_series(series[::-1], [{}] * 5)
    assert backwards[0].tables["rates"] == forwards[0].tables["rates"]
    assert [one["scan_rate"].value for one in backwards] == SLOW[::-1].tolist()


def test_rates_must_be_known_and_differ(forge) -> None:
    series = insertion_series(forge)
    with pytest.raises(InputError, match="all 2 sweeps are at"):
        reduce_series([series[0], series[0]], [{}, {}])
    with pytest.raises(InputError, match="one sweep only"):
        reduce_series(series[:1], [{}])
    unknown = series[1].drop_vars("scan_rate")
    with pytest.raises(InputError, match="states no scan rate") as caught:
        reduce_series([series[0], unknown], [{}, {}])
    assert "sample.toml" in caught.value.cure
    found = reduce_series([series[0], unknown], [{}, {"scan_rate": Value(2e-4, "V/s")}])[0]
    assert found["b_value"].value == pytest.approx(0.7, abs=0.05)
    assert "two_rates: no scatter shows whether the law holds" in found["b_value"].flags


def test_a_peak_missing_at_one_rate_is_followed_and_said(forge) -> None:
    series = insertion_series(forge, noise=2e-6)
    E, current, _ = forge.insertion(SLOW[2], rows=300, peaks=((2.98, 0.03, 0.07, 1.0),))
    series[2] = forge.record(E, current, SLOW[2], 2e-6)
    found = reduce_series(series, [{}] * 5)[0]
    assert row_of(found, "anodic", "2")["number_of_rates"] == 4
    assert row_of(found, "anodic", "2")["b_value"] == pytest.approx(0.7, abs=0.02)
    assert "peaks: anodic peak of pair 2 is found at 4 of 5 rates" in found.flags


def test_laws_hold_the_truth_whether_errors_or_scatter_rule() -> None:
    """Peak currents off their law by the stated errors, and by three times those."""
    v = np.geomspace(1e-4, 1e-3, 5)
    for factor in (1.0, 3.0):
        hits = np.zeros(4)
        for seed in range(200):
            noise = np.random.default_rng(seed).standard_normal(v.size)
            i = 2.0 * v**0.8
            b = power_law(v, i * (1.0 + factor * 0.01 * noise), 0.01 * i)
            hits += [abs(b.value - 0.8) < b.error, b.interval[0] < 0.8 < b.interval[1], 0, 0]
            i = 2.0 * np.sqrt(v)
            k = root_law(v, i * (1.0 + factor * 0.01 * noise), 0.01 * i)
            hits += [0, 0, abs(k.value - 2.0) < k.error, k.interval[0] < 2.0 < k.interval[1]]
        assert (hits[[0, 2]] / 200.0 >= 0.58).all(), (
            hits
        )  # of Student's t with 3 degrees of freedom 61 % lie within one
        assert (hits[[0, 2]] / 200.0 <= 0.78).all(), hits
        assert (hits[[1, 3]] / 200.0 >= 0.91).all(), hits


def test_an_intercept_is_found_only_where_there_is_one() -> None:
    v = np.geomspace(1e-4, 1e-2, 6)
    straight, shifted = 2.0 * np.sqrt(v), 2.0 * np.sqrt(v) + 0.05
    rng = np.random.default_rng(0)
    noise = 1.0 + 0.005 * rng.standard_normal(v.size)
    assert not misses_origin(v, straight * noise, 0.005 * straight)[0]
    missed, share = misses_origin(v, shifted * noise, 0.005 * shifted)
    assert missed
    assert share == pytest.approx(0.05 / shifted.max(), rel=0.2)


@pytest.mark.slow
def test_powers_hold_the_truth(forge) -> None:
    hits, wide = np.zeros(4), np.zeros(4)
    for seed in range(200):
        found = reduce_series(insertion_series(forge, seed), [{}] * 5)[0]
        rows = found.tables["rates"]
        assert len(rows) == 4
        hits += [abs(row["b_value"] - 0.7) < row["b_standard_error"] for row in rows]
        wide += [row["b_low"] < 0.7 < row["b_high"] for row in rows]
    assert 0.60 <= hits.mean() / 200.0 <= 0.76, hits
    assert (hits / 200.0 > 0.57).all()
    assert (hits / 200.0 < 0.80).all()
    assert (wide / 200.0 >= 0.92).all(), wide


@pytest.mark.slow
def test_diffusion_coefficients_hold_the_truth(forge) -> None:
    hits = 0
    for seed in range(200):
        found = reduce_series(diffusion_series(forge, seed), [CONDITIONS] * FAST.size)[0]
        row = row_of(found, "anodic")
        error = row["diffusion_coefficient_standard_error / cm^2/s"]
        hits += abs(row["diffusion_coefficient / cm^2/s"] - 1e4 * D) < error
    assert 0.60 <= hits / 200.0 <= 0.76, hits
