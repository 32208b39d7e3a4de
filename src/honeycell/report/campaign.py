"""The report of a campaign: its recipes, assumptions, figures, findings and ledger on one page."""

from __future__ import annotations

from typing import Any

from honeycell.campaign.run import Outcome
from honeycell.data.tables import load_sources
from honeycell.plot import figure_first_cycle, figure_ledger_counts, figure_nyquist, figure_profile, figure_ternary, svg
from honeycell.quantities.units import from_si
from honeycell.report.page import render

TITLE = "honeycell: a virtual laboratory's account of one paper"


def report_files(outcome: Outcome) -> dict[str, str]:
    """Relative path to content: ``report.html`` and the figures in it as ``figures/*.svg``."""
    figures = _figures(outcome)
    page = render(
        title=TITLE if len(outcome.campaign.recipes) > 1 else outcome.campaign.recipes[0].title,
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
        found.append(
            (
                "ternary",
                f"Phase diagram and composition path, {cast}",
                svg(figure_ternary(records[cast]["ternary"]), "ternary phase diagram"),
                "The polymer is held immobile while solvent is swapped for water: a dope, b binodal, c rich phase vitrified, d end of exchange.",
            )
        )
        found.append(
            (
                "profile",
                f"Dry film from front to back, {cast}",
                svg(figure_profile(records[cast]["structure"]), "volume fractions through the film"),
                "Porosity after drying is declared by the recipe, not computed; particles settled during the assumed hold time.",
            )
        )
    if cells:
        found.append(
            (
                "nyquist",
                "Impedance of the fresh cells",
                svg(figure_nyquist({name: records[name]["impedance"] for name in cells}), "Nyquist plot"),
                "Simulated from the cell model with instrument noise, 25 degC unless the recipe says otherwise. "
                "Interface resistances are prior estimates, the same for every film.",
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
                "Capacity per mass of active material as made. Sodium beyond what was charged comes from the metal.",
            )
        )
    if outcome.ledger:
        found.append(
            ("ledger", "The ledger at a glance", svg(figure_ledger_counts(outcome.ledger), "verdicts by basis"), "")
        )
    return found


def _fields(values: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {"field": key.removeprefix("recipe."), "value": value.given_as or str(value.value), "status": value.status}
        for key, value in values.items()
    ]


def _assumptions(outcome: Outcome) -> list[dict[str, str]]:
    """Each assumption once, under the first sample that makes it."""
    rows: list[dict[str, str]] = []
    seen: set[tuple[str, str]] = set()
    for recipe in outcome.campaign.recipes:
        for key, value in recipe.assumptions().items():
            given = value.given_as or str(value.value)
            if (key, given) in seen:
                continue
            seen.add((key, given))
            rows.append(
                {
                    "field": key.removeprefix("recipe."),
                    "sample": recipe.name,
                    "value": given,
                    "range": ""
                    if value.lo is None
                    else f"{value.lo:.4g} to {value.hi:.4g} {value.unit.removesuffix('1')}".strip(),
                    "status": value.status,
                    "reason": value.reason,
                }
            )
    return rows


def _findings(outcome: Outcome) -> list[dict[str, str]]:
    """Statements that follow from several rows at once."""
    claimed = {row["id"]: row["claimed"]["value"] for row in outcome.ledger}
    ours = outcome.evidence.quantities
    name = next(
        (recipe.name for recipe in outcome.campaign.recipes if f"{recipe.name}/film/wet_thickness" in ours), None
    )
    if name is None or not {"C101", "C106", "C114"} <= set(claimed):
        return []

    def of(quantity: str, unit: str) -> float:
        number = ours[f"{name}/properties/{quantity}"].value
        assert isinstance(number, float)
        return from_si(number, unit)

    thickness, kappa, share, resistance = (
        of("thickness", "um"),
        of("conductivity", "S/cm"),
        of("liquid_mass_fraction", "%"),
        of("resistance", "ohm"),
    )
    needed = thickness * claimed["C106"] / resistance * claimed["C114"] / kappa
    low, high = claimed["C101"]
    return [
        {
            "title": "Thickness, uptake and resistance cannot all hold",
            "text": (
                f"The solids cast and the declared porosity make the film {thickness:.0f} um thick with {share:.0f} wt% liquid and "
                f"{kappa * 1e3:.2f} mS/cm, hence {resistance:.2f} ohm. The paper's {claimed['C114'] * 1e3:.2f} mS/cm and {claimed['C106']} ohm "
                f"together need {needed:.0f} um on the assumed disc, while {low:.0f} to {high:.0f} wt% liquid asks for a thinner, denser film. "
                "We keep the mass balance and relax the resistance: the film's share of the series resistance is small and the rest is contact "
                "and foil; the conductivity computed from the whole series resistance is then a lower bound."
            ),
        },
    ]
