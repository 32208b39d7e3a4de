"""The half-cell's equations as one system that every kind of step drives, and its integration.

One discretised model serves current, rest, hold and sweep: the current is an unknown, and an equation whose coefficients are inputs says
what holds. So a step costs no new build, and the vector of unknowns means the same before and after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from honeycell.cell.equations import DRIVE, OBSERVED, equations, quiet
from honeycell.cell.state import State
from honeycell.quantities.errors import InputError, NotConverged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from honeycell.cell.ageing.base import Mechanism

Array = NDArray[np.float64]
MODELS = ("SPMe", "DFN")
NEVER = 1e3  # V or A, beyond anything a cell shows: a limit that is not set
PARTICLES = ("X-averaged positive particle concentration [mol.m-3]", "Positive particle concentration [mol.m-3]")
SALT = "Porosity times concentration [mol.m-3]"
POTENTIALS = ("Positive electrode surface potential difference [V]", "Positive electrode potential [V]")
CURRENT = "Current variable [A]"
ROOT = 2  # what the solver says when an event ended the step


@dataclass(frozen=True, slots=True)
class Drive:
    """What holds during a step, in the solver's sign (discharge positive).

    ``control`` 1: the terminal current is ``set`` [A]; 0: the voltage is ``set`` + ``slope`` t [V]. The step ends when the voltage leaves
    (``low``, ``high``) [V], or when the magnitude of the current falls below ``still`` [A].
    """

    control: float
    set: float
    slope: float = 0.0
    low: float = -NEVER
    high: float = NEVER
    still: float = -NEVER

    def inputs(self) -> Array:
        """Values in the order of :data:`~honeycell.cell.equations.DRIVE`."""
        return np.array([getattr(self, name) for name in DRIVE])


class Stretch(NamedTuple):
    """Rows of one integration: ``time`` [s], ``unknowns`` (rows, unknowns), whether an event ended it."""

    time: Array
    unknowns: Array
    by_event: bool


class Engine:
    """Equations of a half-cell with a list of ageing mechanisms, and the numbers of one cell.

    Parameters
    ----------
    numbers : of the cell, see :func:`honeycell.cell.parameters.constants`.
    mechanisms : ageing mechanisms whose states are unknowns of the same system.
    model : ``"SPMe"`` (one particle, electrolyte to first order) or ``"DFN"`` (a particle at every place).
    tolerance : relative and scaled absolute tolerance of the integration.
    double_layers : with the charge of both electrodes' double layers. Impedance needs it; over minutes and hours it is nothing, and its
        milliseconds cost more than all the rest.
    grid : one of :data:`~honeycell.cell.equations.GRIDS`.
    """

    def __init__(
        self,
        numbers: Mapping[str, Any],
        mechanisms: Sequence[Mechanism],
        model: str,
        tolerance: float,
        *,
        double_layers: bool = False,
        grid: str = "fine",
    ) -> None:
        if model not in MODELS:
            raise InputError(f"model is {model!r}, expected one of {', '.join(MODELS)}", "cell")
        self.kind = f"{model} with double layers" if double_layers else model
        self._grid = model == "DFN"
        self.temperature = float(numbers["Ambient temperature [K]"])
        self.sites = float(numbers["Maximum concentration in positive electrode [mol.m-3]"])
        self.salt = float(numbers["Initial concentration in electrolyte [mol.m-3]"])
        own = dict(numbers)
        for each in mechanisms:
            own |= each.numbers()
        self._equations = equations(model, mechanisms, own, tolerance, double_layers, grid)
        with quiet():
            from honeycell.cell.assembly import all_states, cathode_size

            self.ageing_states = all_states(mechanisms, cathode_size(numbers)[1])
        self._model = self._equations.model
        self._inputs = self._equations.inputs(own, Drive(1.0, 0.0).inputs())
        self.fresh = self._model.initial_conditions_eval(0.0, np.zeros(self._equations.unknowns), self._inputs)
        self.fresh = np.asarray(self.fresh, dtype=float).ravel()

        def number(symbol: Any) -> float:
            return float(np.asarray(symbol.evaluate(inputs=own)).ravel()[0])

        places = self._model.y_slices.items()
        self.places: dict[str, tuple[slice, float]] = {
            variable.name: (slices[0], number(variable.scale)) for variable, slices in places
        }
        self._offsets = {variable.name: number(variable.reference) for variable, _ in places}
        # the solver's own start is a guess under load, not a state of rest
        self.fresh[self.places[CURRENT][0]] = 0.0
        self._observe, self._observe_ends = (
            self._bound(each) for each in (self._equations.observe, self._equations.ends)
        )

    def _bound(self, function: Any) -> Any:
        """``function`` of time, unknowns and what holds, with the cell's numbers."""
        import casadi

        t, y, drive = (
            casadi.MX.sym(name, size) for name, size in (("t", 1), ("y", self.fresh.size), ("p", len(DRIVE)))
        )
        inputs = casadi.vertcat(drive, casadi.DM(self._inputs[len(DRIVE) :]))
        return casadi.Function("observe", [t, y, drive], [function(t, y, inputs)])

    def _with(self, drive: Drive) -> Array:
        self._inputs[: len(DRIVE)] = drive.inputs()
        return self._inputs

    def observe(self, stretch: Stretch, drive: Drive) -> Array:
        """Each of :data:`OBSERVED` over the rows, shape (4, rows)."""
        found = self._observe(stretch.time[None, :], stretch.unknowns.T, drive.inputs())
        return np.asarray(found, dtype=float)

    def ends(self, stretch: Stretch, drive: Drive) -> dict[str, float]:
        """Lowest and highest filling at a particle's surface [1] and lowest salt concentration [mol/m3] in the last row."""
        found = np.asarray(self._observe_ends(stretch.time[-1], stretch.unknowns[-1], drive.inputs())).ravel()
        return {"emptiest": float(found[0]), "fullest": float(found[1]), "salt": float(found[2:].min())}

    def integrate(self, start: Array, drive: Drive, duration: float, period: float | None) -> Stretch:
        """From ``start`` until an event or ``duration`` [s]; rows every ``period`` [s], or where the solver stepped.

        Raises
        ------
        NotConverged : the solver gave up; the message is its own.
        """
        inputs = self._with(drive)
        guess = start.copy()
        where, scale = self.places[CURRENT]
        if drive.control == 1.0:
            guess[where] = drive.set / scale
        rates = np.asarray(self._model.rhs_eval(0.0, guess, inputs), dtype=float).ravel()
        slopes = np.zeros_like(guess)
        slopes[: rates.size] = rates
        rows = np.arange(1, int(np.ceil(duration / period))) * period if period else np.array([])
        # the solver's public ways in rebuild a solution object per step, which costs more than a step of the small model
        solve = self._equations.solver._setup["solver"].solve
        ends = np.array([0.0, duration])
        try:
            (found,) = solve(
                ends, rows, guess[None, :], slopes[None, :], inputs[None, :], logger=None, pbar=np.empty((0, 0))
            )
        except ValueError as error:  # not even the first moment could be made consistent
            raise NotConverged(f"the solver could not start ({error})", "cell") from None
        if found.flag < 0:
            raise NotConverged(f"the solver gave up after {found.t[-1] if len(found.t) else 0.0:.4g} s", "cell")
        time = np.asarray(found.t, dtype=float)
        unknowns = np.asarray(found.y, dtype=float).reshape(time.size, -1)
        return Stretch(time, unknowns, found.flag == ROOT)

    def state(self, unknowns: Array, time: float) -> State:
        """The state of a vector of unknowns, ``time`` [s] after assembly."""
        physical = {name: unknowns[where] * scale + self._offsets[name] for name, (where, scale) in self.places.items()}
        ageing = {name: float(physical.pop(name)[0]) for name in self.ageing_names}
        particles = next(physical.pop(name) for name in PARTICLES if name in physical) / self.sites
        salt = physical.pop(SALT)
        rest = {name: value for name, value in physical.items() if "porosity times" not in name}
        if self._grid:
            particles = particles.reshape(self._potential(physical).size, -1)
        return State(self.kind, self.temperature, time, particles, salt, ageing, rest)

    @property
    def ageing_names(self) -> tuple[str, ...]:
        """Names of all ageing states of the system."""
        return tuple(state.name for state in self.ageing_states)

    def unknowns(self, state: State, shift: float = 0.0) -> Array:
        """The vector that ``state`` stands for, where it came from the other model too.

        Parameters
        ----------
        shift : of the cathode's potential against the fresh cell [V], a first guess where the other model computed the state.

        Raises
        ------
        InputError : an ageing state that the cell has not, or lacks; another grid.
        """
        if set(state.ageing) != set(self.ageing_names):
            odd = sorted(set(state.ageing) ^ set(self.ageing_names))
            raise InputError(
                f"ageing states differ by {', '.join(odd)}", "cell state", "Start with the same mechanisms."
            )
        result = self.fresh.copy()

        def put(name: str, value: Array | float) -> None:
            where, scale = self.places[name]
            result[where] = (np.asarray(value, dtype=float).ravel() - self._offsets[name]) / scale

        particles = state.particles if state.particles.ndim == 2 else state.particles[None, :]
        name = next(name for name in PARTICLES if name in self.places)
        where, _ = self.places[name]
        count = (where.stop - where.start) // particles.shape[1]
        if state.model != self.kind:
            particles = np.broadcast_to(particles.mean(axis=0), (count, particles.shape[1]))
        try:
            put(name, particles * self.sites)
            put(SALT, state.salt)
            for each, value in state.ageing.items():
                put(each, value)
            if state.model == self.kind:
                for each, value in state.rest.items():
                    put(each, value)
        except (KeyError, ValueError) as error:
            raise InputError(f"the state does not fit the cell ({error})", "cell state") from None
        if state.model != self.kind:
            # potentials of the other model are another thing; the cathode's shift from the fresh cell is a start for this one's
            for each in POTENTIALS:
                if each in self.places:
                    where, _ = self.places[each]
                    result[where] += shift
        return result

    @staticmethod
    def _potential(physical: Mapping[str, Array]) -> Array:
        return next(physical[name] for name in POTENTIALS if name in physical)

    def at_rest(self, state: State, potential: float) -> State:
        """``state`` with even profiles and the cathode at ``potential`` [V]; ageing as it is."""
        rest = self.state(self.fresh, state.time)
        porosity = rest.salt / self.salt
        even = np.full_like(rest.particles, state.filling)
        kept = {name: np.zeros_like(value) for name, value in rest.rest.items()}
        for name in POTENTIALS:
            if name in kept:
                kept[name] = np.full_like(kept[name], potential)
        return State(self.kind, self.temperature, state.time, even, porosity * self.salt, dict(state.ageing), kept)

    def impedance(self, unknowns: Array, frequencies: Array) -> NDArray[np.complex128]:
        """Of the system linearised about ``unknowns``, which must be a state of rest [ohm] at each frequency [Hz]."""
        import casadi
        from scipy.sparse import csc_matrix
        from scipy.sparse.linalg import splu

        drive = Drive(1.0, 0.0)
        mass = csc_matrix(self._model.mass_matrix.entries)
        jacobian = csc_matrix(self._model.jac_rhs_algebraic_eval(0.0, unknowns, self._with(drive)).sparse())
        y = casadi.MX.sym("y", unknowns.size)
        gradient = casadi.Function("gradient", [y], [casadi.jacobian(self._observe(0.0, y, drive.inputs()), y)])(
            unknowns
        ).full()
        voltage, terminal = (gradient[OBSERVED.index(name)] for name in ("Voltage [V]", "Terminal current [A]"))
        # the residual of the outer circuit is the terminal current less what is set, so a unit of it is a unit of current set
        push = np.zeros(unknowns.size, dtype=complex)
        push[self.places[CURRENT][0]] = 1.0
        answers = (splu(csc_matrix(2j * np.pi * f * mass - jacobian)).solve(-push) for f in frequencies)
        return np.array([-(voltage @ x) / (terminal @ x) for x in answers], dtype=np.complex128)
