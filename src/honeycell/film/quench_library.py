"""Quenches made once and looked up: polymer in the dope, its ratio to the gel, and how fast the non-solvent comes.

Pictures depend on little else, so a film's depths look theirs up instead of running a box each. Shipped as ``quench_library.npz`` (packed
bits and numbers, no objects) beside ``quench_library.json``, which says from what it was computed; ``quench_store`` reads and writes them.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import astuple, dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from honeycell.film.coarsening import CoarseningLaw, coarsening_law
from honeycell.film.pattern import PatternStatistics, pattern_statistics
from honeycell.film.quench import QuenchSettings, run_quench
from honeycell.film.reduced_energy import LAST, reduced_energy
from honeycell.quantities.errors import InputError
from honeycell.runs.progress import progress, workers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.data.parameters import Parameters
    from honeycell.film.quench import Quench
    from honeycell.physics.flory_huggins import TernaryMixture

    Floats = NDArray[np.float64]

POLYMER = (0.035, 0.045, 0.06, 0.08, 0.11)
GEL_RATIO = (0.22, 0.32, 0.45, 0.65)  # phi3 of the dope over that of the gel
RAMP_TIME = (1e4, 4e4, 1.6e5)  # b^2/M
LENGTHS = ("wall_chord", "pore_chord", "wall_thickness", "pore_thickness")


@dataclass(frozen=True)
class LibraryQuench:
    """What the library says of one dope.

    Attributes
    ----------
    statistics : interpolated; lengths in b, those of a longer ramp grown by the coarsening law.
    rich : the nearest quench's map, True where polymer is rich, and ``voxel_size`` in b, grown along.
    nearest : its polymer, gel ratio and ramp time.
    length_error : relative standard error of the lengths from growing them; 0 within the library.
    arrested : share of the neighbouring quenches whose polymer had set; below 1 the pattern was still moving at the end of the model.
    """

    statistics: PatternStatistics
    rich: NDArray[np.bool_]
    voxel_size: float
    nearest: tuple[float, float, float]
    length_error: float
    arrested: float


@dataclass(frozen=True, eq=False)
class QuenchLibrary:
    """Quenches on a grid: ``values`` (polymer, gel ratio, ramp time, statistic) in the order of ``PatternStatistics``.

    ``bits`` are the maps, packed, ``arrested`` and ``demixed`` one flag each; ``mixture`` and ``settings`` what was computed.
    """

    polymer: Floats
    gel_ratio: Floats
    ramp_time: Floats
    values: Floats
    bits: NDArray[np.uint8]
    arrested: NDArray[np.bool_]
    demixed: NDArray[np.bool_]
    mixture: TernaryMixture
    settings: QuenchSettings

    def coarsening(self, length: str = "pore_chord") -> CoarseningLaw:
        """How a length grows with the ramp time, from all quenches that set."""
        place = [f.name for f in fields(PatternStatistics)].index(length)
        values = np.where(self.arrested & self.demixed, self.values[..., place], np.nan)
        return coarsening_law(self.ramp_time, values.reshape(-1, len(self.ramp_time)))

    def look_up(self, polymer: float, gel_ratio: float, ramp_time: float) -> LibraryQuench:
        """The pattern of a dope.

        Polymer, gel ratio and the logarithm of the time are interpolated; ramps longer than the library's take its longest, lengths grown
        by :meth:`coarsening`.

        Raises
        ------
        InputError : polymer or gel ratio outside of the library, or a ramp shorter than its shortest: :func:`quench_of` runs those; or a gel
            that the library's rich phases do not reach.
        """
        if not (math.isfinite(ramp_time) and ramp_time > 0.0):
            raise InputError(f"a ramp time of {ramp_time:g}", "quench library", "It must be positive.")
        longest = float(self.ramp_time[-1])
        within = min(ramp_time, longest)
        axes = (self.polymer, self.gel_ratio, np.log(self.ramp_time))
        point = (polymer, gel_ratio, math.log(within))
        for name, axis, x, shown in zip(
            ("polymer", "gel ratio", "ramp time"), axes, point, (polymer, gel_ratio, within), strict=True
        ):
            tiny = 1e-9 * abs(float(axis[-1]))
            if not axis[0] - tiny <= x <= axis[-1] + tiny:
                low, high = (np.exp(axis[[0, -1]]) if name == "ramp time" else axis[[0, -1]]).tolist()
                raise InputError(
                    f"a {name} of {shown:.4g} lies outside of {low:.4g} to {high:.4g}",
                    "quench library",
                    "Run a quench of its own for it.",
                )
        corners = [_between(axis, x) for axis, x in zip(axes, point, strict=True)]
        names = [f.name for f in fields(PatternStatistics)]
        as_log = np.array([name in LENGTHS for name in names])
        table = self.values.copy()
        table[..., as_log] = np.log(table[..., as_log])
        total, settled, heaviest, nearest = np.zeros(len(names)), 0.0, -1.0, (0, 0, 0)
        for choice in itertools.product((0, 1), repeat=3):
            place = tuple(corner[0] + c for corner, c in zip(corners, choice, strict=True))
            weight = math.prod(corner[1] if c else 1.0 - corner[1] for corner, c in zip(corners, choice, strict=True))
            if weight > 0.0:
                total += weight * table[place]
                settled += weight * float(self.arrested[place])
            if weight > heaviest:
                heaviest, nearest = weight, place
        if not np.isfinite(total).all():
            raise InputError(
                f"a dope of {polymer:.3g} polymer and a gel of {polymer / gel_ratio:.3g} does not set within the one-field model",
                "quench library", "Take a leaner gel.",
            )  # fmt: skip
        total[as_log] = np.exp(total[as_log])
        growth, error = 1.0, 0.0
        if ramp_time > longest:
            law = self.coarsening()
            growth, error = law.factor(ramp_time / longest), law.relative_error(ramp_time / longest)
            total[as_log] *= growth
        numbers = {
            n: (round(v) if n.startswith(("clusters", "euler")) else float(v))
            for n, v in zip(names, total, strict=True)
        }
        return LibraryQuench(
            PatternStatistics(**numbers),  # pyright: ignore[reportArgumentType]
            self.rich(*nearest),
            self.settings.spacing * growth,
            (float(self.polymer[nearest[0]]), float(self.gel_ratio[nearest[1]]), float(self.ramp_time[nearest[2]])),
            error,
            settled,
        )

    def rich(self, i: int, j: int, k: int) -> NDArray[np.bool_]:
        """The map of one quench, True where polymer is rich."""
        shape = self.settings.shape
        return np.unpackbits(self.bits[i, j, k], count=math.prod(shape)).astype(bool).reshape(shape)


def quench_of(
    library: QuenchLibrary, mixture: TernaryMixture, polymer: float, gel_ratio: float, ramp_time: float
) -> LibraryQuench | Quench:
    """The library's pattern of a dope, or a quench run for it where the library does not reach; told apart by their class."""
    try:
        return library.look_up(polymer, gel_ratio, ramp_time)
    except InputError:
        return run_quench(
            mixture, replace(library.settings, polymer=polymer, gel=polymer / gel_ratio, ramp_time=ramp_time)
        )


def library_mixture(parameters: Parameters) -> TernaryMixture:
    """The mixture of the library, from the tables and the molar mass of the paper's recipe."""
    from honeycell.film.dope import Dope, ternary_mixture

    return ternary_mixture(parameters, Dope(parameters))


def compute_library(
    mixture: TernaryMixture,
    jobs: int = 1,
    polymer: tuple[float, ...] = POLYMER,
    gel_ratio: tuple[float, ...] = GEL_RATIO,
    ramp_time: tuple[float, ...] = RAMP_TIME,
    settings: QuenchSettings | None = None,
    show: bool = True,
) -> QuenchLibrary:
    """Run all quenches, each in one thread of one of ``jobs`` processes; those whose gel no phase reaches within the model are left out, as nan.

    Parameters
    ----------
    settings : box, contrast and seed of all; the rest of it is replaced.

    Raises
    ------
    InputError, NotConverged : as :func:`honeycell.film.quench.run_quench`.
    """
    base = default_settings() if settings is None else settings
    points = list(itertools.product(polymer, gel_ratio, ramp_time))
    asked = [replace(base, polymer=p, gel=p / r, ramp_time=t) for p, r, t in points]
    richest = reduced_energy(mixture).phases_at(LAST)[1]
    # the long ones first, so that no process is left alone with one at the end
    sets = [n for n, each in enumerate(asked) if each.gel + each.width < richest]
    order = sorted(sets, key=lambda n: (-asked[n].ramp_time, -asked[n].gel))
    done: dict[int, Quench] = {}
    with progress(len(order), "quenches", show) as advance:
        if jobs == 1:
            for n in order:
                done[n] = run_quench(mixture, asked[n])
                advance()
        else:
            with workers(jobs) as pool:
                futures = {n: pool.submit(run_quench, mixture, asked[n]) for n in order}
                for n in order:
                    done[n] = futures[n].result()
                    advance()
    shape = (len(polymer), len(gel_ratio), len(ramp_time))
    values = np.full((len(asked), len(fields(PatternStatistics))), np.nan)
    bits = np.zeros((len(asked), math.ceil(math.prod(base.shape) / 8)), np.uint8)
    arrested, demixed = np.zeros(len(asked), bool), np.zeros(len(asked), bool)
    for n, made in done.items():
        values[n] = astuple(pattern_statistics(made.rich, made.settings.spacing))
        bits[n], arrested[n], demixed[n] = np.packbits(made.rich), made.arrested, made.demixed
    return QuenchLibrary(
        np.array(polymer, float),
        np.array(gel_ratio, float),
        np.array(ramp_time, float),
        values.reshape(*shape, -1),
        bits.reshape(*shape, -1),
        arrested.reshape(shape),
        demixed.reshape(shape),
        mixture,
        base,
    )


def default_settings() -> QuenchSettings:
    """Box, contrast and seed of the shipped library."""
    return QuenchSettings(POLYMER[0], POLYMER[0] / GEL_RATIO[0], RAMP_TIME[0])


def _between(axis: Floats, x: float) -> tuple[int, float]:
    """Lower neighbour on an axis, and how far on the way to the next."""
    i = int(np.clip(np.searchsorted(axis, x, side="right") - 1, 0, len(axis) - 2))
    return i, float(np.clip((x - axis[i]) / (axis[i + 1] - axis[i]), 0.0, 1.0))
