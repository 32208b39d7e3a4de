from __future__ import annotations

import numpy as np
import pytest

from honeycell.plot.life import figure_ablation, figure_fairness
from honeycell.quantities.record import make_record

MAH_PER_G = 3600.0
VARIANTS = ("as built", "flipped", "flooded")


def ablation(sample, cycles, slopes):
    """Capacities that fall by ``slopes`` [mAh/g] per cycle from 100."""
    cycle = np.arange(1.0, cycles + 1.0)
    falling = np.array([100.0 - slope * cycle for slope in slopes]) * MAH_PER_G
    return make_record(
        "scalars/1",
        sample=sample,
        instrument="ablation",
        coordinates={
            "variant": ("variant", np.array(VARIANTS, dtype=object), "1"),
            "cycle": ("cycle", cycle, "1", "cycle at the main rate"),
        },
        variables={"discharge_capacity": (("variant", "cycle"), falling, "A*s/kg", "discharge capacity")},
    )


@pytest.fixture
def pair():
    return ablation("hj-4-6", 50, (0.1, 0.3, 0.5)), ablation("gf", 30, (0.6, 0.6, 0.7))


def test_advantage_is_the_difference_in_the_claims_unit_over_the_shorter_life(pair):
    axes = figure_fairness(*pair).axes[0]
    full, equal = (line for line in axes.lines if len(line.get_xdata()) == 30)
    np.testing.assert_allclose(full.get_ydata(), 0.5 * np.arange(1.0, 31.0))
    np.testing.assert_allclose(equal.get_ydata(), 0.2 * np.arange(1.0, 31.0))
    assert "mAh" in axes.get_ylabel()
    assert {text.get_text() for text in axes.texts} == {"as built", "equal faces"}


def test_a_cell_is_not_ahead_of_itself(pair):
    lines = figure_fairness(pair[0], pair[0]).axes[0].lines
    assert all(np.abs(np.asarray(line.get_ydata())).max() == 0.0 for line in lines)


def test_every_variant_has_its_line_and_samples_one_scale(pair):
    one, other = pair
    figure = figure_ablation({"gf": other, "hj-4-6": one})
    assert [len(axes.lines) for axes in figure.axes] == [3, 3]
    assert len({axes.get_ylim() for axes in figure.axes}) == 1
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(VARIANTS)
