"""Plain tables of force, or deflection, over displacement whose columns are labelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from honeycell.quantities.errors import ReadError
from honeycell.readers.base import TextReader
from honeycell.readers.force_record import MOST_ROWS, Curve, force_record, segments_of
from honeycell.readers.heading import Heading, find_heading
from honeycell.readers.table import read_table
from honeycell.readers.vocabulary import Meaning, Vocabulary

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.readers.source import Source

    Floats = NDArray[np.float64]

DIGITS = 15  # of the factors of units
WORDS = Vocabulary(
    {
        "displacement": "displacement penetration 位移",
        "tip": "indentation tipdisplacement indentationdepth depth tipposition",
        "separation": "separation tipsampleseparation tip-sampleseparation distance tipsampledistance tip-sampledistance",
        "fixed_end": "zpiezo piezo piezodisplacement piezoposition zposition zdisplacement zsensor z ramp extension piezoextension "
        "zscanner",
        "height": "height heightsensor heightmeasured height(measured) measuredheight pieozheight piezoheight",
        "force": "force load f normalforce verticalforce 力 载荷",
        "deflection": "deflection cantileverdeflection verticaldeflection",
        "time": "time testtime t elapsedtime 时间",
        "segment": "segment segmentnumber",
    },
    {
        **dict.fromkeys(("displacement", "tip", "separation", "fixed_end", "height", "deflection"), "length"),
        "force": "force",
        "time": "time",
        "segment": "count",
    },
)
# what a column of displacement is of, and its sign: growing towards the specimen
KINDS = {
    "tip": ("tip", 1.0),
    "separation": ("tip", -1.0),
    "fixed_end": ("fixed end", 1.0),
    "height": ("fixed end", -1.0),
    "displacement": ("unstated", 1.0),
}
SEGMENTS = (0.0, 1.0, 2.0)


class PlainForceReader(TextReader):
    """Labels such as ``Displacement / m`` and ``Force / N``, rows in the order of measurement.

    The displacement grows towards the specimen; a height or a separation grows away from it. Where no column numbers the segments, the
    approach ends at the greatest displacement. Force is positive in repulsion.
    """

    name: ClassVar[str] = "plain_force"
    title: ClassVar[str] = "text table of force over displacement (Displacement / m, Force / N)"
    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".txt", ".dat")
    schemas: ClassVar[tuple[str, ...]] = ("force_curve/1",)
    rank: ClassVar[int] = 1

    def recognises_text(self, source: Source) -> bool:
        """By a line of labels among which are a displacement and a force or deflection."""
        return _heading(source) is not None

    def read(self, source: Source) -> xr.Dataset:
        """The force curve."""
        heading = _heading(source)
        assert heading is not None
        if len(source.lines) > MOST_ROWS:
            what = f"has {len(source.lines)} lines, more than {MOST_ROWS}"
            raise ReadError(what, source.name, "Export single force curves.")
        table = read_table(source, heading.labels, heading.first)
        flags: list[str] = []
        columns: dict[str, Floats] = {}
        for index, label in enumerate(heading.named):
            means = WORDS.meaning(label)
            if means is None:
                continue
            if means.quantity in columns:
                flags.append(f"columns: {label[:40]!r} is passed over, since another column says the same")
                continue
            columns[means.quantity] = _si(source, table.numbers([index])[0], label, means, heading)
        kind = next(each for each in KINDS if each in columns)
        of, sign = KINDS[kind]
        if others := [each for each in KINDS if each in columns and each != kind]:
            flags.append(f"displacement: {kind.replace('_', ' ')} is taken, not {', '.join(others).replace('_', ' ')}")
        displacement = sign * columns[kind]
        if "segment" in columns:
            segment = columns["segment"]
            if not np.isin(segment, SEGMENTS).all():
                what = "has a segment other than 0 (approach), 1 (retract) or 2 (dwell)"
                row = int(np.flatnonzero(~np.isin(segment, SEGMENTS))[0])
                raise ReadError(what, source.at(table.lines[row]), "Number them so, or leave the column out.")
        else:
            segment = segments_of(displacement)
            flags.append("segment: no column numbers them; the approach is taken to end at the greatest displacement")
        curve = Curve(
            displacement,
            segment,
            of,
            columns.get("force"),
            columns.get("deflection"),
            test_time=columns.get("time"),
            lines=table.lines,
        )
        raw, numeric, _ = table.raw()
        return force_record(
            source,
            curve,
            form=self.name,
            header="\n".join(source.lines[: heading.line]),
            raw={table.labels[index]: raw[:, place] for place, index in enumerate(numeric)},
            flags=flags,
        )


def _is_curve(labels: tuple[str, ...]) -> bool:
    found = set(WORDS.meanings(labels))
    return bool(found & set(KINDS)) and bool(found & {"force", "deflection"})


def _heading(source: Source) -> Heading | None:
    return find_heading(source, _is_curve)


def _si(source: Source, numbers: Floats, label: str, means: Meaning, heading: Heading) -> Floats:
    if not means.stated and means.quantity != "segment":
        cure = "Write the unit into the label, such as 'Displacement / nm' or 'Force / nN'."
        raise ReadError(f"has a column {label[:40]!r} without a unit", source.at(heading.line + 1), cure)
    return numbers * float(f"{means.factor:.{DIGITS}g}")
