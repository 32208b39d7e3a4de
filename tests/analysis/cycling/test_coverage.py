"""The stated 68 % intervals hold the truth as often as they say."""

from __future__ import annotations

import numpy as np
import pytest

from honeycell.analysis import reduce
from honeycell.analysis.cycling.dqdv import derivative_of
from honeycell.analysis.cycling.life import mean_of, slope_of
from honeycell.analysis.cycling.profile import Profile
from honeycell.analysis.cycling.reduce import reduce_cyclings

SEEDS = 200
FRESH = 50_000  # seeds from here on had no part in choosing how an error is found
LOW, HIGH = 0.60, 0.765  # 68 % of 200, within two and a half standard deviations of the binomial


@pytest.fixture
def without_curves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Densities of charge over voltage, which take most of the time, have their own tests."""
    monkeypatch.setattr("honeycell.analysis.cycling.reduce.derivative_of", lambda profile: None)
    monkeypatch.setattr("honeycell.analysis.cycling.valley.density_of", lambda *points: None)


def test_capacities_and_efficiency_integrated_over_a_noisy_current(coverage, tester, without_curves) -> None:
    made = tester(noise=0.01, rest=0.0, voltage_noise=1e-3)
    clean = reduce(tester(rest=0.0).record(1))
    names = ("charge_capacity", "discharge_capacity", "capacity_gain", "coulombic_efficiency", "mean_voltage_gap")
    held = dict.fromkeys(names, 0)
    for seed in range(FRESH, FRESH + coverage.seeds):
        found = reduce(made.record(1, seed))
        for name in names:
            error = found[name].standard_error
            assert error is not None
            held[name] += abs(found[name].value - clean[name].value) < error
    assert all(map(coverage.agrees, held.values())), held


@pytest.mark.usefixtures("without_curves")
def test_capacities_by_counters_that_are_rounded(coverage, tester) -> None:
    rng = np.random.default_rng(FRESH)
    held = np.zeros(3)
    for _ in range(coverage.seeds):
        capacity, ratio = rng.uniform(0.3, 0.4), rng.uniform(0.9, 1.0)
        made = tester(capacity=capacity, efficiency=ratio, counters="cycle", counter_unit=0.0036, rest=0.0)
        found = reduce(made.record(1))
        truths = {"charge_capacity": capacity, "coulombic_efficiency": ratio, "capacity_gain": capacity * (ratio - 1.0)}
        for k, (name, truth) in enumerate(truths.items()):
            error = found[name].standard_error
            assert error is not None
            held[k] += abs(found[name].value - truth) < error
    assert all(map(coverage.agrees, held)), held


@pytest.mark.parametrize("unit", [0.0, 1e-3])
@pytest.mark.usefixtures("without_curves")
def test_voltage_drops_of_noisy_and_rounded_rows(coverage, tester, unit: float) -> None:
    """The truth is 0.04 V between all of charge and discharge, at the reversal too, rest or none.

    Of the jump half of that is the discharge's where the current turns at once.
    """
    held = {"mean_voltage_gap": 0.0, "voltage_drop": 0.0, "reversal": 0.0}
    for turn, (rest, drop) in enumerate(((600.0, 0.04), (0.0, 0.02))):
        for seed in range(FRESH, FRESH + coverage.seeds):
            record = tester(noise=0.01, rest=rest, voltage_noise=2e-3).record(1, seed + 1000 * turn)
            if unit:
                record["voltage"] = record["voltage"].copy(data=np.round(record["voltage"].values / unit) * unit)
            found = reduce(record)
            for name, value in (("mean_voltage_gap", 0.04), ("voltage_drop", drop)):
                held[name] += 0.5 * (abs(found[name].value - value) < (found[name].standard_error or 0.0))
            row = found.tables["cycles"][0]
            away = abs(row["voltage_drop_reversal"] - 0.04)
            held["reversal"] += 0.5 * (away < row["voltage_drop_reversal_standard_error / V"])
        assert row["voltage_drop_gap_standard_error / V"] == found["mean_voltage_gap"].standard_error
        assert row["voltage_drop_one_sided_standard_error / V"] == found["voltage_drop"].standard_error
    assert all(map(coverage.agrees, held.values())), held


@pytest.mark.usefixtures("without_curves")
def test_the_drop_at_the_reversal_of_rows_that_are_rounded_only(coverage, tester) -> None:
    """Of two voltages that lie anywhere between the stairs the difference errs by a triangle, not a normal distribution."""
    held = 0
    for seed in range(FRESH, FRESH + coverage.seeds):
        record = tester(rest=0.0).record(1)
        rise, fall = np.random.default_rng(seed).uniform(0.0, 1e-3, 2)
        V = record["voltage"].values + np.where(record["current"].values > 0.0, rise, -fall)
        row = reduce(record.assign(voltage=record["voltage"].copy(data=np.round(V, 3)))).tables["cycles"][0]
        away = abs(row["voltage_drop_reversal"] - 0.04 - rise - fall)
        held += away < row["voltage_drop_reversal_standard_error / V"]
    assert coverage.agrees(held)


def test_charge_below_a_valley(coverage, tester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two plateaus of drawn place, width and share; the truth is the charge below the least of their density."""
    monkeypatch.setattr("honeycell.analysis.cycling.reduce.derivative_of", lambda profile: None)
    held = 0
    for seed in range(FRESH, FRESH + coverage.seeds):
        rng = np.random.default_rng(seed)
        v, middles = np.linspace(2.4, 4.0, 8001), (rng.uniform(2.9, 3.1), rng.uniform(3.3, 3.5))
        a, widths = rng.uniform(0.3, 0.6), rng.uniform(0.03, 0.06, 2)
        peaks = zip((a, 0.95 - a), middles, widths, strict=True)
        g = 0.05 / 1.6 + sum(s * np.exp(-0.5 * ((v - m) / w) ** 2) / w / np.sqrt(2.0 * np.pi) for s, m, w in peaks)
        Q = np.concatenate(([0.0], np.cumsum(0.5 * (g[1:] + g[:-1]) * np.diff(v))))
        between = np.flatnonzero((v > middles[0]) & (v < middles[1]))
        record = tester(rows=600, noise=0.005, voltage_noise=1e-3, capacity=1.0, efficiency=1.0, rest=0.0).record(
            1, seed
        )
        flows = record["current"].values < 0.0
        V = record["voltage"].values.copy()
        V[flows] += (
            np.interp(np.linspace(Q[-1], 0.0, 600), Q, v)
            - tester(rows=600, rest=0.0).record(1)["voltage"].values[flows]
        )
        found = reduce(record.assign(voltage=record["voltage"].copy(data=V)))["low_voltage_capacity"]
        truth = Q[between[np.argmin(g[between])]] / Q[-1]
        held += abs(found.value - truth) < (found.standard_error or 0.0)
    assert coverage.agrees(held)


@pytest.mark.parametrize("correlated", [0.0, 0.6])
@pytest.mark.parametrize("cycles", [40, 300])
def test_mean_efficiency_and_fade(correlated: float, cycles: int) -> None:
    """Errors of cycles that are independent, and that carry over from one cycle to the next."""
    number = np.arange(cycles, dtype=float)
    held = np.zeros(2)
    for seed in range(FRESH, FRESH + SEEDS):
        rng = np.random.default_rng(seed)
        error = rng.standard_normal(cycles)
        for k in range(1, cycles):
            error[k] = correlated * error[k - 1] + np.sqrt(1.0 - correlated**2) * error[k]
        mean, slope = mean_of(0.99 + 1e-3 * error), slope_of(number, 1.0 - 1e-3 * number + 2e-3 * error)
        assert mean.standard_error is not None
        assert slope.standard_error is not None
        held += abs(mean.value - 0.99) < mean.standard_error, abs(slope.value + 1e-3) < slope.standard_error
    least = LOW if correlated == 0.0 or cycles > 100 else 0.5  # forty cycles tell little of how they hang together
    assert (least <= held / SEEDS).all(), held
    assert (held / SEEDS <= HIGH).all(), held


PEAKS = ((0.45, 3.0, 0.03), (0.45, 3.4, 0.02))


def forged(seed: int, noise: float = 1e-3, unit: float = 0.0, rows: int = 600, sign: int = 1) -> Profile:
    """Two Gaussian peaks of dQ/dV, of known place, over a flat rest."""
    v = np.linspace(2.5, 3.9, 20_001)
    g = 0.1 / 1.4 + sum(a * np.exp(-0.5 * ((v - m) / w) ** 2) / w / np.sqrt(2.0 * np.pi) for a, m, w in PEAKS)
    Q = np.concatenate(([0.0], np.cumsum(0.5 * (g[1:] + g[:-1]) * np.diff(v))))
    q = np.linspace(0.0, Q[-1], rows)
    V = np.interp(q, Q, v)[::sign] + noise * np.random.default_rng(seed).standard_normal(rows)
    V = np.round(V / unit) * unit if unit else V
    return Profile(1, sign, q, V, np.zeros(rows, bool), 1)


def test_places_of_peaks(coverage) -> None:
    held, found = np.zeros(2), 0
    for seed in range(FRESH, FRESH + coverage.seeds):
        derivative = derivative_of(forged(seed))
        assert derivative is not None
        if len(derivative.peaks) != 2:
            continue
        found += 1
        held += [abs(peak.voltage - m) < peak.error for peak, (_, m, _) in zip(derivative.peaks, PEAKS, strict=True)]
    assert found >= 0.97 * coverage.seeds
    assert all(map(coverage.agrees, held)), held


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("noise", "unit", "rows"),
    [(1e-3, 0.0, 600), (0.0, 1e-3, 600), (3e-4, 1e-3, 3000), (0.0, 0.0, 300), (0.0, 5e-3, 2000)],
)
def test_two_plateaus_are_two_peaks(noise: float, unit: float, rows: int, sign: int) -> None:
    """Also where the voltage is written to 1 mV, or to 5 mV, with several hundred rows on one stair."""
    derivative = derivative_of(forged(1, noise, unit, rows, sign))
    assert derivative is not None
    assert [peak.voltage for peak in derivative.peaks] == pytest.approx([3.0, 3.4], abs=1e-3)
    assert [peak.charge for peak in derivative.peaks] == pytest.approx([0.5, 0.5], abs=0.05)
    # the charge is kept
    whole = np.sum(0.5 * (derivative.density[1:] + derivative.density[:-1]) * np.diff(derivative.voltage))
    assert whole == pytest.approx(1.0, abs=0.01)


def test_height_of_peaks_is_that_of_the_truth() -> None:
    derivative = derivative_of(forged(0))
    assert derivative is not None
    for peak, (a, _, w) in zip(derivative.peaks, PEAKS, strict=True):
        assert peak.height == pytest.approx(a / w / np.sqrt(2.0 * np.pi) + 0.1 / 1.4, abs=4.0 * peak.height_error)


def test_a_straight_line_has_no_peaks() -> None:
    for seed in range(5):
        q = np.linspace(0.0, 1.0, 500)
        V = 3.0 + q + 1e-3 * np.random.default_rng(seed).standard_normal(500)
        derivative = derivative_of(Profile(1, 1, q, V, np.zeros(500, bool), 1))
        assert derivative is not None
        assert derivative.peaks == []
        assert derivative.density[100:-100] == pytest.approx(1.0, rel=0.1)


def test_a_flat_or_short_curve_has_no_derivative() -> None:
    q = np.linspace(0.0, 1.0, 100)
    for V in (np.full(100, 3.0), np.linspace(3.0, 4.0, 100)[::-1]):
        assert derivative_of(Profile(1, 1, q, V, np.zeros(100, bool), 1)) is None
    assert derivative_of(Profile(1, 1, q[:5], q[:5], np.zeros(5, bool), 1)) is None


def test_the_reducer_is_the_one_that_is_registered() -> None:
    from honeycell.analysis import REDUCERS

    assert REDUCERS["cycling"].endswith(reduce_cyclings.__name__)
