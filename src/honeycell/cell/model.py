"""The half-cell as an object that can be cycled and perturbed; the solver behind it stays behind it."""

from __future__ import annotations

import logging
import os
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from honeycell.cell.parameters import FARADAY, Cathode, Film, half_cell_parameters, open_circuit
from honeycell.quantities.errors import InputError, NotConverged
from honeycell.quantities.record import Ancestry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import xarray as xr

    from honeycell.data.parameters import Parameters

Array = NDArray[np.float64]
Signed = TypeVar("Signed", float, Array)
OPTIONS = {
    "working electrode": "positive",
    "surface form": "differential",
    "SEI": "constant",
    "contact resistance": "true",
    "transport efficiency": "tortuosity factor",
}
ROWS_PER_STEP = 600
TOLERANCE = 1e-6
CUT_OFF_EVENTS = ("Minimum voltage [V]", "Maximum voltage [V]")


class Step(NamedTuple):
    """Constant ``current`` [A, charge positive] until the voltage reaches ``cut_off`` [V], counted under ``cycle``."""

    current: float
    cut_off: float
    cycle: int = 1


@dataclass(frozen=True, slots=True)
class CycleTrace:
    """Rows of a run: ``time`` [s], ``voltage`` [V], ``current`` [A, charge positive], ``step`` and ``cycle`` numbers.

    ``filling`` is the mean filling of the accessible cathode sites [1], known to the model only.
    """

    time: Array
    voltage: Array
    current: Array
    step: Array
    cycle: Array
    filling: Array


def flip(current: Signed) -> Signed:
    """Charge-positive current to the solver's discharge-positive one, and back. The only place where the sign turns."""
    return cast("Signed", -current)


@contextmanager
def _quiet() -> Iterator[Any]:
    """The solver without telemetry, log lines or warnings of its own."""
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


class HalfCell:
    """Sodium foil, film and cathode, fresh.

    Parameters
    ----------
    parameters : view that the cell reads from, all of it here and now.
    film : ``scalars/1`` record with thickness [m], porosity, effective_conductivity_ratio and transference_number [1].

    Notes
    -----
    Cycling: single-particle model with electrolyte, that is one representative particle, ohmic drops and concentration
    overpotential of the electrolyte to first order. Isothermal. Not for currents that empty the electrolyte.

    Source: Marquis et al., J. Electrochem. Soc. 166 (2019) A3693.
    """

    def __init__(self, parameters: Parameters, film: xr.Dataset) -> None:
        self.parameters = parameters
        self.film = Film.of(film)
        self.cathode = Cathode.of(parameters)
        self.open_circuit = open_circuit(parameters)
        self.temperature = parameters["recipe.cell.temperature"]
        with _quiet():
            self._set = half_cell_parameters(parameters, self.film, self.cathode, self.open_circuit)
        self._film_ancestry = Ancestry.of([film])

    @property
    def ancestry(self) -> Ancestry:
        """What the cell descends from: its parameters and its film."""
        return self.parameters.ancestry([self._film_ancestry])

    def run(self, protocol: Sequence[Step | tuple[float, float, int]]) -> CycleTrace:
        """Constant-current steps from the fresh state, one after the other without rest.

        Raises
        ------
        InputError : an empty protocol or a step without current.
        NotConverged : a step did not end at its cut-off.
        """
        steps = [Step(*each) for each in protocol]
        if not steps:
            raise InputError("no steps", "cell protocol", "Give at least one (current, cut-off, cycle).")
        for each in steps:
            if each.current == 0.0 or not np.isfinite(each.current):
                raise InputError(f"current is {each.current!r} A, expected a number other than 0", "cell protocol")
        with _quiet() as pybamm:
            solution = self._solve(pybamm, steps)
            return self._trace(solution, steps)

    def impedance(self, frequencies: Sequence[float] | Array) -> NDArray[np.complex128]:
        """Impedance of the fresh cell at rest [ohm] at each frequency [Hz]; a capacitor's imaginary part is negative.

        Notes
        -----
        Linear response of the porous-electrode model. The single-particle model would add a third of the resistance of
        the cathode's pores to the high-frequency intercept, where the double layer bypasses them in truth.

        Raises
        ------
        NotConverged : an impedance is not finite.
        """
        with _quiet() as pybamm:
            simulation = pybamm.EISSimulation(pybamm.lithium_ion.DFN(OPTIONS), parameter_values=self._set)
            found = np.asarray(simulation.solve(np.asarray(frequencies, dtype=float)).impedance, dtype=np.complex128)
        if not np.isfinite(found).all():
            raise NotConverged("the impedance is not finite at some frequency", "cell", "Narrow the frequency range.")
        return found

    def _solve(self, pybamm: Any, steps: Sequence[Step]) -> Any:
        model = pybamm.lithium_ion.SPMe(OPTIONS)
        model.events = [event for event in model.events if event.name not in CUT_OFF_EVENTS]
        charge = FARADAY * self.cathode.accessible_sites
        experiment = pybamm.Experiment(
            [
                pybamm.step.current(
                    flip(each.current),
                    termination=f"{each.cut_off!r}V",
                    duration=2.0 * charge / abs(each.current),
                    period=charge / abs(each.current) / ROWS_PER_STEP,
                    skip_ok=False,
                )
                for each in steps
            ]
        )
        solver = pybamm.IDAKLUSolver(rtol=TOLERANCE, atol=TOLERANCE)
        simulation = pybamm.Simulation(model, parameter_values=self._set, experiment=experiment, solver=solver)
        try:
            return simulation.solve(calc_esoh=False)
        except (pybamm.SolverError, ValueError) as error:
            raise NotConverged(f"the solver gave up ({str(error).splitlines()[0]})", "cell") from None

    def _trace(self, solution: Any, steps: Sequence[Step]) -> CycleTrace:
        done = [part for cycle in getattr(solution, "cycles", None) or [] if cycle is not None for part in cycle.steps]
        if len(done) != len(steps):
            raise NotConverged(
                f"{len(done)} of {len(steps)} steps were completed",
                "cell",
                "A cut-off may be out of reach or already passed.",
            )
        rows: list[tuple[Array, ...]] = []
        for number, (each, part) in enumerate(zip(steps, done, strict=True), start=1):
            where = f"cell, step {number} ({each.current:.4g} A to {each.cut_off:g} V)"
            if "event" not in str(part.termination) or "voltage" not in str(part.termination).lower():
                raise NotConverged(f"the step ended by {part.termination!r}, not at its cut-off", where)
            names = ("Time [s]", "Voltage [V]", "Current [A]", "Average positive particle stoichiometry")
            time, voltage, current, filling = (np.asarray(part[name].entries, dtype=float) for name in names)
            if abs(voltage[-1] - each.cut_off) > 1e-3:
                raise NotConverged(f"the last voltage is {voltage[-1]:.4f} V", where)
            same = np.ones_like(time)
            rows.append((time, voltage, flip(current), number * same, each.cycle * same, filling))
        return CycleTrace(*(np.concatenate(column) for column in zip(*rows, strict=True)))
