"""BioLogic EC-Lab: the text export ``.mpt``."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from honeycell.quantities.errors import ReadError
from honeycell.readers.base import TextReader
from honeycell.readers.biologic_course import course_line
from honeycell.readers.biologic_header import fields_of, is_biologic, label_line, technique_of
from honeycell.readers.labels import is_spectrum, meanings
from honeycell.readers.spectrum import LEAST, several_spectra, spectrum_record, without_rest
from honeycell.readers.table import read_table, split_labels

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.readers.source import Source
    from honeycell.readers.table import Table

_SETTING = re.compile(r"(E \(V\)|Va \(mV\))\s{1,60}([+-]?\d{1,9}[.,]?\d{0,20})\s*")


class BiologicReader(TextReader):
    """PEIS and GEIS tables; columns in any order, decimal points or commas.

    Rows recorded at rest before the sweep (frequency, real and imaginary part all zero) are passed over; the attribute
    ``rows_at_rest`` counts them.
    """

    name: ClassVar[str] = "biologic"
    title: ClassVar[str] = "BioLogic EC-Lab text (.mpt)"
    suffixes: ClassVar[tuple[str, ...]] = (".mpt", ".txt")

    def recognises_text(self, source: Source) -> bool:
        """By the first line, unless the table is a course over time; see :mod:`honeycell.readers.biologic_course`."""
        return is_biologic(source) and course_line(source) is None

    def read(self, source: Source) -> xr.Dataset:
        """The spectrum; potential, amplitude and date where the header has them."""
        heading = self._heading(source)
        named = split_labels(source.lines[heading], "\t")
        labels = _held(source, named, heading + 1)
        table = read_table(source, labels, heading + 1, separator="\t")
        table, at_rest = without_rest(table, table.labels)
        _refuse_cycles(table)
        header = source.lines[:heading]
        attributes: dict[str, float | str | int] = {"rows_at_rest": at_rest} if at_rest else {}
        if len(labels) < len(named):
            attributes["flags"] = json.dumps(
                [f"columns: {len(named)} are named and {len(labels)} held; the last are left out"]
            )
        for line in header:
            if found := _SETTING.fullmatch(line):
                number = float(found[2].replace(",", "."))
                name, factor = {"E (V)": ("potential_V", 1.0), "Va (mV)": ("amplitude_V", 1e-3)}[found[1]]
                attributes.setdefault(name, number * factor)
        fields = fields_of(header)
        if "Acquisition started on" in fields:
            attributes["measured_on"] = fields["Acquisition started on"]
        device = fields.get("Device", "BioLogic")
        return spectrum_record(
            table, form=self.name, instrument=device, header="\n".join(header), attributes=attributes
        )

    def _heading(self, source: Source) -> int:
        """Index of the line with the labels: the last of the declared header lines."""
        heading = label_line(source, is_spectrum)
        if heading is None or not is_spectrum(split_labels(source.lines[heading], "\t")):
            technique = technique_of(source)
            place = source.name if heading is None else source.at(heading + 1)
            raise ReadError(
                f"has no columns freq/Hz, Re(Z)/Ohm and -Im(Z)/Ohm where its header ends ({technique[:60]!r})",
                place,
                "Export PEIS or GEIS with these columns, and leave the header as EC-Lab wrote it.",
            )
        return heading


def _held(source: Source, named: tuple[str, ...], first: int) -> tuple[str, ...]:
    """The labels for which there are cells: EC-Lab may name columns at the end that it does not write.

    Only where all rows are equally short and the modulus fits the parts, which shows that no column before it is missing.
    """
    if first < len(source.lines) and len(split_labels(source.lines[first], "\t")) >= len(named):
        return named
    lines = [line for line in source.lines[first:] if line.strip()]
    counts = {len(split_labels(line, "\t")) for line in lines}
    held = named[: min(counts, default=0)]
    found = meanings(held)
    if (
        len(counts) > 1
        or len(lines) < LEAST
        or len(held) == len(named)
        or not {"real", "imaginary", "modulus"} <= set(found)
    ):
        return named
    table = read_table(source, held, first, separator="\t")
    real, imaginary, modulus = table.numbers([found[each][0] for each in ("real", "imaginary", "modulus")])
    with np.errstate(all="ignore"):
        return held if np.allclose(np.hypot(real, imaginary), np.abs(modulus), rtol=1e-3) else named


def _refuse_cycles(table: Table) -> None:
    columns = [index for index, label in enumerate(table.labels) if label.strip().lower() == "cycle number"]
    if columns:
        cycles = np.unique(np.round(table.numbers(columns[:1])[0]))
        if cycles.size > 1 and len(table.rows) >= 3 * cycles.size:
            raise several_spectra(table.source, int(cycles.size))
