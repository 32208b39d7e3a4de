"""The figure of a force curve shows contact, fit, residuals and numbers, whatever the curve is like."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from honeycell.analysis import reduce
from honeycell.plot import figure_reduction, svg
from honeycell.quantities.record import make_record
from honeycell.quantities.value import Value

TIP = {"tip_shape": Value("sphere"), "tip_radius": Value(500e-9, "m"), "poisson_ratio": Value(0.4)}


def record(adhesion: float = 0.0, rows: int = 300, scale: float = 1.0, curves: int = 1, noise: float = 2e-11):
    """Hertz' law on the way in, with adhesion on the way out; forces and stiffness times ``scale``."""
    parts = []
    for number in range(curves):
        z = np.linspace(-200e-9, 60e-9, rows)
        F = np.linspace(0.0, 6e-9, 4000)
        reach = (F / (2.2e3 * (1.0 + 0.1 * number))) ** (2.0 / 3.0) + F / 0.1
        into = np.interp(z, reach, F)
        out = np.where(z > -adhesion / 0.1, np.interp(z + adhesion / 0.1, reach, F) - adhesion, 0.0)
        force = np.concatenate((into, out[::-1])) + noise * np.random.default_rng(number).standard_normal(2 * rows)
        parts.append(
            (np.concatenate((z, z[::-1])), scale * force, np.repeat([0.0, 1.0], rows), np.full(2 * rows, float(number)))
        )
    z, force, segment, number = (np.concatenate(each) for each in zip(*parts, strict=True))
    variables = {
        "displacement": ("row", z, "m"),
        "force": ("row", force, "N"),
        "segment": ("row", segment, "1"),
        "spring_constant": ((), 0.1 * scale, "N/m"),
    }
    if curves > 1:
        variables["curve"] = ("row", number, "1")
    return make_record("force_curve/1", sample="HJ", instrument="x", origin="measured", variables=variables)


def drawn(*args: float, settings: dict[str, Value] | None = None, **more: float) -> str:
    made = record(*args, **more)  # type: ignore[arg-type]
    figure = figure_reduction(made, reduce(made, TIP if settings is None else settings))
    assert figure is not None
    text = svg(figure, "force curve")
    ET.fromstring(text)
    return text


def test_axes_marks_and_numbers() -> None:
    text = drawn(1e-9)
    for word in (
        "Depth of the tip (nm)",
        "Force (nN)",
        "Residual (pN)",
        "adhesion 1.0",
        "elastic modulus",
        "95 % interval",
        "Law:",
    ):
        assert word in text, word


def test_without_a_tip_forces_and_contact_are_drawn_all_the_same() -> None:
    text = drawn(settings={})
    assert "peak force" in text
    assert "modulus (" not in text
    assert "contact, 95 %" in text


@pytest.mark.parametrize(
    ("scale", "force"), [(1e-3, "Force (pN)"), (1e6, "Force (mN)")], ids=["soft as a cell", "stiff as a nanoindenter"]
)
def test_units_follow_the_size_of_the_numbers(scale: float, force: str) -> None:
    assert force in drawn(scale=scale)


def test_few_rows_and_much_noise_are_drawn_too() -> None:
    assert "Depth of the tip" in drawn(0.0, rows=40, noise=3e-10)


def test_of_many_curves_the_moduli_stand_beside_the_first() -> None:
    text = drawn(curves=4)
    assert "4 of 4 curves" in text
    assert "elastic modulus sd" in text
