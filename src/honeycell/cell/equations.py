"""Equations of the half-cell, built once in a process for each kind of cell: every number of a cell is an input of theirs.

To build them takes half a second, which is more than most measurements take.
"""

from __future__ import annotations

import logging
import os
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from honeycell.cell.ageing.base import Mechanism

    Array = NDArray[np.float64]
    Shape = tuple[tuple[str, int], ...]

OPTIONS = {
    "working electrode": "positive",
    "SEI": "constant",
    "contact resistance": "true",
    "transport efficiency": "tortuosity factor",
}
SURFACE = {True: "differential", False: "false"}  # with or without double layers
DRIVE = ("control", "high", "low", "set", "slope", "still")  # inputs that say what holds during a step
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
POINTS = ("x_s", "x_p", "r_p")  # the solver's names of film, cathode and particle
GRIDS = {
    "fine": (20, 20, 20),  # cells in film, cathode and particle
    # capacities within 0.3 % of the fine one, at -20 degC; within 0.1 % else
    "coarse": (10, 10, 12),
}
KEPT = 12  # kinds of cells whose equations are kept


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


class Equations:
    """The discretised system, its compiled solver, and what is observed of it.

    Parameters
    ----------
    model : ``"SPMe"`` or ``"DFN"``.
    mechanisms : of ageing; their form counts, not their numbers.
    sizes : of every number of the cell, by name.
    tolerance : relative and scaled absolute tolerance of the integration.
    double_layers : with the charge of both electrodes' double layers.
    grid : ``"fine"`` or ``"coarse"``.

    Notes
    -----
    ``observe`` and ``ends`` are functions of time, unknowns and inputs; the inputs stand in the order of ``sizes``, what holds during a
    step before all else.
    """

    def __init__(
        self,
        model: str,
        mechanisms: Sequence[Mechanism],
        sizes: Mapping[str, int],
        tolerance: float,
        double_layers: bool,
        grid: str,
    ) -> None:
        self.sizes = {**dict.fromkeys(DRIVE, 1), **sizes}
        with quiet() as pybamm:
            from honeycell.cell.assembly import assembled
            from honeycell.cell.plain import Plain, jacobian

            options = {**OPTIONS, "surface form": SURFACE[double_layers]}
            self.model = assembled(model, mechanisms, sizes, options, dict(zip(POINTS, GRIDS[grid], strict=True)))
            self.model.concatenated_rhs = Plain(self.model.concatenated_rhs)
            self.model.concatenated_algebraic = Plain(self.model.concatenated_algebraic)
            self.model.build_casadi_jacobian = jacobian
            told = {"silence_sundials_errors": True}  # a failed step is raised, with its cause
            self.solver = pybamm.IDAKLUSolver(rtol=tolerance, atol=tolerance, options=told)
            # the system is the same for all numbers; the solver asks for their sizes
            ones = {name: 1.0 if size == 1 else np.ones(size) for name, size in self.sizes.items()}
            self.solver.set_up(self.model, [ones], np.array([0.0, 1.0]))
            if not self.model.is_standard_form_dae:
                raise RuntimeError("the solver's equations have another mass matrix than was expected")
            self.unknowns = int(self.model.len_rhs_and_alg)
            self.observe, self.ends = self._function(OBSERVED), self._function(ENDS)

    def _function(self, names: Sequence[str]) -> Any:
        import casadi

        from honeycell.cell.plain import plain

        t, y = casadi.MX.sym("t"), casadi.MX.sym("y", self.unknowns)
        stacked = casadi.MX.sym("inputs", sum(self.sizes.values()))
        parts = casadi.vertsplit(stacked, np.cumsum([0, *self.sizes.values()]).tolist())
        inputs = dict(zip(self.sizes, parts, strict=True))
        found = [self.model.get_processed_variable(name).to_casadi(t=t, y=y, inputs=inputs) for name in names]
        return casadi.Function("observe", [t, y, stacked], [plain(casadi.vertcat(*found))])

    def inputs(self, numbers: Mapping[str, Any], drive: Array) -> Array:
        """The vector of inputs: what holds during a step, then the cell's ``numbers``."""
        own = (np.atleast_1d(np.asarray(numbers[name], dtype=float)) for name in self.sizes if name not in DRIVE)
        return np.concatenate([drive, *own])


def equations(
    model: str,
    mechanisms: Sequence[Mechanism],
    numbers: Mapping[str, Any],
    tolerance: float,
    double_layers: bool,
    grid: str,
) -> Equations:
    """Those of a cell with ``numbers``, built where no cell of its kind has been before; see :class:`Equations`."""
    sizes = {name: int(np.size(value)) for name, value in numbers.items()}
    forms = tuple((type(each), tuple(state.name for state in each.states)) for each in mechanisms)
    key = (model, forms, tuple(sizes.items()), tolerance, double_layers, grid)
    if key not in _kept:
        if len(_kept) >= KEPT:
            _kept.pop(next(iter(_kept)))
        _kept[key] = Equations(model, mechanisms, sizes, tolerance, double_layers, grid)
    return _kept[key]


_kept: dict[Any, Equations] = {}  # of this process
