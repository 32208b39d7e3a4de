"""Rows of a result table as comma-separated text."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def table_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows under the names of all their columns, in the order in which those first come; numbers in full.

    >>> print(table_text([{"frequency / Hz": 10.0, "weight": 1}, {"frequency / Hz": 1.0}]), end="")
    frequency / Hz,weight
    10.0,1
    1.0,
    """
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
