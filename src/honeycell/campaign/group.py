"""What a calibration fits to what: a group of knobs, the claims that hold them, and the part of the chain in between.

A group is added as one new file ``campaign/calibrations/<name>.py`` that defines ``GROUP``, and by running
``honeycell calibrate paper --group <name>``, which writes ``data/fitted/<name>.toml``; nothing else needs to know of it.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from honeycell.data.parameters import Parameters
    from honeycell.recipe.models import Recipe
    from honeycell.twin import Records

PLACE = "honeycell.campaign.calibrations"


@dataclass(frozen=True)
class Group:
    """A calibration.

    Attributes
    ----------
    name : of the group, its module and its file.  title : one line that says what is fitted.
    samples : shipped recipes that are run.
    knobs : keys of positive values to fit, from a table or ``recipe.…``; each within its declared range, which is also its weak prior.
    claims : ids of numeric claims of these samples (a value, a range, or a bound), each by its first reading.
    measure : records of one sample from its recipe and all tables; the recipe's values must be laid over them there.
    modules : dotted, within ``honeycell``; their code and what they import of ``packages`` decides whether a fit is stale.
    files : further shipped files that do, relative to the package.
    tries : points all over the ranges of which the best two begin a search too, besides the declared values; for chains with more than one way.
    """

    name: str
    title: str
    samples: tuple[str, ...]
    knobs: tuple[str, ...]
    claims: tuple[str, ...]
    measure: Callable[[Recipe, Parameters], Records]
    modules: tuple[str, ...]
    packages: tuple[str, ...] = ("film", "structure", "properties", "physics")
    files: tuple[str, ...] = ()
    tries: int = 0


def group_names() -> list[str]:
    """Names of all groups."""
    return sorted(each.name for each in pkgutil.iter_modules(importlib.import_module(PLACE).__path__))


def load_group(name: str) -> Group:
    """The group of a name.

    Raises
    ------
    InputError : there is none.
    """
    if name not in group_names():
        raise InputError(f"no group {name!r}", "--group", f"There are: {', '.join(group_names())}.")
    return importlib.import_module(f"{PLACE}.{name}").GROUP
