"""A thermogram written as Universal Analysis text and read back is the same thermogram."""

from __future__ import annotations

import numpy as np
import pytest

from honeycell.quantities.errors import SchemaError
from honeycell.quantities.record import make_record
from honeycell.readers import Source, read_source
from honeycell.writers.ta_text import ta_text

T = np.linspace(300.123456789, 900.0, 50)
W = 1.0 - 0.7 / (1.0 + np.exp(-(T - 650.0) / 10.0))


def thermogram(origin: str = "simulated", **more):
    variables = {"temperature": ("row", T, "K"), "relative_mass": ("row", W / W[0], "1"), **more}
    return make_record(
        "thermogravimetry/1", sample="HJ\nfilm", instrument="thermobalance", origin=origin, variables=variables,
        attributes={"atmosphere": "Argon 50 ml/min"},
    )  # fmt: skip


@pytest.mark.parametrize("origin", ["simulated", "measured"])
def test_what_is_written_is_read(origin: str) -> None:
    whole = thermogram(
        origin,
        mass=("row", 4.2e-6 * W, "kg"),
        test_time=("row", 6.0 * (T - T[0]), "s"),
        heat_flow=("row", -1e-3 * W, "W"),
    )
    found = read_source(Source("film.txt", ta_text(whole)))
    for name in ("temperature", "relative_mass", "mass", "test_time", "heat_flow"):
        assert np.allclose(found[name], whole[name], rtol=1e-13, atol=1e-13), name
    assert found.attrs["origin"] == origin
    assert found.attrs["sample"] == "HJ film"
    assert found.attrs["atmosphere"] == "Argon 50 ml/min"


def test_per_cent_where_there_is_no_mass() -> None:
    found = read_source(Source("film.txt", ta_text(thermogram())))
    assert np.allclose(found["relative_mass"], W / W[0], rtol=1e-13)
    assert "mass" not in found


def test_another_record_is_refused() -> None:
    record = make_record("scalars/1", sample="s", instrument="x", variables={"mass": ((), 1e-6, "kg")})
    with pytest.raises(SchemaError, match="no thermogram"):
        ta_text(record)
