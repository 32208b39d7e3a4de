"""Thermogravimetry records in the layout of a Universal Analysis text file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honeycell.quantities.errors import SchemaError
from honeycell.quantities.units import conversion

if TYPE_CHECKING:
    import xarray as xr

_SIGNALS = (
    ("test_time", "Time (min)", "min"),
    ("temperature", "Temperature (°C)", "degC"),
    ("mass", "Weight (mg)", "mg"),
    ("relative_mass", "Weight (%)", "%"),
    ("heat_flow", "Heat Flow (mW)", "mW"),
)


def ta_text(record: xr.Dataset) -> bytes:
    """A thermogram as text in UTF-16 with a byte order mark, as Universal Analysis writes it.

    Numbers have all their digits; reading them back gives the same to the rounding of a change of unit. Per cent are written only where
    there are no masses. A simulated record says so under ``Comment``. No date is made up.

    Raises
    ------
    SchemaError : the record is not a thermogram.
    """
    if record.attrs["schema"] != "thermogravimetry/1":
        raise SchemaError(f"{record.attrs['schema']!r} is no thermogram", "TA text", "Give thermogravimetry/1.")
    left_out = {"relative_mass"} if "mass" in record else set()
    signals = [each for each in _SIGNALS if each[0] in record and each[0] not in left_out]
    columns = [_shown(np.asarray(record[name].values, float), unit) for name, _, unit in signals]
    rows = ["\t".join(repr(float(number)) for number in row) for row in zip(*columns, strict=True)]
    lines = [*_header(record), f"Nsig\t{len(signals)}"]
    lines += [f"Sig{number}\t{label}" for number, (_, label, _) in enumerate(signals, 1)]
    return ("\r\n".join([*lines, "StartOfData", *rows]) + "\r\n").encode("utf-16")


def _header(record: xr.Dataset) -> list[str]:
    attributes = record.attrs
    software = _line(attributes["software"])
    simulated = attributes["origin"] == "simulated"
    lines = [
        "CLOSED",
        "Version\t2.0",
        "Language\tEnglish",
        f"Instrument\t{_line(attributes['instrument'])}",
        f"Sample\t{_line(attributes['sample'])}",
    ]
    if "mass" in record:
        lines.append(f"Size\t{1e6 * float(record['mass'].values[0]):.4f}\tmg")
    if simulated:
        lines.append(f"Comment\tsimulated by {software}; nothing was measured")
    if attributes.get("atmosphere"):
        lines.append(f"Xcomment\tGas: {_line(attributes['atmosphere'])}")
    return lines


def _shown(values: np.ndarray, unit: str) -> np.ndarray:
    scale, offset, _ = conversion(unit)
    return (values - offset) / scale


def _line(text: object) -> str:
    """Text on one line, so that a sample's name cannot break the layout."""
    return " ".join(str(text).split())
