"""The worker processes of a run, begun once and kept for all its parts: to begin one costs seconds."""

from __future__ import annotations

import contextlib
from concurrent.futures import as_completed
from typing import TYPE_CHECKING, Any

from honeycell.runs.progress import workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import ProcessPoolExecutor


class Team:
    """``jobs`` processes that begin when there is first something for more than one of them. A context: they end with it."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self._stack = contextlib.ExitStack()
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Team:
        self._stack.__enter__()
        return self

    def __exit__(self, *error: Any) -> Any:
        return self._stack.__exit__(*error)

    def each(self, function: Callable[..., Any], calls: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, Any]]:
        """Place and result of ``function(*call)`` for each call, as they are done; in this process where there is only one of either.

        Raises
        ------
        What the function raises; calls not yet begun are then left out.
        """
        if self.jobs == 1 or len(calls) < 2:
            for place, call in enumerate(calls):
                yield place, function(*call)
            return
        if self._pool is None:
            self._pool = self._stack.enter_context(workers(self.jobs))
        waiting = {self._pool.submit(function, *call): place for place, call in enumerate(calls)}
        try:
            for future in as_completed(waiting):
                yield waiting[future], future.result()
        finally:
            for future in waiting:
                future.cancel()
