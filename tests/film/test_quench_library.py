"""The quench library: fresh, readable without objects, interpolated between its quenches and honest beyond them."""

from __future__ import annotations

import json
import zipfile
from dataclasses import astuple, replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from honeycell.data.tables import load_parameters
from honeycell.film.coarsening import coarsening_law, reduced_time
from honeycell.film.pattern import pattern_statistics
from honeycell.film.quench import Quench, QuenchSettings
from honeycell.film.quench_library import (
    LENGTHS,
    LibraryQuench,
    QuenchLibrary,
    compute_library,
    library_mixture,
    quench_of,
)
from honeycell.film.quench_store import inputs_hash, load_library, read_library, stored_hash, write_library
from honeycell.physics.flory_huggins import TernaryMixture
from honeycell.quantities.errors import InputError, TableError
from honeycell.recipe.library import load

MIXTURE = TernaryMixture(5.335, 1250.7, 0.785, 0.665, 2.09, 0.43)
LARGEST = 3e6  # bytes


@pytest.fixture(scope="module")
def small() -> QuenchLibrary:
    box = QuenchSettings(0.06, 0.12, 1e4, shape=(16, 16, 16))
    return compute_library(MIXTURE, 1, (0.06, 0.08), (0.15, 0.45, 0.6), (1e4, 2e4), box, show=False)


def test_the_shipped_library_is_not_stale() -> None:
    """Computed from the present tables, box, axes and constants of the method; if not: compute and write it again."""
    mixture = library_mixture(load_parameters().with_values(load("hj-4-6").values()))
    assert stored_hash() == inputs_hash(mixture)


def test_the_hash_sees_every_input() -> None:
    box = QuenchSettings(0.035, 0.1, 1e4)
    hashes = {
        inputs_hash(MIXTURE),
        inputs_hash(replace(MIXTURE, chi13=2.1)),
        inputs_hash(MIXTURE, box),
        inputs_hash(MIXTURE, replace(box, seed=1)),
        inputs_hash(MIXTURE, axes=((0.035, 0.06), (0.3,), (1e4,))),
    }
    assert len(hashes) == 5
    assert inputs_hash(MIXTURE) == inputs_hash(replace(MIXTURE, chi13=2.09 * (1.0 + 1e-15)))


def test_the_shipped_library_is_small_and_holds_no_objects() -> None:
    folder = Path(str(files("honeycell.film")))
    assert sum((folder / f"quench_library.{end}").stat().st_size for end in ("npz", "json")) < LARGEST
    with zipfile.ZipFile(folder / "quench_library.npz") as archive:
        assert all(name.endswith(".npy") for name in archive.namelist())


def test_the_shipped_numbers_are_those_of_the_shipped_maps() -> None:
    library = load_library()
    for place in ((0, 0, 0), (2, 1, 1), (4, 3, 2)):
        if np.isfinite(library.values[place]).all():
            found = pattern_statistics(library.rich(*place), library.settings.spacing)
            assert library.values[place][0] == pytest.approx(found.share_rich)
            assert library.values[place][5] == found.euler_number


def test_the_shipped_library_shows_what_the_mixture_does() -> None:
    """Coarsening between a sixth and a third; open nets at 10 wt%, which thin dopes with rich gels lose; gels near the dope leave more."""
    library = load_library()
    law = library.coarsening()
    assert 1.0 / 6.0 < law.exponent < 1.0 / 3.0
    assert law.standard_error < 0.01 < law.scatter < 0.05
    open_net = library.look_up(0.06, 0.45, 4e4).statistics
    assert open_net.largest_rich > 0.95
    assert open_net.largest_lean > 0.95
    assert library.look_up(0.035, 0.22, 4e4).statistics.largest_rich < 0.5
    shares = [library.look_up(0.06, ratio, 4e4).statistics.share_rich for ratio in library.gel_ratio]
    assert np.all(np.diff(shares) > 0.0)


def test_what_is_written_is_read(small: QuenchLibrary, tmp_path: Path) -> None:
    write_library(small, tmp_path)
    again = read_library(tmp_path)
    np.testing.assert_allclose(again.values, small.values, rtol=1e-11)
    assert np.array_equal(again.bits, small.bits)
    assert again.mixture == small.mixture
    assert again.settings == small.settings
    content = (tmp_path / "quench_library.npz").read_bytes()
    write_library(replace(small, values=small.values * (1.0 + 4e-16)), tmp_path)
    assert (tmp_path / "quench_library.npz").read_bytes() == content  # whatever order a mean was summed up in
    for damage in ("npz", "json", "swap"):
        write_library(small, tmp_path)
        if damage == "swap":
            said = json.loads((tmp_path / "quench_library.json").read_text(encoding="utf-8"))
            said["statistics"] = said["statistics"][::-1]
            (tmp_path / "quench_library.json").write_text(json.dumps(said), encoding="utf-8")
        else:
            (tmp_path / f"quench_library.{damage}").write_bytes(b"{}")
        with pytest.raises(TableError, match="Compute the library again"):
            read_library(tmp_path)
    with pytest.raises(TableError):
        read_library(tmp_path / "nowhere")


def test_at_its_own_quenches_it_says_what_they_were(small: QuenchLibrary) -> None:
    found = small.look_up(0.08, 0.45, 2e4)
    assert isinstance(found, LibraryQuench)
    assert found.nearest == (0.08, 0.45, 2e4)
    assert np.array_equal(found.rich, small.rich(1, 1, 1))
    known = pattern_statistics(found.rich, small.settings.spacing)
    assert astuple(found.statistics) == pytest.approx(astuple(known), rel=1e-12)
    assert (found.voxel_size, found.length_error) == (small.settings.spacing, 0.0)
    assert found.arrested == 1.0


def test_between_its_quenches_it_interpolates(small: QuenchLibrary) -> None:
    low, high = small.look_up(0.06, 0.45, 1e4).statistics, small.look_up(0.08, 0.45, 1e4).statistics
    middle = small.look_up(0.07, 0.45, 1e4).statistics
    assert middle.share_rich == pytest.approx(0.5 * (low.share_rich + high.share_rich))
    assert middle.wall_chord == pytest.approx(np.sqrt(low.wall_chord * high.wall_chord))


def test_longer_ramps_grow_by_the_measured_exponent(small: QuenchLibrary) -> None:
    longest, longer = small.look_up(0.06, 0.45, 2e4), small.look_up(0.06, 0.45, 2e6)
    law = small.coarsening()
    for name in LENGTHS:
        assert getattr(longer.statistics, name) == pytest.approx(
            getattr(longest.statistics, name) * 100.0**law.exponent
        )
    assert longer.voxel_size == pytest.approx(small.settings.spacing * 100.0**law.exponent)
    assert longer.length_error == pytest.approx(law.relative_error(100.0))
    assert longer.statistics.share_rich == longest.statistics.share_rich


@pytest.mark.parametrize(
    "point",
    [(0.05, 0.45, 1e4), (0.09, 0.45, 1e4), (0.06, 0.7, 1e4), (0.06, 0.1, 1e4), (0.06, 0.45, 5e3), (0.06, 0.45, -1.0)],
)
def test_outside_it_refuses(small: QuenchLibrary, point: tuple[float, float, float]) -> None:
    with pytest.raises(InputError):
        small.look_up(*point)


def test_a_gel_that_no_phase_reaches_is_no_entry(small: QuenchLibrary) -> None:
    assert np.isnan(small.values[1, 0]).all()  # 0.08/0.15 = 0.53
    with pytest.raises(InputError, match="does not set"):
        small.look_up(0.08, 0.16, 1e4)


def test_outside_a_quench_of_its_own_is_run(small: QuenchLibrary) -> None:
    assert isinstance(quench_of(small, MIXTURE, 0.07, 0.5, 1e4), LibraryQuench)
    own = quench_of(small, MIXTURE, 0.07, 0.7, 1e4)
    assert isinstance(own, Quench)
    assert own.settings.shape == small.settings.shape


@pytest.mark.slow
def test_processes_give_the_same_library(small: QuenchLibrary) -> None:
    two = compute_library(MIXTURE, 2, (0.06, 0.08), (0.15, 0.45, 0.6), (1e4, 2e4), small.settings, show=False)
    assert np.array_equal(two.bits, small.bits)
    assert np.array_equal(two.values, small.values, equal_nan=True)


def test_coarsening_law_recovers_what_was_forged() -> None:
    times = np.array([1e4, 4e4, 1.6e5])
    rng, inside = np.random.default_rng(0), 0
    for _ in range(200):
        lengths = np.exp(rng.uniform(2.0, 4.0, (10, 1))) * times**0.25 * np.exp(0.05 * rng.standard_normal((10, 3)))
        law = coarsening_law(times, lengths)
        inside += abs(law.exponent - 0.25) < law.standard_error
    assert 0.60 <= inside / 200 <= 0.76
    lengths[0, 1:] = np.nan  # a series of one says nothing
    assert coarsening_law(times, lengths).count == 27
    with pytest.raises(InputError):
        coarsening_law(times, [[1.0, 2.0, np.nan]])
    both = np.hypot(law.standard_error, law.scatter)
    assert law.relative_error(100.0) == pytest.approx(np.log(100.0) * both)


def test_reduced_time() -> None:
    assert reduced_time(2.0, 0.5e-9, 1e-11) == pytest.approx(2.0 * 1e-11 / 0.25e-18)
