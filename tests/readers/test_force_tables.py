"""Force curves as plain labelled tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from force_curves import SPRING, ramp

from honeycell.quantities.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr


def table(labels: str, factor: float = 1e9, load: float = 1e9, comma: bool = False, column: str = ",") -> str:
    z, d = ramp(60)
    rows = zip(factor * np.concatenate((z, z[::-1])), load * SPRING * np.concatenate((d, d[::-1] - 3e-9)), strict=True)
    lines = [column.join(f"{each:.6g}".replace(".", "," if comma else ".") for each in row) for row in rows]
    return "\n".join([labels, *lines])


@pytest.mark.parametrize(
    ("text", "of"),
    [
        (table("Displacement / m,Force / N", 1.0, 1.0), "unstated"),
        (table("Displacement / nm,Force / nN"), "unstated"),
        (table("Indentation [nm];Load [nN]", comma=True, column=";"), "tip"),
        (table("Piezo (um)\tForce (pN)", 1e6, 1e12, column="\t"), "fixed end"),
        (table("Height (measured) [nm],Force [nN]", -1e9), "fixed end"),
        (table("Tip-sample separation (nm),Force (nN)", -1e9), "tip"),
    ],
)
def test_a_labelled_table_is_read(read_text: Callable[..., xr.Dataset], text: str, of: str) -> None:
    record = read_text(text, "film.csv")
    assert record.attrs["format"] == "plain_force"
    assert record.attrs["displacement_of"] == of
    z, d = ramp(60)
    assert record["displacement"].values == pytest.approx(np.concatenate((z, z[::-1])), rel=1e-5, abs=1e-18)
    assert record["force"].values[:60] == pytest.approx(SPRING * d, rel=1e-5)
    assert record["segment"].values.sum() == 60
    assert json.loads(record.attrs["raw_columns"])


def test_a_segment_column_and_a_deflection_are_read(read_text: Callable[..., xr.Dataset]) -> None:
    z, d = ramp(30)
    lines = ["segment,Piezo (nm),Deflection (nm)"]
    lines += [f"{kind},{1e9 * a:.6g},{1e9 * b:.6g}" for kind in (0, 2) for a, b in zip(z, d, strict=True)]
    record = read_text("\n".join(lines), "film.csv")
    assert np.unique(record["segment"].values).tolist() == [0.0, 2.0]
    assert float(record["deflection"].max()) == pytest.approx(d.max(), rel=1e-5)
    with pytest.raises(ReadError, match="segment other than"):
        read_text("\n".join(lines).replace("\n2,", "\n7,"), "film.csv")


def test_tables_without_units_or_in_no_order_are_refused(read_text: Callable[..., xr.Dataset]) -> None:
    text = table("Displacement / nm,Force / nN")
    with pytest.raises(ReadError, match="without a unit"):
        read_text(text.replace(" / nm", ""), "film.csv")
    with pytest.raises(ReadError, match="no such instrument"):
        read_text(text.replace("/ nm", "/ km"), "film.csv")
    head, *rows = text.splitlines()
    np.random.default_rng(1).shuffle(rows)
    with pytest.raises(ReadError, match="out of order"):
        read_text("\n".join([head, *rows]), "film.csv")
    with pytest.raises(ReadError, match="holds 4 rows"):
        read_text("\n".join(text.splitlines()[:5]), "film.csv")
