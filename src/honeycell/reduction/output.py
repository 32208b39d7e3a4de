"""Files that a reduction leaves in ``--out``: its tables, its figure, all results as JSON lines."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from honeycell.quantities.errors import InputError, RunError
from honeycell.reduction.form import json_line, printable
from honeycell.runs.folder import write_atomic
from honeycell.writers.table import table_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr

    from honeycell.analysis.result import Reduction

RESULTS = "results.jsonl"
FIGURES_NOTED = 50
LONGEST_STEM = 100


@dataclass(frozen=True, slots=True)
class Place:
    """Where one input's files go: ``folder / f"{stem}.…"``, never onto one of the ``kept`` files."""

    folder: str
    stem: str
    kept: frozenset[str] = frozenset()

    def write(self, suffix: str, text: str) -> None:
        """Write one file whole.

        Raises
        ------
        RunError : the storage refused, or the file is one of the inputs.
        """
        target = Path(self.folder) / f"{self.stem}.{suffix}"
        if str(target.resolve()) in self.kept:
            raise RunError("is an input and is not overwritten", str(target), "Choose another --out.")
        write_atomic(target, text)


def prepare(out: str, paths: Sequence[str]) -> list[Place]:
    """Make the folder ``out`` and give each of ``paths`` a stem of its own there.

    Inputs of one stem are told apart by their suffix, then by a number; case does not tell apart.

    Raises
    ------
    InputError : the folder cannot be used, or its ``results.jsonl`` is one of the inputs.
    """
    folder = Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        raise InputError(f"cannot be a folder ({reason})", out, "Choose another --out.") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InputError("cannot be written", out, "Get write permission, or choose another --out.")
    kept = frozenset(_resolved(path) for path in paths)
    if str((folder / RESULTS).resolve()) in kept:
        raise InputError(f"{RESULTS} there is one of the inputs", out, "Choose another --out.")
    here = folder.resolve()
    taken: set[str] = {"results"}
    for each in kept:
        if Path(each).parent == here:
            taken |= _outputs_like(Path(each).name)
    return [Place(out, _free(Path(printable(path)), taken), kept) for path in paths]


def _outputs_like(name: str) -> set[str]:
    """Stems whose tables or figure might have the name of an input that lies in the output folder."""
    base, _, suffix = name.casefold().rpartition(".")
    parts = base.split(".")
    return (
        {".".join(parts[:n]) for n in range(1, len(parts))} if suffix == "csv" else {base} if suffix == "svg" else set()
    )


def _free(path: Path, taken: set[str]) -> str:
    stem = "".join(sign if sign.isprintable() and sign not in '/\\:*?"<>|' else "_" for sign in path.stem)
    stem = stem[:LONGEST_STEM].strip(" .") or "file"
    marked = f"{stem}-{path.suffix[1:]}" if path.suffix else stem
    names = itertools.chain([stem, marked], (f"{stem}-{number}" for number in itertools.count(2)))
    name = next(name for name in names if name.casefold() not in taken)
    taken.add(name.casefold())
    return name


def _resolved(path: str) -> str:
    try:
        return str(Path(path).resolve())
    except (OSError, ValueError, RuntimeError):
        return path


def write_results(out: str, results: Sequence[Mapping[str, Any]]) -> None:
    """All results, one JSON object per line."""
    write_atomic(Path(out) / RESULTS, "".join(f"{json_line(result)}\n" for result in results))


def write_tables(place: Place, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """One comma-separated file per table, ``STEM.TABLE.csv``."""
    for name, rows in tables.items():
        if rows:
            place.write(f"{name}.csv", table_text(rows))


def write_figure(place: Place, record: xr.Dataset, reduction: Reduction) -> None:
    """``STEM.svg``, where the technique has a figure; ``STEM.temperatures.svg`` for a series over temperature."""
    from honeycell.plot import figure_reduction, svg
    from honeycell.plot.temperature import figure_temperatures

    drawn = figure_reduction(record, reduction)
    if drawn is not None:
        title = f"{reduction.technique} of {record.attrs.get('sample', place.stem)}"
        place.write("svg", svg(drawn, title, trimmed=False) + "\n")
    if "temperatures" in reduction.tables:
        title = f"conductivity of {record.attrs.get('sample', place.stem)} over temperature"
        place.write("temperatures.svg", svg(figure_temperatures(record, reduction), title, trimmed=False) + "\n")
