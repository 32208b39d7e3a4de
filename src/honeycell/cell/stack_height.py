"""Whether a stack goes into its case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from honeycell.data.parameters import Parameters

_MILLIMETRE = 1e-3


def check_height(parameters: Parameters, film: float, **others: float) -> None:
    """Refuses a stack higher than the case is inside.

    Parameters
    ----------
    film : its thickness [m].
    others : what lies above and below it, by name: thickness [m].

    Raises
    ------
    InputError : the film alone, or all together, are too thick.
    """
    room = parameters["coin_cell.inner_height"]
    whole = film + sum(others.values())
    if whole <= room * (1.0 + 1e-9):
        return
    stack = [f"{name.replace('_', ' ')} {_words(size)}" for name, size in (("film", film), *others.items())]
    what = f"{' + '.join(stack)} make {_words(whole)}, the case has room for {_words(room)}"
    if film > room:
        what = f"the film is {_words(film)} thick, thicker than the cell, whose case has room for {_words(room)}"
    raise InputError(what, "cell", "Check the unit of the thickness (recipe.film.blade_gap or recipe.film.thickness).")


def _words(size: float) -> str:
    return f"{size / _MILLIMETRE:.3g} mm"
