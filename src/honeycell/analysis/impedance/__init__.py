"""Impedance spectra: test, fit without a guess, and what follows from the fit."""

from __future__ import annotations

from honeycell.analysis.impedance.automatic import Examined, examine, examine_series, fit, fit_many
from honeycell.analysis.impedance.circuit import Circuit, parse_circuit
from honeycell.analysis.impedance.fit import Fit
from honeycell.analysis.impedance.profile import profile_intervals
from honeycell.analysis.impedance.reduce import reduce_impedance, reduce_impedances

__all__ = [
    "Circuit",
    "Examined",
    "Fit",
    "examine",
    "examine_series",
    "fit",
    "fit_many",
    "parse_circuit",
    "profile_intervals",
    "reduce_impedance",
    "reduce_impedances",
]
