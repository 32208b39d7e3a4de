"""Micrographs as TIFF: the image, and its scale where the microscope wrote one."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import math
import re
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from honeycell.quantities.errors import ReadError
from honeycell.quantities.record import make_record
from honeycell.readers.base import Reader
from honeycell.readers.spectrum import bounded

if TYPE_CHECKING:
    from collections.abc import Iterator

    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.readers.source import Source

_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
LARGEST = 100 * 2**20  # bytes of grey values; microscopes store 1 to 50 million pixels
PACKED = 1100  # times that deflate, the tightest packing of these, can shrink; more is no image
SQUARE = 1e-3  # relative difference of width and height beyond which pixels are not square
BAR, BODY = 0.5, 0.2  # share of a row in one grey value: at least in a data bar, at most in the image above it
TALLEST_BAR = 0.25  # of the image
_CURE = "Save it anew from the microscope's program, as uncompressed grey TIFF."
_METRES = {
    "m": 1.0,
    "cm": 1e-2,
    "mm": 1e-3,
    "um": 1e-6,
    "µm": 1e-6,
    "μm": 1e-6,
    "micron": 1e-6,
    "nm": 1e-9,
    "pm": 1e-12,
}
_METRES |= {"microns": 1e-6, "\\u00B5m": 1e-6, "å": 1e-10, "angstrom": 1e-10, "å ": 1e-10}


class TiffReader(Reader):
    """First image of a TIFF file, in grey.

    The pixel size is taken from the tags of FEI/Thermo Fisher (``PixelWidth``) and Zeiss (``AP_IMAGE_PIXEL_SIZE``; ``AP_PIXEL_SIZE`` is
    that of the screen), from OME, or from ImageJ with a unit of length; never from dots per inch. Where none states it there is none.
    """

    name: ClassVar[str] = "tiff"
    title: ClassVar[str] = "TIFF micrograph (FEI, Zeiss, ImageJ, OME or without scale)"
    suffixes: ClassVar[tuple[str, ...]] = (".tif", ".tiff")
    schemas: ClassVar[tuple[str, ...]] = ("micrograph/1",)

    def recognises(self, source: Source) -> bool:
        """By the first four bytes."""
        return source.content[:4] in _MAGIC

    def read(self, source: Source) -> xr.Dataset:
        """The image, first row on top, its data bar cut off."""
        import tifffile

        flags: list[str] = []
        try:
            with _quiet(), tifffile.TiffFile(io.BytesIO(source.content), name=source.base) as file:
                page = file.pages.first
                _check_size(source, page)
                image = np.asarray(page.asarray())
                tags = _tags(file)
                if _has_second(file):
                    flags.append("pages: the file holds several images; the first is taken")
        except ReadError:
            raise
        except Exception as error:  # tifffile raises nearly anything on damaged bytes, and names codecs it lacks
            what = f"cannot be decoded ({type(error).__name__}: {str(error)[:80]})"
            raise ReadError(what, source.name, _CURE) from None
        grey = _grey(source, image, flags)
        size, origin = _pixel_size(tags, flags)
        rows = _image_rows(tags, grey, flags)
        variables: dict[str, tuple[Any, ...]] = {"intensity": (("y", "x"), grey[:rows], "1", "grey value")}
        if size is not None:
            variables["pixel_size"] = ((), size, "m")
        header = "\n".join(f"[{name}]\n{text}" for name, text in tags.items() if isinstance(text, str))
        return make_record(
            "micrograph/1",
            sample=source.stem,
            instrument=_instrument(tags),
            origin="simulated" if re.search(r"^UserText\s*=\s*simulated", header, re.MULTILINE) else "measured",
            variables=variables,
            attributes={
                "format": self.name,
                "file_name": source.base,
                "file_sha256": source.sha256,
                "header": bounded(header),
                "flags": json.dumps(flags, ensure_ascii=False),
                "pixel_size_from": origin,
                "rows_of_data_bar": int(grey.shape[0] - rows),
            },
        )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Nothing of tifffile's complaints on the user's terminal; what matters is raised."""
    logger = logging.getLogger("tifffile")
    before = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = before


def _check_size(source: Source, page: Any) -> None:
    shape = tuple(int(n) for n in page.shape)
    each = int(page.dtype.itemsize) if page.dtype is not None else 8
    declared = math.prod(shape) * each
    if declared > LARGEST:
        size = " x ".join(map(str, shape))
        raise ReadError(f"declares {size} values, more than {LARGEST // 2**20} MB", source.name, "Crop it.")
    if declared > PACKED * len(source.content):
        what = f"declares {declared} bytes of image and is {len(source.content)} bytes long"
        raise ReadError(what, source.name, "It is cut off or damaged; copy it again.")
    if len(shape) < 2 or min(shape[:2]) < 2:
        raise ReadError(f"holds an image of {' x '.join(map(str, shape))}", source.name, _CURE)
    ends = [int(at) + int(n) for at, n in zip(page.dataoffsets, page.databytecounts, strict=False)]
    held = sum(int(n) for n in page.databytecounts)
    whole = declared * int(page.bitspersample) // (8 * each)
    if max(ends, default=0) > len(source.content) or (page.compression == 1 and held < whole):
        raise ReadError("is cut off: its image is not whole", source.name, "Copy or save it again.")


def _has_second(file: Any) -> bool:
    try:
        return file.pages[1] is not None
    except Exception:  # no second page, or one that cannot be read: either way not ours
        return False


def _tags(file: Any) -> dict[str, Any]:
    """What microscopes write beside the image; texts verbatim, and the metadata that tifffile parses."""
    page = file.pages.first
    found: dict[str, Any] = {}
    for name, code in (("FEI", 34682), ("Zeiss", 34118)):
        tag = page.tags.get(code)
        if tag is not None:
            found[name] = _raw_text(file, tag)
    if page.description:
        found["description"] = str(page.description)
    found["resolution"] = tuple(
        page.tags.get(name).value if name in page.tags else None for name in ("XResolution", "YResolution")
    )
    return found


def _raw_text(file: Any, tag: Any) -> str:
    """The bytes of a tag as text: tifffile would give a parsed form that has lost units and comments."""
    handle = file.filehandle
    handle.seek(tag.valueoffset)
    return handle.read(tag.count).decode("cp1252", "replace").replace("\r\n", "\n").replace("\0", "").strip()


def _grey(source: Source, image: NDArray[Any], flags: list[str]) -> NDArray[Any]:
    image = image.squeeze()
    if image.ndim == 3 and image.shape[-1] in (3, 4):
        colours = image[..., :3].astype(float)
        if np.ptp(colours, axis=-1).max() > 0.02 * max(float(colours.max()), 1.0):
            flags.append("colour: the image is coloured; its luminance is taken")
        image = (colours @ np.array([0.2126, 0.7152, 0.0722])).astype(np.float32)  # ITU-R BT.709
    elif image.ndim == 3:
        flags.append(f"pages: {image.shape[0]} images; the first is taken")
        image = image[0]
    if image.ndim != 2 or image.dtype.kind not in "uif":
        raise ReadError(f"holds an image of shape {image.shape}, type {image.dtype}", source.name, _CURE)
    if image.dtype.kind == "f" and not np.isfinite(image).all():
        raise ReadError("holds grey values that are not finite", source.name, _CURE)
    if image.dtype.kind == "f":
        return image.astype(np.float32)
    return image


def _pixel_size(tags: dict[str, Any], flags: list[str]) -> tuple[float | None, str]:
    """Edge of a pixel [m] and who says so."""
    if "FEI" in tags:
        sizes = [_number(tags["FEI"], rf"^{name}\s*=\s*(\S+)") for name in ("PixelWidth", "PixelHeight")]
        if sizes[0] and sizes[1] and abs(sizes[0] / sizes[1] - 1.0) > SQUARE:
            flags.append(f"pixels: not square ({sizes[0]:.4g} by {sizes[1]:.4g} m); no pixel size is taken")
            return None, ""
        if sizes[0]:
            return sizes[0], "FEI PixelWidth"
    if "Zeiss" in tags:
        for key, kept in (("AP_IMAGE_PIXEL_SIZE", True), ("AP_PIXEL_SIZE", False)):
            found = re.search(rf"^{key}\n[^=\n]*=\s*([\d.eE+-]+)\s*(\S+)", tags["Zeiss"], re.MULTILINE)
            unit = _METRES.get(found[2].lower()) if found else None
            if found and unit and kept and (size := _positive(found[1])):
                return size * unit, f"Zeiss {key}"
            if found and not kept:
                flags.append("pixel_size: the file states it for the screen only (AP_PIXEL_SIZE); it is not taken")
    description = str(tags.get("description", ""))
    if "PhysicalSizeX" in description:
        size = _number(description, r'PhysicalSizeX="([^"]+)"')
        unit = re.search(r'PhysicalSizeXUnit="([^"]+)"', description)
        factor = _METRES.get(unit[1].lower()) if unit else 1e-6  # micrometres where the OME schema names none
        if size and factor:
            return size * factor, "OME PhysicalSizeX"
    if description.startswith("ImageJ="):
        unit = re.search(r"^unit=(.+)$", description, re.MULTILINE)
        across = tags["resolution"][0]
        factor = _METRES.get(unit[1].strip().lower()) if unit else None
        if factor and across and across[0]:
            return factor * across[1] / across[0], "ImageJ unit and resolution"
    return None, ""


def _number(text: str, pattern: str) -> float | None:
    found = re.search(pattern, text, re.MULTILINE)
    return _positive(found[1]) if found else None


def _positive(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0.0 < value < math.inf else None


def _image_rows(tags: dict[str, Any], image: NDArray[Any], flags: list[str]) -> int:
    """Rows that belong to the image; below them stands the data bar."""
    height = image.shape[0]
    if "FEI" in tags:
        stated = _number(tags["FEI"], r"^ResolutionY\s*=\s*(\S+)")
        if stated and (1.0 - TALLEST_BAR) * height <= stated < height:
            flags.append(f"data_bar: {height - int(stated)} rows below the image are left out, as its tags say")
            return int(stated)
    rows = _rows_above_bar(image)
    if rows < height:
        flags.append(
            f"data_bar: {height - rows} rows of a few grey values at the bottom are taken for one and left out"
        )
    return rows


def _rows_above_bar(image: NDArray[Any]) -> int:
    """Rows above a block at the bottom whose rows are mostly of one grey value, unlike the image."""
    height = image.shape[0]
    lowest = image[int((1.0 - TALLEST_BAR) * height) :]
    share = np.array([np.unique(row, return_counts=True)[1].max() / row.size for row in lowest])
    body = np.flatnonzero(share < BAR)
    if body.size == 0 or body[-1] == share.size - 1:
        return height
    bar = share.size - 1 - int(body[-1])
    return height - bar if bar >= 8 and np.median(share[: body[-1] + 1]) < BODY else height


def _instrument(tags: dict[str, Any]) -> str:
    for name, pattern in (("FEI", r"^SystemType\s*=\s*(.+)$"), ("Zeiss", r"^DP_SEM\n[^=\n]*=\s*(.+)$")):
        if name in tags:
            found = re.search(pattern, tags[name], re.MULTILINE)
            return found[1].strip() if found else name
    return "microscope"
