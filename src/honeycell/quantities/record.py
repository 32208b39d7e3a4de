"""Records: an ``xarray.Dataset`` with a schema, an origin and its ancestry."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from honeycell.quantities.schema import check

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import xarray as xr


@dataclass(frozen=True)
class Ancestry:
    """What a record descends from: parameter ``keys`` and the claims some mechanism was ``introduced_for``."""

    keys: frozenset[str] = frozenset()
    introduced_for: frozenset[str] = frozenset()

    def __or__(self, other: Ancestry) -> Ancestry:
        return Ancestry(self.keys | other.keys, self.introduced_for | other.introduced_for)

    @classmethod
    def of(cls, records: Iterable[xr.Dataset]) -> Ancestry:
        """Union of the ancestries written in ``records``."""
        result = cls()
        for record in records:
            result |= cls(
                frozenset(json.loads(record.attrs.get("parameter_keys", "[]"))),
                frozenset(json.loads(record.attrs.get("introduced_for", "[]"))),
            )
        return result


def flags_of(record: xr.Dataset) -> list[str]:
    """What the reader of a file had to say of it; nothing where it said nothing that can be understood."""
    try:
        flags = json.loads(record.attrs.get("flags", "[]"))
    except (TypeError, ValueError):
        return []
    return [str(each) for each in flags] if isinstance(flags, list) else []


def make_record(
    schema: str,
    *,
    sample: str,
    instrument: str,
    variables: Mapping[str, tuple[Any, ...]],
    coordinates: Mapping[str, tuple[Any, ...]] | None = None,
    ancestry: Ancestry | None = None,
    origin: str = "simulated",
    attributes: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """A checked record.

    Parameters
    ----------
    schema : a name in :data:`honeycell.quantities.schema.SCHEMAS`.
    variables, coordinates : name to ``(dims, data, unit)`` or ``(dims, data, unit, long_name)``; ``dims`` is ``()`` for a scalar.
    ancestry : what the record descends from; written as sorted JSON lists.
    attributes : further attributes (seed, recipe_hash, settings).

    Raises
    ------
    SchemaError : when the record does not keep its schema.
    """
    import numpy as np
    import xarray as xr

    from honeycell import __version__

    family = ancestry or Ancestry()

    def variable(dims: Any, data: Any, unit: str, long_name: str = "") -> xr.Variable:
        if type(data) in (float, int):
            data = np.asarray(data)
        # of anything but plain numbers xarray asks whose array it is, and loads every array package for that
        plain = type(data) is np.ndarray and data.dtype.kind in "biufU"
        attributes = {"units": unit} | ({"long_name": long_name} if long_name else {})
        return xr.Variable(dims, data, attributes, fastpath=plain)

    dataset = xr.Dataset(
        {name: variable(*given) for name, given in variables.items()},
        {name: variable(*given) for name, given in (coordinates or {}).items()},
        {
            "schema": schema,
            "origin": origin,
            "instrument": instrument,
            "sample": sample,
            "software": f"honeycell {__version__}",
            "parameter_keys": json.dumps(sorted(family.keys)),
            "introduced_for": json.dumps(sorted(family.introduced_for)),
            **(attributes or {}),
        },
    )
    return check(dataset)
