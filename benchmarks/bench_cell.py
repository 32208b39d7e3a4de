"""Lives of the two cells: leaping over cycles beside plain PyBaMM with the same equations, constants, tolerance and protocol."""

from __future__ import annotations

import json
import os
import sys
import time
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from harness import at_least, at_most, memory_of, once, row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

NAME = "cell"
PEER = "PyBaMM Simulation"
# sample, model, cycles at 1C, how many times faster than plain simulation
LIVES = (("hj-4-6", "SPMe", 700, 8.0), ("gf", "SPMe", 300, 3.0), ("gf", "DFN", 300, 4.0))
ACTIVATION = 3
EXACT = 0.3  # points of retention, at every cycle
TOLERANCE = 1e-5
SHARE_OF_DFN = 60  # cycles of plain DFN that are timed; the rest would take minutes and differ in nothing
MEGABYTES, MINUTES = 1000.0, (2.0, 1.5)
FIGURES = ("impedance", "first_cycle", "voltammetry", "rates", "lives")
DRAWS = 32


def rows() -> list[dict[str, Any]]:
    result = []
    for sample, model, count, goal in LIVES:
        result += life_rows(sample, model, count, goal)
    memory = memory_of("from bench_cell import many; many()")
    result.append(
        row(NAME, f"memory of {SHARE_OF_DFN} and of 700 DFN cycles alike: nothing is kept", memory_mb=memory,
            ours=f"{memory:.0f} MB" if memory else None, **at_most(memory, MEGABYTES, "MB"))
    )  # fmt: skip
    for what, measurements, limits in (
        ("measurements of figures 4 and 5", FIGURES, MINUTES),
        ("all measurements", None, (None, None)),
    ):
        for seconds, kind, limit in zip(
            campaign_seconds(measurements), ("both cells", f"{DRAWS} draws of both"), limits, strict=True
        ):
            goal = at_most(seconds, 60.0 * limit) if limit else {}
            result.append(row(NAME, f"{what}, {kind}, two processes begun anew", ours_seconds=seconds, **goal))
    return result


def life_rows(sample: str, model: str, count: int, goal: float) -> list[dict[str, Any]]:
    from honeycell.cell.leap import Leap
    from honeycell.cell.life import live

    what = f"life of {sample}, {count} cycles, {model}"
    peer_count = count if model == "SPMe" else SHARE_OF_DFN
    found, theirs = plain(sample, model, peer_count)
    scale = (count + ACTIVATION) / (peer_count + ACTIVATION)
    start = time.perf_counter()
    cell = half_cell.__wrapped__(sample, model)  # built within the time, as the peer's is
    leapt = live(cell, stages(cell, count), leap=Leap())
    mine = time.perf_counter() - start
    note = f"{leapt.simulated.sum()} knots of {leapt.cycle.size} cycles; building included in both"
    if scale > 1.0:
        note += f"; peer timed over {peer_count + ACTIVATION} cycles and scaled"
    result = [
        row(NAME, what, ours_seconds=mine, peer=PEER, peer_seconds=theirs * scale, note=note,
            **at_least(theirs * scale / mine, goal, "x"))
    ]  # fmt: skip
    each = live(cell, stages(cell, count)) if model == "SPMe" else None
    if each is not None:
        off = (
            100.0
            * np.abs(leapt.discharge / leapt.discharge[ACTIVATION] - each.discharge / each.discharge[ACTIVATION]).max()
        )
        result.append(
            row(NAME, f"{what}: leaping against each cycle", ours=f"{off:.3f} points", **at_most(off, EXACT, "points"))
        )
    n = min(found.size, leapt.cycle.size)
    off = 100.0 * np.abs(leapt.discharge[:n] / leapt.discharge[ACTIVATION] - found[:n] / found[ACTIVATION]).max()
    result.append(row(NAME, f"{what}: against the peer's capacities", ours=f"{off:.3f} points", **at_most(off, EXACT, "points"),
                      note=f"over {n} cycles"))  # fmt: skip
    return result


def stages(cell: Any, count: int) -> Sequence[Any]:
    from honeycell.cell.life import Stage

    one_c = 171.0 * cell.cathode.active_mass
    return [Stage(0.1 * one_c, ACTIVATION, 4.0, 2.0), Stage(one_c, count, 4.0, 2.0)]


@cache
def made(sample: str) -> tuple[Any, Any]:
    """Parameters and film properties of a shipped recipe."""
    from honeycell.data.tables import load_parameters
    from honeycell.recipe.library import load
    from honeycell.twin import make_film

    recipe = load(sample)
    tables = load_parameters()
    return tables.with_values(recipe.values()), make_film(recipe, tables, diagrams=False)["properties"]


@cache
def half_cell(sample: str, model: str) -> Any:
    """Cell without the leak, which the peer's experiments cannot hold."""
    from honeycell.cell import HalfCell
    from honeycell.cell.ageing import mechanisms

    parameters, properties = made(sample)
    view = parameters.view()
    ageing = mechanisms(view, properties, without=["leak"])
    cell = HalfCell(view, properties, ageing, model=model, tolerance=TOLERANCE)
    cell.engine()
    return cell


def plain(sample: str, model: str, count: int) -> tuple[Floats, float]:
    """Discharge capacity of each cycle [A s] by the peer's own experiment, and the seconds of building and solving."""
    os.environ["PYBAMM_DISABLE_TELEMETRY"] = "true"
    import pybamm

    from honeycell.cell.ageing.base import Feeds
    from honeycell.cell.assembly import ACTIVE_SLOT, Ageing, ChangingSites
    from honeycell.cell.entries import entries
    from honeycell.cell.equations import OPTIONS, quiet

    cell = half_cell(sample, model)
    start = time.perf_counter()
    with quiet():
        feeds = Feeds.of(cell.mechanisms)
        equations = getattr(pybamm.lithium_ion, model)(OPTIONS, build=False)
        equations.submodels["ageing"] = Ageing(equations.param, equations.options, cell.mechanisms, feeds, cell.numbers)
        equations.submodels[ACTIVE_SLOT] = ChangingSites(equations.param, "positive", equations.options, feeds.sites)
        equations.build_model()
        one_c = 171.0 * cell.cathode.active_mass

        def cycle(current: float) -> tuple[Any, Any]:
            # away from the window's edges, where the model's own cut-offs would end a step as failed
            return (
                pybamm.step.current(-current, termination="4 V", duration=20 * 3600.0, period=3600.0),
                pybamm.step.current(current, termination="2 V", duration=20 * 3600.0, period=3600.0),
            )

        steps = [cycle(0.1 * one_c)] * ACTIVATION + [cycle(one_c)] * count
        values = pybamm.ParameterValues(
            feeds.laid_over(
                {**entries(cell.numbers), "Lower voltage cut-off [V]": 1.5, "Upper voltage cut-off [V]": 4.5}
            )
        )
        simulation = pybamm.Simulation(
            equations,
            experiment=pybamm.Experiment(steps),
            parameter_values=values,
            solver=pybamm.IDAKLUSolver(rtol=TOLERANCE, atol=TOLERANCE),
        )
        solution = simulation.solve(calc_esoh=False)
        seconds = time.perf_counter() - start
    found = []
    for n, each in enumerate(solution.cycles):
        current = (0.1 if n < ACTIVATION else 1.0) * one_c
        discharge = each.steps[1]
        found.append(current * float(discharge.t[-1] - discharge.t[0]))
    return np.array(found), seconds


def many() -> None:
    """DFN cycles one after the other, for their memory."""
    from honeycell.cell.life import live

    cell = half_cell("gf", "DFN")
    live(cell, stages(cell, SHARE_OF_DFN))


def campaign_seconds(measurements: Sequence[str] | None) -> tuple[float, float]:
    """Of the measurements on both cells, None for all, and of their draws; films, reductions and the beginning of processes included."""
    from honeycell.campaign.sampling import sample_campaign
    from honeycell.campaign.team import Team
    from honeycell.recipe.library import load
    from honeycell.twin import MEASUREMENTS

    names = ("gf", "hj-4-6")
    taken = tuple(measurements or MEASUREMENTS)
    recipes = [load(name) for name in names]
    drawn = dict.fromkeys(names, taken)
    with Team(2) as team:
        measured, _ = once(lambda: list(team.each(measure_all, [(name, taken) for name in names])))
    with Team(2) as team:
        draws, _ = once(lambda: sample_campaign(recipes, drawn, 1, DRAWS, team, lambda *_: None))
    return measured, draws


def measure_all(name: str, measurements: Sequence[str]) -> int:
    """Measured and reduced; runs in a worker."""
    from honeycell.analysis import reductions_of
    from honeycell.data.tables import load_parameters
    from honeycell.recipe.library import load
    from honeycell.twin import Bench, make_film, measure

    recipe, tables = load(name), load_parameters()
    bench = Bench(recipe, tables, make_film(recipe, tables, diagrams=False), 1)
    records = {key: record for each in measurements for key, record in measure(bench, each).items()}
    return len(reductions_of(records))


if __name__ == "__main__":
    json.dump(rows(), sys.stdout)
