"""Micrographs as TIFF with the tag that FEI microscopes write."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from honeycell.quantities.errors import SchemaError

if TYPE_CHECKING:
    import xarray as xr

FEI = 34682


def tiff_bytes(record: xr.Dataset) -> bytes:
    """A ``micrograph/1`` record as uncompressed grey TIFF, its scale in tag 34682 as an FEI microscope writes it.

    Grey values of 8 or 16 bits and single precision are kept as they are. A simulated record says so in the tag. The date is left out, so
    that the same record gives the same bytes.

    Raises
    ------
    SchemaError : another schema, or no pixel size.
    """
    import tifffile

    if record.attrs["schema"] != "micrograph/1":
        raise SchemaError(f"{record.attrs['schema']!r} is not a micrograph", "TIFF", "Give micrograph/1.")
    if "pixel_size" not in record:
        raise SchemaError("the record has no pixel_size", "TIFF", "A scale is what the tag is for.")
    image = np.asarray(record["intensity"].values)
    if image.dtype.kind == "f":
        image = image.astype(np.float32)
    file = io.BytesIO()
    text = _tag(record, image.shape[1], image.shape[0])
    tifffile.imwrite(
        file, image, photometric="minisblack", metadata=None, software=False, extratags=[(FEI, "s", 0, text, True)]
    )
    return file.getvalue()


def _tag(record: xr.Dataset, width: int, height: int) -> str:
    size = float(record["pixel_size"])
    simulated = record.attrs["origin"] == "simulated"
    words = {name: " ".join(str(record.attrs[name]).split()) for name in ("sample", "instrument", "software")}
    note = f"simulated by {words['software']}; nothing was measured" if simulated else words["sample"]
    lines = [
        "[User]",
        f"UserText={note}",
        "[System]",
        f"SystemType={words['instrument']}",
        "[Scan]",
        f"PixelWidth={size!r}",
        f"PixelHeight={size!r}",
        f"HorFieldsize={size * width!r}",
        f"VerFieldsize={size * height!r}",
        "[Image]",
        f"ResolutionX={width}",
        f"ResolutionY={height}",
        "",
    ]
    return "\r\n".join(lines).encode("ascii", "replace").decode()
