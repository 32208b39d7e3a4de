"""A table read back holds the same floats."""

import csv
import io

import numpy as np
import pytest

from honeycell.quantities.errors import SchemaError
from honeycell.quantities.record import make_record
from honeycell.readers import Source, read_source
from honeycell.writers.bdf import bdf_text


def test_cycling_table_read_back_is_the_record():
    rng = np.random.default_rng(1)
    units = {"test_time": "s", "voltage": "V", "current": "A", "cycle": "1", "step": "1"}
    data = {name: ("row", rng.standard_normal(20), unit) for name, unit in units.items()}
    record = make_record("cycling/1", sample="x", instrument="forged", variables=data)
    rows = list(csv.DictReader(io.StringIO(bdf_text(record))))
    assert list(rows[0]) == ["Test Time / s", "Voltage / V", "Current / A", "Cycle Count / 1", "Step Count / 1"]
    assert np.array_equal([float(row["Voltage / V"]) for row in rows], record["voltage"].values)


def test_a_record_without_table_form_is_refused():
    record = make_record("scalars/1", sample="x", instrument="forged", variables={})
    with pytest.raises(SchemaError, match="no table form"):
        bdf_text(record)


@pytest.mark.parametrize(
    ("counter", "label"),
    [
        ([0.0, 1.0, 1.0, 2.0, 2.0, 3.0], "Charging Capacity / Ah"),
        ([0.0, 1.0, 1.0, 0.0, 1.0, 1.0], "Cycle Charging Capacity / Ah"),
        ([0.0, 1.0, 0.0, 0.0, 1.0, 0.0], "Step Charging Capacity / Ah"),
    ],
)
def test_a_counter_is_called_after_where_it_starts_anew(counter, label):
    """The format tells counters of the test, of the cycle and of the step apart; a record does not."""
    units = {"test_time": "s", "voltage": "V", "current": "A", "cycle": "1", "step": "1"}
    data = {name: ("row", np.arange(6.0), unit) for name, unit in units.items()}
    data |= {
        "cycle": ("row", np.repeat([1.0, 2.0], 3), "1"),
        "charge_capacity": ("row", np.array(counter) * 3600.0, "A*s"),
    }
    record = make_record("cycling/1", sample="x", instrument="forged", variables=data)
    text = bdf_text(record)
    assert text.splitlines()[0].endswith(f",{label}")
    assert (
        read_source(Source("x.csv", text.encode()))["charge_capacity"].values.tolist()
        == data["charge_capacity"][1].tolist()
    )
