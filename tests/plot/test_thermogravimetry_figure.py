"""The figure of a thermogram shows mass, rate and marks, with units on every axis."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np

from honeycell.analysis import reduce
from honeycell.plot import figure_reduction, svg
from honeycell.quantities.record import make_record


def drawn(share: float) -> tuple[str, object]:
    T = np.linspace(310.0, 900.0, 800)
    w = 1.0 - share / (1.0 + np.exp(-(T - 650.0) / 12.0)) + 1e-4 * np.random.default_rng(1).standard_normal(800)
    variables = {"temperature": ("row", T, "K"), "relative_mass": ("row", w / w[0], "1")}
    record = make_record("thermogravimetry/1", sample="HJ", instrument="x", origin="measured", variables=variables)
    figure = figure_reduction(record, reduce(record))
    assert figure is not None
    text = svg(figure, "thermogram")
    ET.fromstring(text)
    return text, figure


def test_axes_marks_and_words() -> None:
    text, figure = drawn(0.9)
    for word in ("Temperature (°C)", "Mass (% of initial mass)", "Rate of loss", "onset", "5 %", "50 %", "ISO 11358"):
        assert word in text, word
    assert [axes.get_ylim()[1] > axes.get_ylim()[0] for axes in figure.axes] == [True, True]  # type: ignore[attr-defined]


def test_a_curve_without_steps_is_drawn_too() -> None:
    text, _ = drawn(0.0)
    assert "residue" in text
    assert "onset" not in text.split("atmosphere")[0].replace("onset_temperature", "")
