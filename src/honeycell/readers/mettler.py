"""Text files of Mettler Toledo's STARe program: blocks of curves, each with labels, a line of units, and rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from honeycell.quantities.errors import ReadError
from honeycell.readers.base import TextReader
from honeycell.readers.table import Table
from honeycell.readers.thermogram import columns_of, gas_in, is_thermogram, raw_of, thermogram_record

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.readers.source import Source

_VALUES = re.compile(r"\s*(curve values|kurvenwerte|valeurs de courbe)\s*:\s*", re.IGNORECASE)
_NAME = re.compile(r"\s*(curve name|kurvenname|nom de courbe)\s*:\s*", re.IGNORECASE)
_UNIT = re.compile(r"\[([^\[\]]*)\]")
_SAMPLE = re.compile(r"\s*(.*?),\s*([0-9]+(?:[.,][0-9]+)?)\s*mg\s*")
_MILLIGRAM = 1e-6  # kg


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve's ``name``, its ``table`` and what the columns mean."""

    name: str
    table: Table
    labels: tuple[str, ...]


class MettlerReader(TextReader):
    """The first curve that is a mass; ``Ts`` is the sample's temperature and is taken, ``Tr`` the programme's and is kept beside it."""

    name: ClassVar[str] = "mettler"
    title: ClassVar[str] = "Mettler Toledo STARe text"
    suffixes: ClassVar[tuple[str, ...]] = (".txt",)
    schemas: ClassVar[tuple[str, ...]] = ("thermogravimetry/1",)

    def recognises_text(self, source: Source) -> bool:
        """By the words before the values of a curve."""
        return any(_VALUES.fullmatch(line) for line in source.lines[:200])

    def read(self, source: Source) -> xr.Dataset:
        """The thermogram."""
        curves = _curves(source)
        masses = [curve for curve in curves if is_thermogram(curve.labels)]
        if not masses:
            units = "; ".join(", ".join(curve.labels) for curve in curves)[:200]
            raise ReadError(f"holds no curve of a mass, only {units}", source.name, "Export the TGA curve in mg or %.")
        curve, flags = masses[0], []
        if len(masses) > 1:
            flags.append(f"curves: the file holds {len(masses)} of masses; {curve.name or 'the first'!r} is taken")
        sample, mass = _sample(source, curve)
        header = "\n".join(source.lines[: curve.table.lines[0] - 1])
        gases = [gas for line in source.lines[:200] if "gas" in line.lower() and (gas := gas_in(line))]
        return thermogram_record(
            source,
            columns_of(curve.table, curve.labels, flags),
            form=self.name,
            lines=curve.table.lines,
            header=header,
            instrument="Mettler Toledo thermobalance",
            sample=sample,
            raw=raw_of(curve.table),
            flags=flags,
            attributes={"curve": curve.name} | ({"atmosphere": "; ".join(gases)} if gases else {}),
            stated_mass=mass,
        )


def _curves(source: Source) -> list[Curve]:
    curves: list[Curve] = []
    name = ""
    index = 0
    while index < len(source.lines):
        line = source.lines[index]
        if _NAME.fullmatch(line) and index + 1 < len(source.lines):
            name = source.lines[index + 1].strip()
        if _VALUES.fullmatch(line):
            curve, index = _curve(source, index + 1, name)
            curves.append(curve)
        index += 1
    return curves


def _curve(source: Source, index: int, name: str) -> tuple[Curve, int]:
    """The curve whose labels stand at ``index`` or below, and the line after it."""
    while index < len(source.lines) and not source.lines[index].strip():
        index += 1
    labels = tuple(source.lines[index].split()) if index < len(source.lines) else ()
    units = _UNIT.findall(source.lines[index + 1]) if index + 1 < len(source.lines) else []
    if not labels or not units or len(units) > len(labels):
        what = "ends after the words 'Curve Values:'" if not labels else "has no line of units below the labels"
        raise ReadError(what, source.at(min(index + 1, len(source.lines))), "The file is cut off: export it again.")
    bare = len(labels) - len(units)
    paired = [*labels[:bare], *(f"{_named(a, unit)} / {unit}" for a, unit in zip(labels[bare:], units, strict=True))]
    index += 2
    rows: list[list[str]] = []
    numbers: list[int] = []
    while index < len(source.lines) and (cells := source.lines[index].split()):
        if len(cells) != len(labels):
            what = f"has {len(cells)} columns where {len(labels)} are named"
            raise ReadError(what, source.at(index + 1), "The file may be cut off; export it again.")
        rows.append(cells)
        numbers.append(index + 1)
        index += 1
    if not rows:
        raise ReadError("names a curve but holds no values", source.at(index), "Export the curve again.")
    return Curve(name, Table(source, labels, rows, numbers, None), tuple(paired)), index


def _named(label: str, unit: str) -> str:
    """``Value`` is a mass where its unit is one."""
    return (
        "mass"
        if label.lower() in ("value", "wert", "valeur") and unit.strip() in ("mg", "g", "ug", "µg", "%")
        else label
    )


def _sample(source: Source, curve: Curve) -> tuple[str, float | None]:
    """Name and mass [kg] of the sample, from the lines around the curve."""
    around = [*source.lines[: curve.table.lines[0]], *source.lines[curve.table.lines[-1] :]]
    for line in around:
        if found := _SAMPLE.fullmatch(line[:300]):
            return found[1].strip(), float(found[2].replace(",", ".")) * _MILLIGRAM
    return curve.name.rsplit(",", 1)[0].strip(), None
