"""A cell that is charged and discharged cycle by cycle, and the tester that writes what it sees."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from honeycell.quantities.record import make_record


@dataclass
class Tester:
    """Cycles at constant current between rests, with the noise, rounding and counters of a real tester."""

    rows: int = 60
    current: float = 1e-4
    capacity: float = 0.36
    efficiency: float = 0.99
    fade: float = 0.001
    rest: float = 600.0
    noise: float = 0.0
    voltage_noise: float = 0.0
    unit: float = 0.0
    counters: str = ""
    counter_unit: float = 0.0
    first: int = 1
    attributes: dict[str, Any] = field(default_factory=lambda: {"electrode_role": "positive"})

    def record(self, cycles: int = 3, seed: int = 0, currents: list[float] | None = None):
        """The record of so many cycles, charge first; ``currents`` may name one for each."""
        rng = np.random.default_rng(seed)
        parts: list[tuple[np.ndarray, ...]] = []
        start = 0.0
        for cycle in range(cycles):
            amps = currents[cycle] if currents else self.current
            full = self.capacity * (1.0 - self.fade * cycle)
            for step, (sign, amount) in enumerate(((self.first, full), (-self.first, full * self.efficiency))):
                t = np.linspace(0.0, amount / amps, self.rows)
                V = np.interp(t / t[-1], [0.0, 0.1, 0.45, 0.55, 0.9, 1.0], [2.5, 2.9, 3.0, 3.4, 3.5, 4.0])
                V = V + 0.02 if sign > 0 else V[::-1] - 0.02
                parts.append(
                    (
                        start + t,
                        V,
                        np.full(t.size, sign * amps),
                        np.full(t.size, cycle + 1),
                        np.full(t.size, 2 * step),
                        sign * amps * t,
                    )
                )
                start += t[-1]
                if self.rest:
                    t = np.linspace(0.0, self.rest, 5)
                    parts.append(
                        (
                            start + t,
                            np.full(5, V[-1]),
                            np.zeros(5),
                            np.full(5, cycle + 1),
                            np.full(5, 2 * step + 1),
                            np.zeros(5),
                        )
                    )
                    start += self.rest
        time, voltage, current, number, step, passed = (np.concatenate(each) for each in zip(*parts, strict=True))
        measured = current * (1.0 + self.noise * rng.standard_normal(current.size))
        if self.unit:
            measured = np.round(measured / self.unit) * self.unit
        voltage = voltage + self.voltage_noise * rng.standard_normal(voltage.size)
        variables = {
            "test_time": ("row", time, "s"),
            "voltage": ("row", voltage, "V"),
            "current": ("row", measured, "A"),
            "cycle": ("row", number.astype(float), "1"),
            "step": ("row", step.astype(float), "1"),
        }
        variables |= {name: ("row", values, "A*s") for name, values in self._counted(number, step, passed).items()}
        return make_record(
            "cycling/1", sample="HJ", instrument="x", origin="measured", variables=variables, attributes=self.attributes
        )

    def _counted(self, cycle: np.ndarray, step: np.ndarray, passed: np.ndarray) -> dict[str, np.ndarray]:
        """Counters that restart with each "step", each "cycle", or "never"; "one" counts each step, whichever way it goes."""
        if not self.counters:
            return {}
        result = {}
        for name, sign in (("charge_capacity", 1.0), ("discharge_capacity", -1.0)):
            own = np.maximum(sign * passed, 0.0)
            grown = np.diff(own, prepend=0.0)
            grown[np.append(True, (np.diff(step) != 0) | (np.diff(cycle) != 0))] = 0.0
            total = np.cumsum(np.maximum(grown, 0.0))
            changes = {"step": (np.diff(step) != 0) | (np.diff(cycle) != 0), "cycle": np.diff(cycle) != 0}.get(
                self.counters
            )
            if changes is not None:
                at = np.flatnonzero(changes) + 1
                base = np.zeros(total.size)
                base[at] = np.diff(np.concatenate(([0.0], total[at])))
                total = total - np.cumsum(base)
            result[name] = np.round(total / self.counter_unit) * self.counter_unit if self.counter_unit else total
        if self.counters == "one":
            return {"step_capacity": np.abs(passed)}
        return result


@pytest.fixture
def tester() -> type[Tester]:
    return Tester
