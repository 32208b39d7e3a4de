"""A thousand files from the command line: everything counts, from the start of Python to the last line of JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import forge
from harness import at_least, at_most, row, run_process

if TYPE_CHECKING:
    from forge import Case

NAME = "batch"
FILES = 1000
JOBS = 2
SECONDS = 20.0
RIGHT = 0.95
HEADER = "Frequency / Hz,Real Impedance / ohm,Imaginary Impedance / ohm"
TARGETS = {"series_resistance": "R0", "arc_2_resistance": "R2", "warburg_coefficient": "sigma"}


def rows() -> list[dict[str, Any]]:
    half = FILES // 2
    cases = forge.reference(half, 0.002, seed=5) + forge.drawn("two arcs and Warburg", FILES - half, 0.002, seed=5)
    with TemporaryDirectory() as folder:
        paths = [write(case, Path(folder) / f"{i:04d}.csv") for i, case in enumerate(cases)]
        command = [str(Path(sys.executable).with_name("honeycell")), "reduce", "--json", "--jobs", str(JOBS), *paths]
        try:
            seconds, memory, out, err, status = run_process(command)
        except OSError as error:
            return [row(NAME, "honeycell reduce", note=f"not run: {error}")]
    what = f"{FILES} files of 60 points, reduce --json --jobs {JOBS}, whole process"
    reduced = [json.loads(line) for line in out.splitlines() if line.startswith(b"{")]
    good = [("error" not in one) for one in reduced]
    if status not in (0, 1) or len(reduced) != FILES:
        said = err.decode(errors="replace").strip().splitlines()[-1:] or ["nothing on stderr"]
        note = f"exit status {status}, {len(reduced)} of {FILES} answers: {said[0][:200]}"
        return [row(NAME, what, **at_most(None, SECONDS), note=note)]
    share = sum(case.right(targets(one)) for case, one in zip(cases, reduced, strict=True)) / FILES
    return [
        row(NAME, what, ours_seconds=seconds, **at_most(seconds, SECONDS), memory_mb=memory),
        row(NAME, "files reduced", ours=sum(good), **at_least(sum(good), FILES)),
        row(NAME, "share right, circuit chosen", ours=round(share, 3), **at_least(share, RIGHT)),
    ]


def write(case: Case, path: Path) -> str:
    table = zip(case.frequency, case.impedance.real, case.impedance.imag, strict=True)
    lines = [HEADER, *(f"{f:.9g},{x:.9g},{y:.9g}" for f, x, y in table)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def targets(one: dict[str, Any]) -> dict[str, float]:
    """The forge's names for the quantities of one answer; a quantity without a number is left out."""
    return {
        TARGETS[quantity["name"]]: quantity["value"]
        for quantity in one.get("quantities", ())
        if quantity["name"] in TARGETS and quantity["value"] is not None
    }
