"""Where a cell stands: enough numbers to go on from there, in another process or with another model."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from honeycell.quantities.errors import InputError
from honeycell.quantities.record import Ancestry, make_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr

Array = NDArray[np.float64]
INSTRUMENT = "cell_state"


@dataclass(frozen=True)
class State:
    """Numbers and arrays that a cell can be started from.

    ``model`` that computed it; ``temperature`` [K]; ``time`` since assembly [s]; ``particles``: filling of the accessible sites [1], by
    shell from the centre, or by place and shell; ``salt``: per volume of film and cathode, porosity included [mol/m3], by place from
    the sodium; ``ageing``: value of every ageing state by name, in its mechanism's unit; ``rest``: what the solver keeps besides, by
    its own names (potential differences, currents, charge passed), needed to go on without a ripple and only by the same model.
    """

    model: str
    temperature: float
    time: float
    particles: Array
    salt: Array
    ageing: Mapping[str, float] = field(default_factory=dict)
    rest: Mapping[str, Array] = field(default_factory=dict)

    @property
    def filling(self) -> float:
        """Mean filling of the accessible sites [1]; shells have equal thickness, places equal width."""
        edges = np.linspace(0.0, 1.0, self.particles.shape[-1] + 1)
        return float(np.mean(self.particles @ np.diff(edges**3)))

    def to_record(self, sample: str, ancestry: Ancestry | None = None) -> xr.Dataset:
        """As a ``scalars/1`` record; :meth:`from_record` gives the same state back."""
        dims = ("place", "shell")[-self.particles.ndim :]
        variables = {
            "time": ((), self.time, "s"),
            "temperature": ((), self.temperature, "K"),
            "particles": (dims, self.particles, "1", "filling of the accessible sites"),
            "salt": (("salt_place",), self.salt, "mol/m**3", "salt per volume of film and cathode"),
        }
        variables |= {f"ageing: {name}": ((), value, "1") for name, value in self.ageing.items()}
        variables |= {f"rest: {name}": ((f"row {i}",), value, "1") for i, (name, value) in enumerate(self.rest.items())}
        names = {"model": self.model, "ageing": json.dumps(list(self.ageing)), "rest": json.dumps(list(self.rest))}
        return make_record(
            "scalars/1",
            sample=sample,
            instrument=INSTRUMENT,
            variables={_safe(name): given for name, given in variables.items()},
            ancestry=ancestry,
            attributes=names,
        )

    @classmethod
    def from_record(cls, record: xr.Dataset) -> State:
        """The state that :meth:`to_record` wrote.

        Raises
        ------
        InputError : the record is of another kind.
        """
        if record.attrs.get("instrument") != INSTRUMENT:
            what = f"record was written by {record.attrs.get('instrument')!r}, expected a cell's state"
            raise InputError(what, "cell state", "Save it with State.to_record.")
        ageing, rest = (json.loads(record.attrs[key]) for key in ("ageing", "rest"))
        return cls(
            str(record.attrs["model"]),
            float(record["temperature"]),
            float(record["time"]),
            np.asarray(record["particles"].values, dtype=float),
            np.asarray(record["salt"].values, dtype=float),
            {name: float(record[_safe(f"ageing: {name}")]) for name in ageing},
            {name: np.asarray(record[_safe(f"rest: {name}")].values, dtype=float) for name in rest},
        )


def _safe(name: str) -> str:
    """A name that netCDF takes: no slash."""
    return name.replace("/", " per ")
