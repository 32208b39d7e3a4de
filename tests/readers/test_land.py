"""LAND exports: whatever the language, encoding, units and layout, the same cell comes out."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from land_files import (
    CHINESE,
    CODES,
    CURRENT,
    ENGLISH,
    MASS,
    ROWS,
    STEP,
    WORDS,
    assert_true,
    cells,
    clock,
    numbers,
    read,
    text,
    truth,
    words_of,
    workbook,
)

from honeycell.quantities.errors import ReadError
from honeycell.quantities.record import flags_of
from honeycell.readers import Source, formats
from honeycell.readers.land import LandReader

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(("labels", "words"), [(ENGLISH, CODES), (CHINESE, WORDS)], ids=["english", "chinese"])
def test_languages_and_encodings(labels: tuple[str, ...], words: dict[int, str], encoding: str) -> None:
    record = read(text(labels, "\t", words).encode(encoding), "cell.txt")
    assert_true(record)
    assert float(record["active_mass"]) == pytest.approx(MASS * 1e-6, rel=1e-3)
    assert words_of(record) == {"mass"}


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["", "<mark>"])
@pytest.mark.parametrize("header", ["", "cell model:,,,\ntest: ,,,\n\n"])
def test_separators_trailing_ones_and_lines_before(mark: str, end: str, header: str) -> None:
    record = read(text(ENGLISH, mark, header=header, end=end and mark))
    assert_true(record)
    assert record.attrs["header"].strip() == header.strip()


@pytest.mark.parametrize("mark", [";", "\t"])
def test_decimal_commas(mark: str) -> None:
    given = text(ENGLISH, mark)
    head, _, body = given.partition("\n")
    assert_true(read(f"{head}\n{body.replace('.', ',')}"))


@pytest.mark.parametrize(
    ("label", "factor"), [("Current/A", 1e-3), ("Current/uA", 1e3), ("Current(mA)", 1.0), ("Current / mA", 1.0)]
)
def test_units_of_current(label: str, factor: float) -> None:
    labels = [label if each == "Current/mA" else each for each in ENGLISH]
    lines = [",".join(labels)]
    for row in truth():
        given = cells(row)
        given[5] = f"{row.current * factor:.7f}"
        lines.append(",".join(given))
    assert_true(read("\n".join(lines)))


@pytest.mark.parametrize(
    ("label", "write"),
    [
        ("TestTime/Sec", lambda time: f"{time:.3f}"),
        ("TestTime/min", lambda time: f"{time / 60.0:.6f}"),
        ("TestTime/h", lambda time: f"{time / 3600.0:.8f}"),
        ("TestTime(h:m:s)", clock),
        ("TestTime/h:m:s.ms", clock),
        ("TestTime", lambda time: f"0 {clock(time)}"),
        ("TestTime", lambda time: f"0.{clock(time)}"),
        ("TestTime", lambda time: f"0d {clock(time)}"),
        ("测试时间(h:min:s.ms)", clock),
    ],
)
def test_clocks(label: str, write: Callable[[float], str]) -> None:
    labels = [label if each == "TestTime" else each for each in ENGLISH]
    lines = [",".join(labels)]
    for row in truth():
        given = cells(row)
        given[3] = write(row.test_time)
        lines.append(",".join(given))
    assert_true(read("\n".join(lines)))


def test_a_time_without_unit_is_asked_for() -> None:
    rows = [[f"{row.test_time}" if place == 3 else cell for place, cell in enumerate(cells(row))] for row in truth()]
    with pytest.raises(ReadError, match="no time h:m:s, and its label has no unit") as caught:
        read("\n".join(map(",".join, [list(ENGLISH), *rows])))
    assert caught.value.where == "cell.csv, line 2"
    assert "TestTime/Sec" in caught.value.cure


def test_a_current_without_unit_is_asked_for() -> None:
    with pytest.raises(ReadError, match="'Current' without a unit"):
        read(text([label.replace("Current/mA", "Current") for label in ENGLISH]))


def test_units_in_a_line_below_the_labels() -> None:
    labels = "Record\tCycleNo\tStepNo\tTestTime\tVoltage\tCurrent\tCapacity\tSpeCap\tState"
    units = "\t\t\t\tV\tmA\tmAh\tmAh/g\t"
    body = "\n".join("\t".join(cells(row)) for row in truth())
    assert_true(read(f"{labels}\n{units}\n{body}"))
    rows = [labels.split("\t"), units.split("\t"), *map(numbers, truth())]
    assert_true(read(workbook(("Record", rows)), "cell.xlsx"))


def test_records_below_their_cycle_and_step() -> None:
    lines = ["Cycle,CapC/mAh", ",Step,Mode", ",,Record,TestTime,Voltage/V,Current/mA,Capacity/mAh,State"]
    last = (0, 0)
    for row in truth():
        if row.cycle != last[0]:
            lines.append(f"{row.cycle},0.1")
        if (row.cycle, row.step) != last:
            lines.append(f",{row.step},{CODES[row.state]}")
        last = (row.cycle, row.step)
        given = cells(row)
        lines.append(",,".join(["", ",".join([given[0], *given[3:7], given[8]])]))
    for mark in ",\t":
        record = read("\n".join(lines).replace(",", mark))
        assert_true(record)
        assert "rows" in words_of(record)


def test_rows_that_sum_up_a_step_between_the_records_are_left_out_and_counted() -> None:
    lines = text().splitlines()
    for place in (70, 40, 14):
        lines.insert(place, "step 1,,,0:13:00,,,0.1083,,")
    record = read("\n".join(lines))
    assert_true(record)
    assert any(
        flag.startswith("rows: 3 without voltage and current, the first in line 15") for flag in flags_of(record)
    )


def test_labels_repeated_between_the_rows() -> None:
    lines = text().splitlines()
    lines.insert(40, lines[0])
    assert_true(read("\n".join(lines)))


class TestSign:
    def unsigned(self, words: dict[int, str] = CODES) -> str:
        return text(words=words).replace(f",-{CURRENT:.4f},", f",{CURRENT:.4f},")

    def test_unsigned_current_gets_its_sign_from_the_state(self) -> None:
        record = read(self.unsigned())
        assert_true(record)
        assert "sign" in words_of(record)

    def test_discharge_positive_by_convention_is_turned(self) -> None:
        swapped = {1: "D_CC", 0: "R", -1: "C_CC"}
        record = read(text(words=swapped))
        np.testing.assert_allclose(record["current"], [-row.current * 1e-3 for row in truth()])
        assert "sign" in words_of(record)

    def test_some_contradictions_are_flagged_only(self) -> None:
        record = read(text().replace("C_CC", "D_CC", 3))
        assert_true(record)
        assert any(flag.startswith("sign: in 3 rows") for flag in flags_of(record))

    def test_unsigned_current_without_state(self) -> None:
        lines = [line.rpartition(",")[0] for line in self.unsigned().splitlines()]
        assert any("neither a state nor a counter" in flag for flag in flags_of(read("\n".join(lines))))

    @pytest.mark.parametrize("digits", [6, 2])
    def test_unsigned_current_with_two_counters(self, digits: int) -> None:
        labels = "Record,CycleNo,StepNo,TestTime,Voltage/V,Current/mA,CapC/mAh,CapD/mAh"
        lines = [labels]
        for row in truth():
            charge, discharge = (row.capacity if row.state == sign else 0.0 for sign in (1, -1))
            given = cells(row)
            counters = f"{charge:.{digits}f},{discharge:.{digits}f}"
            lines.append(f"{','.join(given[:5])},{abs(row.current)},{counters}")
        assert_true(read("\n".join(lines)))
        without = [",".join(line.split(",")[:2] + line.split(",")[3:]) for line in lines]
        assert_true(read("\n".join(without)), steps=False) if digits == 6 else None


class TestTime:
    def restarting(self, label: str, per_cycle: bool = False) -> list[str]:
        lines = [text().splitlines()[0].replace("TestTime", label)]
        for row in truth():
            given = cells(row)
            given[3] = clock(row.test_time - (row.cycle - 1) * 3 * ROWS * STEP if per_cycle else row.step_time)
            lines.append(",".join(given))
        return lines

    def test_step_times_are_summed_up(self) -> None:
        record = read("\n".join(self.restarting("StepTime")))
        assert_true(record)
        assert any("starts anew 5 times" in flag for flag in flags_of(record))

    def test_a_test_time_that_starts_anew_with_the_cycle(self) -> None:
        record = read("\n".join(self.restarting("TestTime", per_cycle=True)))
        assert_true(record)
        assert any("starts anew 1 times" in flag for flag in flags_of(record))

    @pytest.mark.parametrize("label", ["TestTime", "StepTime"])
    def test_shuffled_rows_are_refused(self, label: str) -> None:
        for seed in range(20):
            lines = text().splitlines() if label == "TestTime" else self.restarting(label)
            body = lines[1:]
            np.random.default_rng(seed).shuffle(body)
            with pytest.raises(ReadError, match="s after") as caught:
                read("\n".join([lines[0], *body]))
            assert "order" in caught.value.cure
            assert "line" in caught.value.where

    def test_sorted_by_voltage_is_refused(self) -> None:
        lines = text().splitlines()
        lines[1:] = sorted(lines[1:], key=lambda line: line.split(",")[4])
        with pytest.raises(ReadError, match="s after"):
            read("\n".join(lines))

    def test_dates_where_there_is_no_other_time(self) -> None:
        lines = [",".join(ENGLISH).replace("TestTime", "SysTime")]
        for row in truth():
            given = cells(row)
            given[3] = f"2024-04-30 2{given[3][0]}:{given[3][2:]}"
            lines.append(",".join(given))
        record = read("\n".join(lines))
        np.testing.assert_allclose(record["test_time"], [row.test_time - STEP for row in truth()], atol=1e-3)
        assert "test_time" in words_of(record)


class TestMass:
    def test_none_where_the_ratio_is_not_one_mass(self) -> None:
        lines = [",".join(ENGLISH)]
        for row in truth():
            given = cells(row)
            given[7] = str(100.0 * row.record)
            lines.append(",".join(given))
        record = read("\n".join(lines))
        assert "active_mass" not in record
        assert any("not one mass" in flag for flag in flags_of(record))

    def test_none_where_nothing_says_so(self) -> None:
        lines = [",".join(line.split(",")[:7]) for line in text().splitlines()]
        record = read("\n".join(lines))
        assert "active_mass" not in record
        assert flags_of(record) == []


def machine_table(digits: int) -> str:
    """The comma table with machine names that newer programs write."""
    labels = (
        "channel_index,cycle_index,step_index,date_time_iso_string,test_time_s,step_time_s,current_A,voltage_V,"
        "discharge_capacity_Ah,charge_capacity_Ah,discharge_energy_Wh,charge_energy_Wh,temperature_1_C,step_name"
    )
    lines = ["cell model:,,,,,,,,,,,,,", "test: ,,,,,,,,,,,,,", labels]
    total = {1: 0.0, -1: 0.0, 0: 0.0}
    for row in truth():
        total[row.state] = total[row.state] + CURRENT * 1e-3 * STEP / 3600.0
        charge, discharge = total[1], total[-1]
        current = f"{row.state * 2.4e-4:.{digits}f}"
        lines.append(
            f"1,{row.cycle},{row.step},04/30/2024 14:33:19,{row.test_time:.3f},{row.step_time:.3f},{current},"
            f"{row.voltage:.4f},{discharge * 0.48:.9f},{charge * 0.48:.9f},0,0,0,{('dchg', 'rest', 'chg')[row.state + 1]},"
        )
    return "\n".join(lines) + "\n"


def test_the_table_with_machine_names() -> None:
    record = read(machine_table(7))
    assert record["charge_capacity"].values[-1] == pytest.approx(2 * ROWS * STEP * 2.4e-4, rel=1e-6)
    assert "temperature" not in record
    assert words_of(record) == {"temperature"}


def test_a_current_too_coarse_to_be_integrated_is_flagged() -> None:
    flags = [flag for flag in flags_of(read(machine_table(4))) if flag.startswith("rounding:")]
    assert len(flags) == 1
    assert "0.1 mA" in flags[0]
    assert "0.04 mAh in the discharge of cycle 1 where the tester counted 0.048 mAh" in flags[0]


def test_counters_that_contradict_a_fine_current_are_flagged_as_such() -> None:
    lines = [",".join(ENGLISH)]
    for row in truth():
        given = cells(row)
        given[6] = f"{2.0 * row.capacity:.6f}"
        lines.append(",".join(given))
    flags = flags_of(read("\n".join(lines).replace("0.5000", "0.5001")))
    assert any(flag.startswith("counters:") for flag in flags)


def test_missing_and_doubled_records_are_flagged() -> None:
    lines = text().splitlines()
    flags = flags_of(read("\n".join([*lines[:20], *lines[22:40], lines[39], *lines[40:]])))
    assert [flag for flag in flags if flag.startswith("records:")] == [
        "records: their numbers skip 1 times, first after 19",
        "records: their numbers repeat 1 times, first after 39",
    ]


def test_unknown_columns_are_named_and_kept() -> None:
    lines = text().splitlines()
    record = read("\n".join([f"{lines[0]},Fancy/x", *(f"{line},7" for line in lines[1:])]))
    assert_true(record)
    assert any(flag.startswith("unknown_columns: 'Fancy/x'") for flag in flags_of(record))
    assert "Fancy/x" in record.attrs["raw_columns"]


def test_raw_columns_are_the_files_own() -> None:
    record = read(text())
    labels = record.attrs["raw_columns"]
    assert "Current/mA" in labels
    place = json.loads(labels).index("Current/mA")
    np.testing.assert_array_equal(record["raw"][:, place], [row.current for row in truth()])
    assert record["raw_text"].values[:, -1].tolist() == [CODES[row.state] for row in truth()]


def test_a_long_file_reads_as_its_beginning_does() -> None:
    """Long tables are converted column by column, short ones cell by cell."""
    labels = ",".join(ENGLISH)
    rows = [
        f"{n},{1 + n // 900},1,{clock(7.5 * n)},{3 + n * 1e-4:.4f},{0.5 * (1 - 2 * (n // 100 % 2)):.4f},{n % 100},{n % 100 * 400},"
        f"{('C_CC', 'D_CC')[n // 100 % 2]}"
        for n in range(1, 4000)
    ]
    whole = read("\n".join([labels, *rows]))
    begin = read("\n".join([labels, *rows[:500]]))
    for name in ("test_time", "voltage", "current", "cycle", "step_capacity", "raw"):
        np.testing.assert_array_equal(whole[name].values[:500], begin[name].values)
    rows[3100] = rows[3100].replace(",3.", ",3..")
    with pytest.raises(ReadError, match=r"'3\.\.31.*' in column 'Voltage/V'") as caught:
        read("\n".join([labels, *rows]))
    assert caught.value.where == "cell.csv, line 3102"


class TestWhoseFile:
    def test_a_battery_data_format_table_is_not_ours(self) -> None:
        given = "Test Time / s,Voltage / V,Current / A,Cycle Count / 1\n0,3,1,1\n1,3,1,1\n"
        assert read(given).attrs["format"] == "bdf"

    @pytest.mark.parametrize(
        "labels",
        [
            "DataPoint,Cycle Index,Step Index,Step Type,Time,Total Time,Current(A),Voltage(V),Capacity(Ah),Date,Power(W)",
            "Cycle ID,Step ID,Record ID,Time(h:min:s.ms),Voltage(V),Current(mA),Capacity(mAh),Realtime",
            "数据序号,循环号,工步号,工步类型,时间,总时间,电流(A),电压(V),容量(Ah),绝对时间,功率(W)",
            "Data_Point,Test_Time(s),Date_Time,Step_Time(s),Step_Index,Cycle_Index,Current(A),Voltage(V)",
            "test_time_second,voltage_volt,current_ampere,cycle_count",
            "Test Time / s,Voltage / V,Current / A,Cycle Count / 1,Step Capacity / Ah",
            "mode,ox/red,error,time/s,Ewe/V,I/mA,cycle number",
            "Time [s],Potential [V],Current [A]",
        ],
    )
    def test_tables_of_others_are_not_ours(self, labels: str) -> None:
        row = ",".join("1" for _ in labels.split(","))
        assert not LandReader().recognises(Source("x.csv", f"{labels}\n{row}\n{row}\n".encode()))

    @pytest.mark.parametrize("name", ["a.cex", "a.ccs"])
    def test_the_binary_file_is_named(self, name: str) -> None:
        with pytest.raises(ReadError, match="LAND binary file") as caught:
            read(bytes(range(256)) * 9, name)
        assert "LANDdt" in caught.value.cure

    def test_it_is_listed(self) -> None:
        assert "LAND" in formats()["land"]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda given: given[:9], "none of the formats"),
        (lambda given: given.splitlines()[0], "no rows"),
        (lambda given: given[:-40], "neither voltage nor current"),
        (lambda given: given.replace("3.2", "3.2.2", 1), "not a finite number"),
        (lambda given: given.replace("0:02:00", "later", 1), "no time"),
        (lambda given: given.replace(",Current/mA", ",Strom"), "no column for current|none of the formats"),
        (lambda given: given.replace("3.33", "3,33", 1), "columns where 9 are named"),
        (lambda given: given.replace(",3.2600,", ",nan,", 1), "not a finite number"),
    ],
)
def test_damaged_files_are_refused_with_place_and_cure(change: Callable[[str], str], match: str) -> None:
    with pytest.raises(ReadError, match=match) as caught:
        read(change(text()))
    assert caught.value.where.startswith("cell.csv")
    assert caught.value.cure


CONTENTS = {
    "a.csv": text().encode(),
    "b.txt": text(CHINESE, "\t", WORDS).encode("gbk"),
    "c.txt": text(CHINESE, ";", WORDS).replace(".", ",").encode("utf-16"),
    "d.csv": machine_table(4).encode(),
    "e.xlsx": workbook(("Record", [ENGLISH, *map(numbers, truth())])),
}
PIECES = st.binary(max_size=12) | st.sampled_from(
    [b",", b"\n", b"\t", b'"', b"1e999", b"nan", b"-", b"\0", b":", b"99999999"]
)
CHANGES = st.lists(st.tuples(st.floats(0.0, 1.0), st.integers(0, 3), PIECES), min_size=1, max_size=4)


@pytest.mark.parametrize("name", CONTENTS)
@settings(max_examples=40, deadline=None)
@given(changes=CHANGES)
def test_mutilated_files_are_read_or_refused(
    name: str, sound_or_refused: Callable[..., None], changes: list[tuple[float, int, bytes]]
) -> None:
    if PurePath(name).suffix == ".xlsx" or any(how < 3 for _, how, _ in changes):
        sound_or_refused(name, CONTENTS[name], changes)
