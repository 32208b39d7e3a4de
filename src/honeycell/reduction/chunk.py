"""One chunk of files, start to end: what a worker process does."""

from __future__ import annotations

import copy
import sys
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from honeycell.quantities.errors import HoneycellError, RunError
from honeycell.reduction.form import error_object, result_object
from honeycell.reduction.output import write_figure, write_tables
from honeycell.reduction.phases import with_structures

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import xarray as xr

    from honeycell.analysis.result import Reduction
    from honeycell.quantities.value import Value
    from honeycell.reduction.output import Place

FAULT = "This is a fault of honeycell: please report it with the file and what --debug prints."


@dataclass(frozen=True, slots=True)
class Item:
    """One file to reduce; ``settings`` is the error where its ``sample.toml`` cannot be used."""

    path: str
    settings: Mapping[str, Value] | HoneycellError = field(default_factory=dict)
    place: Place | None = None


def reduce_chunk(
    items: Sequence[Item], technique: str | None = None, series: bool = False, debug: bool = False
) -> list[dict[str, Any]]:
    """The JSON object of each of ``items``; nothing that one file does is raised.

    Parameters
    ----------
    series : reduce all of them together.
    debug : print the traceback of an unexpected fault on stderr.
    """
    from honeycell.readers import read

    def load(item: Item) -> tuple[xr.Dataset, Mapping[str, Value]]:
        if isinstance(item.settings, HoneycellError):
            raise item.settings
        return read(item.path, technique), with_structures(item.settings, item.path)

    loaded = [_guarded(item.path, debug, load, item) for item in items]
    good = [each for each in loaded if not isinstance(each, HoneycellError)]
    reductions = iter((_together if series else _each)(good, debug))
    results: list[dict[str, Any]] = []
    for item, entry in zip(items, loaded, strict=True):
        found: Any = entry
        if not isinstance(entry, HoneycellError):
            found = next(reductions)
            if not isinstance(found, HoneycellError):
                found = _guarded(item.path, debug, _finish, item, entry[0], found, debug)
        results.append(
            error_object(item.path, _placed(found, item.path)) if isinstance(found, HoneycellError) else found
        )
    return results


def _each(good: Sequence[tuple[xr.Dataset, Mapping[str, Value]]], debug: bool) -> Sequence[Reduction | HoneycellError]:
    from honeycell.analysis import reduce, reduce_many

    if not good:
        return []
    together = _guarded("", False, reduce_many, [record for record, _ in good], [settings for _, settings in good])
    if not isinstance(together, HoneycellError):
        return together
    return [_guarded("", debug, reduce, record, settings) for record, settings in good]


def _together(
    good: Sequence[tuple[xr.Dataset, Mapping[str, Value]]], debug: bool
) -> Sequence[Reduction | HoneycellError]:
    from honeycell.analysis import reduce_series

    records, settings = [record for record, _ in good], [own for _, own in good]
    found = _guarded("", debug, reduce_series, records, settings) if good else []
    if not isinstance(found, HoneycellError):
        return found
    # one that cannot be reduced alone does not cost the others their series
    alone = [_each([one], False)[0] for one in good]
    whole = [one for one, result in zip(good, alone, strict=True) if not isinstance(result, HoneycellError)]
    if len(whole) == len(good):
        return [copy.copy(found) for _ in good]
    rest = iter(_together(whole, debug))
    return [result if isinstance(result, HoneycellError) else next(rest) for result in alone]


def _finish(item: Item, record: xr.Dataset, reduction: Reduction, debug: bool) -> dict[str, Any]:
    result = result_object(item.path, record, reduction)
    if item.place is not None:
        write_tables(item.place, result["tables"])
        drawn = _guarded(item.path, debug, write_figure, item.place, record, reduction)
        if isinstance(drawn, HoneycellError):
            result["flags"].append(f"no_figure: {drawn.what}")
    return result


def _guarded(path: str, debug: bool, function: Callable[..., Any], *given: Any) -> Any:
    """``function(*given)``, or the error it raised; one that is not ours becomes a :class:`RunError` at ``path``."""
    try:
        return function(*given)
    except HoneycellError as error:
        return error
    except Exception as error:  # whatever a file may provoke: it must not cost the other files
        if debug:
            traceback.print_exc(file=sys.stderr)
        return RunError(f"failed unexpectedly ({type(error).__name__}: {error})", path, FAULT)


def _placed(error: HoneycellError, path: str) -> HoneycellError:
    """``error`` with its file named."""
    if path not in error.where:
        error.where = f"{path}, {error.where}" if error.where else path
    return error
