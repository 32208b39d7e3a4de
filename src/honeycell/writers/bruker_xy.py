"""Powder patterns in the layout of a DIFFRAC.EVA text file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honeycell.quantities.errors import SchemaError

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

_TURN = np.pi / 180.0


def bruker_xy_text(record: xr.Dataset) -> str:
    """A pattern as a line of quoted values, then angle [degree] and intensity; a third column holds standard errors.

    Numbers have as many digits as it takes to read back the same floats; an angle in radian that no angle in degree gives exactly
    comes back within one unit of its last place. Standard errors are left out where they are those of counts, which the reader makes
    anew. Beyond EVA's own words, the line holds ``Wavelength`` (angstrom) and ``IntensityUnit`` where the record has them. A simulated
    record says so in its comment.

    Raises
    ------
    SchemaError : the record is not one powder pattern.
    """
    if record.attrs["schema"] != "diffraction/1":
        raise SchemaError(f"{record.attrs['schema']!r} is not a powder pattern", "EVA text", "Give diffraction/1.")
    unit = str(record.attrs.get("intensity_unit", "unknown"))
    intensity = np.asarray(record["intensity"].values, float)
    columns = [_degrees(np.asarray(record["two_theta"].values, float)), intensity]
    if "intensity_standard_error" in record.variables:
        error = np.asarray(record["intensity_standard_error"].values, float)
        if unit != "counts" or not np.array_equal(error, np.sqrt(np.maximum(intensity, 1.0))):
            columns.append(error)
    rows = [" ".join(_digits(number) for number in row) for row in zip(*columns, strict=True)]
    return "\n".join([f"'{_header(record, unit)}", *rows]) + "\n"


def _header(record: xr.Dataset, unit: str) -> str:
    attributes = record.attrs
    software = attributes["software"]
    simulated = attributes["origin"] == "simulated"
    fields = {
        "Id": attributes["sample"],
        "Comment": f"simulated by {software}; nothing was measured" if simulated else attributes.get("comment", ""),
        "Operator": software,
        "Anode": attributes.get("anode", ""),
        "Scantype": attributes.get("scan_type", ""),
    }
    if "time_per_step" in record.variables:
        fields["TimePerStep"] = _digits(float(record["time_per_step"]))
    if "wavelength" in record.variables:
        fields["Wavelength"] = _digits(float(f"{float(record['wavelength']) / 1e-10:.15g}"))
    if unit in ("counts", "cps"):
        fields["IntensityUnit"] = unit
    return " ".join(f'{key}: "{_quotable(value)}"' for key, value in fields.items())


def _quotable(text: object) -> str:
    """Text on one line and without the quotes that end a value."""
    return " ".join(str(text).replace('"', "'").split())[:500]


def _digits(number: float) -> str:
    """Shortest digits that read back as ``number``."""
    text = np.format_float_positional(number, unique=True, trim="-")
    return text if len(text) < 24 else np.format_float_scientific(number, unique=True, trim="-")


def _degrees(angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """Angles in degree that become the same floats in radian, the shortest where several do."""
    best = angle / _TURN
    for candidate in (
        np.nextafter(best, np.inf),
        np.nextafter(best, -np.inf),
        best.copy(),
        *(np.round(angle / _TURN, digits) for digits in (12, 10, 8, 6, 4)),
    ):
        best = np.where(np.deg2rad(candidate) == angle, candidate, best)
    return best
