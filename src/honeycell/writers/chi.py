"""Impedance records in the layout of a CH Instruments 660E text file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honeycell.quantities.errors import SchemaError

if TYPE_CHECKING:
    import xarray as xr

COLUMNS = "Freq/Hz, Z'/ohm, Z\"/ohm, Z/ohm, Phase/deg"


def chi_impedance_text(record: xr.Dataset) -> str:
    """A spectrum as "A.C. Impedance" text, from high to low frequency, lines ending with a line feed.

    Numbers have as many digits as it takes to read back the same floats, more than the instrument prints. A simulated record says so
    where the instrument names its data source, its model and its header. No date is made up.

    Raises
    ------
    SchemaError : the record is not an impedance spectrum.
    """
    if record.attrs["schema"] != "impedance/1":
        raise SchemaError(f"{record.attrs['schema']!r} is not an impedance spectrum", "CHI text", "Give impedance/1.")
    f = np.asarray(record["frequency"].values, float)
    order = np.argsort(-f, kind="stable")
    f = f[order]
    real = np.asarray(record["real_impedance"].values, float)[order]
    imaginary = np.asarray(record["imaginary_impedance"].values, float)[order]
    phase = np.degrees(np.arctan2(imaginary, real))
    rows = zip(f, real, imaginary, np.hypot(real, imaginary), phase, strict=True)
    lines = [", ".join(digits(number) for number in row) for row in rows]
    return "\n".join([*_header(record, f), "", COLUMNS, "", *lines]) + "\n"


def _header(record: xr.Dataset, f: np.ndarray) -> list[str]:
    attributes = record.attrs
    settings = (("Init E (V)", "potential_V"), ("Amplitude (V)", "amplitude_V"))
    known = {label: f"{label} = {float(attributes[name]):g}" for label, name in settings if name in attributes}
    return [
        *heading(record, "A.C. Impedance"),
        "",
        *([known["Init E (V)"]] if "Init E (V)" in known else []),
        f"High Frequency (Hz) = {f[0]:g}",
        f"Low Frequency (Hz) = {f[-1]:g}",
        "Imp SF",
        *([known["Amplitude (V)"]] if "Amplitude (V)" in known else []),
    ]


def heading(record: xr.Dataset, technique: str, note: str = "") -> list[str]:
    """The lines that begin every text: no date, technique, and where the numbers are from."""
    attributes = record.attrs
    simulated = attributes["origin"] == "simulated"
    instrument, software = one_line(attributes["instrument"]), one_line(attributes["software"])
    return [
        "No date: simulated" if simulated else one_line(attributes.get("measured_on", "No date")),
        technique,
        f"File: {one_line(attributes['sample'])}",
        f"Data Source:  {'Simulation, not an experiment' if simulated else 'Experiment'}",
        f"Instrument Model:  {f'simulated {instrument} ({software})' if simulated else instrument}",
        f"Header: {f'simulated by {software}; nothing was measured' if simulated else ''}",
        f"Note: written by {software} in the layout of CHI660E{f'; {note}' if note else ''}",
    ]


def one_line(text: object) -> str:
    """Text on one line, so that a sample's name cannot break the layout."""
    return " ".join(str(text).split())


def digits(number: float) -> str:
    """Shortest digits that read back as ``number``, with an exponent as the instrument writes it."""
    return np.format_float_scientific(number, unique=True, trim="0", exp_digits=1)
