"""The half-cell as an object that can be driven and perturbed; the solver behind it stays behind it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from honeycell.cell.engine import NEVER, Drive, Engine, Stretch
from honeycell.cell.equations import quiet
from honeycell.cell.parameters import FARADAY, Cathode, Film, constants, open_circuit
from honeycell.cell.protocol import ConstantCurrent, Rest, Step, VoltageHold, VoltageSweep, checked, words
from honeycell.cell.trace import CycleTrace, Run
from honeycell.quantities.errors import NotConverged
from honeycell.quantities.record import Ancestry

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from honeycell.cell.ageing.base import Mechanism
    from honeycell.cell.state import State
    from honeycell.data.parameters import Parameters

Array = NDArray[np.float64]
Signed = TypeVar("Signed", float, Array)
ROWS_PER_STEP = 600  # per time that it takes to fill all sites
TOLERANCE = 1e-6
ZERO_CELSIUS = 273.15
NEARLY = 1e-3  # V by which the last row of a step may miss its cut-off


class CutOffPassed(NotConverged):
    """A step's cut-off is passed as soon as its current flows: the cell gives nothing at this current."""


def flip(current: Signed) -> Signed:
    """Charge-positive current to the solver's discharge-positive one, and back. The only place where the sign turns."""
    return cast("Signed", -current)


class HalfCell:
    """Sodium foil, film and cathode.

    Parameters
    ----------
    parameters : view that the cell reads from, all of it here and now.
    film : ``scalars/1`` record with thickness [m], porosity, effective_conductivity_ratio and transference_number [1].
    mechanisms : ageing mechanisms; without any the cell never ages.
    model : ``"SPMe"``, one particle and the electrolyte to first order, or ``"DFN"``, a particle at every place.
    tolerance : relative and scaled absolute tolerance of the integration.
    grid : ``"fine"``, or ``"coarse"`` for many cells: half the time, capacities within 0.3 %; impedance is always fine.

    Notes
    -----
    ``drive(protocol, state)`` is the whole interface: steps and where to start from give rows and where it ended. Isothermal. The
    single-particle model is not for currents that empty the electrolyte.

    Source: Marquis et al., J. Electrochem. Soc. 166 (2019) A3693; Doyle, Fuller & Newman, J. Electrochem. Soc. 140 (1993) 1526.

    Examples
    --------
    A cycle at 0.1 mA, an hour's rest, and a sweep, all one after the other; then its impedance::

        trace, state = cell.drive([*cycles(1e-4, 4.0, 2.0, 1), Rest(3600.0), VoltageSweep(2.0, 4.0, 1e-4, cycle=2)])
        spectrum = cell.impedance(frequencies, state)
    """

    def __init__(
        self,
        parameters: Parameters,
        film: xr.Dataset,
        mechanisms: Sequence[Mechanism] = (),
        *,
        model: str = "SPMe",
        tolerance: float = TOLERANCE,
        grid: str = "fine",
    ) -> None:
        self.parameters = parameters
        self.film = Film.of(film)
        self.cathode = Cathode.of(parameters)
        self.open_circuit = open_circuit(parameters)
        self.temperature = parameters["recipe.cell.temperature"]
        self.mechanisms = tuple(mechanisms)
        self.model = model
        self.tolerance = tolerance
        self.grid = grid
        with quiet():
            self.numbers = constants(parameters, self.film, self.cathode, self.open_circuit)
        self._engines: dict[str, Engine] = {}
        self._film_ancestry = Ancestry.of([film])

    @property
    def ancestry(self) -> Ancestry:
        """What the cell descends from: its parameters, its film, and the claims its mechanisms were introduced for."""
        introduced = [claim for each in self.mechanisms for claim in each.introduced_for]
        return self.parameters.ancestry([self._film_ancestry], introduced)

    @property
    def capacity(self) -> float:
        """Charge that fills all sites that take part in the fresh cell [A s]."""
        return FARADAY * self.cathode.accessible_sites

    @property
    def fresh(self) -> State:
        """The cell as assembled."""
        engine = self.engine()
        return engine.state(engine.fresh, 0.0)

    def engine(self, model: str = "") -> Engine:
        """The equations of ``model``, the cell's own where empty; built once."""
        kind = model or self.model
        if kind not in self._engines:
            self._engines[kind] = Engine(self.numbers, self.mechanisms, kind, self.tolerance, grid=self.grid)
        return self._engines[kind]

    @cached_property
    def perturbed(self) -> Engine:
        """The porous-electrode equations with double layers, of which impedance is taken."""
        return Engine(self.numbers, self.mechanisms, "DFN", self.tolerance, double_layers=True)

    def run(self, protocol: Sequence[Step | tuple[float, float, int]], state: State | None = None) -> CycleTrace:
        """Rows of :meth:`drive` alone."""
        return self.drive(protocol, state).trace

    def drive(
        self,
        protocol: Sequence[Step | tuple[float, float, int]],
        state: State | None = None,
        *,
        rows_per_step: float | None = ROWS_PER_STEP,
    ) -> Run:
        """Do the steps one after the other, from ``state`` or from the fresh cell.

        Parameters
        ----------
        protocol : steps, see :mod:`honeycell.cell.protocol`; a tuple is the arguments of a constant current.
        state : where to start, also that of another cell with the same mechanisms or of the other model.
        rows_per_step : rows per full charge at the step's current, evenly spaced; the solver's own rows where it is None.

        Returns
        -------
        Run : rows, time counting from 0, and the state at the end.

        Raises
        ------
        InputError : an impossible protocol, or a state that does not fit.
        NotConverged : a step did not end as it should; says cycle, step, temperature and the likely cause.
        """
        steps = checked(protocol)
        engine = self.engine()
        unknowns = engine.fresh if state is None else engine.unknowns(state, self._shift(state))
        clock = 0.0
        parts: list[CycleTrace] = []
        for number, step in enumerate(steps, start=1):
            drive, duration = self._drive(step)
            period = None if rows_per_step is None else self._period(step, duration, rows_per_step)
            stretch = self._integrated(engine, unknowns, step, drive, duration, period, number)
            parts.append(self._rows(engine, stretch, drive, step, number, clock))
            clock += stretch.time[-1]
            unknowns = stretch.unknowns[-1]
        assembled = 0.0 if state is None else state.time
        return Run(CycleTrace.joined(parts), engine.state(unknowns, assembled + clock))

    def impedance(self, frequencies: Sequence[float] | Array, state: State | None = None) -> NDArray[np.complex128]:
        """Impedance at rest [ohm] at each frequency [Hz]; a capacitor's imaginary part is negative.

        Parameters
        ----------
        frequencies : in any order, positive.
        state : its mean filling and its ageing count; profiles have relaxed before the measurement. The fresh cell where it is None.

        Notes
        -----
        Linear response of the porous-electrode model, whatever the cell's own model is. The single-particle model would add a third of
        the resistance of the cathode's pores to the high-frequency intercept, where the double layer bypasses them in truth.

        Raises
        ------
        NotConverged : an impedance is not finite.
        """
        engine = self.perturbed
        rest = engine.fresh if state is None else engine.unknowns(self.relaxed(state))
        found = engine.impedance(rest, np.asarray(frequencies, dtype=float))
        if not np.isfinite(found).all():
            raise NotConverged("the impedance is not finite at some frequency", "cell", "Narrow the frequency range.")
        return found

    def relaxed(self, state: State) -> State:
        """``state`` after endless rest without ageing: even profiles of the same content, no currents."""
        return self.perturbed.at_rest(state, float(self.open_circuit(state.filling)))

    def _shift(self, state: State) -> float:
        if state.model == self.model:
            return 0.0
        return float(self.open_circuit(state.filling) - self.open_circuit(self.cathode.filling))

    def _drive(self, step: Step) -> tuple[Drive, float]:
        """What holds during ``step``, and for how long at most [s]."""
        if isinstance(step, ConstantCurrent):
            current = flip(step.current)
            limit = step.duration if step.duration is not None else 2.0 * self.capacity / abs(current)
            if step.cut_off is None:
                return Drive(1.0, current), limit
            side = {"high": step.cut_off} if step.current > 0.0 else {"low": step.cut_off}
            return Drive(1.0, current, **side), limit
        if isinstance(step, VoltageHold):
            return Drive(0.0, step.voltage, still=step.current or -NEVER), step.duration
        if isinstance(step, VoltageSweep):
            return Drive(0.0, step.start, float(np.sign(step.end - step.start)) * step.rate), step.duration
        return Drive(1.0, 0.0), step.duration

    def _period(self, step: Step, duration: float, rows: float) -> float:
        if isinstance(step, ConstantCurrent) and step.duration is None:
            return self.capacity / abs(step.current) / rows
        return duration / rows

    def _integrated(
        self,
        engine: Engine,
        unknowns: Array,
        step: Step,
        drive: Drive,
        duration: float,
        period: float | None,
        number: int,
    ) -> Stretch:
        where = f"cell, cycle {step.cycle}, step {number} ({words(step)}), {self.temperature - ZERO_CELSIUS:.4g} degC"
        try:
            stretch = engine.integrate(unknowns, drive, duration, period)
        except NotConverged as error:
            found = engine.ends(Stretch(np.array([0.0]), unknowns[None, :], False), drive)
            raise NotConverged(error.what, where, likely_cause(found)) from None
        if isinstance(step, ConstantCurrent) and step.cut_off is not None:
            last = float(engine.observe(Stretch(stretch.time[-1:], stretch.unknowns[-1:], True), drive)[0, -1])
            first = float(engine.observe(Stretch(stretch.time[:1], stretch.unknowns[:1], True), drive)[0, 0])
            sign = np.sign(step.current)
            if sign * (first - step.cut_off) > 0.0:
                what = f"the cut-off is already passed at the start ({first:.4f} V)"
                cure = "The drop at this current exceeds the window: lower the current or widen the window."
                raise CutOffPassed(what, where, cure)
            if not stretch.by_event and step.duration is None:
                cure = likely_cause(engine.ends(stretch, drive))
                what = f"the cut-off was not reached in {stretch.time[-1]:.4g} s; the last voltage is {last:.4f} V"
                raise NotConverged(what, where, cure)
            if stretch.by_event and abs(last - step.cut_off) > NEARLY:
                raise NotConverged(f"the last voltage is {last:.4f} V, not at its cut-off", where)
        return stretch

    def _rows(
        self, engine: Engine, stretch: Stretch, drive: Drive, step: Step, number: int, clock: float
    ) -> CycleTrace:
        voltage, inside, terminal, filling = engine.observe(stretch, drive)
        if isinstance(step, ConstantCurrent):
            terminal = np.full_like(voltage, flip(step.current))  # the set value, without the solver's rounding
        elif isinstance(step, Rest):
            terminal = np.zeros_like(voltage)
        same = np.ones_like(voltage)
        return CycleTrace(
            clock + stretch.time, voltage, flip(terminal), number * same, step.cycle * same, filling, flip(inside)
        )


def likely_cause(ends: dict[str, float]) -> str:
    """What probably stopped the solver, in words, from fillings and salt in the last row."""
    if ends["salt"] < 10.0:
        return "The electrolyte is empty of salt at one place: lower the current, or check the film's transport."
    if ends["fullest"] > 0.999:
        return "The surface of the cathode particles is full: the cut-off lies below what the cell reaches, or diffusion is too slow."
    if ends["emptiest"] < 0.001:
        return "The surface of the cathode particles is empty: the cut-off lies above what the cell reaches, or diffusion is too slow."
    return "A cut-off may be out of reach or already passed; else loosen the tolerance."
