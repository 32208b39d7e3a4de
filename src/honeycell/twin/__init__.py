"""The chain, as the experimental section of a paper: recipe, film, structure, properties, cell, instruments."""

from honeycell.twin.bench import Bench
from honeycell.twin.film import look_at, make_film
from honeycell.twin.marks import Records, stamped
from honeycell.twin.measurements import MEASUREMENTS, measure, measure_cell

__all__ = ["MEASUREMENTS", "Bench", "Records", "look_at", "make_film", "measure", "measure_cell", "stamped"]
