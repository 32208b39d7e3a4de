"""The chain, as the experimental section of a paper: recipe, film, structure, properties, cell, instruments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from honeycell.cell.model import HalfCell
from honeycell.film.formation import form_film
from honeycell.instruments.arithmetic import desk_calculation, element_census, line_positions, zeolite_sodium
from honeycell.instruments.cycler import Galvanostat
from honeycell.instruments.potentiostat import ImpedanceAnalyser
from honeycell.properties.transport import swollen_film
from honeycell.runs.seeds import generator
from honeycell.structure.micrographs import face_micrographs
from honeycell.structure.profile import bought_structure, dry_structure

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.data.parameters import Parameters
    from honeycell.recipe.models import Recipe

Records = dict[str, "xr.Dataset"]


def make_film(recipe: Recipe, parameters: Parameters, *, diagrams: bool = True) -> Records:
    """Records of the film: how it forms, what it is, what it does.

    Parameters
    ----------
    recipe : the sample.
    parameters : tables alone; the recipe's values are laid over them here.
    diagrams : also tabulate the phase diagram, which only figures need.
    """
    p = parameters.with_values(recipe.values())
    sample = recipe.name
    records: Records = {}
    if recipe.film.kind == "cast":
        records |= form_film(p.view(), sample, diagrams)
        records["structure"] = dry_structure(p.view(), sample, records["film"])
        records["elements"] = element_census(p.view(), sample)
        records["zeolite"] = zeolite_sodium(p.view(), sample, records["structure"])
    else:
        records["structure"] = bought_structure(p.view(), sample)
    records["properties"] = swollen_film(p.view(), sample, records["structure"])
    records["desk"] = desk_calculation(p.view(), sample)
    records["lines"] = line_positions(p.view(), sample)
    return stamped(records, recipe)


def look_at(recipe: Recipe, parameters: Parameters, film: Records, seed: int) -> Records:
    """Virtual micrographs of a cast film's faces; none of a bought one."""
    if recipe.film.kind != "cast":
        return {}
    p = parameters.with_values(recipe.values())
    return stamped(face_micrographs(p.view(), recipe.name, film["film"], film["structure"], seed), recipe, seed)


def measure_cell(recipe: Recipe, parameters: Parameters, film: Records, seed: int, repeat: str = "") -> Records:
    """Records of the fresh cell: its impedance as assembled and its first cycle; ``repeat`` names another draw of the noise."""
    p = parameters.with_values(recipe.values())
    sample, properties = recipe.name, film["properties"]
    records: Records = {}
    for name, instrument in (("impedance", ImpedanceAnalyser()), ("first_cycle", Galvanostat())):
        view = p.view()
        cell = HalfCell(view, properties)
        records[name] = instrument.measure(
            cell, view, sample=sample, rng=generator(seed, sample, name, repeat), consumed=[properties]
        )
    return stamped(records, recipe, seed)


def stamped(records: Records, recipe: Recipe, seed: int | None = None) -> Records:
    """``records`` with the recipe's fingerprint, and the seed where noise was drawn."""
    marks = {"recipe_hash": recipe.fingerprint()} | ({} if seed is None else {"seed": seed})
    return {name: record.assign_attrs(marks) for name, record in records.items()}
