from __future__ import annotations

import numpy as np
import pytest

from honeycell.analysis.result import Estimate, Reduction
from honeycell.plot import GF_COLOUR, HJ_COLOUR, svg
from honeycell.plot.cells import figure_conductivities, figure_low_frequencies, figure_rates, figure_sweeps
from honeycell.quantities.record import make_record

SAMPLES = ("gf", "hj-4-6")


def voltammogram(sample: str, rate: float):
    E = np.concatenate([np.linspace(2.9, 4.0, 60), np.linspace(4.0, 2.0, 100), np.linspace(2.0, 4.0, 100)])
    segment = np.repeat([1.0, 2.0, 3.0], [60, 100, 100])
    current = np.where(segment == 2.0, -1.0, 1.0) * rate * np.exp(-(((E - 3.0) / 0.1) ** 2))
    time = np.arange(E.size, dtype=float)
    return make_record(
        "voltammetry/1",
        sample=sample,
        instrument="voltammeter",
        variables={
            "test_time": ("row", time, "s"),
            "potential": ("row", E, "V"),
            "current": ("row", current, "A"),
            "segment": ("row", segment, "1"),
            "scan_rate": ((), rate, "V/s"),
            "active_mass": ((), 2e-6, "kg"),
        },
    )


def colours(figure) -> set[str]:
    return {line.get_color() for ax in figure.axes for line in ax.get_lines() if isinstance(line.get_color(), str)}


def test_sweeps_are_drawn_per_mass_slow_first_without_the_one_from_rest() -> None:
    figure = figure_sweeps({name: [voltammogram(name, rate) for rate in (8e-4, 1e-4)] for name in SAMPLES})
    slowest, *families = figure.axes
    assert "0.1 mV" in slowest.get_title(loc="left")
    lines = [line for line in slowest.get_lines() if line.get_label() in SAMPLES]
    assert [line.get_color() for line in lines] == [GF_COLOUR, HJ_COLOUR]
    assert np.abs(lines[0].get_ydata()).max() == pytest.approx(1e-4 / 2e-6, rel=0.05)
    assert len(lines[0].get_xdata()) == 200
    assert [ax.get_title(loc="left") for ax in families] == list(SAMPLES)
    assert families[0].get_ylim() == families[1].get_ylim()
    assert "<svg" in svg(figure)


def test_one_sweep_of_one_sample_is_enough() -> None:
    assert len(figure_sweeps({"pe": [voltammogram("pe", 1e-4)]}).axes) == 1


def test_low_frequencies_are_those_below_a_hertz_with_the_slope_in_words() -> None:
    frequency = np.geomspace(1e5, 1e-2, 71)
    record = make_record(
        "impedance/1",
        sample="gf",
        instrument="impedance_analyser",
        coordinates={"frequency": ("frequency", frequency, "Hz")},
        variables={
            "real_impedance": ("frequency", 20.0 + 3.0 / np.sqrt(2.0 * np.pi * frequency), "ohm"),
            "imaginary_impedance": ("frequency", -3.0 / np.sqrt(2.0 * np.pi * frequency), "ohm"),
        },
    )
    slope = Estimate("low_frequency_slope", 3.0, "ohm/s**0.5", 0.1, (2.8, 3.2))
    figure = figure_low_frequencies({"gf": record}, {"gf": Reduction("impedance", (slope,))})
    (line,) = figure.axes[0].get_lines()
    assert line.get_xdata().min() == pytest.approx(1.0 / np.sqrt(2.0 * np.pi), rel=0.15)
    assert np.polyfit(line.get_xdata(), line.get_ydata(), 1)[0] == pytest.approx(3.0)
    assert "3.0" in line.get_label()


def ladder(scale: float) -> Reduction:
    cycles = [{"cycle": n, "specific_discharge_capacity": scale * 100.0 / n if n != 2 else None} for n in range(1, 7)]
    rates = [{"cycles": "1-3", "rate / C": 0.1}, {"cycles": "4-5", "rate / C": 10.0}, {"cycles": "6", "rate / C": 0.2}]
    return Reduction("cycling", (), {"cycles": cycles, "rates": rates})


def test_rates_stand_above_their_cycles() -> None:
    figure = figure_rates({"gf": ladder(1.0), "hj-4-6": ladder(1.2)})
    assert [text.get_text() for text in figure.axes[0].texts] == ["0.1C", "10C", "0.2C"]
    assert {GF_COLOUR, HJ_COLOUR} <= colours(figure)


def test_conductivities_share_one_pair_of_axes() -> None:
    def found(scale: float) -> Reduction:
        T = np.array([253.15, 298.15, 333.15])
        sigma = scale * np.exp(-1000.0 / T)
        rows = [
            {"temperature / degC": t - 273.15, "series_resistance / ohm": 2.0 / s, "conductivity / S/cm": s}
            for t, s in zip(T, sigma, strict=True)
        ]
        curve = [{"temperature / K": t, "arrhenius / S": s / 2.0} for t, s in zip(T, sigma, strict=True)]
        energy = Estimate("activation_energy", 8314.0, "J/mol", 100.0, (8100.0, 8500.0))
        return Reduction("impedance", (energy,), {"temperatures": rows, "curve_temperatures": curve})

    figure = figure_conductivities({"gf": found(1.0), "hj-4-6": found(0.1)})
    points, law, *_ = figure.axes[0].get_lines()
    assert law.get_ydata() == pytest.approx(points.get_ydata())
    assert {GF_COLOUR, HJ_COLOUR} <= colours(figure)
    assert "<svg" in svg(figure)
