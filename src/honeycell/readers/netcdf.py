"""Records that honeycell wrote, as NetCDF 4."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from honeycell.quantities.errors import ReadError, SchemaError
from honeycell.quantities.schema import SCHEMAS
from honeycell.readers.base import Reader
from honeycell.runs.folder import read_netcdf

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.readers.source import Source

_MAGIC = b"\x89HDF\r\n\x1a\n"
_HEAP = b"GCOL\x01\0\0\0"
LARGEST = 2**30
MOST = 10_000


class NetcdfReader(Reader):
    """A record of any schema. What it came from before is kept as ``earlier_format``, ``earlier_file_name`` and so on."""

    name: ClassVar[str] = "netcdf"
    title: ClassVar[str] = "honeycell record (.nc)"
    suffixes: ClassVar[tuple[str, ...]] = (".nc",)
    schemas: ClassVar[tuple[str, ...]] = tuple(SCHEMAS)

    def recognises(self, source: Source) -> bool:
        """By the signature of HDF5."""
        return source.content.startswith(_MAGIC)

    def read(self, source: Source) -> xr.Dataset:
        """The record, its numbers checked as those of any other file."""
        _survey(source)
        try:
            record = read_netcdf(source.content, source.name)
        except SchemaError as error:
            raise ReadError(f"is no honeycell record ({error.what})", source.name, "Write it anew.") from None
        except ReadError as error:
            raise ReadError(error.what, source.name, "Copy or write it anew.") from None
        except Exception as error:  # a damaged unit or name, wherever the check meets it
            raise ReadError(f"is damaged ({type(error).__name__})", source.name, "Copy or write it anew.") from None
        _check_numbers(record, source)
        found = {"format": self.name, "file_name": source.base, "file_sha256": source.sha256}
        earlier = {f"earlier_{key}": record.attrs[key] for key in found if key in record.attrs}
        return record.assign_attrs({**earlier, **found})


def _survey(source: Source) -> None:
    """Look through the file before xarray opens it: a few bytes may declare terabytes, or name other files to read.

    h5netcdf also complains on stderr, past every ``except``, when it gives up a file that h5py cannot open.
    """
    import h5py

    if not _heaps_end(source.content):
        raise ReadError("is damaged (its texts)", source.name, "Copy or write it anew.")
    size, count, foreign = 0, 0, False

    def visit(_: str, item: Any) -> bool | None:
        nonlocal size, count, foreign
        count += 1
        if isinstance(item, h5py.Dataset):
            foreign |= bool(item.external) or item.is_virtual
            size += item.size * item.dtype.itemsize if item.size else 0
        return True if count > MOST or size > LARGEST or foreign else None

    try:
        with h5py.File(io.BytesIO(source.content), "r") as file:
            file.visititems(visit)
    except Exception as error:  # h5py raises nearly anything on damaged bytes
        raise ReadError(f"is damaged ({type(error).__name__})", source.name, "Copy or write it anew.") from None
    if foreign:
        raise ReadError("keeps its numbers in other files", source.name, "Write it anew, as one file.")
    if count > MOST or size > LARGEST:
        what = f"declares more than {LARGEST // 2**20} MB or {MOST} variables"
        raise ReadError(what, source.name, "It may be damaged; copy or write it anew.")


def _heaps_end(content: bytes) -> bool:
    """True when the objects of every global heap (HDF5 file format, III.E) fill it exactly.

    HDF5 loops without end, deaf to signals, in a heap whose free space (object 0) is said to be empty.
    """
    start = content.find(_HEAP)
    while start >= 0:
        if start + 16 > len(content):
            return False
        (size,) = struct.unpack_from("<Q", content, start + 8)
        at, end = start + 16, start + size
        if end > len(content):
            return False
        while end - at >= 16:
            index, length = struct.unpack_from("<H6xQ", content, at)
            if index == 0 and at + length != end:
                return False
            at += length if index == 0 else 16 + (length + 7) // 8 * 8
        if at > end:
            return False
        start = content.find(_HEAP, start + 8)
    return True


def _check_numbers(record: xr.Dataset, source: Source) -> None:
    schema = SCHEMAS[str(record.attrs["schema"])]
    if schema.name not in ("impedance/1", "cycling/1"):
        return
    for name in schema.variables:
        values = record[name].values
        if values.dtype.kind not in "fiu" or not np.isfinite(values).all():
            raise ReadError(f"holds values of {name!r} that are not finite numbers", source.name, "Write it anew.")
        if values.size < (3 if schema.name == "impedance/1" else 1):
            raise ReadError(f"holds {values.size} points", source.name, "Write it anew.")
    if schema.name == "impedance/1":
        f = record["frequency"].values
        if f.min() <= 0.0 or np.unique(f).size < f.size:
            raise ReadError("holds frequencies that are not positive or come twice", source.name, "Write it anew.")
