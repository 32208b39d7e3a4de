"""Neware's binary files, forged page by page: every record, step, cycle, counter and temperature comes out in SI units."""

from __future__ import annotations

import io
import struct
import sys
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honeycell.quantities.errors import ReadError
from honeycell.quantities.record import flags_of
from honeycell.readers import Source, read_source

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr
    from numpy.typing import NDArray

PAGE, FIRST = 4096, 132  # bytes of a page, and where its records begin
STEP, ROWS = 30.0, 20  # s, records of a step
KINDS = (4, 1, 2, 4, 1, 2)  # rest, charge, discharge, twice
CYCLES = (1, 1, 1, 2, 2, 2)
START = 1_700_000_000


def truth() -> dict[str, NDArray[np.float64]]:
    """Current [A], voltage [V], counters [A s, J] and times [s], all starting anew with each step but the test time."""
    count = np.arange(ROWS * len(KINDS))
    step = count // ROWS
    sign = np.choose(np.array(KINDS)[step] % 4, (0.0, 1.0, -1.0))
    time = (count % ROWS) * STEP
    current = sign * 5e-4
    charge = np.abs(current) * time
    last = (ROWS - 1) * STEP
    return {
        "test_time": time + step * last,
        "step_time": time,
        "voltage": 3.0 + 0.001 * count,
        "current": current,
        "cycle": np.array(CYCLES, float)[step],
        "step": step + 1.0,
        "step_capacity": charge,
        "step_energy": charge * 3.2,
        "sign": sign,
        "kind": np.array(KINDS)[step],
    }


def ndc(kind: int, version: int, records: NDArray[np.void]) -> bytes:
    """Pages with a map of the records that are filled, after one of header."""
    most = (PAGE - FIRST - 1) // records.dtype.itemsize
    head = bytearray(PAGE)
    head[0], head[2] = kind, version
    pages = [bytes(head)]
    for first in range(0, records.size, most):
        some = records[first : first + most]
        page = bytearray(PAGE)
        bits = np.zeros(-(-most // 8) * 8, np.uint8)
        bits[: some.size] = 1
        page[4 : 4 + bits.size // 8] = np.packbits(bits, bitorder="little").tobytes()
        page[FIRST : FIRST + some.nbytes] = some.tobytes()
        pages.append(bytes(page))
    return b"".join(pages)


def records(fields: list[tuple[str, str]], size: int, **values: object) -> NDArray[np.void]:
    result = np.zeros(size, np.dtype(fields))
    for name, value in values.items():
        result[name] = value
    return result


INTEGERS = [
    ("p", "V1"), ("index", "<u4"), ("cycle", "<u4"), ("step", "u1"), ("kind", "u1"), ("q", "V5"), ("time", "<u8"),
    ("v", "<i4"), ("i", "<i4"), ("r", "V4"), ("qc", "<i8"), ("qd", "<i8"), ("ec", "<i8"), ("ed", "<i8"),
    ("Y", "<u2"), ("M", "u1"), ("D", "u1"), ("h", "u1"), ("m", "u1"), ("s", "u1"), ("range", "<i4"), ("t", "V8"),
]  # fmt: skip
INFORMATION = [
    ("time", "<u4"), ("p", "V1"), ("qc", "<f4"), ("qd", "<f4"), ("ec", "<f4"), ("ed", "<f4"), ("q", "V8"), ("dt", "<i4"),
    ("unix", "<u4"), ("step", "<u4"), ("index", "<u4"), ("ms", "<i2"), ("r", "V8"),
]  # fmt: skip


def version_5(scale: int = 10, multiplier: float = 1e-3) -> dict[str, bytes]:
    """One member with integers, whose unit is the current range's; 10 mA counts microampere."""
    t = truth()
    size = t["voltage"].size
    unit = multiplier * 1e-3  # A
    charge, discharge = (np.where(t["sign"] == sign, t["step_capacity"], 0.0) for sign in (1.0, -1.0))
    rows = records(
        INTEGERS, size, index=np.arange(1, size + 1), cycle=t["cycle"] - 1, step=t["step"], kind=t["kind"],
        time=t["step_time"] * 1e3, v=np.round(t["voltage"] * 1e4), i=np.round(t["current"] / unit), qc=np.round(charge / unit),
        qd=np.round(discharge / unit), ec=np.round(charge * 3.2 / unit), ed=np.round(discharge * 3.2 / unit),
        Y=2023, M=5, D=1, h=10, range=scale,
    )  # fmt: skip
    return {"data.ndc": ndc(1, 5, rows)}


def version_14(celsius: float | None = 25.0, order: slice = slice(None)) -> dict[str, bytes]:
    """Members for voltage and current, for times and counters, and for steps; a temperature beside them."""
    t = truth()
    size = t["voltage"].size
    charge, discharge = (np.where(t["sign"] == sign, t["step_capacity"], 0.0) / 3600.0 for sign in (1.0, -1.0))
    main = records([("v", "<f4"), ("i", "<f4")], size, v=t["voltage"], i=t["current"])
    about = records(
        INFORMATION, size, time=t["step_time"] * 1e3, qc=charge, qd=discharge, ec=charge * 3.2, ed=discharge * 3.2,
        dt=STEP * 1e3, unix=START + t["test_time"], step=t["step"], index=np.arange(1, size + 1),
    )  # fmt: skip
    steps = records(
        [("cycle", "<u4"), ("step", "<u4"), ("p", "V16"), ("kind", "u1"), ("q", "V12")], len(KINDS),
        cycle=np.array(CYCLES) - 1, step=[1, 2, 3, 1, 2, 3], kind=KINDS,
    )  # fmt: skip
    members = {
        "data.ndc": ndc(1, 14, main[order]),
        "data_runInfo.ndc": ndc(18, 14, about),
        "data_step.ndc": ndc(7, 14, steps),
    }
    if celsius is not None:
        members["data_AUX_1_1_1.ndc"] = ndc(5, 14, records([("x", "<f4")], size, x=celsius))
        members["TestInfo.xml"] = (
            b'<?xml version="1.0" encoding="GB2312"?><root><config><TestInfo AuxCount="1">'
            b'<Aux1 AuxID="1" ChlType="103" RealChlID="1"/></TestInfo></config></root>'
        )
    return members


def packed(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def nda(scale: int = 10, multiplier: float = 1e-3, version: int = 8) -> bytes:
    """The older file: a header with pointers, then integers one record after the other."""
    t = truth()
    unit = multiplier * 1e-3
    fields = [
        ("mark", "u1"), ("index", "<u4"), ("cycle", "<u4"), ("step", "u1"), ("kind", "u1"), ("time", "<u4"), ("v", "<i4"),
        ("i", "<i4"), ("p", "V8"), ("q", "<i8"), ("e", "<i8"), ("unix", "<u8"), ("r", "V4"),
    ]  # fmt: skip
    size = t["voltage"].size
    rows = records(
        fields, size, index=np.arange(1, size + 1), cycle=t["cycle"], step=t["step"], kind=t["kind"], time=t["step_time"],
        v=np.round(t["voltage"] * 1e4), i=np.round(t["current"] / unit), q=np.round(t["step_capacity"] / unit),
        e=np.round(t["step_energy"] / unit), unix=START + t["test_time"],
    )  # fmt: skip
    head = bytearray(2048)
    head[:6] = b"NEWARE"
    head[14] = version
    head[16:20] = struct.pack("<I", 512)
    head[538:542] = struct.pack("<i", scale)
    head[64:72] = struct.pack("<II", len(head), rows.nbytes)
    return bytes(head) + rows.tobytes()


def read(content: bytes, name: str = "cell.ndax") -> xr.Dataset:
    return read_source(Source(name, content))


def words_of(record: xr.Dataset) -> set[str]:
    return {flag.partition(":")[0] for flag in flags_of(record)}


def assert_true(record: xr.Dataset) -> None:
    expected = truth()
    assert record.attrs["format"] == "neware_binary"
    for name in ("test_time", "voltage", "current", "cycle", "step", "step_capacity", "step_energy"):
        np.testing.assert_allclose(record[name], expected[name], rtol=2e-6, atol=1e-6, err_msg=name)  # single precision
    assert {record[name].attrs["units"] for name in ("step_capacity", "step_energy")} == {"A*s", "J"}


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (packed(version_5()), "cell.ndax"),
        (packed(version_14(None)), "cell.ndax"),
        (packed(version_14(None), zipfile.ZIP_STORED), "cell.ndax"),
        (packed(version_14(None)), "CELL.zip"),
        (nda(), "cell.nda"),
        (nda(), "cell"),
    ],
)
def test_records_steps_cycles_and_counters(content: bytes, name: str) -> None:
    record = read(content, name)
    assert_true(record)
    assert words_of(record) == set()


# fastnda's table: a range in mA, negative for channels of more digits, and what a count of its current means [mA]
@pytest.mark.parametrize(
    ("scale", "multiplier"), [(5, 1e-4), (10, 1e-3), (100, 1e-2), (-10, 1e-4), (-1, 1e-5), (-500, 1e-3)]
)
def test_the_current_range_multiplies_currents_and_counters(scale: int, multiplier: float) -> None:
    assert_true(read(packed(version_5(scale, multiplier))))
    assert_true(read(nda(scale, multiplier), "cell.nda"))


def test_a_temperature_beside_the_records() -> None:
    record = read(packed(version_14(31.5)))
    assert_true(record)
    np.testing.assert_allclose(record["cell_temperature"], 304.65, rtol=1e-6)
    assert "aux1_temperature_degC" in record.attrs["raw_columns"]


def test_the_mass_of_the_step_file_is_taken_unless_it_is_the_programs_own() -> None:
    def stated(micrograms: int) -> xr.Dataset:
        step = f'<root><config><Head_Info><SCQ Value="{micrograms}"/></Head_Info></config></root>'
        return read(packed({**version_5(), "Step.xml": step.encode()}))

    assert float(stated(2500)["active_mass"]) == pytest.approx(2.5e-6)
    assert words_of(stated(2500)) == {"mass"}
    assert "active_mass" not in stated(1000)
    assert "active_mass" not in stated(0)


def test_what_fastnda_warns_of_becomes_a_flag(capsys: pytest.CaptureFixture[str]) -> None:
    members = version_14(None)
    members["data.ndc"] = (
        members["data.ndc"][:2] + b"\x0c" + members["data.ndc"][3:]
    )  # version 12, which it has not verified
    record = read(packed(members))
    assert any(flag.startswith("fastnda: ndc version 12") and "verified" in flag for flag in flags_of(record))
    assert capsys.readouterr() == ("", "")


def test_without_fastnda_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fastnda", None)
    with pytest.raises(ReadError, match="needs the package fastnda") as caught:
        read(packed(version_5()))
    assert "honeycell[files]" in caught.value.cure


def test_a_current_that_contradicts_its_steps_throughout_is_turned() -> None:
    members = version_14(None)
    t = truth()
    members["data.ndc"] = ndc(
        1, 14, records([("v", "<f4"), ("i", "<f4")], t["voltage"].size, v=t["voltage"], i=-t["current"])
    )
    record = read(packed(members))
    np.testing.assert_allclose(record["current"], t["current"], rtol=1e-6)
    assert "sign" in words_of(record)


@pytest.mark.parametrize(("back", "sound"), [(29.0, True), (100.0, False)])
def test_a_clock_is_held_over_one_record_and_else_refused(back: float, sound: bool) -> None:
    """Times between the records that state them are interpolated, and may run past the next of these."""
    t = truth()
    time = t["step_time"].copy()
    time[5] += 30.0 + back
    size = time.size
    about = records(
        INFORMATION, size, time=time * 1e3, dt=STEP * 1e3, unix=START, step=t["step"], index=np.arange(1, size + 1)
    )
    content = packed({**version_14(None), "data_runInfo.ndc": ndc(18, 14, about)})
    if sound:
        record = read(content)
        assert (np.diff(record["test_time"]) >= 0.0).all()
        assert "test_time" in words_of(record)
    else:
        with pytest.raises(ReadError, match="s after") as caught:
            read(content)
        assert caught.value.where == "cell.ndax, record 7"


BOMB = packed({"data.ndc": bytes(64 * 2**20)})
DAMAGED = packed(version_14(None))


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (BOMB, "unpacks to 64 MB"),
        (packed({"data.ndc": bytes(3 * PAGE)}), "cannot be decoded"),
        (packed({"data.ndc": b"\x01"}), "cannot be decoded"),
        (packed({"data.ndc": b""}), "cannot be decoded"),
        (packed({"other.ndc": b"1"}), "holds no data.ndc"),
        (packed({"data.ndc": ndc(1, 99, records(INTEGERS, 3))}), "not yet supported"),
        (DAMAGED[: len(DAMAGED) // 2], "damaged zip archive"),
        (b"not an archive" * 9, "damaged zip archive"),
        (nda()[:40], "no rows|cannot be decoded"),
        (nda()[:2048], "no rows|cannot be decoded"),
        (nda(version=200), "not yet supported"),
    ],
)
def test_damaged_and_hostile_files_are_refused(content: bytes, match: str) -> None:
    with pytest.raises(ReadError, match=match) as caught:
        read(content, "cell.nda" if content.startswith(b"NEWARE") else "cell.ndax")
    assert caught.value.where.startswith("cell.nda")
    assert caught.value.cure


def test_a_declared_length_beyond_the_file_is_no_reason_to_allocate() -> None:
    content = bytearray(nda())
    content[68:72] = b"\xff\xff\xff\x7f"
    assert_true(read(bytes(content), "cell.nda"))


CONTENTS = {
    "a.ndax": packed(version_14()),
    "b.ndax": packed(version_14(), zipfile.ZIP_STORED),
    "c.ndax": packed(version_5(), zipfile.ZIP_STORED),
    "d.nda": nda(),
}
CHANGES = st.lists(st.tuples(st.floats(0.0, 1.0), st.integers(0, 3), st.binary(max_size=12)), min_size=1, max_size=4)


@pytest.mark.parametrize("name", CONTENTS)
@settings(max_examples=40, deadline=None)
@given(changes=CHANGES)
def test_mutilated_files_are_read_or_refused(
    name: str, sound_or_refused: Callable[..., None], changes: list[tuple[float, int, bytes]]
) -> None:
    sound_or_refused(name, CONTENTS[name], changes, may_be_nan=("raw",))


MEMBER_CHANGES = st.lists(
    st.tuples(st.sampled_from(sorted(version_14())), st.floats(0.0, 1.0), st.binary(min_size=1, max_size=8)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(changes=MEMBER_CHANGES)
def test_mutilated_members_are_read_or_refused(
    sound_or_refused: Callable[..., None], changes: list[tuple[str, float, bytes]]
) -> None:
    members = {name: bytearray(content) for name, content in version_14().items()}
    for name, where, piece in changes:
        at = int(where * len(members[name]))
        members[name][at : at + len(piece)] = piece
    sound_or_refused("x.ndax", packed({name: bytes(content) for name, content in members.items()}), may_be_nan=("raw",))


@pytest.mark.slow
@pytest.mark.parametrize("name", CONTENTS)
@settings(max_examples=1000, deadline=None)
@given(changes=CHANGES)
def test_mutilated_thousandfold(
    name: str, sound_or_refused: Callable[..., None], changes: list[tuple[float, int, bytes]]
) -> None:
    sound_or_refused(name, CONTENTS[name], changes, may_be_nan=("raw",))
