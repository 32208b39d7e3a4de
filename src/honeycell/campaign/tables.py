"""Records of a run as the files that the instruments would have written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from honeycell.writers.bdf import bdf_text
from honeycell.writers.chi import chi_impedance_text
from honeycell.writers.chi_series import chi_current_text, chi_voltammetry_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import xarray as xr

    from honeycell.twin import Records

LAYOUTS: Mapping[str, Mapping[str, Callable[[xr.Dataset], str]]] = {
    "cycling/1": {"csv": bdf_text},
    "impedance/1": {"csv": bdf_text, "chi.txt": chi_impedance_text},
    "voltammetry/1": {"chi.txt": chi_voltammetry_text},
    "chronoamperometry/1": {"chi.txt": chi_current_text},
}
"""Schema of a record to ending and text of its files; a record of another schema has none."""


def table_files(sample: str, records: Records) -> dict[str, str]:
    """Path below the run folder to content, for every record that an instrument could have written."""
    return {
        f"tables/{sample}-{name.replace('_', '-')}.{ending}": text(record)
        for name, record in records.items()
        for ending, text in LAYOUTS.get(str(record.attrs["schema"]), {}).items()
    }
