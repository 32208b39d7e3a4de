"""Neware exports: flat or below step and cycle, English or Chinese, any unit and encoding, the same cell comes out."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honeycell.quantities.errors import ReadError
from honeycell.quantities.record import flags_of
from honeycell.readers import Source, formats, read_source
from honeycell.readers.land import LandReader
from honeycell.readers.neware import NewareReader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr

STEP, ROWS, CURRENT, MASS = 60.0, 12, 0.5, 2.5  # s, records of a step, mA, mg


@dataclass(frozen=True)
class Row:
    number: int
    cycle: int
    step: int
    state: int
    total: float
    time: float
    voltage: float
    current: float
    capacity: float


def truth() -> list[Row]:
    """Two cycles of rest, charge and discharge; the first record of a step stands at its time zero."""
    rows = []
    for cycle in (1, 2):
        for order, state in enumerate((0, 1, -1), 1):
            for count in range(ROWS):
                start = len(rows) // ROWS * (ROWS - 1) * STEP
                time = count * STEP
                voltage = 3.2 + state * 0.05 * count + 0.01 * cycle
                capacity = abs(state) * CURRENT * time / 3600.0
                row = (cycle, order, state, start + time, time, voltage, state * CURRENT, capacity)
                rows.append(Row(len(rows) + 1, *row))
    return rows


def clock(time: float) -> str:
    return f"{int(time // 3600):02d}:{int(time // 60) % 60:02d}:{time % 60:06.3f}"


def date(time: float) -> str:
    return f"2023-05-01 {10 + int(time // 3600)}:{int(time // 60) % 60:02d}:{int(time % 60):02d}"


_ENGLISH = (
    "DataPoint,Cycle Index,Step Index,Step Type,Time,Total Time,Current(A),Voltage(V),Capacity(Ah),"
    "Spec. Cap.(mAh/g),Chg. Cap.(Ah),Chg. Spec. Cap.(mAh/g),DChg. Cap.(Ah),DChg. Spec. Cap.(mAh/g),"
    "Energy(Wh),Spec. Energy(mWh/g),Chg. Energy(Wh),Chg. Spec. Energy(mWh/g),DChg. Energy(Wh),"
    "DChg. Spec. Energy(mWh/g),Date,Power(W),dQ/dV(mAh/V),dQm/dV(mAh/V.g),Contact resistance(mΩ),"
    "Module start-stop switch,T1(℃)"
)
ENGLISH = _ENGLISH.split(",")
_CHINESE = (
    "数据序号,循环号,工步号,工步类型,时间,总时间,电流(A),电压(V),容量(Ah),比容量(mAh/g),充电容量(Ah),充电比容量(mAh/g),放电容量(Ah),放电比容量(mAh/g),"
    "能量(Wh),比能量(mWh/g),充电能量(Wh),充电比能量(mWh/g),放电能量(Wh),放电比能量(mWh/g),绝对时间,功率(W),dQ/dV(mAh/V),"
    "dQm/dV(mAh/V.g),接触电阻(mΩ),模块启停开关,温度(℃)"
)
CHINESE = _CHINESE.split(",")
CODES = {1: "CC Chg", 0: "Rest", -1: "CCCV DChg"}
WORDS = {1: "恒流恒压充电", 0: "搁置", -1: "恒流放电"}


def cells(row: Row, words: dict[int, str] = CODES, milli: float = 1.0) -> list[str]:
    """``milli`` is 1 for A and Ah, 1000 for mA and mAh."""
    charge, discharge = (row.capacity if row.state == sign else 0.0 for sign in (1, -1))
    q = [value * 1e-3 * milli for value in (row.capacity, charge, discharge)]
    specific = [value / MASS * 1e3 for value in (row.capacity, charge, discharge)]
    counters = [f"{number:.9f}" for pair in zip(q, specific, strict=True) for number in pair]
    energies = [f"{number * 3.2:.9f}" for pair in zip(q, specific, strict=True) for number in pair]
    return [
        str(row.number),
        str(row.cycle),
        str(row.step),
        words[row.state],
        clock(row.time),
        clock(row.total),
        f"{row.current * 1e-3 * milli:.7f}",
        f"{row.voltage:.4f}",
        *counters,
        *energies,
        date(row.total),
        *("0",) * 4,
        "None",
        "25.0",
    ]


def text(
    labels: Sequence[str] = ENGLISH, mark: str = ",", words: dict[int, str] = CODES, end: str = "", milli: float = 1.0
) -> str:
    return "\n".join([mark.join(labels) + end, *(mark.join(cells(row, words, milli)) + end for row in truth()), ""])


def nested(*, signed: bool = True, chinese: bool = False, guard: str = "") -> list[str]:
    """The layout of cycles, steps and records one below the other, as BTS 7 writes it; ``guard`` keeps Excel from changing clocks."""
    if chinese:
        lines = [
            "循环序号,充电容量(mAh),放电容量(mAh)",
            ",工步序号,工步名称,工步时间(h:min:s.ms)",
            ",,记录序号,时间(h:min:s.ms),电压(V),电流(mA),容量(mAh),比容量(mAh/g),能量(mWh),比能量(mWh/g),绝对时间",
        ]
    else:
        lines = [
            "Cycle ID,Cap_Chg(mAh),Cap_DChg(mAh),Specific Capacity-Chg(mAh/g)",
            ",Step ID,Step Name,Step Time(h:min:s.ms),Step Capacity(mAh)",
            f",,Record ID,{guard}Time(h:min:s.ms),Voltage(V),Current(mA),Capacity(mAh),Capacity Density(mAh/g),Energy(mWh),"
            f"CmpEng(mWh/g),{guard}Realtime",
        ]
    last = (0, 0)
    for row in truth():
        if row.cycle != last[0]:
            lines.append(f"{row.cycle},0.1,0.1,40")
        if (row.cycle, row.step) != last:
            lines.append(f",{row.step},{(WORDS if chinese else CODES)[row.state]},0:11:00.000,0.1")
        last = (row.cycle, row.step)
        current = row.current if signed else abs(row.current)
        q = (row.capacity, row.capacity / MASS * 1e3, row.capacity * 3.2, row.capacity / MASS * 3.2e3)
        counters = ",".join(f"{each:.6f}" for each in q)
        lines.append(
            f",,{row.number},{guard}{clock(row.time)},{row.voltage:.4f},{current},{counters},{guard}{date(row.total)}"
        )
    return lines


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


def assert_true(record: xr.Dataset, *, flat: bool = True) -> None:
    rows = truth()
    assert record.attrs["format"] == "neware"
    np.testing.assert_allclose(record["test_time"], [row.total for row in rows], atol=2e-3)
    np.testing.assert_allclose(record["voltage"], [row.voltage for row in rows], atol=1e-4)
    np.testing.assert_allclose(record["current"], [row.current * 1e-3 for row in rows], atol=1e-9)
    assert record["cycle"].values.tolist() == [row.cycle for row in rows]
    assert record["step"].values.tolist() == [row.step for row in rows]
    np.testing.assert_allclose(record["step_capacity"], [row.capacity * 3.6 for row in rows], atol=1e-5)
    assert float(record["active_mass"]) == pytest.approx(MASS * 1e-6, rel=1e-3)
    if flat:
        expected = [row.capacity * 3.6 if row.state == -1 else 0.0 for row in rows]
        np.testing.assert_allclose(record["discharge_capacity"], expected, atol=4e-6)
        np.testing.assert_allclose(record["charge_energy"].max(), (ROWS - 1) * STEP * CURRENT * 1e-3 * 3.2, rtol=1e-5)
        np.testing.assert_allclose(record["cell_temperature"], 298.15)


def words_of(record: xr.Dataset) -> set[str]:
    return {flag.partition(":")[0] for flag in flags_of(record)}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
@pytest.mark.parametrize(("labels", "words"), [(ENGLISH, CODES), (CHINESE, WORDS)], ids=["english", "chinese"])
@pytest.mark.parametrize("mark", [",", "\t"])
def test_languages_and_encodings(labels: list[str], words: dict[int, str], encoding: str, mark: str) -> None:
    if encoding == "gb18030":  # which GBK cannot write
        labels = [label.replace("mΩ", "mohm") for label in labels]
    record = read(text(labels, mark, words, end=mark).encode(encoding))
    assert_true(record)
    assert words_of(record) == {"mass"}


def test_decimal_commas() -> None:
    head, _, body = text(mark=";").partition("\n")
    assert_true(read(f"{head}\n{body.replace('.', ',')}"))


def test_units_in_the_labels() -> None:
    labels = [label.replace("(Ah)", "(mAh)").replace("(Wh)", "(mWh)").replace("(A)", "(mA)") for label in ENGLISH]
    assert_true(read(text(labels, milli=1e3)))


@pytest.mark.parametrize(
    ("label", "write"),
    [
        ("Total Time(s)", lambda time: f"{time:.3f}"),
        ("Total Time(min)", lambda time: f"{time / 60.0:.7f}"),
        ("Total Time(h)", lambda time: f"{time / 3600.0:.9f}"),
        ("Total Time(h:min:s.ms)", clock),
        ("Total Time", lambda time: f"0-{clock(time)}"),
        ("Total Time", lambda time: f"0.{clock(time)}"),
    ],
)
def test_clocks(label: str, write: Callable[[float], str]) -> None:
    lines = [",".join(label if each == "Total Time" else each for each in ENGLISH)]
    for row in truth():
        given = cells(row)
        given[5] = write(row.total)
        lines.append(",".join(given))
    assert_true(read("\n".join(lines)))


def test_a_current_without_unit_is_asked_for() -> None:
    with pytest.raises(ReadError, match="'Current' without a unit"):
        read(text([label.replace("Current(A)", "Current") for label in ENGLISH]))


@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("chinese", [False, True])
@pytest.mark.parametrize("mark", [",", "\t"])
def test_records_below_their_cycle_and_step(signed: bool, chinese: bool, mark: str) -> None:
    content = "\n".join(nested(signed=signed, chinese=chinese, guard="" if mark == "\t" else "\t"))
    if mark == "\t":
        content = content.replace(",", mark)
    record = read(content.encode("gbk" if chinese else "utf-8"))
    assert_true(record, flat=False)
    assert {"rows", "mass", "test_time"} <= words_of(record)
    assert ("sign" in words_of(record)) == (not signed)


def test_a_record_before_any_cycle_is_refused_with_its_line() -> None:
    lines = nested()
    del lines[3:5]  # the first cycle and its first step
    with pytest.raises(ReadError, match="not a finite number") as caught:
        read("\n".join(lines))
    assert caught.value.where == "cell.csv, line 4"


def test_the_general_report() -> None:
    labels = (
        "Cycle ID,Step ID,Record ID,Time(h:min:s.ms),Voltage(V),Current(mA),Temperature(C),Capacity(mAh),Capacity Density(mAh/g),"
        "Energy(mWh),CmpEng(mWh/g),Realtime,Min-T(C),Max-T(C),Avg-T(C),Power(mW),Capacitance_Chg(mAh),Capacitance_DChg(mAh),"
        "Engy_Chg(mWh),Engy_DChg(mWh),dQ/dV(mAh/V),dQm/dV(mAh/V.g),DCIR(O)"
    )
    lines = [labels]
    for row in truth():
        charge, discharge = (row.capacity if row.state == sign else 0.0 for sign in (1, -1))
        lines.append(
            f"{row.cycle},{row.step},{row.number},{clock(row.time)},{row.voltage},{row.current},25.0,{row.capacity:.7f},"
            f"{row.capacity / MASS * 1e3:.6f},0,0,{date(row.total)},0,0,0,0,{charge:.7f},{discharge:.7f},{3.2 * charge:.7f},0,0,0,0"
        )
    record = read("\n".join(lines))
    assert_true(record)
    assert words_of(record) == {"mass", "test_time"}


def test_the_detail_sheet_of_an_excel_file() -> None:
    labels = "Record Index,Status,JumpTo,Cycle,Step,Cur(mA),Voltage(V),CapaCity(mAh),CmpCap(mAh/g),Relative Time(h:min:s.ms),Absolute Time"
    rows: list[Sequence[object]] = [labels.split(",")]
    for row in truth():
        specific = row.capacity / MASS * 1e3
        start = (row.number, CODES[row.state], 1, row.cycle, row.step)
        rows.append((*start, row.current, row.voltage, row.capacity, specific, clock(row.time), date(row.total)))
    cycle = [("Cycle", "Cap_Chg(mAh)"), (1, 0.1)]
    assert_true(
        read(workbook(("Info", [("Test", "a")]), ("Cycle_1_1", cycle), ("Detail_1_1", rows)), "cell.xlsx"), flat=False
    )


def test_the_record_sheet_of_a_newer_excel_file() -> None:
    record = [
        ENGLISH,
        *([float(cell) if place in (6, 7) else cell for place, cell in enumerate(cells(row))] for row in truth()),
    ]
    step = [("Cycle Index", "Step Index", "Step Number", "Step Type", "Step Time", "Capacity(Ah)", "Oneset Volt.(V)")]
    assert_true(read(workbook(("unit", [("a",)]), ("step", step), ("record", record)), "cell.xlsx"))


def test_a_mass_of_one_milligram_is_the_programs_own() -> None:
    lines = [",".join(ENGLISH)]
    for row in truth():
        given = cells(row)
        given[9] = f"{row.capacity * 1e3:.6f}"
        lines.append(",".join(given))
    record = read("\n".join(lines))
    assert "active_mass" not in record
    assert any("as programs do unasked" in flag for flag in flags_of(record))


@pytest.mark.parametrize("layout", ["flat", "nested"])
def test_shuffled_rows_are_refused(layout: str) -> None:
    for seed in range(10):
        lines = text().splitlines() if layout == "flat" else nested()
        head = lines[:1] if layout == "flat" else lines[:5]
        body = lines[len(head) :]
        np.random.default_rng(seed).shuffle(body)
        with pytest.raises(ReadError, match=r"s after|columns where|not a finite number") as caught:
            read("\n".join([*head, *body]))
        assert "line" in caught.value.where


def test_unknown_columns_are_named_and_kept() -> None:
    lines = text().splitlines()
    record = read("\n".join([f"{lines[0]},Fancy(x)", *(f"{line},7" for line in lines[1:])]))
    assert any(flag.startswith("unknown_columns: 'Fancy(x)'") for flag in flags_of(record))
    assert "Fancy(x)" in record.attrs["raw_columns"]


def test_a_long_file_reads_as_its_beginning_does() -> None:
    lines = [",".join(ENGLISH)]
    for count in range(3000):
        row = Row(count + 1, 1, 1, 1, 2.0 * count, 2.0 * count, 3.0 + count * 1e-4, CURRENT, count * CURRENT / 1800.0)
        lines.append(",".join(cells(row)))
    whole, begin = read("\n".join(lines)), read("\n".join(lines[:500]))
    for name in ("test_time", "voltage", "current", "charge_capacity", "raw"):
        np.testing.assert_array_equal(whole[name].values[:499], begin[name].values)


@pytest.mark.parametrize(
    "labels",
    [
        "Record,CycleNo,StepNo,TestTime,Voltage/V,Current/mA,Capacity/mAh,SpeCap/mAh/g,State",
        "记录序号,循环序号,工步序号,测试时间,电压/V,电流/mA,容量/mAh,比容量/mAh/g,工步状态",
        "Data_Point,Test_Time(s),Date_Time,Step_Time(s),Step_Index,Cycle_Index,Current(A),Voltage(V)",
        "test_time_second,voltage_volt,current_ampere,cycle_count",
        "Test Time / s,Voltage / V,Current / A,Cycle Count / 1,Step Capacity / Ah",
        "mode,ox/red,error,time/s,Ewe/V,I/mA,cycle number",
        "Time [s],Potential [V],Current [A]",
        "Time,Voltage,Current,Date",
    ],
)
def test_tables_of_others_are_not_ours(labels: str) -> None:
    row = ",".join("1" for _ in labels.split(","))
    assert not NewareReader().recognises(Source("x.csv", f"{labels}\n{row}\n{row}\n".encode()))


def test_ours_are_not_of_others() -> None:
    for content in (text(), text(CHINESE, words=WORDS), "\n".join(nested()), "\n".join(nested(chinese=True))):
        assert not LandReader().recognises(Source("x.csv", content.encode()))
    assert "Neware" in formats()["neware"]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda given: given.splitlines()[0], "no rows"),
        (lambda given: given[:-120], "columns where|neither voltage|not a finite|no time"),
        (lambda given: given.replace("3.2600", "3.26.00", 1), "not a finite number"),
        (lambda given: given.replace("00:02:00.000,00:02:00.000", "00:02:00.000,later", 1), "no time"),
        (lambda given: given.replace("3.3100", "nan", 1), "not a finite number"),
    ],
)  # fmt: skip
def test_damaged_files_are_refused_with_place_and_cure(change: Callable[[str], str], match: str) -> None:
    with pytest.raises(ReadError, match=match) as caught:
        read(change(text()))
    assert caught.value.where.startswith("cell.csv")
    assert caught.value.cure


CONTENTS = {
    "a.csv": text().encode(),
    "b.csv": text(CHINESE, ",", WORDS).encode("gb18030"),
    "c.csv": "\n".join(nested()).encode(),
    "d.txt": "\n".join(nested(chinese=True)).replace(",", "\t").encode("utf-16"),
}
PIECES = st.binary(max_size=12) | st.sampled_from(
    [b",", b"\n", b"\t", b'"', b"1e999", b"nan", b"-", b"\0", b":", b"9999"]
)
CHANGES = st.lists(st.tuples(st.floats(0.0, 1.0), st.integers(0, 3), PIECES), min_size=1, max_size=4)


@pytest.mark.parametrize("name", CONTENTS)
@settings(max_examples=40, deadline=None)
@given(changes=CHANGES)
def test_mutilated_files_are_read_or_refused(
    name: str, sound_or_refused: Callable[..., None], changes: list[tuple[float, int, bytes]]
) -> None:
    sound_or_refused(name, CONTENTS[name], changes)


@pytest.mark.slow
@pytest.mark.parametrize("name", CONTENTS)
@settings(max_examples=1000, deadline=None)
@given(changes=CHANGES)
def test_mutilated_thousandfold(
    name: str, sound_or_refused: Callable[..., None], changes: list[tuple[float, int, bytes]]
) -> None:
    sound_or_refused(name, CONTENTS[name], changes)
