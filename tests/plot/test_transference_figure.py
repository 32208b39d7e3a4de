"""The figure of a transient: current with its two levels, spectra on equal axes, numbers and flags."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from honeycell.analysis import reduce, reduce_series
from honeycell.plot import figure_reduction, svg
from honeycell.quantities.record import make_record
from honeycell.quantities.value import Value

TIME = np.arange(1.0, 1500.0)


def transient(fall: float, noise: float, size: float = 2e-4, spike: float = 0.0):
    current = size * (1.0 + fall * np.exp(-TIME / 80.0) + spike * np.exp(-TIME / 0.7))
    current = current * (1.0 + noise * np.random.default_rng(1).standard_normal(TIME.size))
    variables = {"test_time": ("row", TIME, "s"), "current": ("row", current, "A"), "potential_step": ((), 0.01, "V")}
    return make_record("chronoamperometry/1", sample="HJ", instrument="x", origin="measured", variables=variables)


def spectrum(arc: float):
    f = np.geomspace(1e5, 1.0, 30)
    z = 11.0 + arc / (1.0 + (2j * np.pi * f * 1e-3) ** 0.9)
    z = z * (1.0 + 0.002 * np.random.default_rng(int(arc)).standard_normal(30))
    variables = {"real_impedance": ("frequency", z.real, "ohm"), "imaginary_impedance": ("frequency", z.imag, "ohm")}
    return make_record(
        "impedance/1", sample="HJ", instrument="x", origin="measured", variables=variables,
        coordinates={"frequency": ("frequency", f, "Hz")},
    )  # fmt: skip


def test_all_that_is_known_is_drawn() -> None:
    records = [transient(0.3, 1e-3, spike=3.0), spectrum(12.0), spectrum(14.0)]
    reduction = reduce_series(records, [{"circuit": Value("R-(R CPE)")}] * 3)[0]
    figure = figure_reduction(records[0], reduction)
    assert figure is not None
    nyquist = figure.axes[1]
    assert nyquist.get_aspect() == 1.0
    text = svg(figure, "transient")
    ET.fromstring(text)
    for word in (
        "Current (µA)",
        "Time after the step (s)",
        "−Z″ (Ω)",
        "before",
        "after",
        "left out",
        "transference no.",
    ):
        assert word in text, word
    for word in ("non_ideal", "spike"):
        assert word in text, word


@pytest.mark.parametrize(
    ("record", "unit"),
    [(transient(0.0, 0.4), "µA"), (transient(0.5, 0.0, 3e-9), "nA"), (transient(5.0, 0.01, 2.0), "A")],
)
def test_extremes_are_drawn_too(record, unit: str) -> None:
    figure = figure_reduction(record, reduce(record))
    assert figure is not None
    text = svg(figure, "transient")
    ET.fromstring(text)
    assert f"Current ({unit})" in text
    assert "−Z″" not in text
