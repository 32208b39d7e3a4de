from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from honeycell.quantities.errors import InputError, ReadError
from honeycell.quantities.record import make_record
from honeycell.quantities.schema import check
from honeycell.readers import Source, read_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import xarray as xr

DATA = Path(__file__).resolve().parents[1] / "data" / "impedance"


@pytest.fixture(scope="session")
def data() -> Path:
    return DATA


@pytest.fixture(scope="session")
def read_text() -> Callable[..., xr.Dataset]:
    """A record from text, as if it stood in a file of that name."""

    def read(text: str | bytes, name: str = "cell.csv", technique: str | None = None) -> xr.Dataset:
        return read_source(Source(name, text.encode() if isinstance(text, str) else text), technique)

    return read


@pytest.fixture(scope="session")
def spectrum() -> xr.Dataset:
    """Ten ohm in series with forty ohm parallel to a capacitor, 1 MHz to 0.1 Hz."""
    f = np.geomspace(1e6, 0.1, 29)
    z = 10.0 + 40.0 / (1.0 + 2j * np.pi * f * 1e-3)
    return make_record(
        "impedance/1",
        sample="cell 7",
        instrument="impedance_analyser",
        coordinates={"frequency": ("frequency", f, "Hz")},
        variables={
            "real_impedance": ("frequency", z.real, "ohm"),
            "imaginary_impedance": ("frequency", z.imag, "ohm"),
        },
        attributes={"amplitude_V": 0.01},
    )


@pytest.fixture(scope="session")
def sound_or_refused() -> Callable[..., None]:
    """Asserts that content, changed as told, gives a checked record of finite numbers or a refusal with a cure, in no time.

    ``changes`` are triples: where (0 to 1 of the length), how (0 overwrite, 1 insert, 2 cut out, 3 cut off), and the bytes.
    """

    def attempt(
        name: str,
        content: bytes,
        changes: Iterable[tuple[float, int, bytes]] = (),
        technique: str | None = None,
        may_be_nan: tuple[str, ...] = (),
    ) -> None:
        new = bytearray(content)
        for where, how, piece in changes:
            at = int(where * len(new))
            end = at if how == 1 else len(new) if how == 3 else at + len(piece)
            new[at:end] = b"" if how > 1 else piece
        start = time.process_time()  # of this process: other work on the machine is not its fault
        try:
            record = read_source(Source(name, bytes(new)), technique)
        except (ReadError, InputError) as error:
            assert error.what  # noqa: PT017
            assert error.cure  # noqa: PT017
        else:
            check(record)
            for key, variable in record.variables.items():
                if variable.dtype.kind == "f" and key not in may_be_nan:
                    assert np.isfinite(variable.values).all(), key
        assert time.process_time() - start < 2.0

    return attempt
