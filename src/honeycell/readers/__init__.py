"""A file in, a record out: ``read(path)`` finds the format by content and gives an ``xarray.Dataset``.

Every module of this package is looked through for readers, and so is the entry point group ``honeycell.readers`` of other
packages; a new format is one new file.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any

from honeycell.quantities.errors import HoneycellError, InputError, ReadError
from honeycell.quantities.schema import SCHEMAS
from honeycell.quantities.schema import techniques as schemas_by_technique
from honeycell.readers.base import Reader
from honeycell.readers.source import Source
from honeycell.readers.table import RowError

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

__all__ = ["Reader", "Source", "formats", "read", "read_source", "techniques"]

GROUP = "honeycell.readers"
TECHNIQUES = schemas_by_technique()


def read(path: str | Path, technique: str | None = None) -> xr.Dataset:
    """The record in a file of any known format.

    Parameters
    ----------
    path : the file.
    technique : what it is, when the content does not say so (three bare columns are a spectrum only as ``"impedance"``).

    Returns
    -------
    A record; see :mod:`honeycell.quantities.schema`. Its attributes ``format``, ``file_name`` and ``file_sha256`` say whence.

    Raises
    ------
    ReadError : the file is missing, damaged or of no known format.
    InputError : ``technique`` is unknown or contradicts the file.
    """
    return read_source(Source.open(path), technique)


def read_source(source: Source, technique: str | None = None) -> xr.Dataset:
    """:func:`read` of a file already in memory."""
    if technique is not None and technique not in TECHNIQUES:
        raise InputError(f"unknown technique {technique!r}", source.name, f"Known: {', '.join(TECHNIQUES)}.")
    reader = _reader_of(source, technique)
    if source.glimpse is not source:
        _try_beginning(reader, source.glimpse)
    record = reader.read(source)
    schema = str(record.attrs["schema"])
    if technique is not None and schema not in TECHNIQUES[technique]:
        kind = SCHEMAS[schema].technique or schema
        raise InputError(f"is {kind}, not {technique}", source.name, f"Leave out the technique or say {kind}.")
    return record


def _try_beginning(reader: Reader, beginning: Source) -> None:
    """Refuse a large text by a row of its beginning, before gigabytes go into the rest; what else is amiss the whole will tell."""
    try:
        reader.read(beginning)
    except RowError:
        raise
    except (HoneycellError, AssertionError):
        return


def formats() -> dict[str, str]:
    """Name to title of every format that can be read."""
    return {reader.name: reader.title for reader in _readers()}


def techniques() -> tuple[str, ...]:
    """What :func:`read` accepts as ``technique``."""
    return tuple(TECHNIQUES)


def _reader_of(source: Source, technique: str | None) -> Reader:
    needing: list[Reader] = []
    seen = source.glimpse
    for rank in sorted({reader.rank for reader in _readers()}):
        found = [reader for reader in _readers() if reader.rank == rank and reader.recognises(seen)]
        needing += [reader for reader in found if reader.only_as not in (None, technique)]
        found = [reader for reader in found if reader.only_as in (None, technique)]
        if len(found) > 1 and technique is not None:
            suiting = set(TECHNIQUES[technique])
            found = [reader for reader in found if suiting & set(reader.schemas)] or found
        if len(found) > 1:
            found = [reader for reader in found if source.suffix in reader.suffixes] or found
        if len(found) > 1:
            names = " and ".join(sorted(reader.name for reader in found))
            raise ReadError(f"is recognised as {names} at once", source.name, "Say which with --as, or its suffix.")
        if found:
            return found[0]
    if needing:
        titles = " or ".join(reader.title for reader in needing)
        choices = " or ".join(dict.fromkeys(f"--as {reader.only_as}" for reader in needing))
        raise ReadError(
            f"looks like {titles}, which does not say what was measured",
            source.name,
            f"Say {choices} if it is that, or label the columns.",
        )
    if not source.is_text:
        _ = source.text  # raises, saying what it looks like
    known = "; ".join(formats().values())
    raise ReadError(f"is in none of the formats tried ({', '.join(formats())})", source.name, f"Known: {known}.")


@cache
def _readers() -> tuple[Reader, ...]:
    """One instance of every reader, ours first, in the order of their names."""
    modules = (importlib.import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__))
    ours = [each for module in modules for each in _in_module(module)]
    others = [each for entry in metadata.entry_points(group=GROUP) for each in _in_entry(entry)]
    return tuple(each() for group in (ours, others) for each in sorted(group, key=lambda each: each.name))


def _in_module(module: Any) -> list[type[Reader]]:
    return [
        each
        for each in vars(module).values()
        if inspect.isclass(each)
        and issubclass(each, Reader)
        and not inspect.isabstract(each)
        and each.__module__ == module.__name__
    ]


def _in_entry(entry: metadata.EntryPoint) -> list[type[Reader]]:
    """Readers of another package: the entry point names a reader or a module of them."""
    try:
        loaded = entry.load()
    except Exception as error:  # whatever somebody else's module raises
        what = f"cannot be loaded ({type(error).__name__}: {error})"
        raise InputError(what, f"reader {entry.name!r} ({entry.value})", "Repair or uninstall its package.") from None
    return [loaded] if inspect.isclass(loaded) and issubclass(loaded, Reader) else _in_module(loaded)
