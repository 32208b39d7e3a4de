"""Records in, numbers out; knows nothing of the simulator."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from honeycell.analysis.result import Estimate
from honeycell.quantities.errors import HoneycellError, InputError
from honeycell.quantities.record import flags_of
from honeycell.quantities.schema import SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import xarray as xr

    from honeycell.analysis.result import Reduction, Settings

    Many = Callable[[Sequence[xr.Dataset], Sequence[Settings]], list[Reduction]]

TECHNIQUES = {name: schema.technique for name, schema in SCHEMAS.items() if schema.technique}
"""Schema of a record to the technique that reduces it."""

REDUCERS = {
    "impedance": "impedance:reduce_impedances",
    "cycling": "cycling:reduce_cyclings",
    "voltammetry": "voltammetry:reduce_voltammograms",
    "transference": "transference:reduce_transients",
    "diffraction": "diffraction:reduce_patterns",
    "thermogravimetry": "thermogravimetry:reduce_thermograms",
    "force_curve": "force_curve:reduce_force_curves",
    "micrograph": "micrograph:reduce_micrographs",
}
"""Technique to the module of this package and its function, loaded when first needed."""

SERIES = {
    "impedance": "impedance_series:reduce_spectra_together",
    "transference": "transference:reduce_transference",
    "voltammetry": "voltammetry:reduce_rates",
    "diffraction": "diffraction:reduce_in_situ",
}
"""Likewise for several records of one specimen taken together."""


def reduce(record: xr.Dataset, settings: Settings | None = None) -> Reduction:
    """What a record yields, by its schema.

    Raises
    ------
    InputError : no reduction for the record's schema, or settings that do not fit it.
    """
    return _reducer(record)([record], [settings or {}])[0]


def reduce_many(records: Sequence[xr.Dataset], settings: Sequence[Settings]) -> list[Reduction | HoneycellError]:
    """As :func:`reduce` for many records, which is faster; a record that cannot be reduced gives its error."""
    result: list[Reduction | HoneycellError] = []
    groups: dict[str, list[int]] = {}
    for i, record in enumerate(records):
        groups.setdefault(str(record.attrs["schema"]), []).append(i)
        result.append(InputError("not reduced"))
    for places in groups.values():
        chosen, own = [records[i] for i in places], [settings[i] for i in places]
        try:
            reduced: Sequence[Reduction | HoneycellError] = _reducer(chosen[0])(chosen, own)
        except HoneycellError:
            # one of them: find out which
            reduced = [_reduce_or_error(record, one) for record, one in zip(chosen, own, strict=True)]
        for i, item in zip(places, reduced, strict=True):
            result[i] = item
    return result


def reduce_series(records: Sequence[xr.Dataset], settings: Sequence[Settings]) -> list[Reduction]:
    """Records of one specimen in their order, reduced together.

    Spectra are fitted with one circuit, over temperature to the activation energy; voltammograms at several scan rates give b-values;
    a current transient with the spectra before and after it gives the transference number; patterns are fitted jointly.

    Raises
    ------
    InputError : records of techniques that do not go together.
    """
    kinds = {TECHNIQUES.get(str(record.attrs["schema"]), str(record.attrs["schema"])) for record in records}
    if len(kinds) > 1 and kinds != {"transference", "impedance"}:
        raise InputError(f"records of {' and '.join(sorted(kinds))} in a series", "", "A series is of one technique.")
    kind = max(kinds, default="")  # a transient takes its spectra along
    if kind not in SERIES:
        raise InputError(f"a series of {kind} records", "", f"A series is of {', '.join(SERIES)}.")
    return _function(SERIES[kind])(records, settings)


def quantities(record: xr.Dataset) -> dict[str, Estimate]:
    """Every number a record yields, by name: its own scalars and what its reduction finds; SI units."""
    known = str(record.attrs["schema"]) in TECHNIQUES
    return _scalars(record) | (_by_name(reduce(record)) if known else {})


def _scalars(record: xr.Dataset) -> dict[str, Estimate]:
    """A record's own numbers, with its own flags."""
    flags = tuple(flags_of(record))
    return {
        str(name): Estimate(str(name), float(variable), str(variable.attrs["units"]), flags=flags)
        for name, variable in record.data_vars.items()
        if variable.ndim == 0
    }


def _by_name(reduction: Reduction) -> dict[str, Estimate]:
    return {estimate.name: estimate for estimate in reduction.quantities}


def reductions_of(tree: Mapping[str, xr.Dataset]) -> dict[str, Reduction]:
    """Reductions of many records by name, of those that have one; records with the same attribute ``series`` are reduced together."""
    result: dict[str, Reduction] = {}
    series: dict[str, list[str]] = {}
    for name, record in tree.items():
        if "series" in record.attrs:
            series.setdefault(str(record.attrs["series"]), []).append(name)
        elif str(record.attrs["schema"]) in TECHNIQUES:
            result[name] = reduce(record)
    for names in series.values():
        reduced = reduce_series([tree[name] for name in names], [{}] * len(names))
        result |= dict(zip(names, reduced, strict=True))
    return result


def quantities_of(
    tree: Mapping[str, xr.Dataset], reductions: Mapping[str, Reduction] | None = None
) -> dict[str, dict[str, Estimate]]:
    """As :func:`quantities` for many records by name; ``reductions`` are those of :func:`reductions_of`, where they are known already."""
    found = reductions_of(tree) if reductions is None else reductions
    return {name: _scalars(record) | (_by_name(found[name]) if name in found else {}) for name, record in tree.items()}


def _reduce_or_error(record: xr.Dataset, settings: Settings) -> Reduction | HoneycellError:
    try:
        return reduce(record, settings)
    except HoneycellError as error:
        return error


def _reducer(record: xr.Dataset) -> Many:
    schema = str(record.attrs["schema"])
    if schema not in TECHNIQUES:
        raise InputError(f"no reduction for records of schema {schema}", "", f"There are: {', '.join(TECHNIQUES)}.")
    return _function(REDUCERS[TECHNIQUES[schema]])


def _function(place: str) -> Many:
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(f"{__name__}.{module}"), name)
