"""What has demixed at each depth: the quench of the dope and of the time that the exchange leaves it there, the library's or the film's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honeycell.film.coarsening import reduced_time
from honeycell.film.own_quenches import beyond
from honeycell.film.quench import REFERENCE, ramp_time_of
from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.film.own_quenches import OwnQuenches
    from honeycell.film.quench_library import LibraryQuench, QuenchLibrary
    from honeycell.physics.flory_huggins import TernaryMixture

    Floats = NDArray[np.float64]

DRY = 1e-4  # water at which the dope's own stiffness is taken: none, but its potential is infinite at none


@dataclass(frozen=True, slots=True, eq=False)
class LocalPatterns:
    """All (n,), front to back; nan where nothing demixed or no quench is known.

    ``share`` of the rich phase when it sets, ``pore`` and ``wall`` their mean chords [m], ``diameter`` the mean diameter of the largest
    balls within the pores [m], ``connected`` the share of the rich phase in its largest part, ``open_pores`` the same of the pores,
    ``error`` the relative standard error of the lengths, ``within`` 1 where the library or an own quench reaches and 0 where the library's edge
    was taken, ``ramp`` the time in the gap as the ramp time of a quench [b^2/M].
    """

    share: Floats
    pore: Floats
    wall: Floats
    diameter: Floats
    connected: Floats
    open_pores: Floats
    error: Floats
    within: Floats
    ramp: Floats


def local_patterns(
    library: QuenchLibrary,
    mixture: TernaryMixture,
    polymer: Floats,
    gel: float,
    time_in_gap: Floats,
    segment: float,
    cooperative_diffusivity: float,
    deviation: float = 0.0,
    own: OwnQuenches | None = None,
) -> LocalPatterns:
    """Patterns at depths whose liquid holds ``polymer`` and takes ``time_in_gap`` [s] from two phases to the gel.

    Parameters
    ----------
    library : quenches of the same mixture, or of one alike: its pictures depend on polymer, gel and ramp time.
    mixture : of the dope; it says how the time in the gap is to be counted.
    polymer, time_in_gap : (n,).  gel : polymer fraction at which the rich phase sets.
    segment : b [m].  cooperative_diffusivity : of the polymer in the solvent at a fraction of 0.06 [m2/s].
    deviation : standard errors of the coarsening law by which all lengths depart from it.
    own : quenches of this film's own, taken beyond the library.

    Raises
    ------
    InputError : a gel that no rich phase reaches.

    Notes
    -----
    Where neither the library nor an own quench reaches, that of the library's edge is taken, and ``within`` says so.
    """
    mobility = cooperative_diffusivity / float(mixture.hessian(DRY, REFERENCE)[1, 1])
    result = np.full((9, polymer.size), np.nan)
    for n, (phi, gap) in enumerate(zip(polymer.tolist(), time_in_gap.tolist(), strict=True)):
        if not (np.isfinite(gap) and gap > 0.0 and phi > 0.0):
            continue
        ramp = ramp_time_of(mixture, gel, reduced_time(gap, segment, mobility))
        result[-1, n] = ramp
        found, within = None, True
        if own is not None and beyond(library, phi, phi / gel, ramp):
            found = own.look_up(library, phi, ramp)
        if found is None:
            found, within = _nearest(library, phi, phi / gel, ramp)
        if found is None:
            continue
        s = found.statistics
        grown = float(np.exp(deviation * found.length_error)) * segment
        lengths = (s.pore_chord * grown, s.wall_chord * grown, s.pore_thickness * grown)
        result[:-1, n] = (
            s.share_rich, *lengths, s.largest_rich, s.largest_lean, found.length_error, float(within),
        )  # fmt: skip
    return LocalPatterns(*result)


def _nearest(
    library: QuenchLibrary, polymer: float, gel_ratio: float, ramp: float
) -> tuple[LibraryQuench | None, bool]:
    """The library's answer at the point, else at its edge; None where even that never sets."""
    low, high = library.polymer[[0, -1]], library.gel_ratio[[0, -1]]
    phi, ratio = float(np.clip(polymer, *low)), float(np.clip(gel_ratio, *high))
    time = max(ramp, float(library.ramp_time[0]))
    within = phi == polymer and ratio == gel_ratio and time == ramp
    for candidate in (ratio, *library.gel_ratio[library.gel_ratio > ratio].tolist()):
        try:
            return library.look_up(phi, candidate, time), within and candidate == ratio
        except InputError:
            continue
    return None, False
