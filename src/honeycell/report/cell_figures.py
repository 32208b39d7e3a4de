"""Figures of the report on what was measured on the cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from honeycell.analysis import reduce_series
from honeycell.plot import figure_reduction, svg
from honeycell.plot.cells import figure_conductivities, figure_low_frequencies, figure_rates, figure_sweeps
from honeycell.quantities.value import Value

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.analysis.result import Reduction
    from honeycell.campaign.run import Outcome
    from honeycell.twin import Records

Figures = list[tuple[str, str, str, str]]
Reduced = dict[str, dict[str, "Reduction"]]


def cell_figures(outcome: Outcome) -> Figures:
    """``(file name, title, svg, caption)`` of each figure for which the run has records."""
    cells = {name: outcome.records[name] for name in outcome.campaign.cells}
    reduced = outcome.reductions
    return [
        *_low_frequencies(cells, reduced),
        *_polarisations(cells, reduced),
        *_conductivities(cells, reduced),
        *_sweeps(cells),
        *_rates(cells, reduced),
    ]


def _series(records: Records, name: str) -> list[xr.Dataset]:
    return [record for record in records.values() if record.attrs.get("series") == name]


def _low_frequencies(cells: dict[str, Records], reduced: Reduced) -> Figures:
    spectra = {name: records["impedance"] for name, records in cells.items() if "impedance" in records}
    if not spectra:
        return []
    drawn = figure_low_frequencies(spectra, {name: reduced[name]["impedance"] for name in spectra})
    caption = (
        "Fresh cells at rest. A Warburg line is straight here; its slope is that of the reduction, where the spectrum has one. "
        "In brackets its 95 % interval, of the instrument's noise alone."
    )
    return [
        ("low-frequencies", "Real impedance at low frequencies", svg(drawn, "real impedance over the root"), caption)
    ]


def _polarisations(cells: dict[str, Records], reduced: Reduced) -> Figures:
    figures: Figures = []
    for name, records in cells.items():
        if "bruce_vincent" not in records:
            continue
        drawn = figure_reduction(records["bruce_vincent"], reduced[name]["bruce_vincent"])
        assert drawn is not None  # transients have a figure
        small = records.get("bruce_vincent_small")
        step = (
            f" A second step of {1e3 * float(small['potential_step']):g} mV is in the tables."
            if small is not None
            else ""
        )
        caption = (
            "Current after the step and the spectra before it and at its end, through the reduction that measured files go through. "
            f"The number it gives is 1/(1 + Ne), not the cation's share, and in red stands what makes it uncertain here.{step}"
        )
        title = f"Bruce-Vincent polarisation of sodium | {name} | sodium"
        figures.append((f"bruce-vincent-{name}", title, svg(drawn, title), caption))
    return figures


def _conductivities(cells: dict[str, Records], reduced: Reduced) -> Figures:
    # what a series says of the temperature stands with its first record
    found = {
        name: next(reduced[name][each] for each in records if records[each].attrs.get("series") == "conductivity")
        for name, records in cells.items()
        if _series(records, "conductivity")
    }
    if not found:
        return []
    caption = (
        "Steel | film | steel. Leads and contacts are in what the instrument reads: the thinner the film, the more they lower the "
        "conductivity that it seems to have, and the activation energy with it."
    )
    drawn = svg(figure_conductivities(found), "conductivity over temperature")
    return [("conductivity", "Conductivity of the films over temperature", drawn, caption)]


def _sweeps(cells: dict[str, Records]) -> Figures:
    families = {
        name: own
        for name, records in cells.items()
        if (own := [record for record in records.values() if record.attrs["schema"] == "voltammetry/1"])
    }
    if not families:
        return []
    caption = (
        "Fresh cells, two electrodes: ohmic drop and sodium side are in the potential. From the upper end down and back, "
        f"without the first sweep from rest. Current per mass of active material.{_bias(cells)}"
    )
    return [("voltammetry", "Cyclic voltammetry", svg(figure_sweeps(families), "voltammograms"), caption)]


def _bias(cells: dict[str, Records]) -> str:
    """What Randles and Sevcik's line makes of the cathode's diffusivity, where the run has a family of sweeps."""
    found: list[str] = []
    for name, records in cells.items():
        own = _series(records, "voltammetry")
        if not own or "cathode" not in records:
            continue
        cathode = records["cathode"]
        settings = {
            "area": Value(float(cathode["particle_surface"]), "m**2"),
            "concentration": Value(float(cathode["site_concentration"]), "mol/m**3"),
            "electrons": Value(1.0, "1"),
        }
        first = reduce_series(own, [settings] * len(own))[0]
        if "diffusion_coefficient" in first:
            ratio = first["diffusion_coefficient"].value / float(cathode["diffusivity"])
            found.append(f"{ratio:.2g} ({name}, peak current as the rate to the {first['b_value'].value:.2f})")
    if not found:
        return ""
    return (
        f" Randles and Sevcik's line over the particles' whole surface gives the cathode's own diffusivity times {' and '.join(found)}: "
        "it is made for one Nernstian couple before a half space, not for two plateaus in particles that are emptied."
    )


def _rates(cells: dict[str, Records], reduced: Reduced) -> Figures:
    found = {name: reduced[name]["rate_ladder"] for name, records in cells.items() if "rate_ladder" in records}
    if not found:
        return []
    caption = (
        "Charge and discharge at the rate written above. A rate whose drop exceeds the window from the start ends as soon as the tester looks, "
        "with no capacity. The cells age on the way up with the recipe's mechanisms."
    )
    return [
        ("rates", "Capacity at rising rates", svg(figure_rates(found), "capacity over cycles at rising rates"), caption)
    ]
