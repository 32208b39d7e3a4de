"""The report of a campaign: its recipes, assumptions, figures, findings and ledger on one page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from honeycell.data.tables import load_sources
from honeycell.plot import (
    figure_first_cycle,
    figure_impedance,
    figure_ledger_counts,
    figure_nyquist,
    svg,
)
from honeycell.quantities.units import from_si, si_unit
from honeycell.report.cell_figures import cell_figures
from honeycell.report.film_figures import film_figures
from honeycell.report.lives import life_figures
from honeycell.report.page import number, render, unit_text

if TYPE_CHECKING:
    from honeycell.campaign.run import Outcome
    from honeycell.quantities.value import Value

# A leg of the triangle counts as kept when it is within a tenth of the claim; only the wording of the finding hangs on it.
NEAR = 0.1
TITLE = "honeycell: a virtual laboratory's account of one paper"


def report_files(outcome: Outcome) -> dict[str, str]:
    """Relative path to content: ``report.html`` and the figures in it as ``figures/*.svg``."""
    figures, recipes = _figures(outcome), list(outcome.campaign.recipes)
    page = render(
        title=TITLE if len(recipes) > 1 else recipes[0].title,
        recipes={recipe.name: _fields(recipe.values()) for recipe in outcome.campaign.recipes},
        figures=[{"title": title, "svg": drawn, "caption": caption} for _, title, drawn, caption in figures],
        assumptions=_assumptions(outcome),
        findings=_findings(outcome),
        ledger=outcome.ledger,
        sources=load_sources(),
        settings={**outcome.campaign.settings(), "draws": outcome.campaign.draws},
    )
    return {"report.html": page} | {f"figures/{name}.svg": drawn for name, _, drawn, _ in figures}


def _figures(outcome: Outcome) -> list[tuple[str, str, str, str]]:
    """``(file name, title, svg, caption)``."""
    records = outcome.records
    cells = [name for name in outcome.campaign.cells if "impedance" in records[name]]
    cast = next((name for name in ("hj-4-6", *records) if "ternary" in records.get(name, {})), None)
    found = []
    if cast:
        found += film_figures(cast, records[cast], outcome.reductions[cast])
    if cells:
        found.append(
            (
                "nyquist",
                "Impedance of the fresh cells",
                svg(figure_nyquist({name: records[name]["impedance"] for name in cells}), "Nyquist plot"),
                "Simulated from the cell model with instrument noise, 25 °C unless the recipe says otherwise. "
                "Constants of the interfaces are the same for every film; the foil's resistance goes with the free liquid that it touches.",
            )
        )
        for name in cells:
            record = records[name]["impedance"]
            found.append(
                (
                    f"impedance-{name}",
                    f"Impedance of {name}, reduced",
                    svg(
                        figure_impedance(record, outcome.reductions[name]["impedance"]),
                        f"impedance of {name} with its fit",
                    ),
                    "The virtual spectrum goes through the reduction that measured files go through. The circuit is chosen by evidence; "
                    "arcs are numbered from fast to slow. Intervals hold the instrument noise alone.",
                )
            )
        found.append(
            (
                "first-cycle",
                "First cycle at the activation rate",
                svg(
                    figure_first_cycle({name: records[name]["first_cycle"] for name in cells}),
                    "voltage against capacity",
                ),
                "Capacity per mass of active material as made. Where curves coincide, the first is the wide one underneath. "
                "Sodium beyond what was charged comes from the metal and fills sites that were empty as made.",
            )
        )
        found += cell_figures(outcome)
        found += life_figures(outcome)
    if outcome.ledger:
        found.append(
            (
                "ledger",
                "The ledger at a glance",
                svg(figure_ledger_counts(outcome.ledger), "verdicts by basis"),
                "Claims by what the twin's number stands on; none: there is no number yet.",
            )
        )
    return found


def _written(value: Value) -> tuple[str, str]:
    """Number and unit as written; the text and no unit where it is not a number with a unit."""
    given = value.given_as or str(value.value)
    found = re.fullmatch(r"([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)\s+(\S.*)", given)
    if found is None or not isinstance(value.value, float) or si_unit(found[2]) != value.unit:
        return given, ""
    return found[1], found[2]


def _shown(value: Value) -> str:
    text, unit = _written(value)
    return f"{number(float(text))}\u00a0{unit_text(unit)}" if unit else text


def _range(value: Value) -> str:
    """Range in the unit in which the value was written, in SI where that is not known."""
    if value.lo is None or value.hi is None:
        return ""
    unit = _written(value)[1] or value.unit
    low, high = (number(from_si(end, unit)) for end in (value.lo, value.hi))
    sign = unit_text(unit)
    return f"{low} to {high}\u00a0{sign}" if sign else f"{low} to {high}"


def _fields(values: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {"field": key.removeprefix("recipe."), "value": _shown(value), "status": value.status}
        for key, value in values.items()
    ]


def _who(samples: list[str], everyone: list[str]) -> str:
    """The samples in few words.

    >>> _who(["a", "b"], ["a", "b"]), _who(["a", "b", "c"], ["a", "b", "c", "d"]), _who(["a"], ["a", "b"])
    ('all 2', 'all but d', 'a')
    """
    others = [name for name in everyone if name not in samples]
    if others or len(everyone) == 1:
        return f"all but {', '.join(others)}" if 0 < 2 * len(others) < len(samples) else ", ".join(samples)
    return f"all {len(everyone)}"


def _assumptions(outcome: Outcome) -> list[dict[str, str]]:
    """Each assumption once, with the samples that make it."""
    made: dict[tuple[str, str, str, str], tuple[Value, list[str]]] = {}
    for recipe in outcome.campaign.recipes:
        for key, value in recipe.assumptions().items():
            made.setdefault((key, _shown(value), _range(value), value.reason), (value, []))[1].append(recipe.name)
    everyone = [recipe.name for recipe in outcome.campaign.recipes]
    return [
        {
            "field": key.removeprefix("recipe."),
            "sample": _who(samples, everyone),
            "value": shown,
            "range": span,
            "status": value.status,
            "reason": reason,
        }
        for (key, shown, span, reason), (value, samples) in made.items()
    ]


def _findings(outcome: Outcome) -> list[dict[str, str]]:
    """Statements that follow from several rows at once."""
    claimed = {row["id"]: row["claimed"]["value"] for row in outcome.ledger}
    ours = outcome.evidence.quantities
    names = ("hj-4-6", *(recipe.name for recipe in outcome.campaign.recipes))
    name = next((name for name in names if f"{name}/film/wet_thickness" in ours), None)
    if name is None or not {"C101", "C106", "C114"} <= set(claimed):
        return []

    def of(quantity: str, unit: str) -> float:
        number = ours[f"{name}/properties/{quantity}"].value
        assert isinstance(number, float)
        return from_si(number, unit)

    thickness, kappa = of("thickness", "um"), of("conductivity", "S/cm")
    share, resistance = of("liquid_mass_fraction", "%"), of("resistance", "ohm")
    low, high = claimed["C101"]
    # What the claimed resistance and conductivity need, and what the claimed liquid share allows for the same solids.
    needed = thickness * claimed["C106"] / resistance * claimed["C114"] / kappa
    liquid_per_thickness = of("uptake", "1") / (of("porosity", "1") * thickness)
    solids = thickness * (1.0 - float(outcome.records[name]["structure"]["mean_porosity"]))
    thinnest, thickest = (solids + w / (100.0 - w) / liquid_per_thickness for w in (low, high))
    consistent = thinnest <= needed <= thickest
    off = [
        leg
        for leg, differs in (
            (f"liquid share ({share:.0f} wt%, claimed {low:.0f} to {high:.0f})", not low <= share <= high),
            (f"conductivity ({kappa / claimed['C114']:.1f} of the claimed)", abs(kappa / claimed["C114"] - 1.0) > NEAR),
            (
                f"resistance ({resistance / claimed['C106']:.2f} of the claimed)",
                abs(resistance / claimed["C106"] - 1.0) > NEAR,
            ),
        )
        if differs
    ]
    verdict = "can all hold" if consistent else "cannot all hold"
    return [
        {
            "title": f"Thickness, uptake and resistance {verdict}",
            "text": (
                f"The paper's {claimed['C114'] * 1e3:.2f} mS/cm and {claimed['C106']} Ω together need a film of {needed:.0f} µm on the assumed "
                f"disc; the solids of {name} with {low:.0f} to {high:.0f} wt% liquid in full pores make {thinnest:.0f} to {thickest:.0f} µm. "
                f"We keep the solids as cast and the porosity that drying leaves, {thickness:.0f} µm, and relax: {'; '.join(off) or 'nothing'}. "
                "What the film does not account for in the series resistance is left to contact and foil."
            ),
        },
    ]
