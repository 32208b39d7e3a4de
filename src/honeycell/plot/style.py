"""What all figures share: colours, the house style, display units, and SVG text."""

from __future__ import annotations

import functools
import hashlib
import re
import warnings
from importlib import resources
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from xml.sax.saxutils import quoteattr

import numpy as np

from honeycell.quantities.errors import InputError
from honeycell.quantities.units import conversion, from_si

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

P = ParamSpec("P")
R = TypeVar("R")
Box = tuple[float, float, float, float]

HJ_COLOUR = "#0072B2"
GF_COLOUR = "#D55E00"
GREYS = ("#4D4D4D", "#7F7F7F", "#A6A6A6", "#262626")
INK = "#222222"
FAINT = "#9AA0A8"
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
UNIT_SIGNS = {"um": "µm", "mAh/g": "mAh g⁻¹", "ohm": "Ω", "1": ""}


def colour_of(sample: str, samples: Sequence[str] = ()) -> str:
    """Colour of a sample: HJ and GF always the same, any other a grey by its place among ``samples``.

    >>> colour_of("gf-2"), colour_of("HJ")
    ('#D55E00', '#0072B2')
    """
    key = sample.lower()
    if key.startswith("gf"):
        return GF_COLOUR
    if key.startswith("hj"):
        return HJ_COLOUR
    others = [name for name in samples if not name.lower().startswith(("gf", "hj"))]
    return GREYS[others.index(sample) % len(GREYS) if sample in others else 0]


def house_style() -> Any:
    """Settings of the house style."""
    from matplotlib import rc_params_from_file

    with resources.as_file(resources.files("honeycell.plot") / "house.mplstyle") as path:
        return dict(rc_params_from_file(path, use_default_template=False))


def styled(function: Callable[P, R]) -> Callable[P, R]:
    """Run ``function`` under the house style and put the settings back."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        from matplotlib import rc_context

        with rc_context(house_style()):
            return function(*args, **kwargs)

    return run


def new_axes(width: float, height: float) -> Axes:
    """Axes alone in a new figure of that size in inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height)).add_subplot()


def figure_of(drawing: Axes | Figure) -> Figure:
    """The figure itself, or the one that the axes belong to."""
    from matplotlib.figure import Figure

    figure = drawing if isinstance(drawing, Figure) else drawing.get_figure(root=True)
    if not isinstance(figure, Figure):
        raise InputError("the axes belong to no figure", "svg")
    return figure


def shown(variable: xr.DataArray, unit: str) -> Floats:
    """Values of ``variable`` in the display ``unit``."""
    scale, offset, _ = conversion(str(variable.attrs["units"]))
    return np.asarray(from_si(scale * np.asarray(variable.values, float) + offset, unit), float)  # type: ignore[arg-type]


def axis_label(variable: xr.DataArray, fallback: str, unit: str = "1", prefix: str = "") -> str:
    """Words and unit for an axis that shows ``variable``."""
    name = str(variable.attrs.get("long_name") or fallback)
    text = f"{prefix}{name[:1].upper()}{name[1:]}" if not prefix else f"{prefix}{name}"
    sign = UNIT_SIGNS.get(unit, unit)
    return f"{text} ({sign})" if sign else text


@styled
def svg(drawing: Axes | Figure, title: str = "", *, trimmed: bool = True) -> str:
    """SVG text of a figure, the same bytes each time and safe to inline beside others.

    Parameters
    ----------
    drawing : the figure, or any axes in it.
    title : short text alternative for readers who cannot see the figure.
    trimmed : cut empty margins, for which the figure is laid out twice.

    Returns
    -------
    One ``<svg>`` element without prolog; text stays text, every id carries a prefix drawn from the content.
    """
    import io

    from matplotlib import rc_context

    figure = figure_of(drawing)
    buffer = io.StringIO()
    with warnings.catch_warnings():
        # only the width of such a sign is guessed: the text stays text, and the reader's browser has the font
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        with rc_context({} if trimmed else {"savefig.bbox": None}):
            figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :].strip()
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"\s*<style [^>]*>.*?</style>", "", text, count=1, flags=re.DOTALL)
    text = re.sub(r"\s*<!--.*?-->", "", text, flags=re.DOTALL)
    prefix = f"hc{hashlib.sha256((title + text).encode()).hexdigest()[:10]}-"
    text = re.sub(r'(\sid=")([^"]*")', rf"\g<1>{prefix}\2", text)
    text = re.sub(r'(\s(?:xlink:)?href="#)', rf"\g<1>{prefix}", text)
    text = text.replace("url(#", f"url(#{prefix}")
    name = f" aria-label={quoteattr(title)}" if title else ""
    text = re.sub(
        r"^<svg ", lambda _: f'<svg role="img"{name} style="stroke-linejoin:round;stroke-linecap:butt" ', text, count=1
    )
    return _NOT_XML.sub("\ufffd", text)
