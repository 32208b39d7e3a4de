"""Which X-rays a pattern was measured with: the wavelength of its lines, and whether each of them is a K-alpha doublet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from honeycell.analysis.diffraction.profile import Doublet
from honeycell.data.tables import load_tube_lines

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.analysis.result import Settings

NEAR = 6e-4  # relative: a wavelength this near K-alpha1, or the mean of the doublet, of a tube is meant as it
DIFFERENT = 1e-3  # relative: a stated wavelength that differs from the file's by more is another
NAMES = {"copper": "Cu", "cobalt": "Co", "molybdenum": "Mo", "silver": "Ag"}


@dataclass(frozen=True, slots=True)
class Radiation:
    """``wavelength`` [m] of the lines as positioned, None where it is not known, with its standard error.

    ``doublet`` is how alpha2 accompanies each line; where ``certain`` is False, the pattern must tell whether it does. ``beta`` is the
    wavelength of K-beta [m], where the file gives it. ``told`` says where all this is from.
    """

    wavelength: float | None
    doublet: Doublet | None
    certain: bool
    told: str
    error: float = 0.0
    beta: float | None = None


def radiation_of(record: xr.Dataset, settings: Settings, flags: list[str]) -> Radiation:
    """Radiation of a pattern, by the setting ``wavelength`` before the file; nothing is assumed where both are silent."""
    tubes = load_tube_lines()
    anode = _anode(str(record.attrs.get("anode", "")), tubes)
    stored = float(record["wavelength"]) if "wavelength" in record else None
    given, error, source = stored, 0.0, "file"
    if "wavelength" in settings:
        given, source = settings["wavelength"].number, "setting"
        error = float(settings["wavelength"].u or 0.0)
        if stored is not None and abs(given / stored - 1.0) > DIFFERENT:
            flags.append(f"wavelength: {given * 1e10:.5g} angstrom, as set, replaces the file's {stored * 1e10:.5g}")
    beta = _attribute(record, "wavelength_beta_m")
    if given is None:
        cure = f"the anode is {anode}; " if anode else ""
        flags.append(f"wavelength: not known, so that peaks have no spacing; {cure}give --set wavelength='… angstrom'")
        if anode is None:
            flags.append("doublet: nothing says whether lines are K-alpha doublets; they are taken as single")
            return Radiation(None, None, True, "radiation not known")
        tube = tubes[anode]
        doublet = Doublet(tube["alpha2"] / tube["alpha1"], tube["share"])
        return Radiation(None, doublet, True, f"{anode} K-alpha doublet, as the anode says")
    alpha1, alpha2 = _attribute(record, "wavelength_alpha1_m"), _attribute(record, "wavelength_alpha2_m")
    share = _attribute(record, "alpha2_to_alpha1")
    if alpha1 and alpha2 and 1.0 < alpha2 / alpha1 < 1.02 and abs(given / alpha1 - 1.0) < DIFFERENT:
        certain = share is not None
        share = share or _nearest(alpha1, None, tubes)[2].share
        wavelength, how = _first_of(given, alpha1, Doublet(alpha2 / alpha1, share))
        return Radiation(wavelength, Doublet(alpha2 / alpha1, share), certain, f"{how} of the {source}", error, beta)
    tube, alpha1, doublet = _nearest(given, anode, tubes)
    mean = alpha1 * (1.0 + doublet.share * doublet.ratio) / (1.0 + doublet.share)
    if min(abs(given / alpha1 - 1.0), abs(given / mean - 1.0)) > NEAR:
        return Radiation(given, None, True, f"single line of {given * 1e10:.5g} angstrom ({source})", error, beta)
    wavelength, how = _first_of(given, alpha1, doublet)
    return Radiation(wavelength, doublet, anode is not None, f"{how} of {tube} by the {source}", error, beta)


def _first_of(given: float, alpha1: float, doublet: Doublet) -> tuple[float, str]:
    """K-alpha1 where ``given`` is it, or is the mean of the doublet weighted by height."""
    mean = (1.0 + doublet.share * doublet.ratio) / (1.0 + doublet.share)
    if abs(given / alpha1 - 1.0) <= abs(given / (alpha1 * mean) - 1.0):
        return given, f"K-alpha1 {given * 1e10:.6g} angstrom"
    return given / mean, f"K-alpha1 {given / mean * 1e10:.6g} angstrom, from the mean {given * 1e10:.6g},"


def _nearest(given: float, anode: str | None, tubes: dict[str, dict[str, float]]) -> tuple[str, float, Doublet]:
    name = anode or min(tubes, key=lambda each: abs(tubes[each]["alpha1"] - given))
    tube = tubes[name]
    return name, tube["alpha1"], Doublet(tube["alpha2"] / tube["alpha1"], tube["share"])


def _anode(text: str, tubes: dict[str, dict[str, float]]) -> str | None:
    word = re.match(r"[A-Za-z]+", text.strip())
    if word is None:
        return None
    name = word.group().lower()
    name = NAMES.get(name, name[:2].capitalize())
    return name if name in tubes else None


def _attribute(record: xr.Dataset, name: str) -> float | None:
    value = record.attrs.get(name)
    return float(value) if isinstance(value, int | float) and float(value) > 0.0 else None
