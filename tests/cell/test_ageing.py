from __future__ import annotations

import math

import numpy as np
import pytest

from honeycell.cell import HalfCell, cycles
from honeycell.cell.ageing import checked_names, known, mechanisms
from honeycell.cell.ageing.activation import Activation
from honeycell.cell.ageing.base import AgeingState
from honeycell.cell.ageing.cathode_loss import CathodeLoss
from honeycell.cell.ageing.dead_sodium import DeadSodium
from honeycell.cell.ageing.faces import Faces, sides
from honeycell.cell.ageing.interface import Interface
from honeycell.cell.ageing.leak import Leak
from honeycell.cell.ageing.sodium_film import SodiumFilm
from honeycell.cell.ageing.solvent_reduction import SolventReduction
from honeycell.cell.ageing.vapour_loss import VapourLoss
from honeycell.cell.ageing.zeolite_supply import ZeoliteSupply
from honeycell.cell.leap import Leap
from honeycell.cell.life import Stage, live
from honeycell.cell.parameters import FARADAY
from honeycell.quantities.errors import InputError
from honeycell.quantities.value import Value

JOINED, LEAKED = "Sodium joined with sites [mol]", "Charge leaked [A.s]"
AREA = math.pi * 0.006**2


@pytest.fixture(scope="module")
def one_c(parameters, film_record):
    return 171.0 * HalfCell(parameters.view(), film_record()).cathode.active_mass


@pytest.fixture(scope="module")
def faced(film_record):
    """A film record that also says what its faces offer."""

    def make(free=(0.5, 0.8), width=(5e-8, 3e-7)):
        record = film_record()
        for side, share, pore in zip(("front", "back"), free, width, strict=True):
            record[f"free_liquid_share_{side}"] = ((), share, {"units": "1"})
            record[f"pore_diameter_{side}"] = ((), pore, {"units": "m"})
        record["liquid_areal_mass"] = ((), 0.02, {"units": "kg/m**2"})
        return record

    return make


@pytest.fixture(scope="module")
def oriented(parameters):
    def make(text="back to sodium, front to cathode"):
        return parameters.with_values({"recipe.cell.orientation": Value(text)})

    return make


def strong(scale=1.0):
    """All mechanisms, fast enough that a few cycles tell."""
    return (
        SodiumFilm(5e-3, 2e-7 * scale, 1.0, AREA),
        CathodeLoss(2e-6 * scale),
        Activation(0.15, 0.1 * scale),
        Leak(0.4, 0.02, 1e-6, 0.1),
        Interface(0.7),
    )


def test_every_number_of_a_mechanism_can_be_an_input():
    for each in strong():
        assert all(isinstance(value, float | AgeingState) for value in vars(each).values()), each.name
        assert all(isinstance(value, float) for value in each.numbers().values())


ZERO = (
    SodiumFilm(5e-3, 0.0, 1.0, AREA),
    CathodeLoss(0.0),
    Activation(0.15, 0.0),
    Leak(0.0, 35.0, 1e-7, 1.0),
    Interface(1.0),
    DeadSodium(0.0, 1.0, AREA),
    SolventReduction(0.0, 2.0),
    VapourLoss(0.0, 2.0),
    ZeoliteSupply(0.5),  # changes nothing at any share
)


def test_mechanisms_at_rate_zero_are_the_fresh_cell(parameters, film_record, one_c):
    _is_fresh(parameters, film_record, one_c, ZERO)


@pytest.mark.slow
@pytest.mark.parametrize("mechanism", ZERO, ids=[each.name for each in ZERO])
def test_each_mechanism_at_rate_zero_is_the_fresh_cell(parameters, film_record, one_c, mechanism):
    _is_fresh(parameters, film_record, one_c, (mechanism,))


def _is_fresh(parameters, film_record, one_c, ageing):
    charges = []
    for each in ((), ageing):
        cell = HalfCell(parameters.view(), film_record(), each, tolerance=1e-9)
        trace = cell.run(cycles(one_c, 4.0, 2.0, 1))
        charges.append([trace.charge(1), trace.charge(2)])
    np.testing.assert_allclose(charges[1], charges[0], rtol=1e-8)


@pytest.mark.parametrize(
    ("model", "tolerance", "count", "closed"),
    [("SPMe", 1e-10, 2, 1e-9), pytest.param("DFN", 1e-10, 1, 1e-9, marks=pytest.mark.slow)],
)
def test_sodium_and_charge_are_accounted_for(parameters, film_record, one_c, model, tolerance, count, closed):
    cell = HalfCell(parameters.view(), film_record(), strong(0.2), model=model, tolerance=tolerance)
    trace, end = cell.drive(cycles(one_c, 4.0, 2.0, count), rows_per_step=20)
    ageing = end.ageing
    sites = math.exp(-ageing["Cathode loss, -ln of the share left [1]"])
    sites *= 1.0 + 0.15 * (1.0 - math.exp(-ageing["Activation, progress [1]"]))
    held = end.filling * sites * cell.cathode.accessible_sites
    inside = 3600.0 * float(end.rest["Discharge capacity [A.h]"][0])
    gained = inside / FARADAY + ageing[JOINED]
    scale = cell.cathode.accessible_sites
    assert ageing[JOINED] != 0.0
    assert abs(held - cell.cathode.sodium - gained) < closed * scale
    terminals = sum(trace.charge(step) for step in range(1, 2 * count + 1))  # charge positive
    assert ageing[LEAKED] > 1e-6 * abs(terminals)
    assert abs(-terminals - (inside - ageing[LEAKED])) < 1e-9 * FARADAY * scale


def test_sodium_film_grows_with_the_root_of_the_charge_plated(parameters, film_record, one_c):
    mechanism = SodiumFilm(5e-3, 2e-7, 1.0, AREA)
    cell = HalfCell(parameters.view(), film_record(), (mechanism,))
    trace, end = cell.drive(cycles(one_c, 4.0, 2.0, 2), rows_per_step=20)
    plated = (trace.charge(1) + trace.charge(3)) / AREA
    square = end.ageing["Sodium film, resistance squared [Ohm2.m4]"]
    assert square == pytest.approx(5e-3**2 + 2e-7 * plated, rel=1e-6)
    # and it lies in series: the high-frequency intercept grows by it
    grown = (math.sqrt(square) - 5e-3) / AREA
    added = cell.impedance([1e6], end)[0].real - cell.impedance([1e6])[0].real
    assert added == pytest.approx(grown, rel=1e-3)


def test_the_leak_shows_in_efficiency_only_beyond_its_threshold(parameters, film_record, one_c):
    film = SodiumFilm(5e-3, 2e-6, 1.0, AREA)
    before, beyond = (
        live(
            HalfCell(parameters.view(), film_record(), (film, Leak(0.4, threshold, 1e-4, 0.01))),
            [Stage(one_c, 3, 4.0, 2.0)],
        )
        for threshold in (100.0, 0.05)
    )
    efficiency = [life.discharge[2] / life.charge[2] for life in (before, beyond)]
    assert efficiency[0] == pytest.approx(1.0, abs=1e-3)
    assert efficiency[1] < 0.98
    assert beyond.states[LEAKED][-1] > 0.0
    assert abs(before.states[LEAKED][-1]) < 1e-12


def test_dead_sodium_adds_up_with_the_charge_and_drying_slows_the_liquid(parameters, film_record, one_c):
    dead = HalfCell(parameters.view(), film_record(), (DeadSodium(1e-8, 1e-2, AREA),))
    trace, end = dead.drive(cycles(one_c, 4.0, 2.0, 2), rows_per_step=20)
    plated = (trace.charge(1) + trace.charge(3)) / AREA
    assert end.ageing["Dead sodium [mol.m-2]"] == pytest.approx(1e-8 * plated, rel=1e-6)
    dry = HalfCell(parameters.view(), film_record(), (SolventReduction(2e-5, 2.0), VapourLoss(1e-6, 1.5)))
    trace, end = dry.drive(cycles(one_c, 4.0, 2.0, 1), rows_per_step=20)
    spent = 1.0 - math.exp(-end.ageing["Solvent reduced, -ln of the share left [1]"])
    gone = 1.0 - math.exp(-end.ageing["Vapour lost, -ln of the liquid left [1]"])
    assert spent == pytest.approx(2e-5 * trace.charge(1) / AREA, rel=1e-3)
    assert gone == pytest.approx(1e-6 * end.time, rel=1e-3)
    added = dry.impedance([1e6], end)[0].real / dry.impedance([1e6])[0].real
    assert added > 1.02


def test_less_free_liquid_at_the_foil_means_less_interface(parameters, film_record):
    arcs = [
        np.ptp(HalfCell(parameters.view(), film_record(), (Interface(factor),)).impedance([1e6, 1.0]).real)
        for factor in (1.0, 0.5)
    ]
    assert arcs[1] < 0.8 * arcs[0]


def test_a_flipped_film_exchanges_its_faces(oriented, faced):
    there = Faces.of(oriented().view(), faced())
    flipped = Faces.of(oriented("front to sodium, back to cathode").view(), faced())
    assert (there.free_at_cathode, there.free_at_sodium) == (flipped.free_at_sodium, flipped.free_at_cathode)
    assert there.entered == flipped.entered  # both faces are finer than a whisker


def test_sodium_enters_pores_that_are_wider_than_itself(oriented, faced):
    fine, wide = (Faces.of(oriented().view(), faced(width=(1e-6, width))) for width in (5e-7, 1e-5))
    assert wide.entered > 2 * fine.entered


def test_growth_that_was_computed_comes_before_what_was_assumed(oriented, faced):
    record = faced()
    record["sodium_share_inside"] = ((), 0.2, {"units": "1"})
    assert Faces.of(oriented().view(), record).entered == 0.2


@pytest.mark.parametrize("text", ["", "front", "front to cathode", "left to sodium"])
def test_an_orientation_that_does_not_say(text):
    with pytest.raises(InputError, match="faces the sodium"):
        sides(text)


def test_a_film_without_faces_cannot_age(oriented, film_record):
    with pytest.raises(InputError, match="pore_diameter_back"):
        mechanisms(oriented().view(), film_record())


def test_mechanisms_are_named_left_out_and_looked_up(oriented, faced):
    p = oriented()
    usual = {each.name for each in mechanisms(p.view(), faced())}
    assert usual == {name for name, kind in known().items() if kind.default}
    fewer = {each.name for each in mechanisms(p.view(), faced(), without=["leak"])}
    assert fewer == usual - {"leak"}
    by_recipe = p.with_values({"recipe.ageing.without": Value("leak, activation")})
    assert {each.name for each in mechanisms(by_recipe.view(), faced())} == usual - {"leak", "activation"}
    with pytest.raises(InputError, match="no ageing mechanism 'rust'"):
        checked_names("rust", "--without")


def test_a_cell_descends_from_the_claims_its_mechanisms_were_put_in_for(oriented, faced):
    view = oriented().view()
    cell = HalfCell(view, faced(), mechanisms(view, faced()))
    assert {"C151", "C157", "C155"} <= cell.ancestry.introduced_for
    assert "ageing.film_growth" in cell.ancestry.keys


@pytest.mark.slow
def test_leaping_over_a_knee_is_simulating_each_cycle(parameters, film_record, one_c):
    # twenty times as fast as in a real cell, so that a knee, a maximum and the onset of a leak come within the test
    ageing = (*strong(0.15)[:3], Leak(0.4, 4.0, 3e-7, 0.3), Interface(0.9))
    cell = HalfCell(parameters.view(), film_record(), ageing, tolerance=1e-5)
    stages = [Stage(0.5 * one_c, 2, 4.0, 2.0), Stage(one_c, 100, 4.0, 2.0)]
    each = live(cell, stages)
    leapt = live(cell, stages, leap=Leap())
    reference = each.discharge[2]
    assert each.discharge[-1] < 0.85 * reference
    assert leapt.simulated.sum() < 45
    assert np.abs(leapt.discharge - each.discharge).max() < 3e-3 * reference
    inner = slice(3, None)
    efficiency = [life.discharge[inner] / life.charge[inner] for life in (each, leapt)]
    np.testing.assert_allclose(efficiency[1], efficiency[0], atol=2e-3)
    for name, values in each.states.items():
        np.testing.assert_allclose(leapt.states[name], values, atol=0.02 * np.abs(values).max(), err_msg=name)
    assert leapt.state.time == pytest.approx(each.state.time, rel=1e-2)


def test_leaping_over_cycles_is_simulating_each(parameters, film_record, one_c):
    cell = HalfCell(parameters.view(), film_record(), strong(0.1), tolerance=1e-5)
    stages = [Stage(one_c, 30, 4.0, 2.0)]
    each, leapt = live(cell, stages), live(cell, stages, leap=Leap())
    assert leapt.simulated.sum() < 20
    assert np.abs(leapt.discharge - each.discharge).max() < 3e-3 * each.discharge[0]


def test_cycles_asked_for_are_simulated_and_keep_their_rows(parameters, film_record, one_c):
    cell = HalfCell(parameters.view(), film_record(), strong(0.1), tolerance=1e-5)
    life = live(cell, [Stage(one_c, 30, 4.0, 2.0)], leap=Leap(), keep={17, 30})
    assert life.simulated[[16, 29]].all()
    assert set(life.trace.cycle) == {17.0, 30.0}
    assert (np.diff(life.trace.time) >= 0.0).all()
    charge = np.trapezoid(*(getattr(life.trace, name)[life.trace.step == 33] for name in ("current", "time")))
    assert charge == pytest.approx(life.charge[16], rel=1e-9)


def test_a_cell_whose_overpotential_exceeds_the_window_gives_nothing(parameters, film_record, one_c):
    cell = HalfCell(parameters.view(), film_record(), (SodiumFilm(5e-3, 3e-2, 1.0, AREA),))
    life = live(cell, [Stage(one_c, 12, 4.0, 2.0)])
    assert life.ended is not None
    assert (life.discharge[life.ended - 1 :] == 0.0).all()
    assert (life.discharge[: life.ended - 1] > 0.0).all()


def test_no_cycles(parameters, film_record):
    with pytest.raises(InputError, match="no cycles"):
        live(HalfCell(parameters.view(), film_record()), [])
