"""Runs: a folder that survives being killed, its lock, seeds, progress and worker processes."""

from __future__ import annotations

from honeycell.runs.folder import RunFolder, write_atomic
from honeycell.runs.lock import locked
from honeycell.runs.progress import progress, workers
from honeycell.runs.seeds import generator

__all__ = ["RunFolder", "generator", "locked", "progress", "workers", "write_atomic"]
