"""Single force curves of JPK microscopes: a zip archive of properties and raw segments, decoded by afmformats."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from honeycell.quantities.errors import ReadError
from honeycell.readers.archive import LARGEST, Archive, member_names
from honeycell.readers.base import Reader
from honeycell.readers.force_record import Curve, force_record

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.readers.source import Source

_CURE = "Export it again from the JPK program; a single force curve (.jpk-force) is needed."
_HEIGHTS = ("height (measured)", "height (piezo)")


class JpkReader(Reader):
    """Force and height of all segments; the measured height is preferred to that of the piezo."""

    name: ClassVar[str] = "jpk"
    title: ClassVar[str] = "JPK force curve (jpk-force)"
    suffixes: ClassVar[tuple[str, ...]] = (".jpk-force",)
    schemas: ClassVar[tuple[str, ...]] = ("force_curve/1",)

    def recognises(self, source: Source) -> bool:
        """By the members of the archive."""
        names = member_names(source)
        return "header.properties" in names and any(each.startswith(("segments/", "index/")) for each in names)

    def read(self, source: Source) -> xr.Dataset:
        """The force curve."""
        archive = Archive(source)
        curves = {each.split("/")[1] for each in archive.names if each.startswith("index/") and "/" in each[6:]}
        if curves:
            what = f"holds a map of {len(curves)} force curves"
            raise ReadError(what, source.name, "Export the curves that you want to reduce as single ones.")
        if archive.declared() > LARGEST:
            raise ReadError(f"declares more than {LARGEST // 2**20} MB unpacked", source.name, _CURE)
        for name in archive.names:
            archive.read(name)  # refuses what is damaged or unpacks to more than it may, before anybody else opens it
        data, metadata, header = _decoded(source)
        height = next((each for each in _HEIGHTS if each in data), None)
        if height is None or "force" not in data or "segment" not in data:
            what = f"has the channels {', '.join(data)}, among which force or height is missing"
            raise ReadError(what, source.name, "Calibrate the cantilever and save again.")
        flags: list[str] = []
        if height != _HEIGHTS[0]:
            flags.append("displacement: of the piezo as driven; the file has no measured height")
        constant, sensitivity = (_number(metadata.get(each)) for each in ("spring constant", "sensitivity"))
        curve = Curve(
            -data[height],
            data["segment"],
            "fixed end",
            data["force"],
            test_time=data.get("time"),
            spring_constant=constant,
            deflection_sensitivity=sensitivity,
        )
        return force_record(
            source, curve, form=self.name, instrument=str(metadata.get("instrument", "JPK")), header=header, flags=flags
        )


def _decoded(source: Source) -> tuple[dict[str, np.ndarray], dict[str, Any], str]:
    try:
        import afmformats
    except ImportError:
        cure = "Install it with: pip install 'honeycell[files]'"
        raise ReadError("needs the package afmformats, which is not installed", source.name, cure) from None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "curve.jpk-force"
        path.write_bytes(source.content)
        try:
            curves = afmformats.load_data(path)
            if len(curves) != 1:
                raise ReadError(f"holds {len(curves)} force curves", source.name, _CURE)
            curve = curves[0]
            data = {name: np.array(curve[name], float) for name in curve.columns}
            metadata = {key: curve.metadata[key] for key in curve.metadata}
        except ReadError:
            raise
        except Exception as error:  # afmformats raises nearly anything on damaged files
            what = f"cannot be decoded ({type(error).__name__}: {str(error)[:80]})"
            raise ReadError(what.replace(str(path), source.base), source.name, _CURE) from None
    header = "\n".join(f"{key}: {value}" for key, value in metadata.items() if key != "path")
    return data, metadata, header


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) and value > 0.0 else None
