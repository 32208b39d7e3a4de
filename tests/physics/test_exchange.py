from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import erfc

from honeycell.physics.exchange import exchange_time, exchanged_fraction
from honeycell.quantities.errors import NotConverged

H, D = 1e-4, 5e-10
UNIT = H**2 / D
BIOT = st.floats(1e-2, 1e3)


def share(z: float, t: float, biot: float) -> float:
    return exchanged_fraction(z * H, t * UNIT, H, D, biot * D / H)


@given(z=st.floats(0.0, 1.0), biot=BIOT)
def test_everything_is_exchanged_in_the_end_and_nothing_at_the_start(z: float, biot: float) -> None:
    assert share(z, 0.0, biot) == 0.0
    assert share(z, 50.0 * (1.0 + 1.0 / biot), biot) == pytest.approx(1.0, abs=1e-12)


@given(z=st.floats(0.0, 0.3), t=st.floats(1e-6, 5e-3), biot=BIOT)
def test_early_on_the_plate_is_not_felt(z: float, t: float, biot: float) -> None:
    x, h = z / (2.0 * math.sqrt(t)), biot * math.sqrt(t)
    if biot * z + h**2 > 600.0:
        return
    half_space = erfc(x) - math.exp(biot * z + h**2) * erfc(x + h)
    assert share(z, t, biot) == pytest.approx(half_space, abs=1e-6)


@pytest.mark.parametrize("z", [0.05, 0.2, 0.5])
@pytest.mark.parametrize("t", [1e-3, 0.01, 0.0199])
def test_a_fast_bath_gives_the_error_function(z: float, t: float) -> None:
    limit = erfc(z / (2.0 * math.sqrt(t))) + erfc((2.0 - z) / (2.0 * math.sqrt(t)))
    assert share(z, t, 1e5) == pytest.approx(limit, abs=1e-4)
    assert abs(share(z, t, 1e5) - limit) <= abs(share(z, t, 1e3) - limit) + 1e-12


@pytest.mark.parametrize("t", [0.03, 0.1, 1.0])
def test_a_fast_bath_gives_the_cosine_series_later(t: float) -> None:
    odd = (np.arange(200) + 0.5) * np.pi
    for z in (0.1, 0.5, 1.0):
        limit = 1.0 - np.sum(2.0 / odd * np.sin(odd * z) * np.exp(-(odd**2) * t))
        assert share(z, t, 1e5) == pytest.approx(limit, abs=1e-4)


@settings(max_examples=60)
@given(biot=BIOT, t=st.floats(1e-4, 10.0))
def test_deeper_is_later(biot: float, t: float) -> None:
    shares = [share(z, t, biot) for z in np.linspace(0.0, 1.0, 9)]
    assert np.all(np.diff(shares) <= 2e-6)
    assert min(shares) >= -1e-9
    assert max(shares) <= 1.0 + 1e-9


@settings(max_examples=60)
@given(biot=BIOT, z=st.floats(0.0, 1.0))
def test_longer_is_more_also_where_the_two_solutions_meet(biot: float, z: float) -> None:
    times = np.concatenate([np.geomspace(1e-4, 10.0, 25), [0.0199999, 0.0200001]])
    shares = [share(z, t, biot) for t in np.sort(times)]
    assert np.all(np.diff(shares) >= -2e-6)
    assert share(z, 0.0200001, biot) == pytest.approx(share(z, 0.0199999, biot), abs=5e-6)


@given(fraction=st.floats(0.01, 0.99), z=st.floats(0.01, 1.0), biot=st.floats(0.1, 200.0))
def test_the_time_is_the_inverse_of_the_share(fraction: float, z: float, biot: float) -> None:
    t = exchange_time(fraction, z * H, H, D, biot * D / H)
    assert exchanged_fraction(z * H, t, H, D, biot * D / H) == pytest.approx(fraction, abs=2e-6)


def test_times_scale_with_the_square_of_the_thickness() -> None:
    one = exchange_time(0.4, 0.5 * H, H, D, 10.0 * D / H)
    two = exchange_time(0.4, H, 2 * H, D, 10.0 * D / (2 * H))
    assert two == pytest.approx(4.0 * one, rel=1e-6)


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.1, 1.5, math.nan])
def test_a_share_outside_zero_to_one_is_never_reached(fraction: float) -> None:
    with pytest.raises(NotConverged):
        exchange_time(fraction, 0.5 * H, H, D, 5e-5)
