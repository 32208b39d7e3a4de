"""Demixing by one and by two conserved fields, 256^2 and 64^3: steps per second and seconds to the same time at the same error.

py-pde runs with one thread, as ours does: its own threads, on by default at these sizes, wait for each other on a machine with other work.
Its compilation, close to a minute for each equation, is left out; ours, kept on disk, is a second.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from harness import at_least, in_turns, optional, row

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "demixing"
FASTER, SOONER = 10.0, 4.0
SHAPES = ((256, 256), (64, 64, 64))
STEPS = 100
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
    # to the same time: their Euler's error against ours with the longest super-steps whose error is no larger
    exact = evolve(field, phi, duration, law, EulerSteps(dt / 16.0))
    error = np.abs(evolve(field, phi, duration, law, EulerSteps(dt)) - exact).max()
    best = None
    for stages in (3, 5, 7, 9, 11, 15):
        for parts in range(1, STEPS // 2):
            how = SuperSteps(stages, duration / parts)
            if how.step > SAFETY * (stages**2 + stages - 2) / 4.0 * longest:
                continue
            cost = parts * stages
            if best is not None and cost >= best[0]:
                break
            if np.abs(evolve(field, phi, duration, law, how) - exact).max() <= error:
                best = cost, how
                break
    if best is None:
        return made
    sooner = partial(evolve, field, phi, duration, law, best[1])
    what = f"one field, {name}: to t = {duration:.3g}, error {error:.1e}"
    made.append(
        compare(pde, what, sooner, theirs, duration, f"{best[1].stages} stages, {best[0]} evaluations for {STEPS}")
    )
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
