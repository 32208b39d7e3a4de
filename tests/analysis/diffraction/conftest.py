"""Forged powder patterns: what a diffractometer would count, by formulas of their own."""

from __future__ import annotations

import math

import numpy as np
import pytest

from honeycell.quantities.record import make_record

ALPHA1, ALPHA2 = 1.540593e-10, 1.544427e-10
Truth = tuple[float, float, float]  # two theta / degree, height, full width / degree


class Forger:
    """Patterns with known lines; a record of counts unless told otherwise."""

    alpha1, alpha2 = ALPHA1, ALPHA2

    def grid(self, low: float = 12.0, high: float = 58.0, step: float = 0.03) -> np.ndarray:
        return np.arange(low, high + step / 2.0, step)

    def profile(self, x: np.ndarray, lines: list[Truth], mixing: float = 0.5, doublet: bool = True) -> np.ndarray:
        y = np.zeros_like(x)
        for position, height, width in lines:
            other = 2.0 * math.degrees(math.asin(ALPHA2 / ALPHA1 * math.sin(math.radians(position / 2.0))))
            for place, share in ((position, 1.0), (other, 0.5)) if doublet else ((position, 1.0),):
                t = 2.0 * (x - place) / width
                y += share * height * (mixing / (1.0 + t**2) + (1.0 - mixing) * 0.5 ** (t**2))
        return y

    def background(self, x: np.ndarray, level: float = 200.0, hump: float = 300.0) -> np.ndarray:
        return level * (1.5 - x / 120.0) + hump * np.exp(-0.5 * ((x - 22.0) / 3.5) ** 2)

    def cubic(self, a: float, k: float = 0.0, wavelength: float = ALPHA1) -> list[tuple[tuple[int, int, int], float]]:
        """Lines of a face-centred cubic cell a [m] with all indices even, shifted by -k cos(theta), k in degree."""
        result = []
        for hkl in [(2, 0, 0), (2, 2, 0), (4, 0, 0), (4, 2, 0), (4, 2, 2), (4, 4, 0), (6, 0, 0), (6, 2, 0)]:
            theta = math.asin(wavelength * math.sqrt(sum(i * i for i in hkl)) / (2.0 * a))
            result.append((hkl, 2.0 * math.degrees(theta) - k * math.cos(theta)))
        return result

    def record(self, x: np.ndarray, counts: np.ndarray, wavelength: float | None = ALPHA1, **attributes):
        variables = {"intensity": ("two_theta", counts, "1")}
        if wavelength is not None:
            variables["wavelength"] = ((), wavelength, "m")
        return make_record(
            "diffraction/1", sample="film", instrument="x", origin="measured", variables=variables,
            coordinates={"two_theta": ("two_theta", np.deg2rad(x), "rad")},
            attributes={"intensity_unit": "counts", "anode": "Cu", **attributes},
        )  # fmt: skip

    def counted(
        self,
        seed: int,
        lines: list[Truth],
        x: np.ndarray | None = None,
        mixing: float = 0.5,
        doublet: bool = True,
        **more,
    ):
        x = self.grid() if x is None else x
        expected = self.profile(x, lines, mixing, doublet) + self.background(x)
        return self.record(x, np.random.default_rng(seed).poisson(expected).astype(float), **more)

    def transforming(self, seed: int, count: int = 12, k: float = 0.06, scale: float = 1.0):
        """A series: the cell shrinks for four patterns, then a second one of 10.12 angstrom grows at its cost.

        Returns
        -------
        The record, and per pattern the true cells and their shares: ``[(a, share), ...]``.
        """
        x = self.grid(12.0, 58.0, 0.025)
        rng = np.random.default_rng(seed)
        heights = [900, 350, 2000, 1600, 200, 700, 350, 450]
        rows, truth = [], []
        for p in range(count):
            a = (10.50 - 0.012 * min(p, 4)) * 1e-10
            part = min(max((p - 4) / (count - 6), 0.0), 1.0)
            cells = [(a, 1.0 - part), (10.12e-10, part)]
            y = self.background(x)
            for cell, share in cells:
                y = y + self.profile(
                    x,
                    [
                        (t, scale * share * h, 0.16 + 0.0015 * t)
                        for (_, t), h in zip(self.cubic(cell, k), heights, strict=True)
                    ],
                )
            rows.append(rng.poisson(y).astype(float))
            truth.append(cells)
        record = make_record(
            "diffraction_series/1", sample="film", instrument="x", origin="measured",
            variables={
                "intensity": (("pattern", "two_theta"), np.array(rows), "1"),
                "pattern_time": ("pattern", 1800.0 * np.arange(count), "s"),
                "voltage": ("pattern", np.linspace(2.6, 4.1, count), "V"),
                "wavelength": ((), ALPHA1, "m"),
            },
            coordinates={"two_theta": ("two_theta", np.deg2rad(x), "rad")},
            attributes={"intensity_unit": "counts", "anode": "Cu"},
        )  # fmt: skip
        return record, truth


@pytest.fixture(scope="session")
def forger() -> Forger:
    return Forger()
