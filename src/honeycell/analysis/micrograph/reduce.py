"""A micrograph into numbers: sizes of particles and pores, open area, thickness and chords of the pores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.analysis.micrograph.area import areal_share
from honeycell.analysis.micrograph.features import SMALLEST, Features, features_of
from honeycell.analysis.micrograph.segmentation import Phases, two_phases
from honeycell.analysis.micrograph.sizes import better_distribution, mode_of, moments
from honeycell.analysis.result import Estimate, Reduction
from honeycell.numerics.chords import chord_lengths
from honeycell.quantities.errors import InputError
from honeycell.quantities.record import flags_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.analysis.result import Settings

FEW = 3  # features: fewer have no spread
COARSE = 6.0  # pixels of mean diameter below which the pixel itself matters
NORMAL_95 = 1.959963984540054
BINS = (8, 30)  # fewest and most of the histogram
AGREE = 0.01  # relative difference of two stated pixel sizes


def reduce_micrographs(records: Sequence[xr.Dataset], settings: Sequence[Settings]) -> list[Reduction]:
    """Reductions of ``micrograph/1`` records.

    Bright features are read as particles and dark ones as pores; ``feature`` keeps one reading. The pixel size is the setting's, else
    the file's.

    Returns
    -------
    ``particle_diameter_mean``, ``particle_diameter_sd``, ``count`` (of pores where those are read, or there are more),
    ``pore_diameter_mode``, ``pore_diameter_mean``, ``pore_diameter_sd``, ``areal_porosity``, ``local_thickness_mean`` and
    ``chord_length_mean`` of the pores. Diameters are of circles of equal area; those cut by the edge are left out, and the bias of that
    is corrected. Tables ``particles``, ``pores`` and ``histogram``; ``curve_…`` for the figure.

    Raises
    ------
    InputError : no pixel size, or no two phases.
    """
    return [_reduction(record, own) for record, own in zip(records, settings, strict=True)]


def _reduction(record: xr.Dataset, settings: Settings) -> Reduction:
    size, flags = _pixel_size(record, settings)
    phases = two_phases(record["intensity"].values)
    flags += [*flags_of(record), *phases.flags]
    wanted = str(settings["feature"].value) if "feature" in settings else ""
    if not wanted:
        flags.append(
            "feature: not given; bright is read as particles and dark as pores (--set feature=particles or pores)"
        )
    how = _method(phases)
    found: list[Estimate] = []
    tables: dict[str, list[dict[str, Any]]] = {"histogram": [], "curve_scale": [{"pixel_size / m": size}]}
    alternatives: list[dict[str, Any]] = []
    read = {
        kind: features_of(phase, filled=kind == "particles")
        for kind, phase in (("particles", phases.bright), ("pores", ~phases.bright))
        if wanted in ("", kind)
    }
    counted = max(read, key=lambda kind: read[kind].diameter.size)
    for kind, scale in (("particles", 1e6), ("pores", 1e9)):
        if kind in read:
            features = read[kind]
            found += _sizes(kind, features, size, how, flags, alternatives, counted=kind == counted)
            tables[kind] = _rows(features, size)
            tables["histogram"] += _histogram(kind, features, size * scale)
            tables[f"curve_{kind}"] = _outlines(features)
    if wanted != "particles":
        found += _openness(~phases.bright, size, how)
    return Reduction("micrograph", tuple(found), tables, tuple(flags), tuple(alternatives))


def _pixel_size(record: xr.Dataset, settings: Settings) -> tuple[float, list[str]]:
    stated = float(record["pixel_size"]) if "pixel_size" in record else None
    if "pixel_size" in settings:
        size = settings["pixel_size"].number
        if stated is not None and abs(size / stated - 1.0) > AGREE:
            return size, [
                f"pixel_size: {size * 1e9:.4g} nm was given, the file says {stated * 1e9:.4g} nm; the given one is used"
            ]
        return size, []
    if stated is None:
        raise InputError(
            "no pixel size in the file", "pixel_size", "Give it with --set pixel_size='12.5 nm' or in sample.toml."
        )
    return stated, []


def _method(phases: Phases) -> str:
    smooth = f"smoothed by {phases.smoothing:.1f} pixels, " if phases.smoothing else ""
    return f"{smooth}lighting of second order, Otsu threshold, watershed on the distance"


def _sizes(
    kind: str,
    features: Features,
    size: float,
    how: str,
    flags: list[str],
    alternatives: list[dict[str, Any]],
    *,
    counted: bool,
) -> list[Estimate]:
    one = kind.removesuffix("s")
    n = features.diameter.size
    found: list[Estimate] = []
    if counted:
        found.append(
            Estimate(
                "count", float(n), "1", None, None, f"{kind} wholly inside the image, of {SMALLEST} pixels or more"
            )
        )
    if features.cut:
        flags.append(
            f"edge: {features.cut} {kind} cut by the edge are left out; larger ones weigh more to make up for it"
        )
    if features.small:
        flags.append(f"small: {features.small} {kind} of fewer than {SMALLEST} pixels are left out")
    if n < FEW:
        flags.append(f"few: {n} whole {kind}; no sizes are given")
        return found
    lengths = features.diameter * size
    stats = moments(lengths, features.weight)
    if stats.mean < COARSE * size:
        flags.append(f"coarse: {kind} are {stats.mean / size:.1f} pixels wide on average; take a higher magnification")
    shape, ratio = better_distribution(lengths, features.weight)
    alternatives.append({"method": f"{kind}: {shape} distribution fits better", **ratio})
    note = f"{n} {kind}, circle of equal area; {how}"
    mean = _with_normal(
        f"{one}_diameter_mean", stats.mean, stats.mean_error, f"{note}; standard error of the mean, sd apart"
    )
    sd = _with_normal(f"{one}_diameter_sd", stats.sd, stats.sd_error, f"{note}; spread of the single {kind}")
    if kind == "particles":
        return [mean, sd, *found]
    mode, error, interval = mode_of(lengths, features.weight)
    smooth = f"{note}; maximum of a kernel density over the diameters, bootstrap error"
    return [Estimate("pore_diameter_mode", mode, "m", error, interval, smooth), mean, sd, *found]


def _with_normal(name: str, value: float, error: float, method: str) -> Estimate:
    return Estimate(name, value, "m", error, (value - NORMAL_95 * error, value + NORMAL_95 * error), method)


def _openness(pores: NDArray[np.bool_], size: float, how: str) -> list[Estimate]:
    from honeycell.numerics.local_thickness import local_thickness

    share, error = areal_share(pores)
    interval = (max(share - NORMAL_95 * error, 0.0), min(share + NORMAL_95 * error, 1.0))
    found = [
        Estimate(
            "areal_porosity", share, "1", error, interval, f"dark share of the image; {how}; error by its covariance"
        )
    ]
    if pores.all():
        return found
    thickness = local_thickness(pores, size)[pores]
    note = f"largest inscribed circle over the dark area; {how}"
    found.append(Estimate("local_thickness_mean", float(thickness.mean()), "m", None, None, note, ("no_error",)))
    chords = np.concatenate([chord_lengths(pores, axis, size) for axis in (0, 1)])
    if chords.size >= FEW:
        spread = float(chords.std(ddof=1)) / np.sqrt(max(chords.size * size / max(float(chords.mean()), size), 2.0))
        note = (
            f"{chords.size} chords along both axes; error as if neighbouring lines told the same over one chord length"
        )
        found.append(_with_normal("chord_length_mean", float(chords.mean()), float(spread), note))
    return found


def _rows(features: Features, size: float) -> list[dict[str, Any]]:
    columns = {
        "diameter / um": features.diameter * size * 1e6,
        "x / um": features.centre[:, 1] * size * 1e6,
        "y / um": features.centre[:, 0] * size * 1e6,
        "circularity": features.circularity,
        "weight": features.weight,
    }
    return [dict(zip(columns, map(float, row), strict=True)) for row in zip(*columns.values(), strict=True)]


def _histogram(kind: str, features: Features, scale: float) -> list[dict[str, Any]]:
    """Bins of the width of Freedman and Diaconis, in um for particles and nm for pores."""
    if features.diameter.size < FEW:
        return []
    sizes = features.diameter * scale
    width = 2.0 * float(np.subtract(*np.percentile(sizes, [75, 25]))) / sizes.size ** (1.0 / 3.0)
    count = int(np.clip(np.ceil(np.ptp(sizes) / width) if width > 0.0 else 1, *BINS))
    number, edges = np.histogram(sizes, count)
    unit = "um" if kind == "particles" else "nm"
    return [
        {"feature": kind, "from": float(low), "to": float(high), "unit": unit, "count": int(n)}
        for low, high, n in zip(edges[:-1], edges[1:], number, strict=True)
    ]


def _outlines(features: Features) -> list[dict[str, Any]]:
    """Pixels of the edges, x and y, of whole features (``whole`` 1) and of others (0)."""
    labels = features.labels
    edge = np.zeros(labels.shape, bool)
    edge[:, :-1] |= labels[:, :-1] != labels[:, 1:]
    edge[:-1] |= labels[:-1] != labels[1:]
    y, x = np.nonzero(edge & (labels > 0) | edge & (np.roll(labels, -1, 1) > 0))
    whole = np.isin(labels[y, x], features.number)
    return [{"x": int(a), "y": int(b), "whole": int(c)} for a, b, c in zip(x, y, whole, strict=True)]
