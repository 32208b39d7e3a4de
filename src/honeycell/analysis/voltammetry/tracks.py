"""The same peak at every scan rate."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import chain, count
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from honeycell.analysis.voltammetry.peaks import Peak
    from honeycell.analysis.voltammetry.reduce import Voltammogram

    Floats = NDArray[np.float64]

STEP = 0.2  # V from one rate to the next: a peak that is farther is another one


@dataclass
class Track:
    """``peaks`` of one ``branch`` by ``places``, the indices of the records they are from; ``pair`` names it, no other of its branch alike."""

    branch: str
    places: list[int] = field(default_factory=list)
    peaks: list[Peak] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    pair: str = ""

    @property
    def heights(self) -> Floats:
        """Magnitudes of the peak currents [A]."""
        return np.array([abs(peak.current) for peak in self.peaks])

    @property
    def errors(self) -> Floats:
        """Their standard errors [A]."""
        return np.array([peak.current_error for peak in self.peaks])


def tracks_of(found: Sequence[Voltammogram], order: Sequence[int]) -> list[Track]:
    """Peaks followed from record to record in ``order`` (rising rate), so that the sum of their steps is least.

    A peak farther than 0.2 V from where every track was last begins a new one.
    """
    result: list[Track] = []
    for branch in ("anodic", "cathodic"):
        tracks: list[Track] = []
        for place in order:
            named = [
                (pair.name, peak)
                for pair in found[place].pairs
                for peak in (pair.anodic, pair.cathodic)
                if peak is not None and peak.branch == branch
            ]
            _extend(tracks, named, branch, place)
        _name(tracks)
        result += sorted(tracks, key=lambda track: track.peaks[0].potential)
    return result


def _name(tracks: Sequence[Track]) -> None:
    """To each the commonest name of its couple, of the lowest rate among equals; where peaks merge at high rates, the longest comes first."""
    taken: set[str] = set()
    for track in sorted(tracks, key=lambda track: -len(track.places)):
        common = [name for name, _ in Counter(track.names).most_common()]
        further = (f"{common[0]} ({n})" for n in count(2))
        track.pair = next(name for name in chain(common, further) if name not in taken)
        taken.add(track.pair)


def _extend(tracks: list[Track], named: list[tuple[str, Peak]], branch: str, place: int) -> None:
    from scipy.optimize import linear_sum_assignment

    steps = np.array([[abs(track.peaks[-1].potential - peak.potential) for _, peak in named] for track in tracks])
    steps = steps.reshape(len(tracks), len(named))
    matched = {int(j): int(i) for i, j in zip(*linear_sum_assignment(steps), strict=True) if steps[i, j] < STEP}
    for j, (name, peak) in enumerate(named):
        if j not in matched:
            tracks.append(Track(branch))
        track = tracks[matched[j]] if j in matched else tracks[-1]
        track.places.append(place)
        track.peaks.append(peak)
        track.names.append(name)
