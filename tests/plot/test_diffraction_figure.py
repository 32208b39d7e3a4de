"""Figures of patterns, structures and series: units on every axis, labels inside, odd inputs drawn too."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from honeycell.analysis import reduce, reduce_series
from honeycell.plot import figure_reduction, svg
from honeycell.quantities.record import make_record
from honeycell.quantities.value import Value

PBA = {"phase": Value("pba_cubic"), "goniometer_radius": Value(0.2, "m")}


def pattern(y: np.ndarray, **attributes):
    x = np.deg2rad(np.linspace(14.0, 44.0, y.shape[-1]))
    schema = "diffraction/1" if y.ndim == 1 else "diffraction_series/1"
    variables = {"intensity": (("pattern", "two_theta")[-y.ndim :], y, "1"), "wavelength": ((), 1.540593e-10, "m")}
    return make_record(
        schema, sample="HJ film", instrument="x", origin="measured", variables=variables,
        coordinates={"two_theta": ("two_theta", x, "rad")}, attributes={"intensity_unit": "counts", "anode": "Cu", **attributes},
    )  # fmt: skip


def counts(seed: int = 0, shift: float = 0.0) -> np.ndarray:
    x = np.linspace(14.0, 44.0, 1001)
    lines = ((17.17, 500.0), (24.38, 200.0), (34.72, 900.0), (38.96, 700.0))
    expected = 80.0 + sum(h * np.exp(-(((x - p - shift) / 0.11) ** 2)) for p, h in lines)
    return np.random.default_rng(seed).poisson(expected).astype(float)


def drawn(record, settings=None) -> tuple[str, object]:
    figure = figure_reduction(record, reduce(record, settings or {}))
    assert figure is not None
    text = svg(figure, "pattern", trimmed=False)
    ET.fromstring(text)
    return text, figure


def test_a_pattern_has_its_fit_residual_ticks_and_labels() -> None:
    text, figure = drawn(pattern(counts()), PBA)
    for word in (
        "2θ (degree)",
        "Intensity (counts)",
        "square-root scale",
        "Difference",
        "fit",
        "baseline",
        "pba_cubic",
        "(4 0 0)",
        "lattice parameter",
        "Å",
        "µm",
    ):
        assert word in text, word
    width, height = figure.get_size_inches() * figure.dpi  # type: ignore[attr-defined]
    for axes in figure.axes:  # type: ignore[attr-defined]
        for label in axes.texts:
            box = label.get_window_extent()
            assert box.x0 >= 0.0
            assert box.y0 >= 0.0
            assert box.x1 <= width
            assert box.y1 <= 0.9 * height


def test_a_series_has_map_voltage_and_cells_over_one_time() -> None:
    record = pattern(np.array([counts(p, 0.03 * p) for p in range(4)]))
    record = record.assign(
        pattern_time=("pattern", 3600.0 * np.arange(4), {"units": "s"}),
        voltage=("pattern", np.linspace(3.0, 3.6, 4), {"units": "V"}),
    )
    text, figure = drawn(record, PBA)
    for word in ("Time (h)", "Voltage (V)", "Lattice parameter (Å)", "2θ (degree)", "95 % bars", "cell 1"):
        assert word in text, word
    limits = {axes.get_ylim() for axes in figure.axes if axes.get_xlabel()}  # type: ignore[attr-defined]
    assert len(limits) == 1  # all share the time


def test_files_of_a_series_without_times_are_drawn_by_number() -> None:
    records = [pattern(counts(p, 0.02 * p)) for p in range(3)]
    found = reduce_series(records, [{}] * 3)
    text = svg(figure_reduction(records[0], found[0]))  # type: ignore[arg-type]
    assert "Pattern" in text
    assert "Movement (degree)" in text
    second = svg(figure_reduction(records[1], found[1]))  # type: ignore[arg-type]
    assert "Intensity (counts)" in second


def test_a_structure_is_drawn_as_sticks() -> None:
    record = make_record(
        "crystal/1", sample="x", instrument="none", origin="measured",
        variables={
            "cell_length": ("axis", np.array([5e-10, 6e-10, 7e-10]), "m"),
            "cell_angle": ("axis", np.full(3, np.pi / 2), "rad"),
            "fractional_position": (("site", "axis"), np.array([[0.1, 0.2, 0.3]]), "1"),
            "occupancy": ("site", np.ones(1), "1"),
            "displacement_factor": ("site", np.full(1, 1e-20), "m**2"),
        },
        attributes={"symmetry_operations": '["x,y,z"]', "elements": '["Si"]'},
    )  # fmt: skip
    assert "Spacing d (Å)" in drawn(record)[0]
    assert "2θ (degree)" in drawn(record, {"wavelength": Value(1.54e-10, "m")})[0]


@pytest.mark.parametrize(
    "y",
    [
        np.zeros(300),
        np.full(200, 5.0),
        counts()[:9],
        np.where(np.arange(400) == 50, 1e8, 0.0),
        counts() * 1e12,
        counts() - 90.0,
    ],
    ids=["zeros", "constant", "few", "spike", "huge", "negative"],
)
def test_odd_patterns_are_drawn(y: np.ndarray) -> None:
    text, _ = drawn(pattern(y, intensity_unit="unknown"))
    assert "2θ (degree)" in text
