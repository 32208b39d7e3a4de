"""Progress on stderr, and worker processes that never outlive their parent."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

POLL = 0.5  # seconds between two looks at the parent
WORKER_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYBAMM_DISABLE_TELEMETRY": "true"}


@contextlib.contextmanager
def progress(total: int, label: str, enabled: bool = True) -> Iterator[Callable[..., None]]:
    """Show how far ``label`` has come; nothing ever goes to stdout.

    A bar where stderr is a terminal, else one line at the end.

    Yields
    ------
    ``advance(n=1)``
    """
    if enabled and sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), redirect_stdout=False, redirect_stderr=False) as bar:
            task = bar.add_task(label, total=total)

            def move(n: int = 1) -> None:
                bar.advance(task, n)

            yield move
        return
    done = 0

    def count(n: int = 1) -> None:
        nonlocal done
        done += n

    try:
        yield count
    finally:
        if enabled:
            sys.stderr.write(f"{label}: {done}/{total}\n")


@contextlib.contextmanager
def workers(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """``jobs`` worker processes, one thread each, that end when this process ends, even by SIGKILL.

    On an exception futures not yet begun are cancelled; on KeyboardInterrupt the running workers are ended too.

    Raises
    ------
    InputError : fewer than one job.
    """
    if jobs < 1:
        raise InputError(f"jobs is {jobs}", cure="Give one or more.")
    before = {name: os.environ.get(name) for name in WORKER_ENVIRONMENT}
    others = set(multiprocessing.active_children())
    os.environ.update(WORKER_ENVIRONMENT)
    try:
        pool = ProcessPoolExecutor(
            jobs, multiprocessing.get_context("spawn"), initializer=_begin_worker, initargs=(os.getpid(),)
        )
        try:
            yield pool
        except KeyboardInterrupt:
            for child in set(multiprocessing.active_children()) - others:
                child.terminate()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=sys.exc_info()[0] is not None)
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _begin_worker(parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(POLL)
    os._exit(1)
