"""Runs the benchmarks: ``python benchmarks/run.py [--only NAME]``. Prints a table and writes build/bench.json."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import traceback
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PEERS = ("numpy", "scipy", "impedance", "pyimpspec", "porespy", "cellpy", "batterydf", "fastnda", "py-pde")


def main() -> int:
    """Exit status 0 unless a benchmark broke; a goal missed or a peer not there is a row, not an error."""
    names = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    parser = argparse.ArgumentParser(description="ours and peers, interleaved in one run")
    parser.add_argument("--only", choices=names, help="run this one")
    parser.add_argument("--out", type=Path, default=HERE.parent / "build" / "bench.json")
    asked = parser.parse_args()
    # one thread on small matrices, as the command line has it; the peers' own loops are not touched by it
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.path.insert(0, str(HERE))  # benchmarks import forge and harness by their plain names, also in child processes
    print(f"{platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {versions()}")
    rows: list[dict[str, Any]] = []
    broken = 0
    for name in [asked.only] if asked.only else names:
        try:
            found = import_module(f"bench_{name}").rows()
        except Exception:
            # one benchmark that breaks must not cost the others their numbers
            traceback.print_exc()
            broken += 1
            continue
        show(found)
        rows.extend(found)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{len(rows)} rows in {asked.out}")
    return 1 if broken else 0


def versions() -> str:
    said = []
    for peer in PEERS:
        try:
            said.append(f"{peer} {metadata.version(peer)}")
        except metadata.PackageNotFoundError:
            said.append(f"{peer} not installed")
    return ", ".join(said)


def show(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        ours = row["ours"] if row["ours"] is not None else seconds(row["ours_seconds"])
        peer = f"{row['peer']} {seconds(row['peer_seconds'])}" if row["peer"] else ""
        ratio = f"x{row['ratio']:.3g}" if row["ratio"] else ""
        met = {True: "met", False: "MISSED", None: ""}[row["met"]]
        memory = f"{row['memory_mb']:.0f} MB" if row["memory_mb"] else ""
        print(
            f"{row['name']:<10} {row['what']:<66} {ours!s:>10}  {peer:<26} {ratio:>8} {row['goal'] or '':<16} {met:<6} {memory}"
        )
        if row["note"]:
            print(f"{'':<11}{row['note']}")
    sys.stdout.flush()


def seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g} s"


if __name__ == "__main__":
    sys.exit(main())
