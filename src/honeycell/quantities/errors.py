"""What can go wrong, said so that a chemist can act on it.

Every error states what came, where, and what would do. ``exit_code`` is what the command line
returns: 1 the run failed, 2 the input was bad.
"""

from __future__ import annotations


class HoneycellError(Exception):
    """Base of all our errors: ``what`` came, ``where``, and a ``cure``."""

    exit_code = 1

    def __init__(self, what: str, where: str = "", cure: str = "") -> None:
        self.what, self.where, self.cure = what, where, cure
        super().__init__(what, where, cure)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        cure = f" {self.cure}" if self.cure else ""
        return f"{place}{self.what}.{cure}"

    def as_dict(self) -> dict[str, str]:
        """The ``error`` object of ``--json`` output."""
        return {"what": self.what, "where": self.where, "cure": self.cure}


class InputError(HoneycellError):
    """A recipe, an option or a setting cannot be used as given."""

    exit_code = 2


class ReadError(HoneycellError):
    """A file cannot be read."""

    exit_code = 2


class TableError(HoneycellError):
    """A data table shipped or supplied is damaged or inconsistent."""

    exit_code = 2


class SchemaError(HoneycellError):
    """A record does not have the form its schema promises."""


class RunError(HoneycellError):
    """A run could not go on (storage, a stage, a worker)."""


class NotConverged(HoneycellError):
    """A numerical method stopped before its tolerance; never returned as a result."""


class OutOfRangeWarning(UserWarning):
    """A relation was used outside the range its source states."""
