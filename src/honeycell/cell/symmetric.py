"""Sodium | film | sodium: steps of the potential or the current, the steady state, and the impedance about any state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.cell.film_profile import FilmProfile
from honeycell.cell.liquid import Liquid, SodiumFace
from honeycell.cell.parameters import Film, disc_area
from honeycell.cell.stack_height import check_height
from honeycell.cell.symmetric_equations import LEFT, SymmetricEquations
from honeycell.physics.transference import newman_number
from honeycell.quantities.errors import InputError, NotConverged
from honeycell.quantities.record import Ancestry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.cell.symmetric_equations import Currents
    from honeycell.data.parameters import Parameters

    Floats = NDArray[np.float64]

VOLUMES = 60  # of the film, the outermost 3e-5 of its length: so much of the salt's resistance is never bypassed at high frequencies
RELATIVE, ABSOLUTE = 1e-7, 1e-9  # tolerances of the time steps, concentrations over their mean and potentials in V
EMPTY = 1e-3  # relative concentration at a face from which on a current can hardly be kept up
LIMIT = 1.0 - 1e-9  # of the limiting current, the most that a steady state is sought for


@dataclass(frozen=True, slots=True)
class SymmetricState:
    """Of a cell: ``unknowns`` (concentrations over their mean, then both face potentials [V]), its ``voltage`` [V] and ``current`` [A]."""

    unknowns: Floats
    voltage: float
    current: float


@dataclass(frozen=True, slots=True)
class Transient:
    """Rows: ``time`` since the step [s], ``voltage`` [V], ``current`` [A]; ``end``, the state after the last of them."""

    time: Floats
    voltage: Floats
    current: Floats
    end: SymmetricState


class SymmetricCell:
    """Two sodium discs with a film between, fresh, isothermal, in a concentrated binary electrolyte.

    Parameters
    ----------
    parameters : view that the cell reads from, all of it here and now.
    film : ``scalars/1`` record with thickness [m], porosity, effective_conductivity_ratio and transference_number [1].
    layers : record of the film's layers, see :meth:`honeycell.cell.film_profile.FilmProfile.of`; uniform without it.
    turned : the film's back at the left instead of its front.

    Notes
    -----
    One-dimensional; salt by diffusion and migration with a constant cation transference number, Butler-Volmer with a surface film and a double
    layer at both faces; see :mod:`honeycell.cell.symmetric_equations`. The surface film does not grow.

    Raises
    ------
    InputError : a film out of bounds, see :class:`~honeycell.cell.parameters.Film`, one thicker than the case, or no salt.
    """

    def __init__(
        self,
        parameters: Parameters,
        film: xr.Dataset,
        layers: xr.Dataset | None = None,
        *,
        turned: bool = False,
        volumes: int = VOLUMES,
    ) -> None:
        self.parameters = parameters
        self.film = Film.of(film)
        foil = parameters["coin_cell.foil_thickness"]
        check_height(parameters, self.film.thickness, sodium=foil, second_sodium=foil)
        self.liquid = Liquid.of(parameters)
        self.area = disc_area(parameters)
        self.contact_resistance = parameters["coin_cell.contact_resistance"]
        profile = FilmProfile.of(self.film, layers)
        self.equations = SymmetricEquations.of(
            profile.turned if turned else profile,
            self.liquid,
            SodiumFace.of(parameters),
            self.film.transference_number,
            self.contact_resistance * self.area,
            volumes,
        )
        self._consumed = Ancestry.of([film] if layers is None else [film, layers])

    @property
    def ancestry(self) -> Ancestry:
        """What the cell descends from: its parameters and its film."""
        return self.parameters.ancestry([self._consumed])

    @property
    def temperature(self) -> float:
        """Of the whole cell [K]."""
        return self.liquid.temperature

    @property
    def flags(self) -> tuple[str, ...]:
        """Where a law is used beyond its range."""
        return self.liquid.flags

    @property
    def ohmic_resistance(self) -> float:
        """Of the film with its salt evenly spread [ohm]."""
        kappa = self.liquid.conductivity(self.liquid.concentration)
        return float(self.equations.gaps.sum() / (kappa * self.area))

    @property
    def newman_number(self) -> float:
        """Of the electrolyte in the film [1]: what the gradient of the salt adds to the ohmic resistance, over that."""
        liquid = self.liquid
        return newman_number(
            float(liquid.conductivity(liquid.concentration)),
            liquid.diffusivity,
            liquid.concentration,
            self.film.transference_number,
            liquid.temperature,
            liquid.thermodynamic_factor,
        )

    @property
    def limiting_current(self) -> float:
        """Steady current that leaves no salt at the right face [A]."""
        return self.equations.limiting_current_density() * self.area

    def rest(self) -> SymmetricState:
        """The cell as assembled."""
        return SymmetricState(self.equations.rest(), 0.0, 0.0)

    def concentration(self, state: SymmetricState) -> tuple[Floats, Floats]:
        """Places on the film's path over its length [1] and the salt concentrations there [mol/m3], both faces included."""
        c, path = state.unknowns[:LEFT], self.equations.places
        left, right = self.equations.at_faces(c, state.current / self.area)
        length = float(self.equations.gaps.sum())
        places = np.concatenate(([0.0], path / length, [1.0]))
        return places, np.concatenate(([left], c, [right])) * self.liquid.concentration

    def salt(self, state: SymmetricState) -> float:
        """Salt in the film [mol]."""
        return float(self.equations.store @ state.unknowns[:LEFT]) * self.liquid.concentration * self.area

    def steady_at_current(self, current: float) -> SymmetricState:
        """State that a current [A] settles in.

        Raises
        ------
        NotConverged : a current at or above the limiting one.
        """
        i = current / self.area
        y = self.equations.steady(i)
        return SymmetricState(y, float(self.equations.voltages(y[None, :], np.array([i]))[0]), current)

    def steady_at_voltage(self, voltage: float) -> SymmetricState:
        """State that a voltage [V] settles in."""
        from scipy.optimize import brentq

        if voltage == 0.0:
            return self.rest()
        # by symmetry of the equations a negative voltage is the turned cell's positive one
        low, high = -self._limit(-1.0), self._limit(1.0)
        at = lambda current: self.steady_at_current(current).voltage - voltage  # noqa: E731
        if at(high) < 0.0 or at(low) > 0.0:
            what = f"{voltage:.4g} V would take more than the limiting current"
            raise NotConverged(what, "symmetric cell", "Take a smaller step.")
        found: Any = brentq(at, low, high, xtol=1e-14 * high)
        return self.steady_at_current(float(found))

    def _limit(self, sign: float) -> float:
        whole, mean = float(self.equations.gaps.sum()), self.equations.mean_places()
        room = whole - mean if sign > 0.0 else mean
        return LIMIT * self.area / (self.equations.steepness * room)

    def hold(self, voltage: float, times: Sequence[float] | Floats, state: SymmetricState | None = None) -> Transient:
        """Current after a step to ``voltage`` [V], at ascending ``times`` after it [s].

        Raises
        ------
        InputError : times that do not ascend from zero or later.
        NotConverged : the step takes more than the solver can follow.
        """
        y = self._run(lambda y: self.equations.at_voltage(y, voltage), times, state, drained=False)
        current = self.equations.currents(y, voltage) * self.area
        end = SymmetricState(y[-1], voltage, float(current[-1]))
        return Transient(np.asarray(times, float), np.full(len(y), voltage), current, end)

    def drive(self, current: float, times: Sequence[float] | Floats, state: SymmetricState | None = None) -> Transient:
        """Voltage after a step to ``current`` [A], at ascending ``times`` after it [s].

        Raises
        ------
        InputError : times that do not ascend from zero or later.
        NotConverged : the salt at a face is used up before the last of them.
        """
        i = current / self.area
        y = self._run(lambda y: self.equations.at_current(y, i), times, state, drained=True)
        voltage = self.equations.voltages(y, np.full(len(y), i))
        end = SymmetricState(y[-1], float(voltage[-1]), current)
        return Transient(np.asarray(times, float), voltage, np.full(len(y), current), end)

    def impedance(
        self, frequencies: Sequence[float] | Floats, state: SymmetricState | None = None
    ) -> NDArray[np.complex128]:
        """Small-signal impedance about ``state`` (at rest by default) [ohm] at each frequency [Hz]; zero is the slope of the steady curve.

        A capacitor's imaginary part is negative.
        """
        equations, at = self.equations, self.rest() if state is None else state
        now = equations.at_voltage(at.unknowns, at.voltage)
        J, push = equations.slopes(now), equations.over_voltage(now)
        result = np.empty(len(frequencies), dtype=np.complex128)
        for k, frequency in enumerate(frequencies):
            A = 2j * np.pi * frequency * np.eye(J.shape[0]) - J
            b = push.astype(complex)
            if frequency == 0.0:  # the amount of salt, which no voltage changes, makes the last of its equations
                A[0], b[0] = 0.0, 0.0
                A[0, :LEFT] = equations.store
            moved = np.linalg.solve(A, b)
            result[k] = 1.0 / ((now.cell_slopes @ moved + now.cell_over_voltage) * self.area)
        return result

    def _run(
        self,
        currents: Callable[[Floats], Currents],
        times: Sequence[float] | Floats,
        state: SymmetricState | None,
        drained: bool,
    ) -> Floats:
        """The unknowns at each time (m, n + 2)."""
        from scipy.integrate import solve_ivp

        t = np.asarray(times, float)
        if t.size == 0 or not np.isfinite(t).all() or t[0] < 0.0 or (np.diff(t) <= 0.0).any() or t[-1] == 0.0:
            raise InputError("times do not ascend from zero", "symmetric cell", "Give times after the step in s.")
        equations = self.equations

        def dry(_: float, y: Floats) -> float:
            return min(equations.at_faces(y[:LEFT], currents(y).cell)) - EMPTY

        dry.terminal = True  # pyright: ignore[reportFunctionMemberAccess]
        found: Any = solve_ivp(
            lambda _, y: equations.rates(y, currents(y)),
            (0.0, float(t[-1])),
            (self.rest() if state is None else state).unknowns,
            method="BDF",
            t_eval=t,
            jac=lambda _, y: equations.slopes(currents(y)),
            events=dry if drained else None,
            rtol=RELATIVE,
            atol=ABSOLUTE,
        )
        if found.status == 1:
            what = f"the salt at a face is used up after {found.t_events[0][0]:.4g} s"
            raise NotConverged(what, "symmetric cell", f"The limiting current is {self.limiting_current:.4g} A.")
        if not found.success:
            raise NotConverged(f"the time steps failed ({found.message})", "symmetric cell", "Take a smaller step.")
        return found.y.T
