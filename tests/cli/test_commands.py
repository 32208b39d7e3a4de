from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from honeycell.recipe.library import sample_names

HEAVY = ("pybamm", "numba", "matplotlib", "nicegui", "xarray", "scipy", "pandas", "pint")
START = "from honeycell.cli import main; main()"


def honeycell(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", START, *words], capture_output=True, text=True, check=False, cwd=cwd, timeout=120
    )


def refused(*words: str, cwd: Path | None = None) -> str:
    """The one line of an input error."""
    done = honeycell(*words, cwd=cwd)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("honeycell: ")
    return lines[0]


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


def test_list_names_every_sample() -> None:
    done = honeycell("recipe", "list")
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == sample_names()


def test_show_tells_status_and_reason() -> None:
    done = honeycell("recipe", "show", "hj-4-6")
    assert done.returncode == 0
    line = next(line for line in done.stdout.splitlines() if line.startswith("film.hold_time"))
    assert "60 s" in line
    assert "assumed" in line
    assert "not stated" in line


def test_check_and_diff() -> None:
    assert honeycell("recipe", "check", "gf").returncode == 0
    assert honeycell("recipe", "diff", "gf", "gf").stdout == ""
    lines = honeycell("recipe", "diff", "hj-4-6", "hj-4-6-bath-400").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["film.bath_volume"]


BAD = {
    "toml": "[film\n",
    "unit": 'based_on = "hj-4-6"\nname = "mine"\n[film]\nblade_gap = "100 s"\n',
    "field": 'based_on = "hj-4-6"\nname = "mine"\n[film]\nblade_gab = "100 um"\n',
    "mass": 'based_on = "hj-4-6"\nname = "mine"\n[film]\nfiller_mass = "-3 g"\n',
    "loop": 'based_on = "mine.toml"\n',
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_a_bad_recipe_is_one_line_and_exit_2(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    assert "mine.toml" in refused("recipe", "check", "mine.toml", cwd=tmp_path)


def test_a_recipe_that_is_not_there_is_one_line_and_exit_2(tmp_path: Path) -> None:
    for command in (("recipe", "show"), ("recipe", "check"), ("run",)):
        assert "nobody" in refused(*command, "nobody", cwd=tmp_path)


def test_only_debug_shows_the_traceback(tmp_path: Path) -> None:
    done = honeycell("--debug", "recipe", "check", "nobody", cwd=tmp_path)
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


def test_ledger_filters_by_verdict_and_basis(ledger: Path) -> None:
    def shown(*options: str) -> list[str]:
        done = honeycell("ledger", str(ledger), "--json", *options)
        assert done.returncode == 0, done.stderr
        return [row["id"] for row in json.loads(done.stdout)]

    assert shown() == ["C001", "C002", "C003"]
    assert shown("--verdict", "agrees") == ["C001", "C003"]
    assert shown("--verdict", "agrees", "--basis", "given") == ["C003"]
    assert shown("--verdict", "open") == []


def test_fail_on_turns_a_shown_row_into_exit_1(ledger: Path) -> None:
    assert honeycell("ledger", str(ledger), "--fail-on", "contested").returncode == 1
    assert honeycell("ledger", str(ledger), "--fail-on", "disagrees").returncode == 0
    assert honeycell("ledger", str(ledger), "--verdict", "agrees", "--fail-on", "contested").returncode == 0


@pytest.mark.parametrize("option", ["--verdict", "--basis", "--fail-on"])
def test_an_unknown_word_in_an_option_names_the_option(ledger: Path, option: str) -> None:
    line = refused("ledger", str(ledger), option, "nonsense")
    assert option in line
    assert "nonsense" in line


def test_a_folder_without_ledger_is_one_line_and_exit_2(tmp_path: Path) -> None:
    assert "ledger.json" in refused("ledger", str(tmp_path))
    assert "nowhere" in refused("ledger", str(tmp_path / "nowhere"))
    assert str(tmp_path) in refused("cite", str(tmp_path))


@pytest.mark.parametrize("content", [b"{", b"3", b"{}", b"[1]", b'[{"id": "C001"}]', b"\xff"])
def test_a_damaged_ledger_is_one_line_and_exit_2(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "ledger.json").write_bytes(content)
    assert "damaged" in refused("ledger", str(tmp_path))


def test_a_file_in_the_place_of_the_run_folder_is_one_line_and_exit_2(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    for out in ("taken", "taken/below"):
        refused("run", "hj-1-0", "--quick", "--only", "film", "--out", out, cwd=tmp_path)
    assert (tmp_path / "taken").read_text(encoding="utf-8") == "mine"


def test_unknown_stage_and_mechanism_are_refused(tmp_path: Path) -> None:
    assert "--only" in refused("run", "hj-1-0", "--only", "oven", cwd=tmp_path)
    assert "--without" in refused("run", "hj-1-0", "--without", "rust", cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []


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


def test_calibrate_lists_its_groups_and_refuses_others() -> None:
    done = honeycell("calibrate", "paper")
    assert done.returncode == 0, done.stderr
    assert "film" in done.stdout
    assert "There are: paper" in refused("calibrate", "mine", "--group", "film")
    assert "There are: " in refused("calibrate", "paper", "--group", "nothing")
