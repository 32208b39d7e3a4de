"""Neware's binary files, nda and ndax, decoded by fastnda after their sizes are checked."""

from __future__ import annotations

import json
import logging
import os
import re
import tempfile
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from honeycell.quantities.errors import ReadError
from honeycell.readers.archive import Archive, member_names
from honeycell.readers.base import Reader
from honeycell.readers.cycler import cycling_record
from honeycell.readers.cycler_checks import check_counters, is_assumed, put_sign

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.readers.source import Source

    Floats = NDArray[np.float64]

NDA = b"NEWARE"
MAIN = "data.ndc"
MOST_BYTES = 200 * 2**20  # unpacked: some twenty million records
SWOLLEN = 40.0  # times: records shrink some fivefold when packed, bombs a thousandfold
SUSPECT = 4 * 2**20  # bytes: what unpacks to less is decoded at once, whatever it is
SLACK = 1.0  # s: clocks of steps are written to the second by older testers
MILLI, HOUR, ZERO_CELSIUS = 1e-3, 3600.0, 273.15
# step types that charge, discharge and rest, as BTSDA numbers them; in the others the current has its own sign
CHARGE, DISCHARGE, REST = (1, 3, 7, 9, 11, 18, 27, 29), (2, 8, 10, 19, 20, 26, 28), (4, 6, 13, 22)
RECORDS = ("index", "cycle_count", "step_count", "step_index", "step_type", "unix_time_s", "step_time_s")
_CURE = "Open it in BTSDA and export all records as csv."
_DAMAGED = "The file is damaged or was cut off; copy it again, or open it in BTSDA and export all records as csv."
_TEMPERATURE = re.compile(r"aux-?\d+_temperature_degC")
_MASS = re.compile(r"<SCQ\s+Value=\"([0-9]{1,12}(?:\.[0-9]{1,12})?)\"")
_LOG = logging.getLogger("fastnda")


class NewareBinaryReader(Reader):
    """Every record with the tester's cycles, steps and counters.

    Times are the sums of the step times, without pauses. The capacity counter restarts with each step. Where the file has no cycle
    numbers, fastnda counts them by the first kind of step, and a flag says so, as one does for all that fastnda warns of.
    """

    name: ClassVar[str] = "neware_binary"
    title: ClassVar[str] = "Neware binary (nda, ndax)"
    suffixes: ClassVar[tuple[str, ...]] = (".nda", ".ndax")
    schemas: ClassVar[tuple[str, ...]] = ("cycling/1",)

    def recognises(self, source: Source) -> bool:
        """By the first bytes of nda, by the main member of ndax; a damaged archive of that suffix is ours to refuse."""
        if source.content.startswith(NDA):
            return True
        return MAIN in member_names(source) or source.suffix in self.suffixes

    def read(self, source: Source) -> xr.Dataset:
        """The charge-discharge record, rows in the order of the records.

        Raises
        ------
        ReadError : damaged, of a version that fastnda does not know, or larger unpacked than records can be.
        """
        with np.errstate(all="ignore"):  # what overflows is refused when the record is made
            return self._record(source)

    def _record(self, source: Source) -> xr.Dataset:
        mass = None
        if source.content.startswith(NDA):
            suffix = ".nda"
        else:
            suffix = ".ndax"
            mass = _checked(source)
        frame, said = _decoded(source, suffix)
        flags = [f"fastnda: {text}" for text in dict.fromkeys(said)]
        if mass is not None and is_assumed(mass):
            flags.append(f"mass: the file states {mass * 1e6:.4g} mg, as programs do unasked; it is not taken")
            mass = None
        elif mass is not None:
            flags.append(f"mass: from the file, {mass * 1e6:.4g} mg; check that it was entered for this cell")
        columns = _columns(source, frame, flags)
        put_sign(columns, flags)
        del columns["state"]
        check_counters(columns, flags)
        return cycling_record(
            source,
            columns,
            form=self.name,
            instrument="Neware cycler",
            header="",
            raw=_raw(frame),
            flags=flags,
            attributes={"step_type_names": json.dumps(_step_names())},
            active_mass=mass,
        )


def _checked(source: Source) -> float | None:
    """The active mass [kg] that an ndax states, after a look at what its members declare: zipfile unpacks no more than that."""
    archive = Archive(source)
    if MAIN not in archive.names:
        raise ReadError(f"holds no {MAIN}, where records are kept", source.name, _DAMAGED)
    declared = archive.declared()
    if declared > MOST_BYTES or declared > max(SUSPECT, SWOLLEN * len(source.content)):
        what = f"unpacks to {declared / 2**20:.0f} MB, more than records can"
        raise ReadError(what, source.name, "Do not trust this file, or export it from BTSDA as csv.")
    if len(set(archive.names)) < len(archive.names):
        raise ReadError("holds two members of one name", source.name, _DAMAGED)
    if "Step.xml" not in archive.names:
        return None
    stated = _MASS.search(archive.read("Step.xml").decode("latin-1"))
    return float(stated[1]) * 1e-9 or None if stated else None  # BTSDA keeps micrograms


def _decoded(source: Source, suffix: str) -> tuple[Any, list[str]]:
    """The frame that fastnda makes, and what it warned of. It takes a path only, so the bytes that were checked go to a file of ours."""
    try:
        import fastnda
    except ImportError:
        cure = "Install it with pip install 'honeycell[files]', or export the records from BTSDA as csv."
        raise ReadError("needs the package fastnda", source.name, cure) from None
    noted = _Noted()
    _LOG.addHandler(noted)
    try:
        with _on_disk(source.content, suffix) as path, warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            frame = fastnda.read(path, cycle_mode="raw", raw_categories=True)
    except BaseException as error:  # fastnda and polars raise whatever damaged bytes run them into, even panics
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        reason = f"{type(error).__name__}: {str(error)[:120]}"
        cure = _CURE if isinstance(error, NotImplementedError) else _DAMAGED
        raise ReadError(f"cannot be decoded ({reason})", source.name, cure) from None
    finally:
        _LOG.removeHandler(noted)
    said = [*noted.said, *(str(each.message) for each in caught if issubclass(each.category, UserWarning))]
    return frame, [_short(text) for text in said]


@contextmanager
def _on_disk(content: bytes, suffix: str) -> Iterator[str]:
    """A file of these bytes, gone afterwards."""
    number, path = tempfile.mkstemp(suffix)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
        yield path
    finally:
        os.unlink(path)  # noqa: PTH108  a path object costs more than the call


class _Noted(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one message."""
        self.said.append(record.getMessage())


def _short(text: str) -> str:
    """The first sentence, on one line."""
    return " ".join(text.split("If you can")[0].split()).removesuffix(".")


def _columns(source: Source, frame: Any, flags: list[str]) -> dict[str, Floats]:
    """Columns of the record in SI units, and the direction of each row's step as ``state``."""
    given = {
        "test_time": ("total_time_s", 1.0),
        "voltage": ("voltage_V", 1.0),
        "current": ("current_mA", MILLI),
        "cycle": ("cycle_count", 1.0),
        "step": ("step_count", 1.0),
        "step_capacity": ("capacity_mAh", MILLI * HOUR),
        "step_energy": ("energy_mWh", MILLI * HOUR),
    }
    columns = {
        name: _floats(frame, label) * factor for name, (label, factor) in given.items() if label in frame.columns
    }
    for name in ("step_capacity", "step_energy"):
        if name in columns and not np.isfinite(columns[name]).all():
            flags.append(f"columns: {name.replace('_', ' ')} lacks rows and is left out")
            del columns[name]
        elif name in columns:
            columns[name] = np.abs(columns[name])
    sensors = [label for label in frame.columns if _TEMPERATURE.fullmatch(label)]
    if len(sensors) == 1 and np.isfinite(warmth := _floats(frame, sensors[0])).all():
        columns["cell_temperature"] = warmth + ZERO_CELSIUS
    elif sensors:
        flags.append(f"temperature: {', '.join(sensors[:9])} are kept as they stand only: several, or rows are missing")
    kind = _floats(frame, "step_type") if "step_type" in frame.columns else np.full(frame.height, np.nan)
    state = np.full(kind.size, np.nan)
    for numbers, sign in ((CHARGE, 1.0), (DISCHARGE, -1.0), (REST, 0.0)):
        state[np.isin(kind, numbers)] = sign
    if "test_time" in columns:
        columns["test_time"] = _onwards(source, columns["test_time"], flags)
    return {**columns, "state": state}


def _onwards(source: Source, time: Floats, flags: list[str]) -> Floats:
    """The clock held where it runs back by no more than a record: records are numbered, and times between are interpolated."""
    steps = np.diff(time)
    back = np.flatnonzero(steps < 0.0)
    if not back.size:
        return time
    held = np.maximum.accumulate(time)
    most = float((held - time).max())
    if most > SLACK + float(np.median(steps[steps > 0.0]) if (steps > 0.0).any() else 0.0):
        row = int(back[0]) + 1
        what = f"has the test time {time[row]:g} s after {time[row - 1]:g} s"
        raise ReadError(what, f"{source.name}, record {row + 1}", _DAMAGED)
    flags.append(f"test_time: runs back in {back.size} rows, by {most:.3g} s at most, and is held there")
    return held


def _floats(frame: Any, label: str) -> Floats:
    return frame[label].cast(float, strict=False).to_numpy().astype(float)


def _raw(frame: Any) -> dict[str, NDArray[Any]]:
    """What the record does not hold already."""
    labels: Sequence[str] = [*RECORDS, *(label for label in frame.columns if label.startswith("aux"))]
    return {label: _floats(frame, label) for label in labels if label in frame.columns}


def _step_names() -> dict[str, str]:
    from fastnda import step_type_map

    return {str(number): name for number, name in step_type_map.items()}
