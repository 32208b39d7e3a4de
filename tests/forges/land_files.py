"""A cell's two cycles as LAND exports them: in its languages, encodings, units and layouts."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honeycell.quantities.record import flags_of
from honeycell.readers import Source, read_source

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

STEP = 60.0  # s between records
ROWS = 13  # of each step
CURRENT = 0.5  # mA
MASS = 2.5  # mg


@dataclass(frozen=True)
class Row:
    """One record in the units in which the cycler shows it."""

    record: int
    cycle: int
    step: int
    state: int
    test_time: float
    step_time: float
    voltage: float
    current: float
    capacity: float


def truth() -> list[Row]:
    """Two cycles of rest, charge and discharge."""
    rows = []
    for cycle in (1, 2):
        for order, state in enumerate((0, 1, -1), 1):
            for count in range(1, ROWS + 1):
                number = len(rows) + 1
                voltage = 3.2 + state * 0.05 * count + 0.01 * cycle
                capacity = abs(state) * CURRENT * count * STEP / 3600.0
                rows.append(
                    Row(number, cycle, order, state, number * STEP, count * STEP, voltage, state * CURRENT, capacity)
                )
    return rows


def clock(time: float) -> str:
    return f"{int(time // 3600)}:{int(time // 60) % 60:02d}:{time % 60:06.3f}"


ENGLISH = (
    "Record",
    "CycleNo",
    "StepNo",
    "TestTime",
    "Voltage/V",
    "Current/mA",
    "Capacity/mAh",
    "SpeCap/mAh/g",
    "State",
)
CHINESE = ("记录序号", "循环序号", "工步序号", "测试时间", "电压/V", "电流/mA", "容量/mAh", "比容量/mAh/g", "工步状态")
CODES = {1: "C_CC", 0: "R", -1: "D_CC"}
WORDS = {1: "恒流充电", 0: "静置", -1: "恒流放电"}


def cells(row: Row, words: dict[int, str] = CODES) -> list[str]:
    return [
        str(row.record),
        str(row.cycle),
        str(row.step),
        clock(row.test_time),
        f"{row.voltage:.4f}",
        f"{row.current:.4f}",
        f"{row.capacity:.6f}",
        f"{row.capacity / MASS * 1e3:.4f}",
        words[row.state],
    ]


def text(
    labels: Sequence[str] = ENGLISH, mark: str = ",", words: dict[int, str] = CODES, header: str = "", end: str = ""
) -> str:
    lines = [mark.join(labels), *(mark.join(cells(row, words)) + end for row in truth())]
    return header + "\n".join(lines) + "\n"


def numbers(row: Row) -> list[object]:
    return [
        *(int(cell) for cell in cells(row)[:3]),
        clock(row.test_time),
        *map(float, cells(row)[4:8]),
        CODES[row.state],
    ]


def workbook(*sheets: tuple[str, Sequence[Sequence[object]]]) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    assert book.active is not None
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read(content: str | bytes, name: str = "cell.csv") -> xr.Dataset:
    return read_source(Source(name, content.encode() if isinstance(content, str) else content))


def assert_true(record: xr.Dataset, *, cycles: bool = True, steps: bool = True) -> None:
    """The record is the truth, to the digits written."""
    rows = truth()
    assert record.attrs["format"] == "land"
    np.testing.assert_allclose(record["test_time"], [row.test_time for row in rows], atol=2e-3)
    np.testing.assert_allclose(record["voltage"], [row.voltage for row in rows], atol=1e-4)
    np.testing.assert_allclose(record["current"], [row.current * 1e-3 for row in rows], atol=1e-9)
    if cycles:
        assert record["cycle"].values.tolist() == [row.cycle for row in rows]
    if steps:
        assert record["step"].values.tolist() == [row.step for row in rows]
    if "step_capacity" in record:
        np.testing.assert_allclose(record["step_capacity"], [row.capacity * 3.6 for row in rows], atol=1e-5)


def words_of(record: xr.Dataset) -> set[str]:
    return {flag.partition(":")[0] for flag in flags_of(record)}
