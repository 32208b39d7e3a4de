"""Truth in, truth out: forged contacts of every law give back modulus, adhesion, peak force and contact point."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from honeycell.analysis import reduce
from honeycell.analysis.force_curve.reduce import reduce_one
from honeycell.quantities.errors import InputError
from honeycell.quantities.value import Value

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.analysis.result import Reduction, Settings

DEGREE = np.pi / 180.0
BALL = {"modulus": 2e6, "size": 500e-9, "rows": 400}
STICKY = {"adhesion": 2e-9, "spring": 0.3, "rows": 400}
LAWS = {
    "hertz": BALL,
    "dmt": STICKY | {"modulus": 2e7, "size": 100e-9, "peak": 10e-9},
    "jkr": STICKY | {"size": 1e-6},
}
OTHERS = {
    "cone": {"size": 18.0 * DEGREE, "modulus": 2e5},
    "pyramid": {"size": 35.0 * DEGREE, "modulus": 2e5},
    "flat": {"size": 300e-9, "modulus": 1e5, "peak": 3e-9},
    "sneddon": {"size": 200e-9, "modulus": 5e5},
}


def stated(curve, model: bool = True, **more: float | str | Value) -> Settings:
    """Settings that describe the forged tip; floats are in SI units."""
    shape = curve.law if curve.law in ("cone", "pyramid", "flat") else "sphere"
    given: dict[str, float | str | Value] = {"tip_shape": shape, "poisson_ratio": curve.poisson}
    given["tip_angle" if shape in ("cone", "pyramid") else "tip_radius"] = curve.size
    if model:
        given["contact_model"] = curve.law if shape == "sphere" else "sneddon"
    given |= more
    return {key: each if isinstance(each, Value) else Value(each) for key, each in given.items()}


def words(reduction: Reduction) -> set[str]:
    """First words of all flags."""
    own = [flag for each in reduction.quantities for flag in each.flags]
    return {flag.partition(":")[0] for flag in (*reduction.flags, *own)}


def changed(record: xr.Dataset, **columns: np.ndarray) -> xr.Dataset:
    return record.assign({name: record[name].copy(data=values) for name, values in columns.items()})


def held(curve, names: tuple[str, ...], seeds: int) -> dict[str, int]:
    """How many seeds give a 68 % interval that holds the truth."""
    settings, found = stated(curve), dict.fromkeys(names, 0)
    for seed in range(seeds):
        record = curve.record(seed)
        last = record["displacement"].values[record["segment"].values == 0.0][-1]
        truth = {
            "elastic_modulus": curve.modulus,
            "reduced_modulus": curve.modulus / (1.0 - curve.poisson**2),
            "adhesion_force": curve.adhesion,
            "peak_force": float(curve.branch(np.array([last]), False, curve.contact)[0]),
            "contact_point": curve.contact,
        }
        reduced = reduce_one(record, settings, whole=False)
        for name in names:
            error = reduced[name].standard_error
            assert error is not None
            found[name] += abs(reduced[name].value - truth[name]) < error
    return found


@pytest.mark.parametrize("law", ["hertz", "jkr"])
def test_intervals_hold_the_truth_as_often_as_they_say(forged, coverage, law: str) -> None:
    names = ("elastic_modulus", "peak_force", "contact_point", *(("adhesion_force",) if law != "hertz" else ()))
    counts = held(forged(law=law, **LAWS[law]), names, coverage.seeds)
    assert all(map(coverage.agrees, counts.values())), counts


@pytest.mark.slow
@pytest.mark.parametrize("law", [*OTHERS, *LAWS])
def test_intervals_hold_the_truth_for_every_law(forged, law: str) -> None:
    curve = replace(forged(law=law, **(OTHERS | LAWS)[law]), rows=800)
    counts = held(curve, ("elastic_modulus", "contact_point", *(("adhesion_force",) if curve.adhesion else ())), 200)
    assert all(0.60 <= count / 200 <= 0.76 for count in counts.values()), counts


@pytest.mark.parametrize("law", [*LAWS, *OTHERS])
def test_every_law_gives_back_its_modulus(forged, law: str) -> None:
    curve = forged(law=law, **(OTHERS | LAWS)[law])
    found = reduce(curve.record(3), stated(curve))
    modulus = found["elastic_modulus"]
    assert modulus.standard_error is not None
    assert modulus.value == pytest.approx(curve.modulus, abs=4.0 * modulus.standard_error)
    assert modulus.standard_error < 0.05 * curve.modulus
    reduced = curve.modulus / (1.0 - curve.poisson**2)
    assert found["reduced_modulus"].value == pytest.approx(reduced, rel=4.0 * modulus.standard_error / curve.modulus)
    assert law[:4].lower() in found["elastic_modulus"].method.lower()


def test_stated_errors_of_tip_and_spring_enter_by_their_powers(forged) -> None:
    """E goes with R^-1/2 and k for a ball, with 1 / tan(alpha) and k for a cone, and with 1 - nu^2."""

    def relative(curve, **more: Value) -> float:
        record = curve.record(1)
        bare, full = (reduce(record, stated(curve, **extra))["elastic_modulus"] for extra in ({}, more))
        assert bare.standard_error is not None
        assert full.standard_error is not None
        return float(np.sqrt(full.standard_error**2 - bare.standard_error**2)) / full.value

    ball, cone = forged(**BALL), forged(law="cone", **OTHERS["cone"])
    spring = Value(0.1, "N/m", u=0.01)
    assert relative(ball, tip_radius=Value(ball.size, "m", u=0.2 * ball.size)) == pytest.approx(0.1, rel=0.02)
    assert relative(ball, spring_constant=spring) == pytest.approx(0.1, rel=0.02)
    assert relative(ball, poisson_ratio=Value(0.4, "1", u=0.05)) == pytest.approx(2 * 0.4 * 0.05 / 0.84, rel=0.02)
    angle = Value(cone.size, "rad", u=0.02)
    assert relative(cone, tip_angle=angle) == pytest.approx(0.02 / (np.sin(cone.size) * np.cos(cone.size)), rel=0.02)


def test_the_law_is_chosen_by_adhesion_and_stiffness_and_said_to_be(forged) -> None:
    # so sharp a tip on so stiff a body that Tabor's parameter is below one
    hard = {
        "size": 20e-9,
        "modulus": 1e10,
        "peak": 100e-9,
        "spring": 40.0,
        "adhesion": 10e-9,
        "noise": 0.3e-9,
        "far": 20e-9,
    }
    for law, more in (LAWS | {"dmt": hard}).items():
        curve = forged(law=law, **more)
        found = reduce(curve.record(5), stated(curve, model=False))
        assert found["elastic_modulus"].method.startswith({"hertz": "Hertz"}.get(law, law.upper())), law
        assert "contact_model" in words(found)
        others = {each["method"].split(" ")[0] for each in found.alternatives}
        assert others == {"Hertz", "DMT", "JKR", "Sneddon"} - {found["elastic_modulus"].method.split(",")[0]}
        assert all(each["residuals_over_noise"] > 0.0 for each in found.alternatives)


def test_nothing_depends_on_where_zero_is_nor_on_units_of_the_curve(forged) -> None:
    """Shifts of force and displacement change nothing; k times two and the forces with it doubles the modulus."""
    curve = forged(**BALL)
    record, settings = curve.record(2), stated(forged(**BALL))
    plain = reduce(record, settings)
    moved = changed(record, displacement=record["displacement"].values + 3e-6, force=record["force"].values - 4e-9)
    shifted = reduce(moved, settings)
    assert shifted["elastic_modulus"].value == pytest.approx(plain["elastic_modulus"].value, rel=1e-4)
    assert shifted["contact_point"].value - 3e-6 == pytest.approx(plain["contact_point"].value, abs=1e-12)
    twice = reduce(record, stated(curve, spring_constant=0.2))
    assert twice["elastic_modulus"].value == pytest.approx(2.0 * plain["elastic_modulus"].value, rel=1e-4)
    assert twice["peak_force"].value == pytest.approx(2.0 * plain["peak_force"].value, rel=1e-4)


def test_a_deflection_is_as_good_as_a_force_and_the_tips_own_displacement_as_the_fixed_ends(forged) -> None:
    curve = forged(**BALL)
    record, settings = curve.record(4), stated(forged(**BALL))
    plain = reduce(record, settings)["elastic_modulus"].value
    bent = record.drop_vars("force").assign(deflection=("row", record["force"].values / curve.spring, {"units": "m"}))
    assert reduce(bent, settings)["elastic_modulus"].value == pytest.approx(plain, rel=1e-6)
    z, F = record["displacement"].values, record["force"].values
    own = changed(record, displacement=z - F / curve.spring).drop_vars("spring_constant")
    own.attrs["displacement_of"] = "tip"
    # now the noise of the force is in the displacement too, so that not the very same is found
    found = reduce(own, settings)["elastic_modulus"]
    assert found.value == pytest.approx(plain, rel=0.2)


def test_whose_displacement_it_is_shows_in_its_slope_or_is_said(forged) -> None:
    curve = forged(**BALL)
    record = curve.record(4, displacement_of="unstated")
    settings = stated(curve)
    assert any("fixed end" in flag for flag in reduce(record, settings).flags)
    z, F = record["displacement"].values, record["force"].values
    steep = changed(record, displacement=z - F / curve.spring)
    assert any("taken as the tip's" in flag for flag in reduce(steep, settings).flags)
    with pytest.raises(InputError, match="spring_constant"):
        reduce(record.drop_vars("spring_constant"), settings)


@pytest.mark.parametrize(
    ("left_out", "named"),
    [("tip_shape", "tip_shape"), ("tip_radius", "tip_radius"), ("spring_constant", "spring_constant")],
)
def test_what_is_missing_is_asked_for_by_its_key(forged, left_out: str, named: str) -> None:
    curve = forged(**BALL)
    record = curve.record(0)
    settings = {key: value for key, value in stated(curve).items() if key != left_out}
    with pytest.raises(InputError) as error:
        reduce(record.drop_vars("spring_constant") if left_out == "spring_constant" else record, settings)
    assert error.value.where == named
    assert f"--set {named}=" in error.value.cure


def test_without_poissons_ratio_there_is_the_reduced_modulus_and_without_a_tip_the_forces(forged) -> None:
    curve = forged(**BALL)
    some = reduce(curve.record(0), {key: value for key, value in stated(curve).items() if key != "poisson_ratio"})
    assert "elastic_modulus" not in some
    assert "reduced_modulus" in some
    assert any("poisson_ratio" in flag for flag in some.flags)
    none = reduce(curve.record(0))
    assert [each.name for each in none.quantities] == ["adhesion_force", "peak_force", "contact_point"]
    assert any("--set tip_shape" in flag for flag in none.flags)


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"tip_shape": "spoon", "tip_radius": 1e-8}, "tip_shape"),
        ({"tip_shape": "cone"}, "tip_angle"),
        ({"tip_shape": "cone", "tip_angle": 2.0}, "tip_angle"),
        ({"tip_shape": "cone", "tip_angle": 0.3, "contact_model": "jkr"}, "contact_model"),
        ({"tip_shape": "sphere", "tip_radius": 1e-8, "contact_model": "hook"}, "contact_model"),
        (
            {"tip_shape": "sphere", "tip_radius": 1e-9, "contact_model": "sneddon"},
            "contact_model",
        ),  # beyond its equator
    ],
)
def test_what_cannot_be_is_refused(forged, settings: dict[str, float | str], where: str) -> None:
    given = {key: Value(each) for key, each in settings.items()} | {"poisson_ratio": Value(0.3)}
    with pytest.raises(InputError) as error:
        reduce(forged(**BALL).record(0), given)
    assert error.value.where == where
    assert error.value.cure


def test_curves_that_show_nothing_or_stand_on_their_head_are_refused(forged) -> None:
    curve = forged(**BALL)
    record, settings = curve.record(1), stated(forged(**BALL))
    free = replace(curve, peak=1e-13).record(1)
    with pytest.raises(InputError, match="no contact"):
        reduce(free, settings)
    with pytest.raises(InputError, match="falls"):
        reduce(changed(record, force=-record["force"].values), settings)
    with pytest.raises(InputError, match="displacement falls"):
        reduce(changed(record, displacement=-record["displacement"].values), settings)
    hard = changed(
        record,
        force=1.2 * 0.1 * np.maximum(record["displacement"].values, 0.0)
        + 1e-12 * np.sin(np.arange(record.sizes["row"])),
    )
    with pytest.raises(InputError, match="faster than the cantilever can bend"):
        reduce(hard, settings)
    assert "peak_force" in reduce(hard)
    approach = record["segment"].values == 0.0
    only = record.isel(row=np.flatnonzero(approach))
    assert "retract" in words(reduce(only, settings))
    with pytest.raises(InputError, match="needs the retract"):
        reduce(only, stated(forged(**BALL), contact_model="dmt"))


def test_flags_name_what_spoils_a_modulus(forged) -> None:
    curve = forged(**BALL)
    settings = stated(curve)
    clean = reduce(curve.record(2), settings)
    assert words(clean) <= {"spring_constant", "systematic", "adhesion_force"}, clean.flags
    assert "substrate" in words(reduce(curve.record(2), stated(curve, thickness=100e-9)))
    assert "substrate" not in words(reduce(curve.record(2), stated(curve, thickness=1e-6)))
    assert "depth" in words(reduce(replace(curve, size=20e-9).record(2), stated(replace(curve, size=20e-9))))
    plastic = words(reduce(replace(curve, lost=0.5).record(2), settings))
    assert {"hysteresis", "plastic"} <= plastic
    record = curve.record(2)
    full = changed(record, force=np.minimum(record["force"].values, 3e-9))
    assert "saturation" in words(reduce(full, settings))
    stiff = forged(modulus=3e9, size=500e-9)
    assert {"compliance", "shallow"} <= words(reduce(stiff.record(2), stated(stiff)))
    pulled = record["force"].values - 1e-9 * (
        (record["displacement"].values > -20e-9) & (record["displacement"].values < 0)
    )
    assert "attraction" in words(reduce(changed(record, force=pulled), settings))
    jkr = forged(law="jkr", **LAWS["jkr"])
    assert "adhesion" in words(reduce(jkr.record(0), stated(jkr, contact_model="dmt")))


def test_adhesion_that_is_noise_is_said_to_be(forged) -> None:
    found = reduce(forged(**BALL).record(6))
    assert any("noise" in flag for flag in found["adhesion_force"].flags)


def test_counts_of_a_converter_are_no_lack_of_noise(forged) -> None:
    """Forces rounded to steps larger than the noise: their spread is that of rounding."""
    curve = replace(forged(**BALL), noise=5e-12)
    record = curve.record(3)
    step = 40e-12
    rounded = changed(record, force=step * np.round(record["force"].values / step))
    found = reduce(rounded, stated(curve))
    assert found.tables["contact"][0]["residuals_over_noise"] < 1.5
    assert found["elastic_modulus"].value == pytest.approx(curve.modulus, rel=0.1)
