"""Records of any kind reduced together: order kept, and a bad one costs only itself."""

from __future__ import annotations

import numpy as np
import pytest

from honeycell.analysis import TECHNIQUES, quantities, reduce, reduce_many, reduce_series
from honeycell.analysis.result import Estimate, Reduction
from honeycell.quantities.errors import HoneycellError, InputError
from honeycell.quantities.record import make_record
from honeycell.quantities.schema import SCHEMAS
from honeycell.quantities.units import conversion
from honeycell.quantities.value import Value

GRID = np.geomspace(1e5, 1e-2, 40)
ROWS = 50


def spectrum(R, seed=0, **sizes):
    """R in series with 20 ohm beside 10 uF, at 0.1 % noise."""
    real, imaginary = np.random.default_rng(seed).normal(size=(2, 40))
    Z = (R + 20.0 / (1.0 + 2j * np.pi * GRID * 2e-4)) * (1.0 + 1e-3 * (real + 1j * imaginary))
    variables = {
        "real_impedance": ("frequency", Z.real, "ohm"),
        "imaginary_impedance": ("frequency", Z.imag, "ohm"),
        **{name: ((), value, unit) for name, (value, unit) in sizes.items()},
    }
    return make_record(
        "impedance/1",
        sample=f"{R}",
        instrument="test",
        variables=variables,
        coordinates={"frequency": ("frequency", GRID, "Hz")},
    )


def discharge():
    """One hour at one milliampere."""
    columns = {
        "test_time": (np.linspace(0.0, 3600.0, ROWS), "s"),
        "voltage": (np.linspace(2.0, 1.0, ROWS), "V"),
        "current": (np.full(ROWS, -1e-3), "A"),
        "cycle": (np.ones(ROWS), "1"),
        "step": (np.ones(ROWS), "1"),
    }
    variables = {name: ("row", data, unit) for name, (data, unit) in columns.items()}
    variables["active_mass"] = ((), 2e-6, "kg")
    return make_record("cycling/1", sample="c", instrument="test", variables=variables)


def other():
    """A record that nothing reduces."""
    return make_record("scalars/1", sample="s", instrument="test", variables={"mass": ((), 2e-6, "kg")})


def test_order_is_kept_whatever_the_kinds():
    records = [spectrum(5.0), discharge(), spectrum(7.0), spectrum(9.0), discharge()]
    found = reduce_many(records, [{}] * 5)
    assert [one.technique for one in found if isinstance(one, Reduction)] == [
        TECHNIQUES[str(record.attrs["schema"])] for record in records
    ]
    for place, R in ((0, 5.0), (2, 7.0), (3, 9.0)):
        one = found[place]
        assert isinstance(one, Reduction)
        assert one["series_resistance"].value == pytest.approx(R, rel=0.01)


def test_a_bad_record_costs_only_itself():
    """No reduction for its schema, a thickness below zero, a circuit nobody can read: each gets its own error."""
    size = {"area": Value(1e-4, "m**2")}
    records = [spectrum(5.0), other(), spectrum(6.0), spectrum(7.0), spectrum(8.0)]
    settings = [
        {},
        {},
        size | {"thickness": Value(-1.0, "m")},
        {"circuit": Value("R-X")},
        size | {"thickness": Value(1e-5, "m")},
    ]
    found = reduce_many(records, settings)
    assert [isinstance(one, HoneycellError) for one in found] == [False, True, True, True, False]
    for place, words in ((1, "scalars/1"), (2, "thickness"), (3, "no element")):
        assert words in str(found[place])
    last = found[4]
    assert isinstance(last, Reduction)
    assert last["conductivity"].value == pytest.approx(1e-5 / (8.0 * 1e-4), rel=0.01)


def test_together_is_as_alone():
    records = [spectrum(5.0 + k, seed=k) for k in range(4)]
    for together, record in zip(reduce_many(records, [{}] * 4), records, strict=True):
        alone = reduce(record)
        assert isinstance(together, Reduction)
        assert [q.name for q in together.quantities] == [q.name for q in alone.quantities]
        assert [q.value for q in together.quantities] == pytest.approx([q.value for q in alone.quantities], rel=1e-6)


def test_no_records_no_reductions():
    assert reduce_many([], []) == []


def test_an_unknown_schema_says_what_there_is():
    with pytest.raises(InputError, match="scalars/1") as caught:
        reduce(other())
    assert all(schema in str(caught.value) for schema in TECHNIQUES)
    assert set(TECHNIQUES) <= set(SCHEMAS)


def test_a_series_is_of_one_technique():
    with pytest.raises(InputError, match="cycling and impedance"):
        reduce_series([spectrum(5.0), discharge()], [{}, {}])
    found = reduce_series([spectrum(5.0 + k, seed=k) for k in range(3)], [{}] * 3)
    assert [one["series_resistance"].value for one in found] == pytest.approx([5.0, 6.0, 7.0], rel=0.01)


def test_a_reduction_is_looked_up_by_name():
    found = reduce(spectrum(5.0))
    assert "series_resistance" in found
    assert "conductivity" not in found
    with pytest.raises(KeyError, match="conductivity"):
        found["conductivity"]


def test_quantities_are_the_records_own_and_the_found_ones_in_si():
    found = quantities(spectrum(5.0, thickness=(24e-6, "m"), area=(2e-4, "m**2")))
    assert (found["thickness"].value, found["thickness"].unit) == (24e-6, "m")
    assert found["series_resistance"].value == pytest.approx(5.0, rel=0.01)
    assert found["conductivity"].value == pytest.approx(24e-6 / (5.0 * 2e-4), rel=0.01)
    assert found["arc_1_time_constant"].value == pytest.approx(2e-4, rel=0.01)
    for name, estimate in found.items():
        assert estimate.name == name
        assert conversion(estimate.unit)[:2] == pytest.approx((1.0, 0.0))


def test_quantities_of_what_nothing_reduces_are_its_scalars():
    assert quantities(other()) == {"mass": Estimate("mass", 2e-6, "kg")}
