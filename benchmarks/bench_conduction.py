"""Effective conductivity of random pores, 64^3 and 128^3: seconds to one residual, against SciPy's conjugate gradients; closed forms."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from harness import at_least, at_most, in_turns, memory_of, once, row
from scipy import ndimage, sparse
from scipy.sparse.linalg import cg

NAME = "conduction"
FASTER, SECONDS, EXACT = 3.0, 10.0, 0.005
CASES = ((64, 4.0, 3), (128, 4.0, 1))  # voxels a side, width of the pores, timed repeats
POROSITY = 0.6
LOW = 1e-3  # conductivity of the other phase
TOLERANCE = 1e-6
PEER = "SciPy CG, diagonal preconditioner"


def rows() -> list[dict[str, Any]]:
    from honeycell.numerics.conduction import effective_conductivity

    result = []
    for n, width, repeats in CASES:
        memory = memory_of(alone(n, width))  # first: a child counts what its parent holds when it starts
        pores = blobs(n, width)
        ours = partial(effective_conductivity, pores, {0: LOW, 1: 1.0}, with_error=False, tolerance=TOLERANCE)
        system = assembled(np.where(pores, 1.0, LOW))
        theirs = partial(peer_value, system, n)
        mine, other = in_turns([ours, theirs], repeats)
        found, value = ours(), theirs()
        note = f"{found.iterations} iterations; values differ by {abs(found.value / value - 1.0):.0e}"
        numbers = {"ours_seconds": mine, "peer": PEER, "peer_seconds": other, "memory_mb": memory}
        goal = at_least(other / mine if mine and other else None, FASTER, "x")
        result.append(row(NAME, f"{n}^3, contrast {1 / LOW:g}", **numbers, **goal, note=note))
        if n == CASES[-1][0]:
            result.append(row(NAME, f"{n}^3 in seconds", ours_seconds=mine, **at_most(mine, SECONDS)))
    noise = np.random.default_rng(0).random((64, 64, 64)) < 0.35
    seconds, found = once(partial(effective_conductivity, noise, {0: 1e-6, 1: 1.0}, with_error=False))
    note = f"{found.iterations} iterations; sites percolate from 0.3116"
    result.append(row(NAME, "64^3 white noise of 0.35, contrast 1e6", ours_seconds=seconds, note=note))
    away = abs(spheres() - 1.0)
    result.append(
        row(
            NAME,
            "cubic array of spheres, share 0.3, insulating",
            ours=f"{away:.2%}",
            **at_most(away, EXACT, "relative"),
        )
    )
    return result


def blobs(n: int, width: float) -> np.ndarray:
    field = ndimage.gaussian_filter(np.random.default_rng(0).standard_normal((n, n, n)), width, mode="wrap")
    return field < np.quantile(field, POROSITY)


def alone(n: int, width: float) -> str:
    """Code of a process that does nothing but solve."""
    return (
        f"from bench_conduction import blobs\nfrom honeycell.numerics.conduction import effective_conductivity\n"
        f"effective_conductivity(blobs({n}, {width}), {{0: {LOW}, 1: 1.0}}, with_error=False)"
    )


def assembled(k: np.ndarray) -> tuple[Any, np.ndarray]:
    """The same network as a sparse matrix: harmonic means, periodic sides, electrodes at the first axis."""
    number = np.arange(k.size).reshape(k.shape)
    rows_, columns, values = [], [], []
    for axis in range(3):
        there, other = np.roll(number, -1, axis), np.roll(k, -1, axis)
        value = 2.0 * k * other / (k + other)
        inner = slice(0, -1) if axis == 0 else slice(None)
        rows_.append(number[inner].ravel())
        columns.append(there[inner].ravel())
        values.append(value[inner].ravel())
    i, j, v = (np.concatenate(each) for each in (rows_, columns, values))
    ground = np.zeros(k.shape)
    ground[0] += 2.0 * k[0]
    ground[-1] += 2.0 * k[-1]
    off = sparse.coo_array((np.concatenate([v, v]), (np.concatenate([i, j]), np.concatenate([j, i])))).tocsr()
    matrix = sparse.diags_array(ground.ravel() + np.asarray(off.sum(axis=1)).ravel()) - off
    source = np.zeros(k.shape)
    source[0] = 2.0 * k[0]
    return matrix.tocsr(), source.ravel()


def peer_value(system: tuple[Any, np.ndarray], n: int) -> float:
    """Conductivity by SciPy, stopped where its value has settled about as well as ours."""
    matrix, source = system
    inverse = sparse.diags_array(1.0 / matrix.diagonal())
    start = np.repeat(1.0 - (np.arange(n) + 0.5) / n, n * n)
    x, _ = cg(matrix, source, x0=start, rtol=1e-7, M=inverse, maxiter=5000)
    return float(np.sum(source * (1.0 - x))) / n


def spheres() -> float:
    """Ours, extrapolated, over the closed form of Sangani & Acrivos (1983) for insulating spheres of a simple cubic array."""
    from honeycell.numerics.conduction import effective_conductivity

    n, share = 64, 0.3
    squared = (((np.indices((n,) * 3) + 0.5) / n) ** 2).sum(axis=0)
    ball = squared < np.sort(squared.ravel())[round(share * n**3)]
    L1, L2, L3, L4, L5 = (-1.0 / (2.0 * m / (2.0 * m - 1.0)) for m in range(1, 6))
    f = float(ball.mean())
    D = (
        -1.0 / L1
        + f
        + 1.3047 * L2 * f ** (10 / 3) * (1 + 0.2305 * L3 * f ** (11 / 3)) / (1 - 0.4054 * L2 * f ** (7 / 3))
    )
    D += 0.07231 * L3 * f ** (14 / 3) + 0.1526 * L4 * f**6 + 0.0105 * L5 * f ** (22 / 3)
    found = effective_conductivity(ball, {0: 1.0, 1: 0.0}, periodic=False).extrapolated
    return float(found or 0.0) / (1.0 - 3.0 * f / D)
