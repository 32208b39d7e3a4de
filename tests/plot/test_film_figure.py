"""The figure of an exchange shows the record's own numbers."""

from __future__ import annotations

import numpy as np
import pytest

from honeycell.data.tables import load_parameters
from honeycell.film.formation import form_film
from honeycell.plot import figure_exchange
from honeycell.recipe.library import load


@pytest.mark.parametrize("sample", ["hj-4-6", "hj-4-6-operando"])
def test_times_and_profiles_are_drawn_from_the_records(sample: str) -> None:
    parameters = load_parameters().with_values(load(sample).values())
    records = form_film(parameters.view(), sample)
    figure = figure_exchange(records["film"], records["exchange"])
    times, profiles = figure.axes
    np.testing.assert_array_equal(times.lines[0].get_xdata(), records["film"]["binodal_time"].values)
    np.testing.assert_array_equal(times.lines[1].get_xdata(), records["film"]["gelation_time"].values)
    assert "(s)" in times.get_xlabel()
    assert len(profiles.lines) == 6
    water = records["exchange"]["water_fraction"].values
    for line in profiles.lines:
        assert any(np.array_equal(line.get_ydata(), row) for row in water)
