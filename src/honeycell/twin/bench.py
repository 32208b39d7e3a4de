"""One sample on the bench: its film and its cells, shared by everything that is measured on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from honeycell.cell.ageing import mechanisms
from honeycell.cell.model import HalfCell
from honeycell.cell.symmetric import SymmetricCell
from honeycell.runs.seeds import generator

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from numpy.random import Generator

    from honeycell.cell.ageing.base import Mechanism
    from honeycell.data.parameters import Parameters
    from honeycell.recipe.models import Recipe
    from honeycell.twin.marks import Records

# Of the integration: voltages are within 4 uV, currents of a sweep within 0.04 % of the largest. At 1e-5 a sweep runs past the begin of a peak.
TOLERANCE = 3e-6
TEMPERATURE = "recipe.cell.temperature"


@dataclass
class Bench:
    """A sample's film, and the cells made with it when they are first asked for; a cell of one temperature is built once.

    Parameters
    ----------
    recipe : the sample.
    tables : tables alone; the recipe's values are laid over them here.
    film : records of :func:`honeycell.twin.make_film`.
    seed, repeat : of the instruments' noise; ``repeat`` names another draw of it.
    brief : measure no more than the ledger's numbers need: the ends of a family of sweeps, one polarisation, one temperature.
    """

    recipe: Recipe
    tables: Parameters
    film: Records
    seed: int
    repeat: str = ""
    brief: bool = False
    lived: dict[float, xr.Dataset] = field(default_factory=dict, repr=False)  # lives so far, by temperature [K]
    _cells: dict[Any, HalfCell] = field(default_factory=dict, repr=False)

    @cached_property
    def parameters(self) -> Parameters:
        """Tables and recipe together."""
        return self.tables.with_values(self.recipe.values())

    @property
    def properties(self) -> xr.Dataset:
        """Of the swollen film."""
        return self.film["properties"]

    def at(self, temperature: float | None = None) -> Parameters:
        """Tables and recipe with the cell at ``temperature`` [K], the recipe's where it is None."""
        return self.parameters if temperature is None else self.parameters.replace({TEMPERATURE: temperature})

    def half_cell(self, temperature: float | None = None) -> HalfCell:
        """Sodium, film and cathode, fresh, with the recipe's mechanisms of ageing, at ``temperature`` [K], the recipe's where it is None."""
        own = self.parameters.describe(TEMPERATURE).value
        key = own if temperature is None else temperature
        if key not in self._cells:
            view = self.at(None if key == own else temperature).view()
            self._cells[key] = self.built(view, mechanisms(view, self.properties))
        return self._cells[key]

    def built(self, view: Parameters, ageing: Sequence[Mechanism]) -> HalfCell:
        """A cell with the sample's film that is not kept: other values, or other ageing."""
        grid = "coarse" if self.brief else "fine"
        return HalfCell(view, self.properties, ageing, tolerance=TOLERANCE, grid=grid)

    @cached_property
    def symmetric_cell(self) -> SymmetricCell:
        """Sodium, film and sodium, with the film's liquid and conductivity as they are at each depth."""
        return SymmetricCell(self.parameters.view(), self.properties, self.properties)

    def rng(self, record: str) -> Generator:
        """Noise of the record of that name."""
        return generator(self.seed, self.recipe.name, record, self.repeat)

    def setting(self, record: str) -> dict[str, Any]:
        """What every instrument is told of a record: sample, noise and the film it descends from."""
        return {"sample": self.recipe.name, "rng": self.rng(record), "consumed": [self.properties]}
