"""Files of battery cyclers into records: seconds and memory beside cellpy, batterydf, pandas and fastnda. All files are forged here."""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import warnings
import zipfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from harness import at_least, at_most, in_turns, memory_of, optional, row

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

NAME = "cyclers"
LAND_ROWS, LONG_ROWS, NEWARE_ROWS, NDAX_ROWS = 25_000, 300_000, 9_000, 300_000
ALONE = "read_csv alone"
NOTES = {
    "pandas": "theirs: table, dates, SI units, capacities of each cycle; ours besides: checks, signs, raw columns, hash",
    ALONE: "theirs is the table only, with dates as text, units as written and nothing checked: no goal",
}
STEP_ROWS = 500
SECONDS = 10.0  # between rows
OVERHEAD = 1.2  # times the decoder's own time
PAGE, FIRST = 4096, 132  # bytes of a page of Neware's binary, and where its records begin
KINDS = np.array((4, 1, 2))  # rest, charge, discharge, as Neware numbers them
STATES = {"land": ("rest", "chg", "dchg"), "neware": ("Rest", "CC Chg", "CC DChg")}


def rows() -> list[dict[str, Any]]:
    from honeycell.readers import read

    with tempfile.TemporaryDirectory() as folder, quiet():
        names = ("land.csv", "long.csv", "neware.csv", "neware.ndax")
        land, long, neware, ndax = (Path(folder) / name for name in names)
        land.write_text(land_text(LAND_ROWS), encoding="utf-8")
        long.write_text(land_text(LONG_ROWS), encoding="utf-8")
        neware.write_text(neware_text(NEWARE_ROWS), encoding="utf-8")
        ndax.write_bytes(ndax_bytes(NDAX_ROWS))
        what = f"LAND csv, {LAND_ROWS} rows"
        result = compared(what, partial(read, land), {"batterydf": batterydf(land), "pandas": by_pandas(land)}, land)
        peers = {"pandas": by_pandas(long), ALONE: by_pandas(long, alone=True)}
        result += compared(f"LAND csv, {LONG_ROWS} rows", partial(read, long), peers, long)
        result += compared(f"Neware csv, {NEWARE_ROWS} rows", partial(read, neware), {"cellpy": cellpy(neware)}, neware)
        peer = fastnda(ndax)
        if isinstance(peer, str):
            return [*result, row(NAME, f"Neware ndax, {NDAX_ROWS} rows", peer="fastnda", note=peer)]
        ours, theirs = in_turns([partial(read, ndax), peer], 5)
        assert ours
        assert theirs
        numbers = {"ours_seconds": ours, "peer": "fastnda", "peer_seconds": theirs, "memory_mb": memory(ndax)}
        goal = at_most(ours / theirs, OVERHEAD, "times")
        result.append(row(NAME, f"Neware ndax, {NDAX_ROWS} rows", **numbers, **goal, note="theirs is a part of ours"))
        return result


def compared(
    what: str, ours: Callable[[], object], peers: dict[str, Callable[[], object] | str], path: Path
) -> list[dict[str, Any]]:
    """A row for each peer, all taken in turns."""
    calls = [None if isinstance(call, str) else call for call in peers.values()]
    mine, *theirs = in_turns([ours, *calls], 5)
    used = memory(path)
    result = []
    for (peer, call), seconds in zip(peers.items(), theirs, strict=True):
        goal = {} if peer == ALONE else at_least(seconds / mine if seconds and mine else None, 1.0, "x")
        note = call if isinstance(call, str) else NOTES.get(peer)
        numbers = {"ours_seconds": mine, "peer": peer, "peer_seconds": seconds, "memory_mb": used, "note": note}
        result.append(row(NAME, what, **numbers, **goal))
    return result


def memory(path: Path) -> float | None:
    return memory_of(f"from honeycell.readers import read\nread({str(path)!r})")


def batterydf(path: Path) -> Callable[[], object] | str:
    module = optional("bdf")
    return module if isinstance(module, str) else partial(module.read, str(path))


def by_pandas(path: Path, *, alone: bool = False) -> Callable[[], object] | str:
    """What people write themselves: the table, dates, SI units, charge and discharge of each cycle by the counters; ``alone`` the table only."""
    pandas = optional("pandas")
    if isinstance(pandas, str):
        return pandas

    def call() -> object:
        found = pandas.read_csv(path, skiprows=2, index_col=False)
        if alone:
            return found
        for name in ("discharge_capacity_Ah", "charge_capacity_Ah", "discharge_energy_Wh", "charge_energy_Wh"):
            found[name] = found[name] * 3600.0
        found["temperature_1_C"] += 273.15
        found["date_time_iso_string"] = pandas.to_datetime(found["date_time_iso_string"])
        return found.groupby("cycle_index")[["discharge_capacity_Ah", "charge_capacity_Ah"]].max()

    return call


def cellpy(path: Path) -> Callable[[], object] | str:
    module = optional("cellpy")
    if isinstance(module, str):
        return module
    about = {"instrument": "neware_txt", "model": "UIO_AGA", "mass": 2.5, "cycle_mode": "cathode"}
    return partial(module.get, str(path), refuse_copying=True, **about)


def fastnda(path: Path) -> Callable[[], object] | str:
    module = optional("fastnda")
    return module if isinstance(module, str) else partial(module.read, str(path))


@contextlib.contextmanager
def quiet() -> Any:
    """Peers print and warn as they go."""
    level = logging.root.manager.disable
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        try:
            yield
        finally:
            logging.disable(level)


def course(size: int) -> dict[str, NDArray[Any]]:
    """Rest, charge and discharge in turns: voltage [V], current [mA], capacity of the step [mAh], times [s]."""
    rng = np.random.default_rng(0)
    index = np.arange(size)
    step = index // STEP_ROWS
    sign = np.array((0.0, 1.0, -1.0))[step % 3]
    time = (index % STEP_ROWS) * SECONDS
    current = sign * 0.5 * (1.0 + 1e-3 * rng.standard_normal(size))
    return {
        "index": index + 1,
        "cycle": step // 3 + 1,
        "step": step % 3 + 1,
        "kind": step % 3,
        "sign": sign,
        "time": time,
        "total": index * SECONDS,
        "current": current,
        "voltage": 3.2 + sign * time / 2e4 + 1e-4 * rng.standard_normal(size),
        "capacity": 0.5 * np.abs(sign) * time / 3600.0,
    }


def land_text(size: int) -> str:
    c = course(size)
    charge, discharge = (np.where(c["sign"] == sign, c["capacity"], 0.0) for sign in (1.0, -1.0))
    labels = (
        "channel_index,cycle_index,step_index,date_time_iso_string,test_time_s,step_time_s,current_A,voltage_V,"
        "discharge_capacity_Ah,charge_capacity_Ah,discharge_energy_Wh,charge_energy_Wh,temperature_1_C,step_name"
    )
    lines = ["cell model:,,,,,,,,,,,,,", "test: ,,,,,,,,,,,,,", labels]
    lines += [
        f"1,{c['cycle'][k]},{c['step'][k]},{moment(c['total'][k], '04/30/2024')},{c['total'][k]:.3f},{c['time'][k]:.3f},"
        f"{c['current'][k] / 1e3:.7f},{c['voltage'][k]:.4f},{discharge[k] / 1e3:.9f},{charge[k] / 1e3:.9f},"
        f"{discharge[k] * 3.2e-3:.9f},{charge[k] * 3.2e-3:.9f},25.0,{STATES['land'][c['kind'][k]]},"
        for k in range(size)
    ]
    return "\n".join(lines) + "\n"


def neware_text(size: int) -> str:
    c = course(size)
    charge, discharge = (np.where(c["sign"] == sign, c["capacity"], 0.0) for sign in (1.0, -1.0))
    labels = (
        "DataPoint,Cycle Index,Step Index,Step Type,Time,Total Time,Current(mA),Voltage(V),Capacity(mAh),Spec. Cap.(mAh/g),"
        "Chg. Cap.(mAh),Chg. Spec. Cap.(mAh/g),DChg. Cap.(mAh),DChg. Spec. Cap.(mAh/g),Energy(mWh),Spec. Energy(mWh/g),"
        "Chg. Energy(mWh),Chg. Spec. Energy(mWh/g),DChg. Energy(mWh),DChg. Spec. Energy(mWh/g),Date,Power(mW),dQ/dV(mAh/V),"
        "dQm/dV(mAh/V.g),Contact resistance(mO)"
    )
    lines = [labels]
    for k in range(size):
        q = [value[k] for value in (c["capacity"], charge, discharge)]
        counters = ",".join(f"{value:.6f},{value * 400.0:.4f}" for value in (*q, *(3.2 * each for each in q)))
        lines.append(
            f"{k + 1},{c['cycle'][k]},{c['step'][k]},{STATES['neware'][c['kind'][k]]},{clock(c['time'][k])},{clock(c['total'][k])},"
            f"{c['current'][k]:.4f},{c['voltage'][k]:.4f},{counters},{moment(c['total'][k], '2023-05-01')},1.6,0.0,0.0,0.0"
        )
    return "\n".join(lines) + "\n"


def clock(time: float) -> str:
    return f"{int(time // 3600):02d}:{int(time // 60) % 60:02d}:{int(time % 60):02d}"


def moment(time: float, day: str) -> str:
    return f"{day} {clock(time % 86400.0)}"


def ndax_bytes(size: int) -> bytes:
    """An archive of pages: voltages and currents, times and counters, and steps."""
    c = course(size)
    step = (c["index"] - 1) // STEP_ROWS
    main = filled([("v", "<f4"), ("i", "<f4")], size, v=c["voltage"], i=c["current"] / 1e3)
    charge, discharge = (np.where(c["sign"] == sign, c["capacity"], 0.0) / 1e3 for sign in (1.0, -1.0))
    fields = [("time", "<u4"), ("p", "V1"), ("qc", "<f4"), ("qd", "<f4"), ("ec", "<f4"), ("ed", "<f4"), ("q", "V8")]
    fields += [("dt", "<i4"), ("unix", "<u4"), ("step", "<u4"), ("index", "<u4"), ("ms", "<i2"), ("r", "V8")]
    counters = {"qc": charge, "qd": discharge, "ec": charge * 3.2, "ed": discharge * 3.2}
    times = {"time": c["time"] * 1e3, "dt": SECONDS * 1e3, "unix": 1_700_000_000 + c["total"]}
    about = filled(fields, size, **times, **counters, step=step + 1, index=c["index"])
    number = np.arange(int(step.max()) + 1)
    fields = [("cycle", "<u4"), ("step", "<u4"), ("p", "V16"), ("kind", "u1"), ("q", "V12")]
    steps = filled(fields, number.size, cycle=number // 3, step=number % 3 + 1, kind=KINDS[number % 3])
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, kind, records in (("data", 1, main), ("data_runInfo", 18, about), ("data_step", 7, steps)):
            archive.writestr(f"{name}.ndc", pages(kind, records))
    return file.getvalue()


def filled(fields: list[tuple[str, str]], size: int, **values: Any) -> NDArray[np.void]:
    records = np.zeros(size, np.dtype(fields))
    for name, value in values.items():
        records[name] = value
    return records


def pages(kind: int, records: NDArray[np.void], version: int = 14) -> bytes:
    """A page of header, then pages with a map of the records that are filled."""
    most = (PAGE - FIRST - 1) // records.dtype.itemsize
    head = bytearray(PAGE)
    head[0], head[2] = kind, version
    made = [bytes(head)]
    for first in range(0, records.size, most):
        some = records[first : first + most]
        bits = np.zeros(-(-most // 8) * 8, np.uint8)
        bits[: some.size] = 1
        page = bytearray(PAGE)
        page[4 : 4 + bits.size // 8] = np.packbits(bits, bitorder="little").tobytes()
        page[FIRST : FIRST + some.nbytes] = some.tobytes()
        made.append(bytes(page))
    return b"".join(made)
