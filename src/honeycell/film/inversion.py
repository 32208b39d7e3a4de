r"""Exchange of solvent for non-solvent between a cast film and a bath, depth by depth, in coordinates that move with the polymer.

Each cell holds a fixed polymer volume X per plate area, its particles w_p X, and w_1 X of non-solvent and w_2 X of solvent, which cross its faces:
swelling, a skin and shrinkage need no moving mesh. Relative to the polymer, downward from the bath,

.. math::
    J_{ex} &= -D \left(\frac{1-\phi_3}{1+\phi_3}\right)^2 (1 - \tfrac32 \phi_p)\, \partial_z s \\
    J_s &= -K_p \left[\partial_z \omega + (u_1 - s)\, \Delta'(s)\, \partial_z s\right] \\
    j_1 &= u_1 J_s + J_{ex}, \qquad j_2 = (1 - u_1) J_s - J_{ex}

with s and omega of :mod:`honeycell.film.equilibrium`, u_1 = phi_1/(phi_1 + phi_2), and Kp falling with the polymer's density and to nothing where
two phases coexist, for there the network has set. The bath is one well-mixed volume behind a film of resistance 1/k.

Source of the hindrance: Mackie & Meares, Proc. R. Soc. A 232 (1955) 498, doi:10.1098/rspa.1955.0234.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from honeycell.film.equilibrium import look_up
from honeycell.quantities.errors import InputError, NotConverged

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from honeycell.film.equilibrium import LocalEquilibrium

    Floats = NDArray[np.float64]

CELLS = 45
GRADING = 300.0  # thickest cell, at the plate, over the thinnest, at the bath
RELATIVE, ABSOLUTE = 1e-6, 1e-9  # tolerances of the solution, in solvent per polymer
LONGEST = 1e3  # diffusion times of film and bath resistance together, after which nothing will happen any more
REFERENCE_POLYMER, DENSITY_POWER = 0.1, -1.5  # Kp = Kp0 (phi3/0.1)**-1.5: mesh of a semidilute solution
BAND = 4  # variables to either side that a rate depends on: two per cell, one neighbour


@dataclass(frozen=True)
class Immersion:
    """What happens to a film put into a bath. Lengths in m, SI throughout.

    Parameters
    ----------
    thickness : of the wet film;  polymer : its fraction of the liquid;  particles : their fraction of the film, one number or a function of
        cell edges (n + 1,) [m] that gives the means between them (n,).
    diffusivity : D of water and solvent [m2/s];  permeability : Kp0 [m2/s];  transfer : k of the bath [m/s].
    bath_depth : bath volume per plate area [m];  bath_water : water in the bath at the start;  gel : polymer in the rich phase where it sets.
    """

    thickness: float
    polymer: float
    particles: float | Callable[[Floats], Floats]
    diffusivity: float
    permeability: float
    transfer: float
    bath_depth: float
    bath_water: float
    gel: float

    def __post_init__(self) -> None:
        for name in ("thickness", "polymer", "diffusivity", "transfer", "bath_depth"):
            if not getattr(self, name) > 0.0:
                raise InputError(f"{name.replace('_', ' ')} is {getattr(self, name)!r}", "film", "It must be positive.")
        if not 0.0 < self.bath_water <= 1.0:
            raise InputError(f"the bath holds {self.bath_water:g} of non-solvent", "film", "It must hold some.")


@dataclass(frozen=True)
class Inversion:
    """How it went, cell by cell (n,) and step by step (m,).

    ``depth`` of the cells in the wet film [m]; times [s] when each cell's mean composition met the binodal, the spinodal, and when its rich
    phase set, NaN where that never came. ``time`` (m,); ``shares`` u1, ``polymer`` phi3 of the liquid, ``water`` s and ``heights`` [m], all (m, n);
    ``bath`` (m,) its water; ``imbalance`` the largest amount of a liquid gone astray, over the liquid that the film held.
    """

    depth: Floats
    binodal_time: Floats
    spinodal_time: Floats
    gel_time: Floats
    time: Floats
    shares: Floats
    polymer: Floats
    water: Floats
    heights: Floats
    bath: Floats
    imbalance: float


def immerse(immersion: Immersion, equilibrium: LocalEquilibrium, *, cells: int = CELLS) -> Inversion:
    """Follow a film from the moment it meets the bath until all of it has set.

    Raises
    ------
    InputError : the dope is in two phases from the start, the bath demixes nothing, or no phase gets as rich as the gel.
    NotConverged : the integrator gave up.
    """
    from scipy.integrate import LSODA

    film = immersion
    widths = np.geomspace(1.0, GRADING, cells)
    widths *= film.thickness / widths.sum()
    edges = np.concatenate([[0.0], np.cumsum(widths)])
    particles = np.full(cells, film.particles) if isinstance(film.particles, int | float) else film.particles(edges)
    set_at = equilibrium.water_at_rich(film.gel)
    if set_at >= film.bath_water:
        raise InputError(
            f"a bath with {film.bath_water:.3g} of non-solvent never sets this dope", "film",
            f"It takes more than {set_at:.3g}: less solvent in the bath.",
        )  # fmt: skip
    X = film.polymer * (1.0 - particles) * widths
    w_p = particles * widths / X
    start = np.zeros(
        2 * cells + 2
    )  # bath's gain of non-solvent and solvent over the film's thickness; then w1, w2 of each cell
    start[3::2] = 1.0 / film.polymer - 1.0
    mixture = equilibrium.mixture
    bath = film.thickness, film.bath_depth * film.bath_water, film.bath_depth * (1.0 - film.bath_water), film.transfer
    tables = equilibrium.water, equilibrium.osmotic, equilibrium.split
    binary = mixture.r2, mixture.g12_constant, mixture.g12_slope
    coefficients = film.diffusivity, film.permeability

    def rates(_: float, y: Floats) -> Floats:
        return _rates(y, X, w_p, *tables, *binary, *coefficients, *bath)

    last = LONGEST * (film.thickness**2 / film.diffusivity + film.thickness / film.transfer)
    solver: Any = LSODA(rates, 0.0, start, last, rtol=RELATIVE, atol=ABSOLUTE, lband=BAND, uband=BAND)
    times, states = [0.0], [start]
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the integrator's own words; what failed is raised below
        while solver.status == "running":
            try:
                message = solver.step()
            except ZeroDivisionError:  # a trial step that leaves a cell without liquid
                message, solver.status = "a cell ran out of liquid", "failed"
            if solver.status == "failed" or not np.isfinite(solver.y).all():
                raise NotConverged(
                    f"the exchange of a dope of {100.0 * film.polymer:.2g} vol% polymer with its bath could not be followed "
                    f"beyond {solver.t:.3g} s ({message})", "film", "Use more polymer, or check diffusivity and bath.",
                )  # fmt: skip
            times.append(float(solver.t))
            states.append(solver.y.copy())
            u1, phi3 = _composition(states[-1][-2:])
            if equilibrium.water_at(u1, phi3)[0] >= set_at:
                break
    return _told(film, equilibrium, set_at, np.array(times), np.array(states), X, w_p)


def _composition(w: Floats) -> tuple[Floats, Floats]:
    """u1 and phi3 (..., n) of solvents per polymer (..., 2 n)."""
    w1, w2 = np.maximum(w[..., ::2], 0.0), np.maximum(w[..., 1::2], 0.0)
    return w1 / (w1 + w2), 1.0 / (1.0 + w1 + w2)


def _told(
    film: Immersion, equilibrium: LocalEquilibrium, set_at: float, time: Floats, y: Floats, X: Floats, w_p: Floats
) -> Inversion:
    u1, phi3 = _composition(y[:, 2:])
    s = equilibrium.water_at(u1, phi3)
    heights = X * (1.0 / phi3 + w_p)
    first = heights[0]
    amounts = np.stack([y[:, column] * film.thickness + y[:, 2 + column :: 2] @ X for column in (0, 1)])
    moved = np.abs(amounts - amounts[:, :1]).max() / (film.thickness * (1.0 - film.polymer))
    depth = np.cumsum(first) - 0.5 * first
    met = u1 >= equilibrium.binodal_share(phi3)
    return Inversion(
        depth,
        _first(time, u1 - equilibrium.binodal_share(phi3)),
        _first(time, u1 - equilibrium.spinodal_share(phi3)),
        _first(time, np.where(met, s - set_at, np.minimum(s - set_at, -1e-12))),
        time,
        u1,
        phi3,
        s,
        heights,
        (film.bath_depth * film.bath_water + film.thickness * y[:, 0])
        / (film.bath_depth + film.thickness * (y[:, 0] + y[:, 1])),
        float(moved),
    )


def _first(time: Floats, excess: Floats) -> Floats:
    """When each column of ``excess`` (m, n) first turns positive, between the steps by a straight line; NaN where never."""
    above = excess >= 0.0
    later = np.argmax(above, axis=0)
    column = np.arange(excess.shape[1])
    earlier = np.maximum(later - 1, 0)
    low, high = excess[earlier, column], excess[later, column]
    with np.errstate(invalid="ignore", divide="ignore"):
        part = np.where(np.isfinite(low) & (high > low), -low / (high - low), 1.0)
    when = time[earlier] + np.where(later > 0, part, 0.0) * (time[later] - time[earlier])
    return np.where(above.any(axis=0), when, np.nan)


@njit(cache=True)
def _rates(
    y: Floats,
    X: Floats,
    w_p: Floats,
    water: Floats,
    osmotic: Floats,
    split: Floats,
    r2: float,
    a: float,
    b: float,
    D: float,
    Kp0: float,
    thickness: float,
    bath1: float,
    bath2: float,
    k: float,
) -> Floats:
    """Time derivative of y; see the module."""
    n = X.size
    out = np.zeros_like(y)
    bath_1, bath_2 = bath1 + thickness * y[0], bath2 + thickness * y[1]
    s_bath = bath_1 / (bath_1 + bath_2)
    above_s, above_omega, above_u = s_bath, 0.0, s_bath
    above_half, above_conductance, above_kp = 0.0, 0.0, 0.0
    in1, in2 = 0.0, 0.0
    for i in range(n):
        w1, w2 = max(y[2 + 2 * i], 0.0), max(y[3 + 2 * i], 0.0)
        phi3 = 1.0 / (1.0 + w1 + w2)
        u = w1 / (w1 + w2)
        half = 0.5 * X[i] * (1.0 + w1 + w2 + w_p[i])
        phi_p = w_p[i] / (1.0 + w1 + w2 + w_p[i])
        s, omega, two = look_up(u, phi3, water, osmotic, split)
        conductance = D * ((1.0 - phi3) / (1.0 + phi3)) ** 2 * (1.0 - 1.5 * phi_p) / half
        kp = Kp0 * (phi3 / REFERENCE_POLYMER) ** DENSITY_POWER * (1.0 - two)
        if i == 0:
            j_ex = (s_bath - s) / (1.0 / k + 1.0 / conductance)
            j_s = -kp * omega / half
        else:
            j_ex = (above_s - s) / (1.0 / above_conductance + 1.0 / conductance)
            j_s = 0.0
            if kp > 0.0 and above_kp > 0.0:
                mean = min(max(0.5 * (s + above_s), 1e-9), 1.0 - 1e-9)
                steep = 1.0 / mean + 1.0 / (r2 * (1.0 - mean)) - 2.0 * a + b * (6.0 * mean - 4.0)
                drive = omega - above_omega + (0.5 * (u + above_u) - mean) * steep * (s - above_s)
                j_s = -drive / (half / kp + above_half / above_kp)
        carried = above_u if j_s > 0.0 else u
        j1, j2 = carried * j_s + j_ex, (1.0 - carried) * j_s - j_ex
        if i == 0:
            out[0], out[1] = -j1 / thickness, -j2 / thickness
        else:
            out[2 * i] = (in1 - j1) / X[i - 1]
            out[2 * i + 1] = (in2 - j2) / X[i - 1]
        in1, in2 = j1, j2
        above_s, above_omega, above_u, above_half, above_conductance, above_kp = s, omega, u, half, conductance, kp
    out[2 * n], out[2 * n + 1] = in1 / X[n - 1], in2 / X[n - 1]
    return out
