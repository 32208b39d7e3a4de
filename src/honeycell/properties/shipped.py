"""Computes what ships with the package from long calculations: ``python -m honeycell.properties.shipped [--quenches] [--jobs N]``.

Without ``--quenches`` only what the shipped quench library conducts, in some minutes; with it the library too, in some minutes more. Files are
replaced whole.
"""

from __future__ import annotations

import argparse
import tempfile
from importlib.resources import files
from pathlib import Path

from honeycell.properties.pore_conduction import NAME, compute_conduction, write_conduction
from honeycell.runs.folder import write_atomic


def main() -> None:
    """Compute and write."""
    parser = argparse.ArgumentParser(prog="python -m honeycell.properties.shipped", description=__doc__)
    parser.add_argument("--quenches", action="store_true", help="the quench library too")
    parser.add_argument("--jobs", type=int, default=2, help="worker processes")
    given = parser.parse_args()
    if given.quenches:
        renew_library(given.jobs)
    place = Path(str(files("honeycell.properties"))) / NAME
    write_conduction(compute_conduction(given.jobs), lambda text: write_atomic(place, text))


def renew_library(jobs: int) -> None:
    """The quench library of the present tables, in place of the shipped one."""
    from honeycell.data.tables import load_parameters
    from honeycell.film.quench_library import compute_library, library_mixture
    from honeycell.film.quench_store import NAME as LIBRARY
    from honeycell.film.quench_store import load_library, write_library
    from honeycell.recipe.library import load

    library = compute_library(library_mixture(load_parameters().with_values(load("hj-4-6").values())), jobs)
    with tempfile.TemporaryDirectory() as made:
        write_library(library, Path(made))
        for end in ("npz", "json"):  # numbers first: a description without its numbers is refused
            name = f"{LIBRARY}.{end}"
            write_atomic(Path(str(files("honeycell.film"))) / name, (Path(made) / name).read_bytes())
    load_library.cache_clear()


if __name__ == "__main__":
    main()
