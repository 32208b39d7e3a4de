"""Figures of a film for the report: its way through the phase diagram, its layers, and how it looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from honeycell.plot import (
    figure_binodals,
    figure_cubes,
    figure_exchange,
    figure_film_layers,
    figure_mosaic,
    figure_pore_sizes,
    figure_profile,
    figure_reduction,
    figure_ternary,
    svg,
)
from honeycell.quantities.record import flags_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr

    from honeycell.analysis.result import Reduction
    from honeycell.twin import Records

Entry = tuple[str, str, str, str]


def film_figures(sample: str, records: Records, reductions: Mapping[str, Reduction]) -> list[Entry]:
    """``(file name, title, svg, caption)`` of the figures that the records of a cast film, and their reductions, allow."""
    found: list[Entry] = []

    def add(name: str, title: str, drawing: Any, words: str, caption: str) -> None:
        found.append((name, f"{title}, {sample}", svg(drawing, words), caption))

    exchange, film, structure = (records.get(name) for name in ("exchange", "film", "structure"))
    if "ternary" in records:
        add(
            "ternary",
            "Phase diagram and composition path",
            figure_ternary(records["ternary"], exchange=exchange),
            "ternary phase diagram",
            "With the polymer held in place while solvent is swapped for water: a dope, b binodal, c rich phase vitrified, d end of exchange. "
            "Green and purple: the mean composition of the liquid near the bath and at the plate, as the exchange moves it.",
        )
    if "binodals" in records:
        add(
            "binodals",
            "Rival interaction sets",
            figure_binodals(records["binodals"]),
            "binodals of rival interaction sets",
            "One measured cloud point fixes one combination of the interaction parameters: each set has the water-polymer interaction that "
            "takes its binodal through its own cloud point. A recipe chooses one with interactions; pairs is used where it names none.",
        )
    if film is not None and exchange is not None and structure is not None:
        add(
            "exchange",
            "Exchange with the bath",
            figure_exchange(film, exchange),
            "exchange with the bath",
            "Ternary exchange in coordinates of the polymer, with a resistance on the bath's side. What stays longer between binodal and "
            "setting coarsens further: pores of each depth come from a quench of that dope, grown to this time.",
        )
        add(
            "layers",
            "The film depth by depth",
            figure_film_layers(film, exchange, structure),
            "composition, particles, porosity and widths over depth",
            f"Composition while the film lies in the bath, and what each depth holds when it has set and dry. {_reach(records, structure)}",
        )
    if structure is not None:
        add(
            "profile",
            "Dry film from front to back",
            figure_profile(structure),
            "volume fractions through the film",
            "Polymer, particles and pores fill the volume. Drying presses each depth together until its struts bear the menisci; "
            "particles settled during the assumed hold time.",
        )
    if "micrograph_section" in records:
        faces = [records.get(f"micrograph_{view}") for view in ("front", "back")]
        add(
            "section",
            "Virtual micrographs of section, front and back",
            figure_mosaic(records["micrograph_section"], *faces),
            "virtual micrographs of section, front and back",
            "The dried film broken through its whole thickness: the quench that each depth looked up, pressed to its porosity, with particles "
            "at their settled profile, each in a coat of polymer. Those that belong to the other side have come out and left their beds. "
            "Faces without particles, at one pore's depth of field.",
        )
    if "pore_sizes" in records:
        add(
            "pore-sizes",
            "Pores by depth",
            figure_pore_sizes(records["pore_sizes"]),
            "distributions of the pores' widths over depth",
            "A chord is a straight run of pore, a ball the largest that lies in the pores and covers a point; particles left out.",
        )
    if "cube_front" in records:
        add(
            "cubes",
            "Cubes of the film at its front and back",
            figure_cubes({face: records[f"cube_{face}"] for face in ("front", "back")}),
            "cubes of the film with walls and particles",
            "Each cube is fourteen pores wide; its outer face is on top. Shading is for the eye.",
        )
    for side in ("front", "back"):
        if f"micrograph_{side}" in records:
            view = records[f"micrograph_{side}"]
            drawn = figure_reduction(view, reductions[f"micrograph_{side}"])
            assert drawn is not None  # micrographs have a figure
            add(
                f"micrograph-{side}",
                f"Virtual micrograph of the {side}",
                drawn,
                f"virtual micrograph of the {side} with its pores",
                "A view into the dried quench of that depth, particles left out, with one pore's depth of field, "
                "through the reduction that real micrographs go through.",
            )
    return found


def _reach(records: Records, structure: xr.Dataset) -> str:
    """What is to be said of depths beyond the quench library, nothing where all lie within."""
    own = sum(name.startswith("quench_") for name in records)
    runs = f"{own} quench{'es were' if own > 1 else ' was'} run for depths beyond the quench library. " if own else ""
    known = {"outside_library": "Beware:", "own_quench": "Of these quenches"}
    said = [(known.get(name), text.strip()) for name, _, text in (flag.partition(":") for flag in flags_of(structure))]
    return runs + " ".join(f"{word} {text}." for word, text in said if word)
