"""Quenches of a film's own: of some of the dopes that its depths hold and the library does not.

All depths of a film set at one gel, so that their dopes lie along a line: a few quenches along it do, between which numbers are interpolated as
between those of the library. Ramps longer than the library's longest are run as that one, and lengths grown by the library's coarsening law.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from honeycell.film.dope import Dope, ternary_mixture
from honeycell.film.pattern import PatternStatistics
from honeycell.film.quench import run_quench
from honeycell.film.quench_library import LENGTHS, LibraryQuench
from honeycell.film.reduced_energy import LAST, reduced_energy
from honeycell.quantities.errors import HoneycellError, NotConverged
from honeycell.quantities.record import make_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.data.parameters import Parameters
    from honeycell.film.quench import QuenchSettings
    from honeycell.film.quench_library import QuenchLibrary

    Floats = NDArray[np.float64]

NAME = "quench_"  # and a number: the records
MOST = 3  # in a film: each takes a thread some twenty seconds
APART = 1.1  # ratio of the polymer between two of them, at least: less than pictures of a box of this size tell apart
NEAR = 0.02  # of polymer, gel ratio or ramp time beyond the library's edge, for which its edge does: they differ less than two seeds do
FAILED = "own_quench: failed: "
STATISTICS = tuple(f.name for f in fields(PatternStatistics))
AS_LOG = np.array([name in LENGTHS for name in STATISTICS])


@dataclass(frozen=True, eq=False)
class OwnQuenches:
    """Of one film: ``polymer``, ``ramp_time`` (n,), leanest first, and its ``gel``; ``values`` (n, statistic), nan where a quench failed.

    ``rich`` are the maps, None where it failed; ``conduction`` what they conduct, (share, contrast) each, None where nobody has computed it.
    """

    polymer: Floats
    gel: float
    ramp_time: Floats
    values: Floats
    rich: tuple[NDArray[np.bool_] | None, ...]
    conduction: tuple[Floats | None, ...]
    flags: tuple[str, ...]

    @classmethod
    def of(cls, records: Mapping[str, xr.Dataset]) -> Self | None:
        """Those among the records of a film; None where there are none."""
        found = sorted((r for name, r in records.items() if name.startswith(NAME)), key=lambda r: float(r["polymer"]))
        if not found:
            return None
        failed = [json.loads(r.attrs["flags"])[0].removeprefix(FAILED) for r in found if "rich" not in r]
        said = f"own_quench: {len(failed)} of {len(found)} failed: {failed[0]}" if failed else ""
        return cls(
            np.array([float(r["polymer"]) for r in found]),
            float(found[0]["gel"]),
            np.array([float(r["ramp_time"]) for r in found]),
            np.array([[float(r[name]) if name in r else np.nan for name in STATISTICS] for r in found]),
            tuple(map_of(r) if "rich" in r else None for r in found),
            tuple(r["conductivity_ratio"].values if "conductivity_ratio" in r else None for r in found),
            (said,) if said else (),
        )

    def nearest(self, polymer: float) -> int:
        """Place of the quench whose dope is nearest."""
        return int(np.argmin(np.abs(np.log(self.polymer / polymer))))

    def look_up(self, library: QuenchLibrary, polymer: float, ramp_time: float) -> LibraryQuench | None:
        """The pattern of a dope that sets at this film's gel; None where the quench nearest to it failed."""
        n = self.nearest(polymer)
        rich = self.rich[n]
        if rich is None:
            return None
        good = np.isfinite(self.values).all(axis=1)
        at, known = math.log(polymer), np.log(self.polymer[good])
        table = self.values[good].copy()
        table[:, AS_LOG] = np.log(table[:, AS_LOG])
        found = np.array([np.interp(at, known, column) for column in table.T])
        law = library.coarsening()
        ratio = ramp_time / math.exp(np.interp(at, known, np.log(self.ramp_time[good])))
        growth = law.factor(ratio)
        found[AS_LOG] = np.exp(found[AS_LOG]) * growth
        numbers = {
            name: round(x) if name.startswith(("clusters", "euler")) else float(x)
            for name, x in zip(STATISTICS, found, strict=True)
        }
        return LibraryQuench(
            PatternStatistics(**numbers),  # pyright: ignore[reportArgumentType]
            rich,
            library.settings.spacing * growth,
            (float(self.polymer[n]), float(self.polymer[n] / self.gel), float(self.ramp_time[n])),
            law.relative_error(ratio),
            1.0,
        )


def beyond(library: QuenchLibrary, polymer: float, gel_ratio: float, ramp_time: float) -> bool:
    """Whether a dope lies further from the library than its edge is good for."""
    for x, axis in ((polymer, library.polymer), (gel_ratio, library.gel_ratio)):
        if not axis[0] / (1.0 + NEAR) <= x <= axis[-1] * (1.0 + NEAR):
            return True
    return ramp_time < library.ramp_time[0] / (1.0 + NEAR)


def quenches_wanted(parameters: Parameters, film: xr.Dataset, library: QuenchLibrary) -> list[QuenchSettings]:
    """Quenches, MOST at most, that stand for all depths of a film that lie beyond the library; none where it reaches all.

    Parameters
    ----------
    parameters : a view with the recipe's values.
    film : record of the film as the library alone has it.
    """
    p = parameters
    gel = p[f"{p.text('recipe.film.polymer')}.gel_fraction"]
    polymer, ramp = (film[name].values.tolist() for name in ("polymer_profile", "ramp_time"))
    outside = [
        n
        for n in sorted(range(len(polymer)), key=polymer.__getitem__)
        if math.isfinite(ramp[n]) and beyond(library, polymer[n], polymer[n] / gel, ramp[n])
    ]
    if not outside:
        return []
    leanest, richest = polymer[outside[0]], polymer[outside[-1]]
    count = min(1 + math.floor(math.log(richest / leanest) / math.log(APART)), MOST, len(outside))
    places = np.linspace(0.0, len(outside) - 1.0, count) if count > 1 else np.array([0.5 * (len(outside) - 1)])
    longest = float(library.ramp_time[-1])
    return [
        replace(library.settings, polymer=polymer[n], gel=gel, ramp_time=min(ramp[n], longest))
        for n in (outside[round(place)] for place in places)
        if polymer[n] < gel
    ]


def own_quench(parameters: Parameters, sample: str, settings: QuenchSettings) -> xr.Dataset:
    """Record of one quench: numbers, lengths in segments, and the map in packed bits. One that fails has neither, and a flag that says why."""
    p = parameters
    known = {
        "polymer": ((), settings.polymer, "1", "polymer in the liquid"),
        "gel": ((), settings.gel, "1", "polymer at which the rich phase sets"),
        "ramp_time": ((), settings.ramp_time, "1", "ramp time in segments squared over mobility"),
    }
    setting = {"sample": sample, "instrument": "quench", "ancestry": p.ancestry()}
    try:
        mixture = ternary_mixture(p, Dope(p))
        if not settings.gel + settings.width < reduced_energy(mixture).phases_at(LAST)[1]:
            raise NotConverged(
                "no rich phase reaches the gel within the one-field model", "quench", "Take a leaner gel."
            )
        made = run_quench(mixture, settings)
        if not (made.demixed and made.arrested):
            what = "it had not set" if made.demixed else "nothing had demixed"
            raise NotConverged(f"{what} by the end of the one-field model", "quench", "Take a leaner gel.")
    except HoneycellError as error:
        flags = json.dumps([FAILED + error.what])
        return make_record("scalars/1", variables=known, attributes={"flags": flags}, **setting)
    assert made.statistics is not None  # three dimensions
    statistics = {name: ((), float(getattr(made.statistics, name)), "1", name.replace("_", " ")) for name in STATISTICS}
    bits = (("byte",), np.packbits(made.rich), "1", "map of the rich phase, eight cells a byte, last axis fastest")
    size = ((), float(len(made.rich)), "1", "cells along each side")
    return make_record("scalars/1", variables={**known, **statistics, "cells": size, "rich": bits}, **setting)


def map_of(record: xr.Dataset) -> NDArray[np.bool_]:
    """The map of a record of :func:`own_quench` that has one, True where polymer is rich."""
    size = int(record["cells"])
    return np.unpackbits(record["rich"].values.astype(np.uint8), count=size**3).astype(bool).reshape((size,) * 3)
