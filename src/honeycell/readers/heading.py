"""The line of labels in a plain table, wherever it stands and whatever separates it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from honeycell.readers.labels import UNITS
from honeycell.readers.table import COMMENT, SEPARATORS, split, split_labels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from honeycell.readers.source import Source

_SEARCHED = 300
_LONGEST = 4000
_GAP = re.compile(r"\s{2,}")
_WORD = re.compile(r"[^\s0-9eE+\-.,;\"]")  # what a row of numbers lacks and any label has


@dataclass(frozen=True, slots=True)
class Heading:
    """``labels`` as in the file, ``named`` with the units of a line of units; ``line`` and ``first`` row count from 0."""

    labels: tuple[str, ...]
    named: tuple[str, ...]
    line: int
    first: int


def find_heading(source: Source, suits: Callable[[tuple[str, ...]], bool]) -> Heading | None:
    """The first line whose labels suit, split as the next line is where several ways would do; None without one."""
    for index, line in enumerate(source.lines[:_SEARCHED]):
        if not _WORD.search(line):
            continue
        fitting = [each for each in _splits(line) if suits(_with_units(source, index, each)[0])]
        if fitting:
            labels = next((each for each in fitting if _matches(source, index + 1, len(each))), fitting[0])
            named, first = _with_units(source, index, labels)
            return Heading(labels, named, index, first)
    return None


def _splits(line: str) -> Iterator[tuple[str, ...]]:
    text = line.strip()
    for mark in COMMENT:
        text = text.removeprefix(mark).strip()
    if not text or len(text) > _LONGEST:
        return
    for mark in SEPARATORS[:-1]:
        if mark in text:
            yield split_labels(text, mark)
    if _GAP.search(text):
        yield tuple(_GAP.split(text))
    words = split_labels(text, None)
    if "/" not in words:  # "Voltage / V" is one label
        yield words


def _with_units(source: Source, index: int, labels: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
    """Labels with the units that the next line gives, if it does, and where the rows begin."""
    below = source.lines[index + 1] if index + 1 < len(source.lines) else ""
    if len(below) <= _LONGEST and _WORD.search(below):
        for mark in SEPARATORS:
            units = [cell.strip("[]()#% ") for cell in split(below, mark)]
            if len(units) == len(labels) and any(units) and all(not each or _is_unit(each) for each in units):
                paired = zip(labels, units, strict=True)
                return tuple(f"{label} / {unit}" if unit else label for label, unit in paired), index + 2
    return labels, index + 1


def _is_unit(text: str) -> bool:
    return text in UNITS and not text.isdigit()


def _matches(source: Source, start: int, count: int) -> bool:
    for line in source.lines[start : start + 20]:
        if line.strip() and not line.lstrip().startswith(COMMENT):
            return any(len(split_labels(line, mark)) == count for mark in SEPARATORS)
    return False
