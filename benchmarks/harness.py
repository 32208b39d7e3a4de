"""What every benchmark needs: rows of one form, clocks that take turns, peers that may be missing."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

KEYS = ("name", "what", "ours_seconds", "peer", "peer_seconds", "ratio", "goal", "met", "memory_mb", "ours", "note")


def row(name: str, what: str, **numbers: Any) -> dict[str, Any]:
    """One row; ``ratio`` is how many times the peer's time is ours. Keys left out are null."""
    unknown = set(numbers) - set(KEYS)
    if unknown:
        raise KeyError(f"no such column: {sorted(unknown)}")
    made = {**dict.fromkeys(KEYS), "name": name, "what": what, **numbers}
    if made["ours_seconds"] and made["peer_seconds"] and made["ratio"] is None:
        made["ratio"] = made["peer_seconds"] / made["ours_seconds"]
    return made


def at_most(value: float | None, limit: float, unit: str = "s") -> dict[str, Any]:
    """``goal`` and ``met`` for something that shall not exceed a limit."""
    return {"goal": f"<= {limit:g} {unit}", "met": None if value is None else bool(value <= limit)}


def at_least(value: float | None, limit: float, unit: str = "") -> dict[str, Any]:
    """``goal`` and ``met`` for something that shall reach a limit."""
    return {"goal": f">= {limit:g} {unit}".rstrip(), "met": None if value is None else bool(value >= limit)}


def optional(module: str) -> ModuleType | str:
    """The module, or why it cannot be had: a missing peer costs its rows, not the run."""
    try:
        return import_module(module)
    except ImportError as error:
        return f"{module} cannot be imported: {error}"


def in_turns(calls: Sequence[Callable[[], object] | None], repeats: int = 5) -> list[float | None]:
    """Median seconds of each call, taken in turns so that a busy moment of the machine hits all alike; None stays None.

    The first round warms up and does not count.
    """
    taken: list[list[float]] = [[] for _ in calls]
    for turn in range(repeats + 1):
        for times, call in zip(taken, calls, strict=True):
            if call is None:
                continue
            start = time.perf_counter()
            call()
            if turn:
                times.append(time.perf_counter() - start)
    return [statistics.median(times) if times else None for times in taken]


def once(call: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds and result of one call, for what is too slow to repeat."""
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def run_process(command: Sequence[str]) -> tuple[float, float, bytes, bytes, int]:
    """Seconds, peak memory [MB], stdout, stderr and exit status of a process; the memory is that of its largest process."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        out, err = process.communicate()
    seconds = time.perf_counter() - start
    return seconds, _largest_child(), out, err, process.returncode


def memory_of(code: str) -> float | None:
    """Peak memory [MB] of a Python process that runs ``code`` in this folder and nothing else; None where it fails."""
    command = [sys.executable, "-c", f"{code}\nfrom harness import _own_peak\nprint(_own_peak())"]
    folder = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
    done = subprocess.run(command, capture_output=True, cwd=folder, text=True, check=False)
    return float(done.stdout.split()[-1]) if done.returncode == 0 else None


def _own_peak() -> float:
    """Peak memory [MB] of this process since it runs its own program: Linux hands what the parent had on to ``ru_maxrss``."""
    import resource

    try:
        with open("/proc/self/status", encoding="ascii") as file:  # noqa: PTH123
            return next(int(line.split()[1]) / 1e3 for line in file if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return _megabytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def _largest_child() -> float:
    import resource

    return _megabytes(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)


def _megabytes(usage: int) -> float:
    # Linux counts kilobytes, macOS bytes
    return usage / (1e6 if sys.platform == "darwin" else 1e3)
