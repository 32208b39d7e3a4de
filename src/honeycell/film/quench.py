r"""One quench: a box of dope demixes while the exchange potential rises, and stops when the rich phase has set.

.. math:: \partial_t \phi_3 = \nabla \cdot \left[ M(\phi_3) \nabla \left( \mu(\phi_3; s(t)) - K \nabla^2 \phi_3 \right) \right], \qquad
   M = \frac{\phi_3}{\phi_r} \left(\frac{1 - \phi_3}{1 - \phi_r}\right)^2 10^{-n/(1 + e^{-(\phi_3 - \phi_g)/w})}

Reduced units: lengths in statistical segments b, energies in kT per reference volume, times such that M = 1 at phi_r. The label s rises at a
constant rate; ``ramp_time`` is how long it takes for half of its first value with two phases. The quench ends, which is the true arrest
since M alone leaks, when half of the polymer lies where phi3 exceeds the gel by w: there M has lost three quarters of its n decades.

K is 2 b^2/(36 phi (1 - phi)) at one composition, after P.-G. de Gennes, J. Chem. Phys. 72 (1980) 4756 (random phase); a gelled polymer that
slows demixing after B. Zhou & A. C. Powell, J. Membr. Sci. 268 (2006) 150, and J. U. Garcia et al., ACS Macro Lett. 9 (2020) 1617.
The noise is a seed, far below thermal amplitude: on cells smaller than the polymer's blobs a thermal one would have no meaning.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honeycell.film.equilibrium import local_equilibrium
from honeycell.film.pattern import PatternStatistics, pattern_statistics, threshold_between
from honeycell.film.reduced_energy import BEFORE, LAST, reduced_energy
from honeycell.numerics.conserved_field import ConservedField, SuperSteps, evolve, seed_noise
from honeycell.quantities.errors import InputError, NotConverged

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from honeycell.numerics.conserved_field import Stepper
    from honeycell.physics.flory_huggins import TernaryMixture

    Floats = NDArray[np.float64]

REFERENCE = 0.06  # phi_r, at which the mobility is one
STIFFNESS = 2.0 / (36.0 * 0.15 * (1.0 - 0.15))  # K in b^2, at the composition of a young rich phase
RISE = 0.5  # of the first s with two phases, which takes the ramp time
SEED_DEVIATION = 2e-3  # of phi3 in a cell, about one per cent of the thermal one
SEEDINGS = 40  # per ramp time, until the pattern is born
STAGES = 15  # of a super-step: patterns still agree with those of small steps
BORN = 0.02  # deviation of phi3 that only demixing makes
STREAM = 7919  # between the seeds of one quench, so that quenches of neighbouring seeds share no noise


@dataclass(frozen=True)
class QuenchSettings:
    """What is quenched, and how.  A gel leaner than the dope would have set before it demixes.

    Parameters
    ----------
    polymer : phi3 of the dope.  gel : phi_g.  ramp_time : see the module; in b^2/M.
    shape : cells, two or three axes: two never decide what is connected.  spacing : edge of a cell in b.
    contrast, width : n and w of the mobility: w below some 0.02 freezes walls within a cell, with facets along the grid.
    seed : of the noise.

    Raises
    ------
    InputError : numbers out of their range, a box too small.
    """

    polymer: float
    gel: float
    ramp_time: float
    shape: tuple[int, ...] = (64, 64, 64)
    spacing: float = 5.0
    contrast: float = 4.0
    width: float = 0.025
    seed: int = 0

    def __post_init__(self) -> None:
        positive = ("polymer", "gel", "ramp_time", "spacing", "width")
        bad = [name for name in positive if not (math.isfinite(getattr(self, name)) and getattr(self, name) > 0.0)]
        if bad or not self.contrast >= 0.0 or not self.polymer < self.gel < 1.0:
            name = bad[0] if bad else "contrast" if not self.contrast >= 0.0 else "polymer or gel"
            raise InputError(
                f"{name.replace('_', ' ')} is out of range",
                "quench",
                "Fractions lie between 0 and 1, the gel above the dope; the rest above 0.",
            )
        if len(self.shape) not in (2, 3) or min(self.shape) < 8:
            raise InputError(f"a box of {self.shape} cells", "quench", "Give two or three axes of eight cells or more.")


@dataclass(frozen=True, eq=False)
class Quench:
    """A finished quench.

    Attributes
    ----------
    polymer : phi3, shape of the box.  threshold : phi3 from which a cell counts as rich, half way between the means of both phases.
    statistics : lengths in b; None in two dimensions.
    label : s at the end.  duration : from the first two phases to the end, in b^2/M.
    demixed : a pattern was born.  arrested : half of the polymer had set before s reached the end of the one-field model.
    """

    settings: QuenchSettings
    polymer: Floats
    threshold: float
    statistics: PatternStatistics | None
    label: float
    duration: float
    demixed: bool
    arrested: bool

    @property
    def rich(self) -> NDArray[np.bool_]:
        """True where the polymer is rich."""
        return self.polymer > self.threshold


def mobility(phi3: ArrayLike, gel: float, contrast: float, width: float) -> Floats:
    """M of the module's equation, 1 at the reference composition far from the gel; never negative."""
    p = np.clip(np.asarray(phi3, float), 0.0, 1.0)
    fall = contrast / (1.0 + np.exp(-(p - gel) / width))
    return p / REFERENCE * ((1.0 - p) / (1.0 - REFERENCE)) ** 2 * 10.0**-fall


def run_quench(mixture: TernaryMixture, settings: QuenchSettings, stepper: Stepper | None = None) -> Quench:
    """Quench a box of dope.

    Parameters
    ----------
    mixture : water, solvent and polymer.
    stepper : of time; by default RKL2 with STAGES stages.

    Raises
    ------
    InputError : a mixture without two phases in the range of the model.
    NotConverged : the field ran away.
    """
    energy = reduced_energy(mixture)
    laws = energy.laws(
        lambda phi3: mobility(np.maximum(phi3, energy.cutoff), settings.gel, settings.contrast, settings.width)
    )
    rate, begin = RISE * energy.first / settings.ramp_time, BEFORE * energy.first
    total = (LAST - begin) / rate
    parts = math.ceil(SEEDINGS * total / settings.ramp_time)
    field = ConservedField(STIFFNESS, settings.spacing)
    phi = seed_noise(settings.shape, settings.polymer, SEED_DEVIATION, settings.seed)
    how = SuperSteps(STAGES) if stepper is None else stepper
    born = arrested = False
    end = begin
    for k in range(parts):
        born = born or bool(phi.std() > BORN)
        if k and not born:
            phi += seed_noise(settings.shape, 0.0, SEED_DEVIATION, settings.seed + STREAM * k)
        label, end = end, begin + (LAST - begin) * (k + 1) / parts
        try:
            phi = evolve(field, phi, total / parts, lambda t, label=label: laws.at(min(label + rate * t, LAST)), how)
        except FloatingPointError as error:
            raise NotConverged(str(error), "quench", "Take a larger width of the gel, or fewer stages.") from None
        arrested = bool(phi[phi > settings.gel + settings.width].sum() > 0.5 * phi.sum())
        if arrested:
            break
    threshold = threshold_between(phi)
    statistics = pattern_statistics(phi > threshold, settings.spacing) if phi.ndim == 3 else None
    return Quench(
        settings,
        phi,
        threshold,
        statistics,
        end,
        (end - energy.first) / rate,
        born or bool(phi.std() > BORN),
        arrested,
    )


def ramp_time_of(mixture: TernaryMixture, gel: float, time_in_gap: float) -> float:
    """Ramp time of a quench whose rich phase takes ``time_in_gap`` from the first two phases to the gel; same unit.

    Raises
    ------
    InputError : a gel leaner than any rich phase, or one that is reached only beyond the model.
    """
    lines = local_equilibrium(mixture)
    first, sets = lines.first_water, lines.water_at_rich(gel)
    return time_in_gap * RISE * first / (sets - first)
