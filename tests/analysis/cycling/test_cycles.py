"""Cycles of a forged cell: counters, signs, numbers, roles, drops and rates against what was put in."""

from __future__ import annotations

import math

import numpy as np
import pytest

from honeycell.analysis import reduce
from honeycell.quantities.errors import InputError
from honeycell.quantities.value import Value

MAH = 3.6


@pytest.fixture(autouse=True)
def without_curves(monkeypatch: pytest.MonkeyPatch) -> None:
    """dQ/dV takes most of the time and has tests of its own."""
    monkeypatch.setattr("honeycell.analysis.cycling.reduce.derivative_of", lambda profile: None)


def words(reduction) -> set[str]:
    return {flag.partition(":")[0] for flag in reduction.flags}


def flag(reduction, word: str) -> str:
    return next(each for each in reduction.flags if each.startswith(f"{word}:"))


def column(reduction, name: str) -> list:
    return [row[name] for row in reduction.tables["cycles"]]


def test_every_cycle_has_its_capacity_efficiency_and_retention(tester) -> None:
    cycles = reduce(tester().record(5))
    truth = [0.36 * (1.0 - 0.001 * k) / MAH for k in range(5)]
    assert column(cycles, "cycle") == [1, 2, 3, 4, 5]
    assert column(cycles, "charge_capacity") == pytest.approx(truth)
    assert column(cycles, "discharge_capacity") == pytest.approx([0.99 * each for each in truth])
    assert column(cycles, "coulombic_efficiency") == pytest.approx([99.0] * 5)
    assert column(cycles, "retention") == pytest.approx([100.0, 99.9, 99.8, 99.7, 99.6])
    assert all(column(cycles, "whole"))
    assert cycles["retention"].value == pytest.approx(0.996)
    assert cycles["capacity_change_per_cycle"].value == pytest.approx(-0.001)


@pytest.mark.parametrize("restart", ["step", "cycle", "never", "one"])
def test_counters_are_used_whenever_they_restart(tester, restart: str) -> None:
    """The current is rounded to nothing of use, the counters are right."""
    made = tester(counters=restart, unit=1e-4, current=6e-5)
    found = reduce(made.record(4))
    truth = [0.36 * (1.0 - 0.001 * k) / MAH for k in range(4)]
    assert column(found, "charge_capacity") == pytest.approx(truth)
    assert column(found, "discharge_capacity") == pytest.approx([0.99 * each for each in truth])
    said = {"step": "each step", "cycle": "each cycle", "never": "never", "one": "each step"}[restart]
    assert said in found["charge_capacity"].method


def test_rounding_that_explains_a_disagreement_is_named_with_both_figures(tester) -> None:
    found = reduce(tester(counters="cycle", unit=1e-4, current=6e-5).record(2))
    said = flag(found, "rounding")
    assert "0.1 mA" in said
    # 60 uA for 6000 s counted, 100 uA for 6000 s summed
    assert "0.1667 mAh" in said
    assert "counted 0.1 mAh" in said


@pytest.mark.parametrize(("factor", "word"), [(1e3, "milliamperes"), (1.2, "rows are missing")])
def test_other_disagreements_are_named_too(tester, factor: float, word: str) -> None:
    record = tester(counters="cycle", current=1.234567e-4).record(2)
    record["current"] = ("row", record["current"].values * factor, {"units": "A"})
    found = reduce(record)
    assert word in flag(found, "counters")
    assert column(found, "charge_capacity")[0] == pytest.approx(0.36 / MAH)


def test_a_coarse_counter_has_a_large_error(tester) -> None:
    """A counter in steps of 5 uAh of 0.1 mAh: 68 % of its errors are within 0.34 of a step."""
    fine, coarse = (reduce(tester(counters="cycle", counter_unit=unit).record(3)) for unit in (0.0, 5e-3 * MAH))
    assert fine["charge_capacity"].standard_error is None
    assert coarse["charge_capacity"].standard_error == pytest.approx(0.34 * 5e-3 * MAH)


def test_efficiency_goes_by_the_electrodes_role(tester) -> None:
    record = tester(efficiency=0.9).record(2)
    for role, ratio in (("positive", 0.9), ("negative", 1.0 / 0.9), ("anode", 1.0 / 0.9)):
        found = reduce(record, {"electrode_role": Value(role)})
        assert found["coulombic_efficiency"].value == pytest.approx(ratio)
    unknown = reduce(tester(efficiency=0.9, attributes={}).record(2))
    assert "coulombic_efficiency" not in unknown
    assert column(unknown, "coulombic_efficiency") == [None, None]
    assert "electrode_role" in words(unknown)
    assert [each["method"] for each in unknown.alternatives] == ["electrode_role=positive", "electrode_role=negative"]
    with pytest.raises(InputError, match="electrode_role"):
        reduce(record, {"electrode_role": Value("middle")})


def test_the_first_efficiency_may_exceed_one(tester) -> None:
    found = reduce(tester(efficiency=1.3).record(2))
    assert found["coulombic_efficiency"].value == pytest.approx(1.3)
    assert "sign" not in words(found)


def test_cycles_that_begin_with_discharge_are_said_to(tester) -> None:
    found = reduce(tester(first=-1, efficiency=0.9).record(3))
    assert "begin with discharge" in flag(found, "coulombic_efficiency")
    assert column(found, "coulombic_efficiency") == pytest.approx([100.0 / 0.9] * 3)
    following = column(found, "following_efficiency")
    assert following[:2] == pytest.approx([99.9 / 0.9, 100.0 * 0.998 / 0.999 / 0.9])
    assert following[2] is None


def test_a_swapped_sign_is_seen_and_cured(tester) -> None:
    record = tester(efficiency=0.9, counters="cycle").record(2)
    right = reduce(record)
    turned = record.copy()
    turned["current"] = ("row", -record["current"].values, {"units": "A"})
    found = reduce(turned)
    assert "swapped" in flag(found, "sign")
    cured = reduce(turned, {"current_sign": Value("discharge positive")})
    assert "sign" not in words(cured)
    assert cured.tables["cycles"] == right.tables["cycles"]


def test_a_constant_cycle_number_is_counted_anew(tester) -> None:
    record = tester().record(4)
    constant = record.assign(cycle=("row", np.ones(record.sizes["row"]), {"units": "1"}))
    halves = record.assign(cycle=("row", 2.0 * record["cycle"].values - (record["step"].values < 2.0), {"units": "1"}))
    for other in (constant, halves):
        found = reduce(other)
        assert "cycle" in words(found)
        assert column(found, "discharge_capacity") == pytest.approx(column(reduce(record), "discharge_capacity"))


def test_a_last_half_cycle_that_was_cut_short_is_no_fade(tester) -> None:
    record = tester(rest=0.0).record(4)
    cut = record.isel(row=slice(0, record.sizes["row"] - 25))
    found = reduce(cut)
    assert "cycle 4, the last" in flag(found, "incomplete")
    assert column(found, "whole") == [True, True, True, False]
    assert column(found, "retention")[3] is None
    assert found["retention"].value == pytest.approx(0.998)
    half = reduce(record.isel(row=slice(0, record.sizes["row"] - 60)))
    assert "charge only" in flag(half, "incomplete")


def test_the_reference_cycle_is_stated_or_flagged(tester) -> None:
    record = tester(fade=0.01).record(5)
    assert "cycle 1" in flag(reduce(record), "reference_cycle")
    third = reduce(record, {"reference_cycle": Value(3.0)})
    assert "reference_cycle" not in words(third)
    assert column(third, "retention")[2] == 100.0
    assert third["retention"].value == pytest.approx(0.96 / 0.98)
    with pytest.raises(InputError, match="cycle 9"):
        reduce(record, {"reference_cycle": Value(9.0)})


def test_drops_by_each_definition(tester) -> None:
    """Curves 20 mV above and below their mean, reversed at once: 40 mV between them everywhere, 20 mV on one side."""
    row = reduce(tester(rest=0.0, rows=400, efficiency=1.0).record(2)).tables["cycles"][0]
    assert row["voltage_drop_gap"] == pytest.approx(0.04, abs=1e-6)
    assert row["voltage_drop_mid_capacity"] == pytest.approx(0.04, abs=2e-3)
    assert row["voltage_drop_reversal"] == pytest.approx(0.04)
    assert row["voltage_drop_one_sided"] == pytest.approx(0.02)
    # at a rest in the open circuit only the discharge's own jump is left, whole
    rested = reduce(tester(efficiency=1.0).record(2)).tables["cycles"][0]
    assert rested["voltage_drop_one_sided"] == pytest.approx(0.04)
    assert rested["reversal_time / s"] == pytest.approx(600.0)


def test_a_fading_mean_voltage_is_a_drop_of_its_own(tester) -> None:
    record = tester().record(6)
    lower = record["voltage"].values - 0.01 * (record["cycle"].values - 1.0) * (record["current"].values < 0.0)
    found = reduce(record.assign(voltage=("row", lower, {"units": "V"})))
    assert column(found, "voltage_drop_fade") == pytest.approx([0.0, 0.01, 0.02, 0.03, 0.04, 0.05], abs=1e-9)
    assert found["mean_discharge_voltage_change_per_cycle"].value == pytest.approx(-0.01)


def test_a_rate_ladder_is_told_apart(tester) -> None:
    currents = [1e-4] * 3 + [2e-4] * 3 + [5e-4] * 3 + [1e-4] * 3
    found = reduce(tester(fade=0.0).record(12, currents=currents), {"one_c_current": Value(1e-4, "A")})
    rows = found.tables["rates"]
    assert [row["cycles"] for row in rows] == ["1-3", "4-6", "7-9", "10-12"]
    assert [row["discharge_current / mA"] for row in rows] == pytest.approx([0.1, 0.2, 0.5, 0.1])
    assert [row["rate / C"] for row in rows] == pytest.approx([1.0, 2.0, 5.0, 1.0])
    assert [row["recovery / %"] for row in rows] == [None, None, None, pytest.approx(100.0)]
    assert found["rate_recovery"].value == pytest.approx(1.0)
    assert "rates" in words(found)


def test_each_rate_of_a_ladder_has_its_capacity_and_the_slowest_is_no_noise_beside_the_fastest(tester) -> None:
    currents = [1e-5] * 3 + [2e-5] * 3 + [1e-3] * 5 + [2e-5] * 3
    ladder = tester(fade=0.01, rest=0.0, counters="").record(14, currents=currents)
    found = reduce(ladder, {"one_c_current": Value(1e-4, "A")})
    assert len(found.tables["cycles"]) == 14
    assert "rest" not in words(found)
    names = [each.name for each in found.quantities if "_at_" in each.name]
    assert names == ["discharge_capacity_at_0.1C", "discharge_capacity_at_0.2C", "discharge_capacity_at_10C"]
    # a rate that comes twice is read where it comes first
    for name, first, last in zip(names, (0, 3, 6), (3, 6, 11), strict=True):
        truth = 0.99 * 0.36 * (1.0 - 0.01 * np.arange(first, last))
        assert found[name].value == pytest.approx(truth.mean(), rel=1e-3)
        assert found[name].standard_error >= 0.99 * truth.std(ddof=1) / np.sqrt(truth.size)
    assert not [each for each in reduce(ladder).quantities if "_at_" in each.name]
    own = reduce(ladder.assign(one_c_current=((), 1e-4, {"units": "A"})))
    assert own["discharge_capacity_at_10C"].value == found["discharge_capacity_at_10C"].value


def test_specific_and_areal_capacities_need_mass_and_area(tester) -> None:
    record = tester().record(2)
    found = reduce(record, {"mass": Value(1e-6, "kg"), "area": Value(1e-4, "m**2")})
    row = found.tables["cycles"][0]
    assert row["specific_charge_capacity"] == pytest.approx(100.0)
    assert row["areal_charge_capacity / mAh/cm^2"] == pytest.approx(0.1)
    assert "specific_charge_capacity" not in reduce(record).tables["cycles"][0]
    heavy = reduce(record, {"mass": Value(1e-9, "kg")})
    assert "more than any electrode" in flag(heavy, "mass")


def test_a_one_c_current_that_cannot_be_is_doubted(tester) -> None:
    record = tester().record(2)
    assert "one_c_current" in words(reduce(record, {"one_c_current": Value(1e-5, "A")}))
    assert "one_c_current" not in words(reduce(record, {"one_c_current": Value(1e-4, "A")}))


def test_noise_about_zero_is_rest(tester) -> None:
    record = tester(rest=3600.0).record(20)
    rng = np.random.default_rng(0)
    noisy = record["current"].values + np.where(record["current"].values == 0.0, 1e-7, 0.0) * rng.standard_normal(
        record.sizes["row"]
    )
    found = reduce(record.assign(current=("row", noisy, {"units": "A"})))
    assert "rest" in words(found)
    assert column(found, "discharge_capacity") == pytest.approx(column(reduce(record), "discharge_capacity"), rel=1e-6)


def test_pulses_make_no_cycles(tester) -> None:
    """A constant cycle number, and ten short charges within each discharge."""
    record = tester(rest=0.0, rows=400).record(3)
    current = record["current"].values.copy()
    for row in np.flatnonzero(current < 0.0)[::40]:
        current[row : row + 1] *= -1.0
    pulsed = record.assign(
        current=("row", current, {"units": "A"}), cycle=("row", np.ones(current.size), {"units": "1"})
    )
    assert column(reduce(pulsed), "cycle") == [1, 2, 3]


def test_a_hold_is_a_share_of_the_charge(tester) -> None:
    t = np.linspace(0.0, 3600.0, 400)
    held = np.linspace(0.0, 3600.0, 400)
    I = np.concatenate((np.full(400, 1e-4), 1e-4 * np.exp(-held / 900.0), np.full(400, -1e-4)))
    V = np.concatenate((np.linspace(3.0, 4.0, 400), np.full(400, 4.0), np.linspace(3.9, 3.0, 400)))
    record = tester().record(1)
    time = np.concatenate((t, 3600.0 + held, 7200.0 + 1.2 * t))
    record = record.drop_dims("row").assign(
        test_time=("row", time, {"units": "s"}),
        voltage=("row", V, {"units": "V"}),
        current=("row", I, {"units": "A"}),
        cycle=("row", np.ones(1200), {"units": "1"}),
        step=("row", np.repeat([1.0, 2.0, 3.0], 400), {"units": "1"}),
    )
    row = reduce(record).tables["cycles"][0]
    decayed = 0.09 * (1.0 - math.exp(-4.0))
    assert row["held_charge / %"] == pytest.approx(100.0 * decayed / (0.36 + decayed), rel=1e-3)
    assert row["charge_capacity"] == pytest.approx((0.36 + decayed) / MAH, rel=1e-4)


def test_a_record_without_current_is_refused(tester) -> None:
    record = tester().record(1)
    with pytest.raises(InputError, match="no current"):
        reduce(record.assign(current=("row", np.zeros(record.sizes["row"]), {"units": "A"})))


def test_a_hole_between_rows_is_flagged(tester) -> None:
    record = tester(rows=400).record(2)
    holed = record.isel(row=np.append(np.arange(100), np.arange(200, record.sizes["row"])))
    assert "gaps" in words(reduce(holed))
    assert "gaps" not in words(reduce(record))


def test_few_rows_are_no_obstacle(tester) -> None:
    for rows in (2, 3, 7, 61):
        assert reduce(tester().record(1).isel(row=slice(0, rows)))["charge_capacity"].value > 0.0
    single = tester().record(1).isel(row=slice(0, 1))
    with pytest.raises(InputError):
        reduce(single)
