"""The tip as the settings state it, and the contact laws that are known for its shape."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from honeycell.analysis.force_curve import models
from honeycell.quantities.errors import InputError
from honeycell.quantities.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

    from honeycell.analysis.force_curve.models import Law
    from honeycell.analysis.result import Settings

MODELS = ("hertz", "dmt", "jkr", "sneddon")
SHAPES = ("sphere", "cone", "pyramid", "flat")
ALSO = {
    **dict.fromkeys(("spherical", "ball", "colloid", "paraboloid", "parabolic", "round"), "sphere"),
    "conical": "cone",
    **dict.fromkeys(("pyramidal", "four-sided pyramid"), "pyramid"),
    **dict.fromkeys(("flat punch", "punch", "cylinder", "cylindrical"), "flat"),
}
NEEDED = ("tip_radius", "tip_angle", "tip_shape", "contact_model", "poisson_ratio")
_ROUND: dict[str, Callable[[float], Law]] = {
    "hertz": models.hertz,
    "dmt": models.dmt,
    "jkr": models.jkr,
    "sneddon": models.sneddon_ball,
}
_OTHER: dict[str, Callable[[float], Law]] = {"cone": models.cone, "pyramid": models.pyramid, "flat": models.flat}


@dataclass(frozen=True, slots=True)
class Tip:
    """``shape`` of :data:`SHAPES`; ``size``, its radius [m] or half angle [rad]; ``model`` of :data:`MODELS`, empty where not stated."""

    shape: str
    size: Value
    model: str

    @property
    def number(self) -> float:
        """The size as a number."""
        return float(self.size.value)  # type: ignore[arg-type]

    @property
    def radius(self) -> float | None:
        """Radius [m] of a round tip or a flat punch; None for a pointed one."""
        return self.number if self.shape in ("sphere", "flat") else None

    def build(self, model: str) -> Callable[[float], Law]:
        """Law of a size, for this shape."""
        return _ROUND[model] if self.shape == "sphere" else _OTHER[self.shape]

    def laws(self) -> dict[str, Law]:
        """Name of every law known for the shape to the law itself."""
        names = MODELS if self.shape == "sphere" else ("sneddon",)
        return {name: self.build(name)(self.number) for name in names}


def tip_of(record: xr.Dataset, settings: Settings, flags: list[str]) -> Tip | None:
    """The tip of the settings; None where they say nothing of it, so that no modulus is asked for.

    The radius may also be the record's, where a reader found one that the instrument states.

    Raises
    ------
    InputError : a setting is unknown, or one that the shape needs is missing.
    """
    if not any(key in settings for key in NEEDED) and "tip_radius" not in record:
        return None
    model, shape = _word(settings, "contact_model"), _word(settings, "tip_shape")
    shape = ALSO.get(shape, shape)
    if model and model not in MODELS:
        raise InputError(f"got {model!r}", "contact_model", f"It must be one of {', '.join(MODELS)}.")
    if not shape:
        cure = f"Give it with --set tip_shape=sphere; it must be one of {', '.join(SHAPES)}."
        raise InputError("no shape of the tip", "tip_shape", cure)
    if shape not in SHAPES:
        raise InputError(f"got {shape!r}", "tip_shape", f"It must be one of {', '.join(SHAPES)}.")
    if shape != "sphere" and model not in ("", "sneddon"):
        raise InputError(f"{model} is not known for a {shape}", "contact_model", "Choose sneddon, or leave it out.")
    if shape in ("cone", "pyramid"):
        size = settings.get("tip_angle")
        if size is None:
            cure = "Give the half angle, between axis and flank, with --set tip_angle='18 degree'."
            raise InputError(f"a {shape} without its half angle", "tip_angle", cure)
        if not 0.0 < size.number < 0.5 * math.pi:
            raise InputError(f"got {size.given_as}", "tip_angle", "Give the half angle, above 0 and below 90 degree.")
    else:
        size = settings.get("tip_radius")
        if size is None and "tip_radius" in record:
            size = Value(float(record["tip_radius"]), "m")
            flags.append(f"tip_radius: the file's, {size.number * 1e9:.4g} nm")
        if size is None:
            stated = str(record.attrs.get("stated_tip_radius_nm", "")).strip()
            hint = f" The file's header says {stated[:20]} nm, which may be the program's default." if stated else ""
            cure = f"Give it with --set tip_radius='40 nm'.{hint}"
            raise InputError("no radius of the tip", "tip_radius", cure)
    return Tip(shape, size, model)


def _word(settings: Settings, key: str) -> str:
    return " ".join(str(settings[key].value).lower().split()) if key in settings else ""
