"""CH Instruments: the text that "Convert to Text" writes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from honeycell.quantities.errors import ReadError
from honeycell.readers.base import TextReader
from honeycell.readers.chi_header import IMPEDANCE, SEARCHED, chi_header, is_chi
from honeycell.readers.chi_series import find_series, read_series
from honeycell.readers.labels import is_spectrum
from honeycell.readers.spectrum import several_spectra, spectrum_record
from honeycell.readers.table import read_table, split_labels

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.readers.source import Source

_FREQUENCY = re.compile("[hH][zZ]|[fF]req")
_WORDS = (IMPEDANCE, "instrument model:", "low frequency (hz)", "init e (v)", "run time (sec)", "quiet time (sec)")


class ChiReader(TextReader):
    """Any CHI model; the header may begin at any of its lines, columns may stand in any order.

    Impedances, and the techniques that follow a current or a potential: see :mod:`honeycell.readers.chi_series`.
    """

    name: ClassVar[str] = "chi"
    title: ClassVar[str] = "CH Instruments text (A.C. Impedance, CV, LSV, i-t, CA, CP, OCP)"
    suffixes: ClassVar[tuple[str, ...]] = (".txt", ".csv")
    schemas: ClassVar[tuple[str, ...]] = (
        "impedance/1",
        "voltammetry/1",
        "chronoamperometry/1",
        "chronopotentiometry/1",
    )

    def recognises_text(self, source: Source) -> bool:
        """By the technique's name, the instrument's, or the settings that precede the labels."""
        return any(word in source.head for word in _WORDS) and is_chi(source.lines)

    def read(self, source: Source) -> xr.Dataset:
        """The record; potential, amplitude, scan rate and date where the header has them."""
        marks = {
            index: mark
            for index, line in enumerate(source.lines)
            for mark in ",\t"
            if mark in line and _FREQUENCY.search(line) and is_spectrum(split_labels(line, mark))
        }
        heads = list(marks)
        if not heads:
            if heading := find_series(source):
                return read_series(source, heading, self.name)
            raise self._without_table(source)
        if len(heads) > 1:
            raise several_spectra(source, len(heads))
        first, mark = heads[0], marks[heads[0]]
        table = read_table(source, split_labels(source.lines[first], mark), first + 1, separator=mark)
        header = chi_header(source.lines[:first])
        attributes: dict[str, float | str] = {}
        for key, name in (("Init E (V)", "potential_V"), ("Amplitude (V)", "amplitude_V")):
            if key in header.settings:
                attributes[name] = header.settings[key]
        if header.date:
            attributes["measured_on"] = header.date
        text = "\n".join(source.lines[:first])
        return spectrum_record(table, form=self.name, instrument=header.model, header=text, attributes=attributes)

    def _without_table(self, source: Source) -> ReadError:
        technique = chi_header(source.lines[:SEARCHED]).technique
        if technique in ("", IMPEDANCE):
            what = "impedances" if technique else "labels such as Potential/V, Current/A"
            return ReadError(f"has no table of {what}", source.name, "The file may be cut off; convert it again.")
        return ReadError(
            f"is {technique} without a table of it", source.name, "The file may be cut off; convert it again."
        )
