"""A long charge-discharge record summarised: cycles, errors, ageing, and dQ/dV of three of its cycles."""

from __future__ import annotations

from typing import Any

import numpy as np
from harness import at_most, in_turns, memory_of, row

NAME = "cycling"
ROWS, CYCLES = 700_000, 350
SECONDS, MEGABYTES = 2.0, 500.0
CURRENT, SPACING = 1e-4, 5.0  # A, s


def rows() -> list[dict[str, Any]]:
    from honeycell.analysis import reduce

    result = []
    for counters in (True, False):
        record = forged(counters)
        (ours,) = in_turns([lambda record=record: reduce(record)], 3)
        what = f"{ROWS} rows, {CYCLES} cycles, {'with' if counters else 'without'} the tester's counters"
        memory = memory_of(
            f"import bench_cycling as b\nfrom honeycell.analysis import reduce\nreduce(b.forged({counters}))"
        )
        result.append(row(NAME, what, ours_seconds=ours, memory_mb=memory, **at_most(ours, SECONDS)))
    reduced = reduce(forged(True))
    expected = CURRENT * SPACING * (ROWS // CYCLES // 2 - 1)
    away = max(abs(row_["charge_capacity"] * 3.6 / expected - 1.0) for row_ in reduced.tables["cycles"])
    result.append(
        row(
            NAME,
            "capacities against what was put in, largest error",
            ours=f"{away:.1e}",
            **at_most(away, 1e-6, "relative"),
        )
    )
    return result


def forged(counters: bool) -> Any:
    """Two plateaus up and down again, voltage written to 0.1 mV, no rest."""
    from honeycell.quantities.record import make_record

    per = ROWS // CYCLES // 2
    done = np.linspace(0.0, 1.0, per)
    up = np.interp(done, [0.0, 0.03, 0.5, 0.55, 0.95, 1.0], [2.5, 2.95, 3.02, 3.35, 3.45, 4.0])
    total = 2 * per * CYCLES
    noise = 2e-4 * np.random.default_rng(0).standard_normal(total)
    current = np.tile(np.repeat((CURRENT, -CURRENT), per), CYCLES)
    variables = {
        "test_time": ("row", np.cumsum(np.tile(np.append(0.0, np.full(per - 1, SPACING)), 2 * CYCLES)), "s"),
        "voltage": ("row", np.round(np.tile(np.append(up, up[::-1] - 0.05), CYCLES) + noise, 4), "V"),
        "current": ("row", current, "A"),
        "cycle": ("row", np.repeat(np.arange(1.0, CYCLES + 1.0), 2 * per), "1"),
        "step": ("row", np.tile(np.repeat((1.0, 2.0), per), CYCLES), "1"),
        "active_mass": ((), 2e-6, "kg"),
    }
    if counters:
        counted = np.tile(CURRENT * SPACING * np.arange(per), 2 * CYCLES)
        variables["charge_capacity"] = ("row", np.where(current > 0.0, counted, 0.0), "A*s")
        variables["discharge_capacity"] = ("row", np.where(current < 0.0, counted, 0.0), "A*s")
    attributes = {"electrode_role": "positive"}
    return make_record(
        "cycling/1", sample="s", instrument="x", origin="measured", variables=variables, attributes=attributes
    )
