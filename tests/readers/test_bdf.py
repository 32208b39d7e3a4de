"""Battery Data Format tables of charge and discharge, as text and as Parquet: whatever the names, the same record."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from honeycell.quantities.battery_data_format import TERMS
from honeycell.quantities.errors import ReadError
from honeycell.quantities.record import flags_of, make_record
from honeycell.readers import Source, read_source
from honeycell.writers.bdf import bdf_parquet, bdf_text

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

ROWS = 40


def record() -> xr.Dataset:
    """Charge and discharge with all counters, numbers with all their digits."""
    rng = np.random.default_rng(3)
    time = np.cumsum(rng.uniform(1.0, 40.0, ROWS))
    current = np.repeat([1.0, -1.0], ROWS // 2) * rng.uniform(1e-3, 1.1e-3, ROWS)
    grown = np.abs(current) * np.diff(time, prepend=0.0)
    charge, discharge = (np.cumsum(np.where(sign * current > 0.0, grown, 0.0)) for sign in (1.0, -1.0))
    step = np.concatenate([np.cumsum(half) for half in np.split(grown, 2)])
    data = {
        "test_time": (time, "s"),
        "voltage": (rng.uniform(2.0, 4.0, ROWS), "V"),
        "current": (current, "A"),
        "cycle": (np.ones(ROWS), "1"),
        "step": (np.repeat([1.0, 2.0], ROWS // 2), "1"),
        "charge_capacity": (charge, "A*s"),
        "discharge_capacity": (discharge, "A*s"),
        "step_capacity": (step, "A*s"),
        "charge_energy": (3.1 * charge, "J"),
        "discharge_energy": (3.1 * discharge, "J"),
        "step_energy": (3.1 * step, "J"),
        "cell_temperature": (rng.uniform(290.0, 310.0, ROWS), "K"),
    }
    variables = {name: ("row", values, unit) for name, (values, unit) in data.items()}
    return make_record("cycling/1", sample="x", instrument="forged", variables=variables)


def read(content: str | bytes, name: str = "cell.csv") -> xr.Dataset:
    return read_source(Source(name, content.encode() if isinstance(content, str) else content))


def packed(columns: dict[str, object], **options: object) -> bytes:
    file = io.BytesIO()
    parquet.write_table(pa.table(columns), file, **options)  # pyright: ignore[reportArgumentType]
    return file.getvalue()


def least(**others: object) -> dict[str, object]:
    columns = {"test_time_second": [0.0, 1.0, 2.0], "voltage_volt": [3.0, 3.1, 3.0], "current_ampere": [0.1, 0.1, -0.1]}
    return {**columns, **others}


def words_of(found: xr.Dataset) -> set[str]:
    return {flag.partition(":")[0] for flag in flags_of(found)}


@pytest.mark.parametrize(
    ("form", "content", "name"),
    [("bdf", bdf_text(record()).encode(), "x.bdf.csv"), ("bdf_parquet", bdf_parquet(record()), "x.bdf.parquet")],
)
def test_read_back_is_the_same(form: str, content: bytes, name: str) -> None:
    found = read(content, name)
    assert found.attrs["format"] == form
    for variable in record().variables:
        exact = variable in ("test_time", "voltage", "current", "cycle", "step")  # others change their unit
        np.testing.assert_allclose(
            found[variable], record()[variable], rtol=0.0 if exact else 4e-16, err_msg=str(variable)
        )
    assert flags_of(found) == []


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.machine)
@pytest.mark.parametrize("machine", [True, False])
def test_every_term_by_label_and_machine_name(term: object, machine: bool) -> None:
    given = {
        (each.machine if machine else each.label): [0.0, 1.0] for each in TERMS[:3] if each.variable != term.variable
    }
    given[term.machine if machine else term.label] = [0.0, 2.0]
    text = "\n".join([",".join(given), *(",".join(map(str, row)) for row in zip(*given.values(), strict=True))])
    for found in (read(text), read(packed(given), "x.parquet")):
        expected = 2.0 * term.factor + term.offset
        assert float(found[term.variable][1]) == pytest.approx(expected, rel=1e-12)
        assert "unknown_columns" not in words_of(found)


def test_net_counters_lose_their_sign_and_those_of_the_test_come_first() -> None:
    found = read(packed(least(step_net_capacity_ah=[0.1, 0.2, -0.3]), version="1.0"), "x.parquet")
    assert found["step_capacity"].values == pytest.approx([360.0, 720.0, 1080.0])
    both = least(step_charging_capacity_ah=[0.0, 9.0, 9.0], charging_capacity_ah=[0.0, 1.0, 1.0])
    assert read(packed(both), "x.parquet")["charge_capacity"].values == pytest.approx([0.0, 3600.0, 3600.0])


def test_the_temperature_of_the_surroundings_is_taken_only_for_want_of_another() -> None:
    found = read(packed(least(ambient_temperature_celsius=[20.0] * 3)), "x.parquet")
    assert found["cell_temperature"].values == pytest.approx([293.15] * 3)
    assert "temperature" in words_of(found)
    found = read(packed(least(ambient_temperature_celsius=[20.0] * 3, temperature_t1_celsius=[30.0] * 3)), "x.parquet")
    assert found["cell_temperature"].values == pytest.approx([303.15] * 3)
    assert "temperature" not in words_of(found)


def test_other_columns_are_kept_and_strangers_named() -> None:
    given = least(
        unix_time_second=[1, 2, 3], step_type=["a", "b", "c"], odd=[7, 8, 9], when=pa.array([1, 2, 3], "date32")
    )
    for content, name in ((packed(given), "x.parquet"), (packed(given, compression="zstd"), "y.parquet")):
        found = read(content, name)
        assert {"unix_time_second", "odd"} <= set(json.loads(found.attrs["raw_columns"]))
        assert "step_type" in json.loads(found.attrs["raw_text_columns"])
        assert [flag for flag in flags_of(found) if flag.startswith("unknown")] == [
            "unknown_columns: 'odd' is kept as it stands only",
            "unknown_columns: 'when' is kept as it stands only",
        ]


def test_decimal_commas_and_other_units() -> None:
    found = read("Test Time / min;Voltage / mV;Current / mA;Cycle Count / 1\n0,5;3000,5;1,5;1\n1,5;3001;-1,5;1\n")
    assert found["test_time"].values == pytest.approx([30.0, 90.0])
    assert found["voltage"].values == pytest.approx([3.0005, 3.001])
    assert found["current"].values == pytest.approx([1.5e-3, -1.5e-3])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gbk"])
def test_encodings(encoding: str) -> None:
    np.testing.assert_array_equal(read(bdf_text(record()).encode(encoding))["voltage"], record()["voltage"])


@pytest.mark.parametrize("missing", ["test_time_second", "voltage_volt", "current_ampere"])
def test_a_missing_column_is_named_with_its_cure(missing: str) -> None:
    given = {name: values for name, values in least(cycle_count=[1, 1, 1]).items() if name != missing}
    text = "\n".join([",".join(given), *(",".join(map(str, row)) for row in zip(*given.values(), strict=True))])
    for content, name in ((packed(given), "x.parquet"), (text, "x.csv")):
        with pytest.raises(ReadError, match=missing) as caught:
            read(content, name)
        assert "Export it" in caught.value.cure


def test_shuffled_rows_are_refused() -> None:
    lines = bdf_text(record()).splitlines()
    np.random.default_rng(0).shuffle(body := lines[1:])
    with pytest.raises(ReadError, match="s after") as caught:
        read("\n".join([lines[0], *body]))
    assert "order" in caught.value.cure


def test_empty_cells_are_refused_where_needed_and_else_left_out() -> None:
    with pytest.raises(ReadError, match="empty or infinite cell in column 'voltage_volt'") as caught:
        read(packed({**least(), "voltage_volt": [3.0, None, 3.0]}), "x.parquet")
    assert caught.value.where == "x.parquet, row 2"
    found = read(packed(least(temperature_t1_celsius=[20.0, None, 20.0])), "x.parquet")
    assert "cell_temperature" not in found
    assert "columns" in words_of(found)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (packed(least())[:-9], "no readable Parquet"),
        (packed(least())[:60] + b"PAR1", "no readable Parquet"),
        (b"PAR1" + bytes(40) + b"PAR1", "no readable Parquet"),
        (b"PAR1" + b"\xff" * 40 + b"\xff\xff\xff\x7fPAR1", "no readable Parquet"),
        (packed({"a": [1.0], "b": [2.0]}), "without test_time_second"),
        (packed({name: pa.array([], "double") for name in least()}), "holds no rows"),
        (packed({name: pa.array(np.zeros(2_000_000)) for name in least()}), "declares 2000000 rows"),
        (packed({**least(), "current_ampere": ["a", "b", "c"]}), "holds no numbers"),
        (packed({**least(), "test_time_second": [2.0, 1.0, 3.0]}), "1 s after 2 s"),
    ],
)
def test_damaged_and_hostile_files_are_refused(content: bytes, match: str) -> None:
    with pytest.raises(ReadError, match=match) as caught:
        read(content, "x.parquet")
    assert caught.value.cure


CONTENTS = {"a.parquet": bdf_parquet(record()), "b.csv": bdf_text(record()).encode()}
CHANGES = st.lists(st.tuples(st.floats(0.0, 1.0), st.integers(0, 3), st.binary(max_size=12)), min_size=1, max_size=4)


@pytest.mark.parametrize("name", CONTENTS)
@settings(max_examples=60, deadline=None)
@given(changes=CHANGES)
def test_mutilated_files_are_read_or_refused(
    name: str, sound_or_refused: Callable[..., None], changes: list[tuple[float, int, bytes]]
) -> None:
    sound_or_refused(name, CONTENTS[name], changes, may_be_nan=("raw",))


@pytest.mark.slow
@pytest.mark.parametrize("name", CONTENTS)
@settings(max_examples=1000, deadline=None)
@given(changes=CHANGES)
def test_mutilated_thousandfold(
    name: str, sound_or_refused: Callable[..., None], changes: list[tuple[float, int, bytes]]
) -> None:
    sound_or_refused(name, CONTENTS[name], changes, may_be_nan=("raw",))
