"""From recipe to film: how it forms, what it is, what it does, and how it looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from honeycell.film.dope import rival_diagrams
from honeycell.film.formation import form_film
from honeycell.film.own_quenches import OwnQuenches
from honeycell.instruments.arithmetic import desk_calculation, element_census, line_positions, zeolite_sodium
from honeycell.properties.transport import swollen_film
from honeycell.structure.micrographs import face_micrographs, film_pictures
from honeycell.structure.profile import bought_structure, dry_structure
from honeycell.structure.slower_bath import slower_bath
from honeycell.twin.marks import stamped

if TYPE_CHECKING:
    from honeycell.data.parameters import Parameters
    from honeycell.recipe.models import Recipe
    from honeycell.twin.marks import Records


def make_film(recipe: Recipe, parameters: Parameters, *, diagrams: bool = True, own: Records | None = None) -> Records:
    """Records of the film: how it forms, what it is, what it does.

    Parameters
    ----------
    recipe : the sample.
    parameters : tables alone; the recipe's values are laid over them here.
    diagrams : also tabulate the phase diagram, which only figures need, and ask for the bath of a reported pore.
    own : records of the film's own quenches (:mod:`honeycell.twin.quenches`), which come first among the records returned.
    """
    p = parameters.with_values(recipe.values())
    sample = recipe.name
    records: Records = dict(own or {})
    quenches = OwnQuenches.of(records)
    if recipe.film.kind == "cast":
        records |= form_film(p.view(), sample, diagrams, quenches)
        records["structure"] = dry_structure(p.view(), sample, records["film"])
        records["elements"] = element_census(p.view(), sample)
        if diagrams and recipe.film.reported_front_pore is not None:
            records["slower_bath"] = slower_bath(p, sample)
        records["zeolite"] = zeolite_sodium(p.view(), sample, records["structure"])
    else:
        records["structure"] = bought_structure(p.view(), sample)
    structure = records["structure"]
    properties = swollen_film(p.view(), sample, structure, quenches)
    # what rests on a structure rests on what its structure rests on
    records["properties"] = properties.assign_attrs({k: structure.attrs[k] for k in ("flags",) if k in structure.attrs})
    records["desk"] = desk_calculation(p.view(), sample)
    records["lines"] = line_positions(p.view(), sample)
    return stamped(records, recipe)


def look_at(recipe: Recipe, parameters: Parameters, film: Records, seed: int, *, brief: bool = False) -> Records:
    """What only figures need of a cast film, none of a bought one: micrographs of its faces and section, cubes, pores by depth, and the
    binodals of rival interaction sets; briefly the faces alone.
    """
    if recipe.film.kind != "cast":
        return {}
    p = parameters.with_values(recipe.values())
    seen = (recipe.name, film["film"], film["structure"], seed, OwnQuenches.of(film))
    if brief:
        return stamped(face_micrographs(p.view(), *seen), recipe, seed)
    rivals = {"binodals": rival_diagrams(p.view(), recipe.name)}
    return stamped(rivals | face_micrographs(p.view(), *seen) | film_pictures(p.view(), *seen), recipe, seed)
