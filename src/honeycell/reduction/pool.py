"""Chunks of work over processes, in order; a crash costs the one item that causes it."""

from __future__ import annotations

import functools
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, TypeVar

from honeycell.runs.progress import workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_order(
    function: Callable[[Sequence[Item]], list[Result]],
    chunks: Sequence[Sequence[Item]],
    jobs: int,
    lost: Callable[[Item], Result],
) -> Iterator[list[Result]]:
    """``function(chunk)`` of each chunk, in the order of ``chunks``; here where ``jobs`` is 1, else in worker processes.

    Parameters
    ----------
    function : gives one result per item; it and the items must be picklable where ``jobs`` exceeds 1.
    lost : the result of an item that ends the process that works on it.
    """
    if jobs == 1:
        yield from (function(chunk) for chunk in chunks)
        return
    done = 0
    try:
        with workers(min(jobs, len(chunks))) as pool:
            for future in [pool.submit(function, chunk) for chunk in chunks]:
                result = future.result()
                done += 1
                yield result
    except BrokenProcessPool:
        for chunk in chunks[done:]:
            yield _isolated(function, chunk, lost)


def _isolated(
    function: Callable[[Sequence[Item]], list[Result]], chunk: Sequence[Item], lost: Callable[[Item], Result]
) -> list[Result]:
    """Results of a chunk in a process of its own, halved until the item that ends the process stands alone."""
    try:
        with workers(1) as pool:
            return pool.submit(function, chunk).result()
    except BrokenProcessPool:
        if len(chunk) == 1:
            return [lost(chunk[0])]
    half = len(chunk) // 2
    parts = (_isolated(function, part, lost) for part in (chunk[:half], chunk[half:]))
    return functools.reduce(lambda left, right: left + right, parts)
