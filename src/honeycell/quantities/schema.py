"""The form of each kind of record, checked when it is made and when it is read back.

A record is an ``xarray.Dataset``. A schema names the dimensions, variables and units that a reader of the record may
count on; a record may hold more. Scalar variables are quantities in their own right.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from honeycell.quantities.errors import SchemaError
from honeycell.quantities.units import si_unit

if TYPE_CHECKING:
    import xarray as xr

REQUIRED_ATTRIBUTES = ("schema", "origin", "instrument", "sample", "software")
ORIGINS = ("simulated", "measured")


@dataclass(frozen=True)
class Schema:
    """``variables`` maps a name to ``(dimensions, unit)``; the unit is the SI one a record must carry."""

    name: str
    title: str
    variables: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)


SCHEMAS: dict[str, Schema] = {
    schema.name: schema
    for schema in (
        Schema("scalars/1", "named numbers"),
        Schema(
            "ternary/1",
            "ternary phase diagram: volume fractions on the binodal (dilute and rich branch, tie line by tie line) and spinodal",
            {
                "binodal_lean": (("tie_line", "component"), "1"),
                "binodal_rich": (("tie_line", "component"), "1"),
                "spinodal": (("spinodal_point", "component"), "1"),
                "critical_point": (("component",), "1"),
                "path": (("path_point", "component"), "1"),
            },
        ),
        Schema(
            "film/1",
            "a film while it forms: profiles from the front (bath side, depth 0) to the back (glass side)",
            {
                "depth": (("depth",), "m"),
                "particle_fraction": (("depth",), "1"),
                "binodal_time": (("depth",), "s"),
                "gelation_time": (("depth",), "s"),
            },
        ),
        Schema(
            "structure/1",
            "dry film or separator: volume fractions from front to back",
            {
                "depth": (("depth",), "m"),
                "porosity": (("depth",), "1"),
                "polymer_fraction": (("depth",), "1"),
                "particle_fraction": (("depth",), "1"),
                "thickness": ((), "m"),
            },
        ),
        Schema(
            "impedance/1",
            "impedance spectrum; the imaginary part of a capacitor is negative",
            {
                "frequency": (("frequency",), "Hz"),
                "real_impedance": (("frequency",), "ohm"),
                "imaginary_impedance": (("frequency",), "ohm"),
            },
        ),
        Schema(
            "cycling/1",
            "charge-discharge record; charge current positive",
            {
                "test_time": (("row",), "s"),
                "voltage": (("row",), "V"),
                "current": (("row",), "A"),
                "cycle": (("row",), "1"),
                "step": (("row",), "1"),
            },
        ),
    )
}


def check(record: xr.Dataset) -> xr.Dataset:
    """Return ``record`` unchanged when it keeps its schema.

    Raises
    ------
    SchemaError : a missing attribute, variable, dimension or unit, or an unknown schema.
    """
    where = f"record {record.attrs.get('sample', '?')}/{record.attrs.get('instrument', '?')}"
    for name in REQUIRED_ATTRIBUTES:
        if name not in record.attrs:
            raise SchemaError(
                f"attribute {name!r} is missing", where, "Make records with honeycell.instruments or a reader."
            )
    if record.attrs["origin"] not in ORIGINS:
        raise SchemaError(f"origin is {record.attrs['origin']!r}", where, f"It must be one of {', '.join(ORIGINS)}.")
    schema = SCHEMAS.get(str(record.attrs["schema"]))
    if schema is None:
        raise SchemaError(f"unknown schema {record.attrs['schema']!r}", where, f"Known: {', '.join(sorted(SCHEMAS))}.")
    for name, (dims, unit) in schema.variables.items():
        if name not in record.variables:
            raise SchemaError(f"variable {name!r} of {schema.name} is missing", where)
        variable = record.variables[name]  # not record[name], which costs a DataArray
        if variable.dims != dims:
            raise SchemaError(f"{name!r} has dimensions {variable.dims}, {schema.name} says {dims}", where)
        _check_unit(variable.attrs.get("units"), unit, name, where)
    for name, variable in record.variables.items():
        if variable.ndim == 0 and name not in record.coords and "units" not in variable.attrs:
            raise SchemaError(f"scalar {name!r} has no units", where)
    return record


def _check_unit(found: str | None, unit: str, name: str, where: str) -> None:
    if found is None:
        raise SchemaError(f"{name!r} has no units attribute, expected {unit!r}", where)
    if found != unit and si_unit(found) != si_unit(unit):
        raise SchemaError(f"{name!r} is in {found!r}, expected {unit!r}", where)
