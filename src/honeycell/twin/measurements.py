"""What is measured on a sample's cells, one entry per instrument."""

from __future__ import annotations

from typing import TYPE_CHECKING

from honeycell.instruments.bruce_vincent import BruceVincent
from honeycell.instruments.conductivity_cell import ConductivityCell
from honeycell.instruments.cycler import Galvanostat
from honeycell.instruments.potentiostat import ImpedanceAnalyser
from honeycell.instruments.rate_ladder import RateLadder
from honeycell.instruments.voltammeter import Voltammeter
from honeycell.quantities.units import from_si
from honeycell.twin.ablation import ablation
from honeycell.twin.bench import Bench
from honeycell.twin.cathode import cathode_as_built
from honeycell.twin.lives import lives
from honeycell.twin.marks import stamped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from honeycell.data.parameters import Parameters
    from honeycell.recipe.models import Recipe
    from honeycell.twin.marks import Records


def impedance(bench: Bench) -> Records:
    """Spectrum of the cell as assembled."""
    name = "impedance"
    return {name: ImpedanceAnalyser().measure(bench.half_cell(), bench.parameters.view(), **bench.setting(name))}


def first_cycle(bench: Bench) -> Records:
    """One cycle at the activation rate."""
    name = "first_cycle"
    return {name: Galvanostat().measure(bench.half_cell(), bench.parameters.view(), **bench.setting(name))}


def voltammetry(bench: Bench) -> Records:
    """Sweeps of fresh cells at each of the recipe's scan rates, slow to fast: ``cv_0.1`` and so on, by mV/s; briefly the slowest and the fastest.

    Beside them ``cathode``, what a diffusion coefficient that is read from them ought to be.
    """
    records: Records = {}
    for place in range(len(_scan_rates(bench.parameters.view(), bench.brief))):
        view = bench.parameters.view()
        rate = _scan_rates(view, bench.brief)[place]
        name = f"cv_{from_si(rate, 'mV/s'):.6g}"
        records[name] = Voltammeter(rate).measure(bench.half_cell(), view, **bench.setting(name))
    return _together(records, "voltammetry") | {"cathode": cathode_as_built(bench)}


def _scan_rates(view: Parameters, brief: bool) -> Sequence[float]:
    """All, or the ends; the one of a recipe that has no family of them."""
    if "recipe.voltammetry.scan_rates" not in view:
        return [view["recipe.voltammetry.scan_rate"]]
    rates = sorted(set(view.numbers("recipe.voltammetry.scan_rates")))
    return [rates[0], rates[-1]] if brief and len(rates) > 1 else rates


def rates(bench: Bench) -> Records:
    """The ladder of rates, whole even briefly: the cell ages on its way up."""
    name = "rate_ladder"
    return {name: RateLadder().measure(bench.half_cell(), bench.parameters.view(), **bench.setting(name))}


def transference(bench: Bench) -> Records:
    """Polarisation of sodium | film | sodium at the recipe's step and, unless briefly, at a small one, with the spectra before and after."""
    records = _polarised(bench, "bruce_vincent", BruceVincent())
    if not bench.brief:
        view = bench.parameters.view()
        step = view["potentiostat.small_polarisation"]
        records |= _polarised(bench, "bruce_vincent_small", BruceVincent(step), view)
    return records


def _polarised(bench: Bench, name: str, instrument: BruceVincent, view: Parameters | None = None) -> Records:
    view = view or bench.parameters.view()
    found = instrument.measure_all(bench.symmetric_cell, view, **bench.setting(name))
    names = {"before": f"{name}_before", "transient": name, "after": f"{name}_after"}
    return _together({names[place]: record for place, record in found.items()}, name)


def conductivity(bench: Bench) -> Records:
    """Spectra of steel | film | steel over the temperature, ``conductivity_298.15K`` and so on; briefly at the cell's temperature alone."""
    view = bench.parameters.view()
    own = [view["recipe.cell.temperature"]] if bench.brief else None
    found = ConductivityCell().over_temperature(
        bench.parameters, bench.properties, sample=bench.recipe.name, rng=bench.rng("conductivity"), temperatures=own
    )
    names = [f"conductivity_{float(record['temperature']):.6g}K" for record in found]
    return _together(dict(zip(names, found, strict=True)), "conductivity")


def _together(records: Records, series: str) -> Records:
    """``records`` marked as of one specimen, to be reduced together, where there are several."""
    if len(records) < 2:
        return records
    return {name: record.assign_attrs(series=series) for name, record in records.items()}


MEASUREMENTS: Mapping[str, Callable[[Bench], Records]] = {
    "impedance": impedance,
    "first_cycle": first_cycle,
    "voltammetry": voltammetry,
    "rates": rates,
    "transference": transference,
    "conductivity": conductivity,
    "lives": lives,
    "ablation": ablation,
}
"""Name of a measurement, which is that of its stage, to what takes it, in the order in which they are taken."""


def measure(bench: Bench, name: str) -> Records:
    """Records of one of :data:`MEASUREMENTS`, each from a fresh cell."""
    return stamped(MEASUREMENTS[name](bench), bench.recipe, bench.seed)


def measure_cell(
    recipe: Recipe, parameters: Parameters, film: Records, seed: int, repeat: str = "", *, brief: bool = False
) -> Records:
    """Records of all measurements; see :class:`~honeycell.twin.bench.Bench`."""
    bench = Bench(recipe, parameters, film, seed, repeat, brief)
    return {key: record for name in MEASUREMENTS for key, record in measure(bench, name).items()}
