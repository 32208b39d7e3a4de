"""Calibrations: what the claims determine comes back, what they do not is given back, and draws keep to what was fitted."""

from __future__ import annotations

import ast
import math
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from honeycell.campaign import inputs, renewal
from honeycell.campaign.calibration import Calibration, _evaluated, calibrate
from honeycell.campaign.fitted_file import fitted_text
from honeycell.campaign.group import Group, group_names, load_group
from honeycell.campaign.inputs import inputs_hash, is_stale
from honeycell.campaign.sampling import recipe_of
from honeycell.data.fitted_group import FittedGroup, at_score, read_group, score
from honeycell.data.parameters import Parameters
from honeycell.data.tables import fitted_names, load_parameters, read_table
from honeycell.quantities.errors import InputError, RunError, TableError
from honeycell.quantities.record import make_record
from honeycell.quantities.value import Value
from honeycell.recipe.library import load

if TYPE_CHECKING:
    from pathlib import Path

    from honeycell.recipe.models import Recipe
    from honeycell.twin import Records

WETTING, YIELD = "water__pvdf_hfp.wetting", "pvdf_hfp.yield_strength"
BATH, GEL, FILLED = "recipe.film.bath_mass_transfer", "pvdf_hfp.gel_fraction", "recipe.film.filled_pore_share"


def forged(recipe: Recipe, parameters: Parameters) -> Records:
    """Powers of the knobs: pores by the bath and the filling, liquid by the ratio of wetting to yield strength, nothing by the gel."""
    p = parameters.with_values(recipe.values()).view()
    p[GEL]
    ratio = p[WETTING] / 0.25 / (p[YIELD] / 1e7) ** 0.3
    pores = {"front_pore_chord": 50e-9 * (p[BATH] / 5e-5) ** -0.8, "back_pore_chord": 500e-9 * p[FILLED]}
    made = {
        "structure": {name: ((), value, "m", name) for name, value in pores.items()},
        "properties": {"liquid_mass_fraction": ((), 0.5 * ratio**-0.8 * (p[FILLED] / 0.9) ** 2, "1", "liquid")},
    }
    return {
        name: make_record("scalars/1", sample=recipe.name, instrument="forged", variables=part, ancestry=p.ancestry())
        for name, part in made.items()
    }


FORGED = Group(
    name="film",
    title="forged",
    samples=("hj-4-6",),
    knobs=(WETTING, YIELD, BATH, GEL),
    claims=("C076", "C077", "C078", "C101"),
    measure=forged,
    modules=("film.dope",),
)


@pytest.fixture(scope="module")
def found() -> Calibration:
    return calibrate(FORGED, show=False)


@pytest.fixture(scope="module")
def group(found: Calibration, tmp_path_factory: pytest.TempPathFactory) -> FittedGroup:
    path = tmp_path_factory.mktemp("fitted") / "film.toml"
    path.write_text(fitted_text(found), encoding="utf-8")
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    return read_group("film", content, read_table(path, "", frozenset({"fit"})))


def test_claims_are_met_by_what_they_determine(found: Calibration) -> None:
    """A slower bath makes 100 nm out of 50; the weak prior holds back less than a tolerance."""
    fitted = found.fit.values()
    assert fitted[BATH] == pytest.approx(5e-5 * 2.0**-1.25, rel=0.3)
    for target in found.targets:
        assert abs(target.residual(found.fit.found)) < 0.5


def test_what_no_claim_feels_is_given_back(found: Calibration) -> None:
    assert GEL in found.dropped
    first = dict(zip((knob.key for knob in found.first.knobs), found.first.spread, strict=True))
    assert first[GEL] == pytest.approx(1.0)
    assert found.first.singular_values[-1] < 1e-6


def test_of_two_knobs_that_do_the_same_one_stays(found: Calibration) -> None:
    assert len({WETTING, YIELD} & set(found.dropped)) == 1
    places = [n for n, knob in enumerate(found.first.knobs) if knob.key in (WETTING, YIELD)]
    assert found.first.correlation[places[0], places[1]] > 0.5


def test_fewer_knobs_than_claims_stay() -> None:
    few = calibrate(replace(FORGED, claims=("C077", "C101"), knobs=(WETTING, BATH)), show=False)
    assert len(few.fit.knobs) == len(few.dropped) == 1
    assert "2 claims hold 1 knobs" in next(iter(few.dropped.values()))


def test_spreads_are_those_of_the_linear_problem(found: Calibration) -> None:
    """The bath alone decides the front's pores: y = 50 (k/k0)^-0.8 nm, known to 30 nm, against its declared spread."""
    k = [knob.key for knob in found.fit.knobs].index(BATH)
    scale = math.log(1e-3 / 1.5e-5) / math.sqrt(12.0)
    front = found.fit.found["hj-4-6/structure/front_pore_chord"] * 1e9
    expected = 1.0 / math.sqrt(1.0 + (0.8 * front * scale / 30.0) ** 2)
    assert found.fit.spread[k] == pytest.approx(expected, rel=0.05)


def test_draws_of_all_keep_to_the_claims(group: FittedGroup) -> None:
    """Filling and the other of two like knobs are drawn freely; the fitted values answer, so that ours stays about as sure as the claim."""
    recipe, tables = load("hj-4-6"), load_parameters(without="film")

    def spread(own: FittedGroup) -> float:
        p = Parameters({}, fitted=(own,)).with_values({key: tables.describe(key) for key in tables})
        p, shares = p.with_values(recipe.values()), []
        for draw in range(40):
            drawn = p.sample(1, f"draw {draw}")
            shares.append(float(forged(recipe_of(recipe, drawn), drawn)["properties"]["liquid_mass_fraction"]))
        return float(np.std(shares))

    assert spread(group) < 0.06
    assert spread(replace(group, follows={})) > 1.3 * spread(group)


def test_a_joint_draw_has_the_covariance_of_the_fit(group: FittedGroup) -> None:
    alone = replace(group, follows={})
    draws = np.array([list(alone.draw(1, f"draw {n}").values()) for n in range(2000)])
    middle = np.array([value.number for value in group.values.values()])
    assert np.allclose(np.cov(np.log(draws / middle).T), group.covariance, rtol=0.2, atol=0.01)
    assert group.draw(1, "a") == group.draw(1, "a") != group.draw(2, "a")
    for key, value in group.values.items():
        assert value.lo is not None
        assert value.hi is not None
        assert all(value.lo <= group.draw(seed, "b")[key] <= value.hi for seed in range(100))


def test_others_are_drawn_as_surely_as_claims_make_them(group: FittedGroup) -> None:
    """One value that one claim feels ten times its own error, through no fitted value: normal theory has a tenth of it left."""
    follow = next(iter(group.follows.values()))
    pull = np.zeros(len(group.jacobian))
    pull[0] = 10.0
    value = replace(follow.value, distribution="normal", u=1.0, lo=None, hi=None)
    one = follow._replace(value=value, spread=value.spread, pull=tuple(pull), gain=tuple(np.zeros(len(group.values))))
    alone = replace(group, follows={"x": one}, jacobian=tuple(map(tuple, np.zeros_like(group.jacobian))))
    z = [score(value, alone.draw(1, f"draw {n}")["x"]) for n in range(1000)]
    assert np.std(z) == pytest.approx(1.0 / math.sqrt(101.0), rel=0.1)
    assert np.mean(z) == pytest.approx(0.0, abs=0.02)


def test_draws_lie_about_the_value_that_the_fit_took_where_claims_feel_it(group: FittedGroup) -> None:
    """A value off the middle of its range: the claims were met with it, and not with the middle."""
    follow = next(iter(group.follows.values()))
    value = Value(20.0, "1", lo=1.0, hi=1e4, distribution="loguniform", status="estimated")
    pull = np.zeros(len(group.jacobian))
    pull[0] = 10.0
    one = follow._replace(value=value, spread=value.spread, pull=tuple(pull), gain=tuple(np.zeros(len(group.values))))
    alone = replace(group, follows={"x": one}, jacobian=tuple(map(tuple, np.zeros_like(group.jacobian))))
    z = [score(value, alone.draw(1, f"draw {n}")["x"]) for n in range(500)]
    assert score(value, 20.0) < -0.4
    assert np.mean(z) == pytest.approx(score(value, 20.0), abs=0.03)


@pytest.mark.parametrize("distribution", ["normal", "lognormal", "uniform", "loguniform"])
def test_scores_and_numbers_go_both_ways(distribution: str) -> None:
    ends = (None, None) if distribution.endswith("normal") else (0.5, 4.0)
    value = Value(2.0, "1", u=0.3, lo=ends[0], hi=ends[1], distribution=distribution, status="estimated")
    for number in (0.7, 2.0, 3.9):
        assert at_score(value, score(value, number)) == pytest.approx(number, rel=1e-12)
    assert at_score(value, -1.0) < at_score(value, 1.0)


def test_samples_that_share_a_group_share_its_draws(group: FittedGroup) -> None:
    p = Parameters({}, fitted=(group,))
    one, other = (p.with_values(load(name).values()).sample(1, "draw 3") for name in ("hj-4-6", "hj-3-7"))
    assert one.describe(BATH) == other.describe(BATH) != group.values[BATH]
    assert p.with_values(load("hj-4-6").values()).sample(1, "draw 3", keep=[BATH]).describe(BATH) == group.values[BATH]


def test_a_fitted_value_stands_in_for_what_it_was_fitted_from(group: FittedGroup) -> None:
    recipe = load("hj-4-6")
    p = Parameters({}, fitted=(group,)).with_values(recipe.values())
    assert p.describe(BATH) == group.values[BATH]
    assert p.describe(BATH).fitted_to == FORGED.claims
    stated = replace(recipe.values()[BATH], status="given", distribution="exact", lo=None, hi=None)
    assert p.with_values({BATH: stated}).describe(BATH) == stated
    otherwise = replace(recipe.values()[BATH], hi=1e-2)
    assert p.with_values({BATH: otherwise}).describe(BATH) == otherwise


def test_a_damaged_file_says_how_to_mend_it(found: Calibration, tmp_path: Path) -> None:
    path = tmp_path / "film.toml"
    path.write_text(fitted_text(found), encoding="utf-8")
    values = read_table(path, "", frozenset({"fit"}))
    for part in ("covariance", "stands_for"):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        del content["fit"][part]
        with pytest.raises(TableError, match="Calibrate again: honeycell calibrate paper --group film"):
            read_group("film", content, values)


def test_the_hash_sees_inputs_and_code_but_no_words(monkeypatch: pytest.MonkeyPatch) -> None:
    reads = (GEL, BATH)
    hashes = {
        inputs_hash(each, reads)
        for each in (
            FORGED,
            replace(FORGED, knobs=(BATH,)),
            replace(FORGED, claims=("C077",)),
            replace(FORGED, modules=("film.settling",)),
            replace(FORGED, files=("film/quench_library.json",)),
        )
    } | {inputs_hash(FORGED, (GEL,))}
    assert len(hashes) == 6

    def code(text: str) -> str:
        monkeypatch.setattr(inputs, "_parsed", lambda name: ast.parse(text))
        return inputs._code.__wrapped__("film.dope")

    plain = 'def f(x):\n    """Twice."""\n    return 2 * x\n'
    assert code(plain) == code('# why\ndef f(x):\n    """In other words."""\n    return 2*x')
    assert code(plain) != code("def f(x):\n    return 3 * x\n")


def test_no_shipped_fit_is_stale() -> None:
    for name in fitted_names():
        assert name in group_names()
        assert not is_stale(name), (
            f"inputs or code changed: calibrate again with: honeycell calibrate paper --group {name}"
        )


@pytest.mark.parametrize("name", group_names())
def test_every_group_names_what_exists(name: str) -> None:
    own = load_group(name)
    assert own.name == name
    assert len(own.knobs) == len(set(own.knobs))
    assert len(inputs_hash(own, ())) == 64


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"knobs": ("recipe.film.filler_diameter",)}, "measured"),
        ({"knobs": ("porous_medium.coarsening_deviation",)}, "not positive"),
        ({"knobs": ("nowhere.value",)}, "nowhere.value"),
        ({"claims": ("C046",)}, "C046"),
        ({"claims": ("C081",)}, "hj-4-6-bath-400"),
    ],
)
def test_groups_that_cannot_be_fitted_are_refused_in_words(change: dict[str, tuple[str, ...]], words: str) -> None:
    with pytest.raises(InputError, match=words):
        calibrate(replace(FORGED, **change), show=False)


def test_a_side_that_cannot_be_made_tells_nothing() -> None:
    """Beyond a bath of 3e-5 m/s no film can be made: the fit stays within, and its spread is that of the other side."""

    def broken(recipe: Recipe, parameters: Parameters) -> Records:
        if parameters.with_values(recipe.values()).view()[BATH] < 3e-5:
            raise InputError("no film", "forged")
        return forged(recipe, parameters)

    found = calibrate(replace(FORGED, knobs=(BATH,), claims=("C076", "C077"), measure=broken), show=False)
    assert 3e-5 <= found.fit.values()[BATH] < 5e-5
    assert 0.2 < found.fit.spread[0] < 0.5


def test_a_fit_is_renewed_only_while_its_numbers_stay(
    found: Calibration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "film.toml"
    place.write_text(fitted_text(replace(found, sha256="0" * 64)), encoding="utf-8")

    def shipped(name: str) -> FittedGroup:
        content = tomllib.loads(place.read_text(encoding="utf-8"))
        return read_group(name, content, read_table(place, "", frozenset({"fit"})))

    monkeypatch.setattr(renewal, "fitted_names", lambda: ["film"])
    monkeypatch.setattr(renewal, "load_fitted", shipped)
    monkeypatch.setattr(renewal, "place_of", lambda name: place)
    monkeypatch.setattr(renewal, "evaluate", lambda name, changes: _evaluated(FORGED, changes))
    before = shipped("film")
    assert renewal.renew(FORGED) == shipped("film").fit["sha256"] == inputs_hash(FORGED, found.reads)
    assert replace(before, fit={}) == replace(shipped("film"), fit={})

    def thicker(name: str, changes: dict[str, float]) -> dict[str, float]:
        return {key: 1.01 * number for key, number in _evaluated(FORGED, changes).items()}

    monkeypatch.setattr(renewal, "evaluate", thicker)
    with pytest.raises(RunError, match=r"is .* now"):
        renewal.renew(FORGED)
    with pytest.raises(RunError, match="other knobs"):
        renewal.renew(replace(FORGED, knobs=(BATH,)))
