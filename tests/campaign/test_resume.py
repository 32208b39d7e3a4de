"""A campaign ends in the same files, byte for byte, whatever interrupted it and wherever it ran."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = [sys.executable, "-c", "from honeycell.cli import main; main()", "run", "hj-1-0", "--quick"]
FILM = ["--only", "film"]
SAME = ("ledger.json", "results.json", "report.html")


def command(out: Path, *options: str, stages: list[str] = FILM) -> list[str]:
    return [*COMMAND, *stages, "--out", str(out), *options]


def run(out: Path, *options: str, stages: list[str] = FILM) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(out, *options, stages=stages), capture_output=True, text=True, timeout=240)


def run_well(out: Path, *options: str, stages: list[str] = FILM) -> None:
    done = run(out, *options, stages=stages)
    assert done.returncode == 0, done.stderr


def run_and_kill(out: Path, after: float, stages: list[str] = FILM) -> int:
    with subprocess.Popen(command(out, stages=stages), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            return process.wait(after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            return process.wait(30)


def contents(out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in SAME}


def digests(out: Path) -> dict[str, tuple[str, int]]:
    """Hash and time of writing of every file but the lock."""
    return {
        str(path.relative_to(out)): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in out.rglob("*")
        if path.is_file() and path.name != "run.lock"
    }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("undisturbed") / "run"
    run_well(out)
    return out


def test_a_run_killed_again_and_again_ends_in_the_same_files(tmp_path: Path, undisturbed: Path) -> None:
    """Begun by two processes and ended by one, in another folder."""
    out = tmp_path / "elsewhere" / "run"
    codes = [run_and_kill(out, after) for after in (0.5, 3.5)]
    assert codes[0] == -signal.SIGKILL
    run_well(out, "--jobs", "1")
    assert contents(out) == contents(undisturbed)
    assert not list(out.rglob("*.honeycell.tmp"))


@pytest.mark.slow
@pytest.mark.parametrize("after", [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0])
def test_a_run_killed_once_ends_in_the_same_files(tmp_path: Path, undisturbed: Path, after: float) -> None:
    run_and_kill(tmp_path, after)
    run_well(tmp_path)
    assert contents(tmp_path) == contents(undisturbed)


@pytest.mark.slow
def test_a_run_with_a_cell_resumes_too(tmp_path: Path) -> None:
    run_well(tmp_path / "whole", stages=[])
    for after in (2.0, 5.0, 8.0, 12.0):
        run_and_kill(tmp_path / "killed", after, stages=[])
    run_well(tmp_path / "killed", stages=[])
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


@pytest.mark.slow
def test_one_process_or_two_one_folder_or_another_make_no_difference(tmp_path: Path, undisturbed: Path) -> None:
    run_well(tmp_path / "elsewhere" / "run", "--jobs", "1")
    assert contents(tmp_path / "elsewhere" / "run") == contents(undisturbed)


@pytest.mark.slow
def test_another_seed_gives_other_draws(tmp_path: Path, undisturbed: Path) -> None:
    run_well(tmp_path / "run", "--seed", "2")
    assert contents(tmp_path / "run")["results.json"] != contents(undisturbed)["results.json"]


def test_no_folder_name_or_time_gets_into_the_files(undisturbed: Path) -> None:
    for content in contents(undisturbed).values():
        assert str(undisturbed).encode() not in content
        assert time.strftime("%Y-%m-%d").encode() not in content


def test_a_whole_run_is_found_whole_and_another_seed_refused(undisturbed: Path) -> None:
    before = digests(undisturbed)
    done = run(undisturbed, "--seed", "2")
    assert done.returncode == 2
    assert "--fresh" in done.stderr
    assert "seed" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert digests(undisturbed) == before
    run_well(undisturbed)
    assert digests(undisturbed) == before


def test_a_second_run_in_a_held_folder_is_turned_away(tmp_path: Path) -> None:
    lock = tmp_path / "run.lock"
    with subprocess.Popen(command(tmp_path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as first:
        try:
            until = time.monotonic() + 60.0
            while not (lock.exists() and lock.read_text() == f"{first.pid}\n"):
                assert first.poll() is None
                assert time.monotonic() < until
                time.sleep(0.02)
            first.send_signal(signal.SIGSTOP)
            second = run(tmp_path)
        finally:
            first.kill()
    assert second.returncode == 2
    assert len(second.stderr.splitlines()) == 1
    assert str(first.pid) in second.stderr
    assert "Traceback" not in second.stderr
