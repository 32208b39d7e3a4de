from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from honeycell.recipe.library import sample_names

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., Any]

HEAVY = ("pybamm", "numba", "matplotlib", "nicegui", "xarray", "scipy", "pandas", "pint")
START = "from honeycell.cli import main; main()"


@pytest.fixture
def refused(honeycell: Command) -> Callable[..., str]:
    """The one line of an input error."""

    def line(*words: str) -> str:
        done = honeycell(*words)
        assert done.code == 2, done.err
        assert done.out == ""
        lines = done.err.splitlines()
        assert len(lines) == 1, done.err
        assert lines[0].startswith("honeycell: ")
        return lines[0]

    return line


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the working one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "code",
    [
        "import honeycell",
        "import sys; sys.argv = ['honeycell', '--help']\n"
        "from honeycell.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code",
    ],
    ids=["import", "help"],
)
def test_starting_loads_nothing_heavy(code: str) -> None:
    probe = f"{code}\nimport sys\nprint('loaded:', *sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1].strip() == "loaded:"


def test_the_console_script_is_installed_beside_python() -> None:
    script = Path(sys.executable).with_name("honeycell")
    done = subprocess.run([script, "--help"], capture_output=True, text=True, check=True, timeout=60)
    for command in ("reproduce", "run", "ledger", "recipe", "cite", "doctor"):
        assert command in done.stdout


def test_list_names_every_sample(honeycell: Command) -> None:
    done = honeycell("recipe", "list")
    assert done.code == 0
    assert [line.split()[0] for line in done.out.splitlines()] == sample_names()


def test_show_tells_status_and_reason(honeycell: Command) -> None:
    done = honeycell("recipe", "show", "hj-4-6")
    assert done.code == 0
    line = next(line for line in done.out.splitlines() if line.startswith("film.hold_time"))
    assert "60 s" in line
    assert "assumed" in line
    assert "not stated" in line


def test_check_and_diff(honeycell: Command) -> None:
    assert honeycell("recipe", "check", "gf").code == 0
    assert honeycell("recipe", "diff", "gf", "gf").out == ""
    lines = honeycell("recipe", "diff", "hj-4-6", "hj-4-6-bath-400").out.splitlines()
    assert [line.split()[0] for line in lines] == ["film.bath_volume", "film.reported_front_pore"]


BAD = {
    "toml": "[film\n",
    "unit": 'based_on = "hj-4-6"\nname = "mine"\n[film]\nblade_gap = "100 s"\n',
    "field": 'based_on = "hj-4-6"\nname = "mine"\n[film]\nblade_gab = "100 um"\n',
    "mass": 'based_on = "hj-4-6"\nname = "mine"\n[film]\nfiller_mass = "-3 g"\n',
    "loop": 'based_on = "mine.toml"\n',
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_a_bad_recipe_is_one_line_and_exit_2(inside: Path, text: str, refused: Callable[..., str]) -> None:
    (inside / "mine.toml").write_text(text, encoding="utf-8")
    assert "mine.toml" in refused("recipe", "check", "mine.toml")


def test_a_recipe_that_is_not_there_is_one_line_and_exit_2(inside: Path, refused: Callable[..., str]) -> None:
    for command in (("recipe", "show"), ("recipe", "check"), ("run",)):
        assert "nobody" in refused(*command, "nobody")


def test_only_debug_shows_the_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", START, "--debug", "recipe", "check", "nobody"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=60,
    )
    assert done.returncode != 0
    assert "Traceback" in done.stderr
    assert "InputError" in done.stderr


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    def row(name: str, verdict: str, basis: str) -> dict[str, object]:
        claimed = {"value": 1.0, "unit": "ohm"}
        return {
            "id": name,
            "claim": "a claim",
            "claimed": claimed,
            "twin": claimed,
            "basis": basis,
            "verdict": verdict,
            "note": "",
        }

    rows = [row("C001", "agrees", "predicted"), row("C002", "contested", "given"), row("C003", "agrees", "given")]
    (tmp_path / "ledger.json").write_text(json.dumps(rows), encoding="utf-8")
    return tmp_path


def test_ledger_filters_by_verdict_and_basis(ledger: Path, honeycell: Command) -> None:
    def shown(*options: str) -> list[str]:
        done = honeycell("ledger", str(ledger), "--json", *options)
        assert done.code == 0, done.err
        return [row["id"] for row in json.loads(done.out)]

    assert shown() == ["C001", "C002", "C003"]
    assert shown("--verdict", "agrees") == ["C001", "C003"]
    assert shown("--verdict", "agrees", "--basis", "given") == ["C003"]
    assert shown("--verdict", "open") == []


def test_fail_on_turns_a_shown_row_into_exit_1(ledger: Path, honeycell: Command) -> None:
    assert honeycell("ledger", str(ledger), "--fail-on", "contested").code == 1
    assert honeycell("ledger", str(ledger), "--fail-on", "disagrees").code == 0
    assert honeycell("ledger", str(ledger), "--verdict", "agrees", "--fail-on", "contested").code == 0


@pytest.mark.parametrize("option", ["--verdict", "--basis", "--fail-on"])
def test_an_unknown_word_in_an_option_names_the_option(ledger: Path, option: str, refused: Callable[..., str]) -> None:
    line = refused("ledger", str(ledger), option, "nonsense")
    assert option in line
    assert "nonsense" in line


def test_a_folder_without_ledger_is_one_line_and_exit_2(tmp_path: Path, refused: Callable[..., str]) -> None:
    assert "ledger.json" in refused("ledger", str(tmp_path))
    assert "nowhere" in refused("ledger", str(tmp_path / "nowhere"))
    assert str(tmp_path) in refused("cite", str(tmp_path))


@pytest.mark.parametrize("content", [b"{", b"3", b"{}", b"[1]", b'[{"id": "C001"}]', b"\xff"])
def test_a_damaged_ledger_is_one_line_and_exit_2(tmp_path: Path, content: bytes, refused: Callable[..., str]) -> None:
    (tmp_path / "ledger.json").write_bytes(content)
    assert "damaged" in refused("ledger", str(tmp_path))


def test_a_file_in_the_place_of_the_run_folder_is_one_line_and_exit_2(
    inside: Path, refused: Callable[..., str]
) -> None:
    (inside / "taken").write_text("mine", encoding="utf-8")
    for out in ("taken", "taken/below"):
        refused("run", "hj-1-0", "--quick", "--only", "film", "--out", out)
    assert (inside / "taken").read_text(encoding="utf-8") == "mine"


def test_unknown_stage_and_mechanism_are_refused(inside: Path, refused: Callable[..., str]) -> None:
    assert "--only" in refused("run", "hj-1-0", "--only", "oven")
    assert "--without" in refused("run", "hj-1-0", "--without", "rust")
    assert list(inside.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
def test_output_that_cannot_be_written_fails() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", START, "recipe", "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    assert done.returncode != 0


def test_calibrate_lists_its_groups_and_refuses_others(honeycell: Command, refused: Callable[..., str]) -> None:
    done = honeycell("calibrate", "paper")
    assert done.code == 0, done.err
    assert "film" in done.out
    assert "There are: paper" in refused("calibrate", "mine", "--group", "film")
    assert "There are: " in refused("calibrate", "paper", "--group", "nothing")
