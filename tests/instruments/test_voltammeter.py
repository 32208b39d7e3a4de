from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.constants import R, physical_constants

from honeycell.analysis import reduce, reduce_series
from honeycell.instruments.voltammeter import Voltammeter
from honeycell.physics.voltammetry import peak_current, reversible_peak_separation
from honeycell.quantities.errors import InputError
from honeycell.quantities.record import Ancestry
from honeycell.quantities.value import Value
from honeycell.readers import Source, read_source
from honeycell.writers.chi_series import chi_voltammetry_text

pytest.importorskip("honeycell.cell.protocol")
kT = R * 298.15 / physical_constants["Faraday constant"][0]
F = physical_constants["Faraday constant"][0]
AREA, CONCENTRATION, D = 1e-4, 100.0, 1e-14


class FlatHost:
    """A Nernstian couple that diffuses into a half space below a flat electrode: nothing reacted at rest, no resistance anywhere.

    Implicit steps on places that spread out geometrically; the surface is at equilibrium with the potential.
    """

    temperature = 298.15
    ancestry = Ancestry()
    cathode = SimpleNamespace(area=AREA, active_mass=1e-6, filling=0.999)

    def open_circuit(self, filling):
        return 3.0 - kT * np.log(filling / (1.0 - filling))

    def drive(self, protocol, *, rows_per_step=None):
        depth = (8.0 * D * sum(step.duration for step in protocol)) ** 0.5
        edges = depth * np.expm1(np.linspace(0.0, 6.0, 121)) / np.expm1(6.0)
        size, gaps = np.diff(edges), np.diff(0.5 * (edges[1:] + edges[:-1]))
        x = np.full(size.size, self.cathode.filling)
        columns, begun = [], 0.0
        for number, step in enumerate(protocol, start=1):
            n = 3000
            dt = step.duration / n
            A = np.zeros((size.size, size.size))
            k = np.arange(gaps.size)
            for a, b in ((k, k + 1), (k + 1, k)):
                A[a, b] -= dt * D / gaps
                A[a, a] += dt * D / gaps
            A[0, 0] += dt * D / (0.5 * size[0])
            A = np.linalg.inv((A + np.diag(size)) / size[:, None])
            potential = np.linspace(step.start, step.end, n + 1)[1:]
            surface = 1.0 / (1.0 + np.exp((potential - 3.0) / kT))
            current = np.empty(n)
            for row, s in enumerate(surface):
                x[0] += dt * D / (0.5 * size[0]) * s / size[0]
                x = A @ x
                current[row] = F * AREA * CONCENTRATION * D * (x[0] - s) / (0.5 * size[0])
            time = begun + dt * np.arange(1, n + 1)
            columns.append((time, potential, current, np.full(n, float(number))))
            begun = time[-1]
        time, voltage, current, segment = (np.concatenate(each) for each in zip(*columns, strict=True))
        return SimpleNamespace(trace=SimpleNamespace(time=time, voltage=voltage, current=current, step=segment))


@pytest.fixture(scope="module")
def own(parameters):
    more = {
        "voltammetry.voltage_minimum": (2.55, "V"),
        "voltammetry.voltage_maximum": (3.45, "V"),
        "voltammetry.scan_rate": (1e-4, "V/s"),
    }
    return parameters.with_values({f"recipe.{key}": Value(*given) for key, given in more.items()})


@pytest.fixture(scope="module")
def measured(own):
    kept = {}

    def make(rate=1e-4, noise=5e-5, seed=1):
        if (rate, noise, seed) not in kept:
            view = own.replace({"potentiostat.current_noise": noise}).view()
            rng = np.random.default_rng(seed)
            kept[rate, noise, seed] = Voltammeter(rate).measure(FlatHost(), view, sample="a", rng=rng)
        return kept[rate, noise, seed]

    return make


def test_first_sweep_peaks_at_randles_and_sevcik(measured):
    for rate in (1e-4, 8e-4):
        record = measured(rate, 0.0)
        first = record["segment"].values == 1.0
        current, potential = record["current"].values[first], record["potential"].values[first]
        expected = float(peak_current(D, rate, AREA, CONCENTRATION, 1.0, 298.15))
        assert current.max() == pytest.approx(expected, rel=0.01)
        # 28.5 mV beyond the half-wave potential
        assert potential[current.argmax()] - 3.0 == pytest.approx(0.0285, abs=1.5e-3)


def test_reduction_returns_the_diffusivity_of_a_nernstian_couple(measured):
    records = [measured(rate) for rate in (1e-4, 2e-4, 4e-4, 8e-4)]
    settings = {
        "area": Value(AREA, "m**2"),
        "concentration": Value(CONCENTRATION, "mol/m**3"),
        "electrons": Value(1.0, "1"),
    }
    first = [record.isel(row=record["segment"].values == 1.0) for record in records]
    found = reduce_series(first, [settings] * 4)[0]
    assert found["diffusion_coefficient"].value == pytest.approx(D, rel=0.05)
    assert found["b_value"].value == pytest.approx(0.5, abs=0.01)


def test_peaks_of_the_loop_are_those_of_a_reversible_couple(measured):
    found = reduce(measured())
    (separation,) = [each.value for each in found.quantities if each.name.startswith("peak_separation")]
    assert separation == pytest.approx(reversible_peak_separation(1.0, 298.15), abs=4e-3)


def test_record_runs_from_rest_to_both_ends_of_the_window(measured):
    record = measured()
    E, segment = record["potential"].values, record["segment"].values
    assert E[0] == pytest.approx(float(FlatHost().open_circuit(0.999)))
    assert [E[segment == n][-1] for n in (1.0, 2.0, 3.0)] == pytest.approx([3.45, 2.55, 3.45])
    assert np.median(abs(np.diff(E))) == pytest.approx(1e-3)
    assert (np.diff(record["test_time"].values) > 0.0).all()
    slope = np.diff(E) / np.diff(record["test_time"].values)
    assert abs(slope) == pytest.approx(float(record["scan_rate"]), rel=1e-6)
    assert record["current"].values[segment == 1.0].max() > 0.0


def test_same_seed_same_bytes(own):
    view = own.view()

    def once(seed):
        return Voltammeter(8e-4).measure(FlatHost(), view, sample="a", rng=np.random.default_rng(seed))

    assert once(3).identical(once(3))
    assert not once(3).identical(once(4))


def test_an_instruments_own_file_gives_the_same_peaks(measured):
    back = read_source(Source("cv.txt", chi_voltammetry_text(measured()).encode()))
    peaks = [[row["potential"] for row in reduce(each).tables["peaks"]] for each in (back, measured())]
    assert peaks[0] == pytest.approx(peaks[1], abs=1e-9)


def test_ancestry(measured):
    keys = set(json.loads(measured().attrs["parameter_keys"]))
    assert {"recipe.voltammetry.voltage_minimum", "potentiostat.sample_interval"} <= keys


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"voltage_minimum": 2.9}, "rests at 2.823 V, outside the window of 2.9 to 3.45 V"),
        ({"voltage_minimum": 3.6}, "does not ascend"),
        ({"scan_rate": 0.0}, "scan_rate is 0.0 V/s"),
    ],
)
def test_bad_sweeps(own, changes, words):
    view = own.replace({f"recipe.voltammetry.{name}": value for name, value in changes.items()}).view()
    with pytest.raises(InputError, match=words):
        Voltammeter().measure(FlatHost(), view, sample="a", rng=np.random.default_rng(0))


@pytest.mark.parametrize("rate", [0.0, -1e-4, float("nan")])
def test_bad_scan_rate(rate):
    with pytest.raises(InputError, match="scan rate"):
        Voltammeter(rate)
