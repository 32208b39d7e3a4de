"""The figure of a micrograph shows what was found, to scale."""

import numpy as np
from scipy import ndimage

from honeycell.analysis import reduce
from honeycell.plot import figure_reduction
from honeycell.plot.micrograph import figure_micrograph
from honeycell.quantities.record import make_record
from honeycell.quantities.value import Value


def record():
    y, x = np.mgrid[:200, :300]
    image = sum(np.hypot(y - a, x - b) < 18.0 for a in (50, 100, 150) for b in (50, 120, 190, 250)) * 1.0
    noise = np.random.default_rng(0).standard_normal(image.shape)
    return make_record(
        "micrograph/1",
        sample="HJ back",
        instrument="forged",
        origin="measured",
        variables={"intensity": (("y", "x"), ndimage.gaussian_filter(image, 0.7) + 0.05 * noise, "1")},
    )


def test_scale_bar_histogram_and_table():
    made = record()
    found = reduce(made, {"pixel_size": Value(50e-9, "m"), "feature": Value("particles")})
    figure = figure_reduction(made, found)
    assert figure is not None
    image, histogram, table = figure.axes
    texts = [text.get_text() for text in image.texts]
    assert texts == ["2 µm"]  # about a fifth of 15 um
    bar = image.lines[-1].get_xdata()
    assert np.ptp(bar) * 50e-9 == 2e-6
    assert "n = 12" in histogram.get_title("left")
    assert histogram.get_xlabel() == "Diameter of particles (µm)"
    assert any("particle diameter mean" in text.get_text() for text in table.texts)


def test_both_kinds_have_a_histogram():
    made = record()
    figure = figure_micrograph(made, reduce(made, {"pixel_size": Value(50e-9, "m")}))
    assert len(figure.axes) >= 3
