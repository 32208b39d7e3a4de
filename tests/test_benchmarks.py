"""The benchmarks' own honesty: the forge keeps its laws, and a peer that is not there costs a row, not the run."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parents[1] / "benchmarks"
RUN = [sys.executable, str(FOLDER / "run.py")]
CONTRACT = {"name", "what", "ours_seconds", "peer", "peer_seconds", "ratio", "goal", "met", "memory_mb"}


@pytest.fixture(scope="module")
def forge() -> Iterator[Any]:
    sys.path.insert(0, str(FOLDER))
    yield import_module("forge")
    sys.path.remove(str(FOLDER))


@pytest.fixture(scope="module")
def harness(forge: Any) -> Any:
    return import_module("harness")


def test_the_same_spectra_every_time(forge: Any) -> None:
    for name in forge.KINDS:
        first, again = (forge.drawn(name, 2, 0.002, points=None) for _ in range(2))
        assert all(np.array_equal(a.impedance, b.impedance) for a, b in zip(first, again, strict=True))


def test_noise_is_what_was_asked_for(forge: Any) -> None:
    cases = forge.reference(200, 0.01)
    Z = np.array([case.impedance for case in cases])
    clean = cases[0].kind.impedance(2.0 * np.pi * cases[0].frequency, *forge.REFERENCE.values())
    error = (Z - clean) / np.abs(clean)
    assert np.std(error.real) == pytest.approx(0.01, rel=0.03)
    assert np.std(error.imag) == pytest.approx(0.01, rel=0.03)
    assert abs(np.mean(error.real * error.imag)) < 4e-6  # independent: 1e-4 times a correlation of a few per cent
    # the least chi-square is that of the degrees of freedom: two numbers a point less the parameters
    assert np.mean([case.least for case in cases]) == pytest.approx(2 * 60 - 8, rel=0.03)


def test_bounds_are_those_of_least_squares(forge: Any) -> None:
    # two parameters alone: the deviations of R0 + R1/(1 + ...) from normal equations written out for a linear problem
    kind = forge.Kind("pair", "R-R", ("R0", "L"), ("R0", "L"), lambda w, R0, L: R0 + 1j * w * L)
    truth, f = {"R0": 10.0, "L": 1e-4}, np.logspace(1, 5, 30)
    w = 2.0 * np.pi * f
    modulus = np.abs(truth["R0"] + 1j * w * truth["L"])
    found = forge.deviations(kind, truth, f, 0.01)
    assert found["R0"] == pytest.approx(0.01 / np.sqrt(np.sum(modulus**-2.0)), rel=1e-6)
    assert found["L"] == pytest.approx(0.01 / np.sqrt(np.sum((w / modulus) ** 2)), rel=1e-6)


@pytest.mark.parametrize(("name", "rest"), [("one arc", ("R0", "R1")), ("finite Warburg, short", ("R0", "R1", "Rd"))])
def test_resistances_add_at_low_frequency(forge: Any, name: str, rest: tuple[str, ...]) -> None:
    case = forge.drawn(name, 1, 0.002)[0]
    Z = case.kind.impedance(np.array([1e-12]), *(case.truth[p] for p in case.kind.parameters))
    assert Z[0].real == pytest.approx(sum(case.truth[p] for p in rest), rel=1e-4)


def test_the_truth_is_right_and_likely(forge: Any) -> None:
    for name in forge.KINDS:
        for case in forge.drawn(name, 2, 0.002, outliers=3):
            assert case.right(case.truth)
            assert not case.right({**case.truth, "R0": 2.0 * case.truth["R0"]})
            assert not case.right({})
            assert np.count_nonzero(~case.true) == 3
            assert not case.as_likely(1.01 * case.impedance)


def test_a_row_has_every_column(harness: Any) -> None:
    made = harness.row("fit", "this", ours_seconds=0.5, peer="that", peer_seconds=2.0, **harness.at_most(0.5, 1.0))
    assert set(made) >= CONTRACT
    assert (made["ratio"], made["met"], made["goal"]) == (4.0, True, "<= 1 s")
    assert harness.at_least(0.5, 0.95)["met"] is False
    with pytest.raises(KeyError):
        harness.row("fit", "this", our_seconds=1.0)


def test_a_missing_peer_says_so(harness: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("pyimpspec", "impedance"):
        monkeypatch.setitem(sys.modules, module, None)  # what Python then answers is ImportError
    made = import_module("bench_relaxation_times").rows()
    assert made[0]["peer_seconds"] is None
    assert "pyimpspec cannot be imported" in made[0]["note"]
    assert json.loads(json.dumps(made)) == made


def test_an_unknown_benchmark_is_refused() -> None:
    done = subprocess.run([*RUN, "--only", "nonsense"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "relaxation_times" in done.stderr
