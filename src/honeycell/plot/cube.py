"""Cubes of a film in parallel perspective: front and back, walls and particles."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from honeycell.plot.style import FAINT, INK, colour_of, styled

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE = (9.2, 4.9)
PIXELS, FINER = 520, 2  # of a picture's side, and by how much finer it is cast
SHADES = {1: "#DDE3EA", 2: "#E3B84A", 3: "#CFC7BB"}  # wall, zeolite, glass
NAMES = {1: "polymer", 2: "particles", 3: "glass"}
TITLES = {"front": "Front, from the bath's side", "back": "Back, from the plate's side"}


@styled
def figure_cubes(records: Mapping[str, xr.Dataset]) -> Figure:
    """Pictures of ``voxels/1`` records, by title, side by side; their first layer is on top, of a back the last.

    Each carries the length of its edge and says what its colours are.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE)
    first = next(iter(records.values()))
    sample = str(first.attrs.get("sample", ""))
    figure.text(
        0.012, 0.975, sample, fontsize=12, fontweight="bold", va="top", color=colour_of(sample), parse_math=False
    )
    met: set[int] = set()
    for place, (name, record) in enumerate(records.items()):
        ax = figure.add_axes((place / len(records), 0.03, 1.0 / len(records), 0.85))
        face = str(record.attrs.get("face", name))
        phase = record["phase"].values
        met |= set(np.unique(phase).tolist())
        _draw(ax, phase[::-1] if face == "back" else phase, float(record["voxel_size"]))
        ax.set_title(TITLES.get(face, face), fontsize=10, y=0.985)
    for place, kind in enumerate(sorted(met - {0})):
        x = 0.80 + 0.09 * place
        figure.patches.append(_swatch(figure, x, SHADES.get(kind, FAINT)))
        figure.text(x + 0.022, 0.955, NAMES.get(kind, str(kind)), va="center", fontsize=9)
    return figure


def _swatch(figure: Figure, x: float, colour: str):
    from matplotlib.patches import Rectangle

    return Rectangle((x, 0.94), 0.016, 0.03, transform=figure.transFigure, facecolor=colour, edgecolor=INK, lw=0.5)


def _draw(ax: Axes, phase: np.ndarray, voxel_size: float) -> None:
    from honeycell.plot.ray_cast import outline

    edge = len(phase) * voxel_size
    half = 0.5 * edge * math.sqrt(3.0)
    ax.imshow(_picture(phase), extent=(-half, half, -half, half), interpolation="antialiased")
    corners, pairs = outline()
    for one, other in pairs:
        ax.plot(*(edge * corners[[one, other]]).T, color=INK, lw=0.7, solid_capstyle="round")
    ax.set_axis_off()
    ax.set_xlim(-0.88 * half, 0.88 * half)
    ax.set_ylim(-0.97 * half, 0.90 * half)
    low, right = edge * corners[0], edge * corners[4]  # the edge along x, at the bottom in front
    slope = math.degrees(math.atan2(right[1] - low[1], right[0] - low[0]))
    middle = 0.5 * (low + right) - np.array([0.0, 0.045 * edge])
    ax.text(
        float(middle[0]),
        float(middle[1]),
        f"{edge * 1e6:.2g} µm",
        rotation=slope,
        rotation_mode="anchor",
        ha="center",
        va="top",
        fontsize=9,
    )


def _picture(phase: np.ndarray) -> np.ndarray:
    """RGBA (PIXELS, PIXELS, 4)."""
    from matplotlib.colors import to_rgb

    from honeycell.plot.ray_cast import cast_rays

    light, met, _ = cast_rays(phase, PIXELS * FINER)
    colours = np.zeros((256, 3))
    for kind, colour in SHADES.items():
        colours[kind] = to_rgb(colour)
    rgba = np.dstack([np.clip(light[..., None] * colours[met], 0.0, 1.0), (met > 0).astype(float)])
    # a pixel is the mean of what is in it; colour counts only where there is something
    blocks = rgba.reshape(PIXELS, FINER, PIXELS, FINER, 4)
    cover = blocks[..., 3].mean(axis=(1, 3))
    colour = (blocks[..., :3] * blocks[..., 3:]).mean(axis=(1, 3)) / np.maximum(cover, 1e-9)[..., None]
    return np.dstack([colour, cover])
