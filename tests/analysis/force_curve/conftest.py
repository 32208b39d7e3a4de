"""Forged force curves: the tip's position and the force by a contact law, tilt, drift and noise laid over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from honeycell.quantities.record import make_record

HALF = np.pi / 180.0


def depth_of(law: str, force: np.ndarray, plane: float, size: float, adhesion: float) -> np.ndarray:
    """Depth [m] at a force, written down once more, independently of the package."""
    F, E, R = force, plane, size
    if law in ("hertz", "dmt"):
        return (3.0 * np.maximum(F + (adhesion if law == "dmt" else 0.0), 0.0) / (4.0 * E * np.sqrt(R))) ** (2.0 / 3.0)
    if law == "jkr":
        # a^3 = 3R/4E (F + 2 Fa + 2 sqrt(Fa (F + Fa))), depth = a^2/R - sqrt(2 pi w a / E), w = 2 Fa / 3 pi R
        a = (0.75 * R / E * (F + 2.0 * adhesion + 2.0 * np.sqrt(adhesion * np.maximum(F + adhesion, 0.0)))) ** (1 / 3)
        return a**2 / R - np.sqrt(4.0 * adhesion * a / (3.0 * R * E))
    if law == "cone":
        return np.sqrt(np.pi * np.maximum(F, 0.0) / (2.0 * E * np.tan(R)))
    if law == "pyramid":
        return np.sqrt(np.maximum(F, 0.0) / (0.7453 * E * np.tan(R)))
    if law == "flat":
        return np.maximum(F, 0.0) / (2.0 * E * R)
    a = np.linspace(0.0, 0.9999, 40_000) ** 0.5 * R  # Sneddon's sphere
    log = np.log((R + a) / (R - a))
    return np.interp(np.maximum(F, 0.0), E * (0.5 * (a**2 + R**2) * log - a * R), 0.5 * a * log)


@dataclass(frozen=True)
class Forged:
    """A curve to forge; SI units. ``size`` is a radius, or a half angle where the law is a cone's or a pyramid's."""

    law: str = "hertz"
    modulus: float = 2e6
    poisson: float = 0.4
    size: float = 500e-9
    spring: float = 0.1
    adhesion: float = 0.0
    peak: float = 5e-9
    noise: float = 30e-12
    tilt: float = 2e-4  # N/m
    offset: float = 0.8e-9  # N
    drift: float = 0.3e-9  # N, between approach and retract
    contact: float = 0.0
    rows: int = 800
    far: float = 600e-9  # m before contact
    lost: float = 0.0  # share of the depth that does not come back

    def branch(self, z: np.ndarray, sticks: bool, contact: float) -> np.ndarray:
        """Force at displacements of the fixed end."""
        plane = self.modulus / (1.0 - self.poisson**2)
        low = -self.adhesion if sticks else 0.0
        F = low + (1.5 * self.peak - low) * np.linspace(0.0, 1.0, 20_000) ** 2
        law = self.law if sticks or self.law not in ("dmt", "jkr") else "hertz"
        reach = contact + depth_of(law, F, plane, self.size, self.adhesion if sticks else 0.0) + F / self.spring
        return np.where(z < reach[0], 0.0, np.interp(z, reach, F))

    def record(self, seed: int, **attributes: str):
        rng = np.random.default_rng(seed)
        plane = self.modulus / (1.0 - self.poisson**2)
        law = "hertz" if self.law in ("dmt", "jkr") else self.law
        deepest = float(depth_of(law, np.array(self.peak), plane, self.size, 0.0))
        end = self.contact + deepest + self.peak / self.spring
        # where the first row falls among the steps of the ramp is chance too
        step = (end - self.contact + self.far) / self.rows
        z = np.arange(self.contact - self.far + rng.uniform(0.0, step), end, step)
        into = self.branch(z, sticks=False, contact=self.contact)
        out = self.branch(z, sticks=self.adhesion > 0.0, contact=self.contact + self.lost * deepest)[::-1]
        base = self.offset + self.tilt * (z - self.contact)
        force = np.concatenate((into + base, out + (base + self.drift)[::-1]))
        force = force + self.noise * rng.standard_normal(force.size)
        return make_record(
            "force_curve/1",
            sample="film",
            instrument="forger",
            origin="measured",
            variables={
                "displacement": ("row", np.concatenate((z, z[::-1])), "m"),
                "segment": ("row", np.repeat([0.0, 1.0], z.size), "1"),
                "force": ("row", force, "N"),
                "spring_constant": ((), self.spring, "N/m"),
            },
            attributes={"displacement_of": "fixed end"} | attributes,
        )


@pytest.fixture(scope="session")
def forged() -> type[Forged]:
    return Forged
