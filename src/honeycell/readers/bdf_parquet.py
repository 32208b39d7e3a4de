"""Battery Data Format tables as Parquet, whose footer is checked before anything is allocated."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from honeycell.quantities.errors import ReadError
from honeycell.readers.base import Reader
from honeycell.readers.bdf import bdf_record
from honeycell.readers.bdf_labels import is_bdf

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.readers.source import Source

PARQUET = b"PAR1"
MOST_CELLS = 60_000_000  # numbers: half a gigabyte
MOST_COLUMNS = 1000
SWOLLEN = 200.0  # bytes unpacked for each of the file: cyclers' columns of constant numbers shrink a hundredfold
SUSPECT = 32 * 2**20  # bytes
CELLS_A_BYTE = 20.0  # times and voltages are new numbers in every row; columns of one number alone shrink to nothing
FEW_CELLS = 3_000_000
_CURE = "The file is damaged or was cut off; write it anew."


class BdfParquetReader(Reader):
    """The columns that a record can take, and the other numeric and text columns as they stand."""

    name: ClassVar[str] = "bdf_parquet"
    title: ClassVar[str] = "Battery Data Format table as Parquet (test_time_second, voltage_volt, current_ampere)"
    suffixes: ClassVar[tuple[str, ...]] = (".parquet",)
    schemas: ClassVar[tuple[str, ...]] = ("cycling/1",)

    def recognises(self, source: Source) -> bool:
        """By the first bytes, which mean Parquet whatever it holds."""
        return source.content.startswith(PARQUET)

    def read(self, source: Source) -> xr.Dataset:
        """The charge-discharge record, rows in the order of the file.

        Raises
        ------
        ReadError : damaged, larger than what it declares can be, or no table of a cycler.
        """
        try:
            import pyarrow as pa
            from pyarrow import parquet
        except ImportError:
            cure = "Install it with pip install 'honeycell[files]', or save the table as csv."
            raise ReadError("needs the package pyarrow", source.name, cure) from None
        try:
            file = parquet.ParquetFile(io.BytesIO(source.content))
            labels = _checked(source, file)
            table = file.read(columns=labels, use_threads=False)
            raw = {label: values for label in labels if (values := _values(table, label)) is not None}
        except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
            reason = " ".join(str(error).split())[:120]
            raise ReadError(f"is no readable Parquet file ({reason})", source.name, _CURE) from None
        kept = tuple(raw)

        def numbers(index: int) -> NDArray[np.float64]:
            label = kept[index]
            values = raw[label]
            if values.dtype.kind not in "fiu":
                raise ReadError(
                    f"has a column {label[:40]!r} that holds no numbers", source.name, "Write it as numbers."
                )
            wrong = np.flatnonzero(~np.isfinite(values))
            if wrong.size:
                what = f"has an empty or infinite cell in column {label[:40]!r}"
                cure = "Delete the row or measure the point again."
                raise ReadError(what, f"{source.name}, row {wrong[0] + 1}", cure)
            return values.astype(float)

        header = {
            key.decode("utf-8", "replace"): value.decode("utf-8", "replace")
            for key, value in (file.schema_arrow.metadata or {}).items()
            if key not in (b"pandas", b"ARROW:schema")
        }
        with np.errstate(all="ignore"):  # what overflows is refused when the record is made
            return bdf_record(
                source,
                kept,
                numbers,
                form=self.name,
                raw=raw,
                header=json.dumps(header, ensure_ascii=False) if header else "",
            )


def _checked(source: Source, file: Any) -> list[str]:
    """The columns to read, after a look at what the footer declares."""
    declared = file.metadata
    labels = [str(label) for label in file.schema_arrow.names]
    if declared.num_columns > MOST_COLUMNS or len(set(labels)) < len(labels):
        raise ReadError(
            f"has {declared.num_columns} columns, or two of one name", source.name, "Is it a cycler's table?"
        )
    if not is_bdf(tuple(labels)):
        have = ", ".join(repr(label[:30]) for label in labels[:12])
        raise ReadError(
            f"is a Parquet file without test_time_second, voltage_volt and current_ampere; it has {have}",
            source.name,
            "Name the columns as the Battery Data Format does.",
        )
    cells = declared.num_rows * declared.num_columns
    groups = [declared.row_group(index) for index in range(min(declared.num_row_groups, 100_000))]
    unpacked = sum(group.total_byte_size for group in groups)
    likely = max(FEW_CELLS, CELLS_A_BYTE * len(source.content))
    if not 0 <= cells <= min(MOST_CELLS, likely) or not 0 <= unpacked <= max(SUSPECT, SWOLLEN * len(source.content)):
        what = (
            f"declares {declared.num_rows} rows of {declared.num_columns} columns, {unpacked / 2**20:.0f} MB unpacked"
        )
        raise ReadError(what, source.name, "Write fewer rows into a file, or do not trust it.")
    return labels


def _values(table: Any, label: str) -> NDArray[Any] | None:
    """A column as numbers or as text; None for what is neither, and for one that is empty throughout."""
    import pyarrow as pa

    column = table.column(label)
    kind = column.type
    if column.null_count == len(column) and len(column):
        return None
    if (
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_boolean(kind)
    ):
        return column.cast(pa.float64()).to_numpy()
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_temporal(kind):
        return np.array([("" if cell is None else str(cell))[:200] for cell in column.to_pylist()])
    return None
