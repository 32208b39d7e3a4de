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
    """``variables`` maps a name to ``(dimensions, unit)``; the unit is the SI one a record must carry.

    ``optional`` are those a record may lack; ``technique`` is what reduces such a record, empty where nothing does.
    """

    name: str
    title: str
    variables: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)
    optional: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)
    technique: str = ""


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
            "binodals/1",
            "binodals of one ternary mixture by rival sets of interaction parameters",
            {
                "binodal_lean": (("set", "tie_line", "component"), "1"),
                "binodal_rich": (("set", "tie_line", "component"), "1"),
                "critical_point": (("set", "component"), "1"),
                "cloud_point": (("set", "component"), "1"),
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
            "exchange/1",
            "a film while it lies in the bath: compositions of its liquid over time and depth",
            {
                "time": (("time",), "s"),
                "depth": (("depth",), "m"),
                "water_fraction": (("time", "depth"), "1"),
                "polymer_fraction": (("time", "depth"), "1"),
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
            "voxels/1",
            "map of phases on cubes, depth from the front: 0 liquid or pore, 1 polymer, 2 zeolite, 3 glass",
            {"phase": (("depth", "y", "x"), "1"), "depth": (("depth",), "m"), "voxel_size": ((), "m")},
        ),
        Schema(
            "pore_sizes/1",
            "distributions of the pores' widths at some depths, in bins of size",
            {
                "depth": (("depth",), "m"),
                "size": (("size",), "m"),
                "smallest": (("size",), "m"),
                "largest": (("size",), "m"),
                "chord_share": (("depth", "size"), "1"),
                "ball_share": (("depth", "size"), "1"),
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
            technique="impedance",
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
            {
                # the tester's own counters: magnitudes; step_* restart with each step, the others where the tester says
                "step_capacity": (("row",), "A*s"),
                "charge_capacity": (("row",), "A*s"),
                "discharge_capacity": (("row",), "A*s"),
                "step_energy": (("row",), "J"),
                "charge_energy": (("row",), "J"),
                "discharge_energy": (("row",), "J"),
                "cell_temperature": (("row",), "K"),  # as logged; what the cell was kept at is the scalar temperature
                "temperature": ((), "K"),
                "active_mass": ((), "kg"),
            },
            technique="cycling",
        ),
        Schema(
            "life/1",
            "a cell's life, one entry per cycle; capacities are magnitudes at the terminals",
            {
                "cycle": (("cycle",), "1"),
                "charge_capacity": (("cycle",), "A*s"),
                "discharge_capacity": (("cycle",), "A*s"),
            },
            {
                "mean_charge_voltage": (("cycle",), "V"),
                "mean_discharge_voltage": (("cycle",), "V"),
                "voltage_drop": (("cycle",), "V"),  # where discharge begins, of one current
                "current": (("cycle",), "A"),  # magnitude
                "active_mass": ((), "kg"),
                "temperature": ((), "K"),
                "reference_cycle": ((), "1"),  # first cycle at the rate that counts
                "slow_check_capacity": ((), "A*s"),  # discharge after the end, at the first cycle's rate
            },
            technique="cycling",
        ),
        Schema(
            "voltammetry/1",
            "cyclic or linear sweep voltammogram; anodic current positive",
            {
                "potential": (("row",), "V"),
                "current": (("row",), "A"),
                "segment": (("row",), "1"),  # 1, 2, ...: a new one at each turn of the sweep
            },
            {"test_time": (("row",), "s"), "scan_rate": ((), "V/s")},
            technique="voltammetry",
        ),
        Schema(
            "chronoamperometry/1",
            "current over time after a step of the potential",
            {"test_time": (("row",), "s"), "current": (("row",), "A")},
            {"potential": (("row",), "V"), "potential_step": ((), "V")},
            technique="transference",
        ),
        Schema(
            "chronopotentiometry/1",
            "potential over time at open circuit or given current",
            {"test_time": (("row",), "s"), "potential": (("row",), "V")},
            {"current": (("row",), "A")},
        ),
        Schema(
            "diffraction/1",
            "powder pattern",
            {"two_theta": (("two_theta",), "rad"), "intensity": (("two_theta",), "1")},
            {"intensity_standard_error": (("two_theta",), "1"), "wavelength": ((), "m"), "time_per_step": ((), "s")},
            technique="diffraction",
        ),
        Schema(
            "diffraction_series/1",
            "powder patterns of one specimen over time, on one angular grid",
            {"two_theta": (("two_theta",), "rad"), "intensity": (("pattern", "two_theta"), "1")},
            {"pattern_time": (("pattern",), "s"), "voltage": (("pattern",), "V"), "wavelength": ((), "m")},
            technique="diffraction",
        ),
        Schema(
            "crystal/1",
            "crystal structure: cell and all sites of its asymmetric unit",
            {
                "cell_length": (("axis",), "m"),  # a, b, c
                "cell_angle": (("axis",), "rad"),  # alpha, beta, gamma
                "fractional_position": (("site", "axis"), "1"),
                "occupancy": (("site",), "1"),
                "displacement_factor": (("site",), "m**2"),  # isotropic B
            },
            technique="diffraction",
        ),
        Schema(
            "thermogravimetry/1",
            "mass while the temperature rises",
            {"temperature": (("row",), "K"), "relative_mass": (("row",), "1")},  # mass over the first mass
            {"mass": (("row",), "kg"), "test_time": (("row",), "s"), "heat_flow": (("row",), "W")},
            technique="thermogravimetry",
        ),
        Schema(
            "force_curve/1",
            "indentation with a cantilever: displacement grows towards the specimen, force positive in repulsion",
            {
                "displacement": (
                    ("row",),
                    "m",
                ),  # of the fixed end; of the tip where the attribute displacement_of says "tip"
                "segment": (("row",), "1"),  # 0 approach, 1 retract, 2 dwell
            },
            {
                "curve": (("row",), "1"),  # number of the curve, where the file holds several
                "force": (("row",), "N"),
                "deflection": (("row",), "m"),
                "spring_constant": ((), "N/m"),
                "deflection_sensitivity": ((), "m/V"),
                "deflection_signal": (("row",), "V"),
                "test_time": (("row",), "s"),
                "tip_radius": ((), "m"),
            },
            technique="force_curve",
        ),
        Schema(
            "micrograph/1",
            "grey image, first row on top",
            {"intensity": (("y", "x"), "1")},
            {"pixel_size": ((), "m")},
            technique="micrograph",
        ),
    )
}


def techniques() -> dict[str, tuple[str, ...]]:
    """Technique to the schemas of the records that it reduces.

    >>> techniques()["diffraction"]
    ('diffraction/1', 'diffraction_series/1', 'crystal/1')
    """
    result: dict[str, tuple[str, ...]] = {}
    for schema in SCHEMAS.values():
        if schema.technique:
            result[schema.technique] = (*result.get(schema.technique, ()), schema.name)
    result["transference"] += ("impedance/1",)  # its two spectra
    return result


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
    for name, (dims, unit) in schema.optional.items():
        if name in record.variables:
            variable = record.variables[name]
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
