"""A film under the microscope: its section, its front and its back on one sheet."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from honeycell.plot.micrograph import LARGEST, bar_length
from honeycell.plot.style import INK, colour_of, styled
from honeycell.quantities.record import flags_of

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 9.2  # inches
FACE = 3.6  # inches of a face's edge
TALL = 3.2  # height of a section over its width, from which on it is laid on its side
MOST_BAR = 3.0  # widths of an image, in heights, that a scale bar looks at
GAP, HEAD, FOOT = 0.35, 0.62, 0.12


@styled
def figure_mosaic(section: xr.Dataset, front: xr.Dataset | None, back: xr.Dataset | None) -> Figure:
    """Virtual micrographs ``micrograph/1`` of one film, each with its scale.

    Parameters
    ----------
    section : front on top;  front, back : of the faces, None where a face shows no pores.

    Returns
    -------
    The figure: section left, front above back right; the section of a film much thicker than it is shown wide lies on its side above.
    """
    from matplotlib.figure import Figure

    grey = np.asarray(section["intensity"].values)
    size = float(section["pixel_size"])
    lying = grey.shape[0] > TALL * grey.shape[1]
    if lying:
        long = WIDTH - 2 * GAP
        across = max(long * grey.shape[1] / grey.shape[0], 0.6)
        height = HEAD + across + 0.75 + FACE + 0.25 + FOOT
        figure = Figure(figsize=(WIDTH, height))
        place = (GAP, height - HEAD - across, long, across)
        faces = [(GAP + k * (FACE + 3 * GAP), FOOT + 0.25, FACE, FACE) for k in (0, 1)]
        grey = grey.T
    else:
        height = HEAD + 2 * FACE + 0.45 + FOOT
        deep = height - HEAD - FOOT
        across = min(deep * grey.shape[1] / grey.shape[0], WIDTH - FACE - 3 * GAP - 0.35)
        figure = Figure(figsize=(across + FACE + 3 * GAP + 0.35, height))
        place = (GAP + 0.35, FOOT, across, deep)
        faces = [(across + 2 * GAP + 0.35, FOOT + k * (FACE + 0.45), FACE, FACE) for k in (1, 0)]
    sample = str(section.attrs.get("sample", ""))
    wide = float(figure.get_figwidth())

    def axes(box: tuple[float, float, float, float]) -> Axes:
        left, bottom, width, high = box
        return figure.add_axes((left / wide, bottom / height, width / wide, high / height))

    figure.text(
        0.1 / wide,
        1 - 0.08 / height,
        sample,
        fontsize=12,
        fontweight="bold",
        va="top",
        color=colour_of(sample),
        parse_math=False,
    )
    ax = axes(place)
    _image(ax, grey, size)
    ax.set_title("section, front on the left" if lying else "section", loc="left", fontsize=9.5)
    thickness = max(section["intensity"].shape) * size if lying else section["intensity"].shape[0] * size
    ends = (("front", 0.0), (f"back, {thickness * 1e6:.3g} µm", 1.0))
    for name, along in ends:
        if lying:
            ax.text(
                along, -0.02, name, transform=ax.transAxes, ha="left" if along == 0.0 else "right", va="top", fontsize=9
            )
        else:
            ax.text(-0.02, 1.0 - along, name, transform=ax.transAxes, rotation=90, ha="right",
                    va="top" if along == 0.0 else "bottom", fontsize=9)  # fmt: skip
    for name, record, box in zip(("front", "back"), (front, back), faces, strict=True):
        face = axes(box)
        if record is None:
            face.text(
                0.5, 0.5, "closed: no pores to look into", ha="center", va="center", color=INK, transform=face.transAxes
            )
            face.set_xticks([])
            face.set_yticks([])
        else:
            _image(face, np.asarray(record["intensity"].values), float(record["pixel_size"]))
        face.set_title(name, loc="left", fontsize=9.5)
    notes = [flag.partition(":")[2].strip() or flag for flag in flags_of(section)]
    if notes:
        figure.text(1 - 0.1 / wide, 1 - 0.1 / height, "; ".join(notes), ha="right", va="top", fontsize=8, color=INK)
    return figure


def _image(ax: Axes, grey: np.ndarray, size: float) -> None:
    from mpl_toolkits.axes_grid1.anchored_artists import AnchoredSizeBar

    step = max(math.ceil(max(grey.shape) / (2 * LARGEST)), 1)
    ax.imshow(
        grey[::step, ::step], cmap="gray", vmin=0, vmax=255, extent=(0, grey.shape[1], grey.shape[0], 0), aspect="auto"
    )
    ax.set_axis_off()
    length, name = bar_length(min(grey.shape[1], MOST_BAR * grey.shape[0]) * size)
    bar = AnchoredSizeBar(
        ax.transData, length / size, name, "lower right", pad=0.35, borderpad=0.5, sep=3, color=INK,
        fill_bar=False, prop={"size": 9},
    )  # fmt: skip
    bar.size_bar.get_children()[0].set(linewidth=3.0)
    bar.patch.set(facecolor="white", alpha=0.85, edgecolor="none")
    ax.add_artist(bar)
