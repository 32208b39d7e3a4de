from __future__ import annotations

import numpy as np
import pytest

from honeycell.film.local_pattern import local_patterns
from honeycell.film.quench_store import load_library

LIBRARY = load_library()
SEGMENT, DIFFUSIVITY = 5.5e-10, 3e-11


def at(polymer: float, gel: float, *seconds: float, deviation: float = 0.0):
    return local_patterns(
        LIBRARY,
        LIBRARY.mixture,
        np.full(len(seconds), polymer),
        gel,
        np.array(seconds),
        SEGMENT,
        DIFFUSIVITY,
        deviation,
    )


def test_beyond_the_library_lengths_grow_with_its_own_exponent() -> None:
    found = at(0.06, 0.15, 1e-2, 1e-1, 1.0)
    growth = np.diff(np.log10(found.pore))
    np.testing.assert_allclose(growth, LIBRARY.coarsening().exponent, rtol=1e-9)
    np.testing.assert_allclose(np.diff(np.log10(found.diameter)), growth, rtol=1e-9)
    assert np.all(np.diff(found.error) > 0.0)


def test_share_and_connection_do_not_depend_on_the_size_of_a_segment() -> None:
    one = at(0.06, 0.15, 1e-2)
    assert 0.06 / 0.15 * 0.8 < one.share[0] < 1.3 * 0.06 / 0.15  # what sets holds about the gel's polymer
    assert one.connected[0] > 0.95
    assert one.open_pores[0] > 0.95


def test_a_deviation_of_one_lengthens_by_the_standard_error() -> None:
    plain, more = at(0.06, 0.15, 1e-1), at(0.06, 0.15, 1e-1, deviation=1.0)
    np.testing.assert_allclose(np.log(more.pore / plain.pore), plain.error, rtol=1e-12)


def test_the_edge_is_taken_and_said_where_the_library_ends() -> None:
    inside, lean, thin = at(0.06, 0.2, 1e-2), at(0.06, 0.4, 1e-2), at(0.03, 0.1, 1e-2)
    assert inside.within[0] == 1.0
    assert lean.within[0] == thin.within[0] == 0.0
    assert np.isfinite(lean.pore[0])


def test_depths_that_never_demix_have_no_pattern() -> None:
    found = at(0.06, 0.2, np.nan, 0.0, -1.0, 1e-2)
    np.testing.assert_array_equal(np.isnan(found.pore), [True, True, True, False])


@pytest.mark.parametrize("times", [(1e-3, 1e-2, 1e-1)])
def test_a_longer_time_in_the_gap_never_makes_finer_pores(times: tuple[float, ...]) -> None:
    for polymer in (0.035, 0.06, 0.1):
        found = at(polymer, polymer / 0.4, *times)
        assert np.all(np.diff(found.pore) > 0.0)
