"""Records in, numbers out; knows nothing of the simulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from honeycell.analysis.result import Estimate
from honeycell.quantities.errors import HoneycellError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr

    from honeycell.analysis.result import Reduction, Settings

    Many = Callable[[Sequence[xr.Dataset], Sequence[Settings]], list[Reduction]]

TECHNIQUES = {"impedance/1": "impedance", "cycling/1": "cycling"}
"""Schema of a record to the technique that reduces it."""


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
    """Records of one cell in their order, impedance only, fitted together with one circuit.

    Raises
    ------
    InputError : a record that is not an impedance spectrum.
    """
    from honeycell.analysis.impedance import reduce_impedances

    for record in records:
        if record.attrs["schema"] != "impedance/1":
            raise InputError(f"a record of schema {record.attrs['schema']} in a series", "", "A series is of spectra.")
    return reduce_impedances(records, settings, series=True)


def quantities(record: xr.Dataset) -> dict[str, Estimate]:
    """Every number a record yields, by name: its own scalars and what its reduction finds; SI units."""
    result = {
        str(name): Estimate(str(name), float(variable), str(variable.attrs["units"]))
        for name, variable in record.data_vars.items()
        if variable.ndim == 0
    }
    if str(record.attrs["schema"]) in TECHNIQUES:
        result |= {estimate.name: estimate for estimate in reduce(record).quantities}
    return result


def _reduce_or_error(record: xr.Dataset, settings: Settings) -> Reduction | HoneycellError:
    try:
        return reduce(record, settings)
    except HoneycellError as error:
        return error


def _reducer(record: xr.Dataset) -> Many:
    from honeycell.analysis.cycling import reduce_cyclings
    from honeycell.analysis.impedance import reduce_impedances

    reducers: dict[str, Many] = {"impedance": reduce_impedances, "cycling": reduce_cyclings}
    schema = str(record.attrs["schema"])
    if schema not in TECHNIQUES:
        raise InputError(f"no reduction for records of schema {schema}", "", f"There are: {', '.join(TECHNIQUES)}.")
    return reducers[TECHNIQUES[schema]]
