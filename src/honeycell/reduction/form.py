"""A reduction as the JSON object that ``honeycell reduce --json`` prints."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from honeycell.analysis.result import Estimate
from honeycell.plot.wording import shown_as
from honeycell.quantities.record import flags_of

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.analysis.result import Reduction
    from honeycell.quantities.errors import HoneycellError

_LINE_ENDS = {sign: f"\\u{sign:04x}" for sign in (0x85, 0x2028, 0x2029)}


DRAWN_ONLY = re.compile("curve(_.*)?")  # tables of such a name are for the figure only
CONTRACT = {"angstrom": "A"}  # units whose sign in the output is fixed; of lengths, an ampere is none


def result_object(path: str, record: xr.Dataset, reduction: Reduction) -> dict[str, Any]:
    """The result of one file, in display units, made of plain finite JSON values.

    Parameters
    ----------
    path : the file as its user named it.
    record : as read; its attributes ``file_sha256``, ``format`` and ``flags`` (JSON list) go into the object.
    """
    return {
        "file": printable(path),
        "sha256": plain(record.attrs.get("file_sha256")),
        "technique": reduction.technique,
        "format": plain(record.attrs.get("format")),
        "quantities": [quantity_object(each) for each in reduction.quantities],
        "tables": {
            str(name): plain(rows) for name, rows in reduction.tables.items() if not DRAWN_ONLY.fullmatch(str(name))
        },
        "flags": list(dict.fromkeys([*flags_of(record), *reduction.flags])),
        "alternatives": plain(reduction.alternatives),
    }


def error_object(path: str, error: HoneycellError) -> dict[str, Any]:
    """What a file that could not be reduced gives instead."""
    return {"file": printable(path), "error": {key: printable(text) for key, text in error.as_dict().items()}}


def quantity_object(estimate: Estimate) -> dict[str, Any]:
    """One quantity in its display unit."""
    value, unit, error, interval = shown_as(estimate)
    return {
        "name": estimate.name,
        "value": plain(value),
        "unit": CONTRACT.get(unit, unit),
        "standard_error": plain(error),
        "interval_95": plain(interval),
        "method": estimate.method,
        "flags": list(estimate.flags),
    }


def plain(content: Any) -> Any:
    """``content`` as plain JSON values; numbers that are not finite become null.

    >>> plain({"a": (1.0, float("nan")), 2: None})
    {'a': [1.0, None], '2': None}
    """
    kind = type(content)
    if kind is float:  # nearly everything in a table
        return content if math.isfinite(content) else None
    if content is None or kind in (bool, str, int):
        return content
    if kind is dict:
        return {
            str(key): each if type(each) is float and math.isfinite(each) else plain(each)
            for key, each in content.items()
        }
    if isinstance(content, Estimate):
        return quantity_object(content)
    if isinstance(content, Mapping):
        return {str(key): plain(each) for key, each in content.items()}
    if hasattr(content, "tolist"):  # arrays and scalars of numpy
        return plain(content.tolist())
    if isinstance(content, list | tuple | set | frozenset):
        return [plain(each) for each in content]
    return str(content)


def printable(text: str) -> str:
    """Text that UTF-8 can hold, whatever bytes a file name was made of."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def json_line(content: Mapping[str, Any]) -> str:
    """One line of JSON, without its end; signs that some programs take for line ends are escaped."""
    line = printable(json.dumps(content, ensure_ascii=False, allow_nan=False))
    return line.translate(_LINE_ENDS)
