"""Conductivity: its law, its error against drawn samples, and what it refuses."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeycell.analysis.impedance.conductivity import conductivity
from honeycell.quantities.errors import InputError

SIZE = st.floats(1e-6, 1e6)
SHARE = st.floats(1e-4, 0.2)


@given(R=SIZE, L=SIZE, A=SIZE, relative=st.tuples(SHARE, SHARE, SHARE))
def test_value_and_relative_errors_in_quadrature(R, L, A, relative):
    r, length, a = relative
    found = conductivity(R, r * R, L, length * L, A, a * A)
    assert found.value * R * A == pytest.approx(L, rel=1e-12)
    assert found.standard_error == pytest.approx(found.value * math.sqrt(r**2 + length**2 + a**2), rel=1e-12)
    assert found.flags == ()


@given(R=SIZE, L=SIZE, A=SIZE, share=SHARE)
def test_interval_is_even_on_the_logarithm_and_positive(R, L, A, share):
    found = conductivity(R, share * R, L, None, A, None)
    assert found.interval_95 is not None
    low, high = found.interval_95
    assert 0.0 < low < found.value < high
    assert low * high == pytest.approx(found.value**2, rel=1e-9)


def test_interval_holds_95_of_a_hundred_drawn_cells():
    rng = np.random.default_rng(1)
    errors = (0.3, 0.8e-6, 4e-6)
    R, L, A = 10.0, 24e-6, 2e-4
    held = 0
    for off in rng.normal(size=(4000, 3)) * errors:
        low, high = conductivity(R + off[0], errors[0], L + off[1], errors[1], A + off[2], errors[2]).interval_95 or (
            0,
            0,
        )
        held += low <= L / (R * A) <= high
    assert held / 4000 == pytest.approx(0.95, abs=0.015)


def test_an_error_not_given_is_flagged_and_counts_as_none():
    whole = conductivity(10.0, 0.1, 24e-6, 0.0, 2e-4, 0.0)
    found = conductivity(10.0, 0.1, 24e-6, None, 2e-4, None)
    assert found.flags == ("thickness_error_not_given", "area_error_not_given")
    assert (found.value, found.standard_error, found.interval_95) == (
        whole.value,
        whole.standard_error,
        whole.interval_95,
    )
    assert conductivity(10.0, 0.1, 24e-6, 1e-6, 2e-4, None).flags == ("area_error_not_given",)


def test_without_an_error_of_the_resistance_there_is_none_of_the_conductivity():
    found = conductivity(10.0, None, 24e-6, 1e-6, 2e-4, 1e-6)
    assert found.standard_error is None
    assert found.interval_95 is None
    assert found.value == pytest.approx(0.012)


@pytest.mark.parametrize("name", ["resistance", "thickness", "area"])
@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf")])
def test_what_is_not_positive_is_refused_by_name(name, bad):
    sizes = {"resistance": 10.0, "thickness": 24e-6, "area": 2e-4} | {name: bad}
    with pytest.raises(InputError, match=name):
        conductivity(sizes["resistance"], 0.1, sizes["thickness"], None, sizes["area"], None)
