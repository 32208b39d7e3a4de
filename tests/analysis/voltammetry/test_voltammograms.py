"""Truth in, truth out: peaks on a capacitive slope, a couple that diffuses, and what must not change with sign, order or resistance."""

from __future__ import annotations

import numpy as np
import pytest

from honeycell.analysis import reduce
from honeycell.analysis.voltammetry.reduce import evaluate
from honeycell.quantities.errors import InputError
from honeycell.quantities.value import Value

PRUSSIAN = {"phase": Value("Prussian blue analogue", "1")}
ROWS = 400


def apexes(E: np.ndarray, faradaic: np.ndarray, turn: int) -> list[tuple[str, float, float]]:
    """Branch, potential and current of the maxima of a curve without noise, by parabolas through five rows."""
    found = []
    for part, sign, branch in ((slice(0, turn), 1.0, "anodic"), (slice(turn, None), -1.0, "cathodic")):
        x, y = E[part], sign * faradaic[part]
        for k in range(2, y.size - 2):
            if y[k] > max(y[k - 1], y[k + 1], 0.05 * y.max()):
                c = np.polyfit(x[k - 2 : k + 3] - x[k], y[k - 2 : k + 3], 2)
                found.append((branch, x[k] - 0.5 * c[1] / c[0], sign * (c[2] - 0.25 * c[1] ** 2 / c[0])))
    return sorted(found)


def peaks(found) -> list:
    return sorted(
        (peak for branch in found.branches for peak in branch.peaks), key=lambda peak: (peak.branch, peak.potential)
    )


def test_the_stated_errors_hold_the_truth(forge, coverage) -> None:
    E, current, faradaic = forge.insertion(1e-3, rows=ROWS)
    truth = apexes(E, faradaic, ROWS)
    hits = np.zeros((2, 4))
    for seed in range(coverage.seeds):
        found = peaks(evaluate(forge.record(E, current, 1e-3, 1e-5, seed), {}))
        assert len(found) == 4
        for place, (peak, (branch, potential, height)) in enumerate(zip(found, truth, strict=True)):
            assert peak.branch == branch
            hits[0, place] += abs(peak.potential - potential) < peak.potential_error
            hits[1, place] += abs(peak.current - height) < peak.current_error
    # four peaks each: a single one strays farther by chance now and then than their mean does
    assert all(map(coverage.agrees, hits.mean(axis=1))), hits
    assert (hits / coverage.seeds > coverage.low - 0.05).all()
    assert (hits / coverage.seeds < coverage.high + 0.055).all()


def test_a_simulated_couple_obeys_nicholson_and_shain(forge) -> None:
    """0.4463 and 57.0 mV belong to the forger: it knows neither, and the reduction finds both again."""
    E, chi = forge.couple()
    assert chi.max() == pytest.approx(0.4463, abs=1e-4)
    E, current = forge.diffusion(0.1, 1e-9, 1e-4, 1.0)
    double_layer = 2e-6 * np.repeat([1.0, -1.0], [E.size // 2 + 1, E.size // 2])
    reduction = reduce(forge.record(E, current + double_layer, 0.1, 2e-7))
    separation = reduction["peak_separation"]
    # 57.0 with the turn far away; the baseline through the tails beside the peak of the way back tilts it by up to 2 mV
    assert 0.0550 < separation.value < 0.0590
    assert reduction["half_wave_potential"].value == pytest.approx(0.0, abs=1e-3)
    anodic = max(reduction.tables["peaks"], key=lambda row: row["current"])
    assert anodic["current"] == pytest.approx(current.max(), rel=0.005)
    assert anodic["potential"] == pytest.approx(0.0285, abs=5e-4)
    assert any(flag.startswith("baseline: anodic") and "is left after it" in flag for flag in reduction.flags)


def test_the_error_of_a_diffusion_peak_holds_the_truth(forge, coverage) -> None:
    E, current = forge.diffusion(0.1, 1e-9, 1e-4, 1.0)
    forth = E.size // 2 + 1
    (_, potential, height), *_ = apexes(E, current, forth)
    hits = np.zeros(2)
    for seed in range(coverage.seeds):
        found = peaks(evaluate(forge.record(E[:forth], current[:forth], 0.1, 2e-6, seed), {}))
        anodic = max(found, key=lambda peak: peak.current)
        hits[0] += abs(anodic.potential - potential) < anodic.potential_error
        hits[1] += abs(anodic.current - height) < anodic.current_error
    assert all(map(coverage.agrees, hits)), hits


def test_couples_of_a_prussian_blue_analogue_are_named(forge) -> None:
    E, current, _ = forge.insertion(1e-3, rows=ROWS)
    record = forge.record(E, current, 1e-3, 3e-6)
    plain, named = reduce(record), reduce(record, PRUSSIAN)
    assert [row["pair"] for row in plain.tables["peaks"]] == ["1", "1", "2", "2"]
    assert [row["pair"] for row in named.tables["peaks"]] == ["HS", "HS", "LS", "LS"]
    assert [row["branch"] for row in named.tables["peaks"]] == ["cathodic", "anodic"] * 2
    assert named["peak_separation_hs"].value == pytest.approx(0.06, abs=1e-3)
    assert named["peak_separation_ls"].value == pytest.approx(0.04, abs=1e-3)
    assert named["half_wave_potential_ls"].value == pytest.approx(3.40, abs=1e-3)
    assert named["half_wave_potential_hs"].value == plain["half_wave_potential_1"].value


def test_a_reduction_peak_split_in_two(forge) -> None:
    """Two high-spin sites part at low rate: 2.91 and 2.96 V falling, one peak rising."""
    sites = ((2.935, 0.03, 0.025, 0.6), (3.0, 0.03, 0.025, 0.6), (3.42, 0.02, 0.06, 0.8))
    E, current, _ = forge.insertion(1e-4, rows=800, peaks=sites)
    found = reduce(forge.record(E, current, 1e-4, 1e-6), PRUSSIAN)
    cathodic = [row for row in found.tables["peaks"] if row["branch"] == "cathodic"]
    assert [row["potential"] for row in cathodic] == pytest.approx([2.905, 2.97, 3.40], abs=3e-3)
    assert [row["pair"] for row in cathodic] == ["HS 1", "HS 2", "LS"]
    assert any(flag.startswith("split: HS has 2") for flag in found.flags)


def test_the_ohmic_drop_comes_off(forge) -> None:
    E, current, _ = forge.insertion(1e-3, rows=ROWS)
    R = 40.0
    dropped = reduce(forge.record(E + R * current, current, 1e-3, 1e-6))
    taken_off = reduce(
        forge.record(E + R * current, current, 1e-3),
        {"series_resistance": Value(R, "ohm", u=1.0, distribution="normal")},
    )
    free = reduce(forge.record(E, current, 1e-3))
    assert taken_off["peak_separation_1"].value == pytest.approx(free["peak_separation_1"].value, abs=2e-5)
    # 2 R i_p wider with the drop
    assert dropped["peak_separation_1"].value - free["peak_separation_1"].value == pytest.approx(0.08, abs=2e-3)
    # what 1 ohm makes of 1 mA is in the error
    assert taken_off["peak_separation_1"].standard_error > 1e-3
    assert any(flag.startswith("ohmic_drop: ") for flag in taken_off.flags)
    assert any(flag.startswith("series_resistance: not set") for flag in free.flags)


def test_units_do_not_matter(forge) -> None:
    E, current, _ = forge.insertion(1e-3, rows=ROWS)
    rows = [reduce(forge.record(E, scale * current, 1e-3, scale * 1e-5, 3)).tables["peaks"] for scale in (1.0, 1e-6)]
    for one, other in zip(*rows, strict=True):
        assert other["potential"] == pytest.approx(one["potential"], abs=1e-9)
        assert other["current"] == pytest.approx(1e-6 * one["current"], rel=1e-6)


def test_the_sign_may_be_set(forge) -> None:
    E, current, _ = forge.insertion(1e-3, rows=ROWS)
    upright = reduce(forge.record(E, current, 1e-3, 1e-6))
    setting = {"current_sign": Value("cathodic positive", "1")}
    turned = reduce(forge.record(E, -current, 1e-3, file_current_sign="not stated"), setting)
    assert [row["branch"] for row in turned.tables["peaks"]] == [row["branch"] for row in upright.tables["peaks"]]
    kept = reduce(forge.record(E, current, 1e-3, file_current_sign="cathodic positive"), setting)
    assert [row["pair"] for row in kept.tables["peaks"]] == ["1", "1", "2", "2"]
    with pytest.raises(InputError, match="current_sign"):
        reduce(forge.record(E, current, 1e-3), {"current_sign": Value("charge positive", "1")})


def test_the_last_whole_cycle_unless_another_is_wanted(forge) -> None:
    first = forge.insertion(1e-3, rows=ROWS, peaks=((3.0, 0.03, 0.07, 1.0),))
    second = forge.insertion(1e-3, rows=ROWS, peaks=((3.2, 0.03, 0.07, 1.0),))
    record = forge.record(np.concatenate([first[0], second[0]]), np.concatenate([first[1], second[1]]), 1e-3)
    record["segment"] = ("row", np.repeat([1.0, 2.0, 3.0, 4.0], ROWS), {"units": "1"})
    assert reduce(record)["half_wave_potential"].value == pytest.approx(3.2, abs=1e-3)
    wanted = {"reference_cycle": Value(1.0, "1")}
    assert reduce(record, wanted)["half_wave_potential"].value == pytest.approx(3.0, abs=1e-3)
    with pytest.raises(InputError, match="cycle 5 is not there, only 2"):
        reduce(record, {"reference_cycle": Value(5.0, "1")})


def test_noise_that_wanders_widens_the_errors(forge) -> None:
    E, current, _ = forge.insertion(1e-3, rows=1000)
    white = reduce(forge.record(E, current, 1e-3, 1e-5, 1)).tables["peaks"]
    kernel = np.ones(5) / np.sqrt(5.0)
    wander = np.convolve(np.random.default_rng(1).standard_normal(E.size + 4), kernel, "valid") * 1e-5
    wide = reduce(forge.record(E, current + wander, 1e-3)).tables["peaks"]
    column = "current_standard_error / A"
    assert np.mean([row[column] for row in wide]) > 1.4 * np.mean([row[column] for row in white])


def test_what_is_no_voltammogram_says_so(forge) -> None:
    E = np.linspace(2.0, 4.0, 300)
    flat = reduce(forge.record(np.concatenate([E, E[::-1]]), np.repeat([1e-5, -1e-5], 300), 1e-3, 1e-6))
    assert flat.tables["peaks"] == []
    assert any(flag.startswith("peaks: no maximum") for flag in flat.flags)
    with pytest.raises(InputError, match="20 rows"):
        reduce(forge.record(E[:8], 1e-5 * np.arange(8.0), 1e-3))


@pytest.mark.parametrize("scale", [0.0, 1e-300, 1e-12, 1e3])
def test_odd_currents_are_survived(forge, scale: float) -> None:
    E, current, _ = forge.insertion(1e-3, rows=60)
    found = reduce(forge.record(E, scale * current, 1e-3))
    for row in found.tables["peaks"]:
        assert np.isfinite([row["potential"], row["current"], row["current_standard_error / A"]]).all()


def test_a_stated_rate_is_compared_with_the_clock(forge) -> None:
    E, current, _ = forge.insertion(1e-3, rows=ROWS)
    record = forge.record(E, current, 1e-3)
    record["test_time"] = ("row", np.arange(E.size) * (2.0 / (ROWS - 1)) / 5e-4, {"units": "s"})
    assert any(flag.startswith("scan_rate: 0.001 V/s is stated; the clock") for flag in reduce(record).flags)
