"""A table of impedances into a record, or a refusal that names the line."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.quantities.errors import ReadError
from honeycell.quantities.record import make_record
from honeycell.readers.consistency import checked_against_the_rest
from honeycell.readers.labels import meaning, meanings

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.readers.source import Source
    from honeycell.readers.table import Table

LEAST = 3
HEADER_LIMIT = 60_000
SMALLEST, LARGEST = 1e-20, 1e20  # Hz and ohm: no instrument measures beyond


def spectrum_record(
    table: Table,
    *,
    form: str,
    instrument: str,
    header: str,
    attributes: Mapping[str, Any] | None = None,
    labels: tuple[str, ...] | None = None,
) -> xr.Dataset:
    """Record ``impedance/1`` of a table, from high to low frequency.

    Parameters
    ----------
    table : rows of the file.
    form : name of the format.
    header : the text before the table, verbatim.
    labels : what the columns mean, where that is said elsewhere than in ``table.labels``.

    Returns
    -------
    Besides the spectrum: ``row`` (the row in the file's table, the first is 1); ``raw`` (frequency, column), every numeric column
    with the file's own numbers and units, named by the attribute ``raw_columns`` (JSON); ``raw_text`` likewise for the others.

    Raises
    ------
    ReadError : see :func:`frequency_and_impedance`.
    """
    f, z = frequency_and_impedance(table, labels or table.labels)
    raw, numeric, text = table.raw()
    order = np.argsort(-f, kind="stable")
    z, odd = checked_against_the_rest(z, labels or table.labels, dict(zip(numeric, raw.T, strict=True)))
    given = dict(attributes or {})
    if odd:
        given["flags"] = json.dumps([*json.loads(given.get("flags", "[]")), *odd], ensure_ascii=False)
    variables: dict[str, tuple[Any, ...]] = {
        "real_impedance": ("frequency", z.real[order], "ohm"),
        "imaginary_impedance": ("frequency", z.imag[order], "ohm"),
        "row": ("frequency", order + 1, "1", "row of the file's table, the first is 1"),
        "raw": (("frequency", "column"), raw[order], "1", "columns as in the file, each in the unit of its label"),
    }
    if text:
        cells = np.array([[table.rows[i][column] for column in text] for i in order])
        variables["raw_text"] = (("frequency", "text_column"), cells, "1", "columns of the file that are not numbers")
    return make_record(
        "impedance/1",
        sample=table.source.stem,
        instrument=instrument or form,
        origin="measured",
        variables=variables,
        coordinates={"frequency": ("frequency", f[order], "Hz")},
        attributes=file_attributes(table, form, header, numeric, text) | given,
    )


def file_attributes(table: Table, form: str, header: str, numeric: list[int], text: list[int]) -> dict[str, str]:
    """Where a record came from, in words that NetCDF can keep."""

    def listed(indices: list[int]) -> str:
        return json.dumps([table.labels[index] for index in indices], ensure_ascii=False)

    source = table.source
    return {
        "format": form,
        "file_name": source.base,
        "file_sha256": source.sha256,
        "header": bounded(header),
        "columns": listed(list(range(len(table.labels)))),
        "raw_columns": listed(numeric),
        "raw_text_columns": listed(text),
    }


def without_rest(table: Table, labels: tuple[str, ...]) -> tuple[Table, int]:
    """The table without rows recorded at rest (frequency and impedance all zero), and how many those were."""
    found = meanings(labels)
    impedance = ("real", "imaginary") if {"real", "imaginary"} <= set(found) else ("modulus",)
    if not {"frequency", *impedance} <= set(found):
        return table, 0
    first = table.numbers([found["frequency"][0]])[0] == 0.0
    if not first.any():
        return table, 0
    at_rest = first & np.all(
        [values == 0.0 for values in table.numbers([found[each][0] for each in impedance])], axis=0
    )
    if not at_rest.any() or at_rest.all():
        return table, 0
    return table.select(~at_rest), int(at_rest.sum())


def frequency_and_impedance(
    table: Table, labels: tuple[str, ...]
) -> tuple[NDArray[np.float64], NDArray[np.complex128]]:
    """Frequencies [Hz] and impedances [ohm] in the order of the file.

    Raises
    ------
    ReadError : a column is missing or ambiguous; a cell is not a finite number; a frequency is not positive or comes twice; fewer
        than three points; several spectra.
    """
    source = table.source
    found = meanings(labels)
    polar = not {"real", "imaginary"} <= set(found)
    wanted = ("frequency", "modulus", "phase") if polar else ("frequency", "real", "imaginary")
    missing = [each for each in wanted if each not in found]
    if missing:
        have = ", ".join(repr(label[:30]) for label in labels[:20])
        raise ReadError(
            f"has no column for {' and '.join(['frequency', 'real', 'imaginary'] if polar else missing)}, only {have}",
            source.name,
            "Label them 'Frequency / Hz', 'Real Impedance / ohm' and 'Imaginary Impedance / ohm'.",
        )
    columns = [column for each in wanted for column in found[each]]
    values = dict(zip(columns, table.numbers(columns), strict=True))
    f, first, second = (_agreed(table, labels, {c: values[c] for c in found[each]}, each) for each in wanted)
    with np.errstate(all="ignore"):
        z = np.asarray(first * np.exp(1j * second) if polar else first + 1j * second, complex)
    _check(table, f, z)
    return f, z


def _agreed(
    table: Table, labels: tuple[str, ...], columns: dict[int, NDArray[np.float64]], quantity: str
) -> NDArray[np.float64]:
    """The quantity in SI; where several columns claim it they must agree, and the first is taken."""
    found = [values * _factor(table, values, labels[column]) for column, values in columns.items()]
    for other, column in zip(found[1:], list(columns)[1:], strict=True):
        if not np.allclose(other, found[0], rtol=1e-2, atol=1e-6 * float(np.abs(found[0]).max())):
            names = f"{labels[next(iter(columns))]!r} and {labels[column]!r}"
            raise ReadError(
                f"has two columns for {quantity}, {names}, that differ",
                table.source.name,
                "Keep one spectrum, with one column each, in a file.",
            )
    return found[0]


def _factor(table: Table, values: NDArray[np.float64], label: str) -> float:
    means = meaning(label)
    if means is None:
        return 1.0
    if means.quantity != "phase" or means.stated:
        return means.factor
    if np.abs(values).max(initial=0.0) <= 3.2:
        what = f"column {label!r} may be in degrees or in radians"
        raise ReadError(what, table.source.name, f"Label it '{label} / deg' or '{label} / rad'.")
    return means.factor * np.pi / 180.0


def _check(table: Table, f: NDArray[np.float64], z: NDArray[np.complex128]) -> None:
    source = table.source
    wrong = np.flatnonzero(~((f > SMALLEST) & (f < LARGEST)))
    if wrong.size:
        raise ReadError(
            f"has the frequency {f[wrong[0]]:g} Hz, which is not positive"
            if f[wrong[0]] <= 0.0
            else f"has the frequency {f[wrong[0]]:g} Hz, beyond any instrument",
            source.at(table.lines[wrong[0]]),
            "Delete the row, or name the right column as frequency.",
        )
    wrong = np.flatnonzero(~((np.abs(z) > SMALLEST) & (np.abs(z) < LARGEST)))
    if wrong.size:
        raise ReadError(
            "has an impedance of zero, or beyond any instrument", source.at(table.lines[wrong[0]]), "Delete the row."
        )
    if f.size < LEAST:
        points = f"{f.size} point" + ("" if f.size == 1 else "s")
        raise ReadError(f"holds {points}; a spectrum has at least {LEAST}", source.name, "Export the whole sweep.")
    several = count_spectra(f)
    if several > 1:
        raise several_spectra(source, several)
    order = np.argsort(f, kind="stable")
    same = np.flatnonzero(np.diff(f[order]) == 0.0)
    if same.size:
        one, other = sorted(int(table.lines[int(order[same[0] + step])]) for step in (0, 1))
        raise ReadError(
            f"repeats the frequency {f[order[same[0]]]:g} Hz of line {one}",
            source.at(other),
            "Give one sweep per file, or average the two rows.",
        )


def point_count_flags(declared: float, found: int) -> str:
    """The attribute ``flags`` (JSON list) of a file that declares another number of points than it holds.

    That is no damage as such: people cut points off by hand and leave the header.
    """
    return json.dumps([f"incomplete: the file declares {declared:g} points and holds {found}"])


def several_spectra(source: Source, count: int) -> ReadError:
    """The refusal of a file with more than one sweep."""
    return ReadError(
        f"holds {count} spectra", source.name, "Split it: export each sweep or cycle to a file of its own."
    )


def count_spectra(f: NDArray[np.float64]) -> int:
    """How many sweeps the frequencies make: by how often they come again, else by how often they run over the same range.

    Sweeps over the same range are several only where nearly every frequency of one is nearly one of the other. Rows in
    any other order count as one sweep.
    """
    _, counts = np.unique(f, return_counts=True)
    if 2 * np.count_nonzero(counts > 1) >= counts.size:
        return int(counts.max())
    turns = np.flatnonzero(np.diff(np.sign(np.diff(f))) != 0) + 1
    edges = [0, *turns.tolist(), f.size - 1]
    whole = np.log(f.max() / f.min())
    sweeps = [(a, b) for a, b in itertools.pairwise(edges) if b - a >= 4 and abs(np.log(f[b] / f[a])) > 0.6 * whole]
    if len(sweeps) < 2 or sum(b - a + 1 for a, b in sweeps) < 0.8 * f.size:
        return 1
    step = np.median([abs(np.log(f[b] / f[a])) / (b - a) for a, b in sweeps])
    near = np.count_nonzero(np.diff(np.log(np.sort(f))) < 0.2 * step)
    return len(sweeps) if near >= 0.8 * (f.size - f.size / len(sweeps)) else 1


def bounded(header: str) -> str:
    """The header cut where an attribute of a NetCDF file, at most 64 kB, could not hold it."""
    content = header.encode()
    if len(content) <= HEADER_LIMIT:
        return header
    kept = content[:HEADER_LIMIT].decode("utf-8", "ignore")
    return f"{kept}\n[cut: {len(header) - len(kept)} more characters in the file]"
