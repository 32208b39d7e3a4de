"""BioLogic texts of charge and discharge, sweeps, steps and rests: columns by label, whatever the order, unit and decimal sign."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honeycell.quantities.errors import ReadError
from honeycell.quantities.record import flags_of
from honeycell.readers import Source, read_source

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr

HEADER = [
    "",
    "Run on channel : 1 (SN 30924)",
    "Acquisition started on : 02/04/2018 10:02:46",
    "Device : VMP3 (SN 0123)",
    "Mass of active material : 7000.000 mg",
    "Electrode surface area : 0.001 cm²",
    "Characteristic mass : 2.310 mg",
    "Cycle Definition : Charge/Discharge alternance",
]
ROWS = 60
STEP = 10.0  # s


def mpt(
    technique: str, columns: dict[str, Sequence[object]], extra: Sequence[str] = (), header: Sequence[str] = HEADER
) -> str:
    rows = ["\t".join(map(str, row)) for row in zip(*columns.values(), strict=True)]
    head = [technique, *header, *extra, ""]
    first = ["EC-Lab ASCII FILE", f"Nb header lines : {len(head) + 4}                 ", ""]
    return "\r\n".join([*first, *head, "\t".join(columns) + "\t", *rows, ""])


def number(value: float) -> str:
    return f"{value:.15E}"


def cell() -> dict[str, np.ndarray]:
    """A rest, a charge and a discharge, twice: time, potential, current [mA], net charge [mAh], sequence, half cycle, cycle."""
    index = np.arange(6 * ROWS)
    sequence = (index // ROWS) % 3
    current = np.choose(sequence, (0.0, 0.5, -0.5))
    net = np.cumsum(current * STEP / 3600.0)
    half = np.where(index < 2 * ROWS, 0, np.where(index < 4 * ROWS, 1, np.where(index < 5 * ROWS, 2, 3)))
    return {
        "time": index * STEP,
        "potential": 3.0 + 0.4 * np.sin(index / 50.0),
        "current": current,
        "net": net,
        "sequence": sequence,
        "half": half,
        "cycle": 1 + index // (3 * ROWS),
    }


def gcpl(**changes: str) -> dict[str, Sequence[object]]:
    c = cell()
    columns: dict[str, Sequence[object]] = {
        "mode": np.where(c["sequence"] == 0, 3, 1).tolist(),
        "ox/red": (c["current"] > 0.0).astype(int).tolist(),
        "error": [0] * c["time"].size,
        "control changes": [0] * c["time"].size,
        "Ns changes": [0] * c["time"].size,
        "counter inc.": [0] * c["time"].size,
        "Ns": c["sequence"].tolist(),
        "time/s": [number(each) for each in c["time"]],
        "control/V/mA": [number(each) for each in c["current"]],
        "Ewe/V": [f"{each:.7E}" for each in c["potential"]],
        "dq/mA.h": [number(each) for each in np.diff(c["net"], prepend=0.0)],
        "<I>/mA": [number(each) for each in c["current"]],
        "(Q-Qo)/mA.h": [number(each) for each in c["net"]],
        "half cycle": c["half"].tolist(),
        "cycle number": [number(each) for each in c["cycle"]],
    }
    return {changes.get(name.replace("/", "_"), name): values for name, values in columns.items()}


GCPL = mpt("Galvanostatic Cycling with Potential Limitation", gcpl())


def read(text: str | bytes, name: str = "cell.mpt") -> xr.Dataset:
    return read_source(Source(name, text.encode("cp1252") if isinstance(text, str) else text))


def words_of(record: xr.Dataset) -> set[str]:
    return {flag.partition(":")[0] for flag in flags_of(record)}


def assert_the_cell(record: xr.Dataset) -> None:
    c = cell()
    assert record.attrs["schema"] == "cycling/1"
    np.testing.assert_allclose(record["test_time"], c["time"], atol=1e-6)
    np.testing.assert_allclose(record["voltage"], c["potential"], rtol=1e-6)
    np.testing.assert_allclose(record["current"], c["current"] * 1e-3, rtol=1e-9)
    np.testing.assert_array_equal(record["cycle"], c["cycle"])


class TestChargeAndDischarge:
    def test_counters_steps_and_mass(self) -> None:
        record = read(GCPL)
        assert_the_cell(record)
        steps = np.repeat(np.arange(1.0, 7.0), ROWS)
        np.testing.assert_array_equal(record["step"], steps)
        ends = record["step_capacity"].values[ROWS - 1 :: ROWS]
        np.testing.assert_allclose(ends / 3.6, np.tile([0.0, 0.5, 0.5], 2) * ROWS * STEP / 3600.0, rtol=1e-9)
        assert float(record["active_mass"]) == pytest.approx(2.31e-6)
        assert words_of(record) == {"mass"}
        assert record.attrs["instrument"] == "VMP3 (SN 0123)"
        assert record.attrs["measured_on"] == "02/04/2018 10:02:46"
        assert "Ewe/V" in json.loads(record.attrs["raw_columns"])

    def test_decimal_commas(self) -> None:
        head, _, body = GCPL.partition("mode\t")
        assert_the_cell(read(f"{head.replace('.', ',')}mode\t{body.replace('E+', 'e+').replace('.', ',')}"))

    @pytest.mark.parametrize(("label", "factor"), [("I/A", 1e-3), ("I/µA", 1e3), ("<I>/A", 1e-3)])
    def test_units_of_the_current(self, label: str, factor: float) -> None:
        columns = gcpl(**{"<I>_mA": label})
        columns[label] = [number(each * factor) for each in cell()["current"]]
        assert_the_cell(read(mpt("Modulo Bat", columns)))

    def test_columns_in_another_order_and_without_the_name_of_the_technique(self) -> None:
        columns = gcpl()
        shuffled = {name: columns[name] for name in reversed(columns)}
        assert_the_cell(read(mpt("", shuffled)))

    def test_the_potential_between_the_electrodes_is_taken(self) -> None:
        columns = gcpl()
        columns["Ewe-Ece/V"] = [number(2.0 * each) for each in cell()["potential"]]
        record = read(mpt("Modulo Bat", columns))
        np.testing.assert_allclose(record["voltage"], 2.0 * cell()["potential"], rtol=1e-9)
        assert "voltage" in words_of(record)

    def test_spectra_among_the_rows_of_a_battery_technique(self) -> None:
        columns = gcpl()
        for label in ("freq/Hz", "Re(Z)/Ohm", "-Im(Z)/Ohm"):
            columns[label] = [number(0.0)] * len(columns["mode"])
        assert_the_cell(read(mpt("Modulo Bat", columns)))

    def test_half_cycles_where_no_column_counts_the_cycles(self) -> None:
        columns = gcpl()
        del columns["cycle number"]
        record = read(mpt("Galvanostatic Cycling with Potential Limitation", columns))
        assert np.unique(record["cycle"]).tolist() == [1.0, 2.0]
        assert "cycle" in words_of(record)

    @pytest.mark.parametrize(
        ("lines", "mass"),
        [
            (("Characteristic mass : 0.001 g",), None),
            (("Characteristic mass : 0,001 mg", "Mass of active material : 7000.000 mg"), None),
            (("Characteristic mass : 0.001 g", "Mass of active material : 3,5 mg"), 3.5e-6),
            (("Characteristic mass : 2.0 mg", "Mass of active material : 3.5 mg"), None),
        ],
    )
    def test_masses_that_the_program_fills_in_are_not_taken(self, lines: tuple[str, ...], mass: float | None) -> None:
        record = read(mpt("Modulo Bat", gcpl(), header=["", *lines]))
        assert ("active_mass" in record) == (mass is not None)
        assert mass is None or float(record["active_mass"]) == pytest.approx(mass)

    @pytest.mark.parametrize("order", ["MM", "DD"])
    def test_absolute_times_as_the_header_says(self, order: str) -> None:
        columns = gcpl()
        start = np.datetime64("2023-02-01T23:59:00")
        moments = [start + np.timedelta64(int(1e3 * time), "ms") for time in cell()["time"]]
        form = "%m/%d/%Y" if order == "MM" else "%d/%m/%Y"
        columns["time/s"] = [each.item().strftime(f"{form} %H:%M:%S.%f") for each in moments]
        extra = [f"   Time format : Absolute {order}DDYYYY"]
        assert_the_cell(read(mpt("Modulo Bat", columns, extra)))
        with pytest.raises(ReadError, match="day or month first"):
            read(mpt("Modulo Bat", columns))

    def test_shuffled_rows_are_refused(self) -> None:
        lines = GCPL.split("\r\n")
        first = next(index for index, line in enumerate(lines) if line.startswith("mode")) + 1
        body = lines[first:-1]
        np.random.default_rng(0).shuffle(body)
        with pytest.raises(ReadError, match="s after"):
            read("\r\n".join([*lines[:first], *body, ""]))

    def test_a_long_file_reads_as_its_beginning(self) -> None:
        columns = gcpl()
        whole = {name: list(values) * 10 for name, values in columns.items()}
        whole["time/s"] = [number(STEP * index) for index in range(60 * ROWS)]
        record = read(mpt("Modulo Bat", whole))
        assert record.sizes["row"] == 60 * ROWS
        np.testing.assert_array_equal(record["voltage"][: 6 * ROWS], read(mpt("Modulo Bat", columns))["voltage"])


def sweep(rate: float = 0.02) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    potential = np.concatenate([np.linspace(0.0, 0.5, 101), np.linspace(0.5, 0.0, 101)[1:]])
    time = np.arange(potential.size) * 0.005 / rate
    current = 0.1 * np.sign(np.gradient(potential)) + 0.05 * potential
    return time, potential, current


def cv_text(technique: str = "Cyclic Voltammetry", extra: Sequence[str] = ()) -> str:
    time, potential, current = sweep()
    columns: dict[str, Sequence[object]] = {
        "mode": [2] * time.size,
        "ox/red": [1] * time.size,
        "time/s": [number(each) for each in time],
        "control/V": [number(each) for each in potential],
        "Ewe/V": [number(each) for each in potential],
        "<I>/mA": [number(each) for each in current],
        "cycle number": [1] * time.size,
        "(Q-Qo)/C": [0] * time.size,
        "I Range": [41] * time.size,
    }
    return mpt(technique, columns, extra)


class TestSweep:
    @pytest.mark.parametrize("technique", ["Cyclic Voltammetry", "Linear Sweep Voltammetry", ""])
    def test_potential_current_segments(self, technique: str) -> None:
        record = read(cv_text(technique))
        _, potential, current = sweep()
        assert record.attrs["schema"] == "voltammetry/1"
        np.testing.assert_allclose(record["potential"], potential)
        np.testing.assert_allclose(record["current"], current * 1e-3)
        assert np.unique(record["segment"]).tolist() == [1.0, 2.0]
        assert record.attrs["current_sign"] == "anodic positive"
        assert "scan_rate" not in record

    @pytest.mark.parametrize(("unit", "factor"), [("mV/s", 1e-3), ("V/s", 1.0), ("mV/mn", 1e-3 / 60.0)])
    def test_scan_rate_of_the_header(self, unit: str, factor: float) -> None:
        extra = ["dE/dt               20,000              ", f"dE/dt unit          {unit}                "]
        assert float(read(cv_text(extra=extra))["scan_rate"]) == pytest.approx(20.0 * factor)


class TestStepAndRest:
    def text(self, technique: str, labels: Sequence[str], extra: Sequence[str] = ()) -> str:
        time = np.arange(50) * 2.0
        values = {
            "Ns": [0] * 50,
            "time/s": [number(each) for each in time],
            "control/V": [number(0.01)] * 50,
            "control/mA": [number(0.5)] * 50,
            "Ewe/V": [number(3.0 + 1e-4 * each) for each in time],
            "I/mA": [number(0.2 + np.exp(-each / 20.0)) for each in time],
        }
        return mpt(technique, {label: values[label] for label in labels}, extra)

    @pytest.mark.parametrize("technique", ["Chronoamperometry / Chronocoulometry", ""])
    def test_current_over_time(self, technique: str) -> None:
        extra = ["Ei (V)              0.010               ", "vs.                 Eoc                 "]
        record = read(self.text(technique, ("Ns", "time/s", "control/V", "Ewe/V", "I/mA"), extra))
        assert record.attrs["schema"] == "chronoamperometry/1"
        assert float(record["current"][0]) == pytest.approx(1.2e-3)
        assert float(record["potential_step"]) == pytest.approx(0.010)
        assert float(record["potential"][-1]) == pytest.approx(3.0098)

    @pytest.mark.parametrize("technique", ["Chronopotentiometry", ""])
    def test_potential_over_time_at_a_current(self, technique: str) -> None:
        record = read(self.text(technique, ("Ns", "time/s", "control/mA", "Ewe/V", "I/mA")))
        assert record.attrs["schema"] == "chronopotentiometry/1"
        assert "current" in record

    @pytest.mark.parametrize("technique", ["Open Circuit Voltage", ""])
    def test_potential_over_time_at_rest(self, technique: str) -> None:
        record = read(self.text(technique, ("time/s", "Ewe/V")))
        assert record.attrs["schema"] == "chronopotentiometry/1"
        assert "current" not in record


def test_unknown_columns_are_named_and_kept() -> None:
    columns = gcpl()
    columns["Fancy/x"] = [7] * len(columns["mode"])
    record = read(mpt("Modulo Bat", columns))
    assert [flag for flag in flags_of(record) if flag.startswith("unknown")] == [
        "unknown_columns: 'Fancy/x' is kept as it stands only"
    ]
    assert "Fancy/x" in record.attrs["raw_columns"]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda text: text[:-300], "columns where|not a finite"),
        (lambda text: text[: text.index("mode\t") + 90], "no rows|columns where|none|no columns"),
        (lambda text: text.replace("Nb header lines : ", "Nb header lines : 99"), "header lines"),
        (lambda text: text.replace("<I>/mA", "Strom"), "no column I/mA"),
        (lambda text: text.replace("<I>/mA", "<I>"), "without a unit"),
        (lambda text: text.replace("E+00", "E+0x", 1), "not a finite number"),
        (lambda text: text.replace("Galvanostatic Cycling with Potential Limitation", "Magic")
         .replace("control/V/mA", "c").replace("half cycle", "h"), "does not say what was measured"),
    ],
)  # fmt: skip
def test_damaged_files_are_refused_with_place_and_cure(change: Callable[[str], str], match: str) -> None:
    with pytest.raises(ReadError, match=match) as caught:
        read(change(GCPL))
    assert caught.value.where.startswith("cell.mpt")
    assert caught.value.cure


CONTENTS = {"a.mpt": GCPL.encode("cp1252"), "b.mpt": cv_text().encode("cp1252")}
PIECES = st.binary(max_size=12) | st.sampled_from([b"\t", b"\n", b"1e999", b"nan", b"-", b"\0", b",", b"99999999"])
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
