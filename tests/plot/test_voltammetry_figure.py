"""Figures of voltammograms: what is drawn is what was found, in words and units, whatever the input."""

from __future__ import annotations

import re

import numpy as np
import pytest

from honeycell.analysis import reduce, reduce_series
from honeycell.plot import figure_reduction, svg
from honeycell.quantities.record import make_record
from honeycell.quantities.value import Value


def record(scale: float = 1e-3, rows: int = 200, noise: float = 2e-3, rate: float = 1e-3, cycles: int = 1):
    up = np.linspace(2.0, 4.0, rows)
    E, way = np.concatenate([up, up[::-1]]), np.repeat([1.0, -1.0], rows)
    peaks = sum(h * np.exp(-(((E - m - 0.03 * way) / 0.06) ** 2)) for m, h in ((3.0, 1.0), (3.4, 0.8)))
    rng = np.random.default_rng(0)
    current = np.concatenate([scale * (way * peaks + noise * rng.standard_normal(E.size)) for _ in range(cycles)])
    variables = {
        "potential": ("row", np.tile(E, cycles), "V"),
        "current": ("row", current, "A"),
        "segment": ("row", np.repeat(np.arange(1.0, 2.0 * cycles + 1.0), rows), "1"),
        "scan_rate": ((), rate, "V/s"),
    }
    return make_record("voltammetry/1", sample="HJ", instrument="forged", variables=variables)


def words(figure) -> str:
    return " ".join(re.findall(r">([^<>]+)</text>", svg(figure, "x", trimmed=False)))


def test_peaks_are_named_with_their_potentials() -> None:
    cell = record(cycles=2)
    figure = figure_reduction(cell, reduce(cell, {"phase": Value("Prussian white", "1")}))
    text = words(figure)
    for part in (
        "HS",
        "LS",
        "3.03",
        "2.97",
        "Potential (V)",
        "Current, anodic positive (mA)",
        "baseline",
        "all cycles",
    ):
        assert part in text
    assert "peak separation HS: 0.06" in text


@pytest.mark.parametrize(("scale", "unit"), [(1e-9, "nA"), (1e-6, "µA"), (5.0, "A")])
def test_currents_have_a_readable_unit(scale: float, unit: str) -> None:
    cell = record(scale)
    assert f"Current, anodic positive ({unit})" in words(figure_reduction(cell, reduce(cell)))


def test_a_current_turned_round_is_drawn_turned() -> None:
    cell = record()
    turned = reduce(cell.assign(current=-cell["current"]), {"current_sign": Value("cathodic positive", "1")})
    figure = figure_reduction(cell.assign(current=-cell["current"]), turned)
    lines = [line for line in figure.axes[0].lines if line.get_label() == "evaluated"]
    assert lines[0].get_ydata().max() > 0.5


def test_a_series_shows_powers_and_roots() -> None:
    rates = [1e-4 * 2.0**k for k in range(12)]
    series = [record(1e-3 * (rate / 1e-3) ** 0.7, rate=rate) for rate in rates]
    found = reduce_series(series, [{}] * len(series))
    text = words(figure_reduction(series[0], found[0]))
    assert re.search(r"1 anodic: 0\.70 \(0\.(69|70) to 0\.7[01]\)", text)
    assert "Scan rate (mV/s)" in text
    assert "0.1 mV/s" in text
    assert "through the origin" in text
    assert len(figure_reduction(series[1], found[1]).axes) == 1  # the others have their own loop


@pytest.mark.parametrize("case", ["no peaks", "few rows", "noisy", "one sweep", "zero"])
def test_extreme_records_are_drawn(case: str) -> None:
    if case == "one sweep":
        cell = record().isel(row=slice(0, 200))
    else:
        cell = {
            "no peaks": record(noise=0.0).assign(current=record()["current"] * 0.0 + 1e-6),
            "few rows": record(rows=24),
            "noisy": record(noise=0.5),
            "zero": record(scale=0.0),
        }[case]
        for name in cell.data_vars:
            cell[name].attrs.setdefault("units", {"current": "A"}.get(str(name), "1"))
    assert svg(figure_reduction(cell, reduce(cell)), case).startswith("<svg")
