"""Demixing by one and by two conserved fields, 256^2 and 64^3: steps per second, and seconds to the same time at the same error.

The error is that of the free energy against steps four times shorter than stability asks for: at most 0.1 %, which Euler's longest stable
steps keep as super-steps do. What takes part is the cheapest of each.

py-pde runs with one thread, as ours does: its own threads, on by default at these sizes, wait for each other on a machine with other work.
Its compilation, close to a minute for each equation, is left out; ours, kept on disk, is a second.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from harness import at_least, in_turns, optional, row

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "demixing"
FASTER, SOONER = 10.0, 4.0
SHAPES = ((256, 256), (64, 64, 64))
STEPS, LONGER = 100, 1000  # of Euler's steps
ALIKE = 1e-3  # of the free energy
SCALAR = "laplace(c**3 - c - laplace(c))"
SAFETY = 0.9  # of the longest stable step, for their Euler


def rows() -> list[dict[str, Any]]:
    pde = optional("pde")
    made = []
    for shape in SHAPES:
        made += scalar(pde, shape)
        made += ternary(pde, shape)
    return made


def scalar(pde: Any, shape: tuple[int, ...]) -> list[dict[str, Any]]:
    from honeycell.numerics.conserved_field import ConservedField, EulerSteps, SuperSteps, evolve
    from honeycell.numerics.local_law import polynomial_law

    name = " x ".join(map(str, shape))
    field, law = ConservedField(1.0), polynomial_law([0.25, 0.0, -0.5, 0.0, 0.25])
    phi = evolve(field, 0.1 * np.random.default_rng(0).standard_normal(shape), 1.0, law)
    # the field's largest slope of the potential will be that of the wells, 2
    longest = 2.0 / (4 * len(shape) * (4 * len(shape) + 2.0))
    dt = SAFETY * longest
    duration = STEPS * dt
    theirs = stepper(pde, {"c": SCALAR}, {}, [phi], dt)
    ours = partial(evolve, field, phi, duration, law, EulerSteps(dt))
    made = [speed(pde, f"one field, {name}: {STEPS} Euler steps", ours, theirs, duration, phi.size)]
    later = partial(evolve, field, phi, LONGER * dt, law)
    exact = field.free_energy(later(EulerSteps(dt / 4.0)), law)
    best = None
    for stages in (5, 7, 9, 11, 13, 15):
        parts = math.ceil(LONGER / (0.25 * (stages**2 + stages - 2)))
        how = SuperSteps(stages, LONGER * dt / parts)
        off = abs(field.free_energy(later(how), law) / exact - 1.0)
        if off <= ALIKE and (best is None or parts * stages < best[0]):
            best = parts * stages, how, off
    if best is None:
        return made
    peer_off = abs(field.free_energy(later(EulerSteps(dt)), law) / exact - 1.0)
    note = f"{best[1].stages} stages, {best[0]} evaluations for {LONGER}; free energy off by {best[2]:.0e} and {peer_off:.0e}"
    what = f"one field, {name}: to t = {LONGER * dt:.3g}, energy within {ALIKE:.1%}"
    made.append(compare(pde, what, partial(later, best[1]), theirs, LONGER * dt, note))
    return made


def ternary(pde: Any, shape: tuple[int, ...]) -> list[dict[str, Any]]:
    from honeycell.film.quench import STIFFNESS
    from honeycell.film.ternary_field import TernaryField
    from honeycell.physics.flory_huggins import TernaryMixture

    mixture = TernaryMixture(5.335, 1250.7, 0.785, 0.665, 2.09, 0.43)
    name = " x ".join(map(str, shape))
    rng = np.random.default_rng(0)
    polymer, water = 0.06 + 0.01 * rng.uniform(-1.0, 1.0, shape), 0.11 + 0.01 * rng.uniform(-1.0, 1.0, shape)
    field = TernaryField(mixture, STIFFNESS, 1.0, 0.15, drift=0.0, cutoff=1e-6)
    dt = 0.5 * field.stable_step(water, polymer)
    m = mixture
    constants = {
        "r": m.r2, "n": m.r3, "a": m.g12_constant, "b": m.g12_slope, "h": m.chi13, "k": m.chi23 / m.r2, "K": STIFFNESS, "X": 0.15,
    }  # fmt: skip
    u, rest = "(1 - p - q)", "(1 - q)"
    excess1 = f"(a + b * {u} / {rest}) * ({u} - p) - b * p * {u} / {rest} + h * q - k * q"
    excess3 = f"h * p - (a + b * {u} / {rest}) * p - b * p**2 * {u} / {rest}**2 + k * ({u} - q)"
    mu1 = f"log(p) + 1 - (log({u}) + 1) / r + {excess1}"
    mu3 = f"(log(q) + 1) / n - (log({u}) + 1) / r + {excess3}"
    equations = {"p": f"X * laplace({mu1})", "q": f"laplace({mu3} - K * laplace(q))"}
    theirs = stepper(pde, equations, constants, [water, polymer], dt)
    duration = STEPS * dt
    ours = partial(field.evolve, water, polymer, duration, dt)
    note = None
    if callable(theirs):
        end = ours()
        away = max(np.abs(x - y).max() for x, y in zip(theirs(duration), end, strict=True))
        note = f"both end alike to {away:.0e}"
    return [speed(pde, f"two fields, {name}: {STEPS} Euler steps", ours, theirs, duration, polymer.size, note)]


def stepper(
    pde: Any, equations: dict[str, str], constants: dict[str, float], start: list[np.ndarray], dt: float
) -> Any:
    """Advances the start by a time in py-pde, compiled; or why it cannot be had."""
    if isinstance(pde, str):
        return pde
    pde.config["backend.numba.multithreading"] = "never"
    shape = start[0].shape
    grid = pde.CartesianGrid([[0, n] for n in shape], shape, periodic=True)
    fields = [pde.ScalarField(grid, values) for values in start]
    state = fields[0] if len(fields) == 1 else pde.FieldCollection(fields)
    advance = pde.EulerSolver(pde.PDE(equations, consts=constants), backend="numba").make_stepper(state, dt=dt)

    def run(duration: float) -> list[np.ndarray]:
        now = state.copy()
        advance(now, 0.0, duration)
        return [now.data] if len(fields) == 1 else list(now.data)

    run(dt)
    return run


def speed(
    pde: Any, what: str, ours: Callable[[], object], theirs: Any, duration: float, size: int, note: str | None = None
) -> dict[str, Any]:
    mine, peer = timed(ours, theirs, duration)
    rate = [f"{STEPS * size / t / 1e6:.0f}" for t in (mine, peer) if t]
    said = f"{' against '.join(rate)} million point-steps a second" + (f"; {note}" if note else "")
    numbers = {"ours_seconds": mine, "peer": "py-pde", "peer_seconds": peer}
    goal = at_least(peer / mine if mine and peer else None, FASTER, "x")
    return row(NAME, what, **numbers, **goal, note=pde if isinstance(pde, str) else said)


def compare(pde: Any, what: str, ours: Callable[[], object], theirs: Any, duration: float, note: str) -> dict[str, Any]:
    mine, peer = timed(ours, theirs, duration)
    numbers = {"ours_seconds": mine, "peer": "py-pde", "peer_seconds": peer}
    goal = at_least(peer / mine if mine and peer else None, SOONER, "x")
    return row(NAME, what, **numbers, **goal, note=pde if isinstance(pde, str) else note)


def timed(ours: Callable[[], object], theirs: Any, duration: float) -> list[float | None]:
    return in_turns([ours, partial(theirs, duration) if callable(theirs) else None], 3)
