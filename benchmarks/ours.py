"""Our side of the impedance benchmarks, through the public functions only. Each function says in words what is not there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from harness import optional

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from forge import Case

    FitMany = Callable[[Sequence["Case"], str | None], list["Answer"]]


@dataclass(frozen=True)
class Answer:
    """What one fit says about the targets, by the forge's names, and whether it warns."""

    circuit: str
    found: dict[str, float]
    flagged: bool
    curve: np.ndarray  # fitted impedance at the case's frequencies


def fitting() -> FitMany | str:
    """Fits many spectra at once; the circuit given as text, or None for the circuit that the data support."""
    fit_many = _function("honeycell.analysis.impedance", "fit_many")
    if isinstance(fit_many, str):
        return fit_many

    def fit(cases: Sequence[Case], circuit: str | None) -> list[Answer]:
        fits = fit_many([(c.frequency, c.impedance) for c in cases], circuit=circuit)
        return [answer(one, case) for one, case in zip(fits, cases, strict=True)]

    return fit


def answer(fit: Any, case: Case) -> Answer:
    """Names of the forge for the parameters of a fit: arcs by time constant, fastest first, as the forge draws them."""
    value = dict(zip(fit.names, np.asarray(fit.values, dtype=float), strict=True))
    error = dict(zip(fit.names, np.asarray(fit.standard_errors, dtype=float), strict=True))
    place = {
        name: label for name in value if (label := {"R0": "R0", "W1": "sigma", "Ws1_R": "Rd", "Wo1_R": "Rd"}.get(name))
    }
    timed = []
    for arc in fit.circuit.arcs:
        R, Q = fit.values[arc.resistance], fit.values[arc.capacity]
        alpha = 1.0 if arc.exponent is None else fit.values[arc.exponent]
        timed.append((float((R * Q) ** (1.0 / alpha)), fit.names[arc.resistance]))
    place |= {name: f"R{i}" for i, (_, name) in enumerate(sorted(timed), start=1)}
    flagged = bool(fit.ambiguous) or not all(np.isfinite(error[name]) for name in place)
    found = {label: float(value[name]) for name, label in place.items()}
    for kind in ("Ws1", "Wo1"):  # far below its time constant a finite element is a semi-infinite one
        if f"{kind}_R" in value:
            found["sigma"] = float(value[f"{kind}_R"] / np.sqrt(2.0 * value[f"{kind}_tau"]))
    return Answer(fit.circuit.text, found, flagged, fit.circuit.impedance(case.frequency, fit.values))


def kramers_kronig() -> Callable[[Case], Any] | str:
    """Our linear Kramers-Kronig test, with its search for outliers."""
    test = _function("honeycell.analysis.impedance.kramers_kronig", "kramers_kronig_test")
    return test if isinstance(test, str) else lambda case: test(case.frequency, case.impedance)


def relaxation_times() -> Callable[[Case], Any] | str:
    """Our distribution of relaxation times."""
    invert = _function("honeycell.analysis.impedance.relaxation_times", "relaxation_times")
    return invert if isinstance(invert, str) else lambda case: invert(case.frequency, case.impedance)


def _function(module: str, name: str) -> Callable[..., Any] | str:
    found = optional(module)
    if isinstance(found, str):
        return found
    return getattr(found, name, None) or f"{module} has no {name}"
