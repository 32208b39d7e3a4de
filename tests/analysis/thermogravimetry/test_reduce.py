"""Truth in, truth out: logistic losses have their onset two widths before the middle, and their other temperatures in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest

from honeycell.analysis import reduce
from honeycell.quantities.errors import InputError
from honeycell.quantities.record import make_record
from honeycell.quantities.value import Value

Steps = tuple[tuple[float, float, float], ...]
ONE: Steps = ((0.9, 650.0, 12.0),)
SEVERAL: Steps = ((0.04, 360.0, 6.0), (0.7, 650.0, 12.0), (0.1, 780.0, 10.0))
FRESH = 50_000  # seeds from here on had no part in choosing how a window or an error is found
NAMES = ("onset_temperature", "temperature_5_percent", "temperature_50_percent", "residue")


def loss(T: np.ndarray, steps: Steps) -> np.ndarray:
    return sum(a / (1.0 + np.exp(-(T - middle) / width)) for a, middle, width in steps)


def record(T: np.ndarray, w: np.ndarray, rate: float | None = 10.0 / 60.0, mass: float = 5e-6, **attributes):
    variables = {
        "temperature": ("row", T, "K"),
        "relative_mass": ("row", w / w[0], "1"),
        "mass": ("row", mass * w, "kg"),
    }
    if rate is not None:
        variables["test_time"] = ("row", np.abs(np.cumsum(np.abs(np.diff(T, prepend=T[0])))) / rate, "s")
    return make_record(
        "thermogravimetry/1",
        sample="film",
        instrument="x",
        origin="measured",
        variables=variables,
        attributes=attributes,
    )


def forged(seed: int, steps: Steps = ONE, noise: float = 1e-3, rows: int = 1500, **more):
    rng = np.random.default_rng(seed)
    T = np.linspace(310.0, 900.0, rows)
    return record(T, 1.0 - loss(T, steps) + noise * rng.standard_normal(rows), **more)


def truths(steps: Steps) -> dict[str, float]:
    T = np.linspace(310.0, 900.0, 60_001)
    w = 1.0 - loss(T, steps)
    _, middle, width = max(steps)
    return {
        "onset_temperature": middle - 2.0 * width,
        "temperature_5_percent": float(np.interp(-0.95, -w, T)),
        "temperature_50_percent": float(np.interp(-0.5, -w, T)),
        "residue": float(w[-1]),
    }


def words(reduction) -> set[str]:
    return {flag.partition(":")[0] for flag in reduction.flags}


@pytest.mark.parametrize(
    ("steps", "noise"), [(ONE, 1e-3), pytest.param(((0.6, 650.0, 20.0),), 2e-4, marks=pytest.mark.slow)]
)
def test_intervals_hold_the_truth_as_often_as_they_say(coverage, steps: Steps, noise: float) -> None:
    truth = truths(steps)
    held = dict.fromkeys(NAMES, 0)
    for seed in range(FRESH, FRESH + coverage.seeds):
        found = reduce(forged(seed, steps, noise))
        for name in NAMES:
            error = found[name].standard_error
            assert error is not None
            held[name] += abs(found[name].value - truth[name]) < error
    assert all(map(coverage.agrees, held.values())), held


@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_rounded_masses_cover_too(coverage, noise: float) -> None:
    """Masses to 0.01 mg, under ``noise`` digits of noise; the first mass, to which all others are related, is rounded as well."""
    held = dict.fromkeys(NAMES, 0)
    for seed in range(FRESH, FRESH + coverage.seeds):
        rng = np.random.default_rng(seed)
        steps = ((rng.uniform(0.7, 0.93), rng.uniform(640.0, 660.0), rng.uniform(8.0, 20.0)),)
        T = np.linspace(310.0, 900.0, 1500)
        w = rng.uniform(4.0, 6.0) * (1.0 - loss(T, steps)) + 0.01 * noise * rng.standard_normal(T.size)
        found, truth = reduce(record(T, np.round(w, 2))), truths(steps)
        for name in NAMES:
            held[name] += abs(found[name].value - truth[name]) < (found[name].standard_error or 0.0)
    assert all(map(coverage.agrees, held.values())), held


@pytest.mark.parametrize("beside", [(0.1, 600.0, 10.0), (0.2, 700.0, 10.0)], ids=["before", "after"])
def test_an_onset_covers_with_another_step_in_reach_of_its_tangent(
    coverage, beside: tuple[float, float, float]
) -> None:
    """The truth is what the rule gives of the curve without noise."""
    T, steps = np.linspace(310.0, 900.0, 1500), ((0.7, 650.0, 12.0), beside)
    w, held = 1.0 - loss(T, steps), 0
    truth = reduce(record(T, w))["onset_temperature"].value
    for seed in range(FRESH, FRESH + coverage.seeds):
        noise = 2e-4 * np.random.default_rng(seed).standard_normal(T.size)
        onset = reduce(record(T, w + noise))["onset_temperature"]
        held += abs(onset.value - truth) < (onset.standard_error or 0.0)
    assert coverage.agrees(held)


def test_every_step_is_found_with_its_loss_and_temperatures() -> None:
    rows = reduce(forged(3, SEVERAL)).tables["steps"]
    assert [row["kind"] for row in rows] == ["drying", "decomposition", "decomposition"]
    for row, (share, middle, width) in zip(rows, SEVERAL, strict=True):
        assert row["mass_loss"] == pytest.approx(100.0 * share, abs=0.3)
        assert row["peak_temperature"] == pytest.approx(middle - 273.15, abs=2.5)
        assert row["onset_temperature"] == pytest.approx(middle - 2.0 * width - 273.15, abs=3.0)
        assert row["end_temperature"] == pytest.approx(middle + 2.0 * width - 273.15, abs=3.0)
        assert row["peak_rate / %/K"] == pytest.approx(25.0 * share / width, rel=0.15)


SMALL_FIRST: Steps = ((0.045, 440.0, 15.0), (0.94, 645.0, 12.0))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("digit", [0.0, 2e-3])
def test_a_small_step_before_the_great_one_is_not_missed(seed: int, digit: float) -> None:
    """Solvent that leaves slowly: its rate is a thirtieth of the highest, and the onset starts from the mass after it."""
    T = np.linspace(310.0, 900.0, 5000)
    w = 1.0 - loss(T, SMALL_FIRST) + 5e-4 * np.random.default_rng(seed).standard_normal(T.size)
    found = reduce(record(T, np.round(w / digit) * digit if digit else w))
    small, great = found.tables["steps"]
    assert small["mass_loss"] == pytest.approx(4.5, abs=1.0)
    assert small["begin_temperature"] < small["peak_temperature"] < small["finish_temperature"]
    assert great["mass_loss"] == pytest.approx(94.0, abs=1.0)
    assert found["onset_temperature"].value == pytest.approx(645.0 - 24.0, abs=0.6)
    (other,) = [each["method"] for each in found.alternatives if "of the step at" in each["method"]]
    assert f"({small['mass_loss']:.1f} % lost)" in other


def test_a_drift_that_turns_is_no_step() -> None:
    """Buoyancy that comes and goes makes the rate rise and fall, but leaves no lower plateau."""
    T = np.linspace(310.0, 900.0, 3000)
    bump = 0.004 * np.exp(-0.5 * ((T - 420.0) / 12.0) ** 2)
    w = 1.0 - loss(T, ONE) + bump + 1e-4 * np.random.default_rng(3).standard_normal(T.size)
    assert len(reduce(record(T, w)).tables["steps"]) == 1


def held_at(kelvin: float, lost: float):
    """A run that is held at a temperature for half an hour and loses mass there."""
    rng = np.random.default_rng(1)
    still = kelvin + 0.02 * rng.standard_normal(600)
    T = np.concatenate((np.linspace(310.0, kelvin, 300), still, np.linspace(kelvin, 900.0, 1800)))
    time = np.concatenate(
        (np.linspace(0.0, 500.0, 300), np.linspace(501.0, 2300.0, 600), np.linspace(2301.0, 5400.0, 1800))
    )
    w = 1.0 - lost * (1.0 - np.exp(-np.clip(time - 500.0, 0.0, 1800.0) / 400.0)) - loss(T, ((0.8, 650.0, 12.0),))
    return record(T, w + 2e-4 * rng.standard_normal(T.size)).assign(test_time=("row", time, {"units": "s"}))


def test_a_loss_reached_in_a_hold_tells_of_the_time_held() -> None:
    found = reduce(held_at(390.0, 0.08))
    five = found["temperature_5_percent"]
    assert any(flag.startswith("hold") for flag in five.flags)
    assert abs(five.value - 390.0) < (five.standard_error or 0.0) + 0.1
    assert not found["temperature_50_percent"].flags
    dry = next(flag for flag in found.flags if flag.startswith("drying"))
    assert "7.9" in dry or "8.0" in dry  # all of it, not what had left when the oven passed 120 degC


def test_the_onset_names_its_rule_and_the_others_stand_beside_it() -> None:
    found = reduce(forged(0, SEVERAL))
    assert "ISO 11358" in found["onset_temperature"].method
    assert "10 K/min" in found["onset_temperature"].method
    rules = [each["method"] for each in found.alternatives]
    assert any("1 % loss" in rule for rule in rules)
    assert any("tangent onset of the step at 50" in rule for rule in rules)
    dry = [each for each in found.alternatives if "120 degC" in each["method"]]
    assert "drying" in words(found)
    T = np.linspace(400.0, 700.0, 300_001)
    truth = float(np.interp(-0.95 * 0.96, -(1.0 - loss(T, SEVERAL)), T)) - 273.15
    assert dry[0]["quantities"]["temperature_5_percent"]["value"] == pytest.approx(truth, abs=0.5)


def test_nothing_depends_on_the_unit_of_mass_or_on_what_came_first() -> None:
    plain, heavy = reduce(forged(5)), reduce(forged(5, mass=3.0))
    assert [each.value for each in plain.quantities] == [each.value for each in heavy.quantities]
    T = np.linspace(310.0, 900.0, 1500)
    w = 1.0 - loss(T, ONE) + 1e-3 * np.random.default_rng(5).standard_normal(1500)
    back = np.linspace(900.0, 400.0, 300)
    cooled = reduce(record(np.concatenate((T, back)), np.concatenate((w, np.full(300, w[-1])))))
    assert "heating" in words(cooled)
    for name in NAMES[:3]:
        assert cooled[name].value == pytest.approx(plain[name].value, abs=1e-9)


def test_a_curve_that_never_falls_so_far_has_no_such_temperature() -> None:
    found = reduce(forged(1, ((0.2, 650.0, 10.0),)))
    assert "temperature_50_percent" not in found
    assert "temperature_50_percent" in words(found)
    flat = reduce(forged(1, ((0.0, 650.0, 10.0),)))
    assert [each.name for each in flat.quantities] == ["residue"]
    assert "onset_temperature" in words(flat)
    assert flat.tables["steps"] == []


def test_an_apparent_gain_of_mass_is_flagged_and_widens_the_errors() -> None:
    T = np.linspace(310.0, 900.0, 1500)
    noise = 2e-4 * np.random.default_rng(2).standard_normal(1500)
    level = 1.0 - loss(T, ONE) + noise
    light = level + 0.006 * (1.0 - np.exp(-(T - 310.0) / 60.0)) * (T < 640.0)
    before, after = reduce(record(T, level)), reduce(record(T, light))
    assert "buoyancy" in words(after)
    assert "buoyancy" not in words(before)
    name = "temperature_5_percent"
    errors = [each[name].standard_error for each in (before, after)]
    assert errors[0] is not None
    assert errors[1] is not None
    assert errors[1] > 3.0 * errors[0]
    assert abs(after[name].value - truths(ONE)[name]) < 3.0 * errors[1]


def test_noise_that_wanders_widens_the_errors() -> None:
    """The same scatter of neighbouring rows, but each error kept for ten rows."""
    T = np.linspace(310.0, 900.0, 3000)
    rng = np.random.default_rng(4)
    slow = np.repeat(rng.standard_normal(300), 10) + 0.3 * rng.standard_normal(3000)
    fast = rng.standard_normal(3000)
    errors = [
        reduce(record(T, 1.0 - loss(T, ONE) + 1e-3 * each))["temperature_50_percent"].standard_error
        for each in (slow, fast)
    ]
    assert errors[0] is not None
    assert errors[1] is not None
    assert errors[0] > 1.5 * errors[1]


def test_rounded_masses_and_temperatures_are_no_obstacle() -> None:
    """Two decimals of a milligram: the Whittaker curve must not take the stairs for steps."""
    T = np.round(np.linspace(310.0, 900.0, 6000), 1)
    w = np.round(4.91 * (1.0 - loss(T, ONE)), 2)
    found = reduce(record(T, w))
    for name in NAMES[:3]:
        assert found[name].value == pytest.approx(truths(ONE)[name], abs=0.5)
    assert len(found.tables["steps"]) == 1


def test_a_hold_is_named_with_its_loss() -> None:
    T = np.concatenate((np.linspace(310.0, 380.0, 200), np.full(200, 380.0), np.linspace(380.0, 900.0, 1200)))
    time = np.concatenate(
        (np.linspace(0.0, 420.0, 200), np.linspace(421.0, 1620.0, 200), np.linspace(1621.0, 4740.0, 1200))
    )
    w = 1.0 - loss(T, ONE) - np.interp(time, [420.0, 1620.0], [0.0, 0.03])
    w += 2e-4 * np.random.default_rng(0).standard_normal(T.size)
    held = record(T, w).assign(test_time=("row", time, {"units": "s"}))
    flag = next(flag for flag in reduce(held).flags if flag.startswith("hold"))
    assert "20.0 min at about 107 degC" in flag or "20.1 min at about 107 degC" in flag
    assert "where 3.0" in flag or "where 2.9" in flag


def test_atmosphere_is_the_users_the_files_or_missed() -> None:
    assert any(flag.startswith("atmosphere: not stated") for flag in reduce(forged(0)).flags)
    assert "atmosphere: Argon (as the file says)" in reduce(forged(0, atmosphere="Argon")).flags
    given = reduce(forged(0, atmosphere="Argon"), {"atmosphere": Value("air")})
    assert "atmosphere: air" in given.flags


def test_a_mass_that_still_falls_at_the_end_is_no_residue() -> None:
    found = reduce(forged(0, ((0.9, 890.0, 20.0),)))
    assert any("still falls" in flag for flag in found["residue"].flags)


def test_without_a_clock_the_rate_is_missed() -> None:
    assert "heating_rate" in words(reduce(forged(0, rate=None)))


@pytest.mark.parametrize(
    "T",
    [np.full(100, 400.0), np.linspace(400.0, 410.0, 100), np.linspace(300.0, 900.0, 10), np.linspace(900.0, 300.0, 99)],
)
def test_what_is_no_heating_is_refused(T: np.ndarray) -> None:
    with pytest.raises(InputError, match="heating"):
        reduce(record(T, np.linspace(1.0, 0.5, T.size)))


def test_one_spike_moves_nothing_much() -> None:
    clean = forged(7)
    w = clean["relative_mass"].values.copy()
    w[400] += 0.05
    spiked = reduce(record(clean["temperature"].values, w))
    for name in NAMES[:3]:
        assert math.isclose(spiked[name].value, reduce(clean)[name].value, abs_tol=0.1)
    assert len(spiked.tables["steps"]) == 1
