"""LAND exports as Excel workbooks: one sheet, or one for each kind of row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from land_files import (
    ENGLISH,
    assert_true,
    clock,
    numbers,
    read,
    truth,
    words_of,
    workbook,
)

from honeycell.quantities.errors import ReadError
from honeycell.quantities.record import flags_of

if TYPE_CHECKING:
    from collections.abc import Sequence


class TestExcel:
    def test_one_sheet(self) -> None:
        record = read(workbook(("Record", [ENGLISH, *map(numbers, truth())])), "cell.xlsx")
        assert_true(record)
        assert words_of(record) == {"mass"}

    def test_summaries_beside_the_records(self) -> None:
        cycle = [("Cycle", "CapC/mAh", "CapD/mAh"), (1, 0.1, 0.1), (2, 0.1, 0.1)]
        step = [("Step", "Mode", "Period", "Capacity/mAh", "StartVolt/V"), (1, "C_CC", "0:13:00", 0.1, 3.2)]
        content = workbook(("Cycle", cycle), ("Step", step), ("Record", [ENGLISH, *map(numbers, truth())]))
        assert_true(read(content, "cell.xlsx"))

    @pytest.mark.parametrize("name", ["Cycle {}", "循环{}", "{}"])
    @pytest.mark.parametrize("order", [(1, 2), (2, 1)])
    def test_one_sheet_a_cycle(self, name: str, order: tuple[int, int]) -> None:
        labels = [label for label in ENGLISH if label != "CycleNo"]
        sheets = []
        for cycle in order:
            rows = [numbers(row) for row in truth() if row.cycle == cycle]
            sheets.append((name.format(cycle), [labels, *(row[:1] + row[2:] for row in rows)]))
        assert_true(read(workbook(*sheets), "cell.xlsx"))

    def test_records_that_go_on_in_a_sheet_without_labels(self) -> None:
        rows = list(map(numbers, truth()))
        content = workbook(("Record", [ENGLISH, *rows[:40]]), ("Record2", rows[40:]))
        assert_true(read(content, "cell.xlsx"))

    def test_cycles_side_by_side(self) -> None:
        labels = [label for label in ENGLISH if label != "CycleNo"]
        blocks = [[row[:1] + row[2:] for row in map(numbers, truth()) if row[1] == cycle] for cycle in (1, 2)]
        blocks[1] = blocks[1][:-3]
        blank = [None] * len(labels)
        rows = [[*a, *(blocks[1][place] if place < len(blocks[1]) else blank)] for place, a in enumerate(blocks[0])]
        above = ["Cycle 1", *blank[1:], "Cycle 2", *blank[1:]]
        record = read(workbook(("Record", [above, labels * 2, *rows])), "cell.xlsx")
        assert record["cycle"].values.tolist() == [1.0] * 39 + [2.0] * 36
        np.testing.assert_allclose(record["voltage"][:39], [row.voltage for row in truth()[:39]], atol=1e-4)
        assert "layout" in words_of(record)

    def test_clocks_and_dates_that_excel_made_its_own(self) -> None:
        from datetime import datetime, timedelta

        start = datetime(2024, 4, 30, 22, 0, 0)
        rows: list[list[object]] = []
        for row in truth():
            given = numbers(row)
            given[3] = timedelta(seconds=row.test_time)
            rows.append([*given, start + timedelta(seconds=row.test_time)])
        assert_true(read(workbook(("Record", [[*ENGLISH, "SysTime"], *rows])), "cell.xlsx"))

    def test_headings_of_cycles_and_steps_between_the_records(self) -> None:
        labels = ("Cycle", "Step", "Record", "SysTime", "TestTime", "Voltage/V", "Current/uA", "Capacity/uAh")
        rows: list[Sequence[object]] = [("Channel", "001_1"), labels]
        last = (0, 0)
        for row in truth():
            if (row.cycle, row.step) != last:
                rows += [
                    (None, "Step", "Mode", "Period", "Capacity/uAh", "EndVolt/V", "MedVolt/V"),
                    (None, row.step, "C_CC", "0:13:00", 108.3),
                ]
            last = (row.cycle, row.step)
            moment = f"2024-04-30 0{clock(row.test_time)}"
            clocks = (moment, f"0 {clock(row.test_time)}")
            rows.append((row.cycle, row.step, row.record, *clocks, row.voltage, row.current * 1e3, row.capacity * 1e3))
        record = read(workbook(("Log", [("Time", "Event")]), ("DefaultGroup", rows)), "cell.xlsx")
        assert_true(record)
        assert any(flag.startswith("rows: 12 without voltage and current") for flag in flags_of(record))

    def test_place_of_a_bad_cell(self) -> None:
        rows = list(map(numbers, truth()))
        rows[6][4] = "3.x"
        with pytest.raises(ReadError, match=r"'3\.x' in column 'Voltage/V'") as caught:
            read(workbook(("Record", [ENGLISH, *rows])), "cell.xlsx")
        assert caught.value.where == "cell.xlsx, sheet 'Record', row 8"

    def test_a_mass_stated_on_another_sheet(self) -> None:
        information = [
            ("Test name", "Active material"),
            ("a", "Nominal specific capacity: 130 mAh/g Active material: 2.5 mg"),
        ]
        rows = [[cell for place, cell in enumerate(numbers(row)) if place != 7] for row in truth()]
        labels = [label for label in ENGLISH if label != "SpeCap/mAh/g"]
        record = read(workbook(("Test information", information), ("DefaultGroup", [labels, *rows])), "cell.xlsx")
        assert float(record["active_mass"]) == pytest.approx(2.5e-6)
        assert "mass" in words_of(record)
