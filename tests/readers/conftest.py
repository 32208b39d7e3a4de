from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from honeycell.quantities.record import make_record
from honeycell.readers import Source, read_source

if TYPE_CHECKING:
    from collections.abc import Callable

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
