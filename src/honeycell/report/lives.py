"""Figures of the report about how cells live and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from honeycell.plot.life import figure_ablation, figure_curves, figure_fairness, figure_lives
from honeycell.plot.style import svg

if TYPE_CHECKING:
    from honeycell.campaign.run import Outcome

LIFE, CURVES = "life_", "curves_"


def life_figures(outcome: Outcome) -> list[tuple[str, str, str, str]]:
    """``(file name, title, svg, caption)`` of lives at each temperature, curves kept, and ablation; none where no life was measured."""
    records = {name: outcome.records[name] for name in outcome.campaign.cells}
    found: list[tuple[str, str, str, str]] = []
    places = dict.fromkeys(name for tree in records.values() for name in tree if name.startswith(LIFE))
    for place in places:
        own = {sample: tree[place] for sample, tree in records.items() if place in tree}
        celsius = place.removeprefix(LIFE).replace("minus_", "\u2212")
        leapt = {sample: int(record["cycle"].size - record["simulated"].sum()) for sample, record in own.items()}
        words = ", ".join(f"{count} of {own[sample]['cycle'].size} for {sample}" for sample, count in leapt.items())
        found.append(
            (
                place.replace("_", "-"),
                f"Life at {celsius} °C",
                svg(figure_lives(own), f"capacity, polarisation and efficiency over cycles at {celsius} degC"),
                "One set of ageing constants for all films; only free liquid at the faces, sodium grown into the film and the film's transport "
                f"differ, all from its structure. Cycles leapt over: {words}; the others are simulated and control the error.",
            )
        )
    for sample, tree in records.items():
        for place in (name for name in tree if name.startswith(CURVES)):
            celsius = place.removeprefix(CURVES).replace("minus_", "\u2212")
            found.append(
                (
                    f"{place.replace('_', '-')}-{sample}",
                    f"Charge and discharge of {sample} at {celsius} °C",
                    svg(figure_curves(tree[place]), f"voltage against capacity of {sample} at {celsius} degC"),
                    "Of the cycles that claims speak of, counted from the first at the main rate; late ones dark.",
                )
            )
    ablations = {sample: tree["ablation"] for sample, tree in records.items() if "ablation" in tree}
    if ablations:
        found.append(
            (
                "ablation",
                "What each mechanism contributes",
                svg(figure_ablation(ablations), "capacity over cycles with one mechanism left out at a time"),
                "Flipped: the film turned round. Flooded: free liquid and wide pores at both faces, so that films differ in transport alone. "
                "Interface and leak change resistance and efficiency, hardly capacity, so their lines lie on the cell as built.",
            )
        )
    if len(ablations) == 2:
        other, one = ablations.values()
        found.append(
            (
                "fairness",
                "How much of the difference is the faces",
                svg(figure_fairness(one, other), "difference in capacity, as built and with equal faces"),
                "Nothing is set per film by hand. With free liquid and wide pores at both faces of both films, so that ageing treats them "
                "alike, what is left of the difference is transport; the shaded rest is the faces.",
            )
        )
    return found
