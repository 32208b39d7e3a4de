"""A member of the family of circuits that are tried where none is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from honeycell.analysis.impedance.circuit import parse_circuit

if TYPE_CHECKING:
    from honeycell.analysis.impedance.circuit import Circuit

MOST_ARCS = 3
DIFFUSION = ("W", "Wo", "Ws")


@dataclass(frozen=True, slots=True)
class Member:
    """One circuit of the family. ``tail`` in square brackets stands behind the last arc's resistance."""

    arcs: int
    tail: str = ""
    inductive: bool = False

    @property
    def circuit(self) -> Circuit:
        """The circuit itself."""
        arcs = ["(R CPE)"] * self.arcs
        if self.tail.startswith("["):
            arcs[-1] = f"([R {self.tail[1:-1]}] CPE)"
        series = ["L"] * self.inductive + ["R", *arcs] + [self.tail] * (self.tail != "" and self.tail[0] != "[")
        return parse_circuit("-".join(series))

    @property
    def exists(self) -> bool:
        """A tail behind an arc needs one."""
        return self.arcs > 0 or not self.tail.startswith("[")
