"""The figure of a reduced spectrum shows all of it, on equal axes, and says what is doubtful."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest

from honeycell.analysis.result import Estimate, Reduction
from honeycell.plot import GF_COLOUR, HJ_COLOUR, figure_impedance, svg
from honeycell.quantities.record import make_record

METHOD = "R0-(R1 CPE1), chosen by evidence"


def model(f: Any, series: float, arcs: tuple[float, ...], tail: float) -> Any:
    s = 2j * np.pi * f
    z = series + sum(R / (1.0 + (1e-4 * 30.0**k * s) ** 0.9) for k, R in enumerate(arcs))
    return z + (1.0 / (tail * s) if tail else 0.0)


def forged(
    sample: str = "cell", series: float = 8.0, arcs: tuple[float, ...] = (30.0,), tail: float = 0.0,
    flags: tuple[str, ...] = (), left_out: tuple[int, ...] = (), inductance: float = 0.0,
) -> tuple[Any, Reduction]:  # fmt: skip
    f = np.geomspace(1e5, 1e-2, 57)
    fit = model(f, series, arcs, tail) + 2j * np.pi * f * inductance
    noise = np.random.default_rng(3).standard_normal((2, len(f)))
    Z = fit * (1.0 + 0.002 * (noise[0] + 1j * noise[1]))
    weight = np.ones(len(f))
    for index in left_out:
        Z[index] *= 1.2
        weight[index] = 0.0
    record = make_record(
        "impedance/1", sample=sample, instrument="x", origin="measured",
        coordinates={"frequency": ("frequency", f, "Hz")},
        variables={
            "real_impedance": ("frequency", Z.real, "ohm"), "imaginary_impedance": ("frequency", Z.imag, "ohm"),
        },
    )  # fmt: skip
    off = 100.0 * (fit - Z) / np.abs(Z)
    columns = {
        "frequency / Hz": f, "real_impedance / ohm": Z.real, "imaginary_impedance / ohm": Z.imag,
        "fit_real / ohm": fit.real, "fit_imaginary / ohm": fit.imag,
        "residual_real / %": off.real, "residual_imaginary / %": off.imag,
        "kramers_kronig_real / %": off.real, "kramers_kronig_imaginary / %": off.imag, "weight": weight,
    }  # fmt: skip
    dense = np.geomspace(f[0], f[-1], 200)
    curve = model(dense, series, arcs, tail) + 2j * np.pi * dense * inductance
    drawn = {
        "frequency / Hz": dense, "real_impedance / ohm": curve.real, "imaginary_impedance / ohm": curve.imag
    }  # fmt: skip
    found = [Estimate("series_resistance", series, "ohm", 0.05, (series - 0.1, series + 0.1), METHOD)]
    found += [Estimate(f"arc_{k}_resistance", R, "ohm", 0.1, (R - 0.2, R + 0.2), METHOD) for k, R in enumerate(arcs, 1)]
    found += [
        Estimate("warburg_coefficient", 12.5, "ohm/s**0.5", None, None, METHOD, ("not_determined",)),
        Estimate("kramers_kronig_residual", 0.002, "1", None, None, "consistent with Kramers-Kronig: no pattern"),
    ]
    alternatives = ({"circuit": "R0-(R1 C1)-W1"},) if "ambiguous" in flags else ()
    return record, Reduction(
        "impedance", tuple(found), {"spectrum": rows(columns), "curve": rows(drawn)}, flags, alternatives
    )


def rows(columns: dict[str, Any]) -> list[dict[str, Any]]:
    lists = [np.asarray(column, float).tolist() for column in columns.values()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]


def lines(ax: Any) -> dict[str, Any]:
    return {line.get_label(): line for line in ax.get_lines()}


def words_in(figure: Any) -> str:
    return " ".join(
        [each.get_text() for each in figure.texts] + [each.get_text() for ax in figure.axes for each in ax.texts]
    )


SPECTRA = {
    "one arc": {},
    "small arc before a large one": {"arcs": (3.0, 900.0)},
    "blocking": {"arcs": (10.0,), "tail": 1e-4},
    "tiny resistance": {"series": 1e-4, "arcs": (3e-4,)},
    "large resistance": {"series": 1e7, "arcs": (3e8,)},
    "inductive": {"inductance": 1e-4},
    "outliers": {"left_out": (10, 30)},
}


@pytest.mark.parametrize("given", SPECTRA.values(), ids=SPECTRA.keys())
def test_nyquist_axes_have_equal_scales_and_hold_every_point_or_say_so(given: dict[str, Any]) -> None:
    record, reduction = forged(**given)
    figure = figure_impedance(record, reduction)
    ax = figure.axes[0]
    assert ax.get_aspect() == 1.0
    box = ax.get_position()
    wide, high = box.width * figure.get_figwidth(), box.height * figure.get_figheight()
    assert np.ptp(ax.get_xlim()) / wide == pytest.approx(np.ptp(ax.get_ylim()) / high)
    measured = lines(ax)["measured"]
    x, y = measured.get_xdata(), measured.get_ydata()
    out = len(given.get("left_out", ()))
    assert len(x) == record.sizes["frequency"] - out
    assert y == pytest.approx(-np.delete(record["imaginary_impedance"].values, given.get("left_out", ())))
    inside = (ax.get_xlim()[0] <= x) & (x <= ax.get_xlim()[1]) & (ax.get_ylim()[0] <= y) & (y <= ax.get_ylim()[1])
    assert inside.all() or "outside the plot" in words_in(figure)


def test_points_left_out_are_open_and_in_both_panels() -> None:
    figure = figure_impedance(*forged(left_out=(10, 30)))
    open_points = lines(figure.axes[0])["left out"]
    assert len(open_points.get_xdata()) == 2
    assert open_points.get_markerfacecolor() == "white"
    low, high = figure.axes[1].get_ylim()
    assert high == -low < 2.0
    drawn = sum(len(line.get_xdata()) for line in figure.axes[1].get_lines() if line.get_marker() in ("^", "v", "x"))
    assert drawn == 4
    assert "left out" not in lines(figure_impedance(*forged()).axes[0])


def test_residuals_are_in_percent_over_a_logarithmic_frequency() -> None:
    record, reduction = forged()
    ax = figure_impedance(record, reduction).axes[1]
    assert ax.get_xscale() == "log"
    assert "(Hz)" in ax.get_xlabel()
    assert "(%)" in ax.get_ylabel()
    shown = lines(ax)["fit, Z′"]
    assert shown.get_ydata() == pytest.approx([row["residual_real / %"] for row in reduction.tables["spectrum"]])


def test_every_axis_has_a_unit_and_the_decades_are_marked() -> None:
    figure = figure_impedance(*forged())
    nyquist = figure.axes[0]
    assert "Ω" in nyquist.get_xlabel()
    assert "−Z″ (Ω)" in nyquist.get_ylabel()
    assert len(lines(nyquist)["decades"].get_xdata()) == 8
    assert {"1 kHz", "100 Hz"} <= {each.get_text() for each in nyquist.texts}


@pytest.mark.parametrize("arcs", [(3.0, 900.0), (2.0, 4.0, 5000.0)])
def test_arcs_too_small_to_see_get_a_close_up(arcs: tuple[float, ...]) -> None:
    record, reduction = forged(arcs=arcs)
    figure = figure_impedance(record, reduction)
    assert len(figure.axes) == 4
    (left, right), top = figure.axes[3].get_xlim(), figure.axes[3].get_ylim()[1]
    assert left < 8.0 < 8.0 + sum(arcs[:-1]) < right < 0.2 * arcs[-1]
    assert top > 0.5 * max(arcs[:-1]) * 0.5
    assert len(figure_impedance(*forged()).axes) == 3


def test_every_quantity_stands_in_the_table_with_its_unit() -> None:
    figure = figure_impedance(*forged())
    text = words_in(figure)
    for each in ("series resistance", "8.00", "7.90 to 8.10", "arc 1 resistance", "Warburg coefficient", "not determined",
                 "Kramers-Kronig residual", "%", "Ω/√s"):  # fmt: skip
        assert each in text


def test_verdicts_are_said_in_words() -> None:
    text = words_in(figure_impedance(*forged(flags=("ambiguous", "inductive: Z'' > 0 at 1e5 Hz"))))
    for each in ("AMBIGUOUS", "R0-(R1 C1)-W1", METHOD, "onsistent with Kramers-Kronig", "inductive: Z'' > 0"):
        assert each in text
    assert "AMBIGUOUS" not in words_in(figure_impedance(*forged()))


def test_the_paper_samples_keep_their_colours() -> None:
    for sample, colour in (("gf-2", GF_COLOUR), ("HJ film", HJ_COLOUR), ("run7", HJ_COLOUR)):
        assert lines(figure_impedance(*forged(sample)).axes[0])["measured"].get_markerfacecolor() == colour


def test_a_sample_name_is_text_and_never_markup() -> None:
    record, reduction = forged("<b>$x & _y^$", flags=("odd: $a_",))
    text = svg(figure_impedance(record, reduction), "impedance of <b>")
    assert ET.fromstring(text).tag.endswith("svg")
    assert "&lt;b&gt;$x &amp; _y^$" in text


@pytest.mark.parametrize("sample", ["样品7 电池", "bell\x07 cell", "two\nlines", ""])
def test_any_file_name_gives_a_figure(sample: str) -> None:
    text = svg(figure_impedance(*forged(sample)), sample)
    ET.fromstring(text)
    assert text.encode("utf-8")


def test_the_same_reduction_gives_the_same_bytes() -> None:
    assert svg(figure_impedance(*forged())) == svg(figure_impedance(*forged()))


def test_without_tables_the_record_alone_is_drawn() -> None:
    record, _ = forged()
    figure = figure_impedance(record, Reduction("impedance", ()))
    assert len(lines(figure.axes[0])["measured"].get_xdata()) == record.sizes["frequency"]


def test_axes_of_the_caller_are_drawn_into() -> None:
    from matplotlib.figure import Figure

    mine = Figure()
    axes = mine.subplots(1, 3)
    assert figure_impedance(*forged(), axes=list(axes)) is mine
    assert axes[0].get_aspect() == 1.0
