"""Voltammograms made without the formulas that are fitted: a couple by finite differences, insertion peaks on a capacitive slope."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.constants import R, physical_constants
from scipy.linalg import solve_banded

from honeycell.quantities.record import make_record

F = physical_constants["Faraday constant"][0]


@cache
def couple(
    temperature: float = 298.15, begin: float = -0.4, turn: float = 0.3, rows: int = 400
) -> tuple[np.ndarray, np.ndarray]:
    """A reversible oxidation at 0 V, one electron: potential [V] and current over F A C (D F v/(R T))^1/2, there and back.

    Crank-Nicolson on a grid that widens away from the electrode; time in R T/(F v), distance in (D R T/(F v))^1/2; both forms diffuse alike,
    so that the surface concentration is that of Nernst.
    """
    f = F / (R * temperature)
    fine = 8
    E = np.concatenate([np.linspace(begin, turn, rows * fine + 1), np.linspace(turn, begin, rows * fine + 1)[1:]])
    dt = f * (E[1] - E[0])
    widths = np.full(400, 0.004) * 1.025 ** np.arange(400)
    x = np.concatenate([[0.0], np.cumsum(widths)])
    x = x[x < 6.0 * np.sqrt(2.0 * f * (turn - begin)) + 1.0]
    h = np.diff(x)
    lower, upper = 2.0 / (h[:-1] * (h[:-1] + h[1:])), 2.0 / (h[1:] * (h[:-1] + h[1:]))
    c = np.ones(x.size)
    bands = np.zeros((3, x.size))
    bands[1] = 1.0
    bands[0, 2:], bands[2, :-2] = -0.5 * dt * upper, -0.5 * dt * lower
    bands[1, 1:-1] += 0.5 * dt * (lower + upper)
    surface = 1.0 / (1.0 + np.exp(f * E))
    current = np.zeros(E.size)
    for k in range(1, E.size):
        right = c.copy()
        right[1:-1] += 0.5 * dt * (lower * c[:-2] - (lower + upper) * c[1:-1] + upper * c[2:])
        right[0], right[-1] = surface[k], 1.0
        c = solve_banded((1, 1), bands, right)
        # second order on unequal steps
        current[k] = (
            -c[0] * (2 * h[0] + h[1]) / (h[0] * (h[0] + h[1]))
            + c[1] * (h[0] + h[1]) / (h[0] * h[1])
            - c[2] * h[0] / (h[1] * (h[0] + h[1]))
        )
    return E[::fine], current[::fine]


def diffusion(
    v: float, D: float, area: float, concentration: float, temperature: float = 298.15, **more
) -> tuple[np.ndarray, np.ndarray]:
    """Potential and current of that couple in SI, without double layer and noise."""
    E, chi = couple(temperature, **more)
    return E, F * area * concentration * np.sqrt(D * F * v / (R * temperature)) * chi


def insertion(
    v: float,
    rows: int = 1000,
    low: float = 2.0,
    high: float = 4.0,
    peaks: tuple[tuple[float, float, float, float], ...] = ((2.98, 0.03, 0.07, 1.0), (3.40, 0.02, 0.06, 0.8)),
    exponent: float = 0.7,
    capacity: float = 0.3e-2,
    slope: float = 2e-6,
    scale: float = 1e-3,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Potential, whole and Faradaic current of Gaussian-like peaks, each ``(middle, half the separation, width, height)`` at 1 mV/s.

    Heights follow v^exponent; the rest is a capacitance and a leak.
    """
    up, down = np.linspace(low, high, rows), np.linspace(high, low, rows)
    size = scale * (v / 1e-3) ** exponent
    faradaic = np.concatenate(
        [
            sign * size * sum(h * np.exp(-(((E - m - sign * d) / w) ** 2)) for m, d, w, h in peaks)
            for sign, E in ((1.0, up), (-1.0, down))
        ]
    )
    E = np.concatenate([up, down])
    double_layer = capacity * v * np.repeat([1.0, -1.0], rows)
    return E, faradaic + double_layer + slope * (E - 3.0), faradaic


def record(E: np.ndarray, current: np.ndarray, v: float | None = None, noise: float = 0.0, seed: int = 0, **attributes):
    rng = np.random.default_rng(seed)
    turn = int(np.argmax(np.abs(E - E[0]))) + 1
    segment = np.concatenate([np.ones(turn), np.full(E.size - turn, 2.0)])
    variables = {
        "potential": ("row", E, "V"),
        "current": ("row", current + noise * rng.standard_normal(E.size), "A"),
        "segment": ("row", segment, "1"),
    }
    if v is not None:
        variables["scan_rate"] = ((), v, "V/s")
    return make_record(
        "voltammetry/1", sample="cell", instrument="x", origin="measured", variables=variables, attributes=attributes
    )


@pytest.fixture(scope="session")
def forge():
    """The functions of this module by name."""
    from types import SimpleNamespace

    return SimpleNamespace(couple=couple, diffusion=diffusion, insertion=insertion, record=record)
