"""Ageing of the cell, one mechanism per file: a file here with a :class:`~honeycell.cell.ageing.base.Mechanism` is one that can be named."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection

    import xarray as xr

    from honeycell.cell.ageing.base import Mechanism
    from honeycell.cell.ageing.faces import Faces
    from honeycell.data.parameters import Parameters

WITHOUT, ALSO = "recipe.ageing.without", "recipe.ageing.also"


@cache
def known() -> dict[str, type[Mechanism]]:
    """All mechanisms by name."""
    from honeycell.cell.ageing.base import Mechanism

    found: dict[str, type[Mechanism]] = {}
    for module in sorted(each.name for each in pkgutil.iter_modules(__path__)):
        content = vars(importlib.import_module(f"{__name__}.{module}")).values()
        for each in content:
            if isinstance(each, type) and issubclass(each, Mechanism) and each is not Mechanism:
                found[each.name] = each
    return found


def mechanisms(
    parameters: Parameters,
    properties: xr.Dataset,
    *,
    without: Collection[str] = (),
    also: Collection[str] = (),
    faces: Faces | None = None,
) -> tuple[Mechanism, ...]:
    """The usual mechanisms for a film, less ``without``, and ``also`` others; the recipe's section ``ageing`` may name more of both.

    ``faces`` stand in for those of the film, for a thought experiment.

    Raises
    ------
    InputError : a name that no mechanism has.
    """
    from honeycell.cell.ageing.faces import Faces

    left_out = {*without, *names_in(parameters, WITHOUT)}
    added = {*also, *names_in(parameters, ALSO)}
    faces = Faces.of(parameters, properties) if faces is None else faces
    return tuple(
        kind.of(parameters, faces)
        for name, kind in known().items()
        if (kind.default or name in added) and name not in left_out
    )


def names_in(parameters: Parameters, key: str) -> tuple[str, ...]:
    """Names of mechanisms that the recipe lists under ``key``, separated by commas."""
    return checked_names(parameters.text(key) if key in parameters else "", key)


def checked_names(listed: str, where: str) -> tuple[str, ...]:
    """Names in a text, separated by commas.

    Raises
    ------
    InputError : a name that no mechanism has.
    """
    names = tuple(name.strip() for name in listed.split(",") if name.strip())
    for name in names:
        if name not in known():
            raise InputError(f"no ageing mechanism {name!r}", where, f"There are: {', '.join(known())}.")
    return names
