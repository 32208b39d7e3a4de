"""Many files reduced: read, analysed in chunks, shaped, drawn. One file's failure is that file's result."""

from __future__ import annotations

import functools
import math
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from honeycell.analysis.impedance.circuit import parse_circuit
from honeycell.quantities.errors import HoneycellError, InputError, RunError
from honeycell.reduction.chunk import FAULT, Item, reduce_chunk
from honeycell.reduction.form import error_object
from honeycell.reduction.output import FIGURES_NOTED, prepare, write_results
from honeycell.reduction.pool import in_order
from honeycell.reduction.settings import SAMPLE_FILE, SampleFiles, settings_of
from honeycell.runs.progress import progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from honeycell.quantities.value import Value
    from honeycell.reduction.output import Place

CHUNK, LEAST, SHARES = 128, 32, 4
FEW = 20
PATIENCE = 2.0  # seconds before progress is shown


def reduce_files(
    paths: Sequence[str],
    technique: str | None = None,
    settings: Mapping[str, Value] | None = None,
    *,
    jobs: int = 1,
    out: str | None = None,
    series: bool = False,
    debug: bool = False,
    on_result: Callable[[dict[str, Any]], None] | None = None,
) -> list[dict[str, Any]]:
    """Reduce files to the JSON objects of ``honeycell reduce --json``, in the order given.

    Parameters
    ----------
    paths : files; a folder stands for the files in it whose suffix some reader knows, sorted. A path may come twice.
    technique : what the files are, where they do not say.
    settings : what the files lack, see :mod:`honeycell.reduction.settings`; these win over ``sample.toml``.
    jobs : worker processes; up to 20 files are reduced in this one.
    out : folder for ``results.jsonl``, tables and figures.
    series : the files are one cell over time or temperature, fitted with one circuit.
    debug : print the traceback of an unexpected fault on stderr.
    on_result : called with each object as soon as all before it are there.

    Returns
    -------
    One object per file: the result, or ``{"file", "error"}``.

    Raises
    ------
    InputError : no such technique, fewer than one job, an ``out`` that cannot be written.
    RunError : ``results.jsonl`` cannot be stored.
    """
    if jobs < 1:
        raise InputError(f"jobs is {jobs}", "--jobs", "Give one or more.")
    check_technique(technique)
    paths = [str(path) for path in paths]
    if not all(paths):
        raise InputError("an empty file name", "reduce", "An unset shell variable gives one; name the files.")
    if settings and "circuit" in settings:
        parse_circuit(str(settings["circuit"].value))
    files = expand(paths)
    series = series or (technique == "transference" and len(files) > 1)  # a transient and its spectra
    if out is not None and any(_is_folder(path) and Path(path).resolve() == Path(out).resolve() for path in paths):
        raise InputError("is the folder of the inputs", out, "Choose another --out, such as a folder in it.")
    places = prepare(out, files) if out is not None else [None] * len(files)
    if out is not None and len(files) > FIGURES_NOTED:
        sys.stderr.write(f"drawing {len(files)} figures\n")
    samples = SampleFiles()
    items = [_item(file, settings or {}, samples, place) for file, place in zip(files, places, strict=True)]
    results: list[dict[str, Any]] = []
    work = functools.partial(reduce_chunk, technique=technique, series=series, debug=debug)
    # whatever the number of jobs, so that it cannot change a result
    size = len(items) if series else min(max(math.ceil(len(items) / SHARES), LEAST), CHUNK)
    chunks = [items[start : start + size] for start in range(0, len(items), size)] if items else []
    lone = series or len(items) <= FEW
    begun = time.monotonic()
    with ExitStack() as stack:
        advance: Callable[..., None] | None = None
        for found in in_order(work, chunks, 1 if lone else jobs, _lost):
            for result in found:
                results.append(result)
                if on_result:
                    on_result(result)
            if advance:
                advance(len(found))
            elif time.monotonic() - begun > PATIENCE and len(results) < len(items):
                advance = stack.enter_context(progress(len(items), "reduce"))
                advance(len(results))
    if out is not None:
        write_results(out, results)
    return results


def expand(paths: Sequence[str]) -> list[str]:
    """``paths`` with each folder replaced by its files of known suffix, sorted; one that holds none stays."""
    found: list[str] = []
    for path in paths:
        inside: list[str] = []
        if _is_folder(path):
            known = _suffixes()
            inside = sorted(
                str(each)
                for each in Path(path).iterdir()
                if each.suffix.lower() in known
                and not each.name.startswith(".")
                and each.name != SAMPLE_FILE
                and each.is_file()
            )
        found += inside or [path]
    return found


def check_technique(technique: str | None) -> None:
    """Refuse a technique that no reader knows, before any file is opened.

    Raises
    ------
    InputError : unknown technique.
    """
    from honeycell.readers import techniques

    if technique is not None and technique not in techniques():
        raise InputError(f"unknown technique {technique!r}", "--as", f"Known: {', '.join(techniques())}.")


def _is_folder(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False


def _suffixes() -> frozenset[str]:
    from honeycell.readers import Reader, formats

    formats()  # loads every reader
    classes = [Reader]
    for each in classes:
        classes += each.__subclasses__()
    return frozenset(suffix for each in classes for suffix in each.suffixes)


def _item(path: str, given: Mapping[str, Value], samples: SampleFiles, place: Place | None) -> Item:
    try:
        return Item(path, settings_of(path, given, samples), place)
    except HoneycellError as error:
        return Item(path, error, place)


def _lost(item: Item) -> dict[str, Any]:
    return error_object(item.path, RunError("ended the process that worked on it", item.path, FAULT))
