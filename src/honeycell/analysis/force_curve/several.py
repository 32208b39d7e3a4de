"""Many force curves of one file, such as a map: each reduced, and their mean with its spread."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.analysis.result import Estimate, Reduction
from honeycell.quantities.errors import HoneycellError, InputError
from honeycell.quantities.record import flags_of
from honeycell.quantities.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

    from honeycell.analysis.result import Settings

NAMES = ("elastic_modulus", "reduced_modulus", "adhesion_force", "peak_force")
NORMAL_95 = 1.96
MOSTLY = 0.5  # of the curves: what these are flagged for the mean is too


def reduce_several(record: xr.Dataset, settings: Settings, one: Callable[..., Reduction]) -> Reduction:
    """Mean, standard deviation and standard error of every quantity over the curves, and the table ``curves`` of them.

    The standard error of a mean joins that of the scatter with those stated for tip, Poisson's ratio and spring constant, which all
    curves share.

    Parameters
    ----------
    record : ``force_curve/1`` with the variable ``curve``.
    one : reduces one curve.

    Raises
    ------
    InputError : no curve can be reduced; then that of the first.
    """
    numbers = np.asarray(record["curve"].values)
    rows: list[dict[str, Any]] = []
    reduced: list[Reduction] = []
    failed: list[HoneycellError] = []
    for number in np.unique(numbers):
        own = record.isel(row=np.flatnonzero(numbers == number)).drop_vars("curve")
        try:
            found = one(own, settings, whole=not reduced)
        except HoneycellError as error:
            failed.append(error)
            rows.append({"curve": int(number), "failed": error.what})
            continue
        reduced.append(found)
        if "tip_shape" in settings and "contact_model" not in settings:
            # moduli by different laws have no mean: the first curve's law is taken for all
            law = str(found.tables["contact"][0]["law"]).partition(" ")[0].partition("-")[0].lower()
            settings = {**settings, "contact_model": Value(law)}
        rows.append(_row(int(number), found))
    if not reduced:
        raise InputError(failed[0].what, failed[0].where, failed[0].cure)
    flags = flags_of(record) + _counted(reduced)
    if failed:
        flags.append(f"curves: {len(failed)} of {len(rows)} cannot be reduced; the table curves says why")
    # what the settings leave uncertain is shared by all curves and does not average out
    first = next(row["curve"] for row in rows if "failed" not in row)
    exact = {key: replace(value, u=None) for key, value in settings.items()}
    bare = one(record.isel(row=np.flatnonzero(numbers == first)).drop_vars("curve"), exact, whole=False)
    quantities = [each for name in NAMES for each in _mean([one[name] for one in reduced if name in one], bare)]
    tables = {"curves": rows, "contact": reduced[0].tables["contact"], "curve": reduced[0].tables["curve"]}
    return Reduction(reduced[0].technique, tuple(quantities), tables, tuple(dict.fromkeys(flags)))


def _mean(found: list[Estimate], bare: Reduction) -> list[Estimate]:
    """Mean and standard deviation; ``bare`` is the first curve's reduction with exact settings."""
    if not found:
        return []
    name, unit = found[0].name, found[0].unit
    whole, own = (each.standard_error or 0.0 for each in (found[0], bare[name]))
    shared = math.sqrt(max(whole**2 - own**2, 0.0)) / abs(found[0].value) if found[0].value else 0.0
    values = np.array([each.value for each in found])
    n, mean = values.size, float(values.mean())
    if n < 2:
        return [found[0]]
    from scipy.special import stdtrit

    sd, students = float(values.std(ddof=1)), float(stdtrit(n - 1, 0.975))
    error, of_sd = math.hypot(sd / math.sqrt(n), shared * mean), sd / math.sqrt(2.0 * (n - 1))
    method = (
        f"mean of {n} curves, its error of their scatter and of what is stated for all; first curve: {found[0].method}"
    )
    return [
        Estimate(name, mean, unit, error, (mean - students * error, mean + students * error), method, _of_most(found)),
        Estimate(
            f"{name}_sd", sd, unit, of_sd, (max(sd - NORMAL_95 * of_sd, 0.0), sd + NORMAL_95 * of_sd),
            f"standard deviation over {n} curves",
        ),
    ]  # fmt: skip


def _of_most(found: list[Estimate]) -> tuple[str, ...]:
    """Flags of a kind that most of the curves bear, as the first of them has it."""
    kinds = [{flag.partition(":")[0]: flag for flag in each.flags} for each in found]
    every = {word: flag for own in reversed(kinds) for word, flag in own.items()}
    return tuple(flag for word, flag in every.items() if sum(word in own for own in kinds) > MOSTLY * len(found))


def _counted(reduced: list[Reduction]) -> list[str]:
    """Flags of the curves, each kind once with the number of curves that bear it."""
    kinds: dict[str, tuple[int, str]] = {}
    for each in reduced:
        for flag in {flag.partition(":")[0]: flag for flag in (*each.flags, *_of_quantities(each))}.values():
            word = flag.partition(":")[0]
            kinds[word] = (kinds.get(word, (0, ""))[0] + 1, kinds.get(word, (0, flag))[1])
    n = len(reduced)
    return [flag if count == n else f"{flag} (first of {count} such curves of {n})" for count, flag in kinds.values()]


def _of_quantities(reduction: Reduction) -> list[str]:
    return [flag for each in reduction.quantities for flag in each.flags]


def _row(number: int, found: Reduction) -> dict[str, Any]:
    row: dict[str, Any] = {"curve": number}
    for each in found.quantities:
        scale, unit = (1e9, "nm") if each.unit == "m" else (1.0, each.unit)
        row[f"{each.name} / {unit}"] = scale * each.value
        row[f"{each.name}_standard_error / {unit}"] = scale * (each.standard_error or 0.0)
    row |= {key: found.tables["contact"][0][key] for key in ("law", "depth / nm", "residuals_over_noise")}
    return row | {"flags": ", ".join(dict.fromkeys(flag.partition(":")[0] for flag in _of_quantities(found)))}
