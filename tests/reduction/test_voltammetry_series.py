"""A series of voltammograms from files to b-values, each file with its own scan rate."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from honeycell.quantities.record import make_record
from honeycell.reduction.run import reduce_files
from honeycell.reduction.settings import parse_assignments
from honeycell.writers.chi_series import chi_voltammetry_text

if TYPE_CHECKING:
    from pathlib import Path

RATES = (1e-4, 2e-4, 5e-4, 1e-3)


def voltammogram(rate: float, stated: bool = True) -> Any:
    """Two insertion peaks whose heights go as the rate to the 0.6, on a capacitance."""
    up = np.linspace(2.0, 4.0, 300)
    E = np.concatenate([up, up[::-1]])
    way = np.repeat([1.0, -1.0], 300)
    peaks = sum(h * np.exp(-(((E - m - 0.02 * way) / 0.06) ** 2)) for m, h in ((3.0, 1.0), (3.4, 0.8)))
    noise = 1e-6 * np.random.default_rng(round(rate * 1e5)).standard_normal(E.size)
    variables: dict[str, Any] = {
        "potential": ("row", E, "V"),
        "current": ("row", way * (1e-3 * (rate / 1e-3) ** 0.6 * peaks + 3e-3 * rate) + noise, "A"),
        "segment": ("row", np.repeat([1.0, 2.0], 300), "1"),
    }
    if stated:
        variables["scan_rate"] = ((), rate, "V/s")
    return make_record("voltammetry/1", sample="cell", instrument="forged", variables=variables)


def write(folder: Path, stated: bool = True) -> list[str]:
    paths = []
    for rate in RATES:
        path = folder / f"cv-{1e3 * rate:g}.txt"
        path.write_text(chi_voltammetry_text(voltammogram(rate, stated)), encoding="utf-8")
        paths.append(str(path))
    return paths


def value(result: dict[str, Any], name: str) -> float:
    (found,) = [each["value"] for each in result["quantities"] if each["name"] == name]
    return found


def test_rates_from_the_headers(tmp_path: Path) -> None:
    out = tmp_path / "out"
    results = reduce_files(write(tmp_path), out=str(out), series=True)
    assert [value(result, "scan_rate") for result in results] == list(RATES)
    for result in results:
        assert value(result, "b_value") == pytest.approx(0.6, abs=0.02)
        assert {row["pair"] for row in result["tables"]["peaks"]} == {"1", "2"}
    assert len(results[0]["tables"]["rates"]) == 4
    assert not any(name.startswith("curve") for name in results[0]["tables"])
    json.dumps(results)
    assert (out / "cv-0.1.svg").read_text(encoding="utf-8").startswith("<svg")
    assert (out / "cv-0.1.rates.csv").is_file()
    assert (out / "cv-0.2.peaks.csv").is_file()


def test_rates_from_tables_of_files(tmp_path: Path) -> None:
    paths = write(tmp_path, stated=False)
    refused = reduce_files(paths, series=True)
    assert all("states no scan rate" in result["error"]["what"] for result in refused)
    tables = "".join(f'[files."cv-{1e3 * rate:g}.txt"]\nscan_rate = "{1e3 * rate:g} mV/s"\n' for rate in RATES)
    (tmp_path / "sample.toml").write_text(f'phase = "Prussian blue analogue"\n{tables}', encoding="utf-8")
    settings = parse_assignments(["area=1.13 cm^2", "concentration=10 mol/l", "electrons=1", "temperature=25 degC"])
    results = reduce_files(paths, settings=settings, series=True)
    assert value(results[0], "b_value") == pytest.approx(0.6, abs=0.02)
    assert value(results[0], "diffusion_coefficient") > 0.0
    assert {row["pair"] for row in results[0]["tables"]["rates"]} == {"HS", "LS"}


def test_without_series_each_file_stands_alone(tmp_path: Path) -> None:
    results = reduce_files(write(tmp_path))
    assert all("rates" not in result["tables"] for result in results)
    assert all(result["technique"] == "voltammetry" for result in results)
