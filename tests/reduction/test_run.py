"""A batch of files: order kept, failures contained, inputs untouched. The analysis is replaced by a stand-in."""

from __future__ import annotations

import functools
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

import honeycell.analysis
from honeycell.analysis.result import Estimate, Reduction
from honeycell.quantities.errors import HoneycellError, InputError, NotConverged, RunError
from honeycell.reduction.output import RESULTS, Place, prepare
from honeycell.reduction.pool import in_order
from honeycell.reduction.run import expand, reduce_files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SPECTRUM = "Frequency / Hz,Real Impedance / ohm,Imaginary Impedance / ohm\n"


def spectrum(resistance: float = 5.0) -> str:
    z = [resistance + 10.0 / (1.0 + 1e-3j * 10.0**k) for k in range(6)]
    return SPECTRUM + "".join(f"{10.0**k!r},{each.real!r},{each.imag!r}\n" for k, each in enumerate(z))


def one(record: Any, settings: Any) -> Reduction:
    """Stand-in: the least Z'; refuses 13 ohm, falls over 14 ohm."""
    least = float(record["real_impedance"].values.min())
    if 13.0 < least < 13.5:
        raise NotConverged("does not converge", "", "Look at it.")
    if 14.0 < least < 14.5:
        raise ZeroDivisionError("fourteen")
    thickness = (Estimate("thickness", float(settings["thickness"].value), "m"),) if "thickness" in settings else ()
    found = (Estimate("series_resistance", least, "ohm", 0.1, (least - 0.2, least + 0.2), "R"), *thickness)
    return Reduction("impedance", found, {"points": [{"a / V": 1.0, "note": "x, y"}, {"a / V": 2.0}]})


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    def many(records: Sequence[Any], settings: Sequence[Any]) -> list[Reduction | HoneycellError]:
        found: list[Reduction | HoneycellError] = []
        for record, own in zip(records, settings, strict=True):
            try:
                found.append(one(record, own))
            except HoneycellError as error:
                found.append(error)
        return found

    monkeypatch.setattr(honeycell.analysis, "reduce", one)
    monkeypatch.setattr(honeycell.analysis, "reduce_many", many)
    monkeypatch.setattr(
        honeycell.analysis, "reduce_series", lambda r, s: [one(*each) for each in zip(r, s, strict=True)]
    )


def write(folder: Path, **resistances: float) -> list[str]:
    for name, resistance in resistances.items():
        (folder / f"{name}.csv").write_text(spectrum(resistance), encoding="utf-8")
    return [str(folder / f"{name}.csv") for name in resistances]


def values(results: list[dict[str, Any]]) -> list[float | None]:
    return [each["quantities"][0]["value"] if "quantities" in each else None for each in results]


def test_results_come_in_the_order_of_the_files_and_a_path_may_come_twice(tmp_path: Path) -> None:
    a, b, c = write(tmp_path, c=3.0, a=1.0, b=2.0)
    seen: list[dict[str, Any]] = []
    results = reduce_files([b, a, c, b], on_result=seen.append)
    assert [each["file"] for each in results] == [b, a, c, b]
    assert seen == results
    assert results[0] == results[3]
    assert len({each["sha256"] for each in results}) == 3


def test_no_file_costs_another(tmp_path: Path) -> None:
    good, refused, fallen, last = write(tmp_path, good=5.0, refused=13.0, fallen=14.0, last=6.0)
    (tmp_path / "noise.csv").write_bytes(bytes(range(256)))
    noise, gone = str(tmp_path / "noise.csv"), str(tmp_path / "gone.csv")
    alone = reduce_files([good, last])
    results = reduce_files([noise, good, gone, refused, fallen, str(tmp_path / "x\0y"), last])
    assert [each for each in results if "error" not in each] == alone
    errors = [each for each in results if "error" in each]
    for each in errors:
        assert set(each) == {"file", "error"}
        assert set(each["error"]) == {"what", "where", "cure"}
        assert each["error"]["cure"]
    at = {each["file"]: each["error"] for each in errors}
    assert at[refused] == {"what": "does not converge", "where": refused, "cure": "Look at it."}
    assert "ZeroDivisionError" in at[fallen]["what"]
    assert "--debug" in at[fallen]["cure"]


def test_debug_shows_the_traceback_of_a_fault_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fallen, refused = write(tmp_path, fallen=14.0, refused=13.0)
    reduce_files([fallen, refused])
    assert "Traceback" not in capsys.readouterr().err
    reduce_files([fallen, refused], debug=True)
    assert capsys.readouterr().err.count("ZeroDivisionError: fourteen") == 1


def test_settings_of_the_folder_reach_the_analysis_and_a_bad_one_costs_that_folder(tmp_path: Path) -> None:
    for name, text in (("one", 'thickness = "24 um"'), ("two", "thickness = 3"), ("none", "")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "sample.toml").write_text(text, encoding="utf-8")
        write(tmp_path / name, a=1.0)
    results = reduce_files([str(tmp_path / name) for name in ("one", "two", "none")])
    assert results[0]["quantities"][1]["value"] == pytest.approx(24e-6)
    assert "sample.toml" in results[1]["error"]["where"]
    assert len(results[2]["quantities"]) == 1


def test_a_folder_stands_for_its_data_files(tmp_path: Path) -> None:
    write(tmp_path, b=1.0, a=2.0)
    for name in ("sample.toml", "notes.md", ".hidden.csv"):
        (tmp_path / name).write_text("", encoding="utf-8")
    (tmp_path / "deeper.csv").mkdir()
    assert expand([str(tmp_path), "x"]) == [str(tmp_path / "a.csv"), str(tmp_path / "b.csv"), "x"]
    empty = tmp_path / "deeper.csv"
    assert "folder" in reduce_files([str(empty)])[0]["error"]["what"]


def test_an_unknown_technique_or_job_count_is_refused_before_any_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="telepathy"):
        reduce_files([str(tmp_path / "gone.csv")], "telepathy")
    with pytest.raises(InputError, match="jobs"):
        reduce_files([str(tmp_path / "gone.csv")], jobs=0)


def test_a_series_passes_all_good_files_at_once(tmp_path: Path) -> None:
    a, b = write(tmp_path, a=1.0, b=2.0)
    results = reduce_files([a, str(tmp_path / "gone.csv"), b], series=True)
    assert ["error" in each for each in results] == [False, True, False]
    (tmp_path / "c.csv").write_text(spectrum(13.0), encoding="utf-8")
    results = reduce_files([a, b, str(tmp_path / "c.csv")], series=True)
    # one that cannot be reduced alone costs only itself
    assert ["error" in each for each in results] == [False, False, True]
    assert results[2]["error"]["what"] == "does not converge"


def test_every_input_has_files_of_its_own(tmp_path: Path) -> None:
    paths = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        for name in ("cell.csv", "cell.txt", "Cell.csv", "results.csv"):
            (tmp_path / folder / name).write_text(spectrum(float(len(paths))), encoding="utf-8")
            paths.append(str(tmp_path / folder / name))
    out = tmp_path / "out"
    results = reduce_files([*paths, paths[0]], out=str(out))
    lines = (out / RESULTS).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == results
    assert len(list(out.glob("*.points.csv"))) == len(list(out.glob("*.svg"))) == len(paths) + 1
    assert len({path.name.casefold() for path in out.iterdir()}) == len(list(out.iterdir()))
    text = next(iter(out.glob("*.points.csv"))).read_text(encoding="utf-8")
    assert text == 'a / V,note\n1.0,"x, y"\n2.0,\n'


def test_an_input_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "cell.txt").write_text(spectrum(1.0), encoding="utf-8")
    (tmp_path / "cell.points.csv").write_text(spectrum(2.0), encoding="utf-8")
    (tmp_path / "pair.csv").write_text(spectrum(3.0), encoding="utf-8")
    names = ("cell.txt", "cell.points.csv", "pair.csv")
    before = {name: (tmp_path / name).read_bytes() for name in names}
    results = reduce_files([str(tmp_path / name) for name in names], out=str(tmp_path))
    assert not any("error" in each for each in results)
    assert {name: (tmp_path / name).read_bytes() for name in names} == before
    made = {path.name for path in tmp_path.iterdir()} - set(names)
    assert {name for name in made if name.endswith(".csv")} == {
        "cell-txt.points.csv", "cell.points.points.csv", "pair.points.csv"
    }  # fmt: skip
    with pytest.raises(RunError, match="overwritten"):
        Place(str(tmp_path), "pair", frozenset({str(tmp_path.resolve() / "pair.csv")})).write("csv", "")
    with pytest.raises(InputError, match="inputs"):
        prepare(str(tmp_path), [str(tmp_path / RESULTS)])
    with pytest.raises(InputError, match="folder of the inputs"):
        reduce_files([str(tmp_path)], out=str(tmp_path / "."))


def test_a_figure_that_cannot_be_drawn_leaves_the_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("no ink")

    monkeypatch.setattr("honeycell.plot.figure_reduction", fail)
    (result,) = reduce_files(write(tmp_path, a=1.0), out=str(tmp_path / "out"))
    assert result["quantities"]
    assert any("no_figure" in flag and "no ink" in flag for flag in result["flags"])


def test_an_out_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    for out in ("taken", "taken/below"):
        with pytest.raises(InputError, match="--out"):
            reduce_files(write(tmp_path, a=1.0), out=str(tmp_path / out))


class Bomb:
    """Ends the process that unpickles it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (3,)


def test_what_ends_a_worker_costs_only_itself() -> None:
    items: list[Any] = [0, 1, Bomb(), 3, 4]
    found = in_order(list, [items[:1], items[1:4], items[4:]], 2, functools.partial(lambda _: "lost"))
    assert list(found) == [[0], [1, "lost", 3], [4]]
