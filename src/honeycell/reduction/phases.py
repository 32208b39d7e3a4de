"""Crystal structures named in settings: the path of a CIF becomes the phase's own lines."""

from __future__ import annotations

import functools
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from honeycell.quantities.errors import HoneycellError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from honeycell.quantities.value import Value

KEYS = ("phase", "internal_standard")
SUFFIX = ".cif"
SHORTEST = (
    0.7e-10  # m: lines of a structure are computed down to this spacing, the whole range of Cu and Mo tubes in use
)


def with_structures(settings: Mapping[str, Value], path: str) -> Mapping[str, Value]:
    """``settings`` in which each CIF named by ``phase`` or ``internal_standard`` is read.

    Parameters
    ----------
    path : of the data file; a CIF is looked for where the program runs, then beside this file.

    Raises
    ------
    InputError : a CIF that is not there, or that cannot be used.
    """
    result = dict(settings)
    for key in KEYS:
        if key in settings and SUFFIX in (text := str(settings[key].value)).lower():
            names = [name.strip() for name in text.split(",") if name.strip()]
            phases = [_phase(name, path, key) if name.lower().endswith(SUFFIX) else name for name in names]
            result[key] = replace(settings[key], value=json.dumps(phases))
    return result


def _phase(name: str, path: str, key: str) -> dict[str, Any]:
    where = f"--set {key}"
    places = [Path(name), Path(path).parent / name]
    place = next((each for each in places if each.is_file()), None)
    if place is None:
        raise InputError(
            f"no structure file {name!r}", where, "Give its path, from here or from the folder of the data."
        )
    try:
        return json.loads(_lines(str(place), place.stat().st_mtime_ns))
    except HoneycellError as error:
        raise InputError(error.what, f"{where}, {error.where or place}", error.cure) from None


@functools.lru_cache(maxsize=16)
def _lines(place: str, changed: int) -> str:
    """The phase of a CIF, read once as long as it was not ``changed`` (time in ns)."""
    from honeycell.analysis.diffraction.structure import lines_of_crystal
    from honeycell.readers import read

    del changed
    record = read(place, "diffraction")
    if record.attrs["schema"] != "crystal/1":
        raise InputError("is no crystal structure", place, "Give a CIF with a cell and atoms.")
    return replace(lines_of_crystal(record, 2.0 * SHORTEST).phase, name=Path(place).stem).as_text()
