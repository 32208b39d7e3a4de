"""The peers' side of the impedance benchmarks. Each function returns a callable, or says in words why there is none."""

from __future__ import annotations

import contextlib
import io
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from harness import optional

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from forge import Case

    Call = Callable[[Case], Any]

IMPEDANCE, PYIMPSPEC = "impedance.py", "pyimpspec"
CIRCUITS = {"two arcs and Warburg": ("R0-p(R1,CPE1)-p(R2-W1,CPE2)", "R(RQ)([RW]Q)")}
ROUND = {"R0": 1.0, "R1": 1.0, "Q1": 1e-3, "a1": 0.8, "R2": 1.0, "sigma": 1.0, "Q2": 1e-3, "a2": 0.8}
NEAR = 1.2  # a near guess is off by this factor, up and down in turn


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No warnings and no prints: the peers' progress must not enter the table."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def near(case: Case) -> dict[str, float]:
    """The truth, each parameter off by a fifth; exponents by a twentieth."""
    factor = {name: NEAR if i % 2 else 1.0 / NEAR for i, name in enumerate(case.kind.parameters)}
    return {
        name: min(0.99, value * factor[name] ** 0.25) if name.startswith("a") else value * factor[name]
        for name, value in case.truth.items()
    }


def impedance_fit(guess: Callable[[Case], dict[str, float]]) -> Call | str:
    """impedance.py's CustomCircuit, modulus weight; returns the targets it found."""
    module = optional("impedance.models.circuits")
    if isinstance(module, str):
        return module

    def fit(case: Case) -> dict[str, float]:
        first = guess(case)
        order = [first[name] for name in ("R0", "R1", "Q1", "a1", "R2", "sigma", "Q2", "a2")]
        circuit = module.CustomCircuit(CIRCUITS[case.kind.name][0], initial_guess=order)
        with quiet():
            try:
                circuit.fit(case.frequency, case.impedance, weight_by_modulus=True)
            except RuntimeError:  # curve_fit gave up: an answer too
                return {}
        found = circuit.parameters_
        return {"R0": found[0], "R2": found[4], "sigma": found[5]}

    return fit


def impedance_kramers_kronig() -> Call | str:
    """impedance.py's linKK at its defaults."""
    module = optional("impedance.validation")
    if isinstance(module, str):
        return module
    # 1.7.1 writes its numbers into a text that it evaluates; numpy 2 prints them as np.float64(…), a name that text does not know
    module.circuit_elements.setdefault("np", np)

    def test(case: Case) -> object:
        with quiet():
            return module.linKK(case.frequency, case.impedance)

    return test


def _data(module: Any, case: Case) -> Any:
    return module.DataSet(case.frequency, case.impedance)


def pyimpspec_fit() -> Call | str:
    """pyimpspec's fit at its defaults: every method with every weight, no guess."""
    module = optional("pyimpspec")
    if isinstance(module, str):
        return module

    def fit(case: Case) -> dict[str, float]:
        with quiet():
            result = module.fit_circuit(module.parse_cdc(CIRCUITS[case.kind.name][1]), _data(module, case))
        found: dict[str, float] = {}
        resistances = []
        for element in result.circuit.get_elements():
            values = element.get_values()
            if element.get_symbol() == "R":
                resistances.append(values["R"])
            elif element.get_symbol() == "W":
                # Z = 1 / (Y (j omega)**0.5), ours sigma (1 - j) omega**-0.5
                found["sigma"] = 1.0 / (values["Y"] * np.sqrt(2.0))
        found["R0"], found["R2"] = resistances[0], resistances[2]
        return found

    return fit


def pyimpspec_kramers_kronig() -> Call | str:
    """pyimpspec's Kramers-Kronig test at its defaults."""
    module = optional("pyimpspec")
    if isinstance(module, str):
        return module

    def test(case: Case) -> object:
        with quiet():
            return module.perform_kramers_kronig_test(_data(module, case))

    return test


def pyimpspec_relaxation_times() -> Call | str:
    """pyimpspec's distribution of relaxation times by regularised non-negative least squares."""
    module = optional("pyimpspec")
    if isinstance(module, str):
        return module

    def invert(case: Case) -> object:
        with quiet():
            return module.calculate_drt(_data(module, case), method="tr-nnls")

    return invert
