r"""Equations of Na | film | Na with a binary electrolyte, discretised by finite volumes along the film's path of resistance.

With lengths r along that path (d r = d x / conductivity ratio) and the salt concentration c,

.. math::
    \epsilon\, \partial_t c = \partial_x (D\, \partial_r c), \qquad -D\, \partial_r c = (1 - t_+)\, i / F \text{ at both faces}

    V = i R_c + \int \frac{i}{\kappa(c)}\, d r + \frac{2 R T}{F} \Theta (1 - t_+) \ln \frac{c_L}{c_R} + \Delta_L - \Delta_R

where i runs from the left to the right face, Theta is the thermodynamic factor and Delta the potential of each metal against the electrolyte at
its face, as a sodium reference electrode there would show it. Across a face a current i_f crosses film and charge transfer in series, a double layer
lies beside both:

.. math::
    \Delta = i_f R_f + \frac{2 R T}{F} \operatorname{arsinh} \frac{i_f}{2 i_0 (c/c^\ominus)^{1/2}}, \qquad C\, \partial_t \Delta = \pm i - i_f

The diffusivity does not depend on c. The double layers are charged by sodium ions, so salt is conserved to rounding.

Source: Newman & Balsara, Electrochemical Systems, 4th ed. (2021), chapters 8, 12 and 14; Butler-Volmer with transfer coefficients of one half.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.constants import R, physical_constants

from honeycell.quantities.errors import NotConverged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.cell.film_profile import FilmProfile
    from honeycell.cell.liquid import Liquid, SodiumFace

    Floats = NDArray[np.float64]

F = physical_constants["Faraday constant"][0]
LEAST = 1e-9  # of the mean concentration: what is left of the salt at a face that has run dry
NEWTON, TIGHT, ROUNDED = 80, 1e-13, 1e-15  # steps, relative change, and volts that rounding leaves
LEFT, RIGHT = -2, -1  # places of the double layers among the unknowns


class Currents(NamedTuple):
    """Through the cell and across each face [A/m2] and their slopes over all unknowns and over the cell's voltage."""

    cell: float
    faces: tuple[float, float]
    cell_slopes: Floats
    cell_over_voltage: float
    face_slopes: tuple[Floats, Floats]
    faces_over_voltage: tuple[float, float]


@dataclass(frozen=True, slots=True)
class SymmetricEquations:
    """The unknowns are concentrations over their mean (n,) and the two face potentials [V]: (n + 2,).

    ``places`` of the volumes on the path and their ``store`` of liquid [m]; ``gaps`` between neighbouring places, the faces included, and the
    ``weights`` with which places and faces stand in an integral along the path [m].
    """

    places: Floats
    store: Floats
    gaps: Floats
    weights: Floats
    liquid: Liquid
    face: SodiumFace
    transference: float
    contact: float

    @classmethod
    def of(
        cls, profile: FilmProfile, liquid: Liquid, face: SodiumFace, transference: float, contact: float, volumes: int
    ) -> SymmetricEquations:
        """Volumes narrow towards both faces, where the concentration changes first; ``contact`` in series [ohm m2]."""
        angle = np.linspace(0.0, math.pi, volumes + 1)
        edges = float(profile.path[-1]) * (angle - 0.5 * np.sin(2.0 * angle)) / math.pi
        places = 0.5 * (edges[1:] + edges[:-1])
        gaps = np.asarray(np.diff(places, prepend=edges[0], append=edges[-1]), float)
        weights = 0.5 * np.concatenate(([gaps[0]], gaps[1:] + gaps[:-1], [gaps[-1]]))
        return cls(places, np.diff(profile.stored(edges)), gaps, weights, liquid, face, transference, contact)

    @property
    def kT(self) -> float:
        """Twice the thermal voltage, 2 R T/F [V]."""
        return 2.0 * R * self.liquid.temperature / F

    @property
    def steepness(self) -> float:
        """Fall of the relative concentration along the path per current density [m/A]."""
        return (1.0 - self.transference) / (F * self.liquid.diffusivity * self.liquid.concentration)

    def rest(self) -> Floats:
        """The unknowns of the cell at rest."""
        return np.concatenate((np.ones(self.places.size), np.zeros(2)))

    def at_faces(self, c: Floats, i: float) -> tuple[float, float]:
        """Relative concentrations at the faces, where a current pulls them up or down."""
        return float(c[0] + self.steepness * self.gaps[0] * i), float(c[-1] - self.steepness * self.gaps[-1] * i)

    def mean_places(self) -> float:
        """Where on the path the salt sits on average [m]."""
        return float(self.store @ self.places / self.store.sum())

    def limiting_current_density(self) -> float:
        """Steady current from left to right that leaves no salt at the right face [A/m2]."""
        return 1.0 / (self.steepness * (float(self.gaps.sum()) - self.mean_places()))

    def steady(self, i: float) -> Floats:
        """Unknowns at the steady state of a current density [A/m2]: the concentration falls straight along the path."""
        c = 1.0 + self.steepness * i * (self.mean_places() - self.places)
        faces = self.at_faces(c, i)
        if min(faces) <= 0.0:
            raise NotConverged(
                f"{abs(i):.4g} A/m2 is at or above the limiting current density of {self.limiting_current_density():.4g} A/m2",
                "symmetric cell",
                "Take less current.",
            )
        return np.concatenate((c, [self.face_potential(i, faces[0]), self.face_potential(-i, faces[1])]))

    def face_potential(self, i: float, c: float) -> float:
        """Potential of the metal for a current into the electrolyte, at a relative concentration c there [V]."""
        return i * self.face.film_resistance + self.kT * math.asinh(i / (2.0 * self.exchange(c)))

    def exchange(self, c: float) -> float:
        """Exchange current density at a relative concentration [A/m2]."""
        return self.face.exchange_current_density * math.sqrt(
            c * self.liquid.concentration / self.liquid.reference_concentration
        )

    def voltages(self, y: Floats, i: Floats) -> Floats:
        """Of the cell [V] where ``i`` (m,) [A/m2] flows at unknowns (m, n + 2)."""
        c, left, right = self._along(y, i)
        return (
            i * (self.contact + self._resistance(c)[0]) + self._nernst * np.log(left / right) + y[:, LEFT] - y[:, RIGHT]
        )

    def currents(self, y: Floats, voltage: float) -> Floats:
        """Current densities (m,) [A/m2] that unknowns (m, n + 2) and a cell voltage [V] call for.

        Raises
        ------
        NotConverged : none is found.
        """
        drop = voltage - (y[:, LEFT] - y[:, RIGHT])
        c, left, right = self._along(y, np.zeros(len(y)))
        i = drop / (self.contact + self._resistance(c)[0])
        for _ in range(NEWTON):
            c, left, right = self._along(y, i)
            ohmic, over = self._resistance(c)
            residual = drop - i * (self.contact + ohmic) - self._nernst * np.log(left / right)
            step = residual / self._slope(i, ohmic, over, left, right)
            # no further than nine tenths of the way to a dry face
            room = 0.9 * np.minimum(left / self.gaps[0], right / self.gaps[-1]) / self.steepness
            i = i - np.copysign(np.minimum(np.abs(step), room), step)
            if ((np.abs(step) <= TIGHT * np.abs(i)) | (np.abs(residual) <= ROUNDED)).all():
                return i
        raise NotConverged(f"no current satisfies {voltage:.4g} V", "symmetric cell", "Take a smaller step.")

    @property
    def _nernst(self) -> float:
        return self.kT * self.liquid.thermodynamic_factor * (1.0 - self.transference)

    def _along(self, y: Floats, i: Floats) -> tuple[Floats, Floats, Floats]:
        """Relative concentrations from face to face (m, n + 2), and those at the left and the right face (m,)."""
        pull = self.steepness * i
        left = np.maximum(y[:, 0] + pull * self.gaps[0], LEAST)
        right = np.maximum(y[:, LEFT - 1] - pull * self.gaps[-1], LEAST)
        return np.column_stack((left, np.maximum(y[:, :LEFT], LEAST), right)), left, right

    def _resistance(self, c: Floats) -> tuple[Floats, Floats]:
        """Ohmic resistance of the film (m,) [ohm m2] at relative concentrations (m, n + 2), and its slopes over these (m, n + 2)."""
        values = c * self.liquid.concentration
        each = self.weights / self.liquid.conductivity(values)
        return each.sum(axis=1), -each * self.liquid.relative_conductivity_slope(values) * self.liquid.concentration

    def _slope(self, i: Floats, ohmic: Floats, over: Floats, left: Floats, right: Floats) -> Floats:
        """Of the voltage that is left, over the current (m,)."""
        by_left = -i * over[:, 0] - self._nernst / left
        by_right = -i * over[:, -1] + self._nernst / right
        return -(self.contact + ohmic) + self.steepness * (by_left * self.gaps[0] - by_right * self.gaps[-1])

    def at_voltage(self, y: Floats, voltage: float) -> Currents:
        """Currents that unknowns ``y`` and a cell voltage [V] call for, see :meth:`currents`."""
        i = self.currents(y[None, :], voltage)
        c, left, right = self._along(y[None, :], i)
        ohmic, slopes = self._resistance(c)
        slope = float(self._slope(i, ohmic, slopes, left, right)[0])
        current, over_c = float(i[0]), slopes[0]
        over = np.concatenate((-current * over_c[1:-1], [-1.0, 1.0]))
        over[0] += -current * over_c[0] - self._nernst / float(left[0])
        over[LEFT - 1] += -current * over_c[-1] + self._nernst / float(right[0])
        return self._across(y, current, -over / slope, -1.0 / slope)

    def at_current(self, y: Floats, i: float) -> Currents:
        """Currents where a current density [A/m2] is imposed."""
        return self._across(y, i, np.zeros(y.size), 0.0)

    def _across(self, y: Floats, i: float, slopes: Floats, over_voltage: float) -> Currents:
        """Currents across both faces, and everything's slopes, from the current through the cell and its own slopes."""
        faces: list[float] = []
        face_slopes: list[Floats] = []
        over: list[float] = []
        for sign, volume, layer, at in zip(
            (1.0, -1.0), (0, LEFT - 1), (LEFT, RIGHT), self.at_faces(y[:LEFT], i), strict=True
        ):
            c = max(at, LEAST)
            gap = self.gaps[0 if sign > 0.0 else -1]
            crossing, resistance, by_c = self._crossing(float(y[layer]), c)
            own = sign * self.steepness * gap * slopes
            own[volume] += 1.0
            own *= by_c
            own[layer] += 1.0
            faces.append(crossing)
            face_slopes.append(own / resistance)
            over.append(by_c * sign * self.steepness * gap * over_voltage / resistance)
        return Currents(
            i, (faces[0], faces[1]), slopes, over_voltage, (face_slopes[0], face_slopes[1]), (over[0], over[1])
        )

    def _crossing(self, potential: float, c: float) -> tuple[float, float, float]:
        """Current density across a face at a potential, its differential resistance [ohm m2], and d potential/d c at that current, negated."""
        i0, Rf, kT = self.exchange(c), self.face.film_resistance, self.kT
        # in u = arsinh(i/2 i0) the equation is nearly straight where film or charge transfer takes all
        i = (
            2.0 * i0 * math.sinh(max(min(potential / kT, 300.0), -300.0))
            if Rf == 0.0
            else potential / (Rf + kT / (2.0 * i0))
        )
        for _ in range(NEWTON):
            u = i / (2.0 * i0)
            bent = kT / math.sqrt(1.0 + u * u)
            resistance = Rf + bent / (2.0 * i0)
            step = (potential - i * Rf - kT * math.asinh(u)) / resistance
            i += step
            if abs(step) <= TIGHT * max(abs(i), i0):
                break
        else:
            raise NotConverged(f"no current across a face satisfies {potential:.4g} V", "symmetric cell")
        return i, resistance, bent * u / (2.0 * c)

    def rates(self, y: Floats, now: Currents) -> Floats:
        """Rates of change of the unknowns [1/s, V/s]."""
        D, i = self.liquid.diffusivity, now.cell
        flux = np.empty(self.gaps.size)
        flux[1:-1] = -D * np.diff(y[:LEFT]) / self.gaps[1:-1]
        flux[[0, -1]] = D * self.steepness * i
        change = np.empty(y.size)
        change[:LEFT] = -np.diff(flux) / self.store
        change[LEFT] = (i - now.faces[0]) / self.face.capacitance
        change[RIGHT] = (-i - now.faces[1]) / self.face.capacitance
        return change

    def slopes(self, now: Currents) -> Floats:
        """Slopes of the rates over the unknowns, (n + 2, n + 2)."""
        D, n = self.liquid.diffusivity, self.places.size
        J = np.zeros((n + 2, n + 2))
        exchange = D / self.gaps[1:-1]
        rows = np.arange(n - 1)
        J[rows, rows] -= exchange
        J[rows, rows + 1] += exchange
        J[rows + 1, rows] += exchange
        J[rows + 1, rows + 1] -= exchange
        J[0] += D * self.steepness * now.cell_slopes
        J[n - 1] -= D * self.steepness * now.cell_slopes
        J[:n] /= self.store[:, None]
        J[LEFT] = (now.cell_slopes - now.face_slopes[0]) / self.face.capacitance
        J[RIGHT] = (-now.cell_slopes - now.face_slopes[1]) / self.face.capacitance
        return J

    def over_voltage(self, now: Currents) -> Floats:
        """Slopes of the rates over the cell's voltage (n + 2,)."""
        D = self.liquid.diffusivity
        g = np.zeros(self.places.size + 2)
        g[0] = D * self.steepness * now.cell_over_voltage / self.store[0]
        g[LEFT - 1] = -D * self.steepness * now.cell_over_voltage / self.store[-1]
        g[LEFT] = (now.cell_over_voltage - now.faces_over_voltage[0]) / self.face.capacitance
        g[RIGHT] = (-now.cell_over_voltage - now.faces_over_voltage[1]) / self.face.capacitance
        return g
