"""Zeolite spheres at a given profile over depth, none in another's way, each in a coat of polymer."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from honeycell.quantities.errors import InputError
from honeycell.runs.seeds import generator

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from honeycell.structure.voxels import VoxelMap

    Floats = NDArray[np.float64]

TRUNCATION = 3.0  # standard deviations beyond which no diameter is drawn
SWEEPS = 20_000  # of pushing apart, before the packing is given up
GENTLE = 400  # sweeps that move spheres aside rather than up and down, to keep the profile
LEAN = 0.2  # of a push that goes up or down meanwhile
SPRING = 0.1  # of the way back to the depth that was drawn, at first and less and less
ROUNDING = 1e-9  # by which a layer packed to jamming may exceed it
GAP = 1e-4  # of the mean diameter that is left between spheres pushed apart


@dataclass(frozen=True, slots=True, eq=False)
class Spheres:
    """``centre`` (k, 3) as depth, y, x [m] and ``diameter`` (k,) [m] of spheres in a box of ``height`` and ``width`` (y, x) [m].

    The box goes on beyond its side walls as it began; no sphere sticks out of its front or back.
    """

    centre: Floats
    diameter: Floats
    height: float
    width: tuple[float, float]

    def fraction(self, edges: ArrayLike) -> Floats:
        """Volume fraction of spheres between ``edges`` (n + 1,) [m], exact."""
        at = np.asarray(edges, float)
        r = 0.5 * self.diameter
        # volume of a sphere above a plane a over its centre's depth: of the cap, pi (r + a)^2 (2 r - a) / 3
        a = np.clip(at[:, None] - self.centre[:, 0], -r, r)
        above = np.sum(math.pi * (r + a) ** 2 * (2.0 * r - a) / 3.0, axis=1)
        return np.diff(above) / (np.diff(at) * math.prod(self.width))

    def closest(self) -> float:
        """Smallest gap between two surfaces [m], negative where they overlap; infinite for fewer than two."""
        return float(_closest(self.centre, 0.5 * self.diameter, *self.width))


def place_spheres(
    edges: ArrayLike,
    fraction: ArrayLike,
    width: float | tuple[float, float],
    diameter: float,
    spread: float,
    jamming: float,
    seed: int,
) -> Spheres:
    """Spheres without overlap whose volume fraction follows a profile.

    Depths are drawn from the profile, evenly (so that the sampling error is that of a few spheres), then overlapping spheres push
    each other apart, aside first.

    Parameters
    ----------
    edges : (n + 1,) depths of the layers' borders [m], rising; front and back are walls.
    fraction : (n,) volume fraction of spheres in each layer.
    width : of the box along y and x [m], at least two diameters.
    diameter, spread : mean and standard deviation of a normal distribution of diameters [m], cut at three of the latter.
    jamming : volume fraction at which spheres stop to move: none may be asked for over a diameter of depth.
    seed : of the random stream.

    Raises
    ------
    InputError : more spheres than can be packed, a layer thinner than one sphere, a box too narrow, numbers that make no sense.
    """
    at, phi = np.asarray(edges, float), np.asarray(fraction, float)
    wide = (width, width) if isinstance(width, float | int) else width
    _check(at, phi, wide, diameter, spread, jamming)
    rng = generator(seed, "structure", "particles")
    depth, box = at - at[0], (float(wide[0]), float(wide[1]))
    amount = np.concatenate([[0.0], np.cumsum(phi * np.diff(at))]) * math.prod(box)
    d = _diameters(rng, diameter, spread, float(amount[-1]))
    n = d.size
    if n == 0:
        return Spheres(np.zeros((0, 3)), d, float(depth[-1]), box)
    level = (np.arange(n) + rng.random(n)) / n * amount[-1]
    layer = np.minimum(np.searchsorted(amount, level, side="right") - 1, phi.size - 1)
    within = (level - amount[layer]) / np.diff(amount)[layer]
    z = np.clip(depth[layer] + within * np.diff(depth)[layer], 0.5 * d, depth[-1] - 0.5 * d)
    centre = np.column_stack([z, rng.random(n) * box[0], rng.random(n) * box[1]])
    left = _push_apart(centre, 0.5 * d, float(depth[-1]), *box, GAP * diameter, SWEEPS, GENTLE, LEAN)
    if left > 0.0:
        raise InputError(
            f"particles still overlap by {left / diameter:.1%} of a diameter after {SWEEPS} rounds of pushing",
            "structure",
            "Lower the particle fraction or its step from layer to layer.",
        )
    centre[:, 0] += at[0]
    return Spheres(centre, d, float(depth[-1]), box)


def paint(voxels: VoxelMap, spheres: Spheres, wall: float) -> VoxelMap:
    """``voxels`` with spheres of zeolite in it, each with a coat of polymer [m] where there was liquid."""
    phase = voxels.phase.copy()
    h = voxels.voxel_size
    centre = (spheres.centre - np.array([voxels.top, 0.0, 0.0])) / h
    n = [round(side / h) for side in spheres.width]
    repeats = voxels.periodic and tuple(n) == phase.shape[1:]
    _paint(phase, centre, 0.5 * spheres.diameter / h, wall / h, n[0], n[1], repeats)
    return replace(voxels, phase=phase)


def _check(at: Floats, phi: Floats, width: tuple[float, float], diameter: float, spread: float, jamming: float) -> None:
    where = "structure"
    if at.ndim != 1 or at.size < 2 or phi.shape != (at.size - 1,) or not np.all(np.diff(at) > 0.0):
        raise InputError("layers whose edges do not rise, or not one fraction for each", where)
    if not (diameter > 0.0 and 0.0 <= spread < diameter / TRUNCATION):
        raise InputError(
            f"particles of {diameter * 1e6:g} +- {spread * 1e6:g} um",
            where,
            "The spread must stay below a third of the mean.",
        )
    if not np.all((phi >= 0.0) & np.isfinite(phi)):
        raise InputError("a particle fraction is negative or not a number", where)
    if not phi.any():
        return
    if at[-1] - at[0] < diameter + TRUNCATION * spread:
        raise InputError(
            f"a film of {(at[-1] - at[0]) * 1e6:.3g} um for particles of {diameter * 1e6:.3g} um",
            where,
            "It cannot be thinner than one particle.",
        )
    if min(width) < 2.0 * (diameter + TRUNCATION * spread):
        raise InputError(
            f"a section {min(width) * 1e6:.3g} um wide for particles of {diameter * 1e6:.3g} um",
            where,
            "Make it wider.",
        )
    amount = np.concatenate([[0.0], np.cumsum(phi * np.diff(at))])
    start = np.linspace(at[0], at[-1] - diameter, 200)
    crowd = (np.interp(start + diameter, at, amount) - np.interp(start, at, amount)) / diameter
    if crowd.max() > jamming * (1.0 + ROUNDING):
        raise InputError(
            f"a particle fraction of {crowd.max():.3f} over one diameter, at {start[crowd.argmax()] * 1e6:.3g} um",
            where,
            f"Spheres jam at {jamming:g}; ask for less.",
        )


def _diameters(rng: np.random.Generator, mean: float, spread: float, volume: float) -> Floats:
    """Diameters whose spheres fill ``volume`` as nearly as whole spheres can."""
    per_sphere = math.pi / 6.0 * mean**3
    count = int(1.2 * volume / per_sphere) + 20
    z = rng.standard_normal(3 * count)
    d = (mean + spread * z[np.abs(z) < TRUNCATION])[:count]
    total = np.cumsum(math.pi / 6.0 * d**3)
    n = int(np.searchsorted(total, volume))
    before = total[n - 1] if n else 0.0
    return d[: n + 1] if total[n] - volume < volume - before else d[:n]


@njit(cache=True)
def _cells(centre, size, m0, m1, m2, w1, w2):  # pragma: no cover  (compiled)
    """First sphere of each cell and the next one of each sphere; -1 ends a chain."""
    head = np.full((m0, m1, m2), -1)
    after = np.empty(len(centre), np.int64)
    for i in range(len(centre)):
        a = min(max(int(centre[i, 0] / size), 0), m0 - 1)
        b, c = int(centre[i, 1] / w1 * m1) % m1, int(centre[i, 2] / w2 * m2) % m2
        after[i] = head[a, b, c]
        head[a, b, c] = i
    return head, after


@njit(cache=True)
def _push_apart(centre, r, height, w1, w2, gap, sweeps, gentle, lean):  # pragma: no cover  (compiled)
    """Moves overlapping spheres apart, pair by pair; returns the deepest overlap that is left."""
    size = 2.0 * r.max() + gap
    m0, m1, m2 = max(int(height / size), 1), max(int(w1 / size), 1), max(int(w2 / size), 1)
    worst = 0.0
    home = centre[:, 0].copy()
    for sweep in range(sweeps):
        back = SPRING * max(1.0 - sweep / gentle, 0.0)
        for i in range(len(centre)):
            centre[i, 0] += back * (home[i] - centre[i, 0])
        head, after = _cells(centre, height / m0, m0, m1, m2, w1, w2)
        worst = 0.0
        weight = lean if sweep < gentle else 1.0
        for i in range(len(centre)):
            a0 = min(max(int(centre[i, 0] / height * m0), 0), m0 - 1)
            b0, c0 = int(centre[i, 1] / w1 * m1) % m1, int(centre[i, 2] / w2 * m2) % m2
            for a in range(max(a0 - 1, 0), min(a0 + 2, m0)):
                for db in range(min(m1, 3)):
                    for dc in range(min(m2, 3)):
                        j = head[a, (b0 + db - 1) % m1, (c0 + dc - 1) % m2]
                        while j >= 0:
                            if j != i:
                                z = centre[j, 0] - centre[i, 0]
                                y = centre[j, 1] - centre[i, 1]
                                x = centre[j, 2] - centre[i, 2]
                                y -= w1 * np.round(y / w1)
                                x -= w2 * np.round(x / w2)
                                away = np.sqrt(z * z + y * y + x * x) + 1e-300
                                lack = r[i] + r[j] - away
                                if lack > 0.0:
                                    worst = max(worst, lack)
                                    up = weight if abs(z) < 0.9 * away else 1.0
                                    # along (up z, y, x), as far as parts them by what lacks
                                    push = 0.5 * (lack + gap) * away / (up * z * z + y * y + x * x + 1e-300)
                                    centre[i, 0] -= push * up * z
                                    centre[j, 0] += push * up * z
                                    centre[i, 1] -= push * y
                                    centre[j, 1] += push * y
                                    centre[i, 2] -= push * x
                                    centre[j, 2] += push * x
                            j = after[j]
            centre[i, 0] = min(max(centre[i, 0], r[i]), height - r[i])
        for i in range(len(centre)):
            centre[i, 0] = min(max(centre[i, 0], r[i]), height - r[i])
            centre[i, 1] %= w1
            centre[i, 2] %= w2
        if worst == 0.0:
            break
    return worst


@njit(cache=True)
def _closest(centre, r, w1, w2):  # pragma: no cover  (compiled)
    best = np.inf
    for i in range(len(centre)):
        for j in range(i):
            z, y, x = centre[j, 0] - centre[i, 0], centre[j, 1] - centre[i, 1], centre[j, 2] - centre[i, 2]
            y -= w1 * np.round(y / w1)
            x -= w2 * np.round(x / w2)
            best = min(best, np.sqrt(z * z + y * y + x * x) - r[i] - r[j])
    return best


@njit(cache=True)
def _paint(phase, centre, r, wall, w1, w2, repeats):  # pragma: no cover  (compiled)
    n0, n1, n2 = phase.shape
    for s in range(len(centre)):
        reach = r[s] + wall
        for i in range(max(int(centre[s, 0] - reach), 0), min(int(centre[s, 0] + reach) + 2, n0)):
            for b in range(int(np.floor(centre[s, 1] - reach)), int(centre[s, 1] + reach) + 2):
                for c in range(int(np.floor(centre[s, 2] - reach)), int(centre[s, 2] + reach) + 2):
                    z, y, x = i + 0.5 - centre[s, 0], b + 0.5 - centre[s, 1], c + 0.5 - centre[s, 2]
                    away = z * z + y * y + x * x
                    if away > reach * reach:
                        continue
                    # the box of spheres goes on; the map shows what of it lies inside
                    j, k = b % w1, c % w2
                    if not repeats and (j >= n1 or k >= n2):
                        continue
                    if away <= r[s] * r[s]:
                        phase[i, j, k] = 2
                    elif phase[i, j, k] == 0:
                        phase[i, j, k] = 1
