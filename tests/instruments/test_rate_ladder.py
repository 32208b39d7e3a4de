from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from honeycell.analysis import reduce
from honeycell.cell.model import CutOffPassed
from honeycell.cell.trace import CycleTrace, Run
from honeycell.instruments.rate_ladder import RateLadder
from honeycell.quantities.errors import InputError
from honeycell.quantities.record import Ancestry
from honeycell.quantities.value import Value

RATES = (0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0, 0.2)
MASS = 2e-6


def capacity(rate):
    """mAh/g that the stand-in gives at a rate."""
    return 130.0 - 25.0 * np.log10(rate / 0.1)


class Straight:
    """A stand-in for a cell: the voltage runs straight between the ends of each step, in the time that its capacity takes."""

    temperature = 298.15
    ancestry = Ancestry()

    def __init__(self, mass=MASS):
        self.cathode = SimpleNamespace(area=1e-4, active_mass=mass)

    highest = np.inf

    def drive(self, protocol, state=None, *, rows_per_step=None):
        for step in protocol:
            rate = abs(step.current) / (171.0 * self.cathode.active_mass)
            if rate > self.highest and step.cut_off is not None:
                raise CutOffPassed("passed")
        parts, begun = [], 0.0
        for number, step in enumerate(protocol, start=1):
            rate = abs(step.current) / (171.0 * self.cathode.active_mass)
            whole = capacity(rate) * 3.6 * self.cathode.active_mass * 1e3 / abs(step.current)
            time = begun + np.linspace(0.0, step.duration or whole, 40)
            voltage = np.linspace(2.0, 4.0, 40) if step.current > 0.0 else np.linspace(4.0, 2.0, 40)
            same = np.ones(40)
            parts.append((time, voltage, step.current * same, number * same, step.cycle * same))
            begun = time[-1] + 1e-3
        columns = [np.concatenate(each) for each in zip(*parts, strict=True)]
        return Run(CycleTrace(*columns, columns[0], columns[0]), None)


@pytest.fixture(scope="module")
def own(parameters):
    more = {
        "cycling.rate_steps": (RATES,),
        "cycling.activation_cycles": (3.0,),
        "cycling.cycles_per_rate": (5.0,),
    }
    return parameters.with_values({f"recipe.{key}": Value(*given) for key, given in more.items()})


@pytest.fixture(scope="module")
def record(own):
    return RateLadder().measure(Straight(), own.view(), sample="a", rng=np.random.default_rng(0))


def test_protocol_is_the_papers(own):
    steps = RateLadder().protocol(Straight(), own)
    assert len(steps) == 2 * (3 + 8 * 5)
    assert [step.cycle for step in steps[::2]] == list(range(1, 44))
    currents = [step.current / (171.0 * MASS) for step in steps]
    assert currents[:6] == pytest.approx([0.1, -0.1] * 3)
    assert currents[-12:-10] == pytest.approx([10.0, -10.0])
    assert currents[-10:] == pytest.approx([0.2, -0.2] * 5)
    assert {step.cut_off for step in steps if step.current > 0.0} == {4.0}
    assert {step.cut_off for step in steps if step.current < 0.0} == {2.0}


def test_a_brief_ladder_has_the_same_rates_and_capacities(own, record):
    brief = RateLadder(1).measure(Straight(), own.view(), sample="a", rng=np.random.default_rng(0))
    assert np.unique(brief["cycle"]).tolist() == list(range(1, 10))
    of = [[row["specific_mean_discharge_capacity"] for row in reduce(each).tables["rates"]] for each in (brief, record)]
    assert of[0] == pytest.approx(of[1], rel=1e-3)
    with pytest.raises(InputError, match="cycles is 0"):
        RateLadder(0)


def test_a_rate_whose_drop_exceeds_the_window_ends_at_once_and_gives_next_to_nothing(own):
    class Resistive(Straight):
        highest = 6.0

    found = RateLadder().measure(Resistive(), own.view(), sample="a", rng=np.random.default_rng(0))
    (flag,) = json.loads(found.attrs["flags"])
    assert flag.endswith("in cycles 34, 35, 36, 37, 38")
    at = {
        each.name.partition("_at_")[2]: each.value / 3.6e3 for each in reduce(found).quantities if "_at_" in each.name
    }
    assert at["5C"] == pytest.approx(capacity(5.0), rel=1e-3)
    assert 0.0 < at["10C"] < 0.1
    assert (np.diff(found["test_time"].values) > 0.0).sum() >= found.sizes["row"] - 2 * 43


def test_reduction_returns_rates_and_capacities(record):
    found = reduce(record, {"one_c_current": Value(float(record["one_c_current"]), "A")})
    rows = found.tables["rates"]
    assert [row["rate / C"] for row in rows] == pytest.approx(RATES, rel=1e-3)
    assert [row["number_of_cycles"] for row in rows] == [3] + [5] * 8
    capacities = [row["specific_mean_discharge_capacity"] for row in rows]
    assert capacities == pytest.approx([capacity(rate) for rate in RATES], rel=1e-3)
    assert rows[-1]["recovery / %"] == pytest.approx(100.0, abs=0.1)


def test_records_carry_ancestry_and_settings(record):
    assert json.loads(record.attrs["rates"]) == list(RATES)
    keys = set(json.loads(record.attrs["parameter_keys"]))
    assert {"recipe.cycling.rate_steps", "recipe.cathode.one_c_specific_current"} <= keys
    assert json.loads(record.attrs["flags"]) == []


def test_same_seed_same_bytes(own):
    noisy = own.replace({"recipe.cycling.voltage_noise": 1e-3})

    def once(seed):
        return RateLadder().measure(Straight(), noisy.view(), sample="a", rng=np.random.default_rng(seed))

    assert once(3).identical(once(3))
    assert not once(3).identical(once(4))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cathode.one_c_specific_current": 0.0}, "there is no reference capacity"),
        ({"cycling.voltage_minimum": 4.5}, "does not ascend"),
        ({"cycling.cycles_per_rate": 0.0}, "cycles_per_rate is 0.0"),
        ({"cycling.activation_cycles": 2.5}, "activation_cycles is 2.5"),
    ],
)
def test_bad_ladders(own, changes, words):
    with pytest.raises(InputError, match=words):
        RateLadder().protocol(Straight(), own.replace({f"recipe.{name}": value for name, value in changes.items()}))


def test_rate_of_nothing(own):
    odd = own.with_values({"recipe.cycling.rate_steps": Value((0.1, 0.0))})
    with pytest.raises(InputError, match="positive numbers"):
        RateLadder().protocol(Straight(), odd)


def test_zero_loading(own):
    with pytest.raises(InputError, match="loading is 0"):
        RateLadder().protocol(Straight(mass=0.0), own)
