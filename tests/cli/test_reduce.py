"""``honeycell reduce`` and ``honeycell read`` at the door: streams, exit codes, files."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from honeycell.readers import read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GIVEN = ("--set", "circuit=R-(R CPE)")


def forge(path: Path, series: float = 7.7, arc: float = 30.0, seed: int = 1) -> str:
    """R-(R CPE) with 0.2 % noise."""
    f = np.geomspace(1e5, 1.0, 31)
    z = series + 1.0 / (1.0 / arc + 2e-5 * (2j * np.pi * f) ** 0.9)
    rng = np.random.default_rng(seed)
    z = z + 0.002 * np.abs(z) * (rng.standard_normal(31) + 1j * rng.standard_normal(31))
    rows = zip(f.tolist(), z.real.tolist(), z.imag.tolist(), strict=True)
    text = "Frequency / Hz,Real Impedance / ohm,Imaginary Impedance / ohm\n"
    path.write_text(text + "".join(f"{a!r},{b!r},{c!r}\n" for a, b, c in rows), encoding="utf-8")
    return str(path)


def value(result: dict[str, object], name: str) -> float:
    quantities = result["quantities"]
    assert isinstance(quantities, list)
    return next(each["value"] for each in quantities if each["name"] == name)


def test_json_is_one_object_per_line_and_nothing_else(tmp_path: Path, honeycell: Callable[..., Any]) -> None:
    files = [forge(tmp_path / "b.csv", 7.7), str(tmp_path / "gone.csv"), forge(tmp_path / "a.csv", 3.3)]
    done = honeycell("reduce", *files, "--json", *GIVEN, "--set", "thickness=24 +- 1 um", "--set", "area=2 cm2")
    results = [json.loads(line) for line in done.out.splitlines()]
    assert (done.code, done.err) == (1, "")
    assert [each["file"] for each in results] == files
    assert set(results[0]) == {
        "file", "sha256", "technique", "format", "quantities", "tables", "flags", "alternatives"
    }  # fmt: skip
    assert set(results[1]) == {"file", "error"}
    assert value(results[0], "series_resistance") == pytest.approx(7.7, rel=0.02)
    assert value(results[2], "arc_1_resistance") == pytest.approx(30.0, rel=0.02)
    assert value(results[0], "conductivity") == pytest.approx(24e-4 / (value(results[0], "series_resistance") * 2.0))
    assert all("R0-(R1 CPE1)" in each["method"] for each in results[0]["quantities"] if "arc" in each["name"])


def test_people_get_a_table_and_errors_go_to_stderr(tmp_path: Path, honeycell: Callable[..., Any]) -> None:
    good = forge(tmp_path / "good.csv")
    done = honeycell("reduce", good, tmp_path / "gone.csv", *GIVEN)
    assert done.code == 1
    assert done.err.splitlines() == [done.err.strip()]
    assert "gone.csv" in done.err
    for word in (good, "series resistance", "95 %", "ohm", "Kramers-Kronig", "R0-(R1 CPE1)"):
        assert word in done.out
    assert honeycell("reduce", good, *GIVEN).code == 0


def test_many_files_get_a_line_each(tmp_path: Path, honeycell: Callable[..., Any]) -> None:
    for number in range(6):
        forge(tmp_path / f"{number}.csv", seed=number)
    done = honeycell("reduce", tmp_path, *GIVEN)
    assert done.code == 0
    assert [line.split(":")[0] for line in done.out.splitlines()] == [str(tmp_path / f"{n}.csv") for n in range(6)]
    assert all("R0=7." in line for line in done.out.splitlines())


@pytest.mark.parametrize("as_json", [False, True])
def test_all_files_bad_is_exit_2(tmp_path: Path, honeycell: Callable[..., Any], as_json: bool) -> None:
    (tmp_path / "empty.csv").write_bytes(b"")
    done = honeycell("reduce", tmp_path / "gone.csv", tmp_path / "empty.csv", *(["--json"] if as_json else []))
    lines = (done.out if as_json else done.err).splitlines()
    assert done.code == 2
    assert len(lines) == 2
    assert (done.err if as_json else done.out) == ""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--set", "thicknes=3 um"), "thickness"),
        (("--set", "area"), "'='"),
        (("--as", "telepathy"), "impedance"),
        (("--out", "taken"), "--out"),
    ],
)
def test_a_bad_option_is_one_line_and_exit_2(
    tmp_path: Path, honeycell: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, options: tuple[str, str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").write_text("", encoding="utf-8")
    done = honeycell("reduce", forge(tmp_path / "a.csv"), *options)
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert said in done.err


def test_without_files_it_says_what_is_missing(honeycell: Callable[..., Any]) -> None:
    done = honeycell("reduce")
    assert done.code == 2
    assert "FILE" in done.err


def test_two_jobs_say_what_one_says(tmp_path: Path) -> None:
    for number in range(24):
        forge(tmp_path / f"{number:02}.csv", seed=number)
    (tmp_path / "07.csv").write_text("nothing", encoding="utf-8")
    # both in processes of their own: this one may run the algebra on another number of threads, which rounds otherwise
    one, two = (
        subprocess.run(
            [sys.executable, "-m", "honeycell.cli", "reduce", str(tmp_path), "--json", *GIVEN, "--jobs", jobs],
            capture_output=True,
            check=False,
            timeout=120,
            encoding="utf-8",
        )
        for jobs in ("1", "2")
    )
    assert one.returncode == two.returncode == 1
    assert len(one.stdout.splitlines()) == 24
    assert one.stdout == two.stdout
    results = [json.loads(line) for line in two.stdout.splitlines()]
    assert [each["file"] for each in results if "error" in each] == [str(tmp_path / "07.csv")]
    assert [each["file"] for each in results] == sorted(each["file"] for each in results)


def test_out_holds_results_tables_and_a_figure(tmp_path: Path, honeycell: Callable[..., Any]) -> None:
    file, out = forge(tmp_path / "hj cell.csv"), tmp_path / "out"
    done = honeycell("reduce", file, "--json", "--out", out, *GIVEN)
    assert done.code == 0
    assert (out / "results.jsonl").read_text(encoding="utf-8") == done.out
    assert (out / "hj cell.svg").read_text(encoding="utf-8").startswith("<svg")
    tables = json.loads(done.out)["tables"]
    for name, rows in tables.items():
        assert len((out / f"hj cell.{name}.csv").read_text(encoding="utf-8").splitlines()) == len(rows) + 1
    again = honeycell("reduce", out / "hj cell.spectrum.csv", "--json", *GIVEN)
    assert value(json.loads(again.out), "series_resistance") == pytest.approx(
        value(json.loads(done.out), "series_resistance")
    )


def test_a_series_has_one_circuit(tmp_path: Path, honeycell: Callable[..., Any]) -> None:
    files = [forge(tmp_path / f"{number}.csv", 7.0 + number, 20.0 + 5.0 * number, number) for number in range(3)]
    done = honeycell("reduce", *files, "--series", "--json")
    results = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 0
    methods = {
        each["method"] for result in results for each in result["quantities"] if each["name"] == "arc_1_resistance"
    }
    assert len(methods) == 1
    assert [value(each, "series_resistance") for each in results] == pytest.approx([7.0, 8.0, 9.0], rel=0.03)


def test_read_tells_what_a_file_holds(tmp_path: Path, honeycell: Callable[..., Any]) -> None:
    done = honeycell("read", forge(tmp_path / "a.csv"))
    assert done.code == 0
    for word in ("impedance/1", "31", "1 to 100000 Hz", "Frequency / Hz", "csv"):
        assert word in done.out


@pytest.mark.parametrize("suffix", [".csv", ".nc", ".NC"])
def test_what_is_written_reads_back_the_same(tmp_path: Path, honeycell: Callable[..., Any], suffix: str) -> None:
    file, target = forge(tmp_path / "a.csv"), tmp_path / f"b{suffix}"
    assert honeycell("read", file, "--to", target).code == 0
    first, second = read(file), read(target)
    for name in ("frequency", "real_impedance", "imaginary_impedance"):
        assert np.array_equal(first[name].values, second[name].values)
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


@pytest.mark.parametrize("target", ["b.xlsx", "b", "nowhere/b.csv", "a.csv", "link.csv", "folder.csv"])
def test_read_refuses_a_target_and_leaves_the_input(tmp_path: Path, honeycell: Callable[..., Any], target: str) -> None:
    file = tmp_path / "a.csv"
    forge(file)
    (tmp_path / "link.csv").symlink_to(file)
    (tmp_path / "folder.csv").mkdir()
    before = file.read_bytes()
    done = honeycell("read", file, "--to", tmp_path / target)
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert file.read_bytes() == before
    assert (tmp_path / "link.csv").is_symlink()


def test_read_of_a_bad_file_is_exit_2(tmp_path: Path, honeycell: Callable[..., Any]) -> None:
    done = honeycell("read", tmp_path / "gone.csv")
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
