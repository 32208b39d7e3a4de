"""The half-cell's equations as one system that every kind of step drives, and its integration.

One discretised model serves current, rest, hold and sweep: the current is an unknown, and an equation whose coefficients are inputs says
what holds. So a step costs no new build, and the vector of unknowns means the same before and after it.
"""

from __future__ import annotations

import logging
import os
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from honeycell.cell.state import State
from honeycell.quantities.errors import InputError, NotConverged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from honeycell.cell.ageing.base import Mechanism

Array = NDArray[np.float64]
OPTIONS = {
    "working electrode": "positive",
    "SEI": "constant",
    "contact resistance": "true",
    "transport efficiency": "tortuosity factor",
}
SURFACE = {True: "differential", False: "false"}  # with or without double layers
MODELS = ("SPMe", "DFN")
NEVER = 1e3  # V or A, beyond anything a cell shows: a limit that is not set
INPUTS = ("control", "high", "low", "set", "slope", "still")  # sorted, as the solver wants them
PARTICLES = ("X-averaged positive particle concentration [mol.m-3]", "Positive particle concentration [mol.m-3]")
SALT = "Porosity times concentration [mol.m-3]"
POTENTIALS = ("Positive electrode surface potential difference [V]", "Positive electrode potential [V]")
CURRENT = "Current variable [A]"
OBSERVED = (
    "Voltage [V]",
    "Current [A]",
    "Terminal current [A]",
    "Average positive particle stoichiometry",
)
ENDS = (
    "Minimum positive particle surface stoichiometry",
    "Maximum positive particle surface stoichiometry",
    "Electrolyte concentration [mol.m-3]",
)
ROOT = 2  # what the solver says when an event ended the step


@contextmanager
def quiet() -> Iterator[Any]:
    """The solver's package, without telemetry, log lines or warnings of its own."""
    os.environ["PYBAMM_DISABLE_TELEMETRY"] = "true"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pybamm

        logger = logging.getLogger(pybamm.logger.name)
        level = logger.level
        logger.setLevel(logging.CRITICAL + 1)
        try:
            yield pybamm
        finally:
            logger.setLevel(level)


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
        """Values in the order of :data:`INPUTS`."""
        return np.array([getattr(self, name) for name in INPUTS])


class Stretch(NamedTuple):
    """Rows of one integration: ``time`` [s], ``unknowns`` (rows, unknowns), whether an event ended it."""

    time: Array
    unknowns: Array
    by_event: bool


class Engine:
    """Equations of a half-cell with a list of ageing mechanisms.

    Parameters
    ----------
    entries : the parameter set by the solver's names.
    mechanisms : ageing mechanisms whose states are unknowns of the same system.
    model : ``"SPMe"`` (one particle, electrolyte to first order) or ``"DFN"`` (a particle at every place).
    tolerance : relative and scaled absolute tolerance of the integration.
    double_layers : with the charge of both electrodes' double layers. Impedance needs it; over minutes and hours it is nothing, and its
        milliseconds cost more than all the rest.
    """

    def __init__(
        self,
        entries: Mapping[str, Any],
        mechanisms: Sequence[Mechanism],
        model: str,
        tolerance: float,
        *,
        double_layers: bool = False,
    ) -> None:
        if model not in MODELS:
            raise InputError(f"model is {model!r}, expected one of {', '.join(MODELS)}", "cell")
        self.kind = f"{model} with double layers" if double_layers else model
        self._grid = model == "DFN"
        self.temperature = float(entries["Ambient temperature [K]"])
        self.sites = float(entries["Maximum concentration in positive electrode [mol.m-3]"])
        self.salt = float(entries["Initial concentration in electrolyte [mol.m-3]"])
        self.mechanisms = tuple(mechanisms)
        with quiet() as pybamm:
            from honeycell.cell.assembly import all_states, assembled, cathode_size

            self.ageing_states = all_states(mechanisms, cathode_size(entries)[1])
            built = assembled(entries, mechanisms, model, {**OPTIONS, "surface form": SURFACE[double_layers]}, OBSERVED)
            self._model = built
            self._solver = pybamm.IDAKLUSolver(rtol=tolerance, atol=tolerance)
            start = dict(zip(INPUTS, Drive(1.0, 0.0).inputs().tolist(), strict=True))
            self._solver.set_up(built, [start], np.array([0.0, 1.0]))
            self.fresh = np.asarray(built.y0_list[0], dtype=float).ravel()
            self.places: dict[str, tuple[slice, float]] = {
                variable.name: (slices[0], _number(variable.scale)) for variable, slices in built.y_slices.items()
            }
            self._offsets = {variable.name: _number(variable.reference) for variable in built.y_slices}
            self.fresh[self.places[CURRENT][0]] = (
                0.0  # the solver's own start is a guess under load, not a state of rest
            )
            self._observe = self._function(pybamm, OBSERVED)
            self._observe_ends = self._function(pybamm, ENDS)

    def _function(self, pybamm: Any, names: Sequence[str]) -> Any:
        import casadi

        t, y = casadi.MX.sym("t"), casadi.MX.sym("y", self.fresh.size)
        p = [casadi.MX.sym(name) for name in INPUTS]
        inputs = dict(zip(INPUTS, p, strict=True))
        found = [self._model.get_processed_variable(name).to_casadi(t=t, y=y, inputs=inputs) for name in names]
        return casadi.Function("observe", [t, y, casadi.vertcat(*p)], [casadi.vertcat(*found)])

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
        inputs = drive.inputs()
        named = dict(zip(INPUTS, inputs.tolist(), strict=True))
        guess = start.copy()
        where, scale = self.places[CURRENT]
        if drive.control == 1.0:
            guess[where] = drive.set / scale
        slopes = self._solver._rhs_dot_consistent_initialization(guess, self._model, 0.0, named)
        rows = np.arange(1, int(np.ceil(duration / period))) * period if period else np.array([])
        # the solver's public ways in rebuild a solution object per step, which costs more than a step of the small model
        solve = self._solver._setup["solver"].solve
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

        p = Drive(1.0, 0.0).inputs()
        mass = csc_matrix(self._model.mass_matrix.entries)
        jacobian = csc_matrix(self._model.jac_rhs_algebraic_eval(0.0, unknowns, p).sparse())
        y = casadi.MX.sym("y", unknowns.size)
        gradient = casadi.Function("gradient", [y], [casadi.jacobian(self._observe(0.0, y, p), y)])(unknowns).full()
        voltage, terminal = (gradient[OBSERVED.index(name)] for name in ("Voltage [V]", "Terminal current [A]"))
        # the residual of the outer circuit is the terminal current less what is set, so a unit of it is a unit of current set
        push = np.zeros(unknowns.size, dtype=complex)
        push[self.places[CURRENT][0]] = 1.0
        answers = (splu(csc_matrix(2j * np.pi * f * mass - jacobian)).solve(-push) for f in frequencies)
        return np.array([-(voltage @ x) / (terminal @ x) for x in answers], dtype=np.complex128)


def _number(symbol: Any) -> float:
    return float(np.asarray(symbol.evaluate()).ravel()[0])
