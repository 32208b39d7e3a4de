"""The header of a BioLogic text file: where its table begins, what was measured, and what the user entered."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from honeycell.quantities.errors import ReadError
from honeycell.readers.table import split_labels

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from honeycell.readers.source import Source

SEARCHED = 5000  # lines looked through for the labels, where the header does not count its lines
_COUNT = re.compile(r"Nb header lines\s{0,9}:\s{0,9}(\d+)", re.IGNORECASE)
_FIELD = re.compile(r"(Device|Acquisition started on)\s{0,9}:(.+)")
_MASS = re.compile(
    r"(?:Characteristic mass|Mass of active material)\s{0,9}:\s{0,9}([0-9]{1,9}(?:[.,][0-9]{1,9})?)\s{0,9}(kg|mg|g|µg|ug)\s*"
)
_MASSES = {"kg": 1.0, "g": 1e-3, "mg": 1e-6, "ug": 1e-9, "µg": 1e-9}
# [kg] what EC-Lab fills in where nobody enters a mass: 0.001 mg, 0.001 g, and the 7 g of its template for battery techniques
PLACEHOLDERS = (1e-9, 1e-6, 7e-3)


def is_biologic(source: Source) -> bool:
    """True for a text that EC-Lab or BT-Lab exported."""
    return source.lines[0].strip().upper().startswith(("EC-LAB ASCII FILE", "BT-LAB ASCII FILE"))


def label_line(source: Source, suits: Callable[[tuple[str, ...]], bool]) -> int | None:
    """Index of the line with the labels: the last of the declared header lines, else the first that suits; None without one.

    Raises
    ------
    ReadError : more header lines declared than the file has.
    """
    declared = next((found for line in source.lines[:10] if (found := _COUNT.fullmatch(line.strip()))), None)
    if declared is None:
        heads = (i for i, line in enumerate(source.lines[:SEARCHED]) if suits(split_labels(line, "\t")))
        return next(heads, None)
    count = int(declared[1]) if len(declared[1]) < 10 else 10**9
    if not 2 <= count <= len(source.lines):
        what = f"declares {declared[1][:20]} header lines and has {len(source.lines)} lines"
        raise ReadError(what, source.name, "The file is cut off or its header was edited; export it again.")
    return count - 1


def technique_of(source: Source) -> str:
    """The technique as the header names it; empty where it does not."""
    lines = (line.strip() for line in source.lines[1:6])
    return next((line for line in lines if line and not _COUNT.fullmatch(line) and "\t" not in line), "")


def fields_of(header: Sequence[str]) -> dict[str, str]:
    """Device and date of the acquisition."""
    return {found[1]: found[2].strip() for line in header if (found := _FIELD.fullmatch(line))}


def setting(header: Sequence[str], name: str) -> list[str]:
    """The values of a technique's setting, one for each of its sequences; empty without it."""
    return next((line[len(name) :].split() for line in header if re.match(rf"{re.escape(name)}\s{{2,}}", line)), [])


def stated_mass(header: Sequence[str], flags: list[str]) -> float | None:
    """Mass [kg] that the user entered; None for none, for what the program fills in itself, and for two that differ."""
    found = (_MASS.fullmatch(line.strip()) for line in header)
    masses = {float(each[1].replace(",", ".")) * _MASSES[each[2]] for each in found if each}
    entered = [mass for mass in sorted(masses) if mass > 0.0 and all(abs(mass / p - 1.0) > 1e-6 for p in PLACEHOLDERS)]
    if len(entered) > 1:
        listed = " and ".join(f"{mass * 1e6:.4g} mg" for mass in entered)
        flags.append(f"mass: the header states {listed}; none is taken")
    if len(entered) != 1:
        return None
    flags.append(f"mass: from the file's header, {entered[0] * 1e6:.4g} mg; check that it was entered for this cell")
    return entered[0]
