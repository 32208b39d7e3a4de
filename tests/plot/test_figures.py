"""Figures drawn from forged records."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest

from honeycell.plot import (
    GF_COLOUR,
    HJ_COLOUR,
    colour_of,
    figure_first_cycle,
    figure_ledger_counts,
    figure_nyquist,
    figure_profile,
    figure_ternary,
    svg,
)
from honeycell.quantities.errors import InputError
from honeycell.quantities.record import make_record


def ternary(sample: str = "hj") -> Any:
    t = np.linspace(1.0, 0.05, 30)
    lean = np.stack([0.1 + 0.85 * t, 0.85 - 0.84 * t, 0.05 - 0.01 * t], axis=1)
    rich = np.stack([0.1 + 0.02 * t, 0.85 - 0.80 * t, 0.05 + 0.78 * t], axis=1)
    lean[7] = np.nan
    spinodal = np.concatenate([0.7 * lean[::3] + 0.3 * rich[::3], (0.3 * lean[::3] + 0.7 * rich[::3])[::-1]])
    spinodal = spinodal[np.isfinite(spinodal).all(axis=1)]
    path = np.array([[0.0, 0.88, 0.12], [0.14, 0.72, 0.14], [0.5, 0.1, 0.4], [0.28, 0.02, 0.7]])
    dims = "component"
    return make_record(
        "ternary/1",
        sample=sample,
        instrument="phase",
        variables={
            "binodal_lean": (("tie_line", dims), lean, "1"),
            "binodal_rich": (("tie_line", dims), rich, "1"),
            "spinodal": (("spinodal_point", dims), spinodal, "1"),
            "critical_point": ((dims,), np.array([0.1, 0.85, 0.05]), "1"),
            "path": (("path_point", dims), path, "1"),
        },
    )


def structure(sample: str = "hj") -> Any:
    z = np.linspace(0, 100e-6, 60)
    polymer = 0.2 + 0.25 * np.exp(-z / 5e-6)
    particles = np.full_like(z, 0.08)
    return make_record(
        "structure/1",
        sample=sample,
        instrument="microscope",
        variables={
            "porosity": ("depth", 1 - polymer - particles, "1"),
            "polymer_fraction": ("depth", polymer, "1"),
            "particle_fraction": ("depth", particles, "1", "zeolite"),
            "thickness": ((), 100e-6, "m"),
        },
        coordinates={"depth": ("depth", z, "m", "depth below the front")},
    )


def impedance(sample: str, bulk: float, arc: float) -> Any:
    f = np.logspace(6, -2, 65)
    z = bulk + arc / (1 + (2j * np.pi * f * 1e-3) ** 0.9) + 40 * (1 - 1j) / np.sqrt(2) / np.sqrt(2 * np.pi * f)
    return make_record(
        "impedance/1",
        sample=sample,
        instrument="eis",
        variables={
            "real_impedance": ("frequency", z.real, "ohm", "real part of the impedance"),
            "imaginary_impedance": ("frequency", z.imag, "ohm", "imaginary part of the impedance"),
        },
        coordinates={"frequency": ("frequency", f, "Hz")},
    )


def cycling(sample: str, capacity: float = 100.0, mass: bool = True) -> Any:
    n = 50
    s = np.linspace(0, 1, n)
    current = 1e-4
    seconds = capacity * 3.6e3 * 2e-6 / current  # mAh/g on 2 mg
    time = np.concatenate([s * seconds, seconds + 600 * s, seconds + 600 + s * 0.9 * seconds])
    return make_record(
        "cycling/1",
        sample=sample,
        instrument="cycler",
        variables={
            "test_time": ("row", np.tile(time, 2), "s"),
            "voltage": ("row", np.tile(np.concatenate([3 + s, 4 - 0.05 * s, 3.9 - s]), 2), "V"),
            "current": ("row", np.tile(np.repeat([current, 0.0, -current], n), 2), "A"),
            "cycle": ("row", np.repeat([1, 2], 3 * n), "1"),
            "step": ("row", np.tile(np.repeat([1, 2, 3], n), 2), "1"),
        }
        | ({"active_mass": ((), 2e-6, "kg")} if mass else {}),
    )


def figures() -> dict[str, Any]:
    ledger = [
        {"basis": b, "verdict": v}
        for i, b in enumerate(("given", "calibrated", "predicted", "none", None))
        for j, v in enumerate(("agrees", "disagrees", "contested", "untestable", "open", None))
        for _ in range(1 + (3 * i + 5 * j) % 11)
    ]
    return {
        "ternary": lambda: figure_ternary(ternary()),
        "profile": lambda: figure_profile(structure()),
        "nyquist": lambda: figure_nyquist({"hj": impedance("hj", 5, 120), "gf": impedance("gf", 3, 300)}),
        "first_cycle": lambda: figure_first_cycle({"hj": cycling("hj"), "gf": cycling("gf", 85)}),
        "ledger": lambda: figure_ledger_counts(ledger),
    }


def texts(drawing: Any) -> str:
    root = ET.fromstring(svg(drawing))
    return " ".join("".join(e.itertext()) for e in root.iter() if str(e.tag).endswith("}text"))


@pytest.mark.parametrize("name", sorted(figures()))
def test_svg_is_deterministic_and_well_formed(name: str) -> None:
    first, second = (svg(figures()[name](), name) for _ in range(2))
    assert first == second
    axes = figures()[name]()
    assert svg(axes) == svg(axes) == svg(axes.get_figure())
    assert ET.fromstring(first).tag == "{http://www.w3.org/2000/svg}svg"
    assert "<style" not in first
    assert "<metadata" not in first


def test_ids_of_two_figures_never_meet_and_all_references_resolve() -> None:
    seen: set[str] = set()
    for make in figures().values():
        text = svg(make())
        ids = re.findall(r'\sid="([^"]+)"', text)
        assert len(ids) == len(set(ids))
        assert not seen & set(ids)
        seen |= set(ids)
        assert set(re.findall(r'href="#([^"]+)"', text)) | set(re.findall(r"url\(#([^)]+)\)", text)) <= set(ids)


def test_title_is_escaped() -> None:
    root = ET.fromstring(svg(figure_profile(structure()), '<a "b" & c'))
    assert root.attrib["aria-label"] == '<a "b" & c'


def test_colours_are_stable() -> None:
    assert colour_of("hj") == colour_of("HJ-2") == HJ_COLOUR
    assert colour_of("gf") == colour_of("GF/D", ("x", "GF/D")) == GF_COLOUR
    assert colour_of("x", ("x", "y", "gf")) != colour_of("y", ("x", "y", "gf"))
    for order in (("hj", "gf"), ("gf", "hj")):
        ax = figure_nyquist({name: impedance(name, 5, 100) for name in order})
        lines = {line.get_label(): line.get_color() for line in ax.get_lines()}
        assert lines["hj"] == HJ_COLOUR
        assert lines["gf"] == GF_COLOUR


def test_nyquist_axes_are_equal_and_capacitive_is_up() -> None:
    ax = figures()["nyquist"]()
    assert ax.get_aspect() == 1.0
    ax.get_figure().draw_without_rendering()
    box = ax.get_window_extent()
    assert box.width / np.ptp(ax.get_xlim()) == pytest.approx(box.height / np.ptp(ax.get_ylim()))
    line = next(line for line in ax.get_lines() if line.get_label() == "hj")
    assert np.min(line.get_ydata()) > 0
    assert "Ω" in ax.get_xlabel()
    assert "Z″ (Ω)" in ax.get_ylabel()
    assert "100 Hz" in texts(ax)


def test_nyquist_without_records() -> None:
    assert svg(figure_nyquist({})).startswith("<svg")


def test_ternary_states_volume_fraction_and_joins_at_the_critical_point() -> None:
    ax = figure_ternary(ternary())
    words = texts(ax)
    for word in ("volume fraction", "water", "solvent", "polymer", "binodal", "spinodal", "critical point", "a", "d"):
        assert word in words
    binodal = next(line for line in ax.get_lines() if line.get_label() == "binodal")
    xy = np.asarray(binodal.get_xydata())
    assert np.isclose(xy, [0.1 + 0.025, 0.05 * np.sqrt(3) / 2]).all(axis=1).sum() == 1
    assert np.isfinite(xy).all()
    (zoom,) = ax.child_axes
    assert zoom.get_ylim() == (0.0, 0.3)
    start = next(line for line in zoom.get_lines() if str(line.get_label()).startswith("path"))
    assert np.asarray(start.get_xydata())[0] == pytest.approx([0.0, 0.12])


def test_profile_is_in_micrometres_from_front_to_back() -> None:
    ax = figure_profile(structure())
    assert ax.get_xlim() == pytest.approx((0, 100))
    assert ax.get_xlabel() == "Depth below the front (µm)"
    words = texts(ax)
    assert words.index("front") < words.index("back")
    assert "zeolite" in words


def test_first_cycle_capacity_is_per_active_mass() -> None:
    ax = figure_first_cycle({"hj": cycling("hj")})
    lines = {line.get_label(): line for line in ax.get_lines()}
    assert np.max(lines["charge"].get_xdata()) == pytest.approx(100.0)
    assert np.max(lines["discharge"].get_xdata()) == pytest.approx(90.0)
    assert len(ax.get_lines()) == 2
    assert "mAh g⁻¹" in ax.get_xlabel()


def test_first_cycle_needs_the_active_mass() -> None:
    with pytest.raises(InputError, match="active_mass"):
        figure_first_cycle({"hj": cycling("hj", mass=False)})


def test_given_axes_are_used_and_settings_put_back() -> None:
    import matplotlib
    from matplotlib.figure import Figure

    before = dict(matplotlib.rcParams)
    ax = Figure().add_subplot()
    assert figure_profile(structure(), ax) is ax
    svg(ax)
    assert dict(matplotlib.rcParams) == before


def test_ledger_counts_take_nulls_and_nothing() -> None:
    assert "1" in texts(figure_ledger_counts([{"basis": None, "verdict": None}]))
    assert svg(figure_ledger_counts([])).startswith("<svg")


def test_matplotlib_is_imported_late_and_pyplot_never() -> None:
    code = (
        "import sys, honeycell.plot, honeycell.report; assert 'matplotlib' not in sys.modules;"
        "honeycell.plot.svg(honeycell.plot.figure_ledger_counts([])); assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
