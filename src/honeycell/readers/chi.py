"""CH Instruments: the text that "Convert to Text" writes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from honeycell.quantities.errors import ReadError
from honeycell.readers.base import TextReader
from honeycell.readers.labels import is_spectrum
from honeycell.readers.spectrum import several_spectra, spectrum_record
from honeycell.readers.table import read_table, split_labels

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.readers.source import Source

TECHNIQUE = "a.c. impedance"
_MODEL = re.compile(r"Instrument Model:(.*)", re.IGNORECASE)
_SETTING = re.compile(r"([^=:]{1,60}?)\s{0,9}=\s{0,9}([+-]?\d+\.?\d*(?:e[+-]?\d{1,3})?)", re.IGNORECASE)
_WORD = re.compile("[hH][zZ]|[fF]req")
_HEAD = 60
_WORDS = (TECHNIQUE, "instrument model:", "low frequency (hz)")


class ChiReader(TextReader):
    """Any CHI model; the header may begin at any of its lines, columns may stand in any order."""

    name: ClassVar[str] = "chi"
    title: ClassVar[str] = "CH Instruments text (A.C. Impedance)"
    suffixes: ClassVar[tuple[str, ...]] = (".txt", ".csv")

    def recognises_text(self, source: Source) -> bool:
        """By the technique's name, the instrument's, or the settings that precede the labels."""
        if not any(word in source.head for word in _WORDS):
            return False
        head = [line.strip() for line in source.lines[:_HEAD]]
        if any(line.lower() == TECHNIQUE or re.match(r"Instrument Model:\s*CHI", line) for line in head):
            return True
        settings = {found[1] for line in head if (found := _SETTING.fullmatch(line))}
        return {"High Frequency (Hz)", "Low Frequency (Hz)"} <= settings

    def read(self, source: Source) -> xr.Dataset:
        """The spectrum; potential, amplitude and date where the header has them."""
        marks = {
            index: mark
            for index, line in enumerate(source.lines)
            for mark in ",\t"
            if mark in line and _WORD.search(line) and is_spectrum(split_labels(line, mark))
        }
        heads = list(marks)
        if not heads:
            raise self._without_table(source)
        if len(heads) > 1:
            raise several_spectra(source, len(heads))
        first, mark = heads[0], marks[heads[0]]
        table = read_table(source, split_labels(source.lines[first], mark), first + 1, separator=mark)
        header = source.lines[:first]
        settings = {found[1]: float(found[2]) for line in header if (found := _SETTING.fullmatch(line.strip()))}
        models = [found[1].strip() for line in header if (found := _MODEL.match(line.strip()))]
        attributes: dict[str, float | str] = {}
        for key, name in (("Init E (V)", "potential_V"), ("Amplitude (V)", "amplitude_V")):
            if key in settings:
                attributes[name] = settings[key]
        if re.match(r"[A-Z][a-z]{2,8}\.? \d+, \d{4}", source.lines[0]):
            attributes["measured_on"] = source.lines[0].strip()
        model = models[0] if models else "CH Instruments"
        return spectrum_record(table, form=self.name, instrument=model, header="\n".join(header), attributes=attributes)

    def _without_table(self, source: Source) -> ReadError:
        head = [line.strip() for line in source.lines[:_HEAD]]
        if any(line.lower() == TECHNIQUE for line in head):
            return ReadError("has no table of impedances", source.name, "The file may be cut off; convert it again.")
        return ReadError(
            "is a CH Instruments text without impedances", source.name, "Of CHI files only A.C. Impedance is read."
        )
