"""What is measured on the cells of a campaign, side by side in worker processes."""

from __future__ import annotations

from concurrent.futures import as_completed
from typing import TYPE_CHECKING, NamedTuple

from honeycell.data.tables import load_parameters
from honeycell.runs.progress import workers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from honeycell.recipe.models import Recipe
    from honeycell.twin import Bench, Records

_benches: dict[str, Bench] = {}


class Task(NamedTuple):
    """One measurement on the cell of one sample, with the records of its film."""

    recipe: Recipe
    film: Records
    measurement: str


def measure_cells(tasks: Sequence[Task], seed: int, jobs: int) -> Iterator[tuple[Task, Records]]:
    """Each task with its records, as they are done; the records do not depend on ``jobs``.

    Raises
    ------
    NotConverged, InputError : a measurement failed; those not yet begun are left out.
    """
    if jobs < 2 or len(tasks) < 2:
        _benches.clear()
        for task in tasks:
            yield task, _measured(task, seed)
        _benches.clear()
        return
    with workers(jobs) as pool:
        waiting = {pool.submit(_measured, task, seed): task for task in tasks}
        for future in as_completed(waiting):
            yield waiting[future], future.result()


def _measured(task: Task, seed: int) -> Records:
    """In a worker; its cells are kept for its next task on the same sample."""
    from honeycell.twin import Bench, measure

    name = task.recipe.name
    if name not in _benches:
        _benches[name] = Bench(task.recipe, load_parameters(), task.film, seed)
    return measure(_benches[name], task.measurement)
