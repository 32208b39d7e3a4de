"""The equations put together: the half-cell, its outer circuit, and what ages in it. Imported late, for it loads the solver."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pybamm
from pybamm.models.submodels.active_material.base_active_material import BaseModel as ActiveMaterial

from honeycell.cell.ageing.base import JOINED, LEAKED, MARK, AgeingState, Feeds, Surroundings
from honeycell.cell.entries import entries
from honeycell.cell.parameters import FARADAY
from honeycell.cell.plain import Plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from honeycell.cell.ageing.base import Mechanism

ACTIVE_SLOT = "positive primary active material"  # the solver's name; a test says when it changes
FILLING = "Average positive particle stoichiometry"


MESHED = ("negative electrode", "separator", "positive electrode", "positive particle")


def assembled(
    kind: str,
    mechanisms: Sequence[Mechanism],
    sizes: Mapping[str, int],
    options: Mapping[str, str],
    points: Mapping[str, int],
) -> Any:
    """The discretised model; its inputs are those of :class:`honeycell.cell.engine.Drive` and the numbers of ``sizes``."""
    k = {name: pybamm.InputParameter(name, expected_size=size) for name, size in sizes.items()}
    mechanisms = [with_symbols(each, k) for each in mechanisms]
    feeds = Feeds.of(mechanisms)

    def circuit(variables: dict[str, Any]) -> Any:
        """Current or voltage as set; what leaks beside the cell is not seen at the terminals."""
        current = variables["Current [A]"] - feeds.leak * variables["Voltage [V]"]
        control, held = pybamm.InputParameter("control"), pybamm.InputParameter("set")
        slope = pybamm.InputParameter("slope")
        return control * (current - held) + (1 - control) * (variables["Voltage [V]"] - held - slope * pybamm.t)

    model = getattr(pybamm.lithium_ion, kind)({**options, "operating mode": circuit}, build=False)
    if ACTIVE_SLOT not in model.submodels:
        raise RuntimeError(f"the solver has no slot {ACTIVE_SLOT!r}")
    if any(each.states for each in mechanisms):
        model.submodels["ageing"] = Ageing(model.param, model.options, mechanisms, feeds, k)
    if feeds.sites is not None:
        model.submodels[ACTIVE_SLOT] = ChangingSites(model.param, "positive", model.options, feeds.sites)
    model.build_model()
    terminal = model.variables["Current [A]"] - feeds.leak * model.variables["Voltage [V]"]
    model.variables["Terminal current [A]"] = terminal
    voltage = model.variables["Voltage [V]"]
    low, high, still = (pybamm.InputParameter(name) for name in ("low", "high", "still"))
    # one event for three, so that the voltage is computed once
    ended = pybamm.minimum(pybamm.minimum(voltage - low, high - voltage), abs(terminal) - still)
    model.events = [pybamm.Event("end of step", Plain(ended))]
    values = pybamm.ParameterValues(feeds.laid_over(entries({name: k[name] for name in k if MARK not in name})))
    model = values.process_model(model, inplace=False)
    geometry = model.default_geometry
    values.process_geometry(geometry)
    submeshes = model.default_submesh_types | dict.fromkeys(MESHED, pybamm.SymbolicUniform1DSubMesh)
    mesh = pybamm.Mesh(geometry, submeshes, {**model.default_var_pts, **points})
    return pybamm.Discretisation(mesh, model.default_spatial_methods).process_model(model, inplace=False)


class Ageing(pybamm.BaseSubModel):
    """States of all mechanisms, each an unknown with a rate and a start; and what must be counted for the balances to close."""

    def __init__(
        self, param: Any, options: Any, mechanisms: Sequence[Mechanism], feeds: Feeds, k: Mapping[str, Any]
    ) -> None:
        super().__init__(param, options=options)
        self._mechanisms, self._feeds = mechanisms, feeds
        self._area, self._sites = cathode_size(k)

    def get_fundamental_variables(self) -> dict[str, Any]:
        """The states by name."""
        return {state.name: state.variable() for state in all_states(self._mechanisms, self._sites)}

    def set_rhs(self, variables: dict[str, Any]) -> None:
        """Their rates, from what surrounds them now."""
        feeds = self._feeds
        around = Surroundings(
            current=variables["Current [A]"],
            voltage=variables["Voltage [V]"],
            contact=feeds.contact,
            area=self._area,
            sites=self._sites,
        )
        joining: Any = pybamm.Scalar(0)
        for each in self._mechanisms:
            rates = each.rates(around)
            for state in each.states:
                rate = self.rhs[variables[state.name]] = rates[state.name] + pybamm.Scalar(0)
                if feeds.sites is not None:
                    joining += feeds.sites.diff(state.variable()) * rate
        self.rhs[variables[JOINED]] = joining * self._sites * variables[FILLING]
        self.rhs[variables[LEAKED]] = feeds.leak * around.voltage + pybamm.Scalar(0)

    def set_initial_conditions(self, variables: dict[str, Any]) -> None:
        """Where they start."""
        for state in all_states(self._mechanisms, self._sites):
            self.initial_conditions[variables[state.name]] = pybamm.convert_to_symbol(state.start)


def all_states(mechanisms: Sequence[Mechanism], sites: Any) -> tuple[AgeingState, ...]:
    """States of the mechanisms and the two counts; none where no mechanism has any."""
    own = tuple(state for each in mechanisms for state in each.states)
    counts = (AgeingState(JOINED, 0.0, sites), AgeingState(LEAKED, 0.0, FARADAY * sites))
    return (*own, *counts) if own else ()


def cathode_size(k: Mapping[str, Any]) -> tuple[Any, Any]:
    """Area [m2] and sites [mol] of the fresh cathode, of the cell's numbers or of their symbols."""
    area = k["Electrode height [m]"] * k["Electrode width [m]"]
    volume = area * k["Positive electrode thickness [m]"]
    share = k["Positive electrode active material volume fraction"]
    return area, volume * share * k["Maximum concentration in positive electrode [mol.m-3]"]


def with_symbols(mechanism: Mechanism, k: Mapping[str, Any]) -> Mechanism:
    """The mechanism with a symbol of ``k`` in place of each of its numbers (:meth:`~honeycell.cell.ageing.base.Mechanism.numbers`)."""
    twin = copy.copy(mechanism)
    for name, value in vars(mechanism).items():
        if isinstance(value, float):
            setattr(twin, name, k[mechanism.label(name)])
        elif isinstance(value, AgeingState):
            start, scale = (k[mechanism.label(name, part)] for part in ("start", "scale"))
            setattr(twin, name, replace(value, start=start, scale=scale))
    return twin


class ChangingSites(ActiveMaterial):
    """Active material of which a changing share takes part; what joins or leaves has the mean filling of the rest."""

    def __init__(self, param: Any, domain: str, options: Any, factor: Any) -> None:
        super().__init__(param, domain, options)
        self._factor = factor

    def get_fundamental_variables(self) -> dict[str, Any]:
        """Volume fraction, its start times the factor."""
        changing = pybamm.PrimaryBroadcast(
            pybamm.PrimaryBroadcast(self._factor, "current collector"), "positive electrode"
        )
        fraction = self.phase_param.epsilon_s * changing
        variables = self._get_standard_active_material_variables(fraction)
        still = pybamm.FullBroadcast(0, "positive electrode", "current collector")  # pyright: ignore[reportArgumentType]
        variables.update(self._get_standard_active_material_change_variables(still))
        lost = "Loss of lithium due to loss of active material in positive electrode [mol]"
        variables[lost] = pybamm.Scalar(0)
        return variables
