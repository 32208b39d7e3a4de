"""Anodic peaks with the cathodic ones of the same couple, named by rising potential."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from honeycell.analysis.result import Settings
    from honeycell.analysis.voltammetry.peaks import Peak

FARTHEST = 0.6  # V between the peaks of one couple: beyond, they are taken for two
ORDERLY = 1.01  # power of the distance: where all anodic peaks lie above all cathodic ones every matching has the same sum; the one in order is meant
REVERSED = 3.0  # how much worse an anodic peak below its cathodic one is than one above
_PRUSSIAN = re.compile(r"prussian|\bpba\b|hexacyano|\(CN\)|\[Fe\(CN|\bNa\w*HCF\b|\bFeHCF\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pair:
    """A couple: ``name``, its peaks, one of which may be missing."""

    name: str
    anodic: Peak | None
    cathodic: Peak | None

    @property
    def middle(self) -> float:
        """Mean of the peak potentials, or the one there is [V]."""
        return float(np.mean([peak.potential for peak in (self.anodic, self.cathodic) if peak is not None]))

    @property
    def separation(self) -> tuple[float, float] | None:
        """Anodic less cathodic peak potential and its standard error [V]."""
        if self.anodic is None or self.cathodic is None:
            return None
        error = math.hypot(self.anodic.potential_error, self.cathodic.potential_error)
        return self.anodic.potential - self.cathodic.potential, error

    @property
    def largest(self) -> float:
        """Height of its highest peak [A]."""
        return max(abs(peak.current) for peak in (self.anodic, self.cathodic) if peak is not None)


def is_prussian(record: xr.Dataset, settings: Settings) -> bool:
    """True when the setting ``phase``, or the record's attribute ``material``, says that it is a Prussian blue analogue."""
    said = [str(settings["phase"].value)] if "phase" in settings else []
    return any(_PRUSSIAN.search(text) for text in [*said, str(record.attrs.get("material", ""))])


def pairs_of(peaks: Sequence[Peak], prussian: bool, flags: list[str]) -> list[Pair]:
    """Couples by rising potential, named 1, 2, ...

    Anodic and cathodic peaks are matched so that the sum of their distances is least, in order where that decides nothing; one below its
    cathodic partner counts threefold. In a Prussian blue analogue the widest gap parts the couples: those below it are of high-spin iron
    (HS), those above of low-spin (LS).
    """
    from scipy.optimize import linear_sum_assignment

    anodic = [peak for peak in peaks if peak.branch == "anodic"]
    cathodic = [peak for peak in peaks if peak.branch == "cathodic"]
    apart = np.array([[a.potential - c.potential for c in cathodic] for a in anodic]).reshape(
        len(anodic), len(cathodic)
    )
    cost = np.where(apart < 0.0, -REVERSED * apart, apart)
    matched = [
        (int(i), int(j)) for i, j in zip(*linear_sum_assignment(cost**ORDERLY), strict=True) if cost[i, j] < FARTHEST
    ]
    found = [Pair("", anodic[i], cathodic[j]) for i, j in matched]
    found += [Pair("", peak, None) for i, peak in enumerate(anodic) if i not in {i for i, _ in matched}]
    found += [Pair("", None, peak) for j, peak in enumerate(cathodic) if j not in {j for _, j in matched}]
    found.sort(key=lambda pair: pair.middle)
    names = _prussian_names(found, flags) if prussian else [str(n) for n in range(1, len(found) + 1)]
    return [Pair(name, pair.anodic, pair.cathodic) for name, pair in zip(names, found, strict=True)]


def _prussian_names(pairs: Sequence[Pair], flags: list[str]) -> list[str]:
    if len(pairs) < 2:
        flags.append("pairs: one couple does not tell whether it is of high-spin or of low-spin iron")
        return [str(n) for n in range(1, len(pairs) + 1)]
    gap = int(np.argmax(np.diff([pair.middle for pair in pairs]))) + 1
    names: list[str] = []
    for spin, count in (("HS", gap), ("LS", len(pairs) - gap)):
        names += [spin] if count == 1 else [f"{spin} {n}" for n in range(1, count + 1)]
        if count > 1:
            flags.append(f"split: {spin} has {count} couples or single peaks")
    return names
